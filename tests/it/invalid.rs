//! Bad requests of every kind: the right code, every bad field, and a server that goes on serving.

use tonic::Code;
use tradeforge::pb;

use crate::support::{
    Market, Refusal as _, TestServer, buy_and_hold, int, raw_call, rsi_reversion, sma_cross, text,
};

/// A server that must still serve at the end of the test.
async fn server() -> TestServer {
    TestServer::with(&Market::wavy(100)).await
}

async fn assert_serving(server: &TestServer) {
    assert_eq!(server.run(sma_cross(2, 5)).await.state(), pb::RunState::Completed);
}

#[tokio::test]
async fn an_unknown_strategy_is_answered_with_the_nearest_known() {
    let server = server().await;
    let refused = server.refusal(sma_cross(2, 5).strategy("sma_cros")).await;
    refused.assert_invalid(&["backtest.strategy.name"]);
    let about = refused.about("backtest.strategy.name");
    assert!(about.contains("did you mean \"sma_cross\"?"), "{about}");
    server.refusal(buy_and_hold().strategy("")).await.assert_invalid(&["backtest.strategy.name"]);
    assert_serving(&server).await;
}

#[tokio::test]
async fn an_unknown_parameter_is_answered_with_the_nearest_known() {
    let server = server().await;
    let refused = server.refusal(sma_cross(2, 5).param("fats", int(3))).await;
    refused.assert_invalid(&["backtest.params.fats"]);
    assert!(refused.about("backtest.params.fats").contains("did you mean \"fast\"?"));
}

#[tokio::test]
async fn a_parameter_out_of_range_is_told_its_range() {
    let server = server().await;
    let refused = server.refusal(sma_cross(0, 10_001)).await;
    refused.assert_invalid(&["backtest.params.fast", "backtest.params.slow"]);
    let about = refused.about("backtest.params.slow");
    assert_eq!(about, "must be from 1 to 10000, but is 10001");
    for bad in [f64::NAN, f64::INFINITY, -0.1] {
        let refused = server.refusal(rsi_reversion(bad, 70.0)).await;
        refused.assert_invalid(&["backtest.params.oversold"]);
    }
    assert_serving(&server).await;
}

#[tokio::test]
async fn a_parameter_of_the_wrong_type_is_told_the_right_one() {
    let server = server().await;
    let work = sma_cross(2, 5).param("fast", text("two"));
    let refused = server.refusal(work.param("direction", int(1))).await;
    refused.assert_invalid(&["backtest.params.direction", "backtest.params.fast"]);
    assert!(refused.about("backtest.params.fast").starts_with("must be a whole number"));
    let empty = sma_cross(2, 5).param("fast", pb::ParamValue { kind: None });
    server.refusal(empty).await.assert_invalid(&["backtest.params.fast"]);
}

#[tokio::test]
async fn parameters_that_make_no_sense_together_name_the_one_to_change() {
    let server = server().await;
    for slow in [4, 5] {
        let refused = server.refusal(sma_cross(5, slow)).await;
        refused.assert_invalid(&["backtest.params.fast"]);
        assert!(refused.message().contains("fast must be less than slow"), "{}", refused.message());
    }
}

#[tokio::test]
async fn all_faults_of_a_request_are_told_at_once() {
    let server = server().await;
    let work = sma_cross(0, 5).cash("-1").commission("1.5").on("no symbol");
    let refused = server.refusal(work.request(|request| request.reuse_policy = 99)).await;
    refused.assert_invalid(&[
        "backtest.params.fast",
        "backtest.simulation.commission_rate",
        "backtest.simulation.initial_cash",
        "backtest.subscriptions[0].symbol",
        "reuse_policy",
    ]);
    assert_serving(&server).await;
}

#[tokio::test]
async fn every_bad_field_of_the_account_is_named() {
    let server = server().await;
    let work = buy_and_hold().simulation(|simulation| {
        *simulation = pb::Simulation {
            initial_cash: "ten".into(),
            commission_rate: "-0.1".into(),
            slippage_ticks: "0.5".into(),
            sizing: Some(pb::Sizing { kind: None }),
            max_leverage: "0".into(),
            entry_bar_policy: 9,
            end_of_run_policy: -1,
            risk_free_rate: "NaN".into(),
            periods_per_year: -1,
            ..pb::Simulation::default()
        };
    });
    server.refusal(work).await.assert_invalid(&[
        "backtest.simulation.commission_rate",
        "backtest.simulation.end_of_run_policy",
        "backtest.simulation.entry_bar_policy",
        "backtest.simulation.initial_cash",
        "backtest.simulation.max_leverage",
        "backtest.simulation.periods_per_year",
        "backtest.simulation.risk_free_rate",
        "backtest.simulation.sizing",
        "backtest.simulation.slippage_ticks",
    ]);
}

#[tokio::test]
async fn an_amount_off_its_grid_or_beyond_its_room_is_refused() {
    let server = server().await;
    let refused = server.refusal(buy_and_hold().quantity("0.00000001")).await;
    refused.assert_invalid(&["backtest.simulation.sizing.fixed_quantity"]);
    let refused = server.refusal(buy_and_hold().cash("9223372036854775807")).await;
    refused.assert_invalid(&["backtest.simulation.initial_cash"]);
    let refused = server.refusal(buy_and_hold().cash(&"9".repeat(1_000))).await;
    refused.assert_invalid(&["backtest.simulation.initial_cash"]);
}

