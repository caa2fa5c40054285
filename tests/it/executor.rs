//! What every executor must keep to, asked of the one on this machine, of one that loses, doubles,
//! delays and reorders, and of one whose slots come and go. A further executor is one more line in
//! `EXECUTORS`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tradeforge::pb;
use tradeforge::pb::RunState;
use tradeforge::runner::{Executor, LocalExecutor};

use crate::support::{
    Elastic, Faulty, Market, Poisonous, Strict, Sweep, TestServer, Unreliable, gate, hash_of,
    search_result, sma_cross, within, work,
};

type Make = fn(LocalExecutor) -> Arc<dyn Executor>;

const EXECUTORS: [(&str, Make); 3] = [
    ("local", |local| Arc::new(Strict(Arc::new(local)))),
    ("unreliable", |local| Arc::new(Strict(Arc::new(Unreliable::around(local, 7))))),
    ("elastic", |local| Elastic::shaken(Strict(Arc::new(local)))),
];

async fn server(make: impl FnOnce(LocalExecutor) -> Arc<dyn Executor>) -> TestServer {
    let server = TestServer::start_on(make, |_| ()).await;
    server.import(&Market::wavy(120)).await;
    server
}

/// Trials of every kind: good ones, infeasible ones, and a third that fail.
pub(crate) fn mixed() -> Sweep {
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 30, 1).over("slow", 2, 40, 1);
    sweep.spec(|spec| {
        spec.constraints.push(pb::Constraint {
            metric: "total_return".into(),
            min_value: Some(0.0),
            max_value: None,
        });
        spec.objective = Some(pb::Objective { metric: "net_profit".into(), goal: 0 });
    })
}

/// All that a search leaves behind, save for how long it took, and for the details of a failure,
/// which are kept for the first few of a kind that happen to come in.
pub(crate) async fn left_behind(
    server: &TestServer,
    sweep: Sweep,
) -> (pb::OptimizationResult, Vec<pb::TrialSummary>) {
    let total = server.submit(sweep.clone().request(|it| it.validate_only = true)).await.total;
    let status = server.run(sweep).await;
    assert_eq!(status.state(), RunState::Completed, "{status:?}");
    let (result, progress) = (search_result(&status), status.progress.clone().unwrap());
    assert_eq!((result.completed, result.failed), (progress.completed, progress.failed));
    let timeless = |mut trial: pb::TrialSummary| {
        trial.compute_duration = None;
        if let Some(error) = &mut trial.error {
            error.metadata.clear();
            error.stack_trace.clear();
        }
        trial
    };
    let trials: Vec<_> = server.trials(&status.run_id).await.into_iter().map(timeless).collect();
    let failed = trials.iter().filter(|trial| trial.error.is_some()).count() as i64;
    assert_eq!(
        (trials.len() as i64, trials.len() as i64 - failed, failed),
        (total, result.completed, result.failed),
        "counts are those of the rows"
    );
    let mut told = server.watch_trials(&status.run_id, None).await.rest().await;
    told.sort_unstable();
    assert!(told.iter().eq(trials.iter().map(|trial| &trial.trial_index)), "each is told once");
    let top = result.top_trials.into_iter().map(timeless).collect();
    let best_trial = result.best_trial.map(timeless);
    (pb::OptimizationResult { top_trials: top, best_trial, ..result }, trials)
}

#[tokio::test]
async fn every_trial_counts_once_whatever_happens_to_its_chunk() {
    let plain = TestServer::with(&Market::wavy(120)).await;
    let searches = || [mixed(), mixed().random(300, 5), mixed().where_less("fast", "slow")];
    let mut expected = Vec::new();
    for search in searches() {
        expected.push(Box::pin(left_behind(&plain, search)).await);
    }
    assert!(expected[0].0.failed > 300 && expected[0].0.infeasible > 0, "{:?}", expected[0].0);
    for (name, make) in EXECUTORS {
        let server = server(make).await;
        for (search, expected) in searches().into_iter().zip(&expected) {
            let (result, trials) = Box::pin(left_behind(&server, search)).await;
            assert_eq!(trials, expected.1, "{name}");
            assert_eq!(result, expected.0, "{name}");
        }
    }
}

#[tokio::test]
async fn the_unreliable_one_does_lose_answers() {
    let mut unreliable = None;
    let server = server(|local| {
        let executor = Arc::new(Unreliable::around(local, 7));
        unreliable = Some(Arc::clone(&executor));
        executor
    });
    server.await.search(mixed()).await;
    let lost = unreliable.expect("it was made").lost.load(Ordering::Relaxed);
    assert!(lost > 3, "{lost}");
}

#[tokio::test]
async fn a_backtest_is_the_same_wherever_it_runs() {
    let plain = TestServer::with(&Market::wavy(120)).await;
    let hash = hash_of(&plain.run(sma_cross(2, 5)).await);
    for (name, make) in EXECUTORS {
        let server = server(make).await;
        for _ in 0..8 {
            let status = server.run(sma_cross(2, 5).always_new()).await;
            assert_eq!(hash_of(&status), hash, "{name}");
        }
    }
}

