//! The orders of a bar that has ended, by the values of a trial: what its text says, in the order
//! in which the language has it.

use super::asked::at_fill;
use super::filled::Filled;
use super::graph::EntryOrder;
use super::moving::Moving;
use super::resting::{Resting, need_of};
use super::ruled::exits_of;
use super::sizes::Sized;
use super::text::Verb;
use crate::market::Decimal;
use crate::strategy::{Action, Context, Signals};
use crate::trading::{Entry, Exits, Need, OrderId, Side};

/// What a trial remembers of its orders.
#[derive(Clone, Debug, Default)]
pub(super) struct Ordered {
    moving: Moving,
    resting: Resting,
}

/// A trial at the end of a bar.
pub(super) struct Acting<'a> {
    pub(super) filled: &'a Filled,
    pub(super) value: &'a dyn Fn(u32) -> f64,
    moving: &'a mut Moving,
    /// Entries of the position that is held, by its side.
    held: Option<(Side, u32)>,
}

impl Ordered {
    /// Whether an order may wait for its price.
    pub(super) fn rests(&self) -> bool {
        self.resting.stands()
    }

    /// Gives the orders of the bar that has ended.
    pub(super) fn act(
        &mut self,
        filled: &Filled,
        value: &dyn Fn(u32) -> f64,
        context: &mut Context<'_>,
    ) {
        let Self { moving, resting } = self;
        let held = context.side.map(|side| (side, context.entries(context.instrument())));
        let acting = Acting { filled, value, moving, held };
        acting.follow_signals(context);
        // Something was ordered that may end the position.
        let is_quiet = !context.has_order_at_open();
        acting.moving.go_on(filled, value, is_quiet, context);
        if is_quiet {
            acting.add(context);
        }
        if filled.rests {
            resting.go_on(&acting, context);
        }
    }
}

impl<'a> Acting<'a> {
    pub(super) fn is_true(&self, node: u32) -> bool {
        (self.value)(node) == 1.0
    }

    /// Of some entries at the market the first that this bar says.
    fn said(&self, verb: Verb, side: Side) -> Option<(usize, &'a EntryOrder<u32>)> {
        let mut entries = self.filled.orders.entries.iter().enumerate();
        entries.find(|(_, entry)| {
            let is_such = entry.verb == verb && entry.side == side && entry.is_at_market();
            is_such && self.is_true(entry.when)
        })
    }

    /// The exits of an entry by the values of now; `None` if one of them is none.
    pub(super) fn exits_of(&self, entry: &EntryOrder<u32>) -> Option<Exits> {
        let Filled { orders, levels, .. } = self.filled;
        let exits = exits_of(entry.side, orders, levels, self.value)?;
        match entry.verb {
            Verb::Enter => Some(exits),
            Verb::Add => Some(self.moving.of_addition(self.filled, entry.side, exits)),
        }
    }

    /// An entry at the market with these exits; `None` if its size is none.
    pub(super) fn entry(
        &self,
        place: usize,
        order: &EntryOrder<u32>,
        exits: Exits,
        context: &Context<'_>,
    ) -> Option<Entry> {
        let entry = Entry::market(order.side).with(exits);
        let entry = entry.needing(need_of(order.verb, self.filled.lives[place].most));
        match self.filled.size_of(order, self.value, context) {
            Sized::ByRun => Some(entry),
            Sized::By(size) => Some(entry.sized(size)),
            Sized::Undefined => None,
        }
    }

    /// Gives an entry.
    pub(super) fn submit(&self, entry: Entry, context: &mut Context<'_>) -> OrderId {
        let id = context.submit(entry);
        self.answer(id, &entry, context);
        id
    }

    /// Whatever the levels of the order are to be asked at its fill.
    pub(super) fn answer(&self, id: OrderId, entry: &Entry, context: &mut Context<'_>) {
        if let Some(answer) = at_fill(self.filled, entry.side, &entry.exits, self.value) {
            context.answer(id, answer);
        }
    }

