//! Halting a run and letting it go on. One task carries a run through all of that: it comes to rest
//! where a shutdown would stop it, and goes on as the next start would, with what is committed.

use std::sync::Arc;
use std::time::Duration;

use super::Runner;
use super::attempt::Attempt;
use super::error::RunnerError;
use super::sync::timeout;
use crate::run::{Actor, Life, PauseInfo, RunId, Snapshot, State};
use crate::storage::{PauseOutcome, ResumeOutcome, StoreError};

/// How long a call waits for the work to come to rest, before it answers with the state then.
const REST_WAIT: Duration = Duration::from_secs(5);

/// How a run goes on that came to a halt.
pub(super) enum Next {
    /// Not at all: it has ended.
    Ended,
    /// By the next start of the server.
    Left,
    /// As that attempt.
    Again(u32),
}

impl Runner {
    /// Halts a run at a user's wish; answers when the work has come to rest, or with the state then
    /// if that takes too long.
    ///
    /// # Errors
    ///
    /// `Over` and `Ending`, if it has ended or is asked to; `RunNotFound`.
    pub async fn pause(
        &self,
        run_id: RunId,
        reason: String,
        actor: &Actor,
    ) -> Result<Arc<Snapshot>, RunnerError> {
        let wish = PauseInfo { pause_ms: self.clock.now_ms(), reason, requester: actor.told() };
        let (attempt, pause) =
            match self.store.by(actor, self.clock.now_ms()).pause(run_id, wish).await? {
                PauseOutcome::Paused { attempt, pause } => (attempt, pause),
                PauseOutcome::Ending => return Err(RunnerError::Ending(run_id)),
                PauseOutcome::Over(state) => return Err(RunnerError::Over { run_id, state }),
                PauseOutcome::Unknown => return Err(RunnerError::RunNotFound(run_id)),
            };
        let Some(live) = self.hub.find(run_id) else { return self.status(run_id).await };
        live.halt(attempt, pause);
        let mut snapshots = live.subscribe();
        let is_told = |now: &Arc<Snapshot>| {
            now.is_final() || now.state() == State::Paused || now.attempt > attempt
        };
        _ = timeout(REST_WAIT, snapshots.wait_for(is_told)).await;
        Ok(live.now())
    }

    /// Lets a paused run go on; one that is not paused does already.
    ///
    /// # Errors
    ///
    /// `Over` and `Ending`, if it has ended or is asked to; `RunNotFound`.
    pub async fn resume(&self, run_id: RunId, actor: &Actor) -> Result<Arc<Snapshot>, RunnerError> {
        let attempt = match self.store.by(actor, self.clock.now_ms()).resume(run_id).await? {
            ResumeOutcome::Resumed { attempt } => attempt,
            ResumeOutcome::NotPaused => return self.status(run_id).await,
            ResumeOutcome::Ending => return Err(RunnerError::Ending(run_id)),
            ResumeOutcome::Over(state) => return Err(RunnerError::Over { run_id, state }),
            ResumeOutcome::Unknown => return Err(RunnerError::RunNotFound(run_id)),
        };
        let Some(live) = self.hub.find(run_id) else { return self.status(run_id).await };
        live.turns.resume(attempt);
        let mut snapshots = live.subscribe();
        let is_told = |now: &Arc<Snapshot>| now.is_final() || now.attempt >= attempt;
        _ = timeout(REST_WAIT, snapshots.wait_for(is_told)).await;
        Ok(live.now())
    }

    /// What becomes of a run whose work was stopped: by the end of the server, by a wish to end it,
    /// or by a pause, whose end it waits for.
    pub(super) async fn stopped(&self, attempt: &Attempt) -> Result<Next, StoreError> {
        let used_ms = attempt.live.time.rest(self.clock.now_ms());
        if self.is_left(attempt) {
            self.keep_used(attempt, used_ms).await;
            return Ok(Next::Left);
        }
        self.learn_wish(attempt).await?;
        let (live, number) = (&attempt.live, attempt.fence.attempt);
        if !live.cancelled.is_cancelled() {
            if let Some(pause) = live.turns.pause_of(number) {
                live.rest(pause, attempt.done());
                self.keep_used(attempt, used_ms).await;
                tokio::select! {
                    biased;
                    () = live.cancelled.cancelled() => {}
                    () = self.shutdown.cancelled() => return Ok(Next::Left),
                    () = live.turns.resumed(number) => {}
                    failure = self.until_out_of_time(attempt) => {
                        if self.end_out_of_time(attempt, failure).await? {
                            return Ok(Next::Ended);
                        }
                        // Somebody has let it go on, or wanted its end, before.
                        self.learn(attempt).await?;
                    }
                }
            }
            if let Some(next) = live.turns.after(number)
                && !live.cancelled.is_cancelled()
            {
                live.begin_again(next, self.clock.now_ms());
                return Ok(Next::Again(next));
            }
        }
        self.end_cancelled(attempt).await?;
        Ok(Next::Ended)
    }

    /// A wish is committed before it is told here, and never told if its client hangs up between:
    /// then the work has met it first, and the database knows it.
    pub(super) async fn learn_wish(&self, attempt: &Attempt) -> Result<(), StoreError> {
        let (live, number) = (&attempt.live, attempt.fence.attempt);
        if live.now().cancel.is_some() || live.turns.is_halted(number) {
            return Ok(());
        }
        self.learn(attempt).await
    }

    async fn learn(&self, attempt: &Attempt) -> Result<(), StoreError> {
        let (live, number) = (&attempt.live, attempt.fence.attempt);
        let Some(record) = self.store.run(attempt.fence.run_id).await? else { return Ok(()) };
        let now = record.snapshot;
        if let Some(wish) = now.cancel {
            live.stop(wish);
        }
        if let Life::Paused { pause, .. } = now.life {
            live.halt(now.attempt, pause);
        }
        if now.attempt > number {
            live.turns.resume(now.attempt);
        }
        Ok(())
    }
}
