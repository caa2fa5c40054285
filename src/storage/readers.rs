//! The connections that read: a few, and no read holds one for ever. A read of a call is
//! interrupted when its time is over, and when whoever asked has gone.
//!
//! sqlx's own pool knows neither: a query whose future was dropped computes on, and so do four of
//! them, until nobody else can read.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Error};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::telemetry;

/// Connections that read at once.
const READERS_MAX: u32 = 4;
/// Of these, how many may go through all trials of a run. The others are for what is quick.
const SCANS_MAX: usize = 2;
/// The longest read of a call. An export as a whole takes as long as its client.
pub(super) const READ_TIME_MAX: Duration = Duration::from_secs(10);
/// The longest wait for a connection: some reads of others.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(30);
/// Steps of SQLite's machine between two looks at the limit: a fraction of a millisecond.
pub(super) const STEPS_PER_LOOK: i32 = 10_000;

/// The way to the connections. A clone shares them.
#[derive(Clone)]
pub(super) struct Readers {
    shared: Arc<Shared>,
    kind: Kind,
}

/// What a read is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// To answer a call.
    Call,
    /// To answer a call, over all trials of a run.
    Scan,
    /// For this program itself.
    Inner,
}

struct Shared {
    options: SqliteConnectOptions,
    places: Arc<Semaphore>,
    scans: Arc<Semaphore>,
    idle: Mutex<Vec<Reader>>,
    /// Those of [`super::wide_reads`].
    idle_wide: Mutex<Vec<rusqlite::Connection>>,
    is_closing: Arc<AtomicBool>,
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle_wide(&self) -> MutexGuard<'_, Vec<rusqlite::Connection>> {
        self.idle_wide.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Readers({:?})", self.kind)
    }
}

/// A connection, and until when it may compute.
struct Reader {
    connection: SqliteConnection,
    limit: Arc<Limit>,
}

/// When a read must end, in microseconds since this program began to count.
pub(super) struct Limit {
    began: Instant,
    end_us: AtomicU64,
    is_closing: Arc<AtomicBool>,
}

impl Limit {
    const NEVER: u64 = u64::MAX;
    const NOW: u64 = 0;

    fn new(is_closing: &Arc<AtomicBool>) -> Self {
        let (began, is_closing) = (Instant::now(), Arc::clone(is_closing));
        Self { began, end_us: AtomicU64::new(Self::NEVER), is_closing }
    }

    pub(super) fn is_over(&self) -> bool {
        if self.is_closing.load(Ordering::Relaxed) {
            return true;
        }
        match self.end_us.load(Ordering::Relaxed) {
            Self::NEVER => false,
            end_us => self.began.elapsed().as_micros() as u64 >= end_us,
        }
    }

    /// Interrupts what is under way.
    pub(super) fn end_now(&self) {
        self.end_us.store(Self::NOW, Ordering::Relaxed);
    }

    fn set(&self, time: Option<Duration>) {
        let end = time.map(|time| (self.began.elapsed() + time).as_micros() as u64);
        self.end_us.store(end.unwrap_or(Self::NEVER), Ordering::Relaxed);
    }
}

impl Reader {
    async fn open(
        options: &SqliteConnectOptions,
        is_closing: &Arc<AtomicBool>,
    ) -> Result<Self, Error> {
        let mut connection = options.connect().await?;
        let limit = Arc::new(Limit::new(is_closing));
        let looked_at = Arc::clone(&limit);
        let mut handle = connection.lock_handle().await?;
        handle.set_progress_handler(STEPS_PER_LOOK, move || !looked_at.is_over());
        drop(handle);
        Ok(Self { connection, limit })
    }
}

