//! Optimizations while they run: watched, cut off, killed, cancelled, sharing the cores.

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use tradeforge::pb;
use tradeforge::pb::RunState;

use crate::support::{
    ChildServer, Dice, Market, Sweep, at_once, gate, search_result, sma_cross, within,
};

/// Trials that the first chunks have, before the cost of a trial is known.
const FIRST_CHUNK: i64 = 4;

/// Trials that wait for the gates of these keys, one each.
fn gates(first: i64, last: i64) -> Sweep {
    gate(1).sweep().over("key", first, last, 1)
}

#[tokio::test]
async fn a_search_killed_at_ten_moments_has_every_trial_once_and_the_hash_of_a_quiet_one() {
    const TOTAL: i64 = 20_000;
    let sweep = || sma_cross(1, 1).sweep().over("fast", 1, 100, 1).over("slow", 1, 200, 1);
    // Bars enough that the search outlasts some starts of a server; where it does not, it is over.
    let mut server = ChildServer::with(&Market::wavy(3_000)).await;
    let quiet = server.run(sweep()).await;
    let always_new = sweep().request(|request| {
        request.reuse_policy = pb::ReusePolicy::AlwaysNew.into();
    });
    let run_id = server.submit(always_new).await.run_id;
    let (mut dice, mut attempt) = (Dice::seeded(20), 1);
    for round in 0..10 {
        // Somewhere in its tenth of the search, wherever that finds the process.
        let moment = round * TOTAL / 10 + dice.below(TOTAL as u64 / 10) as i64;
        server.until_done(&run_id, moment).await;
        server = server.kill().serve().await;
        let status = server.status(&run_id).await;
        // One more where the killed process had begun, and the search was not over.
        assert!((attempt..=attempt + 1).contains(&status.attempt), "{attempt} {status:?}");
        attempt = status.attempt;
        let progress = status.progress.unwrap();
        assert!(progress.completed + progress.failed >= moment, "progress never falls");
    }
    let status = server.when_final(&run_id).await;
    assert_eq!(status.state(), RunState::Completed);
    let (ours, theirs) = (search_result(&status), search_result(&quiet));
    assert_eq!(ours.result_sha256, theirs.result_sha256);
    assert_eq!((ours.completed, ours.failed), (theirs.completed, theirs.failed));
    assert_eq!(ours.failures, theirs.failures);
    let mut told = server.watch_trials(&run_id, None).await.rest().await;
    told.sort_unstable();
    assert!(told.into_iter().eq(0..TOTAL), "every trial once");
}

#[tokio::test]
async fn a_watcher_of_trials_that_is_cut_off_three_times_has_every_trial_once() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run_id = server.submit(gates(1, 40)).await.run_id;
    let mut seen = Vec::new();

    (1..=FIRST_CHUNK).for_each(|key| server.open_gate(key));
    let mut watch = server.watch_trials(&run_id, None).await;
    seen.extend(watch.take(1).await);
    let mut cursor = watch.cursor;
    drop(watch);

    (5..=8).for_each(|key| server.open_gate(key));
    let mut watch = server.watch_trials(&run_id, cursor).await;
    seen.extend(watch.take(1).await);
    cursor = watch.cursor;
    let home = server.kill();
    assert!(watch.next().await.is_err(), "cut off by the end of the server");

    (9..=20).for_each(|key| home.open_gate(key));
    let server = home.serve().await;
    let mut watch = server.watch_trials(&run_id, cursor).await;
    seen.extend(watch.take(1).await);
    cursor = watch.cursor;
    drop(watch);

    (21..=40).for_each(|key| server.open_gate(key));
    seen.extend(server.watch_trials(&run_id, cursor).await.rest().await);
    seen.sort_unstable();
    assert!(seen.into_iter().eq(0..40));
    assert_eq!(server.status(&run_id).await.state(), RunState::Completed);
}

