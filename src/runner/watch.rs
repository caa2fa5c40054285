//! Watching a run: full snapshots at a pace the watcher sets, heartbeats between them, the final
//! snapshot exactly once, then the end.

use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::RunnerError;
use super::sync::{sleep_until, watch};
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
                biased;
                changed = self.receiver.changed() => changed.ok()?,
                () = sleep_until(due) => {}
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
