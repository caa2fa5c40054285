//! Windows as parts of one simulation a trial: all of them from one search over all days.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;

use super::Runner;
use super::attempt::{Attempt, Halt};
use super::executor::{Keep, Kept};
use super::job::Chunks;
use super::permits::Permit;
use super::portion::Portion;
use super::seen::Seen;
use super::work::{Computed, check_failures};
use crate::metrics::Metrics;
use crate::run::{Failure, InSample, TrialOutcome, TrialRow, WalkForwardSpec, WindowCuts};

/// The trials of each part of each window.
type Parts = Mutex<Vec<Seen>>;

impl Runner {
    /// What all trials come to in the days to choose by and those after, window by window; `None`
    /// where each is a search of its own, or so many windows are `done` that none is left. Trials
    /// are counted with the first window: after a kill they are computed again and counted once.
    pub(super) async fn in_parts(
        &self,
        attempt: &Attempt,
        spec: &WalkForwardSpec,
        done: usize,
    ) -> Result<Option<Vec<[Seen; 2]>>, Halt> {
        if spec.in_sample == InSample::Flat || done >= spec.spans.len() {
            return Ok(None);
        }
        let cuts = Arc::new(spec.cuts());
        let stride = spec.search.stride_across();
        let nothing = |_| Seen { stride, ..Seen::default() };
        let seen: Parts = Mutex::new((0..2 * cuts.parts.len()).map(nothing).collect());
        let chunks = Chunks::of(std::iter::once(0..attempt.job.places()).collect());
        self.in_lanes(attempt, chunks, |permit, places| {
            self.take_parts(attempt, (spec, &cuts, done == 0), permit, places, &seen)
        })
        .await?;
        let all = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut sorted = all.into_iter().map(Seen::sorted);
        let pairs = std::iter::from_fn(|| Some([sorted.next()?, sorted.next()?]));
        Ok(Some(pairs.collect()))
    }

    /// Boxed, because the compiler cannot see through a stream of borrowing futures.
    fn take_parts<'r>(
        &'r self,
        attempt: &'r Attempt,
        (spec, cuts, counts): (&'r WalkForwardSpec, &'r Arc<WindowCuts>, bool),
        permit: Permit,
        places: Range<u64>,
        seen: &'r Parts,
    ) -> BoxFuture<'r, Result<(), Halt>> {
        Box::pin(async move {
            let keep = Keep::Parts(Arc::clone(cuts));
            let Computed { rows, kept, .. } = self.evaluate(attempt, places, &keep).await?;
            drop(permit);
            attempt.tally.learn(&rows);
            self.failures.tell(&rows, self.clock.now_ms());
            let tries = attempt.job.spec.tries(attempt.job.plan.as_ref(), &rows);
            let (failed, completed): (Vec<TrialRow>, Vec<TrialRow>) =
                rows.into_iter().partition(TrialRow::is_failed);
            if counts {
                let (completed, failed) = (completed.len() as u64, failed.len() as u64);
                attempt.tally.add(completed, failed, None, &attempt.job.spec);
            }
            let objective = spec.search.objective;
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            for kept in kept {
                let Kept::Parts(parts) = kept else { continue };
                for (seen, part) in seen.iter_mut().zip(parts) {
                    seen.take_part(part, objective);
                }
            }
            // They failed over all days, and so in all windows; the first one counts them.
            let lost: Vec<u64> = failed.iter().map(|row| row.trial_index).collect();
            for inside in seen.iter_mut().step_by(2).skip(1) {
                inside.lose(&lost);
            }
            if let Some(first) = seen.first_mut() {
                first.note(tries);
                first.take(failed, objective);
            }
            drop(seen);
            check_failures(attempt)
        })
    }

    /// What one trial comes to in both parts of a window.
    pub(super) async fn parts_of(
        &self,
        attempt: &Attempt,
        spec: &WalkForwardSpec,
        (window, index): (usize, u64),
    ) -> Result<[Box<Metrics>; 2], Halt> {
        let keep = Keep::PartsInFull(Arc::new(spec.cuts()));
        let one = Portion { places: 0..1, indices: Some([index].into()) };
        let computed = {
            let _permit = self.permit(attempt).await?;
            self.evaluate(attempt, one, &keep).await?
        };
        let rows = computed.kept.into_iter().next();
        let metrics = |part: usize| match &rows {
            Some(Kept::PartsInFull(parts)) => match &parts[part].first()?.outcome {
                TrialOutcome::Completed(metrics) | TrialOutcome::Infeasible(metrics) => {
                    Some(metrics.clone())
                }
                TrialOutcome::Failed(_) => None,
            },
            _ => None,
        };
        match (metrics(2 * window), metrics(2 * window + 1)) {
            (Some(inside), Some(outside)) => Ok([inside, outside]),
            _ => Err(Halt::Failed(Failure::new("PANIC", "a trial came to something else"))),
        }
    }
}
