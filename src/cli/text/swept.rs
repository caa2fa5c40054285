//! Which parameters a search varies.

use crate::pb;
use crate::pb::optimization_spec::Search;

/// The names that a search varies: those of its axes, or of its points.
pub(in crate::cli) fn swept_names(spec: &pb::OptimizationSpec) -> Vec<String> {
    match &spec.search {
        Some(Search::Points(list)) => {
            list.points.first().map(|point| point.params.keys().cloned().collect())
        }
        _ => None,
    }
    .unwrap_or_else(|| spec.axes.iter().map(|axis| axis.name.clone()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_points_are_those_of_the_first() {
        let value = |number| pb::ParamValue { kind: Some(pb::param_value::Kind::IntValue(number)) };
        let params = [("slow".to_owned(), value(20)), ("fast".to_owned(), value(5))].into();
        let list = pb::PointList { points: vec![pb::Point { params }] };
        let spec =
            pb::OptimizationSpec { search: Some(Search::Points(list)), ..Default::default() };
        assert_eq!(swept_names(&spec), ["fast", "slow"]);
    }
}
