//! Reports: returns by month and year, falls, rolling figures, held against every point of the
//! equity curve and against the metrics.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tonic::{Code, Status};
use tradeforge::pb;

use crate::support::{
    Client, Refusal as _, TestServer, Work, buy_and_hold, gate, series, sma_cross, within,
};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// 2023-11-20, so that a year begins amid the bars.
const FIRST_DAY: i64 = 19_681;
const DAYS: i64 = 500;

/// Four bars a day that wander.
fn csv() -> String {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    let mut open = 1_000;
    for bar in 0..4 * DAYS {
        let close = open + (bar * bar * 7) % 41 - 20 + i64::from(open < 500) * 30;
        let second = FIRST_DAY * DAY_MS / 1_000 + bar * 6 * 3_600;
        let (high, low) = (open.max(close) + 3, open.min(close) - 3);
        writeln!(text, "{second},{open},{high},{low},{close},1").unwrap();
        open = close;
    }
    text
}

async fn server() -> TestServer {
    let server = TestServer::start().await;
    let spec = pb::SeriesSpec { timeframe: "6h".into(), ..series("BARS") };
    server.try_import(spec, &csv()).await.unwrap();
    server
}

fn in_quarters(work: Work) -> Work {
    work.timeframe("6h")
}

async fn report(
    client: &Client,
    run_id: &str,
    trial_index: Option<i64>,
    rolling_days: i32,
) -> Result<pb::GetReportResponse, Status> {
    let request = pb::GetReportRequest { run_id: run_id.into(), trial_index, rolling_days };
    Ok(within(client.results().get_report(request)).await?.into_inner())
}

/// The last point of the equity curve and of its benchmark on each day, and the first of all.
async fn days_of(client: &Client, run_id: &str) -> ((f64, f64), Vec<(i64, f64, f64)>) {
    let request = pb::GetEquityCurveRequest {
        run_id: run_id.into(),
        trial_index: None,
        max_points: 40_000,
        ..Default::default()
    };
    let curve = within(client.results().get_equity_curve(request)).await.unwrap().into_inner();
    let points = curve.time_unix_ms.iter().zip(&curve.equity).zip(&curve.benchmark);
    let mut points = points.map(|((time_ms, equity), held)| (*time_ms, *equity, *held));
    let (_, equity, held) = points.next().unwrap();
    // A bar that ends at midnight was all in the day before.
    let days: BTreeMap<_, _> =
        points.map(|(ms, equity, held)| ((ms - 1) / DAY_MS, (equity, held))).collect();
    let days = days.into_iter().map(|(day, (equity, held))| (day, equity, held));
    ((equity, held), days.collect())
}

fn month_of(day: i64) -> (i32, i32) {
    let date =
        jiff::Timestamp::from_second(day * 86_400).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
    (date.year().into(), date.month().into())
}

#[track_caller]
fn close(told: f64, wanted: f64) {
    assert!((told - wanted).abs() < 1e-9, "{told} for {wanted}");
}

#[tokio::test]
async fn months_and_years_are_those_of_the_equity_curve_and_of_its_benchmark() {
    let server = server().await;
    let run = server.run(in_quarters(sma_cross(2, 5)).cash("10000").all_in()).await;
    let report = report(&server, &run.run_id, None, 0).await.unwrap();
    let (start, days) = days_of(&server, &run.run_id).await;
    assert_eq!((report.total_days, report.days.len() as i64), (DAYS, DAYS));
    for (at, (day, equity, held)) in days.iter().enumerate() {
        assert_eq!((i64::from(report.days[at]), report.equity[at]), (*day, *equity));
        close(report.benchmark[at], held / start.1);
    }
    let mut expected = Vec::new();
    for by_year in [false, true] {
        let key = |day: i64| {
            let (year, month) = month_of(day);
            (year, if by_year { 0 } else { month })
        };
        let (mut before, mut at) = (start, 0);
        while at < days.len() {
            let period = key(days[at].0);
            let end = days[at..].iter().take_while(|(day, ..)| key(*day) == period).count() + at;
            let (_, equity, held) = days[end - 1];
            expected.push((period, equity / before.0 - 1.0, held / before.1 - 1.0));
            (before, at) = ((equity, held), end);
        }
    }
    assert_eq!(report.returns.len(), expected.len());
    assert!(expected.len() > 18, "months of three years: {}", expected.len());
    for (told, (period, value, benchmark)) in report.returns.iter().zip(expected) {
        assert_eq!((told.year, told.month), period);
        close(told.value, value);
        close(told.benchmark.unwrap(), benchmark);
    }
}

