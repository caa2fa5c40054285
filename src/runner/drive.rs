//! How a run happens: wait for a turn, evaluate what is missing, commit, end. Starting and
//! resuming are the same code.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::OnceCell;
use tokio::time::{MissedTickBehavior, interval};

use super::Runner;
use super::executor::{Chunk, ExecError};
use super::hub::LiveRun;
use crate::run::{Failure, Life, RunRecord, RunSpec, Snapshot};
use crate::storage::{Ending, Fence, StoreError};

/// How often a live run looks whether it has news.
const TICK: Duration = Duration::from_millis(100);

/// One attempt at a run.
pub(super) struct Attempt {
    live: Arc<LiveRun>,
    fence: Fence,
    spec: Arc<RunSpec>,
    priority: i32,
    started: OnceCell<bool>,
}

/// Why an attempt did not come to its end.
enum Halt {
    /// Asked to stop.
    Stopped,
    /// It cannot be computed.
    Failed(Failure),
    /// The database.
    Store(StoreError),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ExecError> for Halt {
    fn from(error: ExecError) -> Self {
        match error {
            ExecError::Stopped => Self::Stopped,
            ExecError::DataMissing(message) => Self::Failed(Failure::new("DATA_MISSING", message)),
            ExecError::Poisoned(message) => Self::Failed(Failure::new("PANIC", message)),
        }
    }
}

impl Attempt {
    pub(super) fn new(live: Arc<LiveRun>, record: &RunRecord) -> Self {
        let Snapshot { run_id, attempt, .. } = record.snapshot;
        Self {
            live,
            fence: Fence { run_id, attempt },
            spec: Arc::new(record.spec.clone()),
            priority: record.tags.priority,
            started: OnceCell::new(),
        }
    }

    /// Bars of a backtest are told by the meter; trials of a search by its commits.
    fn trial_count(&self) -> u64 {
        match self.spec.as_ref() {
            RunSpec::Backtest(_) => 1,
        }
    }
}

impl Runner {
    /// Carries a run to its end. What stops it half-way without a word leaves it to the next
    /// start of the server.
    #[tracing::instrument(name = "run", skip_all, fields(run_id = %attempt.fence.run_id))]
    pub(super) async fn drive(self: Arc<Self>, attempt: Attempt) {
        let result = self.work_with_ticker(&attempt).await;
        let ended = match result {
            Ok(()) => self.end(&attempt).await,
            Err(Halt::Failed(failure)) => self.end_failed(&attempt, failure).await,
            Err(Halt::Stopped) if !attempt.live.cancelled.is_cancelled() => {
                tracing::info!("left for the next start of the server");
                return;
            }
            Err(Halt::Stopped) => self.end_cancelled(&attempt).await,
            Err(Halt::Store(error)) => Err(error),
        };
        match ended {
            Ok(()) => self.hub.remove(attempt.fence.run_id),
            Err(error) => tracing::error!(%error, "the run could not be carried on"),
        }
    }

