//! Confirmed swings of the price.

use super::{Atr, Indicator};
use crate::market::Bar;

/// The last swing high and the last swing low that are certain.
///
/// # Formula
///
/// A swing high is the highest high since the last swing low, confirmed by the first close that is
/// at least `max(depth x ATR, threshold x swing)` below it; from there on the lowest low is looked
/// for, and so on in turns. Of a bar that makes a new high only its close is known to come after
/// it. Until the first confirmation both are looked for. All in ticks.
///
/// # Example
///
/// ```
/// use tradeforge_core::indicator::{Indicator, ZigZag};
/// use tradeforge_core::market::Bar;
/// let bar = |price| Bar {
///     open_time_ms: 0, open: price, high: price, low: price, close: price, volume: 0.0,
/// };
/// let mut swings = ZigZag::new(1, 0.0, 0.1); // a tenth of the price confirms a swing
/// let last = [100, 120, 107].map(|price| swings.update(bar(price)))[2].unwrap();
/// assert_eq!((last.high, last.low), (Some(120), Some(100)));
/// ```
///
/// # Source
///
/// Arthur A. Merrill, Filtered Waves (1977), with Wilder's average true range as the filter.
#[derive(Clone, Debug)]
pub struct ZigZag {
    atr: Atr,
    depth: f64,
    threshold: f64,
    leg: Leg,
    /// Highest price since the last swing low, and the lowest price known to come after it.
    top: Peak,
    /// Lowest price since the last swing high, negated, and the highest after it, negated too.
    bottom: Peak,
    swings: Swings,
}

/// The swings known at one bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swings {
    /// The last confirmed swing high.
    pub high: Option<i64>,
    /// The last confirmed swing low.
    pub low: Option<i64>,
    /// Which of them was confirmed last.
    pub last: Option<Swing>,
    /// Whether that happened on this bar.
    pub is_new: bool,
}

/// A kind of swing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swing {
    /// A high.
    High,
    /// A low.
    Low,
}

#[derive(Clone, Copy, Debug)]
enum Leg {
    Unknown,
    Rising,
    Falling,
}

/// An extreme, and the counter-extreme known to come after it.
#[derive(Clone, Copy, Debug)]
struct Peak {
    value: i64,
    after: i64,
}

impl Peak {
    const NONE: Self = Self { value: i64::MIN, after: i64::MAX };

    #[inline]
    fn take(&mut self, high: i64, low: i64, close: i64) {
        if high > self.value {
            *self = Self { value: high, after: close };
        } else {
            self.after = self.after.min(low);
        }
    }
}

impl ZigZag {
    /// Swings confirmed by `depth` average true ranges over `atr_length` bars, or by `threshold`
    /// as a fraction of the swing's price if that is more.
    pub fn new(atr_length: usize, depth: f64, threshold: f64) -> Self {
        Self {
            atr: Atr::new(atr_length),
            depth,
            threshold,
            leg: Leg::Unknown,
            top: Peak::NONE,
            bottom: Peak::NONE,
            swings: Swings::default(),
        }
    }

    /// Whether a price so far from the swing confirms it.
    #[inline]
    fn confirms(&self, distance: i64, swing: i64, atr: f64) -> bool {
        distance as f64 >= (self.depth * atr).max(self.threshold * swing as f64)
    }

    fn confirm_high(&mut self) {
        self.leg = Leg::Falling;
        self.bottom = Peak { value: -self.top.after, after: i64::MAX };
        self.swings = Swings {
            high: Some(self.top.value),
            last: Some(Swing::High),
            is_new: true,
            ..self.swings
        };
    }

    fn confirm_low(&mut self) {
        self.leg = Leg::Rising;
        self.top = Peak { value: -self.bottom.after, after: i64::MAX };
        self.swings = Swings {
            low: Some(-self.bottom.value),
            last: Some(Swing::Low),
            is_new: true,
            ..self.swings
        };
    }
}

impl Indicator for ZigZag {
    type Input = Bar;
    type Output = Swings;

    #[inline]
    fn update(&mut self, bar: Bar) -> Option<Swings> {
        let atr = self.atr.update(bar);
        self.swings.is_new = false;
        if !matches!(self.leg, Leg::Falling) {
            self.top.take(bar.high, bar.low, bar.close);
        }
        if !matches!(self.leg, Leg::Rising) {
            self.bottom.take(-bar.low, -bar.high, -bar.close);
        }
        let atr = atr?;
        let (high, low) = (self.top.value, -self.bottom.value);
        let fell = !matches!(self.leg, Leg::Falling) && self.confirms(high - bar.close, high, atr);
        let rose = !matches!(self.leg, Leg::Rising) && self.confirms(bar.close - low, low, atr);
        if fell {
            self.confirm_high();
        } else if rose {
            self.confirm_low();
        }
        Some(self.swings)
    }
}

#[cfg(test)]
mod tests {
    use super::super::contract;
    use super::*;
    use proptest::prelude::*;

    fn bar(high: i64, low: i64, close: i64) -> Bar {
        Bar { open_time_ms: 0, open: close, high, low, close, volume: 0.0 }
    }

    #[test]
    fn keeps_the_contract() {
        for length in [1, 2, 14] {
            contract::holds(|| ZigZag::new(length, 3.0, 0.005), length);
        }
    }

    #[test]
    fn swings_take_turns() {
        let mut zigzag = ZigZag::new(1, 0.0, 0.1);
        let mut confirmed = Vec::new();
        for price in [100, 120, 107, 95, 90, 100, 130, 117] {
            let swings = zigzag.update(bar(price, price, price)).unwrap();
            if swings.is_new {
                confirmed.push((swings.last.unwrap(), swings.high, swings.low));
            }
        }
        assert_eq!(
            confirmed,
            [
                (Swing::Low, None, Some(100)),
                (Swing::High, Some(120), Some(100)),
                (Swing::Low, Some(120), Some(90)),
                (Swing::High, Some(130), Some(90)),
            ]
        );
    }

    #[test]
    fn only_a_close_confirms_a_swing_on_the_bar_that_made_it() {
        let mut zigzag = ZigZag::new(1, 0.0, 0.1);
        zigzag.update(bar(100, 100, 100));
        assert_eq!(zigzag.update(bar(109, 95, 100)).unwrap().last, None);
        assert_eq!(zigzag.update(bar(108, 98, 98)).unwrap().high, Some(109));
    }

    proptest! {
        #[test]
        fn a_swing_high_is_above_the_swing_low_beside_it(
            prices in prop::collection::vec(50_i64..150, 2..200),
        ) {
            let mut zigzag = ZigZag::new(3, 1.0, 0.02);
            for pair in prices.windows(2) {
                let (high, low) = (pair[0].max(pair[1]), pair[0].min(pair[1]));
                let swings = zigzag.update(bar(high, low, pair[1])).unwrap_or_default();
                if let (Some(high), Some(low)) = (swings.high, swings.low) {
                    prop_assert!(high > low);
                }
            }
        }
    }
}
