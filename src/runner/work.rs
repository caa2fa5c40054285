//! The work of a run: wait for a turn, evaluate what is missing, commit. Starting and resuming are
//! the same code.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::sleep;

use super::attempt::{Attempt, Halt};
use super::executor::{Chunk, ExecError, Hold, Keep, Kept};
use super::extend::{Extended, TakenOver, in_order};
use super::job::{Chunks, best_of};
use super::lanes::Parts;
use super::permits::Permit;
use super::portion::Portion;
use super::{Load, Runner};
use crate::run::{Failure, Life, RunKind, RunSpec, TrialRow, Tries};
use crate::storage::Fence;

/// How long to wait before a chunk that was lost is handed out again.
const BREATH: Duration = Duration::from_millis(100);
/// How often bars that cannot be read are tried again, a breath between: a disk that stumbles is no
/// reason to give up hours of a search.
const READS_MAX: u32 = 100;

/// What the chunks of some places computed.
#[derive(Default)]
pub(super) struct Computed {
    pub rows: Vec<TrialRow>,
    pub kept: Vec<Kept>,
    /// To be dropped when what came of it is committed.
    pub hold: Option<Hold>,
}

impl Runner {
    /// Does the work, and keeps the time that it takes.
    pub(super) async fn work(&self, attempt: &Attempt) -> Result<(), Halt> {
        tokio::select! {
            biased;
            result = self.compute(attempt) => result,
            never = self.keep_time(attempt) => match never {},
        }
    }

    /// Evaluates and commits every missing chunk. The commit is part of the chunk's future, so
    /// that evaluations go on while others commit.
    async fn compute(&self, attempt: &Attempt) -> Result<(), Halt> {
        // Held to the end: so many searches compute at once, the others wait in line.
        let _slot = match attempt.kind() {
            RunKind::Backtest => None,
            RunKind::Optimization
            | RunKind::Validation
            | RunKind::WalkForward
            | RunKind::Robustness => Some(self.slot(attempt).await?),
        };
        match &attempt.job.spec {
            RunSpec::Validation(spec) => return self.validate(attempt, spec).await,
            RunSpec::WalkForward(spec) => return self.walk_forward(attempt, spec).await,
            RunSpec::Robustness(spec) => return self.stress(attempt, spec).await,
            RunSpec::Backtest(_) | RunSpec::Optimization(_) => {}
        }
        self.take_up_trials(attempt).await?;
        if let RunSpec::Optimization(spec) = &attempt.job.spec
            && spec.search.is_learning()
        {
            return self.adapt(attempt, spec).await;
        }
        self.take_over(attempt).await?;
        if self.compute_missing(attempt).await? {
            self.learn_pace(attempt).await;
            return Ok(());
        }
        self.begin(attempt).await
    }

    /// Evaluates and commits what is missing; false if nothing was.
    pub(super) async fn compute_missing(&self, attempt: &Attempt) -> Result<bool, Halt> {
        let missing = self.store.missing(attempt.fence.run_id, attempt.job.places()).await?;
        if missing.is_empty() {
            return Ok(false);
        }
        let source = self.extended(attempt).await?;
        self.compute_portions(attempt, source.as_ref(), Chunks::of(missing)).await?;
        Ok(true)
    }

    /// Evaluates and commits the parts, as many at once as the executor takes.
    pub(super) async fn compute_portions(
        &self,
        attempt: &Attempt,
        source: Option<&Extended>,
        parts: impl Parts<Part: Into<Portion>>,
    ) -> Result<(), Halt> {
        let carry = |permit, part: Portion| self.evaluate_and_commit(attempt, source, permit, part);
        self.in_lanes(attempt, parts, |permit, part| carry(permit, part.into())).await
    }

    /// What the next submission can be told about how long it may take.
    pub(super) async fn learn_pace(&self, attempt: &Attempt) {
        let Load { running, pending, .. } = self.load();
        let is_whole = attempt.fence.attempt == 1 && attempt.continues.is_none();
        if running + pending == 1 && is_whole {
            let counts = attempt.tally.counts();
            let (took, threads) = (attempt.taken_up.elapsed(), self.executor.pace().slots);
            let trials = counts.completed + counts.failed;
            self.paces.learn_rest(took, counts.computed, threads, trials);
        }
        let news = self.paces.news();
        if !news.is_empty()
            && let Err(error) = self.store.keep_paces(news).await
        {
            tracing::warn!(%error, "how fast work goes is not stored");
        }
    }

