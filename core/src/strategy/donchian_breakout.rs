//! Follows the breakout from a price channel, with a stop by the average true range.

use super::direction::{Direction, Signals};
use super::param::{Domain, POSITIVE_MIN, ParamSpec, Params};
use super::{AtrStop, Context, Rule, Signal, Strategy, StrategyEntry, building, warming};
use crate::indicator::{Atr, Highest, Indicator, Lowest};
use crate::market::Bar;
use crate::trading::{Exits, Level};

/// The catalog's entry.
pub(super) fn entry() -> StrategyEntry {
    StrategyEntry {
        name: "donchian_breakout".into(),
        version: "1".into(),
        display_name: "Donchian breakout".into(),
        description: "Goes long when the close is above the highest high of the bars before, with \
                      a stop some average true ranges below the fill, and leaves when the close \
                      is under the lowest low of a shorter channel; mirrored for short."
            .into(),
        scope: super::Scope::Instrument,
        aux: None,
        markets: Vec::new(),
        default_sizing: Some(super::ALL_IN),
        params: vec![
            ParamSpec {
                display_name: "Entry channel".into(),
                description: "Bars before the close whose highest high it must exceed.".into(),
                suggested: Domain::Int { min: 20, max: 100, step: 20 },
                ..ParamSpec::length("entry", 20)
            },
            ParamSpec {
                display_name: "Exit channel".into(),
                description: "Bars before the close whose lowest low it must undercut.".into(),
                suggested: Domain::Int { min: 10, max: 50, step: 10 },
                ..ParamSpec::length("exit", 10)
            },
            ParamSpec {
                display_name: "ATR period".into(),
                description: "Bars that the average true range is taken over.".into(),
                suggested: Domain::Int { min: 7, max: 28, step: 7 },
                ..ParamSpec::length("atr_period", 14)
            },
            ParamSpec {
                name: "atr_stop".into(),
                display_name: "Stop distance".into(),
                description: "Distance of the stop from the fill price, in average true ranges of \
                              the bar that decided."
                    .into(),
                unit: "average true ranges".into(),
                default: 2.0.into(),
                domain: Domain::Double { min: POSITIVE_MIN, max: 100.0, step: 0.1 },
                suggested: Domain::Double { min: 1.5, max: 4.0, step: 0.5 },
            },
            Direction::spec(),
        ],
        warm_up: warming(|params| {
            // The channels are those of the bars before the one that decides.
            let channel = params.length("entry").max(params.length("exit")) + 1;
            channel.max(params.length("atr_period"))
        }),
        build: building(|params| Ok(Box::new(DonchianBreakout::new(params)))),
    }
}

struct DonchianBreakout {
    lengths: (usize, usize),
    stop: AtrStop,
    entry: Channel,
    exit: Channel,
    atr: Atr,
    direction: Direction,
}

/// The highest high and the lowest low of the bars before the present one.
struct Channel {
    highest: Highest,
    lowest: Lowest,
    before: Option<(i64, i64)>,
}

impl Channel {
    fn new(length: usize) -> Self {
        Self { highest: Highest::new(length), lowest: Lowest::new(length), before: None }
    }

    /// Whether the close is above or below the channel of the bars before.
    #[inline]
    fn update(&mut self, bar: &Bar) -> (bool, bool) {
        let broken =
            self.before.map_or((false, false), |(high, low)| (bar.close > high, bar.close < low));
        self.before = self.highest.update(bar.high).zip(self.lowest.update(bar.low));
        broken
    }
}

impl DonchianBreakout {
    fn new(params: &Params) -> Self {
        let (entry, exit) = (params.length("entry"), params.length("exit"));
        let period = params.length("atr_period");
        Self {
            lengths: (entry, exit),
            stop: AtrStop { period, ranges: params.double("atr_stop") },
            entry: Channel::new(entry),
            exit: Channel::new(exit),
            atr: Atr::new(period),
            direction: Direction::of(params),
        }
    }
}

impl Strategy for DonchianBreakout {
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        let (enter_long, enter_short) = self.entry.update(bar);
        let (exit_short, exit_long) = self.exit.update(bar);
        let Some(atr) = self.atr.update(*bar) else { return };
        let signals = Signals { enter_long, exit_long, enter_short, exit_short };
        if signals != Signals::default() {
            let stop = Exits::stop(Level::Away(self.stop.ranges * atr));
            self.direction.follow_with(signals, stop, context);
        }
    }

    fn rule(&self) -> Option<Rule> {
        let (entry, exit) = self.lengths;
        let signal = Signal::ChannelBreak { entry, exit };
        Some(Rule { signal, direction: self.direction, stop: Some(self.stop) })
    }
}
