//! Computing a finished backtest or trial again, to see what was not kept: beside the executor, on
//! its threads.

use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::sync::Semaphore;

use super::Runner;
use super::curve::{Curve, CurveSampler};
use super::error::{MissingData, RunnerError};
use super::evaluate::{Bench, Stop};
use super::executor::ExecError;
use super::export::stored_trades;
use super::local::Threads;
use super::picked_trades::{PickedTrades, TradePicker, TradeQuery};
use super::replayable::is_replayable;
use super::rule_values::Wanted;
use super::tapes::Tapes;
use super::weights::{WeightRecorder, points_with_weights};
use crate::data::BarStore;
use crate::engine::{Meter, Observer, Report};
use crate::run::{
    AccountFault, BacktestSpec, InstrumentFigures, InstrumentTally, Life, Recorder, RunId,
    RunRecord, RunResult, RunSpec, StrategyRef,
};
use crate::strategy::{Catalog, Watched};
use crate::telemetry::Span;

/// Runs that are computed again at once; the others wait. Each holds up the chunks behind it.
const REPLAYS_AT_ONCE: usize = 2;

/// Computes finished runs again.
pub struct Replayer {
    threads: Threads,
    catalog: Arc<Catalog>,
    bars: Arc<BarStore>,
    turns: Semaphore,
}

/// A backtest that came to its end, as a run or as a trial of one.
pub(super) struct Finished {
    run_id: RunId,
    /// What computed it.
    engine_version: String,
    pub(super) spec: BacktestSpec,
    /// How many points its equity curve has, where that was kept.
    curve_points: Option<u64>,
    /// Whether its trades were kept.
    pub(super) has_trades: bool,
}

impl Finished {
    /// The same by a strategy that decides as its own.
    pub(super) fn by(self, strategy: StrategyRef) -> Self {
        Self { spec: BacktestSpec { strategy, ..self.spec }, ..self }
    }
}

/// Why a run could not be computed again.
#[derive(Debug)]
enum ReplayError {
    DataMissing(String),
    /// It came to its end once; so what computes it is another now.
    Differs(String),
    Stopped,
}

/// Stops the computation when nobody waits for it any more.
struct StopOnDrop(Arc<Meter>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Replayer {
    pub(super) fn new(threads: Threads, catalog: Arc<Catalog>, bars: Arc<BarStore>) -> Self {
        Self { threads, catalog, bars, turns: Semaphore::new(REPLAYS_AT_ONCE) }
    }

    /// Shows the run to the observer; gives that back, and what the engine told.
    async fn replay<O: Observer + Send + 'static>(
        &self,
        spec: BacktestSpec,
        mut observer: O,
    ) -> Result<(O, Report), ReplayError> {
        let observe = move |bench: &Bench<'_>, spec: &BacktestSpec| {
            let report = replayed(bench.observe(spec, &mut observer));
            report.map(|report| (observer, report))
        };
        self.again(spec, observe).await
    }

    /// Computes something of a run again, when it is its turn.
    async fn again<T: Send + 'static>(
        &self,
        spec: BacktestSpec,
        compute: impl FnOnce(&Bench<'_>, &BacktestSpec) -> Result<T, ReplayError> + Send + 'static,
    ) -> Result<T, ReplayError> {
        let _span = Span::within("replay");
        let _turn = self.turns.acquire().await.map_err(|_| ReplayError::Stopped)?;
        let (catalog, bars) = (Arc::clone(&self.catalog), Arc::clone(&self.bars));
        let meter = Arc::new(Meter::default());
        let stop = StopOnDrop(Arc::clone(&meter));
        let answered = self.threads.compute(move || {
            // What observes wants to see every bar, so that no tape is made.
            let tapes = Tapes::default();
            let bench = Bench::new(&catalog, &spec.strategy, (&bars, &tapes), &meter);
            compute(&bench, &spec)
        });
        let computed = answered.await.unwrap_or(Err(ReplayError::Stopped));
        drop(stop);
        computed
    }

    /// What each unit of money would be worth at those times if the first instrument were held.
    async fn held(&self, spec: BacktestSpec, times_ms: Vec<i64>) -> Result<Vec<f64>, ReplayError> {
        let (catalog, bars) = (Arc::clone(&self.catalog), Arc::clone(&self.bars));
        let answered = self.threads.compute(move || {
            let (tapes, meter) = (Tapes::default(), Meter::default());
            Bench::new(&catalog, &spec.strategy, (&bars, &tapes), &meter).held(&spec, &times_ms)
        });
        match answered.await {
            Ok(Ok(held)) => Ok(held),
            Ok(Err(ExecError::DataMissing(message) | ExecError::Unreadable(message))) => {
                Err(ReplayError::DataMissing(message))
            }
            Ok(Err(error)) => Err(ReplayError::Differs(error.to_string())),
            Err(_) => Err(ReplayError::Stopped),
        }
    }
}

