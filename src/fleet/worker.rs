//! A worker: takes chunks from the queue, computes them, answers, and holds nothing that it could
//! not lose.

use std::collections::HashMap;
use std::io;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::ability::Ability;
use super::link::{Broker, Link, LinkError};
use super::message::Ticket;
use super::names::Names;
use super::proof::proof;
use super::supplies::{Supplies, own_folder};
use super::timing::Timing;
use crate::data::BarStore;
use crate::engine::Meter;
use crate::runner::LocalExecutor;
use crate::strategy::Catalog;

/// What is said at the end has left after that, or waits for a broker, which may never come.
const LAST_WORDS: Duration = Duration::from_secs(1);

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
    /// Gateways that know of something that is held here.
    pub told: Mutex<HashMap<String, Instant>>,
    held: Mutex<HashMap<Ticket, Grip>>,
    pub freed: Notify,
    ability: Mutex<Ability>,
    /// Whether it can take work is another.
    pub changed: Notify,
}

/// A chunk that is held.
#[derive(Clone)]
pub(super) struct Grip {
    pub gateway: String,
    pub meter: Arc<Meter>,
    /// Since when it is computed.
    pub began: Option<Instant>,
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
        told: Mutex::default(),
        held: Mutex::default(),
        freed: Notify::new(),
        ability: Mutex::new(Ability::unknown()),
        changed: Notify::new(),
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

    pub(super) fn ability(&self) -> MutexGuard<'_, Ability> {
        self.ability.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The folder refuses so many bytes: nothing is taken until it does not.
    pub(super) fn ails(&self, why: &str, bytes: u64) {
        if self.ability().ails(why.to_owned(), bytes) {
            tracing::error!(why, "this worker cannot keep or read bars, and takes nothing");
            self.changed.notify_one();
        }
    }

    /// Lets go of a chunk.
    pub(super) fn free(&self, ticket: Ticket) {
        self.held().remove(&ticket);
        self.freed.notify_one();
    }

    /// Takes nothing more, and gives back what it does not end in time.
    async fn leave(&self) {
        self.leaving.cancel();
        tracing::info!(held = self.held().len(), "leaving");
        _ = timeout(LAST_WORDS, self.hello()).await;
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
            _ = timeout(LAST_WORDS, given_back).await;
        }
        // What was given back was not its holder's death.
        _ = timeout(LAST_WORDS, self.tell_what_is_held()).await;
        _ = timeout(LAST_WORDS, self.link.flush()).await;
    }
}
