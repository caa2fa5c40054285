//! Who computes for a server is told: by the contract, over HTTP and on the command line.

use std::process::Command;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::interval;
use tradeforge::pb::system_service_client::SystemServiceClient;
use tradeforge::pb::{GetServerInfoRequest, ListWorkersRequest, Worker, WorkerState};

use crate::support::{Broker, ChildServer, FleetWorker, Home, Market, gate, request, within};

pub(crate) async fn listed(server: &ChildServer) -> Vec<Worker> {
    let mut system = SystemServiceClient::new(server.channel());
    let (mut all, mut page_token) = (Vec::new(), String::new());
    // One by one: pages leave nobody out, and tell nobody twice.
    loop {
        let request = ListWorkersRequest { page_size: 1, page_token };
        let page = within(system.list_workers(request)).await.expect("an answer").into_inner();
        assert!(page.workers.len() <= 1);
        all.extend(page.workers);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

/// The worker of that name, once it is as it should be.
pub(crate) async fn until(
    server: &ChildServer,
    name: &str,
    is_so: impl Fn(&Worker) -> bool,
) -> Worker {
    let look = async {
        let mut looks = interval(Duration::from_millis(100));
        loop {
            looks.tick().await;
            let found = listed(server).await.into_iter().find(|worker| worker.name == name);
            if let Some(worker) = found.filter(&is_so) {
                return worker;
            }
        }
    };
    within(look).await
}

pub(crate) async fn printed(server: &ChildServer, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
    command.args(arguments).args(["--server", server.url()]).env("NO_COLOR", "1");
    let output = within(spawn_blocking(move || command.output())).await;
    let output = output.expect("no panic").expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let texts = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into());
    let [stdout, stderr]: [String; 2] = texts;
    stdout + &stderr
}

#[tokio::test]
async fn workers_are_listed_with_what_they_hold_and_how_it_stands_with_them() {
    let Some(broker) = Broker::start().await else { return };
    let server = broker.serve("seen", 0, &[]).await;
    server.import(&Market::wavy(120)).await;
    let start = |name| FleetWorker::start_as(&broker, "seen", 1, &["--name", name]);
    let (first, second) = (start("w1"), start("w2"));
    for name in ["w1", "w2"] {
        let is_ready = |worker: &tradeforge::pb::Worker| {
            // Not even for the moment before it has asked for work.
            assert_ne!(worker.state(), WorkerState::Unable, "{worker:?}");
            worker.state() == WorkerState::Ready
        };
        let worker = until(&server, name, is_ready).await;
        assert_eq!((worker.slots, worker.version.as_str()), (1, env!("CARGO_PKG_VERSION")));
        assert!(!worker.host.is_empty() && !worker.architecture.is_empty());
    }
    let mut system = SystemServiceClient::new(server.channel());
    let info = within(system.get_server_info(GetServerInfoRequest {})).await;
    let fleet = info.expect("an answer").into_inner().fleet.expect("a fleet");
    assert_eq!(
        (fleet.name.as_str(), fleet.is_broker_up, fleet.workers, fleet.slots),
        ("seen", true, 2, 2)
    );
    assert_eq!(fleet.problem, "");

    // One of them holds this run, and says so.
    let run_id = server.submit(gate(1)).await.run_id;
    let holds = |worker: &Worker| worker.run_ids == [run_id.clone()] && worker.busy_slots == 1;
    let look = async {
        loop {
            let all = listed(&server).await;
            if let Some(worker) = all.into_iter().find(&holds) {
                return worker;
            }
        }
    };
    let holder = within(look).await;
    let table = printed(&server, &["workers"]).await;
    for told in ["w1", "w2", "ready", "1/1", "0/1", &run_id, "fleet seen: 2 workers"] {
        assert!(table.contains(told), "{told} in {table}");
    }
    assert!(printed(&server, &["version"]).await.contains("fleet seen: 2 workers"));
    let answer = request(server.url(), "GET /v1/workers HTTP/1.1", b"").await;
    assert_eq!(answer.json()["workers"].as_array().map(Vec::len), Some(2));
    for worker in [&first, &second] {
        worker.open_gate(1);
    }
    server.when_final(&run_id).await;
    let after = until(&server, &holder.name, |worker| worker.chunks > holder.chunks).await;
    assert_eq!((after.run_ids.len(), after.trials - holder.trials), (0, 1));

    // kill -9 of one, and the end of the other.
    drop(first);
    until(&server, "w1", |worker| worker.state() == WorkerState::Silent).await;
    assert!(second.terminate().await.success());
    until(&server, "w2", |worker| worker.state() != WorkerState::Ready).await;
    let look = async {
        loop {
            let info = system.get_server_info(GetServerInfoRequest {}).await;
            let fleet = info.expect("an answer").into_inner().fleet.expect("a fleet");
            if (fleet.workers, fleet.slots) == (0, 0) {
                return;
            }
        }
    };
    within(look).await;
}

#[tokio::test]
async fn without_a_fleet_there_are_no_workers_and_with_no_broker_it_is_said_why() {
    let server = Home::new().serve_with(&[]).await;
    assert_eq!(listed(&server).await, []);
    assert!(printed(&server, &["workers"]).await.contains("no fleet"));
    let refused = SystemServiceClient::new(server.channel())
        .list_workers(ListWorkersRequest { page_size: -1, page_token: String::new() })
        .await
        .expect_err("no size of a page");
    assert!(refused.message().contains("page_size"), "{refused}");
    let url = format!("nats://127.0.0.1:{}", crate::support::free_port());
    let server = Home::new().serve_with(&["--nats", &url]).await;
    let told = printed(&server, &["workers"]).await;
    assert!(told.contains("the server computes by itself"), "{told}");
}
