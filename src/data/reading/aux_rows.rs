//! The rows of an auxiliary series out of a table: which column says when a row was known, which
//! are its values, and what they are. When a row was known is declared, never guessed.

use std::collections::BTreeMap;

use csv::ByteRecord;

use super::grid::Grid;
use super::headings::nearest;
use super::number;
use super::table::Rows;
use super::time::{Settled, StatedTimes, TimeColumn, TimeTerms};
use crate::data::aux_problem::AuxProblem;
use crate::data::import_error::{ImportError, ImportProblem};
use crate::data::lines::LineMap;
use crate::market::{AUX_COLUMNS_MAX, AuxColumn, AuxName, AuxSeries, Timeframe};

/// The heading that says by itself when a row was known.
pub(in crate::data) const KNOWN_AT: &str = "known_at";
/// Headings of times of which nothing says when their rows were known.
const TIME_HEADINGS: [&str; 8] = [
    "time",
    "timestamp",
    "datetime",
    "date",
    "open_time",
    "timestamp_ms",
    "time_unix_ms",
    "funding_time",
];

/// When a row was known, by the time that stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownRule {
    /// So many milliseconds after it; at least 0.
    After(i64),
    /// At the end of the bar of that timeframe that the time opens.
    AtEndOf(Timeframe),
}

/// How a table of an auxiliary series is laid out, as far as a request says so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuxLayout {
    /// Our name of a column to the file's heading; with none, every column but the times.
    pub columns: BTreeMap<String, String>,
    /// The heading of the times; else `known_at`, or the one that can only be it.
    pub time_column: Option<String>,
    /// When a row was known; a column called `known_at` says so itself.
    pub known: Option<KnownRule>,
    /// How times are written, and what they mean.
    pub times: TimeTerms,
}

/// What was read of a table.
#[derive(Debug)]
pub(in crate::data) struct ParsedAux {
    pub(in crate::data) series: AuxSeries,
    /// How it was read, in one line.
    pub(in crate::data) understood: String,
    /// What is perhaps not meant, in sentences.
    pub(in crate::data) warnings: Vec<String>,
}

/// A table of any kind, opened: the names of its columns, what a typed one says of the times in
/// each, and the rows.
pub(in crate::data) struct OpenTable<'t> {
    pub(in crate::data) names: Vec<String>,
    /// Empty, or one for each name.
    pub(in crate::data) stated: Vec<Option<StatedTimes>>,
    pub(in crate::data) rows: &'t mut dyn Rows,
}

/// Which columns of a table are read.
struct Places {
    time: usize,
    /// `None` where the times are those at which rows were known.
    known: Option<KnownRule>,
    values: Vec<(AuxName, usize)>,
}

/// Reads the rows of a table; at most so many times and values.
///
/// # Errors
///
/// The first thing that is wrong, with its line and column.
pub(in crate::data) fn read_aux(
    source_name: &str,
    table: OpenTable<'_>,
    layout: &AuxLayout,
    values_max: u64,
) -> Result<ParsedAux, ImportError> {
    let OpenTable { names, stated, rows } = table;
    let of_file = |problem| ImportError::of_file(source_name, problem);
    let places = Places::of(&names, layout).map_err(of_file)?;
    let width = places.values.len() as u64 + 1;
    let stated = stated.get(places.time).copied().flatten();
    let mut times = TimeColumn::new(layout.times.clone(), stated);
    let mut columns: Vec<AuxColumn> =
        places.values.iter().map(|(name, _)| AuxColumn::with_capacity(name.clone(), 0)).collect();
    let (mut record, mut lines) = (ByteRecord::new(), LineMap::default());
    while rows.advance(&mut record)? {
        let line = rows.line();
        let at = |column: usize, problem| ImportError {
            column: names.get(column).cloned(),
            ..ImportError::at_line(source_name, line, problem)
        };
        if (times.len() as u64 + 1).saturating_mul(width) > values_max {
            return Err(of_file(AuxProblem::TooManyValues { most: values_max }.into()));
        }
        check_width(&record, names.len())
            .map_err(|problem| ImportError::at_line(source_name, line, problem))?;
        let field = record.get(places.time).unwrap_or_default();
        lines.push(times.len(), line);
        times.push(field, None).map_err(|cause| {
            let text = String::from_utf8_lossy(field).into_owned();
            at(places.time, ImportProblem::Time { text, cause })
        })?;
        for (column, (_, place)) in columns.iter_mut().zip(&places.values) {
            let field = record.get(*place).unwrap_or_default();
            column.push(value_of(field).map_err(|problem| at(*place, problem.into()))?);
        }
    }
    if times.len() == 0 {
        return Err(of_file(AuxProblem::NoRows.into()));
    }
    let time_name = names[places.time].clone();
    let at_row = |row: usize, problem| ImportError {
        column: Some(time_name.clone()),
        ..ImportError::at_line(source_name, lines.line(row), problem)
    };
    let settled = times.settle(&places.grid());
    let Settled { times_ms, told, doubt, .. } =
        settled.map_err(|(row, cause)| at_row(row, ImportProblem::Times { cause }))?;
    let known_ms =
        places.known(times_ms.into_vec(), &lines).map_err(|(row, problem)| at_row(row, problem))?;
    let understood = places.understood(source_name, &time_name, &told);
    let mut warnings: Vec<String> = doubt.into_iter().collect();
    let series = AuxSeries::new(known_ms, columns)
        .ok_or_else(|| of_file(ImportProblem::Io(std::io::Error::other("its rows do not fit"))))?;
    let empty = series.facts().into_iter().filter(|facts| facts.filled == 0);
    warnings.extend(empty.map(|facts| format!("column {} has no value in any row", facts.name)));
    Ok(ParsedAux { series, understood, warnings })
}

