//! Runs that may take so long and no longer: by a deadline, which comes whatever they wait for, and
//! by a budget of computing; and what is left of them.

use prost_types::FieldMask;
use tonic::{Code, Status};
use tradeforge::clock::{Clock as _, SystemClock};
use tradeforge::pb::{self, RunState, SubmitDisposition};

use crate::support::{ChildServer, Client, Market, Refusal as _, Sweep, gate, sma_cross, within};

/// Trials that the first chunks have, before the cost of a trial is known.
const FIRST_CHUNK: i64 = 4;

/// Trials that wait for the gates of these keys, one each.
fn gates(first: i64, last: i64) -> Sweep {
    gate(1).sweep().over("key", first, last, 1)
}

/// A moment that comes soon.
fn soon() -> prost_types::Timestamp {
    let time_ms = SystemClock.now_ms() + 300;
    let nanos = (time_ms % 1_000) as i32 * 1_000_000;
    prost_types::Timestamp { seconds: time_ms / 1_000, nanos }
}

fn in_an_hour() -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: SystemClock.now_ms() / 1_000 + 3_600, nanos: 0 }
}

const fn ms(ms: i32) -> prost_types::Duration {
    prost_types::Duration { seconds: 0, nanos: ms * 1_000_000 }
}

fn reason(status: &pb::RunStatus) -> &str {
    status.error.as_ref().map_or("", |error| error.reason.as_str())
}

fn done(status: &pb::RunStatus) -> i64 {
    status.progress.as_ref().expect("progress").completed
}

async fn allow(client: &Client, request: pb::UpdateRunRequest) -> Result<pb::Run, Status> {
    let response = within(client.runs().update_run(request)).await?;
    Ok(response.into_inner().run.expect("a run"))
}

fn change(run_id: &str, paths: &[&str]) -> pb::UpdateRunRequest {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let update_mask = Some(FieldMask { paths });
    pb::UpdateRunRequest { run_id: run_id.to_owned(), update_mask, ..Default::default() }
}

#[tokio::test]
async fn a_search_that_is_not_done_by_its_deadline_fails_and_keeps_its_trials() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let deadline = in_an_hour();
    let search = gates(1, 12).request(|request| request.deadline = Some(deadline));
    let run_id = server.submit(search).await.run_id;
    assert_eq!(server.describe(&run_id).await.deadline, Some(deadline));
    (1..=FIRST_CHUNK).for_each(|key| server.open_gate(key));
    server.until_done(&run_id, FIRST_CHUNK).await;
    // Whoever wants the same joins it, and is told how long it may take.
    let joined = server.submit(gates(1, 12)).await;
    assert_eq!(joined.disposition(), SubmitDisposition::Joined);
    let told = joined.warnings.last().expect("a warning");
    assert!(told.starts_with("the run that does this work already has the deadline 20"), "{told}");

    let request = pb::UpdateRunRequest { deadline: Some(soon()), ..change(&run_id, &["deadline"]) };
    allow(&server, request).await.unwrap();
    let end = server.when_final(&run_id).await;
    assert_eq!((end.state(), reason(&end)), (RunState::Failed, "DEADLINE_EXCEEDED"));
    assert_eq!(done(&end), FIRST_CHUNK);
    let stored = server.describe(&run_id).await;
    assert!(stored.compute_time.is_some_and(|time| time.seconds + i64::from(time.nanos) > 0));
    // Its cores are free.
    (101..=112).for_each(|key| server.open_gate(key));
    assert_eq!(server.run(gates(101, 112)).await.state(), RunState::Completed);
    let server = server.kill().serve().await;
    assert_eq!(server.status(&run_id).await, end);
}

