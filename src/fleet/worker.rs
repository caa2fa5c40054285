//! A worker: takes chunks from the queue, computes them, answers, and holds nothing that it could
//! not lose.

use std::collections::HashMap;
use std::io;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use prost::Message as _;
use tokio::sync::{Notify, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::{interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::errand::carry;
use super::link::{Broker, Link, LinkError, Reply, Taker};
use super::message::{Beat, FORMAT, Held, Hello, Ticket, Unwanted};
use super::names::Names;
use super::proof::proof;
use super::supplies::{Supplies, own_folder};
use super::timing::Timing;
use crate::data::BarStore;
use crate::engine::Meter;
use crate::runner::LocalExecutor;
use crate::strategy::Catalog;
use crate::telemetry;

/// Until the queue is looked for again.
const AGAIN: Duration = Duration::from_secs(1);

/// What a worker is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerSettings {
    /// The way to the broker.
    pub broker: Broker,
    /// The name of the fleet.
    pub fleet: String,
    /// What the broker knows it as; `None` takes a random name.
    pub name: Option<String>,
    /// Threads that compute; `None` takes all cores.
    pub threads: Option<NonZero<usize>>,
    /// Where bars are kept.
    pub cache_dir: PathBuf,
    /// Bars kept in memory, in bytes.
    pub cache_bytes: u64,
    /// Bars kept on disk, in bytes.
    pub disk_bytes: u64,
    /// How long things may take.
    pub timing: Timing,
}

/// Why a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerEnd {
    /// It was told to.
    Asked,
    /// A strategy never returns: only a new process has all its threads.
    Stuck,
}

/// Why a worker cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The broker cannot be asked.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Its folder cannot be used.
    #[error("the folder of bars cannot be used: {0}")]
    Folder(#[from] io::Error),
    /// There are no threads.
    #[error("cannot start the threads: {0}")]
    Threads(String),
    /// There are no random numbers.
    #[error("the system has no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    /// What it computes cannot be proved.
    #[error("this build does not compute what it should")]
    Proof,
}

/// What a worker has and is.
pub(super) struct Shop {
    pub settings: WorkerSettings,
    pub link: Link,
    pub names: Names,
    pub name: String,
    pub proof: String,
    pub executor: LocalExecutor,
    pub supplies: Supplies,
    /// A turn for each thread.
    pub turns: Semaphore,
    pub chunks: AtomicU64,
    pub rows: AtomicU64,
    /// It takes nothing more; what has not begun goes back.
    pub leaving: CancellationToken,
    /// What is still being computed goes back as well.
    pub gone: CancellationToken,
    /// A thread does not come back.
    pub stuck: CancellationToken,
    held: Mutex<HashMap<Ticket, Grip>>,
    freed: Notify,
}

/// A chunk that is held.
#[derive(Clone)]
pub(super) struct Grip {
    pub gateway: String,
    pub meter: Arc<Meter>,
    pub is_computing: bool,
    /// Nobody wants it any more.
    pub unwanted: CancellationToken,
}

