//! From the numbers of a survey to what a validation tells.

use super::distributions::Distributions;
use super::grouped_days::PathSummary;
use super::objective::Objective;
use super::validation::{DeflatedRatio, MIN_DAYS, MIN_TRIALS, ValidationResult, ValidationSpec};
use crate::metrics::deviation;
use crate::validation::{
    Abandoned, Leader, Overfitting, Part, SharpeRatio, Survey, adjusted_bh, adjusted_bonferroni,
    adjusted_by, adjusted_holm, count_within, expected_maximum,
};

/// How sure it shall be, and how many discoveries may be false.
const CONFIDENCE: f64 = 0.95;
const ALPHA: f64 = 0.05;
/// Points of the curve of the deflated ratio for each factor of ten, and the last of them.
const POINTS_PER_DECADE: i32 = 4;
const LAST_DECADE: i32 = 6;

/// What a validation leaves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// What it tells.
    pub result: ValidationResult,
    /// What charts of it are drawn from.
    pub distributions: Distributions,
}

/// What is known of the trials of a search besides their returns.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The ratio of the best trial.
    pub best: Option<SharpeRatio>,
    /// How many trials there were.
    pub tried: u64,
    /// How many configurations were ever tried on the instrument.
    pub tried_ever: u64,
    /// The objective of the best trial.
    pub objective: Option<f64>,
    /// That of the best of each search over bars in another order; `None` where there was none.
    pub reordered: Vec<Option<f64>>,
}

impl Subject {
    /// The share of searches over bars in another order that found as good a best, with the search
    /// itself counted as one of them.
    fn permutation_p(&self, objective: Objective) -> Option<f64> {
        let best = self.objective.filter(|_| !self.reordered.is_empty())?;
        let reaches = |other: &&f64| !objective.prefers(best, **other);
        let reached = self.reordered.iter().flatten().filter(reaches).count();
        Some((1 + reached) as f64 / (1 + self.reordered.len()) as f64)
    }
}

impl Findings {
    /// What the survey of all trials tells.
    ///
    /// # Errors
    ///
    /// If it is not `wanted` any more: it takes seconds where there are many trials.
    pub fn of(
        spec: &ValidationSpec,
        survey: &Survey,
        part: &Part,
        subject: &Subject,
        wanted: impl Fn() -> bool,
    ) -> Result<Self, Abandoned> {
        let merits = part.merits();
        let trial_count = merits.len() as u64;
        let counted = ValidationResult {
            trial_count,
            left_out_count: subject.tried - trial_count,
            days: spec.days,
            mean_block_days: survey.draws.mean_block_days(),
            best_trial: spec.best_trial,
            // What was tried before there was a ledger is not in it.
            tried_ever: Some(subject.tried_ever.max(subject.tried)),
            permutation_p: subject.permutation_p(spec.search.objective),
            draws: spec.draw_count,
            ..ValidationResult::default()
        };
        let mut distributions = Distributions::default();
        if !subject.reordered.is_empty() {
            let found = subject.reordered.iter().flatten().copied().collect();
            distributions.keep_sorted("permuted_best", found);
            distributions.keep("observed_objective", subject.objective.into_iter().collect());
        }
        if trial_count < MIN_TRIALS || spec.days < MIN_DAYS {
            return Ok(Self { result: counted, distributions });
        }
        let luck = survey.luck(part);
        let overfitting = survey.overfitting(part, wanted)?;
        let line = overfitting.as_ref().and_then(|found| found.degradation);
        let p = survey.p_values(part);
        let leaders = survey.leaders(part);
        distributions.tell(survey, part, &leaders, overfitting.as_ref());
        let paths = survey.paths(part);
        if let Some(told) = &paths {
            distributions.keep("path_ratios", told.ratios.iter().flatten().copied().collect());
        }
        let told = ValidationResult {
            spa_p: luck.map(|luck| luck.spa),
            spa_p_lower: luck.map(|luck| luck.spa_lower),
            spa_p_upper: luck.map(|luck| luck.spa_upper),
            reality_check_p: luck.map(|luck| luck.reality_check),
            pbo: overfitting.as_ref().map(|found| found.pbo),
            probability_of_loss: overfitting.as_ref().map(|found| found.probability_of_loss),
            degradation_slope: line.map(|line| line.slope),
            degradation_r2: line.map(|line| line.r2),
            implied_trials: part.implied_trials(),
            discoveries_bonferroni: Some(count_within(&adjusted_bonferroni(&p), ALPHA) as u64),
            discoveries_holm: Some(count_within(&adjusted_holm(&p), ALPHA) as u64),
            discoveries_bh: count_within(&adjusted_bh(&p), ALPHA) as u64,
            discoveries_by: count_within(&adjusted_by(&p), ALPHA) as u64,
            paths: paths.as_ref().map(PathSummary::from),
            discoveries_stepm: leaders.iter().filter(|it| it.adjusted_p <= ALPHA).count() as u64,
            ..counted
        };
        let ratios: Vec<f64> = merits.iter().map(|merit| merit.sharpe).collect();
        let result = match (subject.best, deviation(&ratios)) {
            (Some(best), Some(spread)) => told.with_best(&best, spread),
            _ => told,
        };
        Ok(Self { result, distributions })
    }
}

