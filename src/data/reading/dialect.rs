//! How a text of columns is laid out, told from its beginning: what parts fields, which lines stand
//! above the rows, and which of them names the columns. Knows nothing of what the names mean.

use std::collections::BTreeSet;

use csv::{ReaderBuilder, Terminator};

use super::declared::BarLayout;
use super::headerless::{begins_bare, is_trade};
use super::headings::known_count;
use super::number;
use super::time::written_with_clock;

/// What may part fields. Of equals the first is taken: a comma may stand within numbers.
pub(super) const DELIMITERS: [u8; 4] = *b"\t;|,";
/// Lines that are looked at.
const LINES_MAX: usize = 200;
/// Rows that are kept to look at.
const SAMPLE_ROWS_MAX: usize = 100;
/// A row of bars has at least so many numbers.
const NUMBERS_MIN: usize = 4;

/// The names of columns, and of the instruments that they are of where each has its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::data) struct Headings {
    pub(in crate::data) names: Vec<String>,
    /// Empty, or one for each name.
    pub(in crate::data) tickers: Vec<String>,
}

/// The layout of a text.
#[derive(Clone, Debug)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    pub(super) headings: Option<Headings>,
    /// Lines before this one hold no rows.
    pub(super) first_row_line: u64,
    /// The first rows.
    pub(super) sample: Vec<Vec<String>>,
    /// Lines above the header that say nothing.
    pub(super) passed_over: usize,
    /// Whether the first line says what parts fields.
    pub(super) is_declared: bool,
}

/// A line that is not blank, as fields.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) fields: Vec<String>,
}

impl Dialect {
    /// Tells the layout of the text that begins so.
    pub(super) fn detect(beginning: &[u8], declared: &BarLayout) -> Self {
        let written = declared_delimiter(beginning);
        let skipped = declared.skipped_lines.max(u64::from(written.is_some()));
        let read = |delimiter| {
            let mut lines = lines(beginning, delimiter);
            lines.retain(|line| line.number > skipped);
            (delimiter, lines)
        };
        let rated = written.map_or_else(|| DELIMITERS.to_vec(), |it| vec![it]);
        let rated = rated.into_iter().map(read).max_by_key(|(_, lines)| {
            let rows = lines.iter().filter(|line| holds_bars(&line.fields)).count();
            (rows, lines.first().map_or(0, |line| line.fields.len()))
        });
        let (delimiter, lines) = rated.unwrap_or((b',', Vec::new()));
        let is_declared = written.is_some();
        Self { is_declared, ..Self::of_lines(delimiter, lines, declared.has_no_header) }
    }

    fn of_lines(delimiter: u8, mut lines: Vec<Line>, has_no_header: bool) -> Self {
        let first_row = if has_no_header {
            Some(0)
        } else {
            below_late_header(&lines)
                .or_else(|| lines.iter().position(|line| holds_bars(&line.fields)))
                .or_else(|| lines.first().filter(|line| begins_bare(&line.fields)).map(|_| 0))
        };
        // Without a row that can be told, the first line is a header and the rest is refused.
        let above = first_row.unwrap_or_else(|| lines.len().min(1));
        let rows = lines.split_off(above);
        let width = rows.first().map(|row| row.fields.len());
        let header = header_among(&lines, width);
        let last_line = lines.last().map_or(0, |line| line.number);
        let passed_over = lines.len() - usize::from(header.is_some());
        let headings = header.map(|header| headings(&lines, header));
        let sample = rows.iter().take(SAMPLE_ROWS_MAX).map(|row| row.fields.clone()).collect();
        let first_row_line = rows.first().map_or(last_line + 1, |row| row.number);
        let passed_over = match &headings {
            Some(found) if !found.tickers.is_empty() => 0,
            _ => passed_over,
        };
        let is_declared = false;
        Self { delimiter, headings, first_row_line, sample, passed_over, is_declared }
    }
}

/// The first line below a header that stands under lines of names and values, which may look like
/// rows without prices: `Start Date,2024-01-02,,,,`.
fn below_late_header(lines: &[Line]) -> Option<usize> {
    let known = |line: &Line| known_count(&line.fields);
    let header = lines.iter().position(|line| known(line) > NUMBERS_MIN)?;
    let first_row = lines.iter().position(|line| holds_bars(&line.fields))?;
    let figures = |line: &Line| {
        let is_figure = |field: &&String| number::marked_decimal(field.as_bytes(), None).is_ok();
        line.fields.iter().filter(is_figure).count()
    };
    let is_late = first_row < header
        && known(&lines[first_row.saturating_sub(1)]) < 2
        && lines[..header].iter().all(|line| figures(line) < NUMBERS_MIN - 1);
    is_late.then_some(header + 1)
}

/// The delimiter that a first line such as `sep=;` declares.
pub(super) fn declared_delimiter(beginning: &[u8]) -> Option<u8> {
    let first = beginning.split(|&byte| byte == b'\n').next()?.trim_ascii_start();
    let (word, rest) = first.split_at_checked(4)?;
    let is_only = rest.len() <= 1 || rest[1..].trim_ascii().is_empty();
    (word.eq_ignore_ascii_case(b"sep=") && is_only).then(|| rest.first().copied())?
}

