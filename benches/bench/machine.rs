//! The head of the table: where, with what and of what it was measured.

use std::fs;
use std::process::Command;
use std::thread;

/// Two lines: the machine, and what was built on it.
pub(crate) fn described() -> String {
    let cores = cores();
    let commit = said_by("git", &["describe", "--always", "--dirty", "--abbrev=12"]);
    let rustc = said_by("rustc", &["--version"]);
    let now = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC");
    format!("{} · {cores} cores\n{rustc} · commit {commit} · {now}", processor())
}

pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The most memory that this process has had.
pub(crate) fn peak_memory() -> String {
    let told = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kilobytes.map_or_else(String::new, |kilobytes| format!("{} MB", kilobytes / 1_024))
}

fn processor() -> String {
    let told = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told.lines().find_map(|line| line.strip_prefix("model name"));
    let name = model.and_then(|model| model.split_once(':')).map(|(_, name)| name.trim());
    name.unwrap_or(std::env::consts::ARCH).to_owned()
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().ok();
    let said = output.filter(|output| output.status.success()).map(|output| output.stdout);
    let said = said.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
    said.unwrap_or_else(|| format!("unknown {program}"))
}
