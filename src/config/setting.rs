//! Every setting of a server: its name, meaning and bounds. Flags, variables, the keys of the file
//! and the page of documentation all come from this list.

use std::fmt::Display;
use std::ops::RangeInclusive;

use super::Config;
use super::value::{Value, read_bytes, show_bytes};

/// One setting.
pub struct Setting {
    /// Its key in the file; flag and variable follow from it.
    pub name: &'static str,
    /// What help calls its value; empty for a switch.
    pub value_name: &'static str,
    /// What it means, as one line.
    pub help: &'static str,
    /// What is so while it is not set; empty if its default says it.
    pub unset: &'static str,
    /// Whether it may be given several times.
    pub is_list: bool,
    pub(super) read: fn(&mut Config, &[String]) -> Result<(), String>,
    pub(super) show: fn(&Config) -> Option<String>,
}

impl Setting {
    /// As in `--cors-origin`, without the dashes.
    pub fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    /// As in `TRADEFORGE_CORS_ORIGIN`.
    pub fn variable(&self) -> String {
        format!("TRADEFORGE_{}", self.name.to_uppercase())
    }
}

fn within<N: PartialOrd + Value>(value: N, range: &RangeInclusive<N>) -> Result<N, String> {
    if range.contains(&value) {
        return Ok(value);
    }
    let text = |number: &N| number.show().unwrap_or_default();
    let (least, most) = (text(range.start()), text(range.end()));
    Err(format!("must be from {least} to {most}, but is {}", text(&value)))
}

fn within_bytes<N: PartialOrd + Copy + TryInto<u64> + Display>(
    value: N,
    range: &RangeInclusive<N>,
) -> Result<N, String> {
    if range.contains(&value) {
        return Ok(value);
    }
    let text = |bytes: N| bytes.try_into().ok().and_then(show_bytes).unwrap_or_default();
    let (least, most) = (text(*range.start()), text(*range.end()));
    Err(format!("must be from {least} to {most}, but is {value} bytes"))
}

macro_rules! setting {
    ($name:literal, $field:ident: $type:ty, $value_name:literal, $unset:literal, $help:literal) => {
        Setting {
            name: $name,
            value_name: $value_name,
            help: $help,
            unset: $unset,
            is_list: <$type as Value>::IS_LIST,
            read: |config, texts| {
                config.$field = <$type as Value>::read(texts)?;
                Ok(())
            },
            show: |config| config.$field.show(),
        }
    };
}

macro_rules! count {
    ($name:literal, $field:ident: $type:ty, $range:expr, $help:literal) => {
        Setting {
            read: |config, texts| {
                config.$field = within(<$type as Value>::read(texts)?, &$range)?;
                Ok(())
            },
            ..setting!($name, $field: $type, "N", "", $help)
        }
    };
}

macro_rules! bytes {
    ($name:literal, $field:ident: $type:ty, $range:expr, $help:literal) => {
        Setting {
            read: |config, texts| {
                config.$field = within_bytes(read_bytes::<$type>(texts)?, &$range)?;
                Ok(())
            },
            show: |config| show_bytes(config.$field as u64),
            ..setting!($name, $field: $type, "BYTES", "", $help)
        }
    };
}

