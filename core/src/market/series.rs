//! The bars of one instrument and timeframe, by column. Knows nothing of files or databases.

use std::ops::Range;
use std::sync::Arc;

use super::calendar::Calendar;
use super::civil::is_weekend;
use super::timeframe::{Length, Timeframe};
use super::trading_days::TradingDays;
use super::units::Units;

/// The most weekdays in a row on which a market with sessions is closed for holidays.
const CLOSED_WEEKDAYS_MAX: i64 = 4;

/// One bar: what happened from its open time to the start of the next bucket. Prices are in ticks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Start of the bar, UTC milliseconds.
    pub open_time_ms: i64,
    /// First price.
    pub open: i64,
    /// Highest price.
    pub high: i64,
    /// Lowest price.
    pub low: i64,
    /// Last price.
    pub close: i64,
    /// Traded volume in the instrument's own unit; a measured figure, never money.
    pub volume: f64,
}

/// Bars by column, ascending in time. All columns have the same length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// Start of each bar, UTC milliseconds.
    pub open_time_ms: Vec<i64>,
    /// First price, ticks.
    pub open: Vec<i64>,
    /// Highest price, ticks.
    pub high: Vec<i64>,
    /// Lowest price, ticks.
    pub low: Vec<i64>,
    /// Last price, ticks.
    pub close: Vec<i64>,
    /// Traded volume.
    pub volume: Vec<f64>,
}

impl Columns {
    /// Columns with room for that many bars.
    pub fn with_capacity(bar_count: usize) -> Self {
        Self {
            open_time_ms: Vec::with_capacity(bar_count),
            open: Vec::with_capacity(bar_count),
            high: Vec::with_capacity(bar_count),
            low: Vec::with_capacity(bar_count),
            close: Vec::with_capacity(bar_count),
            volume: Vec::with_capacity(bar_count),
        }
    }

    /// How many bars there are.
    pub fn len(&self) -> usize {
        self.open_time_ms.len()
    }

    /// Whether there is no bar.
    pub fn is_empty(&self) -> bool {
        self.open_time_ms.is_empty()
    }

    /// The bar at `index`, which must be below [`Self::len`].
    #[inline]
    pub fn bar(&self, index: usize) -> Bar {
        Bar {
            open_time_ms: self.open_time_ms[index],
            open: self.open[index],
            high: self.high[index],
            low: self.low[index],
            close: self.close[index],
            volume: self.volume[index],
        }
    }

    /// The bars of a range, in order. Cheaper than one by one: the range is checked once.
    pub fn bars(&self, range: Range<usize>) -> impl Iterator<Item = Bar> {
        let times = self.open_time_ms[range.clone()].iter();
        let prices = self.open[range.clone()].iter().zip(&self.high[range.clone()]);
        let prices = prices.zip(self.low[range.clone()].iter().zip(&self.close[range.clone()]));
        let bars = times.zip(prices).zip(&self.volume[range]);
        bars.map(|((&open_time_ms, ((&open, &high), (&low, &close))), &volume)| Bar {
            open_time_ms,
            open,
            high,
            low,
            close,
            volume,
        })
    }

    /// Appends a bar; the caller keeps times ascending.
    pub fn push(&mut self, bar: Bar) {
        self.open_time_ms.push(bar.open_time_ms);
        self.open.push(bar.open);
        self.high.push(bar.high);
        self.low.push(bar.low);
        self.close.push(bar.close);
        self.volume.push(bar.volume);
    }
}

/// The bars of one instrument and timeframe, with what their integers mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// How long each bar lasts.
    pub timeframe: Timeframe,
    /// What a tick and a step are.
    pub units: Units,
    /// When the market is open.
    pub calendar: Calendar,
    /// Where its days begin.
    pub days: TradingDays,
    /// The bars.
    pub bars: Columns,
}

/// Where the bars of a series end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BarEnds {
    /// Each of them so many milliseconds after its open.
    After(i64),
    /// Each of them somewhere of its own.
    Listed(Arc<[i64]>),
}

impl BarEnds {
    /// Where the bar at `index` ends, which opens at `open_time_ms`.
    #[inline]
    pub fn end_ms(&self, index: usize, open_time_ms: i64) -> i64 {
        match self {
            Self::After(ms) => open_time_ms + ms,
            Self::Listed(ends) => ends[index],
        }
    }

    /// The first bar of the range that has not ended by that time, of bars that open then; the end
    /// of the range if all have.
    pub fn first_after(&self, open_time_ms: &[i64], range: Range<usize>, time_ms: i64) -> usize {
        let Range { start: mut first, end: mut beyond } = range;
        while first < beyond {
            let middle = first + (beyond - first) / 2;
            if self.end_ms(middle, open_time_ms[middle]) <= time_ms {
                first = middle + 1;
            } else {
                beyond = middle;
            }
        }
        first
    }
}

impl Series {
    /// The indices of the bars with `open_time >= start` and `end <= end`; `None` is open.
    pub fn range(&self, start_ms: Option<i64>, end_ms: Option<i64>) -> Range<usize> {
        let times = &self.bars.open_time_ms;
        let first = start_ms.map_or(0, |start| times.partition_point(|&time| time < start));
        let past = end_ms
            .map_or(times.len(), |end| times.partition_point(|&time| self.end_of(time) <= end));
        first..past.max(first)
    }

    /// Where the first bar starts; `None` without bars.
    pub fn first_open_ms(&self) -> Option<i64> {
        self.bars.open_time_ms.first().copied()
    }

