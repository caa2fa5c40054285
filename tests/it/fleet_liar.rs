//! A worker that lies, with a connection as good as any: one that calls chunks deadly, and one
//! whose answers are few bytes that say to be very many.

use std::fs;
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::consumer::{Consumer, pull};
use futures_util::StreamExt as _;
use prost::Message;
use tokio::time::{interval, timeout};
use tradeforge::pb::WorkerState;

use crate::fleet_workers::until;
use crate::support::{Broker, ChildServer, Market, TestServer, hash_of, sma_cross, within};

#[derive(Clone, PartialEq, Message)]
struct Hello {
    #[prost(string, tag = "2")]
    worker: String,
    #[prost(string, tag = "4")]
    proof: String,
    #[prost(uint32, tag = "8")]
    slots: u32,
    #[prost(string, tag = "13")]
    known_as: String,
}

#[derive(Clone, PartialEq, Message)]
struct Work {
    #[prost(string, tag = "2")]
    gateway: String,
    #[prost(bytes = "vec", tag = "3")]
    ticket: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Answer {
    #[prost(bytes = "vec", tag = "2")]
    ticket: Vec<u8>,
    #[prost(string, tag = "3")]
    worker: String,
    #[prost(uint32, tag = "5")]
    pieces: u32,
    #[prost(bytes = "vec", tag = "6")]
    body: Vec<u8>,
    #[prost(int32, optional, tag = "7")]
    refusal: Option<i32>,
    #[prost(string, tag = "8")]
    text: String,
}

/// What is answered to everything.
#[derive(Clone, Default)]
struct Lie {
    body: Vec<u8>,
    refusal: Option<i32>,
}

async fn queue(client: &Client, fleet: &str) -> (Consumer<pull::Config>, String) {
    let streams = async_nats::jetstream::new(client.clone());
    let mut looks = interval(Duration::from_millis(50));
    loop {
        looks.tick().await;
        let Ok(stream) = streams.get_stream(format!("TF_{fleet}_WORK")).await else { continue };
        let Some(Ok(name)) = stream.consumer_names().next().await else { continue };
        let consumer = stream.get_consumer(&name).await.expect("it is there");
        return (consumer, name.trim_start_matches("w-").to_owned());
    }
}

/// Answers everything with that lie, for as long as anybody polls it.
async fn lie(broker: &Broker, fleet: &str, lie: Lie) {
    let client = async_nats::connect(broker.url()).await.expect("a broker");
    let (consumer, proof) = queue(&client, fleet).await;
    let name = || "liar".to_owned();
    let hello = Hello { worker: name(), proof, slots: 2, known_as: name() }.encode_to_vec();
    let mut ticks = interval(Duration::from_millis(200));
    loop {
        ticks.tick().await;
        let said = client.publish(format!("tf.{fleet}.hello"), hello.clone().into()).await;
        said.expect("it is said");
        let mut taken = consumer.fetch().max_messages(4).messages().await.expect("it is asked");
        while let Some(Ok(message)) = taken.next().await {
            let Work { gateway, ticket } = Work::decode(&*message.payload).expect("work");
            let Lie { body, refusal } = lie.clone();
            let text = "it took down its thread".to_owned();
            let answer = Answer { ticket, worker: name(), pieces: 1, body, refusal, text };
            let subject = format!("tf.{fleet}.answer.{gateway}");
            let told = client.request(subject, answer.encode_to_vec().into());
            _ = timeout(Duration::from_secs(5), told).await;
            message.ack().await.expect("it is acknowledged");
        }
    }
}

async fn server(broker: &Broker, fleet: &str) -> ChildServer {
    let server = broker.serve(fleet, 1, &[]).await;
    server.import(&Market::wavy(120)).await;
    server
}

async fn expected() -> String {
    let plain = TestServer::with(&Market::wavy(120)).await;
    hash_of(&plain.run(sma_cross(2, 5)).await)
}

#[tokio::test]
async fn one_worker_that_calls_a_chunk_deadly_makes_no_failed_run() {
    let Some(broker) = Broker::start().await else { return };
    let server = server(&broker, "accuser").await;
    let run = async {
        until(&server, "liar", |it| it.state() == WorkerState::Ready).await;
        hash_of(&server.run(sma_cross(2, 5)).await)
    };
    let poisoned = Lie { refusal: Some(2), ..Lie::default() };
    let found = tokio::select! {
        found = within(run) => found,
        () = lie(&broker, "accuser", poisoned) => unreachable!("it lies for ever"),
    };
    assert_eq!(found, expected().await);
    let log = server.home().log();
    assert!(log.contains("called a chunk deadly that is not"), "{log}");
}

/// The most memory that the server ever had, in KiB.
fn peak(server: &ChildServer) -> u64 {
    let path = format!("/proc/{}/status", server.pid().as_raw_nonzero());
    let status = fs::read_to_string(path).expect("a live process");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("it has one");
    line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).expect("a number")
}

#[tokio::test]
async fn an_answer_of_few_bytes_that_says_to_be_very_many_takes_no_memory() {
    let Some(broker) = Broker::start().await else { return };
    let server = server(&broker, "bomber").await;
    server.run(sma_cross(2, 6)).await;
    // A hundred million columns without anything in them: gigabytes, where they are read.
    let columns = [0x22, 0x00].repeat(100_000_000);
    let body = zstd::bulk::compress(&columns, 3).expect("it packs");
    drop(columns);
    assert!(body.len() < 512 << 10, "{} bytes", body.len());
    let before = peak(&server);
    let run = async {
        until(&server, "liar", |it| it.state() == WorkerState::Ready).await;
        hash_of(&server.run(sma_cross(2, 5)).await)
    };
    let found = tokio::select! {
        found = within(run) => found,
        () = lie(&broker, "bomber", Lie { body, ..Lie::default() }) => unreachable!("for ever"),
    };
    assert_eq!(found, expected().await);
    let log = server.home().log();
    assert!(log.contains("an answer is none"), "{log}");
    let more = peak(&server).saturating_sub(before);
    assert!(more < 100 << 10, "{more} KiB more");
}
