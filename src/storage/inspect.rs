//! A database looked at from outside, whether a server has it or not: copied whole, or examined.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _};

use super::delete_run::GONE;
use super::error::OpenError;
use super::open::{look_at, writing_options};
use super::record::digest_of;
use crate::digest::Digest;
use crate::run::State;

/// Names and contents of the versions of series.
const SERIES: &str =
    "SELECT exchange || ':' || symbol, version_no, data_sha256 FROM series_versions";
/// Likewise of auxiliary series.
const AUX: &str = "SELECT CASE exchange WHEN '' THEN name \
     ELSE name || '@' || exchange || ':' || symbol END, version_no, data_sha256 FROM aux_versions";

/// What is found in a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// What is wrong with it; none if it is sound.
    pub faults: Vec<String>,
    /// Every version of a series by its name and its content.
    pub series: Vec<(String, Digest)>,
    /// Every version of an auxiliary series likewise.
    pub aux: Vec<(String, Digest)>,
    /// Runs in all.
    pub run_count: i64,
    /// Runs that have not ended.
    pub live_count: i64,
}

/// Writes a copy of the database, as of one moment, into a new file.
///
/// # Errors
///
/// If it is not ours or cannot be read, or the new file cannot be written.
pub async fn snapshot(path: &Path, to: &Path) -> Result<(), OpenError> {
    look_at(path).await?;
    let mut connection = open(path).await?;
    let copied = sqlx::query("VACUUM INTO $1")
        .bind(to.display().to_string())
        .execute(&mut connection)
        .await
        .map_err(|source| OpenError::of(path, source));
    close(connection, path).await?;
    copied.map(drop)
}

/// Writes the database anew without the room of what was removed, and such that it gives back by
/// itself what is removed later; its log is emptied into it first. Nobody else may have it open.
///
/// # Errors
///
/// If it is not ours or cannot be read, or the new file cannot be written.
pub async fn compacted(path: &Path, to: &Path) -> Result<(), OpenError> {
    look_at(path).await?;
    let failed = |source| OpenError::of(path, source);
    let options = writing_options(path).create_if_missing(false);
    let mut connection = options.connect().await.map_err(failed)?;
    // Nobody waits here: what removed runs left goes at once.
    let purged =
        sqlx::query("DELETE FROM runs WHERE kind = $1").bind(GONE).execute(&mut connection).await;
    purged.map_err(failed)?;
    let emptied = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
    emptied.map_err(failed)?;
    let copied = sqlx::query("VACUUM INTO $1")
        .bind(to.display().to_string())
        .execute(&mut connection)
        .await
        .map_err(failed);
    close(connection, path).await?;
    copied.map(drop)
}

/// Reads through the whole database.
///
/// # Errors
///
/// If it is not ours or cannot be read. Damage inside is no error but a fault.
pub async fn inspect(path: &Path) -> Result<Inspection, OpenError> {
    look_at(path).await?;
    let mut connection = open(path).await?;
    let found = examine(&mut connection).await.map_err(|source| OpenError::of(path, source));
    close(connection, path).await?;
    found
}

async fn open(path: &Path) -> Result<SqliteConnection, OpenError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    options.connect().await.map_err(|source| OpenError::of(path, source))
}

async fn close(connection: SqliteConnection, path: &Path) -> Result<(), OpenError> {
    connection.close().await.map_err(|source| OpenError::of(path, source))
}

async fn examine(connection: &mut SqliteConnection) -> Result<Inspection, sqlx::Error> {
    let mut faults = Vec::new();
    for row in sqlx::query("PRAGMA integrity_check").fetch_all(&mut *connection).await? {
        let line: String = row.try_get(0)?;
        faults.extend((line != "ok").then_some(line));
    }
    let orphans = "SELECT count(*) FROM pragma_foreign_key_check";
    let orphans: i64 = sqlx::query(orphans).fetch_one(&mut *connection).await?.try_get(0)?;
    if orphans > 0 {
        faults.push(format!("{orphans} rows belong to runs that are not there"));
    }
    let series = versions(connection, "series_versions", SERIES, &mut faults).await?;
    // A database of an older server has none, and is looked at before it is brought up to date.
    let has_aux = "SELECT count(*) FROM sqlite_schema WHERE name = 'aux_versions'";
    let has_aux: i64 = sqlx::query(has_aux).fetch_one(&mut *connection).await?.try_get(0)?;
    let aux = match has_aux {
        0 => Vec::new(),
        _ => versions(connection, "aux_versions", AUX, &mut faults).await?,
    };
    let counts = sqlx::query(
        "SELECT count(*), count(*) FILTER (WHERE state < $1) FROM runs WHERE kind != $2",
    )
    .bind(State::Completed as i64)
    .bind(GONE)
    .fetch_one(connection)
    .await?;
    let (run_count, live_count) = (counts.try_get(0)?, counts.try_get(1)?);
    Ok(Inspection { faults, series, aux, run_count, live_count })
}

/// The versions of a table by name and content.
async fn versions(
    connection: &mut SqliteConnection,
    table: &'static str,
    sql: &'static str,
    faults: &mut Vec<String>,
) -> Result<Vec<(String, Digest)>, sqlx::Error> {
    let mut found = Vec::new();
    for row in sqlx::query(sql).fetch_all(connection).await? {
        let (name, number): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        match digest_of(&row, table, "data_sha256", number) {
            Ok(digest) => found.push((name, digest)),
            Err(error) => faults.push(error.to_string()),
        }
    }
    Ok(found)
}
