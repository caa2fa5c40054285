//! What runs found that judge others, as one document a run.

use sqlx::Row as _;

use super::Store;
use super::commit::{Fence, running};
use super::error::StoreError;
use super::trial_row::json;
use crate::run::{RunId, ValidationResult};

const TABLE: &str = "findings";
/// The document is JSON of [`ValidationResult`].
const FORMAT: i64 = 1;

impl Store {
    /// Keeps what a validation found. False if the run is no longer running in that attempt or was
    /// asked to end: then nothing was written.
    pub async fn keep_findings(
        &self,
        fence: Fence,
        found: ValidationResult,
    ) -> Result<bool, StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let Some(run_no) = running(connection, fence).await? else { return Ok(false) };
                    sqlx::query(
                        "INSERT INTO findings (run_no, format, blob, result_sha256) \
                         VALUES ($1, $2, $3, $4) ON CONFLICT (run_no) DO UPDATE SET \
                         format = excluded.format, blob = excluded.blob, \
                         result_sha256 = excluded.result_sha256",
                    )
                    .bind(run_no)
                    .bind(FORMAT)
                    .bind(json(&found).into_bytes())
                    .bind(found.hash().as_bytes().to_vec())
                    .execute(connection)
                    .await?;
                    Ok(true)
                })
            })
            .await
    }

    /// What a validation that is about to end has kept.
    pub async fn found(&self, run_id: RunId) -> Result<ValidationResult, StoreError> {
        let row = sqlx::query("SELECT run_no FROM runs WHERE run_id = $1")
            .bind(run_id.as_bytes().to_vec())
            .fetch_one(&self.readers)
            .await?;
        let run_no = row.try_get(0)?;
        let missing = StoreError::Inconsistent { table: TABLE, column: "run_no", row: run_no };
        self.findings(run_no).await?.ok_or(missing)
    }

    /// What a completed validation found; `None` if it was deleted since.
    pub(super) async fn findings(
        &self,
        run_no: i64,
    ) -> Result<Option<ValidationResult>, StoreError> {
        let row = sqlx::query("SELECT format, blob FROM findings WHERE run_no = $1")
            .bind(run_no)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let bad = |column| StoreError::Inconsistent { table: TABLE, column, row: run_no };
        if row.try_get::<i64, _>("format")? != FORMAT {
            return Err(bad("format"));
        }
        let blob: Vec<u8> = row.try_get("blob")?;
        serde_json::from_slice(&blob).map(Some).map_err(|_| bad("blob"))
    }
}
