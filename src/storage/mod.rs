//! SQLite: the truth about series, runs and results. The only SQL stands here.
//!
//! One task writes (`writer`), some connections read. What a method answers is committed.

mod cancel;
mod commit;
mod condition;
mod delete_run;
mod error;
mod finish;
mod open;
mod optimization;
mod record;
mod recover;
mod run_list;
mod run_query;
mod series;
mod series_list;
mod submit;
mod trades;
mod trial_export;
mod trial_query;
mod trial_row;
mod trial_stream;
mod writer;

pub use cancel::CancelOutcome;
pub use commit::{CommitCounts, Fence};
pub use delete_run::DeleteOutcome;
pub use error::{OpenError, StoreError};
pub use finish::{Done, Ending};
pub use optimization::TrialSum;
pub use run_list::RunPage;
pub use run_query::{RunPosition, RunQuery};
pub use series::{Inferred, SeriesRow};
pub use series_list::{SeriesDeletion, SeriesPosition, SeriesQuery, SeriesVersion};
pub use submit::{Answer, NewRun, SubmitOutcome};
pub use trades::TradePage;
pub use trial_query::{TrialPage, TrialPosition, TrialQuery};
pub use trial_stream::TrialBatch;

use std::sync::Arc;

use sqlx::SqlitePool;
use tokio::sync::{Mutex, oneshot};
use writer::Writer;

/// The database of one server. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    readers: SqlitePool,
    writer: Writer,
    ended: Arc<Mutex<Option<oneshot::Receiver<()>>>>,
}

impl Store {
    /// Waits until everything that was asked is written, empties the log and closes the file.
    /// All other clones must be gone.
    pub async fn close(self) {
        let Self { readers, writer, ended } = self;
        readers.close().await;
        drop(writer);
        if let Some(ended) = ended.lock().await.take() {
            _ = ended.await;
        }
    }
}
