//! What holds for every auxiliary series that a strategy follows: what is not known changes
//! nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::Strategy as Arbitrary;

use super::chaos::{simulations_by_price, simulations_with_terms};
use super::exchange::{Exchange, exchanges};
use super::laws::{Record, known_ms};
use super::{Backtest, Meter, Report, Tape};
use crate::market::{AuxColumn, AuxName, AuxSeries};
use crate::strategy::{AuxFeed, Catalog, Params};
use crate::trading::{EndOfRunPolicy, Fill, Simulation};

const CASES: u32 = 2_000;
const SIGNALS: [&str; 4] = ["enter_long", "exit_long", "enter_short", "exit_short"];

/// A row: seconds after the one before it, and its values.
type Row = (i64, [u8; 4]);

/// Rows some seconds to minutes apart, so that several are known within a bar and none in others.
fn rows() -> impl Arbitrary<Value = Vec<Row>> + Clone {
    prop::collection::vec((1_i64..400, any::<[u8; 4]>()), 1..80)
}

/// The rows as weights or as signals, with another future after a time if one is given.
fn series(rows: &[Row], is_of_weights: bool, another: Option<(i64, &[Row])>) -> AuxSeries {
    let names = if is_of_weights { &["weight"][..] } else { &SIGNALS };
    let mut columns: Vec<AuxColumn> =
        names.iter().map(|name| AuxColumn::with_capacity(AuxName::new(name).unwrap(), 8)).collect();
    let (mut times, mut now_ms) = (Vec::new(), 0);
    let mut push = |known_ms: i64, values: [u8; 4]| {
        times.push(known_ms);
        for (column, value) in columns.iter_mut().zip(values) {
            column.push(match value {
                0..40 => None,
                value if is_of_weights => Some(f64::from(value % 5) / 2.0 - 1.0),
                value => Some(f64::from(u8::from(value > 180))),
            });
        }
    };
    for &(seconds, values) in rows {
        now_ms += seconds * 1_000;
        if another.is_none_or(|(until_ms, _)| now_ms <= until_ms) {
            push(now_ms, values);
        }
    }
    let mut later_ms = another.map_or(0, |(until_ms, _)| until_ms);
    for &(seconds, values) in another.map_or(&[][..], |(_, rows)| rows) {
        later_ms += seconds * 1_000;
        push(later_ms, values);
    }
    AuxSeries::new(times, columns).unwrap()
}

fn feed_of(series: &Arc<AuxSeries>, instrument: Option<u32>) -> AuxFeed {
    AuxFeed { name: "said".to_owned(), series: Arc::clone(series), instrument, key: 1 << 64 }
}

