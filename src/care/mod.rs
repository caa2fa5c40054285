//! Care of a data directory from outside: a backup while a server goes on, the way back, and an
//! examination.

mod archive;
mod backup;
mod compact;
mod doctor;
mod first_token;
mod restore;
mod verify;

pub use backup::backup;
pub use compact::compact;
pub use doctor::doctor;
pub use first_token::first_token;
pub use restore::restore;
pub use verify::verify;

use std::io;
use std::path::{Path, PathBuf};

use crate::bundle::BundleError;
use crate::cli::text::output;
use crate::data::BarFileError;
use crate::server::StartError;
use crate::storage::OpenError;

/// The database in a data directory, and in a backup.
const DATABASE: &str = "tradeforge.db";
/// The name that means stdin or stdout.
const PIPE: &str = "-";

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum CareError {
    /// There is nothing to care for.
    #[error("{} holds no database", .0.display())]
    Empty(PathBuf),
    /// The backup would replace a file.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// Two things would be printed at once.
    #[error("a backup on stdout leaves no room there for --json; name a file")]
    Mixed,
    /// The restored data would replace other data.
    #[error("{} holds a database already; name another --data-dir, or move it away", .0.display())]
    Occupied(PathBuf),
    /// The file is no backup, or is damaged.
    #[error("{} is no whole backup: {fault}", path.display())]
    NoBackup {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
    },
    /// There is no room for a second database.
    #[error("{} has room for {free} bytes, and {needed} are needed", path.display())]
    NoRoom {
        /// Which folder.
        path: PathBuf,
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// A bundle cannot be looked into.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A file of bars.
    #[error(transparent)]
    Bars(#[from] BarFileError),
    /// The data directory.
    #[error(transparent)]
    DataDir(#[from] StartError),
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The disk.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What was done, and what is odd about it.
struct Done {
    text: String,
    json: serde_json::Value,
    warnings: Vec<String>,
}

impl Done {
    /// Tells people on stderr, or programs on stdout.
    fn tell(mut self, is_json: bool) -> io::Result<()> {
        if is_json {
            self.json["warnings"] = self.warnings.into();
            return output::data(&self.json.to_string());
        }
        for warning in &self.warnings {
            output::warn(warning);
        }
        output::talk(&self.text);
        Ok(())
    }
}

/// What turns an error of the disk into one that names the file.
fn at(path: &Path) -> impl Fn(io::Error) -> CareError {
    let path = path.to_owned();
    move |source| CareError::Io { path: path.clone(), source }
}

/// The database of that data directory, which must be there.
fn database_in(data_dir: &Path) -> Result<PathBuf, CareError> {
    let database = data_dir.join(DATABASE);
    if database.is_file() { Ok(database) } else { Err(CareError::Empty(data_dir.to_owned())) }
}
