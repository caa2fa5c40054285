//! Computing a chunk on the thread that calls: bars, strategy, engine, rows.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use super::executor::{Chunk, ChunkResult, ExecError};
use super::panic_trace::catch;
use crate::data::BarStore;
use crate::engine::{Backtest, Meter, Observer, Report, RunError, Subscribed};
use crate::market::Series;
use crate::metrics::Metrics;
use crate::run::{
    BacktestSpec, Failure, OptimizationSpec, Recorder, RunSpec, Subscription, TrialOutcome,
    TrialRow,
};
use crate::strategy::{Catalog, ParamConflict, Params};
use crate::sweep::Plan;

/// Evaluates every trial of the chunk.
pub(super) fn evaluate(
    chunk: &Chunk,
    catalog: &Catalog,
    bars: &BarStore,
    meter: &Meter,
) -> Result<ChunkResult, ExecError> {
    let bench = Bench { catalog, bars, meter };
    let rows = match (&chunk.job.spec, &chunk.job.plan) {
        (RunSpec::Optimization(spec), Some(plan)) => bench.trials(spec, plan, &chunk.places)?,
        (spec, _) => vec![bench.backtest(spec.base())?],
    };
    Ok(ChunkResult { rows })
}

/// What every trial needs.
pub(super) struct Bench<'c> {
    pub catalog: &'c Catalog,
    pub bars: &'c BarStore,
    pub meter: &'c Meter,
}

/// The bars of each subscription that the run sees.
type Loaded<'s> = Vec<(&'s Subscription, Arc<Series>, Range<usize>)>;

/// Why a trial has no report.
pub(super) enum Stop {
    /// Somebody asked for it.
    Asked,
    /// As a row of the run tells it.
    Failed(Failure),
}

impl Bench<'_> {
    fn load<'s>(
        &self,
        subscriptions: &'s [Subscription],
        spec: &BacktestSpec,
    ) -> Result<Loaded<'s>, ExecError> {
        let mut loaded = Vec::with_capacity(subscriptions.len());
        for subscription in subscriptions {
            let series = self
                .bars
                .resampled(&subscription.data, subscription.timeframe)
                .map_err(|error| ExecError::DataMissing(error.to_string()))?;
            let range = series.range(Some(spec.start_ms), Some(spec.end_ms));
            loaded.push((subscription, series, range));
        }
        Ok(loaded)
    }

    /// A backtest: one trial, with its trades and the hash of its fills.
    fn backtest(&self, spec: &BacktestSpec) -> Result<TrialRow, ExecError> {
        let began = Instant::now();
        let mut recorder = Recorder::default();
        match self.observe(spec, &mut recorder)? {
            Ok(report) => {
                let (result, trades) = recorder.finish(report);
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
        let loaded = self.load(&spec.subscriptions, spec)?;
        Ok(caught(|| {
            let backtest = prepare(spec, &loaded)?;
            self.run(&backtest, spec, &spec.params, observer)
        }))
    }

    /// The trials of a range of places: each a whole backtest, by the same engine.
    fn trials(
        &self,
        spec: &OptimizationSpec,
        plan: &Plan,
        places: &Range<u64>,
    ) -> Result<Vec<TrialRow>, ExecError> {
        let mut rows = Vec::new();
        let mut indices = plan.indices(places.clone()).peekable();
        while let Some(&first) = indices.peek() {
            let subscription = plan.grid().subscription(first);
            let loaded = self.load(spec.subscriptions(plan.grid(), first), &spec.base)?;
            let backtest = prepare(&spec.base, &loaded);
            let same = |index: &u64| plan.grid().subscription(*index) == subscription;
            while let Some(index) = indices.next_if(same) {
                let prepared = backtest.as_ref().map_err(Clone::clone);
                rows.push(self.trial(spec, plan, index, prepared)?);
            }
        }
        Ok(rows)
    }

    fn trial(
        &self,
        spec: &OptimizationSpec,
        plan: &Plan,
        trial_index: u64,
        backtest: Result<&Backtest<'_>, Failure>,
    ) -> Result<TrialRow, ExecError> {
        let began = Instant::now();
        let params = spec.params(plan.grid(), trial_index);
        let outcome = caught(|| {
            let backtest = backtest.map_err(Stop::Failed)?;
            self.run(backtest, &spec.base, &params, &mut ())
        });
        let outcome = match outcome {
            Ok(report) => judged(spec, report.metrics),
            Err(Stop::Asked) => return Err(ExecError::Stopped),
            Err(Stop::Failed(failure)) => TrialOutcome::Failed(Box::new(failure)),
        };
        Ok(TrialRow { trial_index, outcome, compute_us: micros(began), detail: None })
    }

    fn run(
        &self,
        backtest: &Backtest<'_>,
        spec: &BacktestSpec,
        params: &Params,
        observer: &mut impl Observer,
    ) -> Result<Report, Stop> {
        let entry = self
            .catalog
            .find(&spec.strategy.name, &spec.strategy.version)
            .map_err(|unknown| Stop::Failed(Failure::new("STRATEGY_MISSING", unknown.message)))?;
        let mut strategy =
            (entry.build)(params).map_err(|conflict| Stop::Failed(param_invalid(conflict)))?;
        backtest.run(strategy.as_mut(), self.meter, observer).map_err(|error| match error {
            RunError::Stopped => Stop::Asked,
            RunError::Overflow(overflow) => {
                Stop::Failed(Failure::new("OVERFLOW", overflow.to_string()))
            }
        })
    }
}

fn micros(began: Instant) -> u64 {
    began.elapsed().as_micros() as u64
}

/// A panic is a failure of the trial.
fn caught<T>(trial: impl FnOnce() -> Result<T, Stop>) -> Result<T, Stop> {
    catch(trial).unwrap_or_else(|failure| Err(Stop::Failed(failure)))
}

fn prepare<'a>(spec: &'a BacktestSpec, loaded: &'a Loaded<'_>) -> Result<Backtest<'a>, Failure> {
    let subscribed: Vec<_> = loaded
        .iter()
        .map(|(subscription, series, range)| Subscribed {
            instrument: &subscription.instrument,
            series,
            range: range.clone(),
        })
        .collect();
    Backtest::new(&spec.simulation, &subscribed).map_err(|errors| {
        let messages: Vec<_> =
            errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
        Failure::new("SIMULATION_INVALID", messages.join("; "))
    })
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

fn judged(spec: &OptimizationSpec, metrics: Metrics) -> TrialOutcome {
    let keeps = spec.constraints.iter().all(|rule| rule.admits(metrics.value(rule.metric)));
    let metrics = Box::new(metrics);
    if keeps { TrialOutcome::Completed(metrics) } else { TrialOutcome::Infeasible(metrics) }
}

fn param_invalid(conflict: ParamConflict) -> Failure {
    let mut failure = Failure::new("PARAM_INVALID", conflict.message);
    failure.metadata.extend(conflict.values);
    failure
}
