//! Filters as SQL. The names in it are ours; whatever a client wrote is bound.

use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;

use crate::filter::{Comparison, Filter, FilterError};

/// A condition, and the values of its question marks in order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) sql: String,
    pub(super) values: Vec<Bound>,
}

/// A value to bind.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bound {
    Int(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Condition {
    pub(super) fn new(sql: impl Into<String>, values: Vec<Bound>) -> Self {
        Self { sql: sql.into(), values }
    }

    /// The condition of a filter, or one that always holds; `term` knows the fields.
    ///
    /// A term must be true or false, never NULL: NOT would make neither of them the other.
    pub(super) fn of(
        filter: Option<&Filter>,
        term: &impl Fn(&Comparison) -> Result<Self, FilterError>,
    ) -> Result<Self, FilterError> {
        let Some(filter) = filter else { return Ok(Self::new("TRUE", Vec::new())) };
        match filter {
            Filter::Compare(comparison) => term(comparison),
            Filter::Not(inner) => {
                let Self { sql, values } = Self::of(Some(inner), term)?;
                Ok(Self { sql: format!("NOT ({sql})"), values })
            }
            Filter::All(filters) => Self::joined(filters, " AND ", term),
            Filter::Any(filters) => Self::joined(filters, " OR ", term),
        }
    }

    fn joined(
        filters: &[Filter],
        word: &str,
        term: &impl Fn(&Comparison) -> Result<Self, FilterError>,
    ) -> Result<Self, FilterError> {
        let mut parts = Vec::with_capacity(filters.len());
        let mut values = Vec::new();
        for filter in filters {
            let part = Self::of(Some(filter), term)?;
            parts.push(format!("({})", part.sql));
            values.extend(part.values);
        }
        Ok(Self { sql: parts.join(word), values })
    }

    /// Both hold.
    pub(super) fn and(self, other: Self) -> Self {
        let sql = format!("({}) AND ({})", self.sql, other.sql);
        Self { sql, values: self.values.into_iter().chain(other.values).collect() }
    }

    /// Either holds.
    pub(super) fn or(self, other: Self) -> Self {
        let sql = format!("({}) OR ({})", self.sql, other.sql);
        Self { sql, values: self.values.into_iter().chain(other.values).collect() }
    }

    /// It does not hold.
    pub(super) fn not(self) -> Self {
        Self { sql: format!("NOT ({})", self.sql), values: self.values }
    }

    /// Binds the values to a statement that holds the condition before all other places.
    pub(super) fn bind(
        self,
        mut query: Query<'_, Sqlite, SqliteArguments>,
    ) -> Query<'_, Sqlite, SqliteArguments> {
        for value in self.values {
            query = match value {
                Bound::Int(value) => query.bind(value),
                Bound::Real(value) => query.bind(value),
                Bound::Text(value) => query.bind(value),
                Bound::Bytes(value) => query.bind(value),
            };
        }
        query
    }
}
