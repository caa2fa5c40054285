//! What the backtests of a run under stress came to: rows as those of trials, read in their order.

use sqlx::Row as _;

use super::Store;
use super::error::StoreError;
use super::trial_row::metrics_of;
use crate::run::{RunId, TrialState, VariantFound};

impl Store {
    /// Those that are committed, by their places.
    pub async fn variants(&self, run_id: RunId) -> Result<Vec<VariantFound>, StoreError> {
        let rows = sqlx::query(
            "SELECT trials.*, failures.reason FROM trials \
             LEFT JOIN failures USING (run_no, failure_no) \
             WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) ORDER BY trial_index",
        )
        .bind(run_id.as_bytes().to_vec())
        .fetch_all(&self.readers)
        .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let place = row.try_get::<i64, _>("trial_index")?;
            let bad = StoreError::Inconsistent { table: "trials", column: "state", row: place };
            let outcome = match TrialState::from_number(row.try_get("state")?).ok_or(bad)? {
                TrialState::Completed | TrialState::Infeasible => Ok(metrics_of(&row)?),
                TrialState::Failed => {
                    Err(row.try_get::<Option<String>, _>("reason")?.unwrap_or_default())
                }
            };
            found.push(VariantFound { place: place as u64, outcome });
        }
        Ok(found)
    }
}
