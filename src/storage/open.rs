//! Opening a database: settings, migrations, and the refusals that keep a foreign file safe.

use std::path::Path;
use std::sync::Arc;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _};
use tokio::sync::{Mutex, Notify};

use super::Store;
use super::error::OpenError;
use super::kept::keep_before_migration;
use super::readers::Readers;
use super::reserve::{Reserve, ReservePlan};
use super::schema::{migrations, newest_schema};
use super::writer::Writer;

/// "`TFrg`", in the header of every database of ours.
pub(super) const APPLICATION_ID: i64 = 0x5446_7267;
/// The oldest SQLite without the WAL-reset bug (sqlite.org/wal.html#walresetbug).
const SQLITE_OLDEST: [u32; 3] = [3, 51, 3];
/// Rows that go from SQLite's thread to their reader at a time; each crossing wakes two threads.
const ROWS_CROSSING: usize = 500;

impl Store {
    /// Opens the database, making or migrating it if need be.
    ///
    /// # Errors
    ///
    /// If the file is not ours, from a later version, or unusable. It is then as it was.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, Reserve::none()).await
    }

    /// The same, with room set aside for a full disk.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub async fn open_reserving(path: &Path, plan: ReservePlan) -> Result<Self, OpenError> {
        Self::open_with(path, Reserve::make(plan).await).await
    }

    async fn open_with(path: &Path, reserve: Reserve) -> Result<Self, OpenError> {
        let options = options(path);
        let unusable = |source| OpenError::of(path, source);
        if path.exists() {
            let schema = look_at(path).await?;
            keep_before_migration(path, schema).await?;
        }
        let mut connection = writing_options(path).connect().await.map_err(unusable)?;
        refuse_old_sqlite(&mut connection).await?;
        migrate(&mut connection, path).await?;
        let readers = Readers::open(options.create_if_missing(false).read_only(true))
            .await
            .map_err(unusable)?;
        let is_full = reserve.is_full();
        let (writer, ended) = Writer::start(connection, reserve);
        let (ended, outbox) = (Arc::new(Mutex::new(Some(ended))), Arc::new(Notify::new()));
        Ok(Self { readers, writer, is_full, ended, outbox, by: None })
    }
}

pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // An acknowledged submission must survive a power failure.
        .synchronous(SqliteSynchronous::Full)
        .row_buffer_size(ROWS_CROSSING)
        .pragma("journal_size_limit", "67108864")
        .pragma("mmap_size", "0")
        .pragma("temp_store", "MEMORY")
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
}

/// The same for whoever writes. A new database gives back the room of what is removed; an older one
/// keeps what it has, until it is compacted.
pub(super) fn writing_options(path: &Path) -> SqliteConnectOptions {
    // A connection that only reads may not even say it.
    options(path).auto_vacuum(SqliteAutoVacuum::Incremental)
}

/// Refuses what is not ours before any setting of ours could change the file.
/// Answers its schema; 0 if it has none yet.
pub(super) async fn look_at(path: &Path) -> Result<i64, OpenError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut connection = options.connect().await.map_err(|source| OpenError::of(path, source))?;
    refuse_foreign(&mut connection, path).await?;
    let schema = refuse_newer(&mut connection, path).await?;
    connection.close().await.map_err(|source| OpenError::of(path, source))?;
    Ok(schema)
}

async fn refuse_old_sqlite(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let found: String = sqlx::query("SELECT sqlite_version()")
        .fetch_one(connection)
        .await
        .and_then(|row| row.try_get(0))
        .unwrap_or_default();
    let parts: Vec<u32> = found.split('.').map_while(|part| part.parse().ok()).collect();
    if parts.as_slice() < SQLITE_OLDEST.as_slice() {
        return Err(OpenError::OldSqlite { found });
    }
    Ok(())
}

async fn pragma(connection: &mut SqliteConnection, sql: &'static str) -> Result<i64, sqlx::Error> {
    sqlx::query(sql).fetch_one(connection).await?.try_get(0)
}

/// A database with tables that does not carry our mark is somebody else's.
async fn refuse_foreign(connection: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    let unusable = |source| OpenError::of(path, source);
    let id = pragma(connection, "PRAGMA application_id").await.map_err(unusable)?;
    let tables =
        pragma(connection, "SELECT count(*) FROM sqlite_schema").await.map_err(unusable)?;
    if id != APPLICATION_ID && (id != 0 || tables > 0) {
        return Err(OpenError::Foreign { path: path.display().to_string() });
    }
    Ok(())
}

/// The migrations that it went through. The mark in the header is set after the last one, and so
/// is behind where a migration was cut off.
async fn schema_of(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let marked = pragma(connection, "PRAGMA user_version").await?;
    let table = "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
    if pragma(connection, table).await? == 0 {
        return Ok(marked);
    }
    let newest = "SELECT coalesce(max(version), 0) FROM _sqlx_migrations WHERE success";
    Ok(marked.max(pragma(connection, newest).await?))
}

async fn refuse_newer(connection: &mut SqliteConnection, path: &Path) -> Result<i64, OpenError> {
    let known = newest_schema();
    let found = schema_of(connection).await.map_err(|source| OpenError::of(path, source))?;
    if found > known {
        return Err(OpenError::Newer { path: path.display().to_string(), found, known });
    }
    Ok(found)
}

async fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    let known = newest_schema();
    Migrator::with_migrations(migrations())
        .run(&mut *connection)
        .await
        .map_err(|source| OpenError::Migration { path: path.display().to_string(), source })?;
    let mark = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {known}");
    connection
        .execute(sqlx::AssertSqlSafe(mark))
        .await
        .map_err(|source| OpenError::of(path, source))?;
    connection.ping().await.map_err(|source| OpenError::of(path, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_of_this_version_is_opened_without_a_copy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tradeforge.db");
        for _ in 0..2 {
            Store::open(&path).await.unwrap().close().await;
        }
        let names = std::fs::read_dir(folder.path()).unwrap();
        assert!(names.flatten().all(|it| !it.file_name().to_string_lossy().contains("schema")));
    }
}
