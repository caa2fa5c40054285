//! Runs in numbers: listed with the live ones as they are now, and removed for good.

use std::sync::Arc;

use super::Runner;
use super::allowance::check_deadline;
use super::error::RunnerError;
use crate::market::Instrument;
use crate::run::limits::LABELS_MAX;
use crate::run::{
    Actor, Caller, LedgerEntry, Role, RunId, RunRecord, Snapshot, TagsChange, Violations,
};
use crate::storage::{DeleteOutcome, RunPage, RunPosition, RunQuery, UpdateOutcome};
use crate::telemetry;

impl Runner {
    /// A page of the runs that the query asks for, counted unless it is known how many they are.
    pub async fn list(
        &self,
        query: &RunQuery,
        after: Option<RunPosition>,
        known_total: Option<u64>,
        limit: usize,
    ) -> Result<RunPage, RunnerError> {
        let mut page = self.store.runs(query, after, known_total, limit).await?;
        for run in &mut page.runs {
            self.bring_up_to_date(&mut run.record).await?;
        }
        Ok(page)
    }

    /// A row of a live run tells its last stored move only; the hub knows how far it is.
    async fn bring_up_to_date(&self, record: &mut RunRecord) -> Result<(), RunnerError> {
        if record.snapshot.is_final() {
            return Ok(());
        }
        let run_id = record.snapshot.run_id;
        if let Some(live) = self.hub.find(run_id) {
            record.snapshot = Snapshot::clone(&live.now());
            record.spent_ms = live.time.used(self.clock.now_ms());
        } else if let Some(ended) = self.store.run(run_id).await? {
            *record = ended;
        }
        Ok(())
    }

    /// What was ever tried, by strategy: on one instrument, or on all.
    pub async fn ledger(
        &self,
        instrument: Option<&Instrument>,
        limit: u32,
    ) -> Result<(Vec<LedgerEntry>, u64), RunnerError> {
        Ok(self.store.ledger(instrument, limit).await?)
    }

    /// Removes a final run with everything that it left.
    pub async fn delete(self: &Arc<Self>, run_id: RunId, actor: &Actor) -> Result<(), RunnerError> {
        match self.store.by(actor, self.clock.now_ms()).delete_run(run_id).await? {
            DeleteOutcome::Deleted { run_no } => {
                self.finals.forget(run_id);
                self.purge(vec![run_no]);
                tracing::info!(%run_id, "run deleted");
                Ok(())
            }
            DeleteOutcome::Live(state) => Err(RunnerError::Live { run_id, state }),
            DeleteOutcome::Unknown => Err(RunnerError::RunNotFound(run_id)),
        }
    }

    /// Changes what people say of a run, if that is still what `etag` says, and how long it may
    /// take.
    ///
    /// # Errors
    ///
    /// `Changed` if it is not, `Invalid` if there would be too many labels or a deadline has
    /// passed, `Over` if more time is given to what has ended, `RunNotFound`.
    pub async fn update(
        &self,
        run_id: RunId,
        change: TagsChange,
        etag: String,
        actor: &Actor,
    ) -> Result<RunRecord, RunnerError> {
        if let Some(allowance) = change.allowance.deadline {
            let mut violations = Violations::default();
            check_deadline(allowance, self.clock.now_ms(), &mut violations);
            violations.into_result()?;
        }
        match self.store.by(actor, self.clock.now_ms()).update_run(run_id, change, etag).await? {
            UpdateOutcome::Updated(allowance) => {
                if let Some(live) = self.hub.find(run_id) {
                    live.time.allow(allowance);
                }
                self.run(run_id).await
            }
            UpdateOutcome::Over(state) => Err(RunnerError::Over { run_id, state }),
            UpdateOutcome::Changed => Err(RunnerError::Changed(run_id)),
            UpdateOutcome::TooManyLabels(count) => {
                let mut violations = Violations::default();
                violations.count_at_most(LABELS_MAX, "labels", count);
                Err(violations.into())
            }
            UpdateOutcome::Unknown => Err(RunnerError::RunNotFound(run_id)),
        }
    }

    /// Refuses whoever may not change that run.
    ///
    /// # Errors
    ///
    /// `NotOwner`, with whose it is; `RunNotFound`.
    pub async fn check_owner(&self, run_id: RunId, caller: &Caller) -> Result<(), RunnerError> {
        if caller.role == Role::Admin {
            return Ok(());
        }
        let owner = self.store.owner_of(run_id).await?;
        let owner = owner.ok_or(RunnerError::RunNotFound(run_id))?;
        if caller.may_change(&owner) {
            Ok(())
        } else {
            Err(RunnerError::NotOwner { run_id, owner })
        }
    }

    /// Gives back the room of removed runs, one after the other, beside everything else. What the
    /// end of the server cuts off, the next start goes on with.
    pub(super) fn purge(self: &Arc<Self>, graves: Vec<i64>) {
        let runner = Arc::clone(self);
        let purge = async move {
            let _turn = runner.purging.lock().await;
            for run_no in graves {
                if let Err(error) = runner.store.purge(run_no).await {
                    tracing::warn!(%error, "the room of a removed run is given back later");
                }
            }
        };
        let (shutdown, token) = (self.shutdown.clone(), self.tasks.token());
        telemetry::spawn(async move {
            tokio::select! {
                () = purge => {}
                () = shutdown.cancelled() => {}
            }
            drop(token);
        });
    }
}
