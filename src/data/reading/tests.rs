//! Texts, each read as a whole.

use super::*;
use crate::data::import_error::ImportProblem;
use crate::market::Decimal;
use proptest::prelude::*;

const HEADER: &str = "time,open,high,low,close,volume\n";

fn declared() -> Declared {
    let timeframe = "1m".parse().unwrap();
    Declared::of(timeframe)
}

fn in_ticks(tick: &str) -> Declared {
    Declared { price_tick: Some(tick.parse().unwrap()), ..declared() }
}

fn read(text: &str) -> Result<ParsedBars, ImportError> {
    read_csv("btc.csv", text.as_bytes(), &declared())
}

#[test]
fn rows_become_columns_at_the_finest_decimal() {
    let parsed = read(&format!("{HEADER}60,1.5,2,1,1.25,0.5\n120,1.25,1.50,1,1,7\n")).unwrap();
    assert_eq!(parsed.price_unit.to_string(), "0.01");
    assert_eq!(parsed.columns().open_time_ms, [60_000, 120_000]);
    assert_eq!(parsed.columns().open, [150, 125]);
    assert_eq!(parsed.columns().high, [200, 150]);
    assert_eq!(parsed.columns().low, [100, 100]);
    assert_eq!(parsed.columns().close, [125, 100]);
    assert_eq!(parsed.columns().volume, [0.5, 7.0]);
    assert!(parsed.has_volume);
}

#[test]
fn delimiters_quotes_marks_and_line_ends_make_no_difference() {
    let plain = format!("{HEADER}60,1.5,2,1,1.25,0.5\n\n120,1.25,1.50,1,1,7\n");
    let expected = read(&plain).unwrap();
    let spellings = [
        plain.replace(',', ";"),
        plain.replace(',', "\t"),
        plain.replace('\n', "\r\n"),
        format!("\u{feff}{plain}"),
        plain.replace("1.5,", "\"1.5\","),
        plain.replace(",volume", ",\"Volume\""),
        plain.trim_end().to_owned(),
        format!("\n\r\n{plain}\n \n"),
    ];
    for text in spellings {
        let parsed = read(&text).unwrap();
        assert_eq!(
            (parsed.columns(), parsed.price_unit),
            (expected.columns(), expected.price_unit)
        );
    }
    assert_eq!((expected.line(0), expected.line(1)), (2, 4));
}

#[test]
fn counted_prices_need_their_tick() {
    let text = "ts,o,h,l,c,vol\n1735689600000,9357600,9361093,9353750,9361093,822\n";
    let parsed = read_csv("btc.csv", text.as_bytes(), &in_ticks("0.01")).unwrap();
    assert_eq!(
        (parsed.columns().high[0], parsed.price_unit.to_string()),
        (9_361_093, "0.01".into())
    );
    assert_eq!(parsed.columns().volume[0].to_bits(), 8.22_f64.to_bits());
    let refused = read(text).unwrap_err();
    assert!(matches!(*refused.problem, ImportProblem::PriceTickRequired));
    let plain = "ts,o,h,l,c,vol\n1735689600000,1.5,2,1,2,7\n";
    let parsed = read_csv("btc.csv", plain.as_bytes(), &in_ticks("0.01")).unwrap();
    assert_eq!((parsed.columns().close[0], parsed.columns().volume[0]), (200, 7.0));
}

#[test]
fn klines_are_read_with_and_without_a_header() {
    let row = "1735689600000000,1.0,2.0,0.5,1.5,3.25,1735689659999999,4,5,6,7,0\n";
    let header = "open_time,open,high,low,close,volume,close_time,a,b,c,d,ignore\n";
    for (text, line) in [(row.to_owned(), 1), (format!("{header}{row}"), 2)] {
        let parsed = read(&text).unwrap();
        assert_eq!(parsed.columns().open_time_ms, [1_735_689_600_000]);
        assert_eq!((parsed.columns().low[0], parsed.line(0)), (5, line));
    }
}

#[test]
fn a_missing_volume_is_zero_and_remarked() {
    let parsed = read("Date,Open,High,Low,Close\n2025-01-01,1,1,1,1\n").unwrap();
    assert_eq!((parsed.columns().volume, parsed.has_volume), (vec![0.0], false));
}

