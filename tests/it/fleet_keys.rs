//! With the keys of `tradeforge fleet init` a worker works, and may do nothing else: it hears
//! nothing of others' work, and changes nothing of it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use async_nats::jetstream::consumer::pull::Config as PullConfig;
use async_nats::jetstream::stream::Config as StreamConfig;
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions, Subscriber};
use futures_util::{FutureExt as _, StreamExt as _};
use tradeforge::pb::RunState;

use crate::support::{Broker, COUNTED, FleetWorker, Market, gate, within};

const QUEUE: &str = "TF_tradeforge_WORK";
/// Where something is said of others' work.
const SAID: [&str; 6] = [
    "tf.tradeforge.work.>",
    "tf.tradeforge.answer.>",
    "tf.tradeforge.beat.>",
    "tf.tradeforge.want.>",
    "tf.tradeforge.hello",
    "_INBOX.tradeforge.w1.>",
];

pub(crate) fn init(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
    let output = command.args(["fleet", "init"]).arg(folder).args(arguments).output();
    let output = output.expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

async fn as_whom(broker: &Broker, key: &Path, name: &str) -> Client {
    let text = fs::read_to_string(key).expect("a key");
    let seed = text.lines().last().expect("a seed").to_owned();
    let options = ConnectOptions::with_nkey(seed);
    let options = options.custom_inbox_prefix(format!("_INBOX.tradeforge.{name}"));
    options.connect(broker.url()).await.expect("the key is known")
}

fn streams_of(client: &Client) -> Context {
    let mut context = jetstream::new(client.clone());
    context.set_timeout(Duration::from_secs(2));
    context
}

/// What of all that may be done to work succeeds.
async fn done(client: &Client) -> Vec<(&'static str, bool)> {
    let streams = streams_of(client);
    let stream = streams.get_stream_no_info(QUEUE).await.expect("a name");
    let offered = streams.publish("tf.tradeforge.work.x.y.z", "work".into()).await;
    let offered =
        tokio::time::timeout(Duration::from_secs(2), offered.expect("sent").into_future());
    let consumer = PullConfig {
        durable_name: Some("mine".to_owned()),
        filter_subject: "tf.tradeforge.work.mine.>".to_owned(),
        ..PullConfig::default()
    };
    let other = StreamConfig {
        name: "MINE".to_owned(),
        subjects: vec!["tf.tradeforge.answer.mine".to_owned()],
        ..StreamConfig::default()
    };
    vec![
        ("tell", stream.get_info().await.is_ok()),
        ("offer", offered.await.is_ok_and(|stored| stored.is_ok())),
        ("read", stream.get_last_raw_message_by_subject("tf.tradeforge.work.>").await.is_ok()),
        ("purge", stream.purge().await.is_ok()),
        ("take by another", stream.create_consumer(consumer).await.is_ok()),
        ("divert", streams.create_stream(other).await.is_ok()),
        ("remove", streams.delete_stream(QUEUE).await.is_ok()),
    ]
}

async fn ears(client: &Client) -> Vec<Subscriber> {
    let mut ears = Vec::new();
    for subject in SAID {
        ears.push(client.subscribe(subject).await.expect("it is sent"));
    }
    client.flush().await.expect("it has left");
    ears
}

/// On how many of them something was said.
fn heard(ears: &mut [Subscriber]) -> usize {
    ears.iter_mut().filter_map(|ear| ear.next().now_or_never().flatten()).count()
}

#[tokio::test]
async fn a_worker_works_with_its_key_and_neither_hears_nor_changes_others_work() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    init(folder.path(), &["--worker", "w1"]);
    // Who comes later is added, and the others have their keys still.
    let told = init(folder.path(), &["--worker", "w2"]);
    assert!(told.contains("--name w2") && told.contains("w1.nk --nats ...  (as before)"), "{told}");
    let path = |name: &str| folder.path().join(name);
    let config = fs::read_to_string(path("nats.conf")).expect("a file for the broker");
    let Some(broker) = Broker::start_as(&config).await else { return };
    let [server_key, w1, w2] = ["server.nk", "workers/w1.nk", "workers/w2.nk"].map(path);
    let text = |path: &Path| path.display().to_string();
    let server = broker.serve("tradeforge", 0, &["--nats-key", &text(&server_key)]).await;
    server.import(&Market::wavy(120)).await;
    let named = ["--name", "w1", "--nats-key", &text(&w1)];
    let worker = FleetWorker::start_as(&broker, "tradeforge", 1, &named);
    server.home().until_logged(COUNTED).await;

    let (outsider, all_seeing) =
        (as_whom(&broker, &w2, "w2").await, as_whom(&broker, &server_key, "x").await);
    let (mut of_outsider, mut of_all) = (ears(&outsider).await, ears(&all_seeing).await);
    let run_id = server.submit(gate(1)).await.run_id;
    server.until_running(&run_id).await;
    worker.open_gate(1);
    assert_eq!(server.when_final(&run_id).await.state(), RunState::Completed, "{}", worker.log());
    // All of it was said, so that the other one could have heard it.
    for ear in &mut of_all {
        within(ear.next()).await.expect("something is said");
    }
    outsider.flush().await.expect("the broker answers");
    assert_eq!(heard(&mut of_outsider), 0);

    let by_worker = done(&outsider).await;
    assert!(by_worker.iter().all(|(_, is_done)| !is_done), "{by_worker:?}");
    // Whoever has no key does not come in at all.
    assert!(async_nats::connect(broker.url()).await.is_err());
    let by_server = done(&all_seeing).await;
    assert!(by_server.iter().all(|(_, is_done)| *is_done), "{by_server:?}");
}
