//! Holds those instruments of the run that have gained most.

use super::context::Rest;
use super::fixed_weights::{Every, band, band_of};
use super::param::{Domain, ParamSpec, Params};
use super::{Context, Scope, Strategy, StrategyEntry, building, warming};
use crate::market::Bar;
use crate::trading::Weight;

/// The catalog's entry.
pub(super) fn entry() -> StrategyEntry {
    StrategyEntry {
        name: "momentum_rotation".into(),
        version: "1".into(),
        display_name: "Momentum rotation".into(),
        description: "Every so many bars ranks the instruments of the run by how much they have \
                      gained, holds the best of them in equal parts of the equity and leaves the \
                      others."
            .into(),
        scope: Scope::Portfolio,
        aux: None,
        markets: Vec::new(),
        default_sizing: None,
        params: vec![
            ParamSpec {
                display_name: "Lookback".into(),
                description: "Bars over which the gain is measured, in each instrument's own."
                    .into(),
                suggested: Domain::Int { min: 20, max: 240, step: 20 },
                domain: Domain::Int { min: 1, max: 9_999, step: 1 },
                ..ParamSpec::length("lookback", 60)
            },
            ParamSpec {
                display_name: "Top".into(),
                description: "How many instruments are held.".into(),
                unit: "instruments".into(),
                domain: Domain::Int { min: 1, max: 500, step: 1 },
                suggested: Domain::Int { min: 1, max: 10, step: 1 },
                ..ParamSpec::length("top", 3)
            },
            ParamSpec {
                display_name: "Every".into(),
                description: "Bars of the first subscription from one ranking to the next.".into(),
                suggested: Domain::Int { min: 5, max: 60, step: 5 },
                ..ParamSpec::length("every", 20)
            },
            band(),
        ],
        warm_up: warming(|params| params.length("lookback") + 1),
        build: building(|params| Ok(Box::new(MomentumRotation::new(params)))),
    }
}

struct MomentumRotation {
    lookback: usize,
    top: usize,
    every: Every,
    band: Weight,
}

/// The close of now and the one it is compared with, in ticks of the instrument.
#[derive(Clone, Copy)]
struct Gain {
    instrument: u32,
    now: i64,
    before: i64,
}

impl Gain {
    /// Whether it is the greater, exactly; ticks of different instruments cancel out.
    fn is_above(&self, other: &Self) -> std::cmp::Ordering {
        let (own, its) = (
            i128::from(self.now) * i128::from(other.before),
            i128::from(other.now) * i128::from(self.before),
        );
        its.cmp(&own)
    }
}

impl MomentumRotation {
    fn new(params: &Params) -> Self {
        Self {
            lookback: params.length("lookback"),
            top: params.length("top"),
            every: Every::of(params),
            band: band_of(params),
        }
    }

    /// `None` until the instrument has bars enough.
    fn gain(&self, instrument: u32, context: &Context<'_>) -> Option<Gain> {
        let subscription = context.first_subscription(instrument);
        let now = context.bar(subscription)?.close;
        let before = context.past(subscription, self.lookback)?.close;
        Some(Gain { instrument, now, before })
    }
}

impl Strategy for MomentumRotation {
    fn on_bar(&mut self, _bar: &Bar, _context: &mut Context<'_>) {}

    fn on_moment(&mut self, context: &mut Context<'_>) {
        if !self.every.is_time(context) {
            return;
        }
        let instruments = 0..context.instruments() as u32;
        let mut gains: Vec<Gain> =
            instruments.filter_map(|instrument| self.gain(instrument, context)).collect();
        // Stable: of equal gains the instrument that was named first goes first.
        gains.sort_by(Gain::is_above);
        let part = Weight::one_of(self.top);
        let best = gains.iter().take(self.top);
        let targets: Vec<_> = best.map(|gain| (gain.instrument, part)).collect();
        context.rebalance(&targets, Rest::Close, self.band);
    }

    fn lookback(&self, _subscription: usize) -> usize {
        self.lookback + 1
    }
}
