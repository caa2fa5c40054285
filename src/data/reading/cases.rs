//! Files as vendors, exchanges and programs write them, each small, with what has to come of it.

use super::cases_taken::{CLOSES, MINUTES, TAKEN};
use super::*;
use crate::market::Decimal;

/// What a file comes to.
struct Read {
    parsed: ParsedBars,
    said: String,
}

impl Read {
    fn opens(&self) -> Vec<String> {
        self.parsed.columns().open_time_ms.iter().map(|time| iso(*time)).collect()
    }

    fn closes(&self) -> Vec<String> {
        let price = |ticks: &i64| {
            let unit = self.parsed.price_unit;
            Decimal::new(ticks * unit.mantissa(), unit.scale()).unwrap().to_string()
        };
        self.parsed.columns().close.iter().map(price).collect()
    }
}

fn read_as(layout: BarLayout, timeframe: &str, file: &[u8]) -> Result<Read, String> {
    let declared = Declared { layout, ..Declared::of(timeframe.parse().unwrap()) };
    let parsed = read_csv("f.csv", file, &declared).map_err(|error| error.to_string())?;
    let said = [&parsed.understood[..], &parsed.warnings[..]].concat().join("; ");
    Ok(Read { parsed, said })
}

fn read(timeframe: &str, file: &str) -> Result<Read, String> {
    read_as(BarLayout::default(), timeframe, file.as_bytes())
}

fn with_symbol(symbol: &str) -> BarLayout {
    BarLayout { symbol: Some(symbol.to_owned()), ..BarLayout::default() }
}

fn with_columns(columns: &[(&str, &str)]) -> BarLayout {
    let columns = columns.iter().map(|(name, of)| ((*name).to_owned(), (*of).to_owned()));
    BarLayout { columns: columns.collect(), ..BarLayout::default() }
}

fn with_format(format: &str) -> BarLayout {
    let times = TimeTerms { format: Some(format.parse().unwrap()), ..TimeTerms::default() };
    BarLayout { times, ..BarLayout::default() }
}

#[test]
fn files_are_taken_as_they_are_and_told() {
    for (timeframe, text, opens, closes, said) in TAKEN {
        let found = read(timeframe, text).unwrap_or_else(|error| panic!("{text}\n{error}"));
        assert_eq!(found.opens(), *opens, "{text}");
        assert_eq!(found.closes(), *closes, "{text}");
        assert!(found.said.contains(said), "{text}\n{}", found.said);
    }
}

#[test]
fn characters_of_two_bytes_are_read() {
    let (_, text, opens, closes, _) = TAKEN[3];
    let bytes: Vec<u8> =
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let found = read_as(BarLayout::default(), "1d", &bytes).unwrap();
    assert_eq!(
        (found.opens(), found.closes()),
        (
            opens.iter().map(|it| (*it).to_owned()).collect(),
            closes.iter().map(|it| (*it).to_owned()).collect(),
        )
    );
    assert!(found.said.contains("UTF-16"), "{}", found.said);
}

#[test]
fn files_that_may_mean_two_things_are_refused_with_what_would_settle_it() {
    let header = "Date,Open,High,Low,Close,Volume\n";
    let day = |date: &str| format!("{date},10,11,9,10.5,7\n");
    let days =
        |dates: &[&str]| format!("{header}{}", dates.iter().map(|it| day(it)).collect::<String>());
    let counted = "ts,o,h,l,c,vol\n1740787200000,1000,1100,900,1050,7\n".to_owned();
    let huge = "time,open,high,low,close\n2024-01-12,186450000000,190480000000,185970000000,\
                189040000000\n";
    let two = "date,open,high,low,close,volume,Name\n2024-01-12,10,11,9,10.5,7,AAL\n\
               2024-01-12,10,11,9,10.5,7,BBY\n";
    let columns = "Price,Close,Close,High,High,Low,Low,Open,Open\n\
                   Ticker,AA,BB,AA,BB,AA,BB,AA,BB\nDate,,,,,,,,\n2024-01-12,1,2,1,2,1,2,1,2\n";
    let refused: [(&str, String, &[&str]); 14] = [
        ("1d", days(&["02/01/2024", "03/01/2024"]), &["2024-01-02", "2024-02-01", "--time-format"]),
        ("1h", days(&["2024-01-02", "2024-01-03", "2024-01-04"]), &["import them as 1d"]),
        ("7d", days(&["2024-01-01", "2024-01-08"]), &["1w", "Thursdays"]),
        (
            "1d",
            days(&["1709649000", "1710163800"]),
            &["line 2", "--time-zone America/New_York --day-start 09:30"],
        ),
        (
            "1d",
            days(&["2024-03-08T22:00:00.000000000Z", "2024-03-11T21:00:00.000000000Z"]),
            &["--time-zone America/New_York --day-start 17:00"],
        ),
        ("1m", counted, &["--price-tick", "--scale 1"]),
        ("1d", huge.to_owned(), &["--scale 0.000000001"]),
        ("1d", two.to_owned(), &["column Name: AAL, BBY", "--symbol AAL"]),
        ("1d", columns.to_owned(), &["AA, BB", "--symbol AA"]),
        (
            "1d",
            days(&["2024-01-12"])
                .replace("10,11,9,10.5", "\"1,010\",\"1,011\",\"1,009\",\"1,010\""),
            &["line 2", "--decimal-mark"],
        ),
        (
            "1d",
            days(&["2024-01-12"]).replace(",11,", ",8,"),
            &["line 2, column High", "below open 10"],
        ),
        (
            "1d",
            format!("{}{}", days(&["2024-01-12"]), day("2024-01-12").replace("10.5", "10")),
            &["line 3", "line 2 too"],
        ),
        ("1d", "09:30,1,2,1,1,0\n09:31,1,2,1,1,0\n".to_owned(), &["no header", "--no-header"]),
        ("1d", days(&["2024-01-12"]).replace("10,11,9,10.5", "null,11,9,10.5"), &["column Open"]),
    ];
    for (timeframe, text, wanted) in refused {
        let Err(said) = read(timeframe, &text) else { panic!("taken:\n{text}") };
        for part in wanted {
            assert!(said.contains(part), "{part}: {said}\n{text}");
        }
        assert!(!said.contains("1970"), "{said}");
    }
}

