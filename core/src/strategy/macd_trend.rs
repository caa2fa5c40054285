//! Follows the crossing of the MACD line with its signal line.

use super::crossing::Crossing;
use super::direction::Direction;
use super::param::{Domain, ParamSpec, Params};
use super::{Context, ParamConflict, Rule, Signal, Strategy, StrategyEntry, building, warming};
use crate::indicator::{Indicator, Macd};
use crate::market::Bar;

/// The catalog's entry.
pub(super) fn entry() -> StrategyEntry {
    StrategyEntry {
        name: "macd_trend".into(),
        version: "1".into(),
        display_name: "MACD trend".into(),
        description: "Goes long when the MACD line, the difference of a fast and a slow \
                      exponential average of the close, crosses above its own average, the \
                      signal line, and leaves when it crosses below; mirrored for short."
            .into(),
        scope: super::Scope::Instrument,
        aux: None,
        markets: Vec::new(),
        default_sizing: Some(super::ALL_IN),
        params: vec![
            ParamSpec {
                display_name: "Fast length".into(),
                description: "Bars that the fast average weighs; less than the slow one.".into(),
                suggested: Domain::Int { min: 6, max: 20, step: 2 },
                ..ParamSpec::length("fast", 12)
            },
            ParamSpec {
                display_name: "Slow length".into(),
                description: "Bars that the slow average weighs.".into(),
                suggested: Domain::Int { min: 22, max: 62, step: 4 },
                ..ParamSpec::length("slow", 26)
            },
            ParamSpec {
                display_name: "Signal length".into(),
                description: "Values of the MACD line that the signal line weighs.".into(),
                suggested: Domain::Int { min: 5, max: 15, step: 2 },
                ..ParamSpec::length("signal", 9)
            },
            Direction::spec(),
        ],
        warm_up: warming(|params| params.length("slow") + params.length("signal")),
        build: building(|params| Ok(Box::new(MacdTrend::new(params)?))),
    }
}

struct MacdTrend {
    signal: Signal,
    macd: Macd,
    crossing: Crossing<f64>,
    direction: Direction,
}

impl MacdTrend {
    fn new(params: &Params) -> Result<Self, ParamConflict> {
        let (fast, slow) = (params.length("fast"), params.length("slow"));
        let signal = params.length("signal");
        if fast >= slow {
            return Err(ParamConflict::new("fast", "fast must be less than slow", params));
        }
        Ok(Self {
            signal: Signal::MacdCross { fast, slow, signal },
            macd: Macd::new(fast, slow, signal),
            crossing: Crossing::default(),
            direction: Direction::of(params),
        })
    }
}

impl Strategy for MacdTrend {
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        let lines = self.macd.update(bar.close).map(|macd| (macd.line, macd.signal));
        self.direction.follow(self.crossing.update(lines), context);
    }

    fn rule(&self) -> Option<Rule> {
        Some(Rule { signal: self.signal.clone(), direction: self.direction, stop: None })
    }
}
