//! What the types of times in Parquet files mean, held against the same times as text.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use parquet::basic::{BrotliLevel, Compression};
use parquet::data_type::{DoubleType, Int32Type, Int64Type, Int96, Int96Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::import_error::ImportError;
use super::parquet::read_parquet;
use super::parsed_bars::ParsedBars;
use super::reading::{Declared, TimeFormat, read_csv, zone_named};
use crate::data::DateOrder;

const MILLIS: &str = "required int64 date (TIMESTAMP(MILLIS,false))";
const MICROS: &str = "required int64 date (TIMESTAMP(MICROS,false))";
const NANOS: &str = "required int64 date (TIMESTAMP(NANOS,false))";
const MOMENTS: &str = "required int64 date (TIMESTAMP(MICROS,true))";
const OLD: &str = "required int64 date (TIMESTAMP_MILLIS)";
const DATE: &str = "required int32 date (DATE)";

/// A file of bars of one price, with its times as `time` says and the values that it has.
fn file_of(time: &str, times: &[i64], pandas: Option<&str>) -> Bytes {
    file_with(&[(time, times.to_vec())], pandas.map(|text| ("pandas", text)))
}

fn file_with(columns: &[(&str, Vec<i64>)], said: Option<(&str, &str)>) -> Bytes {
    file_packed(columns, said, Compression::UNCOMPRESSED)
}

fn file_packed(
    columns: &[(&str, Vec<i64>)],
    said: Option<(&str, &str)>,
    packed: Compression,
) -> Bytes {
    let types: Vec<&str> = columns.iter().map(|(kind, _)| *kind).collect();
    let schema = format!(
        "message bars {{ {}; required double open; required double high; required double low; \
         required double close; }}",
        types.join("; ")
    );
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let said = said.map(|(key, text)| vec![KeyValue::new(key.to_owned(), text.to_owned())]);
    let properties =
        WriterProperties::builder().set_key_value_metadata(said).set_compression(packed).build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let (mut place, rows) = (0, columns[0].1.len());
    while let Some(mut column) = group.next_column().unwrap() {
        match columns.get(place) {
            Some((kind, times)) if kind.contains("int96") => {
                let times: Vec<Int96> = times.iter().map(|ms| int96(*ms)).collect();
                column.typed::<Int96Type>().write_batch(&times, None, None).unwrap();
            }
            Some((kind, times)) if kind.contains("int32") => {
                let times: Vec<i32> = times.iter().map(|it| i32::try_from(*it).unwrap()).collect();
                column.typed::<Int32Type>().write_batch(&times, None, None).unwrap();
            }
            Some((_, times)) => {
                column.typed::<Int64Type>().write_batch(times, None, None).unwrap();
            }
            None => {
                column.typed::<DoubleType>().write_batch(&vec![1.5; rows], None, None).unwrap();
            }
        }
        column.close().unwrap();
        place += 1;
    }
    group.close().unwrap();
    Bytes::from(writer.into_inner().unwrap())
}

fn int96(ms: i64) -> Int96 {
    const DAY_OF_1970: i64 = 2_440_588;
    let (day, nanos) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000) * 1_000_000);
    let words = [nanos & 0xffff_ffff, nanos >> 32, day + DAY_OF_1970];
    Int96::from(words.map(|word| u32::try_from(word).unwrap()).to_vec())
}

/// The milliseconds that a clock shows, as if it were of UTC.
fn wall(text: &str) -> i64 {
    format!("{text}Z").parse::<Timestamp>().unwrap().as_millisecond()
}

fn walls(texts: &[&str]) -> Vec<i64> {
    texts.iter().map(|text| wall(text)).collect()
}

fn declared(timeframe: &str, times_in: Option<&str>) -> Declared {
    let mut declared = Declared::of(timeframe.parse().unwrap());
    declared.layout.times.zone = times_in.map(|name| zone_named(name).unwrap());
    declared
}

fn read(file: Bytes, declared: &Declared) -> Result<ParsedBars, ImportError> {
    read_parquet("a", file, declared)
}

/// The times of the same table as text.
fn of_text(texts: &[&str], declared: &Declared) -> Result<Vec<i64>, String> {
    let rows = texts.iter().map(|time| format!("{time},1.5,1.5,1.5,1.5\n"));
    let text = format!("date,open,high,low,close\n{}", rows.collect::<String>());
    let read = read_csv("a", text.as_bytes(), declared);
    read.map(|it| it.columns().open_time_ms).map_err(|error| error.problem.to_string())
}

