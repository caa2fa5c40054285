//! The engine as a filter, for `tests/peers`: bars and cases as JSON in, fills, trades and metrics
//! as JSON out.
//!
//! Input: `{"bars": {"open_time_ms": [..], "open": [..], "high": [..], "low": [..], "close":
//! [..]}, "price_tick": "0.01", "quantity_step": "1", "timeframe": "1m", "cases": [{"strategy":
//! "sma_cross", "params": {"fast": 5}, "simulation": {..}}], "indicators": [{"name": "ema",
//! "lengths": [12]}]}`, prices in ticks. Output: `{"cases": [..], "indicators": [..]}` in the same
//! order.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;

use serde::{Deserialize, Serialize};
use tradeforge::engine::{Backtest, Meter, Observer, Subscribed};
use tradeforge::indicator::{
    Atr, Bands, Bollinger, Ema, Highest, Indicator, Lowest, Macd, Mean, Rsi, Sma,
};
use tradeforge::market::{Bar, Calendar, Columns, Decimal, Instrument, Series, TradingDays, Units};
use tradeforge::strategy::{Catalog, ParamValue, Params};
use tradeforge::trading::{Fill, Simulation, Trade};

#[derive(Deserialize)]
struct Input {
    bars: Prices,
    price_tick: Decimal,
    quantity_step: Decimal,
    timeframe: String,
    #[serde(default)]
    cases: Vec<Case>,
    #[serde(default)]
    indicators: Vec<Wanted>,
}

#[derive(Deserialize)]
struct Prices {
    open_time_ms: Vec<i64>,
    open: Vec<i64>,
    high: Vec<i64>,
    low: Vec<i64>,
    close: Vec<i64>,
}

#[derive(Deserialize)]
struct Case {
    strategy: String,
    params: BTreeMap<String, ParamValue>,
    simulation: Simulation,
}

#[derive(Deserialize)]
struct Wanted {
    name: String,
    lengths: Vec<usize>,
}

#[derive(Serialize)]
struct Output {
    cases: Vec<Outcome>,
    indicators: Vec<Vec<Option<f64>>>,
}

/// What a case told; trades closed ones first, each with its profit in money units.
#[derive(Default, Serialize)]
struct Outcome {
    fills: Vec<Fill>,
    trades: Vec<(Trade, i64)>,
    metrics: BTreeMap<&'static str, f64>,
    rejections: BTreeMap<&'static str, u64>,
}

impl Observer for Outcome {
    fn fill(&mut self, fill: &Fill) {
        self.fills.push(*fill);
    }

    fn trade(&mut self, trade: &Trade, profit: i64) {
        self.trades.push((*trade, profit));
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let input: Input = serde_json::from_reader(io::stdin().lock())?;
    let (price_tick, quantity_step) = (input.price_tick, input.quantity_step);
    let Prices { open_time_ms, open, high, low, close } = input.bars;
    let volume = vec![0.0; open.len()];
    let series = Series {
        timeframe: input.timeframe.parse()?,
        units: Units { price_tick, quantity_step },
        calendar: Calendar::AlwaysOpen,
        days: TradingDays::UTC,
        bars: Columns { open_time_ms, open, high, low, close, volume },
    };
    let catalog = Catalog::shipped();
    let cases = input.cases.iter().map(|case| run(case, &series, &catalog));
    let output = Output {
        cases: cases.collect::<Result<_, _>>()?,
        indicators: input
            .indicators
            .iter()
            .map(|wanted| indicator(wanted, &series.bars))
            .collect::<Result<_, _>>()?,
    };
    serde_json::to_writer(io::stdout().lock(), &output)?;
    Ok(())
}

fn run(case: &Case, series: &Series, catalog: &Catalog) -> Result<Outcome, Box<dyn Error>> {
    let entry = catalog.find(&case.strategy, "").map_err(|unknown| unknown.message)?;
    let params = Params::resolve(&entry.params, &case.params).map_err(|e| format!("{e:?}"))?;
    let mut strategy = (entry.build)(&params).map_err(|conflict| conflict.message)?;
    let instrument = Instrument::new("PEER", "SERIES")?;
    let range = 0..series.bars.len();
    let subscribed = [Subscribed { instrument: &instrument, series, range }];
    let backtest =
        Backtest::new(&case.simulation, &subscribed).map_err(|errors| format!("{errors:?}"))?;
    let mut outcome = Outcome::default();
    let report = backtest.run(strategy.as_mut(), &Meter::default(), &mut outcome)?;
    outcome.metrics = report.metrics.defined().map(|(m, value)| (m.name(), value)).collect();
    outcome.rejections = report.rejections.iter().map(|(r, n)| (r.as_str(), *n)).collect();
    Ok(outcome)
}

/// The values of an indicator, in ticks; `None` until it is warm.
fn indicator(wanted: &Wanted, bars: &Columns) -> Result<Vec<Option<f64>>, Box<dyn Error>> {
    let each = |of: &mut dyn FnMut(Bar) -> Option<f64>| {
        (0..bars.len()).map(|index| of(bars.bar(index))).collect()
    };
    Ok(match (wanted.name.as_str(), wanted.lengths.as_slice()) {
        ("sma", &[length]) => {
            let mut sma = Sma::new(length);
            each(&mut |bar| sma.update(bar.close).map(Mean::to_f64))
        }
        ("ema", &[length]) => {
            let mut ema = Ema::new(length);
            each(&mut |bar| ema.update(bar.close))
        }
        ("rsi", &[length]) => {
            let mut rsi = Rsi::new(length);
            each(&mut |bar| rsi.update(bar.close))
        }
        ("atr", &[length]) => {
            let mut atr = Atr::new(length);
            each(&mut |bar| atr.update(bar))
        }
        ("deviation", &[length]) => {
            let mut bands = Bollinger::new(length);
            each(&mut |bar| bands.update(bar.close).map(Bands::deviation))
        }
        ("highest", &[length]) => {
            let mut highest = Highest::new(length);
            each(&mut |bar| highest.update(bar.high).map(|value| value as f64))
        }
        ("lowest", &[length]) => {
            let mut lowest = Lowest::new(length);
            each(&mut |bar| lowest.update(bar.low).map(|value| value as f64))
        }
        ("macd_signal", &[fast, slow, signal]) => {
            let mut macd = Macd::new(fast, slow, signal);
            each(&mut |bar| macd.update(bar.close).map(|lines| lines.signal))
        }
        (name, lengths) => return Err(format!("no indicator {name} of {lengths:?}").into()),
    })
}
