//! What is computed again and too long to hold: part by part in a file without a name, which is
//! gone with its last reader, whatever becomes of the process.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

use crate::system::read_exact_at;

/// Takes parts, one after the other.
pub(super) struct SpillWriter {
    file: BufWriter<File>,
    ends: Vec<u64>,
}

impl SpillWriter {
    /// In that folder, which must be there.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        Ok(Self { file: BufWriter::new(tempfile::tempfile_in(folder)?), ends: Vec::new() })
    }

    pub(super) fn push(&mut self, part: &[u8]) -> io::Result<()> {
        self.file.write_all(part)?;
        self.ends.push(self.ends.last().copied().unwrap_or(0) + part.len() as u64);
        Ok(())
    }

    pub(super) fn finish(self) -> io::Result<Spill> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Spill { file: Arc::new(file), ends: self.ends })
    }
}

/// The parts, to be read in any order.
#[derive(Debug)]
pub(super) struct Spill {
    file: Arc<File>,
    ends: Vec<u64>,
}

impl Spill {
    /// How many parts there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A part by its number, from 0, as `read` makes it of its bytes: on a thread that may wait for
    /// a disk.
    pub(super) async fn part<T: Send + 'static>(
        &self,
        number: usize,
        read: impl FnOnce(&[u8]) -> Option<T> + Send + 'static,
    ) -> io::Result<T> {
        let file = Arc::clone(&self.file);
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        let length = (self.ends[number] - start) as usize;
        let reading = tokio::task::spawn_blocking(move || {
            let mut bytes = vec![0; length];
            read_exact_at(&file, &mut bytes, start)?;
            read(&bytes).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
        });
        reading.await.map_err(io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn parts_come_back_whole_in_any_order_and_leave_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = SpillWriter::create(folder.path()).unwrap();
        let parts = ["first", "", "third, the longest"];
        for part in parts {
            writer.push(part.as_bytes()).unwrap();
        }
        let spill = writer.finish().unwrap();
        assert_eq!(spill.len(), 3);
        for number in [2, 0, 1] {
            let part = spill.part(number, |bytes| String::from_utf8(bytes.to_vec()).ok());
            assert_eq!(part.await.unwrap(), parts[number]);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let unreadable = spill.part(0, |_| None::<()>).await.unwrap_err();
        assert_eq!(unreadable.kind(), io::ErrorKind::InvalidData);
    }
}
