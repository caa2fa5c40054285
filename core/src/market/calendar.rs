//! When a market is open: what a day and a year of returns mean.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::timeframe::Timeframe;
use super::trading_days::TradingDays;

/// When a bar may open: the years 1900 to 2261, whose nanoseconds fit 64 bits.
pub const OPEN_TIMES_MS: Range<i64> = -2_208_988_800_000..9_214_646_400_000;

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
    /// The fewest days of bars from which closed weekends may be concluded.
    pub const DAYS_TO_JUDGE: i64 = 7;

    /// Days of returns in a year.
    pub const fn days_per_year(self) -> u32 {
        match self {
            Self::AlwaysOpen => 365,
            Self::Sessions => 252,
        }
    }

    /// Concludes the calendar from bars' open times (ascending): any weekend bar, or fewer than
    /// seven days from first to last, means always open. So do weeks and months, whose bars tell
    /// nothing of the days in them.
    pub fn infer(open_times_ms: &[i64], timeframe: Timeframe, days: &TradingDays) -> Self {
        let (Some(&first), Some(&last)) = (open_times_ms.first(), open_times_ms.last()) else {
            return Self::AlwaysOpen;
        };
        Self::infer_among((first, last), open_times_ms.iter().copied(), timeframe, days)
    }

    /// The same of bars that are not in memory: when the first and the last open, and when all do.
    pub fn infer_among(
        (first_ms, last_ms): (i64, i64),
        mut open_times_ms: impl Iterator<Item = i64>,
        timeframe: Timeframe,
        days: &TradingDays,
    ) -> Self {
        let tells_nothing = matches!(timeframe, Timeframe::WEEK | Timeframe::MONTH)
            || days.day(last_ms) - days.day(first_ms) + 1 < Self::DAYS_TO_JUDGE;
        if tells_nothing || open_times_ms.any(|time| days.is_weekend(time)) {
            Self::AlwaysOpen
        } else {
            Self::Sessions
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::DAY_MS;

    fn infer(open_times_ms: &[i64]) -> Calendar {
        Calendar::infer(open_times_ms, "1d".parse().unwrap(), &TradingDays::UTC)
    }

    /// 2025-01-06, a Monday.
    const MONDAY: i64 = 20_094;

    fn noon_of(days: impl Iterator<Item = i64>) -> Vec<i64> {
        days.map(|day| day * DAY_MS + DAY_MS / 2).collect()
    }

    #[test]
    fn weekdays_alone_over_two_weeks_are_sessions() {
        let weekdays = noon_of((0..12).filter(|day| day % 7 < 5).map(|day| MONDAY + day));
        assert_eq!(infer(&weekdays), Calendar::Sessions);
    }

    #[test]
    fn one_weekend_bar_means_always_open() {
        let every_day = noon_of((0..12).map(|day| MONDAY + day));
        assert_eq!(infer(&every_day), Calendar::AlwaysOpen);
    }

    #[test]
    fn fewer_than_seven_days_prove_nothing() {
        assert_eq!(infer(&noon_of(MONDAY..MONDAY + 5)), Calendar::AlwaysOpen);
        assert_eq!(infer(&[]), Calendar::AlwaysOpen);
    }

    #[test]
    fn weeks_tell_nothing_of_their_days() {
        let mondays = noon_of((0..9).map(|week| MONDAY + 7 * week));
        assert_eq!(infer(&mondays), Calendar::Sessions);
        let weekly = Calendar::infer(&mondays, Timeframe::WEEK, &TradingDays::UTC);
        assert_eq!(weekly, Calendar::AlwaysOpen);
    }
}
