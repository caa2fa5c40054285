//! Equity curves: computed again, thinned, and refused where that would tell something else.

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use tonic::{Code, Status};
use tradeforge::pb;

use crate::support::{
    ChildServer, Client, MINUTE_MS, Market, Refusal as _, START_MS, TestServer, buy_and_hold, gate,
    rsi_reversion, sma_cross, within,
};

async fn curve(
    client: &Client,
    run_id: &str,
    max_points: i32,
) -> Result<pb::GetEquityCurveResponse, Status> {
    let request = pb::GetEquityCurveRequest {
        run_id: run_id.into(),
        trial_index: None,
        max_points,
        ..Default::default()
    };
    Ok(within(client.results().get_equity_curve(request)).await?.into_inner())
}

fn outcome(status: &pb::RunStatus) -> pb::BacktestResult {
    match status.result.clone() {
        Some(pb::run_status::Result::Backtest(result)) => result,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_short_curve_is_told_point_by_point() {
    let server = TestServer::with(&Market::of_closes([10_000, 10_100, 9_900, 10_000])).await;
    let run = server.run(buy_and_hold()).await;
    let curve = curve(&server, &run.run_id, 0).await.unwrap();
    // Bought at the second bar's open, 100.00: one unit follows the closes from there.
    assert_eq!(curve.equity, [100_000.0, 100_000.0, 100_001.0, 99_999.0, 100_000.0]);
    let times: Vec<_> = (0..5).map(|bar| START_MS + bar * MINUTE_MS).collect();
    assert_eq!((curve.time_unix_ms, curve.total_points), (times, 5));
    assert_eq!(curve.drawdown, [0.0, 0.0, 0.0, 2.0 / 100_001.0, 1.0 / 100_001.0]);
}

#[tokio::test]
async fn the_benchmark_follows_the_closes_and_ends_where_its_metric_says() {
    let closes: Vec<i64> = (0..3_000).map(|at| 10_000 + 7 * at + (at % 13) * (at % 29)).collect();
    let server = TestServer::with(&Market::of_closes(closes.clone())).await;
    let ran = server.run(sma_cross(2, 5)).await;
    let opening = closes[0] as f64;
    for points in [40_000, 50] {
        let curve = curve(&server, &ran.run_id, points).await.unwrap();
        assert_eq!(curve.benchmark.len(), curve.equity.len());
        assert_eq!(curve.benchmark[0], 100_000.0);
        for (time_ms, worth) in curve.time_unix_ms.iter().zip(&curve.benchmark).skip(1) {
            let close = closes[((time_ms - START_MS) / MINUTE_MS - 1) as usize] as f64;
            let wanted = 100_000.0 * close / opening;
            assert!((worth / wanted - 1.0).abs() < 1e-12, "{worth} for {wanted}");
        }
        let told = outcome(&ran).metrics["buy_hold_return"];
        let last = curve.benchmark.last().unwrap() / 100_000.0 - 1.0;
        assert!((last - told).abs() < 1e-9, "{last} for {told}");
    }
}

#[tokio::test]
async fn a_thinned_curve_keeps_its_ends_and_extremes_and_agrees_with_the_metrics() {
    let server = TestServer::with(&Market::wavy(5_000)).await;
    let run = server.run(sma_cross(2, 5)).await;
    let whole = curve(&server, &run.run_id, 40_000).await.unwrap();
    let (result, thin) = (outcome(&run), curve(&server, &run.run_id, 50).await.unwrap());
    assert_eq!((whole.equity.len(), whole.total_points), (5_001, 5_001));
    assert_eq!((thin.total_points, result.equity_point_count), (5_001, 5_001));
    assert!(thin.equity.len() <= 50 && thin.drawdown.len() == thin.equity.len());
    let extreme =
        |values: &[f64], pick: fn(f64, f64) -> f64| values.iter().copied().reduce(pick).unwrap();
    for pick in [f64::min, f64::max] {
        assert_eq!(extreme(&thin.equity, pick), extreme(&whole.equity, pick));
    }
    assert_eq!(extreme(&thin.drawdown, f64::max), result.metrics["max_drawdown"]);
    assert_eq!(thin.equity.last(), Some(&result.metrics["final_equity"]));
    assert_eq!((thin.equity[0], thin.time_unix_ms[0]), (100_000.0, START_MS));
}

#[tokio::test]
async fn points_and_trials_that_make_no_sense_are_refused() {
    let server = TestServer::with(&Market::rising(10)).await;
    let run_id = server.run(buy_and_hold()).await.run_id;
    for max_points in [-1, 1, 4] {
        curve(&server, &run_id, max_points).await.unwrap_err().assert_invalid(&["max_points"]);
    }
    let request = pb::GetEquityCurveRequest {
        run_id,
        trial_index: Some(1),
        max_points: 0,
        ..Default::default()
    };
    let refused = within(server.results().get_equity_curve(request)).await.unwrap_err();
    assert_eq!((refused.code(), &*refused.reason()), (Code::NotFound, "TRIAL_NOT_FOUND"));
}

#[tokio::test]
async fn a_run_that_has_not_ended_has_no_curve() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run_id = server.submit(gate(1)).await.run_id;
    server.until_running(&run_id).await;
    let refused = curve(&server, &run_id, 0).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(refused.reason(), "RUN_NOT_FINISHED");
    assert!(refused.has_retry_info());
}

#[tokio::test]
async fn a_run_whose_data_is_deleted_has_no_curve_but_keeps_its_result() {
    let server = TestServer::start().await;
    let data_sha256 = server.import(&Market::rising(10)).await.series.unwrap().data_sha256;
    let run = server.run(buy_and_hold()).await;
    let request = pb::DeleteSeriesRequest { data_sha256, ..Default::default() };
    within(server.market_data().delete_series(request)).await.unwrap();
    let refused = curve(&server, &run.run_id, 0).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(refused.reason(), "DATA_MISSING");
    assert_eq!(refused.missing(), ["TEST:BARS@1m"]);
    assert_eq!(server.status(&run.run_id).await, run);
}

/// The server again, as if another engine had computed all that it has.
async fn by_engine(server: ChildServer, version: &str) -> ChildServer {
    let (_, home) = server.terminate().await;
    let database = SqliteConnectOptions::new().filename(home.database());
    let mut connection = database.connect().await.unwrap();
    let update = sqlx::query("UPDATE runs SET engine_version = $1").bind(version);
    update.execute(&mut connection).await.unwrap();
    drop(connection);
    home.serve().await
}

#[tokio::test]
async fn a_run_of_another_engine_has_no_curve() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run = server.run(buy_and_hold()).await;
    let server = by_engine(server, "0").await;
    let refused = curve(&server, &run.run_id, 0).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(refused.reason(), "ENGINE_CHANGED");
    assert_eq!(server.status(&run.run_id).await, run);
}

#[tokio::test]
async fn a_run_of_the_first_engine_has_its_curve_unless_its_signals_were_mended() {
    let server = ChildServer::with(&Market::wavy(200)).await;
    let held = server.run(buy_and_hold()).await;
    let turned = server.run(rsi_reversion(30.0, 70.0)).await;
    let before = curve(&server, &held.run_id, 0).await.unwrap();
    let server = by_engine(server, "1").await;
    assert_eq!(curve(&server, &held.run_id, 0).await.unwrap(), before);
    let refused = curve(&server, &turned.run_id, 0).await.unwrap_err();
    assert_eq!(refused.reason(), "ENGINE_CHANGED");
}
