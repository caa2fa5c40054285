//! `BundleService`: a run as one file that proves itself. The file is made whole first, since its
//! manifest, which is the beginning of it, tells of all the rest.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;

use futures_util::{Stream, TryStreamExt as _, stream};
use tokio::task::spawn_blocking;
use tonic::{Code, Request, Response, Status, Streaming};

use super::attended::attended;
use super::bundle_upload::{BundleUpload, chunk_missing};
use super::caller::actor;
use super::exports::{Exports, Rows};
use super::run_service::run_id;
use super::table_file::file_pieces;
use crate::bundle::{EventLines, Head, Packing, member};
use crate::export::{Format, Rows as TableRows};
use crate::json;
use crate::pb;
use crate::pb::bundle_service_server::BundleService;
use crate::run::{Life, RunRecord, RunSpec};
use crate::runner::RunnerError;

/// Bytes of one message.
const CHUNK_BYTES: usize = 256 << 10;

pub(super) struct BundleServer(pub(super) Exports);

#[tonic::async_trait]
impl BundleService for BundleServer {
    type ExportRunStream = Rows<pb::ExportRunResponse>;

    async fn export_run(
        &self,
        request: Request<pb::ExportRunRequest>,
    ) -> Result<Response<Self::ExportRunStream>, Status> {
        let peer = request.remote_addr();
        Ok(Response::new(self.0.bundle(request.into_inner(), peer).await?))
    }

    async fn import_run(
        &self,
        request: Request<Streaming<pb::ImportRunRequest>>,
    ) -> Result<Response<pb::ImportRunResponse>, Status> {
        let mut upload = BundleUpload::new(self.0.clone(), actor(&request))?;
        let mut parts = request.into_inner();
        while let Some(pb::ImportRunRequest { chunk }) = parts.message().await? {
            if chunk.is_empty() {
                return Err(chunk_missing());
            }
            upload.write(&chunk)?;
        }
        Ok(Response::new(upload.finish().await?))
    }
}

impl Exports {
    /// The run as one file, piece by piece.
    pub(crate) async fn bundle(
        &self,
        request: pb::ExportRunRequest,
        peer: Option<SocketAddr>,
    ) -> Result<Rows<pb::ExportRunResponse>, Status> {
        let permit = self.open.open(peer)?;
        let record = self.runner.run(run_id(&request.run_id)?).await?;
        let (run_id, state) = (record.snapshot.run_id, record.snapshot.state());
        if !state.is_final() {
            return Err(RunnerError::NotFinished { run_id, state }.into());
        }
        let head = head_of(&record);
        let folder = self.library.settings().spool_dir.clone();
        let packing = aside(move || {
            let mut packing = Packing::new_in(&folder)?;
            packing.add(member::RUN, json::object(&pb::Run::from(&record)).as_bytes())?;
            packing.add(member::SPEC, &serde_json::to_vec(&record.spec)?)?;
            Ok((packing, record))
        });
        let (mut packing, record) = packing.await?;
        let run_id = run_id.to_string();
        match (&record.spec, &record.snapshot.life) {
            (RunSpec::Optimization(_), _) => {
                let request = pb::ExportTrialsRequest { run_id, ..Default::default() };
                let file = packing.create(member::TRIALS).map_err(RunnerError::from)?;
                written(file, self.trial_rows(request).await?.map_ok(TableRows::from)).await?;
            }
            (RunSpec::Backtest(_), Life::Completed { .. }) => {
                let request = pb::ExportTradesRequest { run_id, ..Default::default() };
                let file = packing.create(member::TRADES).map_err(RunnerError::from)?;
                written(file, self.trade_rows(request).await?.map_ok(TableRows::from)).await?;
                self.write_events(&mut packing, &record).await?;
            }
            _ => {}
        }
        let bars = request.with_bars.then(|| self.library.folder().to_owned());
        let packed = aside(move || {
            if let Some(bars) = bars {
                packing.add_series(&bars, &head);
            }
            packing.pack(head)
        });
        let (file, total) = packed.await?;
        Ok(Box::pin(attended(pieces(file, total), permit)))
    }

    /// What the hash of a backtest goes over, computed again; where it cannot be, that is said.
    async fn write_events(&self, packing: &mut Packing, record: &RunRecord) -> Result<(), Status> {
        let file = packing.create(member::EVENTS).map_err(RunnerError::from)?;
        match self.runner.observe(record.snapshot.run_id, EventLines::into(file)).await {
            Ok(lines) => aside(|| lines.finish()).await,
            Err(error @ (RunnerError::EngineChanged { .. } | RunnerError::DataMissing(_))) => {
                packing.leave_out(member::EVENTS, error.to_string());
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn head_of(record: &RunRecord) -> Head {
    let spec = &record.spec;
    let mut data: Vec<_> = spec.data().collect();
    let mut aux: Vec<_> = spec.base().aux.iter().map(|source| source.data).collect();
    for digests in [&mut data, &mut aux] {
        digests.sort_unstable();
        digests.dedup();
    }
    Head {
        run_id: record.snapshot.run_id.to_string(),
        run_key: record.run_key,
        kind: spec.kind().as_str().to_owned(),
        state: record.snapshot.state().as_str().to_owned(),
        result_sha256: match &record.snapshot.life {
            Life::Completed { result, .. } => Some(result.sha256()),
            _ => None,
        },
        engine_version: record.engine_version.clone(),
        data_sha256: data,
        aux_sha256: aux,
    }
}

/// Writes the rows as lines of JSON.
async fn written(
    file: File,
    rows: impl Stream<Item = Result<TableRows, Status>> + Send + Unpin,
) -> Result<(), Status> {
    let pieces = file_pieces(rows, Format::Jsonl);
    let all = pieces.try_fold(file, |mut file, piece| async move {
        aside(move || file.write_all(&piece).map(|()| file)).await
    });
    all.await.map(drop)
}

/// The file from its beginning.
fn pieces(file: File, total: u64) -> impl Stream<Item = Result<pb::ExportRunResponse, Status>> {
    stream::try_unfold(file, move |file| async move {
        let read = aside(move || {
            let mut chunk = Vec::with_capacity(CHUNK_BYTES);
            (&file).take(CHUNK_BYTES as u64).read_to_end(&mut chunk)?;
            Ok((chunk, file))
        });
        let (chunk, file) = read.await?;
        let total_bytes = total as i64;
        Ok((!chunk.is_empty()).then_some((pb::ExportRunResponse { chunk, total_bytes }, file)))
    })
}

/// Works with files on a thread that may wait for them.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Status> {
    let done = spawn_blocking(work).await;
    let done = done.map_err(|error| Status::new(Code::Internal, error.to_string()))?;
    Ok(done.map_err(RunnerError::from)?)
}
