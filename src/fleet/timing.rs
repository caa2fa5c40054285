//! How long things take, and how long they may.

use std::time::Duration;

use super::assignments::Rules;

/// The times of a fleet. Gateway and workers go by the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// A worker says so often that it is there.
    pub hello: Duration,
    /// One that did not say so for that long is not counted.
    pub gone: Duration,
    /// A worker says so often what it holds.
    pub beat: Duration,
    /// Work is a worker's for so long, unless it says that it goes on.
    pub lease: Duration,
    /// It says so that often.
    pub keep: Duration,
    /// A ticket that nobody names for so long is looked for.
    pub unnamed: Duration,
    /// A worker that does not name what it computes for so long is dead.
    pub dead: Duration,
    /// What does not move for so long hangs.
    pub still: Duration,
    /// Without workers for so long, the gateway computes by itself.
    pub alone: Duration,
    /// What no worker computes for so long, the gateway does.
    pub untaken: Duration,
    /// The least that a chunk should take.
    pub chunk: Duration,
    /// A worker that is told to end waits so long for what it computes.
    pub leave: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            hello: seconds(2),
            gone: seconds(7),
            beat: seconds(1),
            lease: seconds(15),
            keep: seconds(5),
            unnamed: seconds(5),
            dead: seconds(15),
            still: seconds(60),
            alone: seconds(15),
            untaken: seconds(120),
            chunk: seconds(2),
            leave: seconds(20),
        }
    }
}

impl Timing {
    /// All of it so many times as fast, for tests.
    #[must_use]
    pub fn hurried(self, by: u32) -> Self {
        let by = by.max(1);
        Self {
            hello: self.hello / by,
            gone: self.gone / by,
            beat: self.beat / by,
            lease: self.lease / by,
            keep: self.keep / by,
            unnamed: self.unnamed / by,
            dead: self.dead / by,
            // What is slow by nature is no slower in a test.
            still: self.still,
            alone: self.alone / by,
            untaken: self.untaken / by,
            chunk: self.chunk / by,
            leave: self.leave / by,
        }
    }

    pub(super) const fn rules(&self) -> Rules {
        Rules {
            unnamed_ms: self.unnamed.as_millis() as u64,
            look_gap_ms: self.unnamed.as_millis() as u64 * 2 / 5,
            dead_ms: self.dead.as_millis() as u64,
            still_ms: self.still.as_millis() as u64,
            again_ms: self.beat.as_millis() as u64,
            untaken_ms: self.untaken.as_millis() as u64,
        }
    }
}
