//! Series that come with a run which was computed elsewhere: their files and their rows in the
//! catalog, as an import of them leaves both, but that none comes before one that is here.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::sync::Arc;

use super::adopted::FileKind;
use super::facts::SeriesFacts;
use super::library::{Library, LibraryError, blocking};
use super::{BarStore, aux_file, aux_path, bar_path, bar_reader};
use crate::digest::Digest;
use crate::market::{AuxKey, AuxSeries, Instrument};
use crate::run::Actor;
use crate::storage::{Age, AuxRow};

/// Series that came with a run.
#[derive(Clone, Debug)]
pub struct BesideRun {
    /// Where their files are, by the names that they have here.
    pub folder: PathBuf,
    /// The content of the bars that are there, and what they are of.
    pub bars: Vec<(Digest, Vec<Instrument>)>,
    /// The same of auxiliary series.
    pub aux: Vec<(Digest, Vec<AuxKey>)>,
    /// Where they come from, for the catalog.
    pub source: String,
}

impl Library {
    /// Keeps what of these series is not here; which that is.
    ///
    /// # Errors
    ///
    /// If one of them is no series: then nothing is kept.
    pub async fn keep_beside(
        &self,
        series: BesideRun,
        actor: &Actor,
    ) -> Result<Vec<Digest>, LibraryError> {
        let _turn = self.importing.lock().await;
        let now_ms = self.clock.now_ms();
        let BesideRun { folder, bars, aux, source } = series;
        let (mut series_rows, mut aux_rows, mut files) = (Vec::new(), Vec::new(), Vec::new());
        for (data, instruments) in bars {
            let from = folder.clone();
            let read = blocking(move || {
                let series = bar_reader::read(&from, &data)?;
                Ok((series.timeframe, SeriesFacts::from(&series)))
            });
            let (timeframe, facts) = read.await?;
            files.push((FileKind::Bars, data));
            for instrument in instruments {
                if self.store.series_version(&instrument, data).await?.is_none() {
                    let (facts, source) = (facts.clone(), source.clone());
                    series_rows.push(self.row(instrument, timeframe, facts, data, source));
                }
            }
        }
        for (data, keys) in aux {
            let from = folder.clone();
            let series = blocking(move || Ok(aux_file::read(&from, &data)?)).await?;
            files.push((FileKind::Aux, data));
            for key in keys {
                if self.store.aux_version(&key, data).await?.is_none() {
                    aux_rows.push(aux_row(&series, (key, data), now_ms, source.clone()));
                }
            }
        }
        let store = Arc::clone(&self.bars);
        let stored = blocking(move || Ok(copied(&store, files, &folder)?)).await?;
        let catalog = self.store.by(actor, now_ms);
        for row in series_rows {
            catalog.add_series_of(row, Age::Older).await?;
        }
        for row in aux_rows {
            catalog.add_aux_of(row, Age::Older).await?;
        }
        Ok(stored)
    }
}

/// Copies the files that are not here; which those are.
fn copied(
    store: &BarStore,
    files: Vec<(FileKind, Digest)>,
    folder: &std::path::Path,
) -> io::Result<Vec<Digest>> {
    let mut copied = Vec::new();
    for (kind, data) in files {
        if store.file_bytes(kind, &data).is_some() {
            continue;
        }
        let path = match kind {
            FileKind::Bars => bar_path(folder, &data),
            FileKind::Aux => aux_path(folder, &data),
        };
        let mut file = File::open(path)?;
        let mut adopting = store.adopting(kind, &data)?;
        let mut piece = vec![0; 1 << 20];
        loop {
            match file.read(&mut piece)? {
                0 => break,
                count => adopting.add(&piece[..count])?,
            }
        }
        adopting.finish()?;
        copied.push(data);
    }
    Ok(copied)
}

fn aux_row(
    series: &AuxSeries,
    (key, data): (AuxKey, Digest),
    import_ms: i64,
    source: String,
) -> AuxRow {
    AuxRow {
        key,
        columns: series.facts(),
        data,
        row_count: series.len() as u64,
        first_ms: series.known_ms().first().copied().unwrap_or(0),
        last_ms: series.known_ms().last().copied().unwrap_or(0),
        size_bytes: aux_file::file_bytes(series),
        import_ms,
        source,
    }
}
