//! What a server is told at its start, and the limits it keeps: flags over environment over a file
//! over defaults. `setting.rs` is the one list of them all.

mod issuer;
#[cfg(test)]
mod page;
mod resolve;
mod setting;
mod value;

pub use resolve::{ConfigError, Fault, Given, Origin, Resolved, resolve};
pub use setting::{SETTINGS, Setting};
pub use value::fleet_name;

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZero;
use std::path::PathBuf;

/// The port that clients try first.
pub const DEFAULT_PORT: u16 = 50_051;

/// What a fleet is called that is not called anything.
pub const DEFAULT_FLEET: &str = "tradeforge";

/// The settings of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Config {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whom it asks who they are.
    pub access: Access,
    /// The certificate that it shows, with the key to it: then it speaks TLS.
    pub tls_certificate: Option<PathBuf>,
    /// The key to the certificate.
    pub tls_key: Option<PathBuf>,
    /// What certificates rest on by which clients are known.
    pub tls_client_ca: Option<PathBuf>,
    /// Whether clients without one are turned away.
    pub tls_client_required: bool,
    /// Who signs tokens that count here, as `iss` says it.
    pub oidc_issuer: Option<String>,
    /// Whom those tokens must be for, as `aud` says it.
    pub oidc_audience: Option<String>,
    /// The keys that they are signed with.
    pub oidc_jwks: Option<PathBuf>,
    /// The claim that says whose runs the caller's are.
    pub oidc_owner_claim: String,
    /// The claim that says what the caller may do.
    pub oidc_role_claim: String,
    /// Which value of it means which role, as in `quants=submitter`.
    pub oidc_roles: Vec<String>,
    /// Whether TLS ends before it, at a proxy.
    pub tls_elsewhere: bool,
    /// Whether a proxy stands before it that asks who calls.
    pub behind_proxy: bool,
    /// Everything that it keeps.
    pub data_dir: PathBuf,
    /// Web origins that may call it, besides its own.
    pub cors_origins: Vec<String>,
    /// Where people see it, without a slash at its end.
    pub public_url: Option<String>,
    /// Where webhooks may post besides the world by TLS.
    pub hook_allow: Vec<String>,
    /// Files under this folder may be imported by path; `None` forbids it.
    pub import_root: Option<PathBuf>,
    /// Room set aside in the data directory for the day when its disk is full, in bytes.
    pub disk_reserve_bytes: u64,
    /// Threads that compute; `None` takes all cores.
    pub workers: Option<NonZero<usize>>,
    /// Where the broker of a fleet is: workers on other machines compute as well.
    pub nats: Option<String>,
    /// A seed of an nkey, by which the broker knows this server.
    pub nats_key: Option<PathBuf>,
    /// Credentials by which the broker knows this server.
    pub nats_creds: Option<PathBuf>,
    /// Whom to trust besides those that the machine trusts.
    pub nats_ca: Option<PathBuf>,
    /// Whether a broker on another machine may be spoken to in the open by nobody in particular.
    pub allow_insecure_nats: bool,
    /// The name of the fleet.
    pub fleet: String,
    /// What takes fewer seconds here is not given to the fleet.
    pub fleet_min_seconds: u32,
    /// Of a hundred chunks that workers compute, so many are computed again here and compared.
    pub fleet_verify: u32,
    /// What is started, by `compute-alone`, to compute what may end the process that computes it;
    /// no setting: a program says so of itself.
    pub program: Option<PathBuf>,
    /// Bars kept in memory, in bytes.
    pub cache_bytes: u64,
    /// The most bytes of one upload.
    pub upload_bytes_max: u64,
    /// The most bars or trades of one import.
    pub import_bars_max: u64,
    /// Runs that may wait or run at once.
    pub live_runs_max: usize,
    /// Searches that compute at once; the others wait in line.
    pub running_sweeps_max: usize,
    /// Trials of one search.
    pub trials_max: u64,
    /// Watch streams that may be open at once.
    pub watch_streams_max: usize,
    /// Watch streams that one peer may have open at once.
    pub watch_streams_per_peer_max: usize,
    /// Axes of one search.
    pub axes_max: usize,
    /// Instruments of one run.
    pub instruments_max: usize,
    /// Bytes of bars that one run may need at a time.
    pub run_bars_bytes_max: u64,
    /// The largest message taken.
    pub message_bytes_max: usize,
    /// Items of one page.
    pub page_size_max: usize,
    /// Requests a second of one peer; 0 is no limit.
    pub requests_per_second_max: u32,
    /// Ended runs that are kept; 0 keeps all.
    pub finished_runs_max: u64,
    /// Days that ended runs are kept; 0 keeps them.
    pub finished_runs_days: u32,
    /// How long ended runs are kept that a filter names, as in `7 labels.tier = scratch`.
    pub keep_runs: Vec<String>,
    /// Days that versions of series are kept that no run names; 0 keeps them.
    pub old_data_days: u32,
    /// Live runs of one owner; 0 is no limit.
    pub quota_live_runs: u64,
    /// Trials of one owner in a day; 0 is no limit.
    pub quota_trials_per_day: u64,
    /// The highest priority of an owner's runs.
    pub quota_priority: i32,
    /// Days that it is kept who changed what; 0 keeps it.
    pub audit_days: u32,
    /// Where traces go, if no variable of OpenTelemetry is to say it.
    pub otlp_endpoint: Option<String>,
}

/// Whom a server asks who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, unless only this machine reaches it.
    Auto,
    /// Everybody.
    On,
}

impl Config {
    /// Whether callers need a token.
    pub fn asks_callers(&self) -> bool {
        self.access == Access::On || !self.listen.ip().is_loopback()
    }

    /// The defaults over that data directory.
    pub fn new(data_dir: PathBuf) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            access: Access::Auto,
            tls_certificate: None,
            tls_key: None,
            tls_client_ca: None,
            tls_client_required: false,
            oidc_issuer: None,
            oidc_audience: None,
            oidc_jwks: None,
            oidc_owner_claim: "sub".to_owned(),
            oidc_role_claim: "roles".to_owned(),
            oidc_roles: Vec::new(),
            tls_elsewhere: false,
            behind_proxy: false,
            data_dir,
            cors_origins: Vec::new(),
            public_url: None,
            hook_allow: Vec::new(),
            import_root: None,
            disk_reserve_bytes: 32 << 20,
            workers: None,
            nats: None,
            nats_key: None,
            nats_creds: None,
            nats_ca: None,
            allow_insecure_nats: false,
            fleet: DEFAULT_FLEET.to_owned(),
            fleet_min_seconds: 2,
            fleet_verify: 1,
            program: None,
            cache_bytes: 256 << 20,
            upload_bytes_max: 4 << 30,
            import_bars_max: 10_000_000,
            live_runs_max: 10_000,
            running_sweeps_max: 8,
            trials_max: 500_000,
            watch_streams_max: 20_000,
            watch_streams_per_peer_max: 5_000,
            axes_max: 16,
            instruments_max: 500,
            run_bars_bytes_max: 4 << 30,
            message_bytes_max: 4 << 20,
            page_size_max: 1_000,
            requests_per_second_max: 0,
            finished_runs_max: 0,
            finished_runs_days: 0,
            keep_runs: Vec::new(),
            old_data_days: 0,
            quota_live_runs: 1_000,
            quota_trials_per_day: 0,
            quota_priority: 8,
            audit_days: 365,
            otlp_endpoint: None,
        }
    }
}
