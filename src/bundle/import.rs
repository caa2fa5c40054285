//! A bundle on its way into a server: held against itself before anything of it is kept.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use super::BundleError;
use super::manifest::{Head, member};
use super::recompute::{Bench, Cannot};
use super::rows::{Row, trials};
use super::unpack::unpack;
use super::verify::{Level, Opened, Outcome};
use crate::data::{BesideRun, aux_path, bar_path};
use crate::engine::ENGINE_VERSION;
use crate::run::{
    AuxSource, Failure, OptimizationSpec, Origin, RunSpec, Subscription, Tags, TrialOutcome,
    TrialRow, TrialState,
};
use crate::runner::{Import, Job, RunnerError};

/// The longest specification that a server takes by itself, and more.
const SPEC_BYTES_MAX: u64 = 8 << 20;

/// Why a bundle is not imported.
pub(crate) enum ImportFault {
    /// It cannot be looked into.
    Bundle(BundleError),
    /// It does not hold against itself.
    Wrong(String),
    /// Nothing is wrong with it that could be seen, and that is not enough.
    NotProved(String),
    /// What went wrong is none of its faults.
    Runner(RunnerError),
}

impl<E: Into<BundleError>> From<E> for ImportFault {
    fn from(error: E) -> Self {
        Self::Bundle(error.into())
    }
}

/// How large what is in a bundle may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MostBytes {
    /// All of it, unpacked.
    pub unpacked: u64,
    /// The series that the run read.
    pub series: u64,
}

/// A run that holds against its own hash.
pub(crate) struct Proved {
    /// What is to be kept; what people say of it is in `run`.
    pub import: Import,
    /// The run as its server told it.
    pub run: Value,
    /// The series that are in the file.
    pub series: BesideRun,
    /// Where the file is unpacked: as long as its rows are read.
    pub folder: TempDir,
}

/// Holds a bundle against itself: unpacked in that folder, to at most so many bytes; bars that are
/// not in it are looked for in `bars`. What was asked for must be what `submitted` makes of it. A
/// search is proved by the hash over its trials, and a backtest by being computed again: so all of
/// its trades are there.
pub(crate) async fn prove<S: Future<Output = Result<RunSpec, ImportFault>>>(
    path: PathBuf,
    (scratch, bars): (PathBuf, PathBuf),
    most: MostBytes,
    submitted: impl FnOnce(RunSpec) -> S,
) -> Result<Proved, ImportFault> {
    let opened = spawn_blocking(move || open(&path, &scratch, most)).await;
    // A panic: what is odd about it, no check has a word for.
    let (opened, folder, spec) = opened.map_err(|_| odd())??;
    let spec = submitted(spec).await?;
    let head = opened.head().clone();
    let run_id = head.run_id.parse().map_err(|_| wrong("its run id is none"))?;
    let (rows, total, places): (Box<dyn Iterator<Item = _> + Send>, _, _) = match &spec {
        RunSpec::Backtest(_) => {
            let row = computed(&opened, spec.clone(), bars).await?;
            let bars = row.detail.as_ref().map_or(0, |it| it.equity_point_count.saturating_sub(1));
            (Box::new(std::iter::once(Ok(row))), bars, 1)
        }
        RunSpec::Optimization(search) => {
            let (path, search) = (opened.path(member::TRIALS), search.clone());
            let counted = spawn_blocking(move || searched(&path, &search)).await;
            counted.map_err(|_| odd())??
        }
        _ => return Err(ImportFault::NotProved(not_of_rows(&head))),
    };
    let result_sha256 = head.result_sha256.ok_or_else(|| not_completed(&head))?;
    let origin = Origin {
        run_id,
        manifest_sha256: opened.unpacked.sha256,
        version: opened.unpacked.manifest.version.clone(),
        import_ms: 0,
        is_recomputed: matches!(spec, RunSpec::Backtest(_)),
    };
    let run = opened.run().map_err(ImportFault::Wrong)?;
    let series = series(&opened, &spec);
    let import = Import {
        run_key: head.run_key,
        engine_version: head.engine_version.clone(),
        tags: Tags::default(),
        spec,
        result_sha256,
        total,
        places,
        origin,
        rows,
    };
    Ok(Proved { import, run, series, folder })
}

fn open(
    path: &Path,
    scratch: &Path,
    most: MostBytes,
) -> Result<(Opened, TempDir, RunSpec), ImportFault> {
    let folder = tempfile::tempdir_in(scratch)?;
    let unpacked = unpack(path, folder.path(), most.unpacked)?;
    let opened = Opened { folder: folder.path().to_owned(), unpacked };
    let head = opened.head();
    if head.state != "COMPLETED" {
        return Err(not_completed(head));
    }
    if head.engine_version != ENGINE_VERSION {
        let made_by = &head.engine_version;
        let told = format!("engine {made_by} made it, and this is engine {ENGINE_VERSION}");
        return Err(ImportFault::NotProved(told));
    }
    if !["BACKTEST", "OPTIMIZATION"].contains(&head.kind.as_str()) {
        return Err(ImportFault::NotProved(not_of_rows(head)));
    }
    let is_series = |name: &str| name.split_once('/').is_some();
    let members = opened.unpacked.manifest.members.iter();
    let of_series: u64 = members.filter(|it| is_series(&it.name)).map(|it| it.bytes).sum();
    if of_series > most.series {
        let (series, most) = (of_series, most.series);
        return Err(wrong(&format!("its series have {series} bytes, and a run may need {most}")));
    }
    let of_spec = opened.unpacked.manifest.members.iter().find(|it| it.name == member::SPEC);
    if of_spec.is_some_and(|it| it.bytes > SPEC_BYTES_MAX) {
        return Err(wrong("its spec.json is longer than any server would have taken"));
    }
    for Level { name, outcome, told } in opened.levels() {
        match outcome {
            Outcome::Holds => {}
            Outcome::Wrong => return Err(ImportFault::Wrong(format!("{name}: {told}"))),
            Outcome::NotChecked => return Err(ImportFault::NotProved(told)),
        }
    }
    let spec = opened.spec().map_err(ImportFault::Wrong)?;
    Ok((opened, folder, spec))
}

