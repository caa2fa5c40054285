//! Confirmed swings.

use super::NONE;
use crate::indicator::{Indicator, ZigZag};
use crate::market::Bar;

/// The last swing that [`ZigZag`] is certain of.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Swing {
    swings: ZigZag,
    is_high: bool,
}

impl Swing {
    pub(super) fn new(depth: f64, threshold: f64, length: usize, is_high: bool) -> Self {
        Self { swings: ZigZag::new(length, depth, threshold), is_high }
    }

    /// Prices are whole ticks.
    pub(super) fn step(&mut self, high: f64, low: f64, close: f64) -> f64 {
        if high.is_nan() || low.is_nan() || close.is_nan() {
            return NONE;
        }
        let (high, low, close) = (high as i64, low as i64, close as i64);
        let bar = Bar { open_time_ms: 0, open: close, high, low, close, volume: 0.0 };
        let swings = self.swings.update(bar);
        let last = swings.and_then(|swings| if self.is_high { swings.high } else { swings.low });
        last.map_or(NONE, |price| price as f64)
    }
}
