//! Bars out of JSON: lists of lists or of objects, one of them a line, or anywhere within one
//! document; lists of columns; and objects under their times. Knows nothing of what bars are.

mod cells;
mod document;
mod values;

use std::collections::HashMap;
use std::collections::VecDeque;
use std::io::{self, Read};

use csv::ByteRecord;

use self::cells::Row;
use self::document::{Found, tables_of};
use self::values::{Text, Values};
use super::import_error::{ImportError, ImportProblem};
use super::parsed_bars::ParsedBars;
use super::reading::{Declared, Headings, Rows, TableHead, is_row, read_table};

/// Rows that are looked at before the first is read.
const SAMPLE_ROWS: usize = 100;

/// Reads the bars of a JSON text.
///
/// # Errors
///
/// The first thing that is wrong, with its row, counted from 1.
pub(super) fn read_json(
    source_name: &str,
    reader: &mut dyn Read,
    declared: &Declared,
) -> Result<ParsedBars, ImportError> {
    let io = |error| ImportError::of_file(source_name, ImportProblem::Io(error));
    let text = Values::open(reader).map_err(io)?;
    match text {
        Text::Rows(values) => {
            let rows = values.map(|value| value.and_then(|value| Row::read(&value)));
            read_rows(source_name, Box::new(rows), None, declared)
        }
        Text::Document(bytes) => {
            let (tables, zone) = tables_of(&bytes).map_err(io)?;
            let (found, declared) = chosen(source_name, tables, declared)?;
            read_rows(source_name, found.rows(), zone, &declared)
        }
    }
}

/// The one table of a document, or the one that is called as the instrument that is wanted.
fn chosen<'a>(
    source_name: &str,
    mut tables: Vec<(String, Found<'a>)>,
    declared: &Declared,
) -> Result<(Found<'a>, Declared), ImportError> {
    let mut declared = declared.clone();
    let wanted = declared.layout.symbol.as_ref();
    let named =
        wanted.and_then(|it| tables.iter().position(|(name, _)| name.eq_ignore_ascii_case(it)));
    if let Some(position) = named {
        declared.layout.symbol = None;
        return Ok((tables.swap_remove(position).1, declared));
    }
    if tables.len() > 1 {
        let symbols = tables.into_iter().map(|(name, _)| name).collect();
        let place = "its lists".to_owned();
        let problem = ImportProblem::SeveralSymbols { place, symbols };
        return Err(ImportError::of_file(source_name, problem));
    }
    match tables.pop() {
        Some((_, found)) => Ok((found, declared)),
        None => Err(ImportError::of_file(source_name, ImportProblem::NoBars)),
    }
}

fn read_rows<'a>(
    source_name: &'a str,
    mut rows: Box<dyn Iterator<Item = io::Result<Row>> + 'a>,
    zone: Option<String>,
    declared: &Declared,
) -> Result<ParsedBars, ImportError> {
    let io = |error| ImportError::of_file(source_name, ImportProblem::Io(error));
    let first: io::Result<VecDeque<Row>> = rows.by_ref().take(SAMPLE_ROWS).collect();
    let mut first = first.map_err(io)?;
    let names = names_of(&mut first);
    let places: HashMap<String, usize> =
        names.iter().flatten().enumerate().map(|(place, name)| (name.clone(), place)).collect();
    let mut table = JsonRows { source_name, places, first, rows, row: 0 };
    let mut sample = Vec::with_capacity(table.first.len());
    for row in &table.first {
        let fields = table.fields(row.clone(), 1);
        sample.push(fields?);
    }
    let headings = names.map(|names| Headings { names, tickers: Vec::new() });
    let mut told = vec!["JSON".to_owned()];
    told.extend(zone.filter(|_| declared.layout.times.zone.is_none()).map(|zone| {
        format!(
            "names the zone {zone}, in which times that lack one are only read if it is declared: \
             times_in (--times-in {zone})"
        )
    }));
    let head = TableHead { headings, sample, times: None, told };
    read_table(source_name, &head, &mut table, declared)
}

