//! What can go wrong with the database.

/// A failed read or write.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite or the way to it.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
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
    /// The batch that a write was part of was not committed.
    #[error("the write was not committed: {0}")]
    NotCommitted(String),
    /// The store is closed.
    #[error("the database is closed")]
    Closed,
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
