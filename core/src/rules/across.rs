//! Functions across the instruments of a run: each over those whose bar ended now and that have a
//! value, in the order of the run.

use super::kernel::{NONE, condition, finite};
use super::language::Kernel;

/// The value of each member that has one; `count` is how many are picked, where some are.
pub(super) fn across(kernel: Kernel, count: u32, values: &[f64]) -> Vec<f64> {
    let members = values.len() as f64;
    let mean = || values.iter().sum::<f64>() / members;
    match kernel {
        Kernel::AcrossRank => values.iter().map(|value| rank(*value, values)).collect(),
        Kernel::AcrossZscore => {
            let mean = mean();
            let squares = values.iter().map(|value| (value - mean) * (value - mean));
            let deviation = libm::sqrt(squares.sum::<f64>() / members);
            let all_alike = values.iter().all(|value| *value == values[0]);
            let score = |value: &f64| {
                if all_alike { NONE } else { finite((value - mean) / deviation) }
            };
            values.iter().map(score).collect()
        }
        Kernel::AcrossDemean => {
            let mean = mean();
            values.iter().map(|value| finite(value - mean)).collect()
        }
        Kernel::AcrossScale => {
            let all: f64 = values.iter().map(|value| value.abs()).sum();
            values.iter().map(|value| finite(value / all)).collect()
        }
        Kernel::AcrossMean => {
            let mean = finite(mean());
            values.iter().map(|_| mean).collect()
        }
        Kernel::AcrossTop => picked(values, count, |one, other| other.total_cmp(one)),
        Kernel::AcrossBottom => picked(values, count, f64::total_cmp),
        _ => values.iter().map(|_| NONE).collect(),
    }
}

/// From 0 for the least to 1 for the greatest; equal ones share the mean of their places.
fn rank(value: f64, values: &[f64]) -> f64 {
    let below = values.iter().filter(|other| **other < value).count() as f64;
    let equal = values.iter().filter(|other| **other == value).count() as f64;
    if values.len() == 1 { 0.5 } else { (below + (equal - 1.0) / 2.0) / (values.len() - 1) as f64 }
}

/// Whether each is among the first of an order; of equals the one that was named first goes first.
fn picked(
    values: &[f64],
    count: u32,
    order: impl Fn(&f64, &f64) -> std::cmp::Ordering,
) -> Vec<f64> {
    let mut places: Vec<usize> = (0..values.len()).collect();
    // Zero added, so that both zeros are one.
    places.sort_by(|one, other| order(&(values[*one] + 0.0), &(values[*other] + 0.0)));
    let mut is_in = vec![condition(false); values.len()];
    for place in places.into_iter().take(count as usize) {
        is_in[place] = condition(true);
    }
    is_in
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_what_it_says() {
        let values = [3.0, -1.0, 3.0, 7.0];
        let of = |kernel| across(kernel, 2, &values);
        assert_eq!(of(Kernel::AcrossRank), [0.5, 0.0, 0.5, 1.0]);
        assert_eq!(of(Kernel::AcrossDemean), [0.0, -4.0, 0.0, 4.0]);
        assert_eq!(of(Kernel::AcrossMean), [3.0; 4]);
        assert_eq!(of(Kernel::AcrossScale), [3.0 / 14.0, -1.0 / 14.0, 3.0 / 14.0, 0.5]);
        let deviation = 8.0_f64.sqrt();
        assert_eq!(of(Kernel::AcrossZscore), [0.0, -4.0 / deviation, 0.0, 4.0 / deviation]);
        // Of equals the first.
        assert_eq!(of(Kernel::AcrossTop), [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(of(Kernel::AcrossBottom), [1.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn who_is_alone_stands_in_the_middle_and_has_no_score() {
        let of = |kernel| across(kernel, 2, &[0.1])[0];
        assert_eq!((of(Kernel::AcrossRank), of(Kernel::AcrossTop)), (0.5, 1.0));
        assert!(of(Kernel::AcrossZscore).is_nan());
        // Nor have many that are all alike, whatever their sum rounds to.
        assert!(across(Kernel::AcrossZscore, 0, &[0.1; 3]).iter().all(|score| score.is_nan()));
        assert!(across(Kernel::AcrossScale, 0, &[0.0, 0.0]).iter().all(|part| part.is_nan()));
        assert!(across(Kernel::AcrossRank, 0, &[]).is_empty());
    }
}
