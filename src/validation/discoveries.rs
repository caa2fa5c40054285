//! How many of many trials survive if a share of those that do may be false.

/// The p values adjusted as Benjamini and Hochberg (1995) have it, in the order given: the share of
/// false ones among all with at most that p, where trials are independent or rise together.
pub fn adjusted_bh(p: &[f64]) -> Vec<f64> {
    adjusted(p, 1.0)
}

/// The same as Benjamini and Yekutieli (2001) have it, however trials depend on each other.
pub fn adjusted_by(p: &[f64]) -> Vec<f64> {
    adjusted(p, (1..=p.len()).map(|rank| 1.0 / rank as f64).sum())
}

fn adjusted(p: &[f64], factor: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_unstable_by(|a, b| p[*a].total_cmp(&p[*b]).then(a.cmp(b)));
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (rank, place) in order.into_iter().enumerate().rev() {
        least = least.min(p[place] * (p.len() as f64 / (rank + 1) as f64) * factor);
        adjusted[place] = least;
    }
    adjusted
}

/// How many are at most `alpha`.
pub fn count_within(p: &[f64], alpha: f64) -> usize {
    p.iter().filter(|p| **p <= alpha).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_pays_for_all_and_the_greatest_for_itself() {
        let adjusted = adjusted_bh(&[0.2, 0.01, 0.04]);
        for (found, by_hand) in adjusted.iter().zip([0.2, 0.03, 0.06]) {
            assert!((found - by_hand).abs() < 1e-15);
        }
        let factor = 1.0 + 1.0 / 2.0 + 1.0 / 3.0;
        assert!((adjusted_by(&[0.2, 0.01, 0.04])[1] - 0.03 * factor).abs() < 1e-15);
        assert_eq!(count_within(&adjusted, 0.05), 1);
        assert_eq!(adjusted_bh(&[]), Vec::<f64>::new());
    }

    #[test]
    fn an_adjusted_p_never_falls_as_the_p_rises_and_is_no_more_than_one() {
        let p = [0.9, 0.03, 0.031, 0.5, 0.029, 0.99];
        let adjusted = adjusted_by(&p);
        let mut order: Vec<usize> = (0..p.len()).collect();
        order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
        assert!(order.windows(2).all(|pair| adjusted[pair[0]] <= adjusted[pair[1]]));
        assert!(adjusted.iter().all(|p| *p <= 1.0));
    }
}
