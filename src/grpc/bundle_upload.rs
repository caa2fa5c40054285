//! A bundle on its way in, however it comes: by `ImportRun`, or by plain HTTP.

use std::fmt::Display;
use std::io::{self, Write as _};

use tempfile::NamedTempFile;
use tokio::task::{spawn_blocking, yield_now};
use tonic::{Code, Status};

use super::convert::{submit_request, told_tags};
use super::exports::Exports;
use super::status::{invalid_field, with_reason};
use crate::bundle::{BundleError, ImportFault, MostBytes, Proved, odd, prove};
use crate::data::LibraryError;
use crate::digest::Digest;
use crate::excerpt::excerpt;
use crate::json;
use crate::pb;
use crate::run::{Actor, RunSpec, SubmitRequest, Tags};
use crate::runner::RunnerError;
use crate::telemetry::Span;

/// To how many times its own limit an upload may be unpacked: rows of trials pack well.
const UNPACKED_TIMES_MAX: u64 = 16;

/// One file; gone without a trace unless it is imported.
pub(crate) struct BundleUpload {
    exports: Exports,
    actor: Actor,
    file: NamedTempFile,
    bytes: u64,
}

impl BundleUpload {
    pub(crate) fn new(exports: Exports, actor: Actor) -> Result<Self, Status> {
        let file = NamedTempFile::new_in(&exports.library.settings().spool_dir);
        Ok(Self { file: file.map_err(RunnerError::from)?, exports, actor, bytes: 0 })
    }

    pub(crate) fn write(&mut self, chunk: &[u8]) -> Result<(), Status> {
        let most = self.exports.library.settings().upload_bytes_max;
        self.bytes += chunk.len() as u64;
        if self.bytes > most {
            return Err(too_large(format!("a bundle may have {most} bytes")));
        }
        Ok(self.file.write_all(chunk).map_err(RunnerError::from)?)
    }

    /// Imports it, or nothing of it.
    pub(crate) async fn finish(self) -> Result<pb::ImportRunResponse, Status> {
        let Self { exports, actor, file, .. } = self;
        let _turn = exports.importing.turn(&actor.caller.owner).await?;
        let (settings, bars) = (exports.library.settings(), exports.library.folder().to_owned());
        let most = MostBytes {
            unpacked: settings.upload_bytes_max.saturating_mul(UNPACKED_TIMES_MAX),
            series: exports.runner.limits().run_bars_bytes_max,
        };
        let (path, folders) = (file.path().to_owned(), (settings.spool_dir.clone(), bars));
        let span = Span::within("import");
        let proved = prove(path, folders, most, |spec| exports.submitted(spec));
        let Proved { mut import, run, series, folder } = Box::pin(proved).await.map_err(refused)?;
        import.tags = tags(run).await?;
        let stored = async { Ok(exports.library.keep_beside(series, &actor).await?) };
        let imported = exports.runner.import(import, stored, &actor).await;
        let (record, created, stored) = imported.map_err(not_kept)?;
        span.note("tradeforge.run.id", || record.snapshot.run_id.to_string());
        drop(folder);
        Ok(pb::ImportRunResponse {
            run: Some((&record).into()),
            created,
            stored_data_sha256: stored.iter().map(Digest::to_string).collect(),
        })
    }
}

impl Exports {
    /// What was asked for, as a submission of it here would have been taken.
    async fn submitted(&self, spec: RunSpec) -> Result<RunSpec, ImportFault> {
        let axes_max = self.runner.limits().axes_max;
        // A panic: nobody has looked at it yet.
        let read = spawn_blocking(move || (read_again(&spec, axes_max), spec)).await;
        let (request, spec) = read.map_err(|_| odd())?;
        let Some(SubmitRequest { work, violations, .. }) = request else { return Err(odd()) };
        let submitted = Box::pin(self.runner.as_submitted(work, violations, &spec)).await;
        submitted.map_err(|error| match error {
            RunnerError::Invalid(violations) => {
                ImportFault::Wrong(format!("spec.json: {violations}"))
            }
            error => ImportFault::Runner(error),
        })
    }
}

