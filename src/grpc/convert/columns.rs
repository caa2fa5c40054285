//! Trials by column: straight into a data frame.

use crate::excerpt::excerpt;
use crate::metrics::Metric;
use crate::pb;
use crate::run::limits::COLUMNS_MAX;
use crate::run::{Failure, OptimizationSpec, Trial, Violations, is_account_path};
use crate::spelling::did_you_mean;
use crate::strategy::{ParamValue, Params};

/// One column of a table of trials.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::grpc) enum TrialColumn {
    Index,
    State,
    Subscription,
    /// Its name, and a value of its type: it has one type in all trials.
    Param(String, ParamValue),
    Metric(Metric),
    Objective(Metric),
    /// The score of its combination over all series.
    Across,
    Reason,
    Message,
    ComputeMs,
}

impl TrialColumn {
    fn name(&self) -> String {
        match self {
            Self::Index => "trial_index".to_owned(),
            Self::State => "state".to_owned(),
            Self::Subscription => "subscription".to_owned(),
            Self::Param(name, _) => format!("params.{name}"),
            Self::Metric(metric) => format!("metrics.{}", metric.name()),
            Self::Objective(_) => "objective_value".to_owned(),
            Self::Across => "across_value".to_owned(),
            Self::Reason => "error.reason".to_owned(),
            Self::Message => "error.message".to_owned(),
            Self::ComputeMs => "compute_ms".to_owned(),
        }
    }

    /// The metric that it needs.
    pub(in crate::grpc) const fn metric(&self) -> Option<Metric> {
        match self {
            Self::Metric(metric) | Self::Objective(metric) => Some(*metric),
            _ => None,
        }
    }

    /// Whether none of its values is longer than some words.
    pub(in crate::grpc) const fn is_brief(&self) -> bool {
        !matches!(self, Self::Param(_, ParamValue::Text(_)) | Self::Reason | Self::Message)
    }
}

/// The columns asked for; none asks for all. Index and state always come first.
pub(in crate::grpc) fn trial_columns(
    asked: &[String],
    spec: &OptimizationSpec,
    violations: &mut Violations,
) -> Vec<TrialColumn> {
    let params = param_kinds(spec).map(|(name, value)| TrialColumn::Param(name, value));
    let metrics = Metric::ALL.iter().map(|&metric| TrialColumn::Metric(metric));
    let known: Vec<TrialColumn> =
        [TrialColumn::Index, TrialColumn::State, TrialColumn::Subscription]
            .into_iter()
            .chain(params)
            .chain([TrialColumn::Objective(spec.objective.metric)])
            .chain(spec.across.map(|_| TrialColumn::Across))
            .chain(metrics)
            .chain([TrialColumn::Reason, TrialColumn::Message, TrialColumn::ComputeMs])
            .collect();
    chosen(&known, TrialColumn::name, 2, asked, violations)
}

/// Every parameter that trials have, with a value of its type.
pub(super) fn param_kinds(
    spec: &OptimizationSpec,
) -> impl Iterator<Item = (String, ParamValue)> + '_ {
    let params = spec.base.params.iter().map(|(name, value)| (name.to_owned(), value.clone()));
    let swept = spec.axes.iter().filter(|axis| is_account_path(&axis.name));
    let swept = swept.filter_map(|axis| Some((axis.name.clone(), axis.values.greatest()?)));
    params.chain(swept)
}

/// The columns asked for of those that a table has; none asks for all. The first `always` come
/// whatever is asked.
pub(super) fn chosen<C: Clone + PartialEq>(
    known: &[C],
    name_of: impl Fn(&C) -> String,
    always: usize,
    asked: &[String],
    violations: &mut Violations,
) -> Vec<C> {
    if asked.is_empty() {
        return known.to_vec();
    }
    let mut columns = known[..always].to_vec();
    let names: Vec<String> = known.iter().map(name_of).collect();
    for (index, name) in violations.at_most(COLUMNS_MAX, "columns", asked).iter().enumerate() {
        match names.iter().position(|known| known == name) {
            Some(place) if columns.contains(&known[place]) => {}
            Some(place) => columns.push(known[place].clone()),
            None => {
                let hint = did_you_mean(name, names.iter().map(String::as_str));
                let message = format!("{:?} is none{hint}", excerpt(name));
                violations.add(format!("columns[{index}]"), message);
            }
        }
    }
    columns
}

/// The trials by column.
pub(in crate::grpc) fn table(columns: &[TrialColumn], trials: &[Trial]) -> Vec<pb::Column> {
    columns.iter().map(|column| filled(column, trials)).collect()
}

