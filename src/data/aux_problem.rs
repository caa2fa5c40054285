//! What is wrong with a table of an auxiliary series, in one sentence each that says what would
//! settle it. Knows no places.

use super::import_words::{listed, quoted, suggested};
use super::reading::iso;
use crate::market::{AUX_COLUMNS_MAX, AuxNameError};

/// What is wrong with a table of an auxiliary series.
#[derive(Debug, thiserror::Error)]
pub enum AuxProblem {
    /// No column that may hold times.
    #[error(
        "has no column known_at, and none else that is surely its time; its columns are {}: name \
         it with time_column (--time HEADING), and say when a row was known with \
         known_after_seconds (--known-after 0) or known_at_end_of (--known-at-end-of 1h)",
        listed(found)
    )]
    NoTimeColumn {
        /// The file's headings.
        found: Vec<String>,
    },
    /// Nobody says when the rows were known.
    #[error(
        "has its times in a column {column:?}, which does not say when a row was known: call the \
         column known_at if that is what it tells, or declare known_after_seconds (--known-after \
         0 if a row was known at that very time), or known_at_end_of (--known-at-end-of 1h if the \
         times are the opens of the hours whose closes the rows were made of)"
    )]
    NotDeclared {
        /// The heading of the times.
        column: String,
    },
    /// It is said twice.
    #[error(
        "has its times in a column known_at, which says when each row was known: leave out \
         known_after_seconds and known_at_end_of, or name another column with time_column"
    )]
    DeclaredTwice,
    /// A heading that is no name.
    #[error(
        "has a column {heading:?}, which {cause}: choose columns and name them with `columns`, as \
         in --column score={}",
        as_argument(heading)
    )]
    NoName {
        /// The heading.
        heading: String,
        /// Why it is none.
        cause: AuxNameError,
    },
    /// A heading that the file does not have.
    #[error(
        "has no column {given:?} for {name}; its columns are {}{}",
        listed(found), suggested(nearest.as_ref())
    )]
    NoSuchColumn {
        /// Our name of the column.
        name: String,
        /// The heading as given.
        given: String,
        /// The heading that comes nearest, if any is near.
        nearest: Option<String>,
        /// The file's headings.
        found: Vec<String>,
    },
    /// Two columns of one heading.
    #[error("has more than one column {heading:?}")]
    Ambiguous {
        /// The heading.
        heading: String,
    },
    /// Nothing but times.
    #[error("has no columns beside its times")]
    NoColumns,
    /// More columns than one series may have.
    #[error(
        "has {found} columns beside its times, and a series at most {AUX_COLUMNS_MAX}: choose some \
         with `columns` (--column NAME=HEADING)"
    )]
    TooManyColumns {
        /// How many there are.
        found: usize,
    },
    /// More values than one import may bring.
    #[error(
        "brings more than the {most} times and values that one import may (six for each of \
         import_bars_max): choose fewer columns or import a shorter span"
    )]
    TooManyValues {
        /// The most that are taken.
        most: u64,
    },
    /// There is no row.
    #[error("holds no rows")]
    NoRows,
    /// A value that is no number.
    #[error(
        "{} is no number: a value is a number such as -0.25, true or false (1 or 0), or empty",
        quoted(text)
    )]
    NoNumber {
        /// The field.
        text: String,
    },
    /// Two rows that were known at one moment.
    #[error("{} is when the row of line {other_line} was known too: keep one", iso(*known_ms))]
    SameMoment {
        /// When both were known.
        known_ms: i64,
        /// The line of the other.
        other_line: u64,
    },
    /// A container that could hold several tables, or none.
    #[error("is {what}: write an auxiliary series as CSV, Parquet or Arrow (packed or not)")]
    Container {
        /// What it is.
        what: &'static str,
    },
}

/// The heading as a shell takes it.
fn as_argument(heading: &str) -> String {
    if heading.contains([' ', '\'', '"']) { format!("{heading:?}") } else { heading.to_owned() }
}
