//! What happens at each limit: who is still let in, and what the others are told.

use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use tradeforge::pb;
use tradeforge::pb::{SubmitDisposition, sizing};
use uuid::Uuid;

use crate::support::{
    Home, Market, Refusal as _, TestServer, at_once, buy_and_hold, gate, sma_cross, within,
};

/// The refusal of everything that is full: what, and when to come again.
#[track_caller]
fn assert_full(refused: &Status, reason: &str, subject: &str) {
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
    assert_eq!(refused.reason(), reason);
    let quota = refused.get_details_quota_failure().expect("which quota");
    assert_eq!(quota.violations[0].subject, subject);
    assert!(refused.has_retry_info());
}

#[tokio::test]
async fn at_the_limit_of_live_runs_equal_work_is_joined_and_other_work_refused() {
    let server = Home::new().serve_with(&["--live-runs-max", "1"]).await;
    server.import(&Market::rising(10)).await;
    let named = gate(1).request_id(Uuid::now_v7());
    let first = server.submit(named.clone()).await;
    assert_full(&server.refusal(buy_and_hold()).await, "QUEUE_FULL", "live runs");
    let joined = server.submit(gate(1)).await;
    assert_eq!(
        (joined.run_id, joined.disposition),
        (first.run_id.clone(), SubmitDisposition::Joined.into())
    );
    assert_eq!(server.submit(named).await, first, "a repeated request needs no room");
    server.open_gate(1);
    server.when_final(&first.run_id).await;
    server.run(buy_and_hold()).await;
}

#[tokio::test]
async fn a_repeated_request_is_answered_with_the_same_warnings_and_estimate() {
    let server = TestServer::with(&Market::rising(10)).await;
    let work = buy_and_hold().request_id(Uuid::now_v7()).simulation(|simulation| {
        let fraction = Some(sizing::Kind::EquityFraction("2".into()));
        simulation.sizing = Some(pb::Sizing { kind: fraction });
    });
    let first = server.submit(work.clone()).await;
    assert!(first.warnings[0].contains("max_leverage"), "{:?}", first.warnings);
    server.when_final(&first.run_id).await;
    assert_eq!(server.submit(work).await, first);
}

#[tokio::test]
async fn every_limit_is_told_by_the_server() {
    let server = TestServer::start_with(|config| {
        config.trials_max = 1;
        config.live_runs_max = 2;
        config.watch_streams_max = 3;
        config.message_bytes_max = 4 << 16;
        config.upload_bytes_max = 5_000;
        config.watch_streams_per_peer_max = 6;
        config.page_size_max = 10;
        config.axes_max = 8;
        config.requests_per_second_max = 900;
        config.instruments_max = 17;
        config.run_bars_bytes_max = 18 << 20;
        config.import_bars_max = 19;
    })
    .await;
    let expected = pb::Limits {
        max_trials_per_run: 1,
        max_queued_runs: 2,
        max_watch_streams: 3,
        max_message_bytes: 4 << 16,
        max_series_bytes: 5_000,
        max_watch_streams_per_peer: 6,
        max_page_size: 10,
        max_axes: 8,
        max_requests_per_second: 900,
        max_instruments: 17,
        max_run_bars_bytes: 18 << 20,
        max_import_bars: 19,
    };
    assert_eq!(server.info().await.limits, Some(expected));
}

#[tokio::test]
async fn one_address_has_128_watches_at_least_and_not_all_of_them() {
    let server = TestServer::start_with(|config| config.watch_streams_per_peer_max = 128).await;
    server.import(&Market::rising(10)).await;
    let run_id = server.submit(gate(1)).await.run_id;
    let mut held = at_once((0..128).map(|_| server.watch(&run_id))).await;
    assert_full(
        &server.try_watch(&run_id).await.unwrap_err(),
        "TOO_MANY_STREAMS",
        "watch streams of a peer",
    );
    held.pop();
    // The server hears of a closed stream a moment later.
    within(async { while server.try_watch(&run_id).await.is_err() {} }).await;
}

#[tokio::test]
async fn of_one_address_64_watch_all_runs_and_others_may_still_watch_theirs() {
    let server = TestServer::start().await;
    server.import(&Market::rising(10)).await;
    let run_id = server.submit(gate(1)).await.run_id;
    let watch_all = async || server.runs().watch_runs(pb::WatchRunsRequest::default()).await;
    let mut runs: Vec<_> = (0..65).map(|_| server.runs()).collect();
    let open = runs.iter_mut().map(|runs| runs.watch_runs(pb::WatchRunsRequest::default()));
    let opened = at_once(open).await;
    let refused: Vec<_> = opened.iter().filter_map(|it| it.as_ref().err()).collect();
    assert_eq!(refused.len(), 1);
    assert_full(refused[0], "TOO_MANY_STREAMS", "watches of all runs of a peer");
    server.watch(&run_id).await;
    drop(opened);
    // The server hears of closed streams a moment later.
    within(async { while watch_all().await.is_err() {} }).await;
}

#[tokio::test]
async fn watches_over_the_limit_of_all_are_told_to_come_back() {
    let server = TestServer::start_with(|config| config.watch_streams_max = 2).await;
    server.import(&Market::rising(10)).await;
    let run_id = server.submit(gate(1)).await.run_id;
    let _held = at_once((0..2).map(|_| server.watch(&run_id))).await;
    let refused = server.try_watch(&run_id).await.unwrap_err();
    assert_full(&refused, "TOO_MANY_STREAMS", "watch streams");
}

#[tokio::test]
async fn requests_over_the_rate_are_told_when_to_come_back_and_then_let_in() {
    let server = TestServer::start_with(|config| config.requests_per_second_max = 2).await;
    let id = Uuid::now_v7().to_string();
    let refused = within(async {
        // Many at once: one after the other they may be slower than the rate.
        loop {
            let asked = at_once((0..20).map(|_| server.try_status(&id, None))).await;
            let mut told = asked.into_iter().map(Result::unwrap_err);
            if let Some(refused) = told.find(|told| told.code() != Code::NotFound) {
                break refused;
            }
        }
    })
    .await;
    assert_full(&refused, "TOO_MANY_REQUESTS", "requests per second");
    let delay = refused.get_details_retry_info().unwrap().retry_delay.unwrap();
    tokio::time::sleep(delay).await;
    assert_eq!(server.try_status(&id, None).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_search_has_at_most_so_many_axes() {
    let server = TestServer::start_with(|config| config.axes_max = 1).await;
    server.import(&Market::rising(10)).await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 2, 1);
    server.submit(sweep.clone()).await;
    server.refusal(sweep.over("slow", 1, 2, 1)).await.assert_invalid(&["optimization.axes"]);
}

#[tokio::test]
async fn a_page_has_at_most_so_many_items() {
    let server = TestServer::start_with(|config| config.page_size_max = 10).await;
    server.import(&Market::rising(10)).await;
    at_once((0..12).map(|_| server.submit(buy_and_hold().always_new()))).await;
    let request = pb::ListRunsRequest { page_size: 1_000, ..Default::default() };
    let page = server.runs().list_runs(request).await.unwrap().into_inner();
    assert_eq!((page.runs.len(), page.next_page_token.is_empty()), (10, false));
}
