//! Laws of reading: bars printed in any spelling are read back as the bars they were, and what may
//! mean two things is refused.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::Offset;
use proptest::prelude::*;

use super::*;
use crate::market::Columns;

const MINUTE_MS: i64 = 60_000;

/// One bar: minutes since the one before, low in cents, height in cents, volume.
type Drawn = (i64, i64, i64, u32);

/// How a file writes its times.
#[derive(Clone, Copy, Debug)]
enum Spelling {
    Count(u32),
    Iso,
    IsoWithOffset,
    Strftime(&'static str),
    TwoColumns,
}

const SPELLINGS: [Spelling; 12] = [
    Spelling::Count(0),
    Spelling::Count(3),
    Spelling::Count(6),
    Spelling::Count(9),
    Spelling::Iso,
    Spelling::IsoWithOffset,
    Spelling::Strftime("%Y/%-m/%-d %-H:%M"),
    Spelling::Strftime("%d-%b-%Y %I:%M %p"),
    Spelling::Strftime("%b %d, %Y %H:%M:%S"),
    Spelling::Strftime("%Y%m%d %H%M%S"),
    Spelling::Strftime("%Y%m%d%H%M%S"),
    Spelling::TwoColumns,
];

impl Spelling {
    fn write(self, time_ms: i64, quote: &str, delimiter: char) -> String {
        let time = Timestamp::from_millisecond(time_ms).unwrap();
        let civil = Offset::UTC.to_datetime(time);
        let text = match self {
            Self::Count(digits) => {
                return (i128::from(time_ms / 1000) * 10_i128.pow(digits)).to_string();
            }
            Self::Iso => civil.to_string().replace('T', " "),
            Self::IsoWithOffset => {
                let east = Offset::constant(5).to_datetime(time);
                format!("{east}+05:00")
            }
            Self::Strftime(format) => civil.strftime(format).to_string(),
            Self::TwoColumns => {
                return format!(
                    "{quote}{}{quote}{delimiter}{quote}{}{quote}",
                    civil.strftime("%Y.%m.%d"),
                    civil.strftime("%H:%M")
                );
            }
        };
        format!("{quote}{text}{quote}")
    }
}

/// Everything about a file but its bars.
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
#[derive(Clone, Copy, Debug)]
struct Style {
    spelling: Spelling,
    delimiter: char,
    has_header: bool,
    is_newest_first: bool,
    has_comma: bool,
    has_thousands: bool,
    has_trailing_delimiter: bool,
    line_end: &'static str,
}

fn any_style() -> impl Strategy<Value = Style> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let ends = prop::sample::select(vec!["\n", "\r\n"]);
    let spelling = prop::sample::select(SPELLINGS.to_vec());
    (spelling, prop::sample::select(vec![',', ';', '\t', '|']), flags, ends).prop_map(
        |(spelling, delimiter, (header, newest, comma, thousands, trailing), line_end)| Style {
            spelling,
            delimiter,
            has_header: header,
            is_newest_first: newest,
            has_comma: comma && delimiter != ',',
            has_thousands: thousands,
            has_trailing_delimiter: trailing && header,
            line_end,
        },
    )
}

impl Style {
    fn price(self, cents: i64) -> String {
        let (mark, group) = if self.has_comma { (',', '.') } else { ('.', ',') };
        let whole = (cents / 100).to_string();
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if self.has_thousands && index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push(group);
            }
            grouped.push(digit);
        }
        let quote = if self.delimiter == ',' && grouped.contains(',') { "\"" } else { "" };
        format!("{quote}{grouped}{mark}{:02}{quote}", cents % 100)
    }

    fn write(self, times_ms: &[i64], bars: &[Drawn]) -> String {
        let delimiter = self.delimiter.to_string();
        let names = match self.spelling {
            Spelling::TwoColumns => {
                ["Date", "Time", "Open", "High", "Low", "Close", "Volume"].to_vec()
            }
            _ => ["Date", "Open", "High", "Low", "Close", "Volume"].to_vec(),
        };
        let row = |(time, (_, low, height, volume)): (&i64, &Drawn)| {
            let [low, high] = [*low, low + height].map(|cents| self.price(cents));
            let quote = if self.delimiter == ',' { "\"" } else { "" };
            let time = self.spelling.write(*time, quote, self.delimiter);
            let fields = [time, low.clone(), high.clone(), low, high, volume.to_string()];
            fields.join(&delimiter)
        };
        let mut rows: Vec<String> = times_ms.iter().zip(bars).map(row).collect();
        if self.has_trailing_delimiter {
            for row in &mut rows {
                row.push(self.delimiter);
            }
        }
        if self.is_newest_first {
            rows.reverse();
        }
        let header = self.has_header.then(|| names.join(&delimiter));
        let lines: Vec<String> = header.into_iter().chain(rows).collect();
        lines.join(self.line_end) + self.line_end
    }
}

fn times_of(bars: &[Drawn]) -> Vec<i64> {
    // 2024-01-13, so that a day above twelve is near.
    let mut time = 1_705_104_000_000;
    // Every other step is one bar: rows that all lie farther apart are of another timeframe.
    let next = |(index, bar): (usize, &Drawn)| {
        time += if index % 2 == 0 { MINUTE_MS } else { bar.0 * MINUTE_MS };
        time
    };
    bars.iter().enumerate().map(next).collect()
}

fn expected(times_ms: &[i64], bars: &[Drawn]) -> Columns {
    let ticks = |of: fn(&Drawn) -> i64| bars.iter().map(of).collect::<Vec<i64>>();
    Columns {
        open_time_ms: times_ms.to_vec(),
        open: ticks(|bar| bar.1),
        high: ticks(|bar| bar.1 + bar.2),
        low: ticks(|bar| bar.1),
        close: ticks(|bar| bar.1 + bar.2),
        volume: bars.iter().map(|bar| f64::from(bar.3)).collect(),
    }
}

proptest! {
    #[test]
    fn bars_in_any_spelling_are_read_back_as_they_were(
        bars in prop::collection::vec(
            (1_i64..4, 12_345_i64..9_999_999, 1_i64..9_999, 0_u32..999),
            3..30,
        ),
        style in any_style(),
    ) {
        let times = times_of(&bars);
        let text = style.write(&times, &bars);
        let tick = "0.01".parse().ok();
        let timeframe = "1m".parse().unwrap();
        let declared = Declared { price_tick: tick, ..Declared::of(timeframe) };
        let read = read_csv("f.csv", text.as_bytes(), &declared);
        let read = read.map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(read.columns(), expected(&times, &bars), "{}", text);
    }

    #[test]
    fn dates_that_may_be_two_are_always_refused(
        days in prop::collection::btree_set((1_u8..=12, 1_u8..=12), 1..20),
        separator in prop::sample::select(vec!['/', '.', '-']),
        has_time: bool,
    ) {
        let mut text = "Date,Open,High,Low,Close\n".to_owned();
        for (month, day) in &days {
            let clock = if has_time { " 00:00" } else { "" };
            let date = format!("{day:02}{separator}{month:02}{separator}2024");
            _ = writeln!(text, "{date}{clock},1,2,1,2");
        }
        let is_open = days.iter().any(|(month, day)| month != day);
        let read = read_csv("f.csv", text.as_bytes(), &Declared::of("1d".parse().unwrap()));
        match read {
            Ok(_) => prop_assert!(!is_open, "{}", text),
            Err(error) => {
                let said = error.to_string();
                let is_named = said.contains("day/month/year") && said.contains("month/day/year");
                prop_assert!(is_open && is_named, "{}\n{}", said, text);
            }
        }
    }
}
