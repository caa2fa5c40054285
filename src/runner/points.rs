//! Points of a search as axes: each parameter's values, point by point.

use std::collections::{BTreeMap, HashMap};

use super::axes::{Swept, swept_account, unknown};
use crate::excerpt::excerpt;
use crate::run::{OptimizationRequest, Violations};
use crate::strategy::{ParamSpec, ParamValue};
use crate::sweep::{Axis, AxisValues, Search, ValueKey};
use crate::trading::Simulation;

/// Where points stand in a request.
const PATH: &str = "optimization.points.points";

/// The account of a search, with what its first trial sweeps of it.
pub(super) fn account(
    request: &OptimizationRequest,
    simulation: Simulation,
    violations: &mut Violations,
) -> Simulation {
    if request.search != Search::Points {
        let path = |axis| format!("optimization.axes[{axis}].name");
        return swept_account(&request.axes, path, simulation, violations);
    }
    let firsts = first_values(&request.points);
    let name = |axis: usize| firsts[axis].as_ref().map_or("", |axis| axis.name.as_str());
    swept_account(&firsts, |axis| path_of(0, name(axis)), simulation, violations)
}

/// The path of a value.
fn path_of(place: usize, name: &str) -> String {
    format!("{PATH}[{place}].params.{}", excerpt(name))
}

/// The names that the first point gives, with its values: what sweeps the account is found by it.
fn first_values(points: &[BTreeMap<String, ParamValue>]) -> Vec<Option<Axis>> {
    let first = points.first().into_iter().flatten();
    first
        .map(|(name, value)| {
            let values = AxisValues::List(vec![value.clone()]);
            Some(Axis { name: name.clone(), values })
        })
        .collect()
}

/// The points as axes of one length, in the types of what they vary.
pub(super) fn resolve_points(
    points: &[BTreeMap<String, ParamValue>],
    schema: Option<&[ParamSpec]>,
    fixed: &[String],
    violations: &mut Violations,
) -> Vec<Axis> {
    let (Some(first), Some(schema)) = (points.first(), schema) else { return Vec::new() };
    if first.is_empty() {
        violations.add(format!("{PATH}[0].params"), "needs a value of at least one parameter");
        return Vec::new();
    }
    let mut axes = Vec::with_capacity(first.len());
    for name in first.keys() {
        if fixed.contains(name) {
            let message = "is given by points, and so cannot be fixed as well";
            violations.add(format!("optimization.base.params.{}", excerpt(name)), message);
        }
        let Some(swept) = Swept::named(name, schema) else {
            violations.add(path_of(0, name), unknown(name, schema));
            continue;
        };
        let checked = points.iter().enumerate().filter_map(|(place, point)| {
            let given = point.get(name);
            let value = given.ok_or_else(|| "is missing: the first point gives it".to_owned());
            violations.check(path_of(place, name), value.and_then(|it| swept.check(it.clone())))
        });
        let values = AxisValues::List(checked.collect());
        axes.push(Axis { name: name.clone(), values });
    }
    for (place, point) in points.iter().enumerate().skip(1) {
        for name in point.keys().filter(|name| !first.contains_key(*name)) {
            violations.add(path_of(place, name), "is not given by the first point");
        }
    }
    if violations.is_empty() {
        check_twice(&axes, points.len(), violations);
    }
    axes
}

/// A point that stands twice would count as two tries.
fn check_twice(axes: &[Axis], count: usize, violations: &mut Violations) {
    let mut known = HashMap::with_capacity(count);
    for place in 0..count {
        let bits: Vec<_> =
            axes.iter().map(|axis| ValueKey::from(&axis.values.value(place as u64))).collect();
        if let Some(earlier) = known.insert(bits, place) {
            violations.add(format!("{PATH}[{place}]"), format!("is the same as points[{earlier}]"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::Catalog;

    fn point(values: &[(&str, ParamValue)]) -> BTreeMap<String, ParamValue> {
        values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn resolved(
        points: &[BTreeMap<String, ParamValue>],
        fixed: &[String],
    ) -> Result<Vec<Axis>, Vec<String>> {
        let catalog = Catalog::shipped();
        let entry = catalog.find("sma_cross", "").unwrap();
        let mut violations = Violations::default();
        let axes = resolve_points(points, Some(&entry.params), fixed, &mut violations);
        if violations.is_empty() {
            return Ok(axes);
        }
        Err(violations.iter().map(|it| it.field.clone()).collect())
    }

    #[test]
    fn points_become_lists_of_one_length_in_the_types_of_the_schema() {
        let axes = resolved(
            &[
                point(&[("slow", 30.into()), ("fast", 5.into())]),
                point(&[("slow", 30.into()), ("fast", 7.into())]),
            ],
            &[],
        );
        let axes = axes.unwrap();
        let names: Vec<_> = axes.iter().map(|axis| axis.name.as_str()).collect();
        assert_eq!(names, ["fast", "slow"]);
        assert_eq!(axes[0].values, AxisValues::List(vec![5.into(), 7.into()]));
        assert_eq!(axes[1].values, AxisValues::List(vec![30.into(), 30.into()]));
    }

    #[test]
    fn all_that_is_wrong_is_told_by_the_point_and_its_parameter() {
        let at = |place: usize, name: &str| format!("{PATH}[{place}].params.{name}");
        let told = resolved(
            &[
                point(&[("fast", 5.into()), ("slwo", 9.into())]),
                point(&[("fast", "five".into()), ("slwo", 9.into()), ("slow", 3.into())]),
                point(&[("slwo", 9.into())]),
            ],
            &["fast".to_owned()],
        );
        let base = "optimization.base.params.fast".to_owned();
        let expected = [base, at(1, "fast"), at(2, "fast"), at(0, "slwo"), at(1, "slow")];
        assert_eq!(told.unwrap_err(), expected);
        let twice = [point(&[("fast", 5.into())]), point(&[("fast", 5.into())])];
        assert_eq!(resolved(&twice, &[]).unwrap_err(), [format!("{PATH}[1]")]);
        assert_eq!(resolved(&[point(&[])], &[]).unwrap_err(), [format!("{PATH}[0].params")]);
    }
}
