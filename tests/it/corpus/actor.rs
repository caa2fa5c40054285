//! Strategies that give every kind of order, as their dice and what they see decide.

use tradeforge::market::{Bar, Decimal};
use tradeforge::strategy::{Context, Strategy};
use tradeforge::trading::{Entry, Exits, Level, OrderId, OrderKind, Side, Size};

use crate::support::Dice;

/// The calm one has at most one order that waits for a price, and only while it holds nothing; the
/// crowded one has any number at any time.
pub(super) struct Actor {
    dice: Dice,
    is_crowded: bool,
    orders: Vec<OrderId>,
}

impl Actor {
    pub(super) fn new(seed: u64, is_crowded: bool) -> Self {
        Self { dice: Dice::seeded(seed), is_crowded, orders: Vec::new() }
    }

    /// A price some way off, in parts of the bar's range.
    fn near(&mut self, bar: &Bar) -> i64 {
        let reach = 2 * (bar.high - bar.low) + 5;
        (bar.close + self.dice.below(2 * reach as u64 + 1) as i64 - reach).max(1)
    }

    fn level(&mut self, bar: &Bar) -> Level {
        if self.dice.below(2) == 0 {
            return Level::Price(self.near(bar));
        }
        Level::Away(self.dice.below(8) as f64 * (bar.high - bar.low + 1) as f64 / 3.0)
    }

    fn portion(&mut self) -> Decimal {
        Decimal::new(1 + self.dice.below(10) as i64, 1).unwrap()
    }

    fn exits(&mut self, bar: &Bar) -> Exits {
        let mut exits = Exits::NONE;
        if self.dice.below(3) > 0 {
            exits = Exits::stop(self.level(bar));
        }
        for _ in 0..self.dice.below(4) {
            exits = exits.and_target(self.level(bar), self.portion());
        }
        exits
    }

    fn entry(&mut self, bar: &Bar) -> Entry {
        let side = if self.dice.below(2) == 0 { Side::Long } else { Side::Short };
        let (price, other) = (self.near(bar), self.near(bar));
        let entry = match self.dice.below(4) {
            0 => Entry::market(side),
            1 => Entry::limit(side, price),
            2 => Entry::stop(side, price),
            _ => Entry::stop_limit(side, price, other),
        };
        let fraction = Decimal::new(1 + self.dice.below(40) as i64, 2).unwrap();
        let size = match self.dice.below(4) {
            0 => Size::Steps(self.dice.below(9_000) as i64),
            1 => Size::Value(self.dice.below(1 << 36) as i64),
            2 => Size::Equity(fraction.into()),
            _ => Size::Risk(fraction.into()),
        };
        entry.sized(size).with(self.exits(bar))
    }

    fn cancel(&mut self, context: &mut Context<'_>) {
        if let Some(order) = self.orders.pop() {
            context.cancel(order);
        }
    }
}

impl Strategy for Actor {
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        let held = context.side.map_or(0, |side| 2 + side.sign());
        // What it sees shall matter to what it does.
        for _ in 0..held + i64::from(context.has_pending_order()) + bar.close % 3 {
            _ = self.dice.below(2);
        }
        let is_waiting = context.has_pending_order();
        if !self.is_crowded && is_waiting && (context.side.is_some() || self.dice.below(4) == 0) {
            self.cancel(context);
        }
        match self.dice.below(24) {
            0..4 if self.is_crowded || !is_waiting => {
                let mut entry = self.entry(bar);
                if !self.is_crowded && context.side.is_some() {
                    entry.kind = OrderKind::Market;
                }
                self.orders.push(context.submit(entry));
            }
            4 => context.exit(),
            5 => {
                let portion = self.portion();
                context.exit_part(portion);
            }
            6 if self.is_crowded || !is_waiting => {
                let entry = self.entry(bar);
                self.orders.push(context.reverse(entry));
            }
            7 => {
                let exits = self.exits(bar);
                context.protect(exits);
            }
            8..11 if self.is_crowded => self.cancel(context),
            _ => {}
        }
    }
}
