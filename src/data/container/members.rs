//! The files of an archive one by one: those that hold bars are one series, the others are told.

use super::Contents;
use crate::data::import_error::{ImportError, ImportProblem};
use crate::data::parsed_bars::ParsedBars;
use crate::data::reading::Declared;

/// The most files of one archive: the minutes of ten years by days.
const MEMBERS_MAX: usize = 4_096;

/// The files of an archive, as they are read.
pub(super) struct Members<'a> {
    source_name: &'a str,
    /// What its parts are called.
    parts: &'static str,
    declared: &'a Declared,
    count: usize,
    tables: Vec<ParsedBars>,
    left_out: Vec<String>,
    /// Why the first was left out.
    first: Option<ImportError>,
}

impl<'a> Members<'a> {
    pub(super) fn of(source_name: &'a str, declared: &'a Declared) -> Self {
        let (tables, left_out) = (Vec::new(), Vec::new());
        Self { source_name, parts: "files", declared, count: 0, tables, left_out, first: None }
    }

    /// The sheets of a workbook.
    pub(super) fn of_sheets(source_name: &'a str, declared: &'a Declared) -> Self {
        Self { parts: "sheets", ..Self::of(source_name, declared) }
    }

    /// Lets `read` read the file of that name. One that is no table of bars at all is left out; a
    /// table with a fault is refused as it would be by itself.
    pub(super) fn take(
        &mut self,
        name: &str,
        read: impl FnOnce(&str, &Declared) -> Result<ParsedBars, ImportError>,
    ) -> Result<(), ImportError> {
        if is_no_file(name) {
            return Ok(());
        }
        self.count += 1;
        if self.count > MEMBERS_MAX {
            let problem = ImportProblem::TooManyFiles { most: MEMBERS_MAX };
            return Err(ImportError::of_file(self.source_name, problem));
        }
        let mut declared = self.declared.clone();
        // A file may be called as its instrument and name it nowhere else.
        if declared.layout.symbol.as_ref().is_some_and(|it| it.eq_ignore_ascii_case(stem(name))) {
            declared.layout.symbol = None;
        }
        match read(&format!("{}/{name}", self.source_name), &declared) {
            Ok(table) => self.tables.push(table),
            Err(error) if error.problem.is_of_no_table() => {
                self.left_out.push(name.to_owned());
                self.first.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Contents, ImportError> {
        let Self { source_name, parts, count, tables, left_out, first, .. } = self;
        match first {
            Some(only) if tables.is_empty() && count == 1 => Err(only),
            _ if tables.is_empty() => {
                Err(ImportError::of_file(source_name, ImportProblem::NoneOfFiles { left_out }))
            }
            _ => {
                check_one_instrument(source_name, parts, &tables)?;
                Ok(Contents { tables, left_out })
            }
        }
    }
}

/// Refuses files of other names that hold the same times: they are of several instruments.
fn check_one_instrument(
    source_name: &str,
    what: &str,
    tables: &[ParsedBars],
) -> Result<(), ImportError> {
    let span = |table: &ParsedBars| table.bars.span().unwrap_or_default();
    let mut parts: Vec<_> = tables.iter().map(|it| (span(it), stem(&it.source_name))).collect();
    parts.sort_unstable();
    let is_other = |pair: &[((i64, i64), &str)]| {
        let ((_, last), name) = pair[0];
        let ((first, end), other) = pair[1];
        // Neighbours may share a day.
        letters(name) != letters(other) && (last.min(end) - first) > (end - first) / 2
    };
    if !parts.windows(2).any(is_other) {
        return Ok(());
    }
    let mut symbols: Vec<String> = parts.iter().map(|(_, name)| (*name).to_owned()).collect();
    symbols.sort_unstable();
    let problem = ImportProblem::SeveralSymbols { place: format!("its {what}"), symbols };
    Err(ImportError::of_file(source_name, problem))
}

/// What is left of a name without its date and number.
fn letters(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphabetic()).collect()
}

/// The name without folders and extensions.
fn stem(name: &str) -> &str {
    let last = name.rsplit('/').next().unwrap_or(name);
    let known = [".gz", ".zst", ".xz", ".bz2", ".csv", ".txt", ".json", ".jsonl", ".parquet"];
    known.iter().fold(last, |name, end| name.strip_suffix(end).unwrap_or(name))
}

/// Folders, and what a Mac or an editor adds.
fn is_no_file(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    name.ends_with('/') || name.starts_with("__MACOSX/") || last.starts_with('.')
}
