//! Searches and trials between the wire and the domain.

use super::objectives::{across, more_objectives, objective, read_genetic, read_tpe};
use super::points::{point_list, points};
use super::submit::{backtest_request, subscription};
use super::time::duration;
use crate::excerpt::excerpt;
use crate::metrics::Metric;
use crate::pb;
use crate::run::limits::{
    CONSTRAINTS_MAX, LISTED_VALUES_MAX, PARAM_CONSTRAINTS_MAX, SUBSCRIPTION_AXIS_MAX,
};
use crate::run::{
    FailureGroup, MetricConstraint, OptimizationRequest, OptimizationResult, OptimizationSpec,
    Trial, TrialState, Violations,
};
use crate::spelling::did_you_mean;
use crate::sweep::{Axis, AxisValues, Comparison, Operand, ParamConstraint, Search};

/// Reads a search; every bad field is noted.
pub(super) fn optimization_request(
    wire: &pb::OptimizationSpec,
    axes_max: usize,
    violations: &mut Violations,
) -> OptimizationRequest {
    let absent = pb::BacktestSpec::default();
    let base = wire.base.as_ref().unwrap_or(&absent);
    OptimizationRequest {
        base: backtest_request(base, "optimization.base", violations),
        axes: axes(&wire.axes, axes_max, violations),
        subscription_axis: each(
            &wire.subscription_axis,
            (SUBSCRIPTION_AXIS_MAX, "optimization.subscription_axis"),
            violations,
            subscription,
        ),
        across: across(wire.across, violations),
        search: search(wire, violations),
        points: match &wire.search {
            Some(pb::optimization_spec::Search::Points(list)) => points(list, axes_max, violations),
            _ => Vec::new(),
        },
        objective: objective(wire.objective.as_ref(), "optimization.objective", violations),
        more_objectives: more_objectives(wire, violations),
        constraints: each(
            &wire.constraints,
            (CONSTRAINTS_MAX, "optimization.constraints"),
            violations,
            metric_constraint,
        )
        .into_iter()
        .flatten()
        .collect(),
        param_constraints: each(
            &wire.param_constraints,
            (PARAM_CONSTRAINTS_MAX, "optimization.param_constraints"),
            violations,
            param_constraint,
        )
        .into_iter()
        .flatten()
        .collect(),
        trials_max: count(wire.max_trials, "optimization.max_trials", violations),
        failed_trials_max: Some(count(
            wire.max_failed_trials,
            "optimization.max_failed_trials",
            violations,
        ))
        .filter(|max| *max > 0),
        // It stands beside the work.
        extends: None,
    }
}

/// The axes, as many as are taken, with as many values written out as are taken of all together.
fn axes(wire: &[pb::Axis], axes_max: usize, violations: &mut Violations) -> Vec<Option<Axis>> {
    let mut room = LISTED_VALUES_MAX;
    each(wire, (axes_max, "optimization.axes"), violations, |wire, path, violations| {
        if let Some(pb::axis::Domain::Values(list)) = &wire.domain {
            let count = list.values.len();
            let Some(left) = room.checked_sub(count) else {
                let message = format!(
                    "at most {LISTED_VALUES_MAX} are taken over all axes, but here are {count}; \
                     a range takes a million"
                );
                violations.add(format!("{path}.values"), message);
                return None;
            };
            room = left;
        }
        axis(wire, path, violations)
    })
}

/// The items of a list, as many as are taken, each with its path.
pub(super) fn each<W, D>(
    wire: &[W],
    (max, path): (usize, &str),
    violations: &mut Violations,
    mut read: impl FnMut(&W, &str, &mut Violations) -> D,
) -> Vec<D> {
    let taken = violations.at_most(max, path, wire).iter().enumerate();
    taken.map(|(index, wire)| read(wire, &format!("{path}[{index}]"), violations)).collect()
}

fn count(number: i64, field: &str, violations: &mut Violations) -> u64 {
    let read = u64::try_from(number).map_err(|_| format!("must not be negative, but is {number}"));
    violations.check(field, read).unwrap_or(0)
}

fn axis(wire: &pb::Axis, path: &str, violations: &mut Violations) -> Option<Axis> {
    use pb::axis::Domain;
    let (field, values) = match &wire.domain {
        Some(Domain::IntRange(range)) => {
            ("int_range", AxisValues::ints(range.min_value, range.max_value, range.step))
        }
        Some(Domain::DoubleRange(range)) => {
            ("double_range", AxisValues::doubles(range.min_value, range.max_value, range.step))
        }
        Some(Domain::Values(list)) => {
            let values: Option<Vec<_>> =
                list.values.iter().map(super::submit::param_value).collect();
            if let Some(values) = values {
                ("values", AxisValues::list(values))
            } else {
                violations.add(format!("{path}.values"), "one of them has no value");
                return None;
            }
        }
        None => {
            violations.add(path, "needs one of int_range, double_range and values");
            return None;
        }
    };
    match values {
        Ok(values) => Some(Axis { name: wire.name.clone(), values }),
        Err(error) => {
            violations.add(format!("{path}.{field}.{}", error.field), error.message);
            None
        }
    }
}

