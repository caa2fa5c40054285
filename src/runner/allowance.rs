//! Ending a run whose time is up: by its deadline, which also comes while it waits or is paused, or
//! by the computing that it may use, which is counted while it is running.

use std::convert::Infallible;
use std::sync::PoisonError;
use std::time::Duration;

use super::Runner;
use super::attempt::Attempt;
use super::sync::{Mutex, MutexGuard, sleep, watch};
use crate::run::{Allowance, Failure, Spent, Violations};

/// How often a run that waits for somebody looks whether its deadline has come.
const LOOK: Duration = Duration::from_secs(1);
/// How often it is stored how long a run has computed: so much of that may be lost in a crash.
const KEEP: Duration = Duration::from_secs(30);

/// The time of one live run.
pub(super) struct RunTime {
    allowance: watch::Sender<Allowance>,
    used: Mutex<Used>,
}

#[derive(Clone, Copy, Default)]
struct Used {
    /// By attempts that are over, in milliseconds.
    before_ms: i64,
    /// Since when the present attempt computes, if it does.
    since_ms: Option<i64>,
}

impl Used {
    fn until(self, now_ms: i64) -> i64 {
        // The clock of a machine may be set back.
        self.before_ms + self.since_ms.map_or(0, |since_ms| (now_ms - since_ms).max(0))
    }
}

impl Default for RunTime {
    fn default() -> Self {
        Self { allowance: watch::Sender::new(Allowance::default()), used: Mutex::default() }
    }
}

impl RunTime {
    /// Gives a run its allowance, of which so much is used.
    pub(super) fn grant(&self, allowance: Allowance, before_ms: i64) {
        self.allow(allowance);
        *self.lock() = Used { before_ms, since_ms: None };
    }

    /// Gives it another allowance.
    pub(super) fn allow(&self, allowance: Allowance) {
        self.allowance.send_modify(|known| *known = allowance);
    }

    /// It computes from now on.
    pub(super) fn begin(&self, now_ms: i64) {
        self.lock().since_ms.get_or_insert(now_ms);
    }

    /// It computes no more, and has done so for so long altogether.
    pub(super) fn rest(&self, now_ms: i64) -> i64 {
        let mut used = self.lock();
        let before_ms = used.until(now_ms);
        *used = Used { before_ms, since_ms: None };
        before_ms
    }

    /// How long it has computed altogether.
    pub(super) fn used(&self, now_ms: i64) -> i64 {
        self.lock().until(now_ms)
    }

    fn exceeded(&self, now_ms: i64) -> Option<Failure> {
        let allowance = *self.allowance.borrow();
        allowance.exceeded(Spent { now_ms, running_ms: self.used(now_ms) })
    }

    fn lock(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Refuses a deadline that has passed.
pub(super) fn check_deadline(allowance: Allowance, now_ms: i64, violations: &mut Violations) {
    let Some(deadline_ms) = allowance.deadline_ms.filter(|ms| *ms <= now_ms) else { return };
    let told = |ms| jiff::Timestamp::from_millisecond(ms).map(|time| time.to_string());
    let (deadline, now) = (told(deadline_ms), told(now_ms));
    let (deadline, now) = (deadline.unwrap_or_default(), now.unwrap_or_default());
    violations.add("deadline", format!("{deadline} has passed: the server's clock shows {now}"));
}

impl Runner {
    /// Why that run has to end now, if it has to.
    pub(super) fn out_of_time(&self, attempt: &Attempt) -> Option<Failure> {
        attempt.live.time.exceeded(self.clock.now_ms())
    }

    /// Resolves when a run that rests has to end.
    pub(super) async fn until_out_of_time(&self, attempt: &Attempt) -> Failure {
        let mut allowance = attempt.live.time.allowance.subscribe();
        loop {
            if let Some(failure) = self.out_of_time(attempt) {
                return failure;
            }
            let has_deadline = allowance.borrow_and_update().deadline_ms.is_some();
            tokio::select! {
                // The sender is in the run's hands, so that this never errs.
                _ = allowance.changed() => {}
                () = sleep(LOOK), if has_deadline => {}
            }
        }
    }

    /// Stores now and then how long the run has computed.
    pub(super) async fn keep_time(&self, attempt: &Attempt) -> Infallible {
        loop {
            sleep(KEEP).await;
            let used_ms = attempt.live.time.used(self.clock.now_ms());
            self.keep_used(attempt, used_ms).await;
        }
    }

    /// Stores how long the run has computed; what cannot be stored now is, later.
    pub(super) async fn keep_used(&self, attempt: &Attempt, used_ms: i64) {
        if let Err(error) = self.store.keep_spent(attempt.fence.run_id, used_ms).await {
            tracing::warn!(%error, "how long the run has computed is not stored");
        }
    }
}
