//! Tables as Apache Parquet, by its column writers: no arrow is in between.

use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use super::cell::Cell;
use super::{ExportError, Rows};
use crate::pb::Column;
use crate::pb::column::Values;

/// Rows that are packed together: enough to pack well, and some megabytes of memory.
const ROWS_PER_GROUP: usize = 10_000;
/// Rows handed to a column writer at once.
const ROWS_PER_BATCH: usize = 1_024;

/// A file of row groups; the first rows tell the columns.
#[derive(Default)]
pub(super) struct ParquetFile {
    writer: Option<SerializedFileWriter<Vec<u8>>>,
    waiting: Vec<Rows>,
    rows_waiting: usize,
}

impl ParquetFile {
    pub(super) fn push(&mut self, rows: Rows) -> std::result::Result<Vec<u8>, ExportError> {
        if self.writer.is_none() {
            self.writer = Some(open(&rows.columns)?);
        }
        self.rows_waiting += rows.row_count as usize;
        self.waiting.push(rows);
        Ok(if self.rows_waiting < ROWS_PER_GROUP { Vec::new() } else { self.write_group()? })
    }

    pub(super) fn finish(mut self) -> std::result::Result<Vec<u8>, ExportError> {
        let mut bytes = self.write_group()?;
        if let Some(mut writer) = self.writer {
            writer.finish()?;
            bytes.append(writer.inner_mut());
        }
        Ok(bytes)
    }

    /// Writes what waits as one row group; answers all bytes that are ready.
    fn write_group(&mut self) -> Result<Vec<u8>> {
        let waiting = std::mem::take(&mut self.waiting);
        self.rows_waiting = 0;
        let Some(writer) = &mut self.writer else { return Ok(Vec::new()) };
        if waiting.iter().any(|rows| rows.row_count > 0) {
            let mut group = writer.next_row_group()?;
            let mut index = 0;
            while let Some(mut column) = group.next_column()? {
                for rows in &waiting {
                    write(&mut column, rows.columns.get(index), rows.row_count as usize)?;
                }
                column.close()?;
                index += 1;
            }
            group.close()?;
        }
        writer.flush()?;
        Ok(std::mem::take(writer.inner_mut()))
    }
}

fn open(columns: &[Column]) -> Result<SerializedFileWriter<Vec<u8>>> {
    let fields = columns.iter().map(field).collect::<Result<_>>()?;
    let schema = Type::group_type_builder("table").with_fields(fields).build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(concat!("tradeforge ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))
}

fn field(column: &Column) -> Result<TypePtr> {
    let (physical, logical) = match &column.values {
        Some(Values::Ints(_)) => (Physical::INT64, None),
        Some(Values::Doubles(_)) => (Physical::DOUBLE, None),
        Some(Values::Strings(_)) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        None => return Err(ParquetError::General(format!("{} has no type", column.name))),
    };
    let field = Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()?;
    Ok(Arc::new(field))
}

fn write(writer: &mut SerializedColumnWriter, column: Option<&Column>, rows: usize) -> Result<()> {
    let missing = || ParquetError::General("some rows have fewer columns than others".to_owned());
    let column = column.ok_or_else(missing)?;
    match &column.values {
        Some(Values::Ints(_)) => write_as::<Int64Type>(writer, column, rows, |cell| match cell {
            Cell::Int(value) => Some(value),
            _ => None,
        }),
        Some(Values::Doubles(_)) => {
            write_as::<DoubleType>(writer, column, rows, |cell| match cell {
                Cell::Double(value) => Some(value),
                _ => None,
            })
        }
        Some(Values::Strings(_)) => {
            write_as::<ByteArrayType>(writer, column, rows, |cell| match cell {
                Cell::Text(text) => Some(ByteArray::from(text)),
                _ => None,
            })
        }
        None => Err(missing()),
    }
}

/// Values close up where one is absent; a level a row tells where that is.
fn write_as<T: DataType>(
    writer: &mut SerializedColumnWriter,
    column: &Column,
    rows: usize,
    value: impl Fn(Cell) -> Option<T::T>,
) -> Result<()> {
    let writer = writer.typed::<T>();
    for first in (0..rows).step_by(ROWS_PER_BATCH) {
        let cells = (first..rows.min(first + ROWS_PER_BATCH)).map(|row| Cell::of(column, row));
        let values: Vec<Option<T::T>> = cells.map(&value).collect();
        let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
        let values: Vec<T::T> = values.into_iter().flatten().collect();
        writer.write_batch(&values, Some(&levels), None)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::Field;

    fn read(file: Vec<u8>) -> Vec<Vec<(String, Field)>> {
        let reader = SerializedFileReader::new(Bytes::from(file)).unwrap();
        let rows = reader.get_row_iter(None).unwrap();
        rows.map(|row| row.unwrap().into_columns()).collect()
    }

    #[test]
    fn rows_come_back_as_they_went_in_with_their_gaps() {
        let mut file = ParquetFile::default();
        let mut bytes = file.push(super::super::table()).unwrap();
        bytes.extend(file.finish().unwrap());
        let rows = read(bytes);
        let names: Vec<_> = rows[0].iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["params.fast", "metrics.sharpe", "error.message"]);
        let fields: Vec<Vec<_>> =
            rows.into_iter().map(|row| row.into_iter().map(|(_, field)| field).collect()).collect();
        let text = |text: &str| Field::Str(text.to_owned());
        assert_eq!(
            fields,
            [
                vec![Field::Null, Field::Double(0.1 + 0.2), text("plain")],
                vec![Field::Long(5), Field::Null, text("a \"quoted\", text\n")],
                vec![Field::Long(i64::MAX), Field::Double(-1e-300), Field::Null],
            ]
        );
    }

    #[test]
    fn groups_leave_as_they_are_full() {
        let mut file = ParquetFile::default();
        let mut bytes = Vec::new();
        let mut growths = 0;
        for _ in 0..=2 * ROWS_PER_GROUP / 3 + 2 {
            let ready = file.push(super::super::table()).unwrap();
            growths += usize::from(!ready.is_empty());
            bytes.extend(ready);
        }
        bytes.extend(file.finish().unwrap());
        assert_eq!(growths, 2, "once a group");
        assert_eq!(read(bytes).len(), 3 * (2 * ROWS_PER_GROUP / 3 + 3));
    }

    #[test]
    fn a_table_without_rows_has_its_columns() {
        let mut file = ParquetFile::default();
        let mut rows = super::super::table();
        rows.row_count = 0;
        let mut bytes = file.push(rows).unwrap();
        bytes.extend(file.finish().unwrap());
        let reader = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
        let metadata = reader.metadata().file_metadata();
        assert_eq!((metadata.num_rows(), metadata.schema().get_fields().len()), (0, 3));
    }
}
