//! Checks of a submission that need no data: each notes what is wrong and goes on.

use std::collections::HashSet;

use super::sourcing::Sourced;
use crate::excerpt::excerpt;
use crate::market::Units;
use crate::run::{BacktestRequest, Violations};
use crate::strategy::{ParamSpec, ParamValue, Params, StrategyEntry, did_you_mean};
use crate::sweep::{Axis, AxisValues, Operand, ParamConstraint};
use crate::trading::{Simulation, Sizing, Terms};

/// Whether the parameters make sense together.
pub(super) fn check_conflict(
    path: &str,
    entry: &StrategyEntry,
    params: &Params,
    violations: &mut Violations,
) {
    // Where a value could not be read, a default stands in: that is no conflict to tell of.
    if !violations.any_under(&format!("{path}.params."))
        && let Err(conflict) = (entry.build)(params)
    {
        let values: Vec<_> =
            conflict.values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let message = format!("{} ({})", conflict.message, values.join(", "));
        violations.add(format!("{path}.params.{}", conflict.param), message);
    }
}

/// Brings the axes into the types of their parameters; every value must be one of the schema.
pub(super) fn resolve_axes(
    axes: Vec<Option<Axis>>,
    schema: Option<&[ParamSpec]>,
    fixed: &[String],
    violations: &mut Violations,
) -> Vec<Axis> {
    let mut resolved: Vec<Axis> = Vec::with_capacity(axes.len());
    for (index, axis) in axes.into_iter().enumerate() {
        let (Some(axis), Some(schema)) = (axis, schema) else { continue };
        let path = format!("optimization.axes[{index}]");
        let Some(spec) = schema.iter().find(|spec| spec.name == axis.name) else {
            violations.add(format!("{path}.name"), unknown_param(&axis.name, schema));
            continue;
        };
        if resolved.iter().any(|known| known.name == axis.name) {
            violations.add(format!("{path}.name"), format!("{} is swept twice", axis.name));
        }
        if fixed.contains(&axis.name) {
            let message = "is swept by an axis, and so cannot be fixed as well";
            violations.add(format!("optimization.base.params.{}", axis.name), message);
        }
        match typed(axis.values, spec) {
            Ok(values) => resolved.push(Axis { name: axis.name, values }),
            Err((field, message)) => violations.add(format!("{path}.{field}"), message),
        }
    }
    resolved
}

fn unknown_param(name: &str, schema: &[ParamSpec]) -> String {
    let hint = did_you_mean(name, schema.iter().map(|spec| &*spec.name));
    let known: Vec<_> = schema.iter().map(|spec| &*spec.name).collect();
    let (name, known) = (excerpt(name), known.join(", "));
    format!("{name:?} is no parameter of this strategy{hint}; it takes {known}")
}

