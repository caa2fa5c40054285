//! Computing a chunk on the thread that calls: bars, strategy, engine, rows.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use super::executor::{Chunk, ChunkResult, ExecError};
use super::panic_trace::catch;
use crate::data::BarStore;
use crate::engine::{Backtest, Meter, RunError, Subscribed};
use crate::market::Series;
use crate::run::{BacktestSpec, Failure, Recorder, RunSpec, TrialRow};
use crate::strategy::{Catalog, ParamConflict};

/// Evaluates every trial of the chunk.
pub(super) fn evaluate(
    chunk: &Chunk,
    catalog: &Catalog,
    bars: &BarStore,
    meter: &Meter,
) -> Result<ChunkResult, ExecError> {
    let mut rows = Vec::new();
    for trial_index in chunk.trials.clone() {
        if meter.is_stopping() {
            return Err(ExecError::Stopped);
        }
        let RunSpec::Backtest(spec) = chunk.spec.as_ref();
        let loaded = load(spec, bars)?;
        rows.push(trial(trial_index, spec, &loaded, catalog, meter)?);
    }
    Ok(ChunkResult { rows })
}

type Loaded = Vec<(Arc<Series>, Range<usize>)>;

/// The bars of each subscription that the run sees.
fn load(spec: &BacktestSpec, bars: &BarStore) -> Result<Loaded, ExecError> {
    let mut loaded = Vec::with_capacity(spec.subscriptions.len());
    for subscription in &spec.subscriptions {
        let series = bars
            .resampled(&subscription.data, subscription.timeframe)
            .map_err(|error| ExecError::DataMissing(error.to_string()))?;
        let range = series.range(Some(spec.start_ms), Some(spec.end_ms));
        loaded.push((series, range));
    }
    Ok(loaded)
}

fn trial(
    trial_index: u64,
    spec: &BacktestSpec,
    loaded: &Loaded,
    catalog: &Catalog,
    meter: &Meter,
) -> Result<TrialRow, ExecError> {
    let began = Instant::now();
    let elapsed_us = || began.elapsed().as_micros() as u64;
    let failed = |failure| Ok(TrialRow::failed(trial_index, failure, elapsed_us()));
    match catch(|| run(spec, loaded, catalog, meter)) {
        Ok(Ok((report, recorder))) => {
            let (result, trades) = recorder.finish(report);
            TrialRow::of_backtest(result, &trades, elapsed_us())
                .map_err(|error| ExecError::Poisoned(error.to_string()))
        }
        Ok(Err(Stop::Asked)) => Err(ExecError::Stopped),
        Ok(Err(Stop::Failed(failure))) | Err(failure) => failed(failure),
    }
}

enum Stop {
    Asked,
    Failed(Failure),
}

fn run(
    spec: &BacktestSpec,
    loaded: &Loaded,
    catalog: &Catalog,
    meter: &Meter,
) -> Result<(crate::engine::Report, Recorder), Stop> {
    let entry = catalog
        .find(&spec.strategy.name, &spec.strategy.version)
        .map_err(|unknown| Stop::Failed(Failure::new("STRATEGY_MISSING", unknown.message)))?;
    let mut strategy =
        (entry.build)(&spec.params).map_err(|conflict| Stop::Failed(param_invalid(conflict)))?;
    let subscribed: Vec<_> = spec
        .subscriptions
        .iter()
        .zip(loaded)
        .map(|(subscription, (series, range))| Subscribed {
            instrument: &subscription.instrument,
            series,
            range: range.clone(),
        })
        .collect();
    let backtest = Backtest::new(&spec.simulation, &subscribed).map_err(|errors| {
        let messages: Vec<_> =
            errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
        Stop::Failed(Failure::new("SIMULATION_INVALID", messages.join("; ")))
    })?;
    let mut recorder = Recorder::default();
    match backtest.run(strategy.as_mut(), meter, &mut recorder) {
        Ok(report) => Ok((report, recorder)),
        Err(RunError::Stopped) => Err(Stop::Asked),
        Err(RunError::Overflow(overflow)) => {
            Err(Stop::Failed(Failure::new("OVERFLOW", overflow.to_string())))
        }
    }
}

fn param_invalid(conflict: ParamConflict) -> Failure {
    let mut failure = Failure::new("PARAM_INVALID", conflict.message);
    failure.metadata.extend(conflict.values);
    failure
}
