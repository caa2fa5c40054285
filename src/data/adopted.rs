//! Files of series as they are, in pieces: read for another machine, and taken from one. A file is
//! adopted only if its bytes have the hash that is its name.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::aux_file::aux_path;
use super::bar_file::{UNFINISHED_PREFIX, bar_path, keep};
use super::bar_store::BarStore;
use crate::digest::Digest;

/// What was used so lately may be read at the moment.
const IN_USE: Duration = Duration::from_mins(10);

/// What is written at once to try a disk, and an odd number that makes it irregular.
const TRIAL_BYTES: usize = 1 << 20;
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// Which series a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// Bars.
    Bars,
    /// An auxiliary series.
    Aux,
}

/// A file on its way here.
#[derive(Debug)]
pub struct Adopting {
    file: NamedTempFile,
    hasher: Sha256,
    path: PathBuf,
    digest: Digest,
}

impl BarStore {
    fn path(&self, kind: FileKind, digest: &Digest) -> PathBuf {
        match kind {
            FileKind::Bars => bar_path(&self.dir, digest),
            FileKind::Aux => aux_path(&self.dir, digest),
        }
    }

    /// Bytes of the stored file; `None` if there is none.
    pub fn file_bytes(&self, kind: FileKind, digest: &Digest) -> Option<u64> {
        std::fs::metadata(self.path(kind, digest)).ok().map(|file| file.len())
    }

    /// At most so many bytes of a stored file, from one on, and how many the whole has.
    ///
    /// # Errors
    ///
    /// If it is not there, or the disk refuses.
    pub fn piece(
        &self,
        kind: FileKind,
        digest: &Digest,
        offset: u64,
        most: usize,
    ) -> io::Result<(Vec<u8>, u64)> {
        let mut file = File::open(self.path(kind, digest))?;
        let total = file.metadata()?.len();
        file.seek(SeekFrom::Start(offset))?;
        let mut piece = Vec::with_capacity(most.min(total.saturating_sub(offset) as usize));
        file.take(most as u64).read_to_end(&mut piece)?;
        Ok((piece, total))
    }

    /// Notes that the file is used, so that others go before it.
    pub fn touch(&self, kind: FileKind, digest: &Digest) {
        // Where that fails, it only goes earlier.
        if let Ok(file) = File::options().append(true).open(self.path(kind, digest)) {
            _ = file.set_modified(now());
        }
    }

    /// Removes files, those first that are not used for longest, until they take no more than that;
    /// what was used in the last minutes stays.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn evict_to(&self, bytes: u64) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            let facts = entry.metadata()?;
            if facts.is_file() {
                files.push((facts.modified()?, facts.len(), entry.path()));
            }
        }
        let mut total: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        files.sort();
        for (used, size, path) in files {
            let is_in_use = now().duration_since(used).is_ok_and(|ago| ago < IN_USE);
            if total <= bytes || is_in_use {
                break;
            }
            fs::remove_file(path)?;
            total -= size;
        }
        Ok(())
    }

    /// Writes as much as that, reads it again, and removes it: whether there is room for it, and
    /// the disk is sound.
    ///
    /// # Errors
    ///
    /// If the disk refuses, or gives back something else.
    pub fn try_room(&self, bytes: u64) -> io::Result<()> {
        // No two blocks are equal: what a file system would store once proves nothing.
        let block = |number: u64| {
            let mut block = vec![0; TRIAL_BYTES];
            for (place, word) in (number * TRIAL_BYTES as u64..).zip(block.chunks_exact_mut(8)) {
                word.copy_from_slice(&place.wrapping_mul(SPREAD).to_le_bytes());
            }
            block
        };
        let blocks = bytes.div_ceil(TRIAL_BYTES as u64).max(1);
        let mut file = tempfile::tempfile_in(&self.dir)?;
        for number in 0..blocks {
            file.write_all(&block(number))?;
        }
        file.sync_all()?;
        file.rewind()?;
        let mut read = vec![0; TRIAL_BYTES];
        for number in 0..blocks {
            file.read_exact(&mut read)?;
            if read != block(number) {
                let message = "what is read is not what was written";
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        }
        Ok(())
    }

    /// Begins to take a file of that name.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn adopting(&self, kind: FileKind, digest: &Digest) -> io::Result<Adopting> {
        let file = tempfile::Builder::new().prefix(UNFINISHED_PREFIX).tempfile_in(&self.dir)?;
        let path = self.path(kind, digest);
        Ok(Adopting { file, hasher: Sha256::new(), path, digest: *digest })
    }
}

impl Adopting {
    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn add(&mut self, piece: &[u8]) -> io::Result<()> {
        self.hasher.update(piece);
        self.file.write_all(piece)
    }

    /// Keeps the file, if it is what its name says.
    ///
    /// # Errors
    ///
    /// If it is not, or the disk refuses.
    pub fn finish(self) -> io::Result<()> {
        if Digest::from_bytes(self.hasher.finalize().into()) != self.digest {
            let message = format!("what came is not {}", self.digest);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        keep(self.file, &self.path)
    }
}

/// As files have it.
#[expect(clippy::disallowed_methods, reason = "it is compared with the times of files only")]
fn now() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{SyntheticSpec, Units};

    fn store() -> (tempfile::TempDir, BarStore) {
        let dir = tempfile::tempdir().unwrap();
        let store = BarStore::open(dir.path().join("bars"), 1 << 20).unwrap();
        (dir, store)
    }

    #[test]
    fn a_file_goes_over_in_pieces_and_no_other_takes_its_name() {
        let spec = SyntheticSpec {
            bar_count: 100,
            seed: 1,
            annual_volatility: 0.6,
            annual_drift: 0.1,
            trend_strength: 1.0,
            start_ms: 0,
            timeframe: "1m".parse().unwrap(),
            units: Units::with_default_step("0.01".parse().unwrap()),
            calendar: None,
        };
        let ((_one, here), (_other, there)) = (store(), store());
        let (digest, series) = here.save(spec.series().unwrap()).unwrap();
        let mut adopting = there.adopting(FileKind::Bars, &digest).unwrap();
        let mut offset = 0;
        loop {
            let (piece, total) = here.piece(FileKind::Bars, &digest, offset, 1_000).unwrap();
            assert_eq!(Some(total), here.file_bytes(FileKind::Bars, &digest));
            offset += piece.len() as u64;
            adopting.add(&piece).unwrap();
            if offset == total {
                break;
            }
        }
        adopting.finish().unwrap();
        assert_eq!(there.load(&digest).unwrap(), series);
        let false_name = Digest::of(b"other");
        let mut adopting = there.adopting(FileKind::Bars, &false_name).unwrap();
        adopting.add(b"bytes").unwrap();
        assert!(adopting.finish().is_err() && !there.contains(&false_name));
        assert!(there.piece(FileKind::Aux, &digest, 0, 1).is_err());
        there.evict_to(0).unwrap();
        assert!(there.contains(&digest), "it was used just now");
        let file = File::options().append(true).open(there.path(FileKind::Bars, &digest)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        there.evict_to(10_000).unwrap();
        assert!(there.contains(&digest));
        there.evict_to(1_000).unwrap();
        assert!(!there.contains(&digest));
    }

    #[test]
    fn a_disk_is_tried_for_the_room_that_was_lacking_and_nothing_is_left_there() {
        let (_dir, store) = store();
        store.try_room(0).unwrap();
        store.try_room((3 << 20) + 1).unwrap();
        assert_eq!(fs::read_dir(&store.dir).unwrap().count(), 0);
        fs::remove_dir(&store.dir).unwrap();
        assert!(store.try_room(0).is_err());
    }
}