/// The backtest computed again, with all that a server keeps of one.
async fn computed(opened: &Opened, spec: RunSpec, bars: PathBuf) -> Result<TrialRow, ImportFault> {
    let (head, folders) = (opened.head().clone(), [opened.path(member::BARS), bars]);
    let bench = spawn_blocking(move || Bench::new(&head, spec, &folders, NonZero::new(1))).await;
    let bench = match bench.map_err(|_| odd())? {
        Ok(bench) => bench,
        Err(Cannot::Because(told)) => {
            let how = "a backtest is computed again as it is imported; bundle it with its bars";
            return Err(ImportFault::NotProved(format!("{told}: {how}")));
        }
        Err(Cannot::Io(error)) => return Err(error.into()),
    };
    let row = bench.backtest_row().await.map_err(ImportFault::Wrong)?;
    let made = row.as_ref().and_then(|row| Some(row.detail.as_ref()?.result_sha256));
    match row {
        Some(row) if made == opened.head().result_sha256 => Ok(row),
        _ => Err(wrong("computed again, the backtest comes to another result")),
    }
}

type Rows = Box<dyn Iterator<Item = io::Result<TrialRow>> + Send>;

/// The trials of a search: all that it plans and no others, once each and in their order.
fn searched(path: &Path, search: &OptimizationSpec) -> Result<(Rows, u64, u64), ImportFault> {
    let job = Job::new(RunSpec::Optimization(Box::new(search.clone())));
    let job = job.map_err(|error| ImportFault::Wrong(error.to_string()))?;
    let plan = job.plan.as_ref().ok_or_else(odd)?;
    let mut told = Vec::new();
    for row in trials(path)? {
        told.push(row?.trial_index);
    }
    let is_whole = if search.search.is_learning() {
        let is_there = told.last().is_none_or(|last| *last < plan.grid().len());
        told.is_sorted_by(|a, b| a < b) && is_there && told.len() as u64 <= plan.total()
    } else {
        let mut planned: Vec<u64> = plan.indices(0..plan.places()).collect();
        planned.sort_unstable();
        told == planned
    };
    if !is_whole {
        return Err(wrong("its trials are not those of what was asked for"));
    }
    let rows = trials(path)?.map(|row| row.map(kept));
    Ok((Box::new(rows), told.len() as u64, job.places()))
}

fn kept(row: Row) -> TrialRow {
    let Row { trial_index, state, metrics, reason, message, compute_us } = row;
    let outcome = match state {
        TrialState::Completed => TrialOutcome::Completed(Box::new(metrics)),
        TrialState::Infeasible => TrialOutcome::Infeasible(Box::new(metrics)),
        TrialState::Failed => TrialOutcome::Failed(Box::new(Failure::new(&reason, message))),
    };
    TrialRow { trial_index, outcome, compute_us, detail: None }
}

/// The series in the file that the run read; what else is in it was never asked for.
fn series(opened: &Opened, spec: &RunSpec) -> BesideRun {
    let folder = opened.path(member::BARS);
    let (mut bars, mut aux) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
    for Subscription { instrument, data, .. } in spec.markets() {
        let known = bars.entry(*data).or_default();
        if !known.contains(instrument) {
            known.push(instrument.clone());
        }
    }
    for AuxSource { key, data } in &spec.base().aux {
        aux.entry(*data).or_default().push(key.clone());
    }
    bars.retain(|data, _| bar_path(&folder, data).is_file());
    aux.retain(|data, _| aux_path(&folder, data).is_file());
    let source = format!("bundle of run {}", opened.head().run_id);
    BesideRun { folder, bars: bars.into_iter().collect(), aux: aux.into_iter().collect(), source }
}

fn wrong(told: &str) -> ImportFault {
    ImportFault::Wrong(told.to_owned())
}

/// What no submission comes to.
pub(crate) fn odd() -> ImportFault {
    wrong("what was asked for in it is none that a server would have taken")
}

fn not_completed(head: &Head) -> ImportFault {
    let state = &head.state;
    ImportFault::NotProved(format!("it is {state}: only the result of a completed run has a hash"))
}

fn not_of_rows(head: &Head) -> String {
    let kind = &head.kind;
    format!("a {kind} is not made of rows that a bundle holds; submit it with the spec in run.json")
}
