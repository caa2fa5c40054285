//! Bars from Arrow files (Feather of the second version): each field is read as the text that a CSV
//! file would have. What a file says of its lengths is held against its bytes before the decoder
//! makes room for it.

mod column_text;

use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::{FileDecoder, read_footer_length};
use arrow_ipc::{Block, Footer, Message, root_as_footer, root_as_message};
use arrow_schema::{ArrowError, SchemaRef};
use csv::ByteRecord;

use self::column_text::{ColumnText, is_bare};
use super::import_error::{ImportError, ImportProblem};
use super::parsed_bars::ParsedBars;
use super::reading::{Declared, Headings, OpenTable, Rows, TableHead, read_table};
use super::unpack::Budget;

/// Rows that are looked at before the first is read.
const SAMPLE_ROWS: usize = 100;
/// The length of the footer and the mark at the end.
const TAIL_BYTES: usize = 10;
/// Columns of a table of bars.
const COLUMNS_MAX: usize = 1_000;

/// Reads the bars of an Arrow file; columns of lists and the like are not looked at.
///
/// # Errors
///
/// The first thing that is wrong, with its row, counted from 1, and its column.
pub(super) fn read_arrow(
    source_name: &str,
    file: impl Read + Seek,
    declared: &Declared,
    budget: &Budget,
) -> Result<ParsedBars, ImportError> {
    // The decoder panics at some files that were damaged.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let mut rows = ArrowRows::open(source_name, file, budget)?;
        let head = rows.head()?;
        read_table(source_name, &head, &mut rows, declared)
    }));
    read.unwrap_or_else(|_| Err(of_file(source_name, broken("is damaged"))))
}

/// Opens an Arrow file whatever it holds, for `read`; columns of lists and the like are left out.
///
/// # Errors
///
/// What is wrong with the file, or what `read` finds wrong.
pub(super) fn open_arrow<T>(
    source_name: &str,
    file: impl Read + Seek,
    budget: &Budget,
    read: impl FnOnce(OpenTable<'_>) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    // The decoder panics at some files that were damaged.
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let mut rows = ArrowRows::open(source_name, file, budget)?;
        let names = rows.names.clone();
        read(OpenTable { names, stated: Vec::new(), rows: &mut rows })
    }));
    opened.unwrap_or_else(|_| Err(of_file(source_name, broken("is damaged"))))
}

fn of_file(source_name: &str, error: io::Error) -> ImportError {
    ImportError::of_file(source_name, ImportProblem::Io(error))
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the Arrow file {what}"))
}

fn refused(error: &ArrowError) -> io::Error {
    broken(&format!("cannot be read: {error}"))
}

/// The rows of a file, one batch in memory.
struct ArrowRows<'a, R> {
    source_name: &'a str,
    file: R,
    length: u64,
    budget: &'a Budget,
    decoder: FileDecoder,
    names: Vec<String>,
    /// Where the columns stand that can be read.
    places: Vec<usize>,
    blocks: std::vec::IntoIter<Block>,
    batch: Option<(RecordBatch, Vec<ColumnText>)>,
    next_in_batch: usize,
    row: u64,
}

impl<'a, R: Read + Seek> ArrowRows<'a, R> {
    fn open(source_name: &'a str, mut file: R, budget: &'a Budget) -> Result<Self, ImportError> {
        let io = |error| of_file(source_name, error);
        let length = file.seek(SeekFrom::End(0)).map_err(io)?;
        let footer = footer_bytes(&mut file, length).map_err(io)?;
        let footer = root_as_footer(&footer)
            .map_err(|error| io(broken(&format!("has a damaged footer: {error}"))))?;
        let schema = schema_of(&footer).map_err(io)?;
        let mut decoder = FileDecoder::new(Arc::clone(&schema), footer.version());
        for block in footer.dictionaries().iter().flatten() {
            let bytes = block_bytes(&mut file, length, block, budget).map_err(io)?;
            decoder.read_dictionary(block, &bytes).map_err(|error| io(refused(&error)))?;
        }
        let is_read = |place: &usize| is_bare(schema.field(*place).data_type());
        let places: Vec<usize> = (0..schema.fields().len()).filter(is_read).collect();
        let names = places.iter().map(|place| schema.field(*place).name().clone()).collect();
        let blocks: Vec<Block> = footer.recordBatches().iter().flatten().copied().collect();
        let blocks = blocks.into_iter();
        let (batch, next_in_batch, row) = (None, 0, 0);
        Ok(Self {
            source_name,
            file,
            length,
            budget,
            decoder,
            names,
            places,
            blocks,
            batch,
            next_in_batch,
            row,
        })
    }

    fn head(&mut self) -> Result<TableHead, ImportError> {
        self.load_batch().map_err(|error| of_file(self.source_name, error))?;
        let sample = match &self.batch {
            Some((batch, columns)) => (0..batch.num_rows().min(SAMPLE_ROWS))
                .map(|row| columns.iter().map(|column| column.text(row)).collect())
                .collect(),
            None => Vec::new(),
        };
        let headings = Some(Headings { names: self.names.clone(), tickers: Vec::new() });
        let told = vec!["Arrow".to_owned()];
        Ok(TableHead { headings, sample, times: None, told })
    }

