//! How many of many trials survive a test that knows how many were tried: none of them false (the
//! first two), or a share of them (the others).

/// The p values times their number (Bonferroni 1936): the chance that any of all is false, however
/// trials depend on each other.
pub fn adjusted_bonferroni(p: &[f64]) -> Vec<f64> {
    p.iter().map(|one| (one * p.len() as f64).min(1.0)).collect()
}

/// The same step by step (Holm 1979): each only pays for those that are not smaller. On the same
/// terms, and never less powerful.
pub fn adjusted_holm(p: &[f64]) -> Vec<f64> {
    let mut adjusted = vec![1.0; p.len()];
    let mut greatest = 0.0_f64;
    for (rank, place) in ascending(p).into_iter().enumerate() {
        greatest = greatest.max(p[place] * (p.len() - rank) as f64).min(1.0);
        adjusted[place] = greatest;
    }
    adjusted
}

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
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (rank, place) in ascending(p).into_iter().enumerate().rev() {
        least = least.min(p[place] * (p.len() as f64 / (rank + 1) as f64) * factor);
        adjusted[place] = least;
    }
    adjusted
}

/// The places of the values, the smallest first, equal ones in their order.
fn ascending(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_unstable_by(|a, b| p[*a].total_cmp(&p[*b]).then(a.cmp(b)));
    order
}

/// How many are at most `alpha`.
pub fn count_within(p: &[f64], alpha: f64) -> usize {
    p.iter().filter(|p| **p <= alpha).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::mix;

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
    fn step_by_step_each_pays_for_those_that_are_left() {
        let p = [0.2, 0.01, 0.04];
        let near = |found: &[f64], by_hand: [f64; 3]| {
            found
                .iter()
                .zip(by_hand)
                .for_each(|(p, q)| assert!((p - q).abs() < 1e-15, "{found:?}"));
        };
        near(&adjusted_bonferroni(&p), [0.6, 0.03, 0.12]);
        near(&adjusted_holm(&p), [0.2, 0.03, 0.08]);
        assert_eq!(adjusted_bonferroni(&[0.7, 0.6]), [1.0, 1.0]);
        assert_eq!(adjusted_holm(&[0.7, 0.6]), [1.0, 1.0]);
    }

    #[test]
    fn of_noise_one_family_in_twenty_has_a_false_discovery_and_no_more() {
        // Independent p values without any merit, uniform by definition.
        let unit = |word: u64| (mix(word) >> 11) as f64 / (1_u64 << 53) as f64;
        let family = |seed: u64| (0..40).map(|n| unit(seed * 40 + n)).collect::<Vec<_>>();
        let share = |adjust: fn(&[f64]) -> Vec<f64>| {
            let found = |seed: &u64| count_within(&adjust(&family(*seed)), 0.05) > 0;
            (0..4_000).filter(found).count() as f64 / 4_000.0
        };
        // Of a binomial law of 4,000 with a twentieth, three deviations are 0.0103.
        for adjust in [adjusted_bonferroni, adjusted_holm, adjusted_bh] {
            let share = share(adjust);
            assert!((0.0397..0.0603).contains(&share), "{share}");
        }
        assert!(share(adjusted_by) < 0.05);
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
