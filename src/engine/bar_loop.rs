//! The bar loop: what happens at each bar, in which order. This is what defines a result.

use std::collections::BTreeMap;

use super::backtest::{Backtest, Report, RunError};
use super::feed::{Delivery, Feed, Timeline};
use super::meter::Meter;
use super::observer::Observer;
use crate::market::Bar;
use crate::metrics::{Closing, Tally};
use crate::strategy::{Context, Strategy};
use crate::trading::{
    Account, EndOfRunPolicy, Execution, ExitReason, FillRule, Filled, Intent, Order, Overflow,
    Rejection,
};

/// Bars between two looks at the stop flag; thousands, so that looking costs nothing.
const BARS_PER_LOOK: u64 = 4_096;

pub(super) struct BarLoop<'b, 'a, O> {
    backtest: &'b Backtest<'a>,
    observer: &'b mut O,
    account: Account,
    tally: Tally,
    orders: Vec<Order>,
    order_count: u64,
    rejections: BTreeMap<Rejection, u64>,
    bankrupt: bool,
    end_ms: i64,
    /// The last executed bar of each instrument: open time, index, close.
    last_bars: Vec<LastBar>,
}

#[derive(Clone, Copy, Default)]
struct LastBar {
    index: u64,
    close: i64,
}

impl<'b, 'a, O: Observer> BarLoop<'b, 'a, O> {
    pub(super) fn new(backtest: &'b Backtest<'a>, observer: &'b mut O) -> Self {
        let start_ms = start_ms(&backtest.feeds);
        observer.equity(start_ms, backtest.terms.initial_cash);
        Self {
            backtest,
            observer,
            account: Account::new(backtest.terms.clone()),
            tally: Tally::new(backtest.frame),
            orders: Vec::with_capacity(4),
            order_count: 0,
            rejections: BTreeMap::new(),
            bankrupt: false,
            end_ms: start_ms,
            last_bars: vec![LastBar::default(); backtest.terms.instruments.len()],
        }
    }

    pub(super) fn run(
        mut self,
        strategy: &mut dyn Strategy,
        meter: &Meter,
    ) -> Result<Report, RunError> {
        let feeds = &self.backtest.feeds;
        let listens: Vec<bool> = (0..feeds.len()).map(|feed| strategy.listens_to(feed)).collect();
        let mut timeline = Timeline::new(feeds);
        let mut bars_since_look = 0;
        while let Some(delivery) = timeline.next() {
            let feed = &feeds[delivery.feed];
            let bar = feed.series.bars.bar(delivery.bar);
            if feed.executes {
                self.execute(feed, &delivery, &bar)?;
            }
            if listens[delivery.feed] {
                self.decide(strategy, feed, &delivery, &bar, meter);
            }
            if delivery.last_of_moment {
                self.close_moment(&delivery, &bar, timeline.is_over())?;
            }
            bars_since_look += 1;
            if bars_since_look == BARS_PER_LOOK || self.bankrupt {
                meter.add_bars(std::mem::take(&mut bars_since_look));
                if meter.is_stopping() {
                    return Err(RunError::Stopped);
                }
                if self.bankrupt {
                    break;
                }
            }
        }
        meter.add_bars(bars_since_look);
        // A strategy may have ended early because of the flag; half a run is no result.
        if meter.is_stopping() {
            return Err(RunError::Stopped);
        }
        self.report()
    }

    /// Fills what waits for this bar, then values the position at its close.
    #[inline]
    fn execute(&mut self, feed: &Feed<'_>, delivery: &Delivery, bar: &Bar) -> Result<(), Overflow> {
        if !self.orders.is_empty() {
            self.fill_orders(feed.instrument, delivery.bar as u64, bar)?;
        }
        self.last_bars[feed.instrument as usize] =
            LastBar { index: delivery.bar as u64, close: bar.close };
        self.account.mark(feed.instrument, bar.close)
    }

    /// Orders are matched in the order of their submission; each fill changes the account before
    /// the next.
    fn fill_orders(&mut self, instrument: u32, index: u64, bar: &Bar) -> Result<(), Overflow> {
        let at = Execution {
            instrument,
            time_ms: bar.open_time_ms,
            bar: index,
            reference_price: bar.open,
            rule: FillRule::MarketAtOpen,
        };
        let mut waiting = std::mem::take(&mut self.orders);
        for order in &waiting {
            if !is_due(order, &at) {
                continue;
            }
            match order.intent {
                Intent::Close(reason) => {
                    if let Some(filled) = self.account.exit(reason, &at)? {
                        self.filled(filled)?;
                    }
                }
                Intent::Open(side) => match self.account.enter(side, &at)? {
                    Ok(filled) => self.filled(filled)?,
                    Err(rejection) => *self.rejections.entry(rejection).or_default() += 1,
                },
            }
        }
        waiting.retain(|order| !is_due(order, &at));
        self.orders = waiting;
        Ok(())
    }

