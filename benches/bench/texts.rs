//! Strategies as text: their searches beside those of shipped strategies, class by class, and what
//! it takes to read a text and to fill in a trial.

use std::fmt::Write as _;
use std::time::Duration;

use tradeforge::engine::{Backtest, Meter, Subscribed};
use tradeforge::market::Series;
use tradeforge::rules::compile;
use tradeforge::strategy::{Catalog, Params, StrategyEntry};

use crate::engine::series;
use crate::grid::{self, Axis, BREAKOUT_100, EMA_130, Grid, RSI_42, SMA_10_000, SMA_130};
use crate::sweep::{engine_of, repeated, row};
use crate::table::{Table, count, time};
use crate::{Outcome, machine};

const CROSS_AXES: [Axis; 2] = [Axis::Whole("fast", [5, 50, 5]), Axis::Whole("slow", [60, 300, 20])];

/// The stop follows the highest price: position by position.
const TRAILING: Grid = Grid {
    name: "trailing stop, 130 cells",
    strategy: "sma_cross",
    axes: &CROSS_AXES,
    text: "param fast = 10\n\
           param slow = 60\n\
           enter long when crosses_above(sma(close, fast), sma(close, slow))\n\
           exit long when crosses_below(sma(close, fast), sma(close, slow))\n\
           stop long follow position.high - 3 * atr(14)",
};

/// An entry waits for its price and is added to: every bar, over values computed for all trials.
const RESTING: Grid = Grid {
    name: "limits that wait and add, 130 cells",
    strategy: "sma_cross",
    axes: &CROSS_AXES,
    text: "param fast = 10\n\
           param slow = 60\n\
           enter long at limit close - 0.5 * atr(14) when sma(close, fast) > sma(close, slow)\n  \
             for 4 bars\n\
           add long at limit close - atr(14) when sma(close, fast) > sma(close, slow) max 2\n\
           exit long when crosses_below(sma(close, fast), sma(close, slow))\n\
           stop long at position.entry - 3 * atr(14)\n\
           size equity 30%",
};

const MACD_150: Grid = Grid {
    name: "MACD, 150 cells",
    strategy: "macd_trend",
    axes: &[
        Axis::Whole("fast", [6, 24, 2]),
        Axis::Whole("slow", [26, 50, 6]),
        Axis::Whole("signal", [5, 13, 4]),
    ],
    text: "param fast = 12\n\
           param slow = 26\n\
           param signal = 9\n\
           m = macd(close, fast, slow)\n\
           s = ema(m, signal)\n\
           enter long when crosses_above(m, s)\n\
           exit long when crosses_below(m, s)",
};

const BOLLINGER_77: Grid = Grid {
    name: "Bollinger, 77 cells",
    strategy: "bollinger_reversion",
    axes: &[Axis::Whole("period", [10, 60, 5]), Axis::Decimal("deviations", [1.5, 3.0, 0.25])],
    text: "param period = 20\n\
           param deviations = 2.0\n\
           enter long when zscore(close, period) < -deviations\n\
           exit long when zscore(close, period) >= 0",
};

/// A channel alone; the shipped one has a stop by the true range in any case.
const DONCHIAN_100: Grid = Grid {
    name: "Donchian, 100 cells",
    strategy: "donchian_breakout",
    axes: &[Axis::Whole("entry", [20, 110, 10]), Axis::Whole("exit", [5, 50, 5])],
    text: "param entry = 20\n\
           param exit = 10\n\
           enter long when close > highest(high, entry)[1]\n\
           exit long when close < lowest(low, exit)[1]",
};

/// About as much as a text is made of in practice, three axes.
const HUNDRED: Grid = Grid {
    name: "some hundred nodes, three axes, 180 cells",
    strategy: "sma_cross",
    axes: &[
        Axis::Whole("fast", [5, 30, 5]),
        Axis::Whole("slow", [40, 90, 10]),
        Axis::Decimal("level", [40.0, 60.0, 5.0]),
    ],
    text: "param fast = 10\n\
           param slow = 60\n\
           param level = 50.0\n\
           f = ema(close, fast)\n\
           s = ema(close, slow)\n\
           m = f - s\n\
           g = ema(m, 9)\n\
           r = rsi(close, 14)\n\
           k = stoch(14)\n\
           z = zscore(close, 50)\n\
           t = adx(14)\n\
           c = cci(hlc3, 20)\n\
           enter long when crosses_above(m, g) and r > level and k > 20 and z < 2 and t > 12\n  \
             and c > -100 and close > kc_lower(close, 20, 2, 10) and natr(14) < 5\n\
           exit long when f < s or r < level - 25 or z > 3\n\
           stop long at position.entry - 4 * atr(20)",
};

