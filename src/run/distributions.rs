//! What runs that judge others leave for charts: long lists of numbers, each by its name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::spec::RunKind;

/// Values that are kept of one list.
const VALUES_MAX: usize = 4_096;

/// Lists by name. Of one that is longer than 4,096 as many values are kept, evenly spread over it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Distributions(BTreeMap<String, Vec<f64>>);

impl Distributions {
    /// Every name that there can be of a validation, and so every one that can be asked for.
    const OF_VALIDATION: [&str; 11] = [
        "null_best",
        "observed_best",
        "logits",
        "in_sample",
        "out_of_sample",
        "leader_trials",
        "leader_ratios",
        "leader_p",
        "permuted_best",
        "observed_objective",
        "path_ratios",
    ];
    /// The same of a backtest under stress.
    const OF_ROBUSTNESS: [&str; 18] = [
        "fan.day",
        "fan.p05",
        "fan.p25",
        "fan.p50",
        "fan.p75",
        "fan.p95",
        "fan.observed",
        "paths.total_return",
        "paths.cagr",
        "paths.sharpe",
        "paths.max_drawdown",
        "paths.longest_drawdown_days",
        "noise.total_return",
        "noise.sharpe",
        "random.total_return",
        "random.sharpe",
        "shuffle.max_drawdown",
        "shuffle.losing_streak",
    ];

    /// Every name that can be asked for of a run of that kind; none of one that has no lists.
    pub const fn names(kind: RunKind) -> &'static [&'static str] {
        match kind {
            RunKind::Validation => &Self::OF_VALIDATION,
            RunKind::Robustness => &Self::OF_ROBUSTNESS,
            RunKind::Backtest | RunKind::Optimization | RunKind::WalkForward => &[],
        }
    }

    /// The list of that name; empty where there is nothing to tell.
    pub fn get(&self, name: &str) -> &[f64] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Keeps a list in its order.
    pub(super) fn keep(&mut self, name: &str, values: Vec<f64>) {
        debug_assert!(
            Self::OF_VALIDATION.contains(&name) || Self::OF_ROBUSTNESS.contains(&name),
            "{name}"
        );
        self.0.insert(name.to_owned(), spread(values));
    }

    /// Keeps a list in rising order.
    pub(super) fn keep_sorted(&mut self, name: &str, mut values: Vec<f64>) {
        values.sort_unstable_by(f64::total_cmp);
        self.keep(name, values);
    }
}

/// The first, the last, and what lies evenly between them.
fn spread(values: Vec<f64>) -> Vec<f64> {
    if values.len() <= VALUES_MAX {
        return values;
    }
    let place = |index: usize| index * (values.len() - 1) / (VALUES_MAX - 1);
    (0..VALUES_MAX).map(|index| values[place(index)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_keeps_its_ends_and_its_shape() {
        let mut kept = Distributions::default();
        kept.keep_sorted("logits", (0..12_870).rev().map(f64::from).collect());
        kept.keep("permuted_best", vec![3.0, 1.0]);
        let logits = kept.get("logits");
        assert_eq!((logits.len(), logits[0], logits[4_095]), (4_096, 0.0, 12_869.0));
        let middle = logits[2_048] / 12_869.0;
        assert!((middle - 0.5).abs() < 0.001, "{middle}");
        assert_eq!(kept.get("permuted_best"), [3.0, 1.0]);
        assert_eq!(kept.get("null_best"), [0.0; 0]);
    }
}
