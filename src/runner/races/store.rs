//! The database as a run sees it: one write at a time, each with the conditions of its WHERE
//! clause, and an answer that comes some time after the commit.

use shuttle::future::yield_now;
use shuttle::sync::Mutex;

use crate::digest::Digest;
use crate::run::{
    Actor, BacktestResult, CancelInfo, Failure, Life, OptimizationResult, OptimizationSpec,
    PauseInfo, RunId, RunRecord, RunResult, Sequence, State, Trial, ValidationResult,
};
use crate::storage::{
    CancelOutcome, Done, Ending, Fence, PauseOutcome, ResumeOutcome, StoreError, TrialSum,
};

/// The row of one run.
pub(super) struct Store {
    row: Mutex<Row>,
}

#[derive(Clone)]
pub(super) struct Row {
    pub(super) state: State,
    pub(super) sequence: Sequence,
    pub(super) wish: Option<CancelInfo>,
    pub(super) pause: Option<PauseInfo>,
    completed: u64,
    record: RunRecord,
}

type Answer<T> = Result<T, StoreError>;

impl Store {
    pub(super) fn with(record: RunRecord) -> Self {
        let sequence = record.snapshot.sequence;
        let (wish, pause) = (None, None);
        let row = Row { state: State::Pending, sequence, wish, pause, completed: 0, record };
        Self { row: Mutex::new(row) }
    }

    /// Nothing here is written down.
    pub(super) fn by(&self, _: &Actor, _: i64) -> &Self {
        self
    }

    pub(super) fn row(&self) -> Row {
        self.row.lock().unwrap().clone()
    }

    async fn write<T>(&self, job: impl FnOnce(&mut Row) -> T) -> Answer<T> {
        let value = job(&mut self.row.lock().unwrap());
        yield_now().await;
        Ok(value)
    }

    pub(super) async fn start(&self, fence: Fence, sequence: Sequence, _: i64) -> Answer<bool> {
        self.write(|row| {
            let holds = row.is_attempt(fence)
                && row.state == State::Pending
                && row.wish.is_none()
                && row.pause.is_none();
            if holds {
                (row.state, row.sequence) = (State::Running, sequence);
            }
            holds
        })
        .await
    }

    /// No run here is a validation.
    pub(super) async fn found(&self, _: RunId) -> Answer<RunResult> {
        self.write(|_| RunResult::Validation(Box::<ValidationResult>::default())).await
    }

    /// One more trial, unless the fence is broken.
    pub(super) async fn commit(&self, fence: Fence) -> Answer<bool> {
        self.write(|row| {
            let holds = row.is_attempt(fence) && row.state == State::Running && row.wish.is_none();
            row.completed += u64::from(holds);
            holds
        })
        .await
    }

    pub(super) async fn request_cancel(&self, _: RunId, wish: CancelInfo) -> Answer<CancelOutcome> {
        self.write(|row| {
            if row.state.is_final() {
                return CancelOutcome::Over(row.state);
            }
            CancelOutcome::Asked(row.wish.get_or_insert(wish).clone())
        })
        .await
    }

    pub(super) async fn pause(&self, _: RunId, wish: PauseInfo) -> Answer<PauseOutcome> {
        self.write(|row| {
            if row.state.is_final() {
                return PauseOutcome::Over(row.state);
            }
            if row.wish.is_some() {
                return PauseOutcome::Ending;
            }
            row.state = State::Pending;
            let pause = row.pause.get_or_insert(wish).clone();
            PauseOutcome::Paused { attempt: row.record.snapshot.attempt, pause }
        })
        .await
    }

    pub(super) async fn resume(&self, _: RunId) -> Answer<ResumeOutcome> {
        self.write(|row| {
            if row.state.is_final() {
                return ResumeOutcome::Over(row.state);
            }
            if row.wish.is_some() {
                return ResumeOutcome::Ending;
            }
            if row.pause.take().is_none() {
                return ResumeOutcome::NotPaused;
            }
            let attempt = row.record.snapshot.attempt + 1;
            row.record.snapshot.attempt = attempt;
            row.sequence = Sequence::first_of(attempt);
            ResumeOutcome::Resumed { attempt }
        })
        .await
    }

    pub(super) async fn backtest_outcome(
        &self,
        _: RunId,
    ) -> Answer<Result<BacktestResult, Failure>> {
        self.write(|_| Err(Failure::new("NONE", "the run is a search"))).await
    }

    pub(super) async fn conclude(
        &self,
        _: RunId,
        _: &OptimizationSpec,
        _: Option<TrialSum>,
    ) -> Answer<OptimizationResult> {
        self.write(|row| row.result()).await
    }

    pub(super) async fn best_trials(
        &self,
        _: RunId,
        _: &OptimizationSpec,
        _: usize,
    ) -> Answer<Vec<Trial>> {
        self.write(|_| Vec::new()).await
    }

    pub(super) async fn complete(&self, ending: Ending) -> Answer<Option<Done>> {
        self.write(|row| row.end(&ending, State::Completed, &[State::Running])).await
    }

    pub(super) async fn fail(&self, ending: Ending, _: Failure) -> Answer<Option<Done>> {
        let from = [State::Pending, State::Running];
        self.write(|row| row.end(&ending, State::Failed, &from)).await
    }

    pub(super) async fn finish_cancel(&self, ending: Ending) -> Answer<Option<Done>> {
        let from = [State::Pending, State::Running];
        self.write(|row| row.end(&ending, State::Cancelled, &from)).await
    }

    pub(super) async fn keep_spent(&self, _: RunId, _: i64) -> Answer<()> {
        self.write(|_| ()).await
    }

    pub(super) async fn run(&self, _: RunId) -> Answer<Option<RunRecord>> {
        self.write(|row| Some(row.record())).await
    }
}

impl Row {
    fn is_attempt(&self, fence: Fence) -> bool {
        self.record.snapshot.attempt == fence.attempt
    }

    fn end(&mut self, ending: &Ending, to: State, from: &[State]) -> Option<Done> {
        let is_as_wished = self.wish.is_some() == (to == State::Cancelled);
        let goes_on = self.is_attempt(ending.fence) && (self.pause.is_none() || ending.ends_paused);
        let may_end = goes_on || to == State::Cancelled;
        if !may_end || !from.contains(&self.state) || !is_as_wished {
            return None;
        }
        (self.state, self.sequence, self.pause) = (to, ending.sequence, None);
        Some(Done { completed: self.completed, failed: 0 })
    }

    fn result(&self) -> OptimizationResult {
        OptimizationResult {
            completed: self.completed,
            failed: 0,
            infeasible: 0,
            top: Vec::new(),
            failures: Vec::new(),
            result_sha256: Digest::of(b"trials"),
        }
    }

    fn record(&self) -> RunRecord {
        let mut record = self.record.clone();
        record.snapshot.sequence = self.sequence;
        record.snapshot.cancel.clone_from(&self.wish);
        let running = Life::Running { start_ms: 0 };
        record.snapshot.life = match self.state {
            State::Pending | State::Paused => match self.pause.clone() {
                Some(pause) => Life::Paused { start_ms: Some(0), pause },
                None => Life::Pending,
            },
            State::Running => running,
            State::Completed => {
                let result = Box::new(RunResult::Optimization(self.result()));
                Life::Completed { start_ms: 0, end_ms: 0, result }
            }
            State::Failed => {
                let failure = Box::new(Failure::new("DEADLINE_EXCEEDED", ""));
                Life::Failed { start_ms: Some(0), end_ms: 0, failure }
            }
            State::Cancelled => Life::Cancelled { start_ms: Some(0), end_ms: 0 },
        };
        record
    }
}
