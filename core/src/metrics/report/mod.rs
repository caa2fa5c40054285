//! What is told of a finished run from day to day, and kept nowhere: returns by month and year,
//! falls, figures over a window that moves along, and the tails. Computed when somebody looks.

mod falls;
mod periods;
mod rolling;
mod tails;

pub use falls::Fall;
pub use periods::Period;
pub use rolling::Rolling;

use super::days::{Day, Days};

/// The days of a finished run, and what their figures are made annual by.
#[derive(Clone, Copy, Debug)]
pub struct DailyCourse<'d> {
    /// The days that count.
    pub days: &'d Days,
    /// How many returns a year has.
    pub days_per_year: f64,
    /// The yearly return without risk.
    pub risk_free_rate: f64,
}

/// The days of a run for whoever reads a report.
#[derive(Clone, Debug)]
pub struct DailyReport {
    /// The days that count, in their order.
    pub days: Vec<Day>,
    /// The money before the first of them, in money units.
    initial: i64,
    /// The return of each.
    returns: Vec<f64>,
    days_per_year: f64,
    risk_free_rate: f64,
}

impl DailyReport {
    /// Of these days.
    pub fn of(course: &DailyCourse<'_>) -> Self {
        Self {
            days: course.days.iter().copied().collect(),
            initial: course.days.initial(),
            returns: course.days.returns(),
            days_per_year: course.days_per_year,
            risk_free_rate: course.risk_free_rate,
        }
    }

    /// The returns of the months, then of the years. `worth` tells of each day what one unit of
    /// money would be worth at its end that was one at the start, or nothing.
    pub fn periods(&self, worth: &[f64]) -> Vec<Period> {
        periods::periods(self.initial, &self.days, worth)
    }

    /// The deepest falls from one day's end to another's, at most so many, the deepest first.
    pub fn falls(&self, most: usize) -> Vec<Fall> {
        falls::falls(self.initial, &self.days, most)
    }

    /// The figures over each window of so many days.
    pub fn rolling(&self, window: usize) -> Rolling {
        rolling::rolling(&self.returns, &self.days, window, self.days_per_year, self.risk_free_rate)
    }

    /// The figures of the tails by name; an undefined one is absent.
    pub fn tails(&self) -> Vec<(&'static str, f64)> {
        tails::tails(&self.returns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::TradingDays;
    use crate::metrics::QuietDays;

    #[test]
    fn a_window_of_all_days_has_the_ratios_of_the_metrics() {
        let mut days = Days::new(QuietDays::Count, TradingDays::UTC, 1_000);
        for (number, equity) in [(1, 1_010), (2, 990), (3, 1_040), (5, 1_035), (6, 1_100)] {
            days.add(Day { number, equity, cash: equity / number, end_ms: 0 });
        }
        let figures = days.figures(&days.returns(), (0.03, 365.0), &[0.0; 6]);
        let course = DailyCourse { days: &days, days_per_year: 365.0, risk_free_rate: 0.03 };
        let rolling = DailyReport::of(&course).rolling(6);
        assert_eq!(rolling.volatility, [figures.volatility.unwrap()]);
        assert_eq!(rolling.sharpe, [(6, figures.sharpe.unwrap())]);
        assert_eq!(rolling.exposure, [figures.mean_exposure.unwrap()]);
    }
}
