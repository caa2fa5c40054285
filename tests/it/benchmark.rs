//! A market to be measured against, by backtests and by searches.

use std::fmt::Write as _;

use tonic::Code;
use tradeforge::pb::{self, RunState};

use crate::support::{Client, Refusal as _, TestServer, Work, int, series, sma_cross, within};

const DAY_S: i64 = 86_400;
/// 2024-01-01.
const FIRST_DAY: i64 = 19_723;
const DAYS: i64 = 60;

/// Prices that wander, so many bars a day.
fn csv(a_day: i64, days: std::ops::Range<i64>, (first, step): (i64, i64)) -> String {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    let mut open = first;
    for bar in a_day * days.start..a_day * days.end {
        let close = open + (bar * bar * step) % 41 - 20 + i64::from(open < first / 2) * 30;
        let second = FIRST_DAY * DAY_S + bar * DAY_S / a_day;
        let (high, low) = (open.max(close) + 3, open.min(close) - 3);
        writeln!(text, "{second},{open},{high},{low},{close},1").unwrap();
        open = close;
    }
    text
}

/// The last of each line.
fn closes(csv: &str) -> Vec<f64> {
    csv.lines().skip(1).map(|line| line.split(',').nth(4).unwrap().parse().unwrap()).collect()
}

async fn server() -> TestServer {
    let server = TestServer::start().await;
    let spec = |symbol: &str, timeframe: &str| pb::SeriesSpec {
        timeframe: timeframe.into(),
        ..series(symbol)
    };
    server.try_import(spec("BARS", "6h"), &csv(4, 0..DAYS, (1_000, 7))).await.unwrap();
    server.try_import(spec("INDEX", "1d"), &csv(1, 0..DAYS, (2_000, 11))).await.unwrap();
    server.try_import(spec("LATE", "1d"), &csv(1, 30..DAYS, (2_000, 11))).await.unwrap();
    server.try_import(spec("AFTER", "1d"), &csv(1, DAYS..DAYS + 9, (2_000, 11))).await.unwrap();
    server
}

fn market(symbol: &str, timeframe: &str) -> pb::Subscription {
    pb::Subscription {
        exchange: "TEST".into(),
        symbol: symbol.into(),
        timeframe: timeframe.into(),
        data_sha256: String::new(),
    }
}

fn against(work: Work, symbol: &str) -> pb::SubmitRequest {
    let mut request: pb::SubmitRequest = work.timeframe("6h").cash("100000").all_in().into();
    let Some(pb::submit_request::Spec::Backtest(spec)) = &mut request.spec else { panic!() };
    spec.benchmark = Some(market(symbol, "1d"));
    request
}

fn searched(work: Work, symbol: Option<&str>, metric: &str) -> pb::SubmitRequest {
    let request = against(work, symbol.unwrap_or("INDEX"));
    let Some(pb::submit_request::Spec::Backtest(mut base)) = request.spec else { panic!() };
    base.params.remove("fast");
    if symbol.is_none() {
        base.benchmark = None;
    }
    let range = pb::IntDomain { min_value: 1, max_value: 4, step: 1 };
    let axis = pb::Axis { name: "fast".into(), domain: Some(pb::axis::Domain::IntRange(range)) };
    let search = pb::OptimizationSpec {
        base: Some(base),
        axes: vec![axis],
        objective: Some(pb::Objective { metric: metric.into(), ..Default::default() }),
        ..Default::default()
    };
    pb::SubmitRequest {
        spec: Some(pb::submit_request::Spec::Optimization(search)),
        ..Default::default()
    }
}

async fn equity_by_day(client: &Client, run_id: &str) -> Vec<f64> {
    let request = pb::GetReportRequest { run_id: run_id.into(), ..Default::default() };
    within(client.results().get_report(request)).await.unwrap().into_inner().equity
}

