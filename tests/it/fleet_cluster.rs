//! Three brokers: one may be lost, whichever it is, and the queue with all that lies there goes on.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::stream::Info;
use tokio::time::interval;
use tradeforge::runner::Executor;

use crate::executor::left_behind;
use crate::fleet::{long, until_answering};
use crate::support::{Broker, FleetWorker, Market, Strict, TestServer, sma_cross, within};

const QUEUE: &str = "TF_three_WORK";

/// The queue, once it is as it should be.
async fn queue(broker: &Broker, is_so: impl Fn(&Info) -> bool) -> Info {
    let client = async_nats::connect(broker.urls()).await.expect("a broker");
    let look = async {
        let mut looks = interval(Duration::from_millis(100));
        loop {
            looks.tick().await;
            let streams = async_nats::jetstream::new(client.clone());
            let Ok(stream) = streams.get_stream(QUEUE).await else { continue };
            if is_so(stream.cached_info()) {
                return stream.cached_info().clone();
            }
        }
    };
    within(look).await
}

#[tokio::test]
async fn the_queue_has_a_copy_on_each_of_three_brokers_and_goes_on_without_the_one_that_led() {
    let Some(mut broker) = Broker::start_three().await else { return };
    let market = Market::wavy(20_000);
    let plain = TestServer::with(&market).await;
    let mut answered = None;
    let make = |local| {
        let executor = broker.executor(local, "three");
        answered = Some(executor.answered());
        Arc::new(Strict(Arc::new(executor))) as Arc<dyn Executor>
    };
    let server = TestServer::start_on(make, |_| ()).await;
    server.import(&market).await;
    let answered = answered.expect("it was made");
    let _workers = [(); 2].map(|()| FleetWorker::start(&broker, "three"));
    until_answering(&server, &answered).await;
    let info = queue(&broker, |info| {
        let followers = info
            .cluster
            .as_ref()
            .map_or(0, |cluster| cluster.replicas.iter().filter(|replica| replica.current).count());
        info.config.num_replicas == 3 && followers == 2
    });
    let leader = info.await.cluster.and_then(|cluster| cluster.leader).expect("one leads");

    let run_id = server.submit(long()).await.run_id;
    server.until_running(&run_id).await;
    broker.kill_named(&leader);
    let found = within(server.when_final(&run_id)).await;
    let expected = Box::pin(left_behind(&plain, long())).await;
    assert_eq!(crate::support::search_result(&found).result_sha256, expected.0.result_sha256);
    // Not because the server can do without: the two that are left have the queue.
    let next = queue(&broker, |info| {
        let led = info.cluster.as_ref().and_then(|cluster| cluster.leader.as_ref());
        led.is_some_and(|led| *led != leader)
    });
    assert_eq!(next.await.config.num_replicas, 3);
    let before = answered();
    let answers = async {
        while answered() == before {
            server.run(sma_cross(2, 5).always_new()).await;
        }
    };
    within(answers).await;
}
