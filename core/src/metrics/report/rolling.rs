//! Figures over a window of days that moves along, by the recipe of the metrics.

use crate::metrics::{Day, deviation, mean};

/// The figures of each window; of returns, annual.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rolling {
    /// The volatilities; the last one is of the window that ends with the last day.
    pub volatility: Vec<f64>,
    /// The Sharpe ratios, each with the last day of its window. A window in which nothing moved has
    /// none.
    pub sharpe: Vec<(i64, f64)>,
    /// The mean exposures at the days' ends, of as many windows as the volatilities.
    pub exposure: Vec<f64>,
}

/// The figures of each window of at least two returns.
pub(super) fn rolling(
    returns: &[f64],
    days: &[Day],
    window: usize,
    days_per_year: f64,
    risk_free_rate: f64,
) -> Rolling {
    let (year, risk_free) = (libm::sqrt(days_per_year), risk_free_rate / days_per_year);
    let excess: Vec<f64> = returns.iter().map(|value| value - risk_free).collect();
    let mut rolling = Rolling::default();
    let window = window.max(2);
    for (part, days) in excess.windows(window).zip(days.windows(window)) {
        let (Some(deviation), Some(last)) = (deviation(part), days.last()) else { continue };
        rolling.volatility.push(deviation * year);
        let exposure: f64 = days.iter().map(Day::exposure).sum();
        rolling.exposure.push(exposure / window as f64);
        if let Some(mean) = mean(part).filter(|_| deviation > 0.0) {
            rolling.sharpe.push((last.number, mean / deviation * year));
        }
    }
    rolling
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(numbers: std::ops::Range<i64>) -> Vec<Day> {
        numbers.map(|number| Day { number, ..Day::default() }).collect()
    }

    #[test]
    fn a_window_is_full_before_it_tells_and_one_that_stands_still_has_no_ratio() {
        let returns = [0.0, 0.0, 0.0, 0.02, 0.04];
        let rolling = rolling(&returns, &days(100..105), 3, 4.0, 0.0);
        assert_eq!(rolling.volatility.len(), 3);
        assert_eq!(rolling.volatility[0], 0.0);
        let days: Vec<_> = rolling.sharpe.iter().map(|(day, _)| *day).collect();
        assert_eq!(days, [103, 104]);
        // 0, 0.02 and 0.04: a mean of 0.02 over a deviation of 0.02, by the root of four.
        assert!((rolling.sharpe[1].1 - 2.0).abs() < 1e-12, "{rolling:?}");
    }

    #[test]
    fn fewer_days_than_the_window_have_nothing() {
        assert_eq!(rolling(&[0.1, 0.2], &days(0..2), 3, 365.0, 0.0), Rolling::default());
        assert_eq!(rolling(&[], &[], 0, 365.0, 0.0), Rolling::default());
    }

    #[test]
    fn exposure_is_what_is_held_of_the_equity_at_the_ends_of_the_days_of_a_window() {
        // All of it held, none of it, half of it sold short, and all of it borrowed and held twice.
        let cash = [0, 1_000, 1_500, -1_000];
        let day = |(number, cash)| Day { number, equity: 1_000, cash, ..Day::default() };
        let days: Vec<Day> = (7..).zip(cash).map(day).collect();
        let rolling = rolling(&[0.0; 4], &days, 2, 365.0, 0.0);
        assert_eq!(rolling.exposure, [0.5, -0.25, 0.75]);
    }
}
