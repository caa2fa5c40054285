//! Buys weakness and sells strength by the relative strength index.

use super::direction::{Direction, Signals};
use super::param::{Domain, ParamSpec, Params};
use super::{Context, ParamConflict, Rule, Signal, Strategy, StrategyEntry, building, warming};
use crate::indicator::{Indicator, Rsi};
use crate::market::Bar;

/// The catalog's entry.
pub(super) fn entry() -> StrategyEntry {
    StrategyEntry {
        name: "rsi_reversion".into(),
        version: "1".into(),
        display_name: "RSI reversion".into(),
        description: "Goes long while the relative strength index is below the oversold level, \
                      and leaves once it is above the overbought level; mirrored for short."
            .into(),
        scope: super::Scope::Instrument,
        aux: None,
        markets: Vec::new(),
        default_sizing: Some(super::ALL_IN),
        params: vec![
            ParamSpec {
                display_name: "Period".into(),
                description: "Price changes that Wilder's averages are taken over.".into(),
                suggested: Domain::Int { min: 6, max: 30, step: 2 },
                ..ParamSpec::length("period", 14)
            },
            level("oversold", "Oversold", 30.0, (15.0, 40.0)),
            level("overbought", "Overbought", 70.0, (50.0, 80.0)),
            Direction::spec(),
        ],
        warm_up: warming(|params| params.length("period") + 1),
        build: building(|params| Ok(Box::new(RsiReversion::new(params)?))),
    }
}

fn level(
    name: &'static str,
    display_name: &'static str,
    default: f64,
    (min, max): (f64, f64),
) -> ParamSpec {
    ParamSpec {
        name: name.into(),
        display_name: display_name.into(),
        description: "Level of the index that the strategy acts beyond.".into(),
        unit: "RSI points".into(),
        default: default.into(),
        domain: Domain::Double { min: 0.0, max: 100.0, step: 1.0 },
        suggested: Domain::Double { min, max, step: 5.0 },
    }
}

struct RsiReversion {
    period: usize,
    rsi: Rsi,
    oversold: f64,
    overbought: f64,
    direction: Direction,
}

impl RsiReversion {
    fn new(params: &Params) -> Result<Self, ParamConflict> {
        let (oversold, overbought) = (params.double("oversold"), params.double("overbought"));
        if oversold >= overbought {
            let message = "oversold must be less than overbought";
            return Err(ParamConflict::new("oversold", message, params));
        }
        let period = params.length("period");
        let (rsi, direction) = (Rsi::new(period), Direction::of(params));
        Ok(Self { period, rsi, oversold, overbought, direction })
    }
}

impl Strategy for RsiReversion {
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        let Some(rsi) = self.rsi.update(bar.close) else { return };
        let (weak, strong) = (rsi < self.oversold, rsi > self.overbought);
        let signals =
            Signals { enter_long: weak, exit_long: strong, enter_short: strong, exit_short: weak };
        self.direction.follow(signals, context);
    }

    fn rule(&self) -> Option<Rule> {
        let Self { period, oversold, overbought, direction, .. } = *self;
        let signal = Signal::StrengthBeyond { period, oversold, overbought };
        Some(Rule { signal, direction, stop: None })
    }
}
