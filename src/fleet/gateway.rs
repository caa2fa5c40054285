//! The gateway's side of a fleet: what is handed out, who is there, and what comes back.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, Semaphore, oneshot, watch};
use tokio::time::interval;

use super::assignment::Care;
use super::assignments::{Assignments, ChunkId};
use super::jobs::{Facts, Jobs, Said, say};
use super::link::{Broker, Link};
use super::message::{Ticket, Work};
use super::names::Names;
use super::presence::Presence;
use super::rows::Asked;
use super::suspects::Suspects;
use super::timing::Timing;
use crate::data::BarStore;
use crate::engine::Meter;
use crate::runner::{Chunk, ChunkResult};

/// Rows of the fleet that wait to be committed, in KiB.
pub(super) const ROOM_KIB: usize = 64 << 10;
/// Answers that are unpacked at once.
const UNPACKING_AT_ONCE: usize = 4;
/// Of so many deaths a chunk is guilty; a single trial, of more: nothing is left to halve.
const DEATHS_MAX: u32 = 3;
const DEATHS_MAX_OF_ONE: u32 = 5;
/// How often a chunk looks whether its run goes on.
const LOOK: Duration = Duration::from_millis(20);

/// What a gateway is told of its fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetSettings {
    /// The way to the broker.
    pub broker: Broker,
    /// The name of the fleet.
    pub fleet: String,
    /// What takes less on the gateway's own threads stays there.
    pub min_seconds: u32,
    /// Of a hundred chunks that workers answer so many are computed again here and compared.
    pub verify: u32,
    /// What is started to compute a chunk that a worker died of, by `compute-alone`: a program that
    /// has the same strategies. Without it such a chunk waits for a worker.
    pub program: Option<PathBuf>,
    /// How long things may take.
    pub timing: Timing,
}

/// What became of a chunk.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It was computed, by that worker.
    Done(ChunkResult, String),
    /// A worker cannot do it; perhaps the gateway can.
    Here,
    /// There is no fleet any more.
    Alone,
    /// It takes down whoever computes it.
    Deadly(String),
    /// One worker says so: somebody else is to be heard.
    Accused(String),
}

/// A chunk that somebody waits for.
pub(super) struct Waiting {
    pub chunk: Arc<Chunk>,
    pub work: Work,
    pub said: Arc<Said>,
    pub asked: Arc<Asked>,
    pub facts: Arc<Facts>,
    pub meter: Arc<Meter>,
    pub answer: oneshot::Sender<Outcome>,
    /// Pieces of answers, by who sends them.
    pub pieces: HashMap<String, Vec<Option<Arc<Vec<u8>>>>>,
    /// Where it lies in the queue.
    pub place: Option<(Ticket, u64, String)>,
}

/// What changes.
pub(super) struct Books {
    pub assignments: Assignments,
    pub chunks: HashMap<ChunkId, Waiting>,
    pub presence: Presence,
    jobs: Jobs,
    next_id: ChunkId,
    suspects: Suspects,
    /// Since when there is no worker.
    pub alone_since_ms: Option<u64>,
    pub slots: usize,
}

/// The gateway's side.
pub(super) struct Fleet {
    pub settings: FleetSettings,
    pub names: Names,
    /// Made at the start: what a former process handed out is nobody's any more.
    pub gateway: String,
    pub bars: Arc<BarStore>,
    pub link: OnceLock<Link>,
    pub proof: OnceLock<String>,
    pub wake: Notify,
    pub room: Arc<Semaphore>,
    /// Turns to compute again what a worker answered.
    pub checking: Semaphore,
    /// How many were, and how many of them were something else.
    pub checked_chunks: AtomicU64,
    pub wrong_chunks: AtomicU64,
    /// Turns to unpack an answer.
    pub unpacking: Semaphore,
    /// Whether the broker takes work.
    pub has_queue: AtomicBool,
    /// How many copies the queue has; 0 before that is known.
    pub copies: AtomicUsize,
    /// Chunks that workers have answered.
    pub answered: Arc<AtomicU64>,
    changes: watch::Sender<()>,
    books: Mutex<Books>,
    problem: Mutex<Option<String>>,
    began: Instant,
}

impl Books {
    /// Keeps in mind that this chunk may take down whoever computes it.
    pub(super) fn suspect(&mut self, id: ChunkId) {
        if let Some(Waiting { chunk, .. }) = self.chunks.get(&id) {
            let (run_id, places) = (chunk.run_id, chunk.portion.places.clone());
            tracing::warn!(%run_id, ?places, "this may take down whoever computes it");
            self.suspects.add(run_id, places);
        }
    }
}