#[tokio::test]
async fn a_panic_is_its_trials_own_and_a_cancel_is_the_end() {
    for (name, make) in EXECUTORS {
        let server = server(make).await;
        let result = server.search(work("unlucky").sweep().over("number", 1, 60, 1)).await;
        assert_eq!((result.completed, result.failed), (59, 1), "{name}");
        // Nobody opens these gates.
        let run_id = server.submit(gate(1).sweep().over("key", 1, 50, 1)).await.run_id;
        server.until_running(&run_id).await;
        let status = server.cancel(&run_id).await;
        assert_eq!(status.state(), RunState::Cancelled, "{name}");
        assert_eq!(server.trials(&run_id).await, [], "{name}");
    }
}

#[tokio::test]
async fn a_trial_that_takes_down_its_thread_is_found_and_the_others_count() {
    for sweep in [mixed(), mixed().random(1_000, 3)] {
        let plain = TestServer::with(&Market::wavy(120)).await;
        let (_, expected) = Box::pin(left_behind(&plain, sweep.clone())).await;
        let victim = expected.iter().find(|trial| trial.error.is_none()).expect("a good one");
        let victim = victim.trial_index;
        let make = move |inner| Arc::new(Poisonous { inner, trial: victim as u64 }) as Arc<_>;
        let (_, found) = Box::pin(left_behind(&server(make).await, sweep)).await;
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            if found.trial_index == victim {
                let error = found.error.as_ref().expect("it failed");
                assert_eq!(
                    (&*error.reason, &*error.message),
                    ("PANIC", "it took the thread along")
                );
            } else {
                assert_eq!(found, expected);
            }
        }
    }
}

#[tokio::test]
async fn a_run_waits_where_there_is_no_slot_and_follows_those_that_come_and_go() {
    let mut reins = None;
    let server = server(|local| {
        let (executor, held) = Elastic::around(local, 9);
        reins = Some(held);
        Arc::new(executor)
    })
    .await;
    let reins = reins.expect("it was made");
    // Nobody opens these gates.
    let run_id = server.submit(gate(1).sweep().over("key", 1, 100, 1)).await.run_id;
    assert_eq!(server.status(&run_id).await.state(), RunState::Pending);
    for slots in [3, 7] {
        reins.resize(slots);
        within(reins.until_computing(slots)).await;
    }
    reins.resize(1);
    let status = server.cancel(&run_id).await;
    assert_eq!(status.state(), RunState::Cancelled);
    within(reins.until_computing(0)).await;
    let run_id = server.submit(gate(1).sweep().over("key", 2, 100, 1)).await.run_id;
    within(reins.until_computing(1)).await;
    server.until_running(&run_id).await;
    assert_eq!(reins.computing(), 1, "there is one slot");
    server.cancel(&run_id).await;
    // One that waits for a slot is cancelled as well, begun or not.
    reins.resize(0);
    let run_id = server.submit(sma_cross(2, 5).always_new()).await.run_id;
    assert_eq!(server.cancel(&run_id).await.state(), RunState::Cancelled);
}

#[tokio::test]
async fn what_is_computed_has_its_room_until_it_is_committed_and_no_longer() {
    let plain = TestServer::with(&Market::wavy(120)).await;
    let (_, expected) = Box::pin(left_behind(&plain, mixed())).await;
    let victim = expected.iter().find(|trial| trial.error.is_none()).expect("a good one");
    let trial = victim.trial_index as u64;
    // One place for results, more chunks at once, and one that is halved down to a trial.
    let make = move |inner| {
        let (executor, reins) = Elastic::around(Poisonous { inner, trial }, 1);
        reins.resize(4);
        Arc::new(executor) as Arc<_>
    };
    let server = server(make).await;
    let (result, found) = within(Box::pin(left_behind(&server, mixed()))).await;
    assert_eq!(found.len(), expected.len());
    assert!(result.failed > 300, "{result:?}");
}

#[tokio::test]
async fn a_panic_of_the_code_that_carries_a_run_fails_that_run_and_no_other() {
    let make = |inner| Arc::new(Faulty { inner, left: AtomicU64::new(2) }) as Arc<_>;
    let server = server(make).await;
    let backtest = server.run(sma_cross(2, 5)).await;
    let search = server.run(mixed()).await;
    for status in [backtest, search] {
        assert_eq!(status.state(), RunState::Failed, "{status:?}");
        let error = status.error.expect("it says why");
        assert_eq!(error.reason, "PANIC");
        assert!(error.message.ends_with("a fault of the executor"), "{}", error.message);
    }
    assert_eq!(server.run(sma_cross(2, 5)).await.state(), RunState::Completed);
    assert_eq!(server.run(mixed()).await.state(), RunState::Completed);
}
