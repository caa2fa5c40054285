//! Searches that learn: generation after generation, each stored before any of it is computed and
//! proposed by what the earlier ones came to. Going on after a crash is the same from the start.

use std::ops::Range;

use tokio::task::spawn_blocking;

use super::Runner;
use super::attempt::{Attempt, Halt};
use super::executor::Pace;
use super::extend::Extended;
use super::job::Chunks;
use super::lanes::Parts;
use super::portion::Portion;
use crate::run::{Failure, OptimizationSpec, standings};
use crate::sweep::Learner;

impl Runner {
    /// Carries the search from generation to generation.
    pub(super) async fn adapt(
        &self,
        attempt: &Attempt,
        spec: &OptimizationSpec,
    ) -> Result<(), Halt> {
        let Some(plan) = &attempt.job.plan else { return Ok(()) };
        let run_id = attempt.fence.run_id;
        drop(self.permit(attempt).await?);
        self.begin(attempt).await?;
        let source = self.extended(attempt).await?;
        let stored = self.store.generations(run_id).await?;
        let Some(mut learner) = plan.learner() else { return Ok(()) };
        let metrics = spec.compared_metrics();
        let (mut first, mut number) = (0, 0);
        while first < plan.total() {
            let most = (plan.total() - first) / plan.rounds();
            let (after, combinations) = proposed(learner, most).await?;
            if combinations.is_empty() {
                break;
            }
            let proposed = plan.trials_of(&combinations);
            let known = stored.get(number);
            if known.is_some_and(|known| *known != proposed) {
                return Err(Halt::Failed(diverged(number)));
            }
            let places = first..first + proposed.len() as u64;
            let missing = match known {
                Some(_) => self.missing_of(attempt, &places).await?,
                None => vec![places.clone()],
            };
            if known.is_none()
                && !self.store.propose(attempt.fence, number as u64, proposed.clone()).await?
            {
                return Err(Halt::Stopped);
            }
            let taken = self.take_over_generation(attempt, &missing, (first, &proposed)).await?;
            let missing = if taken { self.missing_of(attempt, &places).await? } else { missing };
            self.generation(attempt, source.as_ref(), (missing, first, &proposed)).await?;
            let trials = self.store.trials_in_order(run_id, (spec, &metrics), &proposed).await?;
            learner = after;
            learner.absorb(&standings(spec, &trials, combinations.len()));
            (first, number) = (places.end, number + 1);
        }
        self.learn_pace(attempt).await;
        Ok(())
    }

    /// What of those places is not committed yet.
    async fn missing_of(
        &self,
        attempt: &Attempt,
        places: &Range<u64>,
    ) -> Result<Vec<Range<u64>>, Halt> {
        let missing = self.store.missing(attempt.fence.run_id, places.end).await?;
        let cut = missing.into_iter().map(|range| range.start.max(places.start)..range.end);
        Ok(cut.filter(|range| !range.is_empty()).collect())
    }

    /// Computes what is missing of a generation, on all threads.
    async fn generation(
        &self,
        attempt: &Attempt,
        source: Option<&Extended>,
        (missing, first, proposed): (Vec<Range<u64>>, u64, &[u64]),
    ) -> Result<(), Halt> {
        let parts = Proposed { chunks: Chunks::of(missing), first, trials: proposed };
        self.compute_portions(attempt, source, parts).await
    }
}

/// What is missing of a generation.
struct Proposed<'g> {
    chunks: Chunks,
    /// The place of its first trial.
    first: u64,
    /// Its trials.
    trials: &'g [u64],
}

impl Parts for Proposed<'_> {
    type Part = Portion;

    fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    fn cut(&mut self, length: u64, pace: &Pace) -> Option<Portion> {
        let share = (self.trials.len() as u64).div_ceil(pace.slots.max(1) as u64);
        let places = self.chunks.next(length.min(share))?;
        let own = (places.start - self.first) as usize..(places.end - self.first) as usize;
        Some(Portion { places, indices: Some(self.trials[own].into()) })
    }
}

/// The next generation, and the learner that proposed it. Comparing takes its time.
async fn proposed(mut learner: Learner, most: u64) -> Result<(Learner, Vec<u64>), Halt> {
    let next = spawn_blocking(move || {
        let proposed = learner.propose(most);
        (learner, proposed)
    });
    next.await.map_err(|_| Halt::Stopped)
}

/// The same history must propose the same: else bits are not what they were.
fn diverged(number: usize) -> Failure {
    let message = format!(
        "generation {number} was proposed differently before: its history must propose the same"
    );
    Failure::new("SEARCH_DIVERGED", message)
}
