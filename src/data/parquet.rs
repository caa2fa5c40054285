//! Bars from Apache Parquet: the columns of a CSV file, typed. Each field is read as the text that
//! the CSV would have, so that the same bars come out of both.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use csv::ByteRecord;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::reader::{ChunkReader, FileReader as _, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::{Type, TypePtr};

use super::header::BarColumn;
use super::import_error::{ImportError, ImportProblem};
use super::parquet_claims::{check_footer, check_pages};
use super::parsed_bars::ParsedBars;
use super::row_reader::{Declared, RowReader};
use crate::market::Decimal;

/// The first bytes of every file.
pub(super) const MAGIC: &[u8] = b"PAR1";

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
    let bare: Vec<_> = schema.get_fields().iter().filter(|field| field.is_primitive()).collect();
    let all: ByteRecord = bare.iter().map(|field| field.name()).collect();
    let needed = RowReader::open(&all, declared).map_err(of_file)?;
    let needed: Vec<(BarColumn, String)> =
        needed.headings().map(|(column, heading)| (column, heading.to_owned())).collect();
    let column_of = |field: &TypePtr| {
        let found = needed.iter().find(|(_, heading)| heading == field.name());
        found.map(|(column, _)| *column)
    };
    let fields: Vec<TypePtr> =
        bare.into_iter().filter(|field| column_of(field).is_some()).cloned().collect();
    let headings: ByteRecord = fields.iter().map(|field| field.name()).collect();
    let mut rows = RowReader::open(&headings, declared).map_err(of_file)?;
    let time = fields.iter().find(|field| column_of(field) == Some(BarColumn::OpenTime)).cloned();
    let time_scale = time.as_ref().and_then(|field| time_scale(field));
    if time_scale.is_some() {
        rows.take_milliseconds();
    }
    let is_read = |name: &str| fields.iter().any(|field| field.name() == name);
    check_pages(&file, &metadata, is_read).map_err(io)?;
    let projection = Type::group_type_builder(schema.name()).with_fields(fields).build();
    let reader = SerializedFileReader::new(file).map_err(broken)?;
    let found = reader.get_row_iter(Some(projection.map_err(broken)?)).map_err(broken)?;
    let mut record = ByteRecord::new();
    for (line, row) in (1..).zip(found) {
        record.clear();
        for (name, field) in row.map_err(broken)?.get_column_iter() {
            let time_scale =
                time_scale.filter(|_| time.as_ref().is_some_and(|time| time.name() == name));
            record.push_field(text(field, time_scale).as_bytes());
        }
        rows.push(&record, line).map_err(|fault| rows.place(source_name, line, fault))?;
    }
    rows.finish(source_name).map_err(of_file)
}

/// How many decimals of a millisecond a column of times counts; `None` if it says no unit.
fn time_scale(field: &Type) -> Option<u32> {
    if let Some(LogicalType::Timestamp(kind)) = field.get_basic_info().logical_type_ref() {
        return Some(match kind.unit {
            TimeUnit::MILLIS => 0,
            TimeUnit::MICROS => 3,
            TimeUnit::NANOS => 6,
        });
    }
    match field.get_basic_info().converted_type() {
        ConvertedType::TIMESTAMP_MILLIS | ConvertedType::DATE => Some(0),
        ConvertedType::TIMESTAMP_MICROS => Some(3),
        _ => (field.get_physical_type() == Physical::INT96).then_some(0),
    }
}

/// The field as a CSV file would have it: with a scale, a time in milliseconds.
fn text(field: &Field, time_scale: Option<u32>) -> String {
    const DAY_MS: i64 = 86_400_000;
    match (field, time_scale) {
        (Field::Null, _) => String::new(),
        (Field::Date(days), _) => (i64::from(*days) * DAY_MS).to_string(),
        // Nanoseconds have no variant of their own.
        (
            Field::Long(count) | Field::TimestampMillis(count) | Field::TimestampMicros(count),
            Some(scale),
        ) => Decimal::new(*count, scale).map_or_else(|| count.to_string(), |ms| ms.to_string()),
        (Field::Str(text), _) => text.clone(),
        (Field::Bytes(bytes), _) => String::from_utf8_lossy(bytes.data()).into_owned(),
        // The shortest text that reads back to the same bits.
        (Field::Double(value), _) => value.to_string(),
        (Field::Float(value), _) => value.to_string(),
        (other, _) => other.to_string(),
    }
}

/// What the file itself is at fault for, and not its bars.
fn broken(error: ParquetError) -> ImportProblem {
    ImportProblem::Io(io::Error::new(io::ErrorKind::InvalidData, error))
}
