//! Windows. What is in a user's profile is closed to others by the system already.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::Disk;

/// Nothing to do: files have the rights of their folder.
pub fn keep_private() {}

/// Opens files to be written.
pub(crate) fn file_for_owner() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    options
}

/// Makes a folder with those above it.
pub(crate) fn folder_for_owner(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Nothing to do; an error if nothing is there.
pub(crate) fn close_to_others(path: &Path) -> io::Result<()> {
    fs::metadata(path).map(drop)
}

/// Nothing to do.
pub(crate) fn for_everybody(_: &mut tempfile::Builder<'_, '_>) {}

/// When it was made: a file that is open can be neither removed nor replaced here.
pub(crate) fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.creation_time(), 0)
}

/// There are none among files.
pub(crate) fn is_pipe(_: &Metadata) -> bool {
    false
}

/// Lets a name stand for a file. Links by path are for administrators alone.
pub(crate) fn point_to(file: &Path, name: &Path) -> io::Result<()> {
    fs::hard_link(file, name).or_else(|_| fs::copy(file, name).map(drop))
}

/// Reads from there on; an error if the file ends before.
pub(crate) fn read_exact_at(file: &File, mut bytes: &mut [u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.seek_read(bytes, at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => (bytes, at) = (&mut bytes[count..], at + count as u64),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes from there on.
pub(crate) fn write_all_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.seek_write(bytes, at) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => (bytes, at) = (&bytes[count..], at + count as u64),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The disk that a folder is on.
pub(crate) fn disk(folder: &Path) -> io::Result<Disk> {
    let found = fs4::statvfs(folder)?;
    Ok(Disk { size: found.total_space(), free: found.available_space() })
}

/// It cannot: only writing does.
pub(crate) fn set_aside(_: &File, _: u64) -> io::Result<bool> {
    Ok(false)
}

/// No limit is set.
pub(crate) fn open_files_max() -> Option<u64> {
    None
}

/// Nothing to do.
pub(crate) fn be_nice(_: i32) {}

/// There is no `/proc` to count so.
pub(crate) fn proc_units() -> (f64, f64) {
    (1.0, 1.0)
}

/// Nothing to do.
pub fn outlive_full_files() {}

/// As of a Ctrl-C elsewhere.
const INTERRUPT: i32 = 2;
static WISH: OnceLock<Sender<i32>> = OnceLock::new();

/// Ctrl-C and its like, from the call of [`Self::hear`] on.
pub struct Wishes(Receiver<i32>);

impl Wishes {
    /// Hears them, in place of ending; once in a program.
    ///
    /// # Errors
    ///
    /// If the system does not let.
    pub fn hear() -> io::Result<Self> {
        let (tell, told) = channel();
        let heard = tell.clone();
        ctrlc::set_handler(move || _ = heard.send(INTERRUPT)).map_err(io::Error::other)?;
        _ = WISH.set(tell);
        Ok(Self(told))
    }

    /// Waits for the next one, and gives its number; `None` if none will come.
    pub fn wait(&mut self) -> Option<i32> {
        self.0.recv().ok()
    }
}

/// Wishes by itself that this program end.
pub fn end_by_wish() {
    _ = WISH.get().map(|wish| wish.send(INTERRUPT));
}

/// Resolves at the first Ctrl-C from its first poll on.
///
/// # Errors
///
/// If it cannot be heard.
pub fn asked_to_end() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut pressed = tokio::signal::windows::ctrl_c()?;
    Ok(async move { _ = pressed.recv().await })
}
