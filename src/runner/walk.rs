//! Carrying a walk-forward: window after window, each a search over the days to choose by, one over
//! the days after them for comparison, and the account over those with what was chosen. A window is
//! committed when it is done, and never computed again.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use tokio::task::spawn_blocking;

use super::Runner;
use super::attempt::{Attempt, Halt};
use super::error::RunnerError;
use super::executor::{Keep, Kept};
use super::job::Chunks;
use super::permits::Permit;
use super::portion::Portion;
use super::seen::Seen;
use super::window_export::{Beside, beside};
use super::work::check_failures;
use crate::digest::Digest;
use crate::market::Decimal;
use crate::metrics::{Metric, Metrics};
use crate::run::{
    BacktestSpec, Carried, DEFAULTS, Failure, InSample, NamedMetrics, Objective, OptimizationSpec,
    RunId, RunSpec, Smoothing, Span, TrialOutcome, WalkForwardResult, WalkForwardSpec, WindowFound,
    WindowSpans,
};
use crate::storage::{Found, WindowDone};

/// What a backtest that is no trial came to.
pub(super) struct Went {
    pub metrics: Box<Metrics>,
    pub returns: Vec<f64>,
    pub days_per_year: f64,
    pub result_sha256: Digest,
    pub trade_returns: Vec<f64>,
}

/// The same of an account over the days of a window, and what it was worth then.
pub(super) struct Ended {
    pub went: Went,
    pub equity: Decimal,
}

pub(super) fn named(metrics: &Metrics) -> NamedMetrics {
    metrics.defined().map(|(metric, value)| (metric.name().to_owned(), value)).collect()
}

impl Runner {
    /// The windows of a walk-forward that are done.
    ///
    /// # Errors
    ///
    /// That there is no such run, or that it is another kind of run.
    pub async fn windows(
        &self,
        run_id: RunId,
    ) -> Result<(WalkForwardSpec, Vec<WindowFound>), RunnerError> {
        let RunSpec::WalkForward(spec) = self.run(run_id).await?.spec else {
            return Err(RunnerError::NotAWalkForward(run_id));
        };
        Ok((*spec, self.store.windows(run_id).await?))
    }

    /// Computes every window that is missing, and keeps what all of them tell.
    pub(super) async fn walk_forward(
        &self,
        attempt: &Attempt,
        spec: &WalkForwardSpec,
    ) -> Result<(), Halt> {
        let mut windows = self.store.windows(attempt.fence.run_id).await?;
        let sum = |count: fn(&WindowFound) -> u64| windows.iter().map(count).sum::<u64>();
        attempt.tally.resume(sum(|it| it.completed), sum(|it| it.failed), None);
        self.begin(attempt).await?;
        let mut parts = self.in_parts(attempt, spec, windows.len()).await?;
        for (number, spans) in spec.spans.iter().enumerate().skip(windows.len()) {
            let seen = match &mut parts {
                Some(parts) => std::mem::take(&mut parts[number]),
                None => self.apart(attempt, spec, *spans).await?,
            };
            let done = self.window(attempt, spec, (number, seen), windows.last()).await?;
            let (found, fence) = (done.found.clone(), attempt.fence);
            if !self.store.keep_window(fence, number as u64, done).await? {
                return Err(Halt::Stopped);
            }
            self.instruments.committed(found.completed, found.failed);
            windows.push(found);
        }
        let mut result = WalkForwardResult::of(spec, &windows);
        if result.series.is_empty() {
            result.carried = self.as_one_account(attempt, spec, (&windows, 0)).await?;
        }
        for (series, account) in (0..).zip(&mut result.series) {
            account.carried = self.as_one_account(attempt, spec, (&windows, series)).await?;
        }
        let result = Found::WalkForward(Box::new(result));
        let is_kept = self.store.keep_findings(attempt.fence, result, None).await?;
        if is_kept { Ok(()) } else { Err(Halt::Stopped) }
    }

    /// What was chosen as one backtest, whose positions are carried over the borders.
    async fn as_one_account(
        &self,
        attempt: &Attempt,
        spec: &WalkForwardSpec,
        which: (&[WindowFound], u64),
    ) -> Result<Option<Carried>, Halt> {
        let Some(plan) = &attempt.job.plan else { return Ok(None) };
        let Some(backtest) = spec.as_one_account(plan.grid(), which) else { return Ok(None) };
        Ok(Some(match self.go(attempt, backtest.clone()).await? {
            Ok(went) => Carried {
                backtest,
                metrics: named(&went.metrics),
                result_sha256: Some(went.result_sha256),
                failure: None,
            },
            Err(failure) => Carried {
                backtest,
                metrics: NamedMetrics::new(),
                result_sha256: None,
                failure: Some(failure),
            },
        }))
    }

