//! How trials of a search that learns stand to each other.

use super::objective::Objective;
use super::spec::OptimizationSpec;
use super::trial::{Trial, TrialState};
use crate::metrics::{Goal, Metric};
use crate::sweep::{OBJECTIVES_MAX, Standing};

/// What a bound costs that is broken because its metric is not defined.
const UNDEFINED_COST: f64 = 1e9;

impl OptimizationSpec {
    /// What trials are compared by, the first objective first.
    pub fn objectives(&self) -> impl Iterator<Item = Objective> + '_ {
        std::iter::once(self.objective).chain(self.more_objectives.iter().copied())
    }

    /// The metrics of all objectives and constraints, each once.
    pub fn compared_metrics(&self) -> Vec<Metric> {
        let wanted: Vec<Metric> = self
            .objectives()
            .map(|objective| objective.metric)
            .chain(self.constraints.iter().map(|bound| bound.metric))
            .collect();
        Metric::ALL.iter().copied().filter(|metric| wanted.contains(metric)).collect()
    }
}

/// How a trial stands to others of the same search.
fn standing(spec: &OptimizationSpec, trial: &Trial) -> Standing {
    match trial.state {
        TrialState::Failed => Standing::Failed,
        TrialState::Infeasible => Standing::Infeasible(violation(spec, trial)),
        TrialState::Completed => {
            let mut costs = [0.0; OBJECTIVES_MAX];
            for (cost, objective) in costs.iter_mut().zip(spec.objectives()) {
                match (trial.metrics.value(objective.metric), objective.goal) {
                    (Some(value), Goal::Minimize) => *cost = value,
                    (Some(value), Goal::Maximize) => *cost = -value,
                    (None, _) => return Standing::Undefined,
                }
            }
            Standing::Good(costs)
        }
    }
}

/// By how much its bounds are broken together, each as a part of itself.
fn violation(spec: &OptimizationSpec, trial: &Trial) -> f64 {
    let broken = spec.constraints.iter().map(|bound| {
        let Some(value) = trial.metrics.value(bound.metric) else { return UNDEFINED_COST };
        let beyond = |limit: f64, by: f64| by.max(0.0) / limit.abs().max(1.0);
        let below = bound.min.map_or(0.0, |min| beyond(min, min - value));
        below + bound.max.map_or(0.0, |max| beyond(max, value - max))
    });
    broken.sum()
}

/// How the combinations of a generation stand; its trials are all of them on one series before the
/// next. Where combinations are not compared across series each is its only trial.
pub fn standings(
    spec: &OptimizationSpec,
    trials: &[Trial],
    combinations: usize,
) -> Vec<(u64, Standing)> {
    let first = &trials[..combinations.min(trials.len())];
    let Some(across) = spec.across else {
        return first.iter().map(|trial| (trial.trial_index, standing(spec, trial))).collect();
    };
    let of_place = |place: usize| -> Vec<Standing> {
        let own = trials.iter().skip(place).step_by(combinations);
        own.map(|trial| standing(spec, trial)).collect()
    };
    let stands =
        |(place, trial): (usize, &Trial)| (trial.trial_index, across.standing(&of_place(place)));
    first.iter().enumerate().map(stands).collect()
}
