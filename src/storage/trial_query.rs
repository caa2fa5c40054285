//! Which trials a list shows, and in which order: the fields of filter and order as SQL.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::condition::Bound;
use super::groups::score_sql;
use super::trial_param::{RankTable, Ranking, admits};
use crate::filter::{Comparison, Direction, Field, Filter, FilterError, Op, OrderKey};
use crate::metrics::Metric;
use crate::run::{OptimizationSpec, TrialState, is_account_path};
use crate::strategy::ParamValue;
use crate::sweep::Grid;

/// Which trials, in which order.
#[derive(Clone, Debug)]
pub struct TrialQuery {
    /// A condition with a place `$n` for each of `values`, the first being `$2`.
    pub(super) condition: String,
    pub(super) values: Vec<Bound>,
    pub(super) order: String,
    pub(super) is_descending: bool,
}

/// The fields that lists of trials know, for messages.
const KNOWN: [&str; 4] = ["metrics.NAME", "params.NAME", "state", "trial_index"];
/// The score of a trial's combination, of a search that compares those.
const ACROSS: &str = "across";

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
        let mut builder = Builder { spec, grid, values: Vec::new(), ranked: HashMap::new() };
        let condition = match filter {
            Some(filter) => builder.condition(filter)?,
            None => "TRUE".to_owned(),
        };
        let order_sql = match order {
            Some(key) => builder.order(&key.field)?,
            None => "trial_index".to_owned(),
        };
        let is_descending = order.is_some_and(|key| key.direction == Direction::Descending);
        Ok(Self { condition, values: builder.values, order: order_sql, is_descending })
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

/// What a field of a filter or an order means.
enum Meaning<'q> {
    Metric(Metric),
    /// A parameter that an axis varies.
    Axis(usize),
    /// A parameter that is the same in all trials.
    Fixed(&'q ParamValue),
    State,
    Index,
    /// The score of its combination.
    Across,
}

/// An axis as SQL sees it: its values in their order, and the rank of a trial's value.
struct Ranked<'q> {
    ranking: Ranking<'q>,
    sql: String,
}

struct Builder<'q> {
    spec: &'q OptimizationSpec,
    grid: &'q Grid,
    values: Vec<Bound>,
    /// The axes met so far; each is put into its order once.
    ranked: HashMap<usize, Ranked<'q>>,
}

impl<'q> Builder<'q> {
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