#[test]
fn what_is_wrong_is_said_with_line_and_column() {
    let refused = [
        ("180,100,99.5,99,99,1", "high: 99.5 is below open 100, by more than a rounding error"),
        ("60,1,1,1,1,1", "time: 1970-01-01T00:01:00Z is in line 2 too, with other values"),
        ("0,1,1,1,1,1", "time: 1970-01-01T00:00:00Z is before the row above it; sort the rows"),
        ("150,1,1,1,1,1", "time: 1970-01-01T00:02:30Z is not the start of a 1m bar"),
        ("x,1,1,1,1,1", "time: \"x\" is not a time such as 1735689600000 or 2025-01-01"),
        ("180,1,,1,1,1", "high: \"\" is empty where a number should be"),
        ("180,1,1,nan,1,1", "low: \"nan\" is not a finite number"),
        ("180,1,1,0,1,1", "low: 0 is not above zero"),
        ("180,1,1,1,-1,1", "close: -1 is not above zero"),
        ("180,1,1,1,1,-2", "volume: -2 is below zero"),
        ("180,1,1,1,1,inf", "volume: \"inf\" is not a finite number"),
        ("180,1,1,1,1,1x", "volume: \"1x\" is not a number such as 93576.07"),
        ("180,1,1e19,1,1,1", "high: \"1e19\" has more digits than can be held exactly"),
        ("180,1,9e18,1,1,1", "high: 9000000000000000000 does not fit 64 bits as a multiple of"),
    ];
    for (row, message) in refused {
        // Further faults stand below: the first one is reported.
        let unix = format!("{HEADER}60,1,2,1,1.5,0\n120,1,2,1,1.5,0\n{row}\n240,bad\n");
        for text in [unix.replace('\n', "\r\n"), unix] {
            let said = read(&text).unwrap_err().to_string();
            let wanted = format!("btc.csv line 4, column {message}");
            assert!(said.starts_with(&wanted), "{row}: {said}");
        }
    }
    let said = read(&format!("{HEADER}60,1,1,1,1\n")).unwrap_err().to_string();
    assert_eq!(said, "btc.csv line 2: has 5 fields where the first line has 6");
}

#[test]
fn faults_of_the_file_name_no_line() {
    for text in ["", "\n\n", HEADER] {
        assert_eq!(read(text).unwrap_err().to_string(), "btc.csv: holds no bars");
    }
    assert_eq!(
        read("\0\u{1}").unwrap_err().to_string(),
        "btc.csv: is not text, and no container of bars that is known"
    );
    let missing = read("time,open\n60,1\n").unwrap_err().to_string();
    assert!(missing.starts_with("btc.csv: has no column for high, low, close;"), "{missing}");
}

#[test]
fn an_unclosed_quote_does_not_swallow_the_file() {
    let rows = "60,1,1,1,1,1\n".repeat(200_000);
    let refused = read(&format!("{HEADER}\"60,1,1,1,1,1\n{rows}")).unwrap_err();
    assert!(matches!(*refused.problem, ImportProblem::Io(_)), "{refused}");
    assert_eq!(refused.line, Some(2));
}

#[test]
fn a_tick_of_zero_is_refused() {
    let refused = read_csv("a", HEADER.as_bytes(), &in_ticks("0")).unwrap_err();
    assert_eq!(refused.to_string(), "price_tick 0 is not above zero");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_csv("fuzz", bytes.as_slice(), &declared());
    }

    #[test]
    fn any_rows_are_read_or_refused(
        rows in prop::collection::vec("[-0-9.eE,\"\r\n a]{0,40}", 0..20),
        tick in prop::option::of("0|1|0\\.01|9000000000000000000"),
    ) {
        let tick = tick.map(|tick| tick.parse().unwrap());
        for header in [HEADER, "ts,o,h,l,c,vol\n", ""] {
            let text = format!("{header}{}", rows.join("\n"));
            let declared = Declared { price_tick: tick, ..declared() };
            let _ = read_csv("fuzz", text.as_bytes(), &declared);
        }
    }

    #[test]
    fn what_was_written_is_read(
        bars in prop::collection::vec((1_i64..99, 1_i64..9999, 0_i64..99), 1..50),
    ) {
        let price = |ticks: i64| Decimal::new(ticks, 3).unwrap();
        let mut minute = 0;
        let rows = bars.iter().enumerate().map(|(index, &(gap, low, height))| {
            // Two of them are a minute apart: bars that never are would not be taken for minutes.
            minute += if index == 1 { 1 } else { gap };
            let (low, high) = (price(low), price(low + height));
            format!("{},{low},{high},{low},{high},{gap}.25\n", minute * 60)
        });
        let text = format!("{HEADER}{}", rows.collect::<String>());
        let parsed = read_csv("a", text.as_bytes(), &in_ticks("0.001")).unwrap();
        let lows: Vec<i64> = bars.iter().map(|bar| bar.1).collect();
        let highs: Vec<i64> = bars.iter().map(|bar| bar.1 + bar.2).collect();
        prop_assert_eq!(parsed.columns().low, lows);
        prop_assert_eq!(parsed.columns().close, highs);
    }
}
