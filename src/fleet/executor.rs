//! Chunks on the machines of a fleet, or on this one: what is small, what workers could not be
//! told, and everything while there are none.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::desk;
use super::gateway::{Fleet, FleetSettings, Outcome};
use super::jobs::{is_said, is_sayable};
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

/// Evaluates chunks on the workers of a fleet.
pub struct NatsExecutor {
    local: Arc<LocalExecutor>,
    fleet: Arc<Fleet>,
    /// Ends its tasks.
    _end: DropGuard,
}

impl NatsExecutor {
    /// Begins to look for the fleet; until it is there, everything is computed here.
    pub fn start(local: LocalExecutor, settings: FleetSettings) -> Self {
        // A name that no other process has, and no secret.
        let gateway = RunId::new(0).to_string();
        let (catalog, bars) = (Arc::clone(local.catalog()), Arc::clone(local.bars()));
        let fleet = Arc::new(Fleet::new(settings, gateway, bars));
        let end = CancellationToken::new();
        let open = desk::open(Arc::clone(&fleet), catalog);
        telemetry::spawn(end.clone().run_until_cancelled_owned(open));
        Self { local: Arc::new(local), fleet, _end: end.drop_guard() }
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
        let fleet = Arc::clone(&self.fleet);
        Box::pin(async move {
            let job = Arc::clone(&chunk.job);
            let saying = spawn_blocking(move || facts.said(&job));
            let Ok(Ok(said)) = saying.await else { return local.evaluate(chunk, meter).await };
            match fleet.carry(chunk.clone(), said, Arc::clone(&meter)).await {
                Some(Outcome::Done(result)) => Ok(result),
                Some(Outcome::Here) if is_suspect => {
                    Err(ExecError::Poisoned("workers died of it, and none computes it".into()))
                }
                Some(Outcome::Here) => local.evaluate(chunk, meter).await,
                Some(Outcome::Alone) => {
                    Err(ExecError::Unavailable("no worker is left; this machine goes on".into()))
                }
                Some(Outcome::Deadly(why)) => Err(ExecError::Poisoned(why)),
                None => Err(ExecError::Stopped),
            }
        })
    }
}