    /// Takes up what an earlier attempt committed.
    async fn take_up_trials(&self, attempt: &Attempt) -> Result<(), Halt> {
        let RunSpec::Optimization(spec) = &attempt.job.spec else { return Ok(()) };
        let run_id = attempt.fence.run_id;
        let (completed, failed) = self.store.trial_counts(run_id).await?;
        if completed + failed > 0 {
            let best = self.store.best_trials(run_id, spec, 1).await?.pop();
            attempt.tally.resume(completed, failed, best);
        } else {
            attempt.hash.begin();
        }
        Ok(())
    }

    async fn slot(&self, attempt: &Attempt) -> Result<Permit, Halt> {
        let tell = |place| attempt.live.publish(|now| now.progress.queue_position = place);
        tokio::select! {
            slot = self.sweep_slots.wait(&attempt.owner, attempt.priority, tell) => Ok(slot),
            () = attempt.interrupted() => Err(Halt::Stopped),
            () = self.shutdown.cancelled() => Err(Halt::Stopped),
        }
    }

    /// A backtest waits for other backtests only; searches share the cores. Both go by owner first,
    /// then by priority.
    pub(super) async fn permit(&self, attempt: &Attempt) -> Result<Permit, Halt> {
        let permit = async {
            match attempt.kind() {
                RunKind::Backtest => {
                    self.backtest_permits.acquire(&attempt.owner, attempt.priority).await
                }
                RunKind::Optimization
                | RunKind::Validation
                | RunKind::WalkForward
                | RunKind::Robustness => {
                    self.sweep_permits.acquire_share(&attempt.owner, &attempt.share).await
                }
            }
        };
        tokio::select! {
            permit = permit => Ok(permit),
            () = attempt.interrupted() => Err(Halt::Stopped),
            () = self.shutdown.cancelled() => Err(Halt::Stopped),
        }
    }

