//! Trades as files have them, and what is near to them and is none.

use super::*;
use crate::data::import_error::ImportProblem;

fn declared(timeframe: &str) -> Declared {
    Declared::of(timeframe.parse().unwrap())
}

fn read(timeframe: &str, text: &str) -> Result<ParsedBars, String> {
    read_csv("a", text.as_bytes(), &declared(timeframe)).map_err(|error| error.to_string())
}

/// Open times in seconds, then open, high, low and close in cents, then volume.
fn bars(parsed: &ParsedBars) -> Vec<(i64, [i64; 4], f64)> {
    let bars = &parsed.columns();
    let bar = |index| {
        let bar = bars.bar(index);
        (bar.open_time_ms / 1000, [bar.open, bar.high, bar.low, bar.close], bar.volume)
    };
    (0..bars.len()).map(bar).collect()
}

/// 2020-01-01 in seconds.
const START: i64 = 1_577_836_800;
/// Seconds since then, price and size.
const TRADES: [(f64, &str, f64); 5] = [
    (1.25, "7.50", 2.0),
    (1.25, "7.75", 1.0),
    (59.999, "7.25", 0.5),
    (60.0, "7.00", 4.0),
    (185.5, "8.25", 1.0),
];
const EXPECTED: [(i64, [i64; 4], f64); 3] = [
    (START, [750, 775, 725, 725], 3.5),
    (START + 60, [700, 700, 700, 700], 4.0),
    (START + 180, [825, 825, 825, 825], 1.0),
];

fn table(header: &str, row: impl Fn(usize, f64, &str, f64) -> String) -> String {
    let rows =
        TRADES.iter().enumerate().map(|(at, (time, price, size))| row(at, *time, price, *size));
    format!("{header}{}", rows.collect::<String>())
}

