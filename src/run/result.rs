//! What a run leaves behind: metrics, trades, failures, and the hash that proves two runs equal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::result_hash::{BacktestHash, hashed_charge, hashed_fill};
use super::robustness_result::RobustnessResult;
use super::trade_row::{TradeRow, UnderWay};
use super::trial::Trial;
use super::validation::ValidationResult;
use super::walk_result::WalkForwardResult;
use crate::digest::Digest;
use crate::engine::{Observer, Report};
use crate::market::Decimal;
use crate::metrics::Metrics;
use crate::strategy::{AuxUse, ValueCount};
use crate::trading::{Charge, Fill, Trade};

/// What a completed backtest tells.
#[derive(Clone, Debug, PartialEq)]
pub struct BacktestResult {
    /// All metrics that are defined.
    pub metrics: Metrics,
    /// Closed round trips.
    pub trade_count: u64,
    /// Points of the equity curve: bars and the start.
    pub equity_point_count: u64,
    /// Refused orders by reason.
    pub rejections: BTreeMap<String, u64>,
    /// Over fills and metrics.
    pub result_sha256: Digest,
    /// How often what a strategy as text goes by was there; empty for one of the server's own.
    pub rule_facts: Vec<ValueCount>,
    /// What was paid, by kind; negative what was received. Kinds that came to nothing are left out,
    /// and there are none where an older version stored it.
    pub costs: BTreeMap<String, Decimal>,
    /// What became of the rows of auxiliary series; `None` if the strategy follows none.
    pub uses_aux: Option<AuxUse>,
}

/// What came out of a completed run.
#[derive(Clone, Debug, PartialEq)]
pub enum RunResult {
    /// Of a backtest.
    Backtest(BacktestResult),
    /// Of an optimization.
    Optimization(OptimizationResult),
    /// Of a validation.
    Validation(Box<ValidationResult>),
    /// Of a walk-forward.
    WalkForward(Box<WalkForwardResult>),
    /// Of one parameter set under stress.
    Robustness(Box<RobustnessResult>),
}

impl RunResult {
    /// What proves two of them equal.
    pub fn sha256(&self) -> Digest {
        match self {
            Self::Backtest(result) => result.result_sha256,
            Self::Optimization(result) => result.result_sha256,
            Self::Validation(result) => result.hash(),
            Self::WalkForward(result) => result.hash(),
            Self::Robustness(result) => result.result_sha256,
        }
    }
}

/// What a completed optimization tells.
#[derive(Clone, Debug, PartialEq)]
pub struct OptimizationResult {
    /// Trials that ran to their end, infeasible ones included.
    pub completed: u64,
    /// Trials that failed.
    pub failed: u64,
    /// Trials that broke a constraint.
    pub infeasible: u64,
    /// The best feasible trials, the best first; at most ten.
    pub top: Vec<Trial>,
    /// Equal failures, the most frequent first.
    pub failures: Vec<FailureGroup>,
    /// Over all trials.
    pub result_sha256: Digest,
}

/// Failures that share reason and message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureGroup {
    /// Why.
    pub reason: String,
    /// In words.
    pub message: String,
    /// How many trials.
    pub count: u64,
    /// The one with the lowest index.
    pub sample_trial_index: u64,
    /// Where one of them happened; empty where there is no trace.
    pub stack_trace: String,
}

/// Why a run or a trial failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable and in upper snake case: `PANIC`, `OVERFLOW`, `DATA_MISSING` …
    pub reason: String,
    /// Constant per reason and place; values stand in the metadata.
    pub message: String,
    /// The values that belong to the message.
    pub metadata: BTreeMap<String, String>,
    /// Where a panic happened; empty otherwise.
    pub stack_trace: String,
}

impl Failure {
    /// A failure without metadata or trace.
    pub fn new(reason: &str, message: impl Into<String>) -> Self {
        Self {
            reason: reason.to_owned(),
            message: message.into(),
            metadata: BTreeMap::new(),
            stack_trace: String::new(),
        }
    }
}

/// Watches a backtest and keeps what its result needs.
#[derive(Default)]
pub struct Recorder {
    trades: Vec<TradeRow>,
    under_way: UnderWay,
    hash: BacktestHash,
}

impl Recorder {
    /// The result and the trades, open ones last.
    pub fn finish(self, report: Report) -> (BacktestResult, Vec<TradeRow>) {
        let by_name = |(reason, count): (&crate::trading::Rejection, &u64)| {
            (reason.as_str().to_owned(), *count)
        };
        let result = BacktestResult {
            trade_count: self.trades.iter().filter(|row| row.trade.exit.is_some()).count() as u64,
            equity_point_count: report.bars + 1,
            rejections: report.rejections.iter().map(by_name).collect(),
            result_sha256: self.hash.finish(&report.metrics),
            metrics: report.metrics,
            rule_facts: Vec::new(),
            costs: report.costs.by_kind().map(|(kind, paid)| (kind.to_owned(), paid)).collect(),
            uses_aux: report.uses_aux,
        };
        (result, self.trades)
    }
}

impl Observer for Recorder {
    const EXCURSIONS: bool = true;

    fn fill(&mut self, fill: &Fill) {
        self.under_way.fill(fill);
        self.hash.fill(hashed_fill(fill));
    }

    fn charge(&mut self, time_ms: i64, charge: &Charge) {
        self.hash.charge(hashed_charge(time_ms, charge));
    }

    fn open_profit(&mut self, instrument: u32, profit: i64) {
        self.under_way.open_profit(instrument, profit);
    }

    fn trade(&mut self, trade: &Trade, profit: i64) {
        self.trades.push(self.under_way.row(trade, profit));
    }
}
