//! Series as a user knows them: imported, made up, listed, read. Ties files, cache and catalog
//! together.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::aux_file::AuxFileError;
use super::bar_file::BarFileError;
use super::bar_store::{BarStore, ResampledError};
use super::facts::SeriesFacts;
use super::import_error::ImportError;
use super::intake::{Intake, Taken};
use super::preview::Preview;
use super::reading::BarLayout;
use super::source_file::{SourceFile, Spool};
use super::terms::Terms;
use crate::clock::Clock;
use crate::digest::Digest;
use crate::market::{
    Currency, Instrument, ResampleError, SyntheticError, SyntheticSpec, Timeframe,
};
use crate::run::{Actor, RunId, Violations};
use crate::storage::{
    Inferred, SeriesDeletion, SeriesPosition, SeriesQuery, SeriesRow, SeriesVersion, Store,
    StoreError,
};
use crate::telemetry::Span;

/// Where series are kept and how much is taken.
pub struct Library {
    pub(super) store: Store,
    pub(super) bars: Arc<BarStore>,
    pub(super) clock: Arc<dyn Clock>,
    settings: LibrarySettings,
    /// One import at a time changes the catalog, so that each merges into what the last left.
    pub(super) importing: Mutex<()>,
}

/// What an import may touch and how large it may be.
#[derive(Clone, Debug)]
pub struct LibrarySettings {
    /// Uploads are kept here until they are read.
    pub spool_dir: PathBuf,
    /// The most bytes of one upload.
    pub upload_bytes_max: u64,
    /// The most bars or trades of one import.
    pub import_bars_max: u64,
    /// Files under this folder may be imported by path; `None` forbids it.
    pub import_root: Option<PathBuf>,
}

/// Which series an import is for, and what is declared of it.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// What trades.
    pub instrument: Instrument,
    /// How long each bar lasts.
    pub timeframe: Timeframe,
    /// What is declared of ticks, steps and calendar, and whether new values win.
    pub terms: Terms,
    /// Whether everything is checked and nothing stored.
    pub validate_only: bool,
    /// How the files are laid out, as far as that is declared.
    pub layout: BarLayout,
}

/// What an import did.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The newest version of the series now.
    pub row: SeriesRow,
    /// Whether that is a new one.
    pub created: bool,
    /// Rows read from all files.
    pub rows_read: u64,
    /// What the importer may want to know.
    pub warnings: Vec<String>,
    /// How each file was read, in one line each.
    pub understood: Vec<String>,
    /// What would be stored, if it was only to be checked.
    pub preview: Option<Preview>,
}