/// All settings, in the order of the documentation.
pub const SETTINGS: &[Setting] = &[
    setting!("listen", listen: std::net::SocketAddr, "ADDRESS", "", "Address to listen on"),
    setting!("access", access: super::Access, "WHEN", "",
        "Ask callers for a token: `on`, or `auto`: unless only this machine reaches it"),
    setting!("tls_cert", tls_certificate: Option<std::path::PathBuf>, "FILE", "none: plain HTTP",
        "Certificate to show, with those that it rests on, in PEM; read anew when it changes"),
    setting!("tls_key", tls_key: Option<std::path::PathBuf>, "FILE", "none",
        "Key to the certificate, in PEM"),
    setting!("tls_client_ca", tls_client_ca: Option<std::path::PathBuf>, "FILE", "none",
        "What certificates of clients rest on, in PEM: who shows one that is known needs no token"),
    setting!("tls_client_required", tls_client_required: bool, "", "",
        "Turn away who shows no certificate, the page and signs of life included"),
    setting!("oidc_issuer", oidc_issuer: Option<String>, "URL",
        "none: the server's own tokens count",
        "Whose signed tokens (JWT) count besides the server's own, as their `iss` says it"),
    setting!("oidc_audience", oidc_audience: Option<String>, "NAME", "none",
        "Whom those tokens must be for, as their `aud` says it"),
    setting!("oidc_jwks", oidc_jwks: Option<std::path::PathBuf>, "FILE", "none",
        "The issuer's public keys, as JWKS; read anew when it changes"),
    setting!("oidc_owner_claim", oidc_owner_claim: String, "CLAIM", "",
        "The claim of those tokens that says whose runs the caller's are"),
    setting!("oidc_role_claim", oidc_role_claim: String, "CLAIM", "",
        "The claim that says what the caller may do; realm_access.roles is one inside another"),
    setting!("oidc_role", oidc_roles: Vec<String>, "VALUE=ROLE", "none",
        "Which value of it means viewer, submitter or admin, as in quants=submitter; * is \
         everybody; may be repeated"),
    setting!("tls_elsewhere", tls_elsewhere: bool, "", "",
        "Let other machines reach it without TLS, since a proxy before it speaks that"),
    setting!("behind_proxy", behind_proxy: bool, "", "",
        "Take what a proxy on this machine hands on without tokens; whom it lets in may do all"),
    setting!("data_dir", data_dir: std::path::PathBuf, "DIR",
        "$STATE_DIRECTORY of systemd, $XDG_DATA_HOME/tradeforge or ~/.local/share/tradeforge",
        "Where bars and runs are kept"),
    setting!("cors_origin", cors_origins: Vec<String>, "URL", "none",
        "Another web page's origin that may call the server; may be repeated"),
    Setting {
        read: |config, texts| {
            config.public_url = Some(super::value::web_address(&String::read(texts)?)?);
            Ok(())
        },
        ..setting!("public_url", public_url: Option<String>, "URL",
            "none: what webhooks are told has no link",
            "Where people see this server, as in https://tradeforge.example.com")
    },
    setting!("hook_allow", hook_allow: Vec<String>, "PLACE", "none: the world on port 443",
        "Where webhooks may post besides, as in 10.0.0.0/8:8443 or http://127.0.0.1:*; may be \
         repeated"),
    setting!("import_root", import_root: Option<std::path::PathBuf>, "DIR", "none",
        "Folder from which clients may import files by name"),
    bytes!("disk_reserve_bytes", disk_reserve_bytes: u64, 0..=(1 << 40),
        "Bytes to set aside in the data directory, so that a full disk can still be tidied up"),
    setting!("workers", workers: Option<std::num::NonZero<usize>>, "N", "one for each core",
        "Threads that compute"),
    setting!("nats", nats: Option<String>, "URL", "none: this machine computes alone",
        "NATS broker by which `tradeforge worker` on other machines computes as well"),
    setting!("nats_key", nats_key: Option<std::path::PathBuf>, "FILE", "none",
        "Seed of the nkey by which the broker knows this server"),
    setting!("nats_creds", nats_creds: Option<std::path::PathBuf>, "FILE", "none",
        "Credentials by which the broker knows this server"),
    setting!("nats_ca", nats_ca: Option<std::path::PathBuf>, "FILE", "none",
        "Authority to trust for the broker's certificate, in PEM, besides those of the machine"),
    setting!("allow_insecure_nats", allow_insecure_nats: bool, "", "",
        "Speak to a broker on another machine without TLS or a key"),
    Setting {
        read: |config, texts| {
            config.fleet = super::value::fleet_name(&String::read(texts)?)?;
            Ok(())
        },
        ..setting!("fleet", fleet: String, "NAME", "",
            "Name of the fleet: several may share a broker")
    },
    count!("fleet_min_seconds", fleet_min_seconds: u32, 0..=86_400,
        "Seconds that a run must take here at least to be given to the fleet"),
    count!("fleet_verify", fleet_verify: u32, 0..=100,
        "Of a hundred chunks that workers compute, so many are computed again here and compared"),
    bytes!("cache_bytes", cache_bytes: u64, 0..=(1 << 40), "Most bytes of bars to keep in memory"),
    bytes!("upload_bytes_max", upload_bytes_max: u64, (1 << 10)..=(1 << 40),
        "Most bytes of one upload of bars"),
    count!("import_bars_max", import_bars_max: u64, 1..=1_000_000_000,
        "Most bars or trades of one import, all files together"),
    count!("live_runs_max", live_runs_max: usize, 1..=1_000_000,
        "Most runs that may wait or run at once"),
    count!("running_sweeps_max", running_sweeps_max: usize, 1..=1_000,
        "Most searches that compute at once; the others wait in line"),
    count!("trials_max", trials_max: u64, 1..=5_000_000, "Most trials of one search"),
    count!("watch_streams_max", watch_streams_max: usize, 1..=1_000_000,
        "Most watch streams open at once"),
    count!("watch_streams_per_peer_max", watch_streams_per_peer_max: usize, 1..=1_000_000,
        "Most watch streams open at once from one address"),
    count!("axes_max", axes_max: usize, 1..=64, "Most axes of one search"),
    count!("instruments_max", instruments_max: usize, 1..=2_000, "Most instruments of one run"),
    bytes!("run_bars_bytes_max", run_bars_bytes_max: u64, (1 << 20)..=(1 << 44),
        "Most bytes of bars that one run may need"),
    bytes!("message_bytes_max", message_bytes_max: usize, (64 << 10)..=(64 << 20),
        "Largest message that is taken"),
    count!("page_size_max", page_size_max: usize, 10..=10_000,
        "Most items of one page; a request for more gets so many"),
    count!("requests_per_second_max", requests_per_second_max: u32, 0..=1_000_000,
        "Most requests a second from one address; 0 is no limit"),
    count!("finished_runs_max", finished_runs_max: u64, 0..=1_000_000_000,
        "Most ended runs that are kept, the newest; 0 keeps all"),
    count!("finished_runs_days", finished_runs_days: u32, 0..=100_000,
        "Days after which ended runs are removed; 0 keeps them"),
    setting!("keep_runs", keep_runs: Vec<String>, "RULE", "none",
        "Days that ended runs are kept which a filter names, `7 labels.tier = scratch`; 0 is for \
         ever; may be repeated, the first that fits counts, and the two above no more"),
    count!("old_data_days", old_data_days: u32, 0..=100_000,
        "Days after which older versions of series are removed that no run names; 0 keeps them"),
    count!("quota_live_runs", quota_live_runs: u64, 0..=1_000_000,
        "Most live runs of one owner, where callers are asked; 0 is no limit"),
    count!("quota_trials_per_day", quota_trials_per_day: u64, 0..=1_000_000_000_000,
        "Most trials of one owner in a day, where callers are asked; 0 is no limit"),
    count!("quota_priority", quota_priority: i32, -1_000..=1_000,
        "Highest priority of a run, where callers are asked"),
    count!("audit_days", audit_days: u32, 0..=100_000,
        "Days after which it is forgotten who changed what, where callers are asked; 0 keeps it"),
    Setting {
        read: |config, texts| {
            config.otlp_endpoint = Some(super::value::collector(&String::read(texts)?)?);
            Ok(())
        },
        ..setting!("otlp_endpoint", otlp_endpoint: Option<String>, "URL",
            "$OTEL_EXPORTER_OTLP_ENDPOINT; without either there are no traces",
            "Collector of traces to bring them to by OTLP over gRPC, as in http://localhost:4317")
    },
];
