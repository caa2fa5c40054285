//! What a watcher sees of a run: one immutable picture after the other.

use std::sync::Arc;

use super::id::RunId;
use super::life::{Life, State};
use super::spec::RunKind;
use super::trial::Trial;
use super::waiting::Waiting;
use crate::metrics::Metric;

/// A run at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Which run.
    pub run_id: RunId,
    /// What kind.
    pub kind: RunKind,
    /// What a search looks for, the objective first; empty for a backtest.
    pub watched_metrics: Arc<[Metric]>,
    /// 1, and one more after each crash that it survived.
    pub attempt: u32,
    /// Rises with each published change, also over restarts.
    pub sequence: Sequence,
    /// The state and its facts.
    pub life: Life,
    /// How far it is.
    pub progress: Progress,
    /// What it waits for; `None` while it computes, and once it has ended.
    pub waiting: Option<Waiting>,
    /// Whether and why it was asked to end.
    pub cancel: Option<CancelInfo>,
    /// When it was submitted, UTC milliseconds.
    pub create_ms: i64,
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Bars of a backtest, trials of a search.
    pub total: u64,
    /// How many of them are done.
    pub completed: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many of them earlier attempts had done: no part of the rate.
    pub resumed: u64,
    /// How long after the first start this attempt began: no part of the rate either.
    pub resumed_after_ms: i64,
    /// Done per second since the start of this attempt; of what has ended, over all of its time.
    pub per_second: f64,
    /// Time since the first start.
    pub elapsed_ms: Option<i64>,
    /// What is left at this rate.
    pub remaining_ms: Option<i64>,
    /// The best feasible trial so far.
    pub best: Option<Trial>,
    /// Place in the queue, from 1; 0 when not queued.
    pub queue_position: u32,
}

/// A wish to end a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelInfo {
    /// When it was asked, UTC milliseconds.
    pub request_ms: i64,
    /// Why, in the user's words.
    pub reason: String,
    /// Who, as far as known.
    pub requester: String,
}

/// That a run is paused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PauseInfo {
    /// Since when, UTC milliseconds.
    pub pause_ms: i64,
    /// Why, in the user's words.
    pub reason: String,
    /// Who did it, as far as known.
    pub requester: String,
}

impl PauseInfo {
    /// What whoever joins the run is told of it.
    pub fn told(&self) -> String {
        let by = |who: &str| if who.is_empty() { String::new() } else { format!(" by {who}") };
        let why = |why: &str| if why.is_empty() { String::new() } else { format!(" ({why})") };
        let (by, why) = (by(&self.requester), why(&self.reason));
        format!("this run was paused{by}{why}, and goes on when somebody resumes it")
    }
}

/// The number of a published change: the attempt above, a counter below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(i64);

const COUNTER_BITS: u32 = 40;
/// What a restart adds to the counter of a run whose last published number is not known: more
/// than a run publishes in ten months.
const RESTART_GAP: i64 = 1 << 28;
/// What a final number adds, so that no number published meanwhile can pass it.
const FINAL_GAP: i64 = 1 << 10;

impl Sequence {
    /// The first number of an attempt.
    pub const fn first_of(attempt: u32) -> Self {
        Self(((attempt as i64) << COUNTER_BITS) + 1)
    }

    /// The number as stored and sent.
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// The stored number.
    pub const fn from_i64(number: i64) -> Self {
        Self(number)
    }

    /// The next number.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// A number for the final change, above all that may be published before it is stored.
    #[must_use]
    pub const fn reserved_for_end(self) -> Self {
        Self(self.0 + FINAL_GAP)
    }

    /// The next number after a restart that lost the ones published since this was stored.
    #[must_use]
    pub const fn after_restart(self) -> Self {
        Self(self.0 + RESTART_GAP)
    }
}

impl Snapshot {
    /// The state without its facts.
    pub const fn state(&self) -> State {
        self.life.state()
    }

    /// Whether nothing will follow.
    pub const fn is_final(&self) -> bool {
        self.state().is_final()
    }
}

impl Progress {
    /// Sets what is done after `elapsed_ms` and derives rate and time left.
    pub fn advance(&mut self, completed: u64, failed: u64, elapsed_ms: i64) {
        // The clock of a machine may be set back.
        let elapsed_ms = elapsed_ms.max(0);
        self.completed = completed.min(self.total);
        self.failed = failed;
        self.elapsed_ms = Some(elapsed_ms);
        let done = (self.completed + self.failed).min(self.total);
        let attempt_ms = elapsed_ms - self.resumed_after_ms;
        if attempt_ms > 0 {
            let since_start = done.saturating_sub(self.resumed);
            self.per_second = since_start as f64 / (attempt_ms as f64 / 1_000.0);
        }
        let left = (self.total - done) as f64;
        self.remaining_ms =
            (self.per_second > 0.0).then(|| (left / self.per_second * 1_000.0) as i64);
    }

    /// Sets what is done at the end, after `elapsed_ms` since the first start: the rate is that of
    /// all attempts together.
    pub fn end(&mut self, completed: u64, failed: u64, elapsed_ms: i64) {
        (self.resumed, self.resumed_after_ms) = (0, 0);
        self.advance(completed, failed, elapsed_ms);
    }

    /// Done over total; 1 for nothing to do.
    pub fn fraction(&self) -> f64 {
        if self.total == 0 {
            return 1.0;
        }
        (self.completed + self.failed) as f64 / self.total as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_attempt_is_above_every_number_of_an_earlier_one() {
        let first = Sequence::first_of(1).after_restart().reserved_for_end();
        assert!(first < Sequence::first_of(2));
        assert_eq!(Sequence::first_of(3).as_i64() >> COUNTER_BITS, 3);
    }

    #[test]
    fn a_pause_is_told_with_who_did_it_and_why_as_far_as_that_is_known() {
        let mut pause = PauseInfo::default();
        let told = "this run was paused, and goes on when somebody resumes it";
        assert_eq!(pause.told(), told);
        pause.reason = "lunch".into();
        pause.requester = "ann".into();
        assert!(pause.told().starts_with("this run was paused by ann (lunch), and"));
    }

    #[test]
    fn rate_and_time_left_follow_from_what_is_done() {
        let mut progress = Progress { total: 100, ..Progress::default() };
        progress.advance(25, 0, 500);
        assert_eq!((progress.per_second, progress.remaining_ms), (50.0, Some(1_500)));
        assert_eq!(progress.fraction(), 0.25);
    }

    #[test]
    fn what_an_earlier_attempt_did_makes_this_one_no_faster() {
        let mut progress =
            Progress { total: 100, resumed: 60, resumed_after_ms: 9_000, ..Progress::default() };
        progress.advance(70, 0, 10_000);
        assert_eq!((progress.per_second, progress.remaining_ms), (10.0, Some(3_000)));
        assert_eq!(progress.elapsed_ms, Some(10_000), "since the first start");
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_time_negative() {
        let mut progress = Progress { total: 100, ..Progress::default() };
        progress.advance(25, 0, -630_719_999_000);
        assert_eq!((progress.elapsed_ms, progress.per_second), (Some(0), 0.0));
        progress.end(100, 0, -1);
        assert_eq!(progress.elapsed_ms, Some(0));
    }

    #[test]
    fn the_rate_of_what_has_ended_is_that_of_all_its_attempts() {
        let mut progress =
            Progress { total: 100, resumed: 60, resumed_after_ms: 9_000, ..Progress::default() };
        progress.end(100, 0, 10_000);
        assert_eq!((progress.per_second, progress.elapsed_ms), (10.0, Some(10_000)));
    }
}
