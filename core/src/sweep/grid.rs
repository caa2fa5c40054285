//! The product of all axes as mixed-radix numbers: a trial's parameters from its index.

use super::axis::Axis;
use super::permutation::mix;
use crate::strategy::ParamValue;

/// The product of subscriptions and axes: the subscription is the slowest digit, then the axes
/// in their order, the last the fastest.
#[derive(Clone, Debug)]
pub struct Grid {
    axes: Vec<Axis>,
    /// Value counts, the subscription's first; 1 for a continuous axis.
    counts: Vec<u64>,
    /// How many indices one step of each digit spans.
    strides: Vec<u64>,
    len: u64,
    seed: u64,
}

impl Grid {
    /// The product; `None` if it has more than `u64` indices. `seed` draws continuous values.
    pub fn new(subscription_count: u64, axes: &[Axis], seed: u64) -> Option<Self> {
        let digits = axes.iter().map(|axis| axis.values.count().unwrap_or(1));
        let counts: Vec<u64> = std::iter::once(subscription_count).chain(digits).collect();
        let len = counts.iter().try_fold(1_u64, |len, &count| len.checked_mul(count))?;
        let mut strides = vec![1; counts.len()];
        for digit in (0..counts.len() - 1).rev() {
            strides[digit] = strides[digit + 1] * counts[digit + 1];
        }
        Some(Self { axes: axes.to_vec(), counts, strides, len, seed })
    }

    /// Points one by one, each on all subscriptions: every axis lists its value in each point, and
    /// all axes go on together. `None` if there are more than `u64` indices.
    pub fn of_points(subscription_count: u64, axes: &[Axis]) -> Option<Self> {
        let points = axes.first().and_then(|axis| axis.values.count()).unwrap_or(1);
        let len = subscription_count.checked_mul(points)?;
        let digits = axes.len();
        let counts = std::iter::once(subscription_count).chain(vec![points; digits]).collect();
        let strides = std::iter::once(points).chain(vec![1; digits]).collect();
        Some(Self { axes: axes.to_vec(), counts, strides, len, seed: 0 })
    }

    /// The combinations alone, on whatever series: their indices are those on the first one.
    #[must_use]
    pub fn of_one_series(&self) -> Self {
        let mut one = self.clone();
        (one.counts[0], one.len) = (1, self.strides[0]);
        one
    }

    /// How many indices there are.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is no index.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether some axis is drawn from a range rather than counted.
    pub fn is_sampled(&self) -> bool {
        self.axes.iter().any(|axis| axis.values.count().is_none())
    }

    /// Which subscription the index stands for.
    pub fn subscription(&self, index: u64) -> usize {
        self.digit(0, index) as usize
    }

    /// The swept parameters of the index, in the order of the axes.
    pub fn values(&self, index: u64) -> impl Iterator<Item = (&str, ParamValue)> + '_ {
        (0..self.axes.len())
            .map(move |axis| (self.axes[axis].name.as_str(), self.value(axis, index)))
    }

    /// The value of one axis at the index.
    pub fn value(&self, axis: usize, index: u64) -> ParamValue {
        let values = &self.axes[axis].values;
        if values.count().is_some() {
            return values.value(self.digit(axis + 1, index));
        }
        let bits = mix(mix(self.seed ^ mix(index)).wrapping_add(axis as u64));
        // The upper 53 bits make every double of the unit interval equally likely.
        values.sample((bits >> 11) as f64 / (1_u64 << 53) as f64)
    }

    /// The place of the axis of that name.
    pub fn axis_named(&self, name: &str) -> Option<usize> {
        self.axes.iter().position(|axis| axis.name == name)
    }

    /// All axes, the slowest first.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// How to find the digit of an axis in an index: `index / stride % count`.
    pub fn digit_of(&self, axis: usize) -> (u64, u64) {
        (self.strides[axis + 1], self.counts[axis + 1])
    }

    /// How many indices lie between a trial and the same on the next series.
    pub fn series_stride(&self) -> u64 {
        self.strides[0]
    }

    fn digit(&self, digit: usize, index: u64) -> u64 {
        // A sampled search counts on beyond the product of its counted axes.
        index / self.strides[digit] % self.counts[digit]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::AxisValues;
    use proptest::prelude::*;

    fn axis(name: &str, count: i64) -> Axis {
        Axis { name: name.into(), values: AxisValues::ints(0, count - 1, 1).unwrap() }
    }

    #[test]
    fn the_last_axis_is_the_fastest_and_the_subscription_the_slowest() {
        let grid = Grid::new(2, &[axis("a", 2), axis("b", 3)], 0).unwrap();
        let row = |index| {
            let values: Vec<_> = grid.values(index).map(|(_, value)| value).collect();
            (grid.subscription(index), values)
        };
        assert_eq!(row(0), (0, vec![0.into(), 0.into()]));
        assert_eq!(row(1), (0, vec![0.into(), 1.into()]));
        assert_eq!(row(3), (0, vec![1.into(), 0.into()]));
        assert_eq!(row(6), (1, vec![0.into(), 0.into()]));
    }

    #[test]
    fn points_stand_in_their_order_on_each_subscription() {
        let listed = |name: &str, values: [i64; 3]| {
            let values = AxisValues::List(values.map(Into::into).into());
            Axis { name: name.into(), values }
        };
        let grid = Grid::of_points(2, &[listed("a", [7, 1, 7]), listed("b", [2, 2, 9])]).unwrap();
        let row = |index| {
            let values: Vec<_> = grid.values(index).map(|(_, value)| value).collect();
            (grid.subscription(index), values)
        };
        assert_eq!(grid.len(), 6);
        assert_eq!(row(0), (0, vec![7.into(), 2.into()]));
        assert_eq!(row(2), (0, vec![7.into(), 9.into()]));
        assert_eq!(row(4), (1, vec![1.into(), 2.into()]));
        assert_eq!(grid.digit_of(1), (1, 3));
    }

    proptest! {
        #[test]
        fn the_size_is_the_product_and_no_combination_comes_twice(
            counts in prop::collection::vec(1_i64..6, 1..4),
        ) {
            let names = ["a", "b", "c"];
            let axes: Vec<_> = counts.iter().zip(names).map(|(&c, name)| axis(name, c)).collect();
            let grid = Grid::new(1, &axes, 0).unwrap();
            prop_assert_eq!(grid.len() as i64, counts.iter().product::<i64>());
            let combination = |index| format!("{:?}", grid.values(index).collect::<Vec<_>>());
            let mut seen: Vec<String> = (0..grid.len()).map(combination).collect();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen.len() as u64, grid.len());
        }
    }

    #[test]
    fn a_product_beyond_64_bits_is_refused() {
        let huge: Vec<_> = (0..4).map(|_| axis("x", 1_000_000)).collect();
        assert!(Grid::new(1, &huge, 0).is_none());
    }
}
