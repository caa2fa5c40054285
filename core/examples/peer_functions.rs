//! Functions of the rule language as a filter, for `tests/peers`: bars and definitions as JSON in,
//! the values of each definition at the end of each bar out.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::io;

use serde::Deserialize;
use tradeforge_core::engine::{Backtest, Meter, Subscribed};
use tradeforge_core::market::{Bar, Calendar, Columns, Instrument, Series, TradingDays, Units};
use tradeforge_core::rules::compile;
use tradeforge_core::strategy::{Params, ValuesWanted, Watch};
use tradeforge_core::trading::Simulation;

const MINUTE_MS: i64 = 60_000;

/// Prices are whole ticks of 0.01.
#[derive(Deserialize)]
struct Input {
    open: Vec<i64>,
    high: Vec<i64>,
    low: Vec<i64>,
    close: Vec<i64>,
    volume: Vec<f64>,
    definitions: BTreeMap<String, String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let input: Input = serde_json::from_reader(io::stdin().lock())?;
    let mut text = String::new();
    for (name, value) in &input.definitions {
        writeln!(text, "{name} = {value}")?;
    }
    text.push_str("enter long when close > open\nexit long when close < open\n");
    let compiled = compile(&text);
    let entry = compiled.entry.ok_or_else(|| format!("{:?}", compiled.diagnostics))?;
    let params = Params::resolve(&entry.params, &[].into()).map_err(|it| format!("{it:?}"))?;
    let mut strategy = (entry.build)(&params).map_err(|conflict| conflict.message)?;
    let names: Vec<String> = input.definitions.keys().cloned().collect();
    let span_ms = 0..i64::MAX;
    let wanted = ValuesWanted { instrument: 0, names: names.clone(), span_ms, every: 1 };
    strategy.watch(&Watch::Values(wanted));
    let (series, instrument) = (series(&input)?, Instrument::new("PEER", "BARS")?);
    let range = series.range(None, None);
    let subscribed = [Subscribed { instrument: &instrument, series: &series, range }];
    let simulation = Simulation::with_cash("100000000".parse()?);
    let backtest = Backtest::new(&simulation, &subscribed).map_err(|it| format!("{it:?}"))?;
    let _ = backtest.run(strategy.as_mut(), &Meter::default(), &mut ());
    let defined = |values: Vec<f64>| -> Vec<Option<f64>> {
        values.into_iter().map(|value| Some(value).filter(|value| !value.is_nan())).collect()
    };
    let values = strategy.watched().values.into_iter().map(defined);
    let told: BTreeMap<_, _> = names.into_iter().zip(values).collect();
    serde_json::to_writer(io::stdout().lock(), &told)?;
    Ok(())
}

fn series(input: &Input) -> Result<Series, Box<dyn Error>> {
    let mut bars = Columns::default();
    for place in 0..input.close.len() {
        bars.push(Bar {
            open_time_ms: place as i64 * MINUTE_MS,
            open: input.open[place],
            high: input.high[place],
            low: input.low[place],
            close: input.close[place],
            volume: input.volume[place],
        });
    }
    Ok(Series {
        timeframe: "1m".parse()?,
        units: Units::with_default_step("0.01".parse()?),
        calendar: Calendar::AlwaysOpen,
        days: TradingDays::UTC,
        bars,
    })
}
