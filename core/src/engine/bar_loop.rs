//! The bar loop: what happens at each moment, in which order. This is what defines a result.
//!
//! A moment is a time at which bars end or open. In it: the inside of the bars that end fills what
//! it fills; they are valued at their closes; the strategy decides; the equity counts; and the
//! bars that open fill at their opens. With one feed the open of a bar and its inside follow each
//! other at once.

use std::collections::BTreeMap;

use super::backtest::{Backtest, Report, RunError};
use super::book::Book;
use super::charges::Due;
use super::ending::{Ending, LastBar, start_ms};
use super::excursions::Seen;
use super::feed::Feed;
use super::ledger::{Ambiguous, Ledger, VolumeShares};
use super::meter::Meter;
use super::observer::Observer;
use super::timeline::{FeedBar, Moment, Timeline};
use super::warm_up::last_warm_end_ms;
use crate::market::Bar;
use crate::metrics::Tally;
use crate::strategy::{AuxFeed, Context, Cursors, Reached, Strategy};
use crate::trading::{Account, EndOfRunPolicy, ExitReason, Overflow, Standing};

/// Bars between two looks at the stop flag; thousands, so that looking costs nothing.
pub(super) const BARS_PER_LOOK: u64 = 4_096;

pub(super) struct BarLoop<'b, 'a, O> {
    pub(super) backtest: &'b Backtest<'a>,
    pub(super) ledger: Ledger<'b, O>,
    pub(super) book: Book,
    /// How far it has come among what holding costs.
    due: Due,
    pub(super) bankrupt: bool,
    end_ms: i64,
    /// How far the executing bars of each instrument have come.
    pub(super) last_bars: Vec<LastBar>,
    bars_since_look: u64,
    /// When the shortest of the bars opened that end now.
    pub(super) opened_ms: i64,
    /// What the strategy may read of the bars.
    pub(super) cursors: Cursors<'a>,
    /// Bars of the warm-up, which nobody is told of.
    pub(super) warm_bars: u64,
    /// Whether orders are thrown away.
    pub(super) is_warming_up: bool,
}