impl Places {
    fn of(names: &[String], layout: &AuxLayout) -> Result<Self, ImportProblem> {
        let time = time_place(names, layout)?;
        let heading = names[time].trim();
        let known = match (heading == KNOWN_AT, layout.known) {
            (true, None) => None,
            (true, Some(_)) => return Err(AuxProblem::DeclaredTwice.into()),
            (false, Some(rule)) => Some(rule),
            (false, None) => {
                return Err(AuxProblem::NotDeclared { column: heading.to_owned() }.into());
            }
        };
        let values = if layout.columns.is_empty() {
            all_but(time, names)?
        } else {
            let column = |(name, heading): (&String, &String)| {
                let name = AuxName::new(name)
                    .map_err(|cause| AuxProblem::NoName { heading: name.clone(), cause })?;
                let place = place_of(heading, name.as_str(), names)?;
                Ok::<_, ImportProblem>((name, place))
            };
            layout.columns.iter().map(column).collect::<Result<Vec<_>, ImportProblem>>()?
        };
        match values.len() {
            0 => Err(AuxProblem::NoColumns.into()),
            found if found > AUX_COLUMNS_MAX => Err(AuxProblem::TooManyColumns { found }.into()),
            _ => Ok(Self { time, known, values }),
        }
    }

    /// What times are held against: the bars that they open, or nothing.
    fn grid(&self) -> Grid {
        match self.known {
            Some(KnownRule::AtEndOf(timeframe)) => Grid::utc(timeframe),
            Some(KnownRule::After(_)) | None => Grid::utc(Timeframe::MINUTE),
        }
    }

    /// When the rows were known, which must rise.
    fn known(
        &self,
        times_ms: Vec<i64>,
        lines: &LineMap,
    ) -> Result<Vec<i64>, (usize, ImportProblem)> {
        let mut known_ms = times_ms;
        let grid = self.grid();
        for (row, time_ms) in known_ms.iter_mut().enumerate() {
            *time_ms = match self.known {
                None => *time_ms,
                Some(KnownRule::After(delay_ms)) => time_ms.saturating_add(delay_ms),
                Some(KnownRule::AtEndOf(timeframe)) if !grid.begins_at(*time_ms) => {
                    let (time_ms, advice) = (*time_ms, String::new());
                    return Err((row, ImportProblem::OffGrid { time_ms, timeframe, advice }));
                }
                Some(KnownRule::AtEndOf(_)) => grid.bucket(*time_ms).end,
            };
        }
        let unsorted = known_ms.windows(2).position(|pair| pair[0] >= pair[1]);
        let Some(before) = unsorted else { return Ok(known_ms) };
        let (row, time_ms) = (before + 1, known_ms[before + 1]);
        let problem = if known_ms[before] == time_ms {
            AuxProblem::SameMoment { known_ms: time_ms, other_line: lines.line(before) }.into()
        } else {
            ImportProblem::NotAscending { time_ms }
        };
        Err((row, problem))
    }

