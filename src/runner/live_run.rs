//! One live run: a watch channel of pictures, and the wish to end it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio_util::sync::CancellationToken;

use super::sync::{AtomicBool, watch};
use crate::engine::Meter;
use crate::run::{CancelInfo, Sequence, Snapshot, Waiting};

/// A run that has not ended.
pub(super) struct LiveRun {
    snapshots: watch::Sender<Arc<Snapshot>>,
    /// Whether it is committed, and so may be shown to those who did not ask for it.
    is_announced: AtomicBool,
    /// Set when somebody asked for the run to end.
    pub(super) cancelled: CancellationToken,
    /// How far the computation is, and its stop flag.
    pub(super) meter: Arc<Meter>,
}

impl LiveRun {
    /// A run that nobody was told of yet.
    pub(super) fn new(first: Snapshot) -> Self {
        Self {
            snapshots: watch::Sender::new(Arc::new(first)),
            is_announced: AtomicBool::new(false),
            cancelled: CancellationToken::new(),
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

    /// Lets the computation go on after a fault, unless somebody asked for the end meanwhile.
    pub(super) fn go_on(&self) {
        self.meter.resume();
        if self.cancelled.is_cancelled() {
            self.meter.stop();
        }
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
