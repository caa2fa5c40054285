//! The bar loop: what happens at each moment, in which order. This is what defines a result.
//!
//! A moment is a time at which bars end or open. In it: the inside of the bars that end fills what
//! it fills; they are valued at their closes; the strategy decides; the equity counts; and the
//! bars that open fill at their opens. With one feed the open of a bar and its inside follow each
//! other at once.

use std::collections::BTreeMap;

use super::backtest::{Backtest, Report, RunError};
use super::book::Book;
use super::ending::{Ending, LastClose, start_ms};
use super::feed::Feed;
use super::ledger::{Ambiguous, Ledger, VolumeShares};
use super::market_days::market_days;
use super::meter::Meter;
use super::observer::Observer;
use super::timeline::{FeedBar, Moment, Timeline};
use crate::market::Bar;
use crate::metrics::Tally;
use crate::strategy::{Context, Strategy};
use crate::trading::{Account, EndOfRunPolicy, ExitReason, Overflow, Standing};

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
    bars_since_look: u64,
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
                shares: VolumeShares::new(&backtest.executing),
            },
            book: Book::new(instruments, backtest.simulation.entry_bar_policy),
            bankrupt: false,
            end_ms: start_ms,
            last_closes: vec![LastClose::default(); instruments],
            bars_since_look: 0,
        }
    }

    pub(super) fn run(
        mut self,
        strategy: &mut dyn Strategy,
        meter: &Meter,
    ) -> Result<Report, RunError> {
        match self.backtest.feeds.as_slice() {
            [feed] => self.go_through(feed, strategy, meter)?,
            _ => self.go_through_moments(strategy, meter)?,
        }
        meter.add_bars(self.bars_since_look);
        // A strategy may have ended early because of the flag; half a run is no result.
        if meter.is_stopping() {
            return Err(RunError::Stopped);
        }
        let Self { backtest, mut ledger, book, bankrupt, end_ms, .. } = self;
        ledger.tally.finish_days();
        let ending = Ending { order_count: book.order_count, bankrupt, end_ms };
        let market = market_days(&backtest.feeds, &ledger.tally.days_ms());
        if backtest.keeps_days && !bankrupt {
            let market = backtest.market.get_or_init(|| market);
            return ledger.report(backtest, ending, market);
        }
        ledger.report(backtest, ending, &market)
    }

    /// The bars of the only feed: each is a moment of its own.
    fn go_through(
        &mut self,
        feed: &Feed<'_>,
        strategy: &mut dyn Strategy,
        meter: &Meter,
    ) -> Result<(), RunError> {
        let listens = strategy.listens_to(0);
        for index in feed.range.clone() {
            let bar = feed.series.bars.bar(index);
            if self.book.queues[0].has_work(&bar) {
                self.book.match_bar(0, index as u64, &bar, &mut self.ledger)?;
            }
            self.mark(0, index, &bar)?;
            let end_ms = feed.end_ms(index);
            if listens {
                self.decide(strategy, 0, 0, end_ms, &bar, meter);
            }
            self.close_moment(end_ms, &bar, index + 1 == feed.range.end)?;
            if self.is_to_end(1, meter)? {
                break;
            }
        }
        Ok(())
    }

    fn go_through_moments(
        &mut self,
        strategy: &mut dyn Strategy,
        meter: &Meter,
    ) -> Result<(), RunError> {
        let feeds = &self.backtest.feeds;
        let listens: Vec<bool> = (0..feeds.len()).map(|feed| strategy.listens_to(feed)).collect();
        let (mut timeline, mut moment) = (Timeline::new(feeds), Moment::default());
        while timeline.next(&mut moment) {
            if let Some(&shortest) = moment.ended.first() {
                self.fill_inside(&moment.ended)?;
                for &ended in moment.ended.iter().filter(|ended| listens[ended.feed]) {
                    let (feed, bar) = self.bar(ended);
                    let instrument = feed.instrument;
                    self.decide(strategy, ended.feed, instrument, moment.time_ms, &bar, meter);
                }
                let (_, bar) = self.bar(shortest);
                self.close_moment(moment.time_ms, &bar, timeline.is_over())?;
                if self.is_to_end(moment.ended.len() as u64, meter)? {
                    break;
                }
            }
            self.fill_at_opens(&moment.opening)?;
        }
        Ok(())
    }

    fn bar(&self, FeedBar { feed, bar }: FeedBar) -> (&'b Feed<'a>, Bar) {
        let feed = &self.backtest.feeds[feed];
        (feed, feed.series.bars.bar(bar))
    }

    /// Fills what waits inside the executing bars that end now, those that opened earlier first,
    /// then values the positions at the closes.
    fn fill_inside(&mut self, ended: &[FeedBar]) -> Result<(), Overflow> {
        let feeds = &self.backtest.feeds;
        let executed = ended.iter().copied().filter(|ended| feeds[ended.feed].executes);
        // Of bars that end together the longer has opened earlier; it stands behind the shorter.
        let opened_ms = |ended: &FeedBar| feeds[ended.feed].series.bars.open_time_ms[ended.bar];
        let mut passed = i64::MIN;
        while let Some(next) =
            executed.clone().map(|e| opened_ms(&e)).filter(|&ms| ms > passed).min()
        {
            for bar in executed.clone().filter(|ended| opened_ms(ended) == next) {
                let (feed, ended) = self.bar(bar);
                self.book.end(feed.instrument, bar.bar as u64, &ended);
            }
            self.book.pass(&mut self.ledger)?;
            passed = next;
        }
        for ended in executed {
            let (feed, bar) = self.bar(ended);
            self.mark(feed.instrument, ended.bar, &bar)?;
        }
        Ok(())
    }

    /// Fills what the bars that open now fill at their opens. What is held is valued there first,
    /// so that every size is found at one equity; no point of the curve stands for it.
    fn fill_at_opens(&mut self, opening: &[FeedBar]) -> Result<(), Overflow> {
        for &opened in opening {
            let (feed, bar) = self.bar(opened);
            self.ledger.account.mark(feed.instrument, bar.open)?;
            self.book.open(feed.instrument, opened.bar as u64, &bar);
        }
        self.book.pass(&mut self.ledger)
    }

    #[inline]
    fn mark(&mut self, instrument: u32, index: usize, bar: &Bar) -> Result<(), Overflow> {
        self.last_closes[instrument as usize] = LastClose { bar: index as u64, price: bar.close };
        self.ledger.account.mark(instrument, bar.close)
    }

    #[inline]
    fn decide(
        &mut self,
        strategy: &mut dyn Strategy,
        subscription: usize,
        instrument: u32,
        now_ms: i64,
        bar: &Bar,
        meter: &Meter,
    ) {
        let mut context = Context {
            subscription,
            instrument,
            now_ms,
            side: self.ledger.side(instrument),
            orders: &mut self.book.queues[instrument as usize].orders,
            order_count: &mut self.book.order_count,
            stop: meter.stop_flag(),
        };
        strategy.on_bar(bar, &mut context);
    }

    /// All that ends now has been delivered: the equity of this moment counts. `bar` is the
    /// shortest of the bars that end, whose day is the day of the moment.
    #[inline]
    fn close_moment(&mut self, end_ms: i64, bar: &Bar, is_last: bool) -> Result<(), Overflow> {
        self.end_ms = end_ms;
        let mut standing = self.ledger.account.standing()?;
        if standing.equity <= 0 {
            self.bankrupt = true;
            standing = self.close_all(ExitReason::Bankruptcy)?;
        } else if is_last {
            standing = self.end_run(standing)?;
        }
        self.ledger.tally.close_bar(bar.open_time_ms, end_ms, &standing);
        self.ledger.observer.equity(end_ms, standing.equity);
        Ok(())
    }

    /// Whether the run is over; now and then somebody is told how far it is.
    #[inline]
    fn is_to_end(&mut self, bars: u64, meter: &Meter) -> Result<bool, RunError> {
        self.bars_since_look += bars;
        if self.bars_since_look >= BARS_PER_LOOK || self.bankrupt {
            meter.add_bars(std::mem::take(&mut self.bars_since_look));
            if meter.is_stopping() {
                return Err(RunError::Stopped);
            }
        }
        Ok(self.bankrupt)
    }

    fn end_run(&mut self, standing: Standing) -> Result<Standing, Overflow> {
        match self.backtest.simulation.end_of_run_policy {
            EndOfRunPolicy::MarkOpen => Ok(standing),
            EndOfRunPolicy::CloseAtLastClose => self.close_all(ExitReason::EndOfRun),
        }
    }

    /// Closes every position at its last close, stamped with now, and tells what is left.
    fn close_all(&mut self, reason: ExitReason) -> Result<Standing, Overflow> {
        for (instrument, &last) in (0..).zip(&self.last_closes) {
            self.ledger.leave_at_close(instrument, last, self.end_ms, reason)?;
        }
        self.ledger.account.standing()
    }
}
