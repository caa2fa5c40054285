//! What is known of the jobs that are under way: how they are said to workers, and whether they are
//! worth the way there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use super::message::{Indices, WireSpan, Work};
use super::rows::Asked;
use crate::data::{BarStore, FileKind};
use crate::digest::Digest;
use crate::run::{RunSpec, TrialRow};
use crate::runner::{Chunk, Job, Keep};

/// What a bar takes on disk, and about as many bars a thread goes through in a second.
const BAR_BYTES: u64 = 48;
const BARS_A_SECOND: u64 = 10_000_000;
/// The weight of the latest chunk in what a trial takes.
const WEIGHT_OF_NEWS: f64 = 0.3;

/// What the trials of a job have in common, as workers read it.
#[derive(Debug)]
pub(super) struct Said {
    pub sha256: Digest,
    pub json: Vec<u8>,
}

/// What is known of a job.
#[derive(Debug, Default)]
pub(super) struct Facts {
    said: OnceLock<Arc<Said>>,
    /// What a trial takes, in nanoseconds; 0 before the first is there.
    trial_ns: AtomicU64,
}

impl Facts {
    /// The job as workers read it. Takes milliseconds for large ones.
    ///
    /// # Errors
    ///
    /// If it cannot be said, which no job is known for.
    pub(super) fn said(&self, job: &Job) -> Result<Arc<Said>, serde_json::Error> {
        if let Some(said) = self.said.get() {
            return Ok(Arc::clone(said));
        }
        let json = serde_json::to_vec(&job.spec)?;
        let said = Said { sha256: Digest::of(&json), json };
        Ok(Arc::clone(self.said.get_or_init(|| Arc::new(said))))
    }

    /// Learns what trials take.
    pub(super) fn learn(&self, rows: &[TrialRow]) {
        if rows.is_empty() {
            return;
        }
        let sum: f64 = rows.iter().map(|row| row.compute_us as f64).sum();
        let news = sum * 1_000.0 / rows.len() as f64;
        let known = self.trial_ns.load(Ordering::Relaxed) as f64;
        let next = if known == 0.0 { news } else { known + WEIGHT_OF_NEWS * (news - known) };
        self.trial_ns.store((next as u64).max(1), Ordering::Relaxed);
    }

    /// What a trial takes, in milliseconds.
    pub(super) fn trial_ms(&self) -> f64 {
        self.trial_ns.load(Ordering::Relaxed) as f64 / 1e6
    }

    /// About how many seconds the whole job takes on so many threads; `None` before that is known.
    pub(super) fn seconds(&self, job: &Job, bars: &BarStore, threads: usize) -> Option<f64> {
        let trials = match &job.spec {
            RunSpec::Backtest(_) => {
                let bytes = |data| bars.file_bytes(FileKind::Bars, &data).unwrap_or(0);
                let bytes: u64 = job.spec.data().map(bytes).sum();
                return Some((bytes / BAR_BYTES) as f64 / BARS_A_SECOND as f64);
            }
            RunSpec::Optimization(_)
            | RunSpec::Validation(_)
            | RunSpec::WalkForward(_)
            | RunSpec::Robustness(_) => {
                job.plan.as_ref().map_or_else(|| job.places(), crate::sweep::Plan::total)
            }
        };
        let trial_ns = self.trial_ns.load(Ordering::Relaxed);
        let each = trial_ns as f64 / 1e9 / threads.max(1) as f64;
        (trial_ns > 0).then_some(each * trials as f64)
    }
}

/// The jobs that somebody still has.
#[derive(Debug, Default)]
pub(super) struct Jobs(Vec<(Weak<Job>, Arc<Facts>)>);

impl Jobs {
    /// What is known of this one.
    pub(super) fn of(&mut self, job: &Arc<Job>) -> Arc<Facts> {
        if let Some(facts) = self.known(job) {
            return facts;
        }
        self.0.retain(|(known, _)| known.strong_count() > 0);
        let facts = Arc::new(Facts::default());
        self.0.push((Arc::downgrade(job), Arc::clone(&facts)));
        facts
    }

    /// The same, if anything is.
    pub(super) fn known(&self, job: &Job) -> Option<Arc<Facts>> {
        let is_it = |known: &Weak<Job>| known.as_ptr() == std::ptr::from_ref(job);
        let found = self.0.iter().find(|(known, _)| is_it(known) && known.strong_count() > 0);
        found.map(|(_, facts)| Arc::clone(facts))
    }
}

/// Whether this language can say what is to be kept.
pub(super) const fn is_said(keep: &Keep) -> bool {
    // A new kind has to choose: what is not said is computed on the gateway.
    match keep {
        Keep::Rows | Keep::Span(_) => true,
        Keep::BlockLengths
        | Keep::Part(_)
        | Keep::Reordered(_)
        | Keep::Leg(_)
        | Keep::Parts(_)
        | Keep::PartsInFull(_) => false,
    }
}

/// The chunk as workers read it, without its ticket; `None` if this language cannot say it.
pub(super) fn say(chunk: &Chunk, gateway: &str, job_sha256: &Digest) -> Option<Work> {
    if !is_said(&chunk.keep) {
        return None;
    }
    let span = match &chunk.keep {
        Keep::Span(span) => Some(WireSpan { start_ms: span.start_ms, end_ms: span.end_ms }),
        _ => None,
    };
    let only = chunk.portion.indices.as_ref().map(|trials| Indices { trials: trials.to_vec() });
    Some(Work {
        format: super::message::FORMAT,
        gateway: gateway.to_owned(),
        ticket: Vec::new(),
        run_id: chunk.run_id.as_bytes().to_vec(),
        attempt: chunk.attempt,
        start: chunk.portion.places.start,
        end: chunk.portion.places.end,
        only,
        span,
        job_sha256: job_sha256.as_bytes().to_vec(),
    })
}

/// Whether chunks of this job can be said at all, as a rule.
pub(super) fn is_sayable(job: &Job) -> bool {
    match &job.spec {
        RunSpec::Backtest(_)
        | RunSpec::Optimization(_)
        | RunSpec::WalkForward(_)
        | RunSpec::Robustness(_) => true,
        RunSpec::Validation(_) => false,
    }
}

/// What a chunk has to answer for.
pub(super) fn asked_of(chunk: &Chunk) -> Asked {
    let details = usize::from(matches!(chunk.job.spec, RunSpec::Backtest(_)));
    Asked { trials: trials_of(chunk), details }
}

fn trials_of(chunk: &Chunk) -> Vec<u64> {
    match (&chunk.portion.indices, &chunk.job.plan) {
        (Some(indices), _) => indices.to_vec(),
        (None, Some(plan)) => plan.indices(chunk.portion.places.clone()).collect(),
        (None, None) => {
            let trials = chunk.portion.places.clone().filter_map(|at| chunk.job.trial_at(at));
            trials.collect()
        }
    }
}
