//! What judges others, killed in each of its stages, on 1, 2 and 8 threads: all of them come to the
//! same, to the bit.

use tradeforge::pb;
use tradeforge::pb::RunState;
use tradeforge::pb::walk_forward_spec::Scheme;

use crate::support::{
    ChildServer, Home, again, few, gated_five, import_hours, int, lengths, on_hours, over_hours,
    searched, sma_cross, stress, stressed, walk, walked, work,
};

const THREADS: [&str; 3] = ["1", "2", "8"];

async fn on(home: Home, threads: &str) -> ChildServer {
    home.serve_with(&["--workers", threads]).await
}

/// Kills the server once so much of the run is done, unless it is over before, and lets another go
/// on with it.
async fn killed_after(
    server: ChildServer,
    (run_id, done): (&str, i64),
    threads: &str,
) -> ChildServer {
    let mut watch = server.watch(run_id).await;
    while let Some(status) = watch.next_snapshot().await {
        let is_running = status.state() == RunState::Running;
        let progress = status.progress.unwrap_or_default();
        if is_running && progress.completed + progress.failed >= done {
            break;
        }
    }
    on(server.kill(), threads).await
}

/// Six trials, each of which holds its position from another day on, behind two gates.
fn behind_gates() -> pb::OptimizationSpec {
    let trials = work("gate").all_in().sweep().over("bars", 24, 504, 240).over("key", 1, 2, 1);
    let profit = pb::Objective { metric: "total_return".into(), goal: 0 };
    pb::OptimizationSpec { objective: Some(profit), ..on_hours(trials) }
}

fn judging(run_id: &str, change: impl FnOnce(&mut pb::ValidationSpec)) -> pb::SubmitRequest {
    let mut spec = pb::ValidationSpec { run_id: run_id.to_owned(), ..Default::default() };
    spec.set_excess_over(pb::ExcessOver::Zero);
    change(&mut spec);
    let spec = Some(pb::submit_request::Spec::Validation(spec));
    pb::SubmitRequest { spec, ..Default::default() }
}

#[track_caller]
fn judged(status: &pb::RunStatus) -> pb::ValidationResult {
    match &status.result {
        Some(pb::run_status::Result::Validation(result)) => result.clone(),
        other => panic!("{other:?} in {status:?}"),
    }
}

#[tokio::test]
async fn a_validation_killed_while_blocks_are_measured_and_while_trials_are_gathered() {
    let mut all = Vec::new();
    for threads in THREADS {
        let mut server = on(Home::new(), threads).await;
        import_hours(&server).await;
        (1..=2).for_each(|key| server.open_gate(key));
        let run_id = server.run(searched(behind_gates())).await.run_id;
        // Where the length of blocks is asked of trials, the first of them waits; where it is said,
        // all that are gathered do.
        for mean_block_days in [0.0, 5.0] {
            let request = || judging(&run_id, |spec| spec.mean_block_days = mean_block_days);
            let quiet = judged(&server.run(request()).await);
            for closed in [1, 2] {
                server.home().close_gate(closed);
                let second = server.submit(again(request())).await.run_id;
                server = killed_after(server, (&second, 0), threads).await;
                server.until_running(&second).await;
                server.open_gate(closed);
                let status = server.when_final(&second).await;
                assert_eq!((status.state(), status.attempt), (RunState::Completed, 2));
                assert_eq!(judged(&status), quiet, "{threads} threads, gate {closed}");
            }
            assert!(quiet.spa_p.is_some() && quiet.pbo.is_some(), "{quiet:?}");
            all.push((mean_block_days, quiet));
        }
    }
    let (first, rest) = all.split_at(2);
    assert!(rest.chunks(2).all(|other| other == first), "{all:?}");
}

#[tokio::test]
async fn a_validation_killed_among_its_orders_and_as_it_ends() {
    let mut all = Vec::new();
    for threads in THREADS {
        let mut server = on(Home::new(), threads).await;
        import_hours(&server).await;
        let work = sma_cross(1, 1).cash("1000000").commission("0.0005").all_in();
        let search = on_hours(work.sweep().over("fast", 2, 10, 2).over("slow", 20, 80, 20));
        let run_id = server.run(searched(search)).await.run_id;
        let request = || judging(&run_id, |spec| (spec.permutation_count, spec.blocks) = (12, 12));
        let quiet = server.run(request()).await;
        let second = server.submit(again(request())).await.run_id;
        for done in [1, 20, 21, 100, 259, 260] {
            server = killed_after(server, (&second, done), threads).await;
        }
        let status = server.when_final(&second).await;
        assert_eq!(judged(&status), judged(&quiet), "{threads} threads");
        let lists = server.lists(&second).await;
        assert_eq!(lists, server.lists(&quiet.run_id).await);
        assert_eq!((status.progress.unwrap().completed, lists["permuted_best"].len()), (260, 12));
        all.push(judged(&quiet));
    }
    assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
}

