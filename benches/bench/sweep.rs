//! Searches: the engine alone on one thread and on all, then from Submit to COMPLETED through the
//! running server, with every trial stored. By the clock on the wall.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tradeforge::engine::{Backtest, Meter, Report, Subscribed, Tape};
use tradeforge::market::Series;
use tradeforge::metrics::Metric;
use tradeforge::strategy::Rule;

use crate::engine::{BAR_COUNT, series};
use crate::grid::{
    self, BREAKOUT_100, EMA_130, Grid, RSI_42, SMA_1_000_000, SMA_10_000, SMA_100, SMA_130,
};
use crate::host::{Bench, LONG, MIDDLE, SHORT};
use crate::table::{Table, count, time};
use crate::{Outcome, machine};

/// Trials that one thread takes at a time.
const TRIALS_AT_ONCE: usize = 256;
/// A search that takes longer than this is measured once.
const LONG_TIME: Duration = Duration::from_secs(2);
const RUNS: usize = 5;
/// Short ones are repeated for so long.
const SHORT_TIME: Duration = Duration::from_millis(300);

/// The engine alone.
pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let long = series()?;
    let (short, middle) = (grid::first(&long, 10_000), grid::first(&long, 100_000));
    let threads = machine::cores();
    let columns = ["cells·bars/s", "time", "ns/cell·bar", "to 1 thread"];
    table.section("sweep, engine alone, all of METRICS_V2", columns);
    for grid in [SMA_130, SMA_10_000, EMA_130, RSI_42, BREAKOUT_100] {
        let one = engine(&grid, &middle, 1);
        row(table, &format!("{}, 100k bars, 1 thread", grid.name), &grid, &middle, [one, one]);
        let all = engine(&grid, &middle, threads);
        let name = format!("{}, 100k bars, {threads} threads", grid.name);
        row(table, &name, &grid, &middle, [all, one]);
    }
    table.section("sweep, what a cell and bar costs, all threads", columns);
    for (grid, series) in [
        (SMA_100, &short),
        (SMA_100, &middle),
        (SMA_100, &long),
        (SMA_10_000, &short),
        (SMA_10_000, &middle),
        (SMA_10_000, &long),
        (SMA_1_000_000, &short),
    ] {
        let all = engine(&grid, series, threads);
        let name = format!("{}, {} bars", grid.name, series.bars.len());
        row(table, &name, &grid, series, [all, all]);
    }
    Ok(())
}

/// How long the engine takes for all cells.
pub(crate) fn engine(grid: &Grid, series: &Series, threads: usize) -> Duration {
    engine_of(&grid.rules(), series, threads)
}

/// The same for trials that are stated.
pub(crate) fn engine_of(rules: &[Option<Rule>], series: &Series, threads: usize) -> Duration {
    let (simulation, instrument) = (grid::simulation(), grid::instrument());
    let range = series.range(None, None);
    let subscribed = [Subscribed { instrument: &instrument, series, range: range.clone() }];
    let backtest = Backtest::new(&simulation, &subscribed).expect("the terms fit");
    repeated(|| {
        let tape = Tape::new(series, range.clone()).expect("bars of one market");
        all(&backtest, &tape, rules, threads);
    })
}

/// Closed trades of all cells.
pub(crate) fn trades(grid: &Grid, series: &Series) -> f64 {
    let (simulation, instrument) = (grid::simulation(), grid::instrument());
    let range = series.range(None, None);
    let subscribed = [Subscribed { instrument: &instrument, series, range: range.clone() }];
    let backtest = Backtest::new(&simulation, &subscribed).expect("the terms fit");
    let tape = Tape::new(series, range).expect("bars of one market");
    let reports = backtest.run_all(&tape, &grid.rules(), &Meter::default());
    let trades = |report: &Report| report.metrics.value(Metric::TradeCount);
    reports.expect("nobody stops it").iter().flatten().filter_map(trades).sum()
}

