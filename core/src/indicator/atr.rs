//! Average true range.

use super::Indicator;
use crate::market::Bar;

/// Wilder's average of the true range, in ticks: how far a bar usually goes.
///
/// # Formula
///
/// `TR_t = max(high - low, |high - close_(t-1)|, |low - close_(t-1)|)`, the first one `high - low`;
/// `ATR_t = (ATR_(t-1) (length - 1) + TR_t) / length`, seeded with the plain mean of the first
/// `length` true ranges. Evaluated in doubles, in this order of operations.
///
/// # Example
///
/// ```
/// use tradeforge_core::indicator::{Atr, Indicator};
/// use tradeforge_core::market::Bar;
/// let bar = |high, low, close| Bar { open_time_ms: 0, open: low, high, low, close, volume: 0.0 };
/// let mut atr = Atr::new(2);
/// assert_eq!(atr.update(bar(12, 10, 11)), None);
/// assert_eq!(atr.update(bar(15, 14, 15)), Some(3.0)); // (2 + (15 - 11)) / 2
/// ```
///
/// # Source
///
/// J. Welles Wilder, New Concepts in Technical Trading Systems (1978), section III.
#[derive(Clone, Debug)]
pub struct Atr {
    length: f64,
    ranges_to_seed: usize,
    close_before: Option<i64>,
    /// The sum of the ranges while seeding, the average afterwards.
    average: f64,
}

impl Atr {
    /// An average over `length` ranges, at least one.
    pub fn new(length: usize) -> Self {
        let length = length.max(1);
        Self { length: length as f64, ranges_to_seed: length, close_before: None, average: 0.0 }
    }
}

/// How far the price went since the close before.
#[inline]
fn true_range(bar: &Bar, close_before: Option<i64>) -> i64 {
    let close = close_before.unwrap_or(bar.low);
    bar.high.max(close) - bar.low.min(close)
}

impl Indicator for Atr {
    type Input = Bar;
    type Output = f64;

    #[inline]
    fn update(&mut self, bar: Bar) -> Option<f64> {
        let range = true_range(&bar, self.close_before.replace(bar.close)) as f64;
        if self.ranges_to_seed == 0 {
            self.average = (self.average * (self.length - 1.0) + range) / self.length;
            return Some(self.average);
        }
        self.average += range;
        self.ranges_to_seed -= 1;
        if self.ranges_to_seed > 0 {
            return None;
        }
        self.average /= self.length;
        Some(self.average)
    }
}

#[cfg(test)]
mod tests {
    use super::super::contract;
    use super::*;

    #[test]
    fn keeps_the_contract() {
        for length in [1, 2, 14] {
            contract::holds(|| Atr::new(length), length);
        }
    }

    #[test]
    fn a_gap_is_part_of_the_range() {
        let bar =
            |high, low| Bar { open_time_ms: 0, open: low, high, low, close: low, volume: 0.0 };
        assert_eq!(true_range(&bar(12, 10), None), 2);
        assert_eq!(true_range(&bar(12, 10), Some(20)), 10);
        assert_eq!(true_range(&bar(12, 10), Some(5)), 7);
    }

    #[test]
    fn smoothing_is_that_of_wilder() {
        let bar = |range: i64| Bar {
            open_time_ms: 0,
            open: 100,
            high: 100 + range,
            low: 100,
            close: 100,
            volume: 0.0,
        };
        let mut atr = Atr::new(2);
        assert_eq!([4, 2, 9].map(|range| atr.update(bar(range))), [None, Some(3.0), Some(6.0)]);
    }
}
