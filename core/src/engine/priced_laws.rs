//! What holds of random texts whose entries wait for a price, add to a position, have sizes of
//! their own or exits that move, on instruments in any bars.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::{Strategy as Arbitrary, ValueTree as _};
use proptest::test_runner::TestRunner;

use super::chaos::simulations_with_terms;
use super::exchange::{Exchange, exchanges};
use super::laws::{Record, known_ms};
use super::{Backtest, Meter};
use crate::rules::compile;
use crate::rules::programs::{Author, cases};
use crate::strategy::{Params, StrategyEntry};
use crate::trading::{EndOfRunPolicy, Fill, Simulation};

fn made(text: &str) -> Option<(StrategyEntry, Params)> {
    let entry = compile(text).entry?;
    let params = Params::resolve(&entry.params, &BTreeMap::new()).ok()?;
    Some((entry, params))
}

fn run(
    exchange: &Exchange,
    simulation: &Simulation,
    (entry, params): &(StrategyEntry, Params),
) -> Record {
    let backtest = Backtest::new(simulation, &exchange.subscribed()).unwrap();
    let mut strategy = entry.for_instruments(params, &backtest.instruments()).unwrap();
    let mut record = Record::default();
    backtest.run(strategy.as_mut(), &Meter::default(), &mut record).unwrap();
    record
}

/// Half of the time the text says how much is bought.
fn by_text(simulation: Simulation, seed: u64) -> Simulation {
    let sizing = simulation.sizing.filter(|_| seed.is_multiple_of(2));
    Simulation { end_of_run_policy: EndOfRunPolicy::MarkOpen, sizing, ..simulation }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(2_000), ..ProptestConfig::default() })]

    #[test]
    fn another_future_changes_nothing_that_has_happened(
        exchange in exchanges(),
        simulation in simulations_with_terms(),
        (seed, minute, future) in any::<(u64, u8, u64)>(),
    ) {
        let simulation = by_text(simulation, seed);
        let text = Author(seed).priced_program();
        let Some(strategy) = made(&text) else { return Ok(()) };
        let now_ms = i64::from(minute) * 60_000;
        let first = run(&exchange, &simulation, &strategy);
        let second = run(&exchange.with_another_future(now_ms, future), &simulation, &strategy);
        let fills = |record: &Record| -> Vec<Fill> {
            record.fills.iter().copied().filter(|f| known_ms(f, &exchange) <= now_ms).collect()
        };
        prop_assert_eq!(fills(&first), fills(&second), "{}", text);
    }
}

#[test]
fn the_law_is_put_to_entries_of_every_kind() {
    let mut runner = TestRunner::deterministic();
    let (mut texts, mut filled) = (0, BTreeMap::<String, u32>::new());
    for seed in 0..400_u64 {
        let seed = seed * 7_919;
        let text = Author(seed).priced_program();
        let Some(strategy) = made(&text) else { continue };
        texts += 1;
        let exchange = exchanges().new_tree(&mut runner).unwrap().current();
        let simulation = simulations_with_terms().new_tree(&mut runner).unwrap().current();
        for fill in run(&exchange, &by_text(simulation, seed), &strategy).fills {
            *filled.entry(format!("{:?}", fill.rule)).or_default() += 1;
        }
    }
    assert!(texts > 200, "{texts}");
    for rule in ["MarketAtOpen", "LimitAtOpen", "LimitAtPrice", "StopAtOpen", "StopAtPrice"] {
        assert!(filled.get(rule).is_some_and(|count| *count >= 20), "{rule}: {filled:?}");
    }
}
