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

/// A market, an account, the seed of a program, and the parameters of its trials.
type Case = (Series, Simulation, u64, Vec<[i64; 2]>);

fn cases() -> impl Arbitrary<Value = Case> {
    let trials = prop::collection::vec([1_i64..6, 1_i64..4], 1..5);
    (markets(), simulations_by_price(), any::<u64>(), trials)
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

fn check((series, simulation, seed, trials): Case, seen: &mut Seen) -> Result<(), TestCaseError> {
    let text = text_of(seed);
    let Some(entry) = compile(&text).entry else { return Ok(()) };
    let range = 0..series.bars.len();
    let instrument = Instrument::new("TEST", "TEXTS").unwrap();
    let subscribed =
        [Subscribed { instrument: &instrument, series: &series, range: range.clone() }];
    let backtest = Backtest::new(&simulation, &subscribed).unwrap();
    let Some(tape) = Tape::new(&series, range) else { return Ok(()) };
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
        check(case, &mut Seen::default())?;
    }
}

#[test]
fn texts_are_put_to_every_test() {
    let mut runner = TestRunner::deterministic();
    let mut seen = Seen::default();
    for _ in 0..300 {
        check(cases().new_tree(&mut runner).unwrap().current(), &mut seen).unwrap();
    }
    let Seen { left, without_trade, long, short, .. } = seen;
    assert!([without_trade, long, short].iter().all(|&count| count >= 10), "{seen:?}");
    assert!(left < long + short, "{seen:?}");
}
