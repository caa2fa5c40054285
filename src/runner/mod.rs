//! How runs happen: taken in, joined, watched, cancelled, computed, resumed.

mod adapt;
mod allowance;
mod attempt;
mod aux_sources;
mod axes;
mod bar_stress;
mod batch;
mod benchmark;
mod beside;
mod carried;
mod check;
mod choose;
mod continuing;
mod currencies;
mod curve;
mod drive;
mod ending;
mod error;
mod evaluate;
mod executor;
mod export;
mod extend;
mod failure_log;
#[cfg(test)]
mod fairness_tests;
mod fills;
mod finals;
mod found;
mod front;
mod ground;
mod grouping;
mod hash_in_order;
mod held;
mod hub;
mod import;
mod job;
mod lanes;
mod leg;
mod line;
mod listing;
mod live_run;
mod loaded;
mod local;
mod machines;
mod made;
mod own_queue;
mod owner_shares;
mod owners;
mod paces;
mod panic_message;
mod panic_trace;
mod pause;
mod permits;
mod picked_trades;
mod planning;
mod points;
mod portion;
#[cfg(test)]
mod races;
mod reorder;
mod replay;
mod replayable;
mod report;
mod resolve;
mod robustness;
mod robustness_request;
mod rule_values;
mod same_account;
mod saved;
mod scheduling;
mod seen;
mod seen_across;
mod seen_failures;
mod share;
mod sourcing;
mod span;
mod spill;
mod stall;
mod standstill;
mod start;
mod status;
mod submit;
mod sync;
mod take_over;
mod taking;
mod tapes;
mod trials;
mod turns;
mod validate;
mod validation_request;
mod variant;
mod walk;
mod walk_across;
mod walk_days;
mod walk_parts;
mod walk_request;
mod watch;
mod watch_runs;
#[cfg(test)]
mod watch_tests;
mod weights;
mod window_export;
mod window_trials;
mod work;

pub use batch::{Batch, BatchDone};
pub use curve::{CURVE_POINTS_MIN, Curve, CurvePoint};
pub use error::{MissingData, RunnerError};
pub use executor::{Chunk, ChunkResult, ExecError, Executor, Hold, Keep, Kept, Pace, Route, Work};
pub use export::Parts;
pub use fills::{FillQuery, TradeFill, TradeFills};
pub use front::Front;
pub use import::Import;
pub use job::Job;
pub use local::LocalExecutor;
pub use machines::{Machine, MachineState, Machines};
pub use picked_trades::{PickedTrades, TradeCount, TradeQuery};
pub use portion::Portion;
pub use replay::Replayer;
pub use report::RunReport;
pub use rule_values::{RuleQuery, RuleValues};
pub use saved::{Outline, SavedStrategy, Saving};
pub use standstill::Standstill;
pub use start::RunnerParts;
pub use submit::Submitted;
pub use trials::Search;
pub use watch::{WatchEvent, WatchOptions};
pub use window_export::WindowTrials;
pub use window_trials::PartTrials;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{Mutex, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::data::BarStore;
use crate::run::Quota;
use crate::storage::Store;
use crate::strategy::Catalog;
use crate::telemetry::RunInstruments;
use failure_log::FailureLog;
use finals::Finals;
use hub::Hub;
use line::Line;
use owner_shares::OwnerShares;
use paces::Paces;
use permits::Permits;
use saved::Outlines;

/// Everything that runs, and the way to it.
pub struct Runner {
    store: Store,
    bars: Arc<BarStore>,
    catalog: Arc<Catalog>,
    executor: Arc<dyn Executor>,
    replayer: Replayer,
    clock: Arc<dyn Clock>,
    limits: RunnerLimits,
    /// What is computed only to be read once is written here.
    scratch_dir: PathBuf,
    hub: Hub,
    finals: Finals,
    failures: FailureLog,
    /// Backtests that may compute at once.
    backtest_permits: Permits,
    /// Chunks of searches that may compute at once.
    sweep_permits: Permits,
    /// Searches that may be running at once.
    sweep_slots: Line,
    /// Whose runs they are, and how the cores are shared among them.
    shares: OwnerShares,
    /// Searches whose trials may be counted far at once.
    long_counts: Arc<Semaphore>,
    /// How fast work went.
    paces: Paces,
    /// What saved texts say of themselves.
    outlines: Outlines,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    /// The room of removed runs is given back by one task at a time.
    purging: Mutex<()>,
    instruments: RunInstruments,
}

/// What the runner refuses to exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunnerLimits {
    /// Runs that are pending or running at once.
    pub live_runs_max: usize,
    /// Searches that compute at once; the others wait in line.
    pub running_sweeps_max: usize,
    /// Trials of one search, unless it asks for fewer.
    pub trials_max: u64,
    /// Axes of one search.
    pub axes_max: usize,
    /// Instruments of one run.
    pub instruments_max: usize,
    /// Bytes of bars that one run may need.
    pub run_bars_bytes_max: u64,
    /// What owners may have who have no limits of their own.
    pub quota: Quota,
}

/// How many runs are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Runs that compute.
    pub running: usize,
    /// Runs that wait.
    pub pending: usize,
    /// Runs that somebody halted.
    pub paused: usize,
    /// Backtests among them all.
    pub backtests: usize,
    /// Searches among them all.
    pub searches: usize,
}

impl Runner {
    /// The strategies it computes.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// What it refuses to exceed.
    pub const fn limits(&self) -> &RunnerLimits {
        &self.limits
    }

    /// What is measured of runs.
    pub const fn instruments(&self) -> &RunInstruments {
        &self.instruments
    }

    /// How many runs are in which state.
    pub fn load(&self) -> Load {
        self.hub.load()
    }

    /// The machines that it computes on besides this one; `None` where it computes here only.
    pub fn machines(&self) -> Option<Machines> {
        self.executor.machines()
    }

    /// Each of them after that one, in the order of their ids, and so many at most.
    pub fn machines_after(&self, id: &str, most: usize) -> Vec<Machine> {
        self.executor.machines_after(id, most)
    }
}
