//! What holds of texts that decide for all instruments of a run together.

use proptest::prelude::*;

use super::chaos::simulations_with_terms;
use super::exchange::{Exchange, exchanges};
use super::laws::{Record, known_ms};
use super::{Backtest, Meter};
use crate::market::{Bar, Calendar, Columns, Instrument, Series, TradingDays, Units};
use crate::rules::compile;
use crate::rules::programs::{Author, cases};
use crate::strategy::{Catalog, Params, StrategyEntry, ValuesWanted, Watch};
use crate::trading::{EndOfRunPolicy, Fill, Simulation};

/// A random text whose values look across instruments.
fn text_of(seed: u64) -> String {
    let functions = ["rank", "zscore", "demean", "scale", "mean"];
    let function = functions[(seed % 5) as usize];
    let text = Author(seed)
        .program()
        .replace("volume", &format!("xs_{function}(close - open)"))
        .replace("weekday", "xs_rank(d0)")
        .replace("new_day", "xs_top(close, 1)");
    if seed.is_multiple_of(2) {
        return text;
    }
    let is_order = |line: &&str| {
        ["enter", "exit", "stop", "target", "size"].iter().any(|word| line.starts_with(word))
    };
    let kept: Vec<&str> = text.lines().filter(|line| !is_order(line)).collect();
    if seed.is_multiple_of(3) {
        // The second subscription is read, and never traded.
        return format!(
            "market lead\n{}\nweight if c then 0.4 else xs_scale(d2 / close@lead)",
            kept.join("\n")
        );
    }
    format!("{}\nweight if c then 0.4 else if d0 > d1 then -0.2 else xs_scale(d2)", kept.join("\n"))
}

fn made(text: &str, given: &[(&str, i64)]) -> Option<(StrategyEntry, Params)> {
    let entry = compile(text).entry?;
    let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).into()));
    let params = Params::resolve(&entry.params, &given.collect()).ok()?;
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

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(2_000), ..ProptestConfig::default() })]

    #[test]
    fn another_future_changes_nothing_that_has_happened(
        exchange in exchanges(),
        simulation in simulations_with_terms(),
        (seed, minute, future) in any::<(u64, u8, u64)>(),
    ) {
        let simulation =
            Simulation { end_of_run_policy: EndOfRunPolicy::MarkOpen, ..simulation };
        let text = text_of(seed);
        let Some(strategy) = made(&text, &[]) else { return Ok(()) };
        if exchange.feeds.len() <= strategy.0.markets.len() {
            return Ok(());
        }
        let now_ms = i64::from(minute) * 60_000;
        let first = run(&exchange, &simulation, &strategy);
        let second = run(&exchange.with_another_future(now_ms, future), &simulation, &strategy);
        let fills = |record: &Record| -> Vec<Fill> {
            record.fills.iter().copied().filter(|f| known_ms(f, &exchange) <= now_ms).collect()
        };
        prop_assert_eq!(fills(&first), fills(&second), "{}", text);
    }
}

/// Some instruments in bars of a minute; a close of 0 is no bar.
fn instruments(closes: &[Vec<i64>], ticks: &[&str]) -> Exchange {
    let named = |place: usize| Instrument::new("TEST", &format!("NO{place}")).unwrap();
    let series = |closes: &Vec<i64>, tick: &str| {
        let mut bars = Columns::default();
        for (index, &close) in (0..).zip(closes).filter(|(_, close)| **close > 0) {
            let (open_time_ms, volume) = (index * 60_000, 1.0);
            bars.push(Bar { open_time_ms, open: close, high: close, low: close, close, volume });
        }
        Series {
            timeframe: "1m".parse().unwrap(),
            units: Units::with_default_step(tick.parse().unwrap()),
            calendar: Calendar::AlwaysOpen,
            days: TradingDays::UTC,
            bars,
        }
    };
    Exchange {
        instruments: (0..closes.len()).map(named).collect(),
        feeds: closes.iter().zip(ticks).map(|(it, tick)| series(it, tick)).enumerate().collect(),
    }
}

/// Closes that wander, from a seed.
fn walk(seed: i64, bars: i64) -> Vec<i64> {
    let mut close = 10_000 + seed * 137;
    (0..bars)
        .map(|bar| {
            close += ((bar + 3) * (7_919 + seed * 31) + seed * 104_729) % 101 - 50;
            close
        })
        .collect()
}

#[test]
fn a_rotation_as_text_trades_as_the_shipped_one_does() {
    let closes: Vec<_> = (1..=5).map(|seed| walk(seed, 400)).collect();
    // Ticks of their own change nothing: what is compared is in currency.
    let exchange = instruments(&closes, &["0.01", "0.5", "0.01", "1", "0.25"]);
    let simulation = Simulation::with_cash("100000000".parse().unwrap());
    let catalog = Catalog::shipped();
    let shipped = catalog.find("momentum_rotation", "").unwrap();
    let given = [("lookback", 20), ("top", 1), ("every", 1)];
    let params = given.map(|(name, value)| (name.to_owned(), value.into()));
    let params = Params::resolve(&shipped.params, &params.into()).unwrap();
    let backtest = Backtest::new(&simulation, &exchange.subscribed()).unwrap();
    let mut strategy = shipped.for_instruments(&params, &backtest.instruments()).unwrap();
    let mut expected = Record::default();
    backtest.run(strategy.as_mut(), &Meter::default(), &mut expected).unwrap();
    let text = "param lookback = 20\nparam top = 1\ngain = close / close[lookback]\n\
                weight if xs_top(gain, top) then 1 / top else 0";
    let found = run(&exchange, &simulation, &made(text, &[]).unwrap());
    assert!(expected.fills.len() > 50, "{}", expected.fills.len());
    assert!(found.fills == expected.fills, "{} fills", found.fills.len());
    assert_eq!(found.equity, expected.equity);
}

