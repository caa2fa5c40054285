//! Checks of what a search sweeps: parameters of its strategy, and numbers of its account by path.

use std::collections::HashSet;

use crate::excerpt::excerpt;
use crate::run::{
    AccountAxes, AccountNumber, SubscriptionRequest, Violations, account_paths, is_account_path,
};
use crate::spelling::did_you_mean;
use crate::strategy::{ParamSpec, ParamValue};
use crate::sweep::{Across, Axis, AxisValues, Operand, ParamConstraint};
use crate::trading::Simulation;

/// What the values of an axis are given to.
pub(super) enum Swept<'s> {
    Param(&'s ParamSpec),
    Account(AccountNumber),
}

impl<'s> Swept<'s> {
    pub(super) fn named(name: &str, schema: &'s [ParamSpec]) -> Option<Self> {
        let param = schema.iter().find(|spec| spec.name == name).map(Self::Param);
        param.or_else(|| AccountNumber::named(name).map(Self::Account))
    }

    pub(super) fn check(&self, value: ParamValue) -> Result<ParamValue, String> {
        match self {
            Self::Param(spec) => spec.check(value),
            Self::Account(number) => number.check(value),
        }
    }
}

/// Brings the axes into the types of what they sweep; every value must be one that it takes.
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
        let Some(swept) = Swept::named(&axis.name, schema) else {
            violations.add(format!("{path}.name"), unknown(&axis.name, schema));
            continue;
        };
        if resolved.iter().any(|known| known.name == axis.name) {
            violations.add(format!("{path}.name"), format!("{} is swept twice", axis.name));
        }
        if fixed.contains(&axis.name) {
            let message = "is swept by an axis, and so cannot be fixed as well";
            violations.add(format!("optimization.base.params.{}", axis.name), message);
        }
        match typed(axis.values, &swept) {
            Ok(values) => resolved.push(Axis { name: axis.name, values }),
            Err((field, message)) => violations.add(format!("{path}.{field}"), message),
        }
    }
    resolved
}

/// The account with the first value of each axis that sweeps it, which stands for all of them:
/// whatever was given there besides is in no trial, and so no part of the work.
pub(super) fn swept_account(
    axes: &[Option<Axis>],
    path: impl Fn(usize) -> String,
    simulation: Simulation,
    violations: &mut Violations,
) -> Simulation {
    let known: Vec<(usize, Axis)> = axes
        .iter()
        .enumerate()
        .filter_map(|(index, axis)| {
            let axis = axis.as_ref()?;
            // What its values may not be is told where they are brought into their type.
            let first = AccountNumber::named(&axis.name)?.check(axis.values.first()?).ok()?;
            let values = AxisValues::List(vec![first]);
            Some((index, Axis { name: axis.name.clone(), values }))
        })
        .collect();
    let (places, firsts): (Vec<usize>, Vec<Axis>) = known.into_iter().unzip();
    let value = |axis: usize| firsts[axis].values.value(0);
    match AccountAxes::of(&firsts).applied(&simulation, value) {
        Ok(swept) => swept,
        Err(fault) => {
            let axis = firsts.iter().position(|axis| axis.name == fault.path);
            let field = axis.map_or_else(
                || format!("optimization.base.simulation.{}", fault.path),
                |axis| path(places[axis]),
            );
            violations.add(field, fault.message);
            simulation
        }
    }
}

pub(super) fn unknown(name: &str, schema: &[ParamSpec]) -> String {
    if is_account_path(name) {
        let hint = did_you_mean(name, account_paths());
        return format!("{:?} is no number of the account to sweep{hint}", excerpt(name));
    }
    let places = account_paths().filter_map(|path| path.strip_prefix("simulation."));
    if let Some(place) = { places }.find(|place| *place == name) {
        return format!("a number of the account is swept by its path: \"simulation.{place}\"");
    }
    let hint = did_you_mean(name, schema.iter().map(|spec| &*spec.name));
    let known: Vec<_> = schema.iter().map(|spec| &*spec.name).collect();
    let (name, known) = (excerpt(name), known.join(", "));
    format!("{name:?} is no parameter of this strategy{hint}; it takes {known}")
}

type FieldError = (&'static str, String);

/// The values in the type of what takes them; the first and the last of a range stand for all.
fn typed(values: AxisValues, swept: &Swept<'_>) -> Result<AxisValues, FieldError> {
    let check = |field, value| swept.check(value).map_err(|message| (field, message));
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
                // Whole numbers serve for what takes any.
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
        AxisValues::Continuous { min, max } | AxisValues::Levels { min, max } => {
            check("double_range.min_value", min.into())?;
            check("double_range.max_value", max.into())?;
            Ok(values)
        }
    }
}

/// Axes whose values can all be named by an index.
pub(super) fn levelled(axes: Vec<Axis>) -> Vec<Axis> {
    axes.into_iter().map(|axis| Axis { values: axis.values.levelled(), ..axis }).collect()
}

/// Whether the rules are about parameters that there are, or about what an axis sweeps.
pub(super) fn check_param_constraints(
    constraints: &[ParamConstraint],
    schema: Option<&[ParamSpec]>,
    axes: &[Axis],
    violations: &mut Violations,
) {
    let Some(schema) = schema else { return };
    for (index, constraint) in constraints.iter().enumerate() {
        let mut known = |side: &str, name: &str| {
            let is_swept = axes.iter().any(|axis| axis.name == name);
            if !is_swept && !schema.iter().any(|spec| spec.name == name) {
                let field = format!("optimization.param_constraints[{index}].{side}");
                violations.add(field, unknown_operand(name, schema));
            }
        };
        known("left", &constraint.left);
        if let Operand::Param(name) = &constraint.right {
            known("param", name);
        }
    }
}

fn unknown_operand(name: &str, schema: &[ParamSpec]) -> String {
    if AccountNumber::named(name).is_some() {
        return format!("{name} is compared here, and swept by no axis");
    }
    unknown(name, schema)
}

/// No search may be larger than the server takes.
pub(super) fn check_most_trials(asked: u64, limit: u64, violations: &mut Violations) {
    if asked > limit {
        violations.add("optimization.max_trials", format!("must be at most {limit}, or 0"));
    }
}

/// Combinations are compared over several series, or not at all.
pub(super) fn check_across(across: Option<Across>, series: usize, violations: &mut Violations) {
    if across.is_some() && series < 2 {
        let message = "has what across compares combinations over: give two series or more";
        violations.add("optimization.subscription_axis", message);
    }
}

/// The same bars twice would count as two series that agree.
pub(super) fn check_alternatives(
    alternatives: &[Option<SubscriptionRequest>],
    violations: &mut Violations,
) {
    let mut seen = HashSet::new();
    for (index, subscription) in alternatives.iter().enumerate() {
        let Some(subscription) = subscription else { continue };
        let SubscriptionRequest { instrument, timeframe, pinned } = subscription;
        if !seen.insert((instrument, timeframe, pinned)) {
            let field = format!("optimization.subscription_axis[{index}]");
            violations.add(field, format!("{subscription} stands twice"));
        }
    }
}
