//! How sure a Sharpe ratio is. All ratios here are per day: annual ones are for reading only.

use super::normal::{expected_maximum, normal_quantile};
use crate::metrics::{Shape, deviation, mean, normal_below};

/// The Sharpe ratio of a sample of returns, and the shape of the sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SharpeRatio {
    /// Mean over deviation (ddof 1).
    pub value: f64,
    /// How many returns.
    pub count: usize,
    /// How they are spread.
    pub shape: Shape,
}

impl SharpeRatio {
    /// Of that sample; `None` where it does not vary.
    pub fn of(returns: &[f64]) -> Option<Self> {
        let deviation = deviation(returns).filter(|deviation| *deviation > 0.0)?;
        let value = mean(returns)? / deviation;
        Some(Self { value, count: returns.len(), shape: Shape::of(returns) })
    }

    /// The probability that the true ratio is above the threshold, as in 2012: the variance is that
    /// at the ratio found.
    pub fn psr_2012(&self, threshold: f64) -> Option<f64> {
        self.shape.probability_above(threshold, self.value, self.count)
    }

    /// The same as in 2026 (Lopez de Prado, Lipton and Zoonekynd, eqs. 2 and 9): the variance is
    /// that at the threshold, and returns that follow from the day before count for less.
    pub fn psr_2026(&self, threshold: f64) -> Option<f64> {
        let variance = ratio_variance(threshold, self.count, &self.shape)?;
        Some(normal_below((self.value - threshold) / libm::sqrt(variance)))
    }

    /// How many returns like these it takes until the true ratio is above the threshold with that
    /// confidence (2012, eq. 11). `None` for a ratio that is not above it.
    pub fn min_track_record(&self, threshold: f64, confidence: f64) -> Option<f64> {
        let above = Some(self.value - threshold).filter(|above| *above > 0.0)?;
        let needed = normal_quantile(confidence) / above;
        Some(1.0 + self.shape.spread_of_ratio(self.value)? * needed * needed)
    }

    /// The deflated Sharpe ratio (Bailey and Lopez de Prado 2014, eq. 2): the probability that the
    /// true ratio is above what the best of `trials` independent tries without any merit has on
    /// average, where the ratios of tries have that deviation. Needs two trials.
    pub fn deflated(&self, trials: f64, deviation_of_ratios: f64) -> Option<f64> {
        let threshold = (trials >= 2.0).then(|| deviation_of_ratios * expected_maximum(trials))?;
        self.psr_2012(threshold)
    }
}

/// The variance of the Sharpe ratio of `count` returns of that shape, where the true one is
/// `sharpe`. Returns follow from the day before as far as their autocorrelation says.
pub fn ratio_variance(sharpe: f64, count: usize, shape: &Shape) -> Option<f64> {
    let (skewness, kurtosis) = shape.skewness.zip(shape.kurtosis)?;
    let rho = shape.autocorrelation.unwrap_or(0.0);
    let (first, second) = (rho / (1.0 - rho), rho * rho / (1.0 - rho * rho));
    let (a, b, c) = (1.0 + 2.0 * first, 1.0 + first + second, 1.0 + 2.0 * second);
    let spread = a - b * skewness * sharpe + c * (kurtosis - 1.0) / 4.0 * sharpe * sharpe;
    (spread > 0.0).then(|| spread / count as f64)
}

/// How many years of noise it takes until the best of `trials` independent tries is no longer
/// expected to have that annual Sharpe ratio (Bailey et al. 2014, the exact expectation in place of
/// its approximation). `None` below two trials, and for a ratio that is not above 0.
pub fn min_backtest_years(trials: f64, annual_sharpe: f64) -> Option<f64> {
    let years = expected_maximum(trials) / annual_sharpe;
    (trials >= 2.0 && annual_sharpe > 0.0).then_some(years * years)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::approximate_maximum;

    fn ratio(value: f64, count: usize, skewness: f64, kurtosis: f64) -> SharpeRatio {
        let (skewness, kurtosis) = (Some(skewness), Some(kurtosis));
        SharpeRatio { value, count, shape: Shape { skewness, kurtosis, autocorrelation: None } }
    }

    fn close(left: Option<f64>, right: f64, within: f64) {
        let left = left.unwrap();
        assert!((left - right).abs() <= within * right.abs(), "{left} is not {right}");
    }

    #[test]
    fn the_example_of_the_paper_of_2014_comes_out_as_printed() {
        // A yearly ratio of 2.5 over five years of 250 days; tries with a yearly variance of 0.5.
        let found = ratio(2.5 / 250_f64.sqrt(), 1_250, -3.0, 10.0);
        let deviation = (0.5_f64 / 250.0).sqrt();
        let threshold = |trials| deviation * approximate_maximum(trials);
        close(Some(threshold(100.0)), 0.1132, 3e-4);
        close(found.psr_2012(threshold(100.0)), 0.9004, 5e-5);
        close(found.psr_2012(threshold(46.0)), 0.9505, 5e-5);
        // The paper approximates the greatest of a hundred from above.
        close(found.deflated(100.0, deviation), 0.9054, 5e-5);
        assert_eq!(found.deflated(1.0, deviation), None);
    }

    #[test]
    fn a_fund_of_the_paper_of_2026_comes_out_as_printed() {
        let found = ratio(0.036 / 0.079, 24, -2.448, 10.164);
        close(found.psr_2026(0.0), 0.987, 0.0005);
        close(found.psr_2026(0.1), 0.939, 0.0005);
        close(found.psr_2012(0.0), 0.9127, 0.0001);
    }

    #[test]
    fn a_track_record_of_the_least_length_is_just_sure_enough() {
        let found = ratio(0.08, 500, -0.4, 5.0);
        let days = found.min_track_record(0.0, 0.95).unwrap();
        let then = SharpeRatio { count: days.round() as usize, ..found };
        close(then.psr_2012(0.0), 0.95, 1e-3);
        assert_eq!(found.min_track_record(0.08, 0.95), None);
    }

    #[test]
    fn ten_thousand_tries_find_a_yearly_ratio_of_one_in_fifteen_years_of_noise() {
        close(min_backtest_years(10_000.0, 1.0), 14.8, 0.003);
        assert_eq!(min_backtest_years(1.0, 1.0), None);
        assert_eq!(min_backtest_years(100.0, -1.0), None);
    }

    #[test]
    fn what_does_not_vary_has_no_ratio() {
        assert_eq!(SharpeRatio::of(&[0.01; 40]), None);
        assert_eq!(SharpeRatio::of(&[]), None);
    }
}
