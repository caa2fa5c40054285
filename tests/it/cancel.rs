//! Cancelling: the run stops, stays stopped, and leaves nothing.

use tonic::Code;
use tradeforge::pb::{RunState, SubmitDisposition};

use crate::support::{ChildServer, Market, Refusal as _, TestServer, at_once, buy_and_hold, gate};

#[tokio::test]
async fn a_running_run_is_cancelled_and_says_who_asked_and_why() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    server.until_running(&answer.run_id).await;
    let status = server.cancel(&answer.run_id).await;
    assert_eq!(status.state(), RunState::Cancelled);
    let cancel = status.cancel.unwrap();
    assert_eq!((cancel.reason.as_str(), cancel.request_time.is_some()), ("enough", true));
    assert!(status.end_time.is_some() && status.result.is_none() && status.error.is_none());
}

#[tokio::test]
async fn runs_that_wait_behind_others_are_cancelled_while_those_go_on() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answers = at_once((1..=8).map(|key| server.submit(gate(key)))).await;
    // In the end the last ones wait for a thread, or for the right to ask for one.
    for answer in answers.iter().rev() {
        assert_eq!(server.cancel(&answer.run_id).await.state(), RunState::Cancelled);
    }
}

/// The answer comes from the live run, the status after it from the database.
#[tokio::test]
async fn a_run_that_never_started_is_told_alike_by_the_live_run_and_by_the_database() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answers = at_once((1..=24).map(|key| server.submit(gate(key)))).await;
    let mut waited = 0;
    for answer in answers.iter().rev() {
        let cancelled = server.cancel(&answer.run_id).await;
        assert_eq!(server.status(&answer.run_id).await, cancelled);
        waited += usize::from(cancelled.start_time.is_none());
    }
    assert!(waited > 0, "all started at once");
}

#[tokio::test]
async fn cancelling_twice_is_as_good_as_once() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    let first = server.cancel(&answer.run_id).await;
    assert_eq!(server.cancel(&answer.run_id).await, first);
    let at_the_same_time = server.submit(gate(2)).await;
    let ends = at_once((0..5).map(|_| server.cancel(&at_the_same_time.run_id))).await;
    assert!(ends.iter().all(|end| end.state() == RunState::Cancelled));
}

#[tokio::test]
async fn a_completed_run_cannot_be_cancelled() {
    let server = TestServer::with(&Market::rising(10)).await;
    let end = server.run(buy_and_hold()).await;
    let refused = server.try_cancel(&end.run_id).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(refused.reason(), "RUN_ALREADY_FINISHED");
    assert!(refused.message().contains("COMPLETED"), "{}", refused.message());
    assert_eq!(server.status(&end.run_id).await, end);
}

#[tokio::test]
async fn equal_work_after_a_cancel_is_a_new_run() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let first = server.submit(gate(1)).await;
    server.cancel(&first.run_id).await;
    let second = server.submit(gate(1)).await;
    assert_eq!(second.disposition(), SubmitDisposition::Created);
    assert_ne!(second.run_id, first.run_id);
    assert_eq!(server.submit(gate(1)).await.run_id, second.run_id);
}

#[tokio::test]
async fn a_shared_run_is_cancelled_for_everyone() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let first = server.submit(gate(1)).await;
    let joined = server.submit(gate(1)).await;
    let watch = server.watch(&joined.run_id).await;
    let end = server.cancel(&first.run_id).await;
    assert_eq!(watch.whole_story().await.last(), Some(&end));
}

#[tokio::test]
async fn nothing_is_committed_after_a_cancel() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    server.until_running(&answer.run_id).await;
    let end = server.cancel(&answer.run_id).await;
    server.open_gate(1);
    let refused = server.trades_page(&answer.run_id, 0, "").await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(server.run(gate(1)).await.state(), RunState::Completed);
    assert_eq!(server.status(&answer.run_id).await, end);
    let (_, home) = server.terminate().await;
    let server = home.serve().await;
    assert_eq!(server.status(&answer.run_id).await, end);
}

#[tokio::test]
async fn the_trades_of_a_run_that_has_not_ended_are_not_there_yet() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    let refused = server.trades_page(&answer.run_id, 0, "").await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(refused.reason(), "RUN_NOT_FINISHED");
    assert!(refused.has_retry_info());
}
