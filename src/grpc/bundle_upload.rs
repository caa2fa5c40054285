//! A bundle on its way in, however it comes: by `ImportRun`, or by plain HTTP.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::path::PathBuf;

use tempfile::NamedTempFile;
use tokio::task::{spawn_blocking, yield_now};
use tonic::{Code, Status};

use super::convert::told_tags;
use super::exports::Exports;
use super::status::{invalid_field, with_reason};
use crate::bundle::{BundleError, ImportFault, Proved, prove};
use crate::data::FileKind;
use crate::digest::Digest;
use crate::excerpt::excerpt;
use crate::json;
use crate::pb;
use crate::run::{Actor, Tags};
use crate::runner::RunnerError;

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
        // One at a time: each may unpack to gigabytes.
        let turn = exports.importing.clone().acquire_owned().await;
        let _turn = turn.map_err(|_| Status::from(RunnerError::ShuttingDown))?;
        let (settings, bars) = (exports.library.settings(), exports.library.folder().to_owned());
        let most = settings.upload_bytes_max.saturating_mul(UNPACKED_TIMES_MAX);
        let path = file.path().to_owned();
        let proved = prove(path, settings.spool_dir.clone(), most, bars).await;
        let Proved { mut import, run, series, folder } = proved.map_err(refused)?;
        import.tags = tags(run).await?;
        // Of what is refused not even the bars are kept.
        let (there, run_key, result) = (import.origin.run_id, import.run_key, import.result_sha256);
        exports.runner.known_here(there, run_key, result).await?;
        let stored = exports.stored(series).await?;
        let (record, created) = exports.runner.import(import, &actor).await?;
        drop(folder);
        Ok(pb::ImportRunResponse {
            run: Some((&record).into()),
            created,
            stored_data_sha256: stored.iter().map(Digest::to_string).collect(),
        })
    }
}

impl Exports {
    /// Keeps what of these series is not here; which that is.
    async fn stored(
        &self,
        series: Vec<(FileKind, Digest, PathBuf)>,
    ) -> Result<Vec<Digest>, RunnerError> {
        let library = std::sync::Arc::clone(&self.library);
        let stored = spawn_blocking(move || {
            let mut stored = Vec::new();
            for (kind, digest, path) in series {
                if library.adopt(kind, &digest, &path)? {
                    stored.push(digest);
                }
            }
            Ok(stored)
        });
        Ok(stored.await.map_err(io::Error::other).flatten()?)
    }
}

/// What the file says of the run, as it could have been said here.
async fn tags(run: serde_json::Value) -> Result<Tags, Status> {
    let read = spawn_blocking(move || json::message::<pb::Run>(run)).await;
    let read = read.map_err(|_| "it is no run".to_owned()).flatten();
    let run = read.map_err(|why| damaged(format_args!("run.json: {}", excerpt(&why))))?;
    yield_now().await;
    told_tags(run).map_err(|violations| damaged(format_args!("run.json: {violations}")))
}

fn refused(fault: ImportFault) -> Status {
    match fault {
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
