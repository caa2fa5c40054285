//! What a strategy sees at a bar's close, and the orders it may give.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::market::Decimal;
use crate::trading::{Entry, ExitReason, Exits, Intent, Order, OrderId, Side};

/// The account as a strategy sees it when a bar is delivered. Orders given here can fill in the
/// next bar of the instrument's finest timeframe at the earliest.
pub struct Context<'a> {
    /// Which of the run's subscriptions the bar belongs to.
    pub subscription: usize,
    /// The instrument of that subscription.
    pub(crate) instrument: u32,
    /// The bar's end, UTC milliseconds: now.
    pub now_ms: i64,
    /// Which way the position in that instrument looks; `None` when flat.
    pub side: Option<Side>,
    pub(crate) orders: &'a mut Vec<Order>,
    pub(crate) order_count: &'a mut u64,
    pub(crate) stop: &'a AtomicBool,
}

impl Context<'_> {
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
        self.push(Intent::Close { reason: ExitReason::Signal, portion });
    }

    /// Closes the position at the next open and opens one on the other side.
    pub fn reverse(&mut self, entry: Entry) -> OrderId {
        let portion = Decimal::ONE;
        self.push(Intent::Close { reason: ExitReason::Reversal, portion });
        self.submit(entry)
    }

    /// Puts these exits in place of those of the position, from the next bar on. Without a
    /// position nothing happens.
    pub fn protect(&mut self, exits: Exits) {
        self.push(Intent::Protect(exits));
    }

    /// Takes an order back, from the next bar on: one that has begun may still fill it. Returns
    /// whether it still waited.
    pub fn cancel(&mut self, id: OrderId) -> bool {
        let order = self.orders.iter_mut().find(|order| order.id == id);
        let Some(order) = order.filter(|order| order.cancelled_ms.is_none()) else { return false };
        order.cancelled_ms = Some(self.now_ms);
        true
    }

    /// Whether an order for this instrument still waits.
    pub fn has_pending_order(&self) -> bool {
        let is_waiting =
            |order: &Order| order.instrument == self.instrument && order.cancelled_ms.is_none();
        self.orders.iter().any(is_waiting)
    }

    /// Whether the run was asked to stop; for a strategy that may take long over one bar.
    pub fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn push(&mut self, intent: Intent) -> OrderId {
        let id = OrderId(*self.order_count);
        *self.order_count += 1;
        self.orders.push(Order {
            id,
            instrument: self.instrument,
            decided_ms: self.now_ms,
            cancelled_ms: None,
            intent,
        });
        id
    }
}
