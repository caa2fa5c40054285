//! Queries by the connections of [`Readers`], as by a pool of sqlx: one is taken for each, and
//! given back when its rows have come. One that is dropped before is interrupted.

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sqlx::sqlite::{SqliteQueryResult, SqliteRow, SqliteStatement, SqliteTypeInfo};
use sqlx::{Either, Error, Execute, Executor, SqlStr, Sqlite};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::readers::Readers;

type Step = Either<SqliteQueryResult, SqliteRow>;

impl<'p> Executor<'p> for &'_ Readers {
    type Database = Sqlite;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        let readers = self.clone();
        let (steps, told) = mpsc::channel(1);
        let read = async move {
            let mut lent = match readers.take().await {
                Ok(lent) => lent,
                Err(error) => {
                    _ = steps.send(Err(error)).await;
                    return;
                }
            };
            let mut rows = (&mut *lent).fetch_many(query);
            while let Some(step) = rows.next().await {
                if steps.send(step).await.is_err() {
                    return;
                }
            }
            drop(rows);
            lent.done();
        };
        // The reading itself tells nothing; it is polled with the stream, and dropped with it.
        let read = stream::once(read).filter_map(|()| std::future::ready(None));
        stream::select(ReceiverStream::new(told), read).boxed()
    }

    fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Vec<SqliteRow>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        let readers = self.clone();
        Box::pin(async move {
            let mut lent = readers.take().await?;
            let rows = (&mut *lent).fetch(query).try_collect().await;
            lent.done();
            rows
        })
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<SqliteRow>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        let readers = self.clone();
        Box::pin(async move {
            let mut lent = readers.take().await?;
            let row = (&mut *lent).fetch_optional(query).await;
            lent.done();
            row
        })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [SqliteTypeInfo],
    ) -> BoxFuture<'e, Result<SqliteStatement, Error>>
    where
        'p: 'e,
    {
        let readers = self.clone();
        Box::pin(async move {
            let mut lent = readers.take().await?;
            let statement = (&mut *lent).prepare_with(sql, parameters).await;
            lent.done();
            statement
        })
    }
}
