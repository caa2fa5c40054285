//! Simple moving average, exact.

use std::cmp::Ordering;

use super::Indicator;

/// Arithmetic mean of the last `length` prices, kept as an exact window sum.
///
/// # Formula
///
/// `SMA_t = (p_t + p_(t-1) + … + p_(t-length+1)) / length`
///
/// # Example
///
/// ```
/// use tradeforge_core::indicator::{Indicator, Sma};
/// let mut sma = Sma::new(2);
/// assert!(sma.update(10).is_none());
/// assert_eq!(sma.update(13).unwrap().to_f64(), 11.5);
/// ```
///
/// # Source
///
/// [Moving average](https://en.wikipedia.org/wiki/Moving_average#Simple_moving_average)
#[derive(Clone, Debug)]
pub struct Sma {
    window: Box<[i64]>,
    oldest: usize,
    filled: bool,
    sum: i64,
}

/// An exact mean: a sum and how many it is of. Compares without rounding, so ties are ties.
#[derive(Clone, Copy, Debug)]
pub struct Mean {
    sum: i64,
    count: i64,
}

impl Sma {
    /// An average over `length` prices, at least one.
    pub fn new(length: usize) -> Self {
        Self { window: vec![0; length.max(1)].into(), oldest: 0, filled: false, sum: 0 }
    }
}

impl Indicator for Sma {
    type Input = i64;
    type Output = Mean;

    #[inline]
    fn update(&mut self, price: i64) -> Option<Mean> {
        self.sum += price - std::mem::replace(&mut self.window[self.oldest], price);
        self.oldest += 1;
        if self.oldest == self.window.len() {
            self.oldest = 0;
            self.filled = true;
        }
        self.filled.then_some(Mean { sum: self.sum, count: self.window.len() as i64 })
    }
}

impl Mean {
    /// The mean of `count` values that add up to `sum`; `count` is above zero.
    pub const fn new(sum: i64, count: i64) -> Self {
        Self { sum, count }
    }

    /// The double nearest to it, or nearly so above 2^53.
    pub fn to_f64(self) -> f64 {
        self.sum as f64 / self.count as f64
    }
}

impl Ord for Mean {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        let left = i128::from(self.sum) * i128::from(other.count);
        left.cmp(&(i128::from(other.sum) * i128::from(self.count)))
    }
}

impl PartialOrd for Mean {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Mean {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Mean {}

#[cfg(test)]
mod tests {
    use super::super::contract;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_the_contract() {
        for length in [1, 2, 7] {
            contract::holds(|| Sma::new(length), length);
        }
    }

    #[test]
    fn equal_averages_of_different_lengths_tie() {
        assert_eq!(Mean::new(1, 3), Mean::new(2, 6));
        assert!(Mean::new(1, 3) > Mean::new(333_333_333, 1_000_000_000));
    }

    proptest! {
        #[test]
        fn the_incremental_sum_is_the_sum_of_the_window(
            prices in prop::collection::vec(1_i64..1_000_000, 1..60),
            length in 1_usize..20,
        ) {
            let mut sma = Sma::new(length);
            for (index, &price) in prices.iter().enumerate() {
                let expected = (index + 1 >= length).then(|| {
                    let window = &prices[index + 1 - length..=index];
                    Mean::new(window.iter().sum(), length as i64)
                });
                prop_assert_eq!(sma.update(price), expected);
            }
        }
    }
}
