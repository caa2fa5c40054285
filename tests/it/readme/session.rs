//! A reader at work: a folder that shows the repository, terminals in which servers go on, and ids.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;

use regex::Regex;

use super::page::Typed;

/// What the last line of a terminal begins with before its server goes on in silence; of the demo
/// that is the last of what it says to do next.
const SERVING: [&str; 2] = ["listening on ", "           tradeforge data import"];
/// Not ours, nor big, nor to be written into by a test.
const NOT_SHOWN: [&str; 2] = ["target", ".git"];

pub(super) struct Session {
    folder: tempfile::TempDir,
    /// What stands in for the addresses and the ids of the text.
    stand_ins: BTreeMap<String, String>,
    /// Held, so that what servers go on to print has somewhere to go.
    terminals: Vec<(Child, BufReader<ChildStdout>)>,
}

impl Default for Session {
    /// A folder that shows what is in the repository, and keeps what is written there to itself.
    fn default() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for entry in fs::read_dir(env!("CARGO_MANIFEST_DIR")).expect("the repository") {
            let entry = entry.expect("an entry");
            let name = entry.file_name();
            if !NOT_SHOWN.iter().any(|hidden| name == *hidden) {
                symlink(entry.path(), folder.path().join(name)).expect("a link");
            }
        }
        Self { folder, stand_ins: BTreeMap::new(), terminals: Vec::new() }
    }
}

impl Session {
    /// What a reader sees, or what is not at hand.
    pub(super) fn follow(&mut self, typed: &Typed) -> Result<String, &'static str> {
        let command = match typed {
            Typed::Python(script) => return self.python(script),
            Typed::Command(command) => command,
        };
        // What comments it is for the reader.
        let bare = command.split("  #").next().unwrap_or_default().trim_end();
        let words: Vec<&str> = bare.split_whitespace().collect();
        match words[..] {
            // The binary under test stands in for what the first build puts there.
            ["cargo", "install", ..] => Ok("...\n".to_owned()),
            ["cargo", "run", "--example", name] => self.example(name),
            ["tradeforge", "demo" | "serve", ..] if !words.contains(&"--exit") => {
                Ok(self.go_on(bare))
            }
            ["grpcurl", ..] => {
                let program = std::env::var_os("GRPCURL").unwrap_or_else(|| "grpcurl".into());
                let is_there = Command::new(&program).arg("-version").output().is_ok();
                let arguments = command.trim_start_matches("grpcurl");
                let line = format!("\"$PROGRAM\"{arguments}");
                if is_there { Ok(self.print(&line, &program)) } else { Err("grpcurl") }
            }
            _ => Ok(self.print(command, "".as_ref())),
        }
    }

    /// Runs of the text are those of the session from here on, in the order of their naming.
    pub(super) fn learn_ids(&mut self, printed: &str, actual: &str) {
        static ID: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").expect("an expression")
        });
        for (theirs, ours) in ID.find_iter(printed).zip(ID.find_iter(actual)) {
            self.stand_ins.insert(theirs.as_str().to_owned(), ours.as_str().to_owned());
        }
    }

    /// Starts a server in a terminal of its own; what it printed until it serves.
    fn go_on(&mut self, command: &str) -> String {
        let usual = "127.0.0.1:50051".to_owned();
        let named = command.split(' ').skip_while(|word| *word != "--listen").nth(1);
        let theirs = named.map_or(usual, str::to_owned);
        let command = match named {
            Some(address) => command.replace(address, "127.0.0.1:0"),
            None => format!("{command} --listen 127.0.0.1:0"),
        };
        let mut shell = self.shell(&format!("exec {command} 2>&1"));
        let mut terminal = shell.stdout(Stdio::piped()).spawn().expect("a shell");
        let mut talk = BufReader::new(terminal.stdout.take().expect("piped"));
        let mut printed = String::new();
        let serves = |line: &str| SERVING.iter().any(|beginning| line.starts_with(beginning));
        while !printed.lines().last().is_some_and(serves) {
            let read = talk.read_line(&mut printed).expect("text");
            assert!(read > 0, "{command} ended early:\n{printed}");
        }
        let ours = printed.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next());
        let ours = ours.unwrap_or_else(|| panic!("no address in:\n{printed}")).to_owned();
        self.stand_ins.insert(theirs, ours);
        self.terminals.push((terminal, talk));
        printed
    }

    fn python(&self, script: &str) -> Result<String, &'static str> {
        let Some(python) = std::env::var_os("TRADEFORGE_README_PYTHON") else {
            return Err("python with the package of clients/python");
        };
        let file = self.folder.path().join("readme.py");
        fs::write(&file, self.translated(script)).expect("a file");
        Ok(self.print("\"$PROGRAM\" readme.py", &python))
    }

    fn example(&self, name: &str) -> Result<String, &'static str> {
        let program = folder_of_the_program().join("examples").join(name);
        if !program.exists() {
            return Err("the examples, which `cargo test` builds");
        }
        Ok(self.print("\"$PROGRAM\"", program.as_os_str()))
    }

    fn print(&self, command: &str, program: &std::ffi::OsStr) -> String {
        let mut shell = self.shell(&format!("{{ {}\n}} 2>&1", self.translated(command)));
        let output = shell.env("PROGRAM", program).output().expect("a shell");
        String::from_utf8(output.stdout).expect("text")
    }

    fn translated(&self, text: &str) -> String {
        let stand_in =
            |text: String, (theirs, ours): (&String, &String)| text.replace(theirs, ours);
        self.stand_ins.iter().fold(text.to_owned(), stand_in)
    }

    fn shell(&self, line: &str) -> Command {
        let bin = folder_of_the_program().into_os_string();
        let path = [bin, std::env::var_os("PATH").unwrap_or_default()].join(":".as_ref());
        let mut command = Command::new("bash");
        command.args(["-c", line]).current_dir(&self.folder).env("PATH", path);
        command.env("HOME", self.folder.path()).env_remove("XDG_DATA_HOME");
        // What the log says of a start is no part of a block.
        command.env("RUST_LOG", "warn").env_remove("TRADEFORGE_DATA_DIR").stdin(Stdio::null());
        // The server that readers have in their other terminal.
        if let Some(address) = self.stand_ins.get("127.0.0.1:50051") {
            command.env("TRADEFORGE_SERVER", format!("http://{address}"));
        }
        command
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        for (terminal, _) in &mut self.terminals {
            // Errs where it has ended already.
            _ = terminal.kill();
            _ = terminal.wait();
        }
    }
}

fn folder_of_the_program() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_tradeforge")).parent().expect("a folder").to_owned()
}
