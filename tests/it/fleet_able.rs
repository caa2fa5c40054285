//! A worker that is there and cannot take work is told of, and nothing waits for it.

use std::fs;

use tradeforge::pb::system_service_client::SystemServiceClient;
use tradeforge::pb::{GetServerInfoRequest, RunState, WorkerState};

use crate::fleet_keys::init;
use crate::fleet_workers::{printed, until};
use crate::support::{
    Broker, ChildServer, FleetWorker, Market, TestServer, gate, hash_of, sma_cross, within,
};

async fn slots(server: &ChildServer) -> i32 {
    let mut system = SystemServiceClient::new(server.channel());
    let info = within(system.get_server_info(GetServerInfoRequest {})).await;
    info.expect("an answer").into_inner().fleet.expect("a fleet").slots
}

#[tokio::test]
async fn a_worker_whose_broker_is_gone_ends_when_it_is_asked_to() {
    let Some(mut broker) = Broker::start().await else { return };
    let server = broker.serve("ends", 0, &[]).await;
    let worker = FleetWorker::start(&broker, "ends");
    until(&server, "", |it| it.state() == WorkerState::Ready).await;
    broker.kill();
    assert!(worker.terminate().await.success());
}

async fn expected() -> String {
    let plain = TestServer::with(&Market::wavy(120)).await;
    hash_of(&plain.run(sma_cross(2, 5)).await)
}

/// Only the worker's gate opens: what completes was computed there.
async fn computes(server: &ChildServer, worker: &FleetWorker) {
    let run_id = server.submit(gate(1)).await.run_id;
    worker.open_gate(1);
    assert_eq!(server.when_final(&run_id).await.state(), RunState::Completed, "{}", worker.log());
}

#[tokio::test]
async fn a_worker_that_may_not_ask_for_work_is_told_of_and_waited_for_by_nobody() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    init(folder.path(), &["--worker", "w1"]);
    let config = fs::read_to_string(folder.path().join("nats.conf")).expect("a file");
    let asking = "\"$JS.API.CONSUMER.MSG.NEXT.TF_tradeforge_WORK.*\", ";
    assert!(config.contains(asking), "{config}");
    let Some(broker) = Broker::start_as(&config.replace(asking, "")).await else { return };
    let [server_key, key] =
        ["server.nk", "workers/w1.nk"].map(|name| folder.path().join(name).display().to_string());
    let server = broker.serve("tradeforge", 0, &["--nats-key", &server_key]).await;
    server.import(&Market::wavy(120)).await;
    let named = ["--name", "w1", "--nats-key", &key];
    let worker = FleetWorker::start_as(&broker, "tradeforge", 5, &named);
    let is_so = |state, why: &'static str| {
        move |it: &tradeforge::pb::Worker| it.state() == state && it.problem.contains(why)
    };
    until(&server, "w1", is_so(WorkerState::Unable, "permitted to ask")).await;
    assert_eq!(slots(&server).await, 0);
    assert_eq!(hash_of(&server.run(sma_cross(2, 5)).await), expected().await);
    let table = printed(&server, &["workers"]).await;
    assert!(table.contains("unable") && table.contains("w1: taking work"), "{table}");
    // Permitted, it is there by itself.
    broker.retell(&config);
    until(&server, "w1", is_so(WorkerState::Ready, "")).await;
    computes(&server, &worker).await;
}

#[tokio::test]
async fn a_worker_with_a_full_disk_takes_nothing_until_there_is_room() {
    let Some(broker) = Broker::start().await else { return };
    let server = broker.serve("full", 0, &[]).await;
    server.import(&Market::wavy(120)).await;
    let Some(worker) = FleetWorker::start_on_full_disk(&broker, "full", 5) else { return };
    until(&server, "", |it| it.state() == WorkerState::Ready).await;
    // It is the only one, and gives back what it cannot compute; so the server does.
    assert_eq!(hash_of(&server.run(sma_cross(2, 5)).await), expected().await);
    let told = until(&server, "", |it| it.state() == WorkerState::Unable).await;
    assert!(told.problem.contains("No space left"), "{told:?}");
    assert_eq!((told.chunks, slots(&server).await), (0, 0));
    // What comes now does not go there.
    server.run(sma_cross(2, 6)).await;
    let tries = worker.log().matches("takes nothing").count();
    assert!(tries <= 2, "{tries} chunks were taken and refused");
    fs::remove_file(worker.bars_folder().join("filler")).expect("there was no room left");
    until(&server, "", |it| it.state() == WorkerState::Ready).await;
    computes(&server, &worker).await;
}
