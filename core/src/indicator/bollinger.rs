//! Bollinger bands, on exact sums.

use super::{Indicator, Mean};

/// Mean and population deviation of the last `length` prices.
///
/// # Formula
///
/// With S the sum and Q the sum of squares of n prices: middle `S / n`, deviation
/// `√(n Q - S²) / n`, bands `middle ± k deviation`. Both sums are exact integers, and a price is
/// compared with a band without dividing: `p < lower` is `S - n p > k √(n Q - S²)`. The left side
/// is exact; of the right side the root, the product and the conversion round once each.
///
/// # Example
///
/// ```
/// use tradeforge_core::indicator::{Bollinger, Indicator};
/// let mut bands = Bollinger::new(2);
/// assert!(bands.update(10).is_none());
/// let bands = bands.update(14).unwrap();
/// assert_eq!((bands.middle().to_f64(), bands.deviation()), (12.0, 2.0));
/// assert!(bands.is_below_lower(7, 2.0) && !bands.is_below_lower(8, 2.0));
/// ```
///
/// # Source
///
/// John Bollinger, Bollinger on Bollinger Bands (2001), chapter 7.
#[derive(Clone, Debug)]
pub struct Bollinger {
    window: Box<[i64]>,
    oldest: usize,
    filled: bool,
    sum: i64,
    squares: i128,
}

/// The bands at one bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bands {
    sum: i64,
    count: i64,
    /// `√(n Q - S²)`: the deviation times the count.
    spread: f64,
}

impl Bollinger {
    /// Bands over `length` prices, at least one.
    pub fn new(length: usize) -> Self {
        Self { window: vec![0; length.max(1)].into(), oldest: 0, filled: false, sum: 0, squares: 0 }
    }
}

impl Indicator for Bollinger {
    type Input = i64;
    type Output = Bands;

    #[inline]
    fn update(&mut self, price: i64) -> Option<Bands> {
        let left = std::mem::replace(&mut self.window[self.oldest], price);
        self.sum += price - left;
        self.squares += i128::from(price) * i128::from(price) - i128::from(left) * i128::from(left);
        self.oldest += 1;
        if self.oldest == self.window.len() {
            self.oldest = 0;
            self.filled = true;
        }
        if !self.filled {
            return None;
        }
        let count = self.window.len() as i64;
        let spread = i128::from(count) * self.squares - i128::from(self.sum) * i128::from(self.sum);
        Some(Bands { sum: self.sum, count, spread: libm::sqrt(spread as f64) })
    }
}

impl Bands {
    /// The mean, exact.
    pub const fn middle(self) -> Mean {
        Mean::new(self.sum, self.count)
    }

    /// The population deviation.
    pub fn deviation(self) -> f64 {
        self.spread / self.count as f64
    }

    /// Whether the price is more than `deviations` below the middle.
    #[inline]
    pub fn is_below_lower(self, price: i64, deviations: f64) -> bool {
        self.depth(price) as f64 > deviations * self.spread
    }

    /// Whether the price is more than `deviations` above the middle.
    #[inline]
    pub fn is_above_upper(self, price: i64, deviations: f64) -> bool {
        -self.depth(price) as f64 > deviations * self.spread
    }

    /// Whether the price is at the middle or above it, exactly.
    #[inline]
    pub const fn is_at_or_above_middle(self, price: i64) -> bool {
        self.depth(price) <= 0
    }

    /// Whether the price is at the middle or below it, exactly.
    #[inline]
    pub const fn is_at_or_below_middle(self, price: i64) -> bool {
        self.depth(price) >= 0
    }

    /// The deviation times the count.
    pub const fn spread(self) -> f64 {
        self.spread
    }

    /// How far the price is below the middle, times the count.
    pub const fn depth(self, price: i64) -> i64 {
        self.sum - self.count * price
    }
}

#[cfg(test)]
mod tests {
    use super::super::contract;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_the_contract() {
        for length in [1, 2, 20] {
            contract::holds(|| Bollinger::new(length), length);
        }
    }

    #[test]
    fn in_a_still_market_no_price_is_outside_and_the_price_is_at_the_middle() {
        let mut bands = Bollinger::new(3);
        let bands = [5, 5, 5].map(|price| bands.update(price))[2].unwrap();
        assert!(!bands.is_below_lower(5, 0.1) && !bands.is_above_upper(5, 0.1));
        assert!(bands.is_at_or_above_middle(5) && bands.is_at_or_below_middle(5));
    }

    proptest! {
        #[test]
        fn bands_are_those_of_the_textbook(
            prices in prop::collection::vec(1_i64..1_000_000, 1..60),
            length in 1_usize..20,
        ) {
            let mut bollinger = Bollinger::new(length);
            for (index, &price) in prices.iter().enumerate() {
                let bands = bollinger.update(price);
                prop_assert_eq!(bands.is_some(), index + 1 >= length);
                let Some(bands) = bands else { continue };
                let window = &prices[index + 1 - length..=index];
                let mean = window.iter().sum::<i64>() as f64 / length as f64;
                let squares = window.iter().map(|&p| (p as f64 - mean).powi(2)).sum::<f64>();
                let deviation = (squares / length as f64).sqrt();
                prop_assert!((bands.deviation() - deviation).abs() < 1e-6 * mean);
                let depth = mean - price as f64;
                if (depth - 2.0 * deviation).abs() > 1e-6 * mean {
                    prop_assert_eq!(bands.is_below_lower(price, 2.0), depth > 2.0 * deviation);
                }
            }
        }
    }
}
