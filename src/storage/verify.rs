//! Whether what is stored of runs still comes to the hash that was taken when it was stored: a bit
//! that turned on the disk, or a row that somebody edited, is no damage that SQLite sees.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use super::delete_run::GONE;
use super::error::{OpenError, StoreError};
use super::open::look_at;
use super::optimization::sum_of_trials;
use super::record::digest_of;
use super::seal::is_sealed;
use crate::engine::ENGINE_VERSION;
use crate::run::RunId;

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Searches that have ended; those of other engines, whose hash was taken over other metrics,
    /// cannot be held against it.
    pub searches: Held,
    /// Completed backtests; those that an older version stored have no seal.
    pub backtests: Held,
}

/// Runs of one kind, held against their hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// How many are what they were.
    pub sound: u64,
    /// How many cannot be held against anything.
    pub left_out: u64,
    /// What is wrong with each of the others.
    pub faults: Vec<String>,
}

/// Reads every trial of every run that has ended. A server may have the database meanwhile.
///
/// # Errors
///
/// If it is not ours or cannot be read.
pub async fn verify(path: &Path) -> Result<Verification, OpenError> {
    look_at(path).await?;
    let failed = |source| OpenError::of(path, source);
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut connection = options.connect().await.map_err(failed)?;
    let mut found = Verification::default();
    for run_no in ended(&mut connection, "optimizations").await.map_err(failed)? {
        let checked = check_search(&mut connection, run_no).await;
        found.searches.take(run_no, checked);
    }
    for run_no in ended(&mut connection, "backtests").await.map_err(failed)? {
        let checked = check_backtest(&mut connection, run_no).await;
        found.backtests.take(run_no, checked);
    }
    connection.close().await.map_err(failed)?;
    Ok(found)
}

/// The numbers of the runs that have a row in that table of results.
async fn ended(
    connection: &mut SqliteConnection,
    table: &'static str,
) -> Result<Vec<i64>, sqlx::Error> {
    let sql = format!(
        "SELECT run_no FROM {table} JOIN runs USING (run_no) WHERE kind != {GONE} ORDER BY run_no"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(connection).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// What is found of one run: `None` where nothing can be said, and else what is wrong with it.
type Checked = Result<Option<Result<(), String>>, StoreError>;

/// Of other engines nothing can be said.
async fn check_search(connection: &mut SqliteConnection, run_no: i64) -> Checked {
    let row = sqlx::query(
        "SELECT run_id, engine_version, result_sha256 FROM optimizations JOIN runs USING (run_no) \
         WHERE run_no = $1",
    )
    .bind(run_no)
    .fetch_optional(&mut *connection)
    .await?;
    // Removed since the list was read.
    let Some(row) = row else { return Ok(None) };
    if row.try_get::<&str, _>("engine_version")? != ENGINE_VERSION {
        return Ok(None);
    }
    let run_id = run_id_of(&row, run_no)?;
    let stored = digest_of(&row, "optimizations", "result_sha256", run_no)?;
    let sum = sum_of_trials(connection, run_id).await?;
    let is_sound = sum.hash == stored;
    Ok(Some(is_sound.then_some(()).ok_or_else(|| {
        format!("run {run_id}: its trials are not those that it ended with; compute it again")
    })))
}

/// Of what has no seal nothing can be said.
async fn check_backtest(connection: &mut SqliteConnection, run_no: i64) -> Checked {
    let row = sqlx::query(
        "SELECT runs.run_id, trials.*, backtests.* FROM backtests JOIN runs USING (run_no) \
         JOIN trials USING (run_no) WHERE run_no = $1 AND trial_index = 0",
    )
    .bind(run_no)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let run_id = run_id_of(&row, run_no)?;
    let Some(is_sound) = is_sealed(connection, &row).await? else { return Ok(None) };
    Ok(Some(is_sound.then_some(()).ok_or_else(|| {
        format!("run {run_id}: what is stored of it is not what it came to; compute it again")
    })))
}

fn run_id_of(row: &SqliteRow, run_no: i64) -> Result<RunId, StoreError> {
    let bad = StoreError::Inconsistent { table: "runs", column: "run_id", row: run_no };
    RunId::from_slice(row.try_get("run_id")?).ok_or(bad)
}

impl Held {
    fn take(&mut self, run_no: i64, checked: Checked) {
        match checked {
            Ok(None) => self.left_out += 1,
            Ok(Some(Ok(()))) => self.sound += 1,
            Ok(Some(Err(fault))) => self.faults.push(fault),
            Err(error) => self.faults.push(format!("run number {run_no}: {error}")),
        }
    }
}
