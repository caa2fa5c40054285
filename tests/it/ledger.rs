//! The ledger: how many configurations were ever tried, whatever became of their runs.

use tonic::Code;
use tradeforge::pb;

use crate::support::{
    Client, Market, Refusal as _, TestServer, buy_and_hold, rsi_reversion, search_result,
    sma_cross, work,
};

async fn ledger(client: &Client, exchange: &str, symbol: &str) -> pb::ListLedgerResponse {
    let request = pb::ListLedgerRequest { exchange: exchange.into(), symbol: symbol.into() };
    client.results().list_ledger(request).await.unwrap().into_inner()
}

/// Strategies on `BARS` with their configurations and trials.
async fn on_bars(client: &Client) -> Vec<(String, i64, i64)> {
    let entries = ledger(client, "test", "bars").await.entries.into_iter();
    entries.map(|entry| (entry.strategy, entry.configurations, entry.trials)).collect()
}

fn entry(strategy: &str, configurations: i64, trials: i64) -> (String, i64, i64) {
    (strategy.to_owned(), configurations, trials)
}

#[tokio::test]
async fn what_is_tried_again_counts_once_in_any_kind_of_run() {
    let server = TestServer::with(&Market::wavy(200)).await;
    assert_eq!(ledger(&server, "", "").await, pb::ListLedgerResponse::default());
    let sweep = || sma_cross(1, 1).sweep().over("fast", 2, 6, 1).over("slow", 8, 11, 1);
    server.run(sweep()).await;
    assert_eq!(on_bars(&server).await, [entry("sma_cross", 20, 20)]);

    // A part of it in the other order of axes, one of it as a backtest, and one that is new.
    let part = sma_cross(1, 1).sweep().over("slow", 8, 9, 1).over("fast", 2, 6, 2);
    server.run(part).await;
    server.run(sma_cross(4, 9)).await;
    assert_eq!(on_bars(&server).await, [entry("sma_cross", 20, 27)]);
    server.run(sma_cross(4, 90)).await;
    server.run(sma_cross(4, 9).commission("0.002")).await;
    assert_eq!(on_bars(&server).await, [entry("sma_cross", 22, 29)], "another account is another");

    server.run(buy_and_hold()).await;
    assert_eq!(on_bars(&server).await, [entry("sma_cross", 22, 29), entry("buy_and_hold", 1, 1)]);
}

#[tokio::test]
async fn an_account_that_an_axis_sweeps_is_the_one_that_is_given() {
    let server = TestServer::with(&Market::wavy(200)).await;
    let sweep = sma_cross(4, 9).all_in().sweep();
    server.run(sweep.over_decimals("sizing.equity_fraction", 0.5, 1.0, 0.5)).await;
    assert_eq!(on_bars(&server).await, [entry("sma_cross", 2, 2)]);
    server.run(sma_cross(4, 9).all_in()).await;
    let mut late: pb::SubmitRequest = sma_cross(4, 9).all_in().minutes(100..200).into();
    if let Some(pb::submit_request::Spec::Backtest(spec)) = &mut late.spec {
        spec.warmup_bars = 50;
    }
    server.run(late).await;
    assert_eq!(on_bars(&server).await, [entry("sma_cross", 2, 4)]);
}

#[tokio::test]
async fn an_edit_of_a_text_is_a_try_and_a_removed_run_was_one() {
    let server = TestServer::with(&Market::wavy(200)).await;
    let text = |length: i64| {
        format!(
            "strategy \"Tuned\"\nenter long when close > sma(close, {length})\n\
             exit long when close < open\n"
        )
    };
    let mut ids = Vec::new();
    for length in [5, 6, 7, 5] {
        let again = pb::ReusePolicy::AlwaysNew.into();
        let request = work("sma_cross").rules(&text(length)).into();
        let request = pb::SubmitRequest { reuse_policy: again, ..request };
        ids.push(server.run(request).await.run_id);
    }
    for run_id in ids {
        server.runs().delete_run(pb::DeleteRunRequest { run_id }).await.unwrap();
    }
    assert_eq!(on_bars(&server).await, [entry("Tuned", 3, 4)]);
}

#[tokio::test]
async fn trials_count_on_the_instrument_that_they_trade_and_failed_ones_nowhere() {
    let server = TestServer::with(&Market::wavy(200)).await;
    server.import_as("MORE", &Market::wavy(200)).await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 2, 4, 1).over("slow", 6, 9, 3);
    server.run(sweep.on_each(&["BARS", "MORE"])).await;
    for symbol in ["BARS", "MORE"] {
        let entries = ledger(&server, "TEST", symbol).await.entries;
        assert_eq!((entries.len(), entries[0].configurations, entries[0].trials), (1, 6, 6));
    }
    // Where oversold is above overbought there is no strategy.
    let sweep = rsi_reversion(1.0, 50.0).sweep().over_decimals("oversold", 10.0, 90.0, 20.0);
    let status = server.run(sweep).await;
    let result = search_result(&status);
    assert!(result.failed > 0, "{result:?}");
    let tried = on_bars(&server).await;
    assert!(tried.contains(&entry("rsi_reversion", result.completed, result.completed)));
    assert_eq!(ledger(&server, "", "").await.total_size, 3);
}

#[tokio::test]
async fn half_an_instrument_is_refused_and_an_unknown_one_has_no_tries() {
    let server = TestServer::start().await;
    let ask = |exchange: &str, symbol: &str| pb::ListLedgerRequest {
        exchange: exchange.into(),
        symbol: symbol.into(),
    };
    let mut results = server.results();
    let refusal = results.list_ledger(ask("TEST", "")).await.unwrap_err();
    refusal.assert_invalid(&["symbol"]);
    let refusal = results.list_ledger(ask("A B", "C D")).await.unwrap_err();
    assert_eq!(refusal.code(), Code::InvalidArgument);
    refusal.assert_invalid(&["exchange", "symbol"]);
    assert_eq!(ledger(&server, "NO", "NAME").await.total_size, 0);
}
