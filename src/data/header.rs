//! Which column of a file is which, from its first line. Knows nothing of the rows below.

use std::collections::BTreeMap;

use super::import_error::ImportProblem;
use super::timestamp::{TIME_HEADINGS, TimeColumn};

/// The header of the format whose prices are counts of ticks.
const TICK_HEADINGS: [&str; 6] = ["ts", "o", "h", "l", "c", "vol"];
/// The columns of a Binance kline file, which often comes without a header.
const KLINE_HEADINGS: [&str; 12] = [
    "open_time",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "close_time",
    "quote_volume",
    "count",
    "taker_buy_volume",
    "taker_buy_quote_volume",
    "ignore",
];
/// How alike two names must be, from 0 to 1, to take one for a misspelling of the other.
const LIKENESS_MIN: f64 = 0.4;

/// The columns that bars are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BarColumn {
    OpenTime,
    Open,
    High,
    Low,
    Close,
    Volume,
}

impl BarColumn {
    pub(super) const ALL: [Self; 6] =
        [Self::OpenTime, Self::Open, Self::High, Self::Low, Self::Close, Self::Volume];
    /// The prices, in the order in which they stand in a bar.
    pub(super) const PRICES: [Self; 4] = [Self::Open, Self::High, Self::Low, Self::Close];

    /// Our name of the column, as requests spell it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::OpenTime => "open_time",
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
        }
    }

    /// Headings that mean this column without being mapped to it.
    fn headings(self) -> Vec<&'static str> {
        match self {
            Self::OpenTime => TIME_HEADINGS.to_vec(),
            _ => vec![self.name()],
        }
    }
}

/// Where each column stands in a file's rows.
#[derive(Debug)]
pub(super) struct Layout {
    headings: Vec<String>,
    positions: [usize; 5],
    volume: Option<usize>,
    /// Whether the first line is a header, and no row.
    pub(super) has_header: bool,
    /// Whether prices are counts of ticks and volumes are hundredfold.
    pub(super) is_in_ticks: bool,
}

impl Layout {
    /// Tells the columns from the first line's fields; `columns` maps our names to the file's.
    pub(super) fn detect(
        first_line: Vec<String>,
        columns: &BTreeMap<String, String>,
    ) -> Result<Self, ImportProblem> {
        if columns.is_empty() && first_line == TICK_HEADINGS {
            return Ok(Self {
                headings: first_line,
                positions: [0, 1, 2, 3, 4],
                volume: Some(5),
                has_header: true,
                is_in_ticks: true,
            });
        }
        let has_header = !is_kline(&first_line);
        let headings = if has_header { first_line } else { KLINE_HEADINGS.map(Into::into).into() };
        check_names(columns)?;
        let mut found = [None; 6];
        for (position, column) in found.iter_mut().zip(BarColumn::ALL) {
            *position = match columns.get(column.name()) {
                Some(given) => Some(mapped(column, given, &headings)?),
                None => told(column, &headings)?,
            };
        }
        let [Some(time), Some(open), Some(high), Some(low), Some(close), volume] = found else {
            return Err(missing(found, headings));
        };
        let positions = [time, open, high, low, close];
        Ok(Self { headings, positions, volume, has_header, is_in_ticks: false })
    }

    /// Where the column stands; `None` only for a volume that the file lacks.
    pub(super) const fn position(&self, column: BarColumn) -> Option<usize> {
        match column {
            BarColumn::Volume => self.volume,
            other => Some(self.positions[other as usize]),
        }
    }

    /// The file's heading of the column, or our name for one that it lacks.
    pub(super) fn heading(&self, column: BarColumn) -> &str {
        self.position(column).map_or(column.name(), |position| self.headings[position].as_str())
    }

    /// How many fields every row has.
    pub(super) const fn field_count(&self) -> usize {
        self.headings.len()
    }

    /// How to read the column of times.
    pub(super) fn time_column(&self) -> TimeColumn {
        if self.is_in_ticks {
            TimeColumn::in_milliseconds()
        } else {
            TimeColumn::under(&normal(self.heading(BarColumn::OpenTime)))
        }
    }
}

/// Whether the line is a row of klines: twelve fields, the first of them a whole number.
fn is_kline(first_line: &[String]) -> bool {
    let is_count =
        |field: &String| !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_digit());
    first_line.len() == KLINE_HEADINGS.len() && first_line.first().is_some_and(is_count)
}

/// Headings are compared without case and outer space, a space within being an underscore.
fn normal(heading: &str) -> String {
    heading.trim().to_lowercase().replace(' ', "_")
}

fn check_names(columns: &BTreeMap<String, String>) -> Result<(), ImportProblem> {
    let known = BarColumn::ALL.map(BarColumn::name);
    match columns.keys().find(|given| !known.contains(&given.as_str())) {
        Some(given) => Err(ImportProblem::UnknownName {
            given: given.clone(),
            nearest: nearest(given, known),
            known: known.into(),
        }),
        None => Ok(()),
    }
}

/// The position of the heading that the request names, in its very spelling if that occurs.
fn mapped(column: BarColumn, given: &str, headings: &[String]) -> Result<usize, ImportProblem> {
    if let Some(position) = headings.iter().position(|heading| heading == given) {
        return Ok(position);
    }
    only(column, &normal(given), headings)?.ok_or_else(|| ImportProblem::UnknownHeading {
        name: column.name(),
        given: given.to_owned(),
        nearest: nearest(given, headings.iter().map(String::as_str)),
        found: headings.to_vec(),
    })
}

