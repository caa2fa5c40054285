//! Carrying a validation: how long blocks shall be, from some of the trials; then all trials, part
//! by part; then the searches over bars in another order; then what they tell together. Of these
//! only the orders are kept between attempts: the rest takes no longer than the search took.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::Runner;
use super::attempt::{Attempt, Halt};
use super::executor::{Keep, Kept};
use super::job::Chunks;
use super::permits::Permit;
use super::reorder::objective_of;
use super::work::Computed;
use crate::run::{Failure, Findings, RunSpec, Subject, ValidationSpec};
use crate::storage::{Found, ReorderedBest};
use crate::validation::{
    Abandoned, Draws, Part, Resampling, SharpeRatio, Survey, median_block_length,
};

/// Trials that are asked how long blocks should be.
const ASKED_MAX: u64 = 64;

/// What is known of the trials so far.
struct Gathered {
    part: Part,
    best: Option<SharpeRatio>,
    /// Of the best trial.
    objective: Option<f64>,
}

impl Gathered {
    fn take(&mut self, kept: Vec<Kept>) {
        for kept in kept {
            if let Kept::Part { part, best } = kept {
                self.part.merge(*part);
                self.best = self.best.or(best);
            }
        }
    }
}

impl Runner {
    /// Computes all trials of the search again, and keeps what their returns tell.
    pub(super) async fn validate(
        &self,
        attempt: &Attempt,
        spec: &ValidationSpec,
    ) -> Result<(), Halt> {
        let orders = self.store.reordered(attempt.fence.run_id).await?;
        let sum = |count: fn(&ReorderedBest) -> u64| orders.iter().map(count).sum::<u64>();
        let (completed, failed) = (sum(|order| order.completed), sum(|order| order.failed));
        attempt.tally.resume(completed, failed, None);
        self.begin(attempt).await?;
        let survey = Arc::new(self.survey(attempt, spec).await?);
        let gathered =
            Arc::new(Mutex::new(Gathered { part: survey.nothing(), best: None, objective: None }));
        let chunks = Chunks::of(std::iter::once(0..attempt.job.places()).collect());
        self.in_lanes(attempt, chunks, |permit, places| {
            self.gather(attempt, permit, places, (&survey, &gathered))
        })
        .await?;
        let counts = attempt.tally.counts();
        let tried = counts.completed + counts.failed - completed - failed;
        let reordered = self.search_reordered(attempt, spec, orders).await?;
        let tried_ever = self.tried_ever(spec).await?;
        let spec = spec.clone();
        // Every choice of half of the days takes seconds: not where requests are answered.
        let told = self.aside(attempt, move |wanted| {
            let gathered = gathered.lock().unwrap_or_else(PoisonError::into_inner);
            let Gathered { part, best, objective } = &*gathered;
            let (best, objective) = (*best, *objective);
            let subject = Subject { best, tried, tried_ever, objective, reordered };
            Findings::of(&spec, &survey, part, &subject, wanted)
        });
        let found = told.await?.map_err(|Abandoned| Halt::Stopped)?;
        let Findings { result, distributions } = found;
        let result = Found::Validation(Box::new(result));
        if self.store.keep_findings(attempt.fence, result, Some(distributions)).await? {
            Ok(())
        } else {
            Err(Halt::Stopped)
        }
    }

    /// The draws, once it is known how long their blocks are.
    async fn survey(&self, attempt: &Attempt, spec: &ValidationSpec) -> Result<Survey, Halt> {
        let days = spec.days as usize;
        let mean_block_days = match spec.mean_block_days {
            Some(asked) => asked,
            None => median_block_length(self.block_lengths(attempt).await?, days),
        };
        let (count, blocks) = (spec.draw_count as usize, spec.blocks as usize);
        let resampling = Resampling { days, count, mean_block_days, seed: spec.seed };
        let draws = self.aside(attempt, move |_| Draws::of(&resampling)).await?;
        let combinatorial = spec.combinatorial.map(|grouped| grouped.of(spec.days));
        Ok(Survey { draws, blocks, combinatorial })
    }

    /// The lengths that trials spread evenly over the search would have.
    async fn block_lengths(&self, attempt: &Attempt) -> Result<Vec<f64>, Halt> {
        let places = attempt.job.places();
        let asked = ASKED_MAX.min(places);
        let mut lengths = Vec::new();
        for number in 0..asked {
            let border =
                |number| (u128::from(places) * u128::from(number) / u128::from(asked)) as u64;
            let part = border(number)..border(number + 1);
            // Not every place of a search holds a trial.
            let Some(place) = part.clone().find(|place| attempt.job.trial_at(*place).is_some())
            else {
                continue;
            };
            let computed = {
                let _permit = self.permit(attempt).await?;
                self.evaluate(attempt, place..place + 1, &Keep::BlockLengths).await?
            };
            for kept in computed.kept {
                if let Kept::BlockLengths(found) = kept {
                    lengths.extend(found);
                }
            }
        }
        Ok(lengths)
    }

    /// Boxed, because the compiler cannot see through a stream of borrowing futures.
    fn gather<'r>(
        &'r self,
        attempt: &'r Attempt,
        permit: Permit,
        places: Range<u64>,
        (survey, gathered): (&'r Arc<Survey>, &'r Arc<Mutex<Gathered>>),
    ) -> BoxFuture<'r, Result<(), Halt>> {
        Box::pin(async move {
            let keep = Keep::Part(Arc::clone(survey));
            let computed = self.evaluate(attempt, places, &keep).await?;
            drop(permit);
            let Computed { rows, kept, .. } = computed;
            attempt.tally.learn(&rows);
            let failed = rows.iter().filter(|row| row.is_failed()).count() as u64;
            attempt.tally.add(rows.len() as u64 - failed, failed, None, &attempt.job.spec);
            let objective = match &attempt.job.spec {
                RunSpec::Validation(spec) => rows
                    .iter()
                    .find(|row| row.trial_index == spec.best_trial)
                    .and_then(|row| objective_of(row, spec.search.objective)),
                _ => None,
            };
            let gathered = Arc::clone(gathered);
            // Some milliseconds where there are many draws: not where requests are answered.
            self.aside(attempt, move |_| {
                let mut gathered = gathered.lock().unwrap_or_else(PoisonError::into_inner);
                gathered.objective = gathered.objective.or(objective);
                gathered.take(kept);
            })
            .await
        })
    }

    /// How many configurations were tried on the instrument; of several, on that of the most.
    async fn tried_ever(&self, spec: &ValidationSpec) -> Result<u64, Halt> {
        let mut most = 0;
        for executing in spec.search.traded() {
            most = most.max(self.store.tried_on(&executing.instrument).await?);
        }
        Ok(most)
    }

    /// What a thread computes beside those that answer requests, unless the run is asked to stop
    /// first. The thread is told when nobody waits for it any more.
    pub(super) async fn aside<T: Send + 'static>(
        &self,
        attempt: &Attempt,
        compute: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static,
    ) -> Result<T, Halt> {
        let unwanted = CancellationToken::new();
        let _told_at_the_end = unwanted.clone().drop_guard();
        let computing = spawn_blocking(move || compute(&|| !unwanted.is_cancelled()));
        tokio::select! {
            computed = computing => computed.map_err(|error| {
                Halt::Failed(Failure::new("PANIC", error.to_string()))
            }),
            () = attempt.interrupted() => Err(Halt::Stopped),
            () = self.shutdown.cancelled() => Err(Halt::Stopped),
        }
    }
}
