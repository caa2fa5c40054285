//! Auxiliary series as a user knows them: imported, listed, read, removed. Each import is a version
//! of its own and replaces the one before it whole: what was computed anew is not mixed with what
//! was computed before.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::aux_file::AuxFileError;
use super::container::{Content, open_table};
use super::library::{Library, LibraryError, blocking};
use super::reading::{AuxLayout, ParsedAux, read_aux};
use super::source_file::SourceFile;
use super::version::ends_of;
use crate::digest::Digest;
use crate::market::{AuxKey, AuxSeries};
use crate::run::Actor;
use crate::storage::{AuxPosition, AuxQuery, AuxRow, AuxVersion, SeriesDeletion};

/// A row of bars is six numbers, and memory is bounded by that.
const VALUES_PER_BAR: u64 = 6;

/// Which auxiliary series an import is for, and how its file is laid out.
#[derive(Clone, Debug)]
pub struct AuxImportRequest {
    /// What it is called.
    pub key: AuxKey,
    /// How the file is laid out.
    pub layout: AuxLayout,
}

/// What an import did.
#[derive(Clone, Debug)]
pub struct AuxImported {
    /// The newest version now.
    pub row: AuxRow,
    /// Whether that is a new one.
    pub created: bool,
    /// What the importer may want to know.
    pub warnings: Vec<String>,
    /// How the file was read, in one line.
    pub understood: String,
}

/// Which rows of which version are wanted.
#[derive(Clone, Copy, Debug)]
pub struct AuxRowsRequest {
    /// Its content.
    pub data: Digest,
    /// Known at or after this time.
    pub start_ms: Option<i64>,
    /// Known before this time.
    pub end_ms: Option<i64>,
    /// Only so many of the first of them and, with `tail`, of the last; 0 and 0 for all.
    pub head: usize,
    /// See `head`.
    pub tail: usize,
}

impl Library {
    /// Imports a file as the newest version of an auxiliary series.
    pub async fn import_aux(
        &self,
        request: AuxImportRequest,
        file: SourceFile,
        actor: &Actor,
    ) -> Result<AuxImported, LibraryError> {
        let source = file.name().to_owned();
        let values_max = self.settings().import_bars_max.saturating_mul(VALUES_PER_BAR);
        let (spool_dir, layout) = (self.settings().spool_dir.clone(), request.layout);
        let parsed = blocking(move || read(file, &layout, values_max, &spool_dir)).await?;
        let ParsedAux { series, understood, warnings } = parsed;
        let _turn = self.importing.lock().await;
        let facts = (series.known_ms().first().copied(), series.known_ms().last().copied());
        let (row_count, columns) = (series.len() as u64, series.facts());
        let bars = Arc::clone(&self.bars);
        let (data, size_bytes) = blocking(move || Ok(bars.save_aux(series)?)).await?;
        let known = self.store.newest_aux(&request.key).await?;
        if let Some(row) = known.filter(|row| row.data == data) {
            return Ok(AuxImported { row, created: false, warnings, understood });
        }
        let row = AuxRow {
            key: request.key,
            columns,
            data,
            row_count,
            first_ms: facts.0.unwrap_or(0),
            last_ms: facts.1.unwrap_or(0),
            size_bytes,
            import_ms: self.clock.now_ms(),
            source,
        };
        self.store.by(actor, self.clock.now_ms()).add_aux(row.clone()).await?;
        Ok(AuxImported { row, created: true, warnings, understood })
    }

    /// The auxiliary series that the query asks for, after `after`.
    pub async fn list_aux(
        &self,
        query: AuxQuery,
        after: Option<AuxPosition>,
        limit: usize,
    ) -> Result<Vec<AuxVersion>, LibraryError> {
        Ok(self.store.aux_series(query, after, limit).await?)
    }

    /// Removes the versions of that content, of one series or of all that have it, and its file
    /// once nothing else needs it.
    pub async fn delete_aux(
        &self,
        data: Digest,
        key: Option<AuxKey>,
        actor: &Actor,
    ) -> Result<(), LibraryError> {
        // An import of the same content must not find the file and then lose it.
        let _turn = self.importing.lock().await;
        match self.store.by(actor, self.clock.now_ms()).delete_aux(data, key).await? {
            SeriesDeletion::Unknown => Err(LibraryError::UnknownVersion(data)),
            SeriesDeletion::Needed(run_id) => Err(LibraryError::InUse { data, run_id }),
            SeriesDeletion::Deleted { is_file_free: false } => Ok(()),
            SeriesDeletion::Deleted { is_file_free: true } => {
                let bars = Arc::clone(&self.bars);
                blocking(move || Ok(bars.remove_aux(&data).map(drop)?)).await
            }
        }
    }

    /// The series, and which of its rows are wanted: in order, each once.
    pub async fn aux_rows(
        &self,
        request: AuxRowsRequest,
    ) -> Result<(Arc<AuxSeries>, Vec<Range<usize>>), LibraryError> {
        let (bars, data) = (Arc::clone(&self.bars), request.data);
        let series = blocking(move || {
            bars.load_aux(&data).map_err(|error| match error {
                AuxFileError::Missing(_) => LibraryError::UnknownVersion(data),
                error => LibraryError::UnreadableAux(error),
            })
        })
        .await?;
        let before = |time_ms: i64| series.known_ms().partition_point(|known| *known < time_ms);
        let end = request.end_ms.map_or(series.len(), before);
        let start = request.start_ms.map_or(0, before).min(end);
        let rows = ends_of(start..end, request.head, request.tail);
        Ok((series, rows))
    }
}

fn read(
    file: SourceFile,
    layout: &AuxLayout,
    values_max: u64,
    spool_dir: &Path,
) -> Result<ParsedAux, LibraryError> {
    let (name, content): (String, Content) = file.into_parts();
    open_table(&name, content, spool_dir, |table| read_aux(&name, table, layout, values_max))
        .map_err(LibraryError::Aux)
}
