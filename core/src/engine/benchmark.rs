//! The bars of another market that a run is measured against, and never sees.

use std::ops::Range;
use std::sync::Arc;

use crate::market::{BarEnds, Series};

/// Bars of a benchmark over the span of a run.
#[derive(Clone, Debug)]
pub struct Benchmark {
    series: Arc<Series>,
    range: Range<usize>,
    ends: BarEnds,
}

impl Benchmark {
    /// Those bars of the series that open and end in the span.
    pub fn new(series: Arc<Series>, (start_ms, end_ms): (i64, i64)) -> Self {
        let range = series.range(Some(start_ms), Some(end_ms));
        Self { ends: series.bar_ends(), range, series }
    }

    /// The return of each day, given when the days ended: its last close over that of the day
    /// before, less one. The first day counts from the first open; a day without a bar has none.
    pub(super) fn days(&self, ends_ms: &[i64]) -> Vec<f64> {
        let bars = &self.series.bars;
        let mut before = bars.open.get(self.range.start).copied();
        let mut next = self.range.start;
        let mut return_until = |&end_ms: &i64| {
            let first = next;
            next = self.first_ending_after(end_ms, first);
            if next == first {
                return 0.0;
            }
            let close = bars.close[next - 1];
            let base = before.replace(close).unwrap_or(close);
            (close - base) as f64 / base as f64
        };
        ends_ms.iter().map(&mut return_until).collect()
    }

    fn first_ending_after(&self, time_ms: i64, from: usize) -> usize {
        let times = &self.series.bars.open_time_ms;
        let (mut first, mut beyond) = (from, self.range.end);
        while first < beyond {
            let middle = first + (beyond - first) / 2;
            if self.ends.end_ms(middle, times[middle]) <= time_ms {
                first = middle + 1;
            } else {
                beyond = middle;
            }
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{Bar, Calendar, Columns, DAY_MS, Decimal, TradingDays, Units};

    #[test]
    fn days_go_from_close_to_close_and_the_first_from_its_open() {
        let mut bars = Columns::default();
        // Two bars a day: day 0 is before the span, day 2 has none.
        for (half, open, close) in [(0, 50, 60), (2, 100, 90), (3, 90, 110), (6, 120, 55)] {
            let (high, low) = (open.max(close), open.min(close));
            let open_time_ms = half * DAY_MS / 2;
            bars.push(Bar { open_time_ms, open, high, low, close, volume: 0.0 });
        }
        let series = Series {
            timeframe: "12h".parse().unwrap(),
            units: Units::with_default_step(Decimal::ONE),
            calendar: Calendar::AlwaysOpen,
            days: TradingDays::UTC,
            bars,
        };
        let benchmark = Benchmark::new(Arc::new(series), (DAY_MS, 9 * DAY_MS));
        let ends = [2, 3, 4, 5].map(|day| day * DAY_MS);
        assert_eq!(benchmark.days(&ends), [0.1, 0.0, -0.5, 0.0]);
    }
}