#[test]
fn trades_are_bars_of_first_highest_lowest_and_last_price() {
    let ms = |time: f64| START * 1000 + (time * 1000.0) as i64;
    let texts = [
        table("time,price,size\n", |_, time, price, size| format!("{},{price},{size}\n", ms(time))),
        table("", |_, time, price, size| format!("{},{price},{size}\n", START as f64 + time)),
        table("Timestamp;Symbol;Side;Size;Price\n", |at, time, price, size| {
            let side = ["Buy", "Sell"][at % 2];
            format!("{};X;{side};{size};{price}\n", START as f64 + time)
        }),
        table("", |at, time, price, size| {
            format!(
                "{},{price},{size},14.5,{},True,True\n",
                2_400_000_000_u64 + at as u64,
                ms(time)
            )
        }),
        table("", |at, time, price, size| {
            let (id, first) = (900 + at, 2_400_000_000_u64 + at as u64);
            format!("{id},{price},{size},{first},{first},{},True\n", ms(time))
        }),
        table("id,amount,rate,date\n", |at, time, price, size| {
            let sign = if at % 2 == 0 { "-" } else { "" };
            format!("{at},{sign}{size},{price},{}\n", ms(time))
        }),
    ];
    for text in texts {
        let parsed = read("1m", &text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(bars(&parsed), EXPECTED, "{text}");
        assert_eq!(parsed.price_unit.to_string(), "0.01");
        let told = parsed.understood.join("; ");
        assert!(told.contains("trades, their price: column"), "{told}");
        assert!(told.contains("5 rows joined to 3 bars"), "{told}");
        assert!(!told.contains("a time is its bar's"), "{told}");
    }
}

#[test]
fn trades_may_be_finer_than_a_millisecond_in_any_spelling_and_the_newest_first() {
    let header = "time,price,size\n";
    let nanoseconds = |time: f64| START * 1_000_000_000 + (time * 1e9) as i64 + 123;
    let counted =
        table(header, |_, time, price, size| format!("{},{price},{size}\n", nanoseconds(time)));
    assert_eq!(bars(&read("1m", &counted).unwrap()), EXPECTED);
    let written = table(header, |_, time, price, size| {
        let (minutes, seconds) = ((time / 60.0) as u32, time % 60.0);
        format!("2020-01-01 00:{minutes:02}:{seconds:012.9},{price},{size}\n")
    });
    assert_eq!(bars(&read("1m", &written).unwrap()), EXPECTED);
    let (header, rows) = written.split_once('\n').unwrap();
    let turned: Vec<&str> = rows.lines().rev().collect();
    let turned = read("1m", &format!("{header}\n{}\n", turned.join("\n"))).unwrap();
    assert_eq!(bars(&turned), EXPECTED);
    assert!(turned.understood.contains(&"newest first, turned round".to_owned()));
    // Of bars, it is an error.
    let bar = "time,open,high,low,close\n2020-01-01 00:00:00.000000001,1,1,1,1\n";
    assert!(read("1m", bar).unwrap_err().contains("finer than a millisecond"));
}

#[test]
fn the_lines_of_bars_are_those_of_their_first_trades() {
    let text = table("time,price,size\n", |_, time, price, size| {
        format!("{},{price},{size}\n", START as f64 + time)
    });
    let parsed = read("1m", &text).unwrap();
    assert_eq!([0, 1, 2].map(|bar| parsed.line(bar)), [2, 5, 6]);
}

#[test]
fn trades_out_of_order_are_refused_with_their_line() {
    let said = read("1m", "time,price\n1577836800,1\n1577836900,1\n1577836890,2\n").unwrap_err();
    assert!(said.starts_with("a line 4, column time: 2020-01-01T00:01:30Z is before"), "{said}");
}

#[test]
fn what_is_no_trade_is_not_made_into_bars() {
    let days = "date,price\n2024-01-02,1.5\n2024-01-03,1.25\n2024-01-04,1.75\n";
    assert!(read("1d", days).unwrap_err().contains("has no column for open, high, low"));
    let closes = "time,price\n1577836800,1.5\n1577836860,1.25\n1577836920,1.75\n";
    let said = read("1m", closes).unwrap_err();
    assert!(said.contains("has one price for each 1m bar"), "{said}");
    assert_eq!(read("1h", closes).unwrap().columns().close, [175]);
    let line = "time,close\n1577836800,1.5\n1577836810,1.25\n1577836920,1.75\n";
    assert!(read("1m", line).unwrap_err().contains("has no column for open"));
    // As one vendor has it, the price beside open, high and low is the close.
    let beside = "Date,Price,Open,High,Low\n2024-01-02,1.5,1,2,1\n";
    assert_eq!(read("1d", beside).unwrap().columns().close, [15]);
}

#[test]
fn columns_of_trades_may_be_declared_and_the_edge_of_their_times_may_not() {
    let text = "a,b,c\n1577836800,1.5,3\n1577836801,1.25,4\n";
    let mut declared = declared("1m");
    for (name, heading) in [("open_time", "a"), ("price", "b"), ("volume", "c")] {
        declared.layout.columns.insert(name.to_owned(), heading.to_owned());
    }
    let parsed = read_csv("a", text.as_bytes(), &declared).unwrap();
    assert_eq!(bars(&parsed), [(START, [150, 150, 125, 125], 7.0)]);
    declared.layout.times.edge = Some(Edge::Close);
    let refused = read_csv("a", text.as_bytes(), &declared).unwrap_err();
    assert!(matches!(*refused.problem, ImportProblem::EdgeOfTrades), "{refused}");
}

#[test]
fn more_bars_than_one_import_may_bring_are_refused_at_the_first_too_many() {
    let rows = |count: i64| {
        let row = |minute: i64| format!("{},1,1,1,1\n", START + minute * 60);
        format!("time,open,high,low,close\n{}", (0..count).map(row).collect::<String>())
    };
    let declared = Declared { bars_max: 10, ..declared("1m") };
    let read = |count| read_csv("a", rows(count).as_bytes(), &declared);
    assert_eq!(read(10).unwrap().bars.len(), 10);
    let refused = read(11).unwrap_err();
    assert_eq!(refused.line, Some(12));
    assert!(refused.to_string().contains("more than the 10 bars"), "{refused}");
}

#[test]
fn lines_below_the_rows_are_left_out_and_told_unless_they_may_be_rows() {
    let table = "Time,Open,High,Low,Last\n2024-01-02,1,2,1,1.5\n2024-01-03,1,2,1,1.5\n";
    let remark = "\"Downloaded from Example.com as of 03-01-2025 12:00am CST\"\n";
    let parsed = read("1d", &format!("{table}{remark}\nSource: somewhere, perhaps\n")).unwrap();
    assert_eq!(parsed.bars.len(), 2);
    let told = "2 lines below the rows left out, the first in line 4: \
                \"Downloaded from Example.com as of 03-01-…\"";
    assert_eq!(parsed.warnings, [told]);
    // A row that was cut off is no remark, nor is what stands between rows.
    let cut = read("1d", &format!("{table}2024-01-04,1,2\n")).unwrap_err();
    assert!(cut.starts_with("a line 4: has 3 fields"), "{cut}");
    let between = read("1d", &format!("{table}{remark}2024-01-04,1,2,1,1.5\n")).unwrap_err();
    assert!(between.starts_with("a line 4: has 1 fields"), "{between}");
    let many = read("1d", &format!("{table}{}", remark.repeat(11))).unwrap_err();
    assert!(many.starts_with("a line 4: has 1 fields"), "{many}");
    let below_total = format!("{table}Total,4,,,\n");
    assert!(read("1d", &below_total).is_err());
}

#[test]
fn the_zone_of_changing_offsets_is_told_and_a_declared_one_is_not() {
    let text = "Date,Open,High,Low,Close\n2024-03-08 00:00:00-05:00,1,1,1,1\n\
                2024-03-11 00:00:00-04:00,1,1,1,1\n";
    let told = read("1d", text).unwrap().understood.join("; ");
    assert!(told.contains("offsets as America/New_York has them"), "{told}");
}

#[test]
fn a_zone_that_contradicts_written_offsets_or_counts_moves_none_and_is_told() {
    let mut declared = declared("1m");
    declared.layout.times.zone = zone_named("America/New_York");
    let warned = |time: &str| {
        let text = format!("time,open,high,low,close\n{time},1,1,1,1\n");
        let parsed = read_csv("a", text.as_bytes(), &declared).unwrap();
        assert_eq!(parsed.columns().open_time_ms, [START * 1000], "{time}");
        parsed.warnings.join("; ")
    };
    assert!(warned("2020-01-01T00:00:00Z").contains("moves only times without a zone"));
    assert!(warned("1577836800").contains("moves no time: they are counts"));
    assert_eq!(warned("2019-12-31T19:00:00-05:00"), "");
    assert_eq!(warned("2019-12-31 19:00"), "");
}

#[test]
fn sizes_are_added_up_without_the_noise_of_doubles() {
    let row = |second: usize| format!("2024-01-15 09:30:{second:02},7.5,0.1\n");
    let rows: String = (0..3).map(row).collect();
    let read = read("1m", &format!("time,price,size\n{rows}2024-01-15 09:31:00,7.5,2\n")).unwrap();
    assert_eq!(read.columns().volume, [0.3, 2.0]);
}