#[tokio::test]
async fn a_run_under_stress_killed_before_among_and_after_its_backtests() {
    let (mut gated, mut whole) = (Vec::new(), Vec::new());
    for threads in THREADS {
        let mut server = on(Home::new(), threads).await;
        import_hours(&server).await;
        let answer = server.submit(gated_five()).await;
        let run_id = answer.run_id;
        server.until_running(&run_id).await;
        server = on(server.kill(), threads).await;
        server.open_gate(5);
        server = killed_after(server, (&run_id, 1), threads).await;
        (2..=8).for_each(|key| server.open_gate(key));
        server = killed_after(server, (&run_id, answer.total - 1), threads).await;
        let status = server.when_final(&run_id).await;
        assert_eq!(stressed(&status), stressed(&server.run(again(gated_five())).await));
        assert!(status.attempt > 2, "{status:?}");
        gated.push(stressed(&status));

        let crossing = over_hours(sma_cross(12, 48).cash("100000").commission("0.0005").all_in());
        let request = || stress(crossing.clone(), few);
        let quiet = server.run(request()).await;
        let answer = server.submit(again(request())).await;
        for done in [0, 1, 9, 33, answer.total - 1, answer.total] {
            server = killed_after(server, (&answer.run_id, done), threads).await;
        }
        let status = server.when_final(&answer.run_id).await;
        assert_eq!(stressed(&status), stressed(&quiet), "{threads} threads");
        assert_eq!(server.variants(&answer.run_id).await, server.variants(&quiet.run_id).await);
        assert_eq!(server.lists(&answer.run_id).await, server.lists(&quiet.run_id).await);
        whole.push(stressed(&quiet));
    }
    assert!(gated.iter().all(|one| *one == gated[0]), "{gated:?}");
    assert!(whole.iter().all(|one| *one == whole[0]), "{whole:?}");
}

/// Trials that wait after 600 bars, each for its own gate, and parameters of the default that wait
/// for the first one.
fn carried() -> pb::SubmitRequest {
    let trials = work("gate").param("bars", int(600)).all_in().sweep().over("key", 2, 4, 1);
    let mut request = walk(on_hours(trials), Scheme::Rolling(lengths(30, 30)));
    if let Some(pb::submit_request::Spec::WalkForward(spec)) = &mut request.spec {
        spec.set_in_sample_mode(pb::InSampleMode::Carried);
    }
    request
}

#[tokio::test]
async fn carried_windows_killed_in_their_sweep_in_a_window_and_between_windows() {
    let mut all = Vec::new();
    for threads in THREADS {
        let mut server = on(Home::new(), threads).await;
        import_hours(&server).await;
        (2..=3).for_each(|key| server.open_gate(key));
        let run_id = server.submit(carried()).await.run_id;
        // In the sweep, as one of three trials waits.
        server = killed_after(server, (&run_id, 0), threads).await;
        server.until_running(&run_id).await;
        server.open_gate(4);
        // In the first window, as what is taken by default is run: nothing is kept yet.
        server.until_done(&run_id, 3).await;
        assert_eq!(server.windows(&run_id).await, []);
        server = on(server.kill(), threads).await;
        server.until_running(&run_id).await;
        server.open_gate(1);
        while server.windows(&run_id).await.is_empty() {
            tokio::task::yield_now().await;
        }
        server = on(server.kill(), threads).await;
        let status = server.when_final(&run_id).await;
        assert!(status.attempt >= 3, "{status:?}");
        let windows = server.windows(&run_id).await;
        let quiet = server.walk(again(carried())).await;
        assert_eq!((walked(&status), &windows), (walked(&quiet.0), &quiet.1), "{threads} threads");
        all.push((walked(&status), windows));
    }
    assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
}
