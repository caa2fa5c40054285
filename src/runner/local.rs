//! Chunks on this machine's cores: the one place where tokio meets rayon.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use futures_util::future::BoxFuture;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use tokio::sync::oneshot;
use tokio::time::interval;

use super::evaluate::evaluate;
use super::executor::{Chunk, ChunkResult, ExecError, Executor, Pace};
use super::panic_trace;
use super::replay::Replayer;
use super::tapes::Tapes;
use crate::data::BarStore;
use crate::engine::Meter;
use crate::strategy::Catalog;
use crate::system::be_nice;

const CHUNK_TIME: Duration = Duration::from_millis(40);
const ROWS_MAX: u64 = 4_096;
/// The meter moves every few thousand bars: only what hangs stands still for a minute.
const STILL_MAX: Duration = Duration::from_mins(1);
/// One computing and one waiting per thread, so that none runs dry.
const CHUNKS_PER_THREAD: usize = 2;
/// How often a chunk that waits for its turn looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(5);
/// Workers are nicer than the threads that answer requests.
const WORKER_NICENESS: i32 = 5;

/// The threads that compute.
#[derive(Clone)]
pub(super) struct Threads {
    pool: Arc<ThreadPool>,
    busy: Arc<AtomicUsize>,
}

impl Threads {
    /// Computes on one of them, in the span of the caller, unless nobody waits for it by then.
    pub(super) fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (answer, answered) = oneshot::channel();
        let span = tracing::Span::current();
        let busy = Arc::clone(&self.busy);
        self.pool.spawn_fifo(move || {
            let _entered = span.enter();
            let _busy = Busy::of(&busy);
            if !answer.is_closed() {
                _ = answer.send(work());
            }
        });
        answered
    }

    fn count(&self) -> usize {
        self.pool.current_num_threads()
    }
}

/// A thread that computes, for as long as it does.
struct Busy<'a>(&'a AtomicUsize);

impl<'a> Busy<'a> {
    fn of(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Evaluates chunks on a thread pool of its own.
pub struct LocalExecutor {
    threads: Threads,
    catalog: Arc<Catalog>,
    bars: Arc<BarStore>,
    tapes: Arc<Tapes>,
}

impl LocalExecutor {
    /// A pool of that many threads; `None` takes all cores.
    ///
    /// # Errors
    ///
    /// If the threads cannot be started.
    pub fn new(
        threads: Option<NonZero<usize>>,
        catalog: Arc<Catalog>,
        bars: Arc<BarStore>,
    ) -> Result<Self, ThreadPoolBuildError> {
        panic_trace::install();
        let cores = || thread::available_parallelism().map_or(1, NonZero::get);
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads.map_or_else(cores, NonZero::get))
            .thread_name(|index| format!("trial-{index}"))
            .start_handler(|_| be_nice(WORKER_NICENESS))
            // Trials catch their own panics; one that escapes must not abort the process.
            .panic_handler(|_| tracing::error!("a panic escaped a trial"))
            .build()?;
        let threads = Threads { pool: Arc::new(pool), busy: Arc::default() };
        Ok(Self { threads, catalog, bars, tapes: Arc::default() })
    }

    /// What computes finished runs again on the same threads.
    pub fn replayer(&self) -> Replayer {
        let Self { threads, catalog, bars, .. } = self;
        Replayer::new(threads.clone(), Arc::clone(catalog), Arc::clone(bars))
    }

    /// What tells which part of the threads computes at the moment, from 0 to 1.
    pub fn busy_ratio(&self) -> impl Fn() -> f64 + Send + Sync + 'static {
        let (busy, threads) = (Arc::clone(&self.threads.busy), self.threads());
        move || busy.load(Ordering::Relaxed) as f64 / threads as f64
    }

    /// The bars that it computes on.
    pub const fn bars(&self) -> &Arc<BarStore> {
        &self.bars
    }

    /// The strategies that it computes.
    pub const fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// How many threads compute.
    pub fn threads(&self) -> usize {
        self.threads.count()
    }
}

/// Stops the chunk when its future is dropped before the answer.
struct StopOnDrop(Option<Arc<Meter>>);

impl StopOnDrop {
    fn disarm(&mut self) {
        self.0 = None;
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        if let Some(meter) = &self.0 {
            meter.stop();
        }
    }
}

/// A chunk's turn on a thread: taken once, to compute or to give up.
#[derive(Default)]
struct Turn(AtomicBool);

impl Turn {
    /// Whether it was there to take.
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// Resolves when the chunk was asked to stop before its turn: then there is nothing to wait
    /// for, however long the threads compute something else.
    async fn given_up(&self, meter: &Meter) {
        let mut look = interval(LOOK);
        while !self.0.load(Ordering::Acquire) {
            if meter.is_stopping() && self.take() {
                return;
            }
            look.tick().await;
        }
        std::future::pending::<()>().await;
    }
}

impl Executor for LocalExecutor {
    fn pace(&self) -> Pace {
        Pace {
            chunk_time: CHUNK_TIME,
            rows_max: ROWS_MAX,
            slots: self.threads.count(),
            // A chunk more would only wait in the pool, and a backtest behind it.
            chunks_out: self.threads.count(),
            chunks_in_flight: CHUNKS_PER_THREAD * self.threads.count(),
            still_max: STILL_MAX,
        }
    }

    fn evaluate(
        &self,
        chunk: Chunk,
        meter: Arc<Meter>,
    ) -> BoxFuture<'static, Result<ChunkResult, ExecError>> {
        let (catalog, bars) = (Arc::clone(&self.catalog), Arc::clone(&self.bars));
        let (tapes, part) = (Arc::clone(&self.tapes), meter.part());
        let turn = Arc::new(Turn::default());
        let (chunk_part, chunk_turn) = (Arc::clone(&part), Arc::clone(&turn));
        let answered = self.threads.compute(move || {
            if chunk_turn.take() {
                let evaluate = || evaluate(&chunk, &catalog, &bars, &tapes, &chunk_part);
                panic_trace::sparing(&chunk.job.traces, evaluate)
            } else {
                Err(ExecError::Stopped)
            }
        });
        let mut guard = StopOnDrop(Some(Arc::clone(&part)));
        Box::pin(async move {
            let result = tokio::select! {
                biased;
                result = answered => result,
                () = turn.given_up(&part) => Ok(Err(ExecError::Stopped)),
            };
            guard.disarm();
            result.unwrap_or_else(|_| Err(ExecError::Poisoned("no answer".to_owned())))
        })
    }
}
