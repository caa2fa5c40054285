//! The executions of one trade, while its run is computed again: a page of them at most.

use super::Runner;
use super::error::RunnerError;
use crate::engine::Observer;
use crate::run::{BacktestSpec, RunId};
use crate::trading::{ExitReason, Fill, Trade};

/// Which executions of a run are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FillQuery {
    /// Of the trade with that place among all of the run.
    pub trade_index: u64,
    /// How many are passed over.
    pub offset: u64,
    /// The most that are told.
    pub limit: usize,
}

/// An execution with what it made of the position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TradeFill {
    /// What happened.
    pub fill: Fill,
    /// Why it left; `None` if it entered.
    pub reason: Option<ExitReason>,
    /// Steps held after it; negative is short.
    pub held: i64,
}

/// A page of the executions of a trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradeFills {
    /// In the order in which they happened.
    pub fills: Vec<TradeFill>,
    /// How many the trade has on all pages.
    pub total: u64,
}

/// What the trade under way of an instrument has come to so far.
#[derive(Clone, Debug, Default)]
struct UnderWay {
    held: i64,
    page: Vec<TradeFill>,
    total: u64,
}

/// Keeps the page of each trade under way until the one that is asked for has ended.
struct FillPicker {
    query: FillQuery,
    under_way: Vec<UnderWay>,
    /// Trades that have been told.
    trades: u64,
    /// Why the next fill leaves.
    reason: Option<ExitReason>,
    found: Option<TradeFills>,
}

impl FillPicker {
    fn new(query: FillQuery, instruments: usize) -> Self {
        let under_way = vec![UnderWay::default(); instruments];
        Self { query, under_way, trades: 0, reason: None, found: None }
    }
}

impl Observer for FillPicker {
    fn leaving(&mut self, reason: ExitReason) {
        self.reason = Some(reason);
    }

    fn fill(&mut self, fill: &Fill) {
        let reason = self.reason.take();
        let Some(trade) = self.under_way.get_mut(fill.instrument as usize) else { return };
        trade.held += fill.quantity;
        let place = trade.total;
        trade.total += 1;
        if place >= self.query.offset && trade.page.len() < self.query.limit {
            trade.page.push(TradeFill { fill: *fill, reason, held: trade.held });
        }
    }

    fn trade(&mut self, trade: &Trade, _: i64) {
        let ended = std::mem::take(&mut self.under_way[trade.instrument as usize]);
        if self.trades == self.query.trade_index {
            self.found = Some(TradeFills { fills: ended.page, total: ended.total });
        }
        self.trades += 1;
    }
}

impl Runner {
    /// The executions of one trade of a completed backtest or of a trial, computed again; or how
    /// many trades there are, if that is none of them.
    ///
    /// # Errors
    ///
    /// As for the equity curve.
    pub async fn fills(
        &self,
        run_id: RunId,
        trial_index: Option<u64>,
        query: FillQuery,
    ) -> Result<(BacktestSpec, Result<TradeFills, u64>), RunnerError> {
        let finished = self.finished(run_id, trial_index).await?;
        let picker = FillPicker::new(query, finished.spec.executing().len());
        let (picker, _) = self.replay(&finished, picker).await?;
        Ok((finished.spec, picker.found.ok_or(picker.trades)))
    }
}