/// Where the strategy stands at the end of a bar, whichever bar it is.
#[derive(Clone, Copy)]
pub(super) struct Stand<'b> {
    feed: usize,
    instrument: u32,
    entries_max: u32,
    aux: &'b [AuxFeed],
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
                tally: Tally::new(backtest.frame.clone())
                    .cut_at(&backtest.borders, backtest.knows_falls),
                observer,
                rejections: BTreeMap::new(),
                ambiguous: Ambiguous::default(),
                last_trades: vec![None; instruments],
                reached: vec![Reached::NOTHING; instruments],
                keeps_extremes: false,
                shares: VolumeShares::new(&backtest.executing),
                seen: if O::EXCURSIONS { vec![Seen::NOTHING; instruments] } else { Vec::new() },
            },
            book: Book::new(&backtest.terms.instruments),
            due: backtest.charges.due_from(start_ms),
            bankrupt: false,
            end_ms: start_ms,
            last_bars: vec![LastBar::default(); instruments],
            bars_since_look: 0,
            opened_ms: i64::MIN,
            cursors: Cursors::default(),
            warm_bars: 0,
            is_warming_up: false,
        }
    }

    /// Goes over all bars, or to where the run is to stop.
    pub(super) fn go(
        &mut self,
        strategy: &mut dyn Strategy,
        meter: &Meter,
    ) -> Result<(), RunError> {
        for (subscription, feed) in self.backtest.feeds.iter().enumerate() {
            let lookback = strategy.lookback(subscription);
            self.cursors.add(feed.series, feed.instrument, feed.range.start, lookback);
        }
        self.ledger.keeps_extremes = strategy.reads_extremes();
        match self.backtest.feeds.as_slice() {
            [feed] => {
                let cut = self.backtest.until_ms.map(|until_ms| feed.through(until_ms));
                let feed = cut.as_ref().unwrap_or(feed);
                match (self.is_plain(), self.backtest.charges.is_none()) {
                    (true, true) => self.go_alone::<true, false>(feed, strategy, meter)?,
                    (true, false) => self.go_alone::<true, true>(feed, strategy, meter)?,
                    (false, _) => self.go_alone::<false, true>(feed, strategy, meter)?,
                }
            }
            _ => self.go_through_moments(strategy, meter)?,
        }
        meter.add_bars(self.bars_since_look);
        // A strategy may have ended early because of the flag; half a run is no result.
        if meter.is_stopping() { Err(RunError::Stopped) } else { Ok(()) }
    }

    pub(super) fn run(
        mut self,
        strategy: &mut dyn Strategy,
        meter: &Meter,
    ) -> Result<Report, RunError> {
        self.go(strategy, meter)?;
        let Self { backtest, mut ledger, book, bankrupt, end_ms, .. } = self;
        ledger.tally.finish_days();
        let ending = Ending { order_count: book.orders.submitted(), bankrupt, end_ms };
        let market = backtest.market_days(&ledger.tally.days_ms());
        if backtest.keeps_days && !bankrupt {
            let market = backtest.market.get_or_init(|| market);
            return ledger.report(backtest, ending, market);
        }
        ledger.report(backtest, ending, &market)
    }

    fn go_through_moments(
        &mut self,
        strategy: &mut dyn Strategy,
        meter: &Meter,
    ) -> Result<(), RunError> {
        let feeds = &self.backtest.feeds;
        let listens: Vec<bool> = (0..feeds.len()).map(|feed| strategy.listens_to(feed)).collect();
        let acts = !self.backtest.layer.is_none();
        let (mut timeline, mut moment) = (Timeline::new(feeds), Moment::default());
        let warm_ms = last_warm_end_ms(feeds);
        let until_ms = self.backtest.until_ms;
        while timeline.next(&mut moment) {
            if warm_ms.is_some_and(|warm_ms| moment.time_ms <= warm_ms) {
                self.is_warming_up = warm_ms != Some(moment.time_ms);
                self.warm_up(&moment, &listens, strategy, meter)?;
            } else if let Some(&shortest) = moment.ended.first() {
                self.fill_inside(&moment.ended, moment.time_ms)?;
                for &FeedBar { feed, bar } in &moment.ended {
                    self.cursors.advance(feed, bar, moment.time_ms);
                }
                if acts {
                    self.end_series(moment.time_ms)?;
                }
                self.charge(moment.time_ms)?;
                self.call(moment.time_ms)?;
                if acts {
                    self.end_by_terms(&moment.ended);
                }
                let standing = self.ledger.account.standing()?;
                self.opened_ms = self.bar(shortest).1.open_time_ms;
                for &ended in moment.ended.iter().filter(|ended| listens[ended.feed]) {
                    let (_, bar) = self.bar(ended);
                    let mut context = self.context(self.stand(ended.feed), moment.time_ms, meter);
                    strategy.on_bar(&bar, &mut context);
                }
                strategy.on_moment(&mut self.context(
                    self.stand(shortest.feed),
                    moment.time_ms,
                    meter,
                ));
                if acts {
                    self.refuse_entries(moment.time_ms);
                }
                let (_, bar) = self.bar(shortest);
                self.close_moment(moment.time_ms, &bar, standing, timeline.is_over())?;
                let counts = |ended: &&FeedBar| ended.bar >= feeds[ended.feed].first;
                let bars = moment.ended.iter().filter(counts).count();
                if self.is_to_end(bars as u64, meter)? {
                    break;
                }
            }
            // Nothing is decided where bars only open.
            let is_decided = !moment.ended.is_empty();
            if is_decided && until_ms.is_some_and(|until_ms| moment.time_ms >= until_ms) {
                break;
            }
            if acts {
                self.leave_after_clock(&moment.opening);
            }
            self.fill_at_opens(&moment.opening)?;
        }
        Ok(())
    }

    pub(super) fn bar(&self, FeedBar { feed, bar }: FeedBar) -> (&'b Feed<'a>, Bar) {
        let feed = &self.backtest.feeds[feed];
        (feed, feed.series.bars.bar(bar))
    }

    /// Fills what waits inside the executing bars that end now, those that opened earlier first,
    /// then values the positions at the closes.
    fn fill_inside(&mut self, ended: &[FeedBar], now_ms: i64) -> Result<(), Overflow> {
        let feeds = &self.backtest.feeds;
        let executed = ended.iter().copied().filter(|ended| feeds[ended.feed].executes);
        // Of bars that end together the longer has opened earlier; it stands behind the shorter.
        let opened_ms = |ended: &FeedBar| feeds[ended.feed].series.bars.open_time_ms[ended.bar];
        let mut passed = i64::MIN;
        while let Some(next) =
            executed.clone().map(|e| opened_ms(&e)).filter(|&ms| ms > passed).min()
        {
            let counts = |ended: &FeedBar| ended.bar >= feeds[ended.feed].first;
            let opened = |ended: &FeedBar| opened_ms(ended) == next && counts(ended);
            for bar in executed.clone().filter(opened) {
                let (feed, ended) = self.bar(bar);
                let is_margined = self.ledger.account.is_margined(feed.instrument);
                self.book.end(feed.instrument, bar.bar as u64, &ended, is_margined);
            }
            self.book.pass(self.backtest, &mut self.ledger)?;
            passed = next;
        }
        if !self.backtest.layer.is_none() {
            self.leave_by_clock(ended, now_ms)?;
        }
        for ended in executed {
            let (feed, bar) = self.bar(ended);
            self.ledger.held_through(feed.instrument, ended.bar as u64, &bar);
            self.mark(feed.instrument, ended.bar, &bar, now_ms)?;
        }
        Ok(())
    }

    /// Fills what the bars that open now fill at their opens. What is held is valued there first,
    /// so that every size is found at one equity; no point of the curve stands for it.
    fn fill_at_opens(&mut self, opening: &[FeedBar]) -> Result<(), Overflow> {
        let feeds = &self.backtest.feeds;
        for &opened in opening.iter().filter(|opened| opened.bar >= feeds[opened.feed].first) {
            let (feed, bar) = self.bar(opened);
            self.ledger.account.mark(feed.instrument, bar.open)?;
            self.last_bars[feed.instrument as usize].bar = opened.bar as u64;
            self.ledger.saw(feed.instrument, bar.open);
            let is_margined = self.ledger.account.is_margined(feed.instrument);
            self.book.open(feed.instrument, opened.bar as u64, &bar, is_margined);
        }
        self.book.pass(self.backtest, &mut self.ledger)
    }

    #[inline]
    pub(super) fn mark(
        &mut self,
        instrument: u32,
        index: usize,
        bar: &Bar,
        end_ms: i64,
    ) -> Result<(), Overflow> {
        self.last_bars[instrument as usize] = LastBar { bar: index as u64, end_ms };
        self.ledger.saw_bar(instrument, index as u64, bar);
        self.ledger.account.mark(instrument, bar.close)
    }

    /// Charges what is due for holding, before the equity counts.
    #[inline]
    pub(super) fn charge(&mut self, now_ms: i64) -> Result<(), Overflow> {
        if self.due.is_later(now_ms) {
            return Ok(());
        }
        self.ledger.charge_due(&self.backtest.charges, &mut self.due, now_ms)
    }

    /// What stays the same of what the strategy sees at the ends of a feed's bars.
    #[inline]
    pub(super) fn stand(&self, feed: usize) -> Stand<'b> {
        Stand {
            feed,
            instrument: self.backtest.feeds[feed].instrument,
            entries_max: self.backtest.simulation.limits.max_entries,
            aux: &self.backtest.aux,
        }
    }

    /// What the strategy sees at a bar's end, and where it gives its orders.
    #[expect(clippy::inline_always, reason = "most of what a bar costs is passing it on")]
    #[inline(always)]
    pub(super) fn context<'c>(
        &'c mut self,
        Stand { feed, instrument, entries_max, aux }: Stand<'c>,
        now_ms: i64,
        meter: &'c Meter,
    ) -> Context<'c> {
        Context {
            subscription: feed,
            instrument,
            now_ms,
            side: self.ledger.side(instrument),
            own: None,
            is_warming_up: self.is_warming_up,
            entries_max,
            bars: &self.cursors,
            aux,
            account: &self.ledger.account,
            day_start_equity: self.ledger.tally.day_start_equity(self.opened_ms),
            last_trades: &self.ledger.last_trades,
            reached: &self.ledger.reached,
            orders: &mut self.book.orders,
            stop: meter.stop_flag(),
        }
    }

    /// All that ends now has been delivered: the equity of this moment counts. `bar` is the
    /// shortest of the bars that end, whose day is the day of the moment.
    #[expect(clippy::inline_always, reason = "most of what a bar costs is passing it on")]
    #[inline(always)]
    pub(super) fn close_moment(
        &mut self,
        end_ms: i64,
        bar: &Bar,
        mut standing: Standing,
        is_last: bool,
    ) -> Result<(), Overflow> {
        self.end_ms = end_ms;
        if standing.equity <= 0 {
            self.bankrupt = true;
            standing = self.close_all(ExitReason::Bankruptcy)?;
        } else if is_last {
            standing = self.end_run(standing)?;
        }
        self.ledger.tally.close_bar(bar.open_time_ms, end_ms, &standing);
        self.ledger.observer.equity(end_ms, standing.equity);
        if O::HOLDINGS {
            self.ledger.observer.holdings(end_ms, &self.ledger.account);
        }
        Ok(())
    }

    /// Whether the run is over; now and then somebody is told how far it is.
    #[expect(clippy::inline_always, reason = "most of what a bar costs is passing it on")]
    #[inline(always)]
    pub(super) fn is_to_end(&mut self, bars: u64, meter: &Meter) -> Result<bool, RunError> {
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
            // Where it only stops, nothing has ended.
            _ if self.backtest.until_ms.is_some() => Ok(standing),
            EndOfRunPolicy::MarkOpen => Ok(standing),
            EndOfRunPolicy::CloseAtLastClose => self.close_all(ExitReason::EndOfRun),
        }
    }

    /// Closes every position as it is valued, stamped with now, and tells what is left.
    fn close_all(&mut self, reason: ExitReason) -> Result<Standing, Overflow> {
        for (instrument, last) in (0..).zip(&self.last_bars) {
            self.ledger.leave_as_valued(instrument, last.bar, self.end_ms, reason)?;
        }
        self.ledger.account.standing()
    }
}
