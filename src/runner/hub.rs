//! The live runs of this process, the single source of poll, long poll and stream.
//!
//! A run is here before it is in the database, and leaves only after its final state is
//! committed and published. So a reader that looks here first and there second misses nothing,
//! and the map never grows with finished runs.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};

use super::Load;
use super::live_run::LiveRun;
use super::sync::{Mutex, MutexGuard, broadcast};
use crate::run::{RunId, RunKind, Snapshot, State, WaitReason, Waiting};

/// New runs that a watcher of all runs may be behind before it misses one: half a megabyte.
const ANNOUNCEMENTS_KEPT: usize = 8_192;

/// The live runs by id.
pub(super) struct Hub {
    runs: Mutex<HashMap<RunId, Arc<LiveRun>>>,
    /// The id of each run once it is committed. No picture stands here, so that the channel holds
    /// nothing of runs that have ended.
    announcements: broadcast::Sender<RunId>,
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
            run.announce();
        }
        // Nobody listens: that is no error.
        _ = self.announcements.send(run_id);
    }

    /// Every committed live run, and the id of each that is announced from now on.
    pub(super) fn follow(&self) -> (Vec<Arc<LiveRun>>, broadcast::Receiver<RunId>) {
        let runs = self.lock();
        let live = runs.values().filter(|run| run.is_announced()).cloned().collect();
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
            load.paused += usize::from(run.state() == State::Paused);
            load.backtests += usize::from(run.kind == RunKind::Backtest);
        }
        load.pending = runs.len() - load.running - load.paused;
        load.searches = runs.len() - load.backtests;
        load
    }

    /// What live runs wait for: for each reason how many, and the one that has waited longest.
    pub(super) fn waiting(&self) -> BTreeMap<WaitReason, (usize, Waiting)> {
        let mut found: BTreeMap<WaitReason, (usize, Waiting)> = BTreeMap::new();
        for run in self.lock().values().map(|run| run.now()) {
            let Some(waiting) = &run.waiting else { continue };
            let (count, longest) =
                found.entry(waiting.reason).or_insert_with(|| (0, waiting.clone()));
            *count += 1;
            if waiting.since_ms < longest.since_ms {
                longest.clone_from(waiting);
            }
        }
        found
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
    let run = Arc::new(LiveRun::new(first));
    runs.insert(run_id, Arc::clone(&run));
    run
}
