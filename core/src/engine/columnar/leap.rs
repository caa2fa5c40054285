//! One trial: the bar loop, leaping over the bars on which it would do nothing.
//!
//! Between two fills the equity is a straight line of the close, so that all bars up to the next
//! that can matter are closed at once. That is the next bar with a signal that leads to an order,
//! the next whose range touches an exit, or the last one.

use std::collections::BTreeMap;
use std::ops::Range;

use super::events::Events;
use super::lines::{Bars, Lines};
use super::mask::TILE_BARS;
use super::signals::{Relevant, SignalMasks};
use crate::engine::backtest::{Backtest, Report};
use crate::engine::ending::Ending;
use crate::engine::ledger::{Ambiguous, Ledger, VolumeShares};
use crate::engine::market_days::market_days;
use crate::engine::protection::Group;
use crate::market::Decimal;
use crate::metrics::{Holding, Tally};
use crate::simd::Kernel;
use crate::strategy::{Action, Direction, Signals};
use crate::trading::{
    Account, EndOfRunPolicy, Entry, EntryBarPolicy, Execution, ExitReason, Exits, FillRule, Level,
    OrderId, Overflow, Side,
};

/// Who looks into a trial by columns: nobody.
type Unseen<'b> = Ledger<'b, ()>;

pub(super) struct Leap<'b, 'a> {
    pub(super) backtest: &'b Backtest<'a>,
    pub(super) bars: Bars<'b>,
    direction: Direction,
    relevant: Relevant,
    /// Bars before this one signal nothing.
    first_signal: usize,
    pub(super) ledger: Unseen<'b>,
    /// What was decided at the close before `next`.
    pending: Option<Pending>,
    /// The exits of the position.
    pub(super) group: Option<Group>,
    /// What holding costs, if anything.
    pub(super) events: Option<Events<'b>>,
    order_count: u64,
    /// Whether the run's terms leave positions besides the rule, or size each entry by itself.
    has_terms: bool,
    /// The first bar that is not closed yet.
    pub(super) next: usize,
    /// Whether that is the last bar before those that count.
    is_warming_up: bool,
    bankrupt: bool,
}

/// An order that fills at the next open.
struct Pending {
    action: Action,
    /// The open that it fills at.
    open: i64,
    /// How far away from the fill the stop shall be, in ticks.
    stop: Option<f64>,
    /// The exits that a study says.
    exits: Option<Box<Exits>>,
}

const LONG: Entry = Entry::market(Side::Long);
const SHORT: Entry = Entry::market(Side::Short);

/// The trial needs the bar loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotByColumns;

impl From<Overflow> for NotByColumns {
    fn from(_: Overflow) -> Self {
        Self
    }
}

/// Closes the bars of a tile.
pub(super) struct Cross<'k, 'b, 'a> {
    pub leap: &'k mut Leap<'b, 'a>,
    pub lines: &'k Lines,
    pub tile: &'k Range<usize>,
    pub signals: SignalMasks<'k>,
}

impl Kernel for Cross<'_, '_, '_> {
    type Output = Result<(), NotByColumns>;

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(self) -> Result<(), NotByColumns> {
        let Self { leap, lines, tile, signals } = self;
        debug_assert!(tile.start.is_multiple_of(TILE_BARS) && tile.contains(&leap.next));
        while leap.next < tile.end && !leap.bankrupt {
            if leap.is_warming_up {
                leap.end_warm_up(tile, signals, lines);
                continue;
            }
            leap.fill()?;
            leap.charge()?;
            leap.call()?;
            let held = leap.ledger.side(0);
            let from = leap.next.max(leap.first_signal) - tile.start;
            let decides = signals.next(leap.relevant.when(held), from).map(|bar| tile.start + bar);
            let end = leap.uncharged(decides.map_or(tile.end, |bar| bar + 1));
            let end = leap.undisturbed(end)?;
            // Asked for early: it is far away in memory, and the bars before it take their time.
            let open = leap.open(end);
            let used_up = leap.close(end)?;
            let last = used_up.unwrap_or(end - 1);
            if decides == Some(last) {
                leap.decide(last, signals.at(last - tile.start), open, lines);
            }
            leap.next = last + 1;
            if used_up.is_some() {
                leap.bankrupt = true;
                leap.leave(ExitReason::Bankruptcy)?;
            } else if leap.is_left_at(end) {
                leap.leave(ExitReason::EndOfRun)?;
            }
        }
        Ok(())
    }
}

