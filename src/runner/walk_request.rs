//! Taking a walk-forward: its search as any other, and how its days are cut.

use super::Runner;
use super::error::RunnerError;
use super::job::Job;
use super::resolve::Resolved;
use crate::run::{RunSpec, Violations, WalkForwardRequest, WalkForwardSpec, day_count};
use crate::sweep::WindowPlan;

/// Where the search stands as an optimization, and where it does here.
const SEARCH_PATHS: (&str, &str) = ("optimization", "walk_forward.search");
/// Trials of one window: what is known of each is held until the window is done.
const TRIALS_MAX: u64 = 500_000;

impl Runner {
    pub(super) async fn resolve_walk_forward(
        &self,
        request: WalkForwardRequest,
        violations: Violations,
    ) -> Result<Resolved, RunnerError> {
        let WalkForwardRequest { search, windows, path } = request;
        if search.subscription_axis.len() > 1 {
            let mut violations = violations;
            let message = "takes one series at most: a choice between several is one of its own";
            violations.add("walk_forward.search.subscription_axis", message);
            return Err(RunnerError::Invalid(violations));
        }
        let resolved = self.resolve_search(search, Violations::default()).await;
        let resolved = match resolved {
            Ok(resolved) => resolved,
            Err(RunnerError::Invalid(of_search)) => {
                let mut violations = violations;
                violations.extend_moved(of_search, SEARCH_PATHS.0, SEARCH_PATHS.1);
                return Err(RunnerError::Invalid(violations));
            }
            Err(error) if violations.is_empty() => return Err(error),
            Err(_) => return Err(RunnerError::Invalid(violations)),
        };
        let (mut violations, Resolved { job, total, warnings, warm_up, .. }) =
            (violations, resolved);
        let RunSpec::Optimization(mut search) = job.spec else {
            return Err(RunnerError::Invalid(violations));
        };
        if total > TRIALS_MAX {
            let message = format!("has {total} trials; at most {TRIALS_MAX} are compared");
            violations.add("walk_forward.search", message);
        }
        let days = day_count(search.base.start_ms, search.base.end_ms);
        let plan = match WindowPlan::of(&windows, days) {
            Ok(plan) => Some(plan),
            Err(faults) => {
                for fault in faults {
                    violations.add(format!("{path}.{}", fault.field), fault.message);
                }
                None
            }
        };
        violations.into_result()?;
        let Some(windows) = plan else { return Err(RunnerError::Invalid(Violations::default())) };
        // Every window but the first has bars before it.
        if search.base.warmup_bars == 0 {
            search.base.warmup_bars = warm_up.unwrap_or(0);
        }
        let total = windows.count(days) * 2 * total;
        let spec = RunSpec::WalkForward(Box::new(WalkForwardSpec { search: *search, windows }));
        let job = Job::of(spec, job.plan);
        Ok(Resolved { job, total, asked: None, warm_up, warnings })
    }
}
