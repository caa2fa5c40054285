//! Reads of rows that have very many numbers, as the metrics of trials.
//!
//! sqlx copies each value of a row by itself, since its rows go to another thread. Of seventy
//! values a row, and as many rows as a search has trials, that is most of the time of a read. Here
//! a row is read where it lies, by rusqlite on the same SQLite, on a thread that may wait; only
//! what is made of it leaves that thread. Whatever is short is read by sqlx.

use std::sync::Arc;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, Row, Statement, ToSql};

use super::condition::Bound;
use super::error::StoreError;
use super::readers::{Limit, Readers, STEPS_PER_LOOK};

/// How long a read waits for what locks the file, as sqlx's connections do.
const LOCK_WAIT: std::time::Duration = std::time::Duration::from_secs(5);

/// A statement, and the values of its places: the first is that of `$1`.
pub(super) struct WideQuery {
    pub(super) sql: String,
    pub(super) values: Vec<Bound>,
}

/// Interrupts a read when whoever asked for it has gone.
struct Asked(Arc<Limit>);

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.end_now();
    }
}

impl Readers {
    /// What is made of each row of the query, in its order.
    pub(super) async fn wide_rows<T, F>(
        &self,
        query: WideQuery,
        make: F,
    ) -> Result<Vec<T>, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Row<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let held = self.admitted().await?;
        let limit = Arc::new(self.new_limit());
        let _asked = Asked(Arc::clone(&limit));
        let reading = tokio::task::spawn_blocking(move || {
            let connection = match held.idle_wide() {
                Some(connection) => connection,
                None => opened(held.path())?,
            };
            let looked_at = Arc::clone(&limit);
            connection.progress_handler(STEPS_PER_LOOK, Some(move || looked_at.is_over()))?;
            let rows = rows(&connection, &query, make);
            held.give_back_wide(connection);
            rows
        });
        reading.await.map_err(|_| StoreError::Closed)?
    }
}

fn opened(path: &std::path::Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(LOCK_WAIT)?;
    // As all connections of this program have them.
    for (name, value) in [("mmap_size", "0"), ("temp_store", "MEMORY")] {
        connection.pragma_update(None, name, value)?;
    }
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

fn rows<T>(
    connection: &Connection,
    query: &WideQuery,
    mut make: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(&query.sql)?;
    bind(&mut statement, &query.values)?;
    let mut rows = statement.raw_query();
    let mut made = Vec::new();
    while let Some(row) = rows.next()? {
        made.push(make(row)?);
    }
    Ok(made)
}

/// SQLite counts places by where they come first in the statement; ours are called by number.
fn bind(statement: &mut Statement<'_>, values: &[Bound]) -> Result<(), StoreError> {
    for place in 1..=statement.parameter_count() {
        let number = statement.parameter_name(place).and_then(|name| name.get(1..)?.parse().ok());
        let value = number.and_then(|number: usize| values.get(number.checked_sub(1)?));
        statement.raw_bind_parameter(place, value)?;
    }
    Ok(())
}

impl ToSql for Bound {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Scene;
    use super::*;

    const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                           SELECT count(*) FROM n WHERE i < 0";

    fn query(sql: &str, values: Vec<Bound>) -> WideQuery {
        WideQuery { sql: sql.to_owned(), values }
    }

    async fn number(readers: &Readers, sql: &str, values: Vec<Bound>) -> Result<i64, StoreError> {
        let rows = readers.wide_rows(query(sql, values), |row| Ok(row.get(0)?)).await?;
        Ok(rows[0])
    }

    #[tokio::test]
    async fn values_go_to_the_places_of_their_numbers_in_whatever_order_those_come() {
        let readers = &Scene::over(Vec::new()).await.store.readers;
        let values = vec![Bound::Int(7), Bound::Text("5".into()), Bound::Real(0.5)];
        let found = number(readers, "SELECT CAST($2 * 100 + $1 + $3 * 2 AS INT) + $1", values);
        assert_eq!(found.await.unwrap(), 515);
        let bytes = vec![Bound::Bytes(vec![1, 2, 3])];
        assert_eq!(number(readers, "SELECT length($1)", bytes).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_read_whose_asker_has_gone_is_interrupted_and_the_next_has_its_place() {
        let readers = &Scene::over(Vec::new()).await.store.readers;
        // More often than there are connections.
        for _ in 0..12 {
            let mut asked = Box::pin(number(readers, ENDLESS, Vec::new()));
            assert!(futures_util::poll!(&mut asked).is_pending());
            drop(asked);
        }
        assert_eq!(number(readers, "SELECT 7", Vec::new()).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn closing_interrupts_what_is_read_and_refuses_what_would_be() {
        let scene = Scene::over(Vec::new()).await;
        let (store, readers) = (scene.store.clone(), scene.store.readers.clone());
        let mut asked = Box::pin(number(&readers, ENDLESS, Vec::new()));
        assert!(futures_util::poll!(&mut asked).is_pending());
        let (refused, ()) = tokio::join!(asked, store.close());
        assert!(matches!(refused, Err(StoreError::TooSlow)), "{refused:?}");
        let refused = number(&readers, "SELECT 7", Vec::new()).await;
        assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
    }

    #[tokio::test]
    async fn nothing_can_be_written_by_a_connection_that_reads() {
        let readers = &Scene::over(Vec::new()).await.store.readers;
        let refused = number(readers, "DELETE FROM runs RETURNING run_no", Vec::new()).await;
        assert!(matches!(refused, Err(StoreError::Read(_))), "{refused:?}");
    }
}
