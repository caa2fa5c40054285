//! The trials of a walk-forward's windows one by one: packed parts, kept with their window and gone
//! with it.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;
use tokio::task::spawn_blocking;

use super::Store;
use super::error::StoreError;
use crate::run::{RunId, WindowTrial, unpack_window_trials};

/// What they are called among all that runs leave; a window has the place of a trial there.
const KIND: &str = "window_trials";
/// How parts are packed.
const CODEC: i64 = 1;

/// Keeps the parts of a window, in the transaction that keeps the window.
pub(super) async fn keep_trials(
    connection: &mut SqliteConnection,
    run_no: i64,
    window: u64,
    parts: &[Vec<u8>],
) -> Result<(), StoreError> {
    for (part, blob) in (0_i64..).zip(parts) {
        sqlx::query(
            "INSERT INTO artefacts (run_no, trial_index, kind, part_no, codec, blob) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(run_no)
        .bind(window as i64)
        .bind(KIND)
        .bind(part)
        .bind(CODEC)
        .bind(blob)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

impl Store {
    /// How many windows of a run are done.
    pub async fn window_count(&self, run_id: RunId) -> Result<u64, StoreError> {
        let row = sqlx::query(
            "SELECT count(*) FROM windows \
             WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1)",
        )
        .bind(run_id.as_bytes().to_vec())
        .fetch_one(&self.readers)
        .await?;
        Ok(row.try_get::<i64, _>(0)? as u64)
    }

    /// How many parts the trials of a window are.
    pub async fn window_part_count(&self, run_id: RunId, window: u64) -> Result<u64, StoreError> {
        let row = sqlx::query(
            "SELECT count(*) FROM artefacts \
             WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) \
             AND trial_index = $2 AND kind = $3",
        )
        .bind(run_id.as_bytes().to_vec())
        .bind(window as i64)
        .bind(KIND)
        .fetch_one(&self.readers)
        .await?;
        Ok(row.try_get::<i64, _>(0)? as u64)
    }

    /// The trials of one part of a window; none of a run that was removed meanwhile.
    pub async fn window_trials(
        &self,
        run_id: RunId,
        window: u64,
        part: u64,
    ) -> Result<Vec<WindowTrial>, StoreError> {
        let row = sqlx::query(
            "SELECT run_no, blob FROM artefacts \
             WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) \
             AND trial_index = $2 AND kind = $3 AND part_no = $4",
        )
        .bind(run_id.as_bytes().to_vec())
        .bind(window as i64)
        .bind(KIND)
        .bind(part as i64)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(Vec::new()) };
        let (run_no, blob): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
        let bad = StoreError::Inconsistent { table: "artefacts", column: "blob", row: run_no };
        // Half a megabyte of them: not where requests are answered.
        let read = spawn_blocking(move || unpack_window_trials(&blob));
        read.await.ok().flatten().ok_or(bad)
    }
}
