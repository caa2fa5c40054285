//! Taking a validation: which optimization, and whether it can be judged.

use super::Runner;
use super::error::RunnerError;
use super::found::find;
use super::grouping::grouped;
use super::job::Job;
use super::resolve::{Resolved, one_violation};
use crate::engine::ENGINE_VERSION;
use crate::metrics::Metric;
use crate::run::{
    Life, MIN_DAYS, MIN_TRIALS, OptimizationResult, OptimizationSpec, RunId, RunRecord, RunResult,
    RunSpec, Trial, ValidationRequest, ValidationSpec, Violations,
};
use crate::validation::BLOCKS;

/// What 0 stands for.
const BLOCKS_USUAL: u64 = 16;
const DRAWS_USUAL: u64 = 1_000;
/// Fewer draws tell no hundredths.
const DRAWS_FOR_HUNDREDTHS: u64 = 99;
/// More orders of the bars tell nothing more.
const PERMUTATIONS_MAX: u64 = 1_000;
/// More draws tell nothing more.
pub(super) const DRAWS_MAX: u64 = 10_000;
/// More trials would hold a thread for too long in the choices of halves.
pub(super) const TRIALS_MAX: u64 = 500_000;
/// Fewer days of a block tell nothing of its trials.
const BLOCK_DAYS_MIN: u64 = 5;
/// Days of all draws together: their counts take twice as many bytes.
const DRAWN_DAYS_MAX: u64 = 100_000_000;
/// A day of each draw is counted in 16 bits.
const DAYS_MAX: u64 = u16::MAX as u64;

const RUN_ID: &str = "validation.run_id";

impl Runner {
    pub(super) async fn resolve_validation(
        &self,
        request: ValidationRequest,
        mut violations: Violations,
    ) -> Result<Resolved, RunnerError> {
        let (blocks, draw_count) = settings(&request, &mut violations);
        let Some(run_id) = request.run_id else { return Err(refused(violations)) };
        let record = self.run(run_id).await?;
        let (search, result) = judged(&record)?;
        let best = result.top.first();
        let days = self.days_judged(run_id, best).await?;
        check(search, days, blocks, &mut violations);
        if draw_count <= DRAWS_MAX && draw_count.saturating_mul(days) > DRAWN_DAYS_MAX {
            let most = DRAWN_DAYS_MAX / days;
            let message = format!("is {draw_count}; over {days} days at most {most} are drawn");
            violations.add("validation.bootstrap_count", message);
        }
        if let Some(asked) = request.mean_block_days {
            // Without a best trial no days are known, which is told.
            check_block_days(asked, best.is_some().then_some(days), &mut violations);
        }
        check_permutations(search, request.permutations, &mut violations);
        let grouped = request.combinatorial.and_then(|it| grouped(it, days, &mut violations));
        let total = result.completed + result.failed;
        if total > TRIALS_MAX {
            let message =
                format!("run {run_id} has {total} trials; at most {TRIALS_MAX} are judged");
            violations.add(RUN_ID, message);
        }
        violations.into_result()?;
        let Some(best) = best else {
            return Err(one_violation(RUN_ID, format!("run {run_id} has no best trial to judge")));
        };
        let version = &record.engine_version;
        if version != ENGINE_VERSION {
            return Err(RunnerError::EngineChanged {
                run_id,
                made_by: format!("by engine {version}"),
            });
        }
        if let Err(failure) = find(&self.catalog, &search.base.strategy) {
            let made_by = format!("differently ({})", failure.message);
            return Err(RunnerError::EngineChanged { run_id, made_by });
        }
        let search = self.settled(run_id, search).await?;
        let spec = Box::new(ValidationSpec {
            run_id: run_id.to_string(),
            search,
            best_trial: best.trial_index,
            days,
            excess_over: request.excess_over,
            blocks,
            draw_count,
            mean_block_days: request.mean_block_days,
            seed: request.seed,
            permutations: request.permutations,
            combinatorial: grouped,
        });
        let warnings = warnings(&spec, total);
        let total = total * (1 + request.permutations);
        let spec = RunSpec::Validation(spec);
        // The trials were counted once; counting them again may take a while.
        let job = tokio::task::spawn_blocking(move || Job::new(spec)).await;
        let job = job.map_err(|_| RunnerError::ShuttingDown)?;
        let job = job.map_err(|_| RunnerError::RunNotFound(run_id))?;
        Ok(Resolved { job, total, asked: None, warm_up: None, warnings })
    }
}

impl Runner {
    /// Days of the search: those of its best trial, unless it was ruined before the others.
    async fn days_judged(&self, run_id: RunId, best: Option<&Trial>) -> Result<u64, RunnerError> {
        let Some(best) = best else { return Ok(0) };
        let days = match best.metrics.value(Metric::Bankrupt) {
            Some(1.0) => self.store.most_days(run_id).await?,
            _ => best.metrics.value(Metric::ReturnDays),
        };
        Ok(days.map_or(0, |days| days as u64))
    }