type FieldError = (&'static str, String);

/// The values in the parameter's type; the first and the last of a range stand for all.
fn typed(values: AxisValues, spec: &ParamSpec) -> Result<AxisValues, FieldError> {
    let check = |field, value| spec.check(value).map_err(|message| (field, message));
    match values {
        AxisValues::List(values) => {
            let typed: Result<Vec<_>, _> =
                values.into_iter().map(|value| check("values", value)).collect();
            AxisValues::list(typed?).map_err(|error| ("values", error.message))
        }
        AxisValues::Ints { min, step, count } => {
            let last = min + (count - 1) as i64 * step;
            let first = check("int_range.min_value", min.into())?;
            check("int_range.max_value", last.into())?;
            match first {
                // Whole numbers serve for a parameter that takes any.
                ParamValue::Double(_) => AxisValues::doubles(min as f64, last as f64, step as f64)
                    .map_err(|error| ("int_range", error.message)),
                _ => Ok(AxisValues::Ints { min, step, count }),
            }
        }
        AxisValues::Decimals { .. } => {
            let last = values.count().unwrap_or(1) - 1;
            check("double_range.min_value", values.value(0))?;
            check("double_range.max_value", values.value(last))?;
            Ok(values)
        }
        AxisValues::Continuous { min, max } => {
            check("double_range.min_value", min.into())?;
            check("double_range.max_value", max.into())?;
            Ok(values)
        }
    }
}

/// Whether the rules are about parameters that there are.
pub(super) fn check_param_constraints(
    constraints: &[ParamConstraint],
    schema: Option<&[ParamSpec]>,
    violations: &mut Violations,
) {
    let Some(schema) = schema else { return };
    for (index, constraint) in constraints.iter().enumerate() {
        let mut known = |side: &str, name: &str| {
            if !schema.iter().any(|spec| spec.name == name) {
                let field = format!("optimization.param_constraints[{index}].{side}");
                violations.add(field, unknown_param(name, schema));
            }
        };
        known("left", &constraint.left);
        if let Operand::Param(name) = &constraint.right {
            known("param", name);
        }
    }
}

pub(super) fn check_subscriptions(
    path: &str,
    request: &BacktestRequest,
    instruments_max: usize,
    violations: &mut Violations,
) {
    let field = format!("{path}.subscriptions");
    if request.subscriptions.is_empty() {
        violations.add(&field, "at least one is required");
    }
    let (mut seen, mut instruments) = (HashSet::new(), HashSet::new());
    for (index, subscription) in request.subscriptions.iter().enumerate() {
        let Some(subscription) = subscription else { continue };
        if !seen.insert((&subscription.instrument, subscription.timeframe)) {
            violations.add(format!("{field}[{index}]"), format!("{subscription} stands twice"));
        }
        instruments.insert(&subscription.instrument);
    }
    if instruments.len() > instruments_max {
        let message = format!(
            "at most {instruments_max} instruments are taken (instruments_max), but these are {}",
            instruments.len()
        );
        violations.add(&field, message);
    }
}

/// Whether the bars of all series of a run have room beside each other.
pub(super) fn check_bytes(
    path: &str,
    sourced: &[Sourced],
    bytes_max: u64,
    violations: &mut Violations,
) {
    let bytes: u64 = sourced.iter().map(Sourced::bytes).sum();
    if bytes > bytes_max {
        let message = format!(
            "the bars of these series need {}; a run may need {} (run_bars_bytes_max)",
            shown(bytes),
            shown(bytes_max)
        );
        violations.add(format!("{path}.subscriptions"), message);
    }
}

/// `4.5 GiB`, rounded up in its last place, so that what is above a limit never looks like it.
fn shown(bytes: u64) -> String {
    let tenths = |unit: u64| bytes.saturating_mul(10).div_ceil(unit);
    let (tenths, name) = match bytes {
        0..1_048_576 => return format!("{bytes} bytes"),
        1_048_576..1_073_741_824 => (tenths(1 << 20), "MiB"),
        _ => (tenths(1 << 30), "GiB"),
    };
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

pub(super) fn check_range(path: &str, request: &BacktestRequest, violations: &mut Violations) {
    if let (Some(start), Some(end)) = (request.start_ms, request.end_ms)
        && start >= end
    {
        violations.add(format!("{path}.time_range.end_time"), "must be after start_time");
    }
}

pub(super) fn check_simulation(
    path: &str,
    simulation: &Simulation,
    sourced: &[Sourced],
    violations: &mut Violations,
) {
    let mut instruments = HashSet::new();
    let units: Vec<Units> = sourced
        .iter()
        .filter(|sourced| instruments.insert(&sourced.request.instrument))
        .map(|sourced| sourced.source.units)
        .collect();
    if let Err(errors) = Terms::new(simulation, &units) {
        for error in errors {
            violations.add(format!("{path}.simulation.{}", error.field), error.message);
        }
    }
}

/// What counts its days otherwise than the first subscription, by whose days the run counts.
fn foreign_days(sourced: &[Sourced]) -> impl Iterator<Item = String> + '_ {
    let first = sourced.first();
    let is_foreign =
        move |other: &&Sourced| first.is_some_and(|first| first.source.days != other.source.days);
    sourced.iter().filter(is_foreign).filter_map(move |other| {
        let (first, of_first) = (&first?.request, &first?.source.days);
        let of_other = &other.source.days;
        let is_seen_late = other.request.instrument == first.instrument
            && of_other.is_utc()
            && !other.request.timeframe.is_intraday();
        let when = if is_seen_late { ", and its bars are seen at 24:00 UTC" } else { "" };
        let other = &other.request;
        Some(format!("days of {first} are those of {of_first}; {other} counts in {of_other}{when}"))
    })
}

pub(super) fn warnings(
    sourced: &[Sourced],
    simulation: &Simulation,
    holds_weights: bool,
) -> Vec<String> {
    let mut warnings: Vec<_> = sourced
        .iter()
        .filter(|sourced| sourced.source.gap_count > 0)
        .map(|Sourced { request, source }| {
            format!("{request} has {} gaps; no bar is made up for them", source.gap_count)
        })
        .collect();
    if holds_weights && simulation.sizing.is_some() {
        let message =
            "the strategy holds parts of the equity: the sizing that is given has no effect";
        warnings.push(message.to_owned());
    }
    warnings.extend(foreign_days(sourced));
    if let Some(Sizing::EquityFraction(fraction)) = simulation.sizing
        && fraction.to_f64() > simulation.max_leverage.to_f64()
    {
        let leverage = simulation.max_leverage;
        warnings.push(format!(
            "an equity_fraction of {fraction} is above max_leverage {leverage}: entries will be \
             rejected"
        ));
    }
    warnings
}
