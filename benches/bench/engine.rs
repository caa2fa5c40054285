//! The engine on one core: a million bars, every shipped strategy, all of METRICS_V2.

use std::hint::black_box;

use tradeforge::engine::{Backtest, Meter, Observer, Report, Subscribed};
use tradeforge::market::{Decimal, Instrument, Series, SyntheticSpec, Units};
use tradeforge::run::Recorder;
use tradeforge::strategy::{Catalog, Params, StrategyEntry};
use tradeforge::trading::{Simulation, Sizing};

use crate::Outcome;
use crate::measure::median;
use crate::table::{Table, count};

pub(crate) const BAR_COUNT: u64 = 1_000_000;
const FAST: usize = 10;
const SLOW: usize = 50;

/// A million made-up minutes.
pub(crate) fn series() -> Outcome<Series> {
    let spec = SyntheticSpec {
        bar_count: BAR_COUNT,
        seed: 42,
        annual_volatility: 0.6,
        annual_drift: 0.1,
        trend_strength: 1.0,
        start_ms: 1_577_836_800_000,
        timeframe: "1m".parse()?,
        units: Units::with_default_step("0.01".parse()?),
        calendar: None,
    };
    Ok(spec.series()?)
}

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let series = series()?;
    let plain = rate(|| _ = black_box(crossings(black_box(&series.bars.close))));
    table.section("engine, 1M bars, a second of one core", ["bars/s", "", "trades", "to the loop"]);
    let name = format!("bare loop: two sums, crossings of {FAST}/{SLOW}");
    table.row(name, [count(plain), String::new(), String::new(), "1".into()]);
    for entry in Catalog::shipped().entries() {
        let mut trades = 0;
        let recorded = rate(|| {
            let mut recorder = Recorder::default();
            let report = run(entry, &series, &mut recorder);
            trades = recorder.finish(report).1.len();
        });
        let name = format!("{}: metrics, trades, result hash", entry.name);
        let ratio = |rate: f64| format!("{:.3}", rate / plain);
        table.row(name, [count(recorded), String::new(), trades.to_string(), ratio(recorded)]);
        let alone = rate(|| _ = black_box(run(entry, &series, &mut ())));
        let name = format!("{}: metrics", entry.name);
        table.row(name, [count(alone), String::new(), trades.to_string(), ratio(alone)]);
    }
    Ok(())
}

fn rate(work: impl FnMut()) -> f64 {
    BAR_COUNT as f64 / median(work).as_secs_f64()
}

/// A small fixed quantity, so that no strategy goes broke on the way and stops early.
fn run(entry: &StrategyEntry, series: &Series, observer: &mut impl Observer) -> Report {
    let number = |text: &str| text.parse::<Decimal>().expect("a number");
    let simulation = Simulation {
        commission_rate: number("0.001"),
        sizing: Some(Sizing::FixedQuantity(number("0.01"))),
        ..Simulation::with_cash(number("1000000"))
    };
    let instrument = Instrument::new("SYN", "BENCH").expect("a name");
    let range = series.range(None, None);
    let subscribed = [Subscribed { instrument: &instrument, series, range }];
    let params = Params::resolve(&entry.params, &[].into()).expect("defaults are valid");
    let mut strategy = (entry.build)(&params).expect("defaults make sense");
    let backtest = Backtest::new(&simulation, &subscribed).expect("the terms fit");
    backtest.run(strategy.as_mut(), &Meter::default(), observer).expect("it runs to its end")
}

/// The least that a crossing of averages needs: two running sums and a comparison.
fn crossings(closes: &[i64]) -> usize {
    let (mut fast, mut slow, mut was_above, mut count) = (0_i64, 0_i64, false, 0);
    for (index, close) in closes.iter().enumerate() {
        fast += close - if index >= FAST { closes[index - FAST] } else { 0 };
        slow += close - if index >= SLOW { closes[index - SLOW] } else { 0 };
        if index + 1 >= SLOW {
            let is_above = fast * SLOW as i64 > slow * FAST as i64;
            count += usize::from(is_above != was_above);
            was_above = is_above;
        }
    }
    count
}