    fn understood(&self, source_name: &str, time_name: &str, told: &[String]) -> String {
        let when = match self.known {
            None => "which say when a row was known".to_owned(),
            Some(KnownRule::After(0)) => "at which a row was known".to_owned(),
            Some(KnownRule::After(ms)) => format!("{} s after which a row was known", ms / 1000),
            Some(KnownRule::AtEndOf(timeframe)) => {
                format!("of {timeframe} bars at whose ends a row was known")
            }
        };
        // Edges are those of bars; what a time is to its row is declared.
        let is_of_times = |word: &&String| !word.starts_with("a time is its bar's");
        let told: Vec<&str> = told.iter().filter(is_of_times).map(String::as_str).collect();
        let values: Vec<&str> = self.values.iter().map(|(name, _)| name.as_str()).collect();
        let (told, values) = (told.join(", "), values.join(", "));
        format!("{source_name}: times in {time_name:?} ({told}), {when}; columns {values}")
    }
}

fn time_place(names: &[String], layout: &AuxLayout) -> Result<usize, ImportProblem> {
    if let Some(heading) = &layout.time_column {
        return place_of(heading, "time_column", names);
    }
    if names.iter().any(|name| name.trim() == KNOWN_AT) {
        return place_of(KNOWN_AT, "time_column", names);
    }
    let is_time = |name: &str| TIME_HEADINGS.contains(&name.trim().to_ascii_lowercase().as_str());
    let mut places = (0..names.len()).filter(|place| is_time(&names[*place]));
    match (places.next(), places.next()) {
        (Some(place), None) => Ok(place),
        _ => Err(AuxProblem::NoTimeColumn { found: names.to_vec() }.into()),
    }
}

/// Where the column of that heading stands.
fn place_of(heading: &str, name: &str, names: &[String]) -> Result<usize, ImportProblem> {
    let mut places = (0..names.len()).filter(|place| names[*place].trim() == heading.trim());
    match (places.next(), places.next()) {
        (Some(place), None) => Ok(place),
        (Some(_), Some(_)) => Err(AuxProblem::Ambiguous { heading: heading.to_owned() }.into()),
        (None, _) => Err(AuxProblem::NoSuchColumn {
            name: name.to_owned(),
            given: heading.to_owned(),
            nearest: nearest(heading, names.iter().map(String::as_str)),
            found: names.to_vec(),
        }
        .into()),
    }
}

/// Every column with a name but the times, by its heading.
fn all_but(time: usize, names: &[String]) -> Result<Vec<(AuxName, usize)>, ImportProblem> {
    let others = names.iter().enumerate().filter(|(place, _)| *place != time);
    // An index of a frame that has no name comes as a column without one.
    let named = others.filter(|(_, heading)| !heading.trim().is_empty());
    let mut found: Vec<(AuxName, usize)> = Vec::new();
    for (place, heading) in named {
        let heading = heading.trim();
        let name = AuxName::new(heading);
        let name =
            name.map_err(|cause| AuxProblem::NoName { heading: heading.to_owned(), cause })?;
        if found.iter().any(|(known, _)| *known == name) {
            return Err(AuxProblem::Ambiguous { heading: heading.to_owned() }.into());
        }
        found.push((name, place));
    }
    Ok(found)
}

/// Rows may end in empty fields that the header does not have.
fn check_width(record: &ByteRecord, expected: usize) -> Result<(), ImportProblem> {
    let found = record.len();
    let are_empty = || record.iter().skip(expected).all(|field| field.trim_ascii().is_empty());
    if found == expected || (found > expected && are_empty()) {
        return Ok(());
    }
    Err(ImportProblem::FieldCount { expected, found })
}

fn value_of(field: &[u8]) -> Result<Option<f64>, AuxProblem> {
    if number::is_missing(field) {
        return Ok(None);
    }
    let text = std::str::from_utf8(field.trim_ascii()).unwrap_or_default();
    let value = match text.parse::<f64>() {
        Ok(value) => Some(value).filter(|value| value.is_finite()),
        Err(_) if text.eq_ignore_ascii_case("true") => Some(1.0),
        Err(_) if text.eq_ignore_ascii_case("false") => Some(0.0),
        Err(_) => None,
    };
    let no_number = || AuxProblem::NoNumber { text: String::from_utf8_lossy(field).into_owned() };
    value.map(Some).ok_or_else(no_number)
}
