//! Trade by trade against an independent simulator, where it and numpy are at hand.
//!
//! It lies beside the project, in `../shared/oracle`, or where `TRADEFORGE_SHARED` points.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tempfile::TempDir;
use tradeforge::pb;

use crate::support::{
    TestServer, Work, double, int, output_of, python_with, rsi_reversion, series, sma_cross,
};

/// The months of real bars.
const MONTHS: [&str; 3] = ["2025-01_1m.csv", "2025-02_1m.csv", "2025-03_1m.csv"];

/// What the reference says of one parameter set.
#[derive(Deserialize)]
struct Case {
    strategy: String,
    params: (f64, f64),
    /// Entry time and price, exit time and price; the last two absent while open.
    trades: Vec<(i64, f64, Option<i64>, Option<f64>)>,
    unit: Figures,
    all_in: Figures,
}

#[derive(Deserialize)]
struct Figures {
    final_equity: f64,
    max_drawdown: f64,
    sharpe_annual_with_r0: Option<f64>,
}

#[derive(Deserialize)]
struct Reference {
    cash: f64,
    cases: Vec<Case>,
}

#[tokio::test]
async fn synthetic_bars_give_the_trades_of_the_reference() {
    let Some((oracle, python)) = at_hand() else { return };
    let folder = TempDir::new().unwrap();
    let reference = reference(&python, &oracle.join("oracle"), folder.path(), &[]);
    let server = TestServer::start().await;
    let csv = fs::read_to_string(folder.path().join("bars.csv")).unwrap();
    server.try_import(series("BARS"), &csv).await.unwrap();
    compare_all(&server, &reference).await;
}

#[tokio::test]
async fn real_bars_give_the_trades_of_the_reference() {
    let Some((shared, python)) = at_hand() else { return };
    let Some(files) = real_bars(&shared) else { return };
    let folder = TempDir::new().unwrap();
    let reference = reference(&python, &shared.join("oracle"), folder.path(), &files);
    compare_all(&server_with(&files).await, &reference).await;
}

#[tokio::test]
async fn every_trial_of_the_grid_over_real_bars_is_that_of_the_reference() {
    let Some((shared, python)) = at_hand() else { return };
    let Some(files) = real_bars(&shared) else { return };
    let folder = TempDir::new().unwrap();
    let grid = [&[PathBuf::from("--grid")], &files[..]].concat();
    let reference = reference(&python, &shared.join("oracle"), folder.path(), &grid);
    let server = server_with(&files).await;
    let work = sma_cross(1, 1).cash(&reference.cash.to_string()).commission("0.001");
    let sweep = work.quantity("1").sweep().over("fast", 5, 50, 5).over("slow", 60, 300, 20);
    let run_id = server.submit(sweep).await.run_id;
    server.when_final(&run_id).await;
    let trials = server.trials(&run_id).await;
    assert_eq!((trials.len(), reference.cases.len()), (130, 130));
    for (trial, case) in trials.iter().zip(&reference.cases) {
        let (fast, slow) = case.params;
        assert_eq!(trial.params["fast"], int(fast as i64));
        assert_eq!(trial.params["slow"], int(slow as i64));
        let closed = case.trades.iter().filter(|(_, _, exit, _)| exit.is_some()).count();
        assert_eq!(trial.metrics["trade_count"], closed as f64, "{:?}", case.params);
        assert_figures(case, &trial.metrics, &case.unit, 0.01);
    }
}

/// The files of real bars, or a line that says that they are missing.
fn real_bars(shared: &Path) -> Option<Vec<PathBuf>> {
    let candles = shared.join("data/Binance/BTCUSDT/candles");
    let files: Vec<_> = MONTHS.iter().map(|name| candles.join(name)).collect();
    if files.iter().any(|file| !file.exists()) {
        eprintln!("skipped: no real bars in {}", candles.display());
        return None;
    }
    Some(files)
}

