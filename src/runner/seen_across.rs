//! Trials of one combination on several series as one: what a walk-forward chooses by, where
//! combinations are compared across series.

use std::collections::BTreeSet;

use super::seen::Seen;
use super::window_trials::SeenTrial;
use crate::run::Objective;
use crate::sweep::Across;

/// How combinations of a search are compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Together {
    pub across: Across,
    /// How many indices lie between a combination on one series and on the next.
    pub stride: u64,
    /// How many series there are.
    pub series: u64,
}

impl Seen {
    /// The combinations, each by its trial on the first series: its objective is the score over all
    /// series, and what it earned is the mean. A trial that failed makes it fail, one that broke a
    /// constraint keeps it from being chosen, and one without the objective leaves it without. The
    /// best has no metrics of its own. It is sorted, and so is what comes of it.
    pub(super) fn across(mut self, together: Together, objective: Objective) -> Self {
        let Together { stride, series, .. } = together;
        let lost: BTreeSet<u64> = self.lost.iter().map(|index| index % stride).collect();
        let trials = std::mem::take(&mut self.trials);
        let of = |index: u64| {
            let place = trials.binary_search_by_key(&index, |trial| trial.index);
            place.ok().map(|place| trials[place])
        };
        let firsts = trials.iter().take_while(|trial| trial.index < stride);
        let firsts = firsts.map(|trial| trial.index).filter(|index| !lost.contains(index));
        let combinations = firsts.filter_map(|first| {
            let own = (0..series).map(|number| of(first + number * stride));
            own.collect::<Option<Vec<SeenTrial>>>().map(|own| combined(&own, together, objective))
        });
        self.trials = combinations.collect();
        self.lost = lost.into_iter().collect();
        self.best = None;
        let feasible = |trial: &SeenTrial| Some((trial.index, trial.feasible()?));
        let better = |best: (u64, f64), next: (u64, f64)| {
            if objective.prefers(next.1, best.1) { next } else { best }
        };
        let best = self.trials.iter().filter_map(feasible).reduce(better);
        self.best = best.map(|(index, value)| (index, value, Box::default()));
        self
    }

    /// The objective of a trial, if it kept the constraints. It is sorted.
    pub(super) fn objective_of(&self, index: u64) -> Option<f64> {
        let place = self.trials.binary_search_by_key(&index, |trial| trial.index).ok()?;
        self.trials[place].feasible()
    }
}

/// The trials of a combination as one.
fn combined(own: &[SeenTrial], together: Together, objective: Objective) -> SeenTrial {
    // Less is better of costs.
    let sign = if objective.prefers(1.0, 0.0) { -1.0 } else { 1.0 };
    let costs: Option<Vec<f64>> =
        own.iter().map(|trial| trial.objective.map(|value| sign * value)).collect();
    let returns: Option<Vec<f64>> = own.iter().map(|trial| trial.total_return).collect();
    SeenTrial {
        index: own[0].index,
        keeps: own.iter().all(|trial| trial.keeps),
        objective: costs.and_then(|costs| together.across.cost(&costs)).map(|cost| sign * cost),
        total_return: returns.map(|returns| returns.iter().sum::<f64>() / returns.len() as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Goal, Metric};
    use crate::run::ALL_TRIALS;

    /// Objectives of three combinations on three series; `None` of a trial that failed.
    type Values = [[Option<f64>; 3]; 3];

    fn seen(values: &Values) -> Seen {
        let mut seen = Seen::default();
        for (series, row) in (0..).zip(values) {
            for (combination, value) in (0..).zip(row) {
                let index = series * 3 + combination;
                match value {
                    Some(_) => seen.trials.push(SeenTrial {
                        index,
                        keeps: true,
                        objective: *value,
                        total_return: value.map(|it| it / 10.0),
                    }),
                    None => seen.lost.push(index),
                }
            }
        }
        seen
    }

    fn told(seen: Seen, across: Across, goal: Goal) -> (Option<(u64, f64)>, Vec<u64>, Seen) {
        let objective = Objective { metric: Metric::Sharpe, goal };
        let all = seen.across(Together { across, stride: 3, series: 3 }, objective);
        let best = all.best.as_ref().map(|(index, value, _)| (*index, *value));
        (best, all.lost.clone(), all)
    }

    #[test]
    fn combinations_are_chosen_by_their_score_over_all_series() {
        // Means 3, 2, 8/3; middle ones 1, 2, 3; worst 0, 2, 1 and as costs 8, 2, 4.
        let values = [
            [Some(8.0), Some(2.0), Some(4.0)],
            [Some(0.0), Some(2.0), Some(1.0)],
            [Some(1.0), Some(2.0), Some(3.0)],
        ];
        let best = |across, goal| told(seen(&values), across, goal).0;
        assert_eq!(best(Across::Mean, Goal::Maximize), Some((0, 3.0)));
        assert_eq!(best(Across::Median, Goal::Maximize), Some((2, 3.0)));
        assert_eq!(best(Across::Least, Goal::Maximize), Some((1, 2.0)));
        assert_eq!(best(Across::Least, Goal::Minimize), Some((1, 2.0)));
        assert_eq!(best(Across::Median, Goal::Minimize), Some((0, 1.0)));
        let (.., all) = told(seen(&values), Across::Mean, Goal::Maximize);
        let held_together = (0.3 + 0.2 + 0.8 / 3.0) / 3.0;
        assert!((all.baselines()[ALL_TRIALS] - held_together).abs() < 1e-15);
        assert_eq!(all.objective_of(1), Some(2.0));
    }

    #[test]
    fn one_trial_decides_for_its_combination() {
        let values = [
            [Some(8.0), Some(2.0), Some(1.0)],
            [Some(8.0), Some(2.0), Some(1.0)],
            [None, Some(2.0), Some(1.0)],
        ];
        let mut broken = seen(&values);
        let place = broken.trials.iter().position(|trial| trial.index == 4).unwrap();
        broken.trials[place].keeps = false;
        let (best, lost, all) = told(broken, Across::Mean, Goal::Maximize);
        assert_eq!((best, lost), (Some((2, 1.0)), vec![0]));
        assert_eq!(all.objective_of(1), None, "a choice that was not allowed");
        let mut undefined = seen(&values);
        undefined.trials.iter_mut().filter(|it| it.index == 5).for_each(|it| it.objective = None);
        let (best, ..) = told(undefined, Across::Least, Goal::Maximize);
        assert_eq!(best, Some((1, 2.0)));
    }
}