    /// A search of its own over either part of a window.
    async fn apart(
        &self,
        attempt: &Attempt,
        spec: &WalkForwardSpec,
        spans: WindowSpans,
    ) -> Result<[Seen; 2], Halt> {
        let objective = spec.search.objective;
        let inside = self.span(attempt, objective, spans.in_sample).await?;
        Ok([inside, self.span(attempt, objective, spans.out_of_sample).await?])
    }

    async fn window(
        &self,
        attempt: &Attempt,
        spec: &WalkForwardSpec,
        (number, [inside, outside]): (usize, [Seen; 2]),
        before: Option<&WindowFound>,
    ) -> Result<WindowDone, Halt> {
        let spans = spec.spans[number];
        // Of one simulation for all windows the first tells how many there were.
        let counts = spec.in_sample == InSample::Flat || number == 0;
        let completed = match spec.in_sample {
            InSample::Flat => inside.completed() + outside.completed(),
            InSample::Carried => inside.completed(),
        };
        let [mut inside, outside] = self.compared(attempt, spec, [inside, outside]).await?;
        if spec.smoothing == Smoothing::Median {
            inside = self.onto_plateau(attempt, spec, number, inside).await?;
        }
        let known = self.known_of(attempt, spec, number, inside.best.as_ref()).await?;
        let Beside { mut inside, outside, rank_correlation, rank, packed } =
            beside((inside, outside), attempt, spec).await?;
        let best = inside.best.take();
        let mut baselines = outside.baselines();
        if let Some(earned) = self.with_defaults(attempt, spec, spans.out_of_sample).await? {
            baselines.insert(DEFAULTS.to_owned(), earned);
        }
        let cash = before.map_or(spec.search.base.simulation.initial_cash, |it| it.equity);
        let mut found = WindowFound {
            spans,
            selected: best.as_ref().map(|(index, ..)| *index),
            objective: best.as_ref().map(|(_, value, _)| *value),
            in_sample_metrics: known.in_sample,
            carried_metrics: known.carried,
            cash,
            out_of_sample_metrics: NamedMetrics::new(),
            // What rests earns nothing, day by day.
            returns: vec![0.0; outside.days],
            account_sha256: None,
            equity: cash,
            rank,
            rank_correlation,
            baselines,
            completed: if counts { completed } else { 0 },
            failed: if counts { inside.failed + outside.failed } else { 0 },
            failures: Vec::new(),
            series: known.series,
        };
        let tries = std::mem::take(&mut inside.tries);
        found.failures = inside.failures(outside);
        if spec.search.across.is_some() {
            self.accounts(attempt, spec, &mut found, before).await?;
        } else {
            self.account(attempt, spec, &mut found).await?;
        }
        Ok(WindowDone { found, tries, trials: packed })
    }

    /// Chooses what lies amid the highest plateau instead of the best: its metrics are computed
    /// once more, since they were kept of the best only.
    async fn onto_plateau(
        &self,
        attempt: &Attempt,
        spec: &WalkForwardSpec,
        number: usize,
        seen: Seen,
    ) -> Result<Seen, Halt> {
        let Some(plan) = &attempt.job.plan else { return Ok(seen) };
        let objective = spec.search.objective;
        let grid = plan.grid().clone();
        let found = spawn_blocking(move || (seen.on_plateau(&grid, objective), seen)).await;
        let (chosen, mut seen) = found.map_err(|_| Halt::Stopped)?;
        let Some(index) = chosen else {
            seen.best = None;
            return Ok(seen);
        };
        if spec.search.across.is_some() {
            seen.best = seen.objective_of(index).map(|score| (index, score, Box::default()));
            return Ok(seen);
        }
        let metrics = match spec.in_sample {
            InSample::Flat => self.alone(attempt, spec.spans[number].in_sample, index).await?,
            InSample::Carried => {
                let [inside, _] = self.parts_of(attempt, spec, (number, index)).await?;
                inside
            }
        };
        seen.best = metrics.value(objective.metric).map(|value| (index, value, metrics));
        Ok(seen)
    }

    /// One trial over a span.
    pub(super) async fn alone(
        &self,
        attempt: &Attempt,
        span: Span,
        index: u64,
    ) -> Result<Box<Metrics>, Halt> {
        let one = Portion { places: 0..1, indices: Some([index].into()) };
        let rows = {
            let _permit = self.permit(attempt).await?;
            self.evaluate(attempt, one, &Keep::Span(span)).await?.rows
        };
        let again = rows.into_iter().find(|row| row.trial_index == index);
        match again.map(|row| row.outcome) {
            Some(TrialOutcome::Completed(metrics)) => Ok(metrics),
            _ => Err(Halt::Failed(Failure::new("PANIC", "a trial came to something else"))),
        }
    }

