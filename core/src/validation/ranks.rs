//! Whether what was better before was better after: ranks and how they go together.

use crate::metrics::{deviation, mean};

/// The rank of each value, 1 being the least; equal ones share the mean of theirs.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    while first < order.len() {
        let is_equal = |place: &&usize| values[**place] == values[order[first]];
        let equal = order[first..].iter().take_while(is_equal).count();
        let shared = first as f64 + (equal + 1) as f64 / 2.0;
        for place in &order[first..first + equal] {
            ranks[*place] = shared;
        }
        first += equal;
    }
    ranks
}

/// Spearman's rank correlation (1904), with shared ranks; `None` below three pairs, or where one
/// side is all the same.
pub fn rank_correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.len() < 3 {
        return None;
    }
    let (left, right): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (left, right) = (ranks(&left), ranks(&right));
    let middle = (pairs.len() + 1) as f64 / 2.0;
    let (mut both, mut lefts, mut rights) = (0.0, 0.0, 0.0);
    for (left, right) in left.iter().zip(&right) {
        let (left, right) = (left - middle, right - middle);
        both += left * right;
        lefts += left * left;
        rights += right * right;
    }
    let spread = (lefts * rights).sqrt();
    (spread > 0.0).then(|| both / spread)
}

/// The mean of values, and how many of its deviations it is from 0; the latter needs two that
/// differ.
pub fn mean_and_t(values: &[f64]) -> (Option<f64>, Option<f64>) {
    let mean = mean(values);
    let spread = deviation(values).filter(|spread| *spread > 0.0);
    let t = mean.zip(spread).map(|(mean, spread)| mean * (values.len() as f64).sqrt() / spread);
    (mean, t)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::noise::normals;

    #[test]
    fn equal_values_share_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert_eq!(ranks(&[]), [0.0; 0]);
    }

    #[test]
    fn the_same_order_is_one_the_other_way_round_minus_one() {
        let pairs = |f: fn(f64) -> f64| [1.0, 2.0, 5.0, 9.0].map(|x| (x, f(x)));
        assert_eq!(rank_correlation(&pairs(|x| x * x * x)), Some(1.0));
        assert_eq!(rank_correlation(&pairs(|x| -x)), Some(-1.0));
        assert_eq!(rank_correlation(&pairs(|_| 4.0)), None);
        assert_eq!(rank_correlation(&pairs(|x| x)[..2]), None);
        // By hand: ranks 1 2 3 4 against 2 1 4 3.
        let swapped = [(1.0, 6.0), (2.0, 5.0), (3.0, 8.0), (4.0, 7.0)];
        assert!((rank_correlation(&swapped).unwrap() - 0.6).abs() < 1e-15);
    }

    #[test]
    fn what_has_nothing_to_do_with_each_other_correlates_by_chance_only() {
        let of = |seed| {
            let pairs: Vec<_> = normals(seed, 50).zip(normals(seed + 9_000, 50)).collect();
            rank_correlation(&pairs).unwrap()
        };
        let found: Vec<f64> = (0..300).map(of).collect();
        let (mean, t) = mean_and_t(&found);
        // Its deviation is that of theory, one over the root of n - 1; its mean is nothing.
        assert!(mean.unwrap().abs() < 0.03 && t.unwrap().abs() < 3.0, "{mean:?} {t:?}");
        let spread = deviation(&found).unwrap() * 49_f64.sqrt();
        assert!((0.85..1.15).contains(&spread), "{spread}");
        assert_eq!(mean_and_t(&[0.3]).1, None);
    }
}
