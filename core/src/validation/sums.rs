//! The ratio of some days by the sums over them, which parts of days add up to.

/// Returns that vary by less than this part of their squares do not vary, but for rounding.
const ROUNDING: f64 = 1e-14;

/// Mean over deviation (ddof 1) of so many returns, by their sum and that of their squares; `None`
/// where they do not vary. A root is the same bits on every platform, also as an instruction of
/// vectors.
#[expect(clippy::inline_always, reason = "part of a kernel")]
#[inline(always)]
pub(super) fn ratio_of_sums(count: f64, sum: f64, squares: f64) -> Option<f64> {
    let mean = sum / count;
    let spread = squares - sum * mean;
    let value = mean / (spread / (count - 1.0)).sqrt();
    (spread > ROUNDING * squares).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{deviation, mean};
    use crate::validation::noise::normals;

    #[test]
    fn sums_have_the_ratio_of_what_they_are_made_of() {
        let values: Vec<f64> = normals(4, 90).map(|value| value + 0.1).collect();
        let sum = values.iter().sum::<f64>();
        let squares = values.iter().map(|value| value * value).sum::<f64>();
        let expected = mean(&values).unwrap() / deviation(&values).unwrap();
        assert!((ratio_of_sums(90.0, sum, squares).unwrap() - expected).abs() < 1e-12);
        assert_eq!(ratio_of_sums(3.0, 0.3, 0.1 * 0.1 * 3.0), None, "equal returns do not vary");
        assert_eq!(ratio_of_sums(5.0, 0.0, 0.0), None);
    }
}
