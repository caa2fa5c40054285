//! Pausing: the run halts, stays halted, also over kill -9, and goes on to the very result that it
//! would have had.

use tonic::Code;
use tradeforge::pb::{self, RunState, SubmitDisposition};

use crate::support::{
    ChildServer, Client, Dice, Market, Refusal as _, Sweep, at_once, gate, hash_of, search_result,
    sma_cross, within,
};

/// Trials that the first chunks have, before the cost of a trial is known.
const FIRST_CHUNK: i64 = 4;

/// Trials that wait for the gates of these keys, one each.
fn gates(first: i64, last: i64) -> Sweep {
    gate(1).sweep().over("key", first, last, 1)
}

async fn listed(client: &Client, filter: &str) -> Vec<String> {
    let request = pb::ListRunsRequest { filter: filter.into(), ..Default::default() };
    let page = within(client.runs().list_runs(request)).await.expect("a page").into_inner();
    page.runs.into_iter().map(|run| run.run_id).collect()
}

fn always_new(request: &mut pb::SubmitRequest) {
    request.reuse_policy = pb::ReusePolicy::AlwaysNew.into();
}

fn completed(status: &pb::RunStatus) -> i64 {
    status.progress.as_ref().expect("progress").completed
}

#[tokio::test]
async fn a_paused_search_says_who_paused_it_and_why_and_keeps_what_it_has() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run_id = server.submit(gates(1, 12)).await.run_id;
    (1..=FIRST_CHUNK).for_each(|key| server.open_gate(key));
    server.until_done(&run_id, FIRST_CHUNK).await;
    let paused = server.pause(&run_id).await;
    assert_eq!((paused.state(), completed(&paused)), (RunState::Paused, FIRST_CHUNK));
    let pause = paused.pause.clone().expect("a pause");
    assert_eq!((pause.reason.as_str(), pause.pause_time.is_some()), ("lunch", true));
    assert!(pause.requester.starts_with("127.0.0.1:"), "{pause:?}");
    assert!(paused.start_time.is_some() && paused.end_time.is_none() && paused.waiting.is_none());
    assert_eq!(server.status(&run_id).await, paused);
    assert_eq!(server.pause(&run_id).await, paused, "twice is as good as once");

    // Its cores are free: work that needs both of them comes to its end.
    (101..=112).for_each(|key| server.open_gate(key));
    assert_eq!(server.run(gates(101, 112)).await.state(), RunState::Completed);
    // It is found, and not among those that wait; equal work joins it and is told.
    assert_eq!(listed(&server, "state = PAUSED").await, [run_id.as_str()]);
    assert_eq!(listed(&server, "state = PENDING").await, [] as [&str; 0]);
    assert_eq!(listed(&server, "state != PAUSED").await.len(), 1);
    let joined = server.submit(gates(1, 12)).await;
    assert_eq!(
        (joined.disposition(), joined.state()),
        (SubmitDisposition::Joined, RunState::Paused)
    );
    let told = joined.warnings.last().expect("a warning");
    assert!(
        told.starts_with("this run was paused by 127.0.0.1:") && told.contains("(lunch)"),
        "{told}"
    );

    (5..=12).for_each(|key| server.open_gate(key));
    let resumed = server.resume(&run_id).await;
    assert_eq!((resumed.attempt, &resumed.pause), (2, &None));
    let end = server.when_final(&run_id).await;
    assert_eq!((end.state(), completed(&end)), (RunState::Completed, 12));
    let refused = server.try_resume(&run_id).await.unwrap_err();
    assert_eq!(refused.reason(), "RUN_ALREADY_FINISHED");
}

#[tokio::test]
async fn a_search_that_is_paused_killed_and_resumed_in_any_order_has_the_hash_of_a_quiet_one() {
    const TOTAL: i64 = 20_000;
    let sweep = || sma_cross(1, 1).sweep().over("fast", 1, 100, 1).over("slow", 1, 200, 1);
    let mut server = ChildServer::with(&Market::wavy(3_000)).await;
    let quiet = server.run(sweep()).await;
    let run_id = server.submit(sweep().request(always_new)).await.run_id;
    let mut dice = Dice::seeded(31);
    let mut done = 0;
    for round in 0..12 {
        // Whatever is refused: it may be over already.
        match round % 4 {
            0 | 1 => _ = server.try_pause(&run_id).await,
            2 => server = server.kill().serve().await,
            _ => {
                _ = server.try_resume(&run_id).await;
                server.until_done(&run_id, round * TOTAL / 16).await;
                if dice.below(2) == 0 {
                    server = server.kill().serve().await;
                }
            }
        }
        let status = server.status(&run_id).await;
        assert!(completed(&status) >= done, "progress never falls: {done} {status:?}");
        done = completed(&status);
    }
    _ = server.try_resume(&run_id).await;
    let status = server.when_final(&run_id).await;
    assert_eq!(status.state(), RunState::Completed);
    assert!(status.attempt > 1, "{status:?}");
    let (ours, theirs) = (search_result(&status), search_result(&quiet));
    assert_eq!(ours.result_sha256, theirs.result_sha256);
    assert_eq!((ours.completed, ours.failed), (theirs.completed, theirs.failed));
    let mut told = server.watch_trials(&run_id, None).await.rest().await;
    told.sort_unstable();
    assert!(told.into_iter().eq(0..TOTAL), "every trial once");
}

