//! How a server begins and ends: what health says meanwhile, and that nobody can hold it up.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use rustix::io::ioctl_fionread;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tonic::Code;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tradeforge::config::Config;
use tradeforge::server::Server;
use tradeforge::strategy::Catalog;
use tradeforge::telemetry;

use crate::support::{
    ChildServer, Client, Home, Market, Refusal as _, TestServer, at_once, gate, request, within,
};

const WATCHERS: usize = 100;
/// What a full pipe holds at least: of the 64 KiB that Linux gives it, the ends of its pages may
/// stay empty.
const FULL_PIPE_BYTES: u64 = 48 << 10;

async fn health_of(channel: Channel) -> ServingStatus {
    let mut health = HealthClient::new(channel);
    let answer = within(health.check(HealthCheckRequest::default())).await.expect("an answer");
    answer.into_inner().status()
}

#[tokio::test]
async fn sigterm_is_obeyed_in_time_with_a_hundred_watches_and_a_peer_that_never_speaks() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run_id = server.submit(gate(1)).await.run_id;
    server.until_running(&run_id).await;
    let mut watches = at_once((0..WATCHERS).map(|_| server.watch(&run_id))).await;
    at_once(watches.iter_mut().map(crate::support::Watch::next_snapshot)).await;
    let mut health = HealthClient::new(server.channel());
    let mut health = health.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(health.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    let silent = TcpStream::connect(server.address()).await.unwrap();

    let told = async {
        let ends = at_once(watches.iter_mut().map(async |watch| {
            loop {
                match watch.next().await {
                    Ok(Some(_)) => {}
                    other => break other.unwrap_err(),
                }
            }
        }));
        let health = async { health.message().await.unwrap().unwrap().status() };
        futures_util::future::join(ends, health).await
    };
    let ((ends, health), (status, home)) =
        within(futures_util::future::join(told, server.terminate())).await;
    // Not by the clock that ends what does not end by itself, which would be another code.
    assert_eq!(status.code(), Some(0));
    assert_eq!(health, ServingStatus::NotServing);
    for end in ends {
        assert_eq!((end.code(), end.reason().as_str()), (Code::Unavailable, "SHUTTING_DOWN"));
        assert!(end.has_retry_info());
    }
    drop(silent);
    home.open_gate(1);
    let server = home.serve().await;
    server.when_final(&run_id).await;
}

#[tokio::test]
async fn a_server_that_still_starts_is_alive_but_not_ready_and_says_when_to_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path().to_owned());
    config.listen.set_port(0);
    let first = Server::bind(config.clone(), Catalog::shipped()).await.unwrap();
    config.listen = first.address();
    first.run_until(async {}).await.unwrap();
    // While somebody else writes, the database cannot be opened.
    let database = SqliteConnectOptions::new().filename(folder.path().join("tradeforge.db"));
    let mut database = database.connect().await.unwrap();
    database.execute("BEGIN IMMEDIATE").await.unwrap();

    let address = config.listen;
    let url = format!("http://{address}");
    let asked = async {
        let client = Client::connect(&reachable(address).await).await;
        assert_eq!(health_of(client.channel()).await, ServingStatus::NotServing);
        assert_eq!(health_command(&url).await, (Some(1), "not serving\n".to_owned()));
        assert_eq!(request(&url, "GET /livez HTTP/1.1", b"").await.status, 200);
        let readiness = request(&url, "GET /readyz HTTP/1.1", b"").await;
        assert_eq!(readiness.status, 503);
        assert_eq!(readiness.json()["error"]["reason"], "STARTING");
        let refused = client.refusal(gate(1)).await;
        assert_eq!((refused.code(), refused.reason().as_str()), (Code::Unavailable, "STARTING"));
        assert!(refused.has_retry_info());
        database.execute("COMMIT").await.unwrap();
        client
    };
    let started = Server::bind(config, Catalog::shipped());
    let (server, client) = Box::pin(within(futures_util::future::join(started, asked))).await;
    let server = server.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = telemetry::spawn(server.run_until(async {
        _ = stopped.await;
    }));
    assert_eq!(health_of(client.channel()).await, ServingStatus::Serving);
    assert_eq!(request(&url, "GET /readyz HTTP/1.1", b"").await.status, 200);
    assert_eq!(health_command(&url).await, (Some(0), "serving\n".to_owned()));
    stop.send(()).unwrap();
    within(serving).await.unwrap().unwrap();
    assert_eq!(health_command(&url).await, (Some(5), String::new()));
}

/// What `tradeforge health` says, and the code that it ends with.
async fn health_command(url: &str) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
    command.args(["health", "--server", url]);
    let asked = within(tokio::task::spawn_blocking(move || command.output())).await;
    let output = asked.expect("no panic").expect("the program starts");
    (output.status.code(), String::from_utf8(output.stdout).expect("text"))
}

