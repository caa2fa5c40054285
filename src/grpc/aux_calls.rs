//! The calls of `MarketDataService` on auxiliary series.

use std::path::Path;

use tonic::{Status, Streaming};

use super::convert::{aux_import, aux_key, aux_position_text};
use super::market_data_service::{MarketDataServer, SERIES_PAGE_SIZE, named};
use super::page::{Tokens, fitting, foreign_token, size};
use super::status::{invalid, invalid_field};
use crate::data::{AuxImportRequest, AuxImported, SourceFile};
use crate::digest::Digest;
use crate::excerpt::excerpt;
use crate::market::{AuxKey, AuxName, Instrument};
use crate::pb;
use crate::pb::import_aux_request::Source;
use crate::pb::upload_aux_request::Part;
use crate::run::{Actor, Violations};
use crate::storage::{AuxPosition, AuxQuery};

impl MarketDataServer {
    pub(super) async fn import_aux_file(
        &self,
        wire: pb::ImportAuxRequest,
        actor: &Actor,
    ) -> Result<pb::ImportAuxResponse, Status> {
        let request = required(wire.aux.as_ref(), "aux")?;
        let file = match wire.source {
            Some(Source::Content(content)) => {
                SourceFile::from_bytes(named(&wire.source_name), content)
            }
            Some(Source::ServerPath(path)) => {
                self.library.open_under_root(Path::new(&path)).map_err(|message| {
                    invalid_field("server_path", format!("{:?} {message}", excerpt(&path)))
                })?
            }
            None => return Err(invalid_field("source", "needs one of content and server_path")),
        };
        let imported = self.library.import_aux(request, file, actor).await?;
        let AuxImported { row, created, warnings, understood } = imported;
        Ok(pb::ImportAuxResponse { aux: Some((&row).into()), created, warnings, understood })
    }

    pub(super) async fn upload_aux_file(
        &self,
        mut parts: Streaming<pb::UploadAuxRequest>,
        actor: &Actor,
    ) -> Result<pb::UploadAuxResponse, Status> {
        let first = parts.message().await?.and_then(|message| message.part);
        let Some(Part::Header(header)) = first else {
            return Err(invalid_field("header", "must come first"));
        };
        let request = required(header.aux.as_ref(), "header.aux")?;
        let mut spool = self.library.spool();
        spool.begin(named(&header.source_name))?;
        while let Some(message) = parts.message().await? {
            match message.part {
                Some(Part::Chunk(chunk)) => spool.write(&chunk)?,
                Some(Part::Header(_)) => {
                    let message = "comes once: an auxiliary series is one file";
                    return Err(invalid_field("header", message));
                }
                None => return Err(invalid_field("part", "needs one of header and chunk")),
            }
        }
        // As in an upload of bars: a connection that broke drops this future here.
        tokio::task::yield_now().await;
        let mut files = spool.finish()?;
        let file = files.pop().ok_or_else(|| invalid_field("header", "is required"))?;
        let imported = self.library.import_aux(request, file, actor).await?;
        let AuxImported { row, created, warnings, understood } = imported;
        Ok(pb::UploadAuxResponse { aux: Some((&row).into()), created, warnings, understood })
    }

    pub(super) async fn list_aux_series(
        &self,
        request: pb::ListAuxRequest,
    ) -> Result<pb::ListAuxResponse, Status> {
        let limit = size(request.page_size, SERIES_PAGE_SIZE, self.page_size_max)?;
        let query = AuxQuery { with_old_versions: request.include_old_versions };
        let versions = if request.include_old_versions { "all" } else { "newest" };
        let tokens = Tokens::bound_to(&["aux", versions]);
        let after = match tokens.read(&request.page_token)? {
            Some(text) => Some(position_of(&text).ok_or_else(foreign_token)?),
            None => None,
        };
        let found = self.library.list_aux(query, after, limit + 1).await?;
        let page = &found[..found.len().min(limit)];
        let aux: Vec<pb::AuxSeries> = fitting(page.iter().map(Into::into)).await;
        let last = page.get(aux.len().wrapping_sub(1)).filter(|_| aux.len() < found.len());
        let token = last.map(|version| tokens.write(&aux_position_text(version)));
        Ok(pb::ListAuxResponse { next_page_token: token.unwrap_or_default(), aux })
    }

    pub(super) async fn delete_aux_version(
        &self,
        request: pb::DeleteAuxRequest,
        actor: &Actor,
    ) -> Result<pb::DeleteAuxResponse, Status> {
        let mut violations = Violations::default();
        let data = violations.check("data_sha256", request.data_sha256.parse::<Digest>());
        let pb::DeleteAuxRequest { name, exchange, symbol, .. } = &request;
        let key = match name.as_str() {
            "" if exchange.is_empty() && symbol.is_empty() => None,
            name => aux_key((name, exchange, symbol), "", &mut violations),
        };
        violations.into_result().map_err(|violations| invalid(&violations))?;
        let data = data.ok_or_else(|| invalid_field("data_sha256", "is required"))?;
        self.library.delete_aux(data, key, actor).await?;
        Ok(pb::DeleteAuxResponse {})
    }
}

fn required(wire: Option<&pb::AuxSpec>, path: &str) -> Result<AuxImportRequest, Status> {
    let mut violations = Violations::default();
    let request = aux_import(wire, path, &mut violations);
    violations.into_result().map_err(|violations| invalid(&violations))?;
    request.ok_or_else(|| invalid_field(path, "is required"))
}

/// `NAME@[EXCHANGE:SYMBOL]#VERSION`, as a token holds it.
fn position_of(text: &str) -> Option<AuxPosition> {
    let (key, version_no) = text.rsplit_once('#')?;
    let (name, instrument) = key.split_once('@')?;
    let instrument = match instrument.split_once(':') {
        Some((exchange, symbol)) => Some(Instrument::new(exchange, symbol).ok()?),
        None => None,
    };
    let key = AuxKey { name: AuxName::new(name).ok()?, instrument };
    Some(AuxPosition { key, version_no: version_no.parse().ok()? })
}
