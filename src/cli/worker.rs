//! The arguments of a worker.

use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;

use crate::config::{DEFAULT_FLEET, fleet_name};

/// A worker of a fleet.
#[derive(Clone, Debug, Args)]
pub struct WorkerArgs {
    /// NATS broker of the fleet, as the server has it
    #[arg(long, value_name = "URL", env = "TRADEFORGE_NATS", hide_env_values = true)]
    pub nats: String,
    /// Seed of the nkey by which the broker knows this worker
    #[arg(long, value_name = "FILE", env = "TRADEFORGE_NATS_KEY", hide_env_values = true)]
    pub nats_key: Option<PathBuf>,
    /// Credentials by which the broker knows this worker
    #[arg(long, value_name = "FILE", env = "TRADEFORGE_NATS_CREDS", hide_env_values = true)]
    pub nats_creds: Option<PathBuf>,
    /// Authority to trust for the broker's certificate, in PEM, besides those of the machine
    #[arg(long, value_name = "FILE", env = "TRADEFORGE_NATS_CA", hide_env_values = true)]
    pub nats_ca: Option<PathBuf>,
    /// Speak to a broker on another machine without TLS or a key
    #[arg(long, env = "TRADEFORGE_ALLOW_INSECURE_NATS", hide_env_values = true)]
    pub allow_insecure_nats: bool,
    /// Name of the fleet
    #[arg(
        long, value_name = "NAME", env = "TRADEFORGE_FLEET", hide_env_values = true,
        default_value = DEFAULT_FLEET, value_parser = fleet_name,
    )]
    pub fleet: String,
    /// What the broker knows this worker as, where it says who may hear which answers
    #[arg(
        long, value_name = "NAME", env = "TRADEFORGE_WORKER_NAME", hide_env_values = true,
        value_parser = fleet_name,
    )]
    pub name: Option<String>,
    /// Threads that compute [default: one for each core]
    #[arg(long, value_name = "N", env = "TRADEFORGE_WORKERS", hide_env_values = true)]
    pub workers: Option<NonZero<usize>>,
    /// Where bars are kept [default: ~/.cache/tradeforge/worker, or what systemd says]
    #[arg(long, value_name = "DIR", env = "TRADEFORGE_CACHE_DIR", hide_env_values = true)]
    pub cache_dir: Option<PathBuf>,
    /// Most MiB of bars to keep on disk
    #[arg(long, value_name = "N", default_value_t = 20_480)]
    pub cache_disk_mib: u64,
    /// Most MiB of bars to keep in memory
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub cache_memory_mib: u64,
    /// So many times as fast, for tests
    #[arg(long, value_name = "N", default_value_t = 1, hide = true)]
    pub hurry: u32,
}

impl WorkerArgs {
    /// Where bars are kept; `None` if nothing says where.
    pub fn bars_dir(&self) -> Option<PathBuf> {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let below = |name, path| set(name).map(|dir| PathBuf::from(dir).join(path));
        self.cache_dir
            .clone()
            .or_else(|| set("CACHE_DIRECTORY").map(PathBuf::from))
            .or_else(|| below("XDG_CACHE_HOME", "tradeforge/worker"))
            .or_else(|| below("HOME", ".cache/tradeforge/worker"))
    }
}
