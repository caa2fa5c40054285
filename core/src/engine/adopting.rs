//! What an account holds after it adopted what a strategy held alone.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::chaos::simulations_with_terms;
use super::exchange::exchanges;
use super::laws::Record;
use super::{Backtest, Meter, Subscribed};
use crate::market::{Bar, Columns, Instrument, Series, SyntheticSpec, Units, resample};
use crate::rules::compile;
use crate::rules::programs::{Author, cases};
use crate::strategy::{Adopted, Change, Params, Scheduled, Strategy, StrategyEntry};
use crate::trading::{EndOfRunPolicy, Fill, Side, Simulation, Sizing, Trade};

const HOUR_MS: i64 = 3_600_000;
const BARS: u64 = 400;

fn compiled(text: &str) -> Option<(StrategyEntry, Params)> {
    let entry = compile(text).entry?;
    let params = Params::resolve(&entry.params, &BTreeMap::new()).ok()?;
    Some((entry, params))
}

fn made(text: &str, backtest: &Backtest<'_>) -> Box<dyn Strategy> {
    let (entry, params) = compiled(text).unwrap_or_else(|| panic!("{text}"));
    entry.for_instruments(&params, &backtest.instruments()).unwrap()
}

fn shadow(
    text: &str,
    (number, from_ms): (u64, i64),
    backtest: &Backtest<'_>,
) -> (Box<dyn Strategy>, Adopted) {
    let mut strategy = made(text, backtest);
    let meter = Meter::default();
    match backtest.shadow(strategy.as_mut(), (number, from_ms), &meter).unwrap() {
        Some(adopted) => (strategy, adopted),
        None => backtest.resting(made(text, backtest), (number, from_ms), &meter).unwrap(),
    }
}

/// The first text up to the first of the changes, each of which is to another.
fn adopting(first: &str, changes: &[(i64, &str)], backtest: &Backtest<'_>) -> Record {
    let others = changes.iter().enumerate();
    let others =
        others.map(|(place, (from_ms, text))| shadow(text, (place as u64 + 1, *from_ms), backtest));
    let turns = changes.iter().enumerate();
    let turns =
        turns.map(|(place, (from_ms, _))| Change { from_ms: *from_ms, to: Some(place + 1) });
    let (others, turns) = (others.collect(), turns.collect());
    let mut strategy = Scheduled::adopting(made(first, backtest), others, turns);
    run(&mut strategy, backtest)
}

fn run(strategy: &mut dyn Strategy, backtest: &Backtest<'_>) -> Record {
    let mut record = Record::default();
    backtest.run(strategy, &Meter::default(), &mut record).unwrap();
    record
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(2_000), ..ProptestConfig::default() })]

    #[test]
    fn adopting_the_same_leaves_no_trace(
        exchange in exchanges(),
        simulation in simulations_with_terms(),
        (seed, minutes) in any::<(u64, [u8; 2])>(),
    ) {
        let text = Author(seed).priced_program();
        if compiled(&text).is_none() {
            return Ok(());
        }
        let simulation = Simulation { end_of_run_policy: EndOfRunPolicy::MarkOpen, ..simulation };
        let backtest = Backtest::new(&simulation, &exchange.subscribed()).unwrap();
        let plain = run(made(&text, &backtest).as_mut(), &backtest);
        let mut changes = minutes.map(|minute| (i64::from(minute) * 60_000, text.as_str()));
        changes.sort_unstable();
        let adopted = adopting(&text, &changes, &backtest);
        prop_assert_eq!(plain.fills, adopted.fills, "{} at {:?}", text, minutes);
    }
}

fn market(seed: u64) -> Series {
    let spec = SyntheticSpec {
        bar_count: BARS,
        seed,
        annual_volatility: 0.8,
        annual_drift: 0.0,
        trend_strength: 1.0,
        start_ms: 0,
        timeframe: "1h".parse().unwrap(),
        units: Units::with_default_step("0.01".parse().unwrap()),
        calendar: None,
    };
    spec.series().unwrap()
}

/// The market without the bars of some hours.
fn with_a_gap(hours: std::ops::Range<u64>) -> Series {
    let mut series = market(7);
    let all = std::mem::take(&mut series.bars);
    let outside = |(hour, _): &(u64, Bar)| !hours.contains(hour);
    for (_, bar) in (0..).zip(all.bars(0..all.len())).filter(outside) {
        series.bars.push(bar);
    }
    series
}

#[test]
fn a_strategy_that_trades_alone_decides_where_it_is_adopted_even_after_hours_without_bars() {
    let series = with_a_gap(50..60);
    let named = ["FIRST", "OTHER"].map(|symbol| Instrument::new("TEST", symbol).unwrap());
    let range = 0..series.bars.len();
    let subscribed = |instrument| Subscribed { instrument, series: &series, range: range.clone() };
    let subscribed = named.each_ref().map(subscribed);
    let sizing = Some(Sizing::EquityFraction("0.4".parse().unwrap()));
    let simulation = Simulation { sizing, ..Simulation::with_cash("100000".parse().unwrap()) };
    let backtest = Backtest::new(&simulation, &subscribed).unwrap();
    let text = "enter long when bar_index == 50 or bar_index == 70\n\
                exit long when bar_index == 55 or bar_index == 75";
    let plain = run(made(text, &backtest).as_mut(), &backtest);
    let filled: Vec<(u32, u64)> = plain.fills.iter().map(|it| (it.instrument, it.bar)).collect();
    assert_eq!(filled, [(0, 51), (1, 51), (0, 56), (1, 56), (0, 71), (1, 71), (0, 76), (1, 76)]);
    for hour in [0, 49, 50, 51, 55, 59, 60, 61] {
        let adopted = adopting(text, &[(hour * HOUR_MS, text)], &backtest);
        assert_eq!(plain.fills, adopted.fills, "from hour {hour}");
    }
}