impl Distributions {
    /// What the tests against luck have seen.
    fn tell(
        &mut self,
        survey: &Survey,
        part: &Part,
        leaders: &[Leader],
        overfitting: Option<&Overfitting>,
    ) {
        self.keep_sorted("null_best", part.null_best());
        let days = survey.draws.days();
        let greatest = part.merits().iter().map(|merit| merit.t(days)).fold(0.0, f64::max);
        self.keep("observed_best", vec![greatest]);
        self.keep("leader_trials", leaders.iter().map(|it| it.trial as f64).collect());
        self.keep("leader_ratios", leaders.iter().map(|it| it.t).collect());
        self.keep("leader_p", leaders.iter().map(|it| it.adjusted_p).collect());
        if let Some(found) = overfitting {
            self.keep_sorted("logits", found.logits.clone());
            // Pair by pair, and so in the order of choices.
            let pairs =
                found.ratios.iter().filter_map(|(inside, outside)| Some((*inside, (*outside)?)));
            let (inside, outside): (Vec<f64>, Vec<f64>) = pairs.unzip();
            self.keep("in_sample", inside);
            self.keep("out_of_sample", outside);
        }
    }
}

impl ValidationResult {
    fn with_best(self, best: &SharpeRatio, spread: f64) -> Self {
        let trials = self.trial_count as f64;
        let by_luck = expected_maximum(trials) / best.value;
        Self {
            best_sharpe: Some(best.value),
            psr_2012: best.psr_2012(0.0),
            psr_2026: best.psr_2026(0.0),
            dsr_2014: best.deflated(trials, spread),
            dsr_ever: self.tried_ever.and_then(|ever| best.deflated(ever as f64, spread)),
            dsr_implied: self.implied_trials.and_then(|count| best.deflated(count, spread)),
            deflated_curve: deflated_curve(best, spread),
            // A ratio of nearly nothing takes longer than a number can say.
            min_track_record_days: best
                .min_track_record(0.0, CONFIDENCE)
                .filter(|it| it.is_finite()),
            min_backtest_days: Some(by_luck * by_luck)
                .filter(|days| best.value > 0.0 && days.is_finite()),
            ..self
        }
    }
}

/// From two tries to a million.
fn deflated_curve(best: &SharpeRatio, spread: f64) -> Vec<DeflatedRatio> {
    let steps = 1..=POINTS_PER_DECADE * LAST_DECADE;
    let counts = steps.map(|step| libm::pow(10.0, f64::from(step) / f64::from(POINTS_PER_DECADE)));
    let point = |trials: f64| {
        let probability = best.deflated(trials, spread)?;
        Some(DeflatedRatio { trials, probability })
    };
    std::iter::once(2.0).chain(counts.filter(|count| *count > 2.0)).filter_map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Goal, Metric};

    fn p(goal: Goal, reordered: &[Option<f64>]) -> Option<f64> {
        let reordered = reordered.to_vec();
        let subject =
            Subject { best: None, tried: 1, tried_ever: 1, objective: Some(2.0), reordered };
        subject.permutation_p(Objective { metric: Metric::Sharpe, goal })
    }

    #[test]
    fn an_order_reaches_the_best_if_its_own_is_no_worse() {
        let found = [Some(1.0), Some(2.0), None, Some(3.0)];
        assert_eq!(p(Goal::Maximize, &found), Some(3.0 / 5.0));
        assert_eq!(p(Goal::Minimize, &found), Some(3.0 / 5.0));
        assert_eq!(p(Goal::Maximize, &[Some(1.0); 9]), Some(0.1));
        assert_eq!(p(Goal::Maximize, &[]), None);
    }
}
