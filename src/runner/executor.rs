//! Everything that a second machine can change.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::job::Job;
use super::machines::{Machine, Machines};
use super::portion::Portion;
use super::window_trials::PartTrials;
use crate::digest::Digest;
use crate::engine::Meter;
use crate::run::{BacktestSpec, RunId, Span, TrialRow, WindowCuts};
use crate::telemetry::Look;
use crate::validation::{Part, Reordering, SharpeRatio, Survey};

/// Evaluates chunks somewhere. Dropping a returned future abandons that chunk.
pub trait Executor: Send + Sync + 'static {
    /// How to cut and pace work here, as things are. It is asked again for every chunk.
    fn pace(&self) -> Pace;

    /// The same for the work of one run, where that goes elsewhere.
    fn pace_of(&self, _: &Job) -> Pace {
        self.pace()
    }

    /// Marked as changed whenever the pace is another; `None` where it never is.
    fn changes(&self) -> Option<watch::Receiver<()>> {
        None
    }

    /// What is measured of the machines that it computes on, besides this one: names, meanings and
    /// values of the moment.
    fn measures(&self) -> Vec<(&'static str, &'static str, Look)> {
        Vec::new()
    }

    /// The machines that it computes on besides this one; `None` where it computes here only.
    fn machines(&self) -> Option<Machines> {
        None
    }

    /// Each of them after that one, in the order of their ids, and so many at most.
    fn machines_after(&self, _id: &str, _most: usize) -> Vec<Machine> {
        Vec::new()
    }

    /// Every trial of the chunk answers, or none does. Safe to call again for the same chunk, also
    /// while it is under way, and it answers the same then. Ends soon after the meter asks to stop,
    /// and asks nobody else to.
    fn evaluate(
        &self,
        chunk: Chunk,
        meter: Arc<Meter>,
    ) -> BoxFuture<'static, Result<ChunkResult, ExecError>>;
}

/// How to cut and pace work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long a chunk should take.
    pub chunk_time: Duration,
    /// Trials of one chunk at most: bounds the memory of its rows.
    pub rows_max: u64,
    /// Chunks that compute at once; 0 while there is nobody to compute.
    pub slots: usize,
    /// Chunks of all searches that may be handed out at once: those that compute, and those that
    /// wait beside them so that none runs dry.
    pub chunks_out: usize,
    /// Chunks of one run that may be under way at once, computing or on their way.
    pub chunks_in_flight: usize,
    /// Where nothing of a run moves for so long, something has hung.
    pub still_max: Duration,
}

/// Trials of a contiguous range of a run's places, as plain data. A backtest is one chunk of one
/// trial.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Which run.
    pub run_id: RunId,
    /// Which attempt at it.
    pub attempt: u32,
    /// Which trials of the search.
    pub portion: Portion,
    /// What they have in common.
    pub job: Arc<Job>,
    /// What is kept of a trial besides its row.
    pub keep: Keep,
}

/// What is kept of trials besides their rows.
#[derive(Clone, Debug)]
pub enum Keep {
    /// Nothing.
    Rows,
    /// How long the blocks of a bootstrap should be for each.
    BlockLengths,
    /// What a survey keeps of them.
    Part(Arc<Survey>),
    /// Nothing; the trials go over the bars in another order.
    Reordered(Reordering),
    /// Nothing; the trials go over that span.
    Span(Span),
    /// What a choice goes by of them in each part of each window.
    Parts(Arc<WindowCuts>),
    /// All metrics of them there.
    PartsInFull(Arc<WindowCuts>),
    /// What that backtest, which is no trial, earned day by day.
    Leg(Arc<BacktestSpec>),
}

/// What was kept.
#[derive(Debug)]
pub enum Kept {
    /// Nothing.
    Rows,
    /// Of those that have a length.
    BlockLengths(Vec<f64>),
    /// Of those whose returns vary.
    Part {
        /// Of all of them.
        part: Box<Part>,
        /// Of the best trial of the search, if it is among them.
        best: Option<SharpeRatio>,
    },
    /// The trials that ran to their end, part by part as the cuts list them.
    Parts(Vec<PartTrials>),
    /// The same, with all that is known of them.
    PartsInFull(Vec<Vec<TrialRow>>),
    /// Of a leg.
    Leg {
        /// What it earned each day.
        returns: Vec<f64>,
        /// How many returns a year has.
        days_per_year: f64,
        /// What its result hashes to.
        result_sha256: Digest,
        /// What each round trip earned of the equity before it, by the ends of those before.
        trade_returns: Vec<f64>,
    },
}

/// What a chunk computed.
#[derive(Debug)]
pub struct ChunkResult {
    /// One row a trial, in order; a failed trial is a row, never an error.
    pub rows: Vec<TrialRow>,
    /// What was to be kept besides.
    pub kept: Kept,
    /// What that took.
    pub work: Work,
    /// What the executor gets back once the rows are committed.
    pub hold: Option<Hold>,
}

/// Something of the executor's, such as room for rows, that it gets back by the drop of this: so
/// that it never has more out than can be committed.
pub struct Hold(
    #[expect(dead_code, reason = "it is only there to be dropped")] Box<dyn Any + Send>,
);

impl Hold {
    /// Of what is given back by being dropped.
    pub fn of(what: impl Any + Send) -> Self {
        Self(Box::new(what))
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("Hold")
    }
}

/// What a chunk took on its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// How it was computed.
    pub route: Route,
    /// Bars over all its trials.
    pub bars: u64,
    /// How long that took.
    pub time: Duration,
}

/// A way to compute trials, with a pace of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// A backtest, with its trades and the hash of its fills.
    Backtest,
    /// The trials of a search one after the other.
    BarByBar,
    /// Many of them together.
    Columns,
}

/// Why a chunk was not evaluated.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// The meter asked to stop.
    #[error("stopped")]
    Stopped,
    /// The bars it needs are not there.
    #[error("{0}")]
    DataMissing(String),
    /// The bars it needs cannot be read at the moment.
    #[error("{0}")]
    Unreadable(String),
    /// It was lost on the way, or its answer was: to be evaluated again.
    #[error("the chunk was lost: {0}")]
    Unavailable(String),
    /// Evaluating it took down its thread.
    #[error("the chunk took down its thread: {0}")]
    Poisoned(String),
}