impl Readers {
    /// Connections with these options; the first is opened at once, the others at need.
    pub(super) async fn open(options: SqliteConnectOptions) -> Result<Self, Error> {
        let is_closing = Arc::default();
        let first = Reader::open(&options, &is_closing).await?;
        let shared = Shared {
            options,
            places: Arc::new(Semaphore::new(READERS_MAX as usize)),
            scans: Arc::new(Semaphore::new(SCANS_MAX)),
            idle: Mutex::new(vec![first]),
            idle_wide: Mutex::default(),
            is_closing,
        };
        Ok(Self { shared: Arc::new(shared), kind: Kind::Call })
    }

    /// For reads that go through all trials of a run: fewer at once.
    pub(super) fn scanning(&self) -> Self {
        Self { kind: Kind::Scan, ..self.clone() }
    }

    /// For reads of this program itself, which nobody waits for with a call: without an end.
    pub(super) fn inner(&self) -> Self {
        Self { kind: Kind::Inner, ..self.clone() }
    }

    /// Takes a connection, as soon as one is free.
    pub(super) async fn take(&self) -> Result<Lent, Error> {
        match timeout(WAIT_MAX, self.taken()).await {
            Ok(taken) => taken,
            Err(_) => Err(Error::PoolTimedOut),
        }
    }

    async fn taken(&self) -> Result<Lent, Error> {
        let held = self.entered().await?;
        let idle = self.shared.idle().pop();
        let reader = match idle {
            Some(reader) => reader,
            None => Reader::open(&self.shared.options, &self.shared.is_closing).await?,
        };
        reader.limit.set(self.time_max());
        Ok(Lent { lent: Some((reader, held)), is_done: false })
    }

    /// The right to read, as soon as there is one.
    pub(super) async fn admitted(&self) -> Result<Held, Error> {
        timeout(WAIT_MAX, self.entered()).await.unwrap_or(Err(Error::PoolTimedOut))
    }

    async fn entered(&self) -> Result<Held, Error> {
        let Shared { places, scans, .. } = &*self.shared;
        let closed = |_| Error::PoolClosed;
        let scan = match self.kind {
            Kind::Scan => Some(Arc::clone(scans).acquire_owned().await.map_err(closed)?),
            Kind::Call | Kind::Inner => None,
        };
        let place = Arc::clone(places).acquire_owned().await.map_err(closed)?;
        Ok(Held { shared: Arc::clone(&self.shared), _place: place, _scan: scan })
    }

    const fn time_max(&self) -> Option<Duration> {
        match self.kind {
            Kind::Call | Kind::Scan => Some(READ_TIME_MAX),
            Kind::Inner => None,
        }
    }

    /// That of a read that begins now.
    pub(super) fn new_limit(&self) -> Limit {
        let limit = Limit::new(&self.shared.is_closing);
        limit.set(self.time_max());
        limit
    }

    /// Interrupts the reads that are under way, and closes the connections of all clones.
    pub(super) async fn close(&self) {
        self.shared.is_closing.store(true, Ordering::Relaxed);
        let all = self.shared.places.acquire_many(READERS_MAX).await;
        self.shared.places.close();
        self.shared.scans.close();
        drop(all);
        let idle = std::mem::take(&mut *self.shared.idle());
        for reader in idle {
            _ = reader.connection.close().await;
        }
        self.shared.idle_wide().clear();
    }
}

/// The right to a connection.
pub(super) struct Held {
    shared: Arc<Shared>,
    _place: OwnedSemaphorePermit,
    _scan: Option<OwnedSemaphorePermit>,
}

impl Held {
    pub(super) fn path(&self) -> &Path {
        self.shared.options.get_filename()
    }

    /// A connection for wide rows that is open already.
    pub(super) fn idle_wide(&self) -> Option<rusqlite::Connection> {
        self.shared.idle_wide().pop()
    }

    pub(super) fn give_back_wide(&self, connection: rusqlite::Connection) {
        self.shared.idle_wide().push(connection);
    }
}

/// A connection on loan. Dropped before [`Self::done`], it is interrupted.
pub(super) struct Lent {
    lent: Option<(Reader, Held)>,
    is_done: bool,
}

impl Lent {
    /// Nothing computes on it any more.
    pub(super) fn done(mut self) {
        self.is_done = true;
    }
}