    async fn work_with_ticker(&self, attempt: &Attempt) -> Result<(), Halt> {
        let work = self.work(attempt);
        tokio::pin!(work);
        let mut ticker = interval(TICK);
        ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                result = &mut work => return result,
                _ = ticker.tick() => self.tick(&attempt.live),
            }
        }
    }

    /// Publishes progress if there is any.
    fn tick(&self, live: &LiveRun) {
        let snapshot = live.now();
        let bars = live.meter.bars();
        if let Life::Running { start_ms } = snapshot.life
            && bars != snapshot.progress.completed
        {
            let elapsed_ms = self.clock.now_ms() - start_ms;
            live.publish(|snapshot| snapshot.progress.advance(bars, elapsed_ms));
        }
    }

    /// Evaluates and commits every missing chunk. The commit is part of the chunk's future, so
    /// that evaluations go on while others commit.
    async fn work(&self, attempt: &Attempt) -> Result<(), Halt> {
        let missing = self.store.missing(attempt.fence.run_id, attempt.trial_count()).await?;
        if missing.is_empty() {
            return self.begin(attempt).await;
        }
        stream::iter(missing.into_iter().flatten())
            .map(|trial| self.evaluate_and_commit(attempt, trial..trial + 1))
            .buffer_unordered(self.executor.pace().chunks_in_flight)
            .try_for_each(|()| std::future::ready(Ok(())))
            .await
    }

    async fn evaluate_and_commit(&self, attempt: &Attempt, trials: Range<u64>) -> Result<(), Halt> {
        let result = {
            let _permit = tokio::select! {
                permit = self.permits.acquire(attempt.priority) => permit,
                () = attempt.live.cancelled.cancelled() => return Err(Halt::Stopped),
                () = self.shutdown.cancelled() => return Err(Halt::Stopped),
            };
            self.begin(attempt).await?;
            let Fence { run_id, attempt: number } = attempt.fence;
            let spec = Arc::clone(&attempt.spec);
            let chunk = Chunk { run_id, attempt: number, trials: trials.clone(), spec };
            self.executor.evaluate(chunk, Arc::clone(&attempt.live.meter)).await?
        };
        match self.store.commit(attempt.fence, trials, result.rows).await? {
            Some(_) => Ok(()),
            // The fence is broken: somebody asked for the run to end.
            None => Err(Halt::Stopped),
        }
    }

    /// The first chunk of the attempt makes the run RUNNING.
    async fn begin(&self, attempt: &Attempt) -> Result<(), Halt> {
        let started = attempt.started.get_or_try_init(|| self.hand_out(attempt)).await?;
        if *started { Ok(()) } else { Err(Halt::Stopped) }
    }

    async fn hand_out(&self, attempt: &Attempt) -> Result<bool, Halt> {
        for subscription in &attempt.spec.base().subscriptions {
            if !self.bars.contains(&subscription.data) {
                let message = "the data file of a subscription is missing";
                let mut failure = Failure::new("DATA_MISSING", message);
                failure.metadata.insert("data_sha256".into(), subscription.data.to_string());
                return Err(Halt::Failed(failure));
            }
        }
        let now_ms = self.clock.now_ms();
        let number = attempt.live.now().sequence.next();
        if !self.store.start(attempt.fence, number, now_ms).await? {
            return Ok(false);
        }
        tracing::info!(attempt = attempt.fence.attempt, "run started");
        attempt.live.publish(|snapshot| {
            snapshot.life = Life::Running { start_ms: now_ms };
            snapshot.progress.queue_position = 0;
        });
        Ok(true)
    }

    /// Everything is committed: a backtest is what its one trial is.
    async fn end(&self, attempt: &Attempt) -> Result<(), StoreError> {
        let result = match self.store.backtest_outcome(attempt.fence.run_id).await? {
            Ok(result) => result,
            Err(failure) => return self.end_failed(attempt, failure).await,
        };
        let total = attempt.live.now().progress.total;
        let ending = self.ending(attempt, total);
        if !self.store.complete(ending.clone()).await? {
            return self.end_cancelled(attempt).await;
        }
        let elapsed_ms = publish_end(attempt, &ending, |life| life.complete(ending.end_ms, result));
        tracing::info!(elapsed_ms, bars = total, "run completed");
        Ok(())
    }

    async fn end_failed(&self, attempt: &Attempt, failure: Failure) -> Result<(), StoreError> {
        let ending = self.ending(attempt, attempt.live.meter.bars());
        if !self.store.fail(ending.clone(), failure.clone()).await? {
            return self.end_cancelled(attempt).await;
        }
        let (reason, message) = (failure.reason.clone(), failure.message.clone());
        let elapsed_ms = publish_end(attempt, &ending, |life| life.fail(ending.end_ms, failure));
        tracing::error!(elapsed_ms, reason, message, "run failed");
        Ok(())
    }

    async fn end_cancelled(&self, attempt: &Attempt) -> Result<(), StoreError> {
        let ending = self.ending(attempt, attempt.live.meter.bars());
        if !self.store.finish_cancel(ending.clone()).await? {
            tracing::error!("the run is neither live nor asked to end");
            return Ok(());
        }
        let elapsed_ms = publish_end(attempt, &ending, |life| life.cancel(ending.end_ms));
        tracing::info!(elapsed_ms, "run cancelled");
        Ok(())
    }

    fn ending(&self, attempt: &Attempt, completed: u64) -> Ending {
        Ending {
            fence: attempt.fence,
            sequence: attempt.live.now().sequence.reserved_for_end(),
            end_ms: self.clock.now_ms(),
            completed,
            failed: 0,
        }
    }
}

/// Publishes what is committed already; answers how long the attempt took.
fn publish_end(
    attempt: &Attempt,
    ending: &Ending,
    end: impl FnOnce(Life) -> Result<Life, crate::run::IllegalMove>,
) -> i64 {
    let mut elapsed_ms = 0;
    attempt.live.publish_final(ending.sequence, |snapshot| {
        elapsed_ms = snapshot.life.start_ms().map_or(0, |start| ending.end_ms - start);
        match end(snapshot.life.clone()) {
            Ok(life) => snapshot.life = life,
            Err(error) => tracing::error!(%error, "the database knows better"),
        }
        snapshot.progress.advance(ending.completed, elapsed_ms);
        snapshot.progress.queue_position = 0;
    });
    elapsed_ms
}
