//! One upload of bars in pieces, however they come: by `UploadBars`, or by plain HTTP.

use std::sync::Arc;

use tonic::Status;

use super::convert::bar_preview;
use super::market_data_service::{named, required_series};
use super::status::invalid_field;
use crate::data::{ImportRequest, Library, Spool};
use crate::pb;
use crate::run::Actor;

/// Files of one series on their way in; gone without a trace unless finished.
pub(crate) struct BarUpload {
    library: Arc<Library>,
    actor: Actor,
    spool: Spool,
    first: Option<(pb::UploadBarsHeader, ImportRequest)>,
}

impl BarUpload {
    pub(crate) fn new(library: Arc<Library>, actor: Actor) -> Self {
        Self { spool: library.spool(), library, actor, first: None }
    }

    /// Begins the next file. A header that can not be taken is refused with all its faults.
    pub(crate) fn begin(&mut self, header: pb::UploadBarsHeader) -> Result<(), Status> {
        let (series, layout) = (header.series.as_ref(), header.layout.as_ref());
        let how = (header.replace, header.validate_only);
        let request = required_series(series, layout, "header.series", header.format, how)?;
        let same = |first: &pb::UploadBarsHeader| {
            (first.series.as_ref(), first.layout.as_ref()) == (series, layout)
                && (first.replace, first.validate_only) == how
        };
        if self.first.as_ref().is_some_and(|(first, _)| !same(first)) {
            let message = "must be the same for all files of an upload";
            return Err(invalid_field("header.series", message));
        }
        self.spool.begin(named(&header.source_name))?;
        self.first.get_or_insert((header, request));
        Ok(())
    }

    /// Appends to the file begun last.
    pub(crate) fn write(&mut self, chunk: &[u8]) -> Result<(), Status> {
        match self.first {
            Some(_) => Ok(self.spool.write(chunk)?),
            None => Err(header_missing()),
        }
    }

    /// Imports all files, or none of them.
    pub(crate) async fn finish(self) -> Result<pb::UploadBarsResponse, Status> {
        let (_, request) = self.first.ok_or_else(|| invalid_field("header", "is required"))?;
        let imported = self.library.import(request, self.spool.finish()?, &self.actor).await?;
        Ok(pb::UploadBarsResponse {
            series: Some((&imported.row).into()),
            created: imported.created,
            rows_read: imported.rows_read as i64,
            warnings: imported.warnings,
            understood: imported.understood,
            preview: imported.preview.as_ref().map(bar_preview),
        })
    }
}

/// The first piece says what the others are.
pub(super) fn header_missing() -> Status {
    invalid_field("header", "must come first")
}
