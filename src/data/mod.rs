//! Bars in files: read from text, checked, merged, and kept under the hash of their content.
//!
//! Everything here blocks on files and none of it awaits; callers bring a thread that may wait.

mod assemble;
mod bar_file;
mod bar_header;
mod bar_store;
mod chart;
#[cfg(feature = "parquet")]
mod compact;
mod csv;
mod header;
mod import_error;
mod library;
mod merge;
mod number;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "parquet")]
mod parquet_claims;
mod parsed_bars;
mod price_column;
mod records;
mod row_reader;
mod source_file;
mod stretch;
mod terms;
mod text;
mod timestamp;
mod unpack;

pub use assemble::{Assembled, assemble};
pub use bar_file::{BarFileError, bar_path, check_bars, content_hash, file_bytes};
pub use bar_store::{BarStore, CacheLookups, ResampledError};
pub use chart::{Chart, ChartRequest};
pub use csv::read_csv;
pub use import_error::{ImportError, ImportProblem};
pub use library::{ImportRequest, Imported, Library, LibraryError, LibrarySettings};
pub use number::NumberError;
pub use parsed_bars::ParsedBars;
pub use row_reader::Declared;
pub use source_file::{SourceFile, Spool};
pub use terms::{Known, Terms};
pub use timestamp::{TimeError, TimeForm};