fn filled(column: &TrialColumn, trials: &[Trial]) -> pb::Column {
    let name = column.name();
    match column {
        TrialColumn::Index => ints(name, trials.iter().map(|trial| Some(trial.trial_index as i64))),
        TrialColumn::State => {
            strings(name, trials.iter().map(|trial| Some(trial.state.as_str().to_owned())))
        }
        TrialColumn::Subscription => strings(
            name,
            trials.iter().map(|trial| {
                let subscription = &trial.subscription;
                Some(format!("{}@{}", subscription.instrument, subscription.timeframe))
            }),
        ),
        TrialColumn::Param(param, kind) => {
            param_column(name, param, kind, trials.iter().map(|trial| &trial.params))
        }
        TrialColumn::Metric(metric) | TrialColumn::Objective(metric) => {
            doubles(name, trials.iter().map(|trial| trial.metrics.value(*metric)))
        }
        TrialColumn::Across => doubles(name, trials.iter().map(|trial| trial.across)),
        TrialColumn::Reason => of_failures(name, trials, |failure| &failure.reason),
        TrialColumn::Message => of_failures(name, trials, |failure| &failure.message),
        TrialColumn::ComputeMs => {
            doubles(name, trials.iter().map(|trial| Some(trial.compute_us as f64 / 1_000.0)))
        }
    }
}

fn of_failures(name: String, trials: &[Trial], text: fn(&Failure) -> &String) -> pb::Column {
    strings(name, trials.iter().map(|trial| trial.failure.as_ref().map(|it| text(it).clone())))
}

/// A parameter has the type of `kind` in all trials.
pub(super) fn param_column<'p>(
    name: String,
    param: &str,
    kind: &ParamValue,
    trials: impl Iterator<Item = &'p Params>,
) -> pb::Column {
    let values = trials.map(|params| params.iter().find(|(name, _)| *name == param));
    match kind {
        ParamValue::Int(_) => ints(
            name,
            values.map(|value| match value {
                Some((_, ParamValue::Int(value))) => Some(*value),
                _ => None,
            }),
        ),
        ParamValue::Double(_) => doubles(
            name,
            values.map(|value| match value {
                Some((_, ParamValue::Double(value))) => Some(*value),
                _ => None,
            }),
        ),
        ParamValue::Text(_) | ParamValue::Bool(_) => strings(
            name,
            values.map(|value| match value {
                Some((_, ParamValue::Text(text))) => Some(text.clone()),
                Some((_, value)) => Some(value.to_string()),
                None => None,
            }),
        ),
    }
}

pub(super) fn ints(name: String, values: impl Iterator<Item = Option<i64>>) -> pb::Column {
    let (values, validity) = split(values);
    let values = pb::column::Values::Ints(pb::IntColumn { values });
    pb::Column { name, values: Some(values), validity }
}

pub(super) fn doubles(name: String, values: impl Iterator<Item = Option<f64>>) -> pb::Column {
    let (values, validity) = split(values);
    let values = pb::column::Values::Doubles(pb::DoubleColumn { values });
    pb::Column { name, values: Some(values), validity }
}

pub(super) fn strings(name: String, values: impl Iterator<Item = Option<String>>) -> pb::Column {
    let (values, validity) = split(values);
    let values = pb::column::Values::Strings(pb::StringColumn { values });
    pb::Column { name, values: Some(values), validity }
}

/// Values with a default where there is none, and the Arrow bitmap that tells which are valid
/// (least significant bit first; empty if all are).
fn split<T: Default>(values: impl Iterator<Item = Option<T>>) -> (Vec<T>, Vec<u8>) {
    let (mut plain, mut bitmap, mut all_valid) = (Vec::new(), Vec::new(), true);
    for (index, value) in values.enumerate() {
        if index % 8 == 0 {
            bitmap.push(0_u8);
        }
        if let Some(value) = value {
            bitmap[index / 8] |= 1 << (index % 8);
            plain.push(value);
        } else {
            all_valid = false;
            plain.push(T::default());
        }
    }
    if all_valid {
        bitmap.clear();
    }
    (plain, bitmap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bitmap_tells_which_values_are_there() {
        let column = ints("x".into(), (0..9).map(|i| (i != 1 && i != 8).then_some(i)));
        assert_eq!(column.validity, [0b1111_1101, 0]);
        assert!(ints("x".into(), (0..9).map(Some)).validity.is_empty());
    }
}
