//! `MarketDataService`: bars in, bars out; the calls on auxiliary series are in `aux_calls`.

use std::path::Path;
use std::sync::Arc;

use tonic::{Request, Response, Status, Streaming};

use super::bar_upload::{BarUpload, header_missing};
use super::caller::actor;
use super::convert::{bar_preview, bars_response, chart_request, series_spec, synthetic_spec};
use super::exports::{Exports, Rows};
use super::page::{Tokens, fitting, foreign_token, size};
use super::status::{invalid, invalid_field};
use crate::data::{ImportRequest, Imported, Library, SourceFile};
use crate::digest::Digest;
use crate::excerpt::excerpt;
use crate::market::Instrument;
use crate::pb;
use crate::pb::import_bars_request::Source;
use crate::pb::market_data_service_server::MarketDataService;
use crate::pb::upload_bars_request::Part;
use crate::run::{Actor, Violations};
use crate::storage::{SeriesPosition, SeriesQuery, SeriesVersion};

pub(super) const SERIES_PAGE_SIZE: usize = 50;

pub(super) struct MarketDataServer {
    pub(super) library: Arc<Library>,
    pub(super) exports: Exports,
    pub(super) page_size_max: usize,
}

/// Which series, or every violation at once; `how` is whether to replace, and whether only to
/// check.
pub(super) fn required_series(
    spec: Option<&pb::SeriesSpec>,
    layout: Option<&pb::BarLayout>,
    path: &str,
    format: i32,
    how: (bool, bool),
) -> Result<ImportRequest, Status> {
    let mut violations = Violations::default();
    check_format(format, &path.replace("series", "format"), &mut violations);
    let request = series_spec(spec, layout, path, how, &mut violations);
    match (violations.into_result(), request) {
        (Ok(()), Some(request)) => Ok(request),
        (Err(violations), _) => Err(invalid(&violations)),
        (Ok(()), None) => Err(invalid_field(path, "is required")),
    }
}

