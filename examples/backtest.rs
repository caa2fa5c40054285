//! A backtest without the server: made-up bars, a strategy by name, a report.
//!
//! ```sh
//! cargo run --example backtest
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what came out")]

use std::error::Error;

use tradeforge::engine::{Backtest, Meter, Subscribed};
use tradeforge::market::{Decimal, Instrument, SyntheticSpec, Units};
use tradeforge::metrics::Metric;
use tradeforge::strategy::{Catalog, Params};
use tradeforge::trading::Simulation;

fn main() -> Result<(), Box<dyn Error>> {
    // Three years of hours around 100.00. A price is a count of ticks, so it is exact.
    let series = SyntheticSpec {
        bar_count: 26_280,
        seed: 42,
        annual_volatility: 0.6,
        annual_drift: 0.1,
        trend_strength: 1.0,
        start_ms: 1_577_836_800_000,
        timeframe: "1h".parse()?,
        units: Units::with_default_step("0.01".parse()?),
        calendar: None,
    }
    .series()?;
    let instrument = Instrument::new("SYN", "DEMO")?;
    let range = series.range(None, None);
    let subscribed = [Subscribed { instrument: &instrument, series: &series, range }];

    // What is not given has the schema's default: here only the fast average is ours.
    let catalog = Catalog::shipped();
    let entry = catalog.find("sma_cross", "").map_err(|unknown| unknown.message)?;
    let given = [("fast".to_owned(), 20.into())].into();
    let params = Params::resolve(&entry.params, &given).map_err(|errors| format!("{errors:?}"))?;
    let mut strategy = (entry.build)(&params).map_err(|conflict| conflict.message)?;

    let commission_rate = "0.001".parse()?;
    let cash = Simulation::with_cash(Decimal::new(10_000, 0).ok_or("too long")?);
    let simulation = Simulation { commission_rate, ..cash };
    let backtest =
        Backtest::new(&simulation, &subscribed).map_err(|errors| format!("{errors:?}"))?;
    // The meter is for other threads that watch or stop the run; `()` observes nothing.
    let report = backtest.run(strategy.as_mut(), &Meter::default(), &mut ())?;

    for metric in [Metric::TotalReturn, Metric::Sharpe, Metric::MaxDrawdown, Metric::WinRate] {
        // What is undefined is absent, never a zero that means nothing.
        let value =
            report.metrics.value(metric).map_or("-".to_owned(), |value| format!("{value:.4}"));
        println!("{:16} {value}", metric.name());
    }
    Ok(())
}