    /// A bare name is that of a metric or of a parameter, whichever there is.
    fn meaning(&self, field: &Field) -> Result<Meaning<'q>, FilterError> {
        let metric = |name: &str| Metric::named(name).map(Meaning::Metric);
        match (field.name(), field.rest()) {
            ("metrics", Some(name)) => metric(&name).ok_or_else(|| unknown_metric(field)),
            ("params", Some(name)) => self.param(&name).ok_or_else(|| self.unknown_param(field)),
            ("state", None) => Ok(Meaning::State),
            ("trial_index", None) => Ok(Meaning::Index),
            (ACROSS, None) if self.spec.across.is_some() => Ok(Meaning::Across),
            (name, None) => match (metric(name), self.param(name)) {
                (Some(meaning), None) | (None, Some(meaning)) => Ok(meaning),
                (Some(_), Some(_)) => Err(field.ambiguous(&["metrics", "params"])),
                (None, None) => Err(self.unknown(field)),
            },
            // The path of a number of the account, bare.
            (name, Some(rest)) => {
                let axis = self.grid.axis_named(&format!("{name}.{rest}"));
                axis.map(Meaning::Axis).ok_or_else(|| self.unknown(field))
            }
        }
    }

    fn param(&self, name: &str) -> Option<Meaning<'q>> {
        if let Some(axis) = self.grid.axis_named(name) {
            return Some(Meaning::Axis(axis));
        }
        let mut params = self.spec.base.params.iter();
        params.find(|(known, _)| *known == name).map(|(_, value)| Meaning::Fixed(value))
    }

    fn comparison(&mut self, comparison: &Comparison) -> Result<String, FilterError> {
        let op = comparison.op;
        match self.meaning(&comparison.field)? {
            Meaning::Metric(metric) => {
                let number = self.number(comparison)?;
                Ok(format!("(trials.{} {} {number})", metric.name(), op.as_str()))
            }
            Meaning::Axis(axis) => {
                let ranked = self.ranked(axis).ok_or_else(|| comparison.field.drawn())?;
                Ok(ranked.ranking.ranks(comparison).sql(&ranked.sql))
            }
            Meaning::Fixed(value) => {
                Ok(if admits(comparison, value) { "TRUE" } else { "FALSE" }.to_owned())
            }
            Meaning::State => {
                let states = [TrialState::Completed, TrialState::Failed, TrialState::Infeasible];
                let text = &comparison.value.text;
                let known = states.into_iter().find(|s| s.as_str().eq_ignore_ascii_case(text));
                let state = known
                    .ok_or_else(|| comparison.wrong_value("COMPLETED, FAILED or INFEASIBLE"))?;
                match op {
                    Op::Equal | Op::NotEqual => {
                        Ok(format!("(state {} {})", op.as_str(), state as i64))
                    }
                    _ => Err(comparison.wrong_op()),
                }
            }
            Meaning::Across => {
                let number = self.number(comparison)?;
                let score = score_sql(self.spec, self.grid);
                Ok(format!("COALESCE({score} {} {number}, FALSE)", op.as_str()))
            }
            Meaning::Index => {
                let number = self.number(comparison)?;
                Ok(format!("(trial_index {} {number})", op.as_str()))
            }
        }
    }

    /// The place of a number in the statement.
    fn number(&mut self, comparison: &Comparison) -> Result<String, FilterError> {
        let number: Option<f64> = comparison.value.text.parse().ok();
        let number = number.filter(|number| number.is_finite());
        let number = number.ok_or_else(|| comparison.wrong_value("a number"))?;
        Ok(place_of(&mut self.values, Bound::Real(number)))
    }

    /// The axis in its order; none if its values are drawn.
    fn ranked(&mut self, axis: usize) -> Option<&Ranked<'q>> {
        let entry = match self.ranked.entry(axis) {
            Entry::Occupied(known) => return Some(known.into_mut()),
            Entry::Vacant(entry) => entry,
        };
        let grid: &'q Grid = self.grid;
        let ranking = Ranking::of(&grid.axes()[axis].values)?;
        let (stride, count) = grid.digit_of(axis);
        let digit = format!("(trial_index / {stride} % {count})");
        let sql = match ranking.table() {
            Some(table) => ranked_by(table, &digit, &mut self.values),
            None => digit,
        };
        Some(entry.insert(Ranked { ranking, sql }))
    }

    /// What a list is sorted by, as a number.
    fn order(&mut self, field: &Field) -> Result<String, FilterError> {
        Ok(match self.meaning(field)? {
            Meaning::Metric(metric) => format!("trials.{}", metric.name()),
            Meaning::Axis(axis) => self.ranked(axis).ok_or_else(|| field.drawn())?.sql.clone(),
            Meaning::Fixed(_) => "0".to_owned(),
            Meaning::State => "state".to_owned(),
            Meaning::Index => "trial_index".to_owned(),
            Meaning::Across => score_sql(self.spec, self.grid),
        })
    }

    fn unknown_param(&self, field: &Field) -> FilterError {
        let params = self.spec.base.params.iter().map(|(name, _)| name);
        let axes = self.grid.axes().iter().map(|axis| axis.name.as_str());
        let swept = axes.filter(|name| is_account_path(name));
        field.unknown(&names("params.", params.chain(swept)))
    }

    /// Neither a metric nor a parameter, but perhaps nearly one.
    fn unknown(&self, field: &Field) -> FilterError {
        let metrics = Metric::ALL.iter().map(|metric| metric.name());
        let params = self.spec.base.params.iter().map(|(name, _)| name);
        let bare: Vec<&str> = metrics.chain(params).chain(["state", "trial_index"]).collect();
        field.unknown_among(&bare, &KNOWN)
    }
}

fn ranked_by(table: RankTable, digit: &str, values: &mut Vec<Bound>) -> String {
    let place = format!("${}", values.len() + FIRST_PLACE);
    let sql = table.sql(&place, digit);
    values.push(Bound::Bytes(table.figures));
    sql
}

/// The run takes the first place of the statement.
const FIRST_PLACE: usize = 2;

fn place_of(values: &mut Vec<Bound>, value: Bound) -> String {
    values.push(value);
    format!("${}", values.len() - 1 + FIRST_PLACE)
}

fn unknown_metric(field: &Field) -> FilterError {
    field.unknown(&names("metrics.", Metric::ALL.iter().map(|metric| metric.name())))
}

fn names<'n>(prefix: &str, names: impl Iterator<Item = &'n str>) -> Vec<String> {
    names.map(|name| format!("{prefix}{name}")).collect()
}