/// Works until it is told to stop.
///
/// # Errors
///
/// If it cannot begin; once it has, it goes on, whatever the broker does.
pub async fn work(
    settings: WorkerSettings,
    catalog: Catalog,
    stop: impl Future<Output = ()>,
) -> Result<WorkerEnd, WorkerError> {
    let catalog = Arc::new(catalog);
    let proving = Arc::clone(&catalog);
    let proof = spawn_blocking(move || proof(&proving)).await.map_err(|_| WorkerError::Proof)?;
    let name = Ticket::random()?.to_string();
    let names = Names::of(&settings.fleet);
    let (folder, _lock) = own_folder(&settings.cache_dir)?;
    let bars = Arc::new(BarStore::open(folder, settings.cache_bytes)?);
    let executor = LocalExecutor::new(settings.threads, catalog, Arc::clone(&bars))
        .map_err(|error| WorkerError::Threads(error.to_string()))?;
    let known_as = settings.name.as_ref().unwrap_or(&name);
    let link = Link::to(&settings.broker, names.clone(), known_as).await?;
    let supplies = Supplies::new(link.clone(), names.clone(), bars, settings.disk_bytes);
    let shop = Arc::new(Shop {
        turns: Semaphore::new(executor.threads()),
        settings,
        link,
        names,
        name,
        proof,
        executor,
        supplies,
        chunks: AtomicU64::new(0),
        rows: AtomicU64::new(0),
        leaving: CancellationToken::new(),
        gone: CancellationToken::new(),
        stuck: CancellationToken::new(),
        held: Mutex::default(),
        freed: Notify::new(),
    });
    let Shop { proof, name, settings, .. } = &*shop;
    let threads = shop.executor.threads();
    tracing::info!(proof, worker = name, fleet = settings.fleet, threads, "a worker");
    let end = tokio::select! {
        never = shop.take_work() => match never {},
        never = shop.say_hello() => match never {},
        never = shop.say_what_is_held() => match never {},
        () = stop => WorkerEnd::Asked,
        () = shop.stuck.cancelled() => WorkerEnd::Stuck,
    };
    shop.leave().await;
    Ok(end)
}

impl Shop {
    pub(super) fn held(&self) -> MutexGuard<'_, HashMap<Ticket, Grip>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets go of a chunk.
    pub(super) fn free(&self, ticket: Ticket) {
        self.held().remove(&ticket);
        self.freed.notify_one();
    }

    /// One for each thread, and a few that wait beside them.
    fn room(&self) -> usize {
        let threads = self.executor.threads();
        (threads + threads.div_ceil(4)).saturating_sub(self.held().len())
    }

    async fn take_work(self: &Arc<Self>) -> std::convert::Infallible {
        let mut taker: Option<Taker> = None;
        loop {
            let room = self.room();
            if room == 0 {
                self.freed.notified().await;
                continue;
            }
            let taken = match &taker {
                Some(taker) => taker.take(room).await,
                None => match self.link.taker(&self.proof).await {
                    Ok(found) => taker.insert(found).take(room).await,
                    Err(error) => Err(error),
                },
            };
            let result = match taken {
                Ok(mut taken) => loop {
                    match taken.next().await {
                        Some(Ok(leased)) => self.take_on(leased),
                        Some(Err(error)) => break Err(error),
                        None => break Ok(()),
                    }
                },
                Err(error) => Err(error),
            };
            if let Err(error) = result {
                // No gateway has made the queue yet, or the broker is not there.
                tracing::debug!(%error, "no work");
                taker = None;
                sleep(AGAIN.min(self.settings.timing.hello)).await;
            }
        }
    }

    fn take_on(self: &Arc<Self>, leased: super::link::Leased) {
        let shop = Arc::clone(self);
        if let Some((ticket, work)) = shop.grip(&leased) {
            telemetry::spawn(async move {
                carry(&shop, ticket, work, &leased).await;
                shop.free(ticket);
            });
        } else {
            telemetry::spawn(async move { leased.end().await });
        }
    }

    /// Holds the work, unless it is none, or is held already.
    fn grip(&self, leased: &super::link::Leased) -> Option<(Ticket, super::message::Work)> {
        let work = super::message::Work::decode(leased.bytes()).ok()?;
        let ticket = Ticket::read(&work.ticket)?;
        let grip = Grip {
            gateway: work.gateway.clone(),
            meter: Arc::default(),
            is_computing: false,
            unwanted: CancellationToken::new(),
        };
        let mut held = self.held();
        if held.contains_key(&ticket) {
            return None;
        }
        held.insert(ticket, grip);
        Some((ticket, work))
    }

    async fn say_hello(&self) -> std::convert::Infallible {
        let mut ticks = interval(self.settings.timing.hello);
        loop {
            ticks.tick().await;
            // What is said to nobody would only be late.
            if self.link.is_up() {
                self.hello().await;
            }
        }
    }

