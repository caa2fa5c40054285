//! One row a trial, in statements of fixed shape.

use std::sync::LazyLock;

use serde::Serialize;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::error::StoreError;
use crate::metrics::{Metric, Metrics};
use crate::run::{Failure, TrialOutcome, TrialRow};

const COMPLETED: i64 = 1;
const FAILED: i64 = 2;

/// One statement of fixed shape, so that SQLite prepares it once.
static INSERT: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
    let places: Vec<_> = (6..6 + names.len()).map(|place| format!("${place}")).collect();
    format!(
        "INSERT INTO trials (run_no, trial_index, state, failure_no, compute_us, {}) \
         VALUES ($1, $2, $3, $4, $5, {}) ON CONFLICT (run_no, trial_index) DO NOTHING",
        names.join(", "),
        places.join(", ")
    )
});

pub(super) async fn insert(
    connection: &mut SqliteConnection,
    run_no: i64,
    row: &TrialRow,
) -> Result<(), StoreError> {
    let (state, failure_no, metrics) = match &row.outcome {
        TrialOutcome::Completed(metrics) => (COMPLETED, None, Some(metrics)),
        TrialOutcome::Failed(failure) => {
            (FAILED, Some(insert_failure(connection, run_no, failure).await?), None)
        }
    };
    let mut query = sqlx::query(sqlx::AssertSqlSafe(INSERT.as_str()))
        .bind(run_no)
        .bind(row.trial_index as i64)
        .bind(state)
        .bind(failure_no)
        .bind(row.compute_us as i64);
    for &metric in Metric::ALL {
        query = query.bind(metrics.and_then(|metrics| metrics.value(metric)));
    }
    query.execute(connection).await?;
    Ok(())
}

async fn insert_failure(
    connection: &mut SqliteConnection,
    run_no: i64,
    failure: &Failure,
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "INSERT INTO failures (run_no, failure_no, reason, message, metadata, stack_trace) \
         SELECT $1, COALESCE(MAX(failure_no), 0) + 1, $2, $3, $4, $5 \
         FROM failures WHERE run_no = $1 RETURNING failure_no",
    )
    .bind(run_no)
    .bind(failure.reason.clone())
    .bind(failure.message.clone())
    .bind(json(&failure.metadata))
    .bind(failure.stack_trace.clone())
    .fetch_one(connection)
    .await?;
    Ok(row.try_get(0)?)
}

/// Plain maps and structs of ours always have a JSON form.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

pub(super) fn metrics_of(row: &SqliteRow) -> Result<Metrics, StoreError> {
    let mut metrics = Metrics::default();
    for &metric in Metric::ALL {
        metrics.set(metric, row.try_get::<Option<f64>, _>(metric.name())?);
    }
    Ok(metrics)
}
