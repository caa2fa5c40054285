//! How runs happen: taken in, joined, watched, cancelled, computed, resumed.

mod attempt;
mod check;
mod curve;
mod drive;
mod ending;
mod error;
mod evaluate;
mod executor;
mod failure_log;
mod finals;
mod hash_in_order;
mod hub;
mod job;
mod line;
mod listing;
mod local;
mod panic_trace;
mod permits;
mod replay;
mod resolve;
mod start;
mod submit;
mod tapes;
mod trials;
mod watch;
mod watch_runs;

pub use curve::{CURVE_POINTS_MIN, Curve, CurvePoint};
pub use error::{MissingData, RunnerError};
pub use executor::{Chunk, ChunkResult, ExecError, Executor, Pace};
pub use job::Job;
pub use local::LocalExecutor;
pub use replay::Replayer;
pub use start::RunnerParts;
pub use submit::Submitted;
pub use trials::Search;
pub use watch::{WatchEvent, WatchOptions};

use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::data::BarStore;
use crate::run::{CancelInfo, RunId, RunRecord, Snapshot, State};
use crate::storage::{CancelOutcome, Store};
use crate::strategy::Catalog;
use crate::telemetry::RunInstruments;
use failure_log::FailureLog;
use finals::Finals;
use hub::{Hub, LiveRun};
use line::Line;
use permits::Permits;
use watch::Source;

/// How long a cancel waits for the work to return before it answers with the wish alone.
const CANCEL_WAIT: Duration = Duration::from_secs(5);

/// Everything that runs, and the way to it.
pub struct Runner {
    store: Store,
    bars: Arc<BarStore>,
    catalog: Arc<Catalog>,
    executor: Arc<dyn Executor>,
    replayer: Replayer,
    clock: Arc<dyn Clock>,
    limits: RunnerLimits,
    hub: Hub,
    finals: Finals,
    failures: FailureLog,
    /// Backtests that may compute at once.
    backtest_permits: Permits,
    /// Chunks of searches that may compute at once.
    sweep_permits: Permits,
    /// Searches that may be running at once.
    sweep_slots: Line,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    instruments: RunInstruments,
}

/// What the runner refuses to exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunnerLimits {
    /// Runs that are pending or running at once.
    pub live_runs_max: usize,
    /// Searches that compute at once; the others wait in line.
    pub running_sweeps_max: usize,
    /// Trials of one search, unless it asks for fewer.
    pub trials_max: u64,
    /// Axes of one search.
    pub axes_max: usize,
}

/// How many runs are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Runs that compute.
    pub running: usize,
    /// Runs that wait.
    pub pending: usize,
    /// Backtests among them all.
    pub backtests: usize,
    /// Searches among them all.
    pub searches: usize,
}

impl Runner {
    /// The strategies it computes.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The run as it is now, or as it ended.
    pub async fn status(&self, run_id: RunId) -> Result<Arc<Snapshot>, RunnerError> {
        if let Some(live) = self.hub.find(run_id) {
            return Ok(live.now());
        }
        if let Some(ended) = self.finals.find(run_id) {
            return Ok(ended);
        }
        let reading = self.finals.reading();
        let stored = Arc::new(self.stored(run_id).await?.snapshot);
        self.finals.keep(reading, &stored);
        Ok(stored)
    }

    /// The run once it has ended, or as it is when the time is over or the server goes down.
    pub async fn status_when_final(
        &self,
        run_id: RunId,
        wait: Duration,
    ) -> Result<Arc<Snapshot>, RunnerError> {
        let Some(live) = self.hub.find(run_id) else { return self.status(run_id).await };
        tokio::select! {
            () = wait_for_end(&live, wait) => {}
            () = self.shutdown.cancelled() => {}
        }
        Ok(live.now())
    }

    /// Everything that is known of the run.
    pub async fn run(&self, run_id: RunId) -> Result<RunRecord, RunnerError> {
        let live = self.hub.find(run_id);
        let mut record = self.stored(run_id).await?;
        if let Some(live) = live {
            record.snapshot = Snapshot::clone(&live.now());
        }
        Ok(record)
    }

    async fn stored(&self, run_id: RunId) -> Result<RunRecord, RunnerError> {
        self.store.run(run_id).await?.ok_or(RunnerError::RunNotFound(run_id))
    }

    /// Snapshots of the run from now to its end.
    pub async fn watch(
        &self,
        run_id: RunId,
        options: WatchOptions,
    ) -> Result<impl Stream<Item = Result<WatchEvent, RunnerError>> + Send + 'static, RunnerError>
    {
        let source = match self.hub.find(run_id) {
            Some(live) => Source::Live(live.subscribe()),
            None => Source::Final(self.status(run_id).await?),
        };
        Ok(watch::watch(source, options, self.shutdown.clone()))
    }

    /// Ends a run at a user's wish; answers when the work has really stopped, or with the wish
    /// alone if that takes too long.
    pub async fn cancel(
        &self,
        run_id: RunId,
        reason: String,
        requester: String,
    ) -> Result<Arc<Snapshot>, RunnerError> {
        let wish = CancelInfo { request_ms: self.clock.now_ms(), reason, requester };
        let outcome = self.store.request_cancel(run_id, wish.clone()).await?;
        match outcome {
            CancelOutcome::Unknown => return Err(RunnerError::RunNotFound(run_id)),
            // Committed, but perhaps not published yet.
            CancelOutcome::Over(State::Cancelled) => {
                return self.status_when_final(run_id, CANCEL_WAIT).await;
            }
            CancelOutcome::Over(state) => return Err(RunnerError::Over { run_id, state }),
            CancelOutcome::Asked => {}
        }
        let Some(live) = self.hub.find(run_id) else { return self.status(run_id).await };
        live.stop(wish);
        wait_for_end(&live, CANCEL_WAIT).await;
        Ok(live.now())
    }

    /// What it refuses to exceed.
    pub const fn limits(&self) -> &RunnerLimits {
        &self.limits
    }

    /// What is measured of runs.
    pub const fn instruments(&self) -> &RunInstruments {
        &self.instruments
    }

    /// How many runs are in which state.
    pub fn load(&self) -> Load {
        self.hub.load()
    }
}

async fn wait_for_end(live: &LiveRun, wait: Duration) {
    let mut snapshots = live.subscribe();
    // Past the time-out the caller answers with the state then.
    _ = timeout(wait, snapshots.wait_for(|snapshot| snapshot.is_final())).await;
}
