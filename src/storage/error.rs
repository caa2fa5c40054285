//! What can go wrong with the database.

use std::ops::Range;
use std::path::Path;

use super::readers::{READ_TIME_MAX, WAIT_MAX};

/// A failed read or write.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite or the way to it.
    #[error(transparent)]
    Database(sqlx::Error),
    /// The same, of a read of wide rows.
    #[error(transparent)]
    Read(rusqlite::Error),
    /// The disk, or the share of it that this process may fill, is full.
    #[error("there is no room left for the database: {0}")]
    NoRoom(String),
    /// The file is damaged.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// A row that this program would never have written.
    #[error("row {row} of {table} has an impossible {column}")]
    Inconsistent {
        /// Which table.
        table: &'static str,
        /// Which column.
        column: &'static str,
        /// Which row, by its number.
        row: i64,
    },
    /// Trials that are committed already, and others with them.
    #[error("trials {new:?} overlap with {known:?}, which are committed")]
    Overlap {
        /// The range that is committed.
        known: Range<u64>,
        /// The range that was to be.
        new: Range<u64>,
    },
    /// A read that took too long.
    #[error("the read was interrupted, for it took more than {READ_TIME_MAX:?}")]
    TooSlow,
    /// Every connection that reads was in use for too long.
    #[error("others kept the database busy for {WAIT_MAX:?}")]
    Busy,
    /// The batch that a write was part of was not committed.
    #[error("the write was not committed: {0}")]
    NotCommitted(String),
    /// The store is closed.
    #[error("the database is closed")]
    Closed,
}

/// What SQLite calls a full disk, a write that fails, a read cut off, and a damaged file
/// (sqlite.org/rescode.html).
const FULL: i64 = 13;
const IOERR_WRITE: i64 = 778;
const INTERRUPTED: i64 = 9;
const CORRUPT: i64 = 11;
const NOT_A_DATABASE: i64 = 26;

/// The code of the error and, in its lowest byte, the kind of it.
fn code_of(error: &sqlx::Error) -> Option<(i64, i64)> {
    let code = error.as_database_error()?.code()?.parse::<i64>().ok()?;
    Some((code, code & 0xff))
}

fn is_damage(error: &sqlx::Error) -> bool {
    matches!(code_of(error), Some((_, CORRUPT | NOT_A_DATABASE)))
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match code_of(&error) {
            Some((FULL | IOERR_WRITE, _)) => Self::NoRoom(error.to_string()),
            Some((INTERRUPTED, _)) => Self::TooSlow,
            _ if matches!(error, sqlx::Error::PoolTimedOut) => Self::Busy,
            _ if is_damage(&error) => Self::Damaged(error.to_string()),
            _ => Self::Database(error),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error().map(|error| i64::from(error.extended_code));
        match code.map(|code| code & 0xff) {
            Some(INTERRUPTED) => Self::TooSlow,
            Some(CORRUPT | NOT_A_DATABASE) => Self::Damaged(error.to_string()),
            _ => Self::Read(error),
        }
    }
}

impl OpenError {
    /// What is in the way of that file.
    pub(super) fn of(path: &Path, source: sqlx::Error) -> Self {
        let path = path.display().to_string();
        if is_damage(&source) {
            Self::Damaged { path, source }
        } else {
            Self::Unusable { path, source }
        }
    }
}

impl StoreError {
    /// The same for each of several writes that failed together.
    pub(super) fn shared(&self) -> Self {
        match self {
            Self::NoRoom(message) => Self::NoRoom(message.clone()),
            Self::Damaged(message) => Self::Damaged(message.clone()),
            other => Self::NotCommitted(other.to_string()),
        }
    }

    /// Whether the same write may do later what it did not do now.
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Database(_)
            | Self::Read(_)
            | Self::NoRoom(_)
            | Self::NotCommitted(_)
            | Self::TooSlow
            | Self::Busy => true,
            Self::Damaged(_) | Self::Inconsistent { .. } | Self::Overlap { .. } | Self::Closed => {
                false
            }
        }
    }
}

/// Why a database cannot be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file is no database, or it cannot be read or written.
    #[error("cannot open the database {path}: {source}")]
    Unusable {
        /// Which file.
        path: String,
        /// Why.
        source: sqlx::Error,
    },
    /// The file is damaged, or no database at all.
    #[error("{path} is damaged, or is no database: {source}; restore a backup")]
    Damaged {
        /// Which file.
        path: String,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// Some other program's database.
    #[error("{path} is a database of another program")]
    Foreign {
        /// Which file.
        path: String,
    },
    /// A later version wrote it.
    #[error("{path} was written by a newer tradeforge (schema {found}, this one knows {known})")]
    Newer {
        /// Which file.
        path: String,
        /// The schema in the file.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// A migration failed.
    #[error("cannot migrate the database {path}: {source}")]
    Migration {
        /// Which file.
        path: String,
        /// Why.
        source: sqlx::migrate::MigrateError,
    },
    /// The linked SQLite has a bug that can damage a database.
    #[error("SQLite {found} can damage a database in WAL mode; 3.51.3 is the oldest accepted")]
    OldSqlite {
        /// The linked version.
        found: String,
    },
}
