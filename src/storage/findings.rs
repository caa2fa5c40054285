//! What runs found that judge others, as one document a run.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::Store;
use super::commit::{Fence, running};
use super::error::StoreError;
use super::trial_row::json;
use crate::run::{
    Distributions, RobustnessResult, RunId, RunResult, ValidationResult, WalkForwardResult,
};

const TABLE: &str = "findings";
/// The best of a search over bars in another order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReorderedBest {
    /// Which order.
    pub draw: u64,
    /// The objective of its best; `None` if no trial was feasible.
    pub best: Option<f64>,
    /// Trials that ran to their end.
    pub completed: u64,
    /// Trials that failed.
    pub failed: u64,
}

/// The document is JSON of [`ValidationResult`].
const VALIDATION: i64 = 1;
/// The document is JSON of [`WalkForwardResult`].
const WALK_FORWARD: i64 = 2;
/// The document is JSON of [`RobustnessResult`].
const ROBUSTNESS: i64 = 3;

/// What a run found that judges others, or its own search.
#[derive(Clone, Debug)]
pub enum Found {
    /// A validation.
    Validation(Box<ValidationResult>),
    /// A walk-forward.
    WalkForward(Box<WalkForwardResult>),
    /// One parameter set under stress.
    Robustness(Box<RobustnessResult>),
}

impl Store {
    /// Keeps what a run found, and what charts of it are drawn from. False if the run is no longer
    /// running in that attempt or was asked to end: then nothing was written.
    pub async fn keep_findings(
        &self,
        fence: Fence,
        found: Found,
        distributions: Option<Distributions>,
    ) -> Result<bool, StoreError> {
        let (format, blob, hash) = match &found {
            Found::Validation(found) => (VALIDATION, json(found), found.hash()),
            Found::WalkForward(found) => (WALK_FORWARD, json(found), found.hash()),
            Found::Robustness(found) => (ROBUSTNESS, json(found), found.result_sha256),
        };
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let Some(run_no) = running(connection, fence).await? else { return Ok(false) };
                    sqlx::query(
                        "INSERT INTO findings \
                         (run_no, format, blob, result_sha256, distributions) \
                         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (run_no) DO UPDATE SET \
                         format = excluded.format, blob = excluded.blob, \
                         result_sha256 = excluded.result_sha256, \
                         distributions = excluded.distributions",
                    )
                    .bind(run_no)
                    .bind(format)
                    .bind(blob.into_bytes())
                    .bind(hash.as_bytes().to_vec())
                    .bind(distributions.map(|lists| json(&lists).into_bytes()))
                    .execute(connection)
                    .await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Keeps the best of a search over bars in another order, on the same terms.
    pub async fn keep_reordered(
        &self,
        fence: Fence,
        found: ReorderedBest,
    ) -> Result<bool, StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let Some(run_no) = running(connection, fence).await? else { return Ok(false) };
                    sqlx::query(
                        "INSERT INTO reorderings (run_no, draw, best, completed, failed) \
                         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (run_no, draw) DO NOTHING",
                    )
                    .bind(run_no)
                    .bind(found.draw as i64)
                    .bind(found.best)
                    .bind(found.completed as i64)
                    .bind(found.failed as i64)
                    .execute(connection)
                    .await?;
                    Ok(true)
                })
            })
            .await
    }

    /// The orders that earlier attempts came through with, by their number.
    pub async fn reordered(&self, run_id: RunId) -> Result<Vec<ReorderedBest>, StoreError> {
        let rows = sqlx::query(
            "SELECT draw, best, reorderings.completed, reorderings.failed \
             FROM reorderings JOIN runs USING (run_no) WHERE run_id = $1 ORDER BY draw",
        )
        .bind(run_id.as_bytes().to_vec())
        .fetch_all(&self.readers)
        .await?;
        let read = |row: &SqliteRow| {
            Ok(ReorderedBest {
                draw: row.try_get::<i64, _>(0)? as u64,
                best: row.try_get(1)?,
                completed: row.try_get::<i64, _>(2)? as u64,
                failed: row.try_get::<i64, _>(3)? as u64,
            })
        };
        rows.iter().map(read).collect()
    }

    /// What charts of a completed run are drawn from; `None` if an older version made it.
    pub async fn distributions(&self, run_id: RunId) -> Result<Option<Distributions>, StoreError> {
        let row = sqlx::query(
            "SELECT distributions FROM findings JOIN runs USING (run_no) WHERE run_id = $1",
        )
        .bind(run_id.as_bytes().to_vec())
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let bad = |_| StoreError::Inconsistent { table: TABLE, column: "distributions", row: 0 };
        let blob: Option<Vec<u8>> = row.try_get(0)?;
        blob.map(|blob| serde_json::from_slice(&blob).map_err(bad)).transpose()
    }

    /// What a run that is about to end has kept.
    pub async fn found(&self, run_id: RunId) -> Result<RunResult, StoreError> {
        let row = sqlx::query("SELECT run_no FROM runs WHERE run_id = $1")
            .bind(run_id.as_bytes().to_vec())
            .fetch_one(&self.readers)
            .await?;
        let run_no = row.try_get(0)?;
        let missing = StoreError::Inconsistent { table: TABLE, column: "run_no", row: run_no };
        self.findings(run_no).await?.ok_or(missing)
    }

    /// What a completed run found; `None` if it was deleted since.
    pub(super) async fn findings(&self, run_no: i64) -> Result<Option<RunResult>, StoreError> {
        let row = sqlx::query("SELECT format, blob FROM findings WHERE run_no = $1")
            .bind(run_no)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let bad = |column| StoreError::Inconsistent { table: TABLE, column, row: run_no };
        let blob: Vec<u8> = row.try_get("blob")?;
        let read = match row.try_get::<i64, _>("format")? {
            VALIDATION => serde_json::from_slice(&blob).map(RunResult::Validation),
            WALK_FORWARD => serde_json::from_slice(&blob).map(RunResult::WalkForward),
            ROBUSTNESS => serde_json::from_slice(&blob).map(RunResult::Robustness),
            _ => return Err(bad("format")),
        };
        read.map(Some).map_err(|_| bad("blob"))
    }
}