    /// Boxed, because the compiler cannot see through a stream of borrowing futures.
    fn evaluate_and_commit<'r>(
        &'r self,
        attempt: &'r Attempt,
        source: Option<&'r Extended>,
        permit: Permit,
        part: Portion,
    ) -> BoxFuture<'r, Result<(), Halt>> {
        Box::pin(self.evaluated_and_committed(attempt, source, permit, part))
    }

    async fn evaluated_and_committed(
        &self,
        attempt: &Attempt,
        source: Option<&Extended>,
        permit: Permit,
        part: Portion,
    ) -> Result<(), Halt> {
        let TakenOver { rows: taken, rest } = self.taken_over(attempt, source, &part).await?;
        self.begin(attempt).await?;
        let computed = self.evaluate(attempt, rest, &Keep::Rows).await?;
        drop(permit);
        let Computed { mut rows, hold, .. } = computed;
        attempt.tally.learn(&rows);
        self.failures.tell(&rows, self.clock.now_ms());
        // What is taken over was tried when it was computed.
        let tries = attempt.job.spec.tries(attempt.job.plan.as_ref(), &rows);
        if !taken.is_empty() {
            attempt.tally.expect(&taken);
            rows.extend(taken);
            rows = in_order(attempt, &part, rows);
        }
        self.commit_rows(attempt, part.places, rows, tries).await?;
        drop(hold);
        check_failures(attempt)
    }

    /// Commits what these places came to, and what was tried for it.
    pub(super) async fn commit_rows(
        &self,
        attempt: &Attempt,
        places: Range<u64>,
        rows: Vec<TrialRow>,
        tries: Vec<Tries>,
    ) -> Result<(), Halt> {
        let best = best_of(&attempt.job, &rows);
        let rows = Arc::new(rows);
        let committed = self.store.commit(attempt.fence, places.clone(), Arc::clone(&rows), tries);
        match committed.await? {
            Some(counts) => {
                attempt.live.tell_waiting(None);
                self.instruments.committed(counts.completed, counts.failed);
                attempt.hash.add(places, rows);
                attempt.tally.add(counts.completed, counts.failed, best, &attempt.job.spec);
                Ok(())
            }
            // The fence is broken: somebody asked for the run to end.
            None => Err(Halt::Stopped),
        }
    }

    /// Evaluates a chunk; one that takes down its thread is halved, down to the trial that does.
    pub(super) async fn evaluate(
        &self,
        attempt: &Attempt,
        part: impl Into<Portion>,
        keep: &Keep,
    ) -> Result<Computed, Halt> {
        let Computed { mut rows, mut kept, mut hold } = Computed::default();
        let part = part.into();
        let mut waiting = if part.is_empty() { Vec::new() } else { vec![part] };
        let mut reads = 0;
        while let Some(part) = waiting.pop() {
            let Fence { run_id, attempt: number } = attempt.fence;
            let job = Arc::clone(&attempt.job);
            let chunk =
                Chunk { run_id, attempt: number, portion: part.clone(), job, keep: keep.clone() };
            match self.executor.evaluate(chunk, Arc::clone(&attempt.live.meter)).await {
                Ok(result) => {
                    // What is kept besides takes its time too, and is no part of that pace.
                    if matches!(keep, Keep::Rows) {
                        self.paces.learn(&attempt.job.spec.base().strategy, result.work);
                    }
                    rows.extend(result.rows);
                    kept.push(result.kept);
                    // Where halves are left to compute, they may need the room of this one.
                    hold = result.hold.filter(|_| waiting.is_empty());
                }
                Err(ExecError::Poisoned(_)) if part.len() > 1 => {
                    let [first, second] = part.halves();
                    waiting.extend([second, first]);
                }
                Err(ExecError::Poisoned(message)) => {
                    let failure = Failure::new("PANIC", message);
                    let index = attempt.job.trial_of(&part);
                    rows.extend(index.map(|index| TrialRow::failed(index, failure, 0)));
                }
                Err(ExecError::Unavailable(why)) => {
                    tracing::warn!(places = ?part.places, why, "a chunk is evaluated again");
                    self.breathe(attempt).await?;
                    waiting.push(part);
                }
                Err(ExecError::Unreadable(why)) if reads < READS_MAX => {
                    reads += 1;
                    tracing::warn!(places = ?part.places, why, "the bars are read again");
                    self.breathe(attempt).await?;
                    waiting.push(part);
                }
                Err(ExecError::Stopped) => return Err(Halt::Stopped),
                Err(ExecError::DataMissing(message) | ExecError::Unreadable(message)) => {
                    return Err(Halt::Failed(Failure::new("DATA_MISSING", message)));
                }
            }
        }
        Ok(Computed { rows, kept, hold })
    }

    /// A moment before the same is tried again.
    async fn breathe(&self, attempt: &Attempt) -> Result<(), Halt> {
        tokio::select! {
            () = sleep(BREATH) => Ok(()),
            () = attempt.interrupted() => Err(Halt::Stopped),
            () = self.shutdown.cancelled() => Err(Halt::Stopped),
        }
    }

    /// The first chunk of the attempt makes the run RUNNING.
    pub(super) async fn begin(&self, attempt: &Attempt) -> Result<(), Halt> {
        let started = attempt.started.get_or_try_init(|| self.hand_out(attempt)).await?;
        if *started { Ok(()) } else { Err(Halt::Stopped) }
    }

    async fn hand_out(&self, attempt: &Attempt) -> Result<bool, Halt> {
        let spec = &attempt.job.spec;
        let bars = spec.data().find(|data| !self.bars.contains(data));
        let mut aux = spec.base().aux.iter().map(|aux| aux.data);
        if let Some(missing) = bars.or_else(|| aux.find(|data| !self.bars.contains_aux(data))) {
            let message = "the data file of a subscription is missing";
            let mut failure = Failure::new("DATA_MISSING", message);
            failure.metadata.insert("data_sha256".into(), missing.to_string());
            return Err(Halt::Failed(failure));
        }
        let now_ms = self.clock.now_ms();
        let number = attempt.live.now().sequence.next();
        let Some(start_ms) = self.store.start(attempt.fence, number, now_ms).await? else {
            return Ok(false);
        };
        attempt.live.time.begin(now_ms);
        tracing::info!(attempt = attempt.fence.attempt, "run started");
        self.instruments.started(attempt.taken_up.elapsed());
        let (completed, failed) = attempt.done();
        let best = attempt.tally.counts().best;
        attempt.live.publish(|snapshot| {
            snapshot.life = Life::Running { start_ms };
            snapshot.progress.queue_position = 0;
            snapshot.waiting = None;
            snapshot.progress.resumed = completed + failed;
            snapshot.progress.resumed_after_ms = now_ms - start_ms;
            snapshot.progress.advance(completed, failed, now_ms - start_ms);
            snapshot.progress.best = best;
        });
        Ok(true)
    }
}

/// Too many failures end the run.
pub(super) fn check_failures(attempt: &Attempt) -> Result<(), Halt> {
    let spec = match &attempt.job.spec {
        RunSpec::Optimization(spec) => spec.as_ref(),
        RunSpec::WalkForward(spec) => &spec.search,
        RunSpec::Backtest(_) | RunSpec::Validation(_) | RunSpec::Robustness(_) => return Ok(()),
    };
    let failed = attempt.tally.counts().failed;
    match spec.failed_trials_max {
        Some(max) if failed > max => {
            let message = "more trials failed than max_failed_trials allows";
            let mut failure = Failure::new("TOO_MANY_FAILED_TRIALS", message);
            failure.metadata.insert("max_failed_trials".into(), max.to_string());
            failure.metadata.insert("failed".into(), failed.to_string());
            Err(Halt::Failed(failure))
        }
        _ => Ok(()),
    }
}
