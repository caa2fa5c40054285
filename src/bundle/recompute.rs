//! Computing what a bundle tells of again, on this machine, and holding it against the rows.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::manifest::Head;
use super::rows::Row;
use crate::data::{BarStore, aux_path, bar_path};
use crate::digest::Digest;
use crate::engine::{ENGINE_VERSION, Meter};
use crate::metrics::{Metric, Metrics};
use crate::run::{RunId, RunSpec, TrialOutcome, TrialRow, TrialState};
use crate::runner::{Chunk, ExecError, Executor as _, Job, Keep, LocalExecutor, Portion};
use crate::strategy::Catalog;
use crate::system::point_to;

/// Bars kept in memory, in bytes.
const CACHE_BYTES: u64 = 1 << 30;
/// Trials of one piece of work.
const TRIALS_AT_ONCE: usize = 256;
/// How many differences are told one by one.
const TOLD_MAX: usize = 5;

/// How many trials are computed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recompute {
    /// None.
    Nothing,
    /// So many at most, drawn anew each time.
    Some(NonZero<u64>),
    /// Every one.
    All,
}

/// Why nothing can be computed again here.
pub(super) enum Cannot {
    /// In words.
    Because(String),
    /// The disk.
    Io(io::Error),
}

impl From<io::Error> for Cannot {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A bench to compute on.
pub(super) struct Bench {
    run_id: RunId,
    executor: LocalExecutor,
    job: Arc<Job>,
}

impl Bench {
    /// With the bars of the first of those folders that has them, linked into the first.
    pub(super) fn new(
        head: &Head,
        spec: RunSpec,
        folders: &[PathBuf],
        threads: Option<NonZero<usize>>,
    ) -> Result<Self, Cannot> {
        if head.engine_version != ENGINE_VERSION {
            let made_by = &head.engine_version;
            let told = format!("engine {made_by} made it, and this is engine {ENGINE_VERSION}");
            return Err(Cannot::Because(told));
        }
        let missing = gather(head, folders)?;
        if let Some(first) = missing.first() {
            let count = missing.len();
            let told = format!("{count} of its series are not here, such as {first}");
            return Err(Cannot::Because(told));
        }
        let folder = folders.first().cloned().unwrap_or_default();
        let bars = Arc::new(BarStore::open(folder, CACHE_BYTES)?);
        let executor = LocalExecutor::new(threads, Arc::new(Catalog::shipped()), bars);
        let executor = executor.map_err(io::Error::other)?;
        let job = Job::new(spec).map_err(|error| Cannot::Because(error.to_string()))?;
        let run_id = head.run_id.parse();
        let run_id = run_id.map_err(|_| Cannot::Because("its run id is none".to_owned()))?;
        Ok(Self { run_id, executor, job: Arc::new(job) })
    }

    /// The hash of the backtest, computed again.
    pub(super) async fn backtest(&self) -> Result<Option<Digest>, String> {
        Ok(self.backtest_row().await?.and_then(|row| Some(row.detail?.result_sha256)))
    }

    /// All that comes of it.
    pub(super) async fn backtest_row(&self) -> Result<Option<TrialRow>, String> {
        let rows = self.rows((0..1).into()).await.map_err(|error| error.to_string())?;
        Ok(rows.into_iter().next())
    }

    /// What differs of those trials when they are computed again.
    pub(super) async fn differences(&self, rows: Vec<Row>) -> Result<Vec<String>, String> {
        let places = 0..self.job.places();
        let pieces = rows.chunks(TRIALS_AT_ONCE).map(|rows| {
            let indices: Arc<[u64]> = rows.iter().map(|row| row.trial_index).collect();
            let portion = Portion { places: places.clone(), indices: Some(indices) };
            async move {
                let made = self.rows(portion).await?;
                Ok::<_, ExecError>(compared(rows, &made))
            }
        });
        let threads = self.executor.threads();
        let found = stream::iter(pieces).buffered(threads).try_collect::<Vec<_>>().await;
        Ok(found.map_err(|error| error.to_string())?.concat())
    }