/// Bars of those minutes, each from the price before to its own.
fn minutes(prices: impl IntoIterator<Item = (i64, i64)>) -> Series {
    let mut series = market(7);
    (series.timeframe, series.bars) = ("1m".parse().unwrap(), Columns::default());
    let mut open = 50_000;
    for (minute, close) in prices {
        let (high, low) = (open.max(close), open.min(close));
        let open_time_ms = minute * 60_000;
        series.bars.push(Bar { open_time_ms, open, high, low, close, volume: 1.0 });
        open = close;
    }
    series
}

/// What a text does that decides by the first of these timeframes and trades in the second, alone
/// and where it is adopted from that minute on.
fn alone_and_adopted(
    minutes: &Series,
    timeframes: [&str; 2],
    (text, minute): (&str, i64),
) -> [Vec<Fill>; 2] {
    let series = timeframes.map(|it| resample(minutes, it.parse().unwrap()).unwrap());
    let instrument = Instrument::new("TEST", "ADOPTS").unwrap();
    let subscribed = series.each_ref().map(|series| Subscribed {
        instrument: &instrument,
        series,
        range: 0..series.bars.len(),
    });
    let simulation = Simulation::with_cash("100000".parse().unwrap());
    let backtest = Backtest::new(&simulation, &subscribed).unwrap();
    let plain = run(made(text, &backtest).as_mut(), &backtest);
    [plain.fills, adopting(text, &[(minute * 60_000, text)], &backtest).fills]
}

#[test]
fn what_is_adopted_is_no_order_that_a_decision_before_the_next_open_would_wait_for() {
    // A minute ends at 13, and the next one opens at 16: the exit is decided between them.
    let prices = (0..30).filter(|minute| !(13..16).contains(minute)).map(|it| (it, 50_000));
    let text = "enter long when bar_index == 2\nexit long when bar_index == 4";
    for minute in 0..20 {
        let asked = (text, minute);
        let [alone, adopted] = alone_and_adopted(&minutes(prices.clone()), ["3m", "1m"], asked);
        let opens: Vec<i64> = alone.iter().map(|it| it.time_ms / 60_000).collect();
        assert_eq!(opens, [9, 16]);
        assert_eq!(alone, adopted, "from minute {minute}");
    }
}

#[test]
fn a_target_that_a_bar_under_way_takes_stays_taken() {
    // Ten is in the middle of the three minutes from 9 on, which take half of the position.
    let prices = (0..30).map(|minute| (minute, if minute < 11 { 50_000 } else { 50_200 }));
    let text = "enter long when bar_index == 0\ntarget long at position.entry + 1 part 0.5";
    for minute in 0..20 {
        let asked = (text, minute);
        let [alone, adopted] = alone_and_adopted(&minutes(prices.clone()), ["5m", "3m"], asked);
        assert_eq!(alone.len(), 2, "{alone:?}");
        assert_eq!(alone, adopted, "from minute {minute}");
    }
}

/// None asks since when or from where its position is held, which is the account's to say; both
/// sides, exits at prices that stay where they were at the entry, entries that wait.
const TEXTS: [&str; 4] = [
    "enter long when crosses_above(sma(close, 3), sma(close, 9))\n\
     exit long when crosses_below(sma(close, 3), sma(close, 9))",
    "enter long when close > open\nexit long when close < sma(close, 30)\n\
     stop long at position.entry * 99%\ntarget long at position.entry * 102%",
    "enter long when crosses_above(sma(close, 5), sma(close, 20))\n\
     enter short when crosses_below(sma(close, 5), sma(close, 20))\n\
     stop long at position.entry * 98%",
    "enter long at limit close * 99.5% when close < open for 9 bars\n\
     exit long when close > sma(close, 12)\nstop long at position.entry * 97%",
];

/// Which sides are held from when to when, from a moment on.
fn held(trades: &[(Trade, i64)], from_ms: i64) -> Vec<(i64, i64, bool)> {
    let exit_ms = |trade: &Trade| trade.exit.map_or(i64::MAX, |exit| exit.time_ms);
    let trades = trades.iter().map(|(trade, _)| trade);
    let later = trades.filter(|trade| exit_ms(trade) > from_ms);
    let span = |trade: &Trade| {
        (trade.entry_time_ms.max(from_ms), exit_ms(trade), trade.side == Side::Long)
    };
    later.map(span).collect()
}

proptest! {
    #[test]
    fn from_then_on_the_same_is_held_as_alone(
        seed in 0_u64..60,
        bars in prop::collection::btree_set(1_i64..BARS as i64, 1..4),
        texts in prop::collection::vec(prop::sample::select(TEXTS.to_vec()), 4),
    ) {
        let series = market(seed);
        let instrument = Instrument::new("TEST", "ADOPTS").unwrap();
        let range = 0..series.bars.len();
        let subscribed = [Subscribed { instrument: &instrument, series: &series, range }];
        let simulation = Simulation::with_cash("100000".parse().unwrap());
        let backtest = Backtest::new(&simulation, &subscribed).unwrap();
        let changes: Vec<(i64, &str)> =
            bars.iter().map(|bar| bar * HOUR_MS).zip(texts[1..].iter().copied()).collect();
        let adopted = adopting(texts[0], &changes, &backtest);
        let (last_ms, last) = changes[changes.len() - 1];
        let alone = run(made(last, &backtest).as_mut(), &backtest);
        prop_assert_eq!(held(&adopted.trades, last_ms), held(&alone.trades, last_ms));
    }
}
