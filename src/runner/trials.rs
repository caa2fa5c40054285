//! Reading the trials of a search, also while it is live.

use std::sync::Arc;

use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, stream};

use super::Runner;
use super::error::RunnerError;
use super::job::Job;
use crate::filter::{Filter, OrderKey};
use crate::metrics::Metric;
use crate::run::{
    AccountFault, BacktestSpec, FailureGroup, OptimizationSpec, RunId, RunKind, RunSpec, Trial,
};
use crate::storage::{Store, TrialBatch, TrialPage, TrialPosition, TrialQuery};
use crate::sweep::Plan;

/// An optimization whose trials are read.
#[derive(Clone)]
pub struct Search {
    pub(super) run_id: RunId,
    /// Whether no further trial can come.
    is_over: bool,
    job: Arc<Job>,
    pub(super) store: Store,
}

impl Runner {
    /// The optimization of that id.
    pub async fn search(&self, run_id: RunId) -> Result<Search, RunnerError> {
        let record = self.stored(run_id).await?;
        if record.snapshot.kind != RunKind::Optimization {
            return Err(RunnerError::NotASearch(run_id));
        }
        let is_over = record.snapshot.is_final();
        let job = Job::to_read(record.spec).map_err(|_| RunnerError::RunNotFound(run_id))?;
        Ok(Search { run_id, is_over, job: Arc::new(job), store: self.store.clone() })
    }

    /// Equal failures of the run, the most frequent first.
    pub async fn failure_groups(&self, run_id: RunId) -> Result<Vec<FailureGroup>, RunnerError> {
        self.stored(run_id).await?;
        Ok(self.store.failure_groups(run_id).await?)
    }

    /// Every committed trial once, with these of its metrics, in the order of the commits, until
    /// the run has ended and all are told.
    pub fn watch_trials(
        self: &Arc<Self>,
        search: Search,
        metrics: Vec<Metric>,
        cursor: i64,
        batch_length: usize,
    ) -> impl Stream<Item = Result<TrialBatch, RunnerError>> + Send + 'static {
        let start = (Arc::clone(self), (search, metrics), cursor, false);
        stream::try_unfold(start, move |(runner, watched, cursor, is_over)| async move {
            let (search, metrics) = &watched;
            let mut state = (cursor, is_over);
            loop {
                // The end is looked at before the trials: what it left is then there.
                let live = runner.hub.find(search.run_id);
                let mut news = live.map(|live| live.subscribe());
                if let Some(news) = news.as_mut() {
                    news.borrow_and_update();
                }
                let batch = search.after(metrics, state.0, batch_length).await?;
                if !batch.trials.is_empty() {
                    let next = (runner, watched, batch.cursor, state.1);
                    return Ok(Some((batch, next)));
                }
                if batch.cursor != state.0 {
                    state.0 = batch.cursor;
                    continue;
                }
                let Some(mut news) = news else { return Ok(None) };
                tokio::select! {
                    // An error means that the run has ended; the next look finds no live run.
                    _ = news.changed() => {}
                    () = runner.shutdown.cancelled() => return Err(RunnerError::ShuttingDown),
                }
            }
        })
    }
}

impl Search {
    /// What is searched.
    pub fn spec(&self) -> &OptimizationSpec {
        match &self.job.spec {
            RunSpec::Optimization(spec) => spec,
            RunSpec::Backtest(_)
            | RunSpec::Validation(_)
            | RunSpec::WalkForward(_)
            | RunSpec::Robustness(_) => {
                unreachable!("a search is made of optimizations only")
            }
        }
    }

    fn plan(&self) -> &Plan {
        self.job.plan.as_ref().expect("an optimization has a plan")
    }

    /// The backtest that a trial is.
    pub(super) fn backtest(&self, trial_index: u64) -> Result<BacktestSpec, AccountFault> {
        self.spec().backtest(self.plan().grid(), trial_index)
    }