fn of_file(file: Bytes, declared: &Declared) -> Result<Vec<i64>, String> {
    let read = read(file, declared);
    read.map(|it| it.columns().open_time_ms).map_err(|error| error.problem.to_string())
}

const MINUTES: [&str; 4] =
    ["2024-03-08T09:30:00", "2024-03-08T09:31:00", "2024-03-11T09:30:00", "2024-03-11T09:31:00"];

#[test]
fn times_without_a_zone_are_of_the_declared_one_as_in_a_text() {
    let clocks = walls(&MINUTES);
    for times_in in [None, Some("America/New_York"), Some("Asia/Kolkata"), Some("UTC")] {
        let declared = declared("1m", times_in);
        let expected = of_text(&MINUTES, &declared).unwrap();
        for (kind, factor) in [(MILLIS, 1), (MICROS, 1_000), (NANOS, 1_000_000)] {
            let times: Vec<i64> = clocks.iter().map(|ms| ms * factor).collect();
            let read = of_file(file_of(kind, &times, None), &declared).unwrap();
            assert_eq!(read, expected, "{kind} in {times_in:?}");
        }
        let int96 = file_of("required int96 date", &clocks, None);
        assert_eq!(of_file(int96, &declared).unwrap(), expected, "{times_in:?}");
    }
    let new_york = of_file(file_of(MILLIS, &clocks, None), &declared("1m", Some("US/Eastern")));
    assert_eq!(new_york.unwrap()[2], wall("2024-03-11T13:30:00"));
}

#[test]
fn where_times_without_a_zone_were_put_is_told() {
    let told = |declared: &Declared| {
        let read = read(file_of(MILLIS, &walls(&MINUTES), None), declared).unwrap();
        (read.understood.join("; "), read.warnings)
    };
    let (utc, warnings) = told(&declared("1m", None));
    assert!(utc.contains("times have no zone: taken as UTC"), "{utc}");
    assert_eq!(warnings, [""; 0]);
    let (eastern, _) = told(&declared("1m", Some("America/New_York")));
    assert!(eastern.contains("times have no zone: taken as of America/New_York"), "{eastern}");
}

#[test]
fn clocks_that_change_skip_times_and_show_others_twice_as_in_a_text() {
    let declared = declared("30m", Some("America/New_York"));
    let twice = [
        "2024-11-03T01:00:00",
        "2024-11-03T01:30:00",
        "2024-11-03T01:00:00",
        "2024-11-03T01:30:00",
    ];
    let read = of_file(file_of(MILLIS, &walls(&twice), None), &declared).unwrap();
    let moments = [
        "2024-11-03T05:00:00",
        "2024-11-03T05:30:00",
        "2024-11-03T06:00:00",
        "2024-11-03T06:30:00",
    ];
    assert_eq!(read, walls(&moments));
    let skipped = ["2024-03-10T01:30:00", "2024-03-10T02:30:00"];
    let said = of_file(file_of(MILLIS, &walls(&skipped), None), &declared).unwrap_err();
    assert_eq!(said, "is skipped by the clocks of its zone");
    assert_eq!(of_text(&skipped, &declared).unwrap_err(), said);
}

#[test]
fn a_day_by_its_type_is_that_day_wherever_the_series_has_its_days() {
    let days = ["2024-03-08", "2024-03-11"];
    let midnights = days.map(|day| wall(&format!("{day}T00:00:00")));
    let numbers = midnights.map(|ms| ms / 86_400_000);
    for timeframe in ["1d", "1w", "1mo"] {
        let of = |days: &[&str]| of_text(days, &declared(timeframe, None));
        let one = [0, 1].map(|day| of(&days[day..=day]).unwrap()[0]);
        for (day, expected) in one.into_iter().enumerate() {
            let file = file_of(DATE, &numbers[day..=day], None);
            assert_eq!(of_file(file, &declared(timeframe, None)).unwrap(), [expected]);
            let file = file_of(MILLIS, &midnights[day..=day], None);
            assert_eq!(of_file(file, &declared(timeframe, None)).unwrap(), [expected]);
        }
    }
    let said = of_file(file_of(DATE, &numbers, None), &declared("1h", None)).unwrap_err();
    assert!(said.contains("import them as 1d"), "{said}");
}

