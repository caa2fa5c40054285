//! Watching a run: full snapshots at a pace the watcher sets, heartbeats between them, the final
//! snapshot exactly once, then the end.

use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::error::RunnerError;
use crate::run::{Sequence, Snapshot, State};

/// What a watcher is sent.
#[derive(Clone, Debug)]
pub enum WatchEvent {
    /// The run as it is.
    Snapshot(Arc<Snapshot>),
    /// Nothing new; the line is alive.
    Heartbeat,
}

/// How a watcher wants to be served.
#[derive(Clone, Copy, Debug)]
pub struct WatchOptions {
    /// What it has seen already.
    pub after: Option<Sequence>,
    /// The least time between two snapshots; a change of state is never delayed.
    pub min_interval: Duration,
    /// The longest time without a word.
    pub heartbeat_interval: Duration,
}

/// Where snapshots come from.
pub(super) enum Source {
    Live(watch::Receiver<Arc<Snapshot>>),
    Final(Arc<Snapshot>),
}

/// One watcher's place in the story. Reads the channel only when it may send, so a slow watcher
/// skips pictures and never holds anything up.
struct Watcher {
    receiver: watch::Receiver<Arc<Snapshot>>,
    options: WatchOptions,
    shutdown: CancellationToken,
    sent: Option<Sent>,
    spoke_at: Instant,
    is_over: bool,
}

/// The picture that was sent last.
#[derive(Clone, Copy)]
struct Sent {
    at: Instant,
    sequence: Sequence,
    state: State,
}

/// The stream of a watcher; nothing runs for it while it is not polled.
pub(super) fn watch(
    source: Source,
    options: WatchOptions,
    shutdown: CancellationToken,
) -> impl Stream<Item = Result<WatchEvent, RunnerError>> + Send + 'static {
    let receiver = match source {
        Source::Live(receiver) => receiver,
        // A channel whose sender is gone still has its last value.
        Source::Final(snapshot) => watch::Sender::new(snapshot).subscribe(),
    };
    let spoke_at = Instant::now();
    let watcher = Watcher { receiver, options, shutdown, sent: None, spoke_at, is_over: false };
    futures_util::stream::unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((event, watcher))
    })
}

impl Watcher {
    async fn next(&mut self) -> Option<Result<WatchEvent, RunnerError>> {
        if self.is_over {
            return None;
        }
        let (shutdown, options) = (self.shutdown.clone(), self.options);
        let heartbeat_at = self.spoke_at + options.heartbeat_interval;
        let event = tokio::select! {
            // The order matters: news before the end, and that before the signs of life.
            biased;
            snapshot = self.news() => snapshot.map(|snapshot| self.sending(snapshot)),
            () = shutdown.cancelled() => None,
            () = sleep_until(heartbeat_at) => Some(WatchEvent::Heartbeat),
        };
        self.spoke_at = Instant::now();
        // Without a final picture, only the end of the server ends a stream.
        self.is_over |= event.is_none();
        Some(event.ok_or(RunnerError::ShuttingDown))
    }

    fn sending(&mut self, snapshot: Arc<Snapshot>) -> WatchEvent {
        let (sequence, state) = (snapshot.sequence, snapshot.state());
        self.sent = Some(Sent { at: Instant::now(), sequence, state });
        self.is_over = snapshot.is_final();
        WatchEvent::Snapshot(snapshot)
    }

    /// The latest picture that is new to the watcher, once it may be sent; `None` if there will
    /// be none. Dropping the future loses nothing: what was not sent is still new.
    async fn news(&mut self) -> Option<Arc<Snapshot>> {
        loop {
            let snapshot = self.receiver.borrow_and_update().clone();
            if !self.is_new(&snapshot) {
                self.receiver.changed().await.ok()?;
                continue;
            }
            let Some(due) = self.held_back_until(&snapshot) else { return Some(snapshot) };
            tokio::select! {
                () = sleep_until(due) => {}
                changed = self.receiver.changed() => changed.ok()?,
            }
        }
    }

    fn is_new(&self, snapshot: &Snapshot) -> bool {
        match (self.sent, self.options.after) {
            (Some(sent), _) => snapshot.sequence > sent.sequence,
            (None, Some(after)) => snapshot.is_final() || snapshot.sequence > after,
            (None, None) => true,
        }
    }

    /// The end of the interval since the last picture; a change of state does not wait for it.
    fn held_back_until(&self, snapshot: &Snapshot) -> Option<Instant> {
        let sent = self.sent.filter(|sent| sent.state == snapshot.state())?;
        let due = sent.at + self.options.min_interval;
        (due > Instant::now()).then_some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Life, Progress, RunId, RunKind};
    use futures_util::{FutureExt as _, StreamExt as _};

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
        let mut events =
            Box::pin(watch(Source::Live(sender.subscribe()), options, shutdown.clone()));
        assert!(events.next().await.is_some_and(|event| event.is_ok()));
        sender.send_replace(running(2));
        assert!(events.next().now_or_never().is_none());
        shutdown.cancel();
        assert!(matches!(events.next().await, Some(Err(RunnerError::ShuttingDown))));
        assert!(events.next().await.is_none());
    }
}
