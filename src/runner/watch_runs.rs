//! Watching many runs on one stream: those that are named, or every live one and each new one.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{SelectAll, StreamExt as _};
use futures_util::{Stream, future};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};

use super::Runner;
use super::error::RunnerError;
use super::watch::{self, Source, WatchEvent, WatchOptions};
use crate::run::RunId;

/// The heartbeat is the whole stream's; that of one run within it never comes.
const NEVER: Duration = Duration::from_hours(24 * 365);

type Event = Result<WatchEvent, RunnerError>;

/// One watcher of many runs. What it holds for each is a place in that run's story, and no
/// picture waits anywhere: a slow watcher sees fewer of them.
struct RunsWatcher {
    runner: Arc<Runner>,
    runs: SelectAll<Pin<Box<dyn Stream<Item = Event> + Send>>>,
    /// Each run that is taken in from now on; `None` if the runs are named.
    newcomers: Option<broadcast::Receiver<RunId>>,
    options: WatchOptions,
    spoke_at: Instant,
}

impl Runner {
    /// Snapshots of the named runs until all have ended; or of every live run and each new one,
    /// for ever, if none is named.
    ///
    /// # Errors
    ///
    /// `RunNotFound` for the first name that is no run's.
    pub async fn watch_runs(
        self: &Arc<Self>,
        mut run_ids: Vec<RunId>,
        options: WatchOptions,
    ) -> Result<impl Stream<Item = Event> + Send + 'static, RunnerError> {
        run_ids.sort_unstable();
        run_ids.dedup();
        let mut sources = Vec::new();
        let mut newcomers = None;
        if run_ids.is_empty() {
            let (live, receiver) = self.hub.follow();
            sources.extend(live.iter().map(|run| Source::Live(run.subscribe())));
            newcomers = Some(receiver);
        }
        for run_id in run_ids {
            sources.push(self.source(run_id).await?);
        }
        let mut watcher = RunsWatcher {
            runner: Arc::clone(self),
            runs: SelectAll::new(),
            newcomers,
            options: WatchOptions { after: None, ..options },
            spoke_at: Instant::now(),
        };
        for source in sources {
            watcher.add(source);
        }
        Ok(futures_util::stream::unfold(Some(watcher), |watcher| async move {
            let mut watcher = watcher?;
            let event = watcher.next().await?;
            // After an error there is nothing to come, and the runner is let go.
            let watcher = event.is_ok().then_some(watcher);
            Some((event, watcher))
        }))
    }

    async fn source(&self, run_id: RunId) -> Result<Source, RunnerError> {
        match self.hub.find(run_id) {
            Some(live) => Ok(Source::Live(live.subscribe())),
            None => Ok(Source::Final(self.status(run_id).await?)),
        }
    }
}

impl RunsWatcher {
    fn add(&mut self, source: Source) {
        let options = WatchOptions { heartbeat_interval: NEVER, ..self.options };
        let shutdown = self.runner.shutdown.clone();
        self.runs.push(Box::pin(watch::watch(source, options, shutdown)));
    }

    async fn next(&mut self) -> Option<Event> {
        let shutdown = self.runner.shutdown.clone();
        loop {
            let is_done = self.runs.is_empty() && self.newcomers.is_none();
            if is_done {
                return None;
            }
            let heartbeat_at = self.spoke_at + self.options.heartbeat_interval;
            // In no fixed order: neither the known runs nor the new ones can hold up the others.
            let event = tokio::select! {
                event = self.runs.next(), if !self.runs.is_empty() => match event {
                    Some(event) => event,
                    // The last of them has ended, which is not told twice.
                    None => continue,
                },
                newcomer = newcomer(&mut self.newcomers) => match self.welcome(newcomer).await {
                    Ok(()) => continue,
                    Err(error) => Err(error),
                },
                () = shutdown.cancelled() => Err(RunnerError::ShuttingDown),
                () = sleep_until(heartbeat_at) => Ok(WatchEvent::Heartbeat),
            };
            self.spoke_at = Instant::now();
            return Some(event);
        }
    }

    async fn welcome(&mut self, newcomer: Result<RunId, RecvError>) -> Result<(), RunnerError> {
        let run_id = newcomer.map_err(|missed| match missed {
            RecvError::Lagged(count) => RunnerError::WatchTooSlow { missed: count },
            RecvError::Closed => RunnerError::ShuttingDown,
        })?;
        match self.runner.source(run_id).await {
            Ok(source) => self.add(source),
            // It ended and was deleted before we came to it.
            Err(RunnerError::RunNotFound(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

async fn newcomer(receiver: &mut Option<broadcast::Receiver<RunId>>) -> Result<RunId, RecvError> {
    match receiver {
        Some(receiver) => receiver.recv().await,
        None => future::pending().await,
    }
}
