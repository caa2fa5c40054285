//! What a walk-forward keeps of the trials over one span, whatever order they come in.

use std::collections::BTreeMap;

use super::held::Held;
use super::window_trials::{PartTrials, SeenTrial};
use crate::metrics::{Metric, Metrics, mean};
use crate::run::{
    ALL_TRIALS, BUY_AND_HOLD, Failure, HINDSIGHT, MEDIAN_TRIAL, NamedMetrics, Objective,
    TrialOutcome, TrialRow, TrialState, Tries, WindowTrial,
};
use crate::sweep::{Grid, plateaus};
use crate::validation::{rank_correlation, ranks};

/// The trials of a span.
#[derive(Default)]
pub(super) struct Seen {
    /// How many indices each series has, where there are several; else 0.
    pub stride: u64,
    pub(super) trials: Vec<SeenTrial>,
    /// The best feasible one: its index, the objective and the rest, of parts of one simulation
    /// nothing.
    pub best: Option<(u64, f64, Box<Metrics>)>,
    /// What holding the first instrument of each series earned.
    pub(super) held: Held,
    /// Days that have a return.
    pub days: usize,
    pub failed: u64,
    /// Which of them failed, in any order.
    pub(super) lost: Vec<u64>,
    pub(super) failures: BTreeMap<(String, String), (u64, u64)>,
    pub tries: Vec<Tries>,
}

impl Seen {
    pub(super) fn take(&mut self, rows: Vec<TrialRow>, objective: Objective) {
        for row in rows {
            let index = row.trial_index;
            match row.outcome {
                TrialOutcome::Completed(metrics) => {
                    self.take_completed(index, true, metrics, objective);
                }
                TrialOutcome::Infeasible(metrics) => {
                    self.take_completed(index, false, metrics, objective);
                }
                TrialOutcome::Failed(failure) => self.take_failed(index, *failure),
            }
        }
    }

    fn take_completed(
        &mut self,
        index: u64,
        keeps: bool,
        metrics: Box<Metrics>,
        objective: Objective,
    ) {
        let value = metrics.value(objective.metric);
        let total_return = metrics.value(Metric::TotalReturn);
        let trial = SeenTrial { index, keeps, objective: value, total_return };
        let feasible = trial.feasible();
        self.trials.push(trial);
        let days = metrics.value(Metric::ReturnDays).map_or(0, |days| days as usize);
        let series = index.checked_div(self.stride).unwrap_or(0);
        self.held.note(series, days, metrics.value(Metric::BuyHoldReturn));
        self.days = self.days.max(days);
        if let Some(value) = feasible.filter(|value| self.is_better(index, *value, objective)) {
            self.best = Some((index, value, metrics));
        }
    }

    /// Takes trials over a part of one simulation, of which only that is known.
    pub(super) fn take_part(&mut self, part: PartTrials, objective: Objective) {
        for trial in &part.trials {
            let better = |value: &f64| self.is_better(trial.index, *value, objective);
            if let Some(value) = trial.feasible().filter(better) {
                self.best = Some((trial.index, value, Box::default()));
            }
        }
        self.trials.extend(part.trials);
        self.days = self.days.max(part.days);
        self.held.merge(&part.held);
    }

    fn is_better(&self, index: u64, value: f64, objective: Objective) -> bool {
        self.best.as_ref().is_none_or(|(known, best, _)| {
            objective.prefers(value, *best) || (value == *best && index < *known)
        })
    }

    /// Trials that failed over all days, which are counted where they were taken.
    pub(super) fn lose(&mut self, indices: &[u64]) {
        self.lost.extend_from_slice(indices);
    }

    fn take_failed(&mut self, index: u64, failure: Failure) {
        self.failed += 1;
        self.lost.push(index);
        let kind = (failure.reason, failure.message);
        let (count, sample) = self.failures.entry(kind).or_insert((0, index));
        *count += 1;
        *sample = index.min(*sample);
    }