fn search(wire: &pb::OptimizationSpec, violations: &mut Violations) -> Search {
    use pb::optimization_spec::Search as Wire;
    match &wire.search {
        None | Some(Wire::Grid(_)) => Search::Grid,
        Some(Wire::Random(random)) => {
            if random.trial_count <= 0 {
                let message = format!("must be above 0, but is {}", random.trial_count);
                violations.add("optimization.random.trial_count", message);
            }
            Search::Random { trial_count: random.trial_count.max(1) as u64, seed: random.seed }
        }
        Some(Wire::Genetic(genetic)) => read_genetic(genetic, violations),
        Some(Wire::Tpe(tpe)) => read_tpe(tpe, violations),
        Some(Wire::Points(_)) => {
            if !wire.axes.is_empty() {
                let message = "stand beside points, which say every value: leave one of them out";
                violations.add("optimization.axes", message);
            }
            Search::Points
        }
    }
}

pub(super) fn metric(name: &str, field: &str, violations: &mut Violations) -> Option<Metric> {
    let hint = did_you_mean(name, Metric::ALL.iter().map(|metric| metric.name()));
    let unknown = || format!("{:?} is no metric{hint}", excerpt(name));
    violations.check(field, Metric::named(name).ok_or_else(unknown))
}

fn metric_constraint(
    wire: &pb::Constraint,
    path: &str,
    violations: &mut Violations,
) -> Option<MetricConstraint> {
    let metric = metric(&wire.metric, &format!("{path}.metric"), violations);
    let (min, max) = (wire.min_value, wire.max_value);
    for (name, bound) in [("min_value", min), ("max_value", max)] {
        if bound.is_some_and(|bound| !bound.is_finite()) {
            violations.add(format!("{path}.{name}"), "must be a finite number");
        }
    }
    match (min, max) {
        (None, None) => violations.add(path, "needs min_value, max_value or both"),
        (Some(min), Some(max)) if min > max => {
            violations.add(format!("{path}.max_value"), "must be at least min_value");
        }
        _ => {}
    }
    Some(MetricConstraint { metric: metric?, min, max })
}

fn param_constraint(
    wire: &pb::ParamConstraint,
    path: &str,
    violations: &mut Violations,
) -> Option<ParamConstraint> {
    use pb::param_constraint::Right;
    let comparison = match pb::Comparison::try_from(wire.op) {
        Ok(pb::Comparison::Less) => Some(Comparison::Less),
        Ok(pb::Comparison::LessEqual) => Some(Comparison::LessEqual),
        Ok(pb::Comparison::Greater) => Some(Comparison::Greater),
        Ok(pb::Comparison::GreaterEqual) => Some(Comparison::GreaterEqual),
        Ok(pb::Comparison::NotEqual) => Some(Comparison::NotEqual),
        Ok(pb::Comparison::Unspecified) | Err(_) => {
            violations.add(format!("{path}.op"), "must be one of the comparisons 1 to 5");
            None
        }
    };
    let right = match &wire.right {
        Some(Right::Param(name)) => Some(Operand::Param(name.clone())),
        Some(Right::Value(value)) => super::submit::param_value(value).map(Operand::Value),
        None => None,
    };
    if right.is_none() {
        violations.add(path, "needs one of param and value on its right side");
    }
    Some(ParamConstraint { left: wire.left.clone(), comparison: comparison?, right: right? })
}

impl From<&OptimizationSpec> for pb::OptimizationSpec {
    fn from(spec: &OptimizationSpec) -> Self {
        use pb::optimization_spec::Search as Wire;
        let mut base: pb::BacktestSpec = (&spec.base).into();
        // What is swept is not fixed.
        base.params.retain(|name, _| spec.axes.iter().all(|axis| axis.name != *name));
        Self {
            base: Some(base),
            axes: match spec.search {
                Search::Points => Vec::new(),
                _ => spec.axes.iter().map(Into::into).collect(),
            },
            subscription_axis: spec.subscription_axis.iter().map(Into::into).collect(),
            search: Some(match spec.search {
                Search::Grid => Wire::Grid(pb::GridSearch {}),
                Search::Random { trial_count, seed } => {
                    Wire::Random(pb::RandomSearch { trial_count: trial_count as i64, seed })
                }
                Search::Genetic { trial_count, seed, batch } => Wire::Genetic(pb::GeneticSearch {
                    trial_count: trial_count as i64,
                    seed,
                    batch: batch as i32,
                }),
                Search::Tpe { trial_count, seed, batch } => Wire::Tpe(pb::TpeSearch {
                    trial_count: trial_count as i64,
                    seed,
                    batch: batch as i32,
                }),
                Search::Points => Wire::Points(point_list(spec)),
            }),
            objective: Some((&spec.objective).into()),
            more_objectives: spec.more_objectives.iter().map(Into::into).collect(),
            across: spec.across.map_or(pb::Across::Unspecified, Into::into).into(),
            constraints: spec
                .constraints
                .iter()
                .map(|rule| pb::Constraint {
                    metric: rule.metric.name().to_owned(),
                    min_value: rule.min,
                    max_value: rule.max,
                })
                .collect(),
            param_constraints: spec.param_constraints.iter().map(Into::into).collect(),
            max_trials: spec.trials_max as i64,
            max_failed_trials: spec.failed_trials_max.unwrap_or(0) as i64,
        }
    }
}

