//! The lines of a delimited text, split into fields. Knows nothing of what the fields mean.

use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::import_error::{ImportError, ImportProblem};
use super::text::TextReader;

/// How much of the file is read at once.
const BUFFER_BYTES: usize = 128 * 1024;

/// The lines of a text as fields.
pub(super) struct Records<'a> {
    source_name: &'a str,
    reader: csv::Reader<TextReader<&'a mut dyn Read>>,
}

impl<'a> Records<'a> {
    /// Looks at the beginning of the text and reads no record yet.
    pub(super) fn open(
        source_name: &'a str,
        reader: &'a mut dyn Read,
    ) -> Result<Self, ImportProblem> {
        let text = TextReader::open(reader)?;
        let reader = ReaderBuilder::new()
            .delimiter(delimiter(text.first_line()))
            .terminator(Terminator::Any(b'\n'))
            .has_headers(false)
            // Rows of another length get a message of our own.
            .flexible(true)
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(text);
        Ok(Self { source_name, reader })
    }

    /// Reads the next line that is not blank; `false` after the last.
    pub(super) fn advance(&mut self, record: &mut ByteRecord) -> Result<bool, ImportError> {
        loop {
            self.reader.get_mut().begin_line();
            let line = self.reader.position().line();
            let has_record = self.reader.read_byte_record(record).map_err(|error| {
                ImportError::at_line(self.source_name, line, ImportProblem::Io(io_error(error)))
            })?;
            if !has_record || record.len() > 1 || !record.as_slice().trim_ascii().is_empty() {
                return Ok(has_record);
            }
        }
    }

    /// The line that was read last: every line ends in a newline, which has been counted.
    pub(super) fn line(&self) -> u64 {
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

/// The delimiter that occurs most in the first line.
fn delimiter(first_line: &[u8]) -> u8 {
    let count = |delimiter| first_line.split(|&byte| byte == delimiter).count();
    // Of equals the last is taken: the comma.
    b"\t;,".iter().copied().max_by_key(|&delimiter| count(delimiter)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_the_first_line_has() {
        for (line, expected) in
            [("a,b;c,d", b','), ("a;b;c", b';'), ("a\tb,c\td", b'\t'), ("a", b',')]
        {
            assert_eq!(delimiter(line.as_bytes()), expected, "{line:?}");
        }
    }

    #[test]
    fn records_know_their_lines_whatever_lies_between() {
        let mut text = "a,b\r\n\r\n \n1,\"2\"\n\n3,4".as_bytes();
        let mut records = Records::open("a.csv", &mut text).unwrap();
        let mut record = ByteRecord::new();
        let mut found = Vec::new();
        while records.advance(&mut record).unwrap() {
            found.push((records.line(), record.as_slice().trim_ascii().to_vec()));
        }
        assert_eq!(found, [(1, b"ab".to_vec()), (4, b"12".to_vec()), (6, b"34".to_vec())]);
    }
}
