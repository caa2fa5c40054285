//! Many runs on one stream.

use std::collections::{BTreeMap, BTreeSet};

use tonic::{Code, Status, Streaming};
use tradeforge::pb;
use tradeforge::pb::RunState;
use tradeforge::pb::watch_runs_response::Event;
use uuid::Uuid;

use crate::support::{
    ChildServer, Client, Market, Refusal as _, TestServer, at_once, gate, sma_cross, within,
};

struct Runs(Streaming<pb::WatchRunsResponse>);

async fn try_watch(client: &Client, run_ids: &[&str]) -> Result<Runs, Status> {
    let run_ids = run_ids.iter().map(|&id| id.to_owned()).collect();
    let request = pb::WatchRunsRequest { run_ids, ..Default::default() };
    Ok(Runs(within(client.runs().watch_runs(request)).await?.into_inner()))
}

impl Runs {
    /// The next snapshot; `None` is the stream's good end.
    async fn next(&mut self) -> Option<pb::RunStatus> {
        loop {
            let response = within(self.0.message()).await.expect("the stream goes on")?;
            if let Some(Event::Snapshot(status)) = response.event {
                return Some(status);
            }
        }
    }

    /// The final snapshot of each of so many runs, all the others left out.
    async fn ends(&mut self, count: usize) -> BTreeMap<String, pb::RunStatus> {
        let mut ends = BTreeMap::new();
        while ends.len() < count {
            let status = self.next().await.expect("it never ends");
            if status.end_time.is_some() {
                let before = ends.insert(status.run_id.clone(), status);
                assert_eq!(before, None, "the end comes once");
            }
        }
        ends
    }
}

#[tokio::test]
async fn named_runs_are_told_to_their_ends_and_then_it_ends() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let done = server.run(sma_cross(2, 3)).await;
    let live = server.submit(gate(1)).await.run_id;
    server.until_running(&live).await;
    // Named twice, told once.
    let mut runs = try_watch(&server, &[&live, &done.run_id, &live]).await.unwrap();
    let first = [runs.next().await.unwrap(), runs.next().await.unwrap()];
    assert!(first.contains(&done), "{first:?}");
    assert!(first.iter().any(|status| status.state() == RunState::Running));
    server.open_gate(1);
    // All its bars may be told before its end is.
    assert_eq!(runs.ends(1).await[&live].state(), RunState::Completed);
    let after = within(runs.0.message()).await.unwrap();
    assert_eq!(after, None, "it ends with the last run, not with the next heartbeat");
}

#[tokio::test]
async fn an_unknown_run_is_refused_and_so_is_no_id_at_all() {
    let server = TestServer::start().await;
    let refused = try_watch(&server, &[&Uuid::now_v7().to_string()]).await.err().unwrap();
    assert_eq!((refused.code(), refused.reason().as_str()), (Code::NotFound, "RUN_NOT_FOUND"));
    let refused = try_watch(&server, &["x", "y"]).await.err().unwrap();
    refused.assert_invalid(&["run_ids[0]", "run_ids[1]"]);
}

#[tokio::test]
async fn a_run_submitted_elsewhere_appears_by_itself() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let live = server.submit(gate(1)).await.run_id;
    server.until_running(&live).await;
    let mut runs = try_watch(&server, &[]).await.unwrap();
    assert_eq!(runs.next().await.unwrap().run_id, live);
    let other = server.submit(gate(2)).await.run_id;
    assert_eq!(runs.next().await.unwrap().run_id, other);
    server.open_gate(2);
    assert!(runs.ends(1).await.contains_key(&other));
}

#[tokio::test]
async fn of_runs_that_come_and_go_none_is_missed_by_any_watcher() {
    const SUBMITTERS: i64 = 8;
    const EACH: i64 = 40;
    let server = TestServer::with(&Market::wavy(60)).await;
    let (server, early) = (&server, &mut try_watch(&server, &[]).await.unwrap());
    let submit = async |submitter: i64| {
        let mut ids = Vec::new();
        for _ in 0..EACH {
            ids.push(server.submit(sma_cross(2 + submitter, 20).always_new()).await.run_id);
        }
        ids
    };
    let submitted = at_once((0..SUBMITTERS).map(submit));
    let count = (SUBMITTERS * EACH) as usize;
    let (submitted, ends) = futures_util::future::join(submitted, early.ends(count)).await;
    let submitted: BTreeSet<_> = submitted.into_iter().flatten().collect();
    assert_eq!(ends.keys().cloned().collect::<BTreeSet<_>>(), submitted);
    assert!(ends.values().all(|status| status.state() == RunState::Completed));
    let mut late = try_watch(server, &[]).await.unwrap();
    let next = server.submit(sma_cross(2, 30)).await.run_id;
    assert!(late.ends(1).await.contains_key(&next), "what was over before is not told");
}

#[tokio::test]
async fn a_shutdown_ends_the_stream_with_a_word() {
    let server = ChildServer::start().await;
    let mut runs = try_watch(&server, &[]).await.unwrap();
    let (_, refusal) = within(futures_util::future::join(server.terminate(), async {
        runs.0.message().await.unwrap_err()
    }))
    .await;
    assert_eq!((refusal.code(), refusal.reason().as_str()), (Code::Unavailable, "SHUTTING_DOWN"));
    assert!(refusal.has_retry_info());
}