/// Its URL, once somebody listens there.
async fn reachable(address: SocketAddr) -> String {
    let listens = async { while TcpStream::connect(address).await.is_err() {} };
    within(listens).await;
    format!("http://{address}")
}

#[tokio::test]
async fn a_request_that_comes_while_the_server_ends_is_told_so() {
    let server = TestServer::with(&Market::rising(10)).await;
    let mut watch = server.watch(&server.submit(gate(1)).await.run_id).await;
    watch.next_snapshot().await.unwrap();
    let client = server.another_client().await;
    server.stop();
    let told = loop {
        match watch.next().await {
            Ok(Some(_)) => {}
            other => break other.unwrap_err(),
        }
    };
    assert_eq!(told.reason(), "SHUTTING_DOWN");
    let refused = client.try_submit(gate(2)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
}

/// A server whose answering threads wait for somebody to read its log, for ever.
async fn stuck(home: &Home) -> (Child, BufReader<ChildStderr>) {
    let mut command = home.command();
    command.stderr(Stdio::piped()).env("RUST_LOG", "trace");
    let mut process = command.spawn().expect("the program starts");
    let stdout = process.stdout.take().expect("it is piped");
    let stderr = process.stderr.take().expect("it is piped");
    let started = tokio::task::spawn_blocking(move || {
        let reading = std::thread::spawn(move || until_ready(BufReader::new(stderr)));
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("the program speaks");
        let url = line.trim_end().trim_start_matches("listening on ").to_owned();
        (url, reading.join().expect("no panic"))
    });
    let (url, unread) = within(started).await.expect("no panic");
    let is_answered = async || {
        let asked = request(&url, "GET /livez HTTP/1.1", b"");
        tokio::time::timeout(Duration::from_secs(2), asked).await.is_ok()
    };
    // Slow is not stuck: what writes to a full pipe is.
    let unread_bytes = || ioctl_fionread(unread.get_ref()).expect("a pipe");
    while is_answered().await || unread_bytes() < FULL_PIPE_BYTES {}
    (process, unread)
}

/// Reads the log so far, so that the server comes up.
fn until_ready(mut log: BufReader<ChildStderr>) -> BufReader<ChildStderr> {
    let mut line = String::new();
    while log.read_line(&mut line).is_ok_and(|length| length > 0) {
        if line.contains("\"ready\"") {
            break;
        }
        line.clear();
    }
    log
}

async fn ended(mut process: Child) -> Option<i32> {
    let ended = tokio::task::spawn_blocking(move || process.wait());
    within(ended).await.expect("no panic").expect("a child").code()
}

#[tokio::test]
async fn sigterm_ends_a_server_whose_answering_threads_are_stuck() {
    let home = Home::new();
    let (process, _unread) = stuck(&home).await;
    kill_process(Pid::from_child(&process), Signal::TERM).expect("a live process");
    assert_eq!(ended(process).await, Some(1));
}

#[tokio::test]
async fn a_second_signal_ends_a_server_at_once() {
    let home = Home::new();
    let (process, _unread) = stuck(&home).await;
    let pid = Pid::from_child(&process);
    let ended = telemetry::spawn(ended(process));
    // Two of one kind that come at once are one to the system.
    while !ended.is_finished() {
        _ = kill_process(pid, Signal::INT);
        tokio::task::yield_now().await;
    }
    let code = ended.await.expect("no panic");
    assert_eq!(code, Some(128 + Signal::INT.as_raw()));
}

#[tokio::test]
async fn a_server_ends_with_whoever_holds_its_standard_input_and_its_temporary_folder_with_it() {
    let home = Home::new();
    let temporary = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--temporary", "--exit-with-stdin"])
        .env("TMPDIR", temporary.path())
        // A flag wins: what is kept elsewhere is left alone.
        .env("TRADEFORGE_DATA_DIR", home.database().parent().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut process = command.spawn().expect("the program starts");
    let held = process.stdin.take().expect("it is piped");
    let stdout = process.stdout.take().expect("it is piped");
    let read = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).map(|_| line)
    });
    let line = within(read).await.expect("no panic").expect("the program speaks");
    let url = line.trim_end().trim_start_matches("listening on ").to_owned();
    assert_eq!(request(&url, "GET /readyz HTTP/1.1", b"").await.status, 200);
    let kept = || temporary.path().read_dir().unwrap().count();
    assert_eq!((kept(), home.database().exists()), (1, false));

    drop(held);
    assert_eq!(ended(process).await, Some(0));
    assert_eq!(kept(), 0);
}
