//! Where in a document the bars stand: a list of rows, lists of columns side by side, or rows under
//! their times. Knows these shapes by what they hold, and their names only to choose one.

use std::io;

use serde_json::value::RawValue;

use super::broken;
use super::cells::{Entries, Row, cell, flat};
use crate::data::reading::{is_time, is_time_heading, normal, zone_named};

/// How deep a document is looked into.
const DEPTH_MAX: usize = 6;
/// The time and four prices.
const COLUMNS_MIN: usize = 5;

/// A table within a document.
pub(super) enum Found<'a> {
    /// A list of rows, with names if they stand beside it.
    Rows { names: Option<Vec<String>>, rows: Vec<&'a RawValue> },
    /// Columns of equal length.
    Columns { names: Vec<String>, columns: Vec<Vec<&'a RawValue>> },
    /// Rows under their times.
    ByTime(Fields<'a>),
    /// Columns of fields under their times.
    ColumnsByTime(Vec<(String, Fields<'a>)>),
}

type Named<'a> = Vec<(String, Found<'a>)>;
type Fields<'a> = Vec<(String, &'a RawValue)>;
type RowsOf<'a> = Box<dyn Iterator<Item = io::Result<Row>> + 'a>;

impl<'a> Found<'a> {
    /// Columns without times, with those that stand around them and are as many.
    fn with_times(self, times: Option<&(String, Vec<&'a RawValue>)>) -> Self {
        match (self, times) {
            (Self::Columns { mut names, mut columns }, Some((name, times)))
                if columns.first().is_some_and(|column| column.len() == times.len())
                    && !names.iter().any(|name| is_time_heading(name)) =>
            {
                names.insert(0, name.clone());
                columns.insert(0, times.clone());
                Self::Columns { names, columns }
            }
            (found, _) => found,
        }
    }

    /// Its rows, the first of which may be the names of its columns.
    pub(super) fn rows(self) -> RowsOf<'a> {
        match self {
            Self::Rows { names, rows } => {
                let names = names.map(|names| Ok(Row::List(names)));
                let rows = rows.into_iter().map(|row| Row::read(row.get().as_bytes()));
                Box::new(names.into_iter().chain(rows))
            }
            Self::Columns { names, columns } => {
                let count = columns.first().map_or(0, Vec::len);
                let row = move |place: usize| {
                    let fields = columns.iter().map(|column| cell(column[place]));
                    fields.collect::<io::Result<_>>().map(Row::List)
                };
                let names = [Ok(Row::List(names))].into_iter();
                Box::new(names.chain((0..count).map(row)))
            }
            Self::ByTime(entries) => Box::new(entries.into_iter().map(|(time, row)| {
                let row = Row::read(row.get().as_bytes())?;
                let Row::Object(mut fields) = row else { return Err(broken("mixes its rows")) };
                fields.insert(0, ("open_time".to_owned(), time));
                Ok(Row::Object(fields))
            })),
            Self::ColumnsByTime(columns) => {
                let count = columns.first().map_or(0, |(_, column)| column.len());
                let row = move |place: usize| {
                    let time = columns[0].1[place].0.clone();
                    let mut fields = vec![("open_time".to_owned(), time.clone())];
                    for (name, column) in &columns {
                        let (own, value) = &column[place];
                        if *own != time {
                            return Err(broken("has columns of other times"));
                        }
                        fields.push((name.clone(), cell(value)?));
                    }
                    Ok(Row::Object(fields))
                };
                Box::new((0..count).map(row))
            }
        }
    }
}

/// The tables of a document, under the names that they stand under, and the zone that it names
/// beside them.
pub(super) fn tables_of(document: &[u8]) -> io::Result<(Named<'_>, Option<String>)> {
    let value: &RawValue = serde_json::from_slice(document).map_err(|error| damaged(&error))?;
    let (mut found, mut zone) = (Vec::new(), None);
    Search { found: &mut found, zone: &mut zone }.look(value, "", 0, None)?;
    Ok((found, zone))
}

/// What services call the zone of their times, as in `6. Time Zone`.
const ZONES: [&str; 3] = ["timezone", "exchangetimezone", "exchangetimezonename"];

/// The zone among the entries of an object.
fn zone_among(entries: &[(String, &RawValue)]) -> Option<String> {
    let is_zone = |(name, _): &&(String, &RawValue)| ZONES.contains(&&*normal(name));
    let named = entries.iter().filter(is_zone).filter_map(|(_, value)| cell(value).ok());
    let mut known = named.filter(|zone| zone_named(zone).is_some());
    known.find(|zone| zone != "UTC")
}

fn damaged(error: &serde_json::Error) -> io::Error {
    broken(&format!("is damaged: {error}"))
}

/// Names of times that stand beside the columns, or further out.
const TIMES: [&str; 4] = ["timestamp", "timestamps", "time", "t"];

struct Search<'f, 'a> {
    found: &'f mut Named<'a>,
    /// The first zone that is named anywhere.
    zone: &'f mut Option<String>,
}

impl<'a> Search<'_, 'a> {
    /// Looks for tables in a value; `times` is the nearest list of times that stands around it.
    fn look(
        &mut self,
        value: &'a RawValue,
        name: &str,
        depth: usize,
        times: Option<&(String, Vec<&'a RawValue>)>,
    ) -> io::Result<()> {
        if depth > DEPTH_MAX {
            return Ok(());
        }
        if let Some(list) = list(value)? {
            if list.first().is_some_and(|first| is_row(first)) {
                self.found.push((name.to_owned(), Found::Rows { names: None, rows: list }));
                return Ok(());
            }
            return list
                .into_iter()
                .try_for_each(|element| self.look(element, name, depth + 1, times));
        }
        let Some(entries) = object(value)? else { return Ok(()) };
        if let Some(table) = table_of(&entries)? {
            self.found.push((name.to_owned(), table.with_times(times)));
            return Ok(());
        }
        if self.zone.is_none() {
            *self.zone = zone_among(&entries);
        }
        let own = times_among(&entries)?;
        let times = own.as_ref().or(times);
        entries.iter().try_for_each(|(inner, value)| self.look(value, inner, depth + 1, times))
    }
}

/// A list of times among the entries of an object, with its name.
fn times_among<'a>(
    entries: &[(String, &'a RawValue)],
) -> io::Result<Option<(String, Vec<&'a RawValue>)>> {
    let entry = entries.iter().find(|(name, _)| TIMES.contains(&&**name));
    let Some((name, value)) = entry else { return Ok(None) };
    let times = list(value)?.filter(|times| times.iter().all(|time| is_bare(time)));
    Ok(times.map(|times| (name.clone(), times)))
}

/// What the values of one object are together, if they are a table.
fn table_of<'a>(entries: &[(String, &'a RawValue)]) -> io::Result<Option<Found<'a>>> {
    if let Some(found) = split(entries)? {
        return Ok(Some(found));
    }
    let mut columns: Vec<(String, Vec<&'a RawValue>)> = Vec::new();
    let mut keyed: Vec<(String, Fields<'a>)> = Vec::new();
    for (name, value) in entries {
        if let Some(list) = list(value)? {
            let is_column = list.first().is_some_and(|first| is_bare(first))
                && columns.first().is_none_or(|(_, column)| column.len() == list.len());
            if is_column {
                columns.push((name.clone(), list));
            }
        } else if let Some(fields) = object(value)?.filter(|fields| !fields.is_empty()) {
            keyed.push((name.clone(), fields));
        }
    }
    if columns.len() >= COLUMNS_MIN {
        let (names, columns) = columns.into_iter().unzip();
        return Ok(Some(Found::Columns { names, columns }));
    }
    let all = |is_so: &dyn Fn(&(String, Fields<'a>)) -> bool| {
        keyed.len() == entries.len() && !keyed.is_empty() && keyed.iter().all(is_so)
    };
    if all(&|(name, fields)| is_time(name) && fields.iter().all(|(_, field)| is_bare(field))) {
        return Ok(Some(Found::ByTime(entries.to_vec())));
    }
    let length = keyed.first().map_or(0, |(_, fields)| fields.len());
    let is_column = |(_, fields): &(String, Fields<'a>)| {
        fields.len() == length && fields.iter().all(|(time, _)| is_time(time))
    };
    if keyed.len() + 1 >= COLUMNS_MIN && all(&is_column) {
        return Ok(Some(Found::ColumnsByTime(keyed)));
    }
    Ok(None)
}

/// What data frames and servers call the names of columns, and the rows.
const NAMES: [&str; 4] = ["columns", "column_names", "fields", "headers"];
const ROWS: [&str; 4] = ["data", "rows", "values", "items"];

/// The name of a column, which may stand beside its type.
fn name_of(value: &RawValue) -> io::Result<String> {
    let name = object(value)?.and_then(|entries| entries.into_iter().find(|it| it.0 == "name"));
    name.map_or_else(|| cell(value), |(_, name)| cell(name))
}

/// Names and rows side by side, as data frames write them.
fn split<'a>(entries: &[(String, &'a RawValue)]) -> io::Result<Option<Found<'a>>> {
    let entry = |wanted: &[&str]| entries.iter().find(|(name, _)| wanted.contains(&&**name));
    let (Some((_, columns)), Some((_, data))) = (entry(&NAMES), entry(&ROWS)) else {
        return Ok(None);
    };
    let (Some(columns), Some(rows)) = (list(columns)?, list(data)?) else { return Ok(None) };
    let names = columns.into_iter().map(name_of).collect::<io::Result<Vec<_>>>()?;
    let first = rows.first().map(|row| list(row)).transpose()?.flatten();
    let is_table = first.is_some_and(|first| first.len() == names.len());
    let index = match entry(&["index"]) {
        Some((_, index)) => list(index)?.filter(|index| index.len() == rows.len()),
        None => None,
    };
    let is_time_there = index
        .as_ref()
        .and_then(|index| index.first())
        .is_some_and(|first| cell(first).is_ok_and(|text| is_time(&text)));
    match index.filter(|_| is_table && is_time_there) {
        None => Ok(is_table.then_some(Found::Rows { names: Some(names), rows })),
        Some(index) => {
            let mut columns = vec![index];
            columns.resize(names.len() + 1, Vec::with_capacity(rows.len()));
            for row in rows {
                let fields = list(row)?.unwrap_or_default();
                if fields.len() != names.len() {
                    return Err(broken("has rows of another length than its columns"));
                }
                for (column, field) in columns[1..].iter_mut().zip(fields) {
                    column.push(field);
                }
            }
            let names = [String::from("open_time")].into_iter().chain(names).collect();
            Ok(Some(Found::Columns { names, columns }))
        }
    }
}

