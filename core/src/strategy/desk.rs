//! The orders of one instrument: where a strategy gives them and takes them back.

use crate::market::Decimal;
use crate::trading::{
    Entry, ExitReason, Exits, Goal, Intent, OrderId, Orders, Side, Target, Weight,
};

/// The order desk of one instrument. Nothing that is given here fills before its next bar.
pub struct Desk<'d> {
    pub(super) instrument: u32,
    pub(super) now_ms: i64,
    /// Which way its position looks.
    pub(super) side: Option<Side>,
    pub(super) orders: &'d mut Orders,
}

impl Desk<'_> {
    /// Opens a position at the next open, in the size of the run's sizing.
    pub fn enter(&mut self, side: Side) -> OrderId {
        self.submit(Entry::market(side))
    }

    /// Opens a position or adds to it, when and how the entry says. A position on the other side
    /// is closed first. The order is good till cancelled.
    pub fn submit(&mut self, entry: Entry) -> OrderId {
        self.push(Intent::Open(entry))
    }

    /// Closes the position at the next open.
    pub fn exit(&mut self) {
        self.exit_part(Decimal::ONE);
    }

    /// Closes that portion of the position at the next open: whole steps, and at least one.
    pub fn exit_part(&mut self, portion: Decimal) {
        self.push(Intent::Close { reason: ExitReason::Signal, portion, of: self.side });
    }

    /// Closes the position at the next open, because other parameters hold something else.
    pub(super) fn hand_over(&mut self) {
        let portion = Decimal::ONE;
        self.push(Intent::Close { reason: ExitReason::Handover, portion, of: self.side });
    }

    /// Closes the position at the next open and opens one on the other side.
    pub fn reverse(&mut self, entry: Entry) -> OrderId {
        let portion = Decimal::ONE;
        self.push(Intent::Close { reason: ExitReason::Reversal, portion, of: self.side });
        self.submit(entry)
    }

    /// Puts these exits in place of those of the position, from the next bar on. Without a
    /// position nothing happens.
    pub fn protect(&mut self, exits: Exits) {
        self.push(Intent::Protect { exits, keeps_taken: false });
    }

    /// The same as [`Self::protect`], but targets of the position that were taken stay so.
    pub fn move_exits(&mut self, exits: Exits) {
        self.push(Intent::Protect { exits, keeps_taken: true });
    }

    /// Gives an entry that waits other exits, from the next bar on; it keeps its price, and how
    /// long it has waited. Returns its new name; `None` if it waits no more.
    pub fn renew(&mut self, id: OrderId, exits: Exits) -> Option<OrderId> {
        self.orders.renew(self.instrument, id, self.now_ms, exits)
    }

    /// Puts an entry in place of one that waits, from the next bar on. The two are one order: if a
    /// bar that has begun still fills the former, the latter is gone with it.
    pub fn replace(&mut self, id: OrderId, entry: Entry) -> OrderId {
        self.orders.replace(self.instrument, id, self.now_ms, entry)
    }

    /// Takes an order back, from the next bar on: one that has begun may still fill it. Returns
    /// whether it still waited.
    pub fn cancel(&mut self, id: OrderId) -> bool {
        self.orders.cancel(self.instrument, id, self.now_ms)
    }

    /// Holds so many steps from the next open on, negative ones short; in place of a target that
    /// still waits.
    pub fn target_steps(&mut self, steps: i64) -> OrderId {
        self.target(Goal::Steps(steps), Weight::ZERO)
    }

    /// Holds so much of the equity from the next open on, as it is when all that opens then is
    /// valued there; in place of a target that still waits. A change that is worth less than `band`
    /// of it is left alone, unless nothing shall be held.
    pub fn target_weight(&mut self, weight: Weight, band: Weight) -> OrderId {
        self.target(Goal::Weight(weight), band)
    }

    fn target(&mut self, goal: Goal, band: Weight) -> OrderId {
        let waiting = self.orders.of_mut(self.instrument);
        waiting.retain(|order| !matches!(order.intent, Intent::Target(_)));
        self.push(Intent::Target(Target { goal, band }))
    }

    fn push(&mut self, intent: Intent) -> OrderId {
        self.orders.submit(self.instrument, self.now_ms, intent)
    }
}
