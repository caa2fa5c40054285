//! What the metrics need to know of a run before its first bar, and how many returns a year has.

use super::days::QuietDays;
use crate::market::{Calendar, DAY_MS, Decimal, MoneyUnit, Timeframe, TradingDays};

/// 365.25 days, the year of growth rates and of returns that are counted as they were seen.
const YEAR_MS: f64 = 365.25 * DAY_MS as f64;
/// Of ten slots of a market that never closes, so many have a bar if it is to be believed.
const FULL_SLOTS_OF_TEN: f64 = 9.0;

/// What the metrics need to know beside equity and trades.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// What money is counted in.
    pub money: MoneyUnit,
    /// Cash before the first bar.
    pub initial_cash: i64,
    /// Which days count.
    pub calendar: Calendar,
    /// Daily returns in a year; `None` leaves them to the calendar.
    pub periods_per_year: Option<u32>,
    /// Yearly risk-free return.
    pub risk_free_rate: Decimal,
    /// The finest timeframe of the run.
    pub timeframe: Timeframe,
    /// What a day is.
    pub days: TradingDays,
}

/// How much a run has seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// Bars at whose close the equity was marked.
    pub bars: usize,
    /// Days that count.
    pub days: usize,
    /// From the first open to the last close.
    pub span_ms: i64,
}

impl Seen {
    /// How often the span fits into a year.
    pub(super) fn per_year(self) -> f64 {
        YEAR_MS / self.span_ms as f64
    }
}

impl Frame {
    /// What days without a bar are. Where a bar lasts longer than a day, most days have none.
    pub(super) fn quiet_days(&self) -> QuietDays {
        match self.calendar {
            Calendar::Sessions => QuietDays::Closed,
            Calendar::AlwaysOpen if self.outlasts_days() => QuietDays::Stand,
            Calendar::AlwaysOpen => QuietDays::Count,
        }
    }

    /// Whether even the shortest bars last longer than a day.
    fn outlasts_days(&self) -> bool {
        self.timeframe.bars_per_day() < 1.0
    }

    /// Daily returns in a year.
    pub(super) fn days_per_year(&self, seen: Seen) -> f64 {
        match self.periods_per_year {
            Some(periods) => f64::from(periods),
            None if self.outlasts_days() => seen.days as f64 * seen.per_year(),
            None => f64::from(self.calendar.days_per_year()),
        }
    }

    /// Returns per bar in a year: days times the bars of a day where the user says how many days
    /// there are, and where the market never closes and was seen to. Else as many as were seen.
    pub(super) fn bars_per_year(&self, seen: Seen) -> f64 {
        let bars_of_full_day = self.timeframe.bars_per_day();
        match (self.periods_per_year, self.calendar) {
            (Some(days), _) if self.quiet_days() == QuietDays::Count => {
                f64::from(days) * bars_of_full_day
            }
            (Some(days), _) => f64::from(days) * (seen.bars as f64 / seen.days as f64),
            (None, Calendar::AlwaysOpen) if self.is_dense(seen) => {
                f64::from(self.calendar.days_per_year()) * bars_of_full_day
            }
            (None, _) => seen.bars as f64 * seen.per_year(),
        }
    }

    /// Whether at least nine of ten bars that a market without pauses would have are there.
    fn is_dense(&self, seen: Seen) -> bool {
        let slots = seen.span_ms as f64 * self.timeframe.bars_per_day() / DAY_MS as f64;
        10.0 * seen.bars as f64 >= FULL_SLOTS_OF_TEN * slots
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Units;

    fn frame(timeframe: &str, calendar: Calendar) -> Frame {
        Frame {
            money: MoneyUnit::for_units([Units::with_default_step(Decimal::ONE)]),
            initial_cash: 1,
            calendar,
            periods_per_year: None,
            risk_free_rate: Decimal::ZERO,
            timeframe: timeframe.parse().unwrap(),
            days: TradingDays::UTC,
        }
    }

    fn seen(bars: usize, days: usize, hours: i64) -> Seen {
        Seen { bars, days, span_ms: hours * DAY_MS / 24 }
    }

    fn close(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-9 * right, "{left} is not {right}");
    }

    #[test]
    fn days_of_bars_within_days_are_those_of_the_calendar() {
        let seen = seen(30, 9, 24 * 11);
        assert_eq!(frame("1d", Calendar::AlwaysOpen).days_per_year(seen), 365.0);
        assert_eq!(frame("4h", Calendar::Sessions).days_per_year(seen), 252.0);
    }

    #[test]
    fn bars_that_outlast_a_day_are_counted_as_they_were_seen() {
        let weekly = seen(6, 6, 24 * 42);
        for calendar in [Calendar::AlwaysOpen, Calendar::Sessions] {
            close(frame("7d", calendar).days_per_year(weekly), 365.25 / 7.0);
        }
        close(frame("7d", Calendar::Sessions).bars_per_year(weekly), 365.25 / 7.0);
        // One of six weeks without a bar.
        close(
            frame("7d", Calendar::Sessions).days_per_year(seen(5, 5, 1_008)),
            5.0 / 42.0 * 365.25,
        );
    }

    #[test]
    fn a_market_that_is_always_open_has_all_bars_of_a_year() {
        assert_eq!(frame("1m", Calendar::AlwaysOpen).bars_per_year(seen(60, 1, 1)), 525_600.0);
        let weekly = frame("7d", Calendar::AlwaysOpen).bars_per_year(seen(6, 6, 24 * 42));
        assert_eq!(weekly, 365.0 * (1.0 / 7.0));
    }

    #[test]
    fn from_one_slot_in_ten_without_a_bar_on_those_that_were_seen_count() {
        let hourly = frame("1h", Calendar::AlwaysOpen);
        assert_eq!(hourly.bars_per_year(seen(90, 5, 100)), 8_760.0);
        close(hourly.bars_per_year(seen(89, 5, 100)), 89.0 / 100.0 * 24.0 * 365.25);
    }

    #[test]
    fn sessions_have_the_bars_that_were_seen() {
        let hourly = frame("1h", Calendar::Sessions).bars_per_year(seen(1_764, 252, 8_766));
        close(hourly, 252.0 * 7.0);
    }

    #[test]
    fn what_the_user_says_of_a_year_holds() {
        let given = |timeframe: &str, calendar| Frame {
            periods_per_year: Some(260),
            ..frame(timeframe, calendar)
        };
        let sparse = seen(120, 6, 168);
        assert_eq!(given("1h", Calendar::AlwaysOpen).days_per_year(sparse), 260.0);
        assert_eq!(given("1h", Calendar::AlwaysOpen).bars_per_year(sparse), 260.0 * 24.0);
        assert_eq!(given("1h", Calendar::Sessions).bars_per_year(sparse), 260.0 * 20.0);
        assert_eq!(given("7d", Calendar::AlwaysOpen).bars_per_year(seen(6, 6, 1_008)), 260.0);
    }
}
