//! A server and its workers as processes of their own, over a real broker: what the fleet computes
//! is what one machine computes, whatever dies meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use rustix::process::{Signal, kill_process};
use tokio::time::{interval, timeout};
use tradeforge::pb::{ReusePolicy, RunState};
use tradeforge::runner::Executor;

use crate::executor::{left_behind, mixed};
use crate::support::{
    Broker, COUNTED, Dice, FleetWorker, Home, Market, Strict, Sweep, TestServer, free_port, gate,
    hash_of, request, search_result, sma_cross, within, work,
};

/// A server on that fleet, and what tells how many chunks its workers have answered.
async fn server(broker: &Broker, fleet: &str) -> (TestServer, Box<dyn Fn() -> u64 + Send + Sync>) {
    let mut answered = None;
    let make = |local| {
        let executor = broker.executor(local, fleet);
        answered = Some(executor.answered());
        Arc::new(Strict(Arc::new(executor))) as Arc<dyn Executor>
    };
    let server = TestServer::start_on(make, |_| ()).await;
    server.import(&Market::wavy(120)).await;
    (server, Box::new(answered.expect("it was made")))
}

/// Resolves when workers answer: until one is there, everything is computed on the server.
pub(crate) async fn until_answering(server: &TestServer, answered: &impl Fn() -> u64) {
    let before = answered();
    let answers = async {
        while answered() == before {
            server.run(sma_cross(2, 5).always_new()).await;
        }
    };
    within(answers).await;
}

#[tokio::test]
async fn what_a_fleet_computes_is_what_one_machine_computes() {
    let Some(broker) = Broker::start().await else { return };
    let plain = TestServer::with(&Market::wavy(120)).await;
    let (server, answered) = server(&broker, "equal").await;
    let _workers = [(); 2].map(|()| FleetWorker::start(&broker, "equal"));
    until_answering(&server, &answered).await;
    for search in [mixed(), mixed().random(300, 5), mixed().where_less("fast", "slow")] {
        let before = answered();
        let (result, trials) = Box::pin(left_behind(&server, search.clone())).await;
        let expected = Box::pin(left_behind(&plain, search)).await;
        assert_eq!(trials, expected.1);
        assert_eq!(result, expected.0);
        assert!(answered() > before, "all of it was computed on the server");
    }
    let hash = hash_of(&plain.run(sma_cross(2, 5)).await);
    let before = answered();
    let status = server.run(sma_cross(2, 5).always_new()).await;
    assert_eq!(hash_of(&status), hash);
    assert_eq!(server.trades(&status.run_id).await.len(), {
        let run_id = plain.run(sma_cross(2, 5)).await.run_id;
        plain.trades(&run_id).await.len()
    });
    assert!(answered() > before);
    let result = server.search(work("unlucky").sweep().over("number", 1, 60, 1)).await;
    assert_eq!((result.completed, result.failed), (59, 1), "a panic is its trial's own");
}

#[tokio::test]
async fn the_program_serves_a_fleet_and_a_cancel_frees_its_worker() {
    let Some(broker) = Broker::start().await else { return };
    let server = broker.serve("program", 0, &[]).await;
    server.import(&Market::wavy(120)).await;
    let worker = FleetWorker::start_with(&broker, "program", 1);
    server.home().until_logged(COUNTED).await;
    let head = "GET /metrics HTTP/1.1\r\nAccept: text/plain";
    let metrics = request(server.url(), head, b"").await.body;
    let metrics = String::from_utf8_lossy(&metrics);
    for line in ["tradeforge_fleet_broker_up 1", "tradeforge_fleet_slots 1"] {
        assert!(metrics.contains(line), "{metrics}");
    }
    // Who says work in another way, as a build of another day, takes it by another name.
    let streams = async_nats::jetstream::new(async_nats::connect(broker.url()).await.expect("one"));
    let queue = streams.get_stream("TF_program_WORK").await.expect("a queue");
    let takers: Vec<_> = queue.consumer_names().collect().await;
    let [Ok(takers)] = takers.as_slice() else { panic!("{takers:?}") };
    assert!(takers.starts_with("w-1-"), "{takers}");
    // Only the worker's gate opens: the server alone would wait for ever.
    let run_id = server.submit(gate(1)).await.run_id;
    server.until_running(&run_id).await;
    worker.open_gate(1);
    assert_eq!(server.when_final(&run_id).await.state(), RunState::Completed);
    // Nobody opens this one.
    let run_id = server.submit(gate(2)).await.run_id;
    server.until_running(&run_id).await;
    assert_eq!(server.cancel(&run_id).await.state(), RunState::Cancelled);
    // The one thread of the one worker is free again.
    let run_id = server.submit(gate(1).always_new()).await.run_id;
    assert_eq!(server.when_final(&run_id).await.state(), RunState::Completed);
    let (status, home) = server.terminate().await;
    assert!(status.success(), "{}", home.log());
    assert!(worker.terminate().await.success());
}

