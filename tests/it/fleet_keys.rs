//! With the keys and permissions of the page on fleets a worker works, and may do nothing else.

use std::fs;
use std::path::Path;
use std::time::Duration;

use async_nats::jetstream;
use async_nats::{ConnectOptions, jetstream::Context};
use tradeforge::pb::RunState;

use crate::support::{Broker, FleetWorker, Home, Market, gate};

/// Made for this test, and used nowhere else.
const SERVER: [&str; 2] = [
    "UBMX2E7YLMGFE6PKL4PDLP6XW7LMTXA4BBQC6FVKTTZKLMIRBIGIFUYC",
    "SUAK7YWYGDVZ2JSP2A2ZOIHNALTDRYS5HL4VCF4NBKEKHQJSKM6T77ARSU",
];
const WORKER: [&str; 2] = [
    "UBSWTF4B4PILQGP3NWJMDV5ECGAANWIVAFEJAIFUF53EDDEJUSBZVNKX",
    "SUANF5BQAW6EAE7B5JLMWNYC3BR6UHGBU4PZJ5FWIHMY52VOXLB5UMDOWE",
];

/// What the page tells a broker.
fn config() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/fleet.md");
    let page = fs::read_to_string(page).expect("the page");
    let (_, rest) = page.split_once("```text\n").expect("a file for the broker");
    let (config, _) = rest.split_once("```").expect("its end");
    let config = config.replace("U… of the server", SERVER[0]);
    config.replace("U… of the worker", WORKER[0])
}

async fn streams_as(broker: &Broker, seed: &str) -> Context {
    let options = ConnectOptions::with_nkey(seed.to_owned());
    let options = options.custom_inbox_prefix("_INBOX.tradeforge.w1");
    let client = options.connect(broker.url()).await.expect("the key is known");
    let mut context = jetstream::new(client);
    context.set_timeout(Duration::from_secs(2));
    context
}

#[tokio::test]
async fn a_worker_with_the_keys_of_the_page_works_and_may_do_nothing_else() {
    let Some(broker) = Broker::start_as(&config()).await else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = |name: &str, seed: &str| {
        let path = folder.path().join(name);
        fs::write(&path, seed).expect("a file");
        path.display().to_string()
    };
    let (server_key, worker_key) = (file("server", SERVER[1]), file("worker", WORKER[1]));
    let nats = ["--nats", &broker.url(), "--fleet-min-seconds", "0", "--nats-key", &server_key];
    let server = Home::new().serve_with(&nats).await;
    server.import(&Market::wavy(120)).await;
    let named = ["--name", "w1", "--nats-key", &worker_key];
    let worker = FleetWorker::start_as(&broker, "tradeforge", 1, &named);
    server.home().until_logged("a worker has come").await;
    let run_id = server.submit(gate(1)).await.run_id;
    server.until_running(&run_id).await;
    worker.open_gate(1);
    assert_eq!(server.when_final(&run_id).await.state(), RunState::Completed, "{}", worker.log());

    let queue = "TF_tradeforge_WORK";
    let mut outcomes = Vec::new();
    for seed in [SERVER[1], WORKER[1]] {
        let streams = streams_as(&broker, seed).await;
        let stream = streams.get_stream_no_info(queue).await.expect("a name");
        let seen = stream.get_info().await.is_ok();
        let purged = stream.purge().await.is_ok();
        let offered = streams.publish("tf.tradeforge.work.x.y.z", "work".into()).await;
        let offered = offered.expect("it is sent");
        let offered = tokio::time::timeout(Duration::from_secs(2), offered.into_future()).await;
        outcomes.push([seen, purged, offered.is_ok_and(|stored| stored.is_ok())]);
    }
    assert_eq!(outcomes, [[true; 3], [false; 3]]);
}
