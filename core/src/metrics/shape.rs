//! The shape of a sample of returns, and what it says of a Sharpe ratio. Plain sums in the order of
//! the sample.

/// The arithmetic mean; `None` of nothing.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Sample standard deviation (ddof 1); 0 if all are equal, `None` below two values.
pub fn deviation(values: &[f64]) -> Option<f64> {
    mean_and_deviation(values.iter().copied())?.1
}

/// [`mean`] and [`deviation`] of values that are not laid out.
pub(super) fn mean_and_deviation(
    values: impl ExactSizeIterator<Item = f64> + Clone,
) -> Option<(f64, Option<f64>)> {
    let count = values.len();
    if count == 0 {
        return None;
    }
    let mean = values.clone().sum::<f64>() / count as f64;
    let mut others = values.clone();
    let first = others.next()?;
    // Equal returns have no spread, whatever the rounding of their mean leaves.
    let deviation = if others.all(|value| value == first) {
        0.0
    } else {
        let squares: f64 = values.map(|value| (value - mean) * (value - mean)).sum();
        libm::sqrt(squares / (count - 1) as f64)
    };
    Some((mean, (count > 1).then_some(deviation)))
}

fn are_equal(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}

/// What a sample looks like beside a normal one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shape {
    /// `m3 / m2^1.5` of the central moments; from three values on.
    pub skewness: Option<f64>,
    /// `m4 / m2^2`, 3 for a normal sample; from four values on.
    pub kurtosis: Option<f64>,
    /// `sum d_t d_(t-1) / sum d_t^2` with `d` the distance from the mean; from two values on.
    pub autocorrelation: Option<f64>,
}

impl Shape {
    /// The shape of the sample; nothing of one without spread.
    pub fn of(values: &[f64]) -> Self {
        let Some(mean) = mean(values).filter(|_| !are_equal(values)) else {
            return Self::default();
        };
        let (mut squares, mut cubes, mut fourths, mut lagged) = (0.0, 0.0, 0.0, 0.0);
        let mut before = 0.0;
        for value in values {
            let distance = value - mean;
            let square = distance * distance;
            squares += square;
            cubes += square * distance;
            fourths += square * square;
            lagged += before * distance;
            before = distance;
        }
        let count = values.len() as f64;
        let second = squares / count;
        let skewness = cubes / count / (second * libm::sqrt(second));
        let kurtosis = fourths / count / (second * second);
        Self {
            skewness: (values.len() > 2).then_some(skewness),
            kurtosis: (values.len() > 3).then_some(kurtosis),
            autocorrelation: Some(lagged / squares),
        }
    }

    /// The probability that the true ratio is above `threshold` where `count` returns of this shape
    /// had that Sharpe ratio, neither of them annual: Bailey and Lopez de Prado, The Sharpe ratio
    /// efficient frontier, Journal of Risk 15(2), 2012. `None` without a skewness and a kurtosis.
    pub fn probability_above(&self, threshold: f64, sharpe: f64, count: usize) -> Option<f64> {
        let variance = self.spread_of_ratio(sharpe)?;
        let enough = (count - 1) as f64;
        Some(normal_below((sharpe - threshold) * libm::sqrt(enough / variance)))
    }

    /// The variance of a Sharpe ratio that was found to be `sharpe`, times the number of returns.
    pub fn spread_of_ratio(&self, sharpe: f64) -> Option<f64> {
        let (skewness, kurtosis) = self.skewness.zip(self.kurtosis)?;
        let variance = 1.0 - skewness * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe;
        Some(variance).filter(|variance| *variance > 0.0)
    }
}

/// The probability that a standard normal variable is below `x`.
pub fn normal_below(x: f64) -> f64 {
    libm::erfc(-x / std::f64::consts::SQRT_2) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: Option<f64>, right: f64) {
        let left = left.unwrap();
        assert!((left - right).abs() <= 1e-12 * right.abs().max(1.0), "{left} is not {right}");
    }

    #[test]
    fn the_shape_is_that_worked_out_by_hand() {
        // Mean 2, distances -2 -1 0 3: squares 14, cubes 18, fourths 98, neighbours 2.
        let shape = Shape::of(&[0.0, 1.0, 2.0, 5.0]);
        close(shape.skewness, 4.5 / 3.5_f64.powf(1.5));
        close(shape.kurtosis, 24.5 / 12.25);
        close(shape.autocorrelation, 2.0 / 14.0);
        close(deviation(&[0.0, 1.0, 2.0, 5.0]), (14.0_f64 / 3.0).sqrt());
    }

    #[test]
    fn what_needs_more_values_is_absent() {
        assert_eq!(Shape::of(&[]), Shape::default());
        assert_eq!(Shape::of(&[0.1]), Shape::default());
        assert_eq!(Shape::of(&[0.1; 9]), Shape::default());
        let two = Shape::of(&[0.1, -0.1]);
        assert_eq!((two.skewness, two.kurtosis), (None, None));
        close(two.autocorrelation, -0.5);
        let three = Shape::of(&[0.02, 0.0, 0.01]);
        assert_eq!((three.kurtosis, three.probability_above(0.0, 1.0, 3)), (None, None));
        close(three.skewness, 0.0);
    }

    #[test]
    fn equal_values_deviate_by_nothing_even_where_their_mean_is_rounded() {
        assert_eq!(deviation(&[0.1; 3]), Some(0.0));
        assert_eq!(deviation(&[0.1]), None);
    }

    #[test]
    fn the_normal_law_is_that_of_the_tables() {
        for (x, below) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_542_9),
            (-2.0, 0.022_750_131_948_179_21),
            (-6.0, 9.865_876_450_376_98e-10),
        ] {
            assert!((normal_below(x) / below - 1.0).abs() < 1e-13, "{x}");
        }
    }

    #[test]
    fn skill_is_as_likely_as_not_without_a_gain_and_less_sure_of_skewed_returns() {
        let normal = Shape { skewness: Some(0.0), kurtosis: Some(3.0), autocorrelation: None };
        close(normal.probability_above(0.0, 0.0, 50), 0.5);
        // sqrt(99 / (1 + 0.02 / 4)) x 0.1 deviations above 0, and half of the square of 0.1.
        let above = 0.1 * (99.0 / 1.005_f64).sqrt();
        close(normal.probability_above(0.0, 0.1, 100), normal_below(above));
        let skewed = Shape { skewness: Some(-2.0), kurtosis: Some(9.0), ..normal };
        assert!(skewed.probability_above(0.0, 0.1, 100) < normal.probability_above(0.0, 0.1, 100));
    }
}
