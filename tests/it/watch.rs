//! Watching: full snapshots in order, the final one exactly once, and resuming without loss.

use std::time::Duration;

use tonic::transport::Channel;
use tradeforge::pb::run_service_client::RunServiceClient;
use tradeforge::pb::{RunState, WatchProgressRequest};

use crate::support::{ChildServer, Market, TestServer, at_once, buy_and_hold, gate, sma_cross};

#[tokio::test]
async fn a_watch_tells_the_state_at_once_and_ends_with_one_final_snapshot() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    let mut watch = server.watch(&answer.run_id).await;
    let first = watch.next_snapshot().await.unwrap();
    assert_eq!((&first.run_id, first.end_time), (&answer.run_id, None));
    server.open_gate(1);
    let rest = watch.whole_story().await;
    let finals = rest.iter().filter(|status| status.end_time.is_some()).count();
    assert_eq!((finals, rest.last().unwrap().state()), (1, RunState::Completed));
}

#[tokio::test]
async fn sequences_rise_and_carry_the_attempt() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    let watch = server.watch(&answer.run_id).await;
    server.until_running(&answer.run_id).await;
    server.open_gate(1);
    let seen: Vec<_> = watch.whole_story().await.iter().map(|status| status.sequence).collect();
    assert!(seen.is_sorted_by(|before, after| before < after), "{seen:?}");
    assert!(seen.iter().all(|sequence| sequence >> 40 == 1), "{seen:?}");
}

#[tokio::test]
async fn a_watch_that_comes_after_the_end_sees_the_final_snapshot_alone() {
    let server = TestServer::with(&Market::rising(10)).await;
    let end = server.run(buy_and_hold()).await;
    assert_eq!(server.watch(&end.run_id).await.whole_story().await, [end]);
}

#[tokio::test]
async fn a_resumed_watch_leaves_out_what_was_seen_and_misses_nothing() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    let seen = server.until_running(&answer.run_id).await;
    let resumed = server.watch_after(&answer.run_id, seen.sequence).await;
    server.open_gate(1);
    let rest = resumed.whole_story().await;
    assert!(rest.iter().all(|status| status.sequence > seen.sequence));
    assert_eq!(rest.last(), Some(&server.status(&answer.run_id).await));
}

#[tokio::test]
async fn a_watch_resumed_behind_the_present_starts_with_the_present() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    let seen = server.until_running(&answer.run_id).await;
    let mut resumed = server.watch_after(&answer.run_id, seen.sequence - 1).await;
    assert_eq!(resumed.next_snapshot().await, Some(seen));
}

#[tokio::test]
async fn the_final_snapshot_is_sent_also_to_one_who_has_seen_it() {
    let server = TestServer::with(&Market::rising(10)).await;
    let end = server.run(buy_and_hold()).await;
    let resumed = server.watch_after(&end.run_id, end.sequence).await;
    assert_eq!(resumed.whole_story().await, [end]);
}

#[tokio::test]
async fn a_change_of_state_is_not_held_back_by_a_long_interval() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    server.until_running(&answer.run_id).await;
    let min_interval = Some(Duration::from_mins(1).try_into().unwrap());
    let run_id = answer.run_id;
    let request = WatchProgressRequest { run_id, min_interval, ..Default::default() };
    let mut watch = server.watch_with(request).await;
    assert_eq!(watch.next_snapshot().await.unwrap().state(), RunState::Running);
    server.open_gate(1);
    assert_eq!(watch.next_snapshot().await.unwrap().state(), RunState::Completed);
    assert_eq!(watch.next_snapshot().await, None);
}

#[tokio::test]
async fn many_watchers_of_one_run_see_the_same_end() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    let watches = at_once((0..50).map(|_| server.watch(&answer.run_id))).await;
    server.open_gate(1);
    let stories = at_once(watches.into_iter().map(crate::support::Watch::whole_story)).await;
    let end = server.status(&answer.run_id).await;
    assert!(stories.iter().all(|story| story.last() == Some(&end)));
}

#[tokio::test]
async fn watchers_that_leave_make_room_for_others() {
    let server = TestServer::start_with(|config| config.watch_streams_max = 1).await;
    server.import(&Market::rising(10)).await;
    let end = server.run(buy_and_hold()).await;
    for _ in 0..3 {
        assert_eq!(server.watch(&end.run_id).await.whole_story().await.len(), 1);
    }
}

#[tokio::test]
async fn watchers_that_do_not_read_hold_up_no_run_and_nobody_who_does() {
    let server = ChildServer::with(&Market::wavy(200)).await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 40, 1).over("slow", 41, 80, 1);
    let held = server.submit(gate(1).sweep().over("key", 1, 2, 1)).await.run_id;
    // Streams so narrow that two pictures fill them.
    let endpoint = Channel::from_shared(server.url().to_owned()).unwrap();
    let narrow = endpoint.initial_stream_window_size(1_024).connect().await.unwrap();
    let run_id = server.submit(sweep).await.run_id;
    let unread = at_once([&run_id, &held].repeat(50).into_iter().map(async |run_id| {
        let request = WatchProgressRequest { run_id: run_id.clone(), ..Default::default() };
        RunServiceClient::new(narrow.clone()).watch_progress(request).await.unwrap()
    }));
    let unread = unread.await;
    let story = server.watch(&run_id).await.whole_story().await;
    assert_eq!(story.last().unwrap().state(), RunState::Completed);
    (1..=2).for_each(|key| server.open_gate(key));
    assert_eq!(server.when_final(&held).await.state(), RunState::Completed);
    drop(unread);
}
