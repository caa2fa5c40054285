//! One attempt at a run: what it works on and where it stands.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::OnceCell;

use super::executor::Pace;
use super::hash_in_order::HashInOrder;
use super::job::{Job, TrialTally};
use super::live_run::LiveRun;
use super::owner_shares::Owner;
use super::share::Share;
use crate::run::{Continuation, Failure, RunKind, RunRecord, Snapshot};
use crate::storage::{Fence, StoreError};

pub(super) struct Attempt {
    pub live: Arc<LiveRun>,
    pub fence: Fence,
    pub job: Arc<Job>,
    /// Whose run it is.
    pub owner: Arc<Owner>,
    pub priority: i32,
    /// The search that it goes on from.
    pub continues: Option<Continuation>,
    pub share: Share,
    pub tally: TrialTally,
    /// When this process began to care for it.
    pub taken_up: Instant,
    pub hash: HashInOrder,
    /// Whether the run became RUNNING, once that was tried.
    pub started: OnceCell<bool>,
}

/// Why an attempt did not come to its end.
pub(super) enum Halt {
    /// Asked to stop.
    Stopped,
    /// It cannot be computed.
    Failed(Failure),
    /// It may not go on for longer.
    OutOfTime(Failure),
    /// The database.
    Store(StoreError),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Attempt {
    pub(super) fn new(
        live: Arc<LiveRun>,
        record: &RunRecord,
        job: Arc<Job>,
        owner: Arc<Owner>,
    ) -> Self {
        let Snapshot { run_id, attempt, .. } = record.snapshot;
        let priority = record.tags.priority;
        live.time.grant(record.allowance, record.spent_ms);
        Self {
            live,
            fence: Fence { run_id, attempt },
            job,
            owner,
            priority,
            continues: record.continues,
            share: Share::of_priority(priority),
            tally: TrialTally::default(),
            taken_up: Instant::now(),
            hash: HashInOrder::default(),
            started: OnceCell::new(),
        }
    }

    /// The next attempt at the same run, by its number.
    pub(super) fn again(&self, number: u32) -> Self {
        Self {
            live: Arc::clone(&self.live),
            fence: Fence { attempt: number, ..self.fence },
            job: Arc::clone(&self.job),
            owner: Arc::clone(&self.owner),
            priority: self.priority,
            continues: self.continues,
            share: Share::of_priority(self.priority),
            tally: TrialTally::default(),
            taken_up: Instant::now(),
            hash: HashInOrder::default(),
            started: OnceCell::new(),
        }
    }

    /// Resolves when it is to stop, for good or for a while.
    pub(super) async fn interrupted(&self) {
        self.live.interrupted(self.fence.attempt).await;
    }

    pub(super) fn kind(&self) -> RunKind {
        self.job.spec.kind()
    }

    /// How many places the next chunk should have at that pace.
    pub(super) fn chunk_places(&self, pace: &Pace) -> u64 {
        self.job.places_of(self.tally.chunk_length(pace))
    }

    /// What is done and what failed: bars of a backtest by its meter, trials by their commits.
    pub(super) fn done(&self) -> (u64, u64) {
        match self.kind() {
            RunKind::Backtest => (self.live.meter.bars(), 0),
            RunKind::Optimization
            | RunKind::Validation
            | RunKind::WalkForward
            | RunKind::Robustness => {
                let counts = self.tally.counts();
                (counts.completed, counts.failed)
            }
        }
    }
}
