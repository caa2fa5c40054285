//! The arguments of the commands that care for a data directory on this machine.

use std::path::PathBuf;
use std::str::FromStr;

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

/// Which bundle to hold against itself, and how closely.
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// A file that `bundle` has written
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How many trials to compute again, drawn anew each time: a number, or all; 0 for none
    /// [default: 100, where the bars are at hand]
    #[arg(long, value_name = "N")]
    pub recompute: Option<TrialsAgain>,
    /// A data directory with the bars, if they are not in the file
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

/// How many trials are computed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialsAgain {
    /// Every one.
    All,
    /// So many at most.
    AtMost(u64),
}

impl FromStr for TrialsAgain {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "all" => Ok(Self::All),
            number => number.parse().map(Self::AtMost).map_err(|_| "must be a number, or all"),
        }
    }
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
