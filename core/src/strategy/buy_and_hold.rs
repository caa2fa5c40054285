//! Buys at the first chance and never sells: what every strategy is measured against.

use super::{Context, Strategy, StrategyEntry, building, warming};
use crate::market::Bar;
use crate::trading::Side;

/// The catalog's entry.
pub(super) fn entry() -> StrategyEntry {
    StrategyEntry {
        name: "buy_and_hold".into(),
        version: "1".into(),
        display_name: "Buy and hold".into(),
        description: "Buys at the open of the second bar and holds to the end.".into(),
        scope: super::Scope::Instrument,
        aux: None,
        markets: Vec::new(),
        default_sizing: Some(super::ALL_IN),
        params: Vec::new(),
        warm_up: warming(|_| 1),
        build: building(|_| Ok(Box::new(BuyAndHold { bought: false }))),
    }
}

struct BuyAndHold {
    bought: bool,
}

impl Strategy for BuyAndHold {
    fn on_bar(&mut self, _bar: &Bar, context: &mut Context<'_>) {
        if !self.bought && !context.is_warming_up {
            self.bought = true;
            context.enter(Side::Long);
        }
    }
}
