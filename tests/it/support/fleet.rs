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

use super::child::{ChildServer, Home};
use super::within;

/// So many times as fast as in earnest: a worker is dead after three seconds.
const HURRY: u32 = 5;

/// What a server logs when it counts a worker, or does no longer.
pub(crate) const COUNTED: &str = "\"the fleet\"";

/// A broker of its own, on a free port.
pub(crate) struct Broker {
    process: Child,
    program: PathBuf,
    port: u16,
    folder: TempDir,
    /// Those that stand beside it, and what each is called.
    others: Vec<(String, Broker)>,
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
        let broker = Self { process, program, port, folder, others: Vec::new() };
        broker.until_up().await;
        Some(broker)
    }

    /// Three that stand together.
    pub(crate) async fn start_three() -> Option<Self> {
        let ports = [(); 3].map(|()| free_port());
        let routes = ports.map(|port| format!("nats://127.0.0.1:{port}")).join(", ");
        let mut all = Vec::new();
        for (number, port) in ports.into_iter().enumerate() {
            let name = format!("n{number}");
            let config = format!(
                "jetstream: enabled\nserver_name: {name}\n\
                 cluster {{ name: three, listen: \"127.0.0.1:{port}\", routes: [ {routes} ] }}\n"
            );
            all.push((name, Self::start_as(&config).await?));
        }
        let (_, mut first) = all.remove(0);
        first.others = all;
        Some(first)
    }

    /// kill -9 of one of three.
    pub(crate) fn kill_named(&mut self, name: &str) {
        match self.others.iter_mut().find(|(known, _)| known == name) {
            Some((_, broker)) => broker.kill(),
            None => self.kill(),
        }
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

    /// Where all of them are.
    pub(crate) fn urls(&self) -> Vec<String> {
        let others = self.others.iter().map(|(_, broker)| broker.url());
        [self.url()].into_iter().chain(others).collect()
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

    /// Told by that from now on, and goes on meanwhile.
    pub(crate) fn retell(&self, config: &str) {
        fs::write(self.folder.path().join("nats.conf"), config).expect("a file");
        kill_process(self.pid(), Signal::HUP).expect("a live process");
    }

    /// The program as the server of that fleet, to which everything goes, however small; of a
    /// hundred chunks it computes so many again.
    pub(crate) async fn serve(&self, fleet: &str, verify: u32, more: &[&str]) -> ChildServer {
        let (url, verify) = (self.url(), verify.to_string());
        let nats = ["--nats", &url, "--fleet", fleet, "--fleet-min-seconds", "0"];
        let all = [&nats[..], &["--fleet-verify", &verify], more].concat();
        Home::new().serve_with(&all).await
    }

    /// An executor on that fleet, to which everything goes that can be said, however small.
    pub(crate) fn executor(&self, local: LocalExecutor, fleet: &str) -> NatsExecutor {
        let broker = Way { addresses: self.urls().join(","), ..Way::default() };
        let (fleet, timing) = (fleet.to_owned(), Timing::default().hurried(HURRY));
        let program = Some(env!("CARGO_BIN_EXE_tradeforge").into());
        let (min_seconds, verify) = (0, 0);
        let settings = FleetSettings { broker, fleet, min_seconds, verify, program, timing };
        NatsExecutor::start(local, settings)
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
        let program = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
        Self::start_by(program, broker, fleet, hurry, arguments)
    }

    /// One whose disk has so many KiB and is full to the last of them; `None` where nobody may
    /// mount anything.
    pub(crate) fn start_on_full_disk(broker: &Broker, fleet: &str, hurry: u32) -> Option<Self> {
        // The folder of bars is the last argument.
        let script = "for dir; do :; done; mkdir -p \"$dir\" && \
                      mount -t tmpfs -o size=1m,mode=700 tmpfs \"$dir\" || exit 9; \
                      cat /dev/zero > \"$dir/filler\" 2> /dev/null; exec \"$0\" \"$@\"";
        let trial = ["--user", "--map-root-user", "--mount", "true"];
        let may_mount = Command::new("unshare").args(trial).stderr(Stdio::null()).status();
        if !may_mount.is_ok_and(|status| status.success()) {
            assert!(std::env::var_os("CI").is_none(), "unshare is not at hand, or not permitted");
            eprintln!("left out: nobody may mount a small disk here");
            return None;
        }
        let mut program = Command::new("unshare");
        program.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]);
        program.arg(env!("CARGO_BIN_EXE_tradeforge"));
        Some(Self::start_by(program, broker, fleet, hurry, &[]))
    }

    fn start_by(
        mut command: Command,
        broker: &Broker,
        fleet: &str,
        hurry: u32,
        arguments: &[&str],
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let gates = folder.path().join("gates");
        fs::create_dir(&gates).expect("a folder for the gates");
        let log = File::create(folder.path().join("log")).expect("a log file");
        command
            .args([
                "worker",
                "--workers",
                "1",
                "--nats",
                &broker.urls().join(","),
                "--fleet",
                fleet,
            ])
            .args(["--hurry", &hurry.to_string()])
            .args(arguments)
            .arg("--cache-dir")
            .arg(folder.path().join("bars"))
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
        self.open_gate_with(key, "");
    }

    /// The same, with what the run is to find there; never read half written.
    pub(crate) fn open_gate_with(&self, key: i64, told: &str) {
        let gates = self.folder.path().join("gates");
        let unfinished = gates.join("unfinished");
        fs::write(&unfinished, told).expect("a file");
        fs::rename(unfinished, gates.join(key.to_string())).expect("the gate opens");
    }

    /// Where it keeps bars, as whoever looks from outside of it finds that.
    pub(crate) fn bars_folder(&self) -> PathBuf {
        let within = self.folder.path().join("bars");
        let root = format!("/proc/{}/root", self.process.id());
        Path::new(&root).join(within.strip_prefix("/").expect("an absolute path"))
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