#[test]
fn what_is_declared_wins() {
    let two = "date,open,high,low,close,volume,Name\n2024-01-12,10,11,9,10.5,7,AAL\n\
               2024-01-12,20,21,19,20.5,7,BBY\n2024-01-15,11,12,10,11.25,7,AAL\n";
    let found = read_as(with_symbol("aal"), "1d", two.as_bytes()).unwrap();
    assert_eq!(found.closes(), CLOSES);
    let columns = "Price,Close,Close,High,High,Low,Low,Open,Open\n\
                   Ticker,AA,BB,AA,BB,AA,BB,AA,BB\nDate,,,,,,,,\n\
                   2024-01-12,10.5,2,11,2,9,2,10,2\n";
    let found = read_as(with_symbol("AA"), "1d", columns.as_bytes()).unwrap();
    assert_eq!(found.closes(), ["10.5"]);
    let open = "Date,Open,High,Low,Close\n02/01/2024,10,11,9,10.5\n";
    let found = read_as(with_format("mdy"), "1d", open.as_bytes()).unwrap();
    assert_eq!(found.opens(), ["2024-02-01T00:00:00Z"]);
    let ends =
        "time;open;high;low;close\n20250301 000100;10;11;9;10.5\n20250301 000200;11;12;10;11.25\n";
    let times = TimeTerms { edge: Some(Edge::Close), ..TimeTerms::default() };
    let close = BarLayout { times, ..BarLayout::default() };
    assert_eq!(read_as(close, "1m", ends.as_bytes()).unwrap().opens(), MINUTES);
    let plain = "ts,o,h,l,c,vol\n1740787200000,1000,1100,900,1050,7\n";
    let scale = |text: &str| BarLayout { scale: text.parse().ok(), ..BarLayout::default() };
    let found = read_as(scale("1"), "1m", plain.as_bytes()).unwrap();
    assert_eq!((found.closes(), found.parsed.columns().volume[0]), (vec!["1050".to_owned()], 7.0));
    let found = read_as(scale("0.01"), "1m", plain.as_bytes()).unwrap();
    assert_eq!(found.closes(), ["10.5"]);
    assert!(found.said.contains("prices times 0.01, as declared"), "{}", found.said);
    let bare = "7,1740787200,9,10,11,10.5\n";
    let places = [("open_time", "2"), ("low", "3"), ("open", "4"), ("high", "5"), ("close", "6")];
    let layout = BarLayout { has_no_header: true, ..with_columns(&places) };
    assert_eq!(read_as(layout, "1m", bare.as_bytes()).unwrap().closes(), ["10.5"]);
}

#[test]
fn wall_clocks_of_a_declared_zone_follow_its_changes() {
    let text = "timestamp,open,high,low,close\n2024-03-08 09:30:00,10,11,9,10.5\n\
                2024-03-11 09:30:00,11,12,10,11.25\n";
    let times = TimeTerms { zone: zone_named("America/New_York"), ..TimeTerms::default() };
    let layout = BarLayout { times, ..BarLayout::default() };
    let found = read_as(layout, "1m", text.as_bytes()).unwrap();
    assert_eq!(found.opens(), ["2024-03-08T14:30:00Z", "2024-03-11T13:30:00Z"]);
    assert!(read("1m", text).unwrap().said.contains("no zone: taken as UTC"));
}

