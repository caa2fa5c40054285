//! What the market did from day to day: the returns that holding it all the time would have had.

use std::ops::Range;

use super::feed::Feed;
use crate::market::{BarEnds, Series};

/// The return of each day of these bars, given when the days ended: the last close over that of the
/// day before, less one, so nothing where no bar ended. The first day counts from the first open;
/// `None` until a bar has ended.
pub(super) fn day_returns(
    series: &Series,
    ends: &BarEnds,
    range: Range<usize>,
    ends_ms: &[i64],
) -> impl Iterator<Item = Option<f64>> {
    let bars = &series.bars;
    let mut before = bars.open.get(range.start).copied();
    let mut next = range.start;
    ends_ms.iter().map(move |&end_ms| {
        next = ends.first_after(&bars.open_time_ms, next..range.end, end_ms);
        if next == range.start {
            return None;
        }
        let close = bars.close[next - 1];
        let base = before.replace(close).unwrap_or(close);
        Some((close - base) as f64 / base as f64)
    })
}

/// The same of what is traded: the mean over the instruments that have begun.
pub(super) fn market_days(feeds: &[Feed<'_>], ends_ms: &[i64]) -> Vec<f64> {
    let mut sums = vec![(0.0, 0_usize); ends_ms.len()];
    for feed in feeds.iter().filter(|feed| feed.executes) {
        let counted = feed.first..feed.range.end;
        let returns = day_returns(feed.series, &feed.ends, counted, ends_ms);
        for (sum, day) in sums.iter_mut().zip(returns) {
            if let Some(day) = day {
                *sum = (sum.0 + day, sum.1 + 1);
            }
        }
    }
    sums.into_iter().map(|(sum, count)| if count == 0 { 0.0 } else { sum / count as f64 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Subscribed;
    use crate::engine::feed::place;
    use crate::market::{Bar, Calendar, Columns, DAY_MS, Decimal, Instrument, TradingDays, Units};

    /// Bars of six hours: open time in quarters of a day, open and close.
    fn series(bars: &[(i64, i64, i64)]) -> Series {
        let mut columns = Columns::default();
        for &(quarter, open, close) in bars {
            let (high, low) = (open.max(close), open.min(close));
            let open_time_ms = quarter * DAY_MS / 4;
            columns.push(Bar { open_time_ms, open, high, low, close, volume: 0.0 });
        }
        Series {
            timeframe: "6h".parse().unwrap(),
            units: Units { price_tick: Decimal::ONE, quantity_step: Decimal::ONE },
            calendar: Calendar::AlwaysOpen,
            days: TradingDays::UTC,
            bars: columns,
        }
    }

    fn returns(series: &[Series], days: &[i64]) -> Vec<f64> {
        let instruments: Vec<_> =
            (0..series.len()).map(|n| Instrument::new("TEST", &format!("N{n}")).unwrap()).collect();
        let subscribed: Vec<_> = instruments
            .iter()
            .zip(series)
            .map(|(instrument, series)| Subscribed {
                instrument,
                series,
                range: 0..series.bars.len(),
            })
            .collect();
        let ends: Vec<_> = days.iter().map(|day| day * DAY_MS).collect();
        market_days(&place(&subscribed), &ends)
    }

    #[test]
    fn the_first_day_counts_from_the_first_open_and_a_day_without_bars_brings_nothing() {
        let one = series(&[(0, 100, 105), (3, 105, 110), (4, 110, 99), (12, 90, 198)]);
        assert_eq!(returns(&[one], &[1, 2, 3, 4]), [0.1, -0.1, 0.0, 1.0]);
    }

    #[test]
    fn instruments_count_alike_from_their_first_bar_on() {
        let one = series(&[(0, 100, 110), (4, 110, 99)]);
        let other = series(&[(5, 200, 280)]);
        let [first, second] = returns(&[one, other], &[1, 2])[..] else { panic!("two days") };
        assert!(first == 0.1 && (second - 0.15).abs() < 1e-15, "{first} {second}");
    }
}
