//! The ledger: how many configurations were ever tried on an instrument, over all runs. A best of
//! few tries is a best of many if a thousand were tried before it, edits of a text included.
//!
//! A **configuration** is a strategy with its version or meaning, its parameters, the timeframes
//! and the account; not the range of time, its warm-up, nor the version of the bars. What was tried
//! in two runs counts once. It is history: no key and no hash of a result may look at it.

use std::collections::{BTreeMap, HashMap};

use super::account_axis::AccountAxes;
use super::extensions::extensions;
use super::key::{write_param, write_simulation};
use super::sketch::Sketch;
use super::spec::{BacktestSpec, OptimizationSpec, RunSpec, Subscription};
use super::trial::TrialRow;
use crate::digest::Encoder;
use crate::market::Instrument;
use crate::strategy::ParamValue;
use crate::sweep::{Grid, Plan, mix};

/// Names what is hashed, and the version of its format.
const DOMAIN: &str = "tradeforge.configuration/1";

/// Configurations of one strategy that were tried on one instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tries {
    /// What they traded.
    pub instrument: Instrument,
    /// The name of the strategy.
    pub strategy: String,
    /// How many trials, equal ones as often as they were computed.
    pub trials: u64,
    /// Which ones, as far as it takes to count them.
    pub configurations: Sketch,
}

/// What the ledger says of a strategy on an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// What was traded.
    pub instrument: Instrument,
    /// The name of the strategy.
    pub strategy: String,
    /// Different configurations that were tried, about.
    pub configurations: u64,
    /// Trials that were computed.
    pub trials: u64,
}

impl RunSpec {
    /// What those trials add to the ledger; failed ones tell nothing and add nothing. A run that
    /// only judges another tries nothing.
    pub fn tries(&self, plan: Option<&Plan>, rows: &[TrialRow]) -> Vec<Tries> {
        let ran = rows.iter().filter(|row| !row.is_failed());
        match (self, plan) {
            (Self::Backtest(spec), _) => {
                let shared = shared(spec, &spec.subscriptions, &[]);
                let mut tally = Tally::new(spec, &spec.subscriptions);
                ran.for_each(|_| tally.add(shared));
                tally.finish()
            }
            (Self::Optimization(_) | Self::WalkForward(_), Some(plan)) => {
                self.search().map_or_else(Vec::new, |search| tries_of(search, plan.grid(), ran))
            }
            (Self::Optimization(_) | Self::WalkForward(_), None)
            | (Self::Validation(_) | Self::Robustness(_), _) => Vec::new(),
        }
    }
}

/// The trials of a search.
fn tries_of<'r>(
    search: &OptimizationSpec,
    grid: &Grid,
    ran: impl Iterator<Item = &'r TrialRow>,
) -> Vec<Tries> {
    let accounts = AccountAxes::of(&search.axes);
    let names: Vec<_> = grid.axes().iter().map(|axis| axis.name.as_str()).collect();
    // An account is the same whether an axis sweeps it or the base has it.
    let axes: Vec<Option<u64>> = names
        .iter()
        .enumerate()
        .map(|(axis, name)| (!accounts.sweeps(axis)).then(|| word(|it| _ = it.text(name))))
        .collect();
    let mut known: HashMap<(usize, Vec<u64>), u64> = HashMap::new();
    let mut tallies: BTreeMap<usize, Tally<'_>> = BTreeMap::new();
    for row in ran {
        let index = row.trial_index;
        let place = grid.subscription(index);
        let subscriptions = search.subscriptions(grid, index);
        let shared = *known.entry((place, accounts.values(grid, index))).or_insert_with(|| {
            let mut base = search.base.clone();
            // Who ran has an account.
            base.simulation = search.simulation(grid, index).unwrap_or(base.simulation);
            shared(&base, subscriptions, &names)
        });
        let tally = tallies.entry(place).or_insert_with(|| Tally::new(&search.base, subscriptions));
        tally.add(shared.wrapping_add(swept(grid, &axes, index)));
    }
    tallies.into_values().flat_map(Tally::finish).collect()
}

