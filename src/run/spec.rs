//! What a run computes, fully resolved: defaults, versions and data hashes filled in.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::market::{Instrument, Timeframe, Units};
use crate::strategy::Params;
use crate::trading::Simulation;

/// What a run computes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunSpec {
    /// One strategy with one set of parameters.
    Backtest(BacktestSpec),
}

/// Which kind of run it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunKind {
    /// One strategy with one set of parameters.
    Backtest,
}

/// One strategy with one set of parameters over some bars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BacktestSpec {
    /// Which strategy.
    pub strategy: StrategyRef,
    /// A value for each of its parameters.
    pub params: Params,
    /// Which bars; at least one.
    pub subscriptions: Vec<Subscription>,
    /// Open time of the first bar that the run sees.
    pub start_ms: i64,
    /// End of the last one.
    pub end_ms: i64,
    /// The account.
    pub simulation: Simulation,
}

/// A strategy of a certain version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategyRef {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Bars of one instrument, pinned to a version of its data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// What trades.
    pub instrument: Instrument,
    /// The timeframe asked for; coarser than the data's if resampled.
    pub timeframe: Timeframe,
    /// Content hash of the source series.
    pub data: Digest,
    /// What the data's integers mean.
    pub units: Units,
}

impl RunSpec {
    /// Which kind of run it is.
    pub const fn kind(&self) -> RunKind {
        match self {
            Self::Backtest(_) => RunKind::Backtest,
        }
    }

    /// The backtest, or what all trials of a search have in common.
    pub const fn base(&self) -> &BacktestSpec {
        match self {
            Self::Backtest(spec) => spec,
        }
    }
}
