//! Carrying a walk-forward: window after window, each a search over the days to choose by, one over
//! the days after them for comparison, and the account over those with what was chosen. A window is
//! committed when it is done, and never computed again.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::Runner;
use super::attempt::{Attempt, Halt};
use super::error::RunnerError;
use super::executor::{Keep, Kept, Leg};
use super::job::Chunks;
use super::reorder::objective_of;
use crate::market::Decimal;
use crate::metrics::{Metric, Metrics, mean};
use crate::run::{
    ALL_TRIALS, BUY_AND_HOLD, Failure, HINDSIGHT, MEDIAN_TRIAL, NamedMetrics, Objective, RunId,
    RunSpec, Span, TrialOutcome, TrialRow, Tries, WalkForwardResult, WalkForwardSpec, WindowFound,
};
use crate::storage::Found;
use crate::validation::{rank_correlation, ranks};

/// What is kept of the trials of a span.
#[derive(Default)]
struct Seen {
    /// By trial: the objective if feasible, the objective whatever else, and the return.
    trials: Vec<(u64, Option<f64>, Option<f64>, Option<f64>)>,
    best: Option<(u64, f64, Box<Metrics>)>,
    held: Option<f64>,
    failed: u64,
    tries: Vec<Tries>,
}

impl Seen {
    fn take(&mut self, rows: Vec<TrialRow>, objective: Objective) {
        for row in rows {
            let feasible = objective_of(&row, objective);
            let (TrialOutcome::Completed(metrics) | TrialOutcome::Infeasible(metrics)) =
                row.outcome
            else {
                self.failed += 1;
                continue;
            };
            let index = row.trial_index;
            let value = metrics.value(objective.metric);
            self.trials.push((index, feasible, value, metrics.value(Metric::TotalReturn)));
            self.held = self.held.or_else(|| metrics.value(Metric::BuyHoldReturn));
            if let Some(value) = feasible
                && self.best.as_ref().is_none_or(|(known, best, _)| {
                    objective.prefers(value, *best) || (value == *best && index < *known)
                })
            {
                self.best = Some((index, value, metrics));
            }
        }
    }

    /// In the order of trials, whatever came first.
    fn sorted(mut self) -> Self {
        self.trials.sort_unstable_by_key(|(index, ..)| *index);
        self
    }

    fn baselines(&self) -> NamedMetrics {
        let mut returns: Vec<f64> = self.trials.iter().filter_map(|trial| trial.3).collect();
        let all = mean(&returns);
        returns.sort_unstable_by(f64::total_cmp);
        let middle = returns.len() / 2;
        let median = match returns.len() {
            0 => None,
            count if count % 2 == 1 => Some(returns[middle]),
            _ => Some(f64::midpoint(returns[middle - 1], returns[middle])),
        };
        let best = returns.last().copied();
        [(ALL_TRIALS, all), (MEDIAN_TRIAL, median), (BUY_AND_HOLD, self.held), (HINDSIGHT, best)]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    }
}

/// How ranks in and out of sample go together, and the place of what was chosen, 1 being the best.
fn compared(
    inside: &Seen,
    outside: &Seen,
    selected: Option<u64>,
    objective: Objective,
) -> (Option<f64>, Option<f64>) {
    // More is better from here on.
    let sign = if objective.prefers(1.0, 0.0) { 1.0 } else { -1.0 };
    let mut pairs = Vec::new();
    let mut after = outside.trials.iter().peekable();
    for (index, feasible, ..) in &inside.trials {
        while after.next_if(|(other, ..)| other < index).is_some() {}
        if let (Some(before), Some((_, _, Some(then), _))) =
            (feasible, after.peek().filter(|(other, ..)| other == index))
        {
            pairs.push((sign * before, sign * then));
        }
    }
    let defined: Vec<(u64, f64)> =
        outside.trials.iter().filter_map(|trial| Some((trial.0, sign * trial.2?))).collect();
    let values: Vec<f64> = defined.iter().map(|(_, value)| *value).collect();
    let rank = selected.and_then(|selected| {
        let place = defined.binary_search_by_key(&selected, |(index, _)| *index).ok()?;
        Some((values.len() + 1) as f64 - ranks(&values)[place])
    });
    (rank_correlation(&pairs), rank)
}