fn all(backtest: &Backtest<'_>, tape: &Tape, rules: &[Option<Rule>], threads: usize) {
    // Small searches are shared out too.
    let at_once = rules.len().div_ceil(4 * threads).min(TRIALS_AT_ONCE);
    let (parts, next) = (rules.chunks(at_once).collect::<Vec<_>>(), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let reports = backtest.run_all(tape, part, &Meter::default());
                    let reports = reports.expect("nobody stops it");
                    assert!(reports.iter().all(Option::is_some), "a cell was left out");
                }
            });
        }
    });
}

/// The middle of the times that some work takes.
pub(crate) fn repeated(mut work: impl FnMut()) -> Duration {
    let (mut times, begin) = (Vec::new(), Instant::now());
    let is_enough = |times: &[Duration]| {
        times.last().is_some_and(|last| *last >= LONG_TIME)
            || times.len() >= RUNS && begin.elapsed() >= SHORT_TIME
    };
    while !is_enough(&times) {
        let began = Instant::now();
        work();
        times.push(began.elapsed());
    }
    middle_of(times)
}

fn middle_of(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// `[taken, reference]`
pub(crate) fn row(
    table: &mut Table,
    name: &str,
    grid: &Grid,
    series: &Series,
    times: [Duration; 2],
) {
    let cell_bars = (grid.cells() * series.bars.len()) as f64;
    let [taken, reference] = times.map(|time| time.as_secs_f64());
    let figures = [
        count(cell_bars / taken),
        time(times[0]),
        format!("{:.3}", taken / cell_bars * 1e9),
        format!("{:.2}", reference / taken),
    ];
    table.row(name, figures);
}

/// Through the running server.
pub(crate) async fn measure_stored(table: &mut Table) -> Outcome<()> {
    let data_dir = tempfile::tempdir()?;
    let server = Bench::start(data_dir.path().to_owned()).await?;
    for (symbol, bars) in [(LONG, BAR_COUNT), (MIDDLE, 100_000), (SHORT, 1_000)] {
        server.generate(symbol, bars).await?;
    }
    let columns = ["cells·bars/s", "time", "trials/s", "peak memory"];
    table.section("sweep, Submit to COMPLETED, every trial stored", columns);
    let runs = [
        (SMA_10_000, SHORT, 1_000),
        (SMA_130, MIDDLE, 100_000),
        (SMA_10_000, MIDDLE, 100_000),
        (RSI_42, MIDDLE, 100_000),
        (BREAKOUT_100, MIDDLE, 100_000),
        (SMA_10_000, LONG, BAR_COUNT),
    ];
    for (grid, symbol, bars) in runs {
        let taken = search(&server, &grid, symbol).await?;
        let rate = |amount: f64| count(amount / taken.as_secs_f64());
        let cells = grid.cells() as f64;
        let figures = [rate(cells * bars as f64), time(taken), rate(cells), machine::peak_memory()];
        table.row(format!("{}, {bars} bars", grid.name), figures);
    }
    let one = single(&server).await?;
    let rate = count(BAR_COUNT as f64 / one.as_secs_f64());
    let name = "one backtest, 1M bars, trades and result stored";
    table.row(name, [rate, time(one), String::new(), machine::peak_memory()]);
    server.stop().await
}

/// How long a search takes, from the call that submits it to the answer that it is completed.
pub(crate) async fn search(server: &Bench, grid: &Grid, symbol: &str) -> Outcome<Duration> {
    let mut times = Vec::new();
    while times.len() < RUNS && times.last().is_none_or(|last| *last < LONG_TIME) {
        let began = Instant::now();
        let submitted = server.runs().submit(grid.request(symbol)).await?;
        server.wait_for(&submitted.into_inner().run_id).await?;
        times.push(began.elapsed());
    }
    Ok(middle_of(times))
}

async fn single(server: &Bench) -> Outcome<Duration> {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        let run_id = server.submit("sma_cross", LONG).await?;
        server.wait_for(&run_id).await?;
        times.push(began.elapsed());
    }
    Ok(middle_of(times))
}
