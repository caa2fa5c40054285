//! Bars in another order: what the market would have been if nothing in it followed from what was
//! before (Masters 2018, "Permutation and Randomization Tests for Trading System Development").
//!
//! The first bar stays. The **gaps** from a close to the next open are shuffled, and apart from
//! them the **shapes** of bars within themselves, with their volumes; prices follow by multiplying
//! all of it up from the first close. So the end is where it was, as are spread and drift; what is
//! gone is the order. If a search finds as much in it as in the bars themselves, it found luck.

use std::ops::Range;

use crate::market::{Bar, Columns};
use crate::sweep::mix;

/// Told apart from the draws of the bootstrap of the same seed.
const STREAM: u64 = 0x5065_726d_7574_6531;

/// Which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reordering {
    /// What the randomness follows from.
    pub seed: u64,
    /// One of many orders of that seed.
    pub draw: u64,
}

/// A bar within itself, as parts of its open.
#[derive(Clone, Copy)]
struct Shape {
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
}

impl Reordering {
    /// The bars with those of `range` in another order; times stay where they are.
    ///
    /// Prices are rounded to ticks one by one and are at least one, so that no error adds up.
    pub fn of(self, bars: &Columns, range: Range<usize>) -> Columns {
        let mut reordered = bars.clone();
        let Some(first) = range.clone().next() else { return reordered };
        let later = first + 1..range.end;
        let mut gaps: Vec<f64> = later
            .clone()
            .map(|index| bars.open[index] as f64 / bars.close[index - 1] as f64)
            .collect();
        let mut shapes: Vec<Shape> =
            later.clone().map(|index| Shape::of(&bars.bar(index))).collect();
        self.shuffle(0, &mut gaps);
        self.shuffle(1, &mut shapes);
        let mut close = bars.close[first] as f64;
        for ((index, gap), shape) in later.zip(gaps).zip(shapes) {
            let open = close * gap;
            close = open * shape.close;
            let (opened, closed) = (ticks(open), ticks(close));
            reordered.open[index] = opened;
            reordered.close[index] = closed;
            reordered.high[index] = ticks(open * shape.high).max(opened).max(closed);
            reordered.low[index] = ticks(open * shape.low).min(opened).min(closed);
            reordered.volume[index] = shape.volume;
        }
        reordered
    }

    /// Fisher and Yates, by random numbers that are looked up.
    fn shuffle<T>(self, lane: u64, values: &mut [T]) {
        let stream = mix(mix(self.seed ^ STREAM).wrapping_add(self.draw));
        for place in (1..values.len()).rev() {
            let word = mix(stream.wrapping_add(2 * place as u64 + lane));
            let other = (u128::from(word) * (place as u128 + 1)) >> 64;
            values.swap(place, other as usize);
        }
    }
}

impl Shape {
    fn of(bar: &Bar) -> Self {
        let part = |price: i64| price as f64 / bar.open as f64;
        let (high, low, close) = (part(bar.high), part(bar.low), part(bar.close));
        Self { high, low, close, volume: bar.volume }
    }
}

