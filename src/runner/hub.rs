//! The live runs of this process: one watch channel each, the single source of poll, long poll
//! and stream.
//!
//! A run is here before it is in the database, and leaves only after its final state is
//! committed and published. So a reader that looks here first and there second misses nothing,
//! and the map never grows with finished runs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use super::Load;
use crate::engine::Meter;
use crate::run::{CancelInfo, RunId, RunKind, Sequence, Snapshot, State};

/// New runs that a watcher of all runs may be behind before it misses one: half a megabyte.
const ANNOUNCEMENTS_KEPT: usize = 8_192;

/// The live runs by id.
pub(super) struct Hub {
    runs: Mutex<HashMap<RunId, Arc<LiveRun>>>,
    /// The id of each run once it is committed. No picture stands here, so that the channel holds
    /// nothing of runs that have ended.
    announcements: broadcast::Sender<RunId>,
}

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

impl Default for Hub {
    fn default() -> Self {
        let (announcements, _) = broadcast::channel(ANNOUNCEMENTS_KEPT);
        Self { runs: Mutex::default(), announcements }
    }
}

impl Hub {
    fn lock(&self) -> MutexGuard<'_, HashMap<RunId, Arc<LiveRun>>> {
        // The map is whole after every operation on it, also if one panicked.
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a run, however many there are.
    pub(super) fn insert(&self, first: Snapshot) -> Arc<LiveRun> {
        insert(&mut self.lock(), first)
    }

    /// Takes in a run if so many are not live yet.
    pub(super) fn insert_within(&self, limit: usize, first: Snapshot) -> Option<Arc<LiveRun>> {
        let mut runs = self.lock();
        (runs.len() < limit).then(|| insert(&mut runs, first))
    }

    /// Tells the watchers of all runs of a run that is committed now.
    pub(super) fn announce(&self, run_id: RunId) {
        // Both under the lock: a watcher that begins now finds the run here or hears of it, and
        // never both.
        let runs = self.lock();
        if let Some(run) = runs.get(&run_id) {
            run.is_announced.store(true, Ordering::Relaxed);
        }
        // Nobody listens: that is no error.
        _ = self.announcements.send(run_id);
    }

    /// Every committed live run, and the id of each that is announced from now on.
    pub(super) fn follow(&self) -> (Vec<Arc<LiveRun>>, broadcast::Receiver<RunId>) {
        let runs = self.lock();
        let is_announced = |run: &&Arc<LiveRun>| run.is_announced.load(Ordering::Relaxed);
        let live = runs.values().filter(is_announced).cloned().collect();
        (live, self.announcements.subscribe())
    }

    /// The live run of that id.
    pub(super) fn find(&self, run_id: RunId) -> Option<Arc<LiveRun>> {
        self.lock().get(&run_id).cloned()
    }

    /// Lets go of a run whose final state is published, or that was never committed.
    pub(super) fn remove(&self, run_id: RunId) {
        self.lock().remove(&run_id);
    }

    /// How many runs are in which state.
    pub(super) fn load(&self) -> Load {
        let runs = self.lock();
        let mut load = Load::default();
        for run in runs.values().map(|run| run.now()) {
            load.running += usize::from(run.state() == State::Running);
            load.backtests += usize::from(run.kind == RunKind::Backtest);
        }
        load.pending = runs.len() - load.running;
        load.searches = runs.len() - load.backtests;
        load
    }

    /// Stops all computing without ending any run.
    pub(super) fn stop_computing(&self) {
        for run in self.lock().values() {
            run.meter.stop();
        }
    }
}

fn insert(runs: &mut HashMap<RunId, Arc<LiveRun>>, first: Snapshot) -> Arc<LiveRun> {
    let run_id = first.run_id;
    let run = Arc::new(LiveRun {
        snapshots: watch::Sender::new(Arc::new(first)),
        is_announced: AtomicBool::new(false),
        cancelled: CancellationToken::new(),
        meter: Arc::default(),
    });
    runs.insert(run_id, Arc::clone(&run));
    run
}

impl LiveRun {
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

    /// Lets the computation go on after a fault, unless somebody asked for the end meanwhile.
    pub(super) fn go_on(&self) {
        self.meter.resume();
        if self.cancelled.is_cancelled() {
            self.meter.stop();
        }
    }

    /// Tells watchers of a wish to end the run, and the computation to stop.
    pub(super) fn stop(&self, wish: CancelInfo) {
        if !self.cancelled.is_cancelled() {
            self.publish(|snapshot| snapshot.cancel = Some(wish));
        }
        self.cancelled.cancel();
        self.meter.stop();
    }
}
