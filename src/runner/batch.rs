//! What is done to many runs at once: counted first, and done only if they are still so many.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, stream};

use super::Runner;
use super::error::RunnerError;
use crate::run::{Actor, CancelInfo, RunId};
use crate::storage::{CancelOutcome, DeleteOutcome, Matching, RunQuery, Stage, Store};

/// The most runs of one call.
const AT_MOST: usize = 10_000;
/// The most that are named.
const SAMPLES: usize = 20;
/// Wishes that are written together.
const WRITTEN_AT_ONCE: usize = 64;

/// Many runs that something is to be done to.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Which.
    pub query: RunQuery,
    /// Who asks.
    pub actor: Actor,
    /// Only count them.
    pub only_counts: bool,
    /// How many there were when they were counted.
    pub expected: Option<u64>,
}

/// What became of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchDone {
    /// How many fit, and can be asked for by the caller.
    pub matched: u64,
    /// To how many of them it was done.
    pub done: u64,
    /// How many more fit, and are others'.
    pub denied: u64,
    /// The newest that matched.
    pub samples: Vec<RunId>,
}

impl Runner {
    /// Asks live runs to end. What they compute from now on is not committed.
    ///
    /// # Errors
    ///
    /// `SetChanged` if they are not as many as were expected.
    pub async fn cancel_runs(
        self: &Arc<Self>,
        batch: Batch,
        reason: String,
    ) -> Result<BatchDone, RunnerError> {
        let found = self.found(&batch, Stage::Live).await?;
        let requester = batch.actor.told();
        let wish = CancelInfo { request_ms: self.clock.now_ms(), reason, requester };
        let store = self.store.by(&batch.actor, self.clock.now_ms());
        let mut asks = Vec::with_capacity(found.run_ids.len());
        for run_id in &found.run_ids {
            asks.push(self.ask_to_end(&store, *run_id, wish.clone()).boxed());
        }
        let done = if batch.only_counts { 0 } else { in_turn(asks).await?.len() as u64 };
        tracing::info!(done, "runs were asked to end together");
        Ok(told(found, done))
    }

    async fn ask_to_end(
        &self,
        store: &Store,
        run_id: RunId,
        wish: CancelInfo,
    ) -> Result<Option<()>, RunnerError> {
        let CancelOutcome::Asked(wish) = store.request_cancel(run_id, wish).await? else {
            return Ok(None);
        };
        if let Some(live) = self.hub.find(run_id) {
            live.stop(wish);
        }
        Ok(Some(()))
    }

    /// Removes runs that have ended, with everything that they left.
    ///
    /// # Errors
    ///
    /// `SetChanged` if they are not as many as were expected.
    pub async fn delete_runs(self: &Arc<Self>, batch: Batch) -> Result<BatchDone, RunnerError> {
        let found = self.found(&batch, Stage::Over).await?;
        let store = self.store.by(&batch.actor, self.clock.now_ms());
        let mut burials = Vec::with_capacity(found.run_ids.len());
        for run_id in &found.run_ids {
            burials.push(self.bury(&store, *run_id).boxed());
        }
        let graves = if batch.only_counts { Vec::new() } else { in_turn(burials).await? };
        let done = graves.len() as u64;
        self.purge(graves);
        tracing::info!(done, "runs were removed together");
        Ok(told(found, done))
    }

    async fn bury(&self, store: &Store, run_id: RunId) -> Result<Option<i64>, RunnerError> {
        match store.delete_run(run_id).await? {
            DeleteOutcome::Deleted { run_no } => {
                self.finals.forget(run_id);
                Ok(Some(run_no))
            }
            DeleteOutcome::Live(_) | DeleteOutcome::Unknown => Ok(None),
        }
    }

    async fn found(&self, batch: &Batch, stage: Stage) -> Result<Matching, RunnerError> {
        let limit = if batch.only_counts { SAMPLES } else { AT_MOST };
        let found = self.store.matching(&batch.query, stage, &batch.actor.caller, limit).await?;
        match batch.expected {
            Some(expected) if expected != found.count => {
                Err(RunnerError::SetChanged { expected, found: found.count })
            }
            _ => Ok(found),
        }
    }
}

/// What came of each to which it was done; it ends with the first that fails.
async fn in_turn<T>(
    acts: Vec<BoxFuture<'_, Result<Option<T>, RunnerError>>>,
) -> Result<Vec<T>, RunnerError> {
    let mut acts = stream::iter(acts).buffer_unordered(WRITTEN_AT_ONCE);
    let mut done = Vec::new();
    while let Some(act) = acts.next().await {
        done.extend(act?);
    }
    Ok(done)
}

fn told(found: Matching, done: u64) -> BatchDone {
    let Matching { mut run_ids, count, denied } = found;
    run_ids.truncate(SAMPLES);
    BatchDone { matched: count, done, denied, samples: run_ids }
}
