//! The bar loop: what happens at each bar, in which order. This is what defines a result.

use std::collections::BTreeMap;

use super::backtest::{Backtest, Report, RunError};
use super::book::Book;
use super::ending::{Ending, LastClose, start_ms};
use super::feed::{Delivery, Feed, Timeline};
use super::ledger::{Ambiguous, Ledger};
use super::meter::Meter;
use super::observer::Observer;
use super::scene::Scene;
use crate::market::Bar;
use crate::metrics::Tally;
use crate::strategy::{Context, Strategy};
use crate::trading::{Account, EndOfRunPolicy, ExitReason, Overflow};

/// Bars between two looks at the stop flag; thousands, so that looking costs nothing.
const BARS_PER_LOOK: u64 = 4_096;

pub(super) struct BarLoop<'b, 'a, O> {
    backtest: &'b Backtest<'a>,
    ledger: Ledger<'b, O>,
    book: Book,
    bankrupt: bool,
    end_ms: i64,
    /// The last executed bar of each instrument.
    last_closes: Vec<LastClose>,
}

impl<'b, 'a, O: Observer> BarLoop<'b, 'a, O> {
    pub(super) fn new(backtest: &'b Backtest<'a>, observer: &'b mut O) -> Self {
        let start_ms = start_ms(&backtest.feeds);
        let instruments = backtest.terms.instruments.len();
        observer.equity(start_ms, backtest.terms.initial_cash);
        Self {
            backtest,
            ledger: Ledger {
                account: Account::new(backtest.terms.clone()),
                tally: Tally::new(backtest.frame.clone()),
                observer,
                rejections: BTreeMap::new(),
                ambiguous: Ambiguous::default(),
            },
            book: Book::new(instruments, backtest.simulation.entry_bar_policy),
            bankrupt: false,
            end_ms: start_ms,
            last_closes: vec![LastClose::default(); instruments],
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
        let Self { backtest, ledger, book, bankrupt, end_ms, .. } = self;
        ledger.report(backtest, Ending { order_count: book.order_count, bankrupt, end_ms })
    }

    /// Fills what waits for this bar, then values the position at its close.
    #[inline]
    fn execute(&mut self, feed: &Feed<'_>, delivery: &Delivery, bar: &Bar) -> Result<(), Overflow> {
        if self.book.has_work(feed.instrument, bar) {
            let scene = Scene::new(feed.instrument, delivery.bar as u64, bar);
            self.book.match_bar(&scene, &mut self.ledger)?;
        }
        self.last_closes[feed.instrument as usize] =
            LastClose { bar: delivery.bar as u64, price: bar.close };
        self.ledger.account.mark(feed.instrument, bar.close)
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
            side: self.ledger.side(feed.instrument),
            orders: &mut self.book.orders,
            order_count: &mut self.book.order_count,
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
        let mut equity = self.ledger.account.equity()?;
        if equity <= 0 {
            self.bankrupt = true;
            equity = self.close_all(ExitReason::Bankruptcy)?;
        } else if is_last {
            equity = self.end_run(equity)?;
        }
        self.ledger.tally.close_bar(bar.open_time_ms, equity, self.ledger.account.is_holding());
        self.ledger.observer.equity(delivery.end_ms, equity);
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
        for (instrument, &last) in (0..).zip(&self.last_closes) {
            self.ledger.leave_at_close(instrument, last, self.end_ms, reason)?;
        }
        self.ledger.account.equity()
    }
}
