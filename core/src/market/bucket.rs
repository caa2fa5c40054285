//! Which bar holds a time: the one place where a time and a timeframe meet.

use std::ops::Range;

use super::civil::{monday_of, month_of};
use super::timeframe::{DAY_MS, Length, Timeframe};
use super::trading_days::{DayRule, TradingDays};

impl TradingDays {
    /// The bucket that holds the time: from where a bar of that timeframe opens to where it ends,
    /// which is where the next opens.
    ///
    /// On days of UTC, fixed timeframes count from the epoch. On others, those under a day count
    /// the time that goes by from the day's start, and the last of a day ends with it; those over
    /// a day count days from that of 1970-01-01.
    #[inline]
    pub fn bucket(&self, timeframe: Timeframe, time_ms: i64) -> Range<i64> {
        match timeframe.length() {
            Length::Fixed(ms) if self.is_utc() => {
                let start_ms = time_ms - time_ms.rem_euclid(ms);
                start_ms..start_ms + ms
            }
            Length::Fixed(ms) if ms < DAY_MS => {
                let day = self.day(time_ms);
                let start_ms = time_ms - (time_ms - self.day_start_ms(day)) % ms;
                start_ms..self.day_start_ms(day + 1).min(start_ms + ms)
            }
            length => {
                let days = days_of(length, self.day(time_ms));
                self.day_start_ms(days.start)..self.day_start_ms(days.end)
            }
        }
    }

    /// Whether such a series can have bars of that timeframe: where its days are not those of
    /// UTC, a bar over a day takes whole days.
    pub const fn takes(&self, timeframe: Timeframe) -> bool {
        match timeframe.length() {
            Length::Fixed(ms) => self.is_utc() || ms < DAY_MS || ms % DAY_MS == 0,
            Length::Week | Length::Month => true,
        }
    }

    /// Whether every bucket of `from` lies in one of `to`, so that these are made of those.
    pub const fn nests(&self, from: Timeframe, to: Timeframe) -> bool {
        nests(self.is_utc(), from, to)
    }

    /// The timeframe of the fewest bars of `from` to one, at least `fewest`, that those can be made
    /// into, with that number; `None` if there is none. Weeks and months are not taken: their last
    /// may be missing.
    pub fn merged(&self, from: Timeframe, fewest: u64) -> Option<(u64, Timeframe)> {
        let Length::Fixed(ms) = from.length() else { return None };
        let ms_of = |count: u64| i64::try_from(count).ok()?.checked_mul(ms);
        let longer = |count| Some((count, Timeframe::from_ms(ms_of(count)?).ok()?));
        (fewest..).map_while(longer).find(|(_, to)| self.nests(from, *to))
    }
}

impl DayRule {
    /// As [`TradingDays::nests`].
    pub fn nests(&self, from: Timeframe, to: Timeframe) -> bool {
        nests(self.is_utc(), from, to)
    }
}

const fn nests(is_utc: bool, from: Timeframe, to: Timeframe) -> bool {
    match (from.length(), to.length()) {
        (Length::Week, Length::Week) | (Length::Month, Length::Month) => true,
        (Length::Fixed(from), Length::Fixed(to)) if !is_utc && from < DAY_MS && to >= DAY_MS => {
            to % DAY_MS == 0
        }
        (Length::Fixed(from), Length::Fixed(to)) => to % from == 0,
        (Length::Fixed(from), Length::Week | Length::Month) => {
            from <= DAY_MS && (!is_utc || DAY_MS % from == 0)
        }
        (Length::Week | Length::Month, _) => false,
    }
}

/// The labels of the days in the bucket that holds the day.
const fn days_of(length: Length, day: i64) -> Range<i64> {
    match length {
        Length::Fixed(ms) => {
            let count = ms / DAY_MS;
            let first = day - day.rem_euclid(count);
            first..first + count
        }
        Length::Week => monday_of(day)..monday_of(day) + 7,
        Length::Month => {
            let [first, next] = month_of(day);
            first..next
        }
    }
}
