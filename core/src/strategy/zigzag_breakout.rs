//! Enters where the price breaks its last swing, and risks the way to the opposite one.

use super::param::{Domain, POSITIVE_MIN, ParamSpec, Params};
use super::{Context, Strategy, StrategyEntry, building, warming};
use crate::indicator::{Indicator, Swing, Swings, ZigZag};
use crate::market::{Bar, Decimal};
use crate::trading::{Entry, Exits, Level, OrderId, Side, Size};

/// The catalog's entry.
pub(super) fn entry() -> StrategyEntry {
    StrategyEntry {
        name: "zigzag_breakout".into(),
        version: "1".into(),
        display_name: "Zigzag breakout".into(),
        description: "Keeps a stop entry at the last confirmed swing, long at a high and short at \
                      a low, with the stop-loss at the opposite swing. Sized so that the loss to \
                      the stop is a fixed part of the equity; the order follows the swings until \
                      it fills."
            .into(),
        scope: super::Scope::Instrument,
        aux: None,
        markets: Vec::new(),
        default_sizing: None,
        params: vec![
            ParamSpec {
                name: "depth_atr".into(),
                display_name: "Swing depth".into(),
                description: "How far a close must be from a swing to confirm it, in average true \
                              ranges."
                    .into(),
                unit: "average true ranges".into(),
                default: 3.0.into(),
                domain: Domain::Double { min: POSITIVE_MIN, max: 100.0, step: 0.5 },
                suggested: Domain::Double { min: 2.0, max: 6.0, step: 1.0 },
            },
            ParamSpec {
                name: "min_threshold".into(),
                display_name: "Least swing".into(),
                description: "How far a close must be from a swing at least, as a fraction of its \
                              price."
                    .into(),
                unit: "fraction".into(),
                default: 0.005.into(),
                domain: Domain::Double { min: 0.0, max: 1.0, step: 0.001 },
                suggested: Domain::Double { min: 0.0025, max: 0.02, step: 0.0025 },
            },
            ParamSpec {
                name: "risk".into(),
                display_name: "Risk".into(),
                description: "Part of the equity that is lost from the entry to its stop-loss, \
                              costs aside; less where the account cannot carry the position."
                    .into(),
                unit: "fraction".into(),
                default: 0.01.into(),
                domain: Domain::Double { min: POSITIVE_MIN, max: 1.0, step: 0.005 },
                suggested: Domain::Double { min: 0.005, max: 0.02, step: 0.005 },
            },
            ParamSpec {
                display_name: "ATR period".into(),
                description: "Bars that the average true range is taken over.".into(),
                suggested: Domain::Int { min: 7, max: 28, step: 7 },
                ..ParamSpec::length("atr_period", 14)
            },
        ],
        warm_up: warming(|params| params.length("atr_period")),
        build: building(|params| Ok(Box::new(ZigzagBreakout::new(params)))),
    }
}

struct ZigzagBreakout {
    zigzag: ZigZag,
    size: Size,
    order: Option<OrderId>,
    /// Whether a swing was confirmed that no order has been at yet: one order a swing.
    is_fresh: bool,
}

impl ZigzagBreakout {
    fn new(params: &Params) -> Self {
        let (depth, threshold) = (params.double("depth_atr"), params.double("min_threshold"));
        let risk = Decimal::nearest(params.double("risk")).unwrap_or(Decimal::ZERO);
        Self {
            zigzag: ZigZag::new(params.length("atr_period"), depth, threshold),
            size: Size::Risk(risk.into()),
            order: None,
            is_fresh: false,
        }
    }
}

/// The entry at the last swing; `None` until there are swings of both kinds.
fn entry_at(swings: Swings) -> Option<Entry> {
    let (high, low) = (swings.high?, swings.low?);
    let (side, price, opposite) = match swings.last? {
        Swing::High => (Side::Long, high, low),
        Swing::Low => (Side::Short, low, high),
    };
    Some(Entry::stop(side, price).with(Exits::stop(Level::Price(opposite))))
}

impl Strategy for ZigzagBreakout {
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        let Some(swings) = self.zigzag.update(*bar) else { return };
        self.is_fresh |= swings.is_new;
        let is_holding = context.side.is_some();
        let is_moved = self.is_fresh && !is_holding && !context.is_warming_up;
        let entry = entry_at(swings).filter(|_| is_moved).map(|entry| entry.sized(self.size));
        // A filled order is gone by itself.
        let standing = if self.is_fresh || is_holding { self.order.take() } else { None };
        match (entry, standing) {
            (Some(entry), Some(standing)) => self.order = Some(context.replace(standing, entry)),
            (Some(entry), None) => self.order = Some(context.submit(entry)),
            (None, Some(standing)) => _ = context.cancel(standing),
            (None, None) => {}
        }
        self.is_fresh &= entry.is_none();
    }
}
