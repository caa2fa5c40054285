//! The bars of another market that a run is measured against, and never sees.

use std::ops::Range;
use std::sync::Arc;

use super::market_days::day_returns;
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

    /// The return of each day, given when the days ended; 0 on those before its first bar.
    pub(super) fn days(&self, ends_ms: &[i64]) -> Vec<f64> {
        let days = day_returns(&self.series, &self.ends, self.range.clone(), ends_ms);
        days.map(|day| day.unwrap_or(0.0)).collect()
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
