//! Follows the crossing of two exponential moving averages.

use super::crossing::Crossing;
use super::direction::Direction;
use super::param::{Domain, ParamSpec, Params};
use super::{Context, ParamConflict, Rule, Signal, Strategy, StrategyEntry, building, warming};
use crate::indicator::{Ema, Indicator};
use crate::market::Bar;

/// The catalog's entry.
pub(super) fn entry() -> StrategyEntry {
    StrategyEntry {
        name: "ema_cross".into(),
        version: "1".into(),
        display_name: "EMA crossover".into(),
        description: "Goes long when the fast exponential moving average of the close crosses \
                      above the slow one, and leaves when it crosses below; mirrored for short. \
                      Turns sooner than simple averages of the same lengths."
            .into(),
        scope: super::Scope::Instrument,
        aux: None,
        markets: Vec::new(),
        default_sizing: Some(super::ALL_IN),
        params: vec![
            ParamSpec {
                display_name: "Fast length".into(),
                description: "Bars that the fast average weighs; less than the slow one.".into(),
                suggested: Domain::Int { min: 4, max: 24, step: 2 },
                ..ParamSpec::length("fast", 12)
            },
            ParamSpec {
                display_name: "Slow length".into(),
                description: "Bars that the slow average weighs.".into(),
                suggested: Domain::Int { min: 26, max: 130, step: 8 },
                ..ParamSpec::length("slow", 26)
            },
            Direction::spec(),
        ],
        warm_up: warming(|params| params.length("slow") + 1),
        build: building(|params| Ok(Box::new(EmaCross::new(params)?))),
    }
}

struct EmaCross {
    lengths: (usize, usize),
    fast: Ema,
    slow: Ema,
    crossing: Crossing<f64>,
    direction: Direction,
}

impl EmaCross {
    fn new(params: &Params) -> Result<Self, ParamConflict> {
        let (fast, slow) = (params.length("fast"), params.length("slow"));
        if fast >= slow {
            return Err(ParamConflict::new("fast", "fast must be less than slow", params));
        }
        Ok(Self {
            lengths: (fast, slow),
            fast: Ema::new(fast),
            slow: Ema::new(slow),
            crossing: Crossing::default(),
            direction: Direction::of(params),
        })
    }
}

impl Strategy for EmaCross {
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        let fast = self.fast.update(bar.close);
        let now = self.slow.update(bar.close).and_then(|slow| Some((fast?, slow)));
        self.direction.follow(self.crossing.update(now), context);
    }

    fn rule(&self) -> Option<Rule> {
        let (fast, slow) = self.lengths;
        let signal = Signal::ExponentialCross { fast, slow };
        Some(Rule { signal, direction: self.direction, stop: None })
    }
}