#[tokio::test]
async fn falls_are_the_deepest_of_the_days_and_rolling_figures_those_of_the_metrics() {
    let server = server().await;
    let work = || in_quarters(sma_cross(2, 5)).cash("10000").all_in();
    let run = server.run(work()).await;
    let metrics = server.result(work().reuse_completed()).await.metrics;
    let (start, days) = days_of(&server, &run.run_id).await;
    let whole = report(&server, &run.run_id, None, DAYS as i32).await.unwrap();
    // A window of all days is what the metrics are taken over, to the bit.
    assert_eq!(whole.rolling_sharpe, [metrics["sharpe"]]);
    assert_eq!(whole.rolling_volatility, [metrics["volatility"]]);
    assert_eq!(whole.rolling_exposure, [metrics["mean_exposure"]]);
    assert_eq!(whole.rolling_sharpe_days, [*whole.days.last().unwrap()]);
    let quarter = report(&server, &run.run_id, None, 0).await.unwrap();
    assert_eq!(quarter.rolling_volatility.len() as i64, DAYS - 62);
    assert_eq!(quarter.rolling_sharpe.len(), quarter.rolling_sharpe_days.len());
    assert_eq!(quarter.rolling_exposure.len() as i64, DAYS - 62);
    let within = quarter.rolling_exposure.iter().all(|value| (0.0..=1.0).contains(value));
    assert!(within && quarter.rolling_exposure.iter().any(|value| *value > 0.1), "{quarter:?}");

    let mut peak = (FIRST_DAY - 1, start.0);
    let mut deepest = (0.0, 0, 0);
    for &(day, equity, _) in &days {
        if equity >= peak.1 {
            peak = (day, equity);
        }
        let depth = (peak.1 - equity) / peak.1;
        if depth > deepest.0 {
            deepest = (depth, peak.0, day);
        }
    }
    let first = &whole.drawdowns[0];
    let day = |time: &Option<prost_types::Timestamp>| time.unwrap().seconds / 86_400;
    close(first.depth, deepest.0);
    assert_eq!((day(&first.start_time), day(&first.trough_time)), (deepest.1, deepest.2));
    let held = server.run(in_quarters(buy_and_hold()).cash("10000").all_in()).await;
    let falls = report(&server, &held.run_id, None, 0).await.unwrap().drawdowns;
    assert_eq!(falls.len(), 10, "of more than ten");
    assert!(falls.is_sorted_by(|left, right| left.depth >= right.depth));
    assert!(falls.iter().any(|fall| fall.end_time.is_some()));

    let mut before = start.0;
    let returns: Vec<f64> = days
        .iter()
        .map(|(_, equity, _)| equity / std::mem::replace(&mut before, *equity) - 1.0)
        .collect();
    let best = returns.iter().copied().fold(f64::MIN, f64::max);
    close(whole.figures["best_day"], best);
    let gains = returns.iter().filter(|value| **value > 0.0).count();
    close(whole.figures["positive_days"], gains as f64 / DAYS as f64);
    let trades = server.trades(&run.run_id).await;
    let closed: Vec<_> = trades.iter().filter(|trade| trade.exit_time.is_some()).collect();
    let worst: f64 = closed.iter().map(|trade| trade.max_adverse_excursion.unwrap()).sum();
    close(whole.figures["average_mae"], worst / closed.len() as f64);
}

#[tokio::test]
async fn a_trial_has_the_report_of_its_backtest() {
    let server = server().await;
    let backtest = server.run(in_quarters(sma_cross(3, 8))).await;
    let sweep = in_quarters(sma_cross(2, 8)).sweep().over("fast", 2, 4, 1);
    let sweep = server.run(sweep).await;
    let alone = report(&server, &backtest.run_id, None, 30).await.unwrap();
    let trial = report(&server, &sweep.run_id, Some(1), 30).await.unwrap();
    assert_eq!(trial, alone);
    assert!(alone.figures["average_mfe"] > 0.0);
    let refused = report(&server, &sweep.run_id, None, 30).await.unwrap_err();
    refused.assert_invalid(&["trial_index"]);
}

#[tokio::test]
async fn what_has_no_days_yet_or_no_such_window_is_refused() {
    let server = server().await;
    let run = server.run(in_quarters(buy_and_hold())).await;
    for days in [-1, 1, 2_521] {
        let refused = report(&server, &run.run_id, None, days).await.unwrap_err();
        refused.assert_invalid(&["rolling_days"]);
        assert!(refused.about("rolling_days").contains("2520"), "{refused:?}");
    }
    let waiting = server.submit(in_quarters(gate(1))).await;
    server.until_running(&waiting.run_id).await;
    let refused = report(&server, &waiting.run_id, None, 0).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(refused.reason(), "RUN_NOT_FINISHED");
    server.cancel(&waiting.run_id).await;
}
