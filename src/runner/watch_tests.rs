//! What a watcher is sent, and when. Beside `watch.rs` and not in it, because `races` builds that
//! file once more.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::error::RunnerError;
use super::watch::{Source, WatchEvent, WatchOptions, watch};
use crate::run::{Life, Progress, RunId, RunKind, Sequence, Snapshot};

const LONG: Duration = Duration::from_hours(1);
const SHORT: Duration = Duration::from_millis(1);

fn running(sequence: i64) -> Arc<Snapshot> {
    Arc::new(Snapshot {
        run_id: RunId::new(0),
        kind: RunKind::Backtest,
        watched_metrics: Arc::default(),
        attempt: 1,
        sequence: Sequence::from_i64(sequence),
        life: Life::Running { start_ms: 0 },
        progress: Progress::default(),
        waiting: None,
        cancel: None,
        create_ms: 0,
    })
}

fn cancelled(sequence: i64) -> Arc<Snapshot> {
    let snapshot = Snapshot::clone(&running(sequence));
    let life = snapshot.life.clone().cancel(0).unwrap();
    Arc::new(Snapshot { life, ..snapshot })
}

/// What a watcher is sent, as words, up to the end.
async fn story(
    sender: watch::Sender<Arc<Snapshot>>,
    options: WatchOptions,
    mut on_event: impl FnMut(&watch::Sender<Arc<Snapshot>>, &str),
) -> Vec<String> {
    let source = Source::Live(sender.subscribe());
    let mut events = Box::pin(watch(source, options, CancellationToken::new()));
    let mut words = Vec::new();
    while let Some(event) = events.next().await {
        let word = match event.unwrap() {
            WatchEvent::Snapshot(snapshot) => snapshot.sequence.as_i64().to_string(),
            WatchEvent::Heartbeat => "heartbeat".to_owned(),
        };
        on_event(&sender, &word);
        words.push(word);
    }
    words
}

#[tokio::test]
async fn progress_that_is_held_back_holds_back_no_heartbeat_and_no_change_of_state() {
    let options = WatchOptions { after: None, min_interval: LONG, heartbeat_interval: SHORT };
    let words = story(watch::Sender::new(running(1)), options, |sender, word| match word {
        "1" => _ = sender.send_replace(running(2)),
        _ => _ = sender.send_replace(cancelled(3)),
    });
    assert_eq!(words.await, ["1", "heartbeat", "3"]);
}

#[tokio::test]
async fn what_was_held_back_is_sent_when_its_time_has_come() {
    let options = WatchOptions { after: None, min_interval: SHORT, heartbeat_interval: LONG };
    let words = story(watch::Sender::new(running(1)), options, |sender, word| match word {
        "1" => _ = sender.send_replace(running(2)),
        _ => _ = sender.send_replace(cancelled(3)),
    });
    assert_eq!(words.await, ["1", "2", "3"]);
}

#[tokio::test]
async fn one_who_resumes_gets_a_heartbeat_until_there_is_news() {
    let after = Some(Sequence::from_i64(1));
    let options = WatchOptions { after, min_interval: SHORT, heartbeat_interval: SHORT };
    let words = story(watch::Sender::new(running(1)), options, |sender, _| {
        sender.send_replace(cancelled(2));
    });
    assert_eq!(words.await, ["heartbeat", "2"]);
}

#[tokio::test]
async fn a_stream_without_a_final_picture_ends_with_a_reason() {
    let options = WatchOptions { after: None, min_interval: LONG, heartbeat_interval: LONG };
    let (sender, shutdown) = (watch::Sender::new(running(1)), CancellationToken::new());
    let mut events = Box::pin(watch(Source::Live(sender.subscribe()), options, shutdown.clone()));
    assert!(events.next().await.is_some_and(|event| event.is_ok()));
    sender.send_replace(running(2));
    assert!(events.next().now_or_never().is_none());
    shutdown.cancel();
    assert!(matches!(events.next().await, Some(Err(RunnerError::ShuttingDown))));
    assert!(events.next().await.is_none());
}
