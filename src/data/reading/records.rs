//! The lines of a delimited text, split into fields. Knows nothing of what the fields mean.

use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::declared::BarLayout;
use super::dialect::Dialect;
use super::encoding::Encoding;
use super::headed::Headed;
use super::table::{Rows, TableHead};
use super::text::TextReader;
use crate::data::aux_problem::AuxProblem;
use crate::data::import_error::{ImportError, ImportProblem};

/// How much of the file is read at once.
const BUFFER_BYTES: usize = 128 * 1024;

/// The lines of a text as fields.
pub(super) struct Records<'a> {
    source_name: &'a str,
    reader: csv::Reader<TextReader<'a>>,
    /// Lines before this one hold no rows.
    first_row_line: u64,
}

impl<'a> Records<'a> {
    /// Looks at the beginning of the text and reads no record yet.
    pub(super) fn open(
        source_name: &'a str,
        reader: &'a mut dyn Read,
        declared: &BarLayout,
    ) -> Result<(TableHead, Self), ImportProblem> {
        let text = TextReader::open(reader)?;
        let dialect = Dialect::detect(&text.beginning(), declared);
        let mut told = Vec::new();
        if !matches!(text.encoding(), Encoding::Utf8 { .. }) {
            told.push(text.encoding().to_string());
        }
        if dialect.is_declared {
            told.push(format!("first line sep={}", char::from(dialect.delimiter)));
        }
        told.extend(delimiter_told(dialect.delimiter).filter(|_| !dialect.is_declared));
        if dialect.passed_over > 0 {
            told.push(format!("lines above the header passed over: {}", dialect.passed_over));
        }
        let Dialect { delimiter, headings, sample, first_row_line, .. } = dialect;
        let head = TableHead { headings, sample, times: None, told };
        Ok((head, Self::over(source_name, text, delimiter, first_row_line)))
    }

    /// The same of a text whose first line names its columns, with those names.
    pub(super) fn open_headed(
        source_name: &'a str,
        reader: &'a mut dyn Read,
    ) -> Result<(Vec<String>, Self), ImportError> {
        let of_file = |problem| ImportError::of_file(source_name, problem);
        let text = TextReader::open(reader).map_err(of_file)?;
        let headed = Headed::of(&text.beginning());
        let Headed { delimiter, skipped } =
            headed.ok_or_else(|| of_file(AuxProblem::NoRows.into()))?;
        let mut rows = Self::over(source_name, text, delimiter, skipped + 1);
        let mut header = ByteRecord::new();
        rows.advance(&mut header)?;
        let name = |field: &[u8]| String::from_utf8_lossy(field.trim_ascii()).into_owned();
        Ok((header.iter().map(name).collect(), rows))
    }

    fn over(
        source_name: &'a str,
        text: TextReader<'a>,
        delimiter: u8,
        first_row_line: u64,
    ) -> Self {
        let reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .terminator(Terminator::Any(b'\n'))
            .has_headers(false)
            // Rows of another length get a message of our own.
            .flexible(true)
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(text);
        Self { source_name, reader, first_row_line }
    }

    fn read_line(&mut self, record: &mut ByteRecord) -> Result<bool, ImportError> {
        self.reader.get_mut().begin_line();
        let line = self.reader.position().line();
        self.reader.read_byte_record(record).map_err(|error| {
            ImportError::at_line(self.source_name, line, ImportProblem::Io(io_error(error)))
        })
    }
}

impl Rows for Records<'_> {
    /// Reads the next row that is not blank.
    fn advance(&mut self, record: &mut ByteRecord) -> Result<bool, ImportError> {
        loop {
            if !self.read_line(record)? {
                return Ok(false);
            }
            let is_blank = record.len() <= 1 && record.as_slice().trim_ascii().is_empty();
            if !is_blank && self.line() >= self.first_row_line {
                return Ok(true);
            }
        }
    }

    /// The line that was read last: every line ends in a newline, which has been counted.
    fn line(&self) -> u64 {
        self.reader.position().line() - 1
    }
}

/// What stopped the reading; with lines of any length allowed, nothing else can go wrong in csv.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// What parts fields where it is no comma.
fn delimiter_told(delimiter: u8) -> Option<String> {
    match delimiter {
        b',' => None,
        b'\t' => Some("fields parted by tabs".to_owned()),
        b';' => Some("fields parted by semicolons".to_owned()),
        other => Some(format!("fields parted by {}", char::from(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_below_headings_begin_with_the_next_line_wherever_those_stand() {
        for (text, lines) in
            [("a,b\n1,2\n", [2]), ("\n\na,b\n\n1,2\n", [5]), ("sep=;\na;b\n1;2\n", [3])]
        {
            let mut bytes = text.as_bytes();
            let (names, mut rows) = Records::open_headed("a.csv", &mut bytes).unwrap();
            assert_eq!(names, ["a", "b"], "{text}");
            let (mut record, mut found) = (ByteRecord::new(), Vec::new());
            while rows.advance(&mut record).unwrap() {
                assert_eq!(record, ByteRecord::from(vec!["1", "2"]));
                found.push(rows.line());
            }
            assert_eq!(found, lines, "{text}");
        }
    }

    #[test]
    fn records_know_their_lines_whatever_lies_between() {
        let mut text = "a,b\r\n\r\n \n1,\"2\"\n\n3,4".as_bytes();
        let opened = Records::open("a.csv", &mut text, &BarLayout::default());
        let (_, mut records) = opened.unwrap();
        let mut record = ByteRecord::new();
        let mut found = Vec::new();
        while records.advance(&mut record).unwrap() {
            found.push((records.line(), record.as_slice().trim_ascii().to_vec()));
        }
        assert_eq!(found, [(4, b"12".to_vec()), (6, b"34".to_vec())]);
    }
}
