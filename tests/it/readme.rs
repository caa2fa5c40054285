//! The README is run: every command line of its console blocks, in order, as a reader would type
//! it, against the real program. What it printed must be what stands there.
//!
//! A line `...` stands for any lines, and at the end of a line for its rest. Ids, times, rates and
//! addresses differ from run to run and are not compared. The bars of the README's own files are
//! real ones, which are not in the repository: here, files of the same shape are made up, and no
//! figures of runs on them are compared.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;

use regex::Regex;
use snapbox::Assert;

/// What the last line of `demo` begins with, after which it serves.
const SERVING: &str = "serving ";
/// The first moment of the README's files, 2025-01-01, and the days of their months.
const START_S: i64 = 1_735_689_600;
const MONTHS: [(&str, i64); 3] = [("01", 31), ("02", 28), ("03", 31)];

#[test]
fn every_command_of_the_readme_prints_what_stands_there() {
    let session = Session::start();
    for Transcript { command, printed } in transcripts(&readme()) {
        if let Some(actual) = session.run(&command) {
            let [actual, expected] = [&actual, &printed].map(|text| comparable(&command, text));
            let assert = Assert::new().normalize_paths(false);
            assert.eq(format!("$ {command}\n{actual}"), format!("$ {command}\n{expected}"));
        }
    }
}

/// One command and what it prints.
struct Transcript {
    command: String,
    printed: String,
}

/// A folder with the README's files, and the demo, which goes on serving.
struct Session {
    folder: tempfile::TempDir,
    demo: Child,
    /// All that the demo printed until it served.
    intro: String,
    address: String,
    /// Held, so that what the demo goes on to print has somewhere to go.
    _talk: BufReader<ChildStdout>,
}

impl Session {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_files(folder.path());
        let mut demo = shell("exec tradeforge demo --listen 127.0.0.1:0 2>&1", folder.path());
        let mut demo = demo.stdout(Stdio::piped()).spawn().expect("a shell");
        let mut intro = String::new();
        let mut talk = BufReader::new(demo.stdout.take().expect("piped"));
        while !intro.lines().last().is_some_and(|line| line.starts_with(SERVING)) {
            let read = talk.read_line(&mut intro).expect("text");
            assert!(read > 0, "the demo ended early:\n{intro}");
        }
        let address = intro.rsplit_once("http://").and_then(|(_, rest)| rest.split(' ').next());
        let address = address.unwrap_or_else(|| panic!("no address in:\n{intro}")).to_owned();
        Self { folder, demo, intro, address, _talk: talk }
    }

    /// What the command prints; nothing if it is another test's matter.
    fn run(&self, command: &str) -> Option<String> {
        match command.split(' ').next()? {
            "cargo" if command.ends_with("-- demo") => Some(self.intro.clone()),
            // `transcript.py` of `clients/grpcurl` holds such a session, `make test` the examples.
            "cargo" | "grpcurl" => None,
            // `Session::start` did it: there is a server.
            _ if command == "tradeforge serve" => None,
            _ => Some(self.print(command)),
        }
    }

    fn print(&self, command: &str) -> String {
        let mut shell = shell(&format!("{{ {command}\n}} 2>&1"), self.folder.path());
        let output = shell.env("TRADEFORGE_SERVER", format!("http://{}", self.address)).output();
        String::from_utf8(output.expect("a shell").stdout).expect("text")
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Errs where it has ended already.
        _ = self.demo.kill();
        _ = self.demo.wait();
    }
}

fn shell(line: &str, folder: &Path) -> Command {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_tradeforge"));
    let bin = program.parent().expect("a folder").as_os_str().to_owned();
    let path = [bin, std::env::var_os("PATH").unwrap_or_default()].join(":".as_ref());
    let mut command = Command::new("bash");
    command.args(["-c", line]).current_dir(folder).env("PATH", path).env("HOME", folder);
    command.env_remove("RUST_LOG").env_remove("XDG_DATA_HOME").stdin(Stdio::null());
    command
}

/// Three months of minutes in ticks, and a file with a fault in its line 1000.
fn write_files(folder: &Path) {
    let mut start = START_S;
    for (month, days) in MONTHS {
        let minutes = days * 24 * 60;
        let file = folder.join(format!("2025-{month}_1m.csv"));
        fs::write(file, minutes_csv(start, minutes)).expect("a file");
        start += minutes * 60;
    }
    let good = minutes_csv(START_S, 2000);
    let mut lines: Vec<_> = good.lines().collect();
    lines[999] = "1735749480000,abc,9357700,9357500,9357600,1200";
    fs::write(folder.join("bad.csv"), lines.join("\n")).expect("a file");
}

/// Prices that swing by a tenth in some hours, so that averages cross.
fn minutes_csv(start_s: i64, minutes: i64) -> String {
    let mut text = String::from("ts,o,h,l,c,vol\n");
    for minute in 0..minutes {
        let swing = |minute: i64| (minute % 1_440 - 720).abs() * 1_000 + minute % 7 * 300;
        let [open, close] = [minute, minute + 1].map(|minute| 9_000_000 + swing(minute));
        let (high, low, time) = (open.max(close), open.min(close), start_s + 60 * minute);
        _ = writeln!(text, "{time}000,{open},{high},{low},{close},1200");
    }
    text
}

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("a README")
}

/// The commands of all console blocks; a line that ends in `\` goes on in the next.
fn transcripts(text: &str) -> Vec<Transcript> {
    let mut found: Vec<Transcript> = Vec::new();
    for block in text.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap_or_default();
        let mut is_open = false;
        for line in block.lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                found.push(Transcript { command: command.to_owned(), printed: String::new() });
            } else if is_open {
                let last = found.last_mut().expect("a command");
                _ = write!(last.command, "\n{line}");
            } else {
                let last = found.last_mut().expect("a block begins with a command");
                _ = writeln!(last.printed, "{line}");
            }
            is_open = found.last().is_some_and(|last| is_unfinished(&last.command));
        }
    }
    found
}

/// Whether the shell would ask for more.
fn is_unfinished(command: &str) -> bool {
    command.ends_with('\\') || command.matches('\'').count() % 2 == 1
}

/// The text without what differs from run to run, and without figures that other bars would give.
fn comparable(command: &str, text: &str) -> String {
    static VOLATILE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(concat!(
            r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", // ids
            r"|\b\d+(\.\d+)?(µs|ms|s)\b",                 // how long
            r"|\b\d[\d,]*(\.\d+)?[kM]?/s\b",              // how fast
            r"|127\.0\.0\.1:\d+",                         // where
        ))
        .expect("an expression")
    });
    static FIGURE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"sha [0-9a-f]+| *-?\d[\d,]*\.\d+%?").expect("one"));
    // Blocks part their commands by an empty line.
    let text = format!("{}\n", text.trim_end()).replace(" ...\n", " [..]\n");
    let text = VOLATILE.replace_all(&text, "_");
    if command.contains("BINANCE") { FIGURE.replace_all(&text, "_").into() } else { text.into() }
}
