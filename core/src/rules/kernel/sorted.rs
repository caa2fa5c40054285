//! Windows whose values are looked at one by one.

use super::super::language::Kernel;
use super::{NONE, finite};

/// The last values in the order in which they came, and by size.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Sorted {
    kernel: Kernel,
    length: usize,
    quantile: f64,
    /// A ring: the oldest is at `next` once it is full.
    values: Vec<f64>,
    next: usize,
    by_size: Vec<f64>,
}

impl Sorted {
    pub(super) fn new(kernel: Kernel, length: usize, quantile: f64) -> Self {
        let (values, by_size) = (Vec::with_capacity(length), Vec::with_capacity(length));
        Self { kernel, length, quantile, values, next: 0, by_size }
    }

    pub(super) fn step(&mut self, x: f64) -> f64 {
        if x.is_nan() {
            self.values.clear();
            self.by_size.clear();
            self.next = 0;
            return NONE;
        }
        self.take(x);
        if self.values.len() < self.length {
            return NONE;
        }
        match self.kernel {
            Kernel::PercentRank => self.rank(x),
            _ => self.quantile(),
        }
    }

    fn take(&mut self, x: f64) {
        if self.values.len() < self.length {
            self.values.push(x);
        } else {
            let oldest = std::mem::replace(&mut self.values[self.next], x);
            let place = self.by_size.partition_point(|value| *value < oldest);
            self.by_size.remove(place);
        }
        self.next = (self.next + 1) % self.length;
        let place = self.by_size.partition_point(|value| *value < x);
        self.by_size.insert(place, x);
    }

    fn quantile(&self) -> f64 {
        let place = (self.length - 1) as f64 * self.quantile;
        let below = place.floor();
        let low = self.by_size[below as usize];
        let high = self.by_size[place.ceil() as usize];
        finite(low + (high - low) * (place - below))
    }

    fn rank(&self, x: f64) -> f64 {
        let below = self.by_size.partition_point(|value| *value < x);
        let equal = self.by_size.partition_point(|value| *value <= x) - below;
        (below as f64 + f64::midpoint(equal as f64, 1.0)) / self.length as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn last(kernel: Kernel, length: usize, quantile: f64, values: &[f64]) -> f64 {
        let mut sorted = Sorted::new(kernel, length, quantile);
        values.iter().fold(NONE, |_, value| sorted.step(*value))
    }

    #[test]
    fn a_quantile_is_linear_between_neighbours() {
        let values = [9.0, 4.0, 1.0, 3.0, 2.0];
        assert_eq!(last(Kernel::Quantile, 4, 0.5, &values), 2.5);
        assert_eq!(last(Kernel::Quantile, 4, 1.0, &values), 4.0);
        assert_eq!(last(Kernel::Quantile, 4, 0.1, &values), 1.3);
    }

    #[test]
    fn a_rank_counts_equals_by_half() {
        assert_eq!(last(Kernel::PercentRank, 4, 0.0, &[1.0, 2.0, 3.0, 2.0]), (1.0 + 1.5) / 4.0);
    }

    proptest! {
        #[test]
        fn the_order_by_size_is_that_of_the_window(
            values in prop::collection::vec(-9_i32..9, 1..60), length in 1_usize..12,
        ) {
            let mut sorted = Sorted::new(Kernel::Quantile, length, 0.0);
            for (bar, value) in values.iter().enumerate() {
                sorted.step(f64::from(*value));
                let start = (bar + 1).saturating_sub(length);
                let mut window: Vec<f64> =
                    values[start..=bar].iter().map(|value| f64::from(*value)).collect();
                window.sort_by(f64::total_cmp);
                prop_assert_eq!(&sorted.by_size, &window);
            }
        }
    }
}
