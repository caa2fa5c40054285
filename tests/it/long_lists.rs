//! Searches with one item too many in a list, for the tests of moderation.

use tradeforge::pb;
use tradeforge::pb::optimization_spec::Search;

use crate::support::{Sweep, int, sma_cross};

/// Each with the end of the field's name, its path, and the submission.
pub(crate) fn of_searches() -> Vec<(&'static str, &'static str, pb::SubmitRequest)> {
    let bred = sma_cross(1, 1).sweep().spec(|spec| {
        let genetic = pb::GeneticSearch { trial_count: 9, ..Default::default() };
        spec.search = Some(Search::Genetic(genetic));
        spec.more_objectives = vec![pb::Objective::default(); 3];
    });
    vec![
        ("PointList.points", "optimization.points.points", through(vec![1; 10_001]).into()),
        ("Point.params", "optimization.points.points[1].params", through(vec![1, 17]).into()),
        ("more_objectives", "optimization.more_objectives", bred.into()),
    ]
}

/// A search through points of so many parameters.
fn through(counts: Vec<i64>) -> Sweep {
    let point = |(place, count): (usize, i64)| pb::Point {
        params: (0..count).map(|it| (format!("x{it}"), int(place as i64))).collect(),
    };
    sma_cross(1, 1).sweep().spec(|spec| {
        let points = counts.into_iter().enumerate().map(point).collect();
        spec.search = Some(Search::Points(pb::PointList { points }));
    })
}
