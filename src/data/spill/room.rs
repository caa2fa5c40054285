//! How long columns may be in memory, where they go beyond that, and what failed there.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// The room of one import. All copies know what failed in any.
#[derive(Clone, Debug)]
pub struct Room {
    dir: Option<Arc<Path>>,
    words_max: usize,
    failure: Arc<OnceLock<io::Error>>,
}

impl Default for Room {
    fn default() -> Self {
        Self::memory()
    }
}

impl Room {
    /// Nothing ever leaves memory.
    pub fn memory() -> Self {
        Self { dir: None, words_max: usize::MAX, failure: Arc::default() }
    }

    /// Columns of more than so many words go to files in that folder, which have no name there, so
    /// that a crash leaves nothing behind.
    pub fn on_disk(dir: &Path, words_max: usize) -> Self {
        Self { dir: Some(Arc::from(dir)), words_max, ..Self::memory() }
    }

    /// The words of a column from which on it goes to the disk.
    pub(super) const fn words_max(&self) -> usize {
        self.words_max
    }

    /// A file for one column; `None` if there is no room on the disk, which is noted.
    pub(super) fn file(&self) -> Option<File> {
        let dir = self.dir.as_deref()?;
        tempfile::tempfile_in(dir).map_err(|error| self.fail(error)).ok()
    }

    /// Notes what failed; the first failure stays.
    pub(in crate::data) fn fail(&self, error: io::Error) {
        let _ = self.failure.set(error);
    }

    /// # Errors
    ///
    /// What failed first, if anything did: no word that was read since is to be trusted.
    pub fn check(&self) -> io::Result<()> {
        match self.failure.get() {
            None => Ok(()),
            Some(error) => Err(io::Error::new(error.kind(), error.to_string())),
        }
    }
}
