//! Final pictures of the runs that were asked for lately: what cannot change any more is not read
//! from the database again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::Cache;

use crate::run::{RunId, Snapshot};

/// Pictures kept; one of a search with long stack traces is some 50 kB.
const KEPT: usize = 512;

/// A bounded cache of final snapshots that never shows a deleted run.
pub(super) struct Finals {
    snapshots: Cache<RunId, Arc<Snapshot>>,
    deletions: AtomicU64,
}

/// How many runs were deleted when a snapshot was about to be read.
#[derive(Clone, Copy)]
pub(super) struct Reading(u64);

impl Default for Finals {
    fn default() -> Self {
        Self { snapshots: Cache::new(KEPT), deletions: AtomicU64::new(0) }
    }
}

impl Finals {
    pub(super) fn find(&self, run_id: RunId) -> Option<Arc<Snapshot>> {
        self.snapshots.get(&run_id)
    }

    /// To be taken before the snapshot is read.
    pub(super) fn reading(&self) -> Reading {
        Reading(self.deletions.load(Ordering::SeqCst))
    }

    /// Keeps a snapshot if it is final, and no run was deleted since the reading began: it might
    /// be this one.
    pub(super) fn keep(&self, reading: Reading, snapshot: &Arc<Snapshot>) {
        if !snapshot.is_final() {
            return;
        }
        self.snapshots.insert(snapshot.run_id, Arc::clone(snapshot));
        if self.deletions.load(Ordering::SeqCst) != reading.0 {
            self.snapshots.remove(&snapshot.run_id);
        }
    }

    /// Forgets a run that was deleted.
    pub(super) fn forget(&self, run_id: RunId) {
        self.deletions.fetch_add(1, Ordering::SeqCst);
        self.snapshots.remove(&run_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Life, Progress, RunKind, Sequence};

    fn snapshot(life: Life) -> Arc<Snapshot> {
        Arc::new(Snapshot {
            run_id: RunId::new(1),
            kind: RunKind::Backtest,
            watched_metrics: Arc::default(),
            attempt: 1,
            sequence: Sequence::first_of(1),
            life,
            progress: Progress::default(),
            waiting: None,
            cancel: None,
            create_ms: 1,
        })
    }

    fn cancelled() -> Arc<Snapshot> {
        snapshot(Life::Cancelled { start_ms: None, end_ms: 1 })
    }

    #[test]
    fn only_what_is_final_is_kept() {
        let finals = Finals::default();
        let (live, ended) = (snapshot(Life::Pending), cancelled());
        finals.keep(finals.reading(), &live);
        finals.keep(finals.reading(), &ended);
        assert!(finals.find(live.run_id).is_none());
        assert_eq!(finals.find(ended.run_id), Some(ended));
    }

    #[test]
    fn a_run_that_is_deleted_while_it_is_read_is_not_kept() {
        let finals = Finals::default();
        let ended = cancelled();
        let reading = finals.reading();
        finals.forget(ended.run_id);
        finals.keep(reading, &ended);
        assert!(finals.find(ended.run_id).is_none());
        finals.keep(finals.reading(), &ended);
        finals.forget(ended.run_id);
        assert!(finals.find(ended.run_id).is_none());
    }

    #[test]
    fn no_more_than_the_limit_is_kept() {
        let finals = Finals::default();
        for _ in 0..4 * KEPT {
            finals.keep(finals.reading(), &cancelled());
        }
        assert!(finals.snapshots.len() <= KEPT);
    }
}
