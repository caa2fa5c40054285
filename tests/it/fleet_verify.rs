//! Some of what workers compute is computed again: one that computes something else, though its
//! build proved the same bits, is found, told of and set aside, and nothing of it counts.

use std::time::Duration;

use tokio::time::interval;
use tradeforge::pb::{RunState, WorkerState};

use crate::fleet_workers::{printed, until};
use crate::support::{
    Broker, COUNTED, FleetWorker, Home, Market, TestServer, gate, hash_of, request, within,
};

#[tokio::test]
async fn a_worker_that_computes_something_else_is_set_aside_and_its_result_does_not_count() {
    let Some(broker) = Broker::start().await else { return };
    let server = broker.serve("checked", 100, &[]).await;
    server.import(&Market::wavy(120)).await;
    let plain = Home::new().serve_with(&[]).await;
    plain.import(&Market::wavy(120)).await;
    for key in 1..=3 {
        server.home().open_gate(key);
        plain.open_gate(key);
    }
    let expected = hash_of(&plain.run(gate(1)).await);

    let start = |name| FleetWorker::start_as(&broker, "checked", 5, &["--name", name]);
    let wrong = start("wrong");
    wrong.open_gate_with(1, "wrong");
    until(&server, "wrong", |it| it.state() == WorkerState::Ready).await;
    let status = server.run(gate(1)).await;
    assert_eq!(status.state(), RunState::Completed);
    assert_eq!(hash_of(&status), expected, "what the worker computed is not believed");
    let log = server.home().log();
    assert!(log.contains("computed something else and is set aside"), "{log}");
    let told = until(&server, "wrong", |it| it.state() == WorkerState::SetAside).await;
    assert!(told.problem.contains(&status.run_id), "{told:?}");
    let table = printed(&server, &["workers"]).await;
    assert!(table.contains("set aside") && table.contains("fleet checked: 0 workers"), "{table}");
    let metrics = async || {
        let head = "GET /metrics HTTP/1.1\r\nAccept: text/plain";
        let body = request(server.url(), head, b"").await.body;
        String::from_utf8_lossy(&body).into_owned()
    };
    let told = metrics().await;
    assert!(told.contains("tradeforge_fleet_chunks_wrong 1"), "{told}");
    // It has heard that itself.
    let heard = async {
        let mut looks = interval(Duration::from_millis(50));
        while !wrong.log().contains("takes nothing any more") {
            looks.tick().await;
        }
    };
    within(heard).await;

    // What an honest one computes is compared as well, and counts.
    let honest = start("honest");
    until(&server, "honest", |it| it.state() == WorkerState::Ready).await;
    honest.open_gate(2);
    let status = server.run(gate(2)).await;
    assert_eq!(status.state(), RunState::Completed);
    until(&server, "honest", |it| it.chunks == 1).await;
    let told = metrics().await;
    for line in ["tradeforge_fleet_chunks_checked 2", "tradeforge_fleet_chunks_wrong 1"] {
        assert!(told.contains(line), "{told}");
    }
}

#[tokio::test]
async fn searches_whose_every_chunk_is_checked_come_out_as_without() {
    let Some(broker) = Broker::start().await else { return };
    let server = broker.serve("both", 100, &[]).await;
    let market = Market::wavy(2_000);
    server.import(&market).await;
    let plain = TestServer::with(&market).await;
    let _worker = FleetWorker::start(&broker, "both");
    server.home().until_logged(COUNTED).await;
    let search = || crate::executor::mixed().where_less("fast", "slow");
    let expected = plain.search(search()).await;
    let found = server.search(search()).await;
    assert_eq!(found.result_sha256, expected.result_sha256);
    assert!(!server.home().log().contains("something else"), "{}", server.home().log());
    let head = "GET /metrics HTTP/1.1\r\nAccept: text/plain";
    let body = request(server.url(), head, b"").await.body;
    let told = String::from_utf8_lossy(&body);
    assert!(!told.contains("tradeforge_fleet_chunks_checked 0"), "{told}");
}
