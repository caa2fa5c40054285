//! The arguments of what is prepared for a fleet.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::config::{DEFAULT_FLEET, fleet_name};

/// Prepares a fleet.
#[derive(Clone, Debug, Subcommand)]
pub enum FleetCommand {
    /// Write keys for the server and its workers, and the file that tells the broker of them; keys
    /// that are there stay
    Init(FleetInitArgs),
}

/// Writes keys and permissions.
#[derive(Clone, Debug, Args)]
pub struct FleetInitArgs {
    /// The folder to write into
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Name of the fleet
    #[arg(long, value_name = "NAME", default_value = DEFAULT_FLEET, value_parser = fleet_name)]
    pub fleet: String,
    /// A worker to make a key for; several by commas, or repeat it
    #[arg(
        long = "worker", value_name = "NAME", value_delimiter = ',', required = true,
        value_parser = fleet_name,
    )]
    pub workers: Vec<String>,
    /// Where the broker is to listen
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:4222")]
    pub listen: SocketAddr,
    /// Certificate of the broker, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// Key of that certificate
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
}
