//! What an attempt at a run works on, cut into chunks, and how far it is.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::executor::Pace;
use super::panic_trace::Traces;
use super::portion::Portion;
use crate::run::{Objective, RunSpec, Trial, TrialOutcome, TrialRow};
use crate::sweep::{Plan, PlanError};

/// Places of one chunk at most where most of them hold no trial.
const CHUNK_PLACES_MAX: u64 = 65_536;
/// Trials of the first chunks, before the cost of a trial is known.
const CHUNK_LENGTH_FIRST: u64 = 4;

/// A run's work: a spec and the trials it makes.
#[derive(Debug)]
pub struct Job {
    /// What is computed.
    pub spec: RunSpec,
    /// Which trials an optimization makes.
    pub plan: Option<Plan>,
    /// Panics of its trials whose stack trace was kept.
    pub(super) traces: Arc<Traces>,
}

impl Job {
    /// The work of a spec.
    ///
    /// # Errors
    ///
    /// If the trials of a search cannot be counted; a spec that was taken in has some.
    pub fn new(spec: RunSpec) -> Result<Self, PlanError> {
        let plan = match &spec {
            RunSpec::Backtest(_) | RunSpec::Robustness(_) => None,
            RunSpec::Optimization(spec) => Some(spec.plan()?),
            RunSpec::Validation(spec) => Some(spec.search.plan()?),
            RunSpec::WalkForward(spec) => Some(spec.search.plan()?),
        };
        Ok(Self::of(spec, plan))
    }

    /// The same for whoever only reads its trials: they are not counted, which takes time.
    ///
    /// # Errors
    ///
    /// If they could not be counted; never for a spec that was taken in.
    pub(super) fn to_read(spec: RunSpec) -> Result<Self, PlanError> {
        let plan = match &spec {
            RunSpec::Backtest(_) | RunSpec::Robustness(_) => None,
            RunSpec::Optimization(spec) => Some(spec.uncounted_plan()?),
            RunSpec::Validation(spec) => Some(spec.search.uncounted_plan()?),
            RunSpec::WalkForward(spec) => Some(spec.search.uncounted_plan()?),
        };
        Ok(Self::of(spec, plan))
    }

    pub(super) fn of(spec: RunSpec, plan: Option<Plan>) -> Self {
        Self { spec, plan, traces: Arc::default() }
    }

    /// How many places hold so many trials, about.
    pub(super) fn places_of(&self, trials: u64) -> u64 {
        let Some(plan) = &self.plan else { return trials };
        let places_per_trial = plan.places() / plan.total().max(1);
        trials.saturating_mul(places_per_trial.max(1)).min(trials.max(CHUNK_PLACES_MAX))
    }

    /// The trial in that place; `None` if it holds none.
    pub fn trial_at(&self, place: u64) -> Option<u64> {
        match (&self.plan, &self.spec) {
            (Some(plan), _) => plan.index_at(place),
            (None, RunSpec::Robustness(_)) => Some(place),
            (None, _) => Some(0),
        }
    }

    /// The first trial of a part; `None` if it holds none.
    pub(super) fn trial_of(&self, part: &Portion) -> Option<u64> {
        match &part.indices {
            Some(indices) => indices.first().copied(),
            None => self.trial_at(part.places.start),
        }
    }

    /// How many places there are to go through; chunks are ranges of them.
    pub fn places(&self) -> u64 {
        match (&self.plan, &self.spec) {
            (Some(plan), _) => plan.places(),
            (None, RunSpec::Robustness(spec)) => spec.places(),
            (None, _) => 1,
        }
    }
}

/// How far the trials of a run are: what is committed.
#[derive(Debug, Default)]
pub(super) struct TrialTally {
    inner: Mutex<Counts>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub completed: u64,
    pub failed: u64,
    pub best: Option<Trial>,
    /// Time that trials computed in this attempt, over all threads.
    pub computed: Duration,
    /// Time of one trial, averaged over the latest chunks; `None` before the first.
    trial_time_us: Option<f64>,
}

impl TrialTally {
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn counts(&self) -> Counts {
        self.lock().clone()
    }

    /// Starts from what an earlier attempt committed.
    pub(super) fn resume(&self, completed: u64, failed: u64, best: Option<Trial>) {
        let mut counts = self.lock();
        (counts.completed, counts.failed, counts.best) = (completed, failed, best);
    }

    /// Adds what was committed.
    pub(super) fn add(&self, completed: u64, failed: u64, best: Option<Trial>, spec: &RunSpec) {
        let mut counts = self.lock();
        counts.completed += completed;
        counts.failed += failed;
        if let (Some(trial), RunSpec::Optimization(spec)) = (best, spec)
            && counts.best.as_ref().is_none_or(|known| is_better(spec.objective, &trial, known))
        {
            counts.best = Some(trial);
        }
    }

