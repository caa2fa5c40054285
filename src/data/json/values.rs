//! A JSON text one value at a time: the elements of a list, or values one after the other. A file
//! of any length needs the room of one value. Knows only brackets and quotes.

use std::io::{self, BufReader, Read};

use super::broken;

/// The most bytes of one row.
const ROW_BYTES_MAX: usize = 1 << 20;
/// The most bytes of a document that is one object.
const DOCUMENT_BYTES_MAX: usize = 64 << 20;

/// What a JSON text is.
pub(super) enum Text<R> {
    /// A list of rows, or one row after the other.
    Rows(Values<R>),
    /// One value that has its rows somewhere within.
    Document(Vec<u8>),
}

/// The values of a text.
pub(super) struct Values<R> {
    bytes: io::Bytes<BufReader<R>>,
    /// Bytes that were looked at and are to be read again.
    ahead: Option<u8>,
    /// A value that was read already.
    first: Option<Vec<u8>>,
    /// Whether they are the elements of one list.
    in_list: bool,
    is_over: bool,
    has_element: bool,
}

impl<R: Read> Values<R> {
    /// Looks at the beginning.
    pub(super) fn open(source: R) -> io::Result<Text<R>> {
        let mut values = Self {
            bytes: BufReader::new(source).bytes(),
            ahead: None,
            first: None,
            in_list: false,
            is_over: false,
            has_element: false,
        };
        let mut next = values.after_space()?;
        for mark in *b"\xef\xbb\xbf" {
            if next == Some(mark) {
                next = values.after_space()?;
            }
        }
        let first = next.ok_or_else(|| broken("is empty"))?;
        if first == b'[' {
            let element = values.after_space()?;
            values.ahead = element;
            if matches!(element, Some(b'[' | b'{' | b']')) {
                values.in_list = true;
                return Ok(Text::Rows(values));
            }
            // One list a line: this is the first.
            let row = values.rest_of(vec![b'['], ROW_BYTES_MAX)?;
            values.first = Some(row);
            return Ok(Text::Rows(values));
        }
        let value = values.rest_of(vec![first], DOCUMENT_BYTES_MAX)?;
        values.ahead = values.after_space()?;
        if values.ahead.is_none() {
            return Ok(Text::Document(value));
        }
        values.first = Some(value);
        Ok(Text::Rows(values))
    }

    fn next_byte(&mut self) -> io::Result<Option<u8>> {
        match self.ahead.take() {
            Some(byte) => Ok(Some(byte)),
            None => self.bytes.next().transpose(),
        }
    }

    fn after_space(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.next_byte()? {
                Some(byte) if byte.is_ascii_whitespace() => {}
                other => return Ok(other),
            }
        }
    }

    /// The rest of a list or an object that began so.
    fn rest_of(&mut self, mut value: Vec<u8>, most: usize) -> io::Result<Vec<u8>> {
        let (mut depth, mut in_text, mut is_escaped) = (1_usize, false, false);
        while depth > 0 {
            let byte = self.next_byte()?.ok_or_else(|| broken("ends in the middle"))?;
            value.push(byte);
            if value.len() > most {
                return Err(too_long(most));
            }
            if in_text {
                (in_text, is_escaped) = (is_escaped || byte != b'"', byte == b'\\' && !is_escaped);
                continue;
            }
            match byte {
                b'"' => in_text = true,
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth -= 1,
                _ => {}
            }
        }
        Ok(value)
    }

    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.is_over {
            return Ok(None);
        }
        let mut next = self.after_space()?;
        if self.in_list && next == Some(b']') {
            self.is_over = true;
            return match self.after_space()? {
                None => Ok(None),
                Some(_) => Err(broken("goes on after its end")),
            };
        }
        if self.in_list && self.has_element {
            if next != Some(b',') {
                return Err(broken("has no comma between two rows, or ends in the middle"));
            }
            next = self.after_space()?;
        }
        self.has_element = true;
        match next {
            Some(first @ (b'[' | b'{')) => self.rest_of(vec![first], ROW_BYTES_MAX).map(Some),
            None if !self.in_list => Ok(None),
            None => Err(broken("ends in the middle")),
            Some(_) => Err(broken("has something beside its rows that is no row")),
        }
    }
}

/// Why a value is not taken, and what would be.
fn too_long(most: usize) -> io::Error {
    let what = if most == DOCUMENT_BYTES_MAX {
        "is one object of more than 64 MiB, which would have to be held whole: write its rows as \
         one list, or one row a line, which may be of any length"
    } else {
        "has a row of more than 1 MiB"
    };
    broken(what)
}

impl<R: Read> Iterator for Values<R> {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        let read = self.read();
        self.is_over |= read.is_err();
        read.transpose()
    }
}
