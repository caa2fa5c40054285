//! Executors for tests: one that loses, doubles, delays and reorders, one that takes others at
//! their word, one that dies of a trial.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tradeforge::engine::Meter;
use tradeforge::run::TrialRow;
use tradeforge::runner::{Chunk, ChunkResult, ExecError, Executor, Machine, Machines, Pace};

use super::Dice;

/// Where chunks meet with all that a network does to them, some of it to each.
pub(crate) struct Unreliable<E> {
    inner: Arc<E>,
    dice: Mutex<Dice>,
    /// Answers that were lost.
    pub(crate) lost: AtomicU64,
}

impl<E: Executor> Unreliable<E> {
    pub(crate) fn around(inner: E, seed: u64) -> Self {
        Self {
            inner: Arc::new(inner),
            dice: Mutex::new(Dice::seeded(seed)),
            lost: AtomicU64::new(0),
        }
    }
}

impl<E: Executor> Executor for Unreliable<E> {
    /// Many short chunks at once, so that they overtake each other.
    fn pace(&self) -> Pace {
        let pace = self.inner.pace();
        Pace { chunk_time: pace.chunk_time / 40, chunks_in_flight: 16, ..pace }
    }

    fn evaluate(
        &self,
        chunk: Chunk,
        meter: Arc<Meter>,
    ) -> BoxFuture<'static, Result<ChunkResult, ExecError>> {
        let (fate, delay) = {
            let mut dice = self.dice.lock().expect("no test panics with it");
            (dice.below(8), dice.below(200))
        };
        let first = self.inner.evaluate(chunk.clone(), Arc::clone(&meter));
        let inner = Arc::clone(&self.inner);
        if fate == 0 {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Box::pin(async move {
            let answer = match fate {
                // All that work, and the answer is lost.
                0 => {
                    first.await?;
                    let why = "the answer was lost".to_owned();
                    let is_of_disk = delay % 2 == 0;
                    let lost =
                        if is_of_disk { ExecError::Unreadable } else { ExecError::Unavailable };
                    return Err(lost(why));
                }
                // Given up half-way and begun again elsewhere.
                1 => {
                    drop(first);
                    inner.evaluate(chunk, meter).await
                }
                // Done twice at the same time; the first answer counts, the other comes too late.
                2 => {
                    let second = inner.evaluate(chunk, meter);
                    futures_util::future::select(first, second).await.factor_first().0
                }
                // Done twice, the second time by someone who did not know of the first.
                3 => {
                    first.await?;
                    inner.evaluate(chunk, meter).await
                }
                _ => first.await,
            };
            for _ in 0..delay {
                tokio::task::yield_now().await;
            }
            answer
        })
    }
}

/// Checks what the trait promises of every chunk, as far as one can see from outside.
pub(crate) struct Strict<E>(pub(crate) Arc<E>);

impl<E: Executor> Executor for Strict<E> {
    fn machines(&self) -> Option<Machines> {
        self.0.machines()
    }

    fn machines_after(&self, id: &str, most: usize) -> Vec<Machine> {
        self.0.machines_after(id, most)
    }

    fn pace(&self) -> Pace {
        self.0.pace()
    }

    fn changes(&self) -> Option<watch::Receiver<()>> {
        self.0.changes()
    }

    fn evaluate(
        &self,
        chunk: Chunk,
        meter: Arc<Meter>,
    ) -> BoxFuture<'static, Result<ChunkResult, ExecError>> {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let result = inner.evaluate(chunk.clone(), Arc::clone(&meter)).await?;
            let indices = result.rows.iter().map(|row| row.trial_index);
            let portion = &chunk.portion;
            let all = portion.places.clone().filter_map(|place| chunk.job.trial_at(place));
            let expected =
                portion.indices.as_deref().map_or_else(|| all.collect(), <[u64]>::to_vec);
            assert!(indices.eq(expected), "{chunk:?}");
            if let Ok(again) = inner.evaluate(chunk, Arc::clone(&meter)).await {
                assert_eq!(timeless(&result.rows), timeless(&again.rows));
            }
            Ok(result)
        })
    }
}

/// The rows without what no two evaluations share.
fn timeless(rows: &[TrialRow]) -> Vec<TrialRow> {
    let mut rows = rows.to_vec();
    for row in &mut rows {
        row.compute_us = 0;
        if let tradeforge::run::TrialOutcome::Failed(failure) = &mut row.outcome {
            failure.stack_trace.clear();
        }
    }
    rows
}

/// Whose thread dies of one trial.
pub(crate) struct Poisonous<E> {
    pub(crate) inner: E,
    /// The trial.
    pub(crate) trial: u64,
}

impl<E: Executor> Executor for Poisonous<E> {
    fn pace(&self) -> Pace {
        self.inner.pace()
    }

    fn evaluate(
        &self,
        chunk: Chunk,
        meter: Arc<Meter>,
    ) -> BoxFuture<'static, Result<ChunkResult, ExecError>> {
        let plan = chunk.job.plan.as_ref().expect("a search");
        if chunk.portion.trials(plan).contains(&self.trial) {
            return Box::pin(async { Err(ExecError::Poisoned("it took the thread along".into())) });
        }
        self.inner.evaluate(chunk, meter)
    }
}

/// One whose own code panics, for as many chunks as are left.
pub(crate) struct Faulty<E> {
    pub(crate) inner: E,
    /// Chunks whose call panics.
    pub(crate) left: AtomicU64,
}

impl<E: Executor> Executor for Faulty<E> {
    fn pace(&self) -> Pace {
        self.inner.pace()
    }

    fn evaluate(
        &self,
        chunk: Chunk,
        meter: Arc<Meter>,
    ) -> BoxFuture<'static, Result<ChunkResult, ExecError>> {
        let less = |left: u64| left.checked_sub(1);
        let order = Ordering::Relaxed;
        assert!(self.left.fetch_update(order, order, less).is_err(), "a fault of the executor");
        self.inner.evaluate(chunk, meter)
    }
}