impl<'b, 'a> Leap<'b, 'a> {
    pub(super) fn new(
        backtest: &'b Backtest<'a>,
        bars: Bars<'b>,
        direction: Direction,
        lines: &Lines,
    ) -> Self {
        Self {
            backtest,
            bars,
            direction,
            relevant: Relevant::of(direction),
            first_signal: lines.first_signal.max(bars.tape.warm_bars.saturating_sub(1)),
            ledger: Ledger {
                account: Account::new(backtest.terms.clone()),
                tally: Tally::new(backtest.frame.clone()),
                // Nothing is allocated for nobody.
                observer: Box::leak(Box::new(())),
                rejections: BTreeMap::new(),
                ambiguous: Ambiguous::default(),
                last_trades: Vec::new(),
                shares: VolumeShares::new(&backtest.executing),
                seen: Vec::new(),
            },
            pending: None,
            group: None,
            events: Events::of(backtest),
            order_count: 0,
            has_terms: !backtest.layer.is_none() || backtest.layer.sizes(),
            next: bars.tape.warm_bars.saturating_sub(1),
            is_warming_up: bars.tape.warm_bars > 0,
            bankrupt: false,
        }
    }

    /// Whether it has bars to close there.
    pub(super) const fn goes_on_in(&self, tile: &Range<usize>) -> bool {
        !self.bankrupt && self.next < tile.end
    }

    /// What is decided at the end of the warm-up stands; all before was thrown away.
    fn end_warm_up(&mut self, tile: &Range<usize>, signals: SignalMasks<'_>, lines: &Lines) {
        let (bar, place) = (self.next, self.next - tile.start);
        let decides = signals.next(self.relevant.when(None), place);
        if bar >= self.first_signal && decides == Some(place) {
            self.decide(bar, signals.at(place), self.open(bar + 1), lines);
        }
        self.next = bar + 1;
        self.is_warming_up = false;
    }

