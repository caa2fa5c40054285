//! A stream of text, lines ending in `\n`, of which no line fills the memory. Knows no format.

use std::io::{self, Read};
use std::str;

use super::import_error::ImportProblem;

/// How much of the beginning is looked at to tell text from other files.
const HEAD_BYTES: usize = 64 * 1024;
/// The longest line. An unclosed quote would otherwise take in the rest of the file.
const LINE_BYTES_MAX: usize = 1024 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Passes a text on: without its byte order mark, with `\n` at the end of every line.
///
/// A `\r` becomes a space, so that the count of lines is the count of `\n`.
pub(super) struct TextReader<R> {
    inner: R,
    head: Vec<u8>,
    head_passed: usize,
    last_byte: u8,
    line_bytes_left: usize,
}

impl<R: Read> TextReader<R> {
    /// Reads the beginning and refuses what is not text.
    pub(super) fn open(mut inner: R) -> Result<Self, ImportProblem> {
        let mut head = Vec::new();
        let limit = HEAD_BYTES as u64;
        inner.by_ref().take(limit).read_to_end(&mut head).map_err(ImportProblem::Io)?;
        if !is_text(&head) {
            return Err(ImportProblem::NotText);
        }
        let head_passed = if head.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        Ok(Self { inner, head, head_passed, last_byte: b'\n', line_bytes_left: LINE_BYTES_MAX })
    }

    /// The first line, as far as it is near.
    pub(super) fn first_line(&self) -> &[u8] {
        let head = &self.head[self.head_passed..];
        head.split(|&byte| byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or(head)
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

impl<R: Read> Read for TextReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill(buffer)?;
        if count == 0 && self.last_byte != b'\n' && !buffer.is_empty() {
            (self.last_byte, buffer[0]) = (b'\n', b'\n');
            return Ok(1);
        }
        let too_long = || io::Error::new(io::ErrorKind::InvalidData, "a line is longer than 1 MiB");
        self.line_bytes_left = self.line_bytes_left.checked_sub(count).ok_or_else(too_long)?;
        let text = &mut buffer[..count];
        for byte in text.iter_mut().filter(|byte| **byte == b'\r') {
            *byte = b' ';
        }
        self.last_byte = text.last().copied().unwrap_or(self.last_byte);
        Ok(count)
    }
}

/// Whether the beginning of a file is UTF-8 without control characters.
fn is_text(head: &[u8]) -> bool {
    let is_control = |byte: u8| byte.is_ascii_control() && !b"\t\r\n".contains(&byte);
    let is_utf8 = match str::from_utf8(head) {
        Ok(_) => true,
        // The end of the head may cut a character.
        Err(error) => error.error_len().is_none(),
    };
    is_utf8 && !head.iter().copied().any(is_control)
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
        assert_eq!(passed_on(b"a\n"), "a\n");
        assert_eq!(passed_on(b""), "");
    }

    #[test]
    fn a_text_longer_than_the_head_arrives_whole() {
        let line = "0123456789,ü\n";
        let long = line.repeat(2 * HEAD_BYTES / line.len());
        assert_eq!(passed_on(long.as_bytes()), long);
    }

    #[test]
    fn the_first_line_is_the_first_with_anything_in_it() {
        assert_eq!(
            TextReader::open(&b"\xef\xbb\xbf\r\n\na;b\nc"[..]).unwrap().first_line(),
            b"a;b"
        );
        assert_eq!(TextReader::open(&b""[..]).unwrap().first_line(), b"");
    }

    #[test]
    fn other_files_are_refused() {
        let files: [&[u8]; 5] =
            [b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PAR1\x15", b"\xff\xfet\0i\0"];
        for file in files {
            assert!(matches!(TextReader::open(file), Err(ImportProblem::NotText)), "{file:?}");
        }
    }

    #[test]
    fn a_line_without_end_is_refused_before_it_fills_the_memory() {
        let mut reader = TextReader::open(io::repeat(b'1')).unwrap();
        let read = io::copy(&mut reader, &mut io::sink());
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
