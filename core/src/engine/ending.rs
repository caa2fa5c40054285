//! How a run ends, whichever loop went over its bars: positions closed, and the report.

use std::sync::Arc;

use super::backtest::{Backtest, Report, RunError};
use super::feed::Feed;
use super::ledger::Ledger;
use super::observer::Observer;
use crate::market::Decimal;
use crate::metrics::Closing;
use crate::trading::{Execution, ExitReason, FillRule, Overflow};

/// What a loop knows of the end that the ledger does not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    pub order_count: u64,
    pub bankrupt: bool,
    pub end_ms: i64,
}

/// How far the bars of an instrument have come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LastBar {
    /// The last one that has opened.
    pub bar: u64,
    /// When the last one that is over has ended.
    pub end_ms: i64,
}

impl<O: Observer> Ledger<'_, O> {
    /// Closes the position without an order, at the price that it is valued at: the close of the
    /// last bar, or of a bar under way the open or what was filled there.
    pub(super) fn leave_as_valued(
        &mut self,
        instrument: u32,
        bar: u64,
        now_ms: i64,
        reason: ExitReason,
    ) -> Result<(), Overflow> {
        let position = &self.account.positions()[instrument as usize];
        let Some(reference_price) = position.valued_at() else { return Ok(()) };
        let at = Execution {
            instrument,
            time_ms: now_ms,
            bar,
            reference_price,
            rule: FillRule::AtClose,
            is_ambiguous: false,
            is_maker: false,
        };
        self.exit(Decimal::ONE, reason, &at)
    }

    /// The report over all bars; open positions are marked at their last closes. `market` has the
    /// return of each day.
    pub(super) fn report(
        self,
        backtest: &Backtest<'_>,
        ending: Ending,
        market: &Arc<[f64]>,
    ) -> Result<Report, RunError> {
        for position in self.account.positions() {
            if let Some(trade) = position.open_trade() {
                self.observer.trade(trade, trade.profit(position.value())?);
            }
        }
        let closing = Closing {
            open_profit: self.account.open_profit()?,
            fees_paid: self.account.fees_paid(),
            slippage_cost: self.account.slippage_cost(),
            carry_cost: self.account.carry_cost(),
            traded_notional: self.account.traded_notional(),
            volume_share_max: self.shares.greatest(),
            fill_count: self.account.fill_count(),
            order_count: ending.order_count,
            rejected_order_count: self.rejections.values().sum(),
            ambiguous_exit_count: self.ambiguous.exits,
            ambiguous_profit_difference: self.ambiguous.difference,
            doubtful_hold_count: self.ambiguous.doubtful_holds,
            bankrupt: ending.bankrupt,
            has_benchmark: backtest.benchmark.is_some(),
            buy_hold: buy_hold(&backtest.feeds[0]),
            start_ms: start_ms(&backtest.feeds),
            end_ms: ending.end_ms,
            liquidation_count: self.account.liquidation_count(),
            // No order lapses yet.
            ..Closing::default()
        };
        let bars = self.tally.bars() as u64;
        let daily = backtest.keeps_days.then(|| self.tally.daily(&closing));
        self.observer.days(&self.tally.course(&closing));
        let (metrics, segments) = self.tally.report(&closing, market)?;
        let uses_aux = None;
        let costs = self.account.costs();
        let rejections = self.rejections;
        Ok(Report { metrics, bars, rejections, daily, segments, costs, uses_aux })
    }
}

/// Where the first bar of any feed opens that counts.
pub(super) fn start_ms(feeds: &[Feed<'_>]) -> i64 {
    let first_open = |feed: &Feed<'_>| feed.series.bars.open_time_ms.get(feed.first).copied();
    let counts = |feed: &&Feed<'_>| feed.first < feed.range.end;
    feeds.iter().filter(counts).filter_map(first_open).min().unwrap_or(0)
}

fn buy_hold(feed: &Feed<'_>) -> Option<(i64, i64)> {
    let bars = &feed.series.bars;
    let last = (feed.first..feed.range.end).next_back()?;
    Some((bars.open[feed.first], bars.close[last]))
}
