//! Computing a chunk on the thread that calls: bars, strategy, engine, rows.

use std::iter;
use std::time::{Duration, Instant};

use super::executor::{Chunk, ChunkResult, ExecError, Keep, Kept, Route, Work};
use super::found::{Found, find};
use super::loaded::{Altered, Loaded, bars_of};
use super::panic_trace::catch;
use super::portion::Portion;
use super::same_account::by_account;
use super::taking::Taking;
use super::tapes::Tapes;
use super::window_trials::WindowTaking;
use crate::data::BarStore;
use crate::engine::{Backtest, Meter, Observer, Report, RunError, Subscribed};
use crate::metrics::Metrics;
use crate::run::{
    BacktestSpec, Failure, OptimizationSpec, Recorder, RunSpec, StrategyRef, TrialOutcome, TrialRow,
};
use crate::strategy::{
    AuxNeed, Catalog, ParamConflict, Params, Rule, StrategyEntry, Watch, Watched,
};
use crate::sweep::Plan;
use crate::trading::Simulation;

/// Evaluates every trial of the chunk.
pub(super) fn evaluate(
    chunk: &Chunk,
    catalog: &Catalog,
    bars: &BarStore,
    tapes: &Tapes,
    meter: &Meter,
) -> Result<ChunkResult, ExecError> {
    let altered = match chunk.keep {
        Keep::Reordered(reordering) => Some(Altered::Reordered(reordering)),
        _ => None,
    };
    let strategy = &chunk.job.spec.base().strategy;
    let bench = Bench { altered, ..Bench::new(catalog, strategy, (bars, tapes), meter) };
    match (&chunk.job.spec, &chunk.job.plan) {
        (RunSpec::Optimization(spec), Some(plan)) => {
            bench.trials(spec, plan, &chunk.portion, &mut Taking::Nothing)
        }
        (RunSpec::Validation(spec), Some(plan)) => {
            let mut taking = Taking::of(spec, &chunk.keep);
            bench.trials(&spec.search, plan, &chunk.portion, &mut taking)
        }
        (RunSpec::WalkForward(spec), Some(plan)) => match &chunk.keep {
            Keep::Leg(leg) => bench.leg(leg),
            Keep::Span(span) => {
                let search = spec.search_over(*span);
                bench.trials(&search, plan, &chunk.portion, &mut Taking::Nothing)
            }
            Keep::Parts(cuts) => {
                let mut taking = Taking::Windows(WindowTaking::to_choose(&spec.search, cuts));
                bench.trials(&spec.search, plan, &chunk.portion, &mut taking)
            }
            Keep::PartsInFull(cuts) => {
                let mut taking = Taking::Windows(WindowTaking::in_full(&spec.search, cuts));
                bench.trials(&spec.search, plan, &chunk.portion, &mut taking)
            }
            Keep::Rows | Keep::BlockLengths | Keep::Part(_) | Keep::Reordered(_) => {
                bench.trials(&spec.search, plan, &chunk.portion, &mut Taking::Nothing)
            }
        },
        (RunSpec::Robustness(spec), _) => match &chunk.keep {
            Keep::Leg(leg) => bench.leg(leg),
            _ => bench.variants(spec, &chunk.portion.places),
        },
        (spec, _) => bench.backtest(spec.base()),
    }
}

/// What every trial needs.
pub(super) struct Bench<'c> {
    pub(super) strategy: Result<Found<'c>, Failure>,
    pub(super) bars: &'c BarStore,
    tapes: &'c Tapes,
    pub(super) meter: &'c Meter,
    /// What is done to the bars, if anything is.
    pub(super) altered: Option<Altered>,
}

/// Why a trial has no report.
pub(super) enum Stop {
    /// Somebody asked for it.
    Asked,
    /// As a row of the run tells it.
    Failed(Failure),
}

impl<'c> Bench<'c> {
    /// For trials of that strategy.
    pub(super) fn new(
        catalog: &'c Catalog,
        strategy: &StrategyRef,
        (bars, tapes): (&'c BarStore, &'c Tapes),
        meter: &'c Meter,
    ) -> Self {
        Self { strategy: find(catalog, strategy), bars, tapes, meter, altered: None }
    }

    /// Which auxiliary series the strategy needs.
    pub(super) fn needs_aux(&self) -> Option<&AuxNeed> {
        self.strategy.as_ref().ok()?.aux.as_ref()
    }

    /// A backtest: one trial, with its trades and the hash of its fills.
    fn backtest(&self, spec: &BacktestSpec) -> Result<ChunkResult, ExecError> {
        let loaded = self.load(&spec.subscriptions, spec)?;
        let began = Instant::now();
        let row = self.backtest_row(spec, began)?;
        let (bars, time) = (bars_of(&loaded), began.elapsed());
        let work = Work { route: Route::Backtest, bars, time };
        Ok(ChunkResult { rows: vec![row], kept: Kept::Rows, work, hold: None })
    }

