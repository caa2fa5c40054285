//! Counting the trials of a search that is submitted: on threads that may take their time, a few
//! long counts at once, and no longer than somebody waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::spawn_blocking;

use super::Runner;
use super::error::RunnerError;
use super::resolve::one_violation;
use crate::run::OptimizationSpec;
use crate::sweep::{Plan, PlanError};

/// Searches that may be drawn far at once; each takes a core for seconds.
pub(super) const LONG_COUNTS_MAX: usize = 2;

/// Whether somebody still waits for a count.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Runner {
    /// The trials of the search; one that finds too few at first is drawn on, and says so.
    pub(super) async fn plan(
        &self,
        spec: Box<OptimizationSpec>,
    ) -> Result<(Box<OptimizationSpec>, Plan), RunnerError> {
        let counted = spawn_blocking(move || {
            let mut plan = spec.uncounted_plan()?;
            plan.count(None);
            Ok((spec, plan))
        });
        let (spec, plan) = self.drawn_on(done(counted.await)?).await?;
        plan.check().map_err(|error| refused(&error))?;
        let (total, trials_max) = (plan.total(), spec.trials_max);
        if total > trials_max {
            let message =
                format!("the search makes {total} trials; at most {trials_max} are allowed");
            return Err(one_violation("optimization.max_trials", message));
        }
        Ok((spec, plan))
    }

    async fn drawn_on(
        &self,
        (mut spec, mut plan): (Box<OptimizationSpec>, Plan),
    ) -> Result<(Box<OptimizationSpec>, Plan), RunnerError> {
        // More than are allowed need not be counted.
        let most = spec.trials_max.saturating_add(1);
        let Some(reach) = plan.reach().filter(|_| plan.total() < most) else {
            return Ok((spec, plan));
        };
        let permit = Arc::clone(&self.long_counts).acquire_owned().await;
        let permit = permit.map_err(|_| RunnerError::ShuttingDown)?;
        let waiting = Waiting(Arc::new(AtomicBool::new(true)));
        let (is_waiting, shutdown) = (Arc::clone(&waiting.0), self.shutdown.clone());
        let drawn = spawn_blocking(move || {
            let _permit = permit;
            let is_wanted = || is_waiting.load(Ordering::Relaxed) && !shutdown.is_cancelled();
            spec.drawn = Some(plan.draw_on(reach, most, &is_wanted)?);
            Ok((spec, plan))
        });
        let drawn = done(drawn.await);
        drop(waiting);
        drawn
    }
}

fn done<T, J>(counted: Result<Result<T, PlanError>, J>) -> Result<T, RunnerError> {
    counted.map_err(|_| RunnerError::ShuttingDown)?.map_err(|error| refused(&error))
}

fn refused(error: &PlanError) -> RunnerError {
    let field = match error {
        PlanError::Empty | PlanError::NoneDrawn(_) => "optimization.param_constraints",
        PlanError::TooMany(_)
        | PlanError::TooManyToCount
        | PlanError::ContinuousInGrid(_)
        | PlanError::ContinuousAcross(_) => "optimization.axes",
        PlanError::Unwanted => return RunnerError::ShuttingDown,
    };
    one_violation(field, error.to_string())
}

/// What to say of a random search that does not have all the trials that were asked for.
pub(super) fn few_trials(plan: &Plan) -> Option<String> {
    let (places, total, lacking) = (plan.places(), plan.total(), plan.lacking());
    let why = match (lacking, plan.is_exhausted()) {
        (0, _) => return None,
        (_, true) if total == places => "there are no more combinations".to_owned(),
        (_, true) => format!("no more of the {places} combinations keep the constraints"),
        (_, false) => format!("no more of {places} combinations drawn keep the constraints"),
    };
    Some(format!("the search makes {total} of the {} trials asked for: {why}", total + lacking))
}