    async fn rows(&self, portion: Portion) -> Result<Vec<TrialRow>, ExecError> {
        let (run_id, job) = (self.run_id, Arc::clone(&self.job));
        let chunk = Chunk { run_id, attempt: 1, portion, job, keep: Keep::Rows };
        Ok(self.executor.evaluate(chunk, Arc::new(Meter::default())).await?.rows)
    }
}

/// Which of the rows are computed again, in their order.
pub(super) fn drawn(rows: Vec<Row>, how_many: Recompute) -> Vec<Row> {
    let most = match how_many {
        Recompute::Nothing => return Vec::new(),
        Recompute::All => return rows,
        Recompute::Some(most) => usize::try_from(most.get()).unwrap_or(usize::MAX),
    };
    // Whoever made the file must not know which.
    let random = RandomState::new();
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_cached_key(|place| random.hash_one(place));
    let chosen: HashSet<usize> = order.into_iter().take(most).collect();
    let rows = rows.into_iter().enumerate();
    rows.filter(|(place, _)| chosen.contains(place)).map(|(_, row)| row).collect()
}

/// Links into the first folder what only another has; what none has.
fn gather(head: &Head, folders: &[PathBuf]) -> io::Result<Vec<String>> {
    let bars = head.data_sha256.iter().map(|digest| (digest, bar_path as PathOf));
    let aux = head.aux_sha256.iter().map(|digest| (digest, aux_path as PathOf));
    let mut missing = Vec::new();
    for (digest, path) in bars.chain(aux) {
        let mut places = folders.iter().map(|folder| path(folder, digest));
        let Some(first) = places.next().filter(|first| !first.exists()) else { continue };
        match places.find(|place| place.is_file()) {
            Some(there) => point_to(&std::path::absolute(there)?, &first)?,
            None => missing.push(digest.to_string()),
        }
    }
    Ok(missing)
}

type PathOf = fn(&Path, &Digest) -> PathBuf;

/// What differs, trial by trial.
fn compared(rows: &[Row], made: &[TrialRow]) -> Vec<String> {
    let made: BTreeMap<u64, &TrialRow> = made.iter().map(|row| (row.trial_index, row)).collect();
    let difference = |row: &Row| {
        let index = row.trial_index;
        let Some(made) = made.get(&index) else {
            return Some(format!("trial {index} is none of this search"));
        };
        let (state, metrics, reason) = match &made.outcome {
            TrialOutcome::Completed(metrics) => (TrialState::Completed, Some(metrics), ""),
            TrialOutcome::Infeasible(metrics) => (TrialState::Infeasible, Some(metrics), ""),
            TrialOutcome::Failed(failure) => (TrialState::Failed, None, failure.reason.as_str()),
        };
        if (state, reason) != (row.state, row.reason.as_str()) {
            let (told, is) = (row.state.as_str(), state.as_str());
            return Some(format!(
                "trial {index} is {told} {}, and comes to {is} {reason}",
                row.reason
            ));
        }
        let metric = unequal(&row.metrics, metrics.map(AsRef::as_ref)?)?;
        Some(format!("trial {index} has another {}", metric.name()))
    };
    rows.iter().filter_map(difference).take(TOLD_MAX).collect()
}

/// The first metric that is not the same to the bit.
fn unequal(told: &Metrics, made: &Metrics) -> Option<Metric> {
    let bits = |metrics: &Metrics, metric| metrics.value(metric).map(f64::to_bits);
    Metric::ALL.iter().copied().find(|&metric| bits(told, metric) != bits(made, metric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_is_in_order_and_no_more_than_asked() {
        let row = |trial_index| Row {
            trial_index,
            state: TrialState::Completed,
            metrics: Metrics::default(),
            reason: String::new(),
            message: String::new(),
            compute_us: 0,
        };
        let rows: Vec<Row> = (0..50).map(row).collect();
        let some = |count| Recompute::Some(NonZero::new(count).unwrap());
        let seven = drawn(rows.clone(), some(7));
        assert!(seven.len() == 7 && seven.is_sorted_by_key(|row| row.trial_index));
        assert_eq!(drawn(rows.clone(), some(70)), rows);
        assert_eq!(drawn(rows.clone(), Recompute::All), rows);
        assert_eq!(drawn(rows, Recompute::Nothing), []);
    }
}
