//! What it costs to cut runs into segments: the engine alone beside itself, by time on a core.

use std::hint::black_box;
use std::sync::Arc;

use tradeforge::engine::{Backtest, Meter, Report, Subscribed, Tape};
use tradeforge::strategy::Catalog;

use crate::Outcome;
use crate::engine::series;
use crate::grid::{self, SMA_100};
use crate::measure::median;
use crate::table::{Table, time};

/// Borders of eight windows and what lies between them.
const BORDERS: i64 = 24;
/// What cutting may cost.
const BOUND: &str = "1.10";

/// The engine alone, and with its runs cut.
pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let bars = grid::first(&series()?, 100_000);
    let (simulation, instrument) = (grid::simulation(), grid::instrument());
    let range = bars.range(None, None);
    let subscribed = [Subscribed { instrument: &instrument, series: &bars, range: range.clone() }];
    let alone = Backtest::new(&simulation, &subscribed).map_err(|faults| format!("{faults:?}"))?;
    let first = bars.days.day(bars.bars.open_time_ms[0]);
    let borders: Arc<[i64]> = (1..=BORDERS).map(|number| first + 2 * number).collect();
    let cut = alone.clone().cut_at(borders);
    let tape = Tape::new(&bars, range).ok_or("bars of one market")?;
    let rules = SMA_100.rules();
    table.section("segments, 24 borders, 100k bars", ["time", "to none", "may take", ""]);
    let together = |backtest: &Backtest<'_>| {
        median(|| {
            let reports = backtest.run_all(&tape, &rules, &Meter::default());
            reports.iter().flatten().flatten().for_each(told);
        })
    };
    let catalog = Catalog::shipped();
    let entry = catalog.find("sma_cross", "").map_err(|unknown| format!("{unknown:?}"))?;
    let params = tradeforge::strategy::Params::resolve(&entry.params, &[].into());
    let params = params.map_err(|faults| format!("{faults:?}"))?;
    let one_by_one = |backtest: &Backtest<'_>| {
        median(|| {
            let strategy = (entry.build)(&params);
            let mut strategy = strategy.expect("defaults make sense");
            let report = backtest.run(strategy.as_mut(), &Meter::default(), &mut ());
            report.iter().for_each(told);
        })
    };
    for (name, [none, some]) in [
        ("100 trials by columns", [together(&alone), together(&cut)]),
        ("one trial bar by bar", [one_by_one(&alone), one_by_one(&cut)]),
    ] {
        let ratio = some.as_secs_f64() / none.as_secs_f64();
        let row = [time(some), format!("{ratio:.3}"), BOUND.into(), String::new()];
        table.row(name, row);
    }
    Ok(())
}

/// Eight windows of sixteen segments to choose by and one to be judged by.
fn told(report: &Report) {
    black_box(report.metrics.defined().count());
    for first in 0..8 {
        let Some(segments) = &report.segments else { return };
        black_box((segments.metrics(first..first + 16), segments.metrics(first + 16..first + 17)));
    }
}
