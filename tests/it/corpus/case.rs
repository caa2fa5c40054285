//! The specifications of the corpus: each follows from its number alone, and must stay as it is.

use std::collections::BTreeMap;

use tradeforge::market::{Decimal, Instrument, Series};
use tradeforge::strategy::{Catalog, Domain, ParamSpec, ParamValue, Params, Strategy};
use tradeforge::trading::{EndOfRunPolicy, EntryBarPolicy, Simulation, Sizing};

use super::actor::Actor;
use super::market::{KINDS, Kind};
use crate::support::Dice;

/// How many there are.
pub(super) const CASES: u64 = 320;

/// The strategies that version 1 shipped; the last two give orders of every kind.
const STRATEGIES: [&str; 10] = [
    "bollinger_reversion",
    "buy_and_hold",
    "donchian_breakout",
    "ema_cross",
    "macd_trend",
    "rsi_reversion",
    "sma_cross",
    "zigzag_breakout",
    "calm",
    "crowded",
];

/// One specification.
pub(super) struct Case {
    pub number: u64,
    pub strategy: &'static str,
    params: Option<Params>,
    pub kind: &'static Kind,
    /// Which timeframes, the deciding one first.
    pub feed: &'static [&'static str],
    pub simulation: Simulation,
    pub instrument: Instrument,
    pub series: Vec<Series>,
}

impl Case {
    pub(super) fn numbered(number: u64) -> Self {
        let mut dice = Dice::seeded(number);
        let strategy = STRATEGIES[number as usize % STRATEGIES.len()];
        let kind = &KINDS[(number as usize / STRATEGIES.len()) % KINDS.len()];
        let feed = dice.pick(kind.feeds).unwrap();
        Self {
            number,
            strategy,
            params: is_shipped(strategy).then(|| params(strategy, &mut dice)),
            kind,
            feed,
            simulation: simulation(&mut dice),
            instrument: Instrument::new("CORPUS", kind.name).unwrap(),
            series: kind.series(feed, &mut dice),
        }
    }

    /// The strategy, ready for the first bar.
    pub(super) fn build(&self) -> Box<dyn Strategy> {
        let Some(params) = &self.params else {
            return Box::new(Actor::new(self.number, self.strategy == "crowded"));
        };
        let catalog = Catalog::shipped();
        let entry = catalog.find(self.strategy, "").unwrap();
        (entry.build)(params).ok().unwrap()
    }

    /// The word given for a parameter; empty if there is none.
    pub(super) fn word(&self, name: &str) -> String {
        let found = self.params.iter().flat_map(Params::iter).find(|(known, _)| *known == name);
        found.map_or_else(String::new, |(_, value)| value.to_string())
    }
}

fn is_shipped(strategy: &str) -> bool {
    strategy != "calm" && strategy != "crowded"
}

/// Parameters that make sense together.
fn params(strategy: &str, dice: &mut Dice) -> Params {
    let catalog = Catalog::shipped();
    let entry = catalog.find(strategy, "").unwrap();
    loop {
        let given: BTreeMap<String, ParamValue> =
            entry.params.iter().map(|spec| (spec.name.to_string(), draw(spec, dice))).collect();
        let params = Params::resolve(&entry.params, &given).unwrap();
        if (entry.build)(&params).is_ok() {
            return params;
        }
    }
}

/// A value that a market of some hundred bars leaves time for.
fn draw(spec: &ParamSpec, dice: &mut Dice) -> ParamValue {
    match spec.domain {
        Domain::Int { min, max, .. } => (min + dice.below(30) as i64).min(max).into(),
        Domain::Double { min, max, .. } => {
            let value = match &*spec.name {
                "oversold" | "overbought" => (1 + dice.below(99)) as f64,
                "deviations" | "depth_atr" | "atr_stop" => 0.5 + dice.below(30) as f64 / 10.0,
                _ => 0.001 + dice.below(40) as f64 * 0.001,
            };
            value.clamp(min, max).into()
        }
        Domain::Bool => (dice.below(2) == 0).into(),
        Domain::Choice(ref words) => (&*dice.pick(words).unwrap()).into(),
    }
}

fn simulation(dice: &mut Dice) -> Simulation {
    let decimal = |mantissa: u64, scale: u32| Decimal::new(mantissa as i64, scale).unwrap();
    let cash = dice.pick(&[100_u64, 2_000, 10_000, 250_000]).unwrap();
    let sizing = match dice.below(5) {
        0 => None,
        1 => Some(Sizing::FixedQuantity(decimal(1 + dice.below(40_000), 3))),
        2 => Some(Sizing::FixedNotional(decimal(1 + dice.below(cash * 12), 1))),
        3 => Some(Sizing::EquityFraction(Decimal::ONE)),
        _ => Some(Sizing::EquityFraction(decimal(1 + dice.below(400), 2))),
    };
    Simulation {
        commission_rate: decimal(dice.pick(&[0, 1, 10, 35]).unwrap(), 4),
        slippage_ticks: dice.below(4) as u32,
        // Without a sizing a strategy that does not size itself would never trade.
        sizing: sizing.or((dice.below(3) > 0).then_some(Sizing::EquityFraction(Decimal::ONE))),
        max_leverage: decimal(dice.pick(&[10, 10, 25, 50, 300]).unwrap(), 1),
        entry_bar_policy: dice.pick(&[EntryBarPolicy::WorstCase, EntryBarPolicy::NextBar]).unwrap(),
        end_of_run_policy: dice
            .pick(&[EndOfRunPolicy::MarkOpen, EndOfRunPolicy::CloseAtLastClose])
            .unwrap(),
        risk_free_rate: decimal(dice.pick(&[0, 0, 25]).unwrap(), 3),
        periods_per_year: dice.pick(&[None, None, Some(250)]).unwrap(),
        ..Simulation::with_cash(decimal(cash, 0))
    }
}