/// The position of the first of the column's usual headings that the file has.
fn told(column: BarColumn, headings: &[String]) -> Result<Option<usize>, ImportProblem> {
    for usual in column.headings() {
        if let Some(position) = only(column, usual, headings)? {
            return Ok(Some(position));
        }
    }
    Ok(None)
}

/// The position of the one heading that reads `wanted`; refused if there are two.
fn only(
    column: BarColumn,
    wanted: &str,
    headings: &[String],
) -> Result<Option<usize>, ImportProblem> {
    let mut positions =
        (0..headings.len()).filter(|&position| normal(&headings[position]) == wanted);
    let first = positions.next();
    match positions.next() {
        Some(second) => Err(ImportProblem::AmbiguousColumn {
            name: column.name(),
            heading: headings[second].clone(),
        }),
        None => Ok(first),
    }
}

fn missing(found: [Option<usize>; 6], headings: Vec<String>) -> ImportProblem {
    let required = BarColumn::ALL.into_iter().filter(|&column| column != BarColumn::Volume);
    let missing = required.filter(|&column| found[column as usize].is_none());
    ImportProblem::MissingColumns {
        missing: missing.map(BarColumn::name).collect(),
        found: headings,
    }
}

/// The candidate most like `given`, if any is like it at all.
fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let given = normal(given);
    let likeness = |name: &str| strsim::normalized_damerau_levenshtein(&given, &normal(name));
    let rated = candidates.into_iter().map(|name| (likeness(name), name));
    let best = rated.max_by(|left, right| left.0.total_cmp(&right.0))?;
    (best.0 >= LIKENESS_MIN).then(|| best.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(line: &str, columns: &[(&str, &str)]) -> Result<Layout, ImportProblem> {
        let columns = columns.iter().map(|&(ours, theirs)| (ours.into(), theirs.into())).collect();
        Layout::detect(line.split(',').map(Into::into).collect(), &columns)
    }

    fn positions(layout: &Layout) -> [Option<usize>; 6] {
        BarColumn::ALL.map(|column| layout.position(column))
    }

    #[test]
    fn columns_are_told_in_any_case_and_order() {
        let layout = detect("Volume,Close,LOW,high,Open, Open Time ", &[]).unwrap();
        assert_eq!(positions(&layout), [5, 4, 3, 2, 1, 0].map(Some));
        assert!(layout.has_header && !layout.is_in_ticks);
    }

    #[test]
    fn of_several_times_the_most_telling_counts() {
        let layout = detect("date,timestamp_ms,open,high,low,close", &[]).unwrap();
        assert_eq!(positions(&layout)[..2], [Some(1), Some(2)]);
        assert_eq!(layout.position(BarColumn::Volume), None);
        assert_eq!(layout.heading(BarColumn::Volume), "volume");
    }

    #[test]
    fn only_the_very_header_of_counted_prices_means_counted_prices() {
        assert!(detect("ts,o,h,l,c,vol", &[]).unwrap().is_in_ticks);
        assert!(detect("ts,o,h,l,c,volume", &[]).is_err());
        let mapping = [("open", "o"), ("high", "h"), ("low", "l"), ("close", "c")];
        assert!(!detect("ts,o,h,l,c,vol", &mapping).unwrap().is_in_ticks);
    }

    #[test]
    fn klines_need_no_header() {
        let layout = detect("1577836800000,1,2,3,4,5,6,7,8,9,10,0", &[]).unwrap();
        assert!(!layout.has_header);
        assert_eq!(positions(&layout), [0, 1, 2, 3, 4, 5].map(Some));
        assert!(detect("1577836800000,1,2,3,4,5", &[]).is_err());
    }

    #[test]
    fn all_missing_columns_are_named_at_once() {
        let text = detect("time,open,last", &[]).unwrap_err().to_string();
        let wanted = "has no column for high, low, close; its columns are time, open, last";
        assert!(text.starts_with(wanted), "{text}");
    }

    #[test]
    fn a_mapping_wins_over_the_usual_heading() {
        let line = "time,open,high,low,close,Adj Close";
        let layout = detect(line, &[("close", "adj close")]).unwrap();
        assert_eq!(layout.heading(BarColumn::Close), "Adj Close");
    }

    #[test]
    fn misspelled_mappings_get_the_right_spelling() {
        let line = "time,open,high,low,last,amount";
        let text = detect(line, &[("clsoe", "last")]).unwrap_err().to_string();
        assert!(text.ends_with("did you mean \"close\"?"), "{text}");
        let mapping = [("close", "last"), ("volume", "amout")];
        let text = detect(line, &mapping).unwrap_err().to_string();
        let wanted =
            "the columns are time, open, high, low, last, amount; did you mean \"amount\"?";
        assert!(text.ends_with(wanted), "{text}");
    }

    #[test]
    fn two_columns_of_one_name_are_refused() {
        let line = "time,open,high,low,close,Close";
        let text = detect(line, &[]).unwrap_err().to_string();
        assert!(text.contains("more than one column \"Close\""), "{text}");
        assert!(detect(line, &[("close", "Close")]).is_ok());
    }
}