fn named(metrics: &Metrics) -> NamedMetrics {
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
        for spans in spec.spans().into_iter().skip(windows.len()) {
            let equity = windows.last().map(|window| window.equity.as_str());
            let (found, tries) = self.window(attempt, spec, spans, equity).await?;
            let number = windows.len() as u64;
            if !self.store.keep_window(attempt.fence, number, found.clone(), tries).await? {
                return Err(Halt::Stopped);
            }
            windows.push(found);
        }
        let result = Found::WalkForward(Box::new(WalkForwardResult::of(spec, &windows)));
        let is_kept = self.store.keep_findings(attempt.fence, result, None).await?;
        if is_kept { Ok(()) } else { Err(Halt::Stopped) }
    }

    async fn window(
        &self,
        attempt: &Attempt,
        spec: &WalkForwardSpec,
        (in_sample, out_of_sample): (Span, Span),
        equity: Option<&str>,
    ) -> Result<(WindowFound, Vec<Tries>), Halt> {
        let objective = spec.search.objective;
        let mut inside = self.span(attempt, objective, in_sample).await?;
        let outside = self.span(attempt, objective, out_of_sample).await?;
        let selected = inside.best.as_ref().map(|(index, ..)| *index);
        let (rank_correlation, rank) = compared(&inside, &outside, selected, objective);
        let initial = spec.search.base.simulation.initial_cash;
        let cash = equity.and_then(|text| text.parse().ok()).unwrap_or(initial);
        let mut found = WindowFound {
            in_sample,
            out_of_sample,
            selected,
            objective: inside.best.as_ref().map(|(_, value, _)| *value),
            in_sample_metrics: NamedMetrics::new(),
            out_of_sample_metrics: NamedMetrics::new(),
            returns: Vec::new(),
            equity: cash.to_string(),
            rank,
            rank_correlation,
            baselines: outside.baselines(),
            completed: (inside.trials.len() + outside.trials.len()) as u64,
            failed: inside.failed + outside.failed,
        };
        if let Some((index, _, metrics)) = inside.best.take() {
            found.in_sample_metrics = named(&metrics);
            self.leg(attempt, Leg { span: out_of_sample, trial: index, cash }, &mut found).await?;
        }
        Ok((found, inside.tries))
    }

    /// The account over the days after a choice.
    async fn leg(&self, attempt: &Attempt, leg: Leg, found: &mut WindowFound) -> Result<(), Halt> {
        if leg.cash <= Decimal::ZERO {
            // What is lost stays lost.
            found.out_of_sample_metrics.insert(Metric::TotalReturn.name().to_owned(), 0.0);
            return Ok(());
        }
        let computed = {
            let _permit = self.permit(attempt).await?;
            self.evaluate(attempt, 0..1, &Keep::Leg(leg)).await?
        };
        let row = computed.rows.into_iter().next();
        match row.map(|row| row.outcome) {
            Some(TrialOutcome::Completed(metrics) | TrialOutcome::Infeasible(metrics)) => {
                found.out_of_sample_metrics = named(&metrics);
            }
            Some(TrialOutcome::Failed(failure)) => return Err(Halt::Failed(*failure)),
            None => return Err(Halt::Failed(Failure::new("PANIC", "a window has no account"))),
        }
        for kept in computed.kept {
            if let Kept::Leg { returns, equity } = kept {
                (found.returns, found.equity) = (returns, equity.to_string());
            }
        }
        Ok(())
    }

    /// All trials over a span.
    async fn span(
        &self,
        attempt: &Attempt,
        objective: Objective,
        span: Span,
    ) -> Result<Seen, Halt> {
        let seen = Mutex::new(Seen::default());
        let pace = self.executor.pace();
        let mut chunks = Chunks::of(std::iter::once(0..attempt.job.places()).collect());
        let chunks = std::iter::from_fn(|| chunks.next(attempt.chunk_places(pace.chunk_time)));
        stream::iter(chunks)
            .map(|places| self.take_span(attempt, objective, span, places, &seen))
            .buffer_unordered(pace.chunks_in_flight)
            .try_for_each(|()| std::future::ready(Ok(())))
            .await?;
        Ok(seen.into_inner().unwrap_or_else(PoisonError::into_inner).sorted())
    }

    /// Boxed, because the compiler cannot see through a stream of borrowing futures.
    fn take_span<'r>(
        &'r self,
        attempt: &'r Attempt,
        objective: Objective,
        span: Span,
        places: Range<u64>,
        seen: &'r Mutex<Seen>,
    ) -> BoxFuture<'r, Result<(), Halt>> {
        Box::pin(async move {
            let rows = {
                let _permit = self.permit(attempt).await?;
                self.evaluate(attempt, places, &Keep::Span(span)).await?.rows
            };
            attempt.tally.learn(&rows);
            let failed = rows.iter().filter(|row| row.is_failed()).count() as u64;
            attempt.tally.add(rows.len() as u64 - failed, failed, None, &attempt.job.spec);
            let tries = attempt.job.spec.tries(attempt.job.plan.as_ref(), &rows);
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.tries.extend(tries);
            seen.take(rows, objective);
            Ok(())
        })
    }
}