    fn backtest_row(&self, spec: &BacktestSpec, began: Instant) -> Result<TrialRow, ExecError> {
        let mut recorder = Recorder::default();
        match self.shown(spec, Some(&Watch::Counts), &mut recorder)? {
            Ok((report, watched)) => {
                let (mut result, trades) = recorder.finish(report);
                result.rule_facts = watched.counts;
                TrialRow::of_backtest(result, &trades, micros(began))
                    .map_err(|error| ExecError::Poisoned(error.to_string()))
            }
            Err(Stop::Asked) => Err(ExecError::Stopped),
            Err(Stop::Failed(failure)) => Ok(TrialRow::failed(0, failure, micros(began))),
        }
    }

    /// Runs a backtest and shows it to the observer.
    pub(super) fn observe(
        &self,
        spec: &BacktestSpec,
        observer: &mut impl Observer,
    ) -> Result<Result<Report, Stop>, ExecError> {
        Ok(self.shown(spec, None, observer)?.map(|(report, _)| report))
    }

    /// The same, and what its strategy goes by.
    fn shown(
        &self,
        spec: &BacktestSpec,
        watch: Option<&Watch>,
        observer: &mut impl Observer,
    ) -> Result<Result<(Report, Watched), Stop>, ExecError> {
        let loaded = self.load(&spec.subscriptions, spec)?;
        let aux = self.load_aux(&loaded, spec)?;
        Ok(caught(|| {
            let backtest = aux.given_to(prepare(&spec.simulation, spec.start_ms, &loaded)?);
            self.run_watched(&backtest, spec, watch, observer)
        }))
    }

    /// What each unit of money would be worth at those rising times if all of it were put into the
    /// first subscription at its first open: by the last close that was known then, as the metric
    /// `buy_hold_return` has it at the end.
    pub(super) fn held(
        &self,
        spec: &BacktestSpec,
        times_ms: &[i64],
    ) -> Result<Vec<f64>, ExecError> {
        let loaded = self.load(&spec.subscriptions[..1], spec)?;
        let Some((_, series, range)) = loaded.first() else { return Ok(Vec::new()) };
        let (bars, ends) = (&series.bars, series.bar_ends());
        let Some(&first) = bars.open.get(range.start) else { return Ok(Vec::new()) };
        let mut next = range.start;
        let worth = times_ms.iter().map(|&time_ms| {
            while next < range.end && ends.end_ms(next, bars.open_time_ms[next]) <= time_ms {
                next += 1;
            }
            let price = if next == range.start { first } else { bars.close[next - 1] };
            price as f64 / first as f64
        });
        Ok(worth.collect())
    }

    /// The trials of a part of a search.
    fn trials(
        &self,
        spec: &OptimizationSpec,
        plan: &Plan,
        part: &Portion,
        taking: &mut Taking<'_>,
    ) -> Result<ChunkResult, ExecError> {
        let mut rows = Vec::new();
        let mut work = Work { route: Route::BarByBar, bars: 0, time: Duration::ZERO };
        let mut indices = part.trials(plan).into_iter().peekable();
        while let Some(&first) = indices.peek() {
            let subscription = plan.grid().subscription(first);
            let loaded = self.load(spec.subscriptions(plan.grid(), first), &spec.base)?;
            let is_same = |index: &u64| plan.grid().subscription(*index) == subscription;
            let same: Vec<u64> = iter::from_fn(|| indices.next_if(is_same)).collect();
            work.bars += bars_of(&loaded) * same.len() as u64;
            let began = Instant::now();
            let mut done: Vec<Option<TrialRow>> = same.iter().map(|_| None).collect();
            for account in by_account(spec, plan.grid(), &same) {
                let params = |&(_, index): &(usize, u64)| (index, spec.params(plan.grid(), index));
                let trials: Vec<_> = account.trials.iter().map(params).collect();
                let (made, is_together) =
                    self.same_account(spec, &account.simulation, &loaded, &trials, taking)?;
                if is_together {
                    work.route = Route::Columns;
                }
                for ((place, _), row) in account.trials.into_iter().zip(made) {
                    done[place] = Some(row);
                }
            }
            rows.extend(done.into_iter().flatten());
            work.time += began.elapsed();
        }
        let began = Instant::now();
        let kept = taking.finish();
        work.time += began.elapsed();
        let share_us = micros(began) / rows.len().max(1) as u64;
        for row in &mut rows {
            row.compute_us += share_us;
        }
        Ok(ChunkResult { rows, kept, work, hold: None })
    }

    /// The rows of trials with one account, and whether some were computed together.
    fn same_account(
        &self,
        spec: &OptimizationSpec,
        simulation: &Result<Simulation, Failure>,
        loaded: &Loaded<'_>,
        trials: &[(u64, Params)],
        taking: &mut Taking<'_>,
    ) -> Result<(Vec<TrialRow>, bool), ExecError> {
        let start_ms = spec.base.start_ms;
        let simulation = simulation.as_ref().map_err(Clone::clone);
        let aux = self.load_aux(loaded, &spec.base)?;
        let backtest = simulation.and_then(|it| prepare(it, start_ms, loaded));
        let backtest = backtest.map(|it| aux.given_to(taking.prepared(it)));
        let began = Instant::now();
        let together = match &backtest {
            Ok(backtest) => self.by_columns(backtest, loaded, trials, start_ms)?,
            Err(_) => Vec::new(),
        };
        let compute_us = micros(began) / trials.len().max(1) as u64;
        let is_together = !together.is_empty();
        let mut together = together.into_iter();
        let mut rows = Vec::with_capacity(trials.len());
        for &(trial_index, ref params) in trials {
            let prepared = backtest.as_ref().map_err(Clone::clone);
            rows.push(if let Some(report) = together.next().flatten() {
                taking.take(trial_index, &report, prepared.ok());
                let outcome = judged(spec, report.metrics);
                TrialRow { trial_index, outcome, compute_us, detail: None }
            } else {
                self.trial(spec, (trial_index, params), prepared, taking)?
            });
        }
        Ok((rows, is_together))
    }

