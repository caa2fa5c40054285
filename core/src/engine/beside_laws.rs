//! What holds of texts that read more than the bars they trade on, auxiliary series and other
//! markets: what is not known changes nothing, and what is known is the last that was.

use std::sync::Arc;

use proptest::prelude::*;

use super::chaos::{Dice, simulations_by_price, simulations_with_terms};
use super::exchange::{Exchange, exchanges};
use super::laws::{Record, known_ms};
use super::{Backtest, Meter, Report, Subscribed, Tape};
use crate::market::{
    AuxColumn, AuxName, AuxSeries, Bar, Calendar, Columns, Instrument, Series, TradingDays, Units,
};
use crate::rules::compile;
use crate::rules::programs::{Author, cases};
use crate::strategy::{AuxFeed, Params, StrategyEntry, ValuesWanted, Watch};
use crate::trading::{EndOfRunPolicy, Fill, Simulation};

const MINUTE_MS: i64 = 60_000;

/// Rows of two columns some seconds to minutes apart; after a time those of another seed.
fn rows(seed: u64, another: Option<(i64, u64)>) -> Arc<AuxSeries> {
    let name = |name: &str| AuxName::new(name).unwrap();
    let mut columns = ["a", "b"].map(|it| AuxColumn::with_capacity(name(it), 80));
    let (mut times, mut now_ms) = (Vec::new(), 0);
    let (mut dice, mut other) = (Dice(seed), another.map(|(_, seed)| Dice(seed)));
    for _ in 0..80 {
        let known_ms = now_ms + 1_000 * (1 + dice.below(400) as i64);
        let of_other = another.filter(|(until_ms, _)| known_ms > *until_ms);
        let dice = if let (Some(other), Some((until_ms, _))) = (&mut other, of_other) {
            now_ms = now_ms.max(until_ms) + 1_000 * (1 + other.below(400) as i64);
            other
        } else {
            now_ms = known_ms;
            &mut dice
        };
        times.push(now_ms);
        for column in &mut columns {
            let value = dice.below(12);
            column.push((value > 1).then(|| value as f64 / 2.0 - 2.0));
        }
    }
    Arc::new(AuxSeries::new(times, columns.into()).unwrap())
}

fn feed(series: &Arc<AuxSeries>, instrument: Option<u32>) -> AuxFeed {
    AuxFeed { name: "s".to_owned(), series: Arc::clone(series), instrument, key: 7 << 64 }
}

/// A random text that reads a series, another market, or both.
fn text_of(seed: u64) -> String {
    let text = Author(seed).program();
    let with_rows = |text: &str| text.replace("volume", "s.a").replace("weekday", "s.b");
    let with_market = |text: &str| text.replace("hour", "close@m").replace("bar_index", "high@m");
    match seed % 3 {
        0 => format!("aux s\n{}", with_rows(&text)),
        1 => format!("market m\n{}", with_market(&text)),
        _ => format!("market m\naux s\n{}", with_market(&with_rows(&text))),
    }
}

fn made(text: &str) -> Option<(StrategyEntry, Params)> {
    let entry = compile(text).entry?;
    let params = Params::resolve(&entry.params, &std::collections::BTreeMap::new()).ok()?;
    Some((entry, params))
}

