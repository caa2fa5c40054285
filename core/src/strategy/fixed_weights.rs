//! Holds every instrument of the run in equal parts of the equity.

use super::context::Rest;
use super::param::{Domain, ParamSpec, Params};
use super::{Context, Scope, Strategy, StrategyEntry, building, warming};
use crate::market::Bar;
use crate::trading::Weight;

/// The catalog's entry.
pub(super) fn entry() -> StrategyEntry {
    StrategyEntry {
        name: "fixed_weights".into(),
        version: "1".into(),
        display_name: "Fixed weights".into(),
        description: "Holds all instruments of the run in equal parts of the equity, and brings \
                      them back to that every so many bars."
            .into(),
        scope: Scope::Portfolio,
        aux: None,
        markets: Vec::new(),
        default_sizing: None,
        params: vec![
            ParamSpec {
                display_name: "Every".into(),
                description: "Bars of the first subscription from one rebalancing to the next."
                    .into(),
                suggested: Domain::Int { min: 5, max: 60, step: 5 },
                ..ParamSpec::length("every", 20)
            },
            band(),
        ],
        warm_up: warming(|_| 1),
        build: building(|params| Ok(Box::new(FixedWeights::new(params)))),
    }
}

/// The parameter that strategies of target weights share.
pub(super) fn band() -> ParamSpec {
    ParamSpec {
        name: "band".into(),
        display_name: "Band".into(),
        description: "Changes that are worth less than this fraction of the equity are left alone."
            .into(),
        unit: "fraction of the equity".into(),
        default: 0.0.into(),
        domain: Domain::Double { min: 0.0, max: 1.0, step: 0.005 },
        suggested: Domain::Double { min: 0.0, max: 0.05, step: 0.01 },
    }
}

/// What the parameter `band` says.
pub(super) fn band_of(params: &Params) -> Weight {
    Weight::nearest(params.double("band")).unwrap_or_default()
}

/// Comes up once in so many bars of the first subscription.
#[derive(Debug)]
pub(super) struct Every {
    bars: usize,
    to_go: usize,
}

impl Every {
    /// At the end of the first bar, and then of each that is so many bars later.
    pub(super) fn of(params: &Params) -> Self {
        Self { bars: params.length("every"), to_go: 0 }
    }

    /// Whether it is time; asked once a moment.
    pub(super) fn is_time(&mut self, context: &Context<'_>) -> bool {
        if context.is_warming_up || context.ended_ms(0) != Some(context.now_ms) {
            return false;
        }
        let is_time = self.to_go == 0;
        self.to_go = if is_time { self.bars - 1 } else { self.to_go - 1 };
        is_time
    }
}

struct FixedWeights {
    every: Every,
    band: Weight,
}

impl FixedWeights {
    fn new(params: &Params) -> Self {
        Self { every: Every::of(params), band: band_of(params) }
    }
}

impl Strategy for FixedWeights {
    fn on_bar(&mut self, _bar: &Bar, _context: &mut Context<'_>) {}

    fn on_moment(&mut self, context: &mut Context<'_>) {
        if self.every.is_time(context) {
            let instruments = context.instruments();
            let part = Weight::one_of(instruments);
            let targets: Vec<_> = (0..instruments as u32).map(|place| (place, part)).collect();
            context.rebalance(&targets, Rest::Keep, self.band);
        }
    }
}
