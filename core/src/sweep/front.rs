//! Of many trials those that no other is better than in everything: the Pareto front, and how much
//! lies behind it.

use std::collections::BTreeMap;

use super::standing::OBJECTIVES_MAX;

/// What a trial costs by each objective, less being better; 0 by those that there are not.
pub type Costs = [f64; OBJECTIVES_MAX];

/// Places of the points that no other dominates, by rising first cost, then the second and third.
/// Of equal points none dominates another: all stay.
pub fn front(points: &[Costs]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    let keys = |place: usize| points[place].map(key);
    order.sort_by_key(|place| (keys(*place), *place));
    let mut stairs = Stairs::default();
    let mut front: Vec<usize> = Vec::new();
    for place in order {
        let [_, second, third] = points[place];
        let equals_last = front.last().is_some_and(|last| points[*last] == points[place]);
        // Whatever came before costs no more by the first objective.
        if equals_last || !stairs.is_behind(second, third) {
            stairs.insert(second, third);
            front.push(place);
        }
    }
    front
}

/// The part of the space that the points of a front are better than, up to the worst of them by
/// each objective; none of no point.
pub fn hypervolume(front: &[Costs], objectives: usize) -> Option<f64> {
    let first = front.first()?;
    let worst = front.iter().fold(*first, |worst, costs| {
        std::array::from_fn(|objective| worst[objective].max(costs[objective]))
    });
    Some(volume_to(front, objectives, worst))
}

/// The same up to any point.
pub fn volume_to(front: &[Costs], objectives: usize, end: Costs) -> f64 {
    let mut points: Vec<Costs> = front.to_vec();
    let is_within = |costs: &Costs| costs.iter().zip(&end).all(|(cost, end)| cost <= end);
    points.retain(is_within);
    let mut stairs = Stairs { end: (end[0], end[1]), ..Stairs::default() };
    if objectives < OBJECTIVES_MAX {
        for [first, second, _] in points {
            stairs.insert(first, second);
        }
        return stairs.area;
    }
    points.sort_by(|left, right| left[2].total_cmp(&right[2]));
    let mut volume = 0.0;
    let ends = points.iter().skip(1).map(|next| next[2]).chain([end[2]]);
    for ([first, second, third], next) in points.iter().zip(ends) {
        stairs.insert(*first, *second);
        volume += stairs.area * (next - third);
    }
    volume
}

/// Points of a plane none of which lies behind another: as one coordinate rises, the other falls.
#[derive(Debug)]
struct Stairs {
    /// The second coordinate by the first, in the order of numbers.
    steps: BTreeMap<i64, (f64, f64)>,
    /// Where what lies behind them ends.
    end: (f64, f64),
    /// What lies behind them.
    area: f64,
}

impl Default for Stairs {
    fn default() -> Self {
        Self { steps: BTreeMap::new(), end: (0.0, 0.0), area: 0.0 }
    }
}

impl Stairs {
    /// Whether one of them is at least as good in both.
    fn is_behind(&self, x: f64, y: f64) -> bool {
        let before = self.steps.range(..=key(x)).next_back();
        before.is_some_and(|(_, (_, lowest))| *lowest <= y)
    }

    /// Takes the point in, and what is behind it out.
    fn insert(&mut self, x: f64, y: f64) {
        if self.is_behind(x, y) {
            return;
        }
        // What was uncovered from here on, strip by strip.
        let before = self.steps.range(..key(x)).next_back();
        let mut top = before.map_or(self.end.1, |(_, (_, lowest))| *lowest);
        let mut from = x;
        while let Some((&next, &(right, lowest))) = self.steps.range(key(x)..).next() {
            if lowest < y {
                break;
            }
            self.area += (right - from) * (top - y);
            (from, top) = (right, lowest);
            self.steps.remove(&next);
        }
        let right = self.steps.range(key(x)..).next().map_or(self.end.0, |(_, (right, _))| *right);
        self.area += (right - from) * (top - y);
        self.steps.insert(key(x), (x, y));
    }
}

/// Whole numbers in the order of the numbers.
fn key(number: f64) -> i64 {
    // One zero only.
    let bits = (number + 0.0).to_bits().cast_signed();
    bits ^ ((bits >> 63) & i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By the definition, pair by pair.
    fn by_pairs(points: &[Costs]) -> Vec<usize> {
        let dominates = |left: &Costs, right: &Costs| {
            left.iter().zip(right).all(|(left, right)| left <= right) && left != right
        };
        let is_free = |place: &usize| !points.iter().any(|it| dominates(it, &points[*place]));
        (0..points.len()).filter(is_free).collect()
    }

    /// Unit cubes with whole corners that some point is better than.
    fn by_cubes(points: &[Costs], end: Costs, depth: u32) -> f64 {
        let range = |axis: usize| 0..end[axis] as u32;
        let mut count = 0;
        for x in range(0) {
            for y in range(1) {
                for z in 0..if depth == 3 { end[2] as u32 } else { 1 } {
                    let corner = [f64::from(x), f64::from(y), f64::from(z)];
                    let is_better = |it: &Costs| it.iter().zip(&corner).all(|(a, b)| a <= b);
                    count += u32::from(points.iter().any(is_better));
                }
            }
        }
        f64::from(count)
    }

    proptest! {
        #[test]
        fn fronts_and_what_is_behind_them_are_as_defined(
            points in prop::collection::vec(prop::array::uniform3(0_u8..8), 0..40),
            has_third: bool,
        ) {
            let costs = |it: [u8; 3]| [it[0], it[1], if has_third { it[2] } else { 0 }];
            let points: Vec<Costs> =
                points.into_iter().map(|it| costs(it).map(f64::from)).collect();
            let found = front(&points);
            let mut sorted = found.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, by_pairs(&points));
            let chosen: Vec<Costs> = found.iter().map(|place| points[*place]).collect();
            prop_assert!(chosen.is_sorted_by(|left, right| left <= right));
            let end = [8.0, 8.0, 8.0];
            let objectives = if has_third { 3 } else { 2 };
            let volume = volume_to(&chosen, objectives, end);
            prop_assert_eq!(volume, by_cubes(&points, end, objectives as u32));
            prop_assert_eq!(volume_to(&points, objectives, end), volume, "not of a front only");
        }
    }

    #[test]
    fn costs_below_zero_and_both_zeros_are_in_order() {
        let points = [[-1.0, 0.0, 0.0], [-0.0, -2.0, 0.0], [0.0, -2.0, 0.0], [-1.0, -0.0, 0.0]];
        let mut found = front(&points);
        found.sort_unstable();
        assert_eq!(found, [0, 1, 2, 3], "equal points all stay");
        assert_eq!(hypervolume(&points, 2), Some(0.0));
        assert_eq!(volume_to(&points, 2, [1.0, 1.0, 0.0]), 2.0 * 1.0 + 1.0 * 2.0);
        assert_eq!(hypervolume(&[], 2), None);
    }
}
