//! Relative strength index.

use super::Indicator;

/// Wilder's relative strength index over `length` price changes: 0 to 100.
///
/// # Formula
///
/// `RSI = 100 G / (G + L)`, where G and L are the average gain and loss: seeded with the plain mean
/// of the first `length` changes, then `(average x (length - 1) + change) / length`. So written it
/// divides once, and averages of 1 and 1.5 are exactly at 40. The first value comes with change
/// number `length`; while both averages are 0, in a market that stands still, there is none.
///
/// # Example
///
/// ```
/// use tradeforge_core::indicator::{Indicator, Rsi};
/// let mut rsi = Rsi::new(2);
/// assert_eq!((rsi.update(10), rsi.update(12)), (None, None));
/// assert_eq!(rsi.update(10), Some(50.0));
/// ```
///
/// # Source
///
/// J. Welles Wilder, New Concepts in Technical Trading Systems (1978), section VI.
#[derive(Clone, Debug)]
pub struct Rsi(AverageChanges);

impl Rsi {
    /// An index over `length` changes, at least one.
    pub fn new(length: usize) -> Self {
        Self(AverageChanges::new(length))
    }
}

/// How strong a market of that average gain and loss is: 0 to 100, NaN if it stands still.
#[inline]
pub fn strength(gain: f64, loss: f64) -> f64 {
    100.0 * gain / (gain + loss)
}

impl Indicator for Rsi {
    type Input = i64;
    type Output = f64;

    #[inline]
    fn update(&mut self, price: i64) -> Option<f64> {
        let (gain, loss) = self.0.update(price)?;
        Some(strength(gain, loss)).filter(|strength| !strength.is_nan())
    }
}

/// The average gain and the average loss that the index is made of, in ticks.
#[derive(Clone, Debug)]
pub struct AverageChanges {
    length: f64,
    changes_to_seed: usize,
    previous: Option<i64>,
    gain: f64,
    loss: f64,
}

impl AverageChanges {
    /// Averages over `length` changes, at least one.
    pub fn new(length: usize) -> Self {
        let length = length.max(1);
        Self {
            length: length as f64,
            changes_to_seed: length,
            previous: None,
            gain: 0.0,
            loss: 0.0,
        }
    }

    /// While seeding, the averages are sums of whole ticks and exact.
    fn seed(&mut self, gain: f64, loss: f64) -> Option<(f64, f64)> {
        self.gain += gain;
        self.loss += loss;
        self.changes_to_seed -= 1;
        if self.changes_to_seed > 0 {
            return None;
        }
        self.gain /= self.length;
        self.loss /= self.length;
        Some((self.gain, self.loss))
    }
}

impl Indicator for AverageChanges {
    type Input = i64;
    type Output = (f64, f64);

    #[inline]
    fn update(&mut self, price: i64) -> Option<(f64, f64)> {
        let change = (price - self.previous.replace(price)?) as f64;
        let (gain, loss) = (change.max(0.0), (-change).max(0.0));
        if self.changes_to_seed > 0 {
            return self.seed(gain, loss);
        }
        self.gain = (self.gain * (self.length - 1.0) + gain) / self.length;
        self.loss = (self.loss * (self.length - 1.0) + loss) / self.length;
        Some((self.gain, self.loss))
    }
}

#[cfg(test)]
mod tests {
    use super::super::contract;
    use super::*;

    #[test]
    fn keeps_the_contract() {
        for length in [1, 2, 14] {
            contract::holds(|| Rsi::new(length), length + 1);
        }
    }

    #[test]
    fn a_market_that_only_rises_is_at_one_hundred_and_one_that_falls_at_zero() {
        let last = |step: i64| {
            let mut rsi = Rsi::new(3);
            (0..9).fold(None, |_, bar| rsi.update(1_000 + step * bar))
        };
        assert_eq!(last(1), Some(100.0));
        assert_eq!(last(-1), Some(0.0));
    }

    #[test]
    fn smoothing_is_that_of_wilder() {
        let mut rsi = Rsi::new(2);
        let values: Vec<_> = [10, 12, 10, 13].into_iter().map(|p| rsi.update(p)).collect();
        // Averages (1, 1), then ((1 + 3) / 2, (1 + 0) / 2).
        assert_eq!(values[3], Some(80.0));
    }

    #[test]
    fn a_market_that_stands_still_has_no_strength_and_one_that_stood_keeps_what_it_had() {
        let mut rsi = Rsi::new(2);
        let values: Vec<_> = [7, 7, 7, 7, 8, 8, 8].into_iter().map(|p| rsi.update(p)).collect();
        assert_eq!(values, [None, None, None, None, Some(100.0), Some(100.0), Some(100.0)]);
    }

    #[test]
    fn averages_that_are_exact_give_levels_that_are_exact() {
        // Gain and loss over all that was gained and lost: 4 of 10, 9 of 12, 1 of 5, 7 of 20.
        for (up, down, level) in [(4, 6, 40.0), (9, 3, 75.0), (1, 4, 20.0), (7, 13, 35.0)] {
            let mut rsi = Rsi::new(2);
            let values = [100, 100 + up, 100 + up - down].map(|price| rsi.update(price));
            assert_eq!(values[2], Some(level), "{up} up and {down} down");
        }
    }
}
