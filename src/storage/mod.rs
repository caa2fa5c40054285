//! SQLite: the truth about series, runs and results. The only SQL stands here.
//!
//! One task writes (`writer`), some connections read. What a method answers is committed.

mod audit;
mod aux_series;
mod cancel;
mod commit;
mod condition;
mod delete_run;
mod deliveries;
#[cfg(test)]
mod deliveries_tests;
mod error;
mod expired;
mod findings;
mod finish;
mod generations;
mod groups;
mod hook_events;
mod hooks;
mod import_run;
mod inspect;
mod instruments;
mod kept;
mod ledger;
mod matching;
mod open;
mod optimization;
mod paces;
mod pause;
mod quota;
mod read_executor;
mod readers;
mod record;
mod recover;
mod reserve;
mod run_list;
mod run_metrics;
mod run_order;
mod run_query;
#[cfg(test)]
mod scene;
mod schema;
mod seal;
mod series;
mod series_list;
mod strategies;
mod submit;
mod taken_over;
mod tokens;
mod trades;
mod trial_costs;
mod trial_export;
mod trial_list;
mod trial_param;
mod trial_query;
mod trial_reader;
mod trial_row;
mod trial_stream;
mod update_run;
mod variants;
mod verify;
mod wide_reads;
mod window_trials;
mod windows;
mod writer;

pub use audit::{Action, AuditEvent, AuditQuery};
pub use aux_series::{AuxPosition, AuxQuery, AuxRow, AuxVersion};
pub use cancel::CancelOutcome;
pub use commit::{CommitCounts, Fence};
pub use delete_run::DeleteOutcome;
pub use deliveries::{AttemptNote, DueHook, Next, StoredDelivery};
pub use error::{OpenError, StoreError};
pub use expired::Expiring;
pub use findings::{Found, ReorderedBest};
pub use finish::{Done, Ending};
pub use hook_events::PENDING_MAX;
pub use hooks::{
    HOOKS_MAX, HOOKS_PER_OWNER_MAX, HookEvent, HookOutcome, NewHook, StoredHook, check_hook_filter,
};
pub use import_run::ImportedRun;
pub use inspect::{Inspection, compacted, inspect, snapshot};
pub use matching::{Matching, Stage};
pub use optimization::TrialSum;
pub use paces::StoredPace;
pub use pause::{PauseOutcome, ResumeOutcome};
pub use reserve::ReservePlan;
pub use run_list::{ListedRun, RunPage};
pub use run_order::RunPosition;
pub use run_query::RunQuery;
pub use series::{Age, Inferred, SeriesRow};
pub use series_list::{SeriesDeletion, SeriesPosition, SeriesQuery, SeriesVersion};
pub use strategies::{NewStrategy, SaveOutcome, StrategyRow};
pub use submit::{Answer, NewRun, SubmitOutcome};
pub use tokens::StoredToken;
pub use trades::TradePage;
pub use trial_list::{TrialPage, TrialPosition};
pub use trial_query::TrialQuery;
pub use trial_stream::TrialBatch;
pub use update_run::UpdateOutcome;
pub use verify::{Held, Verification, verify};
pub use windows::WindowDone;
pub use writer::WriteMeasures;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Mutex, Notify, oneshot};

use readers::Readers;
use writer::Writer;

/// The database of one server. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    readers: Readers,
    writer: Writer,
    is_full: Arc<AtomicBool>,
    ended: Arc<Mutex<Option<oneshot::Receiver<()>>>>,
    /// Rung when something is to be told to a hook.
    outbox: Arc<Notify>,
    /// Who changes what is changed through this handle.
    by: audit::By,
}

impl Store {
    /// What is measured of transactions.
    pub const fn write_measures(&self) -> &WriteMeasures {
        self.writer.measures()
    }

    /// How many writes wait for theirs.
    pub fn writes_waiting(&self) -> usize {
        self.writer.waiting()
    }

    /// Whether what was to be written last found no room on the disk.
    pub fn is_full(&self) -> bool {
        self.is_full.load(Ordering::Relaxed)
    }

    /// Resolves when something new is to be told to a hook, also if that was before the call.
    pub async fn outbox_filled(&self) {
        self.outbox.notified().await;
    }

    /// Waits until everything that was asked is written, empties the log and closes the file, also
    /// for all other clones.
    pub async fn close(self) {
        let Self { readers, writer, ended, .. } = self;
        writer.close();
        readers.close().await;
        if let Some(ended) = ended.lock().await.take() {
            _ = ended.await;
        }
    }
}