#[test]
fn a_zone_that_contradicts_moments_moves_none_of_them_and_is_told() {
    let moments: Vec<i64> = walls(&MINUTES).iter().map(|ms| ms * 1000).collect();
    let file = || file_of(MOMENTS, &moments, None);
    let plain = read(file(), &declared("1m", None)).unwrap();
    assert_eq!(plain.columns().open_time_ms, walls(&MINUTES));
    assert!(plain.understood.contains(&"UTC".to_owned()), "{:?}", plain.understood);
    let moved = read(file(), &declared("1m", Some("America/New_York"))).unwrap();
    assert_eq!(moved.columns().open_time_ms, walls(&MINUTES));
    let [told] = &moved.warnings[..] else { panic!("{:?}", moved.warnings) };
    assert!(
        told.starts_with("times_in America/New_York moves only times without a zone"),
        "{told}"
    );
    // In March, the clocks of London are those of UTC.
    let same = read(file(), &declared("1m", Some("Europe/London"))).unwrap();
    assert_eq!(same.warnings, [""; 0]);
}

fn pandas(kind: &str, timezone: &str) -> String {
    format!(
        r#"{{"index_columns": ["date"], "columns": [{{"name": null, "field_name": "date",
        "pandas_type": "{kind}", "numpy_type": "datetime64[ns]", "metadata": {timezone}}}]}}"#
    )
}

