//! The tails of daily returns.

use crate::metrics::mean;

/// Of how many days in a hundred the tails are.
const TAIL: f64 = 0.05;

/// The figures by name.
pub(super) fn tails(returns: &[f64]) -> Vec<(&'static str, f64)> {
    let mut sorted = returns.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let (Some(&worst), Some(&best)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    let (low, high) = (quantile(&sorted, TAIL), quantile(&sorted, 1.0 - TAIL));
    // The worst day, and of twenty more than one each one more.
    let tail = ((sorted.len() - 1) as f64 * TAIL) as usize + 1;
    let (up, down) = (sum(returns, |value| value), sum(returns, |value| -value));
    let positive = returns.iter().filter(|value| **value > 0.0).count();
    let figures = [
        ("value_at_risk", Some(-low)),
        ("conditional_value_at_risk", mean(&sorted[..tail]).map(|mean| -mean)),
        ("omega", (down > 0.0).then(|| up / down)),
        ("tail_ratio", (low != 0.0).then(|| (high / low).abs())),
        ("best_day", Some(best)),
        ("worst_day", Some(worst)),
        ("positive_days", Some(positive as f64 / returns.len() as f64)),
    ];
    figures.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The sum of those that are above zero.
fn sum(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    values.iter().map(|value| of(*value).max(0.0)).sum()
}

/// Linear between the neighbours of a sorted sample.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = (sorted.len() - 1) as f64 * share;
    let below = place as usize;
    let above = sorted.get(below + 1).copied().unwrap_or(sorted[below]);
    sorted[below] + (place - below as f64) * (above - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(returns: &[f64], name: &str) -> Option<f64> {
        tails(returns).into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    #[test]
    fn figures_are_those_worked_out_by_hand() {
        // From -10 % to 10 % in steps of a half: the quantile at 5 % is two steps in.
        let returns: Vec<f64> = (-20..=20).rev().map(|step| f64::from(step) / 200.0).collect();
        let close = |name, value: f64| {
            let told = figure(&returns, name).unwrap();
            assert!((told - value).abs() < 1e-12, "{name}: {told}");
        };
        close("value_at_risk", 0.09);
        close("conditional_value_at_risk", (0.1 + 0.095 + 0.09) / 3.0);
        close("omega", 1.0);
        close("tail_ratio", 1.0);
        close("best_day", 0.1);
        close("worst_day", -0.1);
        close("positive_days", 20.0 / 41.0);
        // Between two days it is linear.
        assert!((figure(&[0.1, -0.1], "value_at_risk").unwrap() - 0.09).abs() < 1e-12);
    }

    #[test]
    fn what_is_undefined_is_absent() {
        assert!(tails(&[]).is_empty());
        assert_eq!((figure(&[0.0; 5], "omega"), figure(&[0.0; 5], "tail_ratio")), (None, None));
        assert_eq!(figure(&[0.0; 5], "worst_day"), Some(0.0));
    }
}
