//! Submitting: equal work is joined, reused or done again, as the client says.

use std::time::Duration;

use tradeforge::pb::{ReusePolicy, RunState, SubmitDisposition};
use uuid::Uuid;

use crate::support::{
    ChildServer, Market, Refusal as _, TestServer, at_once, buy_and_hold, gate, hash_of, sma_cross,
};

#[tokio::test]
async fn a_submission_is_answered_before_its_run_ends() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    assert_eq!(answer.disposition(), SubmitDisposition::Created);
    assert_eq!((answer.is_dedup, answer.total), (false, 10));
    assert_eq!(answer.state(), RunState::Pending);
}

#[tokio::test]
async fn of_twenty_equal_submissions_at_once_one_is_created_and_the_rest_join_it() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answers = at_once((0..20).map(|_| server.submit(gate(1)))).await;
    let (created, joined): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.disposition() == SubmitDisposition::Created);
    assert_eq!((created.len(), joined.len()), (1, 19));
    for answer in joined {
        assert_eq!(answer.disposition(), SubmitDisposition::Joined);
        assert!(answer.is_dedup);
        assert_eq!((&answer.run_id, &answer.run_key), (&created[0].run_id, &created[0].run_key));
    }
}

#[tokio::test]
async fn equal_work_is_joined_from_any_connection_and_in_any_spelling() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let first = server.submit(gate(1).commission("0.10")).await;
    let other = gate(1).commission("0.1").request(|request| request.display_name = "mine".into());
    assert_eq!(server.submit(other).await.run_id, first.run_id);
}

#[tokio::test]
async fn after_its_end_equal_work_is_a_new_run_with_the_same_result() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let first = server.run(sma_cross(2, 5)).await;
    let answer = server.submit(sma_cross(2, 5)).await;
    assert_eq!(answer.disposition(), SubmitDisposition::Created);
    assert_ne!(answer.run_id, first.run_id);
    assert_eq!(hash_of(&server.when_final(&answer.run_id).await), hash_of(&first));
}

#[tokio::test]
async fn a_completed_run_is_reused_by_those_who_ask_for_it() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let first = server.run(sma_cross(2, 5)).await;
    let answer = server.submit(sma_cross(2, 5).reuse_completed()).await;
    assert_eq!(answer.disposition(), SubmitDisposition::Reused);
    assert_eq!((answer.is_dedup, answer.state()), (true, RunState::Completed));
    assert_eq!(answer.run_id, first.run_id);
}

#[tokio::test]
async fn with_nothing_to_reuse_a_run_is_joined_or_created() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let created = server.submit(gate(1).reuse_completed()).await;
    assert_eq!(created.disposition(), SubmitDisposition::Created);
    let joined = server.submit(gate(1).reuse_completed()).await;
    assert_eq!(joined.disposition(), SubmitDisposition::Joined);
}

#[tokio::test]
async fn fifty_new_runs_of_equal_work_live_together_and_end_alike() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answers = at_once((0..50).map(|_| server.submit(gate(1).always_new()))).await;
    let info = server.info().await;
    assert_eq!(info.running_runs + info.pending_runs, 50);
    server.open_gate(1);
    let ends = at_once(answers.iter().map(|answer| server.when_final(&answer.run_id))).await;
    let hash = hash_of(&ends[0]);
    assert!(ends.iter().all(|end| hash_of(end) == hash));
}

#[tokio::test]
async fn nobody_joins_a_run_that_was_asked_for_as_new() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let alone = server.submit(gate(1).always_new()).await;
    let shared = server.submit(gate(1)).await;
    assert_eq!(shared.disposition(), SubmitDisposition::Created);
    assert_ne!(shared.run_id, alone.run_id);
    assert_eq!(shared.run_key, alone.run_key);
}

#[tokio::test]
async fn a_named_request_repeats_its_first_answer_under_every_policy() {
    let server = TestServer::with(&Market::wavy(100)).await;
    for policy in [ReusePolicy::JoinActive, ReusePolicy::ReuseCompleted, ReusePolicy::AlwaysNew] {
        let work = sma_cross(2, 5).reuse(policy).request_id(Uuid::now_v7());
        let first = server.submit(work.clone()).await;
        assert_eq!(server.submit(work.clone()).await, first);
        server.when_final(&first.run_id).await;
        assert_eq!(server.submit(work).await, first, "after the end, {policy:?}");
    }
}

#[tokio::test]
async fn a_named_request_sent_ten_times_at_once_is_one_run() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let work = sma_cross(2, 5).always_new().request_id(Uuid::now_v7());
    let answers = at_once((0..10).map(|_| server.submit(work.clone()))).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn a_named_request_cannot_be_used_for_something_else() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let id = Uuid::now_v7();
    server.submit(sma_cross(2, 5).request_id(id)).await;
    let refused = server.refusal(sma_cross(2, 6).request_id(id)).await;
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    assert_eq!(refused.reason(), "REQUEST_ID_REUSED");
    assert_eq!(refused.fields(), ["request_id"]);
}

#[tokio::test]
async fn validating_tells_key_and_total_and_makes_no_run() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let checked = server.submit(sma_cross(2, 5).validate_only()).await;
    assert_eq!((checked.run_id.as_str(), checked.total), ("", 100));
    assert_eq!(checked.state(), RunState::Unspecified);
    assert_eq!(checked.disposition(), SubmitDisposition::Unspecified);
    let answer = server.submit(sma_cross(2, 5).reuse_completed()).await;
    assert_eq!(answer.disposition(), SubmitDisposition::Created);
    assert_eq!(answer.run_key, checked.run_key);
}

#[tokio::test]
async fn a_validated_request_is_refused_for_the_same_reasons() {
    let server = TestServer::with(&Market::wavy(100)).await;
    server.refusal(sma_cross(5, 5).validate_only()).await.assert_invalid(&["backtest.params.fast"]);
}

#[tokio::test]
async fn whatever_was_taken_from_a_client_that_hung_up_comes_to_its_end() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let work = |length: i64| sma_cross(2, 3 + length).reuse_completed();
    for length in 0..20_i64 {
        let client = server.another_client().await;
        let patience = Duration::from_micros(150 * length.unsigned_abs());
        _ = tokio::time::timeout(patience, client.submit(work(length))).await;
    }
    let answers = at_once((0..20).map(|length| server.submit(work(length)))).await;
    let ends = at_once(answers.iter().map(|answer| server.when_final(&answer.run_id))).await;
    assert!(ends.iter().all(|end| end.state() == RunState::Completed));
}

#[tokio::test]
async fn what_was_resolved_is_told_and_is_work_of_the_same_key() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let answer = server.submit(buy_and_hold()).await;
    let run = server.describe(&answer.run_id).await;
    let Some(tradeforge::pb::run::Spec::Backtest(resolved)) = run.spec else { panic!("{run:?}") };
    assert_eq!(resolved.subscriptions[0].data_sha256, server.all_series().await[0].data_sha256);
    let spec = Some(tradeforge::pb::submit_request::Spec::Backtest(resolved));
    let again = tradeforge::pb::SubmitRequest { spec, ..Default::default() };
    assert_eq!(server.submit(again).await.run_key, run.run_key);
}
