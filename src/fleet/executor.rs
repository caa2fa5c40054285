//! Chunks on the machines of a fleet, or on this one: what is small, what workers could not be
//! told, and everything while there are none.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::cell::{Cells, Prisoner};
use super::desk;
use super::gateway::{Fleet, FleetSettings, Outcome, stopping};
use super::jobs::{Facts, Said, asked_of, is_said, is_sayable, say};
use super::rows::Asked;
use crate::engine::Meter;
use crate::run::RunId;
use crate::runner::{
    Chunk, ChunkResult, ExecError, Executor, Job, LocalExecutor, Machine, Machines, Pace,
};
use crate::telemetry::{self, Look};

/// Trials of one chunk at most: their rows fit a message.
const ROWS_MAX: u64 = 2_048;
/// The most that a chunk should take, and how many a second there should be at most.
const CHUNK_TIME_MAX: Duration = Duration::from_secs(10);
const CHUNKS_A_SECOND: u32 = 500;
/// What takes so many times as long as it should alone may still be at work.
const SLOWER_MAX: u32 = 20;

/// Evaluates chunks on the workers of a fleet.
pub struct NatsExecutor {
    local: Arc<LocalExecutor>,
    fleet: Arc<Fleet>,
    cells: Arc<Cells>,
    /// Ends its tasks.
    _end: DropGuard,
}

impl NatsExecutor {
    /// Begins to look for the fleet; until it is there, everything is computed here.
    pub fn start(local: LocalExecutor, settings: FleetSettings) -> Self {
        // A name that no other process has, and no secret.
        let gateway = RunId::new(0).to_string();
        let (catalog, bars) = (Arc::clone(local.catalog()), Arc::clone(local.bars()));
        let (program, still_max) = (settings.program.clone(), local.pace().still_max);
        let cells = Arc::new(Cells::new(program, bars.dir(), local.threads(), still_max));
        let checks = local.threads().div_ceil(2);
        let fleet = Arc::new(Fleet::new(settings, gateway, bars, checks));
        let end = CancellationToken::new();
        let open = desk::open(Arc::clone(&fleet), catalog);
        telemetry::spawn(end.clone().run_until_cancelled_owned(open));
        Self { local: Arc::new(local), fleet, cells, _end: end.drop_guard() }
    }

    /// What tells how many chunks the workers have answered so far.
    pub fn answered(&self) -> impl Fn() -> u64 + Send + Sync + use<> {
        let answered = Arc::clone(&self.fleet.answered);
        move || answered.load(Ordering::Relaxed)
    }

    fn is_worth_the_way(&self, job: &Job) -> bool {
        let Fleet { settings, bars, .. } = &*self.fleet;
        if settings.min_seconds == 0 {
            return true;
        }
        let facts = self.fleet.facts_known(job);
        let facts = facts.as_deref();
        let seconds = facts.and_then(|facts| facts.seconds(job, bars, self.local.threads()));
        seconds.is_some_and(|seconds| seconds > f64::from(settings.min_seconds))
    }

    /// How to cut and pace what goes to so many slots.
    fn pace_of_fleet(&self, slots: usize) -> Pace {
        let wanted = Duration::from_secs(1) * slots as u32 / CHUNKS_A_SECOND;
        let least = self.fleet.settings.timing.chunk;
        Pace {
            chunk_time: wanted.clamp(least, CHUNK_TIME_MAX.max(least)),
            rows_max: ROWS_MAX,
            slots,
            chunks_out: ahead(slots),
            chunks_in_flight: ahead(slots),
            still_max: self.local.pace().still_max,
        }
    }
}

/// Chunks for so many slots, so that none waits for its next one.
const fn ahead(slots: usize) -> usize {
    slots + slots.div_ceil(4) + 1
}

impl Executor for NatsExecutor {
    fn pace(&self) -> Pace {
        let local = self.local.pace();
        match self.fleet.slots() {
            0 => local,
            slots => Pace {
                chunks_out: local.chunks_out + ahead(slots),
                chunks_in_flight: local.chunks_in_flight + ahead(slots),
                ..local
            },
        }
    }

    fn pace_of(&self, job: &Job) -> Pace {
        match self.fleet.slots() {
            slots if slots > 0 && is_sayable(job) && self.is_worth_the_way(job) => {
                self.pace_of_fleet(slots)
            }
            _ => self.local.pace(),
        }
    }

    fn changes(&self) -> Option<watch::Receiver<()>> {
        Some(self.fleet.changes())
    }

    fn machines(&self) -> Option<Machines> {
        Some(self.fleet.machines())
    }

    fn machines_after(&self, id: &str, most: usize) -> Vec<Machine> {
        self.fleet.machines_after(id, most)
    }