    /// Adds what a chunk tried: one entry an instrument, however many chunks there are.
    pub(super) fn note(&mut self, tries: Vec<Tries>) {
        for new in tries {
            let is_same =
                |it: &&mut Tries| it.instrument == new.instrument && it.strategy == new.strategy;
            match self.tries.iter_mut().find(is_same) {
                Some(known) => {
                    known.trials += new.trials;
                    known.configurations.merge(&new.configurations);
                }
                None => self.tries.push(new),
            }
        }
    }

    /// In the order of trials.
    pub(super) fn sorted(mut self) -> Self {
        self.trials.sort_unstable_by_key(|trial| trial.index);
        self
    }

    /// Each trial in these days and in those after them, in the order of trials. Both are sorted.
    pub(super) fn beside(&self, outside: &Self) -> Vec<WindowTrial> {
        let after = |index: u64| {
            let place = outside.trials.binary_search_by_key(&index, |trial| trial.index);
            place.ok().and_then(|place| outside.trials[place].objective)
        };
        let ran = |trial: &SeenTrial| WindowTrial {
            trial_index: trial.index,
            state: if trial.keeps { TrialState::Completed } else { TrialState::Infeasible },
            in_sample: trial.objective,
            out_of_sample: after(trial.index),
        };
        let failed = |index: &u64| WindowTrial {
            trial_index: *index,
            state: TrialState::Failed,
            in_sample: None,
            out_of_sample: after(*index),
        };
        let mut all: Vec<WindowTrial> =
            self.trials.iter().map(ran).chain(self.lost.iter().map(failed)).collect();
        all.sort_unstable_by_key(|trial| trial.trial_index);
        all
    }

    /// The trial amid the highest plateau, of equal ones the first: its index. It is sorted.
    pub(super) fn on_plateau(&self, grid: &Grid, objective: Objective) -> Option<u64> {
        let feasible = |trial: &SeenTrial| Some((trial.index, trial.feasible()?));
        let values: Vec<(u64, f64)> = self.trials.iter().filter_map(feasible).collect();
        let plateaus = plateaus(grid, &values);
        let known = values.iter().zip(plateaus).filter_map(|(own, value)| Some((own.0, value?)));
        let higher = |best: (u64, f64), next: (u64, f64)| {
            if objective.prefers(next.1, best.1) { next } else { best }
        };
        known.reduce(higher).map(|(index, _)| index)
    }

    pub(super) fn completed(&self) -> u64 {
        self.trials.len() as u64
    }

