//! The lives of runs under stress: killed in every stage, paused, cancelled, on any number of
//! threads.

use std::num::NonZero;
use std::sync::Arc;

use tradeforge::pb;
use tradeforge::pb::RunState;
use tradeforge::runner::Executor;

use crate::support::{
    ChildServer, Refusal as _, Strict, TestServer, Unreliable, again, crossing, few, gated_five,
    import_hours, stress, stressed, within,
};

#[tokio::test]
async fn it_has_the_same_result_on_any_number_of_threads_and_any_executor() {
    let mut results = Vec::new();
    for workers in [1, 2, 8] {
        let server = TestServer::start_with(|config| config.workers = NonZero::new(workers)).await;
        import_hours(&server).await;
        results.push(stressed(&server.run(stress(crossing(), few)).await));
    }
    let make =
        |local| -> Arc<dyn Executor> { Arc::new(Strict(Arc::new(Unreliable::around(local, 7)))) };
    let server = TestServer::start_on(make, |_| ()).await;
    import_hours(&server).await;
    results.push(stressed(&server.run(stress(crossing(), few)).await));
    assert!(results.iter().all(|result| *result == results[0]), "{results:?}");
    let other = stressed(
        &server
            .run(stress(crossing(), |spec| {
                few(spec);
                spec.seed = 1;
            }))
            .await,
    );
    assert_ne!(other.result_sha256, results[0].result_sha256);
}

/// The first chunk is the backtest as it is and three neighbours, all of them behind gate 5.
const FIRST_CHUNK: i64 = 4;

#[tokio::test]
async fn killed_in_any_stage_it_ends_as_if_nothing_had_happened() {
    for stage in ["before the first", "among its backtests", "while its days are drawn"] {
        let server = ChildServer::start().await;
        import_hours(&server).await;
        let answer = server.submit(gated_five()).await;
        let (run_id, total) = (answer.run_id, answer.total);
        server.until_running(&run_id).await;
        if stage != "before the first" {
            server.open_gate(5);
            server.until_done(&run_id, FIRST_CHUNK).await;
        }
        if stage == "while its days are drawn" {
            server.home().close_gate(5);
            (2..=8).filter(|key| *key != 5).for_each(|key| server.open_gate(key));
            // A point of the box may wait for gate 5 as well.
            server.until_done(&run_id, total - 1).await;
        }
        let kept = server.variants(&run_id).await;
        let server = server.kill().serve().await;
        let after = server.variants(&run_id).await;
        assert_eq!(after[..kept.len()], kept, "{stage}");
        (2..=8).for_each(|key| server.open_gate(key));
        let status = server.when_final(&run_id).await;
        assert_eq!((status.state(), status.attempt), (RunState::Completed, 2), "{stage}");
        let undisturbed = server.run(again(gated_five())).await;
        assert_eq!(stressed(&status), stressed(&undisturbed), "{stage}");
        assert_eq!(status.progress.unwrap().completed, total, "{stage}");
        assert_eq!(
            server.variants(&run_id).await,
            server.variants(&undisturbed.run_id).await,
            "{stage}"
        );
    }
}

#[tokio::test]
async fn paused_and_resumed_it_has_the_result_of_an_undisturbed_one() {
    let server = ChildServer::start().await;
    import_hours(&server).await;
    server.open_gate(5);
    let run_id = server.submit(gated_five()).await.run_id;
    server.until_done(&run_id, FIRST_CHUNK).await;
    let paused = server.pause(&run_id).await;
    assert_eq!(paused.state(), RunState::Paused);
    let kept = server.variants(&run_id).await;
    (2..=8).for_each(|key| server.open_gate(key));
    server.resume(&run_id).await;
    let status = server.when_final(&run_id).await;
    assert_eq!((status.state(), status.attempt), (RunState::Completed, 2));
    assert_eq!(server.variants(&run_id).await[..kept.len()], kept);
    let undisturbed = server.run(again(gated_five())).await;
    assert_eq!(stressed(&status), stressed(&undisturbed));
}

#[tokio::test]
async fn a_cancelled_one_keeps_the_backtests_that_were_done() {
    let server = ChildServer::start().await;
    import_hours(&server).await;
    server.open_gate(5);
    let run_id = server.submit(gated_five()).await.run_id;
    server.until_done(&run_id, FIRST_CHUNK).await;
    server.cancel(&run_id).await;
    let status = server.when_final(&run_id).await;
    assert_eq!((status.state(), status.result.clone()), (RunState::Cancelled, None));
    let kept = server.variants(&run_id).await;
    assert_eq!(kept.len() as i64, status.progress.unwrap().completed);
    let request = pb::GetDistributionsRequest { run_id: run_id.clone(), ..Default::default() };
    let refusal = within(server.results().get_distributions(request)).await.unwrap_err();
    assert_eq!(refusal.reason(), "RUN_NOT_FINISHED");
    let server = server.kill().serve().await;
    assert_eq!(server.variants(&run_id).await, kept);
}
