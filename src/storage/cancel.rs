//! A wish to end a run: committed before anything is told to stop.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::Store;
use super::audit::{Action, By, Line, note};
use super::error::StoreError;
use super::record::cancel_of;
use crate::run::{CancelInfo, RunId, State};

/// How a wish to cancel was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelOutcome {
    /// One stands, this or an earlier one; no result will be committed any more.
    Asked(CancelInfo),
    /// The run was over already, in this state.
    Over(State),
    /// There is no such run.
    Unknown,
}

impl Store {
    /// Commits the wish to end a live run. From then on nobody joins it.
    pub async fn request_cancel(
        &self,
        run_id: RunId,
        wish: CancelInfo,
    ) -> Result<CancelOutcome, StoreError> {
        let by = self.by.clone();
        self.writer
            .write_when_full(move |connection| Box::pin(request(connection, run_id, wish, by)))
            .await
    }
}

async fn request(
    connection: &mut SqliteConnection,
    run_id: RunId,
    wish: CancelInfo,
    by: By,
) -> Result<CancelOutcome, StoreError> {
    let line = Line::new(Action::CancelRun, &run_id).with("reason", &wish.reason);
    let asked = sqlx::query(
        "UPDATE runs SET cancel_request_ms = $1, cancel_reason = $2, cancel_requester = $3, \
         join_key = NULL \
         WHERE run_id = $4 AND state IN ($5, $6) AND cancel_request_ms IS NULL",
    )
    .bind(wish.request_ms)
    .bind(wish.reason)
    .bind(wish.requester)
    .bind(run_id.as_bytes().to_vec())
    .bind(State::Pending as i64)
    .bind(State::Running as i64)
    .execute(&mut *connection)
    .await?;
    if asked.rows_affected() > 0 {
        note(connection, by.as_deref(), line).await?;
    }
    let row = sqlx::query(
        "SELECT run_no, state, cancel_request_ms, cancel_reason, cancel_requester FROM runs \
         WHERE run_id = $1",
    )
    .bind(run_id.as_bytes().to_vec())
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(CancelOutcome::Unknown) };
    let bad = |column| StoreError::Inconsistent { table: "runs", column, row: 0 };
    match State::from_number(row.try_get("state")?) {
        Some(state) if state.is_final() => Ok(CancelOutcome::Over(state)),
        Some(_) => cancel_of(&row)?.map(CancelOutcome::Asked).ok_or(bad("cancel_request_ms")),
        None => Err(bad("state")),
    }
}
