//! What it costs to cut runs into segments, and to tell what they came to: the engine alone beside
//! itself, by time on a core.

use std::hint::black_box;
use std::ops::Range;
use std::time::Duration;

use tradeforge::engine::{Backtest, Meter, Report, Subscribed, Tape};
use tradeforge::metrics::Metric;
use tradeforge::strategy::Catalog;

use crate::Outcome;
use crate::engine::series;
use crate::grid::{self, SMA_100};
use crate::measure::median;
use crate::table::{Table, time};

/// Borders of eight windows and what lies between them.
const BORDERS: i64 = 24;
/// What cutting may cost, a choice of all windows with it.
const BOUND: &str = "1.10";

/// A name, what runs, what is told of its reports, and what it may cost.
type Row<'r, 'b> = (&'r str, &'r Backtest<'b>, &'r dyn Fn(&Report), &'r str);

/// The engine alone, and with its runs cut.
pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let bars = grid::first(&series()?, 100_000);
    let (simulation, instrument) = (grid::simulation(), grid::instrument());
    let range = bars.range(None, None);
    let subscribed = [Subscribed { instrument: &instrument, series: &bars, range: range.clone() }];
    let alone = Backtest::new(&simulation, &subscribed).map_err(|faults| format!("{faults:?}"))?;
    let first = bars.days.day(bars.bars.open_time_ms[0]);
    let borders: Vec<i64> = (1..=BORDERS).map(|number| first + 2 * number).collect();
    let in_full = alone.clone().cut_at(&borders);
    let cut = in_full.clone().without_falls();
    let tape = Tape::new(&bars, range).ok_or("bars of one market")?;
    let rules = SMA_100.rules();
    let together = |backtest: &Backtest<'_>, told: &dyn Fn(&Report)| {
        median(|| {
            let reports = backtest.run_all(&tape, &rules, &Meter::default());
            reports.iter().flatten().flatten().for_each(told);
        })
    };
    let catalog = Catalog::shipped();
    let entry = catalog.find("sma_cross", "").map_err(|unknown| format!("{unknown:?}"))?;
    let params = tradeforge::strategy::Params::resolve(&entry.params, &[].into());
    let params = params.map_err(|faults| format!("{faults:?}"))?;
    let one_by_one = |backtest: &Backtest<'_>, told: &dyn Fn(&Report)| {
        median(|| {
            let strategy = (entry.build)(&params);
            let mut strategy = strategy.expect("defaults make sense");
            let report = backtest.run(strategy.as_mut(), &Meter::default(), &mut ());
            report.iter().for_each(told);
        })
    };
    table.section("segments, 24 borders, 100k bars", ["time", "to none", "may take", ""]);
    let rows: [Row<'_, '_>; 5] = [
        ("cut", &cut, &whole, BOUND),
        ("eight windows chosen by sharpe", &cut, &|it| chosen(it, Metric::Sharpe), BOUND),
        ("cut, and falls noted", &in_full, &whole, ""),
        ("eight windows chosen by calmar", &in_full, &|it| chosen(it, Metric::Calmar), ""),
        ("all metrics of eight windows", &in_full, &told, ""),
    ];
    for (name, backtest, told, bound) in rows {
        let by_columns = [together(&alone, &whole), together(backtest, told)];
        row(table, &format!("100 trials by columns: {name}"), by_columns, bound);
    }
    let by_bars = [one_by_one(&alone, &whole), one_by_one(&in_full, &told)];
    row(table, "one trial bar by bar: all metrics of them", by_bars, BOUND);
    Ok(())
}

fn row(table: &mut Table, name: &str, [none, some]: [Duration; 2], bound: &str) {
    let ratio = some.as_secs_f64() / none.as_secs_f64();
    table.row(name, [time(some), format!("{ratio:.3}"), bound.into(), String::new()]);
}

fn whole(report: &Report) {
    black_box(report.metrics.defined().count());
}

/// Sixteen segments to choose by, and the one after them to be judged by, window by window.
fn windows() -> impl Iterator<Item = [Range<usize>; 2]> {
    (0..8).map(|first| [first..first + 16, first + 16..first + 17])
}

/// What a choice by that metric asks for.
fn chosen(report: &Report, metric: Metric) {
    whole(report);
    let Some(segments) = &report.segments else { return };
    for part in windows().flatten() {
        let part = segments.together(part);
        let wanted = [metric, Metric::TotalReturn, Metric::ReturnDays];
        black_box(part.map(|part| wanted.map(|metric| part.metric(metric))));
    }
}

fn told(report: &Report) {
    whole(report);
    let Some(segments) = &report.segments else { return };
    for part in windows().flatten() {
        black_box(segments.metrics(part));
    }
}
