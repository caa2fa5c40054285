//! Lists of trials: filters and orders over metrics and parameters as SQL.
//!
//! Parameters are not stored: a trial's index holds one digit an axis, and a condition on a
//! parameter is one on that digit.

use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, Row as _};

use super::Store;
use super::error::StoreError;
use super::optimization::{SELECT_TRIALS, TrialReader};
use crate::filter::{Direction, Field, Filter, FilterError, Op, OrderKey};
use crate::metrics::Metric;
use crate::run::{OptimizationSpec, RunId, Trial, TrialState};
use crate::strategy::ParamValue;
use crate::sweep::{Grid, compare_values};

/// Ranges of digits that one condition may fall into.
const RANGES_MAX: usize = 500;

/// Which trials, in which order.
#[derive(Clone, Debug)]
pub struct TrialQuery {
    /// A condition with a place `$n` for each of `numbers`.
    pub(super) condition: String,
    pub(super) numbers: Vec<f64>,
    order: String,
    is_descending: bool,
}

/// Where a page ended: the value it was sorted by, and the index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrialPosition {
    /// The value of the order's field; `None` where it is undefined.
    pub value: Option<f64>,
    /// The trial's index.
    pub trial_index: u64,
}

/// A page of trials.
#[derive(Clone, Debug)]
pub struct TrialPage {
    /// The trials, each with its position.
    pub trials: Vec<(Trial, TrialPosition)>,
    /// How many the filter admits in all.
    pub total: u64,
}

/// The fields that lists of trials know, for messages.
const KNOWN: [&str; 4] = ["metrics.NAME", "params.NAME", "state", "trial_index"];

impl TrialQuery {
    /// Finds the fields of filter and order among the metrics and the run's parameters.
    ///
    /// # Errors
    ///
    /// The first field that is unknown, or the first value that its field cannot have.
    pub fn new(
        spec: &OptimizationSpec,
        grid: &Grid,
        filter: Option<&Filter>,
        order: Option<&OrderKey>,
    ) -> Result<Self, FilterError> {
        let mut builder = Builder { spec, grid, numbers: Vec::new() };
        let condition = match filter {
            Some(filter) => builder.condition(filter)?,
            None => "TRUE".to_owned(),
        };
        let order_sql = match order {
            Some(key) => builder.order(&key.field)?,
            None => "trial_index".to_owned(),
        };
        let is_descending = order.is_some_and(|key| key.direction == Direction::Descending);
        Ok(Self { condition, numbers: builder.numbers, order: order_sql, is_descending })
    }

    /// Whether the order is that of rising indices.
    pub fn is_by_index(&self) -> bool {
        self.order == "trial_index" && !self.is_descending
    }

    /// The order as SQL: undefined values last, ties by the index.
    pub(super) fn order_by(&self) -> String {
        let Self { order, is_descending, .. } = self;
        let direction = if *is_descending { "DESC" } else { "ASC" };
        // So said, the primary key has it in order already.
        if order == "trial_index" {
            return format!("trial_index {direction}");
        }
        format!("{order} IS NULL, {order} {direction}, trial_index")
    }
}

struct Builder<'q> {
    spec: &'q OptimizationSpec,
    grid: &'q Grid,
    numbers: Vec<f64>,
}

