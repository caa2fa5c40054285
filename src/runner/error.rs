//! Why a request to the runner was refused.

use crate::run::{OverQuota, RunId, State, Violations};
use crate::storage::StoreError;

/// A refused request. Nothing was changed by it.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// Fields that cannot be taken, all of them.
    #[error("{0}")]
    Invalid(#[from] Violations),
    /// Bars that are not there.
    #[error("{}", .0.iter().map(|missing| missing.message.as_str()).collect::<Vec<_>>().join("; "))]
    DataMissing(Vec<MissingData>),
    /// Another run has the id that an imported one has elsewhere.
    #[error("run {there} is here as {here}, with another result or not completed")]
    ImportConflict {
        /// Its id there.
        there: RunId,
        /// The one here.
        here: RunId,
    },
    /// No run has that id.
    #[error("there is no run {0}")]
    RunNotFound(RunId),
    /// Nothing of that name is shipped or saved, or not in that version.
    #[error("{message}")]
    StrategyNotFound {
        /// As it was asked for.
        name: String,
        /// What there is.
        message: String,
    },
    /// As many are saved as may be.
    #[error("{message}")]
    TooManyStrategies {
        /// How many that is, and what to do.
        message: String,
    },
    /// The run has no such trial, or it is not committed yet.
    #[error("run {run_id} has no trial {trial_index}; those of a live run appear as they end")]
    TrialNotFound {
        /// Which run.
        run_id: RunId,
        /// Which trial.
        trial_index: u64,
    },
    /// The run is an optimization, and none of its trials was named.
    #[error("run {0} is an optimization: name one of its trials")]
    TrialNotNamed(RunId),
    /// The trial failed.
    #[error("trial {trial_index} of run {run_id} failed: {message}")]
    TrialFailed {
        /// Which run.
        run_id: RunId,
        /// Which trial.
        trial_index: u64,
        /// Why.
        message: String,
    },
    /// The run judges another.
    #[error("run {0} is a validation: trades and curves are those of the run that it judges")]
    WithoutCurve(RunId),
    /// The run's strategy is part of the server, and no text says the same.
    #[error("run {run_id} is of {strategy}, which is no text and defines nothing to be seen")]
    WithoutText {
        /// Which run.
        run_id: RunId,
        /// Its strategy.
        strategy: String,
    },
    /// The run is a walk-forward.
    #[error("run {0} is a walk-forward: trades and curves are those of backtests of its windows")]
    OnlyWindows(RunId),
    /// The run is no walk-forward.
    #[error("run {0} is no walk-forward; only a walk-forward has windows")]
    NotAWalkForward(RunId),
    /// A window of a walk-forward is not done.
    #[error("window {window} of run {run_id} is not done; {done} are")]
    WindowNotDone {
        /// Which run.
        run_id: RunId,
        /// Which of its windows.
        window: u64,
        /// How many are done.
        done: u64,
    },
    /// A walk-forward does not have the trials of its windows one by one.
    #[error(
        "run {0} has not kept the trials of its windows one by one: there are too many, or an \
         earlier server computed it; submitted again with ALWAYS_NEW it has them if they are few \
         enough"
    )]
    WithoutWindowTrials(RunId),
    /// The run examines one backtest.
    #[error("run {0} examines a backtest: trades and curves are those of that backtest")]
    OnlyVariants(RunId),
    /// The run is none that examines one backtest.
    #[error("run {0} examines no backtest; only a robustness run has variants")]
    WithoutVariants(RunId),
    /// The run has no lists to draw charts from.
    #[error("run {run_id} {why}")]
    NoDistributions {
        /// Which run.
        run_id: RunId,
        /// Why.
        why: &'static str,
    },
    /// The run is no optimization.
    #[error("run {0} is no optimization; only an optimization has a list of trials")]
    NotASearch(RunId),
    /// The run has not come to its end.
    #[error(
        "run {run_id} is {}{}",
        state.as_str(),
        if state.is_final() { " and has no result" }
        else { "; its result is there once it is COMPLETED" }
    )]
    NotFinished {
        /// Which run.
        run_id: RunId,
        /// Where it is.
        state: State,
    },
    /// The run is live, and what was asked needs its end.
    #[error("run {run_id} is {}; cancel it first, or wait for its end", state.as_str())]
    Live {
        /// Which run.
        run_id: RunId,
        /// Where it is.
        state: State,
    },
    /// The run is over.
    #[error("run {run_id} is {} already", state.as_str())]
    Over {
        /// Which run.
        run_id: RunId,
        /// How it ended.
        state: State,
    },
    /// The run will be over.
    #[error("run {0} was asked to end, which cannot be undone")]
    Ending(RunId),
    /// What people say of the run is not what it was when it was read.
    #[error("run {0} was changed since; read it again")]
    Changed(RunId),
    /// The runs that fit a filter are not as many as when they were counted.
    #[error("{found} runs fit now, and {expected} were expected; count them again")]
    SetChanged {
        /// How many were counted.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// The run is somebody else's.
    #[error(
        "run {run_id} belongs to {}; its owner or an admin may do that",
        if owner.is_empty() { "nobody" } else { owner.as_str() }
    )]
    NotOwner {
        /// Which run.
        run_id: RunId,
        /// Whose it is; empty for one of before anybody was asked.
        owner: String,
    },
    /// What was not kept would have to be computed again, and would come out otherwise.
    #[error("run {run_id} was computed {made_by}, and cannot be computed again by this server")]
    EngineChanged {
        /// Which run.
        run_id: RunId,
        /// How, as in `by engine 1`.
        made_by: String,
    },
    /// The search is another than the one that it was to go on from.
    #[error(
        "the search is another than run {run_id}, and cannot go on from it: {} differs",
        fields.join(", ")
    )]
    ContinueDiffers {
        /// The one that was stopped.
        run_id: RunId,
        /// Where they differ.
        fields: Vec<&'static str>,
    },
    /// The request id stands for another submission.
    #[error("this request_id was used for another submission")]
    RequestIdReused,
    /// Too many runs wait.
    #[error("{limit} runs are waiting or running, the most this server takes")]
    QueueFull {
        /// The limit.
        limit: usize,
    },
    /// The owner has as much as may be.
    #[error("{0}")]
    OverQuota(OverQuota),
    /// More runs came and went than a watcher's place in the queue holds.
    #[error("{missed} new runs were missed, for the stream was read too slowly; watch again")]
    WatchTooSlow {
        /// How many.
        missed: u64,
    },
    /// The server is going down.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The disk, while something was computed again.
    #[error("what was computed again cannot be kept until it is read: {0}")]
    Scratch(#[from] std::io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A subscription without bars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingData {
    /// Such as `BINANCE:BTCUSDT@1m`.
    pub subject: String,
    /// What is missing, and what there is.
    pub message: String,
}