    /// One trial with its stack trace.
    pub async fn trial(&self, trial_index: u64) -> Result<Trial, RunnerError> {
        let found = self.store.trial(self.run_id, self.spec(), trial_index).await?;
        found.ok_or(RunnerError::TrialNotFound { run_id: self.run_id, trial_index })
    }

    /// Finds the fields of a filter and an order among metrics and parameters.
    pub fn query(
        &self,
        filter: Option<&Filter>,
        order: Option<&OrderKey>,
    ) -> Result<TrialQuery, crate::filter::FilterError> {
        TrialQuery::new(self.spec(), self.plan().grid(), filter, order)
    }

    /// A page of trials after a position.
    pub async fn list(
        &self,
        query: &TrialQuery,
        after: Option<TrialPosition>,
        limit: usize,
    ) -> Result<TrialPage, RunnerError> {
        Ok(self.store.list_trials(self.run_id, self.spec(), query, after, limit).await?)
    }

    /// Every trial that the query admits now, in its order, at most `limit`, in batches, with these
    /// of their metrics. One of a run that is gone meanwhile is an error, never an end.
    pub async fn export(
        self,
        query: TrialQuery,
        metrics: Vec<Metric>,
        limit: Option<u64>,
        batch_length: usize,
    ) -> Result<BoxStream<'static, Result<Vec<Trial>, RunnerError>>, RunnerError> {
        if self.is_over && query.is_by_index() {
            let limit = limit.unwrap_or(u64::MAX);
            return Ok(self.by_index(query, metrics, limit, batch_length).boxed());
        }
        let indices = self.store.trial_order(self.run_id, &query, limit).await?;
        let batches = stream::try_unfold(
            (self, (indices, metrics), 0),
            move |(search, wanted, first)| async move {
                let (indices, metrics) = &wanted;
                let batch = &indices[first..indices.len().min(first + batch_length)];
                if batch.is_empty() {
                    return Ok(None);
                }
                let Self { run_id, store, .. } = &search;
                let trials =
                    store.trials_in_order(*run_id, (search.spec(), metrics), batch).await?;
                if trials.len() < batch.len() {
                    return Err(RunnerError::RunNotFound(*run_id));
                }
                let next = first + batch.len();
                Ok(Some((trials, (search, wanted, next))))
            },
        );
        Ok(batches.boxed())
    }

    /// From key to key; nothing is held but the key.
    fn by_index(
        self,
        query: TrialQuery,
        metrics: Vec<Metric>,
        limit: u64,
        batch_length: usize,
    ) -> impl Stream<Item = Result<Vec<Trial>, RunnerError>> + Send {
        let start = (self, (query, metrics), 0, limit);
        stream::try_unfold(start, move |(search, wanted, from, left)| async move {
            let (query, metrics) = &wanted;
            let length = batch_length.min(usize::try_from(left).unwrap_or(usize::MAX));
            if length == 0 {
                return Ok(None);
            }
            let Self { run_id, store, .. } = &search;
            let wanted_of = (search.spec(), metrics.as_slice());
            let trials = store.trials_by_index(*run_id, wanted_of, query, from, length).await?;
            // The last batch, and that of a run that is gone, look the same.
            if trials.len() < length && !store.has_run(*run_id).await? {
                return Err(RunnerError::RunNotFound(*run_id));
            }
            let Some(last) = trials.last() else { return Ok(None) };
            let is_last = trials.len() < length;
            let left = if is_last { 0 } else { left - trials.len() as u64 };
            let next = (last.trial_index + 1, left);
            Ok(Some((trials, (search, wanted, next.0, next.1))))
        })
    }

    async fn after(
        &self,
        metrics: &[Metric],
        cursor: i64,
        limit: usize,
    ) -> Result<TrialBatch, RunnerError> {
        let spec = self.spec();
        let plan = if spec.search.is_learning() {
            let proposed = self.store.generations(self.run_id).await?.concat();
            &self.plan().clone().with_proposed(proposed.into())
        } else {
            self.plan()
        };
        Ok(self.store.trials_after(self.run_id, (spec, metrics), plan, cursor, limit).await?)
    }
}