impl From<&ParamConstraint> for pb::ParamConstraint {
    fn from(rule: &ParamConstraint) -> Self {
        use pb::param_constraint::Right;
        Self {
            left: rule.left.clone(),
            op: match rule.comparison {
                Comparison::Less => pb::Comparison::Less,
                Comparison::LessEqual => pb::Comparison::LessEqual,
                Comparison::Greater => pb::Comparison::Greater,
                Comparison::GreaterEqual => pb::Comparison::GreaterEqual,
                Comparison::NotEqual => pb::Comparison::NotEqual,
            }
            .into(),
            right: Some(match &rule.right {
                Operand::Param(name) => Right::Param(name.clone()),
                Operand::Value(value) => Right::Value(value.into()),
            }),
        }
    }
}

impl From<&Axis> for pb::Axis {
    fn from(axis: &Axis) -> Self {
        use pb::axis::Domain;
        let last = axis.values.count().map_or(0, |count| count - 1);
        let domain = match &axis.values {
            AxisValues::Ints { min, step, .. } => Domain::IntRange(pb::IntDomain {
                min_value: *min,
                max_value: min + last as i64 * step,
                step: *step,
            }),
            AxisValues::Decimals { min, step, .. } => Domain::DoubleRange(pb::DoubleDomain {
                min_value: min.to_f64(),
                max_value: match axis.values.value(last) {
                    crate::strategy::ParamValue::Double(value) => value,
                    _ => min.to_f64(),
                },
                step: step.to_f64(),
            }),
            AxisValues::Continuous { min, max } | AxisValues::Levels { min, max } => {
                Domain::DoubleRange(pb::DoubleDomain {
                    min_value: *min,
                    max_value: *max,
                    step: 0.0,
                })
            }
            AxisValues::List(values) => {
                Domain::Values(pb::ValueList { values: values.iter().map(Into::into).collect() })
            }
        };
        Self { name: axis.name.clone(), domain: Some(domain) }
    }
}

impl From<TrialState> for pb::TrialState {
    fn from(state: TrialState) -> Self {
        match state {
            TrialState::Completed => Self::Completed,
            TrialState::Failed => Self::Failed,
            TrialState::Infeasible => Self::Infeasible,
        }
    }
}

/// A trial with the metrics that `shown` admits; lists leave the stack trace out.
pub(in crate::grpc) fn trial_summary(
    trial: &Trial,
    objective: Metric,
    shown: impl Fn(Metric) -> bool,
    with_trace: bool,
) -> pb::TrialSummary {
    let metrics = trial.metrics.defined().filter(|(metric, _)| shown(*metric));
    let mut error: Option<pb::RunError> = trial.failure.as_ref().map(Into::into);
    if let Some(error) = error.as_mut().filter(|_| !with_trace) {
        error.stack_trace.clear();
    }
    pb::TrialSummary {
        trial_index: trial.trial_index as i64,
        state: pb::TrialState::from(trial.state).into(),
        params: trial.params.iter().map(|(name, value)| (name.to_owned(), value.into())).collect(),
        subscription: Some((&trial.subscription).into()),
        metrics: metrics.map(|(metric, value)| (metric.name().to_owned(), value)).collect(),
        objective_value: trial.metrics.value(objective),
        across_value: trial.across,
        error,
        compute_duration: Some(duration((trial.compute_us / 1_000) as i64)),
    }
}

/// A result whose trials tell the watched metrics only.
pub(super) fn optimization_result(
    result: &OptimizationResult,
    watched: &[Metric],
) -> pb::OptimizationResult {
    let top: Vec<_> = result.top.iter().map(|trial| watched_trial(trial, watched)).collect();
    pb::OptimizationResult {
        completed: result.completed as i64,
        failed: result.failed as i64,
        infeasible: result.infeasible as i64,
        best_trial: top.first().cloned(),
        top_trials: top,
        failures: result.failures.iter().map(Into::into).collect(),
        result_sha256: result.result_sha256.to_string(),
    }
}

/// In a status a trial's metrics hold the objective's and the constraints' only.
pub(super) fn watched_trial(trial: &Trial, watched: &[Metric]) -> pb::TrialSummary {
    let objective = watched.first().copied().unwrap_or(Metric::Sharpe);
    trial_summary(trial, objective, |metric| watched.contains(&metric), false)
}

impl From<&FailureGroup> for pb::FailureGroup {
    fn from(group: &FailureGroup) -> Self {
        Self {
            reason: group.reason.clone(),
            message: group.message.clone(),
            count: group.count as i64,
            sample_trial_index: group.sample_trial_index as i64,
            stack_trace: group.stack_trace.clone(),
        }
    }
}