    /// Loads batches until one has a row that was not read yet.
    fn load_batch(&mut self) -> io::Result<()> {
        let rows = self.batch.as_ref().map_or(0, |(batch, _)| batch.num_rows());
        if self.next_in_batch < rows {
            return Ok(());
        }
        self.batch = None;
        for block in self.blocks.by_ref() {
            let bytes = block_bytes(&mut self.file, self.length, &block, self.budget)?;
            let batch = self.decoder.read_record_batch(&block, &bytes);
            let Some(batch) = batch.map_err(|error| refused(&error))? else { continue };
            if batch.num_rows() > 0 {
                let column = |place: &usize| ColumnText::of(batch.column(*place));
                let columns = self.places.iter().map(column).collect::<io::Result<_>>()?;
                (self.batch, self.next_in_batch) = (Some((batch, columns)), 0);
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The bytes between the last batch and the tail.
fn footer_bytes(file: &mut (impl Read + Seek), length: u64) -> io::Result<Vec<u8>> {
    let start = length.checked_sub(TAIL_BYTES as u64).ok_or_else(|| broken("is cut off"))?;
    let mut tail = [0; TAIL_BYTES];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut tail)?;
    let footer = read_footer_length(tail).map_err(|error| refused(&error))? as u64;
    let start = start.checked_sub(footer).ok_or_else(|| broken("has a damaged footer"))?;
    let mut bytes = vec![0; footer as usize];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn schema_of(footer: &Footer<'_>) -> io::Result<SchemaRef> {
    let schema = footer.schema().ok_or_else(|| broken("has no schema"))?;
    let schema = arrow_ipc::convert::try_fb_to_schema(schema).map_err(|error| refused(&error))?;
    if schema.fields().len() > COLUMNS_MAX {
        return Err(broken("has more columns than bars can have"));
    }
    Ok(Arc::new(schema))
}

/// The bytes of a batch, if it lies in the file and unpacks to what may be.
fn block_bytes(
    file: &mut (impl Read + Seek),
    length: u64,
    block: &Block,
    budget: &Budget,
) -> io::Result<Buffer> {
    let damaged = || broken("has a batch that lies outside of it");
    let number = |number: i64| u64::try_from(number).map_err(|_| damaged());
    let (start, body) = (number(block.offset())?, number(block.bodyLength())?);
    let head = number(i64::from(block.metaDataLength()))?;
    let total = head.checked_add(body).ok_or_else(damaged)?;
    start.checked_add(total).filter(|end| *end <= length).ok_or_else(damaged)?;
    let mut bytes = vec![0; total as usize];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut bytes)?;
    let (head, body) = bytes.split_at(head as usize);
    check_batch(head, body, budget)?;
    Ok(Buffer::from_vec(bytes))
}

/// A packed buffer says how long it is unpacked, and that much room is made for it.
fn check_batch(head: &[u8], body: &[u8], budget: &Budget) -> io::Result<()> {
    let damaged = || broken("has a damaged batch");
    let skipped = if head.starts_with(&[0xff; 4]) { 8 } else { 4 };
    let message = head.get(skipped..).ok_or_else(damaged)?;
    let message: Message<'_> = root_as_message(message).map_err(|_| damaged())?;
    let batch = match message.header_as_dictionary_batch() {
        Some(dictionary) => dictionary.data(),
        None => message.header_as_record_batch(),
    };
    let batch = batch.ok_or_else(damaged)?;
    let is_packed = batch.compression().is_some();
    for buffer in batch.buffers().iter().flatten() {
        let place = usize::try_from(buffer.offset()).map_err(|_| damaged())?;
        let length = usize::try_from(buffer.length()).map_err(|_| damaged())?;
        let end = place.checked_add(length).ok_or_else(damaged)?;
        let bytes = body.get(place..end).ok_or_else(damaged)?;
        let Some(said) = bytes.first_chunk().filter(|_| is_packed) else { continue };
        // -1 says that it is not packed after all.
        let said = i64::from_le_bytes(*said);
        if said != -1 {
            let said = usize::try_from(said).map_err(|_| damaged())?;
            budget.take(said)?;
        }
    }
    Ok(())
}

impl<R: Read + Seek> Rows for ArrowRows<'_, R> {
    fn advance(&mut self, record: &mut ByteRecord) -> Result<bool, ImportError> {
        record.clear();
        self.load_batch().map_err(|error| of_file(self.source_name, error))?;
        let Some((_, columns)) = &self.batch else { return Ok(false) };
        for column in columns {
            record.push_field(column.text(self.next_in_batch).as_bytes());
        }
        self.next_in_batch += 1;
        self.row += 1;
        Ok(true)
    }

    fn line(&self) -> u64 {
        self.row
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use arrow_array::{
        Array as _, ArrayRef, Float64Array, TimestampMicrosecondArray, TimestampNanosecondArray,
    };
    use arrow_ipc::CompressionType;
    use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
    use jiff::Timestamp;

    use super::*;
    use crate::data::reading::zone_named;

    const HOUR_MS: i64 = 3_600_000;
    const START_MS: i64 = 1_704_067_200_000;

    fn file_of(times: &ArrayRef, packed: Option<CompressionType>) -> Vec<u8> {
        let prices =
            |price: f64| Arc::new(Float64Array::from(vec![price; times.len()])) as ArrayRef;
        let batch = RecordBatch::try_from_iter([
            ("date", Arc::clone(times)),
            ("open", prices(1.5)),
            ("high", prices(2.0)),
            ("low", prices(1.0)),
            ("close", prices(1.25)),
            ("volume", prices(7.0)),
        ]);
        let batch = batch.unwrap();
        let options = IpcWriteOptions::default().try_with_compression(packed).unwrap();
        let mut writer =
            FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
        // Two batches of the same columns, one after the other.
        let half = batch.num_rows() / 2;
        writer.write(&batch.slice(0, half)).unwrap();
        writer.write(&batch.slice(half, batch.num_rows() - half)).unwrap();
        writer.into_inner().unwrap()
    }

    fn hours() -> ArrayRef {
        let times = (0..500).map(|hour| (START_MS + hour * HOUR_MS) * 1_000_000);
        Arc::new(TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC"))
    }

    fn read_as(timeframe: &str, bytes: &[u8]) -> Result<ParsedBars, String> {
        let declared = Declared::of(timeframe.parse().unwrap());
        let budget = Budget::of(bytes.len() as u64);
        let read = read_arrow("a.feather", Cursor::new(bytes), &declared, &budget);
        read.map_err(|error| error.to_string())
    }

    #[test]
    fn batches_are_rows_one_after_the_other_however_they_are_packed() {
        for packed in [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)] {
            let bars = read_as("1h", &file_of(&hours(), packed)).unwrap().columns();
            assert_eq!((bars.len(), bars.close[0]), (500, 125));
            assert_eq!(bars.open_time_ms[499], START_MS + 499 * HOUR_MS);
        }
    }

    #[test]
    fn a_day_of_a_zone_is_that_date() {
        // Midnight in New York before and after the clocks change.
        let times = ["2024-03-08T05:00:00Z", "2024-03-11T04:00:00Z"]
            .map(|text| text.parse::<Timestamp>().unwrap().as_microsecond());
        let times = TimestampMicrosecondArray::from(times.to_vec());
        let file = file_of(&(Arc::new(times.with_timezone("America/New_York")) as ArrayRef), None);
        let days = read_as("1d", &file).unwrap().columns().open_time_ms;
        let date = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        assert_eq!(days, [date("2024-03-08T00:00:00Z"), date("2024-03-11T00:00:00Z")]);
    }

    #[test]
    fn times_without_a_zone_are_of_the_declared_one_as_in_a_text() {
        let clocks = ["2024-03-08T09:30:00Z", "2024-03-11T09:30:00Z"]
            .map(|text| text.parse::<Timestamp>().unwrap().as_microsecond());
        let file = file_of(
            &(Arc::new(TimestampMicrosecondArray::from(clocks.to_vec())) as ArrayRef),
            None,
        );
        let mut declared = Declared::of("1m".parse().unwrap());
        declared.layout.times.zone = zone_named("America/New_York");
        let budget = Budget::of(file.len() as u64);
        let read = read_arrow("a", Cursor::new(file), &declared, &budget).unwrap();
        let moments = ["2024-03-08T14:30:00Z", "2024-03-11T13:30:00Z"]
            .map(|text| text.parse::<Timestamp>().unwrap().as_millisecond());
        assert_eq!(read.columns().open_time_ms, moments);
        let told = read.understood.join("; ");
        assert!(told.contains("times have no zone: taken as of America/New_York"), "{told}");
    }

    #[test]
    fn lengths_that_cannot_be_true_are_refused_before_room_is_made() {
        let file = file_of(&hours(), Some(CompressionType::ZSTD));
        let said = |file: &[u8]| read_as("1h", file).map(|it| it.bars.len()).unwrap_err();
        for cut in [0, 5, 9, 100, file.len() / 2, file.len() - 1] {
            assert!(said(&file[..cut]).contains("the Arrow file"), "{cut}");
        }
        // A zstd frame begins behind the length that it is said to have.
        let frame = file.windows(4).position(|it| it == b"\x28\xb5\x2f\xfd").unwrap();
        let mut bomb = file.clone();
        bomb[frame - 8..frame].copy_from_slice(&(1_i64 << 50).to_le_bytes());
        assert!(said(&bomb).contains("unpacks to more than"), "{}", said(&bomb));
    }
}