#[tokio::test]
async fn a_backtest_goes_before_two_searches_which_go_side_by_side() {
    let server = ChildServer::with(&Market::wavy(100)).await;
    let one = server.submit(gates(1, 12)).await.run_id;
    server.until_running(&one).await;
    // The first search has both threads; the second one and the backtest wait.
    let two = server.submit(gates(101, 112)).await.run_id;
    let backtest = server.submit(sma_cross(2, 5)).await.run_id;
    // Before it has asked for a thread, one that falls free rightly goes to the second search.
    server.until_running(&backtest).await;
    (1..=FIRST_CHUNK).for_each(|key| server.open_gate(key));
    assert_eq!(server.when_final(&backtest).await.state(), RunState::Completed);
    server.until_done(&one, FIRST_CHUNK).await;
    // The thread that is free now goes to the search that had none.
    server.until_running(&two).await;
    let states = at_once([&one, &two].map(|id| server.status(id))).await;
    assert!(states.iter().all(|status| status.state() == RunState::Running), "{states:?}");
    let done = |status: &pb::RunStatus| status.progress.as_ref().unwrap().completed;
    assert_eq!((done(&states[0]), done(&states[1])), (FIRST_CHUNK, 0));
    (101..=104).for_each(|key| server.open_gate(key));
    server.until_done(&two, FIRST_CHUNK).await;
    assert_eq!(server.status(&one).await.state(), RunState::Running);
    (5..=12).chain(105..=112).for_each(|key| server.open_gate(key));
    let ends = at_once([&one, &two].map(|id| server.when_final(id))).await;
    assert!(ends.iter().all(|end| end.state() == RunState::Completed));
}

#[tokio::test]
async fn the_trials_that_a_cancelled_search_finished_stay_readable() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run_id = server.submit(gates(1, 40)).await.run_id;
    (1..=FIRST_CHUNK).for_each(|key| server.open_gate(key));
    server.until_done(&run_id, FIRST_CHUNK).await;
    let live = server.trials(&run_id).await;
    assert_eq!(live.len() as i64, FIRST_CHUNK, "a list while it runs");

    let status = server.cancel(&run_id).await;
    assert_eq!(status.state(), RunState::Cancelled);
    let progress = status.progress.unwrap();
    assert_eq!((progress.completed, progress.total), (FIRST_CHUNK, 40));
    let server = server.kill().serve().await;
    assert_eq!(server.trials(&run_id).await, live);
    assert_eq!(server.replay(&run_id, Some(0)).await.1.total_points, 11);
    let told = within(server.watch_trials(&run_id, None).await.rest()).await;
    assert_eq!(told.len() as i64, FIRST_CHUNK);
}

#[tokio::test]
async fn a_search_that_ended_early_has_its_best_trial_also_after_a_restart() {
    check_best_after_restart(|spec| spec.max_failed_trials = 100, RunState::Failed).await;
}

#[tokio::test]
async fn a_search_that_was_completed_has_its_best_trial_also_after_a_restart() {
    check_best_after_restart(|_| {}, RunState::Completed).await;
}

async fn check_best_after_restart(change: fn(&mut pb::OptimizationSpec), state: RunState) {
    let server = ChildServer::with(&Market::wavy(120)).await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 30, 1).over("slow", 2, 40, 1);
    let before = server
        .run(sweep.spec(|spec| {
            spec.objective = Some(pb::Objective { metric: "net_profit".into(), goal: 0 });
            change(spec);
        }))
        .await;
    assert_eq!(before.state(), state);
    let trials = server.trials(&before.run_id).await;
    let best = trials.iter().filter_map(|trial| trial.objective_value).fold(f64::MIN, f64::max);
    let server = server.kill().serve().await;
    let after = server.status(&before.run_id).await;
    assert_eq!(after.progress, before.progress);
    assert_eq!(after.progress.unwrap().best_trial.unwrap().objective_value, Some(best));
}

#[tokio::test]
async fn a_search_that_outlives_a_kill_tells_its_first_start_and_the_rate_of_all_its_time() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run_id = server.submit(gates(1, 40)).await.run_id;
    (1..=FIRST_CHUNK).for_each(|key| server.open_gate(key));
    server.until_done(&run_id, FIRST_CHUNK).await;
    let before = server.status(&run_id).await;
    assert!(before.start_time.is_some());
    let server = server.kill().serve().await;
    server.until_running(&run_id).await;
    assert_eq!(server.status(&run_id).await.start_time, before.start_time);
    (FIRST_CHUNK + 1..=40).for_each(|key| server.open_gate(key));
    let after = server.when_final(&run_id).await;
    check_times(&before, &after);
    // What the database tells is what was told live.
    let server = server.kill().serve().await;
    assert_eq!(server.status(&run_id).await.progress, after.progress);
}

