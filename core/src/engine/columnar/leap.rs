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
use super::touch::next_touch;
use super::walk::{Undisturbed, Walk};
use crate::engine::backtest::Backtest;
use crate::engine::ledger::{Ambiguous, Ledger, VolumeShares};
use crate::engine::protection::Group;
use crate::engine::scene::Scene;
use crate::market::Decimal;
use crate::metrics::{Holding, Tally};
use crate::simd::Kernel;
use crate::strategy::{Action, Direction, Signals};
use crate::trading::{
    Account, Entry, EntryBarPolicy, Execution, ExitReason, Exits, FillRule, Level, MovingStops,
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
    /// The exits that a study says for it.
    said: Option<Box<Exits>>,
    /// What a trial that asks the account remembers.
    pub(super) walk: Option<Box<Walk>>,
    /// The exits of the position.
    pub(super) group: Option<Group>,
    pub(super) order_count: u64,
    /// Whether the run's terms leave positions besides the rule, or size each entry by itself.
    has_terms: bool,
    /// The first bar that is not closed yet.
    pub(super) next: usize,
    /// Whether that is the last bar before those that count.
    is_warming_up: bool,
    pub(super) bankrupt: bool,
}

/// An order that fills at the next open.
#[derive(Clone, Copy)]
struct Pending {
    action: Action,
    /// Whether only a part of the position is left: the walk knows which.
    is_part: bool,
    /// The open that it fills at.
    open: i64,
    /// How far away from the fill the stop shall be, in ticks.
    stop: Option<f64>,
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
            let way = leap.way(tile, signals);
            // Asked for early: it is far away in memory, and the bars before it take their time.
            let open = leap.open(way.end);
            let used_up = leap.close(way.end)?;
            let last = used_up.unwrap_or(way.end - 1);
            way.come_to(last)?;
            if way.decides == Some(last) {
                leap.decide(last, signals.at(last - tile.start), open, lines);
            }
            leap.next = last + 1;
            if used_up.is_some() {
                leap.bankrupt = true;
                leap.leave(ExitReason::Bankruptcy)?;
            } else if leap.is_left_at(way.end) {
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
                last_trades: vec![None; usize::from(lines.told.is_some())],
                reached: Vec::new(),
                shares: VolumeShares::new(&backtest.executing),
                seen: Vec::new(),
            },
            pending: None,
            said: None,
            walk: Walk::of(lines),
            group: None,
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

