//! What lists of runs are filtered and ordered by: the metrics of a completed backtest, and those
//! of the best trial of a completed optimization, once a run.

use std::sync::LazyLock;

use sqlx::sqlite::SqliteConnection;

use super::error::StoreError;
use crate::metrics::Metric;
use crate::run::{RunId, TrialState};

/// The one trial of a backtest, the first of the best ones of an optimization; of other kinds none.
static KEEP: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
    let names = names.join(", ");
    let completed = TrialState::Completed as i64;
    format!(
        "INSERT INTO run_metrics (run_no, {names}) SELECT run_no, {names} \
         FROM runs JOIN trials USING (run_no) WHERE run_id = $1 AND trials.state = {completed} \
         AND trial_index = CASE kind WHEN 1 THEN 0 WHEN 2 THEN \
         (SELECT top ->> 0 FROM optimizations WHERE optimizations.run_no = runs.run_no) END \
         ON CONFLICT (run_no) DO NOTHING"
    )
});

/// Keeps the metrics of a run that completes in this transaction.
pub(super) async fn keep(
    connection: &mut SqliteConnection,
    run_id: RunId,
) -> Result<(), StoreError> {
    let sql: &'static str = &KEEP;
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(run_id.as_bytes().to_vec())
        .execute(connection)
        .await?;
    Ok(())
}
