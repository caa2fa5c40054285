//! Asking how a run stands: at once, or once it has ended.

use std::time::{Duration, Instant};

use tonic::Code;
use tradeforge::pb::RunState;
use uuid::Uuid;

use crate::support::{ChildServer, Market, Refusal as _, TestServer, buy_and_hold, gate, within};

#[tokio::test]
async fn a_live_run_is_told_without_a_result() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    let status = server.until_running(&answer.run_id).await;
    assert_eq!((&status.run_id, status.attempt), (&answer.run_id, 1));
    assert_eq!((status.result, status.error, status.end_time), (None, None, None));
    assert!(status.start_time.is_some());
}

#[tokio::test]
async fn a_completed_run_has_a_result_and_all_its_bars() {
    let server = TestServer::with(&Market::rising(10)).await;
    let status = server.run(buy_and_hold()).await;
    assert_eq!(status.state(), RunState::Completed);
    assert!(status.result.is_some() && status.error.is_none() && status.cancel.is_none());
    let progress = status.progress.unwrap();
    assert_eq!((progress.completed, progress.total, progress.fraction), (10, 10, 1.0));
}

#[tokio::test]
async fn a_long_poll_is_answered_when_the_run_ends() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    server.until_running(&answer.run_id).await;
    let end = server.when_final(&answer.run_id);
    let (end, ()) = within(futures_util::future::join(end, async { server.open_gate(1) })).await;
    assert_eq!(end.state(), RunState::Completed);
}

#[tokio::test]
async fn a_long_poll_that_runs_out_tells_the_state_then() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    server.until_running(&answer.run_id).await;
    let wait = Duration::from_millis(30);
    let asked = Instant::now();
    let status = server.try_status(&answer.run_id, Some(wait)).await.unwrap();
    assert_eq!(status.state(), RunState::Running);
    assert!(asked.elapsed() >= wait);
}

#[tokio::test]
async fn a_wait_of_zero_is_a_plain_poll() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    let status = server.try_status(&answer.run_id, Some(Duration::ZERO)).await.unwrap();
    assert_eq!(status.end_time, None);
}

#[tokio::test]
async fn poll_long_poll_and_stream_say_the_same() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    let streamed = server.until_running(&answer.run_id).await;
    assert_eq!(server.status(&answer.run_id).await, streamed);
    server.open_gate(1);
    let waited = server.when_final(&answer.run_id).await;
    assert_eq!(server.status(&answer.run_id).await, waited);
    let streamed = server.watch(&answer.run_id).await.whole_story().await;
    assert_eq!(streamed, std::slice::from_ref(&waited));
    assert_eq!(server.describe(&answer.run_id).await.status, Some(waited));
}

#[tokio::test]
async fn an_unknown_run_is_not_found_by_any_call() {
    let server = TestServer::start().await;
    let id = Uuid::now_v7().to_string();
    for refused in [
        server.try_status(&id, None).await.unwrap_err(),
        server.try_status(&id, Some(Duration::from_secs(9))).await.unwrap_err(),
        server.try_cancel(&id).await.unwrap_err(),
        server.try_watch(&id).await.unwrap_err(),
        server.trades_page(&id, 0, "").await.unwrap_err(),
    ] {
        assert_eq!((refused.code(), refused.reason().as_str()), (Code::NotFound, "RUN_NOT_FOUND"));
        assert_eq!(refused.resource(), id);
    }
}

#[tokio::test]
async fn a_malformed_run_id_is_invalid_in_every_call() {
    let server = TestServer::start().await;
    for id in ["", "42", "not-a-run", "0193A7C0-0000-7000-8000-00000000000G"] {
        for refused in [
            server.try_status(id, None).await.unwrap_err(),
            server.try_cancel(id).await.unwrap_err(),
            server.try_watch(id).await.unwrap_err(),
            server.trades_page(id, 0, "").await.unwrap_err(),
        ] {
            refused.assert_invalid(&["run_id"]);
        }
    }
}
