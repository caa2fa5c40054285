//! Markets as Parquet files.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

/// Times in milliseconds that a clock shows, of which nobody says where it hangs.
const NAIVE_SCHEMA: &str = "message bars { required int64 date (TIMESTAMP(MILLIS,false)); required \
                            double open; required double high; required double low; required \
                            double close; required double volume; }";
const SCHEMA: &str = "message bars { required int64 timestamp_ms; required double open; required \
                      double high; required double low; required double close; required double \
                      volume; }";

/// One column of an auxiliary series.
const AUX_SCHEMA: &str = "message rows { required int64 known_at (TIMESTAMP(MILLIS,true)); \
                          required double weight; }";

/// The rows of a CSV file of times and weights.
pub(crate) fn weights_parquet_of(csv: &str) -> Vec<u8> {
    written(csv, AUX_SCHEMA, Compression::SNAPPY, true)
}

/// The bars of a CSV file, whose times are what a clock shows.
pub(crate) fn naive_parquet_of(csv: &str) -> Vec<u8> {
    written(csv, NAIVE_SCHEMA, Compression::SNAPPY, true)
}

/// The bars of a CSV file, packed so; with equal values told once, or one by one.
pub(crate) fn parquet_of(csv: &str, compression: Compression, by_dictionary: bool) -> Vec<u8> {
    written(csv, SCHEMA, compression, by_dictionary)
}

fn written(csv: &str, schema: &str, compression: Compression, by_dictionary: bool) -> Vec<u8> {
    let rows: Vec<Vec<&str>> = csv.lines().skip(1).map(|row| row.split(',').collect()).collect();
    let schema = Arc::new(parse_message_type(schema).expect("a schema"));
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_dictionary_enabled(by_dictionary)
        // One page a column, however long it is.
        .set_data_page_size_limit(usize::MAX)
        .set_data_page_row_count_limit(usize::MAX)
        .build();
    let mut writer =
        SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).expect("a file");
    let mut group = writer.next_row_group().expect("a group");
    let mut index = 0;
    while let Some(mut column) = group.next_column().expect("a column") {
        let cells = rows.iter().map(|row| row[index]);
        if index == 0 {
            let times: Vec<i64> = cells.map(|cell| cell.parse().expect("a time")).collect();
            column.typed::<Int64Type>().write_batch(&times, None, None).expect("room");
        } else {
            let values: Vec<f64> = cells.map(|cell| cell.parse().expect("a number")).collect();
            column.typed::<DoubleType>().write_batch(&values, None, None).expect("room");
        }
        column.close().expect("a whole column");
        index += 1;
    }
    group.close().expect("a whole group");
    writer.into_inner().expect("a whole file")
}