fn replayed<T>(made: Result<Result<T, Stop>, ExecError>) -> Result<T, ReplayError> {
    match made {
        Ok(Ok(made)) => Ok(made),
        Ok(Err(Stop::Asked)) | Err(ExecError::Stopped) => Err(ReplayError::Stopped),
        Ok(Err(Stop::Failed(failure))) => {
            Err(ReplayError::Differs(format!("{}: {}", failure.reason, failure.message)))
        }
        Err(ExecError::DataMissing(message) | ExecError::Unreadable(message)) => {
            Err(ReplayError::DataMissing(message))
        }
        Err(error) => Err(ReplayError::Differs(error.to_string())),
    }
}

impl Runner {
    /// The equity curve of a completed backtest or of a trial, computed again from the very bars it
    /// was computed from, and thinned to at most `points_max` points, with
    /// weights perhaps to fewer.
    ///
    /// # Errors
    ///
    /// `NotFinished`, `EngineChanged`, `DataMissing`, or that there is no such trial.
    pub async fn equity_curve(
        &self,
        run_id: RunId,
        trial_index: Option<u64>,
        points_max: usize,
        with_weights: bool,
    ) -> Result<(BacktestSpec, Curve), RunnerError> {
        let finished = self.finished(run_id, trial_index).await?;
        let instruments = finished.spec.executing().len();
        let points_max =
            if with_weights { points_with_weights(points_max, instruments) } else { points_max };
        let total = match finished.curve_points {
            Some(points) => points,
            // How long the curve is must be known before it is thinned.
            None => self.replay(&finished, ()).await?.1.bars + 1,
        };
        let (sampler, _) = self.replay(&finished, CurveSampler::new(total, points_max)).await?;
        let mut curve = sampler.finish();
        let times: Vec<i64> = curve.points.iter().map(|point| point.time_ms).collect();
        if with_weights {
            let recorder = WeightRecorder::new(times.clone(), instruments);
            curve.weights = self.replay(&finished, recorder).await?.0.finish();
        }
        curve.held = self.held(&finished, times).await?;
        Ok((finished.spec, curve))
    }

    /// Some of the trades of a completed backtest or of a trial.
    ///
    /// # Errors
    ///
    /// As for the equity curve.
    pub async fn trades(
        &self,
        run_id: RunId,
        trial_index: Option<u64>,
        query: TradeQuery,
    ) -> Result<(BacktestSpec, PickedTrades), RunnerError> {
        let finished = self.finished(run_id, trial_index).await?;
        let is_page = query.span.is_none() && query.buckets == 0;
        if finished.has_trades && is_page {
            let TradeQuery { offset, limit, .. } = query;
            let page = self.store.trades(run_id, offset, limit).await?;
            let trades = (offset..).zip(page.trades).collect();
            let total = page.total;
            return Ok((finished.spec, PickedTrades { trades, total, counts: Vec::new() }));
        }
        // A close at the last bar's end is stamped with that end.
        let whole = finished.spec.start_ms..finished.spec.end_ms + 1;
        let mut picker = TradePicker::new(query, whole);
        if finished.has_trades {
            let mut parts = std::pin::pin!(stored_trades(self.store.clone(), run_id));
            while let Some(part) = parts.next().await {
                for row in part? {
                    picker.push(row);
                }
                tokio::task::yield_now().await;
            }
        } else {
            let (recorder, report) = self.replay(&finished, Recorder::default()).await?;
            for row in recorder.finish(report).1 {
                picker.push(row);
            }
        }
        Ok((finished.spec, picker.finish()))
    }

    /// What each instrument of a completed backtest or of a trial did, in their order.
    ///
    /// # Errors
    ///
    /// As for the equity curve.
    pub async fn instruments_of(
        &self,
        run_id: RunId,
        trial_index: Option<u64>,
    ) -> Result<(BacktestSpec, InstrumentFigures), RunnerError> {
        let finished = self.finished(run_id, trial_index).await?;
        let money = finished.spec.money();
        let tally = InstrumentTally::new(finished.spec.executing().len());
        let (tally, _) = self.replay(&finished, tally).await?;
        Ok((finished.spec, tally.finish(money)))
    }

