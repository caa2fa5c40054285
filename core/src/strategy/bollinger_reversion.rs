//! Buys below the lower Bollinger band and leaves at the middle.

use super::direction::{Direction, Signals};
use super::param::{Domain, POSITIVE_MIN, ParamSpec, Params};
use super::{Context, Rule, Signal, Strategy, StrategyEntry, building, warming};
use crate::indicator::{Bollinger, Indicator};
use crate::market::Bar;

/// The catalog's entry.
pub(super) fn entry() -> StrategyEntry {
    StrategyEntry {
        name: "bollinger_reversion".into(),
        version: "1".into(),
        display_name: "Bollinger reversion".into(),
        description: "Goes long when the close is under the lower Bollinger band, and leaves once \
                      it is back at the middle or above; mirrored for short."
            .into(),
        scope: super::Scope::Instrument,
        aux: None,
        markets: Vec::new(),
        default_sizing: Some(super::ALL_IN),
        params: vec![
            ParamSpec {
                display_name: "Period".into(),
                description: "Bars that mean and deviation are taken over.".into(),
                suggested: Domain::Int { min: 10, max: 60, step: 5 },
                ..ParamSpec::length("period", 20)
            },
            ParamSpec {
                name: "deviations".into(),
                display_name: "Band width".into(),
                description: "Distance of the bands from the middle, in standard deviations of \
                              the close."
                    .into(),
                unit: "standard deviations".into(),
                default: 2.0.into(),
                domain: Domain::Double { min: POSITIVE_MIN, max: 100.0, step: 0.1 },
                suggested: Domain::Double { min: 1.0, max: 3.0, step: 0.25 },
            },
            Direction::spec(),
        ],
        warm_up: warming(|params| params.length("period")),
        build: building(|params| Ok(Box::new(BollingerReversion::new(params)))),
    }
}

struct BollingerReversion {
    period: usize,
    bollinger: Bollinger,
    deviations: f64,
    direction: Direction,
}

impl BollingerReversion {
    fn new(params: &Params) -> Self {
        let period = params.length("period");
        Self {
            period,
            bollinger: Bollinger::new(period),
            deviations: params.double("deviations"),
            direction: Direction::of(params),
        }
    }
}

impl Strategy for BollingerReversion {
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        let Some(bands) = self.bollinger.update(bar.close) else { return };
        let signals = Signals {
            enter_long: bands.is_below_lower(bar.close, self.deviations),
            exit_long: bands.is_at_or_above_middle(bar.close),
            enter_short: bands.is_above_upper(bar.close, self.deviations),
            exit_short: bands.is_at_or_below_middle(bar.close),
        };
        self.direction.follow(signals, context);
    }

    fn rule(&self) -> Option<Rule> {
        let Self { period, deviations, direction, .. } = *self;
        Some(Rule { signal: Signal::BandReturn { period, deviations }, direction, stop: None })
    }
}