#[test]
fn the_zone_that_pandas_had_makes_midnights_there_days() {
    let new_york = pandas("datetimetz", r#"{"timezone": "America/New_York"}"#);
    // Midnight in New York before and after the clocks change.
    let midnights = walls(&["2024-03-08T05:00:00", "2024-03-11T04:00:00"]);
    let moments: Vec<i64> = midnights.iter().map(|ms| ms * 1000).collect();
    let days = of_file(file_of(MOMENTS, &moments, Some(&new_york)), &declared("1d", None));
    assert_eq!(days.unwrap(), walls(&["2024-03-08T00:00:00", "2024-03-11T00:00:00"]));
    // Moments of less than a day stay where they are.
    let hours = of_file(file_of(MOMENTS, &moments, Some(&new_york)), &declared("1h", None));
    assert_eq!(hours.unwrap(), midnights);
    let utc = pandas("datetimetz", r#"{"timezone": "UTC"}"#);
    let said = of_file(file_of(MOMENTS, &moments, Some(&utc)), &declared("1d", None)).unwrap_err();
    assert!(said.contains("--time-zone America/New_York"), "{said}");
}

/// What polars 2.1 and pyarrow 26 wrote beside a column `date` of microseconds in New York.
const OF_POLARS: &str = "/////5EAAAAEAAAA8v///xQAAAAEAAEAAAAKAAsACAAKAAQA+P///wwAAAAIAAgAAAAEAA\
     EAAAAEAAAA7P///1AAAAAgAAAAGAAAAAEKAAAQABIABAAQABEACAAAAAwAAAAAAPT///8QAAAAAgAAAAgACgAIAAQAEAAA\
     AEFtZXJpY2EvTmV3X1lvcmsAAAAABAAAAGRhdGUA";
const OF_PYARROW: &str = "/////5gAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAA\
     AEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAEKEAAAACAAAAAEAAAAAAAAAAQAAABkYXRlAAAAAAgADAAGAAgACAA\
     AAAAAAgAEAAAAEAAAAEFtZXJpY2EvTmV3X1lvcmsAAAAAAAAAAA==";

#[test]
fn the_zone_that_polars_and_pyarrow_keep_makes_midnights_there_days() {
    let midnights = walls(&["2024-03-08T05:00:00", "2024-03-11T04:00:00"]);
    let moments: Vec<i64> = midnights.iter().map(|ms| ms * 1000).collect();
    let file = |schema| file_with(&[(MOMENTS, moments.clone())], Some(("ARROW:schema", schema)));
    for schema in [OF_POLARS, OF_PYARROW] {
        let days = of_file(file(schema), &declared("1d", None)).unwrap();
        assert_eq!(days, walls(&["2024-03-08T00:00:00", "2024-03-11T00:00:00"]));
    }
    let unsaid = of_file(file_of(MOMENTS, &moments, None), &declared("1d", None)).unwrap_err();
    for broken in ["", "/", "/////w==", "/////5EAAAAEAAAA8v///xQAAAAEAAEA", &OF_POLARS[..120]] {
        let said = of_file(file(broken), &declared("1d", None)).unwrap_err();
        assert_eq!(said, unsaid, "{broken}");
    }
}

#[test]
fn an_old_type_is_of_utc_unless_the_writer_says_that_its_times_had_no_zone() {
    let declared = declared("1m", Some("America/New_York"));
    let naive = pandas("datetime", "null");
    let moments = of_file(file_of(OLD, &walls(&MINUTES), None), &declared).unwrap();
    assert_eq!(moments, walls(&MINUTES));
    let clocks = of_file(file_of(OLD, &walls(&MINUTES), Some(&naive)), &declared).unwrap();
    assert_eq!(clocks[0], wall("2024-03-08T14:30:00"));
    for broken in ["", "[", "{\"columns\": 7}", "{\"columns\": [{}, 1]}"] {
        let read = of_file(file_of(OLD, &walls(&MINUTES), Some(broken)), &declared);
        assert_eq!(read.unwrap(), walls(&MINUTES), "{broken}");
    }
}

#[test]
fn a_date_and_a_time_of_day_are_one_time() {
    let day = wall("2024-03-08T00:00:00") / 86_400_000;
    let half_past_nine = 34_200_000_i64;
    for (kind, factor) in [
        ("required int32 time (TIME(MILLIS,false))", 1),
        ("required int64 time (TIME(MICROS,false))", 1_000),
        ("required int64 time (TIME(NANOS,true))", 1_000_000),
        ("required int64 time (TIME_MICROS)", 1_000),
    ] {
        let clocks = [0, 60_000].map(|ms| (half_past_nine + ms) * factor);
        let file = file_with(&[(DATE, vec![day, day]), (kind, clocks.to_vec())], None);
        let read = of_file(file, &declared("1m", Some("America/New_York"))).unwrap();
        assert_eq!(read, walls(&["2024-03-08T14:30:00", "2024-03-08T14:31:00"]), "{kind}");
    }
}

#[test]
fn how_times_are_written_is_not_declared_of_a_type() {
    let mut declared = declared("1m", None);
    declared.layout.times.format = Some(TimeFormat::Order(DateOrder::DayMonthYear));
    let said = of_file(file_of(MILLIS, &walls(&MINUTES), None), &declared).unwrap_err();
    assert!(said.contains("time_format"), "{said}");
    let far =
        of_file(file_of(MILLIS, &[i64::MAX, i64::MIN], None), &Declared::of("1m".parse().unwrap()));
    assert!(far.unwrap_err().contains("outside of the years"));
}

#[test]
fn columns_that_are_not_read_are_counted_and_told() {
    let file = file_with(
        &[
            ("required int64 trades", vec![3, 4]),
            ("required int64 Adj_Close", vec![1, 1]),
            ("required int64 Up", vec![20, 3]),
            ("required int64 Down", vec![7, 4]),
            (MILLIS, walls(&["2024-01-02T00:00:00", "2024-01-02T00:01:00"])),
        ],
        None,
    );
    let read = read(file, &declared("1m", None)).unwrap();
    let told = read.understood.join("; ");
    let wanted = "time: column 5 (date); open, high, low, close: columns 6, 7, 8, 9; volume: \
                  column 3 (Up) and column 4 (Down) added up; prices as traded, those adjusted are \
                  left out";
    assert!(told.starts_with(wanted), "{told}");
    assert_eq!(read.columns().volume, [27.0, 7.0]);
}

#[test]
fn an_index_without_a_name_is_the_times_however_the_file_is_packed() {
    let opens = ["2024-01-15T09:30:00", "2024-01-15T09:31:00"];
    let columns = [("required int64 __index_level_0__ (TIMESTAMP(MILLIS,true))", walls(&opens))];
    let packings = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::BROTLI(BrotliLevel::default()),
    ];
    for packed in packings {
        let parsed = read(file_packed(&columns, None, packed), &declared("1m", None)).unwrap();
        assert_eq!(parsed.columns().open_time_ms, walls(&opens), "{packed}");
        assert_eq!(parsed.columns().close.len(), 2, "{packed}");
    }
}
