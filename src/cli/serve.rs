//! The arguments of the commands that start a server. What they do is not the command line's.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

/// Serves runs until it is told to stop.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Address to listen on
    #[arg(
        long,
        env = "TRADEFORGE_LISTEN",
        hide_env_values = true,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:50051"
    )]
    pub listen: SocketAddr,
    /// Where bars and runs are kept; see `ServeArgs::data_dir`.
    #[arg(
        long = "data-dir",
        env = "TRADEFORGE_DATA_DIR",
        hide_env_values = true,
        value_name = "DIR",
        help = "Where bars and runs are kept \
                [default: $XDG_DATA_HOME/tradeforge or ~/.local/share/tradeforge]"
    )]
    pub data_folder: Option<PathBuf>,
    /// A web page's origin that may call the server; may be repeated [default: none]
    #[arg(
        long = "cors-origin",
        env = "TRADEFORGE_CORS_ORIGIN",
        hide_env_values = true,
        value_name = "URL",
        value_delimiter = ','
    )]
    pub cors_origins: Vec<String>,
    /// Folder from which clients may import files by name [default: none]
    #[arg(long, env = "TRADEFORGE_IMPORT_ROOT", hide_env_values = true, value_name = "DIR")]
    pub import_root: Option<PathBuf>,
    /// Threads that compute [default: one for each core]
    #[arg(long, env = "TRADEFORGE_WORKERS", hide_env_values = true, value_name = "N")]
    pub workers: Option<NonZeroUsize>,
    /// Most bytes of bars to keep in memory [default: the server's choice]
    #[arg(long, env = "TRADEFORGE_CACHE_BYTES", hide_env_values = true, value_name = "N")]
    pub cache_bytes: Option<u64>,
}

/// Shows it all: a server, made-up bars, a backtest, a sweep and their results.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// End after the runs instead of serving on
    #[arg(long = "exit")]
    pub exits: bool,
    /// Address to listen on; if it is taken, a free port is used
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:50051")]
    pub listen: SocketAddr,
    /// Keep the data in this folder [default: a temporary one, removed at the end]
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

impl ServeArgs {
    /// The folder that bars and runs are kept in.
    pub fn data_dir(&self) -> PathBuf {
        let given = self.data_folder.clone();
        given.unwrap_or_else(|| default_data_dir(|name| std::env::var_os(name).map(PathBuf::from)))
    }
}

/// The usual place for a user's data; below the current folder if there is no home.
fn default_data_dir(variable: impl Fn(&str) -> Option<PathBuf>) -> PathBuf {
    // The XDG specification has relative paths ignored.
    let absolute = |name| variable(name).filter(|path| path.is_absolute());
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .map_or_else(|| PathBuf::from("tradeforge-data"), |base| base.join("tradeforge"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_kept_where_users_expect_it() {
        let in_home = |name: &str| (name == "HOME").then(|| PathBuf::from("/home/me"));
        assert_eq!(default_data_dir(in_home), PathBuf::from("/home/me/.local/share/tradeforge"));
        let in_xdg = |name: &str| (name == "XDG_DATA_HOME").then(|| PathBuf::from("/data"));
        assert_eq!(default_data_dir(in_xdg), PathBuf::from("/data/tradeforge"));
        assert_eq!(default_data_dir(|_| None), PathBuf::from("tradeforge-data"));
    }
}
