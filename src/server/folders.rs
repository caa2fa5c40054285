//! The folders of a data directory, held by one server at a time, and read by its owner only.

use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
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
        DirBuilder::new().recursive(true).mode(0o700).create(&spool).map_err(unusable)?;
        let lock = File::create(root.join("lock")).map_err(unusable)?;
        close_to_others(root).map_err(unusable)?;
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

/// From now on everything that this process makes is for its owner only.
pub fn keep_private() {
    _ = rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// What an earlier version left open to every user of this machine. The directory itself may be
/// one that others share: only what is in it is ours.
fn close_to_others(root: &Path) -> io::Result<()> {
    let own = ["lock", "bars", "spool", "tradeforge.db", "tradeforge.db-wal", "tradeforge.db-shm"];
    for path in own.map(|name| root.join(name)) {
        match fs::metadata(&path).map(|it| it.permissions().mode()) {
            Ok(mode) if mode & 0o077 != 0 => {
                fs::set_permissions(&path, Permissions::from_mode(mode & 0o700))?;
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