impl Deref for Lent {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        let (reader, _) = self.lent.as_ref().expect("it is lent until it is dropped");
        &reader.connection
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        let (reader, _) = self.lent.as_mut().expect("it is lent until it is dropped");
        &mut reader.connection
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some((mut reader, held)) = self.lent.take() else { return };
        if self.is_done {
            held.shared.idle().push(reader);
            return;
        }
        reader.limit.end_now();
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        telemetry::spawn(async move {
            // Answered once the connection has let go of what it computed.
            if reader.connection.ping().await.is_ok() {
                held.shared.idle().push(reader);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Scene;
    use super::*;
    use futures_util::{StreamExt as _, TryStreamExt as _};
    use sqlx::Row as _;

    /// A query that would compute for hours.
    const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                           SELECT count(*) FROM n WHERE i < 0";

    #[tokio::test]
    async fn when_whoever_asked_has_gone_a_read_is_interrupted_and_its_connection_free_again() {
        let scene = Scene::over(Vec::new()).await;
        let store = &scene.store;
        // More often than there are connections.
        for _ in 0..3 * READERS_MAX {
            let mut asked = Box::pin(sqlx::query(ENDLESS).fetch_one(&store.readers));
            assert!(futures_util::poll!(&mut asked).is_pending());
            tokio::task::yield_now().await;
            drop(asked);
        }
        let mut streams: Vec<_> =
            (0..READERS_MAX).map(|_| sqlx::query(ENDLESS).fetch(&store.readers)).collect();
        for stream in &mut streams {
            assert!(futures_util::poll!(stream.next()).is_pending());
        }
        drop(streams);
        let row = sqlx::query("SELECT 7").fetch_one(&store.readers).await.unwrap();
        assert_eq!(row.get::<i64, _>(0), 7);
    }

    #[tokio::test]
    async fn a_read_that_takes_too_long_is_interrupted_and_one_of_this_program_never() {
        let scene = Scene::over(Vec::new()).await;
        let store = &scene.store;
        let mut lent = store.readers.take().await.unwrap();
        let (reader, _) = lent.lent.as_ref().unwrap();
        reader.limit.set(Some(Duration::ZERO));
        let refused = sqlx::query(ENDLESS).fetch_one(&mut *lent).await.unwrap_err();
        let refused = super::super::StoreError::from(refused);
        assert!(matches!(refused, super::super::StoreError::TooSlow), "{refused:?}");
        let (reader, _) = lent.lent.as_ref().unwrap();
        assert!(reader.limit.is_over());
        lent.done();
        let lent = store.readers.inner().take().await.unwrap();
        let (reader, _) = lent.lent.as_ref().unwrap();
        assert_eq!(reader.limit.end_us.load(Ordering::Relaxed), Limit::NEVER);
    }

    #[tokio::test]
    async fn reads_over_all_trials_leave_connections_for_what_is_quick() {
        let scene = Scene::over(Vec::new()).await;
        let store = &scene.store;
        let scanning = store.readers.scanning();
        let _all = (scanning.take().await.unwrap(), scanning.take().await.unwrap());
        let mut third = Box::pin(scanning.take());
        assert!(futures_util::poll!(&mut third).is_pending());
        sqlx::query("SELECT 7").fetch_one(&store.readers).await.unwrap();
    }

    #[tokio::test]
    async fn all_rows_come_whichever_way_they_are_asked_for() {
        let scene = Scene::over(Vec::new()).await;
        let store = &scene.store;
        let some = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999) \
                    SELECT i FROM n";
        let all = sqlx::query(some).fetch_all(&store.readers).await.unwrap();
        let streamed: Vec<_> = sqlx::query(some).fetch(&store.readers).try_collect().await.unwrap();
        assert_eq!((all.len(), streamed.len()), (999, 999));
        assert!(sqlx::query("SELECT 1 WHERE 0").fetch_one(&store.readers).await.is_err());
        scene.store.clone().close().await;
    }
}
