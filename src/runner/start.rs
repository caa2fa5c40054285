//! The runner's own beginning and end: what a former process left is taken up, what is under way
//! is left for the next.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::attempt::Attempt;
use super::executor::Executor;
use super::failure_log::FailureLog;
use super::finals::Finals;
use super::hub::Hub;
use super::job::Job;
use super::line::Line;
use super::owner_shares::OwnerShares;
use super::paces::Paces;
use super::permits::Permits;
use super::planning::LONG_COUNTS_MAX;
use super::replay::Replayer;
use super::saved::Outlines;
use super::{Runner, RunnerLimits};
use crate::clock::Clock;
use crate::data::BarStore;
use crate::engine::ENGINE_VERSION;
use crate::run::{Progress, State, Waiting, run_key};
use crate::storage::{Store, StoreError};
use crate::strategy::Catalog;
use crate::telemetry::RunInstruments;

/// How long a shutdown waits for the work to reach a border.
const SHUTDOWN_WAIT: Duration = Duration::from_secs(5);

/// What a runner is made of.
pub struct RunnerParts {
    /// Where runs are kept.
    pub store: Store,
    /// Where bars are kept.
    pub bars: Arc<BarStore>,
    /// What can be computed.
    pub catalog: Arc<Catalog>,
    /// Where it is computed.
    pub executor: Arc<dyn Executor>,
    /// Where finished runs are computed again.
    pub replayer: Replayer,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// What is refused.
    pub limits: RunnerLimits,
    /// A folder for files without a name.
    pub scratch_dir: PathBuf,
}

impl Runner {
    /// Takes up every run that a former process left live, then answers.
    ///
    /// # Errors
    ///
    /// If the database cannot be read or written.
    pub async fn start(parts: RunnerParts) -> Result<Arc<Self>, StoreError> {
        let pace = parts.executor.pace();
        let paces = Paces::of(parts.store.paces().await?);
        let shares = OwnerShares::new(parts.store.owner_shares().await?.into_iter());
        let runner = Arc::new(Self {
            store: parts.store,
            bars: parts.bars,
            catalog: parts.catalog,
            executor: parts.executor,
            replayer: parts.replayer,
            clock: parts.clock,
            limits: parts.limits,
            scratch_dir: parts.scratch_dir,
            hub: Hub::default(),
            finals: Finals::default(),
            backtest_permits: Permits::new(pace.chunks_in_flight),
            sweep_permits: Permits::new(pace.chunks_out),
            sweep_slots: Line::new(parts.limits.running_sweeps_max),
            shares,
            long_counts: Arc::new(Semaphore::new(LONG_COUNTS_MAX)),
            failures: FailureLog::default(),
            paces,
            outlines: Outlines::default(),
            shutdown: CancellationToken::new(),
            tasks: TaskTracker::new(),
            purging: Mutex::default(),
            instruments: RunInstruments::default(),
        });
        runner.follow_pace();
        runner.tell_places();
        runner.purge(runner.store.graves().await?);
        runner.take_up().await?;
        Ok(runner)
    }

    async fn take_up(self: &Arc<Self>) -> Result<(), StoreError> {
        let waiting = self.store.recover(self.clock.now_ms()).await?;
        if !waiting.is_empty() {
            tracing::info!(runs = waiting.len(), "taking up the runs of the former process");
        }
        for mut record in waiting {
            let run_id = record.snapshot.run_id;
            if record.engine_version != ENGINE_VERSION {
                record.run_key = run_key(&record.spec, ENGINE_VERSION);
                self.store.restart_under(run_id, ENGINE_VERSION, record.run_key).await?;
                let total = record.snapshot.progress.total;
                record.snapshot.progress = Progress { total, ..Progress::default() };
            }
            if record.snapshot.state() == State::Pending {
                record.snapshot.waiting = Some(Waiting::in_line(self.clock.now_ms()));
            }
            // Counting the trials of a search may take a while, and health is asked for meanwhile.
            let spec = record.spec.clone();
            let Ok(Ok(job)) = spawn_blocking(move || Job::new(spec)).await else {
                tracing::error!(%run_id, "the trials of this run cannot be counted any more");
                continue;
            };
            let live = self.hub.insert(record.snapshot.clone());
            self.hub.announce(run_id);
            let owner = self.shares.of(&record.tags.owner);
            self.launch(Attempt::new(live, &record, Arc::new(job), owner));
        }
        Ok(())
    }

    /// Ends all streams and stops all work at its next border; the runs stay as they are in the
    /// database, and the next start goes on with them.
    pub async fn shut_down(&self) {
        self.shutdown.cancel();
        self.hub.stop_computing();
        self.tasks.close();
        if timeout(SHUTDOWN_WAIT, self.tasks.wait()).await.is_err() {
            tracing::warn!("some work did not stop in time; it is abandoned");
        }
    }
}
