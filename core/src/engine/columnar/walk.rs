//! A trial that asks the account what is so: between two fills its position is gone through bar by
//! bar, and all of those bars are closed together.

use std::sync::Arc;

use super::leap::{Leap, NotByColumns};
use super::lines::Lines;
use super::mask::TILE_BARS;
use super::signals::SignalMasks;
use crate::engine::protection::Group;
use crate::market::Decimal;
use crate::strategy::{HeldPosition, Known, Passage, Passed, Prices, Room, Signals, Told};
use crate::trading::{Execution, ExitReason, Exits, MovingStops, OrderId, Overflow, Side};

/// What a walk remembers of the account besides the account itself.
pub(super) struct Walk {
    told: Arc<dyn Told>,
    room: Room,
    /// Of the position.
    entered: Entered,
    /// Of the position, to be left at the next open.
    part: Option<Decimal>,
    /// The last round trip, as it was when it was looked for, and the bar of its exit.
    last_exit: Option<(i64, usize)>,
}

/// A position since its entry.
#[derive(Clone, Copy)]
struct Entered {
    bar: usize,
    /// The extremes of the bars gone through.
    high: i64,
    low: i64,
    /// The exits as the strategy has put them.
    exits: Exits,
}

/// How far the bars are undisturbed, and the bar that decides, if one does.
pub(super) struct Undisturbed {
    pub end: usize,
    pub decides: Option<usize>,
    /// Orders that moved the stop.
    pub moves: u64,
}

impl Undisturbed {
    /// Told if stops were moved on bars that the run does not come to.
    #[inline]
    pub(super) fn come_to(&self, last: usize) -> Result<(), NotByColumns> {
        let is_whole = self.moves == 0 || last + 1 == self.end;
        is_whole.then_some(()).ok_or(NotByColumns)
    }
}

impl Walk {
    pub(super) fn of(lines: &Lines) -> Option<Box<Self>> {
        let told = Arc::clone(lines.told.as_ref()?);
        let entered = Entered { bar: 0, high: i64::MIN, low: i64::MAX, exits: Exits::NONE };
        Some(Box::new(Self { told, room: Room::default(), entered, part: None, last_exit: None }))
    }

    /// A position was entered on that bar.
    pub(super) fn enter(&mut self, bar: usize, exits: Exits) {
        self.entered = Entered { bar, high: i64::MIN, low: i64::MAX, exits };
    }
}

impl Leap<'_, '_> {
    /// What was filled on the next bar may have ended a trade.
    pub(super) fn look_for_exit(&mut self) {
        let Some(walk) = &mut self.walk else { return };
        let last = self.ledger.last_trades.first().copied().flatten();
        let Some(exit_ms) = last.map(|last| last.exit_bar_ms) else { return };
        if walk.last_exit.is_none_or(|(known_ms, _)| known_ms != exit_ms) {
            walk.last_exit = Some((exit_ms, self.next));
        }
    }

    /// What the account knows at the end of a bar that was gone through.
    fn known(&self, walk: &Walk, bar: usize) -> Known {
        let position = &self.ledger.account.positions()[0];
        let held = position.side().zip(position.entry_price()).map(|(side, entry)| HeldPosition {
            side,
            entry,
            bars: bar - walk.entered.bar,
            high: walk.entered.high,
            low: walk.entered.low,
            entries: position.entries(),
        });
        let last = self.ledger.last_trades.first().copied().flatten();
        let last = last.zip(walk.last_exit);
        Known { held, last: last.map(|(last, (_, exit))| (last, bar.saturating_sub(exit))) }
    }

    /// Takes the position through its next bars.
    pub(super) fn walk(
        &mut self,
        side: Side,
        until: usize,
        signals: SignalMasks<'_>,
    ) -> Option<Undisturbed> {
        let mut walk = self.walk.take()?;
        let known = self.known(&walk, self.next);
        let (series, origin) = (&self.bars.series.bars, self.bars.origin);
        let prices = Prices {
            high: &series.high[origin..],
            low: &series.low[origin..],
            close: &series.close[origin..],
        };
        let asks = signals.0[if side == Side::Long { 1 } else { 3 }];
        let mut passage = Passage {
            bars: self.next..until,
            prices,
            asks,
            asks_from: self.next / TILE_BARS * TILE_BARS,
            entry_bar: walk.entered.bar,
            known,
            exits: walk.entered.exits,
            reach: self.group.as_ref().map_or((i64::MIN, i64::MAX), Group::reach),
            moves: 0,
        };
        let passed = walk.told.pass(&mut passage, &mut walk.room);
        let Passage { known, exits, moves, .. } = passage;
        if let Some(HeldPosition { high, low, entry, .. }) = known.held {
            walk.entered = Entered { high, low, exits, ..walk.entered };
            if moves > 0 {
                let through = self.backtest.terms.instruments[0].limit_through_ticks;
                let bracket = exits.placed(side, entry);
                let still = MovingStops::NONE;
                let group = Group::new(OrderId(0), side, entry, bracket, &still, through);
                self.group = Some(group);
                self.order_count += moves;
            }
        }
        self.walk = Some(walk);
        Some(match passed {
            Passed::All => Undisturbed { end: until, decides: None, moves },
            Passed::Before(bar) => Undisturbed { end: bar, decides: None, moves },
            Passed::Deciding(bar) => Undisturbed { end: bar + 1, decides: Some(bar), moves },
        })
    }

    /// The signals of a bar; none if a part is left, as nothing leaves all.
    #[inline]
    pub(super) fn signals(&mut self, bar: usize, masked: Signals) -> Option<Signals> {
        let Some(mut walk) = self.walk.take() else { return Some(masked) };
        let (known, close) = (self.known(&walk, bar), self.price(bar));
        let signals = walk.told.signals(bar, close, &known, &mut walk.room);
        let closes = match known.held.map(|held| held.side) {
            None => true,
            Some(Side::Long) => signals.exit_long,
            Some(Side::Short) => signals.exit_short,
        };
        walk.part = if closes { None } else { walk.told.part(bar, close, &known, &mut walk.room) };
        let is_whole = walk.part.is_none();
        self.walk = Some(walk);
        is_whole.then_some(signals)
    }

    /// Leaves the part that was decided; exits stay while something is held.
    pub(super) fn leave_part(&mut self, at: &Execution) -> Result<(), Overflow> {
        let part = self.walk.as_mut().and_then(|walk| walk.part.take());
        self.ledger.exit(part.unwrap_or(Decimal::ONE), ExitReason::Signal, at)?;
        self.group = self.group.filter(|_| self.ledger.account.is_holding());
        Ok(())
    }
}