/// The names of the columns: those of all first objects, or a first list of nothing but names.
fn names_of(first: &mut VecDeque<Row>) -> Option<Vec<String>> {
    if let Some(Row::List(fields)) = first.front() {
        let is_header = !is_row(fields) && fields.iter().all(|field| !field.is_empty());
        return match first.pop_front_if(|_| is_header) {
            Some(Row::List(names)) => Some(names),
            _ => None,
        };
    }
    let mut names: Vec<String> = Vec::new();
    for row in first {
        let Row::Object(fields) = row else { break };
        for (name, _) in fields {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    Some(names)
}

/// Rows of lists or of objects, the latter under the names of the first.
struct JsonRows<'a> {
    source_name: &'a str,
    places: HashMap<String, usize>,
    first: VecDeque<Row>,
    rows: Box<dyn Iterator<Item = io::Result<Row>> + 'a>,
    row: u64,
}

impl JsonRows<'_> {
    fn fields(&self, row: Row, line: u64) -> Result<Vec<String>, ImportError> {
        let named = match row {
            Row::List(fields) => return Ok(fields),
            Row::Object(named) => named,
        };
        let mut fields = vec![String::new(); self.places.len()];
        for (name, field) in named {
            let Some(&place) = self.places.get(&name) else {
                let what = format!("has {name:?}, which none of the first rows has");
                let problem = ImportProblem::Io(broken(&what));
                return Err(ImportError::at_line(self.source_name, line, problem));
            };
            fields[place] = field;
        }
        Ok(fields)
    }
}

