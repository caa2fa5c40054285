//! The one task that writes. Whatever waits when a transaction begins goes into it, and is
//! acknowledged after its commit: batching without a timer.

use futures_util::future::BoxFuture;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Executor as _};
use tokio::sync::{mpsc, oneshot};

use super::error::StoreError;
use crate::telemetry;

/// Writes that may wait; above it, writers wait in turn.
const QUEUE_LENGTH: usize = 1_024;
/// The most writes of one transaction.
const BATCH_LENGTH_MAX: usize = 256;

type Acknowledge = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
type Job = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Written> + Send>;

/// What a job leaves: whether its changes stand, and whom to tell.
struct Written {
    stands: bool,
    acknowledge: Acknowledge,
}

/// The way to the writing task. The task ends when the last clone is gone.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the task on its connection; the receiver resolves when it has ended.
    pub(super) fn start(connection: SqliteConnection) -> (Self, oneshot::Receiver<()>) {
        let (jobs, queue) = mpsc::channel(QUEUE_LENGTH);
        let (ended, end) = oneshot::channel();
        telemetry::spawn(async move {
            work(connection, queue).await;
            _ = ended.send(());
        });
        (Self { jobs }, end)
    }

    /// Runs `job` inside a transaction and answers once that is committed. An error of the job
    /// undoes its own changes only.
    pub(super) async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>>
            + Send
            + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            Box::pin(async move {
                let result = job(connection).await;
                let stands = result.is_ok();
                let acknowledge: Acknowledge =
                    Box::new(move |committed| _ = answer.send(committed.and(result)));
                Written { stands, acknowledge }
            })
        });
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

async fn work(mut connection: SqliteConnection, mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.recv().await {
        let mut acknowledged = Vec::new();
        let committed = batch(&mut connection, first, &mut queue, &mut acknowledged).await;
        if let Err(error) = &committed {
            tracing::error!(%error, "a batch of writes was not committed");
            // Without an open transaction this fails, which is as good.
            _ = connection.execute("ROLLBACK").await;
        }
        for acknowledge in acknowledged {
            acknowledge(match &committed {
                Ok(()) => Ok(()),
                Err(error) => Err(StoreError::NotCommitted(error.to_string())),
            });
        }
    }
    if let Err(error) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await {
        tracing::warn!(%error, "the write-ahead log could not be emptied");
    }
    _ = connection.close().await;
}

async fn batch(
    connection: &mut SqliteConnection,
    first: Job,
    queue: &mut mpsc::Receiver<Job>,
    acknowledged: &mut Vec<Acknowledge>,
) -> Result<(), sqlx::Error> {
    // Immediate: a transaction that begins by reading can fail later, past any busy time-out.
    connection.execute("BEGIN IMMEDIATE").await?;
    let mut next = Some(first);
    while let Some(job) = next {
        connection.execute("SAVEPOINT job").await?;
        let written = job(connection).await;
        acknowledged.push(written.acknowledge);
        let end = if written.stands { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
        connection.execute(end).await?;
        let full = acknowledged.len() >= BATCH_LENGTH_MAX;
        next = if full { None } else { queue.try_recv().ok() };
    }
    connection.execute("COMMIT").await?;
    Ok(())
}
