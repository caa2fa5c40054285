//! Points of a search that are written out one by one, between the wire and the domain.

use std::collections::BTreeMap;

use crate::excerpt::excerpt;
use crate::pb;
use crate::run::limits::{LISTED_VALUES_MAX, POINTS_MAX};
use crate::run::{OptimizationSpec, Violations};
use crate::strategy::ParamValue;

const PATH: &str = "optimization.points.points";

/// Reads points; what they mean is found out later.
pub(super) fn points(
    wire: &pb::PointList,
    axes_max: usize,
    violations: &mut Violations,
) -> Vec<BTreeMap<String, ParamValue>> {
    if wire.points.is_empty() {
        violations.add(PATH, "needs at least one point");
    }
    let values: usize = wire.points.iter().map(|point| point.params.len()).sum();
    if values > LISTED_VALUES_MAX {
        let message =
            format!("at most {LISTED_VALUES_MAX} values are taken together, but here are {values}");
        violations.add(PATH, message);
        return Vec::new();
    }
    let taken = violations.at_most(POINTS_MAX, PATH, &wire.points).iter().enumerate();
    taken
        .map(|(place, point)| {
            let path = format!("{PATH}[{place}].params");
            violations.count_at_most(axes_max, &path, point.params.len());
            let mut values = BTreeMap::new();
            for (name, value) in point.params.iter().take(axes_max) {
                match super::submit::param_value(value) {
                    Some(value) => _ = values.insert(name.clone(), value),
                    None => violations.add(format!("{path}.{}", excerpt(name)), "has no value"),
                }
            }
            values
        })
        .collect()
}

/// The points of a search whose axes list them.
pub(super) fn point_list(spec: &OptimizationSpec) -> pb::PointList {
    let count = spec.axes.first().and_then(|axis| axis.values.count()).unwrap_or(0);
    let value = |axis: &crate::sweep::Axis, place| {
        (axis.name.clone(), pb::ParamValue::from(&axis.values.value(place)))
    };
    let point =
        |place| pb::Point { params: spec.axes.iter().map(|axis| value(axis, place)).collect() };
    pb::PointList { points: (0..count).map(point).collect() }
}
