//! The one task that writes. Whatever waits when a transaction begins goes into it, and is
//! acknowledged after its commit: batching without a timer.

use std::time::Instant;

use futures_util::future::BoxFuture;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Executor as _, Row as _};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::error::StoreError;
use super::reserve::Reserve;
use crate::telemetry::{self, Count, Instrument, InstrumentRegistry, Timer};

/// Writes that may wait; above it, writers wait in turn.
const QUEUE_LENGTH: usize = 1_024;
/// The most writes of one transaction.
const BATCH_LENGTH_MAX: usize = 256;
/// Pages without content that stay for the next run: a megabyte.
const FREE_PAGES_KEPT: i64 = 256;
/// Takes milliseconds, so that whoever comes meanwhile waits no longer.
const PAGES_FREED_AT_ONCE: i64 = 256;
/// What SQLite calls the mode in which pages are freed when asked.
const INCREMENTAL: i64 = 2;

type Acknowledge = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
type Job = Box<dyn Write>;

/// What a job leaves: what undid its changes, if something did, and whom to tell.
struct Written {
    undone_by: Option<StoreError>,
    acknowledge: Acknowledge,
}

/// Whether a write is done on a full disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Only while there is room.
    Room,
    /// Always, into the room that was set aside: it makes room, or ends what takes it.
    Nothing,
}

/// A write that waits for its turn.
trait Write: Send {
    /// Whether it is done on a full disk.
    fn need(&self) -> Need;
    /// Does it, inside a transaction.
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> BoxFuture<'_, Written>;
    /// Tells whoever waits for it that it can not be done.
    fn refuse(self: Box<Self>, error: StoreError);
}

struct Waiting<T, F> {
    job: F,
    need: Need,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Write for Waiting<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>>
        + Send
        + 'static,
{
    fn need(&self) -> Need {
        self.need
    }

    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> BoxFuture<'_, Written> {
        let Self { job, answer, .. } = *self;
        Box::pin(async move {
            let result = job(connection).await;
            let undone_by = result.as_ref().err().map(StoreError::shared);
            let acknowledge: Acknowledge = Box::new(move |committed| {
                // Its own error tells more than that of the transaction.
                let told = result.and_then(|value| committed.map(|()| value));
                _ = answer.send(told);
            });
            Written { undone_by, acknowledge }
        })
    }

    fn refuse(self: Box<Self>, error: StoreError) {
        _ = self.answer.send(Err(error));
    }
}

/// The way to the writing task. The task ends when it is told to, or when the last clone is gone.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    closing: CancellationToken,
    measures: WriteMeasures,
}

/// What is measured of transactions.
#[derive(Clone)]
pub struct WriteMeasures {
    timer: Timer,
    failures: Count,
}

impl Default for WriteMeasures {
    fn default() -> Self {
        let help = "Time of a transaction from its begin to its commit";
        let timer = Timer::new("tradeforge_store_write_seconds", help);
        let help = "Transactions that were not committed";
        Self { timer, failures: Count::new("tradeforge_store_write_failures", help) }
    }
}

impl Instrument for WriteMeasures {
    fn register(&self, registry: &mut InstrumentRegistry) {
        self.timer.register(registry);
        self.failures.register(registry);
    }
}

impl Writer {
    /// Starts the task on its connection; the receiver resolves when it has ended.
    pub(super) fn start(
        connection: SqliteConnection,
        reserve: Reserve,
    ) -> (Self, oneshot::Receiver<()>) {
        let (jobs, queue) = mpsc::channel(QUEUE_LENGTH);
        let (ended, end) = oneshot::channel();
        let measures = WriteMeasures::default();
        let closing = CancellationToken::new();
        let (ending, measured) = (closing.clone(), measures.clone());
        let task = Task { connection, queue, closing: ending, measures: measured, reserve };
        telemetry::spawn(async move {
            task.work().await;
            _ = ended.send(());
        });
        (Self { jobs, closing, measures }, end)
    }

    /// What is measured of it.
    pub(super) const fn measures(&self) -> &WriteMeasures {
        &self.measures
    }

    /// How many writes wait.
    pub(super) fn waiting(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
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
        self.write_with(Need::Room, job).await
    }

    /// The same, also on a full disk. The one that finds out that it is full is done once more.
    pub(super) async fn write_when_full<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>>
            + Clone
            + Send
            + 'static,
    {
        match self.write_with(Need::Nothing, job.clone()).await {
            Err(StoreError::NoRoom(_)) => self.write_with(Need::Nothing, job).await,
            done => done,
        }
    }