/// Configurations of one strategy over the same subscriptions.
struct Tally<'s> {
    strategy: &'s str,
    subscriptions: &'s [Subscription],
    trials: u64,
    configurations: Sketch,
}

impl<'s> Tally<'s> {
    fn new(spec: &'s BacktestSpec, subscriptions: &'s [Subscription]) -> Self {
        let strategy = &spec.strategy.name;
        Self { strategy, subscriptions, trials: 0, configurations: Sketch::default() }
    }

    fn add(&mut self, configuration: u64) {
        self.trials += 1;
        self.configurations.add(mix(configuration));
    }

    /// The same of every instrument that is traded.
    fn finish(self) -> Vec<Tries> {
        let mut instruments: Vec<_> =
            self.subscriptions.iter().map(|subscription| &subscription.instrument).collect();
        instruments.sort_unstable();
        instruments.dedup();
        let of = |instrument: &Instrument| Tries {
            instrument: instrument.clone(),
            strategy: self.strategy.to_owned(),
            trials: self.trials,
            configurations: self.configurations.clone(),
        };
        instruments.into_iter().filter(|_| self.trials > 0).map(of).collect()
    }
}

/// All of a configuration but its swept parameters.
fn shared(spec: &BacktestSpec, subscriptions: &[Subscription], axes: &[&str]) -> u64 {
    let fixed = spec.params.iter().filter(|(name, _)| !axes.contains(name));
    let fixed = fixed.map(|(name, value)| param(word(|it| _ = it.text(name)), value));
    // How a strategy was warmed up, and what it was measured against, is no more a part of it than
    // when it ran.
    let cold = BacktestSpec { warmup_bars: 0, benchmark: None, ..spec.clone() };
    let shared = word(|encoder| write_shared(encoder, &cold, subscriptions));
    fixed.fold(shared, u64::wrapping_add)
}

/// All of a configuration but its parameters.
fn write_shared(encoder: &mut Encoder, spec: &BacktestSpec, subscriptions: &[Subscription]) {
    match &spec.strategy.rules {
        None => encoder.text(&spec.strategy.name).text(&spec.strategy.version),
        Some(rules) => encoder.text("").text(&rules.meaning.to_string()),
    };
    for subscription in subscriptions {
        encoder
            .text(subscription.instrument.exchange.as_str())
            .text(subscription.instrument.symbol.as_str())
            .integer(subscription.timeframe.word());
    }
    write_simulation(encoder, &spec.simulation);
    for (path, value) in extensions(spec) {
        encoder.text(&path).text(&value);
    }
}

/// What the swept parameters of a trial add: a sum, so that it is the same in any order of axes,
/// and the same as that of fixed ones.
fn swept(grid: &Grid, axes: &[Option<u64>], index: u64) -> u64 {
    let named = axes.iter().enumerate().filter_map(|(axis, name)| Some((axis, (*name)?)));
    let values = named.map(|(axis, name)| param(name, &grid.value(axis, index)));
    values.fold(0, u64::wrapping_add)
}

fn param(name: u64, value: &ParamValue) -> u64 {
    let value = match value {
        // Four million of these a second would be slow by a cryptographic hash.
        ParamValue::Bool(value) => mix(mix(1).wrapping_add(u64::from(*value))),
        ParamValue::Int(value) => mix(mix(2).wrapping_add(value.cast_unsigned())),
        ParamValue::Double(value) => mix(mix(3).wrapping_add((value + 0.0).to_bits())),
        ParamValue::Text(_) => word(|encoder| write_param(encoder, value)),
    };
    mix(name ^ value)
}

/// The first bytes of a hash.
fn word(write: impl FnOnce(&mut Encoder)) -> u64 {
    let mut encoder = Encoder::new(DOMAIN);
    write(&mut encoder);
    let digest = encoder.finish();
    digest.as_bytes().iter().take(8).fold(0, |word, byte| word << 8 | u64::from(*byte))
}
