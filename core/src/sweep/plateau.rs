//! What lies around each trial: the middle of its neighbours' values, so that a lone peak counts
//! for less than a plateau.

use super::grid::Grid;
use super::space::{Digit, digits_of};

/// Axes in order at most: of each more the neighbours are three times as many.
pub const PLATEAU_AXES_MAX: usize = 5;

/// How many axes have an order, along which trials have neighbours.
pub fn ordered_axes(grid: &Grid) -> usize {
    digits_of(grid).iter().filter(|digit| digit.is_ordered).count()
}

/// For each trial of the list, which rises by index, the median of what it and its neighbours have:
/// trials within one place on every axis that has an order, and at the same place on all others.
/// `None` where fewer than two to the power of those axes are known, which a corner has.
pub fn plateaus(grid: &Grid, values: &[(u64, f64)]) -> Vec<Option<f64>> {
    let digits: Vec<Digit> = digits_of(grid).into_iter().filter(|digit| digit.is_ordered).collect();
    let known_min = 1 << digits.len();
    let mut near = Vec::new();
    let mut around = Vec::new();
    values
        .iter()
        .map(|(index, _)| {
            neighbours(*index, &digits, &mut near);
            around.clear();
            let found = near.iter().filter_map(|near| {
                let place = values.binary_search_by_key(near, |(index, _)| *index).ok()?;
                Some(values[place].1)
            });
            around.extend(found);
            (around.len() >= known_min).then(|| median(&mut around))
        })
        .collect()
}

/// The trial itself, and all within one place of it.
fn neighbours(index: u64, digits: &[Digit], near: &mut Vec<u64>) {
    near.clear();
    near.push(index);
    for Digit { count, stride, .. } in digits {
        let place = index / stride % count;
        for at in 0..near.len() {
            let center = near[at];
            if place > 0 {
                near.push(center - stride);
            }
            if place + 1 < *count {
                near.push(center + stride);
            }
        }
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::{Axis, AxisValues};
    use proptest::prelude::*;

    /// Two axes of numbers with words between them.
    fn grid() -> Grid {
        let axis = |name: &str, values| Axis { name: name.into(), values };
        let axes = [
            axis("a", AxisValues::ints(0, 3, 1).unwrap()),
            axis("w", AxisValues::List(vec!["x".into(), "y".into(), "z".into()])),
            axis("b", AxisValues::ints(0, 4, 1).unwrap()),
        ];
        Grid::new(1, &axes, 0).unwrap()
    }

    proptest! {
        #[test]
        fn a_plateau_is_the_middle_of_what_lies_within_one_place(
            all in prop::collection::vec(prop::option::of(-9_i32..9), 60),
        ) {
            let known = |index: u64| all[index as usize].map(f64::from);
            let values: Vec<(u64, f64)> =
                (0..60).filter_map(|index| Some((index, known(index)?))).collect();
            let found = plateaus(&grid(), &values);
            prop_assert_eq!(ordered_axes(&grid()), 2);
            for ((index, _), found) in values.iter().zip(found) {
                let place = |index: u64| (index / 15, index / 5 % 3, index % 5);
                let own = place(*index);
                let mut near: Vec<f64> = (0..60)
                    .filter(|other| {
                        let other = place(*other);
                        other.1 == own.1 && other.0.abs_diff(own.0) <= 1
                            && other.2.abs_diff(own.2) <= 1
                    })
                    .filter_map(known)
                    .collect();
                near.sort_by(f64::total_cmp);
                let (low, high) = (near[(near.len() - 1) / 2], near[near.len() / 2]);
                let middle = f64::midpoint(low, high);
                prop_assert_eq!(found, (near.len() >= 4).then_some(middle));
            }
        }
    }
}
