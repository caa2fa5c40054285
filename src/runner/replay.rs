//! Computing a finished run again, to see what was not kept: beside the executor, on its threads.

use std::ops::Range;
use std::sync::Arc;

use rayon::ThreadPool;
use tokio::sync::{Semaphore, oneshot};

use super::Runner;
use super::curve::{Curve, CurveSampler};
use super::error::{MissingData, RunnerError};
use super::panic_trace::catch;
use crate::data::BarStore;
use crate::engine::{Backtest, ENGINE_VERSION, Meter, Observer, RunError, Subscribed};
use crate::market::Series;
use crate::run::{BacktestSpec, Failure, Life, RunId, RunRecord};
use crate::strategy::Catalog;

/// Runs that are computed again at once; the others wait. Each holds up the chunks behind it.
const REPLAYS_AT_ONCE: usize = 2;

/// Computes finished runs again.
pub struct Replayer {
    pool: Arc<ThreadPool>,
    catalog: Arc<Catalog>,
    bars: Arc<BarStore>,
    turns: Semaphore,
}

/// Why a run could not be computed again.
#[derive(Debug)]
enum ReplayError {
    DataMissing(MissingData),
    /// It came to its end once; so what computes it is another now.
    Differs(String),
    Stopped,
}

impl From<Failure> for ReplayError {
    fn from(failure: Failure) -> Self {
        Self::Differs(format!("{}: {}", failure.reason, failure.message))
    }
}

/// Stops the computation when nobody waits for it any more.
struct StopOnDrop(Arc<Meter>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Replayer {
    pub(super) fn new(pool: Arc<ThreadPool>, catalog: Arc<Catalog>, bars: Arc<BarStore>) -> Self {
        Self { pool, catalog, bars, turns: Semaphore::new(REPLAYS_AT_ONCE) }
    }

    /// Shows the run to the observer and gives that back.
    async fn replay<O: Observer + Send + 'static>(
        &self,
        spec: BacktestSpec,
        mut observer: O,
    ) -> Result<O, ReplayError> {
        let _turn = self.turns.acquire().await.map_err(|_| ReplayError::Stopped)?;
        let (answer, answered) = oneshot::channel();
        let (catalog, bars) = (Arc::clone(&self.catalog), Arc::clone(&self.bars));
        let meter = Arc::new(Meter::default());
        let stop = StopOnDrop(Arc::clone(&meter));
        let span = tracing::Span::current();
        self.pool.spawn_fifo(move || {
            let _entered = span.enter();
            if answer.is_closed() {
                return;
            }
            let replayed = catch(|| replay(&spec, &catalog, &bars, &meter, &mut observer));
            let replayed = replayed.unwrap_or_else(|failure| Err(failure.into()));
            _ = answer.send(replayed.map(|()| observer));
        });
        let replayed = answered.await.unwrap_or(Err(ReplayError::Stopped));
        drop(stop);
        replayed
    }
}

fn replay(
    spec: &BacktestSpec,
    catalog: &Catalog,
    bars: &BarStore,
    meter: &Meter,
    observer: &mut impl Observer,
) -> Result<(), ReplayError> {
    let loaded = load(spec, bars)?;
    let differs = |message: String| ReplayError::Differs(message);
    let entry = catalog
        .find(&spec.strategy.name, &spec.strategy.version)
        .map_err(|unknown| differs(unknown.message))?;
    let mut strategy =
        (entry.build)(&spec.params).map_err(|conflict| differs(conflict.message.to_owned()))?;
    let subscribed: Vec<_> = spec
        .subscriptions
        .iter()
        .zip(&loaded)
        .map(|(subscription, (series, range))| Subscribed {
            instrument: &subscription.instrument,
            series,
            range: range.clone(),
        })
        .collect();
    let backtest = Backtest::new(&spec.simulation, &subscribed)
        .map_err(|_| differs("the simulation does not fit".to_owned()))?;
    match backtest.run(strategy.as_mut(), meter, observer) {
        Ok(_) => Ok(()),
        Err(RunError::Stopped) => Err(ReplayError::Stopped),
        Err(RunError::Overflow(overflow)) => Err(differs(overflow.to_string())),
    }
}

type Loaded = Vec<(Arc<Series>, Range<usize>)>;

fn load(spec: &BacktestSpec, bars: &BarStore) -> Result<Loaded, ReplayError> {
    let mut loaded = Vec::with_capacity(spec.subscriptions.len());
    for subscription in &spec.subscriptions {
        let series =
            bars.resampled(&subscription.data, subscription.timeframe).map_err(|error| {
                let subject = format!("{}@{}", subscription.instrument, subscription.timeframe);
                ReplayError::DataMissing(MissingData { subject, message: error.to_string() })
            })?;
        let range = series.range(Some(spec.start_ms), Some(spec.end_ms));
        loaded.push((series, range));
    }
    Ok(loaded)
}

impl Runner {
    /// The equity curve of a completed backtest, computed again from the very bars it was computed
    /// from, and thinned to at most `points_max` points.
    ///
    /// # Errors
    ///
    /// `NotFinished`, `EngineChanged` or `DataMissing`.
    pub async fn equity_curve(
        &self,
        run_id: RunId,
        points_max: usize,
    ) -> Result<(RunRecord, Curve), RunnerError> {
        let record = self.run(run_id).await?;
        let Life::Completed { result, .. } = &record.snapshot.life else {
            return Err(RunnerError::NotFinished { run_id, state: record.snapshot.state() });
        };
        if record.engine_version != ENGINE_VERSION {
            let made_by = format!("by engine {}", record.engine_version);
            return Err(RunnerError::EngineChanged { run_id, made_by });
        }
        let sampler = CurveSampler::new(result.equity_point_count, points_max);
        let replayed = tokio::select! {
            replayed = self.replayer.replay(record.spec.base().clone(), sampler) => replayed,
            () = self.shutdown.cancelled() => Err(ReplayError::Stopped),
        };
        match replayed {
            Ok(sampler) => Ok((record, sampler.finish())),
            Err(ReplayError::DataMissing(missing)) => Err(RunnerError::DataMissing(vec![missing])),
            Err(ReplayError::Differs(message)) => {
                let made_by = format!("differently ({message})");
                Err(RunnerError::EngineChanged { run_id, made_by })
            }
            Err(ReplayError::Stopped) => Err(RunnerError::ShuttingDown),
        }
    }
}
