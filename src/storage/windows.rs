//! The windows of walk-forwards: each is kept once it is done.

use sqlx::Row as _;

use super::Store;
use super::commit::{Fence, running};
use super::error::StoreError;
use super::ledger::note_tries;
use super::trial_row::json;
use crate::run::{RunId, Tries, WindowFound};

const TABLE: &str = "windows";

impl Store {
    /// Keeps what a window showed and what was tried in it. False if the run is no longer running in
    /// that attempt or was asked to end: then nothing was written.
    pub async fn keep_window(
        &self,
        fence: Fence,
        number: u64,
        found: WindowFound,
        tries: Vec<Tries>,
    ) -> Result<bool, StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let Some(run_no) = running(connection, fence).await? else { return Ok(false) };
                    let inserted = sqlx::query(
                        "INSERT INTO windows (run_no, window_no, found) VALUES ($1, $2, $3) \
                         ON CONFLICT (run_no, window_no) DO NOTHING",
                    )
                    .bind(run_no)
                    .bind(number as i64)
                    .bind(json(&found))
                    .execute(&mut *connection)
                    .await?;
                    if inserted.rows_affected() > 0 {
                        note_tries(connection, &tries).await?;
                    }
                    Ok(true)
                })
            })
            .await
    }

    /// The windows that are done, in order.
    pub async fn windows(&self, run_id: RunId) -> Result<Vec<WindowFound>, StoreError> {
        let rows = sqlx::query(
            "SELECT found FROM windows JOIN runs USING (run_no) WHERE run_id = $1 \
             ORDER BY window_no",
        )
        .bind(run_id.as_bytes().to_vec())
        .fetch_all(&self.readers)
        .await?;
        let bad = |_| StoreError::Inconsistent { table: TABLE, column: "found", row: 0 };
        let found = |row: &sqlx::sqlite::SqliteRow| {
            serde_json::from_str(row.try_get("found")?).map_err(bad)
        };
        rows.iter().map(found).collect()
    }
}
