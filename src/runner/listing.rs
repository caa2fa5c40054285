//! Runs in numbers: listed with the live ones as they are now, and removed for good.

use super::Runner;
use super::error::RunnerError;
use crate::run::{RunId, RunRecord, Snapshot};
use crate::storage::{DeleteOutcome, RunPage, RunPosition, RunQuery};

impl Runner {
    /// A page of the runs that the query asks for.
    pub async fn list(
        &self,
        query: &RunQuery,
        after: Option<RunPosition>,
        limit: usize,
    ) -> Result<RunPage, RunnerError> {
        let mut page = self.store.runs(query, after, limit).await?;
        for record in &mut page.runs {
            self.bring_up_to_date(record).await?;
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
        } else if let Some(ended) = self.store.run(run_id).await? {
            *record = ended;
        }
        Ok(())
    }

    /// Removes a final run with everything that it left.
    pub async fn delete(&self, run_id: RunId) -> Result<(), RunnerError> {
        match self.store.delete_run(run_id).await? {
            DeleteOutcome::Deleted => {
                self.finals.forget(run_id);
                tracing::info!(%run_id, "run deleted");
                Ok(())
            }
            DeleteOutcome::Live(state) => Err(RunnerError::Live { run_id, state }),
            DeleteOutcome::Unknown => Err(RunnerError::RunNotFound(run_id)),
        }
    }
}
