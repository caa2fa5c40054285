//! The folders of a data directory, held by one server at a time, and read by its owner only.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::StartError;
use super::vigil::Vigil;
use crate::data::BarStore;
use crate::storage::ReservePlan;
use crate::system::{self, folder_for_owner};

const LOCK: &str = "lock";
const RESERVE: &str = "reserve";
/// How the folder begins in which a backup is unpacked.
pub(crate) const UNPACKING: &str = ".restore";

/// A data directory that is ours for as long as this lives.
pub(crate) struct DataDir {
    root: PathBuf,
    pub(super) spool: PathBuf,
    pub(super) hold: Hold,
}

/// What keeps other servers away for as long as it lives. The file can be removed by a cleaner, and
/// the folder cannot while something is in it; but not every file system locks folders.
pub(crate) struct Hold {
    _file: File,
    _folder: File,
}

impl DataDir {
    pub(crate) fn open(root: &Path) -> Result<Self, StartError> {
        let unusable = |source| StartError::DataDir { path: root.to_owned(), source };
        let spool = root.join("spool");
        folder_for_owner(&spool).map_err(unusable)?;
        let file = File::create(root.join(LOCK)).map_err(unusable)?;
        close_to_others(root).map_err(unusable)?;
        let folder = File::open(root).map_err(unusable)?;
        match (file.try_lock(), folder.try_lock()) {
            (Err(TryLockError::WouldBlock), _) | (_, Err(TryLockError::WouldBlock)) => {
                Err(StartError::Locked { path: root.to_owned() })
            }
            (Err(TryLockError::Error(source)), _) => Err(unusable(source)),
            (Ok(()), _) => {
                sweep_unfinished(root).map_err(unusable)?;
                sweep_spool(&spool).map_err(unusable)?;
                let hold = Hold { _file: file, _folder: folder };
                Ok(Self { root: root.to_owned(), spool, hold })
            }
        }
    }

    /// Watches over what must not be taken from under a server: its lock and its database.
    pub(super) fn vigil(&self) -> Vigil {
        let database = ["tradeforge.db", "tradeforge.db-wal", "tradeforge.db-shm"];
        Vigil::over(database.into_iter().chain([LOCK]).map(|name| self.root.join(name)))
    }

    pub(super) fn database(&self) -> PathBuf {
        self.root.join("tradeforge.db")
    }

    /// What webhooks are signed by. No part of a backup.
    pub(super) fn server_key(&self) -> PathBuf {
        self.root.join("server.key")
    }

    /// Room for the day when the disk is full.
    pub(super) fn reserve(&self, bytes: u64) -> ReservePlan {
        ReservePlan { path: self.root.join(RESERVE), bytes }
    }

    pub(super) fn bars(&self, cache_bytes: u64) -> Result<BarStore, StartError> {
        let dir = self.root.join("bars");
        BarStore::open(dir, cache_bytes)
            .map_err(|source| StartError::DataDir { path: self.root.clone(), source })
    }
}

/// Removes what a restore left that was killed: nobody else can be at it.
fn sweep_unfinished(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let is_left = entry.file_name().to_string_lossy().starts_with(UNPACKING);
        if is_left && entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Removes the uploads of a server that was killed: whatever is kept is elsewhere. What cannot be
/// removed costs room, and is no reason not to serve.
fn sweep_spool(spool: &Path) -> io::Result<()> {
    for entry in fs::read_dir(spool)? {
        let path = entry?.path();
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|it| it.is_dir());
        let removed = if is_folder { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        if let Err(error) = removed {
            tracing::warn!(%error, path = %path.display(), "a former upload cannot be removed");
        }
    }
    Ok(())
}

/// What an earlier version left open to every user of this machine. The directory itself may be
/// one that others share: only what is in it is ours.
fn close_to_others(root: &Path) -> io::Result<()> {
    let database = ["tradeforge.db", "tradeforge.db-wal", "tradeforge.db-shm"];
    let own = [LOCK, "bars", "spool", RESERVE].into_iter().chain(database);
    for path in own.map(|name| root.join(name)) {
        match system::close_to_others(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_restore_left_goes_with_the_next_who_holds_the_directory() {
        let root = tempfile::tempdir().unwrap();
        let left = root.path().join(format!("{UNPACKING}abc"));
        fs::create_dir_all(left.join("bars")).unwrap();
        fs::write(root.path().join("mine"), b"").unwrap();
        let unpacked = root.path().join("spool/.tmpabc/bars");
        fs::create_dir_all(&unpacked).unwrap();
        fs::write(root.path().join("spool/upload"), b"").unwrap();
        let held = DataDir::open(root.path()).unwrap();
        assert!(!left.exists() && root.path().join("mine").exists());
        assert_eq!(fs::read_dir(root.path().join("spool")).unwrap().count(), 0);
        // Whoever does not hold it removes nothing: it may be in work.
        fs::create_dir_all(&left).unwrap();
        fs::create_dir_all(&unpacked).unwrap();
        assert!(DataDir::open(root.path()).is_err() && left.exists() && unpacked.exists());
        drop(held);
    }
}