#[tokio::test]
async fn a_deadline_comes_while_a_run_waits_is_paused_or_the_server_is_away() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let with_deadline = |key, deadline| {
        gate(key).request(move |request: &mut pb::SubmitRequest| request.deadline = Some(deadline))
    };
    let paused = server.submit(with_deadline(1, in_an_hour())).await.run_id;
    let away = server.submit(with_deadline(2, in_an_hour())).await.run_id;
    let goes_on = server.submit(with_deadline(3, in_an_hour())).await.run_id;
    server.pause(&paused).await;
    let soon = |run_id: &str| pb::UpdateRunRequest {
        deadline: Some(soon()),
        ..change(run_id, &["deadline"])
    };
    allow(&server, soon(&paused)).await.unwrap();
    let end = server.when_final(&paused).await;
    assert_eq!((end.state(), reason(&end)), (RunState::Failed, "DEADLINE_EXCEEDED"));
    assert_eq!(end.pause, None);

    allow(&server, soon(&away)).await.unwrap();
    let server = server.kill().serve().await;
    let end = server.when_final(&away).await;
    assert_eq!((end.state(), reason(&end)), (RunState::Failed, "DEADLINE_EXCEEDED"));

    // More time, or all of it, is given while it runs.
    let run = allow(&server, change(&goes_on, &["deadline"])).await.unwrap();
    assert_eq!(run.deadline, None);
    server.open_gate(3);
    assert_eq!(server.when_final(&goes_on).await.state(), RunState::Completed);
    let refused = allow(&server, change(&goes_on, &["deadline"])).await.unwrap_err();
    assert_eq!(refused.reason(), "RUN_ALREADY_FINISHED");
}

#[tokio::test]
async fn a_budget_counts_what_is_computed_over_all_attempts_and_no_pause() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let search = gates(1, 12).request(|request| {
        request.compute_budget = Some(prost_types::Duration { seconds: 3_600, nanos: 0 });
    });
    let run_id = server.submit(search).await.run_id;
    server.until_running(&run_id).await;
    server.pause(&run_id).await;
    let used = server.describe(&run_id).await.compute_time.expect("it has computed");
    let server = server.kill().serve().await;
    let again = server.describe(&run_id).await;
    // The pause is answered first and what was used is stored then: the kill may come between.
    let nanos = |span: prost_types::Duration| {
        i128::from(span.seconds) * 1_000_000_000 + i128::from(span.nanos)
    };
    let kept = again.compute_time.expect("it is told");
    assert!(nanos(kept) <= nanos(used), "a paused run uses none, over kill -9 neither");
    // What it has used is more than it may now: it ends when it goes on.
    let budget = pb::UpdateRunRequest {
        compute_budget: Some(ms(1)),
        ..change(&run_id, &["compute_budget"])
    };
    allow(&server, budget).await.unwrap();
    _ = server.try_resume(&run_id).await;
    let end = server.when_final(&run_id).await;
    assert_eq!((end.state(), reason(&end)), (RunState::Failed, "COMPUTE_BUDGET_EXHAUSTED"));
    let error = end.error.expect("an error");
    assert_eq!(error.metadata["compute_budget_ms"], "1");
    assert!(error.metadata["spent_ms"].parse::<i64>().expect("a number") >= 1);
}

#[tokio::test]
async fn a_time_that_has_passed_and_a_budget_of_nothing_are_refused_together() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let refused = server
        .refusal(sma_cross(2, 5).request(|request| {
            request.deadline = Some(prost_types::Timestamp { seconds: 1, nanos: 0 });
            request.compute_budget = Some(ms(0));
        }))
        .await;
    assert_eq!(refused.code(), Code::InvalidArgument);
    for told in ["deadline: 1970-01-01T00:00:01Z has passed", "compute_budget: must be 1 ms"] {
        assert!(refused.message().contains(told), "{told} in {}", refused.message());
    }
    let run_id = server.run(sma_cross(2, 5)).await.run_id;
    let request =
        pb::UpdateRunRequest { compute_budget: Some(ms(5)), ..change(&run_id, &["notes"]) };
    let refused = allow(&server, request).await.unwrap_err();
    let told = "compute_budget: is given, and update_mask does not name it";
    assert!(refused.message().contains(told), "{}", refused.message());
}
