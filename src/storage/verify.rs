//! Whether what is stored of searches still comes to the hash that was taken when they ended: a bit
//! that turned on the disk, or a row that somebody edited, is no damage that SQLite sees.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use super::delete_run::GONE;
use super::error::{OpenError, StoreError};
use super::open::look_at;
use super::optimization::sum_of_trials;
use super::record::digest_of;
use crate::engine::ENGINE_VERSION;
use crate::run::RunId;

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Searches whose trials are what they were.
    pub sound: u64,
    /// Searches of other engines, whose hash was taken over other metrics.
    pub of_other_engines: u64,
    /// Searches whose trials are not.
    pub faults: Vec<String>,
}

/// Reads every trial of every search that has ended. A server may have the database meanwhile.
///
/// # Errors
///
/// If it is not ours or cannot be read.
pub async fn verify(path: &Path) -> Result<Verification, OpenError> {
    look_at(path).await?;
    let failed = |source| OpenError::of(path, source);
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut connection = options.connect().await.map_err(failed)?;
    let ended = ended_searches(&mut connection).await.map_err(failed)?;
    let mut found = Verification::default();
    for search in ended {
        found.take(search.check(&mut connection).await);
    }
    connection.close().await.map_err(failed)?;
    Ok(found)
}

struct Search {
    run_no: i64,
    row: sqlx::sqlite::SqliteRow,
}

async fn ended_searches(connection: &mut SqliteConnection) -> Result<Vec<Search>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT run_no, run_id, engine_version, result_sha256 FROM optimizations \
         JOIN runs USING (run_no) WHERE kind != $1 ORDER BY run_no",
    )
    .bind(GONE)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| Ok(Search { run_no: row.try_get("run_no")?, row })).collect()
}

impl Search {
    /// Whether it is what it was; `None` if it is of another engine.
    async fn check(&self, connection: &mut SqliteConnection) -> Result<Option<()>, String> {
        let Self { run_no, row } = self;
        let unreadable = |error: StoreError| format!("run {run_no}: {error}");
        let engine: String = row.try_get("engine_version").map_err(|it| unreadable(it.into()))?;
        if engine != ENGINE_VERSION {
            return Ok(None);
        }
        let bytes: Vec<u8> = row.try_get("run_id").map_err(|it| unreadable(it.into()))?;
        let run_id = RunId::from_slice(&bytes).ok_or_else(|| format!("run {run_no} has no id"))?;
        let stored = digest_of(row, "optimizations", "result_sha256", *run_no);
        let stored = stored.map_err(unreadable)?;
        let sum = sum_of_trials(connection, run_id).await.map_err(unreadable)?;
        if sum.hash == stored {
            return Ok(Some(()));
        }
        Err(format!("run {run_id}: its trials are not those that it ended with; compute it again"))
    }
}

impl Verification {
    fn take(&mut self, checked: Result<Option<()>, String>) {
        match checked {
            Ok(Some(())) => self.sound += 1,
            Ok(None) => self.of_other_engines += 1,
            Err(fault) => self.faults.push(fault),
        }
    }
}
