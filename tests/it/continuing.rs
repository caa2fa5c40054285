//! Going on from a search that was stopped: what it has is taken over, the rest is computed, and
//! the result is that of a search that nobody stopped.

use tonic::Code;
use tradeforge::pb::{self, RunState, SubmitDisposition};

use crate::support::{
    ChildServer, Client, Market, Refusal as _, Sweep, gate, search_result, sma_cross, within, work,
};

/// Trials that the first chunks have, before the cost of a trial is known.
const FIRST_CHUNK: i64 = 4;

/// Trials that wait for the gates of these keys, one each.
fn gates(first: i64, last: i64) -> Sweep {
    gate(1).sweep().over("key", first, last, 1)
}

fn from(run_id: &str) -> pb::SubmitRequest {
    pb::SubmitRequest { continue_run_id: run_id.to_owned(), ..Default::default() }
}

fn always_new(request: &mut pb::SubmitRequest) {
    request.reuse_policy = pb::ReusePolicy::AlwaysNew.into();
}

async fn tried(client: &Client) -> i64 {
    let request = pb::ListLedgerRequest::default();
    let ledger = within(client.results().list_ledger(request)).await.expect("a ledger");
    ledger.into_inner().entries.iter().map(|entry| entry.trials).sum()
}

#[tokio::test]
async fn a_cancelled_search_is_gone_on_from_to_the_hash_of_one_that_nobody_stopped() {
    const TOTAL: i64 = 20_000;
    let sweep = || sma_cross(1, 1).sweep().over("fast", 1, 100, 1).over("slow", 1, 200, 1);
    let server = ChildServer::with(&Market::wavy(3_000)).await;
    let stopped = server.submit(sweep()).await.run_id;
    server.until_done(&stopped, TOTAL / 10).await;
    let stopped_at = server.cancel(&stopped).await;
    assert_eq!(stopped_at.state(), RunState::Cancelled);
    let had = stopped_at.progress.expect("progress").completed;

    let answer = server.submit(from(&stopped)).await;
    assert_eq!((answer.disposition(), answer.total), (SubmitDisposition::Created, TOTAL));
    let run_id = answer.run_id;
    server.until_done(&run_id, had).await;
    // Cut off anywhere, and its source gone: what it has, it has.
    let server = server.kill().serve().await;
    let request = pb::DeleteRunRequest { run_id: stopped.clone() };
    within(server.runs().delete_run(request)).await.expect("it can be removed");
    let end = server.when_final(&run_id).await;
    assert_eq!(end.state(), RunState::Completed, "{:?}", end.error);
    let run = server.describe(&run_id).await;
    assert_eq!(run.continue_run_id, stopped);
    let ran = search_result(&end).completed;
    assert_eq!(tried(&server).await, ran, "nothing is tried twice");

    let quiet = server.run(sweep().request(always_new)).await;
    let (ours, theirs) = (search_result(&end), search_result(&quiet));
    assert_eq!(ours.result_sha256, theirs.result_sha256);
    assert_eq!((ours.completed, ours.failed), (theirs.completed, theirs.failed));
    let untimed = |of: pb::OptimizationResult| {
        let top = of.top_trials.into_iter();
        top.map(|trial| pb::TrialSummary { compute_duration: None, ..trial }).collect::<Vec<_>>()
    };
    assert_eq!(untimed(ours), untimed(theirs));
    let mut told = server.watch_trials(&run_id, None).await.rest().await;
    told.sort_unstable();
    assert!(told.into_iter().eq(0..TOTAL), "every trial once");
}

#[tokio::test]
async fn a_search_that_learns_takes_over_its_generations_and_breeds_the_next() {
    const TOTAL: i64 = 1_920;
    let sweep = || {
        let wide = sma_cross(1, 1).sweep().over("fast", 1, 200, 1).over("slow", 1, 200, 1);
        wide.spec(|spec| {
            let genetic = pb::GeneticSearch { trial_count: TOTAL, seed: 4, batch: 0 };
            spec.search = Some(pb::optimization_spec::Search::Genetic(genetic));
        })
    };
    let server = ChildServer::with(&Market::wavy(3_000)).await;
    let stopped = server.submit(sweep()).await.run_id;
    server.until_done(&stopped, TOTAL / 3).await;
    assert_eq!(server.cancel(&stopped).await.state(), RunState::Cancelled);
    let run_id = server.submit(from(&stopped)).await.run_id;
    server.until_done(&run_id, TOTAL / 6).await;
    let server = server.kill().serve().await;
    let end = server.when_final(&run_id).await;
    assert_eq!(end.state(), RunState::Completed, "{:?}", end.error);
    let result = search_result(&end);
    assert!(result.failed > 0, "some of them make no sense");
    // Failures are no tries of a configuration.
    assert_eq!(tried(&server).await, result.completed, "nothing is tried twice");
    let quiet = search_result(&server.run(sweep().request(always_new)).await);
    assert_eq!(result.result_sha256, quiet.result_sha256);
    let counts = |of: &pb::OptimizationResult| (of.completed, of.failed, of.failures.clone());
    assert_eq!(counts(&result), counts(&quiet));
}