    /// The backtest whose results are asked for, if it came to an end that can be computed again.
    pub(super) async fn finished(
        &self,
        run_id: RunId,
        trial_index: Option<u64>,
    ) -> Result<Finished, RunnerError> {
        let record = self.run(run_id).await?;
        match &record.spec {
            RunSpec::Backtest(spec) => finished_backtest(&record, spec, trial_index),
            RunSpec::Optimization(_) => self.finished_trial(&record, trial_index).await,
            RunSpec::Validation(_) => Err(RunnerError::WithoutCurve(run_id)),
            RunSpec::WalkForward(_) => Err(RunnerError::OnlyWindows(run_id)),
            RunSpec::Robustness(_) => Err(RunnerError::OnlyVariants(run_id)),
        }
    }

    async fn finished_trial(
        &self,
        record: &RunRecord,
        trial_index: Option<u64>,
    ) -> Result<Finished, RunnerError> {
        let run_id = record.snapshot.run_id;
        let trial_index = trial_index.ok_or(RunnerError::TrialNotNamed(run_id))?;
        let search = self.search(run_id).await?;
        let trial = search.trial(trial_index).await?;
        if let Some(failure) = trial.failure {
            return Err(RunnerError::TrialFailed { run_id, trial_index, message: failure.message });
        }
        let spec = search.backtest(trial_index);
        let spec = spec.map_err(|AccountFault { path, message }| RunnerError::TrialFailed {
            run_id,
            trial_index,
            message: format!("{path}: {message}"),
        })?;
        Ok(Finished {
            run_id,
            engine_version: record.engine_version.clone(),
            spec,
            curve_points: None,
            has_trades: false,
        })
    }

    /// What each unit of money would be worth at those rising times if the first instrument were
    /// held.
    pub(super) async fn held(
        &self,
        finished: &Finished,
        times_ms: Vec<i64>,
    ) -> Result<Vec<f64>, RunnerError> {
        let held = self.replayer.held(finished.spec.clone(), times_ms).await;
        held.map_err(|error| told(finished, error))
    }

    pub(super) async fn replay<O: Observer + Send + 'static>(
        &self,
        finished: &Finished,
        observer: O,
    ) -> Result<(O, Report), RunnerError> {
        self.again(finished, self.replayer.replay(finished.spec.clone(), observer)).await
    }

    /// What the strategy of a run went by, and how many bars there are of the span.
    pub(super) async fn watch_values(
        &self,
        finished: &Finished,
        wanted: Wanted,
    ) -> Result<(Watched, usize), RunnerError> {
        let watch =
            move |bench: &Bench<'_>, spec: &BacktestSpec| replayed(bench.watch(spec, wanted));
        self.again(finished, self.replayer.again(finished.spec.clone(), watch)).await
    }

    /// What computes a run again, if this server can.
    async fn again<T>(
        &self,
        finished: &Finished,
        computing: impl Future<Output = Result<T, ReplayError>>,
    ) -> Result<T, RunnerError> {
        let Finished { run_id, engine_version, spec, .. } = finished;
        if !is_replayable(engine_version, spec) {
            let made_by = format!("by engine {engine_version}");
            return Err(RunnerError::EngineChanged { run_id: *run_id, made_by });
        }
        let computed = tokio::select! {
            computed = computing => computed,
            () = self.shutdown.cancelled() => Err(ReplayError::Stopped),
        };
        computed.map_err(|error| told(finished, error))
    }
}

/// Why it could not be computed again, as whoever asked is told.
fn told(finished: &Finished, error: ReplayError) -> RunnerError {
    match error {
        ReplayError::DataMissing(message) => {
            let subject = finished.spec.subscriptions.first().map_or_else(String::new, |first| {
                format!("{}@{}", first.instrument, first.timeframe)
            });
            RunnerError::DataMissing(vec![MissingData { subject, message }])
        }
        ReplayError::Differs(message) => RunnerError::EngineChanged {
            run_id: finished.run_id,
            made_by: format!("differently ({message})"),
        },
        ReplayError::Stopped => RunnerError::ShuttingDown,
    }
}

fn finished_backtest(
    record: &RunRecord,
    spec: &BacktestSpec,
    trial_index: Option<u64>,
) -> Result<Finished, RunnerError> {
    let run_id = record.snapshot.run_id;
    if let Some(trial_index @ 1..) = trial_index {
        return Err(RunnerError::TrialNotFound { run_id, trial_index });
    }
    let Life::Completed { result, .. } = &record.snapshot.life else {
        return Err(RunnerError::NotFinished { run_id, state: record.snapshot.state() });
    };
    let curve_points = match result.as_ref() {
        RunResult::Backtest(result) => Some(result.equity_point_count),
        RunResult::Optimization(_)
        | RunResult::Validation(_)
        | RunResult::WalkForward(_)
        | RunResult::Robustness(_) => None,
    };
    Ok(Finished {
        run_id,
        engine_version: record.engine_version.clone(),
        spec: spec.clone(),
        curve_points,
        has_trades: true,
    })
}
