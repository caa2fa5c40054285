//! Bars from Apache Parquet: the columns of a CSV file, typed. Each field is read as the text that
//! the CSV would have, so that the same bars come out of both.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use csv::ByteRecord;
use parquet::basic::Type as Physical;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::reader::{ChunkReader, FileReader as _, SerializedFileReader};
use parquet::record::Field;
use parquet::record::reader::RowIter;
use parquet::schema::types::{Type, TypePtr};

use super::import_error::{ImportError, ImportProblem};
use super::parquet_claims::{check_footer, check_pages};
use super::parquet_times::ColumnTimes;
use super::parsed_bars::ParsedBars;
use super::reading::{
    BarColumn, Declared, Headings, OpenTable, RowReader, Rows, TableHead, read_table,
};
use super::writer_zones::WriterZones;

/// Reads the bars of a Parquet file; columns that are no bare values are not looked at.
///
/// # Errors
///
/// The first thing that is wrong, with its row, counted from 1, and its column.
pub(super) fn read_parquet<R: ChunkReader + 'static>(
    source_name: &str,
    file: R,
    declared: &Declared,
) -> Result<ParsedBars, ImportError> {
    declared.check()?;
    // The decoder panics at some files that were damaged.
    let read = catch_unwind(AssertUnwindSafe(|| read_rows(source_name, file, declared)));
    read.unwrap_or_else(|_| {
        let error = io::Error::new(io::ErrorKind::InvalidData, "it is damaged");
        Err(ImportError::of_file(source_name, ImportProblem::Io(error)))
    })
}

fn read_rows<R: ChunkReader + 'static>(
    source_name: &str,
    file: R,
    declared: &Declared,
) -> Result<ParsedBars, ImportError> {
    let of_file = |problem| ImportError::of_file(source_name, problem);
    let io = |error| of_file(ImportProblem::Io(error));
    let broken = |error| of_file(broken(error));
    check_footer(&file).map_err(io)?;
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&file).map_err(broken)?;
    let schema = metadata.file_metadata().schema();
    let zones = WriterZones::of(metadata.file_metadata().key_value_metadata());
    let bare: Vec<_> = schema.get_fields().iter().filter(|field| field.is_primitive()).collect();
    let times_of = |field: &TypePtr| ColumnTimes::of(field, &zones);
    let head = head_of(bare.iter().copied(), times_of);
    let reader = RowReader::open(head.headings.as_ref(), &head.sample, None, declared);
    let needed: Vec<(BarColumn, usize)> = reader.map_err(of_file)?.positions().collect();
    let is_needed = |position: &usize| needed.iter().any(|(_, needed)| needed == position);
    let is_filtered = needed.iter().any(|(column, _)| *column == BarColumn::Symbol);
    let rows = metadata.file_metadata().num_rows();
    if !is_filtered {
        declared.check_count(rows.try_into().unwrap_or(0)).map_err(of_file)?;
    }
    let time = needed.iter().find(|(column, _)| *column == BarColumn::OpenTime);
    let times = time.and_then(|(_, position)| times_of(bare[*position])?.stated());
    let fields: Vec<TypePtr> =
        (0..bare.len()).filter(is_needed).map(|position| TypePtr::clone(bare[position])).collect();
    // The head stays that of the whole file: columns that are not read count in what is told.
    let head = TableHead { times, ..head };
    let times = fields.iter().map(times_of).collect();
    let are_read = (0..bare.len()).map(|position| is_needed(&position)).collect();
    let is_read = |name: &str| fields.iter().any(|field| field.name() == name);
    check_pages(&file, &metadata, is_read).map_err(io)?;
    let projection = Type::group_type_builder(schema.name()).with_fields(fields).build();
    let reader = SerializedFileReader::new(file).map_err(broken)?;
    let found = reader.get_row_iter(Some(projection.map_err(broken)?)).map_err(broken)?;
    let mut rows = ParquetRows { source_name, found, line: 0, are_read, times };
    read_table(source_name, &head, &mut rows, declared)
}

