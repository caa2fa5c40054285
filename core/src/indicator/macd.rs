//! Moving average convergence and divergence.

use super::{Ema, Indicator};

/// The difference of two exponential averages, and its own average.
///
/// # Formula
///
/// `line = EMA(fast) - EMA(slow)` of the price, from the bar on where both are defined;
/// `signal = EMA(signal)` of the line, seeded with the plain mean of its first values.
///
/// # Example
///
/// ```
/// use tradeforge_core::indicator::{Indicator, Macd};
/// let mut macd = Macd::new(1, 2, 1);
/// assert_eq!(macd.update(10), None);
/// let value = macd.update(14).unwrap();
/// assert_eq!((value.line, value.signal), (2.0, 2.0));
/// ```
///
/// # Source
///
/// Gerald Appel, Technical Analysis: Power Tools for Active Investors (2005), chapter 8.
#[derive(Clone, Debug)]
pub struct Macd {
    fast: Ema,
    slow: Ema,
    signal: Ema,
}

/// Both lines at one bar, in ticks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MacdLines {
    /// Fast average less slow average.
    pub line: f64,
    /// The average of the line.
    pub signal: f64,
}

impl Macd {
    /// Averages over that many prices, the signal over that many values of the line.
    pub fn new(fast: usize, slow: usize, signal: usize) -> Self {
        Self { fast: Ema::new(fast), slow: Ema::new(slow), signal: Ema::new(signal) }
    }
}

impl Indicator for Macd {
    type Input = i64;
    type Output = MacdLines;

    #[inline]
    fn update(&mut self, price: i64) -> Option<MacdLines> {
        let fast = self.fast.update(price);
        let slow = self.slow.update(price);
        let line = fast? - slow?;
        let signal = self.signal.smooth(line)?;
        Some(MacdLines { line, signal })
    }
}

#[cfg(test)]
mod tests {
    use super::super::contract;
    use super::*;

    #[test]
    fn keeps_the_contract() {
        for (fast, slow, signal) in [(1, 2, 1), (12, 26, 9), (5, 3, 4)] {
            contract::holds(|| Macd::new(fast, slow, signal), fast.max(slow) + signal - 1);
        }
    }

    #[test]
    fn in_a_still_market_both_lines_are_zero() {
        let mut macd = Macd::new(2, 4, 3);
        let last = (0..9).fold(None, |_, _| macd.update(1_000));
        assert_eq!(last, Some(MacdLines { line: 0.0, signal: 0.0 }));
    }
}
