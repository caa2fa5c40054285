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
    sent: Option<(Instant, State)>,
    spoke_at: Instant,
    is_over: bool,
}

/// The stream of a watcher; nothing runs for it while it is not polled.
pub(super) fn watch(
    source: Source,
    options: WatchOptions,
    shutdown: CancellationToken,
) -> impl Stream<Item = Result<WatchEvent, RunnerError>> + Send + 'static {
    let receiver = match source {
        Source::Live(mut receiver) => {
            receiver.mark_changed();
            receiver
        }
        // A channel whose sender is gone still delivers its last value once.
        Source::Final(snapshot) => {
            let mut receiver = watch::Sender::new(snapshot).subscribe();
            receiver.mark_changed();
            receiver
        }
    };
    let watcher = Watcher {
        receiver,
        options,
        shutdown,
        sent: None,
        spoke_at: Instant::now(),
        is_over: false,
    };
    futures_util::stream::unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((event, watcher))
    })
}

impl Watcher {
    async fn next(&mut self) -> Option<Result<WatchEvent, RunnerError>> {
        while !self.is_over {
            let heartbeat_at = self.spoke_at + self.options.heartbeat_interval;
            let event = tokio::select! {
                // The order matters: news before the signs of life, and those before the end.
                biased;
                changed = self.receiver.changed() => if let Ok(()) = changed { self.picture().await } else {
                    self.is_over = true;
                    return None;
                },
                () = self.shutdown.cancelled() => {
                    self.is_over = true;
                    return Some(Err(RunnerError::ShuttingDown));
                }
                () = sleep_until(heartbeat_at) => Some(WatchEvent::Heartbeat),
            };
            if let Some(event) = event {
                self.spoke_at = Instant::now();
                return Some(Ok(event));
            }
        }
        None
    }

    /// The latest picture once it may be sent; `None` if the watcher has it already.
    async fn picture(&mut self) -> Option<WatchEvent> {
        self.hold_back().await;
        let snapshot = self.receiver.borrow_and_update().clone();
        self.is_over = snapshot.is_final();
        let known = self.options.after.is_some_and(|after| snapshot.sequence <= after);
        if known && !snapshot.is_final() {
            return None;
        }
        self.sent = Some((Instant::now(), snapshot.state()));
        Some(WatchEvent::Snapshot(snapshot))
    }

    /// Waits until the interval since the last picture is over, or the state changes.
    async fn hold_back(&mut self) {
        let Some((sent_at, sent_state)) = self.sent else { return };
        let due = sent_at + self.options.min_interval;
        loop {
            if self.receiver.borrow_and_update().state() != sent_state {
                return;
            }
            tokio::select! {
                () = sleep_until(due) => return,
                () = self.shutdown.cancelled() => return,
                changed = self.receiver.changed() => if changed.is_err() { return },
            }
        }
    }
}