    /// The search with the trials that it made, where they are not said by itself.
    async fn settled(
        &self,
        run_id: RunId,
        search: &OptimizationSpec,
    ) -> Result<OptimizationSpec, RunnerError> {
        let mut search = OptimizationSpec { extends: None, ..search.clone() };
        if search.search.is_learning() {
            search.proposed = Some(self.store.generations(run_id).await?.concat().into());
        }
        Ok(search)
    }
}

/// Into how many blocks the days are cut, and how many draws there are.
fn settings(request: &ValidationRequest, violations: &mut Violations) -> (u64, u64) {
    let blocks = or_usual(request.blocks, BLOCKS_USUAL);
    let draw_count = or_usual(request.draw_count, DRAWS_USUAL);
    if blocks % 2 == 1 || !BLOCKS.contains(&(blocks as usize)) {
        let (least, most) = (BLOCKS.start(), BLOCKS.end());
        let message = format!("is {blocks}; must be even and from {least} to {most}, or 0");
        violations.add("validation.blocks", message);
    }
    if draw_count > DRAWS_MAX {
        let message = format!("is {draw_count}; must be at most {DRAWS_MAX}, or 0");
        violations.add("validation.bootstrap_count", message);
    }
    (blocks, draw_count)
}

fn or_usual(asked: u64, usual: u64) -> u64 {
    if asked == 0 { usual } else { asked }
}

fn refused(violations: Violations) -> RunnerError {
    RunnerError::Invalid(violations)
}

/// What is judged: a completed optimization.
fn judged(record: &RunRecord) -> Result<(&OptimizationSpec, &OptimizationResult), RunnerError> {
    let run_id = record.snapshot.run_id;
    let RunSpec::Optimization(search) = &record.spec else {
        return Err(RunnerError::NotASearch(run_id));
    };
    match &record.snapshot.life {
        Life::Completed { result, .. } => match result.as_ref() {
            RunResult::Optimization(result) => Ok((search, result)),
            RunResult::Backtest(_)
            | RunResult::Validation(_)
            | RunResult::WalkForward(_)
            | RunResult::Robustness(_) => Err(RunnerError::NotASearch(run_id)),
        },
        _ => Err(RunnerError::NotFinished { run_id, state: record.snapshot.state() }),
    }
}

/// Whether its trials can be compared day by day.
fn check(search: &OptimizationSpec, days: u64, blocks: u64, violations: &mut Violations) {
    if search.subscription_axis.len() > 1 {
        let message = if search.across.is_some() {
            "scores combinations across several series, and a combination has no returns of its \
             own to be compared day by day; validate a search over one"
        } else {
            "searches over several series, whose days are not the same; validate a search over one"
        };
        violations.add(RUN_ID, message);
    }
    if days > DAYS_MAX {
        violations.add(RUN_ID, format!("has {days} days; at most {DAYS_MAX} are compared"));
    }
    let is_known = BLOCKS.contains(&(blocks as usize));
    if is_known && days >= MIN_DAYS && days / blocks < BLOCK_DAYS_MIN {
        let most = days / BLOCK_DAYS_MIN / 2 * 2;
        let message = format!(
            "{blocks} blocks of {days} days have fewer than {BLOCK_DAYS_MIN} days each; \
             at most {most} do"
        );
        violations.add("validation.blocks", message);
    }
}

/// What is no number is not within either.
fn check_block_days(asked: f64, days: Option<u64>, violations: &mut Violations) {
    let most = days.map_or(f64::MAX, |days| days as f64);
    if asked >= 1.0 && asked <= most {
        return;
    }
    let most = days.map_or_else(String::new, |days| format!("{days} "));
    let message = format!("is {asked}; must be from 1 to the {most}days of the run, or 0");
    violations.add("validation.mean_block_days", message);
}

/// Whether the bars of it can be put in another order.
fn check_permutations(search: &OptimizationSpec, count: u64, violations: &mut Violations) {
    const FIELD: &str = "validation.permutation_count";
    if count > PERMUTATIONS_MAX {
        violations.add(FIELD, format!("is {count}; must be at most {PERMUTATIONS_MAX}"));
    }
    let subscriptions = search.base.subscriptions.len();
    if count > 0 && search.subscription_axis.is_empty() && subscriptions > 1 {
        let message = format!(
            "must be 0 for a search with {subscriptions} subscriptions: in another order their \
             bars would no longer be of one market"
        );
        violations.add(FIELD, message);
    }
}

fn warnings(spec: &ValidationSpec, trials: u64) -> Vec<String> {
    let mut warnings = Vec::new();
    if spec.days < MIN_DAYS {
        let days = spec.days;
        warnings.push(format!("{days} days tell nothing: it takes {MIN_DAYS}"));
    }
    if spec.draw_count < DRAWS_FOR_HUNDREDTHS {
        let (draws, least) = (spec.draw_count, 100.0 / (spec.draw_count + 1) as f64);
        warnings.push(format!("{draws} draws tell no p below {least:.0} of 100"));
    }
    if trials < MIN_TRIALS {
        warnings.push("one trial is no search: there is nothing to be lucky in".to_owned());
    }
    warnings
}