    /// Learns how long trials take.
    pub(super) fn learn(&self, rows: &[TrialRow]) {
        const WEIGHT_OF_NEWS: f64 = 0.3;
        if rows.is_empty() {
            return;
        }
        let sum: u64 = rows.iter().map(|row| row.compute_us).sum();
        let news = sum as f64 / rows.len() as f64;
        let mut counts = self.lock();
        counts.computed += Duration::from_micros(sum);
        let known = counts.trial_time_us;
        counts.trial_time_us =
            Some(known.map_or(news, |known| known + WEIGHT_OF_NEWS * (news - known)));
    }

    /// Learns how long trials took elsewhere, where nothing better is known.
    pub(super) fn expect(&self, rows: &[TrialRow]) {
        let sum: u64 = rows.iter().map(|row| row.compute_us).sum();
        let news = sum as f64 / rows.len().max(1) as f64;
        self.lock().trial_time_us.get_or_insert(news);
    }

    /// How many trials the next chunk should have to take as long as is right.
    pub(super) fn chunk_length(&self, pace: &Pace) -> u64 {
        let Some(trial_time_us) = self.lock().trial_time_us else { return CHUNK_LENGTH_FIRST };
        let fitting = pace.chunk_time.as_micros() as f64 / trial_time_us.max(1.0);
        (fitting as u64).clamp(1, pace.rows_max.max(1))
    }
}

/// Strictly better by the objective, ties by the lower index.
fn is_better(objective: Objective, left: &Trial, right: &Trial) -> bool {
    let value = |trial: &Trial| trial.metrics.value(objective.metric);
    match (value(left), value(right)) {
        (Some(l), Some(r)) if l == r => left.trial_index < right.trial_index,
        (Some(l), Some(r)) => objective.prefers(l, r),
        (left, _) => left.is_some(),
    }
}

/// The best feasible trial of a chunk.
pub(super) fn best_of(job: &Job, rows: &[TrialRow]) -> Option<Trial> {
    let (RunSpec::Optimization(spec), Some(plan)) = (&job.spec, &job.plan) else { return None };
    if spec.across.is_some() {
        // No single trial is the best of such a search.
        return None;
    }
    let metric = spec.objective.metric;
    let feasible = rows.iter().filter_map(|row| match &row.outcome {
        TrialOutcome::Completed(metrics) => Some((row, metrics, metrics.value(metric)?)),
        TrialOutcome::Infeasible(_) | TrialOutcome::Failed(_) => None,
    });
    let (row, metrics, _) = feasible.reduce(|best, next| {
        let earlier = next.2 == best.2 && next.0.trial_index < best.0.trial_index;
        if spec.objective.prefers(next.2, best.2) || earlier { next } else { best }
    })?;
    Some(Trial {
        trial_index: row.trial_index,
        state: crate::run::TrialState::Completed,
        params: spec.values(plan.grid(), row.trial_index),
        subscription: spec.subscriptions(plan.grid(), row.trial_index).first()?.clone(),
        metrics: metrics.as_ref().clone(),
        across: None,
        failure: None,
        compute_us: row.compute_us,
    })
}

/// Cuts ranges into chunks, each as long as is right when its turn comes.
pub(super) struct Chunks {
    missing: std::vec::IntoIter<Range<u64>>,
    rest: Range<u64>,
}

impl Chunks {
    pub(super) fn of(missing: Vec<Range<u64>>) -> Self {
        Self { missing: missing.into_iter(), rest: 0..0 }
    }

    /// Whether all of it is cut.
    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty() && self.missing.as_slice().is_empty()
    }

    pub(super) fn next(&mut self, length: u64) -> Option<Range<u64>> {
        if self.rest.is_empty() {
            self.rest = self.missing.next()?;
        }
        let end = self.rest.end.min(self.rest.start + length.max(1));
        let chunk = self.rest.start..end;
        self.rest.start = end;
        Some(chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn chunks_of_any_length_make_up_what_is_missing(
            lengths in prop::collection::vec(1_u64..9, 1..20),
        ) {
            let missing = vec![0..7, 9..10, 20..33];
            let mut chunks = Chunks::of(missing.clone());
            let mut lengths = lengths.into_iter().cycle();
            let mut seen = Vec::new();
            while !chunks.is_empty() {
                let chunk = chunks.next(lengths.next().unwrap_or(1)).unwrap();
                prop_assert!(!chunk.is_empty());
                seen.extend(chunk);
            }
            prop_assert!(chunks.next(1).is_none());
            prop_assert!(seen.into_iter().eq(missing.into_iter().flatten()));
        }
    }
}
