//! What a run has computed, read for another that goes on from it.

use std::collections::HashMap;
use std::ops::Range;

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::Store;
use super::error::StoreError;
use super::trial_row::metrics_of;
use crate::run::{Failure, RunId, TrialOutcome, TrialRow, TrialState};

impl Store {
    /// Which places of a run are done, in their order; none of one that is not there.
    pub async fn done(&self, run_id: RunId) -> Result<Vec<Range<u64>>, StoreError> {
        let rows = sqlx::query(
            "SELECT start, len FROM commits JOIN runs USING (run_no) \
             WHERE run_id = $1 ORDER BY start",
        )
        .bind(run_id.as_bytes().to_vec())
        .fetch_all(&self.readers)
        .await?;
        let mut done = Vec::with_capacity(rows.len());
        for row in rows {
            let (start, len): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
            done.push(start as u64..(start + len) as u64);
        }
        Ok(done)
    }

    /// The trials of these indices as they were committed, all as of one moment: none is there of a
    /// run that is removed.
    pub async fn rows_at(
        &self,
        run_id: RunId,
        indices: &[u64],
    ) -> Result<HashMap<u64, TrialRow>, StoreError> {
        let list = serde_json::to_string(indices).unwrap_or_default();
        let rows = sqlx::query(
            "SELECT trials.*, reason, message, metadata, stack_trace FROM trials \
             LEFT JOIN failures ON failures.run_no = trials.run_no \
             AND failures.failure_no = trials.failure_no \
             LEFT JOIN failure_details ON failure_details.run_no = trials.run_no \
             AND failure_details.trial_index = trials.trial_index \
             WHERE trials.run_no = (SELECT run_no FROM runs WHERE run_id = $1) \
             AND trials.trial_index IN (SELECT value FROM json_each($2))",
        )
        .bind(run_id.as_bytes().to_vec())
        .bind(list)
        .fetch_all(&self.readers)
        .await?;
        let mut found = HashMap::with_capacity(rows.len());
        for row in &rows {
            let row = trial_row(row)?;
            found.insert(row.trial_index, row);
        }
        Ok(found)
    }
}

fn trial_row(row: &SqliteRow) -> Result<TrialRow, StoreError> {
    let index: i64 = row.try_get("trial_index")?;
    let bad = |column| StoreError::Inconsistent { table: "trials", column, row: index };
    let state = TrialState::from_number(row.try_get("state")?).ok_or(bad("state"))?;
    let outcome = match state {
        TrialState::Completed => TrialOutcome::Completed(Box::new(metrics_of(row)?)),
        TrialState::Infeasible => TrialOutcome::Infeasible(Box::new(metrics_of(row)?)),
        TrialState::Failed => {
            TrialOutcome::Failed(Box::new(failure_of(row).ok_or(bad("failure_no"))?))
        }
    };
    let compute_us = row.try_get::<i64, _>("compute_us")? as u64;
    Ok(TrialRow { trial_index: index as u64, outcome, compute_us, detail: None })
}

/// The values and the trace are kept of the first few of a kind alone.
fn failure_of(row: &SqliteRow) -> Option<Failure> {
    let metadata: Option<String> = row.try_get("metadata").ok()?;
    let stack_trace: Option<String> = row.try_get("stack_trace").ok()?;
    Some(Failure {
        reason: row.try_get("reason").ok()?,
        message: row.try_get("message").ok()?,
        metadata: metadata.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
        stack_trace: stack_trace.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::scene::Scene;
    use super::*;

    #[tokio::test]
    async fn what_was_committed_is_read_as_it_was_and_what_was_not_is_not_there() {
        let scene = Scene::over(Vec::new()).await;
        scene.commit(3..5).await.unwrap();
        scene.commit(0..2).await.unwrap();
        let run_id = scene.fence.run_id;
        assert_eq!(scene.store.done(run_id).await.unwrap(), [0..2, 3..5]);
        let rows = scene.store.rows_at(run_id, &[1, 2, 4]).await.unwrap();
        let mut indices: Vec<_> = rows.keys().copied().collect();
        indices.sort_unstable();
        assert_eq!(indices, [1, 4]);
        let TrialOutcome::Completed(metrics) = &rows[&4].outcome else { panic!("it completed") };
        assert_eq!(metrics.value(crate::metrics::Metric::Sharpe), Some(4.0));
        assert_eq!(rows[&4].compute_us, 1);
        let stranger = RunId::new(99);
        assert!(scene.store.done(stranger).await.unwrap().is_empty());
        assert!(scene.store.rows_at(stranger, &[1]).await.unwrap().is_empty());
    }
}
