//! One trial: the bar loop, leaping over the bars on which it would do nothing.
//!
//! Between two fills the equity is a straight line of the close, so that all bars up to the next
//! that can matter are closed at once. That is the next bar with a signal that leads to an order,
//! the next whose range touches an exit, or the last one.

use std::collections::BTreeMap;
use std::ops::Range;

use super::lines::{Bars, Lines};
use super::mask::TILE_BARS;
use super::signals::{Relevant, SignalMasks};
use super::walk::{Undisturbed, Walk};
use crate::engine::backtest::Backtest;
use crate::engine::ledger::{Ambiguous, Ledger, VolumeShares};
use crate::engine::protection::Group;
use crate::market::Decimal;
use crate::metrics::{Holding, Tally};
use crate::simd::Kernel;
use crate::strategy::{Action, Direction, Signals};
use crate::trading::{
    Account, Entry, EntryBarPolicy, Execution, ExitReason, Exits, FillRule, Overflow, Side,
};

/// Who looks into a trial by columns: nobody.
type Unseen<'b> = Ledger<'b, ()>;

pub(super) struct Leap<'b, 'a> {
    pub(super) backtest: &'b Backtest<'a>,
    pub(super) bars: Bars<'b>,
    pub(super) direction: Direction,
    relevant: Relevant,
    /// Bars before this one signal nothing.
    first_signal: usize,
    pub(super) ledger: Unseen<'b>,
    /// What was decided at the close before `next`.
    pub(super) pending: Option<Pending>,
    /// The exits that a study says for it.
    pub(super) said: Option<Box<Exits>>,
    /// What a trial that asks the account remembers.
    pub(super) walk: Option<Box<Walk>>,
    /// The exits of the position.
    pub(super) group: Option<Group>,
    pub(super) order_count: u64,
    /// Whether the run's terms leave positions besides the rule, or size each entry by itself.
    pub(super) has_terms: bool,
    /// Whether nothing but signals leaves a position.
    is_plain: bool,
    /// The first bar that is not closed yet.
    pub(super) next: usize,
    pub(super) bankrupt: bool,
}

/// An order that fills at the next open.
#[derive(Clone, Copy)]
pub(super) struct Pending {
    pub action: Action,
    /// Whether only a part of the position is left: the walk knows which.
    pub is_part: bool,
    /// The open that it fills at.
    pub open: i64,
    /// How far away from the fill the stop shall be, in ticks.
    pub stop: Option<f64>,
}

pub(super) const LONG: Entry = Entry::market(Side::Long);
pub(super) const SHORT: Entry = Entry::market(Side::Short);

/// The trial needs the bar loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotByColumns;

impl From<Overflow> for NotByColumns {
    fn from(_: Overflow) -> Self {
        Self
    }
}