#[tokio::test]
async fn what_a_stopped_search_had_is_there_at_once_and_not_computed_again() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let stopped = server.submit(gates(1, 12)).await.run_id;
    (1..=FIRST_CHUNK).for_each(|key| server.open_gate(key));
    server.until_done(&stopped, FIRST_CHUNK).await;
    server.cancel(&stopped).await;
    // Nobody computes these again: their gates are shut.
    (1..=FIRST_CHUNK).for_each(|key| server.home().close_gate(key));
    let run_id = server.submit(from(&stopped)).await.run_id;
    server.until_done(&run_id, FIRST_CHUNK).await;
    (FIRST_CHUNK + 1..=12).for_each(|key| server.open_gate(key));
    let end = server.when_final(&run_id).await;
    assert_eq!((end.state(), end.progress.expect("progress").completed), (RunState::Completed, 12));
}

/// Combinations of which those fail whose fast one is not below the slow one.
fn half_fail(failed_max: i64) -> Sweep {
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 30, 1).over("slow", 2, 20, 1);
    sweep.spec(|spec| spec.max_failed_trials = failed_max)
}

#[tokio::test]
async fn too_many_failures_end_a_search_and_more_of_them_are_allowed_to_the_next() {
    let server = ChildServer::with(&Market::wavy(300)).await;
    for drawn in [false, true] {
        let search = |failed_max| {
            let sweep = half_fail(failed_max);
            if drawn { sweep.random(400, 7) } else { sweep }
        };
        let stopped = server.run(search(5)).await;
        assert_eq!(stopped.state(), RunState::Failed);
        // On the same terms it comes no further.
        let again = server.run(from(&stopped.run_id)).await;
        assert_eq!(again.error.expect("an error").reason, "TOO_MANY_FAILED_TRIALS");
        let lenient =
            search(1_000).request(|request| request.continue_run_id.clone_from(&stopped.run_id));
        let end = server.run(lenient).await;
        assert_eq!(end.state(), RunState::Completed, "{:?}", end.error);
        let quiet = search_result(&server.run(search(1_000).request(always_new)).await);
        let result = search_result(&end);
        assert_eq!(result.result_sha256, quiet.result_sha256, "drawn: {drawn}");
        let counts = |result: &pb::OptimizationResult| {
            let of_each = result.failures.iter().map(|group| group.count).sum::<i64>();
            (result.completed, result.failed, of_each)
        };
        assert_eq!(counts(&result), counts(&quiet));
    }
}

#[tokio::test]
async fn what_failed_is_tried_again_where_that_is_asked_for() {
    let server = ChildServer::with(&Market::wavy(300)).await;
    let whole = server.run(work("unlucky").sweep().over("number", 1, 60, 1)).await;
    let result = search_result(&whole);
    assert_eq!((result.completed, result.failed), (59, 1));
    let refused = server.refusal(from(&whole.run_id)).await;
    assert_eq!(refused.reason(), "RUN_ALREADY_FINISHED");
    let retry = pb::SubmitRequest { retry_failed: true, ..from(&whole.run_id) };
    let again = server.run(retry).await;
    let again = search_result(&again);
    assert_eq!(again.result_sha256, result.result_sha256, "it fails again");
    assert_eq!((again.failed, again.failures.len(), again.failures[0].count), (1, 1, 1));
}

#[tokio::test]
async fn another_search_does_not_go_on_from_one_and_is_told_what_differs() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let stopped = server.submit(gates(1, 12)).await.run_id;
    server.cancel(&stopped).await;
    let other = gates(1, 13)
        .spec(|spec| spec.objective = Some(pb::Objective { metric: "sortino".into(), goal: 0 }))
        .request(|request| request.continue_run_id.clone_from(&stopped));
    let refused = server.refusal(other).await;
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::InvalidArgument, "CONTINUE_DIFFERS")
    );
    let told = "optimization.axes, optimization.objective differs";
    assert!(refused.message().contains(told), "{}", refused.message());
    let backtest = gate(1).request(|request| request.continue_run_id.clone_from(&stopped));
    assert_eq!(server.refusal(backtest).await.reason(), "CONTINUE_DIFFERS");
}

#[tokio::test]
async fn what_cannot_be_gone_on_from_is_refused_with_the_reason() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let live = server.submit(gates(1, 12)).await.run_id;
    assert_eq!(server.refusal(from(&live)).await.reason(), "RUN_NOT_FINISHED");
    server.pause(&live).await;
    assert_eq!(server.refusal(from(&live)).await.reason(), "RUN_NOT_FINISHED");
    let backtest = server.run(sma_cross(2, 5)).await.run_id;
    let refused = server.refusal(from(&backtest)).await;
    assert!(refused.message().contains("is a BACKTEST; only an OPTIMIZATION"));
    let nobody = "019f0000-0000-7000-8000-000000000000";
    assert_eq!(server.refusal(from(nobody)).await.reason(), "RUN_NOT_FOUND");
    let refused = server.refusal(from("what")).await;
    assert!(refused.message().starts_with("continue_run_id: \"what\""), "{}", refused.message());
    let useless = gates(1, 12).request(|request| request.retry_failed = true);
    let refused = server.refusal(useless).await;
    assert!(refused.message().contains("retry_failed: is of no use without continue_run_id"));
}