    async fn write_with<T, F>(&self, need: Need, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>>
            + Send
            + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(Waiting { job, need, answer });
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

/// The task and what it owns.
struct Task {
    connection: SqliteConnection,
    queue: mpsc::Receiver<Job>,
    closing: CancellationToken,
    measures: WriteMeasures,
    reserve: Reserve,
}

impl Task {
    async fn work(mut self) {
        while let Some(first) = self.next().await {
            if self.is_refused(first.need()).await {
                first.refuse(StoreError::NoRoom("only what makes room is written".to_owned()));
                continue;
            }
            let began = Instant::now();
            let mut batch = Batch {
                acknowledged: Vec::new(),
                found_no_room: false,
                // Whatever needs room is looked at one by one.
                length_max: if self.reserve.is_given_up() { 1 } else { BATCH_LENGTH_MAX },
            };
            let Self { connection, queue, measures, .. } = &mut self;
            let committed = batch.write(connection, first, queue).await;
            let Batch { acknowledged, found_no_room, .. } = batch;
            if let Err(error) = &committed {
                measures.failures.add(1);
                tracing::error!(%error, "a batch of writes was not committed");
                // Without an open transaction this fails, which is as good.
                _ = connection.execute("ROLLBACK").await;
            }
            self.measures.timer.observe(began.elapsed());
            if found_no_room || matches!(committed, Err(StoreError::NoRoom(_))) {
                self.reserve.give_up().await;
            } else if committed.is_ok() {
                self.reserve.tell_room();
            }
            for acknowledge in acknowledged {
                acknowledge(match &committed {
                    Ok(()) => Ok(()),
                    Err(error) => Err(error.shared()),
                });
            }
            self.give_back().await;
        }
        if let Err(error) = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await {
            tracing::warn!(%error, "the write-ahead log could not be emptied");
        }
        _ = self.connection.close().await;
    }

    /// Whether that is not written, for the disk is full still.
    async fn is_refused(&mut self, need: Need) -> bool {
        self.reserve.is_given_up() && need == Need::Room && !self.reserve.take_back().await
    }

    /// Gives the room of what was removed back to the disk, as long as nothing else is to do.
    async fn give_back(&mut self) {
        let mut freed = false;
        while self.queue.is_empty() && !self.closing.is_cancelled() {
            match free_some(&mut self.connection).await {
                Ok(true) => freed = true,
                Ok(false) => break,
                // A full disk has no room for the log either.
                Err(error) => return tracing::debug!(%error, "no room is given back"),
            }
        }
        if freed {
            // Only then the file gets shorter.
            _ = self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").await;
        }
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

/// Frees some of the pages that hold nothing; `false` if there are few, or the database keeps them.
async fn free_some(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let row = connection
        .fetch_one(
            "SELECT freelist_count, auto_vacuum FROM pragma_freelist_count, pragma_auto_vacuum",
        )
        .await?;
    let (free, mode): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if free <= FREE_PAGES_KEPT || mode != INCREMENTAL {
        return Ok(false);
    }
    let pages = (free - FREE_PAGES_KEPT).min(PAGES_FREED_AT_ONCE);
    let sql = format!("PRAGMA incremental_vacuum({pages})");
    connection.execute(sqlx::AssertSqlSafe(sql)).await?;
    Ok(true)
}

/// What goes into one transaction.
struct Batch {
    acknowledged: Vec<Acknowledge>,
    found_no_room: bool,
    length_max: usize,
}

impl Batch {
    /// Writes what waits, up to so many.
    async fn write(
        &mut self,
        connection: &mut SqliteConnection,
        first: Job,
        queue: &mut mpsc::Receiver<Job>,
    ) -> Result<(), StoreError> {
        // Immediate: a transaction that begins by reading can fail later, past any busy time-out.
        if let Err(error) = connection.execute("BEGIN IMMEDIATE").await {
            let error = StoreError::from(error);
            first.refuse(error.shared());
            return Err(error);
        }
        let mut next = Some(first);
        while let Some(job) = next {
            if let Err(error) = connection.execute("SAVEPOINT job").await {
                let error = StoreError::from(error);
                job.refuse(error.shared());
                return Err(error);
            }
            let Written { undone_by, acknowledge } = job.run(connection).await;
            self.acknowledged.push(acknowledge);
            match undone_by {
                None => connection.execute("RELEASE job").await?,
                Some(error) => {
                    self.found_no_room |= matches!(error, StoreError::NoRoom(_));
                    // A full disk may have ended the whole transaction; then the cause is that
                    // error.
                    let undone = connection.execute("ROLLBACK TO job; RELEASE job").await;
                    undone.map_err(|_| error)?
                }
            };
            let full = self.acknowledged.len() >= self.length_max;
            next = if full { None } else { queue.try_recv().ok() };
        }
        connection.execute("COMMIT").await?;
        Ok(())
    }
}
