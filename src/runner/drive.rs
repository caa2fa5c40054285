//! How a run is carried to its end: work, and what becomes of it when it halts.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::MissedTickBehavior;

use super::Runner;
use super::attempt::{Attempt, Halt};
use super::panic_message::message_of;
use super::pause::Next;
use super::sync::{interval, sleep};
use crate::run::{Failure, Life, WaitReason, Waiting};
use crate::storage::StoreError;
use crate::telemetry::Span;

/// How often a live run looks whether it has news.
const TICK: Duration = Duration::from_millis(100);
/// How long a run that cannot be stored waits before it tries again: twice as long each time.
const PAUSE_MIN: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(30);

impl Runner {
    /// Carries a run to its end, or to the end of the server: then the next start goes on with it.
    #[tracing::instrument(name = "run", skip_all, fields(run_id = %attempt.fence.run_id))]
    pub(super) async fn drive(self: Arc<Self>, mut attempt: Attempt) {
        let mut pause = PAUSE_MIN;
        loop {
            let span = span_of(&attempt);
            let next = span.around(self.carried_once(&attempt)).await;
            note_end(&span, &attempt, next.as_ref());
            drop(span);
            match next {
                Ok(Next::Ended) => return self.hub.remove(attempt.fence.run_id),
                Ok(Next::Left) => return tracing::info!("left for the next start of the server"),
                Ok(Next::Again(number)) => {
                    attempt = attempt.again(number);
                    pause = PAUSE_MIN;
                    continue;
                }
                Err(error) => {
                    tracing::error!(%error, ?pause, "the run can not go on now, but perhaps later");
                    let waiting = waits_for(&error, self.clock.now_ms());
                    attempt.live.tell_waiting(Some(waiting));
                }
            }
            // A full disk may have room again; what is committed by then is not computed twice.
            let number = attempt.fence.attempt;
            let live = &attempt.live;
            let was_asked = live.cancelled.is_cancelled() || live.turns.is_halted(number);
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return,
                () = attempt.interrupted(), if !was_asked => {}
                () = sleep(pause) => {}
            }
            pause = (2 * pause).min(PAUSE_MAX);
            live.go_on(number);
        }
    }

    /// Does the work of one attempt, and what becomes of the run then.
    async fn carried_once(&self, attempt: &Attempt) -> Result<Next, StoreError> {
        let ended = match self.worked(attempt).await {
            Ok(()) => self.end(attempt).await,
            Err(Halt::Failed(failure)) => self.end_failed(attempt, failure).await,
            Err(Halt::OutOfTime(failure)) => self.end_out_of_time(attempt, failure).await,
            Err(Halt::Stopped) => Ok(false),
            Err(Halt::Store(error)) if error.may_pass() => Err(error),
            Err(Halt::Store(error)) => {
                let failure = Failure::new("STORAGE", error.to_string());
                self.end_failed(attempt, failure).await
            }
        };
        if ended? { Ok(Next::Ended) } else { self.stopped(attempt).await }
    }

    /// Does the work, unless it is paused before it begins.
    async fn worked(&self, attempt: &Attempt) -> Result<(), Halt> {
        if attempt.live.turns.is_halted(attempt.fence.attempt) {
            return Err(Halt::Stopped);
        }
        if let Some(failure) = self.out_of_time(attempt) {
            return Err(Halt::OutOfTime(failure));
        }
        // What it held is dropped with it; what others share is behind locks, and in the database.
        let worked = AssertUnwindSafe(self.work_with_ticker(attempt)).catch_unwind().await;
        worked.unwrap_or_else(|payload| {
            attempt.live.meter.stop();
            let why = message_of(&*payload);
            tracing::error!(why, "the code that carries the run panicked");
            let message = format!("the server's code that carries the run panicked: {why}");
            Err(Halt::Failed(Failure::new("PANIC", message)))
        })
    }

    /// Whether it was stopped by the end of the server, and by nobody's wish.
    pub(super) fn is_left(&self, attempt: &Attempt) -> bool {
        self.shutdown.is_cancelled() && !attempt.live.cancelled.is_cancelled()
    }

    async fn work_with_ticker(&self, attempt: &Attempt) -> Result<(), Halt> {
        let mut work = std::pin::pin!(self.work(attempt));
        let mut ticker = interval(TICK);
        ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                result = &mut work => return result,
                _ = ticker.tick() => {
                    if let Some(failure) = self.out_of_time(attempt) {
                        return Err(Halt::OutOfTime(failure));
                    }
                    self.tick(attempt);
                }
            }
        }
    }

    /// Publishes progress if there is any.
    fn tick(&self, attempt: &Attempt) {
        let snapshot = attempt.live.now();
        let (completed, failed) = attempt.done();
        let known = (snapshot.progress.completed, snapshot.progress.failed);
        if let Life::Running { start_ms } = snapshot.life
            && (completed, failed) != known
        {
            let elapsed_ms = self.clock.now_ms() - start_ms;
            let best = attempt.tally.counts().best;
            attempt.live.publish(|snapshot| {
                snapshot.progress.advance(completed, failed, elapsed_ms);
                snapshot.progress.best = best;
            });
        }
    }
}

fn span_of(attempt: &Attempt) -> Span {
    let span = Span::of_run("run", attempt.fence.run_id.as_bytes());
    span.note("tradeforge.run.id", || attempt.fence.run_id.to_string());
    span.note("tradeforge.run.kind", || attempt.kind().as_str());
    span.note("tradeforge.run.attempt", || attempt.fence.attempt);
    span
}

fn note_end(span: &Span, attempt: &Attempt, next: Result<&Next, &StoreError>) {
    span.note("tradeforge.run.done", || attempt.done().0);
    let state = match next {
        Ok(Next::Ended) => attempt.live.now().state().as_str(),
        Ok(Next::Left) => "LEFT_FOR_NEXT_START",
        Ok(Next::Again(_)) => "PAUSED",
        Err(_) => "WAITS_FOR_STORAGE",
    };
    span.note("tradeforge.run.state", || state);
    if next.is_err() || state == "FAILED" {
        span.fail(state);
    }
}

/// What the database said, for whoever wonders why the run stands still.
fn waits_for(error: &StoreError, now_ms: i64) -> Waiting {
    let reason = match error {
        StoreError::NoRoom(_) => WaitReason::StorageFull,
        StoreError::Database(_)
        | StoreError::Read(_)
        | StoreError::Damaged(_)
        | StoreError::Inconsistent { .. }
        | StoreError::Overlap { .. }
        | StoreError::TooSlow
        | StoreError::Busy
        | StoreError::NotCommitted(_)
        | StoreError::Closed => WaitReason::StorageError,
    };
    Waiting { reason, since_ms: now_ms, message: error.to_string() }
}
