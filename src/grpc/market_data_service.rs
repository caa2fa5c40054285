//! `MarketDataService`: bars in, bars out.

use std::path::Path;
use std::sync::Arc;

use tonic::{Request, Response, Status, Streaming};

use super::bar_upload::{BarUpload, header_missing};
use super::convert::{bars_response, read_bars_request, series_spec, synthetic_spec};
use super::page::{Tokens, size};
use super::status::{invalid, invalid_field, not_served};
use crate::data::{ImportRequest, Imported, Library, SourceFile};
use crate::market::{Instrument, Timeframe};
use crate::pb;
use crate::pb::import_bars_request::Source;
use crate::pb::market_data_service_server::MarketDataService;
use crate::pb::upload_bars_request::Part;
use crate::run::Violations;

const SERIES_PAGE_SIZE: usize = 50;
/// Bars of one answer: below a message of 1 MiB at 48 bytes a bar.
const BARS_MAX: usize = 20_000;

pub(super) struct MarketDataServer {
    pub(super) library: Arc<Library>,
}

/// Which series, or every violation at once.
pub(super) fn required_series(
    spec: Option<&pb::SeriesSpec>,
    path: &str,
    format: i32,
    replace: bool,
) -> Result<ImportRequest, Status> {
    let mut violations = Violations::default();
    check_format(format, &path.replace("series", "format"), &mut violations);
    let request = series_spec(spec, path, replace, &mut violations);
    match (violations.into_result(), request) {
        (Ok(()), Some(request)) => Ok(request),
        (Err(violations), _) => Err(invalid(&violations)),
        (Ok(()), None) => Err(invalid_field(path, "is required")),
    }
}

fn check_format(format: i32, field: &str, violations: &mut Violations) {
    match pb::BarFormat::try_from(format) {
        Ok(pb::BarFormat::Unspecified | pb::BarFormat::Csv) => {}
        Ok(pb::BarFormat::Parquet) => {
            violations.add(field, "Parquet is not read yet; CSV is");
        }
        Err(_) => violations.add(field, format!("{format} is no number of this enum (0 to 2)")),
    }
}

/// What messages call a file; one without a name is its content.
pub(super) fn named(name: &str) -> String {
    if name.is_empty() { "content".to_owned() } else { name.to_owned() }
}

impl MarketDataServer {
    async fn import_from(
        &self,
        source: Option<Source>,
        source_name: &str,
        request: ImportRequest,
    ) -> Result<Imported, Status> {
        match source {
            Some(Source::Content(content)) => {
                let file = SourceFile::from_bytes(named(source_name), content);
                Ok(self.library.import(request, vec![file]).await?)
            }
            Some(Source::ServerPath(path)) => {
                let file = self.library.open_under_root(Path::new(&path)).map_err(|message| {
                    invalid_field("server_path", format!("{path:?} {message}"))
                })?;
                Ok(self.library.import(request, vec![file]).await?)
            }
            Some(Source::Synthetic(wire)) => {
                let mut violations = Violations::default();
                let spec = synthetic_spec(&wire, &request, "synthetic", &mut violations);
                violations.into_result().map_err(|violations| invalid(&violations))?;
                let spec = spec.ok_or_else(|| invalid_field("synthetic", "is incomplete"))?;
                Ok(self.library.generate(request.instrument, spec).await?)
            }
            None => {
                let message = "needs one of content, server_path and synthetic";
                Err(invalid_field("source", message))
            }
        }
    }
}

#[tonic::async_trait]
impl MarketDataService for MarketDataServer {
    async fn import_bars(
        &self,
        request: Request<pb::ImportBarsRequest>,
    ) -> Result<Response<pb::ImportBarsResponse>, Status> {
        let wire = request.into_inner();
        let request = required_series(wire.series.as_ref(), "series", wire.format, wire.replace)?;
        let imported = self.import_from(wire.source, &wire.source_name, request).await?;
        Ok(Response::new(pb::ImportBarsResponse {
            series: Some((&imported.row).into()),
            created: imported.created,
            rows_read: imported.rows_read as i64,
            warnings: imported.warnings,
        }))
    }

    async fn upload_bars(
        &self,
        request: Request<Streaming<pb::UploadBarsRequest>>,
    ) -> Result<Response<pb::UploadBarsResponse>, Status> {
        let mut parts = request.into_inner();
        let mut upload = BarUpload::new(Arc::clone(&self.library));
        while let Some(message) = parts.message().await? {
            match message.part {
                Some(Part::Header(header)) => upload.begin(header)?,
                Some(Part::Chunk(chunk)) => upload.write(&chunk)?,
                None => return Err(header_missing()),
            }
        }
        // A client that breaks off can look like one that has finished (tonic's decoder takes a
        // reset for the end); a broken connection then drops this future here.
        tokio::task::yield_now().await;
        Ok(Response::new(upload.finish().await?))
    }

    async fn list_series(
        &self,
        request: Request<pb::ListSeriesRequest>,
    ) -> Result<Response<pb::ListSeriesResponse>, Status> {
        let request = request.into_inner();
        if !request.filter.is_empty() {
            return Err(not_served("a filter of series"));
        }
        let limit = size(request.page_size, SERIES_PAGE_SIZE)?;
        let tokens = Tokens::bound_to(&["series", &request.filter]);
        let after = match tokens.read(&request.page_token)? {
            None => None,
            Some(position) => Some(position_of(&position).ok_or_else(|| {
                invalid_field("page_token", "is no token of this list with these arguments")
            })?),
        };
        let rows = self.library.list(after, limit + 1).await?;
        let page = &rows[..rows.len().min(limit)];
        let next = page.last().filter(|_| rows.len() > limit);
        Ok(Response::new(pb::ListSeriesResponse {
            series: page.iter().map(Into::into).collect(),
            next_page_token: next.map_or_else(String::new, |row| {
                tokens.write(&format!("{}@{}", row.instrument, row.timeframe))
            }),
        }))
    }

    async fn get_bars(
        &self,
        request: Request<pb::GetBarsRequest>,
    ) -> Result<Response<pb::GetBarsResponse>, Status> {
        let wire = request.into_inner();
        let mut violations = Violations::default();
        if wire.max_bars < 0 {
            violations.add("max_bars", "must not be negative");
        }
        let read = read_bars_request(&wire, &mut violations);
        violations.into_result().map_err(|violations| invalid(&violations))?;
        let read = read.ok_or_else(|| invalid_field("subscription", "is required"))?;
        let wanted = read.subscription;
        let series = self.library.bars(&wanted.instrument, wanted.timeframe, wanted.pinned).await?;
        let range = series.range(read.start_ms, read.end_ms);
        let limit = match wire.max_bars as usize {
            0 => BARS_MAX,
            limit => limit.min(BARS_MAX),
        };
        if range.len() > limit {
            let message = format!(
                "the range has {} bars, above the {limit} of one answer; narrow time_range",
                range.len()
            );
            return Err(invalid_field("time_range", message));
        }
        Ok(Response::new(bars_response(&series, range)))
    }

    async fn delete_series(
        &self,
        _request: Request<pb::DeleteSeriesRequest>,
    ) -> Result<Response<pb::DeleteSeriesResponse>, Status> {
        Err(not_served("DeleteSeries"))
    }
}

/// `EXCHANGE:SYMBOL@TIMEFRAME`, as a token holds it.
fn position_of(text: &str) -> Option<(Instrument, Timeframe)> {
    let (instrument, timeframe) = text.rsplit_once('@')?;
    let (exchange, symbol) = instrument.split_once(':')?;
    Some((Instrument::new(exchange, symbol).ok()?, timeframe.parse().ok()?))
}
