//! A stream of text, lines ending in `\n`, of which no line fills the memory. Knows no format.

use std::io::{self, Read};

use super::encoding::{DecodedReader, Encoding};
use crate::data::import_error::ImportProblem;

/// How much of the beginning is looked at to tell how a file is written.
const HEAD_BYTES: usize = 64 * 1024;
/// The longest line. An unclosed quote would otherwise take in the rest of the file.
const LINE_BYTES_MAX: usize = 1024 * 1024;

/// Passes a text on as UTF-8: without its byte order mark, with `\n` at the end of every line.
///
/// A `\r` becomes a space, so that the count of lines is the count of `\n`; where lines end in
/// nothing else, it becomes a `\n`.
pub(super) struct TextReader<'a> {
    inner: Box<dyn Read + 'a>,
    encoding: Encoding,
    head: Vec<u8>,
    head_passed: usize,
    return_becomes: u8,
    last_byte: u8,
    line_bytes_left: usize,
}

impl<'a> TextReader<'a> {
    /// Reads the beginning and refuses what is not text.
    pub(super) fn open(mut inner: impl Read + 'a) -> Result<Self, ImportProblem> {
        let head = head_of(&mut inner)?;
        let encoding = Encoding::detect(&head).ok_or(ImportProblem::NotText)?;
        let head = head[encoding.mark_bytes()..].to_vec();
        let (head, inner): (_, Box<dyn Read + 'a>) = match encoding.decoded_from() {
            Some(from) => {
                let rest = io::Cursor::new(head).chain(inner);
                let mut decoded = DecodedReader::new(rest, from);
                (head_of(&mut decoded)?, Box::new(decoded))
            }
            None => (head, Box::new(inner)),
        };
        let return_becomes = if head.contains(&b'\n') { b' ' } else { b'\n' };
        Ok(Self {
            inner,
            encoding,
            head,
            head_passed: 0,
            return_becomes,
            last_byte: b'\n',
            line_bytes_left: LINE_BYTES_MAX,
        })
    }

    /// How its characters are written down in the file.
    pub(super) const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The beginning, up to the end of a line if there is one.
    pub(super) fn beginning(&self) -> Vec<u8> {
        let mut head = self.head.clone();
        replace_returns(&mut head, self.return_becomes);
        if self.head.len() >= HEAD_BYTES / 2
            && let Some(end) = head.iter().rposition(|&byte| byte == b'\n')
        {
            head.truncate(end + 1);
        }
        head
    }

    /// Says that a line was read to its end.
    pub(super) const fn begin_line(&mut self) {
        self.line_bytes_left = LINE_BYTES_MAX;
    }

    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ahead = &self.head[self.head_passed..];
        if ahead.is_empty() {
            return self.inner.read(buffer);
        }
        let count = ahead.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ahead[..count]);
        self.head_passed += count;
        Ok(count)
    }
}

fn head_of(reader: &mut impl Read) -> Result<Vec<u8>, ImportProblem> {
    let mut head = Vec::new();
    reader.take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(ImportProblem::Io)?;
    Ok(head)
}

fn replace_returns(text: &mut [u8], with: u8) {
    for byte in text.iter_mut().filter(|byte| **byte == b'\r') {
        *byte = with;
    }
}

impl Read for TextReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill(buffer)?;
        if count == 0 && self.last_byte != b'\n' && !buffer.is_empty() {
            (self.last_byte, buffer[0]) = (b'\n', b'\n');
            return Ok(1);
        }
        let too_long = || io::Error::new(io::ErrorKind::InvalidData, "a line is longer than 1 MiB");
        self.line_bytes_left = self.line_bytes_left.checked_sub(count).ok_or_else(too_long)?;
        let text = &mut buffer[..count];
        replace_returns(text, self.return_becomes);
        self.last_byte = text.last().copied().unwrap_or(self.last_byte);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed_on(bytes: &[u8]) -> String {
        let mut text = String::new();
        TextReader::open(bytes).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn lines_end_in_newline_alone_and_the_mark_is_gone() {
        assert_eq!(passed_on(b"\xef\xbb\xbfa,b\r\n1,2"), "a,b \n1,2\n");
        assert_eq!(passed_on(b"a,b\r1,2\r"), "a,b\n1,2\n");
        assert_eq!(passed_on(b"\xff\xfea\0,\0\r\0\n\0b\0"), "a, \nb\n");
        assert_eq!(passed_on(b"a\n"), "a\n");
        assert_eq!(passed_on(b""), "");
    }

    #[test]
    fn a_text_longer_than_the_head_arrives_whole() {
        let line = "0123456789,ü\n";
        let long = line.repeat(2 * HEAD_BYTES / line.len());
        assert_eq!(passed_on(long.as_bytes()), long);
        let beginning = TextReader::open(long.as_bytes()).unwrap().beginning();
        assert!(long.as_bytes().starts_with(&beginning) && beginning.ends_with(b"\n"));
    }

    #[test]
    fn a_line_without_end_is_refused_before_it_fills_the_memory() {
        let mut reader = TextReader::open(io::repeat(b'1')).unwrap();
        let read = io::copy(&mut reader, &mut io::sink());
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