/// Opens a Parquet file whatever it holds, for `read`; columns that are no bare values are left
/// out.
///
/// # Errors
///
/// What is wrong with the file, or what `read` finds wrong.
pub(super) fn open_parquet<R: ChunkReader + 'static, T>(
    source_name: &str,
    file: R,
    read: impl FnOnce(OpenTable<'_>) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    // The decoder panics at some files that were damaged.
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let io = |error| ImportError::of_file(source_name, ImportProblem::Io(error));
        let broken = |error| ImportError::of_file(source_name, broken(error));
        check_footer(&file).map_err(io)?;
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&file).map_err(broken)?;
        let schema = metadata.file_metadata().schema();
        let zones = WriterZones::of(metadata.file_metadata().key_value_metadata());
        let bare = schema.get_fields().iter().filter(|field| field.is_primitive());
        let fields: Vec<TypePtr> = bare.cloned().collect();
        let is_read = |name: &str| fields.iter().any(|field| field.name() == name);
        check_pages(&file, &metadata, is_read).map_err(io)?;
        let names = fields.iter().map(|field| field.name().to_owned()).collect();
        let times: Vec<_> = fields.iter().map(|field| ColumnTimes::of(field, &zones)).collect();
        let stated = times.iter().map(|times| times.as_ref()?.stated()).collect();
        let projection = Type::group_type_builder(schema.name()).with_fields(fields).build();
        let reader = SerializedFileReader::new(file).map_err(broken)?;
        let found = reader.get_row_iter(Some(projection.map_err(broken)?)).map_err(broken)?;
        let are_read = vec![true; times.len()];
        let mut rows = ParquetRows { source_name, found, line: 0, are_read, times };
        read(OpenTable { names, stated, rows: &mut rows })
    }));
    opened.unwrap_or_else(|_| {
        let error = io::Error::new(io::ErrorKind::InvalidData, "it is damaged");
        Err(ImportError::of_file(source_name, ImportProblem::Io(error)))
    })
}

/// What the schema says of a table: its names, and in place of its first row a value of each type.
fn head_of<'a>(
    fields: impl Iterator<Item = &'a TypePtr> + Clone,
    times_of: impl Fn(&TypePtr) -> Option<ColumnTimes>,
) -> TableHead {
    let names = fields.clone().map(|field| field.name().to_owned()).collect();
    let value = |field: &TypePtr| match (times_of(field), field.get_physical_type()) {
        (Some(times), _) => times.sample(),
        (None, Physical::FLOAT | Physical::DOUBLE) => "1.5",
        (None, Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY) => "text",
        (None, _) => "1",
    };
    let sample = vec![fields.map(|field| value(field).to_owned()).collect()];
    let headings = Some(Headings { names, tickers: Vec::new() });
    TableHead { headings, sample, ..TableHead::default() }
}

/// The rows of a file, as text.
struct ParquetRows<'a> {
    source_name: &'a str,
    found: RowIter<'a>,
    line: u64,
    /// Of each column of the file whether it is read; else its fields are empty.
    are_read: Vec<bool>,
    /// Of each column that is read its times, if it has a type of times.
    times: Vec<Option<ColumnTimes>>,
}

impl Rows for ParquetRows<'_> {
    fn advance(&mut self, record: &mut ByteRecord) -> Result<bool, ImportError> {
        record.clear();
        let Some(row) = self.found.next() else { return Ok(false) };
        let row = row.map_err(|error| ImportError::of_file(self.source_name, broken(error)))?;
        self.line += 1;
        let mut found = row.get_column_iter().zip(&self.times);
        for &is_read in &self.are_read {
            let Some(((_, field), times)) = is_read.then(|| found.next()).flatten() else {
                record.push_field(b"");
                continue;
            };
            let time = times.as_ref().and_then(|times| times.text(field));
            record.push_field(time.unwrap_or_else(|| text(field)).as_bytes());
        }
        Ok(true)
    }

    fn line(&self) -> u64 {
        self.line
    }
}

/// The field as a CSV file would have it.
fn text(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        // The shortest text that reads back to the same bits.
        Field::Double(value) => value.to_string(),
        Field::Float(value) => value.to_string(),
        other => other.to_string(),
    }
}

/// What the file itself is at fault for, and not its bars.
fn broken(error: ParquetError) -> ImportProblem {
    ImportProblem::Io(io::Error::new(io::ErrorKind::InvalidData, error))
}
