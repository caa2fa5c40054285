//! The layers of the house, bottom up, as `tidy` holds the code to them.

/// Which layer may import which, bottom up; `pure` stands for all of [`PURE`]. ARCHITECTURE.md
/// quotes this table, and a test keeps both true.
pub(crate) const LAYERS: &[(&str, &[&str])] = &[
    ("excerpt", &[]),
    ("spelling", &["excerpt"]),
    ("digest", &[]),
    ("filter", &["excerpt", "spelling"]),
    ("simd", &[]),
    ("market", &[]),
    ("indicator", &["market"]),
    ("trading", &["market"]),
    ("metrics", &["market", "trading", "simd"]),
    ("strategy", &["excerpt", "spelling", "market", "indicator", "trading"]),
    ("rules", &["spelling", "digest", "market", "indicator", "trading", "strategy", "simd"]),
    ("engine", &["market", "indicator", "trading", "metrics", "strategy", "rules", "simd"]),
    ("sweep", &["market", "strategy"]),
    ("validation", &["market", "metrics", "sweep", "simd"]),
    ("run", &["pure"]),
    ("clock", &[]),
    ("telemetry", &[]),
    ("config", &["spelling"]),
    ("storage", &["pure", "run", "telemetry"]),
    ("access", &["digest", "run", "clock", "telemetry", "storage"]),
    ("data", &["excerpt", "spelling", "digest", "market", "run", "clock", "telemetry", "storage"]),
    ("runner", &["pure", "run", "clock", "telemetry", "storage", "data"]),
    ("golden", &["pure", "run"]),
    ("fleet", &["pure", "run", "telemetry", "data", "runner", "golden"]),
    ("pb", &[]),
    ("json", &["excerpt", "spelling", "pb"]),
    ("export", &["pb"]),
    (
        "grpc",
        &["pure", "run", "clock", "telemetry", "storage", "access", "data", "runner", "pb", "json"],
    ),
    (
        "web",
        &[
            "excerpt",
            "spelling",
            "digest",
            "run",
            "telemetry",
            "access",
            "data",
            "pb",
            "json",
            "export",
            "grpc",
        ],
    ),
    ("cli", &["spelling", "config", "pb", "json", "export"]),
    (
        "server",
        &[
            "digest",
            "strategy",
            "run",
            "clock",
            "telemetry",
            "storage",
            "access",
            "data",
            "runner",
            "pb",
            "grpc",
            "web",
            "config",
            "fleet",
        ],
    ),
    ("care", &["cli", "data", "server", "storage"]),
    ("demo", &["strategy", "telemetry", "pb", "cli", "config", "server"]),
    (
        "main",
        &["strategy", "telemetry", "fleet", "cli", "config", "server", "care", "demo", "golden"],
    ),
];

/// The layers that never await, read a clock, touch a file or log: the library in `core/`. `run`
/// keeps to that as well.
pub(crate) const PURE: &[&str] = &[
    "excerpt",
    "spelling",
    "digest",
    "filter",
    "simd",
    "market",
    "indicator",
    "trading",
    "metrics",
    "strategy",
    "rules",
    "engine",
    "sweep",
    "validation",
];

/// The rooms of `cli/`, bottom up: each may use those before it and none after.
pub(crate) const CLI_ROOMS: &[&str] =
    &["text", "wire", "show", "spec", "results", "begin", "manage", "series", "people"];
