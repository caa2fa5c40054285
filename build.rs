//! Compiles `proto/` in pure Rust, so that no protoc is needed, and keeps the descriptor set for
//! reflection and for canonical JSON.

use std::path::{Path, PathBuf};
use std::{env, fs};

use prost::Message as _;

const PROTO_ROOT: &str = "proto";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={PROTO_ROOT}");
    let mut files: Vec<PathBuf> = fs::read_dir(Path::new(PROTO_ROOT).join("tradeforge/v1"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let descriptors = protox::compile(&files, [PROTO_ROOT])?;
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out_dir.join("descriptors.bin"), descriptors.encode_to_vec())?;
    let mut config = tonic_prost_build::Config::new();
    // A message that knows its own name can be looked up in the descriptors, for JSON.
    config.enable_type_names();
    // Ordered maps make an encoded message the same bytes every time.
    tonic_prost_build::configure().btree_map(".").compile_fds_with_config(descriptors, config)?;
    println!("cargo::rustc-env=TRADEFORGE_REVISION={}", revision());
    Ok(())
}

/// The commit this was built from, or "unknown" outside a checkout.
fn revision() -> String {
    for path in [".git/HEAD", ".git/refs/heads"] {
        if Path::new(path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    std::process::Command::new("git")
        .args(["rev-parse", "--short=12", "HEAD"])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .map_or_else(
            || "unknown".to_owned(),
            |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        )
}
