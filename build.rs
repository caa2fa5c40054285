//! Compiles `proto/` in pure Rust, so that no protoc is needed, and keeps the descriptor set for
//! reflection and for canonical JSON. Lists the built web client, so that the binary can hold it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use prost::Message as _;

const PROTO_ROOT: &str = "proto";
/// Committed as built, so that no Node is needed.
const SITE_ROOT: &str = "clients/web/dist";

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
    // Large and mostly absent: it would make every message that holds an account larger.
    for part in ["exits", "fees", "slippage"] {
        config.boxed(format!(".tradeforge.v1.Simulation.{part}"));
    }
    // Ordered maps make an encoded message the same bytes every time.
    tonic_prost_build::configure().btree_map(".").compile_fds_with_config(descriptors, config)?;
    fs::write(out_dir.join("site_files.rs"), site_files()?)?;
    println!("cargo::rustc-env=TRADEFORGE_REVISION={}", revision());
    Ok(())
}

/// Rust code that embeds every file of the web client by its path. A macro of a crate would do the
/// same, but not notice a new file.
fn site_files() -> Result<String, Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={SITE_ROOT}");
    let mut names = Vec::new();
    if env::var_os("CARGO_FEATURE_UI").is_some() {
        collect(Path::new(SITE_ROOT), &mut names)?;
        names.sort();
    }
    let mut entries = String::new();
    for name in &names {
        // Found by the compiler, not here: a checkout may have moved since this ran.
        let below = format!("/{SITE_ROOT}/{name}");
        let path = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), {below:?})");
        writeln!(entries, "    ({name:?}, include_bytes!({path})),")?;
    }
    Ok(format!("static SITE_FILES: &[(&str, &[u8])] = &[\n{entries}];\n"))
}

/// Every file below the folder, by its path from there. No folder is none.
fn collect(folder: &Path, names: &mut Vec<String>) -> std::io::Result<()> {
    let mut folders = vec![folder.to_owned()];
    while let Some(below) = folders.pop() {
        for entry in below.read_dir().into_iter().flatten() {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(name) = path.strip_prefix(folder) {
                names.push(name.display().to_string());
            }
        }
    }
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