fn check_format(format: i32, field: &str, violations: &mut Violations) {
    match pb::BarFormat::try_from(format) {
        Ok(pb::BarFormat::Unspecified | pb::BarFormat::Csv) => {}
        Ok(pb::BarFormat::Parquet) if cfg!(feature = "parquet") => {}
        Ok(pb::BarFormat::Parquet) => {
            violations.add(field, "Parquet is not read by this build of the server; CSV is");
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
        actor: &Actor,
    ) -> Result<Imported, Status> {
        match source {
            Some(Source::Content(content)) => {
                let file = SourceFile::from_bytes(named(source_name), content);
                Ok(self.library.import(request, vec![file], actor).await?)
            }
            Some(Source::ServerPath(path)) => {
                let file = self.library.open_under_root(Path::new(&path)).map_err(|message| {
                    let path = excerpt(&path);
                    invalid_field("server_path", format!("{path:?} {message}"))
                })?;
                Ok(self.library.import(request, vec![file], actor).await?)
            }
            Some(Source::Synthetic(wire)) => {
                let mut violations = Violations::default();
                let spec = synthetic_spec(&wire, &request, "synthetic", &mut violations);
                violations.into_result().map_err(|violations| invalid(&violations))?;
                let spec = spec.ok_or_else(|| invalid_field("synthetic", "is incomplete"))?;
                Ok(self.library.generate(request, spec, actor).await?)
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
        let actor = actor(&request);
        let wire = request.into_inner();
        let (series, layout) = (wire.series.as_ref(), wire.layout.as_ref());
        let how = (wire.replace, wire.validate_only);
        let request = required_series(series, layout, "series", wire.format, how)?;
        let imported = self.import_from(wire.source, &wire.source_name, request, &actor).await?;
        Ok(Response::new(pb::ImportBarsResponse {
            series: Some((&imported.row).into()),
            created: imported.created,
            rows_read: imported.rows_read as i64,
            warnings: imported.warnings,
            understood: imported.understood,
            preview: imported.preview.as_ref().map(bar_preview),
        }))
    }

    async fn upload_bars(
        &self,
        request: Request<Streaming<pb::UploadBarsRequest>>,
    ) -> Result<Response<pb::UploadBarsResponse>, Status> {
        let actor = actor(&request);
        let mut parts = request.into_inner();
        let mut upload = BarUpload::new(Arc::clone(&self.library), actor);
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
        let limit = size(request.page_size, SERIES_PAGE_SIZE, self.page_size_max)?;
        let query = SeriesQuery::new(&request.filter, request.include_old_versions)
            .map_err(|violations| invalid(&violations))?;
        let versions = if request.include_old_versions { "all" } else { "newest" };
        let tokens = Tokens::bound_to(&["series", &request.filter, versions]);
        let after = match tokens.read(&request.page_token)? {
            Some(text) => Some(position_of(&text).ok_or_else(foreign_token)?),
            None => None,
        };
        let found = self.library.list(&query, after, limit + 1).await?;
        let page = &found[..found.len().min(limit)];
        let series: Vec<pb::Series> = fitting(page.iter().map(Into::into)).await;
        let last = page.get(series.len().wrapping_sub(1)).filter(|_| series.len() < found.len());
        Ok(Response::new(pb::ListSeriesResponse {
            next_page_token: last.map_or_else(String::new, |it| tokens.write(&position_text(it))),
            series,
        }))
    }

    async fn get_bars(
        &self,
        request: Request<pb::GetBarsRequest>,
    ) -> Result<Response<pb::GetBarsResponse>, Status> {
        let wire = request.into_inner();
        let mut violations = Violations::default();
        let chart = chart_request(&wire, &mut violations);
        violations.into_result().map_err(|violations| invalid(&violations))?;
        let chart = chart.ok_or_else(|| invalid_field("subscription", "is required"))?;
        Ok(Response::new(bars_response(&self.library.chart(chart).await?)))
    }

    type ExportBarsStream = Rows<pb::ExportBarsResponse>;

    async fn export_bars(
        &self,
        request: Request<pb::ExportBarsRequest>,
    ) -> Result<Response<Self::ExportBarsStream>, Status> {
        let peer = request.remote_addr();
        Ok(Response::new(self.exports.bars(request.into_inner(), peer).await?))
    }

    async fn delete_series(
        &self,
        request: Request<pb::DeleteSeriesRequest>,
    ) -> Result<Response<pb::DeleteSeriesResponse>, Status> {
        let actor = actor(&request);
        let request = request.into_inner();
        let mut violations = Violations::default();
        let data = violations.check("data_sha256", request.data_sha256.parse::<Digest>());
        let instrument = match (request.exchange.as_str(), request.symbol.as_str()) {
            ("", "") => None,
            (exchange, symbol) => violations.check("symbol", Instrument::new(exchange, symbol)),
        };
        violations.into_result().map_err(|violations| invalid(&violations))?;
        let data = data.ok_or_else(|| invalid_field("data_sha256", "is required"))?;
        self.library.delete(data, instrument, &actor).await?;
        Ok(Response::new(pb::DeleteSeriesResponse {}))
    }

    async fn import_aux(
        &self,
        request: Request<pb::ImportAuxRequest>,
    ) -> Result<Response<pb::ImportAuxResponse>, Status> {
        let actor = actor(&request);
        Ok(Response::new(self.import_aux_file(request.into_inner(), &actor).await?))
    }

    async fn upload_aux(
        &self,
        request: Request<Streaming<pb::UploadAuxRequest>>,
    ) -> Result<Response<pb::UploadAuxResponse>, Status> {
        let actor = actor(&request);
        Ok(Response::new(self.upload_aux_file(request.into_inner(), &actor).await?))
    }

    async fn list_aux(
        &self,
        request: Request<pb::ListAuxRequest>,
    ) -> Result<Response<pb::ListAuxResponse>, Status> {
        Ok(Response::new(self.list_aux_series(request.into_inner()).await?))
    }

    type ExportAuxStream = Rows<pb::ExportAuxResponse>;

    async fn export_aux(
        &self,
        request: Request<pb::ExportAuxRequest>,
    ) -> Result<Response<Self::ExportAuxStream>, Status> {
        let peer = request.remote_addr();
        Ok(Response::new(self.exports.aux(request.into_inner(), peer).await?))
    }

    async fn delete_aux(
        &self,
        request: Request<pb::DeleteAuxRequest>,
    ) -> Result<Response<pb::DeleteAuxResponse>, Status> {
        let actor = actor(&request);
        Ok(Response::new(self.delete_aux_version(request.into_inner(), &actor).await?))
    }
}

fn position_text(SeriesVersion { row, version_no, .. }: &SeriesVersion) -> String {
    format!("{}@{}#{version_no}", row.instrument, row.timeframe)
}

/// `EXCHANGE:SYMBOL@TIMEFRAME#VERSION`, as a token holds it.
fn position_of(text: &str) -> Option<SeriesPosition> {
    let (series, version_no) = text.rsplit_once('#')?;
    let (instrument, timeframe) = series.rsplit_once('@')?;
    let (exchange, symbol) = instrument.split_once(':')?;
    Some(SeriesPosition {
        instrument: Instrument::new(exchange, symbol).ok()?,
        timeframe: timeframe.parse().ok()?,
        version_no: version_no.parse().ok()?,
    })
}