pub(super) fn lines(beginning: &[u8], delimiter: u8) -> Vec<Line> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .terminator(Terminator::Any(b'\n'))
        .has_headers(false)
        .flexible(true)
        .from_reader(beginning);
    let records = reader.byte_records().map_while(Result::ok).take(LINES_MAX);
    let lines = records.map(|record| Line {
        number: record.position().map_or(0, csv::Position::line),
        fields: record.iter().map(text_of).collect(),
    });
    lines.filter(|line| line.fields.iter().any(|field| !field.is_empty())).collect()
}

fn text_of(field: &[u8]) -> String {
    String::from_utf8_lossy(field.trim_ascii()).into_owned()
}

/// Whether the fields are those of a bar or of a trade.
fn holds_bars(fields: &[String]) -> bool {
    is_row(fields) || is_trade(fields)
}

/// Whether the fields are those of a bar: enough numbers, or marks that there are none.
pub(in crate::data) fn is_row(fields: &[String]) -> bool {
    let is_number = |field: &&String| {
        let field = field.as_bytes();
        number::is_missing(field) || number::marked_decimal(field, None).is_ok() || is_open(field)
    };
    let has_figure = fields.iter().any(|field| {
        field.bytes().any(|byte| byte.is_ascii_digit())
            && (number::measure(field.as_bytes(), None).is_ok()
                || is_open(field.as_bytes())
                || written_with_clock(field.as_bytes()).is_some())
    });
    has_figure && fields.iter().filter(is_number).count() >= NUMBERS_MIN
}

fn is_open(field: &[u8]) -> bool {
    number::marked_decimal(field, None) == Err(number::NumberError::OpenComma)
}

/// The line above the rows that names the columns: the one with the most known names, else the
/// last, if it is as wide as a row.
fn header_among(above: &[Line], width: Option<usize>) -> Option<usize> {
    let known = |line: &Line| known_count(&split_names(&line.fields).names);
    let best = (0..above.len()).max_by_key(|&index| (known(&above[index]), index))?;
    let is_wide = width.is_none_or(|width| above[best].fields.len().abs_diff(width) <= 1);
    (known(&above[best]) > 1 || is_wide).then_some(best)
}

/// The names of that line, with what the lines round it add: instruments, or the name of an index.
fn headings(above: &[Line], header: usize) -> Headings {
    let mut found = split_names(&above[header].fields);
    let width = found.names.len();
    let others = above.iter().enumerate().filter(|(index, line)| {
        *index != header && line.fields.len() == width && !line.fields[0].starts_with('#')
    });
    let mut index_name = None;
    for (_, Line { fields, .. }) in others {
        let Some((first, rest)) = fields.split_first() else { continue };
        if rest.iter().all(String::is_empty) {
            index_name = Some(first.clone());
        } else if rest.iter().all(|field| !field.is_empty()) {
            found.tickers.clone_from(fields);
        }
    }
    if are_units(&found) {
        found.tickers.clear();
    }
    if let Some(name) = index_name {
        found.names[0] = name;
    } else if !found.tickers.is_empty() && above.len() > 1 {
        // The name of all columns stands where that of the index would.
        found.names[0].clear();
    }
    found
}

/// Whether the line below the names says what columns are counted in, as `USD` and `shares`: where
/// no name comes twice, the columns are of one instrument, which would stand above all of them.
fn are_units(headings: &Headings) -> bool {
    let others = |fields: &[String]| fields.iter().skip(1).cloned().collect::<BTreeSet<_>>().len();
    others(&headings.names) + 1 == headings.names.len() && others(&headings.tickers) > 1
}

/// Names such as `('Close', 'AAPL')`, `AAPL.Close` or `Close_AAPL` are a name and an instrument.
fn split_names(fields: &[String]) -> Headings {
    let parts: Vec<Option<(String, String)>> = fields.iter().map(|field| tuple(field)).collect();
    if parts.iter().flatten().count() >= NUMBERS_MIN {
        return of_parts(parts, fields);
    }
    // Where the names alone say which column is which, what else is in them is no instrument.
    if known_count(fields) < NUMBERS_MIN {
        for mark in ['.', '_'] {
            let of_mark = |field: &String| {
                let (first, second) = field.split_once(mark)?;
                (!first.is_empty() && !second.is_empty())
                    .then(|| (first.to_owned(), second.to_owned()))
            };
            let parts: Vec<Option<(String, String)>> = fields.iter().map(of_mark).collect();
            let sides: (Vec<String>, Vec<String>) = parts.iter().flatten().cloned().unzip();
            if known_count(&sides.0).max(known_count(&sides.1)) >= NUMBERS_MIN {
                return of_parts(parts, fields);
            }
        }
    }
    Headings { names: fields.to_vec(), tickers: Vec::new() }
}

