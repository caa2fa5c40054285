//! A series out of its file: into memory, or left where it is. Blocks on the disk.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::bar_file::{BAR_BYTES, BarFileError, CHUNK_WORDS, bar_path};
use super::bar_header::{Header, WORD_BYTES, Word};
use super::spill::{BarColumns, LongSeries, Room, WordColumn};
use crate::digest::Digest;
use crate::market::{Columns, Series};
use crate::system::is_pipe;

/// How many bars the file of that content has, once it is proved that it is whole.
pub fn check_bars(dir: &Path, digest: &Digest) -> Result<usize, BarFileError> {
    read(dir, digest).map(|series| series.bars.len())
}

/// Reads the series of that hash, and proves that it is.
pub(super) fn read(dir: &Path, digest: &Digest) -> Result<Series, BarFileError> {
    let decoded = open(dir, digest)?.and_then(|file| {
        let file_bytes = file.metadata()?.len();
        Decoder::new(file).series(file_bytes)
    });
    proved(decoded, digest)
}

/// The series of that hash, proved to be it, with its bars left in the file.
pub(super) fn read_long(
    dir: &Path,
    digest: &Digest,
    room: &Room,
) -> Result<LongSeries, BarFileError> {
    let decoded = open(dir, digest)?.and_then(|file| {
        let file_bytes = file.metadata()?.len();
        let mut decoder = Decoder::new(file);
        let header = decoder.header(file_bytes)?;
        let bars = decoder.bars_in_place(&header, room)?;
        let digest = Digest::from_bytes(decoder.hasher.finalize().into());
        Ok((LongSeries { head: header.head(), bars }, digest))
    });
    proved(decoded, digest)
}

fn open(dir: &Path, digest: &Digest) -> Result<io::Result<File>, BarFileError> {
    let path = bar_path(dir, digest);
    // A pipe in its place would hold whoever opens it.
    if path.symlink_metadata().is_ok_and(|it| is_pipe(&it)) {
        return Err(BarFileError::Damaged(*digest));
    }
    Ok(File::open(path))
}

/// What was decoded, if it has the hash that its file is named by.
fn proved<T>(decoded: io::Result<(T, Digest)>, digest: &Digest) -> Result<T, BarFileError> {
    match decoded {
        Ok((series, found)) if found == *digest => Ok(series),
        Ok(_) => Err(BarFileError::Damaged(*digest)),
        Err(error) => Err(match error.kind() {
            io::ErrorKind::NotFound => BarFileError::Missing(*digest),
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                BarFileError::Damaged(*digest)
            }
            _ => BarFileError::Io(*digest, error),
        }),
    }
}

/// Reads the encoding back, hashing what it reads.
struct Decoder<R> {
    source: R,
    hasher: Sha256,
    chunk: Vec<u8>,
}

impl<R: Read> Decoder<R> {
    fn new(source: R) -> Self {
        Self { source, hasher: Sha256::new(), chunk: vec![0; CHUNK_WORDS * WORD_BYTES] }
    }

    /// The header, once it is sure that there are as many bars as it says.
    fn header(&mut self, file_bytes: u64) -> io::Result<Header> {
        let header = Header::read(|count| self.column(count, |word| word))?;
        // Room is made only for bars that are there.
        let bars_bytes = file_bytes.saturating_sub((header.words * WORD_BYTES) as u64);
        if Some(bars_bytes) != (header.bar_count as u64).checked_mul(BAR_BYTES) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(header)
    }

    /// The series and the hash of all that was read.
    fn series(mut self, file_bytes: u64) -> io::Result<(Series, Digest)> {
        let header = self.header(file_bytes)?;
        let bar_count = header.bar_count;
        let bars = Columns {
            open_time_ms: self.column(bar_count, i64::from_le_bytes)?,
            open: self.column(bar_count, i64::from_le_bytes)?,
            high: self.column(bar_count, i64::from_le_bytes)?,
            low: self.column(bar_count, i64::from_le_bytes)?,
            close: self.column(bar_count, i64::from_le_bytes)?,
            volume: self.column(bar_count, f64::from_le_bytes)?,
        };
        let digest = Digest::from_bytes(self.hasher.finalize().into());
        Ok((Series { bars, ..header.head() }, digest))
    }

    fn column<T>(&mut self, length: usize, word: fn(Word) -> T) -> io::Result<Vec<T>> {
        let mut column = Vec::with_capacity(length);
        while column.len() < length {
            let count = CHUNK_WORDS.min(length - column.len());
            let bytes = &mut self.chunk[..count * WORD_BYTES];
            self.source.read_exact(bytes)?;
            self.hasher.update(&*bytes);
            column.extend(bytes.as_chunks().0.iter().map(|&bytes| word(bytes)));
        }
        Ok(column)
    }
}

impl Decoder<File> {
    /// The bars where they are in the file, all of which is hashed.
    fn bars_in_place(&mut self, header: &Header, room: &Room) -> io::Result<BarColumns> {
        let mut left = header.bar_count as u64 * BAR_BYTES;
        while left > 0 {
            let bytes = &mut self.chunk[..left.min((CHUNK_WORDS * WORD_BYTES) as u64) as usize];
            self.source.read_exact(bytes)?;
            self.hasher.update(&*bytes);
            left -= bytes.len() as u64;
        }
        let mut base = (header.words * WORD_BYTES) as u64;
        let mut column = || {
            let column =
                WordColumn::of_file(room, self.source.try_clone()?, base, header.bar_count);
            base += (header.bar_count * WORD_BYTES) as u64;
            Ok::<_, io::Error>(column)
        };
        let open_time_ms = column()?;
        let prices = [column()?, column()?, column()?, column()?];
        Ok(BarColumns { open_time_ms, prices, volume: column()? })
    }
}
