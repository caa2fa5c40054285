//! A Python to compare with, where one can be had.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The system's Python if it has that package, else one of our own, made once and kept. `None`, and
/// a line that says so, if there is neither.
pub(crate) fn python_with(package: &str) -> Option<PathBuf> {
    let system = PathBuf::from("python3");
    if has(&system, package) {
        return Some(system);
    }
    let own = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("venv-{package}"));
    let python = own.join("bin/python");
    // Other test processes may want the same: one makes it, the others wait.
    let lock = fs::File::create(own.with_extension("lock")).ok()?;
    lock.lock().ok()?;
    let make = || {
        succeeds(Command::new("python3").args(["-m", "venv"]).arg(&own))
            && succeeds(Command::new(&python).args(["-m", "pip", "install", "-q", package]))
    };
    if has(&python, package) || make() {
        return Some(python);
    }
    eprintln!("skipped: this needs Python 3 with {package}, which cannot be had here");
    None
}

/// What a script of `tests/it` prints.
pub(crate) fn output_of(python: &Path, script: &str, arguments: &[&Path]) -> Vec<u8> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(script);
    let mut command = Command::new(python);
    let output = command.env("PYTHONDONTWRITEBYTECODE", "1").arg(script).args(arguments).output();
    let output = output.expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn has(python: &Path, package: &str) -> bool {
    succeeds(Command::new(python).args(["-c", &format!("import {package}")]))
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
