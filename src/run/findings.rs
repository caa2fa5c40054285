//! From the numbers of a survey to what a validation tells.

use super::validation::{DeflatedRatio, MIN_DAYS, MIN_TRIALS, ValidationResult, ValidationSpec};
use crate::metrics::deviation;
use crate::validation::{
    Part, SharpeRatio, Survey, adjusted_bh, adjusted_by, count_within, expected_maximum,
};

/// How sure it shall be, and how many discoveries may be false.
const CONFIDENCE: f64 = 0.95;
const ALPHA: f64 = 0.05;
/// Points of the curve of the deflated ratio for each factor of ten, and the last of them.
const POINTS_PER_DECADE: i32 = 4;
const LAST_DECADE: i32 = 6;

impl ValidationResult {
    /// What the survey of all trials tells. `best` is the ratio of the best trial, and `tried` how
    /// many trials there were.
    pub fn of(
        spec: &ValidationSpec,
        survey: &Survey,
        part: &Part,
        best: Option<SharpeRatio>,
        tried: u64,
    ) -> Self {
        let merits = part.merits();
        let trial_count = merits.len() as u64;
        let counted = Self {
            trial_count,
            left_out_count: tried - trial_count,
            days: spec.days,
            mean_block_days: survey.draws.mean_block_days(),
            best_trial: spec.best_trial,
            ..Self::default()
        };
        if trial_count < MIN_TRIALS || spec.days < MIN_DAYS {
            return counted;
        }
        let luck = survey.luck(part);
        let overfitting = survey.overfitting(part);
        let line = overfitting.as_ref().and_then(|found| found.degradation);
        let p = survey.p_values(part);
        let leaders = survey.leaders(part).into_iter();
        let told = Self {
            spa_p: luck.map(|luck| luck.spa),
            spa_p_lower: luck.map(|luck| luck.spa_lower),
            spa_p_upper: luck.map(|luck| luck.spa_upper),
            reality_check_p: luck.map(|luck| luck.reality_check),
            pbo: overfitting.as_ref().map(|found| found.pbo),
            probability_of_loss: overfitting.as_ref().map(|found| found.probability_of_loss),
            degradation_slope: line.map(|line| line.slope),
            degradation_r2: line.map(|line| line.r2),
            implied_trials: part.implied_trials(),
            discoveries_bh: count_within(&adjusted_bh(&p), ALPHA) as u64,
            discoveries_by: count_within(&adjusted_by(&p), ALPHA) as u64,
            discoveries_stepm: leaders.filter(|it| it.adjusted_p <= ALPHA).count() as u64,
            ..counted
        };
        let ratios: Vec<f64> = merits.iter().map(|merit| merit.sharpe).collect();
        match (best, deviation(&ratios)) {
            (Some(best), Some(spread)) => told.with_best(&best, spread),
            _ => told,
        }
    }

    fn with_best(self, best: &SharpeRatio, spread: f64) -> Self {
        let trials = self.trial_count as f64;
        let by_luck = expected_maximum(trials) / best.value;
        Self {
            best_sharpe: Some(best.value),
            psr_2012: best.psr_2012(0.0),
            psr_2026: best.psr_2026(0.0),
            dsr_2014: best.deflated(trials, spread),
            deflated_curve: deflated_curve(best, spread),
            min_track_record_days: best.min_track_record(0.0, CONFIDENCE),
            min_backtest_days: (best.value > 0.0).then_some(by_luck * by_luck),
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
