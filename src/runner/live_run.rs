//! One live run: a watch channel of pictures, and the wish to end it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio_util::sync::CancellationToken;

use super::allowance::RunTime;
use super::sync::{AtomicBool, watch};
use super::turns::Turns;
use crate::engine::Meter;
use crate::run::{CancelInfo, Life, PauseInfo, Progress, RunKind, Sequence, Snapshot, Waiting};

/// A run that has not ended.
pub(super) struct LiveRun {
    snapshots: watch::Sender<Arc<Snapshot>>,
    /// Whether it is committed, and so may be shown to those who did not ask for it.
    is_announced: AtomicBool,
    /// Set when somebody asked for the run to end.
    pub(super) cancelled: CancellationToken,
    /// How long it has computed, and may.
    pub(super) time: RunTime,
    /// Which of its attempts are paused.
    pub(super) turns: Turns,
    /// How far the computation is, and its stop flag.
    pub(super) meter: Arc<Meter>,
}

impl LiveRun {
    /// A run that nobody was told of yet.
    pub(super) fn new(first: Snapshot) -> Self {
        let halted = match &first.life {
            Life::Paused { pause, .. } => Some((first.attempt, pause.clone())),
            _ => None,
        };
        Self {
            snapshots: watch::Sender::new(Arc::new(first)),
            is_announced: AtomicBool::new(false),
            cancelled: CancellationToken::new(),
            time: RunTime::default(),
            turns: Turns::new(halted),
            meter: Arc::default(),
        }
    }

    /// Notes that it is committed.
    pub(super) fn announce(&self) {
        self.is_announced.store(true, Ordering::Relaxed);
    }

    /// Whether it is committed.
    pub(super) fn is_announced(&self) -> bool {
        self.is_announced.load(Ordering::Relaxed)
    }

    /// The picture of this moment.
    pub(super) fn now(&self) -> Arc<Snapshot> {
        self.snapshots.borrow().clone()
    }

    /// Every picture from this moment on, the latest if several were missed.
    pub(super) fn subscribe(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.subscribe()
    }

    /// Publishes a change under the next number.
    pub(super) fn publish(&self, change: impl FnOnce(&mut Snapshot)) {
        self.publish_as(None, change);
    }

    /// Publishes the final picture under a number that is stored already.
    pub(super) fn publish_final(&self, number: Sequence, change: impl FnOnce(&mut Snapshot)) {
        self.publish_as(Some(number), change);
    }

    fn publish_as(&self, number: Option<Sequence>, change: impl FnOnce(&mut Snapshot)) {
        // `send_modify` keeps the value also while nobody listens; `send` would drop it.
        self.snapshots.send_modify(|shared| {
            let mut snapshot = Snapshot::clone(shared);
            change(&mut snapshot);
            snapshot.sequence = number.unwrap_or_else(|| snapshot.sequence.next());
            *shared = Arc::new(snapshot);
        });
    }

    /// Tells what the run waits for, and `None` when it goes on. What it waited for already it goes
    /// on waiting for since then.
    pub(super) fn tell_waiting(&self, waiting: Option<Waiting>) {
        self.snapshots.send_if_modified(|shared| {
            let reason = |waiting: &Option<Waiting>| waiting.as_ref().map(|it| it.reason);
            let is_news = reason(&shared.waiting) != reason(&waiting);
            if is_news {
                let mut snapshot = Snapshot::clone(shared);
                snapshot.waiting = waiting;
                snapshot.sequence = snapshot.sequence.next();
                *shared = Arc::new(snapshot);
            }
            is_news
        });
    }

    /// Lets the computation of that attempt go on after a fault or a pause, unless somebody asked
    /// for the end or for a pause meanwhile.
    pub(super) fn go_on(&self, attempt: u32) {
        self.meter.resume();
        if self.cancelled.is_cancelled() || self.turns.is_halted(attempt) {
            self.meter.stop();
        }
    }

    /// Resolves when that attempt is to stop, for good or for a while.
    pub(super) async fn interrupted(&self, attempt: u32) {
        tokio::select! {
            () = self.cancelled.cancelled() => {}
            () = self.turns.halted(attempt) => {}
        }
    }

    /// Tells the computation of that attempt to stop for a while.
    pub(super) fn halt(&self, attempt: u32, pause: PauseInfo) {
        self.turns.halt(attempt, pause, || self.meter.stop());
    }

    /// Publishes that the run is paused: its work has come to rest.
    pub(super) fn rest(&self, pause: PauseInfo, (completed, failed): (u64, u64)) {
        self.publish(|snapshot| {
            match snapshot.life.clone().pause(pause) {
                Ok(life) => snapshot.life = life,
                // It was found paused at the start of the server.
                Err(error) => return tracing::debug!(%error, "nothing is to be told of a pause"),
            }
            snapshot.waiting = None;
            snapshot.progress = Progress {
                total: snapshot.progress.total,
                // A backtest begins anew.
                completed: if snapshot.kind == RunKind::Backtest { 0 } else { completed },
                failed,
                best: snapshot.progress.best.take(),
                ..Progress::default()
            };
        });
    }

    /// Publishes that it waits for its turn again, as that attempt.
    pub(super) fn begin_again(&self, attempt: u32, now_ms: i64) {
        self.meter.begin_again();
        self.go_on(attempt);
        self.publish_as(Some(Sequence::first_of(attempt)), |snapshot| {
            snapshot.attempt = attempt;
            snapshot.life = Life::Pending;
            snapshot.waiting = Some(Waiting::in_line(now_ms));
            snapshot.progress.queue_position = 0;
        });
    }

    /// Tells watchers of a wish to end the run, and the computation to stop.
    pub(super) fn stop(&self, wish: CancelInfo) {
        // Looked at and changed under one lock: others may tell it at the same time, and once it is
        // told the run may end.
        self.snapshots.send_if_modified(|shared| {
            let is_news = shared.cancel.is_none();
            if is_news {
                let mut snapshot = Snapshot::clone(shared);
                snapshot.cancel = Some(wish);
                snapshot.sequence = snapshot.sequence.next();
                *shared = Arc::new(snapshot);
            }
            is_news
        });
        self.cancelled.cancel();
        self.meter.stop();
    }
}
