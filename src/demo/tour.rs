//! What the demo shows: one search over bars that hold trends, the same over bars that hold none,
//! how much of each is luck, and the middle of what was found as a backtest.

use super::cells::Cells;
use crate::cli::{self, CliError, Connection, GlobalArgs, ProgressMode};
use crate::pb;
use crate::pb::axis::Domain;
use crate::pb::param_value::Kind;
use crate::pb::run_status::Result as Outcome;
use crate::pb::submit_request::Spec;

const EXCHANGE: &str = "SYN";
const TIMEFRAME: &str = "1h";
/// Six years of hours: long enough that luck does not look like skill.
const BAR_COUNT: i64 = 52_560;
const SEED: u64 = 42;
/// How strong the trends are that are to be found, over the usual ones.
const TRENDS: f64 = 3.0;
/// The instrument without trends, as the command line names it.
pub(super) const NOISE: &str = "SYN:NOISE@1h";

const FAST: pb::IntDomain = pb::IntDomain { min_value: 10, max_value: 120, step: 10 };
const SLOW: pb::IntDomain = pb::IntDomain { min_value: 140, max_value: 680, step: 60 };

/// The runs that were shown, by their ids.
pub(super) struct Shown {
    /// The search over bars with trends.
    pub(super) search: String,
    /// The backtest of what it found.
    pub(super) backtest: String,
}

/// Shows it all; `None` if Ctrl-C came first.
pub(super) async fn show(globals: &GlobalArgs) -> Result<Option<Shown>, CliError> {
    let connection = globals.connect().await?;
    let made =
        [("TRENDS", TRENDS, "there are trends to be found"), ("NOISE", 0.0, "there are none")];
    for (symbol, trend_strength, what) in made {
        let imported = connection.market_data().import_bars(bars(symbol, trend_strength)).await?;
        let imported = imported.into_inner();
        let line =
            imported.series.as_ref().map(|series| cli::series_line(series, imported.created));
        globals.talk(&format!("made up    {}\n           {what}", line.unwrap_or_default()));
    }
    globals.talk("search     sma_cross over both: 12 x 10 pairs of lengths, 0.1 % commission");
    let Some((search, found)) = searched(&connection, "TRENDS", globals).await? else {
        return Ok(None);
    };
    if searched(&connection, "NOISE", globals).await?.is_none() {
        return Ok(None);
    }
    let middle = found.middle();
    let request = backtest(middle.fast, middle.slow);
    let done = cli::run_to_end(&connection, request, ProgressMode::None, globals).await?;
    let Some(run) = done else { return Ok(None) };
    let lengths = format!("fast={} slow={}", middle.fast, middle.slow);
    print(globals, &format!("backtest   {lengths} over SYN:TRENDS@1h: {}", figures(&run)))?;
    Ok(Some(Shown { search, backtest: run.run_id }))
}

/// Searches over those bars, and shows the map of what came out; the run's id and the map.
async fn searched(
    connection: &Connection,
    symbol: &str,
    globals: &GlobalArgs,
) -> Result<Option<(String, Cells)>, CliError> {
    let request = sweep(symbol);
    let Some(run) = cli::run_to_end(connection, request, ProgressMode::None, globals).await? else {
        return Ok(None);
    };
    let run_id = run.run_id;
    let request =
        pb::ListTrialsRequest { run_id: run_id.clone(), page_size: 1_000, ..Default::default() };
    let trials = connection.results().list_trials(request).await?.into_inner().trials;
    let cells = Cells::of(&trials, FAST, SLOW);
    let title = format!("SYN:{symbol}@1h, the Sharpe ratio by fast (across) and slow (down)");
    print(globals, &format!("{title}\n{}\n", cells.text()))?;
    let validation = validation(symbol, &run_id);
    let done = cli::run_to_end(connection, validation, ProgressMode::None, globals).await?;
    let Some(run) = done else { return Ok(None) };
    print(globals, &format!("luck       {}\n\n", luck(&run)))?;
    Ok(Some((run_id, cells)))
}

