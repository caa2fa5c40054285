//! From rows to trials.

use std::fmt::Write as _;

use rusqlite::types::FromSql;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::error::StoreError;
use super::groups::score_sql;
use crate::metrics::{Metric, Metrics};
use crate::run::{Failure, OptimizationSpec, Trial, TrialState};
use crate::sweep::Grid;

/// Turns rows into trials: parameters and subscription come from the index.
///
/// Only what is wanted is selected, and found by its place, not by its name.
pub(super) struct TrialReader<'s> {
    spec: &'s OptimizationSpec,
    grid: Grid,
    metrics: &'s [Metric],
}

/// The places of what is selected before the metrics.
const COLUMNS: [&str; 8] = [
    "run_no",
    "trial_index",
    "state",
    "compute_us",
    "failures.reason",
    "failures.message",
    "failure_details.metadata",
    "failure_details.stack_trace",
];
/// The place of the score of its combination, behind them.
const SCORE: usize = COLUMNS.len();

impl<'s> TrialReader<'s> {
    /// Of trials with all their metrics.
    pub(super) fn new(spec: &'s OptimizationSpec) -> Result<Self, StoreError> {
        Self::of(spec, Metric::ALL)
    }

    /// Of trials with these metrics; the others are as if they were undefined.
    pub(super) fn of(
        spec: &'s OptimizationSpec,
        metrics: &'s [Metric],
    ) -> Result<Self, StoreError> {
        let bad = StoreError::Inconsistent { table: "runs", column: "spec", row: 0 };
        Ok(Self { spec, grid: spec.grid().map_err(|_| bad)?, metrics })
    }

    /// Which metrics it reads.
    pub(super) const fn metrics(&self) -> &'s [Metric] {
        self.metrics
    }

    /// The columns and joins of a query for trials.
    pub(super) fn select(&self) -> String {
        self.select_and("")
    }

    /// The same, and something more behind them, as in `", 7 AS number"`.
    pub(super) fn select_and(&self, more: &str) -> String {
        let mut columns = COLUMNS.join(", ");
        columns = format!("{columns}, {}", score_sql(self.spec, &self.grid));
        add_metrics(&mut columns, self.metrics);
        format!(
            "SELECT {columns}{more} FROM trials LEFT JOIN failures USING (run_no, failure_no) \
             LEFT JOIN failure_details USING (run_no, trial_index)"
        )
    }

    /// The trial of a row that was selected so.
    pub(super) fn trial(&self, row: &SqliteRow) -> Result<Trial, StoreError> {
        self.made(TrialCells::of(row, self.metrics)?)
    }

    /// The trial of what stands in its row.
    pub(super) fn made(&self, cells: TrialCells) -> Result<Trial, StoreError> {
        let TrialCells { run_no, trial_index, state, metrics, across, failure, compute_us } = cells;
        let bad = StoreError::Inconsistent { table: "trials", column: "trial_index", row: run_no };
        let subscriptions = self.spec.subscriptions(&self.grid, trial_index);
        Ok(Trial {
            trial_index,
            state,
            params: self.spec.values(&self.grid, trial_index),
            subscription: subscriptions.first().cloned().ok_or(bad)?,
            metrics,
            across,
            failure,
            compute_us,
        })
    }
}

/// What a row tells of a trial.
pub(super) struct TrialCells {
    run_no: i64,
    trial_index: u64,
    state: TrialState,
    metrics: Metrics,
    across: Option<f64>,
    failure: Option<Failure>,
    compute_us: u64,
}

impl TrialCells {
    /// Of a row that was selected for these metrics.
    pub(super) fn of(row: &impl Cells, metrics: &[Metric]) -> Result<Self, StoreError> {
        let run_no: i64 = row.cell(0)?;
        let bad = StoreError::Inconsistent { table: "trials", column: "state", row: run_no };
        let state = TrialState::from_number(row.cell(2)?).ok_or(bad)?;
        Ok(Self {
            run_no,
            trial_index: row.cell::<i64>(1)? as u64,
            state,
            metrics: metrics_from(row, SCORE + 1, metrics)?,
            across: row.cell(SCORE)?,
            failure: match state {
                TrialState::Failed => Some(failure_of(row)?),
                TrialState::Completed | TrialState::Infeasible => None,
            },
            compute_us: row.cell::<i64>(3)? as u64,
        })
    }
}

/// A row by places, whoever reads it.
pub(super) trait Cells {
    /// The value of that place.
    fn cell<T: Cell>(&self, place: usize) -> Result<T, StoreError>;
}

/// What stands in such a place.
pub(super) trait Cell:
    FromSql + sqlx::Type<sqlx::Sqlite> + for<'r> sqlx::Decode<'r, sqlx::Sqlite>
{
}

impl<T> Cell for T where
    T: FromSql + sqlx::Type<sqlx::Sqlite> + for<'r> sqlx::Decode<'r, sqlx::Sqlite>
{
}

impl Cells for SqliteRow {
    fn cell<T: Cell>(&self, place: usize) -> Result<T, StoreError> {
        Ok(self.try_get(place)?)
    }
}

impl Cells for rusqlite::Row<'_> {
    fn cell<T: Cell>(&self, place: usize) -> Result<T, StoreError> {
        Ok(self.get(place)?)
    }
}

/// Selects these as well.
pub(super) fn add_metrics(columns: &mut String, metrics: &[Metric]) {
    for metric in metrics {
        _ = write!(columns, ", trials.{}", metric.name());
    }
}

/// Those that were selected from that place on.
pub(super) fn metrics_from(
    row: &impl Cells,
    first: usize,
    wanted: &[Metric],
) -> Result<Metrics, StoreError> {
    let mut metrics = Metrics::default();
    for (place, &metric) in (first..).zip(wanted) {
        metrics.set(metric, row.cell::<Option<f64>>(place)?);
    }
    Ok(metrics)
}

fn failure_of(row: &impl Cells) -> Result<Failure, StoreError> {
    let text = |place: usize| -> Result<String, StoreError> {
        Ok(row.cell::<Option<String>>(place)?.unwrap_or_default())
    };
    Ok(Failure {
        reason: text(4)?,
        message: text(5)?,
        metadata: serde_json::from_str(&text(6)?).unwrap_or_default(),
        stack_trace: text(7)?,
    })
}