#[test]
fn bars_that_are_not_over_are_dropped_and_files_of_the_future_refused() {
    let text = "time,open,high,low,close\n1740787200,10,11,9,10.5\n1740787260,11,12,10,11.25\n";
    let at = |now_s: i64| {
        let declared =
            Declared { now_ms: Some(now_s * 1000), ..Declared::of("1m".parse().unwrap()) };
        read_csv("f.csv", text.as_bytes(), &declared).map_err(|error| error.to_string())
    };
    assert_eq!(at(1_740_787_320).unwrap().bars.len(), 2);
    let cut = at(1_740_787_319).unwrap();
    assert_eq!(cut.bars.len(), 1);
    assert!(
        cut.warnings.join(";").contains("1 row dropped whose bars are not over yet"),
        "{:?}",
        cut.warnings
    );
    assert!(at(1_740_787_259).unwrap_err().contains("not over yet"));
}

#[test]
fn counted_prices_are_told_with_the_first_close() {
    let text = "ts,o,h,l,c,vol\n1740787200000,93304,93815,92740,93469,23\n";
    let tick = "0.01".parse().ok();
    let declared = Declared { price_tick: tick, ..Declared::of("1m".parse().unwrap()) };
    let parsed = read_csv("f.csv", text.as_bytes(), &declared).unwrap();
    let said = parsed.warnings.join("; ");
    assert!(said.contains("counts of 0.01") && said.contains("first close is 934.69"), "{said}");
}

#[test]
fn hours_that_open_at_half_past_are_taken_and_weeks_and_months_by_a_day_in_them() {
    let row = |time: &str| format!("{time},10,11,9,10.5\n");
    let file = |times: &[&str]| {
        let rows: String = times.iter().map(|time| row(time)).collect();
        format!("Date,Open,High,Low,Close\n{rows}")
    };
    let hours = file(&["2024-01-02 09:30:00-05:00", "2024-01-02 10:30:00-05:00"]);
    let found = read("1h", &hours).unwrap();
    assert_eq!(found.parsed.day_start, Some(30));
    assert!(found.said.contains("days begin at 00:30"), "{}", found.said);
    let weeks = read("1w", &file(&["2024-01-01", "2024-01-08", "2024-01-16"])).unwrap();
    assert_eq!(weeks.opens()[2], "2024-01-15T00:00:00Z");
    let said = read("1w", &file(&["2024-01-06"])).err().unwrap();
    assert!(said.contains("--time-is"), "{said}");
    let months = read("1mo", &file(&["2024-01-31", "2024-02-29"])).unwrap();
    assert_eq!(months.opens(), ["2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"]);
}

#[test]
fn volumes_of_rising_and_of_falling_ticks_are_added_up() {
    let text = "Date,Time,Open,High,Low,Close,Up,Down\n2025-03-01,00:00,10,11,9,10.5,23,4\n";
    assert_eq!(read("1m", text).unwrap().parsed.columns().volume, [27.0]);
    let found = read_as(with_columns(&[("volume", "Up")]), "1m", text.as_bytes()).unwrap();
    assert_eq!(found.parsed.columns().volume, [23.0]);
}

#[test]
fn a_column_of_dates_that_is_declared_keeps_the_times_of_day_beside_it() {
    let text = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\n\
                2025.03.01\t00:00:00\t10\t11\t9\t10.5\n\
                2025.03.01\t00:01:00\t11\t12\t10\t11.25\n";
    let found = read_as(with_columns(&[("open_time", "<DATE>")]), "1m", text.as_bytes()).unwrap();
    assert_eq!(found.opens(), MINUTES);
    assert!(found.said.contains("column 1 (<DATE>) and column 2 (<TIME>)"), "{}", found.said);
    let alone = with_columns(&[("open_time", "<DATE>"), ("time_of_day", "none")]);
    assert!(read_as(alone, "1m", text.as_bytes()).is_err());
}

#[test]
fn one_split_is_told_as_one() {
    let text = "Date,Open,High,Low,Close,Stock Splits\n2024-01-12,10,11,9,10.5,0\n\
                2024-01-15,11,12,10,11.25,7\n";
    let said = read("1d", text).unwrap().said;
    assert!(said.contains("prices adjusted for 1 split") && !said.contains("splits"), "{said}");
}

#[test]
fn headings_in_single_bytes_are_read() {
    let text = b"Fecha;Apertura;M\xe1ximo;M\xednimo;Cierre\n2024-01-12;10,5;11;9;10\n";
    let found = read_as(BarLayout::default(), "1d", text).unwrap();
    assert!(found.said.starts_with("Windows-1252"), "{}", found.said);
    assert_eq!(found.closes(), ["10"]);
}

