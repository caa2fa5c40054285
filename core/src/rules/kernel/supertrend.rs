//! The supertrend.

use super::average::Wilder;
use super::{NONE, finite};

/// Bands of some average true ranges about the middle of the bar, of which only the one behind the
/// trend counts, and never moves away from the price.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Supertrend {
    factor: f64,
    tells_side: bool,
    range: Wilder,
    close_before: f64,
    /// Upper and lower band, and the side.
    bands: Option<(f64, f64, f64)>,
}

impl Supertrend {
    pub(super) fn new(factor: f64, length: usize, tells_side: bool) -> Self {
        let range = Wilder::new(length);
        Self { factor, tells_side, range, close_before: NONE, bands: None }
    }

    pub(super) fn step(&mut self, high: f64, low: f64, close: f64) -> f64 {
        if high.is_nan() || low.is_nan() || close.is_nan() {
            return NONE;
        }
        let before = std::mem::replace(&mut self.close_before, close);
        // Until there is a close before, the range is the bar's own.
        let before = if before.is_nan() { low } else { before };
        let range = self.range.step(high.max(before) - low.min(before));
        if range.is_nan() {
            return NONE;
        }
        let middle = f64::midpoint(high, low);
        let (up, down) = (middle + self.factor * range, middle - self.factor * range);
        let (upper, lower, side) = match self.bands {
            None => (up, down, 1.0),
            Some((upper, lower, side)) => (
                if up < upper || before > upper { up } else { upper },
                if down > lower || before < lower { down } else { lower },
                side_of(close, upper, lower, side),
            ),
        };
        self.bands = Some((upper, lower, side));
        match (self.tells_side, side > 0.0) {
            (true, _) => side,
            (false, true) => finite(lower),
            (false, false) => finite(upper),
        }
    }
}

fn side_of(close: f64, upper: f64, lower: f64, side: f64) -> f64 {
    if close > upper {
        1.0
    } else if close < lower {
        -1.0
    } else {
        side
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_side_changes_when_the_close_leaves_the_band_of_the_bar_before() {
        let bars = [(10.0, 8.0, 9.0), (10.0, 8.0, 9.0), (6.0, 3.0, 4.0), (6.0, 4.0, 5.0)];
        let read = |tells_side| {
            let mut trend = Supertrend::new(1.0, 1, tells_side);
            bars.map(|(high, low, close)| trend.step(high, low, close))
        };
        assert_eq!(read(true), [1.0, 1.0, -1.0, -1.0]);
        // Lower band 7, then 4.5 + 6 = 10.5 against an upper one of 11.
        assert_eq!(read(false)[..3], [7.0, 7.0, 10.5]);
    }
}
