//! `PUT /import`: a file of bars as the body, for browsers, which can not stream up by grpc-web,
//! and for curl. The checks, limits and answer are those of `UploadBars`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use http::{Extensions, StatusCode, header};
use tokio::time::timeout;
use tonic::{Code, Status};

use super::query::{self, join_faults};
use super::refusal::HttpRefusal;
use crate::data::Library;
use crate::excerpt::excerpt;
use crate::grpc::{BarUpload, actor_of};
use crate::json::{self, Refusal, RefusedField};
use crate::pb;

/// A client that sends nothing for so long has gone.
pub(super) const SILENCE_MAX: Duration = Duration::from_mins(1);

/// What the query may say.
const PARAMETERS: [&str; 22] = [
    "exchange",
    "symbol",
    "timeframe",
    "price_tick",
    "quantity_step",
    "calendar",
    "time_zone",
    "day_start",
    "quote_currency",
    "format",
    "source_name",
    "replace",
    "validate_only",
    "columns.*",
    "times_in",
    "time_format",
    "time_is",
    "no_header",
    "skip_rows",
    "scale",
    "symbol_in_file",
    "decimal_mark",
];

/// Takes the body as a file of bars of the series that the query names.
pub(super) async fn import(
    State(library): State<Arc<Library>>,
    extensions: Extensions,
    RawQuery(query): RawQuery,
    body: Body,
) -> Result<Response, HttpRefusal> {
    let mut upload = BarUpload::new(library, actor_of(&extensions));
    let (header, faults) = read_query(query.as_deref().unwrap_or_default());
    let validate_only = header.validate_only;
    let begun = upload.begin(header).map_err(|status| told_by_the_query(&status));
    join_faults(begun, faults)?;
    let mut pieces = body.into_data_stream();
    loop {
        let next = timeout(SILENCE_MAX, pieces.next()).await;
        match next.map_err(|_| broken_off("nothing came for a minute"))? {
            Some(piece) => upload.write(&piece.map_err(broken_off)?)?,
            None => break,
        }
    }
    let imported = upload.finish().await?;
    let is_new = imported.created && !validate_only;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let is_json = [(header::CONTENT_TYPE, "application/json")];
    Ok((status, is_json, json::object(&imported) + "\n").into_response())
}

/// The header of an upload, and what is wrong with the query's own form.
fn read_query(query: &str) -> (pb::UploadBarsHeader, Vec<RefusedField>) {
    let mut header =
        pb::UploadBarsHeader { series: Some(pb::SeriesSpec::default()), ..Default::default() };
    let faults = query::read(query, |name, value| set(&mut header, name, value));
    (header, faults)
}

fn set(header: &mut pb::UploadBarsHeader, name: &str, value: &str) -> Result<(), String> {
    let series = header.series.get_or_insert_default();
    match name {
        "exchange" => value.clone_into(&mut series.exchange),
        "symbol" => value.clone_into(&mut series.symbol),
        "timeframe" => value.clone_into(&mut series.timeframe),
        "price_tick" => value.clone_into(&mut series.price_tick),
        "quantity_step" => value.clone_into(&mut series.quantity_step),
        "time_zone" => value.clone_into(&mut series.time_zone),
        "day_start" => value.clone_into(&mut series.day_start),
        "quote_currency" => value.clone_into(&mut series.quote_currency),
        "source_name" => value.clone_into(&mut header.source_name),
        "calendar" => series.calendar = calendar(value)?.into(),
        "format" => header.format = format(value)?.into(),
        "replace" => header.replace = flag(value)?,
        "validate_only" => header.validate_only = flag(value)?,
        other => match other.strip_prefix("columns.") {
            Some(column) => _ = series.columns.insert(column.to_owned(), value.to_owned()),
            None => return set_layout(header.layout.get_or_insert_default(), other, value),
        },
    }
    Ok(())
}

/// What the query says of the file's layout; the file's own symbol has a name of its own here.
fn set_layout(layout: &mut pb::BarLayout, name: &str, value: &str) -> Result<(), String> {
    match name {
        "times_in" => value.clone_into(&mut layout.times_in),
        "time_format" => value.clone_into(&mut layout.time_format),
        "scale" => value.clone_into(&mut layout.scale),
        "symbol_in_file" => value.clone_into(&mut layout.symbol),
        "time_is" => layout.time_is = time_is(value)?.into(),
        "no_header" => layout.no_header = flag(value)?,
        "skip_rows" => {
            let number =
                value.parse().map_err(|_| format!("must be a whole number, not {value:?}"));
            layout.skip_rows = number?;
        }
        "decimal_mark" => layout.decimal_mark = decimal_mark(value)?.into(),
        _ => return Err(query::unknown(name, "an import", &PARAMETERS)),
    }
    Ok(())
}

