//! The buckets that bars of one timeframe open with: which times begin one, where it ends, and which
//! holds a day. Everything that is known here of days and zones stands in this file.

use std::ops::Range;

use super::time::TimeError;
use crate::market::{DAY_MS, Timeframe};

/// The buckets of a timeframe.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grid {
    timeframe: Timeframe,
}

impl Grid {
    pub(super) const fn new(timeframe: Timeframe) -> Self {
        Self { timeframe }
    }

    pub(super) const fn timeframe(&self) -> Timeframe {
        self.timeframe
    }

    /// The bucket that holds a time.
    pub(super) const fn bucket(&self, time_ms: i64) -> Range<i64> {
        let start = self.timeframe.bucket_start_ms(time_ms);
        start..start + self.timeframe.duration_ms()
    }

    /// Whether a bucket begins at that time.
    pub(super) const fn begins_at(&self, time_ms: i64) -> bool {
        self.bucket(time_ms).start == time_ms
    }

    /// How long a bucket is, as a rule.
    pub(super) const fn usual_ms(&self) -> i64 {
        let bucket = self.bucket(0);
        bucket.end - bucket.start
    }

    /// Whether its bars are named by days.
    pub(super) const fn is_of_days(&self) -> bool {
        self.usual_ms() >= DAY_MS
    }

    /// The open of the bar of that day, given as its midnight in milliseconds as if it were UTC.
    pub(super) const fn of_day(&self, midnight_ms: i64) -> Result<i64, TimeError> {
        Ok(midnight_ms)
    }

    /// The open of the bar that closes at this time, or a millisecond or a second after it.
    pub(super) fn closing_at(&self, close_ms: i64) -> i64 {
        let ends = [0, 1, 1000].map(|ms| close_ms + ms);
        let end = ends.into_iter().find(|time| self.begins_at(*time));
        end.map_or(close_ms, |end| self.bucket(end - 1).start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_belongs_to_the_bucket_before_it() {
        let grid = Grid::new("1m".parse().unwrap());
        for close in [120_000, 119_999, 119_000] {
            assert_eq!(grid.closing_at(close), 60_000);
        }
        assert!(!grid.begins_at(grid.closing_at(90_000)));
    }
}
