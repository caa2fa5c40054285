//! A backup is one file: a tar of the database and its files of bars and of auxiliary series,
//! packed by zstd.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use tar::EntryType;
use tempfile::NamedTempFile;

use super::DATABASE;
use crate::bundle::{Packed, opened};

/// The folder of bars and auxiliary series, in a data directory and in a backup.
pub(super) const BARS: &str = "bars";

/// A backup on its way out.
pub(super) struct Writer(Packed<NamedTempFile>);

impl Writer {
    /// Into a file without a name as yet, in that folder.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        Packed::into(NamedTempFile::new_in(folder)?).map(Self)
    }

    /// Adds a file under a name.
    pub(super) fn add(&mut self, name: &Path, file: &mut File) -> io::Result<()> {
        self.0.add_file(name, file)
    }

    /// Copies it there once it is whole, and keeps nothing.
    pub(super) fn finish_into(self, mut to: impl Write) -> io::Result<u64> {
        let (mut file, _) = self.0.finish()?;
        let bytes = io::copy(&mut file, &mut to)?;
        to.flush()?;
        Ok(bytes)
    }

    /// Gives it its name, once it is safe on the disk. Never replaces a file.
    pub(super) fn finish(self, path: &Path) -> io::Result<u64> {
        let (file, bytes) = self.0.finish()?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map_err(|refused| refused.error)?;
        Ok(bytes)
    }
}

/// Unpacks a backup into an empty folder; nothing in it can name a place outside.
pub(super) fn unpack(file: impl Read, into: &Path) -> io::Result<()> {
    let mut archive = opened(file)?;
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.into_owned();
        if entry.header().entry_type() != EntryType::Regular || !is_ours(&name) {
            let message = format!("{} has no place in a backup", name.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let mut file = File::create_new(into.join(&name))?;
        io::copy(&mut entry, &mut file)?;
        file.sync_all()?;
    }
    Ok(())
}

/// The database, or a file in the folder of bars.
fn is_ours(name: &Path) -> bool {
    let parts: Vec<Component<'_>> = name.components().collect();
    match parts[..] {
        [Component::Normal(file)] => file == DATABASE,
        [Component::Normal(folder), Component::Normal(_)] => folder == BARS,
        _ => false,
    }
}

/// The name of a file of that folder in a backup.
pub(super) fn bars_name(path: &Path) -> PathBuf {
    Path::new(BARS).join(path.file_name().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_backup_can_name_a_place_outside() {
        for name in ["tradeforge.db", "bars/x.bars"] {
            assert!(is_ours(Path::new(name)), "{name}");
        }
        for name in ["/tradeforge.db", "../tradeforge.db", "bars/../x", "bars/x/y", "x", "bars", ""]
        {
            assert!(!is_ours(Path::new(name)), "{name}");
        }
    }
}
