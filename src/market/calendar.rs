//! When a market is open: what a day and a year of returns mean.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::timeframe::DAY_MS;

/// When a bar may open: the years 1900 to 2261, whose nanoseconds fit 64 bits.
pub const OPEN_TIMES_MS: Range<i64> = -2_208_988_800_000..9_214_646_400_000;

/// The fewest days of bars from which closed weekends may be concluded.
const DAYS_TO_JUDGE: i64 = 7;

/// Which days count in daily metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calendar {
    /// Every day counts, days without bars carry the equity forward; 365 days a year.
    AlwaysOpen,
    /// Only days with a bar count; 252 days a year.
    Sessions,
}

impl Calendar {
    /// Days of returns in a year.
    pub const fn days_per_year(self) -> u32 {
        match self {
            Self::AlwaysOpen => 365,
            Self::Sessions => 252,
        }
    }

    /// Concludes the calendar from bars' open times (ascending): any weekend bar, or fewer than
    /// seven days from first to last, means always open.
    pub fn infer(open_times_ms: &[i64]) -> Self {
        let (Some(first), Some(last)) = (open_times_ms.first(), open_times_ms.last()) else {
            return Self::AlwaysOpen;
        };
        let short = day_of(*last) - day_of(*first) + 1 < DAYS_TO_JUDGE;
        if short || open_times_ms.iter().any(|&time| is_weekend(day_of(time))) {
            Self::AlwaysOpen
        } else {
            Self::Sessions
        }
    }
}

/// The UTC day of a time, counted from 1970-01-01.
pub const fn day_of(time_ms: i64) -> i64 {
    time_ms.div_euclid(DAY_MS)
}

/// Whether the day is a Saturday or a Sunday; 1970-01-01 was a Thursday.
pub(super) const fn is_weekend(day: i64) -> bool {
    matches!((day + 4).rem_euclid(7), 0 | 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-01-06, a Monday.
    const MONDAY: i64 = 20_094;

    fn noon_of(days: impl Iterator<Item = i64>) -> Vec<i64> {
        days.map(|day| day * DAY_MS + DAY_MS / 2).collect()
    }

    #[test]
    fn weekdays_alone_over_two_weeks_are_sessions() {
        let weekdays = noon_of((0..12).filter(|day| day % 7 < 5).map(|day| MONDAY + day));
        assert_eq!(Calendar::infer(&weekdays), Calendar::Sessions);
    }

    #[test]
    fn one_weekend_bar_means_always_open() {
        let every_day = noon_of((0..12).map(|day| MONDAY + day));
        assert_eq!(Calendar::infer(&every_day), Calendar::AlwaysOpen);
    }

    #[test]
    fn fewer_than_seven_days_prove_nothing() {
        assert_eq!(Calendar::infer(&noon_of(MONDAY..MONDAY + 5)), Calendar::AlwaysOpen);
        assert_eq!(Calendar::infer(&[]), Calendar::AlwaysOpen);
    }
}