impl Builder<'_> {
    fn condition(&mut self, filter: &Filter) -> Result<String, FilterError> {
        let joined = |builder: &mut Self, parts: &[Filter], word: &str| {
            let parts: Result<Vec<_>, _> =
                parts.iter().map(|part| builder.condition(part)).collect();
            Ok(format!("({})", parts?.join(word)))
        };
        match filter {
            Filter::All(parts) => joined(self, parts, " AND "),
            Filter::Any(parts) => joined(self, parts, " OR "),
            Filter::Not(inner) => Ok(format!("(NOT {})", self.condition(inner)?)),
            Filter::Compare(comparison) => self.comparison(comparison),
        }
    }

    fn comparison(
        &mut self,
        comparison: &crate::filter::Comparison,
    ) -> Result<String, FilterError> {
        let field = &comparison.field;
        match (field.name(), field.rest()) {
            ("metrics", Some(name)) => {
                let metric = metric(field, &name)?;
                let number = self.number(comparison)?;
                Ok(format!("(trials.{} {} {number})", metric.name(), comparison.op.as_str()))
            }
            ("params", Some(name)) => self.param(comparison, &name),
            ("state", None) => {
                let states = [TrialState::Completed, TrialState::Failed, TrialState::Infeasible];
                let known = states.into_iter().find(|s| s.as_str() == comparison.value.text);
                let state = known
                    .ok_or_else(|| comparison.wrong_value("COMPLETED, FAILED or INFEASIBLE"))?;
                match comparison.op {
                    Op::Equal | Op::NotEqual => {
                        Ok(format!("(state {} {})", comparison.op.as_str(), state as i64))
                    }
                    _ => Err(comparison.wrong_op()),
                }
            }
            ("trial_index", None) => {
                let number = self.number(comparison)?;
                Ok(format!("(trial_index {} {number})", comparison.op.as_str()))
            }
            _ => Err(field.unknown(&KNOWN)),
        }
    }

    /// The place of a number in the statement.
    fn number(&mut self, comparison: &crate::filter::Comparison) -> Result<String, FilterError> {
        let number: Option<f64> = comparison.value.text.parse().ok();
        let number = number.filter(|number| number.is_finite());
        self.numbers.push(number.ok_or_else(|| comparison.wrong_value("a number"))?);
        // The run takes the first place.
        Ok(format!("${}", self.numbers.len() + 1))
    }

    fn param(
        &mut self,
        comparison: &crate::filter::Comparison,
        name: &str,
    ) -> Result<String, FilterError> {
        let Some(axis) = self.grid.axis_named(name) else {
            let mut params = self.spec.base.params.iter();
            let fixed = params.find(|(known, _)| *known == name).map(|(_, value)| value);
            let value = fixed.ok_or_else(|| self.unknown_param(&comparison.field))?;
            return Ok(if admits(comparison, value) { "TRUE" } else { "FALSE" }.to_owned());
        };
        let Some(count) = self.grid.axes()[axis].values.count() else {
            return Err(comparison.wrong_value("left out: this parameter is drawn, not counted"));
        };
        let values = &self.grid.axes()[axis].values;
        let ranges = ranges((0..count).filter(|place| admits(comparison, &values.value(*place))));
        if ranges.len() > RANGES_MAX {
            return Err(comparison.wrong_value("a simpler condition"));
        }
        let digit = self.digit(axis);
        let parts: Vec<_> = ranges
            .iter()
            .map(|(first, last)| format!("{digit} BETWEEN {first} AND {last}"))
            .collect();
        Ok(if parts.is_empty() { "FALSE".to_owned() } else { format!("({})", parts.join(" OR ")) })
    }

    fn digit(&self, axis: usize) -> String {
        let (stride, count) = self.grid.digit_of(axis);
        format!("(trial_index / {stride} % {count})")
    }

    fn unknown_param(&self, field: &Field) -> FilterError {
        let known: Vec<String> =
            self.spec.base.params.iter().map(|(name, _)| format!("params.{name}")).collect();
        let known: Vec<_> = known.iter().map(String::as_str).collect();
        field.unknown(&known)
    }

    /// What a list is sorted by, as a number.
    fn order(&self, field: &Field) -> Result<String, FilterError> {
        match (field.name(), field.rest()) {
            ("metrics", Some(name)) => Ok(format!("trials.{}", metric(field, &name)?.name())),
            ("params", Some(name)) => match self.grid.axis_named(&name) {
                Some(axis) => Ok(self.rank(axis)),
                None if self.spec.base.params.iter().any(|(known, _)| known == name) => {
                    Ok("0".to_owned())
                }
                None => Err(self.unknown_param(field)),
            },
            ("state", None) => Ok("state".to_owned()),
            ("trial_index", None) => Ok("trial_index".to_owned()),
            _ => Err(field.unknown(&KNOWN)),
        }
    }

    /// Ranges rise with their digit; a list of values is sorted by value.
    fn rank(&self, axis: usize) -> String {
        let digit = self.digit(axis);
        let crate::sweep::AxisValues::List(values) = &self.grid.axes()[axis].values else {
            return digit;
        };
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&l, &r| {
            compare_values(&values[l], &values[r]).unwrap_or(std::cmp::Ordering::Equal)
        });
        let ranks: Vec<_> = order
            .iter()
            .enumerate()
            .map(|(rank, place)| format!("WHEN {place} THEN {rank}"))
            .collect();
        format!("(CASE {digit} {} END)", ranks.join(" "))
    }
}

fn metric(field: &Field, name: &str) -> Result<Metric, FilterError> {
    Metric::named(name).ok_or_else(|| {
        let known: Vec<String> =
            Metric::ALL.iter().map(|metric| format!("metrics.{}", metric.name())).collect();
        let known: Vec<_> = known.iter().map(String::as_str).collect();
        field.unknown(&known)
    })
}