impl Fleet {
    pub(super) fn new(
        settings: FleetSettings,
        gateway: String,
        bars: Arc<BarStore>,
        checks: usize,
    ) -> Self {
        let books = Books {
            assignments: Assignments::new(settings.timing.rules()),
            chunks: HashMap::new(),
            presence: Presence::default(),
            jobs: Jobs::default(),
            next_id: 0,
            suspects: Suspects::default(),
            alone_since_ms: Some(0),
            slots: 0,
        };
        Self {
            names: Names::of(&settings.fleet),
            settings,
            gateway,
            bars,
            link: OnceLock::new(),
            proof: OnceLock::new(),
            wake: Notify::new(),
            room: Arc::new(Semaphore::new(ROOM_KIB)),
            checking: Semaphore::new(checks.max(1)),
            checked_chunks: AtomicU64::new(0),
            wrong_chunks: AtomicU64::new(0),
            unpacking: Semaphore::new(UNPACKING_AT_ONCE),
            has_queue: AtomicBool::new(false),
            copies: AtomicUsize::new(0),
            answered: Arc::default(),
            changes: watch::Sender::new(()),
            books: Mutex::new(books),
            problem: Mutex::default(),
            began: Instant::now(),
        }
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds of this process.
    pub(super) fn now_ms(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    /// After how long silence a worker is not counted.
    pub(super) const fn gone_ms(&self) -> u64 {
        self.settings.timing.gone.as_millis() as u64
    }

    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Chunks that workers compute at once; 0 without workers or broker.
    pub(super) fn slots(&self) -> usize {
        self.books().slots
    }

    /// Whether there is a connection to the broker.
    pub(super) fn is_up(&self) -> bool {
        self.link.get().is_some_and(Link::is_up)
    }

    /// Why the broker takes no work, or that it does.
    pub(super) fn tell(&self, problem: Option<String>) {
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }

    /// What keeps work from workers, in words.
    pub(super) fn problem(&self) -> Option<String> {
        if self.proof.get().is_none() {
            return Some("what this build computes is not proved yet".to_owned());
        }
        if !self.is_up() {
            let link = self.link.get();
            return Some(link.map_or_else(|| "the broker is not there".to_owned(), Link::problem));
        }
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts the workers anew.
    pub(super) fn count(&self) {
        // Workers can be heard through a broker that takes no work.
        let is_up = self.is_up() && self.has_queue.load(Ordering::Relaxed);
        let (now_ms, gone_ms) = (self.now_ms(), self.gone_ms());
        let proof = self.proof.get().map_or("", String::as_str);
        let mut books = self.books();
        books.presence.forget(now_ms, gone_ms);
        let slots = if is_up { books.presence.slots(proof, now_ms, gone_ms) } else { 0 };
        if slots > 0 {
            books.alone_since_ms = None;
        } else {
            books.alone_since_ms.get_or_insert(now_ms);
        }
        if books.slots != slots {
            tracing::info!(slots, "the fleet");
            books.slots = slots;
            drop(books);
            self.changes.send_replace(());
        }
    }

    /// That worker computed something else than this machine: nothing is taken from it any more,
    /// and what it holds goes to others.
    pub(super) fn set_aside(&self, worker: &str, chunk: &Chunk, trial: u64, what: &str) {
        let run_id = chunk.run_id;
        let why = format!("trial {trial} of run {run_id} came out otherwise than here: {what}");
        let mut books = self.books();
        let runs = books.presence.set_aside(worker, &why);
        books.assignments.take_away(worker, self.now_ms());
        drop(books);
        let runs: Vec<_> = runs.iter().map(ToString::to_string).collect();
        tracing::error!(
            worker,
            why,
            ?runs,
            "a worker computed something else and is set aside; these runs have chunks of it"
        );
        self.wake.notify_one();
        self.count();
    }

    /// What is known of the chunk's job.
    pub(super) fn facts(&self, chunk: &Chunk) -> Arc<Facts> {
        self.books().jobs.of(&chunk.job)
    }

    pub(super) fn facts_known(&self, job: &crate::runner::Job) -> Option<Arc<Facts>> {
        self.books().jobs.known(job)
    }

    /// Whether it is perhaps what workers died of.
    pub(super) fn is_suspect(&self, chunk: &Chunk) -> bool {
        self.books().suspects.has(chunk.run_id, &chunk.portion.places)
    }

    /// Nobody died of it.
    pub(super) fn clear(&self, chunk: &Chunk) {
        // Where it is some of its places, the others may be what somebody died of.
        if chunk.portion.indices.is_none() {
            self.books().suspects.clear(chunk.run_id, &chunk.portion.places);
        }
    }

    /// Hands the chunk out and waits for what becomes of it; `None` if its run stops. A dropped
    /// future takes it back.
    pub(super) async fn carry(
        self: Arc<Self>,
        chunk: Chunk,
        said: Arc<Said>,
        asked: Arc<Asked>,
        meter: Arc<Meter>,
    ) -> Option<Outcome> {
        let Some(work) = say(&chunk, &self.gateway, &said.sha256) else {
            return Some(Outcome::Here);
        };
        let (answer, answered) = oneshot::channel();
        let is_suspect = self.is_suspect(&chunk);
        let facts = self.facts(&chunk);
        let expected_ms = (facts.trial_ms() * chunk.portion.len() as f64) as u64;
        let deaths_max = match (chunk.portion.len(), is_suspect) {
            (..=1, _) => DEATHS_MAX_OF_ONE,
            (_, true) => 1,
            (_, false) => DEATHS_MAX,
        };
        let care = Care { expected_ms, deaths_max, is_suspect };
        let waiting = Waiting {
            chunk: Arc::new(chunk),
            work,
            said,
            asked,
            facts,
            meter: Arc::clone(&meter),
            answer,
            pieces: HashMap::new(),
            place: None,
        };
        let id = {
            let mut books = self.books();
            let id = books.next_id;
            books.next_id += 1;
            books.chunks.insert(id, waiting);
            books.assignments.begin(id, care, self.now_ms());
            id
        };
        self.wake.notify_one();
        let _taken_back = TakenBack { fleet: Arc::clone(&self), id };
        tokio::select! {
            outcome = answered => Some(outcome.unwrap_or(Outcome::Here)),
            () = stopping(&meter) => None,
        }
    }
}

/// Resolves when it is asked to stop.
pub(super) async fn stopping(meter: &Meter) {
    let mut look = interval(LOOK);
    while !meter.is_stopping() {
        look.tick().await;
    }
}

/// Ends a chunk, whatever became of it: workers learn by their next beat that nobody wants it.
struct TakenBack {
    fleet: Arc<Fleet>,
    id: ChunkId,
}

impl Drop for TakenBack {
    fn drop(&mut self) {
        let mut books = self.fleet.books();
        books.chunks.remove(&self.id);
        books.assignments.end(self.id);
    }
}
