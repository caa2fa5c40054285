//! One instrument's way through the open or the inside of a bar: how far it has come, and what it
//! meets there.

use super::ledger::Ledger;
use super::observer::Observer;
use super::scene::Scene;
use crate::market::Bar;
use crate::trading::{
    Entry, Execution, FillRule, Need, Order, OrderId, Overflow, Path, Priced, Target, Touch,
};

/// One instrument's way through the open or the inside of a bar.
#[derive(Debug)]
pub(super) struct Turn {
    pub scene: Scene,
    /// Whether orders at the market are still to come; none fills inside a bar.
    pub takes_market: bool,
    pub is_inside: bool,
    /// The order that opened a position on it.
    pub opened_by: Option<OrderId>,
    /// The first order that was not tried yet.
    pub next: usize,
    /// The path to try the exits on; `None` if they are not live on this bar.
    pub exits_path: Option<Path>,
    pub exits_are_tried: bool,
    /// Where the order at `next` opens or adds.
    pub adds: Option<Priced>,
    /// What it is at an open that fills it.
    pub stance: Stance,
    /// What weights are parts of: the equity with all that opens now valued at its open. Not below
    /// zero.
    pub equity: i64,
}

/// An order that opens or adds: at the market before those that waited for a price, then by
/// submission.
pub(super) type Addition = (bool, OrderId);

/// What a limit does at an open that reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stance {
    /// It is there for the first time, and takes what there is.
    Takes,
    /// An earlier bar did not fill it: it was there before the price.
    Waited,
}

/// What an entry comes to on a turn.
pub(super) enum Meeting {
    /// Its price does not come, or not what it needs.
    Waits,
    /// It is not to be filled any more.
    Lapses,
    /// It leaves the other side, and may fill then.
    Turns(Priced),
    /// It opens a position or adds to it.
    Adds(Priced),
}

impl Turn {
    /// By how many steps a target differs from what is held.
    pub(super) fn change_to<O>(
        &self,
        target: Target,
        ledger: &Ledger<'_, O>,
    ) -> Result<i64, Overflow> {
        let held = ledger.account.positions()[self.scene.instrument as usize].quantity();
        let goal = target.steps(self.equity, self.unit_price(ledger)?);
        goal.checked_sub(held).ok_or(Overflow)
    }

    pub(super) fn is_within_band<O>(
        &self,
        target: Target,
        change: i64,
        goal: i64,
        ledger: &Ledger<'_, O>,
    ) -> Result<bool, Overflow> {
        Ok(target.is_within_band(change, goal, self.equity, self.unit_price(ledger)?))
    }

    /// What a step costs where the bar begins.
    fn unit_price<O>(&self, ledger: &Ledger<'_, O>) -> Result<i64, Overflow> {
        ledger.account.notional(self.scene.instrument, self.scene.path.market().price, 1)
    }

    /// A fill of the order at `next`. At an open only a limit that has waited is a maker.
    pub(super) fn execution(&self, priced: &Priced) -> Execution {
        let mut at = self.scene.execution(priced);
        at.is_maker |= self.stance == Stance::Waited && priced.rule == FillRule::LimitAtOpen;
        at
    }

    pub(super) fn at_open(instrument: u32, index: u64, bar: &Bar) -> Self {
        let scene = Scene::at_open(instrument, index, bar);
        Self { takes_market: true, is_inside: false, ..Self::of(scene, Some(scene.path)) }
    }

    pub(super) fn of(scene: Scene, exits_path: Option<Path>) -> Self {
        Self {
            scene,
            takes_market: false,
            is_inside: true,
            opened_by: None,
            next: 0,
            exits_path,
            exits_are_tried: false,
            adds: None,
            stance: Stance::Takes,
            equity: 0,
        }
    }

    /// The next order that may fill on this turn.
    pub(super) fn next_due(&self, orders: &[Order]) -> Option<usize> {
        let is_due = |order: &Order| {
            order.waits_for_price() != self.takes_market && order.is_due(self.scene.time_ms)
        };
        orders[self.next..].iter().position(is_due).map(|behind| self.next + behind)
    }

    /// What the entry comes to on this turn.
    pub(super) fn meets<O: Observer>(
        &self,
        entry: &mut Entry,
        through: i64,
        ledger: &Ledger<'_, O>,
    ) -> Meeting {
        if !self.has_what_it_needs(entry, ledger) {
            return if self.takes_market { Meeting::Lapses } else { Meeting::Waits };
        }
        let Some(priced) = self.priced(entry, through) else { return Meeting::Waits };
        match ledger.side(self.scene.instrument) {
            Some(held) if held != entry.side => Meeting::Turns(priced),
            Some(_) if entry.needs == Need::Flat => Meeting::Lapses,
            _ => Meeting::Adds(priced),
        }
    }

    /// Whether that is held which the entry needs. Inside a bar nobody knows whether the price came
    /// to it before or after the position was opened there.
    fn has_what_it_needs<O>(&self, entry: &Entry, ledger: &Ledger<'_, O>) -> bool {
        let Need::Held { entries_max } = entry.needs else { return true };
        let position = &ledger.account.positions()[self.scene.instrument as usize];
        let is_held = position.side() == Some(entry.side) && position.entries() < entries_max;
        is_held && !(self.is_inside && self.opened_by.is_some())
    }

    /// Where the entry fills on this turn.
    fn priced(&self, entry: &mut Entry, through: i64) -> Option<Priced> {
        let touch = Touch { through, has_waited: self.stance == Stance::Waited };
        if self.is_inside {
            return entry.kind.priced(entry.side, self.scene.path, touch);
        }
        // What the open does not fill stays as it is: how the bar goes on is not known there.
        let mut kind = entry.kind;
        kind.priced(entry.side, self.scene.path, touch)
    }
}

/// The entry with those of its levels told that are asked for at its fill; `None` if one is none.
pub(super) fn told<O: Observer>(
    order: &Order,
    entry: &Entry,
    at: &Execution,
    ledger: &Ledger<'_, O>,
) -> Option<Entry> {
    if !entry.exits.asks() {
        return Some(*entry);
    }
    let price = ledger.account.slipped(at, entry.side.sign());
    let entries = ledger.account.positions()[at.instrument as usize].entries();
    let exits = entry.exits.told(order.answer.as_deref(), entries.saturating_add(1), price)?;
    Some(entry.with(exits))
}