    fn filled(&mut self, (fill, ended): Filled) -> Result<(), Overflow> {
        self.observer.fill(&fill);
        if let Some(trade) = ended {
            self.tally.close_trade(&trade)?;
            self.observer.trade(&trade, trade.profit(0)?);
        }
        Ok(())
    }

    #[inline]
    fn decide(
        &mut self,
        strategy: &mut dyn Strategy,
        feed: &Feed<'_>,
        delivery: &Delivery,
        bar: &Bar,
        meter: &Meter,
    ) {
        let mut context = Context {
            subscription: delivery.feed,
            instrument: feed.instrument,
            now_ms: delivery.end_ms,
            side: self.account.positions()[feed.instrument as usize].side(),
            orders: &mut self.orders,
            order_count: &mut self.order_count,
            stop: meter.stop_flag(),
        };
        strategy.on_bar(bar, &mut context);
    }

    /// All bars that end now have been delivered: the equity of this moment counts.
    #[inline]
    fn close_moment(
        &mut self,
        delivery: &Delivery,
        bar: &Bar,
        is_last: bool,
    ) -> Result<(), Overflow> {
        self.end_ms = delivery.end_ms;
        let mut equity = self.account.equity()?;
        if equity <= 0 {
            self.bankrupt = true;
            equity = self.close_all(ExitReason::Bankruptcy)?;
        } else if is_last {
            equity = self.end_run(equity)?;
        }
        self.tally.close_bar(bar.open_time_ms, equity, self.account.is_holding());
        self.observer.equity(delivery.end_ms, equity);
        Ok(())
    }

    fn end_run(&mut self, equity: i64) -> Result<i64, Overflow> {
        match self.backtest.simulation.end_of_run_policy {
            EndOfRunPolicy::MarkOpen => Ok(equity),
            EndOfRunPolicy::CloseAtLastClose => self.close_all(ExitReason::EndOfRun),
        }
    }

    /// Closes every position at its last close, stamped with now, and returns the equity after.
    fn close_all(&mut self, reason: ExitReason) -> Result<i64, Overflow> {
        for instrument in 0..self.last_bars.len() {
            let LastBar { index, close } = self.last_bars[instrument];
            let at = Execution {
                instrument: instrument as u32,
                time_ms: self.end_ms,
                bar: index,
                reference_price: close,
                rule: FillRule::AtClose,
            };
            if let Some(filled) = self.account.exit(reason, &at)? {
                self.filled(filled)?;
            }
        }
        self.account.equity()
    }

    fn report(self) -> Result<Report, RunError> {
        for position in self.account.positions() {
            if let Some(trade) = position.open_trade() {
                self.observer.trade(trade, trade.profit(position.value())?);
            }
        }
        let closing = Closing {
            open_profit: self.account.open_profit()?,
            fees_paid: self.account.fees_paid(),
            slippage_cost: self.account.slippage_cost(),
            fill_count: self.account.fill_count(),
            order_count: self.order_count,
            rejected_order_count: self.rejections.values().sum(),
            bankrupt: self.bankrupt,
            buy_hold: buy_hold(&self.backtest.feeds[0]),
            start_ms: start_ms(&self.backtest.feeds),
            end_ms: self.end_ms,
        };
        let bars = self.tally.bars() as u64;
        let metrics = self.tally.report(&closing)?;
        Ok(Report { metrics, bars, rejections: self.rejections })
    }
}

/// Whether the order may fill in the bar: it was decided by the time the bar opened.
fn is_due(order: &Order, at: &Execution) -> bool {
    order.instrument == at.instrument && order.decided_ms <= at.time_ms
}

/// Where the first bar of any feed opens.
fn start_ms(feeds: &[Feed<'_>]) -> i64 {
    let first_open = |feed: &Feed<'_>| feed.series.bars.open_time_ms.get(feed.range.start).copied();
    feeds.iter().filter(|feed| !feed.range.is_empty()).filter_map(first_open).min().unwrap_or(0)
}

fn buy_hold(feed: &Feed<'_>) -> Option<(i64, i64)> {
    let bars = &feed.series.bars;
    let last = feed.range.clone().next_back()?;
    Some((bars.open[feed.range.start], bars.close[last]))
}
