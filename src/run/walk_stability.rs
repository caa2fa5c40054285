//! How much the choices of a walk-forward moved from window to window.

use serde::{Deserialize, Serialize};

use crate::metrics::mean;
use crate::strategy::ParamValue;
use crate::sweep::{AxisValues, Grid};

/// How much a parameter moved from window to window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisStability {
    /// The parameter.
    pub axis: String,
    /// Mean distance of neighbours as a part of the whole axis; `None` where values have no order.
    pub mean_jump: Option<f64>,
    /// The share of windows whose choice differs from that before.
    pub changed_share: f64,
}

/// How the choices moved; windows without one are passed over.
pub(super) fn stability(grid: &Grid, chosen: &[u64]) -> Vec<AxisStability> {
    let pairs: Vec<(u64, u64)> = chosen.windows(2).map(|pair| (pair[0], pair[1])).collect();
    if pairs.is_empty() {
        return Vec::new();
    }
    let axes = grid.axes().iter().enumerate();
    axes.map(|(axis, swept)| {
        let differs = |pair: &&(u64, u64)| grid.value(axis, pair.0) != grid.value(axis, pair.1);
        let jump = |pair: &(u64, u64)| {
            Some((place(grid, axis, pair.1)? - place(grid, axis, pair.0)?).abs())
        };
        let jumps: Option<Vec<f64>> = pairs.iter().map(jump).collect();
        AxisStability {
            axis: swept.name.clone(),
            mean_jump: jumps.and_then(|jumps| mean(&jumps)),
            changed_share: pairs.iter().filter(differs).count() as f64 / pairs.len() as f64,
        }
    })
    .collect()
}

/// Where on an axis a trial stands, from 0 to 1; `None` where values have no order or are one.
fn place(grid: &Grid, axis: usize, index: u64) -> Option<f64> {
    match (&grid.axes()[axis].values, grid.value(axis, index)) {
        (AxisValues::Ints { .. } | AxisValues::Decimals { .. }, _) => {
            let (stride, count) = grid.digit_of(axis);
            (count > 1).then(|| (index / stride % count) as f64 / (count - 1) as f64)
        }
        (AxisValues::Continuous { min, max }, ParamValue::Double(value)) if max > min => {
            Some((value - min) / (max - min))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::Axis;

    fn close(left: Option<f64>, right: f64) {
        let left = left.unwrap();
        assert!((left - right).abs() < 1e-12, "{left} is not {right}");
    }

    #[test]
    fn a_choice_moves_along_ordered_axes_by_a_part_of_them() {
        let values = |values| Axis { name: "axis".into(), values };
        let whole = values(AxisValues::ints(0, 4, 1).unwrap());
        let words = values(AxisValues::List(vec!["a".into(), "b".into()]));
        let only = values(AxisValues::ints(7, 7, 1).unwrap());
        let grid = Grid::new(1, &[whole, words, only], 0).unwrap();
        // Places (0, a), (4, a), (4, b).
        let found = stability(&grid, &[0, 8, 9]);
        let moved: Vec<_> = found.iter().map(|axis| (axis.mean_jump, axis.changed_share)).collect();
        assert_eq!(moved, [(Some(0.5), 0.5), (None, 0.5), (None, 0.0)]);
        assert_eq!(stability(&grid, &[3]), []);
    }

    #[test]
    fn any_double_of_a_range_has_a_place_in_it() {
        let values = AxisValues::Continuous { min: -1.0, max: 3.0 };
        let grid = Grid::new(1, &[Axis { name: "level".into(), values }], 5).unwrap();
        let at = |index| match grid.value(0, index) {
            ParamValue::Double(value) => value,
            other => panic!("{other:?}"),
        };
        close(stability(&grid, &[0, 1])[0].mean_jump, (at(1) - at(0)).abs() / 4.0);
    }
}