/// Follows the series on the first instrument, and another one on each of the rest.
fn run(exchange: &Exchange, simulation: &Simulation, series: &AuxSeries) -> (Record, Report) {
    let catalog = Catalog::shipped();
    let entry = catalog.find("follow_series", "").unwrap();
    let params = Params::resolve(&entry.params, &BTreeMap::new()).unwrap();
    let series = Arc::new(series.clone());
    let feed = |instrument| feed_of(&series, Some(instrument));
    let feeds = (0..exchange.instruments.len() as u32).map(feed).collect();
    let backtest = Backtest::new(simulation, &exchange.subscribed()).unwrap().with_aux(feeds);
    let mut strategy = entry.for_instruments(&params, &backtest.instruments()).unwrap();
    let mut record = Record::default();
    let report = backtest.run(strategy.as_mut(), &Meter::default(), &mut record).unwrap();
    (record, report)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn rows_that_are_not_known_yet_change_nothing_that_has_happened(
        exchange in exchanges(),
        simulation in simulations_with_terms(),
        rows in rows(),
        later in rows(),
        is_of_weights: bool,
        minute in 1_i64..150,
    ) {
        let simulation =
            Simulation { end_of_run_policy: EndOfRunPolicy::MarkOpen, ..simulation };
        let now_ms = minute * 60_000;
        let first = run(&exchange, &simulation, &series(&rows, is_of_weights, None)).0;
        let other = series(&rows, is_of_weights, Some((now_ms, &later)));
        let second = run(&exchange, &simulation, &other).0;
        let fills = |record: &Record| -> Vec<Fill> {
            record.fills.iter().copied().filter(|f| known_ms(f, &exchange) <= now_ms).collect()
        };
        prop_assert_eq!(fills(&first), fills(&second));
        let points = |record: &Record| -> Vec<(i64, i64)> {
            record.equity.iter().copied().take_while(|(time_ms, _)| *time_ms <= now_ms).collect()
        };
        prop_assert_eq!(points(&first), points(&second));
    }

    /// By columns and bar by bar every trial comes to the same, to the bit, warmed up or not.
    #[test]
    fn signals_by_columns_are_what_they_are_bar_by_bar(
        exchange in exchanges(),
        simulation in simulations_by_price(),
        rows in rows(),
        first in 0_usize..20,
    ) {
        let subscribed = &exchange.subscribed()[..1];
        let bars = exchange.feeds[0].1.bars.open_time_ms.clone();
        let first = first.min(bars.len() - 1);
        let series = Arc::new(series(&rows, false, None));
        let backtest = Backtest::new(&simulation, subscribed)
            .unwrap()
            .trading_from(bars[first])
            .with_aux(vec![feed_of(&series, None)]);
        let catalog = Catalog::shipped();
        let entry = catalog.find("follow_series", "").unwrap();
        let trial = |direction: &str| {
            let given = [("direction".to_owned(), direction.into())];
            let params = Params::resolve(&entry.params, &given.into()).unwrap();
            (entry.build)(&params).unwrap()
        };
        let directions = ["both", "long_only", "short_only", "both"];
        let rules: Vec<_> =
            directions.iter().map(|it| trial(it).rule_over(backtest.aux())).collect();
        prop_assert!(rules.iter().all(Option::is_some));
        let tape = Tape::with_warm_up(&exchange.feeds[0].1, 0..bars.len(), first);
        let Some(tape) = tape else { return Ok(()) };
        let meter = Meter::default();
        let plain = Simulation::with_cash("1000000".parse().unwrap());
        let usual = Backtest::new(&plain, subscribed).unwrap().trading_from(bars[first]);
        let made = usual.run_all(&tape, &rules, &meter).unwrap();
        prop_assert!(made.iter().all(Option::is_some), "a usual account is left to the bar loop");
        let together = backtest.run_all(&tape, &rules, &meter).unwrap();
        for (direction, together) in directions.iter().zip(together) {
            // What columns leave to the bar loop is what it is there.
            let Some(together) = together else { continue };
            let alone = backtest.run(trial(direction).as_mut(), &meter, &mut ()).unwrap();
            prop_assert_eq!(Report { uses_aux: None, ..alone }, together);
        }
    }

    /// What a series says is done, and something comes of it: else the law above would hold of a
    /// strategy that does nothing.
    #[test]
    fn every_row_that_says_something_is_acted_on_or_counted(
        exchange in exchanges(),
        rows in rows(),
    ) {
        let simulation = Simulation::with_cash("1000000".parse().unwrap());
        let series = series(&rows, false, None);
        let (record, report) = run(&exchange, &simulation, &series);
        let uses = report.uses_aux.unwrap();
        let said: u64 = (0..exchange.instruments.len())
            .map(|instrument| {
                let (_, deciding) =
                    exchange.feeds.iter().find(|(place, _)| *place == instrument).unwrap();
                let last = deciding.bars.len() - 1;
                let known = deciding.bars.open_time_ms[0]..=deciding.bar_end_ms(last);
                let says = |row: usize| {
                    let time = series.known_ms()[row];
                    known.contains(&time) && (0..4).any(|it| series.value(row, it) == Some(1.0))
                };
                (0..series.len()).filter(|row| says(*row)).count() as u64
            })
            .sum();
        let was_bankrupt = record.equity.last().is_some_and(|(_, equity)| *equity <= 0);
        prop_assert!(was_bankrupt || uses.acted_rows + uses.stale_rows == said);
        prop_assert!(uses.acted_rows > 0 || record.fills.is_empty());
    }
}
