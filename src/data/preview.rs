//! What an import would store, to be looked at before it is: its ends bar by bar, and all of it as
//! far as a screen can show.

use std::ops::Range;

use super::chart::bars_at;
use super::spill::LongSeries;
use crate::market::{Series, resample_bars};

/// Bars of each end.
const ENDS: usize = 5;
/// Bars of the whole.
const CHART_BARS: usize = 500;

/// Parts of a series that is not stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The first bars.
    pub first: Series,
    /// The last bars.
    pub last: Series,
    /// All bars, at a timeframe at which they are few; without any if there is none such.
    pub chart: Series,
}

impl Preview {
    pub(super) fn of(series: &LongSeries) -> Self {
        let bars = series.bars.len();
        let part = |range: Range<usize>| Series {
            bars: series.bars.some(range.start, range.len()),
            ..series.head.clone()
        };
        let chart = if bars <= CHART_BARS { Some(part(0..bars)) } else { coarse(series) };
        Self {
            first: part(0..bars.min(ENDS)),
            last: part(bars.saturating_sub(ENDS)..bars),
            chart: chart.unwrap_or_else(|| part(0..0)),
        }
    }
}

/// All bars at the smallest multiple of their timeframe at which they are few.
fn coarse(series: &LongSeries) -> Option<Series> {
    let (head, times) = (&series.head, &series.bars.open_time_ms);
    let last_ms = times.last()?;
    // With fewer bars to one, they cannot fit.
    let mut fewest = times.len().div_ceil(CHART_BARS) as u64;
    loop {
        let (taken, timeframe) = head.days.merged(head.timeframe, fewest)?;
        if bars_at(times.iter(), timeframe, &head.days) <= CHART_BARS + 2 {
            let coarse = resample_bars(head, series.bars.bars(), last_ms, timeframe).ok()?;
            if coarse.bars.len() <= CHART_BARS {
                return Some(coarse);
            }
        }
        fewest = taken + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{Bar, Calendar, Columns, TradingDays, Units};

    fn minutes(count: i64) -> Series {
        let mut bars = Columns::default();
        for minute in 0..count {
            let (open_time_ms, close) = (minute * 60_000, minute + 1);
            let (open, high, low) = (close, close, close);
            bars.push(Bar { open_time_ms, open, high, low, close, volume: 1.0 });
        }
        let units = Units::with_default_step("0.01".parse().unwrap());
        let (timeframe, calendar) = ("1m".parse().unwrap(), Calendar::AlwaysOpen);
        Series { timeframe, units, calendar, days: TradingDays::UTC, bars }
    }

    #[test]
    fn a_preview_has_both_ends_and_all_of_the_bars_as_few() {
        let preview = Preview::of(&minutes(1_200).into());
        assert_eq!(preview.first.bars.close, [1, 2, 3, 4, 5]);
        assert_eq!(preview.last.bars.close, [1_196, 1_197, 1_198, 1_199, 1_200]);
        let chart = &preview.chart;
        assert_eq!((chart.timeframe.to_string(), chart.bars.len()), ("3m".to_owned(), 400));
        assert_eq!((chart.bars.open[0], chart.bars.close[399]), (1, 1_200));
        let few = Preview::of(&minutes(3).into());
        assert_eq!((few.first.bars.len(), &few.last, &few.chart), (3, &few.first, &few.first));
    }
}
