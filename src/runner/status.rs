//! The ways to look at a run, all at the same pictures, and the way to end it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;

use super::Runner;
use super::error::RunnerError;
use super::live_run::LiveRun;
use super::sync::timeout;
use super::watch::{self, Source, WatchEvent, WatchOptions};
use crate::run::{Actor, CancelInfo, RunId, RunRecord, Snapshot, State};
use crate::storage::CancelOutcome;

/// How long a cancel waits for the work to return before it answers with the wish alone.
const CANCEL_WAIT: Duration = Duration::from_secs(5);

impl Runner {
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
            biased;
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
            record.spent_ms = live.time.used(self.clock.now_ms());
            record.snapshot = Snapshot::clone(&live.now());
        }
        Ok(record)
    }

    pub(super) async fn stored(&self, run_id: RunId) -> Result<RunRecord, RunnerError> {
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
        actor: &Actor,
    ) -> Result<Arc<Snapshot>, RunnerError> {
        let wish = CancelInfo { request_ms: self.clock.now_ms(), reason, requester: actor.told() };
        match self.store.by(actor, self.clock.now_ms()).request_cancel(run_id, wish).await? {
            CancelOutcome::Unknown => Err(RunnerError::RunNotFound(run_id)),
            // Committed, but perhaps not published yet.
            CancelOutcome::Over(State::Cancelled) => {
                self.status_when_final(run_id, CANCEL_WAIT).await
            }
            CancelOutcome::Over(state) => Err(RunnerError::Over { run_id, state }),
            CancelOutcome::Asked(wish) => {
                let Some(live) = self.hub.find(run_id) else { return self.status(run_id).await };
                live.stop(wish);
                wait_for_end(&live, CANCEL_WAIT).await;
                Ok(live.now())
            }
        }
    }
}

async fn wait_for_end(live: &LiveRun, wait: Duration) {
    let mut snapshots = live.subscribe();
    // Past the time-out the caller answers with the state then.
    _ = timeout(wait, snapshots.wait_for(|snapshot| snapshot.is_final())).await;
}