    /// The bars up to the next that can matter.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    fn way(&mut self, tile: &Range<usize>, signals: SignalMasks<'_>) -> Undisturbed {
        let held = self.ledger.side(0);
        if self.walk.is_some()
            && let Some(side) = held
            && let Some(way) = self.walk(side, tile.end, signals)
        {
            return way;
        }
        let from = self.next.max(self.first_signal) - tile.start;
        let decides = signals.next(self.relevant.when(held), from).map(|bar| tile.start + bar);
        let end = self.undisturbed(decides.map_or(tile.end, |bar| bar + 1));
        Undisturbed { end, decides, moves: 0 }
    }

    /// Fills what was decided, at the open of the next bar, and then the exits that it touches.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    fn fill(&mut self) -> Result<(), Overflow> {
        let pending = self.pending.take();
        let is_fresh = pending.as_ref().is_some_and(|pending| !pending.is_part);
        if let Some(pending) = pending {
            self.fill_at_open(pending)?;
        }
        if self.group.is_some() {
            let waits = self.backtest.simulation.entry_bar_policy == EntryBarPolicy::NextBar;
            if !(is_fresh && waits) {
                self.try_exits()?;
            }
        }
        if self.walk.is_some() {
            self.look_for_exit();
        }
        Ok(())
    }

    /// A reversal is two fills: the close, then the opening in its own size.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    fn fill_at_open(&mut self, pending: Pending) -> Result<(), Overflow> {
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
        if is_part {
            return self.leave_part(&at);
        }
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
        if stop.is_some() || self.said.is_some() || self.has_terms || self.walk.is_some() {
            return self.watch(side, stop, &at);
        }
        let entry = if side == Side::Long { &LONG } else { &SHORT };
        self.ledger.enter(entry, &at).map(drop)
    }

    /// Enters a position that something besides signals leaves, or that is walked through.
    #[inline(never)]
    fn watch(&mut self, side: Side, stop: Option<f64>, at: &Execution) -> Result<(), Overflow> {
        let said = self.said.take().map(|exits| *exits);
        let own = said.or_else(|| Some(Exits::stop(Level::Away(stop?)))).unwrap_or(Exits::NONE);
        if self.has_terms {
            self.enter_by_terms(side, &own, at)?;
        } else {
            let entry = Entry { exits: own, ..Entry::market(side) };
            self.enter_with_exits(&entry, &MovingStops::NONE, at)?;
        }
        if let Some(walk) = &mut self.walk {
            walk.enter(self.next, own);
        }
        Ok(())
    }

    /// Enters with the exits of the rule, and with those of the terms of the run in place of their
    /// kind.
    fn enter_by_terms(&mut self, side: Side, own: &Exits, at: &Execution) -> Result<(), Overflow> {
        // The bar before has decided.
        let decided_ms = self.end_ms(self.next - 1);
        match self.backtest.layer.given(0, decided_ms, &self.backtest.feeds) {
            Ok((laid, size)) => {
                let entry = Entry { size, exits: laid.over(own), ..Entry::market(side) };
                self.enter_with_exits(&entry, &laid.moving, at)
            }
            Err(rejection) => {
                self.ledger.refuse(rejection, 0);
                Ok(())
            }
        }
    }

    fn enter_with_exits(
        &mut self,
        entry: &Entry,
        moving: &MovingStops,
        at: &Execution,
    ) -> Result<(), Overflow> {
        if let Some(price) = self.ledger.enter(entry, at)? {
            let bracket = entry.exits.placed(entry.side, price);
            let through = self.backtest.terms.instruments[0].limit_through_ticks;
            let group = Group::new(OrderId(0), entry.side, price, bracket, moving, through);
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

    fn try_exits(&mut self) -> Result<(), Overflow> {
        let index = self.bars.origin + self.next;
        let bar = self.bars.priced(index);
        let scene = Scene::new(0, index as u64, &bar);
        if let Some(group) = self.group.as_mut().filter(|group| group.is_touched(&bar))
            && group.try_on(scene.path, &scene, &mut self.ledger)?
        {
            self.group = None;
        }
        Ok(())
    }

    /// The first bar after the next one that touches an exit, at most `end`.
    #[expect(clippy::inline_always, reason = "part of a kernel")]
    #[inline(always)]
    fn undisturbed(&self, end: usize) -> usize {
        let Some(group) = &self.group else { return end };
        let after = self.next + 1;
        let bars = self.bars.origin + after..self.bars.origin + end;
        let columns = &self.bars.series.bars;
        let touch = next_touch(&columns.low[bars.clone()], &columns.high[bars], group.reach());
        touch.map_or(end, |bars| after + bars)
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
    fn decide(&mut self, bar: usize, masked: Signals, open: i64, lines: &Lines) {
        let Some(mut signals) = self.signals(bar, masked) else {
            self.order_count += 1;
            self.pending = Some(Pending { action: Action::Exit, is_part: true, open, stop: None });
            return;
        };
        // Without its exits there is no entry.
        let (mut long, mut short) = (None, None);
        if let Some(exits) = &lines.exits {
            long = signals.enter_long.then(|| exits(Side::Long, bar)).flatten();
            short = signals.enter_short.then(|| exits(Side::Short, bar)).flatten();
            signals.enter_long &= long.is_some();
            signals.enter_short &= short.is_some();
        }
        let action = self.direction.action(signals, self.ledger.side(0));
        self.order_count += match action {
            None => 0,
            Some(Action::Enter(_) | Action::Exit) => 1,
            Some(Action::Reverse(_)) => 2,
        };
        let stop = lines.stop_at(bar);
        self.pending = action.map(|action| Pending { action, is_part: false, open, stop });
        if lines.exits.is_some() {
            let said = match action {
                Some(Action::Enter(Side::Long) | Action::Reverse(Side::Long)) => long,
                Some(Action::Enter(Side::Short) | Action::Reverse(Side::Short)) => short,
                Some(Action::Exit) | None => None,
            };
            self.said = said.filter(|exits| !exits.is_empty()).map(Box::new);
        }
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