    /// An entry of that side that this bar says, with all that it is made of.
    fn entering(&self, side: Side, context: &Context<'_>) -> Option<Entry> {
        let (place, order) = self.said(Verb::Enter, side)?;
        self.entry(place, order, self.exits_of(order)?, context)
    }

    /// Opens, turns and leaves positions at the next open.
    fn follow_signals(&self, context: &mut Context<'_>) {
        if context.has_order_at_open() {
            return;
        }
        // What would close nothing, or add where nothing may be added, is not asked for.
        let exits = |side| {
            let mut exits = self.filled.orders.exits.iter().filter(|exit| exit.part.is_none());
            context.side == Some(side)
                && exits.any(|exit| exit.side == side && self.is_true(exit.when))
        };
        let enters = |side| {
            (context.side != Some(side) || context.may_add())
                && self.said(Verb::Enter, side).is_some()
        };
        let mut signals = Signals {
            enter_long: enters(Side::Long),
            exit_long: exits(Side::Long),
            enter_short: enters(Side::Short),
            exit_short: exits(Side::Short),
        };
        if let Some(part) = self.part_to_leave(signals, context) {
            return context.exit_part(part);
        }
        if signals == Signals::default() {
            return;
        }
        // Without its exits and its size there is no entry.
        let long = signals.enter_long.then(|| self.entering(Side::Long, context)).flatten();
        let short = signals.enter_short.then(|| self.entering(Side::Short, context)).flatten();
        (signals.enter_long, signals.enter_short) = (long.is_some(), short.is_some());
        let entry = |side| if side == Side::Long { long } else { short };
        match self.filled.direction.action(signals, context.side) {
            Some(Action::Enter(side)) => {
                let Some(entry) = entry(side) else { return };
                self.submit(entry, context);
            }
            Some(Action::Reverse(side)) => {
                let Some(entry) = entry(side) else { return };
                let id = context.reverse(entry);
                self.answer(id, &entry, context);
            }
            Some(Action::Exit) => context.exit(),
            None => self.enter_again(entry, context),
        }
    }

    /// A signal for the side that is held, where the run lets it add.
    fn enter_again(&self, entry: impl Fn(Side) -> Option<Entry>, context: &mut Context<'_>) {
        let held = context.side.filter(|side| self.filled.direction.allows(*side));
        let Some(entry) = held.and_then(entry).filter(|_| context.may_add()) else { return };
        let exits = self.moving.of_addition(self.filled, entry.side, entry.exits);
        self.submit(entry.with(exits).needing(Need::Any), context);
    }

    /// The part of the position that the first true exit of a part leaves, where nothing closes
    /// all.
    fn part_to_leave(&self, signals: Signals, context: &Context<'_>) -> Option<Decimal> {
        let side = context.side?;
        let closes = match side {
            Side::Long => signals.exit_long,
            Side::Short => signals.exit_short,
        };
        if closes {
            return None;
        }
        let mut exits = self.filled.orders.exits.iter().filter(|exit| exit.side == side);
        exits.find_map(|exit| {
            let part = (self.value)(exit.part?);
            let leaves = self.is_true(exit.when) && part > 0.0;
            Decimal::nearest(part.min(1.0)).filter(|_| leaves)
        })
    }

    /// Adds to the position that is held, at the next open: each that this bar says, while it has
    /// no more additions than its text lets it have.
    fn add(&self, context: &mut Context<'_>) {
        let Some((side, entries)) = self.held else { return };
        for (place, order) in self.filled.orders.entries.iter().enumerate() {
            let is_such = order.verb == Verb::Add && order.side == side && order.is_at_market();
            if !is_such || entries > self.filled.lives[place].most || !self.is_true(order.when) {
                continue;
            }
            let Some(exits) = self.exits_of(order) else { continue };
            if let Some(entry) = self.entry(place, order, exits, context) {
                self.submit(entry, context);
            }
        }
    }
}
