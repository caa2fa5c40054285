//! The law of this folder: by columns and bar by bar, every trial comes to the same, to the bit.

use proptest::prelude::*;
use proptest::strategy::Strategy as Arbitrary;

use super::Tape;
use crate::engine::chaos::simulations;
use crate::engine::{Backtest, Meter, Report, Subscribed};
use crate::market::{Bar, Calendar, Columns, Instrument, Series, Units};
use crate::strategy::{Catalog, ParamValue, Params, Strategy};
use crate::trading::Simulation;

/// Random markets and accounts, each with some trials.
const CASES: u32 = 3_000;

/// What a market is like.
#[derive(Clone, Debug)]
struct Climate {
    /// Where the walk starts and the least that it comes to, in ticks.
    start: i64,
    /// The most that it goes in a bar; small ones make ties.
    step: i64,
    timeframe: &'static str,
    calendar: Calendar,
}

fn climates() -> impl Arbitrary<Value = Climate> {
    let starts = prop::sample::select(vec![3, 40, 500, 20_000, 3_000_000_000]);
    let steps = prop::sample::select(vec![0, 1, 2, 9, 60, 400_000_000]);
    let timeframes = prop::sample::select(vec!["1m", "1h", "7h", "1d"]);
    let calendars = prop::sample::select(vec![Calendar::AlwaysOpen, Calendar::Sessions]);
    (starts, steps, timeframes, calendars).prop_map(|(start, step, timeframe, calendar)| Climate {
        start,
        step,
        timeframe,
        calendar,
    })
}

/// A walk with gaps in price and in time.
fn markets() -> impl Arbitrary<Value = Series> {
    let moves = (-9_i64..=9, -9_i64..=9, 0_i64..9, 0_i64..9, 0_u8..40);
    (climates(), prop::collection::vec(moves, 1..500)).prop_map(|(climate, moves)| {
        let timeframe: crate::market::Timeframe = climate.timeframe.parse().unwrap();
        let (mut bars, mut close, mut open_time_ms) = (Columns::default(), climate.start, 0);
        let scaled = |part: i64| part * climate.step / 9;
        for (gap, change, above, below, pause) in moves {
            let open = (close + scaled(gap) / 4).max(1);
            close = (open + scaled(change)).max(1);
            let high = open.max(close) + scaled(above);
            let low = (open.min(close) - scaled(below)).max(1);
            bars.push(Bar { open_time_ms, open, high, low, close, volume: 1.0 });
            let missing = match pause {
                0 => 3,
                1 => 50,
                2 => 3_000,
                _ => 0,
            };
            open_time_ms += timeframe.duration_ms() * (1 + missing);
        }
        let units = Units {
            price_tick: "0.01".parse().unwrap(),
            quantity_step: "0.001".parse().unwrap(),
        };
        Series { timeframe, units, calendar: climate.calendar, bars }
    })
}

/// Parameters of a trial, from a few small numbers.
fn trial(name: &str, [a, b, c]: [i64; 3], direction: usize) -> Option<Box<dyn Strategy>> {
    let direction = ["long_only", "short_only", "both"][direction % 3];
    let given: Vec<(&str, ParamValue)> = match name {
        "sma_cross" => vec![("fast", a.into()), ("slow", (a + b * (1 + c / 9)).into())],
        other => panic!("{other} is not stated as a rule"),
    };
    let entry = Catalog::shipped();
    let entry = entry.find(name, "").unwrap();
    let given = given.into_iter().chain([("direction", direction.into())]);
    let given = given.map(|(name, value)| (name.to_owned(), value)).collect();
    let params = Params::resolve(&entry.params, &given).unwrap();
    (entry.build)(&params).ok()
}

/// The strategies that are stated as rules.
const RULED: &[&str] = &["sma_cross"];

/// How one trial went: what it told, and how often it had to be left to the bar loop.
fn check(series: &Series, range: std::ops::Range<usize>, simulation: &Simulation, trials: Vec<Box<dyn Strategy>>) -> Result<usize, TestCaseError> {
    let instrument = Instrument::new("TEST", "EQUALITY").unwrap();
    let subscribed = [Subscribed { instrument: &instrument, series, range: range.clone() }];
    let backtest = Backtest::new(simulation, &subscribed).unwrap();
    let Some(tape) = Tape::new(series, range) else { return Ok(trials.len()) };
    let rules: Vec<_> = trials.iter().map(|trial| trial.rule().unwrap()).collect();
    let reports = backtest.run_all(&tape, &rules, &Meter::default()).unwrap();
    let mut left = 0;
    for ((mut strategy, rule), by_columns) in trials.into_iter().zip(rules).zip(reports) {
        let bar_by_bar = backtest.run(strategy.as_mut(), &Meter::default(), &mut ());
        match (by_columns, bar_by_bar) {
            (Some(report), Ok(expected)) => same(&report, &expected, &format!("{rule:?}"))?,
            (Some(_), Err(error)) => prop_assert!(false, "{rule:?} should be {error:?}"),
            (None, _) => left += 1,
        }
    }
    Ok(left)
}

fn same(report: &Report, expected: &Report, rule: &str) -> Result<(), TestCaseError> {
    prop_assert_eq!(report.bars, expected.bars, "bars of {}", rule);
    prop_assert_eq!(&report.rejections, &expected.rejections, "rejections of {}", rule);
    for &metric in crate::metrics::Metric::ALL {
        let bits = |report: &Report| report.metrics.value(metric).map(f64::to_bits);
        prop_assert_eq!(
            bits(report), bits(expected),
            "{} of {}: {:?} for {:?}", metric.name(), rule,
            report.metrics.value(metric), expected.metrics.value(metric)
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn every_trial_comes_to_the_same_as_bar_by_bar(
        series in markets(),
        simulation in simulations(),
        trials in prop::collection::vec((prop::sample::select(RULED), [1_i64..12, 1_i64..12, 0_i64..99], 0_usize..3), 1..6),
        cut in any::<[prop::sample::Index; 2]>(),
    ) {
        let [one, other] = cut.map(|cut| cut.index(series.bars.len() + 1));
        let trials: Vec<_> = trials
            .into_iter()
            .filter_map(|(name, numbers, direction)| trial(name, numbers, direction))
            .collect();
        check(&series, one.min(other)..one.max(other), &simulation, trials)?;
    }
}
