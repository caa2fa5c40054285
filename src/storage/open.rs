//! Opening a database: settings, migrations, and the refusals that keep a foreign file safe.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _, SqlSafeStr as _};
use tokio::sync::Mutex;

use super::Store;
use super::error::OpenError;
use super::inspect::snapshot;
use super::readers::Readers;
use super::writer::Writer;

/// "`TFrg`", in the header of every database of ours.
const APPLICATION_ID: i64 = 0x5446_7267;
/// The oldest SQLite without the WAL-reset bug (sqlite.org/wal.html#walresetbug).
const SQLITE_OLDEST: [u32; 3] = [3, 51, 3];
/// Rows that go from SQLite's thread to their reader at a time; each crossing wakes two threads.
const ROWS_CROSSING: usize = 500;

/// The schema, forward only.
fn migrations() -> Vec<Migration> {
    let files = [
        ("spine", include_str!("../../migrations/0001_spine.sql")),
        ("lists", include_str!("../../migrations/0002_lists.sql")),
        ("answers", include_str!("../../migrations/0003_answers.sql")),
        ("days", include_str!("../../migrations/0004_days.sql")),
        ("metrics", include_str!("../../migrations/0005_metrics.sql")),
        ("commits", include_str!("../../migrations/0006_commits.sql")),
        ("paces", include_str!("../../migrations/0007_paces.sql")),
    ];
    (1..)
        .zip(files)
        .map(|(version, (name, sql))| {
            let (name, sql) = (Cow::Borrowed(name), sql.into_sql_str());
            Migration::new(version, name, MigrationType::Simple, sql, false)
        })
        .collect()
}

impl Store {
    /// Opens the database, making or migrating it if need be.
    ///
    /// # Errors
    ///
    /// If the file is not ours, from a later version, or unusable. It is then as it was.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let options = options(path);
        let unusable = |source| OpenError::of(path, source);
        if path.exists() {
            let schema = look_at(path).await?;
            keep_before_migration(path, schema).await?;
        }
        let mut connection = options.connect().await.map_err(unusable)?;
        refuse_old_sqlite(&mut connection).await?;
        migrate(&mut connection, path).await?;
        let readers = Readers::open(options.create_if_missing(false).read_only(true))
            .await
            .map_err(unusable)?;
        let (writer, ended) = Writer::start(connection);
        Ok(Self { readers, writer, ended: Arc::new(Mutex::new(Some(ended))) })
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
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

/// Keeps an older database as it was, beside the one that is migrated: the way back, should the
/// new version not please.
async fn keep_before_migration(path: &Path, schema: i64) -> Result<(), OpenError> {
    if schema == 0 || schema == newest_schema() {
        return Ok(());
    }
    let kept = path.with_extension(format!("db.schema-{schema}"));
    // What a migration that was cut off has left may be half a copy.
    _ = std::fs::remove_file(&kept);
    snapshot(path, &kept).await?;
    tracing::info!(kept = %kept.display(), "the database is migrated; the former one is kept");
    Ok(())
}

fn newest_schema() -> i64 {
    migrations().last().map_or(0, |migration| migration.version)
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

async fn refuse_newer(connection: &mut SqliteConnection, path: &Path) -> Result<i64, OpenError> {
    let known = newest_schema();
    let found = pragma(connection, "PRAGMA user_version")
        .await
        .map_err(|source| OpenError::of(path, source))?;
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

    /// A database as the version with that schema left it.
    async fn of_schema(path: &Path, schema: usize) -> SqliteConnection {
        let mut connection = options(path).connect().await.unwrap();
        let older = migrations().into_iter().take(schema).collect();
        Migrator::with_migrations(older).run(&mut connection).await.unwrap();
        let mark = format!(
            "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {schema}; \
             INSERT INTO submit_requests (request_id, payload_sha256, run_id, run_key, total, \
             state, disposition) VALUES (x'01', x'02', x'03', x'04', 5, 1, 1)"
        );
        connection.execute(sqlx::AssertSqlSafe(mark)).await.unwrap();
        connection
    }

    async fn number(path: &Path, sql: &'static str) -> i64 {
        let mut connection = options(path).connect().await.unwrap();
        pragma(&mut connection, sql).await.unwrap()
    }

    #[tokio::test]
    async fn every_older_database_is_migrated_with_what_is_in_it_and_kept_as_it_was() {
        for schema in 1..newest_schema() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("tradeforge.db");
            of_schema(&path, schema as usize).await.close().await.unwrap();
            Store::open(&path).await.unwrap().close().await;
            assert_eq!(number(&path, "PRAGMA user_version").await, newest_schema());
            let requests = "SELECT count(*) FROM submit_requests WHERE warnings = '[]'";
            assert_eq!(number(&path, requests).await, 1);
            let kept = path.with_extension(format!("db.schema-{schema}"));
            assert_eq!(number(&kept, "PRAGMA user_version").await, schema);
            assert_eq!(number(&kept, "SELECT count(*) FROM submit_requests").await, 1);
        }
    }

    #[tokio::test]
    async fn a_range_that_was_ever_noted_twice_is_kept_once_as_the_longer_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tradeforge.db");
        let mut connection = of_schema(&path, 3).await;
        let runs = "INSERT INTO runs (run_no, run_id, run_key, kind, state, attempt, sequence, \
             engine_version, spec, total, display_name, labels, priority, owner, create_ms) \
             VALUES (1, x'01', x'01', 2, 2, 1, 1, '1', '{}', 9, '', '{}', 0, '', 1), \
             (2, x'02', x'02', 2, 2, 1, 1, '1', '{}', 9, '', '{}', 0, '', 1); \
             INSERT INTO commits VALUES (1, 1, 0, 2, 2, 0), (1, 2, 0, 5, 5, 0), \
             (1, 3, 5, 4, 4, 0), (1, 4, 5, 4, 4, 0), (2, 1, 0, 2, 2, 0)";
        connection.execute(runs).await.unwrap();
        connection.close().await.unwrap();
        Store::open(&path).await.unwrap().close().await;
        let kept = "SELECT sum(completed * 100 + commit_no) FROM commits WHERE run_no = 1";
        assert_eq!(number(&path, kept).await, 5 * 100 + 2 + 4 * 100 + 3);
        assert_eq!(number(&path, "SELECT count(*) FROM commits WHERE run_no = 2").await, 1);
    }

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