/// Why bars could not be imported or read. The catalog is as it was.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// Fields that cannot be taken.
    #[error("{0}")]
    Invalid(#[from] Violations),
    /// A file that cannot be taken.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A file of an auxiliary series that cannot be taken.
    #[error("{0}")]
    Aux(ImportError),
    /// Bars that cannot be made up.
    #[error(transparent)]
    Synthetic(#[from] SyntheticError),
    /// No bars where some were asked for.
    #[error("no bars of {subject} are imported{hint}")]
    DataMissing {
        /// Of what.
        subject: String,
        /// What was perhaps meant, as the end of a sentence; empty if nothing comes near.
        hint: String,
    },
    /// No version of that content is stored.
    #[error("no series with the content {0} is stored")]
    UnknownVersion(Digest),
    /// A live run reads it.
    #[error("run {run_id} needs the content {data}; cancel it first, or wait for its end")]
    InUse {
        /// Which content.
        data: Digest,
        /// Which run.
        run_id: RunId,
    },
    /// No timeframe is long enough to make so few bars of so many.
    #[error("the range has {bars} bars, and cannot be merged to {limit}; narrow time_range")]
    TooManyBars {
        /// Bars in the range.
        bars: usize,
        /// Bars that were to be.
        limit: usize,
    },
    /// The timeframe cannot be made of the stored one.
    #[error(transparent)]
    Timeframe(#[from] ResampleError),
    /// The upload is over the limit.
    #[error("the upload is larger than the {limit} bytes that this server takes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// A stored file is gone or damaged.
    #[error(transparent)]
    Unreadable(#[from] BarFileError),
    /// Likewise of an auxiliary series.
    #[error(transparent)]
    UnreadableAux(#[from] AuxFileError),
    /// The file system.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ResampledError> for LibraryError {
    fn from(error: ResampledError) -> Self {
        match error {
            ResampledError::File(error) => Self::Unreadable(error),
            ResampledError::Timeframe(error) => Self::Timeframe(error),
        }
    }
}

impl Imported {
    /// Bars that were made up: there is nothing to say of them.
    const fn made(row: SeriesRow, created: bool, rows_read: u64) -> Self {
        Self {
            row,
            created,
            rows_read,
            warnings: Vec::new(),
            understood: Vec::new(),
            preview: None,
        }
    }
}

impl Library {
    /// A library over an opened store.
    pub fn new(
        store: Store,
        bars: Arc<BarStore>,
        clock: Arc<dyn Clock>,
        settings: LibrarySettings,
    ) -> Self {
        Self { store, bars, clock, settings, importing: Mutex::new(()) }
    }

    /// What it was made with.
    pub const fn settings(&self) -> &LibrarySettings {
        &self.settings
    }

    /// Imports all files as one change, or none of them.
    pub async fn import(
        &self,
        request: ImportRequest,
        files: Vec<SourceFile>,
        actor: &Actor,
    ) -> Result<Imported, LibraryError> {
        let source = source_names(&files);
        let span = Span::within("import");
        span.note("tradeforge.files", || files.len() as u64);
        let _turn = self.importing.lock().await;
        let stored = self.store.series_of_instrument(&request.instrument).await?;
        let quote_currency = request.terms.currency(told_currency(&stored))?;
        let known = stored.into_iter().find(|row| row.timeframe == request.timeframe);
        let bars = Arc::clone(&self.bars);
        let (instrument, timeframe) = (request.instrument.clone(), request.timeframe);
        let validate_only = request.validate_only;
        let known_data = known.as_ref().map(|row| (row.data, row.inferred));
        let (now_ms, spool_dir) = (self.clock.now_ms(), self.settings.spool_dir.clone());
        let bars_max = self.settings.import_bars_max;
        let intake = Intake { bars, request, known: known_data, now_ms, bars_max, spool_dir };
        let read = blocking(move || intake.read_and_save(files)).await?;
        let Taken { saved, inferred, rows_read, warnings, understood, preview } = read;
        span.note("tradeforge.rows", || rows_read);
        match (saved, known) {
            (None, Some(row)) => {
                let is_news = row.quote_currency != quote_currency;
                if let Some(currency) = quote_currency.clone().filter(|_| is_news && !validate_only)
                {
                    self.tell_currency(instrument, currency, actor).await?;
                }
                let row = SeriesRow { quote_currency, ..row };
                Ok(Imported { row, created: false, rows_read, warnings, understood, preview })
            }
            (None, None) => Err(LibraryError::DataMissing { subject: source, hint: String::new() }),
            (Some((data, facts)), _) => {
                let row = self.row(instrument, timeframe, facts, data, source);
                let row = SeriesRow { inferred, quote_currency, ..row };
                if !validate_only {
                    self.store.by(actor, self.clock.now_ms()).add_series(row.clone()).await?;
                }
                Ok(Imported { row, created: true, rows_read, warnings, understood, preview })
            }
        }
    }

    /// Keeps what an instrument is quoted in, of which nothing was told when it was imported.
    async fn tell_currency(
        &self,
        instrument: Instrument,
        currency: Currency,
        actor: &Actor,
    ) -> Result<(), LibraryError> {
        let store = self.store.by(actor, self.clock.now_ms());
        Ok(store.tell_quote_currency(instrument, currency).await?)
    }

    /// Makes up bars from a seed and takes them as the newest version of the series.
    pub async fn generate(
        &self,
        request: ImportRequest,
        spec: SyntheticSpec,
        actor: &Actor,
    ) -> Result<Imported, LibraryError> {
        let ImportRequest { instrument, terms, .. } = request;
        let source = format!("synthetic seed {}{}", spec.seed, kind_of_walk(spec.trend_strength));
        let _turn = self.importing.lock().await;
        let stored = self.store.series_of_instrument(&instrument).await?;
        let quote_currency = terms.currency(told_currency(&stored))?;
        let known = stored.into_iter().find(|row| row.timeframe == spec.timeframe);
        let (bars, timeframe) = (Arc::clone(&self.bars), spec.timeframe);
        let (data, series) = blocking(move || Ok(bars.save(spec.series()?)?)).await?;
        let rows_read = series.bars.len() as u64;
        if let Some(row) = known.filter(|row| row.data == data) {
            if let Some(currency) = quote_currency.clone().filter(|_| row.quote_currency.is_none())
            {
                self.tell_currency(instrument, currency, actor).await?;
            }
            let row = SeriesRow { quote_currency, ..row };
            return Ok(Imported::made(row, false, rows_read));
        }
        let row = self.row(instrument, timeframe, SeriesFacts::from(&*series), data, source);
        let row = SeriesRow { quote_currency, ..row };
        self.store.by(actor, self.clock.now_ms()).add_series(row.clone()).await?;
        Ok(Imported::made(row, true, rows_read))
    }

    /// Where the files of bars and of auxiliary series are.
    pub fn folder(&self) -> &std::path::Path {
        self.bars.folder()
    }

    /// A place for the files of one upload.
    pub fn spool(&self) -> Spool {
        Spool::new(self.settings.spool_dir.clone(), self.settings.upload_bytes_max)
    }

    /// A file by its path under the import root.
    ///
    /// # Errors
    ///
    /// What is wrong with the path, as a sentence without it.
    pub fn open_under_root(&self, path: &std::path::Path) -> Result<SourceFile, String> {
        SourceFile::under_root(self.settings.import_root.as_deref(), path)
    }

    /// The series that the query asks for, after `after`.
    pub async fn list(
        &self,
        query: &SeriesQuery,
        after: Option<SeriesPosition>,
        limit: usize,
    ) -> Result<Vec<SeriesVersion>, LibraryError> {
        Ok(self.store.series(query, after, limit).await?)
    }

    /// Removes the versions of that content, of one instrument or of all that have it, and its
    /// file once nothing else needs it.
    pub async fn delete(
        &self,
        data: Digest,
        instrument: Option<Instrument>,
        actor: &Actor,
    ) -> Result<(), LibraryError> {
        // An import of the same content must not find the file and then lose it.
        let _turn = self.importing.lock().await;
        match self.store.by(actor, self.clock.now_ms()).delete_series(data, instrument).await? {
            SeriesDeletion::Unknown => Err(LibraryError::UnknownVersion(data)),
            SeriesDeletion::Needed(run_id) => Err(LibraryError::InUse { data, run_id }),
            SeriesDeletion::Deleted { is_file_free: false } => Ok(()),
            SeriesDeletion::Deleted { is_file_free: true } => {
                let bars = Arc::clone(&self.bars);
                blocking(move || Ok(bars.remove(&data).map(drop)?)).await
            }
        }
    }

    pub(super) fn row(
        &self,
        instrument: Instrument,
        timeframe: Timeframe,
        facts: SeriesFacts,
        data: Digest,
        source: String,
    ) -> SeriesRow {
        let SeriesFacts { units, calendar, days, bar_count, first_open_ms, end_ms, .. } = facts;
        SeriesRow {
            instrument,
            timeframe,
            units,
            inferred: Inferred::default(),
            calendar,
            days,
            quote_currency: None,
            data,
            bar_count,
            first_open_ms,
            end_ms,
            gap_count: facts.gap_count,
            size_bytes: facts.size_bytes,
            import_ms: self.clock.now_ms(),
            source,
        }
    }
}

/// What the stored series of an instrument say that it is quoted in.
fn told_currency(stored: &[SeriesRow]) -> Option<&Currency> {
    stored.iter().find_map(|row| row.quote_currency.as_ref())
}

/// The names of all files, for the catalog.
fn source_names(files: &[SourceFile]) -> String {
    let names: Vec<_> = files.iter().map(SourceFile::name).collect();
    names.join(", ")
}

/// Runs file work on a thread that may wait.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LibraryError> + Send + 'static,
) -> Result<T, LibraryError> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
        .await
        .map_err(|error| LibraryError::Io(io::Error::other(error)))?
}
/// What the trends in made-up bars are, for those who read where bars come from.
fn kind_of_walk(trend_strength: f64) -> String {
    if trend_strength == 0.0 {
        ", noise".to_owned()
    } else if trend_strength == 1.0 {
        String::new()
    } else {
        format!(", trends x {trend_strength}")
    }
}
