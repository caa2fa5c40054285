//! The former database beside one that is migrated: the way back, should the new version not
//! please. A copy that has its name is whole, and is never replaced.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use super::error::OpenError;
use super::inspect::snapshot;
use super::open::look_at;
use super::schema::newest_schema;

/// Copies of one schema that are looked through for a free name.
const COPIES_MAX: u32 = 10_000;
const BLOCK_BYTES: usize = 1 << 16;

/// Keeps a copy of a database of an older schema. Whenever this is cut off, what has a name is
/// whole, and the next start finishes the rest.
pub(super) async fn keep_before_migration(path: &Path, schema: i64) -> Result<(), OpenError> {
    if schema == 0 || schema == newest_schema() {
        return Ok(());
    }
    let in_the_way = |source: io::Error| OpenError::of(path, sqlx::Error::Io(source));
    let partial = path.with_extension(format!("db.schema-{schema}.partial"));
    remove(&partial).map_err(in_the_way)?;
    snapshot(path, &partial).await?;
    refuse_half(&partial, schema).await?;
    let kept = named(path, &partial, schema).map_err(in_the_way)?;
    tracing::info!(kept = %kept.display(), "the database is migrated; the former one is kept");
    Ok(())
}

/// Nothing is migrated unless the copy is what it is called.
async fn refuse_half(copy: &Path, schema: i64) -> Result<(), OpenError> {
    let found = look_at(copy).await?;
    if found == schema {
        return Ok(());
    }
    let message = format!("the copy of a database of schema {schema} is of schema {found}");
    Err(OpenError::of(copy, sqlx::Error::Io(io::Error::other(message))))
}

/// Gives the copy the first name that is free, unless an equal one has a name already.
fn named(path: &Path, partial: &Path, schema: i64) -> io::Result<PathBuf> {
    File::open(partial)?.sync_all()?;
    for number in 1..COPIES_MAX {
        let further = if number == 1 { String::new() } else { format!(".{number}") };
        let name = path.with_extension(format!("db.schema-{schema}{further}"));
        if !name.exists() {
            fs::rename(partial, &name)?;
            sync_folder(&name)?;
            return Ok(name);
        }
        if are_equal(&name, partial)? {
            remove(partial)?;
            return Ok(name);
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is no free name for a copy"))
}

/// Only then is the name there after a power failure.
fn sync_folder(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn are_equal(left: &Path, right: &Path) -> io::Result<bool> {
    let (left, right) = (File::open(left)?, File::open(right)?);
    if left.metadata()?.len() != right.metadata()?.len() {
        return Ok(false);
    }
    let (mut left, mut right) = (BufReader::new(left), BufReader::new(right));
    let (mut one, mut other) = (Vec::new(), Vec::new());
    loop {
        one.clear();
        other.clear();
        left.by_ref().take(BLOCK_BYTES as u64).read_to_end(&mut one)?;
        right.by_ref().take(BLOCK_BYTES as u64).read_to_end(&mut other)?;
        if one != other {
            return Ok(false);
        }
        if one.is_empty() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::super::open::{APPLICATION_ID, options};
    use super::super::schema::migrations;
    use super::*;
    use sqlx::migrate::Migrator;
    use sqlx::sqlite::SqliteConnection;
    use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _};

    /// Goes through migrations as one start of a program does; the mark comes last.
    async fn migrate(path: &Path, to: i64, mark: i64) -> SqliteConnection {
        let mut connection = options(path).connect().await.unwrap();
        let older = migrations().into_iter().take(to as usize).collect();
        Migrator::with_migrations(older).run(&mut connection).await.unwrap();
        let mark =
            format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {mark}");
        connection.execute(sqlx::AssertSqlSafe(mark)).await.unwrap();
        connection
    }

    async fn remember(connection: &mut SqliteConnection, number: u8) {
        let sql = format!(
            "INSERT INTO submit_requests (request_id, payload_sha256, run_id, run_key, total, \
             state, disposition) VALUES (x'{number:02x}', x'02', x'03', x'04', 5, 1, 1)"
        );
        connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    }

    async fn number(path: &Path, sql: &'static str) -> i64 {
        let mut connection = options(path).connect().await.unwrap();
        let number = connection.fetch_one(sql).await.unwrap().get(0);
        connection.close().await.unwrap();
        number
    }

    async fn requests(path: &Path) -> i64 {
        number(path, "SELECT count(*) FROM submit_requests").await
    }

    fn kept(path: &Path, name: &str) -> PathBuf {
        path.with_extension(format!("db.schema-{name}"))
    }

    #[tokio::test]
    async fn every_older_database_is_migrated_with_what_is_in_it_and_kept_as_it_was() {
        for schema in 1..newest_schema() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("tradeforge.db");
            let mut connection = migrate(&path, schema, schema).await;
            remember(&mut connection, 1).await;
            connection.close().await.unwrap();
            Store::open(&path).await.unwrap().close().await;
            assert_eq!(number(&path, "PRAGMA user_version").await, newest_schema());
            assert_eq!(requests(&path).await, 1);
            let kept = kept(&path, &schema.to_string());
            assert_eq!(number(&kept, "PRAGMA user_version").await, schema);
            assert_eq!(requests(&kept).await, 1);
        }
    }

    #[tokio::test]
    async fn a_copy_is_never_replaced_and_an_equal_one_not_made_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tradeforge.db");
        let mut connection = migrate(&path, 1, 1).await;
        remember(&mut connection, 1).await;
        connection.close().await.unwrap();
        // A half copy, as a start that was killed leaves it.
        fs::write(kept(&path, "1.partial"), "half").unwrap();
        for _ in 0..3 {
            keep_before_migration(&path, 1).await.unwrap();
        }
        let first = fs::read(kept(&path, "1")).unwrap();
        assert!(!kept(&path, "1.2").exists() && !kept(&path, "1.partial").exists());
        let mut connection = options(&path).connect().await.unwrap();
        remember(&mut connection, 2).await;
        connection.close().await.unwrap();
        keep_before_migration(&path, 1).await.unwrap();
        assert!(fs::read(kept(&path, "1")).unwrap() == first);
        assert_eq!(requests(&kept(&path, "1.2")).await, 2);
    }

    #[tokio::test]
    async fn a_migration_that_was_cut_off_half_way_leaves_the_copy_of_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tradeforge.db");
        let mut connection = migrate(&path, 1, 1).await;
        remember(&mut connection, 1).await;
        connection.close().await.unwrap();
        keep_before_migration(&path, look_at(&path).await.unwrap()).await.unwrap();
        // One of several migrations is committed, and the mark in the header is the former one.
        migrate(&path, 2, 1).await.close().await.unwrap();
        Store::open(&path).await.unwrap().close().await;
        let marks = "SELECT max(version) FROM _sqlx_migrations";
        assert_eq!(number(&kept(&path, "1"), marks).await, 1);
        assert_eq!(number(&kept(&path, "2"), marks).await, 2);
        assert!(!kept(&path, "1.2").exists());
        assert_eq!(number(&path, "PRAGMA user_version").await, newest_schema());
    }
}
