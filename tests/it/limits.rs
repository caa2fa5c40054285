//! What happens at each limit: who is still let in, and what the others are told.

use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use tradeforge::pb::{SubmitDisposition, sizing};
use uuid::Uuid;

use crate::support::{Home, Market, Refusal as _, TestServer, buy_and_hold, gate};

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
        simulation.sizing = Some(tradeforge::pb::Sizing { kind: fraction });
    });
    let first = server.submit(work.clone()).await;
    assert!(first.warnings[0].contains("max_leverage"), "{:?}", first.warnings);
    server.when_final(&first.run_id).await;
    assert_eq!(server.submit(work).await, first);
}
