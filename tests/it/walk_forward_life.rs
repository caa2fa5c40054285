//! The lives of walk-forwards: killed in every stage, cancelled, on any number of threads.

use std::num::NonZero;
use std::sync::Arc;

use tradeforge::pb;
use tradeforge::pb::RunState;
use tradeforge::pb::walk_forward_spec::Scheme;
use tradeforge::runner::Executor;

use crate::support::{
    ChildServer, Client, Strict, TestServer, Unreliable, again, import_hours, int, lengths,
    on_hours, rolling, twelve, walk, walked, within, work,
};

/// Trials that wait after so many bars, each for its own gate; a shorter span lets them pass.
fn gated(bars: i64, scheme: Scheme) -> pb::SubmitRequest {
    let trials = work("gate").param("bars", int(bars)).all_in().sweep().over("key", 1, 3, 1);
    walk(on_hours(trials), Some(scheme))
}

/// Waits until so many windows are kept: a moment after the last of their trials is done.
async fn until_kept(client: &Client, run_id: &str, count: usize) -> Vec<pb::Window> {
    let kept = async {
        loop {
            let windows = client.windows(run_id).await;
            if windows.len() >= count {
                break windows;
            }
        }
    };
    within(kept).await
}

#[tokio::test]
async fn killed_in_any_stage_it_ends_as_if_nothing_had_happened() {
    // Six hundred hours are more than twenty days, and fewer than thirty.
    let stages = [
        ("while the first window is searched", gated(600, Scheme::Rolling(lengths(30, 20))), 0, 0),
        ("while it is compared", gated(600, Scheme::Rolling(lengths(20, 30))), 3, 0),
        // Two windows, of thirty and of fifty days, are shorter.
        ("in the third window", gated(1_300, Scheme::Anchored(lengths(30, 20))), 12, 2),
    ];
    for (stage, request, done, windows) in stages {
        let server = ChildServer::start().await;
        import_hours(&server).await;
        (1..=2).for_each(|key| server.open_gate(key));
        let run_id = server.submit(request.clone()).await.run_id;
        server.until_running(&run_id).await;
        server.until_done(&run_id, done).await;
        let kept = until_kept(&server, &run_id, windows).await;
        assert_eq!(kept.len(), windows, "{stage}");
        let server = server.kill().serve().await;
        assert_eq!(server.windows(&run_id).await, kept, "{stage}");
        server.open_gate(3);
        let status = server.when_final(&run_id).await;
        assert_eq!((status.state(), status.attempt), (RunState::Completed, 2), "{stage}");
        let undisturbed = server.run(again(request)).await;
        assert_eq!(walked(&status), walked(&undisturbed), "{stage}");
        assert_eq!(
            server.windows(&run_id).await,
            server.windows(&undisturbed.run_id).await,
            "{stage}"
        );
        assert_eq!(status.progress.unwrap().completed, walked(&undisturbed).completed);
    }
}

#[tokio::test]
async fn paused_in_any_stage_and_resumed_it_ends_as_if_nothing_had_happened() {
    let stages = [
        ("while a window is compared", gated(600, Scheme::Rolling(lengths(20, 30))), 3, 0),
        ("in the third window", gated(1_300, Scheme::Anchored(lengths(30, 20))), 12, 2),
    ];
    for (stage, request, done, windows) in stages {
        let server = ChildServer::start().await;
        import_hours(&server).await;
        (1..=2).for_each(|key| server.open_gate(key));
        let run_id = server.submit(request.clone()).await.run_id;
        server.until_running(&run_id).await;
        server.until_done(&run_id, done).await;
        let kept = until_kept(&server, &run_id, windows).await;
        assert_eq!(server.pause(&run_id).await.state(), RunState::Paused, "{stage}");
        assert_eq!(server.windows(&run_id).await, kept, "{stage}");
        server.open_gate(3);
        assert_eq!(server.status(&run_id).await.state(), RunState::Paused, "{stage}");
        server.resume(&run_id).await;
        let status = server.when_final(&run_id).await;
        assert_eq!((status.state(), status.attempt), (RunState::Completed, 2), "{stage}");
        let undisturbed = server.run(again(request)).await;
        assert_eq!(walked(&status), walked(&undisturbed), "{stage}");
        assert_eq!(
            server.windows(&run_id).await,
            server.windows(&undisturbed.run_id).await,
            "{stage}"
        );
    }
}

#[tokio::test]
async fn a_cancelled_one_keeps_the_windows_that_were_done() {
    let server = ChildServer::start().await;
    import_hours(&server).await;
    (1..=2).for_each(|key| server.open_gate(key));
    let request = gated(1_300, Scheme::Anchored(lengths(30, 20)));
    let run_id = server.submit(request).await.run_id;
    until_kept(&server, &run_id, 2).await;
    server.cancel(&run_id).await;
    let status = server.when_final(&run_id).await;
    assert_eq!((status.state(), status.progress.unwrap().completed), (RunState::Cancelled, 12));
    assert_eq!(server.windows(&run_id).await.len(), 2);
    let server = server.kill().serve().await;
    assert_eq!(server.windows(&run_id).await.len(), 2);
}

#[tokio::test]
async fn progress_after_a_kill_begins_with_the_windows_that_were_kept() {
    let server = ChildServer::start().await;
    import_hours(&server).await;
    (1..=2).for_each(|key| server.open_gate(key));
    let run_id = server.submit(gated(1_300, Scheme::Anchored(lengths(30, 20)))).await.run_id;
    until_kept(&server, &run_id, 2).await;
    let server = server.kill().serve().await;
    server.until_running(&run_id).await;
    let progress = server.status(&run_id).await.progress.unwrap();
    assert_eq!(progress.completed, 12);
}

#[tokio::test]
async fn the_same_walk_forward_has_the_same_result_on_any_number_of_threads() {
    let mut hashes = Vec::new();
    for workers in [1, 2, 8] {
        let server = TestServer::start_with(|config| config.workers = NonZero::new(workers)).await;
        import_hours(&server).await;
        hashes.push(walked(&server.run(walk(twelve(), rolling())).await));
    }
    assert!(!hashes[0].carried.clone().unwrap().result_sha256.is_empty());
    assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{hashes:?}");
}

#[tokio::test]
async fn it_is_the_same_on_an_executor_that_loses_and_doubles() {
    let plain = TestServer::start().await;
    import_hours(&plain).await;
    let (expected, windows) = plain.walk(walk(twelve(), rolling())).await;
    let make =
        |local| -> Arc<dyn Executor> { Arc::new(Strict(Arc::new(Unreliable::around(local, 7)))) };
    let server = TestServer::start_on(make, |_| ()).await;
    import_hours(&server).await;
    let (status, found) = server.walk(walk(twelve(), rolling())).await;
    assert_eq!(walked(&status), walked(&expected));
    assert_eq!(found, windows);
}

#[tokio::test]
async fn the_ledger_counts_a_configuration_once_however_many_windows_try_it() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let request = walk(twelve(), rolling());
    server.run(request.clone()).await;
    let ledger = pb::ListLedgerRequest::default();
    let entries = server.results().list_ledger(ledger).await.unwrap().into_inner().entries;
    let told: Vec<_> = entries.iter().map(|it| (it.configurations, it.trials)).collect();
    // The days after a choice are no try.
    assert_eq!(told, [(12, 48)]);
}