    fn measures(&self) -> Vec<(&'static str, &'static str, Look)> {
        let of = |look: fn(&Fleet) -> f64| -> Look {
            let fleet = Arc::clone(&self.fleet);
            Box::new(move || look(&fleet))
        };
        let is_up = |fleet: &Fleet| f64::from(u8::from(fleet.is_up()));
        vec![
            ("tradeforge_fleet_broker_up", "Whether the broker of the fleet is there", of(is_up)),
            (
                "tradeforge_fleet_slots",
                "Chunks that the workers of the fleet compute at once",
                of(|fleet| fleet.slots() as f64),
            ),
            (
                "tradeforge_fleet_chunks_out",
                "Chunks that are handed out to the fleet",
                of(|fleet| fleet.books().assignments.out() as f64),
            ),
            (
                "tradeforge_fleet_chunks_answered",
                "Chunks that workers of the fleet have answered",
                of(|fleet| fleet.answered.load(Ordering::Relaxed) as f64),
            ),
            (
                "tradeforge_fleet_chunks_checked",
                "Of them those that were computed again here and compared",
                of(|fleet| fleet.checked_chunks.load(Ordering::Relaxed) as f64),
            ),
            (
                "tradeforge_fleet_chunks_wrong",
                "Of these those that were something else",
                of(|fleet| fleet.wrong_chunks.load(Ordering::Relaxed) as f64),
            ),
        ]
    }

    fn evaluate(
        &self,
        chunk: Chunk,
        meter: Arc<Meter>,
    ) -> BoxFuture<'static, Result<ChunkResult, ExecError>> {
        let facts = self.fleet.facts(&chunk);
        let local = Arc::clone(&self.local);
        let is_suspect = is_said(&chunk.keep) && self.fleet.is_suspect(&chunk);
        let goes = self.fleet.slots() > 0 && self.is_worth_the_way(&chunk.job);
        if !is_said(&chunk.keep) || !goes && !is_suspect {
            let evaluated = local.evaluate(chunk, meter);
            return Box::pin(async move {
                let result = evaluated.await?;
                facts.learn(&result.rows);
                Ok(result)
            });
        }
        let (fleet, cells) = (Arc::clone(&self.fleet), Arc::clone(&self.cells));
        Box::pin(async move {
            let errand = Errand::of(chunk, &facts, meter).await;
            let errand = match errand {
                Ok(errand) => errand,
                // No job is known that cannot be said.
                Err((chunk, meter)) => return local.evaluate(chunk, meter).await,
            };
            if goes {
                let Errand { chunk, said, asked, meter } = errand.clone();
                match Arc::clone(&fleet).carry(chunk, said, asked, meter).await {
                    Some(Outcome::Done(result, worker)) => {
                        let chunk = errand.chunk.clone();
                        let result = tokio::select! {
                            result = fleet.checked(&local, chunk, result, &worker) => result?,
                            () = stopping(&errand.meter) => return Err(ExecError::Stopped),
                        };
                        fleet.clear(&errand.chunk);
                        return Ok(result);
                    }
                    Some(Outcome::Here) => {}
                    Some(Outcome::Accused(why)) => {
                        return errand.judged(&fleet, &cells, &why).await;
                    }
                    Some(Outcome::Alone) => {
                        let why = "no worker is left; this machine goes on";
                        return Err(ExecError::Unavailable(why.to_owned()));
                    }
                    Some(Outcome::Deadly(why)) => return Err(ExecError::Poisoned(why)),
                    None => return Err(ExecError::Stopped),
                }
            }
            if fleet.is_suspect(&errand.chunk) {
                return errand.alone(&fleet, &cells).await;
            }
            local.evaluate(errand.chunk, errand.meter).await
        })
    }
}

/// A chunk, and what is said of it to those who compute it.
#[derive(Clone)]
struct Errand {
    chunk: Chunk,
    said: Arc<Said>,
    asked: Arc<Asked>,
    meter: Arc<Meter>,
}

impl Errand {
    /// Gives it back if it cannot be said.
    async fn of(
        chunk: Chunk,
        facts: &Arc<Facts>,
        meter: Arc<Meter>,
    ) -> Result<Self, (Chunk, Arc<Meter>)> {
        let (known, whole) = (Arc::clone(facts), chunk.clone());
        let saying = spawn_blocking(move || Some((known.said(&whole.job).ok()?, asked_of(&whole))));
        match saying.await {
            Ok(Some((said, asked))) => Ok(Self { chunk, said, asked: Arc::new(asked), meter }),
            Ok(None) | Err(_) => Err((chunk, meter)),
        }
    }

    /// In a process of its own.
    async fn alone(&self, fleet: &Fleet, cells: &Cells) -> Result<ChunkResult, ExecError> {
        let Self { chunk, said, asked, meter } = self;
        let Some(work) = say(chunk, &fleet.gateway, &said.sha256) else {
            return Err(ExecError::Unavailable("a chunk cannot be said".to_owned()));
        };
        let expected_ms = fleet.facts(chunk).trial_ms() * chunk.portion.len() as f64;
        let expected = SLOWER_MAX * Duration::from_millis(expected_ms as u64);
        let result = cells.compute(Prisoner { work, said, asked, meter, expected }).await?;
        fleet.clear(chunk);
        Ok(result)
    }

    /// One worker said that it is deadly: whether that is so.
    async fn judged(
        &self,
        fleet: &Fleet,
        cells: &Cells,
        why: &str,
    ) -> Result<ChunkResult, ExecError> {
        let result = self.alone(fleet, cells).await;
        if result.is_ok() {
            let (run_id, places) = (self.chunk.run_id, &self.chunk.portion.places);
            tracing::error!(%run_id, ?places, why, "a worker called a chunk deadly that is not");
        }
        result
    }
}
