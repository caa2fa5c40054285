//! Removing a run with everything that it left.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::Store;
use super::error::StoreError;
use crate::run::{RunId, State};

/// How a wish to remove a run was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteOutcome {
    /// It is gone.
    Deleted,
    /// It is live, in this state; nothing was removed.
    Live(State),
    /// There is no such run.
    Unknown,
}

impl Store {
    /// Removes a final run, its results, and the request ids that were answered with it: the same
    /// request then makes a new run instead of naming one that is gone.
    pub async fn delete_run(&self, run_id: RunId) -> Result<DeleteOutcome, StoreError> {
        self.writer.write(move |connection| Box::pin(delete(connection, run_id))).await
    }
}

async fn delete(
    connection: &mut SqliteConnection,
    run_id: RunId,
) -> Result<DeleteOutcome, StoreError> {
    let row = sqlx::query("SELECT run_no, state FROM runs WHERE run_id = $1")
        .bind(run_id.as_bytes().to_vec())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(DeleteOutcome::Unknown) };
    let (run_no, number): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    let bad = StoreError::Inconsistent { table: "runs", column: "state", row: run_no };
    let state = State::from_number(number).ok_or(bad)?;
    if !state.is_final() {
        return Ok(DeleteOutcome::Live(state));
    }
    sqlx::query("DELETE FROM submit_requests WHERE run_id = $1")
        .bind(run_id.as_bytes().to_vec())
        .execute(&mut *connection)
        .await?;
    // Everything else that belongs to a run goes with its row.
    sqlx::query("DELETE FROM runs WHERE run_no = $1").bind(run_no).execute(connection).await?;
    Ok(DeleteOutcome::Deleted)
}