#[tokio::test]
async fn a_paused_run_is_paused_after_kill_9_and_is_resumed_or_cancelled_there() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let searches = at_once([1, 101].map(|first| server.submit(gates(first, first + 11)))).await;
    let [search, other] = [0, 1].map(|place| searches[place].run_id.clone());
    let backtest = server.submit(gate(201)).await.run_id;
    let waiting = server.submit(gate(202)).await.run_id;
    for run_id in [&search, &other, &backtest, &waiting] {
        assert_eq!(server.pause(run_id).await.state(), RunState::Paused);
    }
    let before = at_once([&search, &backtest].map(|id| server.status(id))).await;
    let server = server.kill().serve().await;
    let after = at_once([&search, &backtest].map(|id| server.status(id))).await;
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((after.state(), &after.pause), (RunState::Paused, &before.pause));
        assert_eq!((after.attempt, after.start_time), (before.attempt, before.start_time));
        assert!(after.sequence > before.sequence && after.waiting.is_none());
    }
    let cancelled = server.cancel(&other).await;
    assert_eq!((cancelled.state(), &cancelled.pause), (RunState::Cancelled, &None));
    assert_eq!(server.status(&other).await, cancelled);
    (1..=12).chain(201..=202).for_each(|key| server.open_gate(key));
    for run_id in [&search, &backtest, &waiting] {
        server.resume(run_id).await;
        assert_eq!(server.when_final(run_id).await.state(), RunState::Completed);
    }
    // The one that was cancelled is so after another start.
    let server = server.kill().serve().await;
    assert_eq!(server.status(&other).await, cancelled);
}

#[tokio::test]
async fn a_backtest_begins_anew_and_comes_to_the_same() {
    let server = ChildServer::with(&Market::wavy(200)).await;
    server.open_gate(1);
    let quiet = server.run(gate(1)).await;
    server.home().close_gate(1);
    let run_id = server.submit(gate(1).always_new()).await.run_id;
    server.until_running(&run_id).await;
    let watch = server.watch(&run_id).await;
    for _ in 0..5 {
        let paused = server.pause(&run_id).await;
        assert_eq!((paused.state(), completed(&paused)), (RunState::Paused, 0));
        server.resume(&run_id).await;
    }
    server.open_gate(1);
    let end = server.when_final(&run_id).await;
    assert_eq!(
        (end.state(), end.attempt, hash_of(&end)),
        (RunState::Completed, 6, hash_of(&quiet))
    );
    assert_eq!(completed(&end), completed(&quiet));
    let story = within(watch.whole_story()).await;
    assert!(story.is_sorted_by_key(|status| status.sequence), "time runs forward");
    assert_eq!(story.last(), Some(&end));
}

#[tokio::test]
async fn what_is_over_or_asked_to_end_or_unknown_is_neither_paused_nor_resumed() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let over = server.run(sma_cross(2, 5)).await.run_id;
    let cancelled = server.submit(gate(1)).await.run_id;
    server.cancel(&cancelled).await;
    for run_id in [&over, &cancelled] {
        for refused in [
            server.try_pause(run_id).await.unwrap_err(),
            server.try_resume(run_id).await.unwrap_err(),
        ] {
            assert_eq!(refused.code(), Code::FailedPrecondition);
            assert_eq!(refused.reason(), "RUN_ALREADY_FINISHED");
        }
    }
    let unknown = "01942a3c-9b00-7cc1-8000-0123456789ab";
    assert_eq!(server.try_pause(unknown).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(server.try_resume(unknown).await.unwrap_err().code(), Code::NotFound);
    // One that goes on is resumed as it is.
    let live = server.submit(gate(2)).await.run_id;
    let running = server.until_running(&live).await;
    assert_eq!(server.resume(&live).await.attempt, running.attempt);
    let long = pb::PauseRequest { run_id: live, reason: "x".repeat(1_001) };
    let refused = within(server.runs().pause(long)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().starts_with("reason: "), "{}", refused.message());
    // What is paused is removed only after it has ended.
    let paused = server.submit(gate(3)).await.run_id;
    server.pause(&paused).await;
    let request = pb::DeleteRunRequest { run_id: paused };
    let refused = within(server.runs().delete_run(request)).await.unwrap_err();
    assert!(refused.message().contains("is PAUSED; cancel it first"), "{}", refused.message());
}