impl Rows for JsonRows<'_> {
    fn advance(&mut self, record: &mut ByteRecord) -> Result<bool, ImportError> {
        record.clear();
        let next = match self.first.pop_front() {
            Some(row) => Some(Ok(row)),
            None => self.rows.next(),
        };
        self.row += 1;
        let Some(row) = next else { return Ok(false) };
        let row = row.map_err(|error| {
            ImportError::at_line(self.source_name, self.row, ImportProblem::Io(error))
        })?;
        for field in self.fields(row, self.row)? {
            record.push_field(field.as_bytes());
        }
        Ok(true)
    }

    fn line(&self) -> u64 {
        self.row
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the JSON {what}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::data::reading::zone_named;

    fn read(json: &str) -> Result<ParsedBars, String> {
        let declared = Declared::of("1h".parse().unwrap());
        read_json("a", &mut json.as_bytes(), &declared).map_err(|error| error.to_string())
    }

    /// Times and closes.
    fn bars(json: &str) -> Result<Vec<(i64, i64)>, String> {
        let bars = read(json)?.columns();
        Ok(bars.open_time_ms.into_iter().zip(bars.close).collect())
    }

    const START: i64 = 1_704_067_200_000;
    const HOUR: i64 = 3_600_000;
    const ROWS: &str = r"[1704067200000, 1.5, 2, 1, 1.25, 7], [1704070800000, 1.25, 2, 1, 2, null]";

    const EXPECTED: [(i64, i64); 2] = [(START, 125), (START + HOUR, 200)];

    #[test]
    fn lists_of_exchanges_are_bars_however_they_lie() {
        let named = r#"["t", "o", "h", "l", "c", "v"]"#;
        for json in [
            format!("[{ROWS}]"),
            format!("\u{feff} [ {ROWS} ] \n"),
            ROWS.replace("], [", "]\n["),
            format!(r#"{{"symbol": "X]\"[", "meta": {{"n": 2}}, "candles": [{ROWS}]}}"#),
            format!(r#"{{"error": [], "result": {{"XBT": [{ROWS}], "last": 3}}}}"#),
            format!("[{named}, {ROWS}]"),
            format!(r#"{{"columns": {named}, "index": [0, 1], "data": [{ROWS}]}}"#),
        ] {
            assert_eq!(bars(&json).as_deref(), Ok(&EXPECTED[..]), "{json}");
        }
    }

    #[test]
    fn names_beside_the_rows_say_what_their_fields_are() {
        let rows = "[1704067200000, 1.25, 2, 1, 1.5], [1704070800000, 2, 2, 1, 1.25]";
        let names = r#"["date", "close", "high", "low", "open"]"#;
        let typed = r#"[{"name": "date", "type": "Date"}, {"name": "close"}, {"name": "high"},
            {"name": "low"}, {"name": "open"}]"#;
        for json in [
            format!(r#"{{"dataset": {{"column_names": {names}, "data": [{rows}]}}}}"#),
            format!(r#"{{"datatable": {{"data": [{rows}], "columns": {typed}}}}}"#),
            format!(r#"{{"code": 0, "data": {{"fields": {names}, "items": [{rows}]}}}}"#),
        ] {
            let read = read(&json).unwrap().columns();
            assert_eq!((read.open, read.close), (vec![150, 125], vec![125, 200]), "{json}");
        }
    }

    #[test]
    fn objects_are_bars_under_their_names_in_any_order() {
        let first = r#"{"t": 1704067200000, "o": "1.50", "h": 2, "l": 1, "c": 1.25}"#;
        let second = r#"{"c": 2, "n": [3], "l": 1, "h": 2, "o": 1.25, "t": 1704070800000}"#;
        for json in [
            format!("[{first}, {second}]"),
            format!("{first}\n{second}\n"),
            format!(r#"{{"results": [{first}, {second}], "count": 2}}"#),
            format!(r#"{{"bars": {{"AAPL": [{first}, {second}]}}}}"#),
        ] {
            assert_eq!(bars(&json).as_deref(), Ok(&EXPECTED[..]), "{json}");
        }
    }

    #[test]
    fn columns_and_days_are_bars() {
        let columns = r#"{"s": "ok", "t": [1704067200, 1704070800], "o": [1.5, 1.25],
            "h": [2, 2], "l": [1, 1], "c": [1.25, 2]}"#;
        assert_eq!(bars(columns).as_deref(), Ok(&EXPECTED[..]));
        let by_column = r#"{"open": {"1704067200000": 1.5, "1704070800000": 1.25},
            "high": {"1704067200000": 2, "1704070800000": 2},
            "low": {"1704067200000": 1, "1704070800000": 1},
            "close": {"1704067200000": 1.25, "1704070800000": 2}}"#;
        assert_eq!(bars(by_column).as_deref(), Ok(&EXPECTED[..]));
        let bar = |close: &str| {
            format!(
                r#"{{"1. open": "1.25", "2. high": "2", "3. low": "1", "4. close": "{close}"}}"#
            )
        };
        let by_time = format!(
            r#"{{"Meta Data": {{"1. Information": "x"}}, "Time Series": {{
            "2024-01-01 01:00": {}, "2024-01-01 00:00": {}}}}}"#,
            bar("2"),
            bar("1.25")
        );
        assert_eq!(bars(&by_time).as_deref(), Ok(&EXPECTED[..]));
    }

    #[test]
    fn prices_within_an_object_of_their_own_are_those_of_the_row() {
        let candle = |time: &str, close: &str| {
            format!(
                r#"{{"complete": true, "volume": 7, "time": "{time}",
                "mid": {{"o": "1.25", "h": "2", "l": "1", "c": "{close}"}}}}"#
            )
        };
        let (first, second) =
            (candle("2024-01-01T00:00:00Z", "1.25"), candle("2024-01-01T01:00:00Z", "2"));
        let json = format!(r#"{{"instrument": "EUR_USD", "candles": [{first}, {second}]}}"#);
        assert_eq!(bars(&json).as_deref(), Ok(&EXPECTED[..]));
        let both = json.replace("mid", "bid");
        let refused = bars(&both).unwrap_err();
        assert!(refused.contains("bid.o, bid.h"), "{refused}");
    }

    #[test]
    fn times_may_stand_further_out_than_the_columns() {
        let quote = r#"{"open": [1.5, 1.25], "high": [2, 2], "low": [1, 1], "close": [1.25, 2],
            "volume": [7, null]}"#;
        let result = |times: &str| {
            format!(
                r#"{{"chart": {{"result": [{{"meta": {{"symbol": "X"}}, "timestamp": {times},
                "indicators": {{"quote": [{quote}]}}}}], "error": null}}}}"#
            )
        };
        let found = bars(&result("[1704067200, 1704070800]"));
        assert_eq!(found.as_deref(), Ok(&EXPECTED[..]));
        let refused = bars(&result("[1704067200]")).unwrap_err();
        assert!(refused.contains("no column for open_time"), "{refused}");
    }

    #[test]
    fn times_without_a_zone_are_of_the_declared_one_as_in_a_text() {
        let json = r#"[{"time": "2024-03-11 09:30", "o": 1, "h": 1, "l": 1, "c": 1}]"#;
        let mut declared = Declared::of("1m".parse().unwrap());
        declared.layout.times.zone = zone_named("America/New_York");
        let read = read_json("a", &mut json.as_bytes(), &declared).unwrap();
        // 13:30 UTC.
        assert_eq!(read.columns().open_time_ms, [1_710_163_800_000]);
    }

    #[test]
    fn the_zone_that_a_document_names_is_told_until_it_is_declared() {
        let json = r#"{"Meta": {"6. Time Zone": "US/Eastern"}, "Series": {"2024-03-11 09:30":
            {"1. open": "1", "2. high": "1", "3. low": "1", "4. close": "1"}}}"#;
        let mut declared = Declared::of("1m".parse().unwrap());
        let said = read_json("a", &mut json.as_bytes(), &declared).unwrap().understood.join("; ");
        assert!(said.contains("names the zone US/Eastern"), "{said}");
        declared.layout.times.zone = zone_named("US/Eastern");
        let read = read_json("a", &mut json.as_bytes(), &declared).unwrap();
        assert_eq!(read.columns().open_time_ms, [1_710_163_800_000]);
        assert!(!read.understood.join("; ").contains("names the zone"), "{:?}", read.understood);
    }

    #[test]
    fn an_object_that_is_too_long_to_be_held_is_refused_with_the_way_out() {
        let long =
            format!("{{\"candles\": [{}[1]]}}", "[1704067200000,1,1,1,1,1],".repeat(3 << 20));
        let said = bars(&long).unwrap_err();
        assert!(said.contains("64 MiB") && said.contains("one row a line"), "{said}");
    }

    #[test]
    fn of_several_lists_one_is_chosen_by_its_name() {
        let json = format!(r#"{{"bars": {{"AA": [{ROWS}], "BB": [{ROWS}]}}}}"#);
        let said = bars(&json).unwrap_err();
        assert!(said.contains("several instruments (its lists: AA, BB)"), "{said}");
        let mut declared = Declared::of("1h".parse().unwrap());
        declared.layout.symbol = Some("bb".to_owned());
        assert!(read_json("a", &mut json.as_bytes(), &declared).is_ok());
    }

    #[test]
    fn a_name_that_comes_late_is_not_left_out() {
        let row = |hour: i64| {
            let time = START + hour * HOUR;
            format!(r#"{{"t": {time}, "o": 1, "h": 1, "l": 1, "c": 1}}"#)
        };
        let rows: Vec<String> = (0..150).map(row).collect();
        let late = rows.join("\n") + &row(150).replace("\"c\"", "\"c\": 1, \"close\"");
        let said = bars(&late).unwrap_err();
        assert_eq!(
            said,
            "a line 151: cannot be read: the JSON has \"close\", which none of the first rows has"
        );
    }

    #[test]
    fn broken_json_is_refused() {
        let deep = "[".repeat(100_000);
        for json in
            ["[[1, 2]", "[[1, 2]]]", "[[1,, 2]]", "{\"a\": [1, 2}", "[[\"a]", "[]", "{}", &deep]
        {
            assert!(bars(json).is_err(), "{json:.20}: {:?}", bars(json));
        }
        assert!(bars(&format!("[[{}]]", "1,".repeat(600_000))).is_err());
        let said = bars(r#"[{"time": {"s": 1}, "o": 1, "h": 1, "l": 1, "c": 1}]"#).unwrap_err();
        assert!(said.contains("no column for open_time; its columns are time.s"), "{said}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(json in "[\\[\\]{}\",:0-9a-z\\\\ \n]{0,80}") {
            let _ = bars(&json);
        }
    }
}
