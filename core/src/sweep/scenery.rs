//! What tests of searches that learn search: spaces and surfaces over them.

use super::space::Space;
use super::standing::Standing;
use super::{Axis, AxisValues, Grid, Learner};
use crate::strategy::ParamValue;

/// Ordered axes of so many places.
pub(super) fn space(counts: &[i64], seed: u64) -> Space {
    let axes: Vec<_> = counts.iter().enumerate().map(|(axis, count)| whole(axis, *count)).collect();
    Space::new(Grid::new(1, &axes, 0).unwrap(), Vec::new(), seed)
}

/// Axes of words before ordered ones.
pub(super) fn worded_space(words: &[i64], counts: &[i64]) -> Space {
    let worded = words.iter().enumerate().map(|(axis, count)| Axis {
        name: format!("w{axis}"),
        values: AxisValues::List((0..*count).map(word).collect()),
    });
    let ordered = counts.iter().enumerate().map(|(axis, count)| whole(axis, *count));
    let axes: Vec<_> = worded.chain(ordered).collect();
    Space::new(Grid::new(1, &axes, 0).unwrap(), Vec::new(), 1)
}

fn word(number: i64) -> ParamValue {
    ParamValue::Text(format!("word {number}"))
}

fn whole(axis: usize, count: i64) -> Axis {
    Axis { name: format!("a{axis}"), values: AxisValues::ints(0, count - 1, 1).unwrap() }
}

/// What a search tries of a surface over two axes of 100 places.
pub(super) fn searched(
    mut learner: Learner,
    trials: u64,
    cost: impl Fn(f64, f64) -> Standing,
) -> Vec<u64> {
    let mut all = Vec::new();
    while (all.len() as u64) < trials {
        let proposed = learner.propose(trials - all.len() as u64);
        if proposed.is_empty() {
            break;
        }
        let told: Vec<_> = proposed
            .iter()
            .map(|&index| (index, cost((index / 100) as f64, (index % 100) as f64)))
            .collect();
        learner.absorb(&told);
        all.extend(proposed);
    }
    all
}

/// Lowest at 71 and 23.
pub(super) fn bowl(x: f64, y: f64) -> Standing {
    let far = (x - 71.0) * (x - 71.0) + (y - 23.0) * (y - 23.0);
    Standing::Good([far, 0.0, 0.0])
}
