//! `GET /export/series/SHA256/bars.{csv,jsonl,parquet}`: the bars of a stored version as a file
//! that can be imported again. Rows and columns are those of `ExportBars`.

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use futures_util::{StreamExt as _, TryStreamExt as _};
use http::StatusCode;
use tonic::Code;
use tonic::transport::server::TcpConnectInfo;

use super::export;
use super::query::{self, join_faults};
use super::refusal::HttpRefusal;
use crate::export::{Format, Rows};
use crate::grpc::Exports;
use crate::json::{Refusal, RefusedField};
use crate::pb;

const PARAMETERS: [&str; 4] = ["timeframe", "head", "tail", "columns"];

/// Answers with the file that the path names.
pub(super) async fn export(
    State(exports): State<Exports>,
    Path((data_sha256, file)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    peer: Option<Extension<TcpConnectInfo>>,
) -> Result<Response, HttpRefusal> {
    let format = format_of(&file)?;
    let short: String = data_sha256.chars().take(12).filter(char::is_ascii_hexdigit).collect();
    let named_as = format!("bars-{short}.{}", format.extension());
    let (request, faults) = read_query(data_sha256, query.as_deref().unwrap_or_default());
    let peer = peer.and_then(|Extension(info)| info.remote_addr());
    let rows = exports.bars(request, peer).await.map_err(HttpRefusal::from);
    let rows = join_faults(rows, faults)?;
    Ok(export::as_file(rows.map_ok(Rows::from).boxed(), format, &named_as))
}

fn read_query(data_sha256: String, query: &str) -> (pb::ExportBarsRequest, Vec<RefusedField>) {
    let mut request = pb::ExportBarsRequest { data_sha256, ..Default::default() };
    let faults = query::read(query, |name, value| {
        let number = || value.parse().map_err(|_| format!("must be a number, not {value:?}"));
        match name {
            "timeframe" => value.clone_into(&mut request.timeframe),
            "head" => request.head = number()?,
            "tail" => request.tail = number()?,
            "columns" => request.columns.push(value.to_owned()),
            _ => return Err(query::unknown(name, "an export of bars", &PARAMETERS)),
        }
        Ok(())
    });
    (request, faults)
}

fn format_of(file: &str) -> Result<Format, HttpRefusal> {
    let format = file.strip_prefix("bars.").and_then(Format::of_extension);
    format.ok_or_else(|| {
        let known: Vec<_> =
            Format::ALL.iter().map(|format| format!("bars.{}", format.extension())).collect();
        let message = format!("there is no {file} of a series; there are {}", known.join(", "));
        let refusal = Refusal::plain(Code::NotFound, "NO_SUCH_FILE", message);
        HttpRefusal { status: StatusCode::NOT_FOUND, refusal }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_says_which_bars_and_a_misspelt_one_is_told() {
        let (request, faults) = read_query("ab".to_owned(), "timeframe=1w&head=3&columns=close");
        assert_eq!(faults, []);
        assert_eq!((request.timeframe.as_str(), request.head), ("1w", 3));
        assert_eq!(
            (request.data_sha256.as_str(), request.columns),
            ("ab", vec!["close".to_owned()])
        );
        let (_, faults) = read_query(String::new(), "haed=3&tail=x");
        assert!(faults[0].description.ends_with("did you mean head?"), "{faults:?}");
        assert_eq!(faults[1].field, "tail");
    }

    #[test]
    fn only_bars_in_a_known_format_are_a_file() {
        assert_eq!(format_of("bars.csv").unwrap(), Format::Csv);
        for file in ["bars", "bars.xls", "trades.csv", "bars.csv.gz"] {
            let refused = format_of(file).unwrap_err();
            assert!(refused.refusal.message.contains("bars.csv, bars.jsonl"), "{file}");
        }
    }
}
