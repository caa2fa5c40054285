//! `GET /export/runs/ID/{trials,equity,trades,window_trials}.{csv,jsonl,parquet}`, or `run.tfrun`
//! for all in one: what a run leaves behind as a file, for browsers, curl and data frames. Rows and
//! columns are those of the exports over gRPC.

use std::net::SocketAddr;
use std::pin::Pin;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use tonic::transport::server::TcpConnectInfo;
use tonic::{Code, Status};

use super::export_bundle::{Asked, BUNDLE, bundle};
use super::export_query::{ExportRequest, Table, read_query};
use super::made_files::{MadeFile, MadeFiles};
use super::query::join_faults;
use super::range::{Wanted, wanted};
use super::refusal::HttpRefusal;
use crate::export::{Format, Rows};
use crate::grpc::{Exports, file_pieces};
use crate::json::Refusal;

/// Rows on their way into a file.
pub(super) type RowStream = Pin<Box<dyn Stream<Item = Result<Rows, Status>> + Send>>;

/// What makes files: the rows, and those that are made.
#[derive(Clone)]
pub(super) struct FileExports {
    pub(super) exports: Exports,
    pub(super) made: MadeFiles,
}

/// Answers with the file that the path names. Of a run that has ended, one may ask for its length
/// or for a part of it: then it is made as a whole first.
pub(super) async fn export(
    State(FileExports { exports, made }): State<FileExports>,
    Path((run_id, file)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
    peer: Option<Extension<TcpConnectInfo>>,
) -> Result<Response, HttpRefusal> {
    if file == BUNDLE {
        let asked = Asked { run_id, query, is_head: method == Method::HEAD, headers, peer };
        return bundle(&FileExports { exports, made }, asked).await;
    }
    let (table, format) = table_and_format(&file)?;
    let named_as = format!("{}-{run_id}.{}", table.name(), format.extension());
    let told = told(format, &named_as);
    let is_over = exports.is_over(&run_id).await;
    let ranges = [(header::ACCEPT_RANGES, if is_over { "bytes" } else { "none" })];
    let (request, faults) = read_query(table, run_id, query.as_deref().unwrap_or_default());
    let peer = peer.and_then(|Extension(info)| info.remote_addr());
    let is_head = method == Method::HEAD;
    if is_over && faults.is_empty() && (is_head || headers.contains_key(header::RANGE)) {
        let name = format!("{format:?} {request:?}");
        let making = async { Ok(file_pieces(rows(&exports, request, peer).await?, format)) };
        let file = Box::pin(made.file(&name, making)).await?;
        return Ok((told, ranges, part_of(&file, &headers, is_head)).into_response());
    }
    let rows = rows(&exports, request, peer).await.map_err(HttpRefusal::from);
    let rows = join_faults(rows, faults)?;
    Ok((told, ranges, Body::from_stream(file_pieces(rows, format))).into_response())
}

/// The rows as a file of that name.
pub(super) fn as_file(rows: RowStream, format: Format, named_as: &str) -> Response {
    (told(format, named_as), Body::from_stream(file_pieces(rows, format))).into_response()
}

fn told(format: Format, named_as: &str) -> [(HeaderName, String); 3] {
    [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{named_as}\"")),
        // A live run has more to tell the next time.
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ]
}

/// The part that the headers want, and which one that is.
pub(super) fn part_of(file: &MadeFile, headers: &HeaderMap, is_head: bool) -> Response {
    let length = file.length;
    let (status, range, place) = match wanted(headers, length, &file.tag) {
        // Only what is got has parts.
        _ if is_head => (StatusCode::OK, 0..length, None),
        Wanted::Whole => (StatusCode::OK, 0..length, None),
        Wanted::Part(range) => {
            let place = format!("bytes {}-{}/{length}", range.start, range.end - 1);
            (StatusCode::PARTIAL_CONTENT, range, Some(place))
        }
        Wanted::Nothing => {
            let place = format!("bytes */{length}");
            (StatusCode::RANGE_NOT_SATISFIABLE, 0..0, Some(place))
        }
    };
    let told = [
        (header::ETAG, file.tag.clone()),
        (header::CONTENT_LENGTH, (range.end - range.start).to_string()),
    ];
    let place = place.map(|place| [(header::CONTENT_RANGE, place)]);
    let body =
        if is_head { Body::empty() } else { Body::from_stream(Exports::read(file.bytes(range))) };
    (status, told, place.map_or_else(HeaderMap::new, header_map), body).into_response()
}

fn header_map(headers: [(HeaderName, String); 1]) -> HeaderMap {
    headers.into_iter().filter_map(|(name, text)| Some((name, text.parse().ok()?))).collect()
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
        ExportRequest::WindowTrials(request) => {
            exports.window_trials(request, peer).await?.map_ok(Rows::from).boxed()
        }
    })
}

fn table_and_format(file: &str) -> Result<(Table, Format), HttpRefusal> {
    let named = file.split_once('.').and_then(|(table, extension)| {
        Some((Table::of_name(table)?, Format::of_extension(extension)?))
    });
    named.ok_or_else(|| {
        let tables = Table::ALL.map(Table::name).join(", ");
        let formats = Format::ALL.iter().map(|format| format.extension()).collect::<Vec<_>>();
        let message = format!(
            "there is no {file} of a run; there are {tables}, each as {}: {}.{}; and {BUNDLE}",
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
