//! Searches that take over the trials of another one: which it may be, and their rows.

use std::collections::{HashMap, HashSet};

use super::Runner;
use super::attempt::{Attempt, Halt};
use super::error::RunnerError;
use super::evaluate::judged;
use super::portion::Portion;
use super::resolve::one_violation;
use crate::engine::ENGINE_VERSION;
use crate::metrics::Metric;
use crate::run::{Extension, Life, OptimizationSpec, RunId, RunSpec, Trial, TrialRow, TrialState};

/// Where the run that is extended stands in a request.
pub(super) const FIELD: &str = "extend_run_id";

/// The search whose trials are taken over.
pub(super) struct Extended {
    run_id: RunId,
    spec: OptimizationSpec,
    extension: Extension,
}

/// The trials of a part: those that were taken over, and those that are to be computed.
pub(super) struct TakenOver {
    pub rows: Vec<TrialRow>,
    pub rest: Portion,
}

impl Runner {
    /// Refuses what cannot take anything over from that run.
    pub(super) async fn check_extension(
        &self,
        spec: &OptimizationSpec,
        run_id: RunId,
    ) -> Result<(), RunnerError> {
        let record = self.run(run_id).await?;
        let RunSpec::Optimization(known) = &record.spec else {
            return Err(RunnerError::NotASearch(run_id));
        };
        if !matches!(record.snapshot.life, Life::Completed { .. }) {
            return Err(RunnerError::NotFinished { run_id, state: record.snapshot.state() });
        }
        if record.engine_version != ENGINE_VERSION {
            let made_by = format!("by engine {}", record.engine_version);
            return Err(RunnerError::EngineChanged { run_id, made_by });
        }
        if record.origin.as_ref().is_some_and(|origin| !origin.is_recomputed) {
            let why = format!(
                "is run {run_id}, which was imported: only what was computed here is taken over"
            );
            return Err(one_violation(FIELD, why));
        }
        let refused = |why| format!("is run {run_id}, no trial of which can be taken over: {why}");
        let extension = Extension::of(spec, known);
        extension.map(drop).map_err(|why| one_violation(FIELD, refused(why)))
    }

    /// What the run takes trials over from; `None` if there is no such thing, or no more: then all
    /// is computed, to the same result.
    pub(super) async fn extended(&self, attempt: &Attempt) -> Result<Option<Extended>, Halt> {
        let RunSpec::Optimization(spec) = &attempt.job.spec else { return Ok(None) };
        let Some(run_id) = spec.extends.as_ref().and_then(|id| id.parse().ok()) else {
            return Ok(None);
        };
        let Some(record) = self.store.run(run_id).await? else { return Ok(None) };
        let RunSpec::Optimization(known) = record.spec else { return Ok(None) };
        let extension = Extension::of(spec, &known).ok();
        let same_engine = record.engine_version == ENGINE_VERSION;
        let source = |extension| Extended { run_id, spec: *known, extension };
        Ok(extension.filter(|_| same_engine).map(source))
    }

    /// The rows of the part that are there already, judged by this search's own constraints.
    pub(super) async fn taken_over(
        &self,
        attempt: &Attempt,
        source: Option<&Extended>,
        part: &Portion,
    ) -> Result<TakenOver, Halt> {
        let all = TakenOver { rows: Vec::new(), rest: part.clone() };
        let (Some(source), Some(plan)) = (source, &attempt.job.plan) else { return Ok(all) };
        let RunSpec::Optimization(spec) = &attempt.job.spec else { return Ok(all) };
        let mut known = HashMap::new();
        let indices = part.trials(plan);
        for &index in &indices {
            if let Some(there) = source.extension.index_of(plan.grid(), index) {
                known.insert(there, index);
            }
        }
        let asked: Vec<u64> = known.keys().copied().collect();
        let all = (&source.spec, Metric::ALL);
        let trials = self.store.trials_in_order(source.run_id, all, &asked).await?;
        let rows: Vec<_> = trials
            .into_iter()
            .filter_map(|trial| row(spec, *known.get(&trial.trial_index)?, trial))
            .collect();
        let taken: HashSet<u64> = rows.iter().map(|row| row.trial_index).collect();
        let rest = indices.into_iter().filter(|index| !taken.contains(index)).collect();
        Ok(TakenOver { rows, rest: Portion { places: part.places.clone(), indices: Some(rest) } })
    }
}

/// A trial under its index here. One that failed is tried again.
fn row(spec: &OptimizationSpec, trial_index: u64, trial: Trial) -> Option<TrialRow> {
    let Trial { state, metrics, compute_us, .. } = trial;
    (state != TrialState::Failed).then(|| TrialRow {
        trial_index,
        outcome: judged(spec, metrics),
        compute_us,
        detail: None,
    })
}

/// All rows in the order of their places.
pub(super) fn in_order(attempt: &Attempt, part: &Portion, rows: Vec<TrialRow>) -> Vec<TrialRow> {
    let Some(plan) = &attempt.job.plan else { return rows };
    let mut by_index: HashMap<u64, TrialRow> =
        rows.into_iter().map(|row| (row.trial_index, row)).collect();
    part.trials(plan).iter().filter_map(|index| by_index.remove(index)).collect()
}
