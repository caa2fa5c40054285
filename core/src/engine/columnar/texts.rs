//! The law of this folder for strategies as text: random programs, several trials of each together.

use proptest::prelude::*;
use proptest::strategy::{Strategy as Arbitrary, ValueTree as _};
use proptest::test_runner::TestRunner;

use super::Tape;
use super::equality::{Seen, markets, same};
use crate::engine::chaos::simulations_by_price;
use crate::engine::{Backtest, Meter, Subscribed};
use crate::market::{Instrument, Series};
use crate::rules::compile;
use crate::rules::programs::{self, Author};
use crate::strategy::{Params, Strategy, StrategyEntry};
use crate::trading::Simulation;

const CASES: u32 = 2_000;

/// A market, an account, the seed of a program, the parameters of its trials, and bars of warm-up.
type Case = (Series, Simulation, u64, Vec<[i64; 2]>, Option<prop::sample::Index>);

fn cases() -> impl Arbitrary<Value = Case> {
    let trials = prop::collection::vec([1_i64..6, 1_i64..4], 1..5);
    let warm = prop::option::weighted(0.3, any::<prop::sample::Index>());
    (markets(), simulations_by_price(), any::<u64>(), trials, warm)
}

/// Two averages with every spelling of the same crossing.
fn text_of(seed: u64) -> String {
    let orders = "enter long when crosses_above(sma(close, p), sma(close, p + q))\n\
                  exit long when crosses_below(sma(close, p), sma(close, p + q))\n";
    let short = "enter short when crosses_below(sma(close, p), sma(close, p + q))\n\
                 exit short when crosses_above(sma(close, p), sma(close, p + q))\n";
    match seed % 8 {
        0 => format!("param p = 3\nparam q = 2\n{orders}"),
        1 => format!("param p = 3\nparam q = 2\n{orders}{short}"),
        _ => Author(seed).program(),
    }
}

fn made(entry: &StrategyEntry, [p, q]: [i64; 2]) -> Option<Box<dyn Strategy>> {
    let given = [("p".to_owned(), p.into()), ("q".to_owned(), q.into())].into();
    (entry.build)(&Params::resolve(&entry.params, &given).ok()?).ok()
}

fn check(
    text_of: fn(u64) -> String,
    (series, simulation, seed, trials, warm): Case,
    seen: &mut Seen,
) -> Result<(), TestCaseError> {
    let text = text_of(seed);
    let Some(entry) = compile(&text).entry else { return Ok(()) };
    let first = warm.map_or(0, |warm| warm.index(series.bars.len()));
    let range = 0..series.bars.len();
    let instrument = Instrument::new("TEST", "TEXTS").unwrap();
    let subscribed =
        [Subscribed { instrument: &instrument, series: &series, range: range.clone() }];
    let start_ms = series.bars.open_time_ms[first];
    let backtest = Backtest::new(&simulation, &subscribed).unwrap().trading_from(start_ms);
    let Some(tape) = Tape::with_warm_up(&series, range, first) else { return Ok(()) };
    let strategies = || trials.iter().filter_map(|params| made(&entry, *params));
    let rules: Vec<_> = strategies().map(|strategy| strategy.rule()).collect();
    // The second time what is shared is there.
    for _ in 0..2 {
        let reports = backtest.run_all(&tape, &rules, &Meter::default()).unwrap();
        for (mut strategy, by_columns) in strategies().zip(reports) {
            let Some(report) = by_columns else {
                seen.left += 1;
                continue;
            };
            let expected = backtest.run(strategy.as_mut(), &Meter::default(), &mut ());
            let Ok(expected) = expected else {
                return Err(TestCaseError::fail(format!("{:?} of\n{text}", expected.err())));
            };
            same(&report, &expected, &text)?;
            seen.note(&report);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(programs::cases(CASES)))]

    #[test]
    fn every_trial_of_a_text_comes_to_the_same_as_bar_by_bar(case in cases()) {
        check(text_of, case, &mut Seen::default())?;
    }

    #[test]
    fn every_trial_whose_orders_need_every_bar_comes_to_the_same_as_bar_by_bar(case in cases()) {
        check(priced_text, case, &mut Seen::default())?;
    }

    #[test]
    fn every_trial_that_asks_the_account_comes_to_the_same_as_bar_by_bar(case in cases()) {
        check(asking_text, case, &mut Seen::default())?;
    }
}

fn asking_text(seed: u64) -> String {
    Author(seed).asking_program()
}

fn priced_text(seed: u64) -> String {
    Author(seed).priced_program()
}

#[test]
fn texts_whose_orders_need_every_bar_are_put_to_every_test() {
    let mut runner = TestRunner::deterministic();
    let mut seen = Seen::default();
    for _ in 0..400 {
        check(priced_text, cases().new_tree(&mut runner).unwrap().current(), &mut seen).unwrap();
    }
    let Seen { left, without_trade, long, short, bankrupt, rejected, open_at_the_end, .. } = seen;
    let least = [left, without_trade, long, short, bankrupt, rejected, open_at_the_end];
    assert!(least.iter().all(|&count| count >= 5), "{seen:?}");
    assert!(left < long + short, "{seen:?}");
}

#[test]
fn texts_that_ask_the_account_are_put_to_every_test() {
    let mut runner = TestRunner::deterministic();
    let mut seen = Seen::default();
    for _ in 0..600 {
        check(asking_text, cases().new_tree(&mut runner).unwrap().current(), &mut seen).unwrap();
    }
    let Seen { left, without_trade, long, short, bankrupt, rejected, open_at_the_end, .. } = seen;
    let least = [left, without_trade, long, short, bankrupt, rejected, open_at_the_end];
    assert!(least.iter().all(|&count| count >= 5), "{seen:?}");
    // What follows beside stops of the account's terms is left, too.
    assert!(left < without_trade + long + short, "{seen:?}");
}

#[test]
fn texts_are_put_to_every_test() {
    let mut runner = TestRunner::deterministic();
    let mut seen = Seen::default();
    for _ in 0..300 {
        check(text_of, cases().new_tree(&mut runner).unwrap().current(), &mut seen).unwrap();
    }
    let Seen { left, without_trade, long, short, .. } = seen;
    assert!([without_trade, long, short].iter().all(|&count| count >= 10), "{seen:?}");
    assert!(left < long + short, "{seen:?}");
}