    /// Fills what was decided, at the open of the next bar, and then the exits that it touches.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    fn fill(&mut self) -> Result<(), Overflow> {
        let pending = self.pending.take();
        let is_fresh = pending.is_some();
        if let Some(pending) = pending {
            self.fill_at_open(pending)?;
        }
        if self.group.is_some() || self.ledger.account.is_margined(0) {
            let waits = self.backtest.simulation.entry_bar_policy == EntryBarPolicy::NextBar;
            if !(is_fresh && waits) {
                self.try_exits()?;
            }
        }
        Ok(())
    }

    /// A reversal is two fills: the close, then the opening in its own size.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    fn fill_at_open(&mut self, pending: Pending) -> Result<(), Overflow> {
        let Pending { action, open, stop, exits } = pending;
        let at = Execution {
            instrument: 0,
            time_ms: self.bars.series.bars.open_time_ms[self.bars.origin + self.next],
            bar: (self.bars.origin + self.next) as u64,
            reference_price: open,
            rule: FillRule::MarketAtOpen,
            is_ambiguous: false,
            is_maker: false,
        };
        self.group = None;
        let (left, entered) = match action {
            Action::Exit => (Some(ExitReason::Signal), None),
            Action::Reverse(side) => (Some(ExitReason::Reversal), Some(side)),
            Action::Enter(side) => (None, Some(side)),
        };
        if let Some(reason) = left {
            self.ledger.exit(Decimal::ONE, reason, &at)?;
        }
        let Some(side) = entered else { return Ok(()) };
        let own = exits.map(|exits| *exits);
        let own = own.or_else(|| Some(Exits::stop(Level::Away(stop?))));
        if own.is_some() || self.has_terms {
            return self.enter_with_exits(side, own.unwrap_or(Exits::NONE), &at);
        }
        let entry = if side == Side::Long { &LONG } else { &SHORT };
        self.ledger.enter(entry, &at).map(drop)
    }

    /// Enters with the exits of the rule, and with those of the terms of the run in place of their
    /// kind.
    fn enter_with_exits(&mut self, side: Side, own: Exits, at: &Execution) -> Result<(), Overflow> {
        // The bar before has decided.
        let decided_ms = self.end_ms(self.next - 1);
        let (laid, size) = match self.backtest.layer.given(0, decided_ms, &self.backtest.feeds) {
            Ok(given) => given,
            Err(rejection) => {
                self.ledger.refuse(rejection, 0);
                return Ok(());
            }
        };
        let exits = laid.over(&own);
        let entry = Entry { size, exits, ..Entry::market(side) };
        if let Some(price) = self.ledger.enter(&entry, at)? {
            let bracket = exits.placed(side, price);
            let through = self.backtest.simulation.limit_through_ticks.into();
            let group = Group::new(OrderId(0), side, price, bracket, &laid.moving, through);
            self.group = (!group.is_spent()).then_some(group);
        }
        Ok(())
    }

    /// The open of a bar; 0 beyond the last one, where nothing fills.
    #[inline]
    fn open(&self, bar: usize) -> i64 {
        let is_there = bar < self.bars.tape.len();
        if is_there { self.bars.series.bars.open[self.bars.origin + bar] } else { 0 }
    }

    /// Whether the run ends with the bar before `end`, and its policy is to hold nothing then.
    fn is_left_at(&self, end: usize) -> bool {
        let policy = self.backtest.simulation.end_of_run_policy;
        end == self.bars.tape.len()
            && policy == EndOfRunPolicy::CloseAtLastClose
            && self.ledger.account.is_holding()
    }

    /// Closes the bars up to `end`, but for a last one at which the position is left. Answers the
    /// bar at whose close the equity is used up, which is not closed either.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    fn close(&mut self, end: usize) -> Result<Option<usize>, NotByColumns> {
        let (marks, holding) = (&self.bars.tape.marks, self.holding());
        if !marks.is_exact(holding) {
            return Err(NotByColumns);
        }
        // Marks count from the first bar that counts.
        let warm = self.bars.tape.warm_bars;
        let next = self.next - warm;
        if !self.is_left_at(end) {
            let used_up = self.ledger.tally.close_bars(marks, next..end - warm, holding);
            return Ok(used_up.map(|bar| warm + bar));
        }
        let used_up = self.ledger.tally.close_bars(marks, next..end - 1 - warm, holding);
        let used_up = used_up.map(|bar| warm + bar);
        Ok(used_up.or_else(|| (holding.equity(self.price(end - 1)) <= 0).then_some(end - 1)))
    }

    /// Gives the rule's orders, as its strategy would.
    #[inline]
    fn decide(&mut self, bar: usize, mut signals: Signals, open: i64, lines: &Lines) {
        // Without its exits there is no entry.
        if let Some(exits) = &lines.exits {
            signals.enter_long &= exits(Side::Long, bar).is_some();
            signals.enter_short &= exits(Side::Short, bar).is_some();
        }
        let action = self.direction.action(signals, self.ledger.side(0));
        self.order_count += match action {
            None => 0,
            Some(Action::Enter(_) | Action::Exit) => 1,
            Some(Action::Reverse(_)) => 2,
        };
        let exits = |action| match action {
            Action::Enter(side) | Action::Reverse(side) => lines.exits.as_ref()?(side, bar),
            Action::Exit => None,
        };
        self.pending = action.map(|action| Pending {
            action,
            open,
            stop: lines.stop_at(bar),
            exits: exits(action).filter(|exits| !exits.is_empty()).map(Box::new),
        });
    }

    /// Leaves the position at the close of the last bar, which is closed only now.
    fn leave(&mut self, reason: ExitReason) -> Result<(), Overflow> {
        let bar = self.next - 1;
        self.ledger.account.mark(0, self.price(bar))?;
        let index = (self.bars.origin + bar) as u64;
        self.ledger.leave_as_valued(0, index, self.end_ms(bar), reason)?;
        let (marks, warm) = (&self.bars.tape.marks, self.bars.tape.warm_bars);
        self.ledger.tally.close_flat(marks, bar - warm, self.ledger.account.equity()?);
        Ok(())
    }

    /// The report; the trial is over.
    pub(super) fn report(mut self) -> Option<Report> {
        let last = self.next.checked_sub(1)?;
        self.ledger.account.mark(0, self.price(last)).ok()?;
        let end_ms = self.end_ms(last);
        let open_time_ms = self.bars.series.bars.open_time_ms[self.bars.origin + last];
        self.ledger.tally.end_at(open_time_ms, end_ms);
        let Self { backtest, order_count, bankrupt, .. } = self;
        let ending = Ending { order_count, bankrupt, end_ms };
        self.ledger.tally.finish_days();
        let tally = &self.ledger.tally;
        let market = || market_days(&backtest.feeds, &tally.days_ms());
        if bankrupt {
            // Its last day is cut short.
            let market = market();
            return self.ledger.report(backtest, ending, &market).ok();
        }
        let market = backtest.market.get_or_init(market);
        self.ledger.report(backtest, ending, market).ok()
    }

    fn holding(&self) -> Holding {
        let account = &self.ledger.account;
        let tick_value = self.backtest.terms.instruments[0].tick_value;
        let value_per_tick = account.positions()[0].quantity() * tick_value;
        Holding { cash: account.cash(), value_per_tick }
    }

    pub(super) fn price(&self, bar: usize) -> i64 {
        self.bars.series.bars.close[self.bars.origin + bar]
    }

    pub(super) fn end_ms(&self, bar: usize) -> i64 {
        self.backtest.feeds[0].end_ms(self.bars.origin + bar)
    }
}
