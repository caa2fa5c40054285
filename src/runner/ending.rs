//! How runs end: committed first, published second, forgotten third.

use std::time::Duration;

use super::Runner;
use super::attempt::Attempt;
use crate::run::{Failure, IllegalMove, Life, RunKind, RunResult, RunSpec, Trial};
use crate::storage::{Done, Ending, StoreError};
use crate::telemetry::{EndedRun, RunInstruments};

impl Runner {
    /// Everything is committed: a backtest is what its one trial is, a search what all are. False
    /// if somebody has asked for its end, or for a pause, before.
    pub(super) async fn end(&self, attempt: &Attempt) -> Result<bool, StoreError> {
        let run_id = attempt.fence.run_id;
        let result = match &attempt.job.spec {
            RunSpec::Backtest(_) => match self.store.backtest_outcome(run_id).await? {
                Ok(result) => RunResult::Backtest(result),
                Err(failure) => return self.end_failed(attempt, failure).await,
            },
            RunSpec::Optimization(spec) => {
                let known = attempt.hash.end(attempt.job.places());
                RunResult::Optimization(self.store.conclude(run_id, spec, known).await?)
            }
            RunSpec::Validation(_) | RunSpec::WalkForward(_) | RunSpec::Robustness(_) => {
                self.store.found(run_id).await?
            }
        };
        let mut ending = self.ending(attempt);
        if attempt.kind() == RunKind::Backtest {
            let completed = attempt.live.now().progress.total;
            ending.done = Some(Done { completed, failed: 0 });
        }
        let Some(done) = self.store.complete(ending.clone()).await? else { return Ok(false) };
        let Done { completed, failed } = done;
        let end_ms = ending.end_ms;
        let best = self.best(attempt, done).await;
        let elapsed_ms = publish_end(&self.instruments, attempt, &ending, (done, best), |life| {
            life.complete(end_ms, result)
        });
        tracing::info!(elapsed_ms, completed, failed, "run completed");
        Ok(true)
    }

    /// On the same terms.
    pub(super) async fn end_failed(
        &self,
        attempt: &Attempt,
        failure: Failure,
    ) -> Result<bool, StoreError> {
        self.end_with(attempt, self.ending(attempt), failure).await
    }

    /// Its time is up: that ends a run also if it is paused, or about to be.
    pub(super) async fn end_out_of_time(
        &self,
        attempt: &Attempt,
        failure: Failure,
    ) -> Result<bool, StoreError> {
        attempt.live.meter.stop();
        let ending = Ending { ends_paused: true, ..self.ending(attempt) };
        self.end_with(attempt, ending, failure).await
    }

    async fn end_with(
        &self,
        attempt: &Attempt,
        ending: Ending,
        failure: Failure,
    ) -> Result<bool, StoreError> {
        let Some(done) = self.store.fail(ending.clone(), failure.clone()).await? else {
            return Ok(false);
        };
        let (reason, why) = (failure.reason.clone(), failure.message.clone());
        let end_ms = ending.end_ms;
        let best = self.best(attempt, done).await;
        let elapsed_ms = publish_end(&self.instruments, attempt, &ending, (done, best), |life| {
            life.fail(end_ms, failure)
        });
        if is_ours(&reason) {
            tracing::error!(elapsed_ms, reason, why, "run failed");
        } else {
            tracing::info!(elapsed_ms, reason, why, "run failed");
        }
        Ok(true)
    }

    pub(super) async fn end_cancelled(&self, attempt: &Attempt) -> Result<(), StoreError> {
        self.learn_wish(attempt).await?;
        let ending = self.ending(attempt);
        let Some(done) = self.store.finish_cancel(ending.clone()).await? else {
            tracing::error!("the run is neither live nor asked to end");
            return Ok(());
        };
        let Done { completed, failed } = done;
        let end_ms = ending.end_ms;
        let best = self.best(attempt, done).await;
        let elapsed_ms = publish_end(&self.instruments, attempt, &ending, (done, best), |life| {
            life.cancel(end_ms)
        });
        tracing::info!(elapsed_ms, completed, failed, "run cancelled");
        Ok(())
    }

    /// The best of what is committed: a chunk may be stored whose news the halt cut off.
    async fn best(&self, attempt: &Attempt, done: Done) -> Option<Trial> {
        let known = attempt.tally.counts();
        let RunSpec::Optimization(spec) = &attempt.job.spec else { return known.best };
        // Combinations have their scores only once the search is concluded.
        let is_counted = known.completed + known.failed == done.completed + done.failed;
        if is_counted && spec.across.is_none() {
            return known.best;
        }
        match self.store.best_trials(attempt.fence.run_id, spec, 1).await {
            Ok(mut best) => best.pop(),
            Err(error) => {
                tracing::warn!(%error, "the best trial is told as far as it was known");
                known.best
            }
        }
    }

    fn ending(&self, attempt: &Attempt) -> Ending {
        let done = match attempt.kind() {
            RunKind::Backtest
            | RunKind::Validation
            | RunKind::WalkForward
            | RunKind::Robustness => {
                let (completed, failed) = attempt.done();
                Some(Done { completed, failed })
            }
            RunKind::Optimization => None,
        };
        let (now, now_ms) = (attempt.live.now(), self.clock.now_ms());
        Ending {
            fence: attempt.fence,
            sequence: now.sequence.reserved_for_end(),
            // Nothing ends before it began, whatever the clock says.
            end_ms: now_ms.max(now.life.start_ms().unwrap_or(now.create_ms)),
            done,
            ends_paused: false,
            spent_ms: attempt.live.time.used(now_ms),
        }
    }
}

/// Whether it failed by a fault of this program or its disk, and not of what was asked for.
fn is_ours(reason: &str) -> bool {
    matches!(reason, "STORAGE" | "PANIC")
}

/// Publishes what is committed already; answers how long it took since the first start.
fn publish_end(
    instruments: &RunInstruments,
    attempt: &Attempt,
    ending: &Ending,
    (done, best): (Done, Option<Trial>),
    end: impl FnOnce(Life) -> Result<Life, IllegalMove>,
) -> i64 {
    let mut elapsed_ms: Option<i64> = None;
    attempt.live.publish_final(ending.sequence, |snapshot| {
        elapsed_ms = snapshot.life.start_ms().map(|start| ending.end_ms - start);
        match end(snapshot.life.clone()) {
            Ok(life) => snapshot.life = life,
            Err(error) => tracing::error!(%error, "the database knows better"),
        }
        // What never started took no time, not even none.
        if let Some(elapsed_ms) = elapsed_ms {
            snapshot.progress.end(done.completed, done.failed, elapsed_ms);
        }
        snapshot.progress.queue_position = 0;
        snapshot.waiting = None;
        snapshot.progress.best = best;
    });
    instruments.ended(EndedRun {
        kind: attempt.kind().as_str(),
        state: attempt.live.now().state().as_str(),
        ran: elapsed_ms.map(|ms| Duration::from_millis(ms.unsigned_abs())),
        bars: attempt.live.meter.bars(),
    });
    elapsed_ms.unwrap_or(0)
}
