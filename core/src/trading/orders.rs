//! The orders of a run that wait, by instrument; named in the order in which they were given.

use std::sync::Arc;

use super::exits::{AtFill, Exits};
use super::order::{Entry, Intent, Order, OrderId, OrderKind};

/// All orders that wait.
#[derive(Debug, Default)]
pub struct Orders {
    /// Of each instrument, in the order of submission.
    waiting: Vec<Vec<Order>>,
    submitted: u64,
    /// How many of them were given before the run began, for nothing.
    thrown_away: u64,
}

impl Orders {
    /// None, for that many instruments.
    pub fn new(instruments: usize) -> Self {
        Self {
            waiting: (0..instruments).map(|_| Vec::new()).collect(),
            submitted: 0,
            thrown_away: 0,
        }
    }

    /// Gives names from that number on, so that nobody mistakes them for those of another book.
    pub(crate) const fn number_from(&mut self, number: u64) {
        (self.submitted, self.thrown_away) = (number, number);
    }

    /// The number of the next order.
    pub(crate) const fn next_number(&self) -> u64 {
        self.submitted
    }

    /// Takes the orders of another book as they wait there, names included; those to come are
    /// named after them. All of its numbers are above those given here so far.
    pub(crate) fn take_over(&mut self, orders: Vec<Order>, next_number: u64) {
        let submitted = self.submitted() + orders.len() as u64;
        for order in orders {
            self.waiting[order.instrument as usize].push(order);
        }
        self.submitted = next_number;
        self.thrown_away = next_number - submitted;
    }

    /// How many instruments there are.
    pub const fn instruments(&self) -> usize {
        self.waiting.len()
    }

    /// How many were submitted so far, but for those that were thrown away.
    pub const fn submitted(&self) -> u64 {
        self.submitted - self.thrown_away
    }

    /// Throws away all that were given so far, as if nobody had given any.
    pub(crate) fn throw_away(&mut self) {
        if self.thrown_away < self.submitted {
            self.waiting.iter_mut().for_each(Vec::clear);
            self.thrown_away = self.submitted;
        }
    }

    /// Those of an instrument, taken back or not.
    #[inline]
    pub fn of(&self, instrument: u32) -> &[Order] {
        &self.waiting[instrument as usize]
    }

    /// Those of an instrument, to be filled and removed.
    #[inline]
    pub(crate) fn of_mut(&mut self, instrument: u32) -> &mut Vec<Order> {
        &mut self.waiting[instrument as usize]
    }

    /// Takes an order that was decided at that time.
    pub(crate) fn submit(&mut self, instrument: u32, decided_ms: i64, intent: Intent) -> OrderId {
        let id = OrderId(self.submitted);
        self.submitted += 1;
        self.waiting[instrument as usize].push(Order {
            id,
            instrument,
            decided_ms,
            cancelled_ms: None,
            opens: 0,
            line: id,
            renews: None,
            answer: None,
            intent,
        });
        id
    }

    /// Says who tells the levels of the order that was given last, as it fills.
    pub(crate) fn answer(&mut self, instrument: u32, id: OrderId, answer: Arc<dyn AtFill>) {
        let last = self.waiting[instrument as usize].last_mut();
        if let Some(order) = last.filter(|order| order.id == id) {
            order.answer = Some(answer);
        }
    }

    /// Puts an entry in place of one that waits, from the next bar on: they are one order, and what
    /// a bar under way fills of the one leaves nothing of the other.
    pub(crate) fn replace(
        &mut self,
        instrument: u32,
        id: OrderId,
        now_ms: i64,
        entry: Entry,
    ) -> OrderId {
        let line = self.take_back(instrument, id, now_ms).map(|order| order.line);
        let placed = self.submit(instrument, now_ms, Intent::Open(entry));
        if let (Some(line), Some(order)) = (line, self.waiting[instrument as usize].last_mut()) {
            order.line = line;
        }
        placed
    }

    /// Takes an order of that instrument back and tells it as it was; `None` if it waits no more.
    fn take_back(&mut self, instrument: u32, id: OrderId, now_ms: i64) -> Option<Order> {
        let mut own = self.waiting[instrument as usize].iter_mut();
        let is_it = |order: &&mut Order| order.is_named(id) && order.cancelled_ms.is_none();
        let order = own.find(is_it)?;
        let waited = order.clone();
        order.cancelled_ms = Some(now_ms);
        Some(waited)
    }

    /// Puts an entry that waits in place of itself with other exits, from the next bar on. How long
    /// it has waited stays. `None` if it waits no more.
    pub(crate) fn renew(
        &mut self,
        instrument: u32,
        id: OrderId,
        now_ms: i64,
        exits: Exits,
    ) -> Option<OrderId> {
        let is_it = |order: &&Order| order.is_named(id);
        let order = self.waiting[instrument as usize].iter().find(is_it)?;
        let Intent::Open(entry) = order.intent else { return None };
        let Order { opens, line, answer, .. } = self.take_back(instrument, id, now_ms)?;
        let renewed = self.submit(instrument, now_ms, Intent::Open(entry.with(exits)));
        let waiting = self.waiting[instrument as usize].last_mut()?;
        (waiting.opens, waiting.line, waiting.renews) = (opens, line, Some(id));
        waiting.answer = answer;
        Some(renewed)
    }

    /// Takes an order back, from the next bar on. Returns whether it still waited; one of
    /// `instrument` is found at once.
    pub(crate) fn cancel(&mut self, instrument: u32, id: OrderId, now_ms: i64) -> bool {
        let is_it = |order: &&mut Order| order.is_named(id);
        let found = match self.waiting[instrument as usize].iter_mut().find(is_it) {
            Some(order) => Some(order),
            None => self.waiting.iter_mut().flatten().find(is_it),
        };
        let Some(order) = found.filter(|order| order.cancelled_ms.is_none()) else { return false };
        order.cancelled_ms = Some(now_ms);
        true
    }
}

/// The order at `index` is done with, and with it all that was put in its place since.
pub(crate) fn remove_line(orders: &mut Vec<Order>, index: usize) {
    let done = orders.remove(index);
    if done.cancelled_ms.is_some() {
        orders.retain(|order| order.line != done.line);
    }
}

/// The order at `index` waits for this alone from now on, and so does what is the same order with
/// other exits.
pub(crate) fn trigger(orders: &mut [Order], index: usize, kind: OrderKind) {
    let mut triggered = orders[index].id;
    for order in &mut orders[index + 1..] {
        if order.renews == Some(triggered)
            && let Intent::Open(entry) = &mut order.intent
        {
            entry.kind = kind;
            triggered = order.id;
        }
    }
}