    /// The account over the days after a choice.
    async fn account(
        &self,
        attempt: &Attempt,
        spec: &WalkForwardSpec,
        found: &mut WindowFound,
    ) -> Result<(), Halt> {
        let Some(trial) = found.selected else { return Ok(()) };
        let span = found.spans.out_of_sample;
        let Some(Ended { went, equity }) =
            self.leg(attempt, spec, (trial, span), found.cash).await?
        else {
            // What is lost stays lost.
            found.out_of_sample_metrics.insert(Metric::TotalReturn.name().to_owned(), 0.0);
            return Ok(());
        };
        found.equity = equity;
        found.out_of_sample_metrics = named(&went.metrics);
        found.returns = went.returns;
        found.account_sha256 = Some(went.result_sha256);
        Ok(())
    }

    /// What a trial makes of that cash over those days; `None` of none.
    pub(super) async fn leg(
        &self,
        attempt: &Attempt,
        spec: &WalkForwardSpec,
        which: (u64, Span),
        cash: Decimal,
    ) -> Result<Option<Ended>, Halt> {
        let plan = attempt.job.plan.as_ref().filter(|_| cash.is_positive());
        let Some(plan) = plan else { return Ok(None) };
        let leg = spec.leg(plan.grid(), which, cash).map_err(|fault| {
            let message = format!("{}: {}", fault.path, fault.message);
            Halt::Failed(Failure::new("SIMULATION_INVALID", message))
        })?;
        let went = self.go(attempt, leg).await?.map_err(Halt::Failed)?;
        let equity = went.metrics.value(Metric::FinalEquity).and_then(Decimal::nearest);
        let unknown =
            || Halt::Failed(Failure::new("OVERFLOW", "an account's equity is no decimal"));
        Ok(Some(Ended { equity: equity.ok_or_else(unknown)?, went }))
    }

    /// Runs a backtest that is no trial.
    pub(super) async fn go(
        &self,
        attempt: &Attempt,
        backtest: BacktestSpec,
    ) -> Result<Result<Went, Failure>, Halt> {
        let computed = {
            let _permit = self.permit(attempt).await?;
            self.evaluate(attempt, 0..1, &Keep::Leg(Arc::new(backtest))).await?
        };
        let outcome = computed.rows.into_iter().next().map(|row| row.outcome);
        let kept = computed.kept.into_iter().next();
        Ok(match (outcome, kept) {
            (
                Some(TrialOutcome::Completed(metrics) | TrialOutcome::Infeasible(metrics)),
                Some(Kept::Leg { returns, days_per_year, result_sha256, trade_returns }),
            ) => Ok(Went { metrics, returns, days_per_year, result_sha256, trade_returns }),
            (Some(TrialOutcome::Failed(failure)), _) => Err(*failure),
            _ => Err(Failure::new("PANIC", "a backtest of a window came to nothing")),
        })
    }

    /// All trials over a span.
    async fn span(
        &self,
        attempt: &Attempt,
        objective: Objective,
        span: Span,
    ) -> Result<Seen, Halt> {
        let stride = attempt.job.spec.search().map_or(0, OptimizationSpec::stride_across);
        let seen = Mutex::new(Seen { stride, ..Seen::default() });
        let chunks = Chunks::of(std::iter::once(0..attempt.job.places()).collect());
        self.in_lanes(attempt, chunks, |permit, places| {
            self.take_span(attempt, (objective, span), permit, places, &seen)
        })
        .await?;
        Ok(seen.into_inner().unwrap_or_else(PoisonError::into_inner).sorted())
    }

    /// Boxed, because the compiler cannot see through a stream of borrowing futures.
    fn take_span<'r>(
        &'r self,
        attempt: &'r Attempt,
        (objective, span): (Objective, Span),
        permit: Permit,
        places: Range<u64>,
        seen: &'r Mutex<Seen>,
    ) -> BoxFuture<'r, Result<(), Halt>> {
        Box::pin(async move {
            let rows = self.evaluate(attempt, places, &Keep::Span(span)).await?.rows;
            drop(permit);
            attempt.tally.learn(&rows);
            self.failures.tell(&rows, self.clock.now_ms());
            let failed = rows.iter().filter(|row| row.is_failed()).count() as u64;
            attempt.tally.add(rows.len() as u64 - failed, failed, None, &attempt.job.spec);
            let tries = attempt.job.spec.tries(attempt.job.plan.as_ref(), &rows);
            {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.note(tries);
                seen.take(rows, objective);
            }
            check_failures(attempt)
        })
    }
}
