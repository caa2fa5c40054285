//! The buckets that bars of one series open with: which times begin one, where it ends, and which
//! holds a day. All that is known here of days and zones stands in this file.

use std::ops::Range;

use jiff::tz::TimeZone;

use super::declared::Declared;
use super::time::{TimeError, zone_named};
use crate::data::spill::WordColumn;
use crate::market::{DAY_MS, Timeframe, TradingDays};

/// The buckets of a series.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grid {
    timeframe: Timeframe,
    days: TradingDays,
    is_day_start_open: bool,
}

const MINUTE_MS: i64 = 60_000;
/// Saturday and Sunday, counted from Thursday, which 1970-01-01 was.
const WEEKEND: Range<i64> = 2..4;

impl Grid {
    pub(super) fn of(declared: &Declared) -> Self {
        let Declared { timeframe, is_day_start_open, .. } = *declared;
        Self { timeframe, days: declared.days.clone(), is_day_start_open }
    }

    /// The buckets of that timeframe on days of UTC.
    pub(super) const fn utc(timeframe: Timeframe) -> Self {
        Self { timeframe, days: TradingDays::UTC, is_day_start_open: true }
    }

    /// The same days with buckets in which every time stays where it is.
    pub(super) fn of_moments(&self) -> Self {
        Self { timeframe: Timeframe::MINUTE, days: self.days.clone(), ..*self }
    }

    pub(super) const fn timeframe(&self) -> Timeframe {
        self.timeframe
    }

    /// The zone of the days, if they have one.
    pub(super) fn zone(&self) -> Option<TimeZone> {
        if self.days.is_utc() { None } else { zone_named(&self.days.rule().time_zone) }
    }

    /// The bucket that holds a time.
    pub(super) fn bucket(&self, time_ms: i64) -> Range<i64> {
        self.days.bucket(self.timeframe, time_ms)
    }

    /// Whether a bucket begins at that time.
    pub(super) fn begins_at(&self, time_ms: i64) -> bool {
        self.bucket(time_ms).start == time_ms
    }

    /// The minute at which days would have to begin for all these bars to open with a bucket, where
    /// nobody has said when: hours of a market that opens at half past lie on half past.
    pub(super) fn day_start_of(&self, times_ms: &WordColumn) -> Option<u16> {
        if !self.is_day_start_open || self.is_of_days() {
            return None;
        }
        let off_by = |time: i64| time - self.bucket(time).start;
        let first = times_ms.first().map(off_by).filter(|ms| *ms > 0 && ms % MINUTE_MS == 0)?;
        times_ms.iter().all(|time| off_by(time) == first).then_some((first / MINUTE_MS) as u16)
    }

    /// How long a bucket is, as a rule.
    pub(super) fn usual_ms(&self) -> i64 {
        let bucket = TradingDays::UTC.bucket(self.timeframe, 0);
        bucket.end - bucket.start
    }

    /// Whether its bars are named by days.
    pub(super) const fn is_of_days(&self) -> bool {
        !self.timeframe.is_intraday()
    }

    /// The open of the bar of that day, given as its midnight in milliseconds as if it were UTC.
    ///
    /// A week or a month is that which holds the day. A week of a Saturday or a Sunday may be the
    /// one that ends or the one that follows, which `edge` settles.
    pub(super) fn of_day(&self, midnight_ms: i64, edge: Option<Edge>) -> Result<i64, TimeError> {
        let day = midnight_ms.div_euclid(DAY_MS);
        if !self.days.is_day(day) {
            return Err(TimeError::NoSuchDay);
        }
        let is_week = self.timeframe == Timeframe::WEEK;
        let start_ms = self.days.day_start_ms(day);
        if is_week && WEEKEND.contains(&day.rem_euclid(7)) {
            return match edge {
                None => Err(TimeError::OpenWeek),
                Some(Edge::Close) => Ok(self.bucket(start_ms).start),
                Some(Edge::Open) => Ok(self.bucket(start_ms).end),
            };
        }
        let is_long = is_week || self.timeframe == Timeframe::MONTH;
        Ok(if is_long { self.bucket(start_ms).start } else { start_ms })
    }

    /// The open of the bar of a moment: where a day begins, that of the day, else the moment.
    pub(super) fn of_moment(&self, time_ms: i64, edge: Option<Edge>) -> Result<i64, TimeError> {
        if !self.is_of_days() || self.begins_at(time_ms) {
            return Ok(time_ms);
        }
        let day = self.days.day(time_ms);
        let begins_day = self.days.day_start_ms(day) == time_ms;
        if begins_day { self.of_day(day * DAY_MS, edge) } else { Ok(time_ms) }
    }

    /// The open of the bar that closes at this time, or a millisecond or a second after it.
    pub(super) fn closing_at(&self, close_ms: i64) -> i64 {
        let ends = [0, 1, 1000].map(|ms| close_ms + ms);
        let end = ends.into_iter().find(|time| self.begins_at(*time));
        end.map_or_else(|| close_ms - self.usual_ms(), |end| self.bucket(end - 1).start)
    }
}

/// Which edge of its bar a time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// The time at which it begins.
    Open,
    /// The time at which it ends.
    Close,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_belongs_to_the_bucket_before_it() {
        let grid = Grid::utc("1m".parse().unwrap());
        for close in [120_000, 119_999, 119_000] {
            assert_eq!(grid.closing_at(close), 60_000);
        }
        assert!(!grid.begins_at(grid.closing_at(90_000)));
    }

    #[test]
    fn hours_on_half_past_begin_their_days_there() {
        let grid = Grid::utc("1h".parse().unwrap());
        let hour = 60 * MINUTE_MS;
        let column = |times: &[i64]| WordColumn::from(times.to_vec());
        let times = [1, 2, 5].map(|count| count * hour + 30 * MINUTE_MS);
        assert_eq!(grid.day_start_of(&column(&times)), Some(30));
        assert_eq!(grid.day_start_of(&column(&[hour, 2 * hour])), None);
        assert_eq!(grid.day_start_of(&column(&[times[0], 2 * hour])), None);
        let declared = Grid { is_day_start_open: false, ..grid };
        assert_eq!(declared.day_start_of(&column(&times)), None);
    }

    #[test]
    fn a_week_is_that_of_its_weekday_and_a_month_that_of_its_day() {
        let week = Grid::utc(Timeframe::WEEK);
        // 1970-01-05 was a Monday.
        let monday = 4 * DAY_MS;
        for day in 0..5 {
            assert_eq!(week.of_day(monday + day * DAY_MS, None), Ok(monday));
        }
        for day in [5, 6] {
            let weekend = monday + day * DAY_MS;
            assert_eq!(week.of_day(weekend, None), Err(TimeError::OpenWeek));
            assert_eq!(week.of_day(weekend, Some(Edge::Close)), Ok(monday));
            assert_eq!(week.of_day(weekend, Some(Edge::Open)), Ok(monday + 7 * DAY_MS));
        }
        let month = Grid::utc(Timeframe::MONTH);
        assert_eq!(month.of_day(30 * DAY_MS, None), Ok(0));
        assert_eq!(month.of_day(31 * DAY_MS, None), Ok(31 * DAY_MS));
    }
}