/// A price in whole ticks; one at least, since a market does not end.
fn ticks(price: f64) -> i64 {
    (price.round() as i64).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::noise::normals;

    /// Bars whose closes move by those parts of a thousandth, with gaps and shadows of their own.
    fn bars(moves: &[f64], seed: u64) -> Columns {
        let mut columns = Columns::default();
        let mut close = 1_000_000.0_f64;
        let others: Vec<f64> = normals(seed + 500_000, 3 * moves.len()).collect();
        for (index, change) in moves.iter().enumerate() {
            let open = close * (1.0 + 0.0002 * others[3 * index]);
            close = open * (1.0 + 0.001 * change);
            let above = 1.0 + 0.0005 * others[3 * index + 1].abs();
            let below = 1.0 - 0.0005 * others[3 * index + 2].abs();
            columns.push(Bar {
                open_time_ms: index as i64 * 3_600_000,
                open: ticks(open),
                high: ticks(open.max(close) * above),
                low: ticks(open.min(close) * below),
                close: ticks(close),
                volume: index as f64,
            });
        }
        columns
    }

    fn noise(seed: u64, count: usize) -> Columns {
        bars(&normals(seed, count).collect::<Vec<_>>(), seed)
    }

    #[test]
    fn the_ends_the_times_and_what_lies_outside_stay_and_bars_remain_bars() {
        let before = noise(3, 400);
        let order = Reordering { seed: 7, draw: 2 };
        let after = order.of(&before, 100..350);
        assert_eq!(after.open_time_ms, before.open_time_ms);
        for outside in (0..=100).chain(350..400) {
            assert_eq!(after.bar(outside), before.bar(outside));
        }
        let (found, kept) = (after.close[349], before.close[349]);
        assert!((found - kept).abs() < kept / 10_000, "{found} {kept}");
        assert_ne!(after.close, before.close);
        for index in 0..400 {
            let bar = after.bar(index);
            assert!(bar.low <= bar.open.min(bar.close) && bar.high >= bar.open.max(bar.close));
        }
        let sorted = |columns: &Columns| {
            let mut volumes = columns.volume.clone();
            volumes.sort_by(f64::total_cmp);
            volumes
        };
        assert_eq!(sorted(&after), sorted(&before), "every bar is there once");
    }

    #[test]
    fn an_order_follows_from_seed_and_draw_alone() {
        let before = noise(5, 60);
        let of = |seed, draw| Reordering { seed, draw }.of(&before, 0..60);
        assert_eq!(of(1, 4), of(1, 4));
        assert_ne!(of(1, 4), of(1, 5));
        assert_ne!(of(1, 4), of(2, 4));
        // A change of these is a change of every result.
        let places: Vec<f64> = of(1, 0).volume[1..10].to_vec();
        assert_eq!(places, [48.0, 32.0, 38.0, 3.0, 26.0, 2.0, 59.0, 53.0, 17.0]);
    }

    #[test]
    fn a_price_near_nothing_stays_a_price_and_few_bars_stay_as_they_are() {
        let mut low = noise(2, 30);
        for column in [&mut low.open, &mut low.high, &mut low.low, &mut low.close] {
            for price in column {
                *price = 1 + *price % 2;
            }
        }
        let order = Reordering { seed: 1, draw: 1 };
        let after = order.of(&low, 0..30);
        assert!(after.low.iter().all(|price| *price >= 1));
        assert_eq!(order.of(&low, 4..5), low);
        assert_eq!(order.of(&low, 4..4), low);
    }

    /// What the best of ten rules earns that follow or fade the move of so many bars before.
    fn best_of_rules(bars: &Columns) -> f64 {
        let moves: Vec<f64> =
            bars.close.windows(2).map(|pair| pair[1] as f64 / pair[0] as f64 - 1.0).collect();
        let of_lag = |lag: usize| {
            let earned = |at: usize| moves[at - lag].signum() * moves[at];
            (lag..moves.len()).map(earned).sum::<f64>().abs()
        };
        (1..=5).map(of_lag).fold(0.0, f64::max)
    }

    fn p_of(bars: &Columns, seed: u64) -> f64 {
        let best = best_of_rules(bars);
        let reached = |draw: &u64| {
            let reordered = Reordering { seed, draw: *draw }.of(bars, 0..bars.len());
            best_of_rules(&reordered) >= best
        };
        (1 + (0..99).filter(reached).count()) as f64 / 100.0
    }

    #[test]
    fn of_bars_that_hold_nothing_every_p_is_as_likely_as_any_other() {
        let mut p: Vec<f64> = (0..200).map(|seed| p_of(&noise(seed, 80), seed)).collect();
        p.sort_unstable_by(f64::total_cmp);
        let count = p.len() as f64;
        let distance = p.iter().enumerate().map(|(place, p)| {
            let place = place as f64;
            (p - place / count).abs().max(((place + 1.0) / count - p).abs())
        });
        let greatest = distance.fold(0.0, f64::max);
        // Kolmogorov and Smirnov, at one in a hundred.
        assert!(greatest < 1.628 / count.sqrt(), "{greatest} {p:?}");
    }

    #[test]
    fn what_follows_from_the_bar_before_is_found() {
        let shocks: Vec<f64> = normals(9, 200).collect();
        let mut before = 0.0;
        let follow = |shock: &f64| {
            before = 0.5 * before + shock;
            before
        };
        let trending = bars(&shocks.iter().map(follow).collect::<Vec<_>>(), 9);
        assert_eq!(p_of(&trending, 0), 0.01);
    }
}