fn run(
    exchange: &Exchange,
    simulation: &Simulation,
    (entry, params): &(StrategyEntry, Params),
    series: &Arc<AuxSeries>,
) -> Record {
    let backtest = Backtest::new(simulation, &exchange.subscribed()).unwrap();
    let backtest = backtest.with_aux(vec![feed(series, None)]);
    let mut strategy = entry.for_instruments(params, &backtest.instruments()).unwrap();
    let mut record = Record::default();
    backtest.run(strategy.as_mut(), &Meter::default(), &mut record).unwrap();
    record
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(2_000), ..ProptestConfig::default() })]

    #[test]
    fn rows_and_bars_of_other_markets_to_come_change_nothing_that_has_happened(
        exchange in exchanges(),
        simulation in simulations_with_terms(),
        (seed, minute, future) in any::<(u64, u8, u64)>(),
    ) {
        let simulation =
            Simulation { end_of_run_policy: EndOfRunPolicy::MarkOpen, ..simulation };
        let text = text_of(seed);
        let Some(strategy) = made(&text) else { return Ok(()) };
        let now_ms = i64::from(minute) * MINUTE_MS;
        let first = run(&exchange, &simulation, &strategy, &rows(seed, None));
        let other = exchange.with_another_future(now_ms, future);
        let rows = rows(seed, Some((now_ms, future)));
        let second = run(&other, &simulation, &strategy, &rows);
        let fills = |record: &Record| -> Vec<Fill> {
            record.fills.iter().copied().filter(|f| known_ms(f, &exchange) <= now_ms).collect()
        };
        prop_assert_eq!(fills(&first), fills(&second), "{}", text);
    }

    /// Markets are read and never traded.
    #[test]
    fn what_is_only_read_is_never_traded(
        exchange in exchanges(),
        simulation in simulations_with_terms(),
        seed in any::<u64>(),
    ) {
        let text = text_of(3 * (seed / 3) + 1);
        let Some(strategy) = made(&text) else { return Ok(()) };
        let record = run(&exchange, &simulation, &strategy, &rows(seed, None));
        let places: Vec<usize> = exchange.feeds.iter().map(|(place, _)| *place).collect();
        let traded = |place: &usize| {
            let mut feeds = places.iter().enumerate().filter(|(feed, _)| *feed != 1);
            feeds.any(|(_, of)| of == place)
        };
        for fill in &record.fills {
            prop_assert!(traded(&(fill.instrument as usize)), "{fill:?} of\n{text}");
        }
    }

    /// By columns and bar by bar every trial comes to the same, to the bit, warmed up or not.
    #[test]
    fn texts_that_read_rows_come_to_the_same_by_columns(
        exchange in exchanges(),
        simulation in simulations_by_price(),
        seed in any::<u64>(),
        first in 0_usize..20,
    ) {
        let subscribed = &exchange.subscribed()[..1];
        let bars = exchange.feeds[0].1.bars.open_time_ms.clone();
        let first = first.min(bars.len() - 1);
        let text = text_of(seed - seed % 3);
        let Some((entry, params)) = made(&text) else { return Ok(()) };
        let backtest = Backtest::new(&simulation, subscribed).unwrap().trading_from(bars[first]);
        let tape = Tape::with_warm_up(&exchange.feeds[0].1, 0..bars.len(), first);
        let Some(tape) = tape else { return Ok(()) };
        let mut backtest = backtest;
        // Other rows over the same tape are told apart from the first.
        for (key, seed) in [(1, seed), (2, seed ^ 1)] {
            let feed = AuxFeed { key, ..feed(&rows(seed, None), None) };
            backtest = backtest.with_aux(vec![feed]);
            let strategy = || (entry.build)(&params).unwrap();
            prop_assert!(strategy().rule().is_none(), "rows are of a run");
            let rules = vec![strategy().rule_over(backtest.aux()); 2];
            let together = backtest.run_all(&tape, &rules, &Meter::default()).unwrap();
            for report in together.into_iter().flatten() {
                let alone = backtest.run(strategy().as_mut(), &Meter::default(), &mut ());
                prop_assert_eq!(alone.unwrap(), report, "{}", text);
            }
        }
    }
}

#[test]
fn texts_that_read_more_than_their_bars_trade() {
    let exchange = pair(&[100, 101, 102, 101, 103, 99, 104, 98, 105, 97], &[5, 6, 7]);
    let simulation = Simulation::with_cash("100000".parse().unwrap());
    let mut counts = [0; 3];
    for seed in 0..600 {
        let Some(strategy) = made(&text_of(seed)) else { continue };
        let record = run(&exchange, &simulation, &strategy, &rows(seed, None));
        counts[(seed % 3) as usize] += usize::from(!record.fills.is_empty());
    }
    assert!(counts.iter().all(|count| *count > 20), "{counts:?}");
}

fn series(timeframe: &str, minutes: i64, tick: &str, closes: &[i64]) -> Series {
    let mut bars = Columns::default();
    for (index, &close) in (0..).zip(closes) {
        let open_time_ms = index * minutes * MINUTE_MS;
        bars.push(Bar { open_time_ms, open: close, high: close, low: close, close, volume: 1.0 });
    }
    Series {
        timeframe: timeframe.parse().unwrap(),
        units: Units::with_default_step(tick.parse().unwrap()),
        calendar: Calendar::AlwaysOpen,
        days: TradingDays::UTC,
        bars,
    }
}