#[track_caller]
fn check_times(before: &pb::RunStatus, after: &pb::RunStatus) {
    assert_eq!((after.start_time, after.attempt), (before.start_time, 2));
    let ms = |time: &Option<prost_types::Timestamp>| {
        let time = time.as_ref().unwrap();
        time.seconds * 1_000 + i64::from(time.nanos) / 1_000_000
    };
    let progress = after.progress.as_ref().unwrap();
    let elapsed = progress.elapsed.as_ref().unwrap();
    let elapsed_ms = elapsed.seconds * 1_000 + i64::from(elapsed.nanos) / 1_000_000;
    assert_eq!(elapsed_ms, ms(&after.end_time) - ms(&after.start_time));
    let rate = 40_000.0 / elapsed_ms as f64;
    assert!((progress.per_second / rate - 1.0).abs() < 1e-9, "{} for {rate}", progress.per_second);
}

#[tokio::test]
async fn the_best_trial_of_a_search_that_ended_early_is_sought_once() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let by_profit = gates(1, 40).spec(|spec| {
        spec.objective = Some(pb::Objective { metric: "net_profit".into(), goal: 0 });
    });
    let run_id = server.submit(by_profit).await.run_id;
    (1..=FIRST_CHUNK).for_each(|key| server.open_gate(key));
    server.until_done(&run_id, FIRST_CHUNK).await;
    let told = server.cancel(&run_id).await;
    let server = server.kill().serve().await;
    let listed = async || {
        let page = within(server.runs().list_runs(pb::ListRunsRequest::default())).await;
        page.unwrap().into_inner().runs.pop().unwrap().status.unwrap().progress
    };
    assert_eq!(listed().await, told.progress);
    // Another one in its place shows that it is not sought again.
    let database = SqliteConnectOptions::new().filename(server.home().database());
    let mut connection = database.connect().await.unwrap();
    let changed = sqlx::query("UPDATE runs SET best_trial = best_trial + 1 WHERE best_trial = 0");
    assert_eq!(changed.execute(&mut connection).await.unwrap().rows_affected(), 1);
    let best = listed().await.unwrap().best_trial.unwrap();
    assert_eq!(best.trial_index, 1);
}

#[tokio::test]
async fn a_search_goes_on_when_the_database_can_be_written_again() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run_id = server.submit(gates(1, 12)).await.run_id;
    server.until_running(&run_id).await;
    let lock = server.home().lock_database().await;
    (1..=12).for_each(|key| server.open_gate(key));
    server.home().until_logged("the run can not go on now").await;
    assert_eq!(server.status(&run_id).await.state(), RunState::Running);
    drop(lock);
    assert_eq!(server.when_final(&run_id).await.state(), RunState::Completed);
    let mut told = server.watch_trials(&run_id, None).await.rest().await;
    told.sort_unstable();
    assert!(told.into_iter().eq(0..12), "every trial once");
}

#[tokio::test]
async fn failed_trials_are_logged_in_measure() {
    let server = ChildServer::with(&Market::wavy(40)).await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 40, 1).over("slow", 2, 40, 1);
    let status = server.run(sweep).await;
    assert!(search_result(&status).failed > 500);
    let log = server.home().log();
    let told = log.lines().filter(|line| line.contains("trial failed")).collect::<Vec<_>>();
    // Ten a minute, and the minute may have turned once or twice.
    assert!((10..=30).contains(&told.len()), "{log}");
    let line: serde_json::Value = serde_json::from_str(told[0]).expect("a log line is JSON");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["fields"]["message"], "trial failed");
    assert_eq!(line["fields"]["reason"], "PARAM_INVALID");
    assert_eq!(line["fields"]["why"], "fast must be less than slow");
}