fn of_parts(parts: Vec<Option<(String, String)>>, fields: &[String]) -> Headings {
    let firsts: Vec<String> = parts.iter().flatten().map(|(first, _)| first.clone()).collect();
    let is_name_first = known_count(&firsts) >= NUMBERS_MIN;
    let pairs = parts.into_iter().zip(fields).map(|(part, field)| match part {
        Some((first, second)) if is_name_first => (first, second),
        Some((first, second)) => (second, first),
        None => (field.clone(), String::new()),
    });
    let (names, tickers) = pairs.unzip();
    Headings { names, tickers }
}

/// The two parts of `('Close', 'AAPL')`.
fn tuple(field: &str) -> Option<(String, String)> {
    let inner = field.strip_prefix('(')?.strip_suffix(')')?;
    let (first, second) = inner.split_once(',')?;
    let bare = |part: &str| part.trim().trim_matches(['\'', '"']).to_owned();
    Some((bare(first), bare(second)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(text: &str) -> Dialect {
        Dialect::detect(text.as_bytes(), &BarLayout::default())
    }

    fn names(text: &str) -> Vec<String> {
        detect(text).headings.expect("a header").names
    }

    const ROWS: &str = "2024-01-02,1,2,1,1.5,7\n2024-01-03,1,2,1,1.5,7\n";

    #[test]
    fn the_delimiter_is_the_one_that_makes_rows() {
        for delimiter in [",", ";", "\t", "|"] {
            let text = format!("Date,Open,High,Low,Close,Volume\n{ROWS}").replace(',', delimiter);
            assert_eq!(detect(&text).delimiter, delimiter.as_bytes()[0], "{delimiter:?}");
        }
        let commas = "Datum;Hoch;Tief;Auf;Zu\n2.1.2024;1,5;1,25;1,5;1,5\n";
        assert_eq!(detect(commas).delimiter, b';');
        let bare = "20240102;1,5;1,75;1,25;1,5;0\n20240103;1,5;1,75;1,25;1,5;0\n";
        assert_eq!(detect(bare).delimiter, b';');
    }

    #[test]
    fn lines_above_the_header_are_passed_over() {
        for above in ["https://example.org\n", "# a, b, c, d, e, f\n", "Prices of X\n\n", "sep=,\n"]
        {
            let found = detect(&format!("{above}Date,Open,High,Low,Close,Volume\n{ROWS}"));
            assert_eq!(found.headings.unwrap().names[1], "Open", "{above:?}");
            assert_eq!((found.sample.len(), &*found.sample[0][0]), (2, "2024-01-02"));
        }
        let declared = BarLayout { skipped_lines: 1, ..BarLayout::default() };
        let text = format!("a,b,c,d,e,f\nDate,Open,High,Low,Close,Volume\n{ROWS}");
        let found = Dialect::detect(text.as_bytes(), &declared);
        assert_eq!((found.passed_over, found.first_row_line), (0, 3));
    }

    #[test]
    fn a_file_may_begin_with_its_first_row() {
        let found = detect(ROWS);
        assert!(found.headings.is_none());
        assert_eq!((found.first_row_line, found.sample.len()), (1, 2));
        let found = detect("1740787200,93304.0,93814.86,92740.52,93469.07,23,3\n");
        assert!(found.headings.is_none());
    }

    #[test]
    fn three_lines_of_headings_are_names_and_instruments() {
        let text = "Price,Close,High,Low,Open,Volume\nTicker,AA,AA,AA,AA,AA\nDate,,,,,\n";
        let found = detect(&format!("{text}{ROWS}")).headings.unwrap();
        assert_eq!(found.names, ["Date", "Close", "High", "Low", "Open", "Volume"]);
        assert_eq!(found.tickers, ["Ticker", "AA", "AA", "AA", "AA", "AA"]);
        let text = "Ticker,AA,AA,AA,AA,AA\nPrice,Open,High,Low,Close,Volume\n";
        let found = detect(&format!("{text}{ROWS}")).headings.unwrap();
        assert_eq!((&*found.names[0], &*found.names[1], &*found.tickers[1]), ("", "Open", "AA"));
    }

    #[test]
    fn headings_may_be_pairs() {
        let text =
            "Date,\"('Open', 'AA')\",\"('High', 'AA')\",\"('Low', 'AA')\",\"('Close', 'AA')\"\n";
        let found = detect(&format!("{text}2024-01-02,1,2,1,1.5\n")).headings.unwrap();
        assert_eq!(found.names, ["Date", "Open", "High", "Low", "Close"]);
        assert_eq!(found.tickers, ["", "AA", "AA", "AA", "AA"]);
    }

    #[test]
    fn without_a_row_the_first_line_is_the_header() {
        assert_eq!(names("time,open\n60,1\n"), ["time", "open"]);
        assert_eq!(names("time,open,high,low,close\n"), ["time", "open", "high", "low", "close"]);
        assert!(detect("").headings.is_none());
    }
}