/// How many orders are given for that.
pub(super) const fn orders_of(action: Option<Action>) -> u64 {
    match action {
        None => 0,
        Some(Action::Enter(_) | Action::Exit) => 1,
        Some(Action::Reverse(_)) => 2,
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
        // The last bar before those that count.
        if leap.next < leap.bars.tape.warm_bars {
            leap.end_warm_up(tile, signals, lines);
        }
        if leap.is_plain {
            leap.cross::<true>(lines, tile, signals)
        } else {
            leap.cross::<false>(lines, tile, signals)
        }
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
                tally: Tally::new(backtest.frame.clone())
                    .cut_at(&backtest.borders, backtest.knows_falls),
                // Nothing is allocated for nobody.
                observer: Box::leak(Box::new(())),
                rejections: BTreeMap::new(),
                ambiguous: Ambiguous::default(),
                last_trades: vec![None; usize::from(lines.told.is_some())],
                reached: Vec::new(),
                keeps_extremes: false,
                shares: VolumeShares::new(&backtest.executing),
                seen: Vec::new(),
            },
            pending: None,
            said: None,
            walk: Walk::of(lines),
            group: None,
            order_count: 0,
            has_terms: backtest.layer.gives(),
            is_plain: lines.is_by_signals_alone() && !backtest.layer.gives(),
            next: bars.tape.warm_bars.saturating_sub(1),
            bankrupt: false,
        }
    }

    /// Whether it has bars to close there.
    pub(super) const fn goes_on_in(&self, tile: &Range<usize>) -> bool {
        !self.bankrupt && self.next < tile.end
    }

    /// `PLAIN` says that nothing but signals leaves a position: then nothing else is looked for.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    fn cross<const PLAIN: bool>(
        &mut self,
        lines: &Lines,
        tile: &Range<usize>,
        signals: SignalMasks<'_>,
    ) -> Result<(), NotByColumns> {
        while self.next < tile.end && !self.bankrupt {
            self.fill::<PLAIN>()?;
            let way = self.way::<PLAIN>(tile, signals);
            // Asked for early: it is far away in memory, and the bars before it take their time.
            let open = self.open(way.end);
            let used_up = self.close(way.end)?;
            let last = used_up.unwrap_or(way.end - 1);
            if !PLAIN {
                way.come_to(last)?;
            }
            if way.decides == Some(last) {
                let signals = signals.at(last - tile.start);
                if PLAIN {
                    self.decide(signals, open);
                } else {
                    self.decide_watched(last, signals, open, lines);
                }
            }
            self.next = last + 1;
            if used_up.is_some() {
                self.bankrupt = true;
                self.leave(ExitReason::Bankruptcy)?;
            } else if self.is_left_at(way.end) {
                self.leave(ExitReason::EndOfRun)?;
            }
        }
        Ok(())
    }

    /// What is decided at the end of the warm-up stands; all before was thrown away.
    fn end_warm_up(&mut self, tile: &Range<usize>, signals: SignalMasks<'_>, lines: &Lines) {
        let (bar, place) = (self.next, self.next - tile.start);
        let decides = signals.next(self.relevant.when(None), place);
        if bar >= self.first_signal && decides == Some(place) {
            self.decide_watched(bar, signals.at(place), self.open(bar + 1), lines);
        }
        self.next = bar + 1;
    }

    /// The bars up to the next that can matter.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    fn way<const PLAIN: bool>(
        &mut self,
        tile: &Range<usize>,
        signals: SignalMasks<'_>,
    ) -> Undisturbed {
        let held = self.ledger.side(0);
        if !PLAIN
            && let Some(side) = held
            && let Some(way) = self.walk(side, tile.end, signals)
        {
            return way;
        }
        let from = self.next.max(self.first_signal) - tile.start;
        let decides = signals.next(self.relevant.when(held), from).map(|bar| tile.start + bar);
        let end = decides.map_or(tile.end, |bar| bar + 1);
        let end = if PLAIN { end } else { self.undisturbed(end) };
        Undisturbed { end, decides, moves: 0 }
    }

    /// Fills what was decided, at the open of the next bar, and then the exits that it touches.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    fn fill<const PLAIN: bool>(&mut self) -> Result<(), Overflow> {
        let pending = self.pending.take();
        if let Some(pending) = pending {
            self.fill_at_open::<PLAIN>(pending)?;
        }
        if PLAIN {
            return Ok(());
        }
        let is_fresh = pending.is_some_and(|pending| !pending.is_part);
        if self.group.is_some() {
            let waits = self.backtest.simulation.entry_bar_policy == EntryBarPolicy::NextBar;
            if !(is_fresh && waits) {
                self.try_exits()?;
            }
        }
        self.look_for_exit();
        Ok(())
    }

    /// A reversal is two fills: the close, then the opening in its own size.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    fn fill_at_open<const PLAIN: bool>(&mut self, pending: Pending) -> Result<(), Overflow> {
        let Pending { action, is_part, open, stop } = pending;
        let times = &self.bars.series.bars.open_time_ms[self.bars.origin..];
        let at = Execution {
            instrument: 0,
            time_ms: self.bars.tape.times.open_ms(self.next, times),
            bar: (self.bars.origin + self.next) as u64,
            reference_price: open,
            rule: FillRule::MarketAtOpen,
            is_ambiguous: false,
            is_maker: false,
        };
        if !PLAIN {
            if is_part {
                return self.leave_part(&at);
            }
            self.group = None;
        }
        let (left, entered) = match action {
            Action::Exit => (Some(ExitReason::Signal), None),
            Action::Reverse(side) => (Some(ExitReason::Reversal), Some(side)),
            Action::Enter(side) => (None, Some(side)),
        };
        if let Some(reason) = left {
            self.ledger.exit(Decimal::ONE, reason, &at)?;
        }
        let Some(side) = entered else { return Ok(()) };
        if PLAIN {
            let entry = if side == Side::Long { &LONG } else { &SHORT };
            return self.ledger.enter(entry, &at).map(drop);
        }
        self.watch(side, stop, &at)
    }

    /// The open of a bar; 0 beyond the last one, where nothing fills.
    #[inline]
    fn open(&self, bar: usize) -> i64 {
        let is_there = bar < self.bars.tape.len();
        if is_there { self.bars.series.bars.open[self.bars.origin + bar] } else { 0 }
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
    fn decide(&mut self, signals: Signals, open: i64) {
        let action = self.direction.action(signals, self.ledger.side(0));
        self.order_count += orders_of(action);
        self.pending = action.map(|action| Pending { action, is_part: false, open, stop: None });
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
