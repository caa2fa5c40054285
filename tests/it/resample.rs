//! Bars made from finer ones: in charts and in runs.

use std::fmt::Write as _;

use tonic::Status;
use tradeforge::pb;

use crate::support::{
    Client, MINUTE_MS, Market, Refusal as _, START_MS, TestServer, hash_of, series, sma_cross,
    within,
};

fn subscription(symbol: &str, timeframe: &str) -> pb::Subscription {
    pb::Subscription {
        exchange: "TEST".into(),
        symbol: symbol.into(),
        timeframe: timeframe.into(),
        data_sha256: String::new(),
    }
}

async fn bars(
    client: &Client,
    subscription: pb::Subscription,
    max_bars: i32,
) -> Result<pb::GetBarsResponse, Status> {
    let request = pb::GetBarsRequest {
        subscription: Some(subscription),
        max_bars,
        ..pb::GetBarsRequest::default()
    };
    Ok(within(client.market_data().get_bars(request)).await?.into_inner())
}

/// The bars as a file, as any other program would write them.
fn csv_of(bars: &pb::GetBarsResponse) -> String {
    let mut text = "timestamp_ms,open,high,low,close,volume\n".to_owned();
    for index in 0..bars.time_unix_ms.len() {
        let (time, volume) = (bars.time_unix_ms[index], bars.volume[index]);
        let prices = [bars.open[index], bars.high[index], bars.low[index], bars.close[index]];
        let [open, high, low, close] = prices;
        _ = writeln!(text, "{time},{open:.2},{high:.2},{low:.2},{close:.2},{volume}");
    }
    text
}

/// The work on one subscription instead of its own.
fn on(work: impl Into<pb::SubmitRequest>, subscription: pb::Subscription) -> pb::SubmitRequest {
    let mut request = work.into();
    if let Some(pb::submit_request::Spec::Backtest(backtest)) = &mut request.spec {
        backtest.subscriptions = vec![subscription];
    }
    request
}

#[tokio::test]
async fn a_timeframe_is_made_of_a_finer_stored_one() {
    let server = TestServer::with(&Market::rising(12)).await;
    let five = bars(&server, subscription("BARS", "5m"), 0).await.unwrap();
    let times: Vec<_> = [0, 5, 10].iter().map(|minute| START_MS + minute * MINUTE_MS).collect();
    assert_eq!((five.time_unix_ms, five.timeframe.as_str()), (times, "5m"));
    assert_eq!(five.open, [100.0, 100.4, 100.9]);
    assert_eq!(five.close, [100.4, 100.9, 101.1]);
    assert_eq!(five.high, five.close);
    assert_eq!(five.volume, [5.0, 5.0, 2.0]);
    let refused = bars(&server, subscription("NONE", "5m"), 0).await.unwrap_err();
    assert_eq!(refused.reason(), "DATA_MISSING");
}

#[tokio::test]
async fn too_many_bars_are_merged_to_the_smallest_multiple_that_fits() {
    let server = TestServer::with(&Market::wavy(600)).await;
    for (max_bars, timeframe) in [(600, "1m"), (599, "2m"), (100, "6m"), (99, "7m"), (25, "24m")] {
        let merged = bars(&server, subscription("BARS", "1m"), max_bars).await.unwrap();
        assert_eq!(merged.timeframe, timeframe);
        assert!(merged.close.len() <= max_bars as usize);
        assert_eq!(merged.volume.iter().sum::<f64>(), 600.0);
    }
    let refused = bars(&server, subscription("BARS", "1m"), -1).await.unwrap_err();
    refused.assert_invalid(&["max_bars"]);
}

#[tokio::test]
async fn missing_bars_are_named() {
    let server = TestServer::start().await;
    let text = Market::rising(3).csv() + &Market::rising(2).later(7).rows();
    server.try_import(series("BARS"), &text).await.unwrap();
    let gaps = bars(&server, subscription("BARS", "1m"), 0).await.unwrap().gaps;
    let seconds = |gap: &pb::TimeRange| {
        let (start, end) = (gap.start_time.unwrap(), gap.end_time.unwrap());
        (start.seconds - START_MS / 1_000, end.seconds - START_MS / 1_000)
    };
    assert_eq!(gaps.iter().map(seconds).collect::<Vec<_>>(), [(180, 420)]);
}

#[tokio::test]
async fn an_hourly_backtest_on_minutes_is_one_on_hours_imported() {
    let server = TestServer::with(&Market::wavy(60 * 200)).await;
    let hours = bars(&server, subscription("BARS", "1h"), 0).await.unwrap();
    assert_eq!(hours.time_unix_ms.len(), 200);
    let hourly =
        pb::SeriesSpec { timeframe: "1h".into(), price_tick: "0.01".into(), ..series("HOURS") };
    server.try_import(hourly, &csv_of(&hours)).await.unwrap();
    let work = || sma_cross(2, 5).commission("0.001");
    let made = server.run(on(work(), subscription("BARS", "1h"))).await;
    let imported = server.run(on(work(), subscription("HOURS", "1h"))).await;
    assert_eq!(made.progress.as_ref().map(|progress| progress.total), Some(200));
    let mut trades = [server.trades(&made.run_id).await, server.trades(&imported.run_id).await];
    assert!(!trades[0].is_empty());
    trades.iter_mut().flatten().for_each(|trade| trade.symbol.clear());
    assert_eq!(trades[0], trades[1]);
    // Not even the data's own hash is in the result: fills and metrics are the same, bit by bit.
    assert_eq!(hash_of(&made), hash_of(&imported));
    assert_eq!(made.result, imported.result);
}
