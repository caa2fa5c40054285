//! How the characters of a text are written down. Knows nothing of lines.

use std::io::{self, Read};
use std::{fmt, str};

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
const UTF16_LITTLE_MARK: &[u8] = b"\xff\xfe";
const UTF16_BIG_MARK: &[u8] = b"\xfe\xff";
/// How much is decoded at once.
const CHUNK_BYTES: usize = 32 * 1024;
/// Of a hundred bytes of a text in an encoding of single bytes, so many are ASCII.
const ASCII_PERCENT_MIN: usize = 80;

/// How characters are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::data) enum Encoding {
    /// UTF-8, or ASCII; `mark_bytes` stand before it.
    Utf8 { mark_bytes: usize },
    /// One byte a character, of which we need the ASCII half alone.
    SingleBytes,
    /// Two bytes a character, the lower one first if `is_little`; `mark_bytes` stand before it.
    Utf16 { is_little: bool, mark_bytes: usize },
}

impl Encoding {
    /// Tells the encoding by the beginning of a file; `None` if that is no text.
    pub(super) fn detect(head: &[u8]) -> Option<Self> {
        let utf16 = |is_little, mark_bytes| Some(Self::Utf16 { is_little, mark_bytes });
        if head.starts_with(UTF16_LITTLE_MARK) {
            return utf16(true, UTF16_LITTLE_MARK.len());
        }
        if head.starts_with(UTF16_BIG_MARK) {
            return utf16(false, UTF16_BIG_MARK.len());
        }
        if let Some(is_little) = unmarked_utf16(head) {
            return utf16(is_little, 0);
        }
        if head.iter().any(|&byte| !is_letter(byte)) {
            return None;
        }
        let mark_bytes = if head.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 };
        let is_utf8 = match str::from_utf8(head) {
            Ok(_) => true,
            // The end of the head may cut a character.
            Err(error) => error.error_len().is_none() && error.valid_up_to() > 0,
        };
        if is_utf8 {
            return Some(Self::Utf8 { mark_bytes });
        }
        let ascii = head.iter().filter(|byte| byte.is_ascii()).count();
        (ascii * 100 >= head.len() * ASCII_PERCENT_MIN).then_some(Self::SingleBytes)
    }

    /// How many bytes stand before the first character.
    pub(super) const fn mark_bytes(self) -> usize {
        match self {
            Self::Utf8 { mark_bytes } | Self::Utf16 { mark_bytes, .. } => mark_bytes,
            Self::SingleBytes => 0,
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 { .. } => "UTF-8",
            Self::SingleBytes => "an encoding of single bytes",
            Self::Utf16 { .. } => "UTF-16",
        })
    }
}

/// Whether every second byte is zero, as in ASCII as UTF-16 without a mark, and which one.
fn unmarked_utf16(head: &[u8]) -> Option<bool> {
    let [first, second, ..] = head else { return None };
    let is_little = *second == 0;
    let zeros = usize::from(is_little);
    let looks_so = is_little != (*first == 0)
        && head.chunks_exact(2).take(64).all(|pair| pair[zeros] == 0 && is_letter(pair[1 - zeros]));
    looks_so.then_some(is_little)
}

fn is_letter(byte: u8) -> bool {
    !byte.is_ascii_control() || b"\t\r\n".contains(&byte)
}

/// Passes a text in UTF-16 on as UTF-8.
pub(super) struct Utf16Reader<R> {
    inner: R,
    is_little: bool,
    /// Bytes of the source that are no whole character yet.
    rest: Vec<u8>,
    decoded: Vec<u8>,
    passed: usize,
}

impl<R: Read> Utf16Reader<R> {
    pub(super) const fn new(inner: R, is_little: bool) -> Self {
        Self { inner, is_little, rest: Vec::new(), decoded: Vec::new(), passed: 0 }
    }

    fn decode_more(&mut self) -> io::Result<()> {
        let limit = CHUNK_BYTES as u64;
        let is_end = self.inner.by_ref().take(limit).read_to_end(&mut self.rest)? == 0;
        let is_little = self.is_little;
        let unit = |pair: &[u8]| {
            let bytes = [pair[0], pair[1]];
            if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) }
        };
        let mut units: Vec<u16> = self.rest.chunks_exact(2).map(unit).collect();
        // The first half of a pair waits for the other.
        if !is_end && units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
            units.pop();
        }
        self.rest.drain(..units.len() * 2);
        if is_end {
            self.rest.clear();
        }
        let characters = char::decode_utf16(units).map(|found| found.unwrap_or('\u{fffd}'));
        self.decoded = characters.collect::<String>().into_bytes();
        self.passed = 0;
        Ok(())
    }
}

impl<R: Read> Read for Utf16Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.passed == self.decoded.len() {
            self.decode_more()?;
        }
        let count = (&self.decoded[self.passed..]).read(buffer)?;
        self.passed += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, is_little: bool) -> Vec<u8> {
        let bytes = |unit: u16| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn utf16_is_told_by_its_mark_or_by_its_zeros() {
        for is_little in [true, false] {
            let plain = utf16("Date,Open", is_little);
            let found = Encoding::Utf16 { is_little, mark_bytes: 0 };
            assert_eq!(Encoding::detect(&plain), Some(found));
            let marked = utf16("\u{feff}Date,Öffnung", is_little);
            let found = Encoding::Utf16 { is_little, mark_bytes: 2 };
            assert_eq!(Encoding::detect(&marked), Some(found));
        }
    }

    #[test]
    fn single_bytes_are_taken_and_other_files_are_none() {
        assert_eq!(Encoding::detect(b"Datum;Er\xf6ffnung;Hoch"), Some(Encoding::SingleBytes));
        assert_eq!(Encoding::detect(b"a,b"), Some(Encoding::Utf8 { mark_bytes: 0 }));
        assert_eq!(
            Encoding::detect("\u{feff}a".as_bytes()),
            Some(Encoding::Utf8 { mark_bytes: 3 })
        );
        let files: [&[u8]; 4] =
            [b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PAR1\x15"];
        for file in files {
            assert_eq!(Encoding::detect(file), None, "{file:?}");
        }
    }

    #[test]
    fn a_long_utf16_text_arrives_whole() {
        let text = "x😀é,".repeat(2 * CHUNK_BYTES);
        for is_little in [true, false] {
            let bytes = utf16(&text, is_little);
            let mut read = String::new();
            Utf16Reader::new(&bytes[..], is_little).read_to_string(&mut read).unwrap();
            assert!(read == text);
        }
    }
}