    /// The reports of those trials that can be computed together. A trial without one is left to
    /// the bar loop, as are all of them if one panics.
    pub(super) fn by_columns(
        &self,
        backtest: &Backtest<'_>,
        loaded: &Loaded<'_>,
        trials: &[(u64, Params)],
        start_ms: i64,
    ) -> Result<Vec<Option<Report>>, ExecError> {
        let ([(subscription, series, range)], Ok(entry)) = (loaded.as_slice(), &self.strategy)
        else {
            return Ok(Vec::new());
        };
        let reports = caught(|| {
            let rules: Vec<Option<Rule>> =
                trials.iter().map(|(_, params)| rule_of(entry, params, backtest)).collect();
            if rules.iter().all(Option::is_none) {
                return Ok(Vec::new());
            }
            let first = series.range(Some(start_ms), None).start.max(range.start);
            let data = self.content(subscription.data);
            let key = (data, subscription.timeframe, range.clone(), first);
            let Some(tape) = self.tapes.tape(key, series) else { return Ok(Vec::new()) };
            backtest.run_all(&tape, &rules, self.meter).map_err(Stop::from)
        });
        match reports {
            Ok(reports) => Ok(reports),
            Err(Stop::Asked) => Err(ExecError::Stopped),
            Err(Stop::Failed(failure)) => {
                tracing::error!(?failure, "trials by columns failed; they go bar by bar");
                Ok(Vec::new())
            }
        }
    }

    /// One trial: a whole backtest, bar by bar.
    fn trial(
        &self,
        spec: &OptimizationSpec,
        (trial_index, params): (u64, &Params),
        backtest: Result<&Backtest<'_>, Failure>,
        taking: &mut Taking<'_>,
    ) -> Result<TrialRow, ExecError> {
        let began = Instant::now();
        let prepared = backtest.as_ref().ok().copied();
        let outcome = caught(|| self.run(backtest.map_err(Stop::Failed)?, params, &mut ()));
        let outcome = match outcome {
            Ok(report) => {
                taking.take(trial_index, &report, prepared);
                judged(spec, report.metrics)
            }
            Err(Stop::Asked) => return Err(ExecError::Stopped),
            Err(Stop::Failed(failure)) => TrialOutcome::Failed(Box::new(failure)),
        };
        Ok(TrialRow { trial_index, outcome, compute_us: micros(began), detail: None })
    }
}

fn rule_of(entry: &StrategyEntry, params: &Params, backtest: &Backtest<'_>) -> Option<Rule> {
    (entry.build)(params).ok()?.rule_over(backtest.aux())
}

pub(super) fn micros(began: Instant) -> u64 {
    began.elapsed().as_micros() as u64
}

/// A panic is a failure of the trial.
pub(super) fn caught<T>(trial: impl FnOnce() -> Result<T, Stop>) -> Result<T, Stop> {
    catch(trial).unwrap_or_else(|failure| Err(Stop::Failed(failure)))
}

pub(super) fn prepare<'a>(
    simulation: &'a Simulation,
    start_ms: i64,
    loaded: &'a Loaded<'_>,
) -> Result<Backtest<'a>, Failure> {
    let subscribed: Vec<_> = loaded
        .iter()
        .map(|(subscription, series, range)| Subscribed {
            instrument: &subscription.instrument,
            series,
            range: range.clone(),
        })
        .collect();
    let backtest = Backtest::new(simulation, &subscribed).map_err(|errors| {
        let messages: Vec<_> =
            errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
        Failure::new("SIMULATION_INVALID", messages.join("; "))
    })?;
    Ok(backtest.trading_from(start_ms))
}

impl From<RunError> for Stop {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Stopped => Self::Asked,
            RunError::Overflow(overflow) => {
                Self::Failed(Failure::new("OVERFLOW", overflow.to_string()))
            }
        }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

pub(super) fn judged(spec: &OptimizationSpec, metrics: Metrics) -> TrialOutcome {
    let keeps = spec.constraints.iter().all(|rule| rule.admits(metrics.value(rule.metric)));
    let metrics = Box::new(metrics);
    if keeps { TrialOutcome::Completed(metrics) } else { TrialOutcome::Infeasible(metrics) }
}

pub(super) fn param_invalid(conflict: ParamConflict) -> Failure {
    let mut failure = Failure::new("PARAM_INVALID", conflict.message);
    failure.metadata.extend(conflict.values);
    failure
}
