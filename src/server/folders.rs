//! The folders of a data directory, held by one server at a time.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::StartError;
use crate::data::BarStore;

/// A data directory that is ours for as long as this lives.
pub(crate) struct DataDir {
    root: PathBuf,
    pub(super) spool: PathBuf,
    pub(super) lock: File,
}

impl DataDir {
    pub(crate) fn open(root: &Path) -> Result<Self, StartError> {
        let unusable = |source| StartError::DataDir { path: root.to_owned(), source };
        let spool = root.join("spool");
        fs::create_dir_all(&spool).map_err(unusable)?;
        let lock = File::create(root.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root: root.to_owned(), spool, lock }),
            Err(TryLockError::WouldBlock) => Err(StartError::Locked { path: root.to_owned() }),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }

    pub(super) fn database(&self) -> PathBuf {
        self.root.join("tradeforge.db")
    }

    pub(super) fn bars(&self, cache_bytes: u64) -> Result<BarStore, StartError> {
        let dir = self.root.join("bars");
        BarStore::open(dir, cache_bytes)
            .map_err(|source| StartError::DataDir { path: self.root.clone(), source })
    }
}
