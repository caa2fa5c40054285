//! Figures over a window of days that moves along, by the recipe of the metrics.

use crate::metrics::{deviation, mean};

/// The figures of each window, annual.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rolling {
    /// The volatilities; the last one is of the window that ends with the last day.
    pub volatility: Vec<f64>,
    /// The Sharpe ratios, each with the last day of its window. A window in which nothing moved has
    /// none.
    pub sharpe: Vec<(i64, f64)>,
}

/// The figures of each window of at least two returns.
pub(super) fn rolling(
    returns: &[f64],
    days: impl Iterator<Item = i64>,
    window: usize,
    days_per_year: f64,
    risk_free_rate: f64,
) -> Rolling {
    let (year, risk_free) = (libm::sqrt(days_per_year), risk_free_rate / days_per_year);
    let excess: Vec<f64> = returns.iter().map(|value| value - risk_free).collect();
    let mut rolling = Rolling::default();
    let window = window.max(2);
    for (part, day) in excess.windows(window).zip(days.skip(window - 1)) {
        let Some(deviation) = deviation(part) else { continue };
        rolling.volatility.push(deviation * year);
        if let Some(mean) = mean(part).filter(|_| deviation > 0.0) {
            rolling.sharpe.push((day, mean / deviation * year));
        }
    }
    rolling
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_full_before_it_tells_and_one_that_stands_still_has_no_ratio() {
        let returns = [0.0, 0.0, 0.0, 0.02, 0.04];
        let rolling = rolling(&returns, 100.., 3, 4.0, 0.0);
        assert_eq!(rolling.volatility.len(), 3);
        assert_eq!(rolling.volatility[0], 0.0);
        let days: Vec<_> = rolling.sharpe.iter().map(|(day, _)| *day).collect();
        assert_eq!(days, [103, 104]);
        // 0, 0.02 and 0.04: a mean of 0.02 over a deviation of 0.02, by the root of four.
        assert!((rolling.sharpe[1].1 - 2.0).abs() < 1e-12, "{rolling:?}");
    }

    #[test]
    fn fewer_days_than_the_window_have_nothing() {
        assert_eq!(rolling(&[0.1, 0.2], 0.., 3, 365.0, 0.0), Rolling::default());
        assert_eq!(rolling(&[], 0.., 0, 365.0, 0.0), Rolling::default());
    }
}
