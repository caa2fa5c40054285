//! A real broker and real workers, as processes that can be killed and frozen.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::task::spawn_blocking;
use tokio::time::interval;
use tradeforge::fleet::{Broker as Way, FleetSettings, NatsExecutor, Timing};
use tradeforge::runner::LocalExecutor;

use super::within;

/// So many times as fast as in earnest: a worker is dead after three seconds.
const HURRY: u32 = 5;

/// A broker of its own, on a free port.
pub(crate) struct Broker {
    process: Child,
    program: PathBuf,
    port: u16,
    folder: TempDir,
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has one").port()
}

/// The first that is at hand.
fn program() -> Option<PathBuf> {
    let named = std::env::var_os("NATS_SERVER").map(PathBuf::from);
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/nats-server");
    let all = named.into_iter().chain(["nats-server".into(), made]);
    all.into_iter().find(|path| Command::new(path).arg("--version").output().is_ok())
}

impl Broker {
    /// `None` where there is none at hand: then it is said that the test is left out, or where all
    /// must be tested, it fails.
    pub(crate) async fn start() -> Option<Self> {
        Self::start_as("").await
    }

    /// One that is told more by a file.
    pub(crate) async fn start_as(config: &str) -> Option<Self> {
        let Some(program) = program() else {
            let told = "left out: nats-server is not at hand (make target/tools/nats-server)";
            assert!(std::env::var_os("CI").is_none(), "{told}");
            eprintln!("{told}");
            return None;
        };
        let (port, folder) = (free_port(), tempfile::tempdir().expect("a temporary folder"));
        let config = if config.is_empty() { "jetstream: enabled" } else { config };
        fs::write(folder.path().join("nats.conf"), config).expect("a file");
        let process = spawn(&program, port, folder.path());
        let broker = Self { process, program, port, folder };
        broker.until_up().await;
        Some(broker)
    }

    async fn until_up(&self) {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let up = async {
            let mut look = interval(Duration::from_millis(10));
            while TcpStream::connect(address).is_err() {
                look.tick().await;
            }
        };
        within(up).await;
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// kill -9, and another on the same port that has forgotten everything.
    pub(crate) async fn forget(&mut self) {
        self.kill();
        self.folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(self.folder.path().join("nats.conf"), "jetstream: enabled").expect("a file");
        self.process = spawn(&self.program, self.port, self.folder.path());
        self.until_up().await;
    }

    pub(crate) fn kill(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.process)
    }

    /// An executor on that fleet, to which everything goes that can be said, however small.
    pub(crate) fn executor(&self, local: LocalExecutor, fleet: &str) -> NatsExecutor {
        let broker = Way { addresses: self.url(), ..Way::default() };
        let (fleet, timing) = (fleet.to_owned(), Timing::default().hurried(HURRY));
        NatsExecutor::start(local, FleetSettings { broker, fleet, min_seconds: 0, timing })
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(program: &Path, port: u16, folder: &Path) -> Child {
    let mut command = Command::new(program);
    command.args(["--addr", "127.0.0.1", "--port", &port.to_string()]);
    command.arg("--config").arg(folder.join("nats.conf"));
    command.arg("--store_dir").arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the broker starts")
}

/// `tradeforge worker` with one thread; killed at the end of the test.
pub(crate) struct FleetWorker {
    process: Child,
    folder: TempDir,
}

impl FleetWorker {
    pub(crate) fn start(broker: &Broker, fleet: &str) -> Self {
        Self::start_with(broker, fleet, HURRY)
    }

    /// One that takes so many times less time for everything but its work.
    pub(crate) fn start_with(broker: &Broker, fleet: &str, hurry: u32) -> Self {
        Self::start_as(broker, fleet, hurry, &[])
    }

    /// The same, with these arguments besides.
    pub(crate) fn start_as(broker: &Broker, fleet: &str, hurry: u32, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let gates = folder.path().join("gates");
        fs::create_dir(&gates).expect("a folder for the gates");
        let log = File::create(folder.path().join("log")).expect("a log file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
        command
            .args(["worker", "--workers", "1", "--nats", &broker.url(), "--fleet", fleet])
            .args(["--hurry", &hurry.to_string(), "--cache-dir"])
            .arg(folder.path().join("bars"))
            .args(arguments)
            .env("TRADEFORGE_GATE_DIR", gates)
            .env_remove("RUST_LOG")
            .stdout(Stdio::null())
            .stderr(log);
        Self { process: command.spawn().expect("the program starts"), folder }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.process)
    }

    /// Lets go of every run that waits here for that key.
    pub(crate) fn open_gate(&self, key: i64) {
        let path = self.folder.path().join("gates").join(key.to_string());
        fs::write(path, "").expect("the gate opens");
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// SIGTERM, then its own end.
    pub(crate) async fn terminate(mut self) -> ExitStatus {
        kill_process(self.pid(), Signal::TERM).expect("a live process");
        let ended = spawn_blocking(move || self.process.wait());
        within(ended).await.expect("no panic").expect("a child")
    }
}

impl Drop for FleetWorker {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
