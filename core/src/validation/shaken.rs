//! Bars with noise on their prices: what a result owes to the very prices that were quoted.
//!
//! All four prices of a bar are multiplied by the same factor `exp(e)`, with `e` normal around 0
//! and so many times as wide as the returns of the bars are spread. So a bar keeps its shape, and
//! the noise of one bar is taken back by the next: there is no drift in it.

use std::ops::Range;

use super::normal::normal_quantile;
use crate::market::Columns;
use crate::metrics::deviation;
use crate::sweep::mix;

/// Told apart from the draws of days of the same seed.
const STREAM: u64 = 0x5368_616b_656e_3031;
/// The spacing of the doubles that 53 random bits can be mapped to.
const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;

/// Which noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shaking {
    /// How wide it is, in parts of the standard deviation of the bars' returns.
    pub part: f64,
    /// What the randomness follows from.
    pub seed: u64,
    /// One of many draws of that seed.
    pub draw: u64,
}

impl Shaking {
    /// The bars with noise on those of `range`; times and volumes stay as they are.
    ///
    /// Prices are rounded to ticks one by one, and are at least one.
    pub fn of(self, bars: &Columns, range: Range<usize>) -> Columns {
        let mut shaken = bars.clone();
        let log_return = |pair: &[i64]| libm::log(pair[1] as f64 / pair[0] as f64);
        let returns: Vec<f64> = bars.close[range.clone()].windows(2).map(log_return).collect();
        let Some(width) = deviation(&returns).map(|spread| spread * self.part) else {
            return shaken;
        };
        let stream = mix(mix(self.seed ^ STREAM).wrapping_add(self.draw));
        for (place, index) in range.enumerate() {
            let word = mix(stream.wrapping_add(place as u64));
            // The middle of its spacing: never 0, never 1.
            let chance = ((word >> 11) as f64 + 0.5) * UNIT;
            let factor = libm::exp(width * normal_quantile(chance));
            let ticks = |price: i64| ((price as f64 * factor).round() as i64).max(1);
            shaken.open[index] = ticks(bars.open[index]);
            shaken.high[index] = ticks(bars.high[index]);
            shaken.low[index] = ticks(bars.low[index]);
            shaken.close[index] = ticks(bars.close[index]);
        }
        shaken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Bar;
    use crate::validation::noise::normals;

    fn bars(count: usize) -> Columns {
        let mut columns = Columns::default();
        let mut close = 1_000_000.0_f64;
        for (index, change) in normals(3, count).enumerate() {
            let open = close;
            close *= 1.0 + 0.01 * change;
            columns.push(Bar {
                open_time_ms: index as i64 * 3_600_000,
                open: open as i64,
                high: (open.max(close) * 1.002) as i64,
                low: (open.min(close) * 0.998) as i64,
                close: close as i64,
                volume: index as f64,
            });
        }
        columns
    }

    const TENTH: Shaking = Shaking { part: 0.1, seed: 4, draw: 2 };

    fn log_ratios(before: &Columns, after: &Columns) -> Vec<f64> {
        let pairs = before.close.iter().zip(&after.close);
        pairs.map(|(before, after)| (*after as f64 / *before as f64).ln()).collect()
    }

    #[test]
    fn noise_is_as_wide_as_asked_and_has_no_drift() {
        let before = bars(5_000);
        let after = TENTH.of(&before, 0..5_000);
        let noise = log_ratios(&before, &after);
        let mean = noise.iter().sum::<f64>() / 5_000.0;
        let spread = deviation(&noise).unwrap();
        assert!(mean.abs() < 5e-5, "{mean}");
        assert!((spread / 0.001 - 1.0).abs() < 0.05, "a tenth of one percent: {spread}");
    }

    #[test]
    fn bars_remain_bars_and_what_lies_outside_stays() {
        let before = bars(400);
        let after = Shaking { part: 1.0, ..TENTH }.of(&before, 100..350);
        assert_eq!((&after.open_time_ms, &after.volume), (&before.open_time_ms, &before.volume));
        for index in (0..100).chain(350..400) {
            assert_eq!(after.bar(index), before.bar(index));
        }
        for index in 100..350 {
            let bar = after.bar(index);
            assert_ne!(bar, before.bar(index));
            assert!(bar.low <= bar.open.min(bar.close) && bar.high >= bar.open.max(bar.close));
        }
    }

    #[test]
    fn noise_follows_from_seed_and_draw_alone() {
        let before = bars(60);
        let of = |shaking: Shaking| shaking.of(&before, 0..60);
        assert_eq!(of(TENTH), of(TENTH));
        assert_ne!(of(TENTH), of(Shaking { draw: 3, ..TENTH }));
        assert_ne!(of(TENTH), of(Shaking { seed: 5, ..TENTH }));
        assert_eq!(of(Shaking { part: 0.0, ..TENTH }), before);
    }

    #[test]
    fn few_bars_and_prices_near_nothing_stay_what_they_are() {
        let mut low = bars(30);
        for column in [&mut low.open, &mut low.high, &mut low.low, &mut low.close] {
            column.fill(1);
        }
        assert_eq!(TENTH.of(&low, 0..30), low);
        assert_eq!(TENTH.of(&low, 4..5), low);
        assert_eq!(TENTH.of(&low, 4..4), low);
    }
}
