//! Bars in files: read from text, checked, merged, and kept under the hash of their content.
//!
//! Everything here blocks on files and none of it awaits; callers bring a thread that may wait.

mod adopted;
#[cfg(feature = "parquet")]
mod arrow;
mod assemble;
#[cfg(test)]
mod assemble_tests;
mod aux_file;
mod aux_import;
mod aux_problem;
mod aux_store;
mod bar_file;
mod bar_header;
mod bar_reader;
mod bar_store;
mod beside_run;
mod chart;
#[cfg(feature = "parquet")]
mod compact;
mod container;
mod facts;
mod import_error;
#[cfg(test)]
mod import_error_tests;
mod import_problem;
mod import_words;
mod intake;
mod json;
mod library;
mod lines;
mod market_days;
mod merge;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "parquet")]
mod parquet_claims;
#[cfg(test)]
#[cfg(feature = "parquet")]
mod parquet_tests;
#[cfg(feature = "parquet")]
mod parquet_times;
mod parsed_bars;
mod preview;
mod reading;
mod source_file;
mod spill;
mod stretch;
mod terms;
mod told;
mod unpack;
mod version;
#[cfg(feature = "parquet")]
mod writer_zones;
#[cfg(feature = "parquet")]
mod zoned_text;

pub use adopted::{Adopting, FileKind};
pub use assemble::{Assembled, assemble};
pub use aux_file::{AuxFileError, aux_path, check_aux};
pub use aux_import::{AuxImportRequest, AuxImported, AuxRowsRequest};
pub use aux_problem::AuxProblem;
pub use bar_file::{BarFileError, bar_path, content_hash, file_bytes};
pub use bar_reader::check_bars;
pub use bar_store::{BarStore, CacheLookups, ResampledError};
pub use beside_run::BesideRun;
pub use chart::{Chart, ChartRequest};
pub use import_error::{ImportError, ImportProblem};
pub use library::{ImportRequest, Imported, Library, LibraryError, LibrarySettings};
pub use market_days::{DayTerms, UnknownZone, zone_name};
pub use parsed_bars::ParsedBars;
pub use preview::Preview;
pub use reading::{
    AuxLayout, BarLayout, DateOrder, DecimalMark, Declared, Edge, KnownRule, NumberError,
    TimeError, TimeForm, TimeFormat, TimeFormatError, TimeTerms, read_csv, zone_named,
};
pub use source_file::{SourceFile, Spool};
pub use spill::{LongSeries, Room};
pub use terms::{Known, Terms};
pub use version::VersionRequest;
