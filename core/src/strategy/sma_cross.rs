//! Follows the crossing of two simple moving averages.

use super::crossing::Crossing;
use super::direction::Direction;
use super::param::{Domain, ParamSpec, Params};
use super::{Context, ParamConflict, Rule, Signal, Strategy, StrategyEntry, building, warming};
use crate::indicator::{Indicator, Mean, Sma};
use crate::market::Bar;

/// The catalog's entry.
pub(super) fn entry() -> StrategyEntry {
    StrategyEntry {
        name: "sma_cross".into(),
        version: "1".into(),
        display_name: "SMA crossover".into(),
        description: "Goes long when the fast simple moving average of the close crosses above \
                      the slow one, and leaves when it crosses below; mirrored for short."
            .into(),
        scope: super::Scope::Instrument,
        aux: None,
        markets: Vec::new(),
        default_sizing: Some(super::ALL_IN),
        params: vec![
            ParamSpec {
                display_name: "Fast length".into(),
                description: "Bars in the fast average; less than the slow one.".into(),
                suggested: Domain::Int { min: 5, max: 50, step: 5 },
                ..ParamSpec::length("fast", 10)
            },
            ParamSpec {
                display_name: "Slow length".into(),
                description: "Bars in the slow average.".into(),
                suggested: Domain::Int { min: 60, max: 300, step: 20 },
                ..ParamSpec::length("slow", 50)
            },
            Direction::spec(),
        ],
        warm_up: warming(|params| params.length("slow") + 1),
        build: building(|params| Ok(Box::new(SmaCross::new(params)?))),
    }
}

struct SmaCross {
    lengths: (usize, usize),
    fast: Sma,
    slow: Sma,
    crossing: Crossing<Mean>,
    direction: Direction,
}

impl SmaCross {
    fn new(params: &Params) -> Result<Self, ParamConflict> {
        let (fast, slow) = (params.length("fast"), params.length("slow"));
        if fast >= slow {
            return Err(ParamConflict::new("fast", "fast must be less than slow", params));
        }
        Ok(Self {
            lengths: (fast, slow),
            fast: Sma::new(fast),
            slow: Sma::new(slow),
            crossing: Crossing::default(),
            direction: Direction::of(params),
        })
    }
}

impl Strategy for SmaCross {
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        let fast = self.fast.update(bar.close);
        let now = self.slow.update(bar.close).and_then(|slow| Some((fast?, slow)));
        self.direction.follow(self.crossing.update(now), context);
    }

    fn rule(&self) -> Option<Rule> {
        let (fast, slow) = self.lengths;
        let signal = Signal::MeanCross { fast, slow };
        Some(Rule { signal, direction: self.direction, stop: None })
    }
}