#[tokio::test]
async fn without_broker_or_worker_a_fleet_is_a_server() {
    let url = format!("nats://127.0.0.1:{}", free_port());
    let server = Home::new()
        .serve_with(&["--nats", &url, "--fleet-min-seconds", "0", "--fleet-verify", "0"])
        .await;
    server.import(&Market::wavy(120)).await;
    let plain = TestServer::with(&Market::wavy(120)).await;
    let hash = hash_of(&plain.run(sma_cross(2, 5)).await);
    assert_eq!(hash_of(&server.run(sma_cross(2, 5)).await), hash);
    let Some(broker) = Broker::start().await else { return };
    let server = Home::new().serve_with(&["--nats", &broker.url()]).await;
    server.import(&Market::wavy(120)).await;
    assert_eq!(hash_of(&server.run(sma_cross(2, 5)).await), hash);
}

#[tokio::test]
async fn a_broker_that_takes_no_work_is_told_of_and_keeps_nobody_waiting() {
    let Some(broker) = Broker::start_as("jetstream: disabled").await else { return };
    let server = broker.serve("tradeforge", 0, &[]).await;
    server.import(&Market::wavy(120)).await;
    let _worker = FleetWorker::start_with(&broker, "tradeforge", 1);
    server.home().until_logged("a worker has come").await;
    server.home().until_logged("the broker takes no work").await;
    let status = server.run(sma_cross(2, 5)).await;
    assert_eq!(status.state(), RunState::Completed);
}

/// Some seconds of work, bar by bar.
pub(crate) fn long() -> Sweep {
    let sweep = work("zigzag_breakout").sweep().over("atr_period", 2, 250, 1);
    let sweep = sweep.over_decimals("min_threshold", 0.001, 0.003, 0.001);
    sweep.request(|request| request.reuse_policy = ReusePolicy::AlwaysNew.into())
}

/// What is done to a fleet.
async fn harm(dice: &mut Dice, broker: &mut Broker, workers: &mut [FleetWorker]) {
    let which = dice.below(workers.len() as u64) as usize;
    match dice.below(4) {
        0 | 1 => workers[which] = FleetWorker::start(broker, "faults"),
        2 => {
            let pid = [workers[which].pid(), broker.pid()][dice.below(2) as usize];
            kill_process(pid, Signal::STOP).expect("a live process");
            tokio::time::sleep(Duration::from_millis(500 + dice.below(4_000))).await;
            kill_process(pid, Signal::CONT).expect("a live process");
        }
        _ => broker.forget().await,
    }
}

#[tokio::test]
async fn whatever_dies_every_trial_counts_once() {
    let Some(mut broker) = Broker::start().await else { return };
    let faults = std::env::var("FLEET_FAULTS").map_or(12, |text| text.parse().expect("a number"));
    let seed = std::env::var("FLEET_SEED").map_or(1, |text| text.parse().expect("a number"));
    let market = Market::wavy(20_000);
    let plain = TestServer::with(&market).await;
    let expected = Box::pin(left_behind(&plain, long())).await;
    let (server, answered) = server(&broker, "faults").await;
    server.import(&market).await;
    let mut workers: Vec<_> = (0..4).map(|_| FleetWorker::start(&broker, "faults")).collect();
    until_answering(&server, &answered).await;
    let mut dice = Dice::seeded(seed);
    let mut done = 0;
    let mut runs = 0;
    while done < faults {
        let before = answered();
        let is_over = AtomicBool::new(false);
        let run = async {
            let found = Box::pin(left_behind(&server, long())).await;
            is_over.store(true, Ordering::Relaxed);
            found
        };
        // Each harm is done to its end: a broker that was halted goes on.
        let harms = async {
            let mut between = interval(Duration::from_millis(700));
            while done < faults && !is_over.load(Ordering::Relaxed) {
                between.tick().await;
                harm(&mut dice, &mut broker, &mut workers).await;
                done += 1;
            }
        };
        let (found, ()) = tokio::join!(run, harms);
        assert_eq!(found.1, expected.1, "run {runs} after {done} faults of seed {seed}");
        assert_eq!(found.0.result_sha256, expected.0.result_sha256);
        eprintln!("run {runs}: {done} faults, {} chunks by workers", answered() - before);
        runs += 1;
    }
}

#[tokio::test]
async fn when_all_workers_end_the_server_goes_on_and_when_they_come_again_they_help() {
    let Some(broker) = Broker::start().await else { return };
    let (server, answered) = server(&broker, "leaving").await;
    let first = FleetWorker::start(&broker, "leaving");
    until_answering(&server, &answered).await;
    let run_id = server.submit(gate(3)).await.run_id;
    server.until_running(&run_id).await;
    // The first is held by that one, so it is the second that answers; and no small one waits for
    // the long one.
    let second = FleetWorker::start(&broker, "leaving");
    until_answering(&server, &answered).await;
    let small = async {
        for slow in 5..15 {
            server.run(sma_cross(2, slow).always_new()).await;
        }
    };
    timeout(Duration::from_secs(45), small).await.expect("they do not wait for the gate");
    second.open_gate(3);
    // It gives back what it cannot end, and is no death; the other one has it.
    assert!(first.terminate().await.success());
    let status = within(server.when_final(&run_id)).await;
    assert_eq!(status.state(), RunState::Completed, "{}", second.log());
    // kill -9 of the last one.
    drop(second);
    let status = within(server.run(sma_cross(2, 5).sweep().over("fast", 2, 30, 1))).await;
    let result = search_result(&status);
    assert_eq!((result.completed, result.failed), (3, 26), "fast must be less than slow");
    let next = FleetWorker::start(&broker, "leaving");
    until_answering(&server, &answered).await;
    assert!(next.terminate().await.success());
}