/// One instrument in bars of a minute, another in bars of three.
fn pair(closes: &[i64], others: &[i64]) -> Exchange {
    let named = |name: &str| Instrument::new("TEST", name).unwrap();
    Exchange {
        instruments: vec![named("OWN"), named("OTHER")],
        feeds: vec![(0, series("1m", 1, "1", closes)), (1, series("3m", 3, "0.1", others))],
    }
}

/// The values of some definitions at the end of each bar.
fn values(text: &str, exchange: &Exchange, names: &[&str], aux: Vec<AuxFeed>) -> Vec<Vec<f64>> {
    let simulation = Simulation::with_cash("100000".parse().unwrap());
    let subscribed: Vec<Subscribed<'_>> = exchange.subscribed();
    let backtest = Backtest::new(&simulation, &subscribed).unwrap().with_aux(aux);
    let text = format!("{text}\nenter long when close > 1000000\nexit long when close < 0");
    let (entry, params) = made(&text).unwrap_or_else(|| panic!("{:?}", compile(&text).diagnostics));
    let mut strategy = entry.for_instruments(&params, &backtest.instruments()).unwrap();
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let wanted = ValuesWanted { instrument: 0, names, span_ms: 0..i64::MAX, every: 1 };
    strategy.watch(&Watch::Values(wanted));
    let _: Report = backtest.run(strategy.as_mut(), &Meter::default(), &mut ()).unwrap();
    strategy.watched().values
}

#[test]
fn of_another_market_the_last_bar_that_has_ended_is_read() {
    let exchange = pair(&[100, 101, 102, 103, 104, 105, 106], &[50, 70]);
    let text = "market m\nx = close@m\ny = x - x[1]\nz = mom(close, 1)@m\nr = close / close@m";
    let values = values(text, &exchange, &["x", "y", "z", "r"], Vec::new());
    let none = |values: &[f64]| -> Vec<Option<f64>> {
        values.iter().map(|value| Some(*value).filter(|value| !value.is_nan())).collect()
    };
    // A bar of three minutes is there with the third bar of one, in its own currency.
    let (first, second) = (Some(5.0), Some(7.0));
    assert_eq!(none(&values[0]), [None, None, first, first, first, second, second]);
    let (same, up) = (Some(0.0), Some(2.0));
    assert_eq!(none(&values[1]), [None, None, None, same, same, up, same]);
    assert_eq!(none(&values[2]), [None, None, None, None, None, up, up]);
    assert_eq!(values[3][2], 102.0 / 5.0);
}

#[test]
fn of_a_series_the_last_row_is_read_that_was_known_when_the_bar_ended() {
    let exchange = pair(&[100, 101, 102, 103, 104], &[50]);
    let mut column = AuxColumn::with_capacity(AuxName::new("v").unwrap(), 4);
    for value in [Some(1.0), Some(2.0), None, Some(4.0)] {
        column.push(value);
    }
    let known = vec![MINUTE_MS, 2 * MINUTE_MS + 1, 3 * MINUTE_MS + 1, 5 * MINUTE_MS + 1];
    let series = Arc::new(AuxSeries::new(known, vec![column]).unwrap());
    let text = "aux s\nx = s.v\ny = s.v@2m\nz = held(s.v)[1]";
    // What belongs to the instrument goes before what belongs to none; what is of another is not
    // read.
    let other = feed(&rows(3, None), Some(1));
    let text_of_market = format!("market m\n{text}");
    let aux = vec![other, feed(&rows(5, None), None), feed(&series, Some(0))];
    let values = values(&text_of_market, &exchange, &["x", "y", "z"], aux);
    let none = |values: &[f64]| -> Vec<Option<f64>> {
        values.iter().map(|value| Some(*value).filter(|value| !value.is_nan())).collect()
    };
    assert_eq!(none(&values[0]), [Some(1.0), Some(1.0), Some(2.0), None, None]);
    assert_eq!(none(&values[1]), [None, Some(1.0), Some(1.0), None, None]);
    assert_eq!(none(&values[2]), [None, Some(1.0), Some(1.0), Some(2.0), Some(2.0)]);
}