fn time_is(text: &str) -> Result<pb::BarTime, String> {
    match text {
        "" => Ok(pb::BarTime::Unspecified),
        "open" => Ok(pb::BarTime::Open),
        "close" => Ok(pb::BarTime::Close),
        _ => Err(format!("must be open or close, not {text:?}")),
    }
}

fn decimal_mark(text: &str) -> Result<pb::DecimalMark, String> {
    match text {
        "" => Ok(pb::DecimalMark::Unspecified),
        "point" => Ok(pb::DecimalMark::Point),
        "comma" => Ok(pb::DecimalMark::Comma),
        _ => Err(format!("must be point or comma, not {text:?}")),
    }
}

fn flag(text: &str) -> Result<bool, String> {
    match text {
        "true" | "1" | "" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(format!("must be true or false, not {:?}", excerpt(text))),
    }
}

fn calendar(text: &str) -> Result<pb::Calendar, String> {
    match text.replace('-', "_").as_str() {
        "" => Ok(pb::Calendar::Unspecified),
        "always_open" => Ok(pb::Calendar::AlwaysOpen),
        "sessions" => Ok(pb::Calendar::Sessions),
        _ => Err(format!("must be always_open or sessions, not {:?}", excerpt(text))),
    }
}

fn format(text: &str) -> Result<pb::BarFormat, String> {
    match text {
        "" => Ok(pb::BarFormat::Unspecified),
        "csv" => Ok(pb::BarFormat::Csv),
        "parquet" => Ok(pb::BarFormat::Parquet),
        _ => Err(format!("must be csv or parquet, not {:?}", excerpt(text))),
    }
}

/// The same refusal with the fields as the query calls them.
fn told_by_the_query(status: &Status) -> HttpRefusal {
    let mut refused = HttpRefusal::from(status.clone());
    let short = |path: &str| {
        let own = path.replace("header.layout.symbol", "symbol_in_file");
        ["header.layout.", "header.series.", "header."]
            .iter()
            .fold(own, |path, part| path.replace(part, ""))
    };
    refused.refusal.message = short(&refused.refusal.message);
    for field in &mut refused.refusal.fields {
        field.field = short(&field.field);
    }
    refused
}

pub(super) fn broken_off(cause: impl std::fmt::Display) -> HttpRefusal {
    let message = format!("the upload broke off, and nothing of it is kept: {cause}");
    let refusal = Refusal::plain(Code::Cancelled, "UPLOAD_BROKEN_OFF", message);
    HttpRefusal { status: StatusCode::REQUEST_TIMEOUT, refusal }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_says_what_a_header_says() {
        let query = "exchange=X&symbol=A%2FB&timeframe=1h&price_tick=0.01&quantity_step=1\
                     &calendar=always-open&time_zone=America%2FNew_York&day_start=09:30&format=csv\
                     &source_name=a.csv&replace=true\
                     &columns.open_time=Date&times_in=Europe%2FBerlin&time_format=dmy\
                     &time_is=close&no_header=true&skip_rows=2&scale=0.01&symbol_in_file=AAL\
                     &decimal_mark=comma";
        let (header, faults) = read_query(query);
        assert_eq!(faults, []);
        assert!(header.replace && header.source_name == "a.csv");
        let layout = pb::BarLayout {
            times_in: "Europe/Berlin".to_owned(),
            time_format: "dmy".to_owned(),
            time_is: pb::BarTime::Close.into(),
            no_header: true,
            skip_rows: 2,
            scale: "0.01".to_owned(),
            symbol: "AAL".to_owned(),
            decimal_mark: pb::DecimalMark::Comma.into(),
        };
        assert_eq!(header.layout, Some(layout));
        let series = header.series.unwrap();
        assert_eq!((series.symbol.as_str(), series.price_tick.as_str()), ("A/B", "0.01"));
        assert_eq!(series.calendar(), pb::Calendar::AlwaysOpen);
        let days = (series.time_zone.as_str(), series.day_start.as_str());
        assert_eq!(days, ("America/New_York", "09:30"));
        assert_eq!(series.columns["open_time"], "Date");
    }

    #[test]
    fn a_misspelt_parameter_is_named_with_the_nearest() {
        let (_, faults) = read_query("exchnge=X&replace=perhaps");
        assert!(faults[0].description.ends_with("did you mean exchange?"), "{faults:?}");
        assert_eq!(faults[1].field, "replace");
    }
}
