//! What is watched of a text is what it goes by, and a run that somebody watches is the same run.

use std::collections::HashSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::equality::markets;
use crate::engine::chaos::simulations_by_price;
use crate::engine::{Backtest, Meter, Report, Subscribed};
use crate::market::{Instrument, MoneyUnit, Series};
use crate::rules::compile;
use crate::rules::programs::Author;
use crate::strategy::{
    Keep, Line, Market, Params, Sheet, Signal, Strategy, StrategyEntry, ValuesWanted, Watch,
    Watched,
};
use crate::trading::Simulation;

/// Four orders, in the lines after those of the definitions.
const ORDERS: &str = "enter long when c\nexit long when d0 > d1\nenter short when d1 > d2\n\
                      exit short when not c\n";

/// Keeps nothing.
struct Nothing;

impl Keep for Nothing {
    fn known(&self, _: u128) -> Option<Arc<Line>> {
        None
    }

    fn line(&self, _: u128, _: usize, make: &mut dyn FnMut() -> Line) -> Arc<Line> {
        Arc::new(make())
    }
}

fn made(entry: &StrategyEntry) -> Box<dyn Strategy> {
    (entry.build)(&Params::resolve(&entry.params, &[].into()).unwrap()).unwrap()
}

fn watched(
    entry: &StrategyEntry,
    backtest: &Backtest<'_>,
    watch: Option<&Watch>,
) -> Option<(Report, Watched)> {
    let mut strategy = made(entry);
    if let Some(watch) = watch {
        strategy.watch(watch);
    }
    // Some amounts outgrow what an account can hold.
    let report = backtest.run(strategy.as_mut(), &Meter::default(), &mut ()).ok()?;
    Some((report, strategy.watched()))
}

fn value(line: &Line, bar: usize) -> Option<f64> {
    let Line::Condition { holds, fails } = line else { panic!("a signal is a condition") };
    let is_in = |words: &[u64]| words[bar / 64] >> (bar % 64) & 1 == 1;
    is_in(holds).then_some(1.0).or_else(|| is_in(fails).then_some(0.0))
}

fn check(series: &Series, simulation: &Simulation, seed: u64) -> Result<(), TestCaseError> {
    let definitions = Author(seed).definitions();
    let Some(entry) = compile(&(definitions.clone() + ORDERS)).entry else { return Ok(()) };
    let range = 0..series.bars.len();
    let instrument = Instrument::new("TEST", "TEXTS").unwrap();
    let subscribed = [Subscribed { instrument: &instrument, series, range: range.clone() }];
    let backtest = Backtest::new(simulation, &subscribed).unwrap();
    let lines = definitions.lines().count();
    let orders = ["enter long", "exit long", "enter short", "exit short"];
    let orders = orders.iter().enumerate();
    let names: Vec<String> =
        orders.map(|(place, name)| format!("{name}:{}", lines + place + 1)).collect();
    let all = i64::MIN..i64::MAX;
    let wanted = ValuesWanted { instrument: 0, names, span_ms: all, every: 1 };
    let Some((plain, nothing)) = watched(&entry, &backtest, None) else { return Ok(()) };
    let watch = |watch| watched(&entry, &backtest, Some(&watch)).unwrap();
    let (report, seen) = watch(Watch::Values(wanted));
    prop_assert_eq!((&report, nothing), (&plain, Watched::default()));
    let (report, counted) = watch(Watch::Counts);
    prop_assert_eq!(&report, &plain);

    let Some(Signal::Study(study)) = made(&entry).rule().map(|rule| rule.signal) else {
        return Ok(());
    };
    let (units, money) = (series.units, MoneyUnit::for_units([series.units]));
    let market = Market { units, money, days: Arc::new(series.days.clone()) };
    let plot = study.0.on(&market).unwrap();
    let shared = HashSet::new();
    let drawn = plot.draw(&Sheet { series, range: &range, shelf: &Nothing, shared: &shared });
    for (line, values) in drawn.signals.iter().flatten().zip(&seen.values) {
        for (bar, told) in values.iter().enumerate() {
            let told = Some(*told).filter(|told| !told.is_nan());
            prop_assert_eq!(told, value(line, bar), "bar {} of\n{}", bar, definitions);
        }
    }
    // A run that its losses end tells of no bar after that.
    prop_assert_eq!(&series.bars.open_time_ms[..seen.times_ms.len()], &seen.times_ms[..]);
    for (count, values) in counted.counts.iter().rev().zip(seen.values.iter().rev()) {
        let defined = values.iter().position(|value| !value.is_nan());
        prop_assert_eq!(count.first_defined_bar, defined.map(|bar| bar as u64));
        let none = values.iter().filter(|value| value.is_nan()).count();
        prop_assert_eq!(count.undefined_bars, none as u64);
        let holds = values.iter().filter(|value| **value == 1.0).count();
        prop_assert_eq!(count.true_bars, Some(holds as u64));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_watched_bar_by_bar_is_what_the_orders_go_by(
        series in markets(),
        simulation in simulations_by_price(),
        seed in any::<u64>(),
    ) {
        check(&series, &simulation, seed)?;
    }
}
