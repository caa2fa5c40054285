//! The one task that writes. Whatever waits when a transaction begins goes into it, and is
//! acknowledged after its commit: batching without a timer.

use std::time::Instant;

use futures_util::future::BoxFuture;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Executor as _};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::error::StoreError;
use crate::telemetry::{self, Timer};

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

/// The way to the writing task. The task ends when it is told to, or when the last clone is gone.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    closing: CancellationToken,
    timer: Timer,
}

impl Writer {
    /// Starts the task on its connection; the receiver resolves when it has ended.
    pub(super) fn start(connection: SqliteConnection) -> (Self, oneshot::Receiver<()>) {
        let (jobs, queue) = mpsc::channel(QUEUE_LENGTH);
        let (ended, end) = oneshot::channel();
        let help = "Time of a transaction from its begin to its commit";
        let timer = Timer::new("tradeforge_store_write_seconds", help);
        let closing = CancellationToken::new();
        let task = Task { connection, queue, closing: closing.clone(), timer: timer.clone() };
        telemetry::spawn(async move {
            task.work().await;
            _ = ended.send(());
        });
        (Self { jobs, closing, timer }, end)
    }

    /// What is measured of it.
    pub(super) const fn timer(&self) -> &Timer {
        &self.timer
    }

    /// Takes no more jobs; those that wait are still done.
    pub(super) fn close(&self) {
        self.closing.cancel();
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

/// The task and what it owns.
struct Task {
    connection: SqliteConnection,
    queue: mpsc::Receiver<Job>,
    closing: CancellationToken,
    timer: Timer,
}

impl Task {
    async fn work(mut self) {
        while let Some(first) = self.next().await {
            let began = Instant::now();
            let mut acknowledged = Vec::new();
            let Self { connection, queue, .. } = &mut self;
            let committed = batch(connection, first, queue, &mut acknowledged).await;
            if let Err(error) = &committed {
                tracing::error!(%error, "a batch of writes was not committed");
                // Without an open transaction this fails, which is as good.
                _ = connection.execute("ROLLBACK").await;
            }
            self.timer.observe(began.elapsed());
            for acknowledge in acknowledged {
                acknowledge(match &committed {
                    Ok(()) => Ok(()),
                    Err(error) => Err(StoreError::NotCommitted(error.to_string())),
                });
            }
        }
        if let Err(error) = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await {
            tracing::warn!(%error, "the write-ahead log could not be emptied");
        }
        _ = self.connection.close().await;
    }

    /// The next job; once closing began, only those that wait.
    async fn next(&mut self) -> Option<Job> {
        tokio::select! {
            biased;
            () = self.closing.cancelled() => {
                self.queue.close();
                self.queue.recv().await
            }
            job = self.queue.recv() => job,
        }
    }
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
