//! How the characters of a text are written down. Knows nothing of lines.

use std::io::{self, Read};
use std::{fmt, str};

use encoding_rs::Decoder;

use super::east::east_asian;

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
    /// One byte a character, as Windows writes it in the west.
    SingleBytes,
    /// One or two bytes a character, as Windows writes it in the east of Asia.
    EastAsian(&'static encoding_rs::Encoding),
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
        if let Some(found) = east_asian(head) {
            return Some(Self::EastAsian(found));
        }
        let ascii = head.iter().filter(|byte| byte.is_ascii()).count();
        (ascii * 100 >= head.len() * ASCII_PERCENT_MIN).then_some(Self::SingleBytes)
    }

    /// What it is to be decoded from; `None` if it is UTF-8 already.
    pub(super) const fn decoded_from(self) -> Option<&'static encoding_rs::Encoding> {
        match self {
            Self::Utf8 { .. } => None,
            Self::SingleBytes => Some(encoding_rs::WINDOWS_1252),
            Self::EastAsian(encoding) => Some(encoding),
            Self::Utf16 { is_little: true, .. } => Some(encoding_rs::UTF_16LE),
            Self::Utf16 { is_little: false, .. } => Some(encoding_rs::UTF_16BE),
        }
    }

    /// How many bytes stand before the first character.
    pub(super) const fn mark_bytes(self) -> usize {
        match self {
            Self::Utf8 { mark_bytes } | Self::Utf16 { mark_bytes, .. } => mark_bytes,
            Self::SingleBytes | Self::EastAsian(_) => 0,
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 { .. } => "UTF-8",
            Self::SingleBytes => "Windows-1252",
            Self::EastAsian(encoding) => encoding.name(),
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

/// Passes a text on as UTF-8.
pub(super) struct DecodedReader<R> {
    inner: R,
    decoder: Decoder,
    raw: Vec<u8>,
    decoded: Vec<u8>,
    passed: usize,
    is_done: bool,
}

impl<R: Read> DecodedReader<R> {
    pub(super) fn new(inner: R, from: &'static encoding_rs::Encoding) -> Self {
        let decoder = from.new_decoder_without_bom_handling();
        let raw = vec![0; CHUNK_BYTES];
        Self { inner, decoder, raw, decoded: Vec::new(), passed: 0, is_done: false }
    }

    fn decode_more(&mut self) -> io::Result<()> {
        let count = self.inner.read(&mut self.raw)?;
        self.is_done = count == 0;
        let room = self.decoder.max_utf8_buffer_length(count).unwrap_or(4 * CHUNK_BYTES);
        self.decoded.resize(room, 0);
        let raw = &self.raw[..count];
        let (_, _, written, _) = self.decoder.decode_to_utf8(raw, &mut self.decoded, self.is_done);
        self.decoded.truncate(written);
        self.passed = 0;
        Ok(())
    }
}

impl<R: Read> Read for DecodedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Half a character is none yet.
        while self.passed == self.decoded.len() && !self.is_done {
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
            let from = if is_little { encoding_rs::UTF_16LE } else { encoding_rs::UTF_16BE };
            DecodedReader::new(&bytes[..], from).read_to_string(&mut read).unwrap();
            assert!(read == text);
        }
    }
}
