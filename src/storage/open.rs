//! Opening a database: settings, migrations, and the refusals that keep a foreign file safe.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _, SqlSafeStr as _};
use tokio::sync::Mutex;

use super::Store;
use super::error::OpenError;
use super::writer::Writer;

/// "`TFrg`", in the header of every database of ours.
const APPLICATION_ID: i64 = 0x5446_7267;
/// The oldest SQLite without the WAL-reset bug (sqlite.org/wal.html#walresetbug).
const SQLITE_OLDEST: [u32; 3] = [3, 51, 3];
const READERS_MAX: u32 = 4;

/// The schema, forward only.
fn migrations() -> Vec<Migration> {
    let files = [
        ("spine", include_str!("../../migrations/0001_spine.sql")),
        ("lists", include_str!("../../migrations/0002_lists.sql")),
        ("answers", include_str!("../../migrations/0003_answers.sql")),
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
            look_at(path).await?;
        }
        let mut connection = options.connect().await.map_err(unusable)?;
        refuse_old_sqlite(&mut connection).await?;
        migrate(&mut connection, path).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .connect_with(options.create_if_missing(false).read_only(true))
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
        .pragma("journal_size_limit", "67108864")
        .pragma("mmap_size", "0")
        .pragma("temp_store", "MEMORY")
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
}

/// Refuses what is not ours before any setting of ours could change the file.
pub(super) async fn look_at(path: &Path) -> Result<(), OpenError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut connection = options.connect().await.map_err(|source| OpenError::of(path, source))?;
    refuse_foreign(&mut connection, path).await?;
    refuse_newer(&mut connection, path).await?;
    connection.close().await.map_err(|source| OpenError::of(path, source))
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

async fn refuse_newer(connection: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    let known = migrations().last().map_or(0, |migration| migration.version);
    let found = pragma(connection, "PRAGMA user_version")
        .await
        .map_err(|source| OpenError::of(path, source))?;
    if found > known {
        return Err(OpenError::Newer { path: path.display().to_string(), found, known });
    }
    Ok(())
}

async fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    let migrations = migrations();
    let known = migrations.last().map_or(0, |migration| migration.version);
    Migrator::with_migrations(migrations)
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
