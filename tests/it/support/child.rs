//! The real program as a process of its own: one that can be killed, with gates that hold runs.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection as _, SqliteConnection};
use tempfile::TempDir;
use tokio::time::{interval, timeout};

use super::client::Client;
use super::market::Market;
use super::within;

/// What outlives a process: the data, the gates, the log.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("gates")).expect("a folder for the gates");
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path("data/tradeforge.db")
    }

    /// Lets go of every run that waits for that key, now and later.
    pub(crate) fn open_gate(&self, key: i64) {
        fs::write(self.path("gates").join(key.to_string()), "").expect("the gate opens");
    }

    /// The same, with what runs are to find there.
    pub(crate) fn open_gate_with(&self, key: i64, told: &str) {
        let unfinished = self.path("gates").join("unfinished");
        fs::write(&unfinished, told).expect("a file");
        fs::rename(unfinished, self.path("gates").join(key.to_string())).expect("the gate opens");
    }

    /// Holds runs that come to that key from now on.
    pub(crate) fn close_gate(&self, key: i64) {
        fs::remove_file(self.path("gates").join(key.to_string())).expect("an open gate");
    }

    /// The command that serves this home with two threads, its log beside the data.
    pub(crate) fn command(&self) -> Command {
        self.command_over(&self.data())
    }

    /// The same with its data in that folder.
    pub(crate) fn command_over(&self, data: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data)
            .env("TRADEFORGE_WORKERS", "2")
            // Hundreds of them run at once, and the disk is that of whoever tests.
            .env("TRADEFORGE_DISK_RESERVE_BYTES", "64KiB")
            .env("TRADEFORGE_GATE_DIR", self.path("gates"))
            // No settings of whoever runs the tests.
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env_remove("RUST_LOG")
            .stdout(Stdio::piped())
            .stderr(self.open_log());
        command
    }

    fn open_log(&self) -> File {
        let log = File::options().create(true).append(true).open(self.path("log"));
        log.expect("a log file")
    }

    /// Starts the program here and waits for its address.
    pub(crate) async fn serve(self) -> ChildServer {
        self.serve_with(&[]).await
    }

    /// The same, with these arguments besides.
    pub(crate) async fn serve_with(self, arguments: &[&str]) -> ChildServer {
        let mut command = self.command();
        command.args(arguments);
        self.serve_by(command).await
    }

    /// The same, with these variables of its surroundings.
    pub(crate) async fn serve_in(
        self,
        variables: &[(&str, PathBuf)],
        arguments: &[&str],
    ) -> ChildServer {
        let mut command = self.command();
        command.args(arguments).envs(variables.iter().cloned());
        self.serve_by(command).await
    }

    /// The same, with so many files that it may have open.
    pub(crate) async fn serve_with_files(self, count: u32) -> ChildServer {
        let mut limited = Command::new("sh");
        limited.args(["-c", &format!("ulimit -n {count}; exec \"$0\" \"$@\"")]);
        self.serve_through(limited, &[]).await
    }

    /// The same, where only that process and its kind see what is mounted.
    pub(crate) async fn serve_within(self, holder: Pid, arguments: &[&str]) -> ChildServer {
        let mut within = Command::new("nsenter");
        within.args(["--user", "--mount", "--preserve-credentials", "--target"]);
        within.arg(holder.as_raw_nonzero().to_string());
        self.serve_through(within, arguments).await
    }

    /// Starts the program by another one, which is given its name, its arguments and those.
    async fn serve_through(self, mut outer: Command, arguments: &[&str]) -> ChildServer {
        let plain = self.command();
        outer.arg(plain.get_program()).args(plain.get_args()).args(arguments);
        outer.stderr(self.open_log());
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => outer.env(name, value),
                None => outer.env_remove(name),
            };
        }
        self.serve_by(outer).await
    }

    async fn serve_by(self, mut command: Command) -> ChildServer {
        let mut process = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the program speaks");
        let url = line.trim_end().strip_prefix("listening on ");
        let url = url.unwrap_or_else(|| panic!("no address in {line:?}: {}", self.log()));
        let client = Client::connect(url).await;
        let url = url.to_owned();
        ChildServer { client, url, process, home: Some(self) }
    }

    /// Starts the program here and kills it after that time, or when it has come up.
    pub(crate) async fn kill_while_starting(&self, moment: Duration) {
        let mut process = self.command().spawn().expect("the program starts");
        let stdout = process.stdout.take().expect("stdout is piped");
        let speaks = tokio::task::spawn_blocking(|| {
            _ = BufReader::new(stdout).read_line(&mut String::new());
        });
        _ = timeout(moment, speaks).await;
        process.kill().expect("a live process");
        process.wait().expect("a dead process");
    }

    /// Keeps everyone else from writing the database until it is dropped.
    pub(crate) async fn lock_database(&self) -> SqliteConnection {
        let url = format!("sqlite://{}", self.database().display());
        let mut lock = SqliteConnection::connect(&url).await.expect("the database opens");
        sqlx::query("BEGIN IMMEDIATE").execute(&mut lock).await.expect("nobody writes for long");
        lock
    }

    /// Waits until the program has logged that.
    pub(crate) async fn until_logged(&self, text: &str) {
        let logged = async {
            let mut look = interval(Duration::from_millis(10));
            while !self.log().contains(text) {
                look.tick().await;
            }
        };
        within(logged).await;
    }

    /// What the program logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }
}

/// A running program with a client to it; killed at the end of the test.
pub(crate) struct ChildServer {
    client: Client,
    url: String,
    process: Child,
    home: Option<Home>,
}

impl ChildServer {
    pub(crate) async fn start() -> Self {
        Home::new().serve().await
    }

    /// With that market as `TEST:BARS@1m`.
    pub(crate) async fn with(market: &Market) -> Self {
        let server = Self::start().await;
        server.import(market).await;
        server
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.process)
    }

    pub(crate) fn home(&self) -> &Home {
        self.home.as_ref().expect("there until the process ends")
    }

    pub(crate) fn open_gate(&self, key: i64) {
        self.home().open_gate(key);
    }

    /// kill -9.
    pub(crate) fn kill(mut self) -> Home {
        self.process.kill().expect("a live process");
        self.process.wait().expect("a dead process");
        self.home.take().expect("there until the process ends")
    }

    /// SIGTERM, then its own end.
    pub(crate) async fn terminate(self) -> (ExitStatus, Home) {
        kill_process(Pid::from_child(&self.process), Signal::TERM).expect("a live process");
        self.until_ended().await
    }

    /// Its own end, by itself.
    pub(crate) async fn until_ended(mut self) -> (ExitStatus, Home) {
        let home = self.home.take().expect("there until the process ends");
        let ended = tokio::task::spawn_blocking(move || self.process.wait());
        let status = within(ended).await.expect("no panic").expect("a child");
        (status, home)
    }
}

impl Deref for ChildServer {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for ChildServer {
    fn drop(&mut self) {
        // Errs where the process has ended already.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