/// The specification as the wire tells it, read as one that is submitted.
fn read_again(spec: &RunSpec, axes_max: usize) -> Option<SubmitRequest> {
    use pb::submit_request::Spec;
    let mut spec = match spec {
        RunSpec::Backtest(spec) => Spec::Backtest(spec.into()),
        RunSpec::Optimization(spec) => Spec::Optimization(spec.as_ref().into()),
        RunSpec::Validation(_) | RunSpec::WalkForward(_) | RunSpec::Robustness(_) => return None,
    };
    let base = match &mut spec {
        Spec::Backtest(base) => Some(base),
        Spec::Optimization(search) => search.base.as_mut(),
        _ => None,
    };
    if let Some(strategy) = base.and_then(|base| base.strategy.as_mut())
        && !strategy.source.is_empty()
    {
        // A text names itself.
        let source = std::mem::take(&mut strategy.source);
        *strategy = pb::StrategyRef { source, ..Default::default() };
    }
    Some(submit_request(pb::SubmitRequest::default(), Some(&spec), axes_max))
}

/// What the file says of the run, as it could have been said here.
async fn tags(run: serde_json::Value) -> Result<Tags, Status> {
    let read = spawn_blocking(move || json::message::<pb::Run>(run)).await;
    let read = read.map_err(|_| "it is no run".to_owned()).flatten();
    let run = read.map_err(|why| damaged(format_args!("run.json: {}", excerpt(&why))))?;
    yield_now().await;
    told_tags(run).map_err(|violations| damaged(format_args!("run.json: {violations}")))
}

/// Why nothing is kept of what was proved.
enum NotKept {
    Runner(RunnerError),
    Series(LibraryError),
}

impl From<RunnerError> for NotKept {
    fn from(error: RunnerError) -> Self {
        Self::Runner(error)
    }
}

impl From<LibraryError> for NotKept {
    fn from(error: LibraryError) -> Self {
        Self::Series(error)
    }
}

fn not_kept(error: NotKept) -> Status {
    match error {
        NotKept::Runner(error) => error.into(),
        // Its name is the hash of it, and it is no series all the same.
        NotKept::Series(error @ (LibraryError::Unreadable(_) | LibraryError::UnreadableAux(_))) => {
            damaged(format_args!("bars/: {error}"))
        }
        NotKept::Series(error) => error.into(),
    }
}

fn refused(fault: ImportFault) -> Status {
    match fault {
        ImportFault::Runner(error) => error.into(),
        ImportFault::Wrong(told) => damaged(told),
        ImportFault::NotProved(told) => {
            let told = format!("the bundle cannot be proved here: {told}");
            with_reason(Code::FailedPrecondition, told, "BUNDLE_NOT_PROVED")
        }
        ImportFault::Bundle(BundleError::Foreign { fault, .. }) => {
            damaged(format_args!("it is no bundle of a run: {fault}"))
        }
        ImportFault::Bundle(BundleError::Unreadable { source, .. }) => {
            damaged(format_args!("it is no bundle of a run: {source}"))
        }
        ImportFault::Bundle(BundleError::TooNew { format, .. }) => {
            let told = format!("the bundle is of format {format}, and this server reads 1");
            with_reason(Code::FailedPrecondition, told, "BUNDLE_TOO_NEW")
        }
        ImportFault::Bundle(BundleError::TooLarge { bytes, free, .. }) => {
            too_large(format!("it unpacks to {bytes} bytes, and {free} may be taken here"))
        }
        ImportFault::Bundle(BundleError::Io(error)) => match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => damaged(error),
            _ => RunnerError::from(error).into(),
        },
    }
}

fn damaged(told: impl Display) -> Status {
    let told = format!("nothing of the bundle was kept: {told}");
    with_reason(Code::InvalidArgument, told, "BUNDLE_DAMAGED")
}

fn too_large(told: String) -> Status {
    with_reason(Code::ResourceExhausted, told, "BUNDLE_TOO_LARGE")
}

/// A message of an upload without bytes: a client that could not read its file says so.
pub(super) fn chunk_missing() -> Status {
    invalid_field("chunk", "must not be empty")
}
