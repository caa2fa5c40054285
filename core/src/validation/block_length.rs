//! How long the blocks of a bootstrap should be: Politis and White (2004) as corrected by Patton,
//! Politis and White (2009), for the stationary bootstrap.

use crate::metrics::mean;

/// Blocks are never shorter.
const LEAST: f64 = 2.0;

/// The mean block length for one series, in its own steps; `None` where it does not vary.
pub fn block_length(values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    let mean = mean(values).filter(|_| values.len() > 1)?;
    let centred: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let quiet_run = 5.max(libm::log10(count) as usize);
    let lag_max = (libm::ceil(libm::sqrt(count)) as usize + quiet_run).min(values.len() - 1);
    let (covariances, correlations): (Vec<_>, Vec<_>) =
        (0..=lag_max).map(|lag| at_lag(&centred, lag)).unzip();
    if covariances[0] <= 0.0 {
        return None;
    }
    // Correlations below this are taken for none; the first of so many in a row ends the window.
    let threshold = 2.0 * libm::sqrt(libm::log10(count) / count);
    let is_quiet = |first: &usize| {
        correlations[*first..first + quiet_run].iter().all(|value| value.abs() < threshold)
    };
    let first_quiet = (0..(lag_max + 1).saturating_sub(quiet_run)).find(is_quiet);
    let window = first_quiet.map_or(lag_max, |first| 2 * first.max(1)).min(lag_max);
    let (mut slope, mut variance) = (0.0, covariances[0]);
    for (lag, covariance) in covariances.iter().enumerate().take(window + 1).skip(1) {
        let weight = (2.0 * (1.0 - lag as f64 / window as f64)).min(1.0);
        slope += 2.0 * weight * lag as f64 * covariance;
        variance += 2.0 * weight * covariance;
    }
    let length = libm::cbrt(slope * slope / (variance * variance) * count);
    let longest = libm::ceil((3.0 * libm::sqrt(count)).min(count / 3.0));
    length.is_finite().then(|| length.min(longest))
}

/// Autocovariance and autocorrelation. The latter is over the squares of the days that it compares,
/// less one more at the end, as those do who computed the published lengths.
fn at_lag(centred: &[f64], lag: usize) -> (f64, f64) {
    let count = centred.len();
    let sum = |from: &[f64], to: &[f64]| from.iter().zip(to).map(|(a, b)| a * b).sum::<f64>();
    let product = sum(&centred[lag..], &centred[..count - lag]);
    let (late, early) = (&centred[lag + 1..], &centred[..count - lag - 1]);
    let scale = libm::sqrt(sum(late, late) * sum(early, early));
    (product / count as f64, if scale > 0.0 { product / scale } else { 0.0 })
}

/// The median of the lengths for some series of so many days, between 2 and a quarter of the days.
/// Without any length it is the least one.
pub fn median_block_length(mut lengths: Vec<f64>, days: usize) -> f64 {
    lengths.sort_unstable_by(f64::total_cmp);
    let middle = lengths.len() / 2;
    let median = match lengths.len() {
        0 => LEAST,
        odd if odd % 2 == 1 => lengths[middle],
        _ => f64::midpoint(lengths[middle - 1], lengths[middle]),
    };
    median.min(days as f64 / 4.0).max(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::noise::normals;

    #[test]
    fn what_does_not_vary_has_no_length() {
        assert_eq!(block_length(&[0.5; 100]), None);
        assert_eq!(block_length(&[0.5]), None);
        assert_eq!(block_length(&[]), None);
    }

    #[test]
    fn days_that_follow_from_the_day_before_need_longer_blocks() {
        let noise: Vec<f64> = normals(3, 1_000).collect();
        let mut last = 0.0;
        let persistent: Vec<f64> = noise
            .iter()
            .map(|shock| {
                last = 0.7 * last + shock;
                last
            })
            .collect();
        let (short, long) = (block_length(&noise).unwrap(), block_length(&persistent).unwrap());
        assert!(short < 5.0 && (8.0..60.0).contains(&long), "{short} {long}");
    }

    #[test]
    fn the_median_keeps_between_its_bounds() {
        assert_eq!(median_block_length(vec![], 400), 2.0);
        assert_eq!(median_block_length(vec![9.0, 3.0, 5.0], 400), 5.0);
        assert_eq!(median_block_length(vec![9.0, 3.0, 5.0, 6.0], 400), 5.5);
        assert_eq!(median_block_length(vec![90.0], 40), 10.0);
        assert_eq!(median_block_length(vec![0.1], 40), 2.0);
    }
}
