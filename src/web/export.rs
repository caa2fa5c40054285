//! `GET /export/runs/ID/trials.{csv,jsonl,parquet}`: the trials of a run as a file, for browsers,
//! curl and data frames. Rows and columns are those of `ExportTrials`.

use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http::{StatusCode, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tonic::{Code, Status};

use super::query::{self, join_faults};
use super::refusal::HttpRefusal;
use crate::excerpt::excerpt;
use crate::export::{ExportError, Format, TableFile};
use crate::grpc::TrialExport;
use crate::json::{Refusal, RefusedField};
use crate::pb::{ExportTrialsRequest, ExportTrialsResponse};

/// Files that may be made at once: each holds some megabytes.
const EXPORTS_MAX: usize = 16;
/// What the query may say; `columns` several times.
const PARAMETERS: [&str; 4] = ["filter", "order_by", "limit", "columns"];
/// The one table that there is of a run.
const TABLE: &str = "trials";

/// Makes the files.
#[derive(Clone)]
pub(super) struct Exports {
    trials: TrialExport,
    permits: Arc<Semaphore>,
}

impl Exports {
    pub(super) fn new(trials: TrialExport) -> Self {
        Self { trials, permits: Arc::new(Semaphore::new(EXPORTS_MAX)) }
    }
}

type Rows = Pin<Box<dyn Stream<Item = Result<ExportTrialsResponse, Status>> + Send>>;

/// Answers with the file that the path names.
pub(super) async fn export(
    State(exports): State<Exports>,
    Path((run_id, file)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, HttpRefusal> {
    let format = format_of(&file)?;
    let (request, faults) = read_query(run_id, query.as_deref().unwrap_or_default());
    let permit = Arc::clone(&exports.permits).try_acquire_owned().map_err(|_| too_many())?;
    let named_as = format!("{TABLE}-{}.{}", request.run_id, format.extension());
    let rows = exports.trials.rows(request).await.map_err(HttpRefusal::from);
    let rows: Rows = Box::pin(join_faults(rows, faults)?);
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{named_as}\"")),
        // A live run has more to tell the next time.
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(pieces(rows, format, permit))).into_response())
}

/// The file piece by piece. What breaks half-way cuts the answer off: no length was promised, and
/// the last chunk is missing.
fn pieces(
    rows: Rows,
    format: Format,
    permit: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Bytes, Status>> + Send {
    let start = Some((rows, TableFile::new(format), permit));
    stream::try_unfold(start, |state| async move {
        let Some((mut rows, file, permit)) = state else { return Ok(None) };
        match rows.next().await {
            Some(next) => {
                let (file, bytes) = written(file, next?).await?;
                Ok(Some((bytes, Some((rows, file, permit)))))
            }
            None => Ok(Some((file.finish().map_err(|error| broken(&error))?.into(), None))),
        }
    })
}

/// Writes on a thread that may take its time.
async fn written(
    mut file: TableFile,
    rows: ExportTrialsResponse,
) -> Result<(TableFile, Bytes), Status> {
    let writing = spawn_blocking(move || file.push(rows).map(|bytes| (file, bytes.into())));
    let written = writing.await.map_err(|error| Status::internal(error.to_string()))?;
    written.map_err(|error| broken(&error))
}

fn broken(error: &ExportError) -> Status {
    tracing::error!(%error, "an export broke off");
    Status::internal(error.to_string())
}

fn format_of(file: &str) -> Result<Format, HttpRefusal> {
    let format = file.strip_prefix(TABLE).and_then(|rest| rest.strip_prefix('.'));
    format.and_then(Format::of_extension).ok_or_else(|| {
        let names = Format::ALL.iter().map(|format| format!("{TABLE}.{}", format.extension()));
        let names = names.collect::<Vec<_>>().join(", ");
        let message = format!("there is no {file} of a run; there are {names}");
        let refusal = Refusal::plain(Code::NotFound, "NO_SUCH_FILE", message);
        HttpRefusal { status: StatusCode::NOT_FOUND, refusal }
    })
}

fn too_many() -> HttpRefusal {
    let message = format!("{EXPORTS_MAX} files are being made, and no more at once");
    let refusal = Refusal::plain(Code::ResourceExhausted, "TOO_MANY_EXPORTS", message);
    HttpRefusal { status: StatusCode::TOO_MANY_REQUESTS, refusal }
}

/// The request that the query says, and what is wrong with the query's own form.
fn read_query(run_id: String, query: &str) -> (ExportTrialsRequest, Vec<RefusedField>) {
    let mut request = ExportTrialsRequest { run_id, ..Default::default() };
    let faults = query::read(query, |name, value| {
        match name {
            "filter" => value.clone_into(&mut request.filter),
            "order_by" => value.clone_into(&mut request.order_by),
            "limit" => {
                let number = value.parse();
                request.limit =
                    number.map_err(|_| format!("must be a number, not {:?}", excerpt(value)))?;
            }
            "columns" => request.columns.push(value.to_owned()),
            other => return Err(query::unknown(other, "an export", &PARAMETERS)),
        }
        Ok(())
    });
    (request, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_says_what_a_request_says() {
        let query = "filter=metrics.sharpe+%3E+1&order_by=params.fast&limit=7&columns=a&columns=b";
        let (request, faults) = read_query("r".to_owned(), query);
        assert_eq!(faults, []);
        let expected = ExportTrialsRequest {
            run_id: "r".to_owned(),
            filter: "metrics.sharpe > 1".to_owned(),
            order_by: "params.fast".to_owned(),
            limit: 7,
            columns: vec!["a".to_owned(), "b".to_owned()],
        };
        assert_eq!(request, expected);
        let (_, faults) = read_query(String::new(), "filtr=x&limit=all");
        assert!(faults[0].description.ends_with("did you mean filter?"), "{faults:?}");
        assert_eq!(faults[1].field, "limit");
    }

    #[test]
    fn only_trials_in_a_known_format_are_a_file() {
        assert_eq!(format_of("trials.csv").unwrap(), Format::Csv);
        for name in ["trials", "trials.xls", "trades.csv", "trials.csv.gz", ".csv", ""] {
            let refused = format_of(name).unwrap_err();
            assert!(refused.refusal.message.contains("trials.csv, trials.jsonl"), "{name}");
        }
    }
}
