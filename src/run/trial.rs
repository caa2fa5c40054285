//! One trial as it is kept: a row of plain data, whoever computed it.

use std::collections::BTreeMap;

use super::result::{BacktestResult, Failure};
use super::spec::Subscription;
use super::trade_blob::pack;
use super::trade_row::TradeRow;
use crate::digest::Digest;
use crate::market::Decimal;
use crate::metrics::Metrics;
use crate::strategy::{AuxUse, Params, ValueCount};

/// A trial as a reader sees it: what it was and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Its place in the unconstrained product.
    pub trial_index: u64,
    /// What became of it.
    pub state: TrialState,
    /// All its parameters.
    pub params: Params,
    /// The first of its subscriptions.
    pub subscription: Subscription,
    /// The metrics that are defined; none if it failed.
    pub metrics: Metrics,
    /// The score of its combination over all series, once a search has completed that asks for it.
    pub across: Option<f64>,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
    /// How long it took.
    pub compute_us: u64,
}

/// What became of a trial. The numbers stand in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialState {
    /// It ran to its end and broke no constraint.
    Completed = 1,
    /// It did not run to its end.
    Failed = 2,
    /// It ran to its end, but broke a constraint.
    Infeasible = 3,
}

impl TrialState {
    /// The name in filters and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Infeasible => "INFEASIBLE",
        }
    }

    /// The state of that number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Completed),
            2 => Some(Self::Failed),
            3 => Some(Self::Infeasible),
            _ => None,
        }
    }
}

/// What became of a trial, to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialRow {
    /// Its place in the search; 0 for a backtest.
    pub trial_index: u64,
    /// Metrics or failure.
    pub outcome: TrialOutcome,
    /// How long it took.
    pub compute_us: u64,
    /// What only a backtest has.
    pub detail: Option<BacktestDetail>,
}

/// Metrics or failure.
#[derive(Clone, Debug, PartialEq)]
pub enum TrialOutcome {
    /// It ran to its end and broke no constraint.
    Completed(Box<Metrics>),
    /// It ran to its end, but broke a constraint.
    Infeasible(Box<Metrics>),
    /// It did not.
    Failed(Box<Failure>),
}

/// What a backtest has beside its metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BacktestDetail {
    /// Closed round trips.
    pub closed_trade_count: u64,
    /// Trades that a list shows, open ones included.
    pub listed_trade_count: u64,
    /// Points of the equity curve.
    pub equity_point_count: u64,
    /// Refused orders by reason.
    pub rejections: BTreeMap<String, u64>,
    /// Over fills and metrics.
    pub result_sha256: Digest,
    /// How often what a strategy as text goes by was there.
    pub rule_facts: Vec<ValueCount>,
    /// What was paid, by kind.
    pub costs: BTreeMap<String, Decimal>,
    /// What became of the rows of auxiliary series.
    pub uses_aux: Option<AuxUse>,
    /// Its trades in parts, packed.
    pub trade_parts: Vec<Vec<u8>>,
}

impl TrialRow {
    /// Whether it did not run to its end.
    pub const fn is_failed(&self) -> bool {
        matches!(self.outcome, TrialOutcome::Failed(_))
    }

    /// The one trial of a backtest.
    ///
    /// # Errors
    ///
    /// If the trades cannot be packed.
    pub fn of_backtest(
        result: BacktestResult,
        trades: &[TradeRow],
        compute_us: u64,
    ) -> std::io::Result<Self> {
        let detail = BacktestDetail {
            closed_trade_count: result.trade_count,
            listed_trade_count: trades.len() as u64,
            equity_point_count: result.equity_point_count,
            rejections: result.rejections,
            result_sha256: result.result_sha256,
            rule_facts: result.rule_facts,
            costs: result.costs,
            uses_aux: result.uses_aux,
            trade_parts: pack(trades)?,
        };
        let outcome = TrialOutcome::Completed(Box::new(result.metrics));
        Ok(Self { trial_index: 0, outcome, compute_us, detail: Some(detail) })
    }

    /// A trial that did not run to its end.
    pub fn failed(trial_index: u64, failure: Failure, compute_us: u64) -> Self {
        let outcome = TrialOutcome::Failed(Box::new(failure));
        Self { trial_index, outcome, compute_us, detail: None }
    }
}
