//! Beside another market: what a run made above what that explains. Plain sums in the order of
//! days.

use super::shape::{mean, mean_and_deviation};

/// What daily returns are beside those of a benchmark.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Beside {
    /// Annual return above the risk-free rate that beta does not explain.
    pub(super) alpha: Option<f64>,
    /// Covariance with the benchmark over its variance.
    pub(super) beta: Option<f64>,
    /// Annual mean of what is above the benchmark, over the deviation of that.
    pub(super) information_ratio: Option<f64>,
}

impl Beside {
    /// Of the returns of days and the benchmark's of the same; `risk_free_rate` is per year,
    /// `days_per_year` is D. Alpha and beta as in Jensen (1968), with D times the daily alpha for a
    /// year; the information ratio as in Goodwin (1998), deviations with ddof 1. All of fewer than
    /// two days are absent, and what would be divided by a spread of 0.
    pub(super) fn of(
        returns: &[f64],
        benchmark: &[f64],
        (risk_free_rate, days_per_year): (f64, f64),
    ) -> Self {
        let (Some(mean_return), Some(mean_benchmark)) = (mean(returns), mean(benchmark)) else {
            return Self::default();
        };
        if returns.len() < 2 || returns.len() != benchmark.len() {
            return Self::default();
        }
        let pairs = || returns.iter().zip(benchmark);
        let is_flat = benchmark.windows(2).all(|pair| pair[0] == pair[1]);
        let (mut together, mut squares) = (0.0, 0.0);
        for (value, other) in pairs() {
            let distance = other - mean_benchmark;
            together += (value - mean_return) * distance;
            squares += distance * distance;
        }
        let beta = (!is_flat && squares > 0.0).then(|| together / squares);
        let risk_free = risk_free_rate / days_per_year;
        let alpha = beta.map(|beta| {
            ((mean_return - risk_free) - beta * (mean_benchmark - risk_free)) * days_per_year
        });
        let above: Vec<f64> = pairs().map(|(value, other)| value - other).collect();
        let above = mean_and_deviation(above.iter().copied());
        let information_ratio = above.and_then(|(mean, deviation)| {
            let deviation = deviation.filter(|deviation| *deviation > 0.0)?;
            Some(mean / deviation * libm::sqrt(days_per_year))
        });
        Self { alpha, beta, information_ratio }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: Option<f64>, right: f64) {
        let left = left.unwrap();
        assert!((left - right).abs() <= 1e-12 * right.abs().max(1.0), "{left} is not {right}");
    }

    #[test]
    fn alpha_beta_and_the_information_ratio_are_those_worked_out_by_hand() {
        // Means 0.02 and 0.01; distances -1 0 1 and -2 1 1 hundredths: 3 over 6 together, half.
        let (returns, benchmark) = ([0.01, 0.02, 0.03], [-0.01, 0.02, 0.02]);
        let beside = Beside::of(&returns, &benchmark, (0.0, 250.0));
        close(beside.beta, 0.5);
        close(beside.alpha, (0.02 - 0.5 * 0.01) * 250.0);
        // Above it by 2, 0 and 1 hundredths: mean 1, deviation 1.
        close(beside.information_ratio, 250.0_f64.sqrt());
        // A rate of 0.001 a day takes half of itself.
        let rated = Beside::of(&returns, &benchmark, (0.25, 250.0));
        close(rated.alpha, (0.015 - 0.000_5) * 250.0);
    }

    #[test]
    fn what_has_no_spread_is_absent() {
        let flat = Beside::of(&[0.01, 0.03], &[0.1; 2], (0.0, 365.0));
        assert_eq!((flat.alpha, flat.beta), (None, None));
        assert!(flat.information_ratio.is_some());
        let same = Beside::of(&[0.01, 0.03], &[0.01, 0.03], (0.0, 365.0));
        close(same.beta, 1.0);
        close(same.alpha, 0.0);
        assert_eq!(same.information_ratio, None);
        for short in [&[][..], &[0.1]] {
            assert_eq!(Beside::of(short, short, (0.0, 365.0)), Beside::default());
        }
    }
}
