//! Tables of columns as files: CSV, JSON lines, Parquet. Knows no table in particular.
//!
//! A file is made piece by piece, so that a table of any length needs the memory of some rows.

mod cell;
mod csv;
mod jsonl;
#[cfg(feature = "parquet")]
mod parquet;

use crate::pb;

/// Some rows of a table, by column; of one table always the same columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rows {
    row_count: i32,
    columns: Vec<pb::Column>,
}

impl From<pb::ExportTrialsResponse> for Rows {
    fn from(message: pb::ExportTrialsResponse) -> Self {
        Self { row_count: message.row_count, columns: message.columns }
    }
}

impl From<pb::ExportWindowTrialsResponse> for Rows {
    fn from(message: pb::ExportWindowTrialsResponse) -> Self {
        Self { row_count: message.row_count, columns: message.columns }
    }
}

impl From<pb::ExportEquityResponse> for Rows {
    fn from(message: pb::ExportEquityResponse) -> Self {
        Self { row_count: message.row_count, columns: message.columns }
    }
}

impl From<pb::ExportBarsResponse> for Rows {
    fn from(message: pb::ExportBarsResponse) -> Self {
        Self { row_count: message.row_count, columns: message.columns }
    }
}

impl From<pb::ExportAuxResponse> for Rows {
    fn from(message: pb::ExportAuxResponse) -> Self {
        Self { row_count: message.row_count, columns: message.columns }
    }
}

impl From<pb::ExportTradesResponse> for Rows {
    fn from(message: pb::ExportTradesResponse) -> Self {
        Self { row_count: message.row_count, columns: message.columns }
    }
}

/// A form of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Comma-separated values under a line of headings; an absent value is empty.
    Csv,
    /// A JSON object a line with every column; an absent value is null.
    Jsonl,
    /// Apache Parquet: every column optional, packed by zstd.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    /// All that this program can write.
    pub(crate) const ALL: &[Self] = &[
        Self::Csv,
        Self::Jsonl,
        #[cfg(feature = "parquet")]
        Self::Parquet,
    ];

    /// The end of a file's name.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
        }
    }

    /// The format of files whose names end so.
    pub(crate) fn of_extension(extension: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.extension() == extension)
    }

    /// Whether it is not made of characters.
    pub(crate) const fn is_binary(self) -> bool {
        match self {
            Self::Csv | Self::Jsonl => false,
            #[cfg(feature = "parquet")]
            Self::Parquet => true,
        }
    }

    /// What HTTP calls it.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/x-ndjson",
            #[cfg(feature = "parquet")]
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

/// Why rows cannot be written; with rows of one table, never.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// As text.
    #[error("cannot write CSV: {0}")]
    Csv(#[from] ::csv::Error),
    /// As JSON.
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// As Parquet.
    #[cfg(feature = "parquet")]
    #[error("cannot write Parquet: {0}")]
    Parquet(#[from] ::parquet::errors::ParquetError),
}

/// A file in the making: rows go in, bytes come out.
pub(crate) struct TableFile(Kind);

enum Kind {
    Csv(csv::CsvFile),
    Jsonl,
    #[cfg(feature = "parquet")]
    Parquet(Box<parquet::ParquetFile>),
}

impl TableFile {
    /// A file without rows.
    pub(crate) fn new(format: Format) -> Self {
        Self(match format {
            Format::Csv => Kind::Csv(csv::CsvFile::default()),
            Format::Jsonl => Kind::Jsonl,
            #[cfg(feature = "parquet")]
            Format::Parquet => Kind::Parquet(Box::default()),
        })
    }

    /// Takes the next rows, all of the same columns; answers the bytes that are ready by now.
    pub(crate) fn push(&mut self, rows: impl Into<Rows>) -> Result<Vec<u8>, ExportError> {
        let rows = rows.into();
        match &mut self.0 {
            Kind::Csv(file) => file.push(&rows),
            Kind::Jsonl => jsonl::lines(&rows),
            #[cfg(feature = "parquet")]
            Kind::Parquet(file) => file.push(rows),
        }
    }

    /// The bytes that are left when no more rows come.
    pub(crate) fn finish(self) -> Result<Vec<u8>, ExportError> {
        match self.0 {
            Kind::Csv(_) | Kind::Jsonl => Ok(Vec::new()),
            #[cfg(feature = "parquet")]
            Kind::Parquet(file) => file.finish(),
        }
    }
}

/// A table as tests of several files need one: whole numbers, doubles and text, each with a gap.
#[cfg(test)]
fn table() -> Rows {
    use crate::pb::{Column, DoubleColumn, IntColumn, StringColumn, column::Values};
    let column = |name: &str, validity: u8, values| Column {
        name: name.to_owned(),
        validity: vec![validity],
        values: Some(values),
    };
    let text = ["plain", "a \"quoted\", text\n", ""].map(str::to_owned).to_vec();
    let doubles = vec![0.1 + 0.2, 0.0, -1e-300];
    Rows {
        row_count: 3,
        columns: vec![
            column("params.fast", 0b110, Values::Ints(IntColumn { values: vec![0, 5, i64::MAX] })),
            column("metrics.sharpe", 0b101, Values::Doubles(DoubleColumn { values: doubles })),
            column("error.message", 0b011, Values::Strings(StringColumn { values: text })),
        ],
    }
}