/// The values of one definition at the end of each bar of an instrument; none is -9.
fn values(text: &str, exchange: &Exchange, instrument: usize) -> Vec<f64> {
    let simulation = Simulation::with_cash("100000".parse().unwrap());
    let backtest = Backtest::new(&simulation, &exchange.subscribed()).unwrap();
    let text = format!("{text}\nenter long when close > 1000000\nexit long when close < 0");
    let (entry, params) =
        made(&text, &[]).unwrap_or_else(|| panic!("{:?}", compile(&text).diagnostics));
    let mut strategy = entry.for_instruments(&params, &backtest.instruments()).unwrap();
    let names = vec!["x".to_owned()];
    let wanted = ValuesWanted { instrument, names, span_ms: 0..i64::MAX, every: 1 };
    strategy.watch(&Watch::Values(wanted));
    backtest.run(strategy.as_mut(), &Meter::default(), &mut ()).unwrap();
    let told = strategy.watched().values.remove(0);
    told.into_iter().map(|value| if value.is_nan() { -9.0 } else { value }).collect()
}

#[test]
fn only_those_whose_bars_end_now_and_that_have_values_are_looked_at() {
    let closes = [vec![10, 20, 30, 40], vec![20, 10, 0, 80], vec![30, 30, 30, 30]];
    let exchange = instruments(&closes, &["1", "0.5", "1"]);
    let ranks = |text: &str| [0, 1, 2].map(|place| values(text, &exchange, place));
    // In currency the second one is 10, 5, - and 40.
    let all = ranks("x = xs_rank(close)");
    assert_eq!(all[0], [0.25, 0.5, 0.5, 0.75]);
    assert_eq!(all[1], [0.25, 0.0, 0.75]);
    assert_eq!(all[2], [1.0, 1.0, 0.5, 0.0]);
    // What has no value yet is looked at by nobody, and looks at nothing.
    let of_past = ranks("x = xs_mean(close[2])");
    assert_eq!(of_past[0], [-9.0, -9.0, 20.0, 20.0]);
    assert_eq!(of_past[1], [-9.0, -9.0, 20.0]);
    // One look may be at what another has found, and a definition remembers what it has.
    let nested = ranks("r = xs_rank(close)\ns = default(s[1], 0) + r\nx = xs_demean(s)");
    assert_eq!(nested[0][0], -0.25);
    let lookers = nested.iter().map(|all| all[0]).sum::<f64>();
    assert!(lookers.abs() < 1e-12, "{nested:?}");
}

#[test]
fn a_market_beside_weights_is_read_by_all_and_held_by_none() {
    // The leader rises on bars 1, 3 and 5; the third instrument begins with bar 2, and knows what
    // the leader was before.
    let closes = [vec![100; 7], vec![10, 20, 15, 30, 25, 40, 35], vec![0, 0, 50, 50, 50, 50, 50]];
    let exchange = instruments(&closes, &["1", "0.5", "1"]);
    let text = "market lead\nrises = close@lead > close[1]@lead\n\
                weight if rises then xs_rank(close) + 0.25 else 0";
    let simulation = Simulation {
        end_of_run_policy: EndOfRunPolicy::MarkOpen,
        max_leverage: "2".parse().unwrap(),
        ..Simulation::with_cash("1000000".parse().unwrap())
    };
    let record = run(&exchange, &simulation, &made(text, &[]).unwrap());
    let told =
        record.fills.iter().map(|fill| (fill.time_ms / 60_000, fill.instrument, fill.quantity > 0));
    let told: Vec<_> = told.collect();
    // On bar 1 the first is alone: rank 0.5. From bar 3 on it is the greater of two.
    assert_eq!(
        told,
        [
            (2, 0, true),
            (3, 0, false),
            (4, 0, true),
            (4, 2, true),
            (5, 0, false),
            (5, 2, false),
            (6, 0, true),
            (6, 2, true),
        ]
    );
    let leads =
        |place| values("market lead\nx = close[2]@lead + 0 * xs_rank(close)", &exchange, place);
    assert_eq!(leads(0), [-9.0, -9.0, 5.0, 10.0, 7.5, 15.0, 12.5]);
    assert_eq!(leads(2), [5.0, 10.0, 7.5, 15.0, 12.5]);
}

#[test]
fn random_texts_across_instruments_trade() {
    let closes: Vec<_> = (1..=3).map(|seed| walk(seed, 120)).collect();
    let exchange = instruments(&closes, &["0.01", "0.5", "0.01"]);
    let simulation = Simulation::with_cash("10000000".parse().unwrap());
    let mut counts = [0; 2];
    for seed in 0..300 {
        let text = text_of(seed);
        let Some(strategy) = made(&text, &[]) else { continue };
        let record = run(&exchange, &simulation, &strategy);
        counts[(seed % 2) as usize] += usize::from(!record.fills.is_empty());
    }
    assert!(counts.iter().all(|count| *count > 30), "{counts:?}");
}