/// Each beside the shipped strategy that is to be its measure.
pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let series = grid::first(&series()?, 100_000);
    let columns = ["cells·bars/s", "time", "ns/cell·bar", "to the shipped"];
    table.section("sweep of a strategy as text, engine alone, 1 thread", columns);
    let plain = [SMA_130, EMA_130, RSI_42, MACD_150, BOLLINGER_77, DONCHIAN_100];
    for grid in plain.into_iter().chain([BREAKOUT_100]) {
        let shipped = engine_of(&grid.rules(), &series, 1);
        let text = engine_of(&grid.rules_of_text(), &series, 1);
        let name = format!("{} as text, 100k bars", grid.name);
        row(table, &name, &grid, &series, [text, shipped]);
    }
    let columns = ["cells·bars/s", "time", "ns/cell·bar", "to SMA, 10,000"];
    table.section("the same beside the shipped grid of two averages", columns);
    let shipped = engine_of(&SMA_10_000.rules(), &series, 1);
    row(table, "SMA, 10,000 cells, shipped", &SMA_10_000, &series, [shipped; 2]);
    for grid in [TRAILING, RESTING, HUNDRED] {
        let text = engine_of(&grid.rules_of_text(), &series, 1);
        // As long as the shipped grid would take for as many cells.
        let reference = shipped.mul_f64(grid.cells() as f64 / SMA_10_000.cells() as f64);
        let name = format!("{} ({} nodes)", grid.name, compile(grid.text).node_count);
        row(table, &name, &grid, &series, [text, reference]);
    }
    bar_by_bar(table, &series);
    reading(table);
    Ok(())
}

/// Single backtests, each beside the shipped strategy of two averages.
fn bar_by_bar(table: &mut Table, series: &Series) {
    table.section("one backtest of a text, bar by bar", ["bars/s", "time", "", "to sma_cross"]);
    let catalog = Catalog::shipped();
    let shipped = one(catalog.find("sma_cross", "").expect("a shipped strategy"), series);
    let of_text = |text: &str| one(&compile(text).entry.expect("a text without mistakes"), series);
    let rows = [
        ("sma_cross, shipped", shipped),
        ("two averages", of_text(SMA_130.text)),
        ("two exponential averages", of_text(EMA_130.text)),
        ("trailing stop", of_text(TRAILING.text)),
        ("limits that wait and add", of_text(RESTING.text)),
        ("some hundred nodes", of_text(HUNDRED.text)),
    ];
    for (name, taken) in rows {
        let rate = count(series.bars.len() as f64 / taken.as_secs_f64());
        let ratio = format!("{:.2}", shipped.as_secs_f64() / taken.as_secs_f64());
        table.row(name, [rate, time(taken), String::new(), ratio]);
    }
}

fn one(entry: &StrategyEntry, series: &Series) -> Duration {
    let (simulation, instrument) = (grid::simulation(), grid::instrument());
    let subscribed =
        [Subscribed { instrument: &instrument, series, range: series.range(None, None) }];
    let backtest = Backtest::new(&simulation, &subscribed).expect("the terms fit");
    let params = Params::resolve(&entry.params, &[].into()).expect("the defaults");
    repeated(|| {
        let mut strategy = (entry.build)(&params).expect("the defaults make sense");
        let report = backtest.run(strategy.as_mut(), &Meter::default(), &mut ());
        drop(report.expect("nobody stops it"));
    })
}

fn reading(table: &mut Table) {
    table.section("reading a text, and filling in a trial", ["per second", "time", "", "memory"]);
    let mut row = |name: String, taken: Duration| {
        let rate = count(1.0 / taken.as_secs_f64());
        table.row(name, [rate, time(taken), String::new(), machine::peak_memory()]);
    };
    let longest = longest();
    row("compile, two averages".to_owned(), repeated(|| drop(compile(SMA_130.text))));
    row("compile, some hundred nodes".to_owned(), repeated(|| drop(compile(HUNDRED.text))));
    row(format!("compile, {} bytes", longest.len()), repeated(|| drop(compile(&longest))));
    let taken = repeated(|| drop(SMA_10_000.rules_of_text()));
    let each = taken.div_f64(SMA_10_000.cells() as f64);
    let nodes = compile(SMA_10_000.text).node_count;
    row(format!("a trial of two averages ({nodes} nodes), to its graph"), each);
}

/// A text near the limits: as many statements as there may be, each of several functions.
fn longest() -> String {
    let mut text = String::from("param n = 20\n");
    for index in 0..150 {
        let other = index + 2;
        writeln!(
            text,
            "d{index} = (ema(close, {other}) - sma(close, n + {index})) / stdev(close, {other}) \
             + rsi(close, {other})"
        )
        .expect("a text takes all");
    }
    text + "enter long when d0 > d149\nexit long when d0 < d149\n"
}
