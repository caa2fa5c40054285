//! What the worked strategies did over real bars: the page `docs/rules/months.md`.
//!
//! The bars are not part of the project. Where `TRADEFORGE_REAL_BARS` names a folder of files of
//! minutes (`ts,o,h,l,c,vol`, integers of hundredths), the page is held to them, and
//! `TRADEFORGE_RENEW_DOCS=1` writes it anew; elsewhere its rows are held to the texts alone.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tradeforge::engine::{Backtest, Meter, Subscribed};
use tradeforge::market::{
    Bar, Calendar, Columns, Instrument, Series, TradingDays, Units, resample,
};
use tradeforge::metrics::Metric;
use tradeforge::rules::{Pace, compile};
use tradeforge::strategy::{Params, Scope};
use tradeforge::trading::{EndOfRunPolicy, Simulation};

const HEAD: &str = "\
# Three real months

<!-- Made by a test, with TRADEFORGE_REAL_BARS=FOLDER and TRADEFORGE_RENEW_DOCS=1:
cargo test --test it real_months -->

What the [worked strategies](strategies.md) did with their defaults on BTCUSDT (Binance, spot) from
January to March 2025, in bars of 15 minutes that were made of 129,600 of a minute, with 100,000 of
cash, without costs. It shows that they trade, and how a search computes each; three months say
nothing about what one earns. The time is that of one backtest bar by bar in a build for tests: an
optimized server takes a fraction of it. A test holds names, trades and classes true, wherever these
bars are at hand.

| Strategy | Trades | Net profit | Class | Time, ms |
| --- | ---: | ---: | --- | ---: |
";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules")
}

/// All files of the folder, one behind the other, as quarters of an hour.
fn bars_of(folder: &Path) -> Series {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut bars = Columns::default();
    for file in files.iter().filter(|file| file.extension().is_some_and(|it| it == "csv")) {
        for line in fs::read_to_string(file).unwrap().lines().skip(1) {
            let of: Vec<i64> = line.split(',').map(|field| field.trim().parse().unwrap()).collect();
            let &[open_time_ms, open, high, low, close, volume] = of.as_slice() else {
                panic!("{line}");
            };
            bars.push(Bar { open_time_ms, open, high, low, close, volume: volume as f64 / 100.0 });
        }
    }
    let units =
        Units { price_tick: "0.01".parse().unwrap(), quantity_step: "0.00001".parse().unwrap() };
    let (calendar, days) = (Calendar::AlwaysOpen, TradingDays::UTC);
    let timeframe = "1m".parse().unwrap();
    let minutes = Series { timeframe, units, calendar, days, bars };
    resample(&minutes, "15m".parse().unwrap()).unwrap()
}

/// Trades, net profit and milliseconds of a backtest; `None` of a text that reads other markets or
/// series.
fn figures(text: &str, series: &Series) -> Option<(f64, f64, f64)> {
    let entry = compile(text).entry.unwrap();
    if !entry.markets.is_empty() || entry.scope != Scope::Instrument || entry.aux.is_some() {
        return None;
    }
    let simulation = Simulation {
        sizing: entry.default_sizing,
        end_of_run_policy: EndOfRunPolicy::MarkOpen,
        ..Simulation::with_cash("100000".parse().unwrap())
    };
    let instrument = Instrument::new("BINANCE", "BTCUSDT").unwrap();
    let range = 0..series.bars.len();
    let subscribed = [Subscribed { instrument: &instrument, series, range }];
    let backtest = Backtest::new(&simulation, &subscribed).unwrap();
    let params = Params::resolve(&entry.params, &[].into()).unwrap();
    let mut strategy = (entry.build)(&params).unwrap();
    let began = Instant::now();
    let report = backtest.run(strategy.as_mut(), &Meter::default(), &mut ()).unwrap();
    let taken = began.elapsed().as_secs_f64() * 1e3;
    let value = |metric| report.metrics.value(metric).unwrap_or(0.0);
    Some((value(Metric::TradeCount), value(Metric::NetProfit), taken))
}

fn class(text: &str) -> &'static str {
    match compile(text).pace {
        Pace::Leap => "leap",
        Pace::Walk => "walk",
        Pace::Rest => "rest",
        Pace::Bars => "bars",
    }
}

/// Names and texts, by name.
fn texts() -> Vec<(String, String)> {
    let files = fs::read_dir(folder().join("strategies")).unwrap();
    let mut texts: Vec<_> = files
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    texts.sort();
    texts
}

/// The page over these bars: each row without its time, and the time.
fn rows(series: &Series) -> Vec<(String, String)> {
    let row = |(name, text): (String, String)| {
        let class = class(&text);
        match figures(&text, series) {
            Some((trades, profit, taken)) => {
                (format!("| `{name}` | {trades} | {profit:.0} | {class} |"), format!("{taken:.0}"))
            }
            None => (format!("| `{name}` | – | – | {class} |"), "–".to_owned()),
        }
    };
    texts().into_iter().map(row).collect()
}

#[test]
fn the_page_of_real_months_tells_what_each_worked_strategy_did() {
    let bars = std::env::var_os("TRADEFORGE_REAL_BARS").map(PathBuf::from);
    let made = bars.as_deref().map(|folder| rows(&bars_of(folder)));
    let path = folder().join("months.md");
    if let Some(rows) =
        made.as_ref().filter(|_| std::env::var_os("TRADEFORGE_RENEW_DOCS").is_some())
    {
        let mut page = HEAD.to_owned();
        for (row, taken) in rows {
            writeln!(page, "{row} {taken} |").unwrap();
        }
        return fs::write(&path, page).unwrap();
    }
    let page = fs::read_to_string(&path).unwrap();
    let told = page.strip_prefix(HEAD).expect("the head of the page").lines();
    let told: Vec<&str> = told.collect();
    let texts = texts();
    assert_eq!(told.len(), texts.len());
    for (line, (name, text)) in told.iter().zip(&texts) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        assert_eq!((cells[1], cells[4]), (format!("`{name}`").as_str(), class(text)));
    }
    let Some(rows) = made else {
        println!("TRADEFORGE_REAL_BARS names no folder: trades and profits were not tried");
        return;
    };
    for (line, (row, _)) in told.iter().zip(rows) {
        assert!(line.starts_with(&row), "{row} is {line}");
    }
}