/// A server with these files as `TEST:BARS@1m`.
async fn server_with(files: &[PathBuf]) -> TestServer {
    let server = TestServer::start().await;
    let spec = pb::SeriesSpec { price_tick: "0.01".into(), ..series("BARS") };
    let named = |(name, path): (&'static str, &PathBuf)| (name, fs::read_to_string(path).unwrap());
    let texts: Vec<_> = MONTHS.into_iter().zip(files).map(named).collect();
    let imported = server.upload(&spec, &texts).await.unwrap();
    let stored = imported.series.unwrap();
    assert_eq!((stored.bar_count, stored.gap_count), (129_600, 0));
    assert!(!server.upload(&spec, &texts).await.unwrap().created);
    server
}

async fn compare_all(server: &TestServer, reference: &Reference) {
    for case in &reference.cases {
        let (unit, trades) = run(server, work(case, reference.cash).quantity("1")).await;
        assert_trades(case, &trades);
        assert_figures(case, &unit.metrics, &case.unit, 0.01);
        let (all_in, trades) = run(server, work(case, reference.cash).all_in()).await;
        assert_trades(case, &trades);
        // The reference buys fractions as fine as a double; a step is left over in each trade.
        assert_figures(case, &all_in.metrics, &case.all_in, 1e-7 * reference.cash);
    }
}

fn work(case: &Case, initial_cash: f64) -> Work {
    let (first, second) = case.params;
    let work = match case.strategy.as_str() {
        "sma_cross" => sma_cross(first as i64, second as i64),
        _ => rsi_reversion(first, second).param("period", int(14)).param("oversold", double(first)),
    };
    work.cash(&initial_cash.to_string()).commission("0.001")
}

async fn run(server: &TestServer, work: Work) -> (pb::BacktestResult, Vec<pb::Trade>) {
    let submitted = Box::pin(server.submit(work.clone())).await;
    server.when_final(&submitted.run_id).await;
    let result = Box::pin(server.result(work.reuse_completed())).await;
    (result, server.trades(&submitted.run_id).await)
}

fn assert_trades(case: &Case, trades: &[pb::Trade]) {
    let ms =
        |time: &prost_types::Timestamp| time.seconds * 1_000 + i64::from(time.nanos) / 1_000_000;
    let ours: Vec<_> = trades
        .iter()
        .map(|trade| {
            let exit_ms = trade.exit_time.as_ref().map(ms);
            let entry_ms = trade.entry_time.as_ref().map_or(0, ms);
            (entry_ms, trade.entry_price, exit_ms, exit_ms.map(|_| trade.exit_price))
        })
        .collect();
    assert_eq!(ours.len(), case.trades.len(), "{} {:?}", case.strategy, case.params);
    for (ours, theirs) in ours.iter().zip(&case.trades) {
        assert_eq!(ours, theirs, "{} {:?}", case.strategy, case.params);
    }
}

fn assert_figures(case: &Case, ours: &BTreeMap<String, f64>, theirs: &Figures, money: f64) {
    let name = format!("{} {:?}", case.strategy, case.params);
    let metric = |metric: &str| ours.get(metric).copied();
    let equity = metric("final_equity").unwrap();
    assert!(
        (equity - theirs.final_equity).abs() <= money,
        "{name}: {equity}, {}",
        theirs.final_equity
    );
    let drawdown = metric("max_drawdown").unwrap();
    let precision = if money > 0.01 { 1e-7 } else { 1e-9 };
    let off = (drawdown - theirs.max_drawdown).abs();
    assert!(off <= precision, "{name}: drawdown {drawdown} is off by {off}");
    match (metric("sharpe_bar"), theirs.sharpe_annual_with_r0) {
        (Some(ours), Some(theirs)) => {
            let off = (ours / theirs - 1.0).abs();
            assert!(off <= 1e-7, "{name}: sharpe_bar {ours} is off by {off}");
        }
        (ours, theirs) => assert_eq!(ours, theirs, "{name}: sharpe_bar"),
    }
}

/// Where what is compared with lies, if it is there at all.
pub(crate) fn shared_folder() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    std::env::var_os("TRADEFORGE_SHARED").map_or_else(beside, PathBuf::from)
}

/// The folder with the reference and a Python that has numpy, or a line that says what is missing.
fn at_hand() -> Option<(PathBuf, PathBuf)> {
    let shared = shared_folder();
    if !shared.join("oracle/ref.py").exists() {
        eprintln!("skipped: no reference simulator in {}", shared.join("oracle").display());
        return None;
    }
    Some((shared, python_with("numpy")?))
}

/// Runs the reference in a folder.
fn reference(python: &Path, oracle: &Path, folder: &Path, files: &[PathBuf]) -> Reference {
    let mut arguments = vec![oracle, folder];
    arguments.extend(files.iter().map(PathBuf::as_path));
    output_of(python, "oracle/reference.py", &arguments);
    serde_json::from_slice(&fs::read(folder.join("cases.json")).unwrap()).unwrap()
}