    async fn hello(&self) {
        let busy = self.held().values().filter(|grip| grip.is_computing).count();
        let hello = Hello {
            format: FORMAT,
            worker: self.name.clone(),
            host: host(),
            proof: self.proof.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: env!("TRADEFORGE_REVISION").to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
            slots: self.executor.threads() as u32,
            busy: busy as u32,
            chunks: self.chunks.load(Ordering::Relaxed),
            rows: self.rows.load(Ordering::Relaxed),
            is_leaving: self.leaving.is_cancelled(),
        };
        if let Err(error) = self.link.say(self.names.hello(), hello.encode_to_vec()).await {
            tracing::debug!(%error, "nobody is greeted");
        }
    }

    /// Tells each gateway what is held of it, and hears what nobody wants; a gateway that is gone
    /// wants nothing.
    async fn say_what_is_held(&self) -> std::convert::Infallible {
        let Timing { beat, gone, .. } = self.settings.timing;
        let mut ticks = interval(beat);
        let mut missing: HashMap<String, Instant> = HashMap::new();
        loop {
            ticks.tick().await;
            let mut by_gateway: HashMap<String, Vec<Held>> = HashMap::new();
            for (ticket, grip) in self.held().iter() {
                let held = by_gateway.entry(grip.gateway.clone()).or_default();
                held.push(said(*ticket, grip));
            }
            missing.retain(|gateway, _| by_gateway.contains_key(gateway));
            for (gateway, held) in by_gateway {
                if let Some(unwanted) = self.beat(&gateway, held, true).await {
                    missing.remove(&gateway);
                    self.drop_unwanted(&unwanted);
                } else {
                    let since = *missing.entry(gateway.clone()).or_insert_with(Instant::now);
                    if since.elapsed() >= gone {
                        self.drop_all_of(&gateway);
                    }
                }
            }
        }
    }

    /// Says what is held; what of it nobody wants. `None` if there is no gateway of that name.
    pub(super) async fn beat(
        &self,
        gateway: &str,
        held: Vec<Held>,
        is_all: bool,
    ) -> Option<Vec<Ticket>> {
        let beat = Beat { worker: self.name.clone(), held, is_all };
        match self.link.ask(self.names.beat(gateway), beat.encode_to_vec()).await {
            Reply::Answered(bytes) => {
                let unwanted = Unwanted::decode(bytes).unwrap_or_default();
                Some(unwanted.tickets.iter().filter_map(|bytes| Ticket::read(bytes)).collect())
            }
            // A broker that is away says nothing of the gateway.
            Reply::Silence => Some(Vec::new()),
            Reply::Nobody => None,
        }
    }

    fn drop_unwanted(&self, tickets: &[Ticket]) {
        let held = self.held();
        for grip in tickets.iter().filter_map(|ticket| held.get(ticket)) {
            grip.unwanted.cancel();
        }
    }

    fn drop_all_of(&self, gateway: &str) {
        for grip in self.held().values().filter(|grip| grip.gateway == gateway) {
            grip.unwanted.cancel();
        }
    }

    /// Takes nothing more, and gives back what it does not end in time.
    async fn leave(&self) {
        self.leaving.cancel();
        tracing::info!(held = self.held().len(), "leaving");
        self.hello().await;
        let ended = async {
            while !self.held().is_empty() {
                self.freed.notified().await;
            }
        };
        let with_words = async {
            tokio::select! {
                never = self.say_what_is_held() => match never {},
                () = ended => {}
            }
        };
        if timeout(self.settings.timing.leave, with_words).await.is_err() {
            self.gone.cancel();
            let given_back = async {
                while !self.held().is_empty() {
                    self.freed.notified().await;
                }
            };
            _ = timeout(AGAIN, given_back).await;
        }
        self.link.flush().await;
    }
}

/// What is said of a chunk that is held.
pub(super) fn said(ticket: Ticket, grip: &Grip) -> Held {
    let (is_computing, bars) = (grip.is_computing, grip.meter.bars());
    Held { ticket: ticket.bytes(), is_computing, bars }
}

/// The name of this machine.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    name.map_or_else(|_| "unknown".to_owned(), |name| name.trim().to_owned())
}
