//! What a strategy sees at a bar's close, and the orders it may give.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::trading::{ExitReason, Intent, Order, Side};

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
    /// Opens a position of the account's size at the next open.
    pub fn enter(&mut self, side: Side) {
        self.submit(Intent::Open(side));
    }

    /// Closes the position at the next open.
    pub fn exit(&mut self) {
        self.submit(Intent::Close(ExitReason::Signal));
    }

    /// Closes the position at the next open and opens one on the other side.
    pub fn reverse(&mut self, side: Side) {
        self.submit(Intent::Close(ExitReason::Reversal));
        self.submit(Intent::Open(side));
    }

    /// Whether an order for this instrument still waits for its bar.
    pub fn has_pending_order(&self) -> bool {
        self.orders.iter().any(|order| order.instrument == self.instrument)
    }

    /// Whether the run was asked to stop; for a strategy that may take long over one bar.
    pub fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn submit(&mut self, intent: Intent) {
        *self.order_count += 1;
        self.orders.push(Order { instrument: self.instrument, decided_ms: self.now_ms, intent });
    }
}
