//! What a strategy holds that traded alone on an account of its own, and how another account takes
//! that on.

use super::context::Context;
use crate::market::Decimal;
use crate::trading::{Account, Entry, Exits, Intent, Order, OrderId, Overflow, Side, Size, Weight};

/// What a strategy holds, and the orders that wait for it.
#[derive(Clone, Debug, Default)]
pub struct Adopted {
    /// By instrument; nothing beyond the last.
    pub(crate) held: Vec<Option<Held>>,
    pub(crate) orders: Vec<Order>,
    /// The number of the next order there.
    pub(crate) next_number: u64,
}

/// What is held of one instrument.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub side: Side,
    /// How much was asked for.
    pub amount: Amount,
    /// Part of the equity that it is.
    pub weight: Weight,
    /// The strategy's own, where they are.
    pub exits: Exits,
    /// The order that brought them.
    pub order: OrderId,
}

/// How much an order asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Amount {
    /// As an entry of that size.
    Sized(Option<Size>),
    /// To hold a part of the equity, or so many steps.
    Target,
}

impl Default for Amount {
    fn default() -> Self {
        Self::Sized(None)
    }
}

impl Amount {
    pub(crate) const fn of(intent: &Intent) -> Self {
        match intent {
            Intent::Open(entry) => Self::Sized(entry.size),
            Intent::Target(_) => Self::Target,
            Intent::Close { .. } | Intent::Protect { .. } => Self::Sized(None),
        }
    }
}

impl Held {
    /// What an account holds of an instrument; `None` where that is nothing.
    pub(crate) fn of(
        account: &Account,
        instrument: usize,
        (amount, exits, order): (Amount, Exits, OrderId),
    ) -> Result<Option<Self>, Overflow> {
        let position = &account.positions()[instrument];
        let Some(side) = position.side() else { return Ok(None) };
        let weight = position.value() as f64 / account.equity()? as f64;
        let weight = Weight::nearest(weight).unwrap_or(Weight::ZERO);
        Ok(Some(Self { side, amount, weight, exits, order }))
    }
}

impl Adopted {
    /// Lets the account of the context hold the same from the next open on: what is held on the
    /// same side stays and gets the exits from here, all else is closed, and what is held here is
    /// entered. The orders that wait there make room for those that wait here, as if they had
    /// always been those: a bar under way may fill them.
    pub(super) fn take_on(self, context: &mut Context<'_>) {
        for instrument in 0..context.instruments() as u32 {
            context.orders.of_mut(instrument).clear();
            let own = self.orders.iter().filter(|order| order.instrument == instrument);
            let own: Vec<Waits> = own.map(Waits::of).collect();
            let held = self.held.get(instrument as usize).copied().flatten();
            let side = context.position(instrument).side;
            match held {
                Some(held) if side == Some(held.side) => held.stand(instrument, context),
                // It goes to that from whatever it is.
                _ if own.contains(&Waits::Aims) => {}
                _ => {
                    if side.is_some() {
                        context.on(instrument).hand_over();
                    }
                    // What is left at that open is not entered before.
                    if let Some(held) = held.filter(|_| !own.contains(&Waits::Leaves)) {
                        held.enter(instrument, context);
                    }
                }
            }
        }
        context.orders.take_over(self.orders, self.next_number);
    }
}

/// What an order that waits does at the next open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    /// Closes the position.
    Leaves,
    /// Brings it to a target.
    Aims,
    /// Something else, or nothing.
    Else,
}

impl Waits {
    fn of(order: &Order) -> Self {
        match order.intent {
            _ if order.cancelled_ms.is_some() => Self::Else,
            Intent::Close { portion, .. } if portion == Decimal::ONE => Self::Leaves,
            Intent::Target(_) => Self::Aims,
            _ => Self::Else,
        }
    }
}

impl Held {
    /// Enters the same at the next open.
    fn enter(self, instrument: u32, context: &mut Context<'_>) {
        match self.amount {
            Amount::Sized(size) => {
                let entry = Entry { size, ..Entry::market(self.side) }.with(self.exits);
                self.give(instrument, Intent::Open(entry), context);
            }
            Amount::Target => {
                context.on(instrument).target_weight(self.weight, Weight::ZERO);
                if !self.exits.is_empty() {
                    self.protect(instrument, context);
                }
            }
        }
    }

    /// Gives what is held already the exits from here. It is no order that somebody would wait for,
    /// and a bar under way may fill them, as it may fill the orders from here.
    fn stand(self, instrument: u32, context: &mut Context<'_>) {
        let intent = Intent::Protect { exits: self.exits, keeps_taken: false };
        context.orders.submit(instrument, context.now_ms, intent);
        if let Some(order) = context.orders.of_mut(instrument).last_mut() {
            order.stand_always(self.order);
        }
    }

    /// Gives what was just entered the exits from here.
    fn protect(self, instrument: u32, context: &mut Context<'_>) {
        let intent = Intent::Protect { exits: self.exits, keeps_taken: false };
        self.give(instrument, intent, context);
    }

    /// Under the name of the order that it repeats: exits have their place among the orders of a
    /// bar by that.
    fn give(self, instrument: u32, intent: Intent, context: &mut Context<'_>) {
        context.orders.submit(instrument, context.now_ms, intent);
        if let Some(order) = context.orders.of_mut(instrument).last_mut() {
            (order.id, order.line) = (self.order, self.order);
        }
    }
}
