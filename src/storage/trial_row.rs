//! Writing trials: rows in statements of fixed shape, equal failures as one group.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Serialize;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::error::StoreError;
use crate::metrics::{Metric, Metrics};
use crate::run::{Failure, TrialOutcome, TrialRow, TrialState};

/// Rows of one statement: large enough to be fast, small enough for SQLite's 32,766 places. What
/// a longer one leaves goes into shorter ones.
const ROWS_PER_STATEMENT: [usize; 3] = [128, 16, 1];
/// Failures of a kind whose values and stack trace are kept.
const DETAILS_PER_GROUP: i64 = 10;
/// Columns before the metrics.
const FIXED_COLUMNS: usize = 5;

/// One statement a shape, so that SQLite prepares each once.
static INSERTS: LazyLock<[String; 3]> = LazyLock::new(|| ROWS_PER_STATEMENT.map(insert_statement));

/// The places have no names: sqlx asks for the name of each, and SQLite searches them all for it.
fn insert_statement(rows: usize) -> String {
    let names: Vec<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
    let row = format!("({})", vec!["?"; FIXED_COLUMNS + names.len()].join(", "));
    format!(
        "INSERT INTO trials (run_no, trial_index, state, failure_no, compute_us, {}) VALUES {} \
         ON CONFLICT (run_no, trial_index) DO NOTHING",
        names.join(", "),
        vec![row; rows].join(", ")
    )
}

/// Inserts the rows of a chunk.
pub(super) async fn insert_all(
    connection: &mut SqliteConnection,
    run_no: i64,
    rows: &[TrialRow],
) -> Result<(), StoreError> {
    let failures = group_failures(connection, run_no, rows).await?;
    let mut rest = rows;
    for (length, statement) in ROWS_PER_STATEMENT.into_iter().zip(INSERTS.iter()) {
        let chunks = rest.chunks_exact(length);
        rest = chunks.remainder();
        for chunk in chunks {
            insert(connection, run_no, chunk, &failures, statement).await?;
        }
    }
    Ok(())
}

type GroupKey<'r> = (&'r str, &'r str);

async fn insert(
    connection: &mut SqliteConnection,
    run_no: i64,
    rows: &[TrialRow],
    failures: &HashMap<GroupKey<'_>, i64>,
    statement: &'static str,
) -> Result<(), StoreError> {
    let mut query = sqlx::query(sqlx::AssertSqlSafe(statement));
    for row in rows {
        let (state, failure_no, metrics) = match &row.outcome {
            TrialOutcome::Completed(metrics) => (TrialState::Completed, None, Some(metrics)),
            TrialOutcome::Infeasible(metrics) => (TrialState::Infeasible, None, Some(metrics)),
            TrialOutcome::Failed(failure) => {
                (TrialState::Failed, failures.get(&key(failure)).copied(), None)
            }
        };
        query = query
            .bind(run_no)
            .bind(row.trial_index as i64)
            .bind(state as i64)
            .bind(failure_no)
            .bind(row.compute_us as i64);
        for &metric in Metric::ALL {
            query = query.bind(metrics.and_then(|metrics| metrics.value(metric)));
        }
    }
    query.execute(connection).await?;
    Ok(())
}

fn key(failure: &Failure) -> GroupKey<'_> {
    (&failure.reason, &failure.message)
}

/// Counts the chunk's failures into their groups and answers the groups' numbers.
async fn group_failures<'r>(
    connection: &mut SqliteConnection,
    run_no: i64,
    rows: &'r [TrialRow],
) -> Result<HashMap<GroupKey<'r>, i64>, StoreError> {
    let mut groups: HashMap<GroupKey<'r>, Vec<(u64, &Failure)>> = HashMap::new();
    for row in rows {
        if let TrialOutcome::Failed(failure) = &row.outcome {
            groups.entry(key(failure)).or_default().push((row.trial_index, failure));
        }
    }
    let mut numbers = HashMap::with_capacity(groups.len());
    for (key, members) in groups {
        let first = members.iter().map(|(index, _)| *index).min().unwrap_or(0);
        let (number, count) = count_group(connection, run_no, key, members.len(), first).await?;
        let before = count - members.len() as i64;
        let kept = usize::try_from(DETAILS_PER_GROUP - before).unwrap_or(0);
        for (index, failure) in members.into_iter().take(kept) {
            keep_details(connection, run_no, index, failure).await?;
        }
        numbers.insert(key, number);
    }
    Ok(numbers)
}

/// The group's number and how many failures it has now.
async fn count_group(
    connection: &mut SqliteConnection,
    run_no: i64,
    (reason, message): GroupKey<'_>,
    count: usize,
    sample: u64,
) -> Result<(i64, i64), StoreError> {
    let row = sqlx::query(
        "INSERT INTO failures (run_no, failure_no, reason, message, count, sample_trial_index) \
         VALUES ($1, (SELECT COALESCE(MAX(failure_no), 0) + 1 FROM failures WHERE run_no = $1), \
         $2, $3, $4, $5) \
         ON CONFLICT (run_no, reason, message) DO UPDATE SET count = count + excluded.count, \
         sample_trial_index = MIN(sample_trial_index, excluded.sample_trial_index) \
         RETURNING failure_no, count",
    )
    .bind(run_no)
    .bind(reason.to_owned())
    .bind(message.to_owned())
    .bind(count as i64)
    .bind(sample as i64)
    .fetch_one(connection)
    .await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

async fn keep_details(
    connection: &mut SqliteConnection,
    run_no: i64,
    trial_index: u64,
    failure: &Failure,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO failure_details (run_no, trial_index, metadata, stack_trace) \
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(run_no)
    .bind(trial_index as i64)
    .bind(json(&failure.metadata))
    .bind(failure.stack_trace.clone())
    .execute(connection)
    .await?;
    Ok(())
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