#[test]
fn whole_prices_as_lean_writes_them_are_not_taken_without_a_scale() {
    let text = "20240112 00:00,100000,110000,90000,105000,7\n\
                20240115 00:00,110000,120000,100000,112500,8\n";
    let refused = read("1d", text).err().unwrap();
    assert!(refused.contains("--scale 0.0001") && refused.contains("--scale 1"), "{refused}");
    let scale = |text: &str| BarLayout { scale: text.parse().ok(), ..BarLayout::default() };
    let found = read_as(scale("0.0001"), "1d", text.as_bytes()).unwrap();
    assert_eq!(found.closes(), CLOSES);
    let found = read_as(scale("1"), "1d", text.as_bytes()).unwrap();
    assert_eq!(found.closes(), ["105000", "112500"]);
    let coins = text.replace("110000,90000", "110000.5,90000");
    assert_eq!(read("1d", &coins).unwrap().closes(), ["105000", "112500"]);
}

#[test]
fn blanks_that_part_fields_are_named_and_what_is_advised_reads_the_file() {
    let text = "Date      Open High  Low Close\n2024-01-12  10 11    9  10.5\n\
                2024-01-15  11 12   10  11.25\n";
    let refused = read("1d", text).err().unwrap();
    assert!(refused.contains("tr -s ' ' ','"), "{refused}");
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(",");
    let parted: Vec<String> = text.lines().map(words).collect();
    assert_eq!(read("1d", &parted.join("\n")).unwrap().closes(), CLOSES);
}

#[test]
fn digits_that_are_no_count_are_told_and_what_is_advised_reads_the_file() {
    let text = "Date,Open,High,Low,Close\n2024012,10,11,9,10.5\n2024015,11,12,10,11.25\n";
    let refused = read("1d", text).err().unwrap();
    assert!(refused.contains("--time-format '%Y%j'"), "{refused}");
    let found = read_as(with_format("%Y%j"), "1d", text.as_bytes()).unwrap();
    assert_eq!(found.opens(), ["2024-01-12T00:00:00Z", "2024-01-15T00:00:00Z"]);
}

#[test]
fn the_last_seconds_of_bars_are_told_and_what_is_advised_reads_the_file() {
    let text = "Time,Open,High,Low,Close\n2024-01-12 09:59:59,10,11,9,10.5\n\
                2024-01-12 10:59:59,11,12,10,11.25\n";
    let refused = read("1h", text).err().unwrap();
    assert!(refused.contains("--time-is close"), "{refused}");
    let times = TimeTerms { edge: Some(Edge::Close), ..TimeTerms::default() };
    let closing = BarLayout { times, ..BarLayout::default() };
    let found = read_as(closing, "1h", text.as_bytes()).unwrap();
    assert_eq!(found.opens(), ["2024-01-12T09:00:00Z", "2024-01-12T10:00:00Z"]);
}

#[test]
fn six_digits_beside_times_of_day_are_days_in_the_order_that_all_rows_tell() {
    let text = "<DATE>;<TIME>;<OPEN>;<HIGH>;<LOW>;<CLOSE>\n240112;090000;10;11;9;10.5\n\
                240112;100000;11;12;10;11.25\n";
    let refused = read("1h", text).err().unwrap();
    let both = ["2024-01-12 (year/month/day)", "2012-01-24 (day/month/year)"];
    assert!(both.iter().all(|day| refused.contains(day)), "{refused}");
    let opens = ["2024-01-12T09:00:00Z", "2024-01-12T10:00:00Z"];
    assert_eq!(read_as(with_format("ymd"), "1h", text.as_bytes()).unwrap().opens(), opens);
    let pattern = with_format("%y%m%d %H%M%S");
    assert_eq!(read_as(pattern, "1h", text.as_bytes()).unwrap().opens(), opens);
    let found = read("1h", &text.replace("240112", "990112")).unwrap();
    assert_eq!(found.opens(), ["1999-01-12T09:00:00Z", "1999-01-12T10:00:00Z"]);
    assert!(found.said.contains("days year/month/day"), "{}", found.said);
}

#[test]
fn a_header_that_comes_again_is_left_out_and_told() {
    let text = "Date,Open,High,Low,Close\n2024-01-12,10,11,9,10.5\n\
                Date,Open,High,Low,Close\n2024-01-15,11,12,10,11.25\n";
    let found = read("1d", text).unwrap();
    assert_eq!(found.closes(), CLOSES);
    assert!(found.said.contains("1 line left out that says the header again"), "{}", found.said);
}

#[test]
fn of_t_and_its_capital_the_open_is_the_small_one() {
    let text = "t,T,o,h,l,c\n1740787200000,1740787259999,10,11,9,10.5\n\
                1740787260000,1740787319999,11,12,10,11.25\n";
    let found = read("1m", text).unwrap();
    assert_eq!(found.opens(), MINUTES);
    assert_eq!(found.closes(), CLOSES);
}
