//! The chunks of a run that are under way at once: as many as the executor takes at the moment,
//! each cut when there is room to compute it. By then the cost of a trial is known better, and
//! where work is computed may have become larger or smaller.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::{BoxFuture, OptionFuture};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::watch;
use tokio::time::sleep;

use super::Runner;
use super::attempt::{Attempt, Halt};
use super::executor::Pace;
use super::job::Chunks;
use super::permits::Permit;
use super::stall::Stall;

/// So often it is looked within the time that nothing may move.
const LOOKS: u32 = 8;

/// Work that is cut into parts.
pub(super) trait Parts: Send {
    /// What is carried as one.
    type Part;

    /// Whether all of it is cut. Nobody waits for room then.
    fn is_empty(&self) -> bool;

    /// The next part, about that many places long; `None` if all of it is cut.
    fn cut(&mut self, places: u64, pace: &Pace) -> Option<Self::Part>;
}

impl Parts for Chunks {
    type Part = Range<u64>;

    fn is_empty(&self) -> bool {
        Self::is_empty(self)
    }

    fn cut(&mut self, places: u64, _: &Pace) -> Option<Range<u64>> {
        self.next(places)
    }
}

impl Runner {
    /// Carries all parts. Each has a permit first and is cut then; `carry` gives it back when the
    /// part is computed, and goes on to commit what came of it.
    pub(super) async fn in_lanes<'r, P: Parts>(
        &'r self,
        attempt: &'r Attempt,
        mut parts: P,
        mut carry: impl FnMut(Permit, P::Part) -> BoxFuture<'r, Result<(), Halt>> + Send,
    ) -> Result<(), Halt> {
        let mut changes = self.executor.changes();
        let mut under_way = FuturesUnordered::new();
        // Kept while chunks end: whoever left the queue would lose its turn there.
        let mut permit: OptionFuture<_> = None.into();
        let mut is_waiting = false;
        let mut stall = Stall::new(Instant::now());
        loop {
            let pace = self.executor.pace_of(&attempt.job);
            if !is_waiting && !parts.is_empty() && under_way.len() < pace.chunks_in_flight {
                permit = Some(self.permit(attempt).boxed()).into();
                is_waiting = true;
            }
            if !is_waiting && parts.is_empty() && under_way.is_empty() {
                return Ok(());
            }
            tokio::select! {
                Some(carried) = under_way.next() => carried?,
                Some(permitted) = &mut permit, if is_waiting => {
                    is_waiting = false;
                    permit = None.into();
                    let (permitted, pace) = (permitted?, self.executor.pace_of(&attempt.job));
                    if under_way.is_empty() {
                        stall = Stall::new(Instant::now());
                    }
                    if let Some(part) = parts.cut(attempt.chunk_places(&pace), &pace) {
                        under_way.push(carry(permitted, part));
                    }
                }
                () = changed(&mut changes) => {}
                () = sleep(pace.still_max / LOOKS), if !under_way.is_empty() => {
                    self.look(attempt, &mut stall, &pace);
                }
                // Without a lane there is no permit to wait for, and so nobody who would tell.
                () = attempt.interrupted(), if !is_waiting && under_way.is_empty() => {
                    return Err(Halt::Stopped);
                }
                () = self.shutdown.cancelled(), if !is_waiting && under_way.is_empty() => {
                    return Err(Halt::Stopped);
                }
            }
        }
    }

    /// Tells of a run of which nothing moves, though some of it is being computed.
    fn look(&self, attempt: &Attempt, stall: &mut Stall, pace: &Pace) {
        let bars = attempt.live.meter.bars();
        if let Some(still) = stall.look(bars, pace, Instant::now()) {
            self.instruments.stalled();
            let still_s = still.as_secs();
            tracing::warn!(still_s, bars, "nothing of what is computed moves: a strategy may hang");
        }
    }

    /// Keeps the permits at what the executor takes, where that changes.
    pub(super) fn follow_pace(self: &Arc<Self>) {
        let Some(mut changes) = self.executor.changes() else { return };
        let runner = Arc::clone(self);
        self.tasks.spawn(async move {
            loop {
                let pace = runner.executor.pace();
                runner.backtest_permits.resize(pace.chunks_in_flight);
                runner.sweep_permits.resize(pace.chunks_out);
                tokio::select! {
                    changed = changes.changed() => if changed.is_err() { return },
                    () = runner.shutdown.cancelled() => return,
                }
            }
        });
    }
}

/// Resolves when the pace is another.
async fn changed(changes: &mut Option<watch::Receiver<()>>) {
    let is_over = match changes {
        Some(receiver) => receiver.changed().await.is_err(),
        None => true,
    };
    if is_over {
        std::future::pending::<()>().await;
    }
}
