//! The arguments of the commands that care for a data directory on this machine.

use std::path::PathBuf;

use clap::Args;

/// Which data directory.
#[derive(Clone, Debug, Args)]
pub struct DataDirArgs {
    /// Where bars and runs are kept [default: as for serve]
    #[arg(long, value_name = "DIR", env = "TRADEFORGE_DATA_DIR", hide_env_values = true)]
    pub data_dir: Option<PathBuf>,
}

/// What to examine, and how closely.
#[derive(Clone, Debug, Args)]
pub struct DoctorArgs {
    /// Compute the hash of every search's result again, from all its trials
    #[arg(long = "deep")]
    pub is_deep: bool,
    /// Which data directory.
    #[command(flatten)]
    pub data: DataDirArgs,
}

/// What to back up, and where to.
#[derive(Clone, Debug, Args)]
pub struct BackupArgs {
    /// The file to write, which must not be there; - is stdout
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Which data directory.
    #[command(flatten)]
    pub data: DataDirArgs,
}

/// What to bring back, and where to.
#[derive(Clone, Debug, Args)]
pub struct RestoreArgs {
    /// A file that `backup` has written; - is stdin
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Which data directory.
    #[command(flatten)]
    pub data: DataDirArgs,
}
