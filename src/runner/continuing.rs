//! A submission that goes on from a search that was stopped: the same search, or it is refused with
//! what differs.

use tokio::task::spawn_blocking;

use super::Runner;
use super::error::{MissingData, RunnerError};
use super::job::Job;
use super::resolve::{Resolved, one_violation};
use crate::engine::ENGINE_VERSION;
use crate::run::{Continuation, OptimizationSpec, RunSpec, State, Violations, WorkRequest};

impl Runner {
    /// Resolves the work of a run that goes on from another: that of the other, if none is given.
    pub(super) async fn resolve_continued(
        &self,
        from: Continuation,
        work: WorkRequest,
        violations: Violations,
    ) -> Result<Resolved, RunnerError> {
        let run_id = from.run_id;
        let record = self.run(run_id).await?;
        let RunSpec::Optimization(spec) = &record.spec else {
            let kind = record.snapshot.kind.as_str();
            let message = format!("run {run_id} is a {kind}; only an OPTIMIZATION is gone on from");
            return Err(one_violation("continue_run_id", message));
        };
        match record.snapshot.state() {
            State::Failed | State::Cancelled => {}
            State::Completed if from.retries_failed => {}
            state @ State::Completed => return Err(RunnerError::Over { run_id, state }),
            state @ (State::Pending | State::Running | State::Paused) => {
                return Err(RunnerError::Live { run_id, state });
            }
        }
        if record.engine_version != ENGINE_VERSION {
            let made_by = format!("by engine {}", record.engine_version);
            return Err(RunnerError::EngineChanged { run_id, made_by });
        }
        let resolved = match work {
            WorkRequest::OfContinued => {
                violations.into_result()?;
                self.resolved_again(record.spec.clone()).await?
            }
            work => self.resolve(work, violations).await?,
        };
        let fields = match &resolved.job.spec {
            RunSpec::Optimization(ours) => differences(spec, ours),
            RunSpec::Backtest(_)
            | RunSpec::Validation(_)
            | RunSpec::WalkForward(_)
            | RunSpec::Robustness(_) => vec!["optimization"],
        };
        if fields.is_empty() {
            Ok(resolved)
        } else {
            Err(RunnerError::ContinueDiffers { run_id, fields })
        }
    }

    async fn resolved_again(&self, spec: RunSpec) -> Result<Resolved, RunnerError> {
        let bars = spec.data().find(|data| !self.bars.contains(data));
        let mut aux = spec.base().aux.iter().map(|aux| aux.data);
        if let Some(data) = bars.or_else(|| aux.find(|data| !self.bars.contains_aux(data))) {
            let subject = data.to_string();
            let message = format!("the data {subject} is not stored any more");
            return Err(RunnerError::DataMissing(vec![MissingData { subject, message }]));
        }
        // Counting the trials of a search may take a while.
        let job = spawn_blocking(move || Job::new(spec)).await;
        let job = job.map_err(|_| RunnerError::ShuttingDown)?;
        let job = job.map_err(|error| one_violation("continue_run_id", error.to_string()))?;
        let total = job.plan.as_ref().map_or(1, crate::sweep::Plan::total);
        Ok(Resolved { job, total, asked: None, warm_up: None, warnings: Vec::new() })
    }
}

/// Where two searches differ in what a trial is, computes or is called. How many of them may fail
/// is not among it.
fn differences(one: &OptimizationSpec, other: &OptimizationSpec) -> Vec<&'static str> {
    let (base, others) = (&one.base, &other.base);
    let range = |spec: &crate::run::BacktestSpec| (spec.start_ms, spec.end_ms, spec.warmup_bars);
    let compared = [
        ("optimization.base.strategy", base.strategy == others.strategy),
        ("optimization.base.params", base.params == others.params),
        ("optimization.base.subscriptions", base.subscriptions == others.subscriptions),
        ("optimization.base.time_range", range(base) == range(others)),
        ("optimization.base.simulation", base.simulation == others.simulation),
        ("optimization.base.aux", base.aux == others.aux),
        ("optimization.base.benchmark", base.benchmark == others.benchmark),
        ("optimization.axes", one.axes == other.axes),
        ("optimization.subscription_axis", one.subscription_axis == other.subscription_axis),
        ("optimization.search", one.search == other.search && one.drawn == other.drawn),
        ("optimization.objective", one.objective == other.objective),
        ("optimization.across", one.across == other.across),
        ("optimization.constraints", one.constraints == other.constraints),
        ("optimization.param_constraints", one.param_constraints == other.param_constraints),
    ];
    let mut fields: Vec<_> =
        compared.into_iter().filter(|(_, is_same)| !is_same).map(|(field, _)| field).collect();
    // Whatever is not in the list.
    let mut same = other.clone();
    (same.failed_trials_max, same.trials_max) = (one.failed_trials_max, one.trials_max);
    if fields.is_empty() && *one != same {
        fields.push("optimization");
    }
    fields
}