#[tokio::test]
async fn unknown_enum_numbers_are_invalid() {
    let server = server().await;
    let work = buy_and_hold().simulation(|simulation| simulation.end_of_run_policy = 3);
    let refused = server.refusal(work).await;
    refused.assert_invalid(&["backtest.simulation.end_of_run_policy"]);
    let refused = server.refusal(buy_and_hold().request(|request| request.reuse_policy = -1)).await;
    refused.assert_invalid(&["reuse_policy"]);
}

#[tokio::test]
async fn what_a_run_cannot_do_without_is_asked_for() {
    let server = server().await;
    server.refusal(pb::SubmitRequest::default()).await.assert_invalid(&["spec"]);
    let empty = pb::submit_request::Spec::Backtest(pb::BacktestSpec::default());
    let refused = server.refusal(pb::SubmitRequest { spec: Some(empty), ..Default::default() });
    refused.await.assert_invalid(&[
        "backtest.simulation.initial_cash",
        "backtest.strategy.name",
        "backtest.subscriptions",
    ]);
    server.refusal(buy_and_hold().on_nothing()).await.assert_invalid(&["backtest.subscriptions"]);
}

#[tokio::test]
async fn the_same_bars_twice_are_refused() {
    let server = server().await;
    let refused = server.refusal(sma_cross(2, 5).also_on("BARS")).await;
    refused.assert_invalid(&["backtest.subscriptions[1]"]);
}

#[tokio::test]
async fn a_range_must_run_forwards() {
    let server = server().await;
    for range in [5..5, std::ops::Range { start: 9, end: 5 }] {
        let refused = server.refusal(buy_and_hold().minutes(range)).await;
        refused.assert_invalid(&["backtest.time_range.end_time"]);
    }
}

#[tokio::test]
async fn data_that_is_not_there_is_named() {
    let server = server().await;
    let refused = server.refusal(buy_and_hold().on("NOWHERE")).await;
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::FailedPrecondition, "DATA_MISSING")
    );
    assert_eq!(refused.missing(), ["TEST:NOWHERE@1m"]);
    let refused = server.refusal(buy_and_hold().minutes(100..200)).await;
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::FailedPrecondition, "DATA_MISSING")
    );
    assert_eq!(refused.missing(), ["TEST:BARS@1m"]);
    assert_serving(&server).await;
}

#[tokio::test]
async fn bad_fields_win_over_missing_data() {
    let server = server().await;
    let refused = server.refusal(sma_cross(0, 5).on("NOWHERE")).await;
    refused.assert_invalid(&["backtest.params.fast"]);
}

#[tokio::test]
async fn names_and_ids_that_cannot_be_taken_are_refused() {
    let server = server().await;
    let work = buy_and_hold().request(|request| {
        request.request_id = "seven".into();
        request.display_name = "x".repeat(201);
        request.labels.insert(String::new(), "nameless".into());
    });
    server.refusal(work).await.assert_invalid(&["display_name", "labels", "request_id"]);
}

#[tokio::test]
async fn negative_sizes_and_foreign_tokens_of_pages_are_refused() {
    let server = server().await;
    let run = server.run(sma_cross(2, 5)).await;
    let refused = server.trades_page(&run.run_id, -1, "").await.unwrap_err();
    refused.assert_invalid(&["page_size"]);
    let refused = server.trades_page(&run.run_id, 0, "somewhere").await.unwrap_err();
    refused.assert_invalid(&["page_token"]);
    let request = pb::ListSeriesRequest { page_size: -1, ..Default::default() };
    server.market_data().list_series(request).await.unwrap_err().assert_invalid(&["page_size"]);
}

#[tokio::test]
async fn garbage_bytes_are_told_as_no_message_and_harm_that_call_alone() {
    let server = server().await;
    let refused = raw_call(&server, "tradeforge.v1.RunService/Submit", vec![0xff; 64]).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    assert_eq!(refused.reason(), "MALFORMED_MESSAGE");
    assert!(refused.message().starts_with("the request is no message of this call"), "{refused}");
    assert_serving(&server).await;
}

#[tokio::test]
async fn a_message_of_20_mb_is_refused_and_told_what_to_do() {
    let server = server().await;
    let client = server.another_client().await;
    for call in ["tradeforge.v1.RunService/Submit", "tradeforge.v1.MarketDataService/ImportBars"] {
        let refused = raw_call(&client, call, vec![0; 20 << 20]).await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted, "{call}");
        assert_eq!(refused.reason(), "MESSAGE_TOO_LARGE", "{call}");
    }
    assert_serving(&server).await;
}

#[tokio::test]
async fn what_does_not_exist_is_unimplemented() {
    let server = server().await;
    for call in ["RunService/Nonsense", "Nonsense/Nonsense"] {
        let refused = raw_call(&server, &format!("tradeforge.v1.{call}"), Vec::new()).await;
        assert_eq!(refused.unwrap_err().code(), Code::Unimplemented, "{call}");
    }
    assert_serving(&server).await;
}

#[tokio::test]
async fn more_runs_than_the_limit_are_told_to_come_back() {
    let server = TestServer::start_with(|config| config.live_runs_max = 0).await;
    server.import(&Market::rising(10)).await;
    let refused = server.refusal(buy_and_hold()).await;
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::ResourceExhausted, "QUEUE_FULL")
    );
    assert!(refused.has_retry_info());
}