/// Prints what was found, on stdout; a program that reads JSON has the runs themselves.
fn print(globals: &GlobalArgs, text: &str) -> Result<(), CliError> {
    if !globals.is_json {
        cli::text::output::data(text)?;
    }
    Ok(())
}

fn bars(symbol: &str, trend_strength: f64) -> pb::ImportBarsRequest {
    let synthetic = pb::SyntheticBars {
        bar_count: BAR_COUNT,
        seed: SEED,
        trend_strength: Some(trend_strength),
        ..Default::default()
    };
    pb::ImportBarsRequest {
        series: Some(pb::SeriesSpec {
            exchange: EXCHANGE.into(),
            symbol: symbol.into(),
            timeframe: TIMEFRAME.into(),
            ..Default::default()
        }),
        source: Some(pb::import_bars_request::Source::Synthetic(synthetic)),
        ..Default::default()
    }
}

fn sweep(symbol: &str) -> pb::SubmitRequest {
    let axis =
        |name: &str, range| pb::Axis { name: name.into(), domain: Some(Domain::IntRange(range)) };
    let search = pb::OptimizationSpec {
        base: Some(spec(symbol)),
        axes: vec![axis("fast", FAST), axis("slow", SLOW)],
        ..Default::default()
    };
    pb::SubmitRequest {
        spec: Some(Spec::Optimization(search)),
        display_name: format!("demo: {}", symbol.to_lowercase()),
        ..Default::default()
    }
}

fn validation(symbol: &str, run_id: &str) -> pb::SubmitRequest {
    let spec = pb::ValidationSpec { run_id: run_id.to_owned(), ..Default::default() };
    pb::SubmitRequest {
        spec: Some(Spec::Validation(spec)),
        display_name: format!("demo: luck in {}", symbol.to_lowercase()),
        ..Default::default()
    }
}

fn backtest(fast: i64, slow: i64) -> pb::SubmitRequest {
    let value = |number| pb::ParamValue { kind: Some(Kind::IntValue(number)) };
    let params = [("fast".to_owned(), value(fast)), ("slow".to_owned(), value(slow))].into();
    pb::SubmitRequest {
        spec: Some(Spec::Backtest(pb::BacktestSpec { params, ..spec("TRENDS") })),
        display_name: "demo: the middle of the plateau".into(),
        ..Default::default()
    }
}

/// What all runs have in common.
fn spec(symbol: &str) -> pb::BacktestSpec {
    pb::BacktestSpec {
        strategy: Some(pb::StrategyRef { name: "sma_cross".into(), ..Default::default() }),
        subscriptions: vec![pb::Subscription {
            exchange: EXCHANGE.into(),
            symbol: symbol.into(),
            timeframe: TIMEFRAME.into(),
            ..Default::default()
        }],
        simulation: Some(pb::Simulation {
            initial_cash: "10000".into(),
            commission_rate: "0.001".into(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// How much of the best of a search is luck: in words, and by the two figures that tell most.
fn luck(run: &pb::Run) -> String {
    let Some(Outcome::Validation(result)) = run.status.as_ref().and_then(|it| it.result.as_ref())
    else {
        return "it could not be judged".to_owned();
    };
    let share = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |it| format!("{it:.3}"));
    let (p, overfitting) = (share(result.spa_p), share(result.pbo));
    format!("{}\n           p {p}, overfitting (PBO) {overfitting}", result.sentence)
}

/// The few figures that matter most.
fn figures(run: &pb::Run) -> String {
    let Some(Outcome::Backtest(result)) = run.status.as_ref().and_then(|it| it.result.as_ref())
    else {
        return "it did not complete".to_owned();
    };
    let metric = |name: &str| result.metrics.get(name).copied().unwrap_or(f64::NAN);
    let percent = |name: &str| format!("{:.1} %", metric(name) * 100.0);
    format!(
        "return {}, Sharpe {:.2}, drawdown {}, {} trades; buy and hold {}",
        percent("total_return"),
        metric("sharpe"),
        percent("max_drawdown"),
        metric("trade_count"),
        percent("buy_hold_return"),
    )
}
