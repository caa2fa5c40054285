//! Many runs at once: counted, done only if they are still so many, and others' left alone.

use tonic::{Code, Status};
use tradeforge::pb::{self, RunState};

use crate::support::{
    ChildServer, Client, Market, Refusal as _, TestServer, at_once, gate, sma_cross, within,
};

async fn cancel(
    client: &Client,
    filter: &str,
    validate_only: bool,
    expected_count: Option<i64>,
) -> Result<pb::CancelRunsResponse, Status> {
    let (filter, reason) = (filter.to_owned(), "tidying up".to_owned());
    let request = pb::CancelRunsRequest { filter, reason, validate_only, expected_count };
    within(client.runs().cancel_runs(request)).await.map(tonic::Response::into_inner)
}

async fn delete(
    client: &Client,
    filter: &str,
    validate_only: bool,
    expected_count: Option<i64>,
) -> Result<pb::DeleteRunsResponse, Status> {
    let filter = filter.to_owned();
    let request = pb::DeleteRunsRequest { filter, validate_only, expected_count };
    within(client.runs().delete_runs(request)).await.map(tonic::Response::into_inner)
}

async fn total(client: &Client, filter: &str) -> i64 {
    let request = pb::ListRunsRequest { filter: filter.into(), ..Default::default() };
    within(client.runs().list_runs(request)).await.expect("a page").into_inner().total_size
}

#[tokio::test]
async fn many_runs_are_counted_cancelled_and_removed_by_a_filter() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let done = server.run(sma_cross(2, 5)).await.run_id;
    let held = at_once((1..=30).map(|key| server.submit(gate(key)))).await;
    let counted = cancel(&server, "strategy = gate", true, None).await.unwrap();
    assert_eq!((counted.matched, counted.cancelled, counted.denied), (30, 0, 0));
    assert_eq!(counted.sample_run_ids.len(), 20);
    let newest = counted.sample_run_ids.iter().max();
    assert_eq!(newest, held.iter().map(|answer| &answer.run_id).max());
    assert_eq!(total(&server, "state = CANCELLED").await, 0, "they are only counted");

    // They are more than were expected: nothing is done.
    let refused = cancel(&server, "strategy = gate", false, Some(29)).await.unwrap_err();
    assert_eq!((refused.code(), refused.reason().as_str()), (Code::Aborted, "SET_CHANGED"));
    assert!(refused.message().contains("30 runs fit now, and 29 were expected"), "{refused:?}");
    assert_eq!(total(&server, "state = CANCELLED").await, 0);

    let stopped = cancel(&server, "strategy = gate", false, Some(30)).await.unwrap();
    assert_eq!((stopped.matched, stopped.cancelled), (30, 30));
    for answer in &held {
        let end = server.when_final(&answer.run_id).await;
        assert_eq!(end.state(), RunState::Cancelled);
        assert_eq!(end.cancel.expect("a wish").reason, "tidying up");
    }
    // What is over is none of those that can be cancelled, and the other way round.
    let over = cancel(&server, "create_time > 1970-01-01", false, None).await.unwrap();
    assert_eq!((over.matched, over.cancelled), (0, 0));
    let live = server.submit(gate(99)).await.run_id;
    let counted = delete(&server, "strategy = gate", true, None).await.unwrap();
    assert_eq!(counted.matched, 30, "the live one is not");
    let removed = delete(&server, "state = CANCELLED", false, Some(30)).await.unwrap();
    assert_eq!((removed.matched, removed.deleted), (30, 30));
    assert_eq!(total(&server, "").await, 2);
    let server = server.kill().serve().await;
    assert_eq!(total(&server, "").await, 2);
    assert_eq!(server.status(&done).await.state(), RunState::Completed);
    assert!(server.status(&live).await.end_time.is_none());
}

#[tokio::test]
async fn without_a_filter_or_by_a_wrong_one_nothing_is_done() {
    let server = TestServer::with(&Market::wavy(50)).await;
    server.run(sma_cross(2, 5)).await;
    for filter in ["", "  "] {
        let refused = delete(&server, filter, false, None).await.unwrap_err();
        assert!(refused.about("filter").starts_with("is required"), "{refused:?}");
    }
    let refused = delete(&server, "stat = COMPLETED", false, None).await.unwrap_err();
    assert!(refused.about("filter").contains("did you mean state"), "{refused:?}");
    let refused = delete(&server, "state = COMPLETED", false, Some(-1)).await.unwrap_err();
    assert_eq!(refused.about("expected_count"), "must not be negative");
    assert_eq!(total(&server, "").await, 1);
}
