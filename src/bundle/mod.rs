//! A run as one file that proves itself: what was asked for, every row that came of it, if wanted
//! the bars, and a manifest with the hash of each. Whoever has the file can check the numbers
//! without the server that made them.

mod hashing;
mod import;
mod manifest;
mod pack;
mod packed;
mod recompute;
mod rows;
mod unpack;
mod verify;

pub(crate) use import::{ImportFault, MostBytes, Proved, odd, prove};
pub(crate) use manifest::{Head, member};
pub(crate) use pack::Packing;
pub(crate) use packed::{Packed, opened};
pub use recompute::Recompute;
pub(crate) use rows::EventLines;
pub use verify::{Level, Outcome, Verdict, verify};

use std::io;
use std::path::PathBuf;

/// How the name of such a file ends.
pub const EXTENSION: &str = "tfrun";

/// Why a bundle cannot be looked into at all.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// There is no such file.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is something else.
    #[error("{} is no bundle of a run: {fault}", path.display())]
    Foreign {
        /// Which.
        path: PathBuf,
        /// What is odd about it.
        fault: String,
    },
    /// A later version wrote it.
    #[error("{} is of format {format}, and this version reads 1: use a newer one", path.display())]
    TooNew {
        /// Which.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// It says that it holds more than fits here.
    #[error("{} holds {bytes} bytes, and {} has room for {free}", path.display(), folder.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// What it unpacks to.
        bytes: u64,
        /// Where it would be unpacked.
        folder: PathBuf,
        /// Room there.
        free: u64,
    },
    /// The disk.
    #[error("cannot unpack it: {0}")]
    Io(#[from] io::Error),
}
