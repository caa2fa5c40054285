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
use parquet::record::reader::RowIter;
use parquet::schema::types::{Type, TypePtr};

use super::import_error::{ImportError, ImportProblem};
use super::parquet_claims::{check_footer, check_pages};
use super::parsed_bars::ParsedBars;
use super::reading::{
    BarColumn, Declared, Headings, RowReader, Rows, TableHead, TimeForm, read_table,
};
use crate::market::Decimal;

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
    let head = head_of(bare.iter().copied());
    let reader = RowReader::open(head.headings.as_ref(), &head.sample, None, declared);
    let needed: Vec<(BarColumn, usize)> = reader.map_err(of_file)?.positions().collect();
    let is_needed = |position: &usize| needed.iter().any(|(_, needed)| needed == position);
    let time = needed.iter().find(|(column, _)| *column == BarColumn::OpenTime);
    let time = time.map(|(_, position)| TypePtr::clone(bare[*position]));
    let fields: Vec<TypePtr> =
        (0..bare.len()).filter(is_needed).map(|position| TypePtr::clone(bare[position])).collect();
    let mut head = head_of(fields.iter());
    let time_scale = time.as_ref().and_then(|field| time_scale(field));
    head.time_unit = time_scale.map(|_| TimeForm::Milliseconds);
    let is_read = |name: &str| fields.iter().any(|field| field.name() == name);
    check_pages(&file, &metadata, is_read).map_err(io)?;
    let projection = Type::group_type_builder(schema.name()).with_fields(fields).build();
    let reader = SerializedFileReader::new(file).map_err(broken)?;
    let found = reader.get_row_iter(Some(projection.map_err(broken)?)).map_err(broken)?;
    let time = time.map(|field| field.name().to_owned()).filter(|_| time_scale.is_some());
    let mut rows = ParquetRows { source_name, found, line: 0, time: time.zip(time_scale) };
    read_table(source_name, &head, &mut rows, declared)
}

/// What the schema says of a table: its names, and in place of its first row a value of each type.
fn head_of<'a>(fields: impl Iterator<Item = &'a TypePtr> + Clone) -> TableHead {
    let names = fields.clone().map(|field| field.name().to_owned()).collect();
    let value = |field: &TypePtr| match (time_scale(field), field.get_physical_type()) {
        (Some(_), _) => "1735689600000",
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
    /// The column of typed times, and how many decimals of a millisecond it counts.
    time: Option<(String, u32)>,
}

impl Rows for ParquetRows<'_> {
    fn advance(&mut self, record: &mut ByteRecord) -> Result<bool, ImportError> {
        record.clear();
        let Some(row) = self.found.next() else { return Ok(false) };
        let row = row.map_err(|error| ImportError::of_file(self.source_name, broken(error)))?;
        self.line += 1;
        for (name, field) in row.get_column_iter() {
            let time = self.time.as_ref().filter(|(time, _)| time == name);
            record.push_field(text(field, time.map(|(_, scale)| *scale)).as_bytes());
        }
        Ok(true)
    }

    fn line(&self) -> u64 {
        self.line
    }
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
