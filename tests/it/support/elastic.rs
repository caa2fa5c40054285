//! An executor whose slots come and go, as where machines join and leave, and which has room for
//! few results that are not committed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{Semaphore, watch};
use tokio::time::interval;
use tradeforge::engine::Meter;
use tradeforge::runner::{Chunk, ChunkResult, ExecError, Executor, Hold, Pace};
use tradeforge::telemetry;

use super::Dice;

/// Short, for tests of what hangs.
const STILL_MAX: Duration = Duration::from_millis(40);

/// Computes on `inner`, and says that there are so many slots.
pub(crate) struct Elastic<E> {
    inner: E,
    slots: Arc<AtomicUsize>,
    told: Arc<watch::Sender<()>>,
    /// Room for results that are not committed.
    room: Arc<Semaphore>,
    /// Chunks that are being computed.
    computing: Arc<watch::Sender<usize>>,
}

/// What a test holds of one.
#[derive(Clone)]
pub(crate) struct Reins {
    slots: Arc<AtomicUsize>,
    told: Arc<watch::Sender<()>>,
    computing: Arc<watch::Sender<usize>>,
}

impl Reins {
    /// From now on there are so many.
    pub(crate) fn resize(&self, slots: usize) {
        self.slots.store(slots, Ordering::SeqCst);
        self.told.send_replace(());
    }

    /// Resolves when that many chunks are computed at once.
    pub(crate) async fn until_computing(&self, chunks: usize) {
        let mut computing = self.computing.subscribe();
        computing.wait_for(|now| *now == chunks).await.expect("the executor is there");
    }

    /// How many chunks are computed.
    pub(crate) fn computing(&self) -> usize {
        *self.computing.borrow()
    }
}

impl<E: Executor> Elastic<E> {
    /// With no slot at first, and room for so many results.
    pub(crate) fn around(inner: E, room: usize) -> (Self, Reins) {
        let (slots, told) = (Arc::<AtomicUsize>::default(), Arc::new(watch::Sender::new(())));
        let computing = Arc::new(watch::Sender::new(0));
        let reins =
            Reins { slots: slots.clone(), told: told.clone(), computing: computing.clone() };
        let room = Arc::new(Semaphore::new(room));
        (Self { inner, slots, told, room, computing }, reins)
    }

    /// With slots that change for as long as the test lives, none at times.
    pub(crate) fn shaken(inner: E) -> Arc<dyn Executor> {
        let (executor, reins) = Self::around(inner, 3);
        telemetry::spawn(async move {
            let (mut dice, mut shake) = (Dice::seeded(5), interval(Duration::from_millis(2)));
            loop {
                shake.tick().await;
                reins.resize(dice.below(6) as usize);
            }
        });
        Arc::new(executor)
    }
}

/// A chunk that is being computed.
struct Computing(Arc<watch::Sender<usize>>);

impl Drop for Computing {
    fn drop(&mut self) {
        self.0.send_modify(|now| *now -= 1);
    }
}

impl<E: Executor> Executor for Elastic<E> {
    fn pace(&self) -> Pace {
        let (pace, slots) = (self.inner.pace(), self.slots.load(Ordering::SeqCst));
        let chunk_time = pace.chunk_time / 40;
        let (chunks_out, chunks_in_flight) = (slots, 2 * slots);
        let still_max = STILL_MAX;
        Pace { chunk_time, rows_max: 64, slots, chunks_out, chunks_in_flight, still_max }
    }

    fn changes(&self) -> Option<watch::Receiver<()>> {
        Some(self.told.subscribe())
    }

    fn evaluate(
        &self,
        chunk: Chunk,
        meter: Arc<Meter>,
    ) -> BoxFuture<'static, Result<ChunkResult, ExecError>> {
        self.computing.send_modify(|now| *now += 1);
        let computing = Computing(Arc::clone(&self.computing));
        let (room, result) = (Arc::clone(&self.room), self.inner.evaluate(chunk, meter));
        Box::pin(async move {
            let place = room.acquire_owned().await.expect("it is never closed");
            let result = result.await?;
            assert!(result.rows.len() <= 64, "{} rows", result.rows.len());
            drop(computing);
            Ok(ChunkResult { hold: Some(Hold::of(place)), ..result })
        })
    }
}
