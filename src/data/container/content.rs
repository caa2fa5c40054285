//! The bytes of one file, in memory or on the disk, read from any place.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use bytes::Bytes;

use super::kind::HEAD_BYTES;

/// The bytes of one file.
pub(in crate::data) enum Content {
    Bytes(Cursor<Bytes>),
    Disk(File),
}

impl Content {
    /// Bytes that came with the request.
    pub(in crate::data) fn of_bytes(bytes: Vec<u8>) -> Self {
        Self::Bytes(Cursor::new(Bytes::from(bytes)))
    }

    /// What the reader gives, in a file that has no name and is gone with this.
    pub(super) fn spooled(reader: &mut dyn Read, dir: &Path) -> io::Result<Self> {
        let mut file = tempfile::tempfile_in(dir)?;
        io::copy(reader, &mut file)?;
        file.rewind()?;
        Ok(Self::Disk(file))
    }

    /// Its first bytes and how many it has, itself being at its beginning.
    pub(super) fn head(&mut self) -> io::Result<(Vec<u8>, u64)> {
        let length = self.seek(SeekFrom::End(0))?;
        self.rewind()?;
        let head = head_of(self)?;
        self.rewind()?;
        Ok((head, length))
    }
}

/// The first bytes that the reader gives.
pub(super) fn head_of(reader: &mut (impl Read + ?Sized)) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    reader.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Bytes(bytes) => bytes.read(buffer),
            Self::Disk(file) => file.read(buffer),
        }
    }
}

impl Seek for Content {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Bytes(bytes) => bytes.seek(to),
            Self::Disk(file) => file.seek(to),
        }
    }
}