    /// Where the last bar ends; `None` without bars.
    pub fn end_ms(&self) -> Option<i64> {
        self.bars.open_time_ms.last().map(|&time| self.end_of(time))
    }

    /// Where the bar at `index` ends, which must be below the count of bars.
    pub fn bar_end_ms(&self, index: usize) -> i64 {
        self.end_of(self.bars.open_time_ms[index])
    }

    /// Where all bars end, so that nobody who walks them asks a calendar for each.
    pub fn bar_ends(&self) -> BarEnds {
        let times = &self.bars.open_time_ms;
        match self.timeframe.length() {
            Length::Fixed(ms) if self.days.is_utc() => return BarEnds::After(ms),
            Length::Fixed(ms) if self.timeframe.is_intraday() && self.are_whole(ms) => {
                return BarEnds::After(ms);
            }
            _ => {}
        }
        BarEnds::Listed(times.iter().map(|&time| self.end_of(time)).collect())
    }

    /// Whether no day ends in the middle of one of its bars.
    fn are_whole(&self, duration_ms: i64) -> bool {
        let mut day_end_ms = i64::MIN;
        self.bars.open_time_ms.iter().all(|&time| {
            if time >= day_end_ms {
                day_end_ms = self.days.day_start_ms(self.days.day(time) + 1);
            }
            time + duration_ms <= day_end_ms
        })
    }

    fn end_of(&self, open_time_ms: i64) -> i64 {
        self.days.bucket(self.timeframe, open_time_ms).end
    }

    /// The places where bars are missing, as half-open times. Where the market has sessions, the
    /// time between two days is no gap, unless more weekdays are missing than a holiday has.
    pub fn gaps(&self) -> impl Iterator<Item = Range<i64>> + '_ {
        self.gaps_among(self.bars.open_time_ms.iter().copied())
    }

    /// The same among bars that open at these times, and are not in memory.
    pub fn gaps_among<'a>(
        &'a self,
        times_ms: impl Iterator<Item = i64> + 'a,
    ) -> impl Iterator<Item = Range<i64>> + 'a {
        // Every week and every month has a session.
        let may_close = self.calendar == Calendar::Sessions
            && matches!(self.timeframe.length(), Length::Fixed(_));
        let mut before = None;
        times_ms.filter_map(move |found| {
            let last = before.replace(found)?;
            let expected = self.end_of(last);
            let is_closed = || {
                let (last, next) = (self.days.day(last), self.days.day(found));
                may_close && last != next && weekdays_between(last, next) <= CLOSED_WEEKDAYS_MAX
            };
            (found != expected && !is_closed()).then_some(expected..found)
        })
    }
}

/// How many weekdays lie between two days.
fn weekdays_between(first: i64, last: i64) -> i64 {
    let days = (last - first - 1).max(0);
    let rest = (1..=days % 7).filter(|day| !is_weekend(first + day)).count();
    days / 7 * 5 + rest as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{DAY_MS, Decimal};

    fn minutes(open_minutes: &[i64]) -> Series {
        let mut bars = Columns::default();
        for minute in open_minutes {
            let price = 100;
            bars.push(Bar {
                open_time_ms: minute * 60_000,
                open: price,
                high: price,
                low: price,
                close: price,
                volume: 0.0,
            });
        }
        Series {
            timeframe: "1m".parse().unwrap(),
            units: Units::with_default_step(Decimal::ONE),
            calendar: Calendar::AlwaysOpen,
            days: TradingDays::UTC,
            bars,
        }
    }

    #[test]
    fn a_range_holds_bars_that_lie_wholly_inside() {
        let series = minutes(&[0, 1, 2, 3]);
        assert_eq!(series.range(None, None), 0..4);
        assert_eq!(series.range(Some(60_000), Some(180_000)), 1..3);
        assert_eq!(series.range(Some(60_001), Some(179_999)), 2..2);
        assert_eq!(series.range(Some(i64::MAX), Some(i64::MIN)), 4..4);
    }

    #[test]
    fn gaps_name_the_missing_time() {
        let series = minutes(&[0, 1, 4, 5]);
        assert!(series.gaps().eq(std::iter::once(120_000..240_000)));
    }

    #[test]
    fn holidays_of_a_market_with_sessions_are_no_gap_and_months_are_one() {
        let days = |days: &[i64]| {
            let minutes: Vec<i64> = days.iter().map(|day| day * 1_440).collect();
            let series = Series { calendar: Calendar::Sessions, ..minutes_of_days(&minutes) };
            series.gaps().map(|gap| gap.start / DAY_MS..gap.end / DAY_MS).collect::<Vec<_>>()
        };
        // 1970-01-05 was a Monday, day 4.
        assert_eq!(days(&[4, 5, 8, 11, 12]), []);
        assert_eq!(days(&[8, 11, 16]), [], "four weekdays of holidays");
        assert_eq!(
            days(&[8, 18]).first(),
            Some(&(9..18)),
            "a Friday, then the Monday after the next"
        );
        assert_eq!(days(&[8, 180]).first(), Some(&(9..180)));
    }

    fn minutes_of_days(open_minutes: &[i64]) -> Series {
        Series { timeframe: "1d".parse().unwrap(), ..minutes(open_minutes) }
    }

    #[test]
    fn weekdays_are_counted_over_whole_weeks_and_parts_of_them() {
        for first in 0..14 {
            for last in first + 1..first + 40 {
                let counted = (first + 1..last).filter(|day| !is_weekend(*day)).count() as i64;
                assert_eq!(weekdays_between(first, last), counted, "{first} {last}");
            }
        }
    }
}