fn returns(first: f64, line: &[f64]) -> Vec<f64> {
    let before = std::iter::once(&first).chain(line);
    line.iter().zip(before).map(|(now, before)| now / before - 1.0).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[track_caller]
fn close(told: f64, wanted: f64) {
    assert!((told - wanted).abs() < 1e-9 * wanted.abs().max(1.0), "{told} for {wanted}");
}

#[tokio::test]
async fn alpha_beta_and_the_information_ratio_are_those_of_the_days_of_both() {
    let server = server().await;
    let run = server.run(against(sma_cross(2, 5), "INDEX")).await;
    assert_eq!(run.state(), RunState::Completed);
    let Some(pb::run_status::Result::Backtest(result)) = &run.result else { panic!("{run:?}") };
    let equity = equity_by_day(&server, &run.run_id).await;
    let own = returns(100_000.0, &equity);
    let index = returns(2_000.0, &closes(&csv(1, 0..DAYS, (2_000, 11))));
    assert_eq!((own.len(), index.len()), (DAYS as usize, DAYS as usize));
    let (mean_own, mean_index) = (mean(&own), mean(&index));
    let pairs = || own.iter().zip(&index);
    let together: f64 = pairs().map(|(a, b)| (a - mean_own) * (b - mean_index)).sum();
    let squares: f64 = index.iter().map(|b| (b - mean_index) * (b - mean_index)).sum();
    let beta = together / squares;
    close(result.metrics["beta"], beta);
    close(result.metrics["alpha"], (mean_own - beta * mean_index) * 365.0);
    let above: Vec<f64> = pairs().map(|(a, b)| a - b).collect();
    let mean_above = mean(&above);
    let spread: f64 = above.iter().map(|it| (it - mean_above) * (it - mean_above)).sum();
    let ratio = mean_above / (spread / (DAYS - 1) as f64).sqrt() * 365_f64.sqrt();
    close(result.metrics["information_ratio"], ratio);

    // Nothing else of the run is another, but what is taken off for the market.
    let plain = server.result(sma_cross(2, 5).timeframe("6h").cash("100000").all_in()).await;
    let measured = ["alpha", "beta", "information_ratio", "sharpe_excess"];
    assert!(measured[..3].iter().all(|name| !plain.metrics.contains_key(*name)));
    let rest = |metrics: &std::collections::BTreeMap<String, f64>| {
        let mut rest = metrics.clone();
        rest.retain(|name, _| !measured.contains(&name.as_str()));
        rest
    };
    assert_eq!(rest(&result.metrics), rest(&plain.metrics));
    assert_ne!(result.metrics["sharpe_excess"], plain.metrics["sharpe_excess"]);
    let told = within(server.runs().get_run(pb::GetRunRequest { run_id: run.run_id })).await;
    let Some(pb::run::Spec::Backtest(spec)) = told.unwrap().into_inner().run.unwrap().spec else {
        panic!()
    };
    let told = spec.benchmark.unwrap();
    assert_eq!((told.symbol.as_str(), told.data_sha256.len()), ("INDEX", 64));
}

#[tokio::test]
async fn a_search_goes_by_alpha_and_its_trials_are_those_backtests() {
    let server = server().await;
    let run = server.run(searched(sma_cross(1, 5), Some("INDEX"), "alpha")).await;
    assert_eq!(run.state(), RunState::Completed);
    let mut alphas = Vec::new();
    for fast in 1..=4 {
        let alone = server.run(against(sma_cross(fast, 5), "INDEX")).await;
        let Some(pb::run_status::Result::Backtest(result)) = alone.result else { panic!() };
        alphas.push((result.metrics["alpha"], fast));
    }
    let (alpha, fast) = alphas.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
    let best = run.progress.unwrap().best_trial.unwrap();
    assert_eq!((best.metrics["alpha"], &best.params["fast"]), (alpha, &int(fast)));
}

#[tokio::test]
async fn what_is_measured_against_nothing_is_refused_with_the_field_that_is_missing() {
    let server = server().await;
    for metric in ["alpha", "beta", "information_ratio"] {
        let refused = server.refusal(searched(sma_cross(1, 5), None, metric)).await;
        refused.assert_invalid(&["optimization.objective.metric"]);
        let said = refused.about("optimization.objective.metric");
        assert!(said.contains("optimization.base.benchmark"), "{said}");
    }
}

#[tokio::test]
async fn a_benchmark_without_bars_is_refused_and_one_with_few_is_told() {
    let server = server().await;
    for (symbol, part) in [("NONE", "TEST:NONE"), ("AFTER", "no whole bar")] {
        let refused = server.refusal(against(sma_cross(2, 5), symbol)).await;
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert!(refused.message().contains(part), "{}", refused.message());
    }
    let answer = server.submit(against(sma_cross(2, 5), "LATE")).await;
    let told = "the benchmark TEST:LATE@1d has bars of a part of the span only";
    assert!(answer.warnings.iter().any(|it| it.starts_with(told)), "{:?}", answer.warnings);
    let mut bad = against(sma_cross(2, 5), "INDEX");
    let Some(pb::submit_request::Spec::Backtest(spec)) = &mut bad.spec else { panic!() };
    spec.benchmark = Some(market("IN DEX", "1x"));
    let fields = ["backtest.benchmark.symbol", "backtest.benchmark.timeframe"];
    server.refusal(bad).await.assert_invalid(&fields);
}