    /// What others than the account earned over these days.
    pub(super) fn baselines(&self) -> NamedMetrics {
        let mut returns: Vec<f64> =
            self.trials.iter().filter_map(|trial| trial.total_return).collect();
        let all = mean(&returns);
        returns.sort_unstable_by(f64::total_cmp);
        let middle = returns.len() / 2;
        let median = match returns.len() {
            0 => None,
            count if count % 2 == 1 => Some(returns[middle]),
            _ => Some(f64::midpoint(returns[middle - 1], returns[middle])),
        };
        let best = returns.last().copied();
        [
            (ALL_TRIALS, all),
            (MEDIAN_TRIAL, median),
            (BUY_AND_HOLD, self.held.mean()),
            (HINDSIGHT, best),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
    }
}

/// How ranks in and out of sample go together over the trials that were feasible in sample, and the
/// place of what was chosen among all of them out of sample, 1 being the best. Both are sorted.
pub(super) fn compared(
    inside: &Seen,
    outside: &Seen,
    objective: Objective,
) -> (Option<f64>, Option<f64>) {
    // More is better from here on.
    let sign = if objective.prefers(1.0, 0.0) { 1.0 } else { -1.0 };
    let defined: Vec<(u64, f64)> = outside
        .trials
        .iter()
        .filter_map(|trial| Some((trial.index, sign * trial.objective?)))
        .collect();
    let place = |index: u64| defined.binary_search_by_key(&index, |(other, _)| *other).ok();
    let pair = |trial: &SeenTrial| {
        let after = defined[place(trial.index)?].1;
        trial.feasible().map(|before| (sign * before, after))
    };
    let pairs: Vec<(f64, f64)> = inside.trials.iter().filter_map(pair).collect();
    let values: Vec<f64> = defined.iter().map(|(_, value)| *value).collect();
    let chosen = inside.best.as_ref().and_then(|(index, ..)| place(*index));
    let rank = chosen.map(|chosen| (values.len() + 1) as f64 - ranks(&values)[chosen]);
    (rank_correlation(&pairs), rank)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Goal;

    const MOST: Objective = Objective { metric: Metric::Sharpe, goal: Goal::Maximize };
    const LEAST: Objective = Objective { metric: Metric::Sharpe, goal: Goal::Minimize };

    /// A trial with that objective, which is also its return.
    fn trial(trial_index: u64, value: Option<f64>, keeps: bool) -> TrialRow {
        let mut metrics = Box::<Metrics>::default();
        metrics.set(Metric::Sharpe, value);
        metrics.set(Metric::TotalReturn, value);
        metrics.set(Metric::ReturnDays, Some(trial_index as f64));
        let outcome = if keeps {
            TrialOutcome::Completed(metrics)
        } else {
            TrialOutcome::Infeasible(metrics)
        };
        TrialRow { trial_index, outcome, compute_us: 0, detail: None }
    }

    fn seen(rows: Vec<TrialRow>, objective: Objective) -> Seen {
        let mut seen = Seen::default();
        // One by one, the last first: the order is nobody's business.
        for row in rows.into_iter().rev() {
            seen.take(vec![row], objective);
        }
        seen.sorted()
    }

    fn values(values: &[f64]) -> Vec<TrialRow> {
        let rows = values.iter().zip(0..).map(|(value, index)| trial(index, Some(*value), true));
        rows.collect()
    }

    fn best(seen: &Seen) -> Option<u64> {
        seen.best.as_ref().map(|(index, ..)| *index)
    }

    #[test]
    fn the_best_feasible_trial_is_chosen_the_first_of_equal_ones() {
        let rows = || {
            let mut rows = values(&[1.0, 3.0, 3.0, 2.0]);
            rows.push(trial(4, Some(9.0), false));
            rows.push(trial(5, None, true));
            rows
        };
        assert_eq!(best(&seen(rows(), MOST)), Some(1));
        assert_eq!(best(&seen(rows(), LEAST)), Some(0));
        assert_eq!(best(&seen(vec![trial(0, Some(1.0), false)], MOST)), None);
        assert_eq!(seen(rows(), MOST).days, 5);
    }

    #[test]
    fn of_parts_of_one_simulation_the_same_is_chosen_in_whatever_order_they_come() {
        let trial = |index: u64, value: Option<f64>, keeps: bool| SeenTrial {
            index,
            keeps,
            objective: value,
            total_return: value,
        };
        let held = |days, held| {
            let mut all = Held::default();
            all.note(0, days, Some(held));
            all
        };
        let ruined = PartTrials { trials: vec![trial(4, None, true)], days: 3, held: held(3, 0.5) };
        let whole = PartTrials {
            trials: vec![
                trial(3, Some(2.0), true),
                trial(2, Some(3.0), true),
                trial(1, Some(3.0), true),
                trial(0, Some(9.0), false),
            ],
            days: 9,
            held: held(9, 0.1),
        };
        for parts in [[ruined.clone(), whole.clone()], [whole, ruined]] {
            let mut seen = Seen::default();
            for part in parts {
                seen.take_part(part, MOST);
            }
            let seen = seen.sorted();
            assert_eq!((best(&seen), seen.days, seen.completed()), (Some(1), 9, 5));
            // Holding is told by whoever lived to see all days.
            assert_eq!(seen.baselines()[BUY_AND_HOLD], 0.1);
        }
    }

    #[test]
    fn others_earn_the_mean_the_middle_and_the_most_of_all_trials() {
        let of = |rows| seen(rows, MOST).baselines();
        let four = of(values(&[0.4, -0.2, 0.1, 0.9]));
        let near = |name: &str, value: f64| assert!((four[name] - value).abs() < 1e-15, "{name}");
        near(ALL_TRIALS, 0.3);
        near(MEDIAN_TRIAL, 0.25);
        near(HINDSIGHT, 0.9);
        assert_eq!(of(values(&[3.0, 1.0, 2.0]))[MEDIAN_TRIAL], 2.0);
        assert_eq!(of(Vec::new()), NamedMetrics::new());
    }

    #[test]
    fn ranks_are_compared_over_the_trials_that_could_have_been_chosen() {
        let mut before = values(&[1.0, 2.0, 3.0]);
        // Better than all, but not allowed.
        before.push(trial(3, Some(4.0), false));
        let after = values(&[30.0, 20.0, 10.0, 40.0]);
        let (kept, rank) = compared(&seen(before, MOST), &seen(after, MOST), MOST);
        // Trial 2 was chosen, and is the last of four afterwards.
        assert_eq!((kept, rank), (Some(-1.0), Some(4.0)));
    }

    #[test]
    fn of_what_is_to_be_small_the_least_is_the_first() {
        let (before, after) = (values(&[1.0, 2.0, 3.0]), values(&[1.0, 5.0, 9.0]));
        let (kept, rank) = compared(&seen(before, LEAST), &seen(after, LEAST), LEAST);
        assert_eq!((kept, rank), (Some(1.0), Some(1.0)));
    }

    #[test]
    fn a_trial_that_is_not_there_afterwards_is_in_no_pair() {
        let before = values(&[4.0, 1.0, 2.0, 3.0]);
        let mut after = vec![trial(0, None, true)];
        after.extend(values(&[0.0, 1.0, 2.0, 3.0]).into_iter().skip(1));
        let (kept, rank) = compared(&seen(before, MOST), &seen(after, MOST), MOST);
        assert_eq!((kept, rank), (Some(1.0), None));
    }

    #[test]
    fn a_trial_stands_beside_itself_whatever_became_of_it() {
        let failed = |index| TrialRow::failed(index, Failure::new("PANIC", "a"), 0);
        let mut before = values(&[1.0, 2.0]);
        before.extend([trial(2, Some(3.0), false), trial(3, None, true), failed(4), failed(5)]);
        let mut after = values(&[10.0]);
        after.extend([failed(1), trial(2, Some(30.0), false), trial(5, Some(50.0), true)]);
        let both = seen(before, MOST).beside(&seen(after, MOST));
        let told: Vec<_> = both
            .iter()
            .map(|it| (it.trial_index, it.state, it.in_sample, it.out_of_sample))
            .collect();
        let expected = [
            (0, TrialState::Completed, Some(1.0), Some(10.0)),
            (1, TrialState::Completed, Some(2.0), None),
            (2, TrialState::Infeasible, Some(3.0), Some(30.0)),
            (3, TrialState::Completed, None, None),
            (4, TrialState::Failed, None, None),
            (5, TrialState::Failed, None, Some(50.0)),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn failures_are_told_by_their_kind_the_most_frequent_first() {
        let failed =
            |index, message: &str| TrialRow::failed(index, Failure::new("PANIC", message), 0);
        let one = seen(vec![failed(3, "a"), failed(5, "b")], MOST);
        let other = seen(vec![failed(2, "b"), failed(9, "b")], MOST);
        assert_eq!(other.failed, 2);
        let groups = one.failures(other);
        let told: Vec<_> = groups
            .iter()
            .map(|group| (group.message.as_str(), group.count, group.sample_trial_index))
            .collect();
        assert_eq!(told, [("b", 3, 2), ("a", 1, 3)]);
    }
}
