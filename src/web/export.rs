//! `GET /export/runs/ID/{trials,equity,trades}.{csv,jsonl,parquet}`: what a run leaves behind as a
//! file, for browsers, curl and data frames. Rows and columns are those of the exports over gRPC.

use std::net::SocketAddr;
use std::pin::Pin;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use http::{StatusCode, header};
use tokio::task::spawn_blocking;
use tonic::transport::server::TcpConnectInfo;
use tonic::{Code, Status};

use super::export_query::{ExportRequest, Table, read_query};
use super::query::join_faults;
use super::refusal::HttpRefusal;
use crate::export::{ExportError, Format, Rows, TableFile};
use crate::grpc::Exports;
use crate::json::Refusal;

/// Rows on their way into a file.
pub(super) type RowStream = Pin<Box<dyn Stream<Item = Result<Rows, Status>> + Send>>;

/// Answers with the file that the path names.
pub(super) async fn export(
    State(exports): State<Exports>,
    Path((run_id, file)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    peer: Option<Extension<TcpConnectInfo>>,
) -> Result<Response, HttpRefusal> {
    let (table, format) = table_and_format(&file)?;
    let named_as = format!("{}-{run_id}.{}", table.name(), format.extension());
    let (request, faults) = read_query(table, run_id, query.as_deref().unwrap_or_default());
    let peer = peer.and_then(|Extension(info)| info.remote_addr());
    let rows = rows(&exports, request, peer).await.map_err(HttpRefusal::from);
    let rows = join_faults(rows, faults)?;
    Ok(as_file(rows, format, &named_as))
}

/// The rows as a file of that name.
pub(super) fn as_file(rows: RowStream, format: Format, named_as: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{named_as}\"")),
        // A live run has more to tell the next time.
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, Body::from_stream(pieces(rows, format))).into_response()
}

async fn rows(
    exports: &Exports,
    request: ExportRequest,
    peer: Option<SocketAddr>,
) -> Result<RowStream, Status> {
    Ok(match request {
        ExportRequest::Trials(request) => {
            exports.trials(request, peer).await?.map_ok(Rows::from).boxed()
        }
        ExportRequest::Equity(request) => {
            exports.equity(request, peer).await?.map_ok(Rows::from).boxed()
        }
        ExportRequest::Trades(request) => {
            exports.trades(request, peer).await?.map_ok(Rows::from).boxed()
        }
    })
}

/// The file piece by piece. What breaks half-way cuts the answer off: no length was promised, and
/// the last chunk is missing.
fn pieces(rows: RowStream, format: Format) -> impl Stream<Item = Result<Bytes, Status>> + Send {
    let start = Some((rows, TableFile::new(format)));
    stream::try_unfold(start, |state| async move {
        let Some((mut rows, file)) = state else { return Ok(None) };
        match rows.next().await {
            Some(next) => {
                let (file, bytes) = written(file, next?).await?;
                Ok(Some((bytes, Some((rows, file)))))
            }
            None => Ok(Some((file.finish().map_err(|error| broken(&error))?.into(), None))),
        }
    })
}

/// Writes on a thread that may take its time.
async fn written(mut file: TableFile, rows: Rows) -> Result<(TableFile, Bytes), Status> {
    let writing = spawn_blocking(move || file.push(rows).map(|bytes| (file, bytes.into())));
    let written = writing.await.map_err(|error| Status::internal(error.to_string()))?;
    written.map_err(|error| broken(&error))
}

fn broken(error: &ExportError) -> Status {
    tracing::error!(%error, "an export broke off");
    Status::internal(error.to_string())
}

fn table_and_format(file: &str) -> Result<(Table, Format), HttpRefusal> {
    let named = file.split_once('.').and_then(|(table, extension)| {
        Some((Table::of_name(table)?, Format::of_extension(extension)?))
    });
    named.ok_or_else(|| {
        let tables = Table::ALL.map(Table::name).join(", ");
        let formats = Format::ALL.iter().map(|format| format.extension()).collect::<Vec<_>>();
        let message = format!(
            "there is no {file} of a run; there are {tables}, each as {}: {}.{}",
            formats.join(", "),
            Table::ALL[0].name(),
            formats[0]
        );
        let refusal = Refusal::plain(Code::NotFound, "NO_SUCH_FILE", message);
        HttpRefusal { status: StatusCode::NOT_FOUND, refusal }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tables_of_a_run_in_a_known_format_are_a_file() {
        assert_eq!(table_and_format("trials.csv").unwrap(), (Table::Trials, Format::Csv));
        assert_eq!(table_and_format("equity.jsonl").unwrap(), (Table::Equity, Format::Jsonl));
        for name in ["trials", "trials.xls", "bars.csv", "trials.csv.gz", ".csv", ""] {
            let refused = table_and_format(name).unwrap_err();
            assert!(refused.refusal.message.contains("trials, equity, trades"), "{name}");
        }
    }
}