/// Whether the parameter's value keeps the comparison.
fn admits(comparison: &crate::filter::Comparison, value: &ParamValue) -> bool {
    let text = &comparison.value.text;
    let right = match value {
        ParamValue::Int(_) | ParamValue::Double(_) => {
            text.parse().map_or_else(|_| ParamValue::Text(text.clone()), ParamValue::Double)
        }
        ParamValue::Bool(_) => {
            text.parse().map_or_else(|_| ParamValue::Text(text.clone()), ParamValue::Bool)
        }
        ParamValue::Text(_) => ParamValue::Text(text.clone()),
    };
    let Some(ordering) = compare_values(value, &right) else {
        return comparison.op == Op::NotEqual;
    };
    match comparison.op {
        Op::Equal => ordering.is_eq(),
        Op::NotEqual => ordering.is_ne(),
        Op::Less => ordering.is_lt(),
        Op::LessOrEqual => ordering.is_le(),
        Op::Greater => ordering.is_gt(),
        Op::GreaterOrEqual => ordering.is_ge(),
    }
}

/// Ascending numbers as ranges, both ends included.
fn ranges(numbers: impl Iterator<Item = u64>) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    ranges
}

impl Store {
    /// A page of the trials that the query admits, after a position.
    pub async fn list_trials(
        &self,
        run_id: RunId,
        spec: &OptimizationSpec,
        query: &TrialQuery,
        after: Option<TrialPosition>,
        limit: usize,
    ) -> Result<TrialPage, StoreError> {
        let reader = TrialReader::new(spec)?;
        let TrialQuery { condition, numbers, order, is_descending } = query;
        let run = "run_no = (SELECT run_no FROM runs WHERE run_id = $1)";
        let direction = if *is_descending { "DESC" } else { "ASC" };
        let after_sql = after.map_or_else(
            || "TRUE".to_owned(),
            |after| after_condition(*is_descending, after, numbers.len() + 2),
        );
        let sql = format!(
            "SELECT *, CAST(sort_value AS REAL) AS sort_key FROM ({}) \
             WHERE {after_sql} \
             ORDER BY sort_value IS NULL, sort_value {direction}, trial_index LIMIT {limit}",
            SELECT_TRIALS.replacen(
                "SELECT trials.*",
                &format!("SELECT trials.*, {order} AS sort_value"),
                1
            ) + &format!(" WHERE {run} AND {condition}")
        );
        let mut arguments = arguments(run_id, numbers)?;
        if let Some(value) = after.and_then(|after| after.value) {
            arguments.add(value).map_err(sqlx::Error::Encode)?;
        }
        let rows =
            sqlx::query_with(sqlx::AssertSqlSafe(sql), arguments).fetch_all(&self.readers).await?;
        let mut trials = Vec::with_capacity(rows.len());
        for row in &rows {
            let trial = reader.trial(row)?;
            let position =
                TrialPosition { value: row.try_get("sort_key")?, trial_index: trial.trial_index };
            trials.push((trial, position));
        }
        let total = self.count_trials(run_id, query).await?;
        Ok(TrialPage { trials, total })
    }

    async fn count_trials(&self, run_id: RunId, query: &TrialQuery) -> Result<u64, StoreError> {
        let sql = format!(
            "SELECT count(*) FROM trials \
             WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) AND {}",
            query.condition
        );
        let arguments = arguments(run_id, &query.numbers)?;
        let row =
            sqlx::query_with(sqlx::AssertSqlSafe(sql), arguments).fetch_one(&self.readers).await?;
        Ok(row.try_get::<i64, _>(0)? as u64)
    }
}

pub(super) fn arguments(run_id: RunId, numbers: &[f64]) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    arguments.add(run_id.as_bytes().to_vec()).map_err(sqlx::Error::Encode)?;
    for number in numbers {
        arguments.add(*number).map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// What comes after a position, undefined values last.
fn after_condition(is_descending: bool, after: TrialPosition, place: usize) -> String {
    let index = after.trial_index;
    let beyond = if is_descending { "<" } else { ">" };
    match after.value {
        Some(_) => format!(
            "(sort_value {beyond} ${place} OR sort_value IS NULL \
             OR (sort_value = ${place} AND trial_index > {index}))"
        ),
        None => format!("(sort_value IS NULL AND trial_index > {index})"),
    }
}