/// Whether it is a list or an object with the figures of a bar in it.
fn is_row(value: &RawValue) -> bool {
    let figures = |values: &mut dyn Iterator<Item = &RawValue>| {
        let is_figure =
            |it: &&RawValue| cell(it).is_ok_and(|text| text.bytes().any(|it| it.is_ascii_digit()));
        values.filter(|it| is_bare(it)).filter(is_figure).count() >= COLUMNS_MIN
    };
    match (list(value), object(value)) {
        (Ok(Some(list)), _) => {
            figures(&mut list.iter().copied()) || list.iter().all(|it| it.get().starts_with('"'))
        }
        (_, Ok(Some(entries))) => figures(&mut flat(&entries).iter().map(|(_, value)| *value)),
        _ => false,
    }
}

fn is_bare(value: &RawValue) -> bool {
    !value.get().starts_with(['[', '{'])
}

fn list(value: &RawValue) -> io::Result<Option<Vec<&RawValue>>> {
    if !value.get().starts_with('[') {
        return Ok(None);
    }
    serde_json::from_str(value.get()).map(Some).map_err(|error| damaged(&error))
}

fn object(value: &RawValue) -> io::Result<Option<Vec<(String, &RawValue)>>> {
    if !value.get().starts_with('{') {
        return Ok(None);
    }
    let read = serde_json::from_str(value.get());
    read.map(|Entries(entries)| Some(entries)).map_err(|error| damaged(&error))
}
