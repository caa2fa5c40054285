//! What every kind of file comes to: rows of fields as text, with headings or without. Whoever
//! reads a container makes one of these of it; all decisions about bars are made behind it.

use csv::ByteRecord;

use super::below::LinesBelow;
use super::declared::Declared;
use super::dialect::Headings;
use super::row_reader::RowReader;
use super::time::StatedTimes;
use crate::data::import_error::ImportError;
use crate::data::parsed_bars::ParsedBars;

/// Rows, one after the other.
pub(in crate::data) trait Rows {
    /// Reads the next row; `false` after the last.
    fn advance(&mut self, record: &mut ByteRecord) -> Result<bool, ImportError>;

    /// Where the row that was read last stands in its file: a line, or a row, counted from 1.
    fn line(&self) -> u64;
}

/// What is known of a table before its rows are read.
#[derive(Clone, Debug, Default)]
pub(in crate::data) struct TableHead {
    /// The names of its columns, if it has any.
    pub(in crate::data) headings: Option<Headings>,
    /// Its first rows, to tell the columns by.
    pub(in crate::data) sample: Vec<Vec<String>>,
    /// What a typed table says of its times.
    pub(in crate::data) times: Option<StatedTimes>,
    /// What was decided already, in a few words each.
    pub(in crate::data) told: Vec<String>,
}

/// Reads the bars of a table.
///
/// # Errors
///
/// The first thing that is wrong, with its line and column.
pub(in crate::data) fn read_table(
    source_name: &str,
    head: &TableHead,
    rows: &mut impl Rows,
    declared: &Declared,
) -> Result<ParsedBars, ImportError> {
    let of_file = |problem| ImportError::of_file(source_name, problem);
    let TableHead { headings, sample, times, told } = head;
    let mut reader =
        RowReader::open(headings.as_ref(), sample, *times, declared).map_err(of_file)?;
    let (mut record, mut below, mut repeated) = (ByteRecord::new(), LinesBelow::default(), 0);
    while rows.advance(&mut record)? {
        let line = rows.line();
        let taken = match reader.push(&record, line) {
            Ok(()) => below.pass(),
            Err(_) if headings.as_ref().is_some_and(|header| repeats(&record, header)) => {
                repeated += 1;
                Ok(())
            }
            Err(fault) => below.note(&record, line, fault),
        };
        if let Err((line, fault)) = taken {
            return Err(reader.refuse(source_name, line, fault));
        }
    }
    let left_out = match below.finish(!reader.is_empty()) {
        Ok(left_out) => left_out,
        Err((line, fault)) => return Err(reader.refuse(source_name, line, fault)),
    };
    let mut parsed = reader.finish(source_name)?;
    parsed.understood.splice(0..0, told.iter().cloned());
    parsed.warnings.extend(left_out);
    if repeated > 0 {
        let left_out = match repeated {
            1 => "1 line left out that says the header again".to_owned(),
            more => format!("{more} lines left out that say the header again"),
        };
        parsed.warnings.push(left_out);
    }
    Ok(parsed)
}

/// Whether a line says the header once more: files that were put one after the other.
fn repeats(record: &ByteRecord, header: &Headings) -> bool {
    let is_same = |(field, name): (&[u8], &String)| field.trim_ascii() == name.trim().as_bytes();
    record.len() == header.names.len() && record.iter().zip(&header.names).all(is_same)
}
