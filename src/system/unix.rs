//! Linux, macOS and their like.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, FileExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _,
    PermissionsExt as _, symlink,
};
use std::path::Path;

use rustix::process::{Resource, Signal, getrlimit};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level;
use tokio::signal::unix::{SignalKind, signal};

use super::Disk;

/// What everyone may read and write, less what the user's mask takes away.
const EVERYBODY: u32 = 0o666;
const OTHERS: u32 = 0o077;
const OWNER: u32 = 0o700;

/// From now on everything that this process makes is for its owner only.
pub fn keep_private() {
    _ = rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// Opens files to be written that are for their owner alone, whatever the mask of this process.
pub(crate) fn file_for_owner() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

/// Makes a folder with those above it, for its owner alone.
pub(crate) fn folder_for_owner(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(OWNER).create(path)
}

/// Takes from others what they may do with a file or folder that is there.
pub(crate) fn close_to_others(path: &Path) -> io::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & OTHERS == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode & OWNER))
}

/// Temporary files that become such as a user makes.
pub(crate) fn for_everybody(files: &mut tempfile::Builder<'_, '_>) {
    files.permissions(Permissions::from_mode(EVERYBODY));
}

/// By what a file is known from one that took its place.
pub(crate) fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Whether it is a pipe, which holds whoever opens it.
pub(crate) fn is_pipe(metadata: &Metadata) -> bool {
    metadata.file_type().is_fifo()
}

/// Lets a name stand for a file, by its absolute path.
pub(crate) fn point_to(file: &Path, name: &Path) -> io::Result<()> {
    symlink(file, name)
}

/// Reads from there on; an error if the file ends before.
pub(crate) fn read_exact_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    file.read_exact_at(bytes, at)
}

/// Writes from there on.
pub(crate) fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    file.write_all_at(bytes, at)
}

/// The disk that a folder is on.
pub(crate) fn disk(folder: &Path) -> io::Result<Disk> {
    let found = rustix::fs::statvfs(folder)?;
    let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
    Ok(Disk { size: bytes(found.f_blocks), free: bytes(found.f_bavail) })
}

/// Sets room for a file aside; `false` where the file system cannot, and only writing does.
pub(crate) fn set_aside(file: &File, bytes: u64) -> io::Result<bool> {
    use rustix::io::Errno;

    match rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, bytes) {
        Ok(()) => Ok(true),
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// How many files may be open at once; `None` if no limit is set.
pub(crate) fn open_files_max() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

/// On Linux a thread has a niceness of its own. Where it cannot be set, nothing is lost.
pub(crate) fn be_nice(niceness: i32) {
    _ = rustix::process::setpriority_process(None, niceness);
}

/// How long a second is and how large a page, as `/proc` counts.
pub(crate) fn proc_units() -> (f64, f64) {
    let ticks = rustix::param::clock_ticks_per_second();
    (ticks as f64, rustix::param::page_size() as f64)
}

/// Writing beyond the largest file that is allowed is an error like any other, and no end.
pub fn outlive_full_files() {
    // From now on it is heard, and nobody listens.
    _ = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()));
}

/// Ctrl-C and SIGTERM, from the call of [`Self::hear`] on.
pub struct Wishes(Signals);

impl Wishes {
    /// Hears them, in place of ending.
    ///
    /// # Errors
    ///
    /// If the system does not let.
    pub fn hear() -> io::Result<Self> {
        Ok(Self(Signals::new([SIGTERM, SIGINT])?))
    }

    /// Waits for the next one, and gives its number; `None` if none will come.
    pub fn wait(&mut self) -> Option<i32> {
        self.0.forever().next()
    }
}

/// Wishes by itself that this program end.
pub fn end_by_wish() {
    _ = low_level::raise(SIGTERM);
}

/// Resolves at the first Ctrl-C or SIGTERM from this call on.
///
/// # Errors
///
/// If they cannot be heard.
pub fn asked_to_end() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
