//! The same search bar by bar by two threads of a server, and by four workers of one thread each
//! with a broker, all on the same cores: what a fleet costs where it gains nothing. Left out, and
//! said, where no nats-server is at hand.

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::time::interval;
use tonic::transport::Channel;
use tradeforge::pb;
use tradeforge::pb::import_bars_request::Source;
use tradeforge::pb::market_data_service_client::MarketDataServiceClient;
use tradeforge::pb::run_service_client::RunServiceClient;
use tradeforge::pb::system_service_client::SystemServiceClient;

use crate::Outcome;
use crate::table::{Table, count, time};

/// Bars of a trial, such that one takes about 20 ms.
const BARS: i64 = 600_000;
const TRIALS: i64 = 600;
const WARM_TRIALS: i64 = 60;
const WORKERS: usize = 4;
const ROUNDS: u64 = 3;

/// A process that ends with its value.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Errs where it has ended already.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// A server with bars, and what computes for it.
struct Site {
    channel: Channel,
    /// In the order in which they are to end: workers, server, broker.
    _processes: Vec<Process>,
    _folder: TempDir,
}

pub(crate) async fn measure(table: &mut Table) -> Outcome<()> {
    let Some(nats) = nats_server() else {
        eprintln!("fleet: left out, nats-server is not at hand (make target/tools/nats-server)");
        return Ok(());
    };
    let local = Site::start(None).await?;
    let fleet = Site::start(Some(&nats)).await?;
    table.section("a search bar by bar", ["a trial", "trials/s", "", "to two threads"]);
    let mut least = [Duration::MAX; 2];
    for site in [&local, &fleet] {
        site.search(WARM_TRIALS, 0).await?;
    }
    for round in 1..=ROUNDS {
        for (site, least) in [&local, &fleet].into_iter().zip(&mut least) {
            *least = (*least).min(site.search(TRIALS, round).await?);
        }
    }
    let rate = |time: Duration| TRIALS as f64 / time.as_secs_f64();
    let trial = least[0].mul_f64(2.0 / TRIALS as f64);
    let names = ["two threads of the server", "four workers and a broker, the same cores"];
    for (name, took) in names.into_iter().zip(least) {
        let ratio = format!("{:.2}", rate(took) / rate(least[0]));
        table.row(name, [time(trial), count(rate(took)), String::new(), ratio]);
    }
    Ok(())
}

/// The first that is at hand.
fn nats_server() -> Option<PathBuf> {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/nats-server");
    let named = std::env::var_os("NATS_SERVER").map(PathBuf::from);
    let mut all = named.into_iter().chain([made, "nats-server".into()]);
    all.find(|path| Command::new(path).arg("--version").stdout(Stdio::null()).status().is_ok())
}

impl Site {
    async fn start(nats: Option<&Path>) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let mut processes = Vec::new();
        let broker = match nats {
            Some(program) => {
                let (process, url) = start_broker(program, folder.path()).await?;
                processes.push(process);
                Some(url)
            }
            None => None,
        };
        let (server, url) = start_server(folder.path(), broker.as_deref())?;
        processes.insert(0, server);
        for number in (0..WORKERS).take_while(|_| broker.is_some()) {
            let worker = Command::new(env!("CARGO_BIN_EXE_tradeforge"))
                .args(["worker", "--workers", "1", "--nats", broker.as_deref().unwrap_or("")])
                .arg("--cache-dir")
                .arg(folder.path().join(format!("worker{number}")))
                .env("RUST_LOG", "warn")
                .spawn()?;
            processes.insert(0, Process(worker));
        }
        let channel = Channel::from_shared(url)?.connect().await?;
        let site = Self { channel, _processes: processes, _folder: folder };
        if broker.is_some() {
            site.until_workers_are_there().await?;
        }
        site.generate().await?;
        Ok(site)
    }

    async fn until_workers_are_there(&self) -> Outcome<()> {
        let mut system = SystemServiceClient::new(self.channel.clone());
        let mut look = interval(Duration::from_millis(100));
        loop {
            look.tick().await;
            let request = pb::ListWorkersRequest::default();
            if system.list_workers(request).await?.into_inner().workers.len() >= WORKERS {
                return Ok(());
            }
        }
    }

    async fn generate(&self) -> Outcome<()> {
        let series = pb::SeriesSpec {
            exchange: "SYN".into(),
            symbol: "FLEET".into(),
            timeframe: "1m".into(),
            ..Default::default()
        };
        let synthetic = pb::SyntheticBars { bar_count: BARS, seed: 42, ..Default::default() };
        let request = pb::ImportBarsRequest {
            series: Some(series),
            source: Some(Source::Synthetic(synthetic)),
            ..Default::default()
        };
        MarketDataServiceClient::new(self.channel.clone()).import_bars(request).await?;
        Ok(())
    }

    /// From its submission to its end.
    async fn search(&self, trials: i64, seed: u64) -> Outcome<Duration> {
        let mut runs = RunServiceClient::new(self.channel.clone());
        let began = Instant::now();
        let run_id = runs.submit(search(trials, seed)).await?.into_inner().run_id;
        loop {
            let wait = Some(prost_types::Duration { seconds: 30, nanos: 0 });
            let request = pb::GetStatusRequest { run_id: run_id.clone(), wait };
            let status = runs.get_status(request).await?.into_inner().status.ok_or("a status")?;
            match status.state() {
                pb::RunState::Completed => return Ok(began.elapsed()),
                pb::RunState::Pending | pb::RunState::Running => {}
                other => return Err(format!("the search is {other:?}: {status:?}").into()),
            }
        }
    }
}

async fn start_broker(program: &Path, folder: &Path) -> Outcome<(Process, String)> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let process = Command::new(program)
        .args(["--jetstream", "--addr", "127.0.0.1", "--port", &port.to_string(), "--store_dir"])
        .arg(folder.join("broker"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let process = Process(process);
    let mut look = interval(Duration::from_millis(20));
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        look.tick().await;
    }
    Ok((process, format!("nats://127.0.0.1:{port}")))
}

fn start_server(folder: &Path, broker: Option<&str>) -> Outcome<(Process, String)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--workers", "2", "--data-dir"]);
    command.arg(folder.join("data")).env("XDG_CONFIG_HOME", folder).env("RUST_LOG", "warn");
    command.args(broker.into_iter().flat_map(|url| ["--nats", url]));
    let mut process = command.stdout(Stdio::piped()).spawn()?;
    let stdout = process.stdout.take().ok_or("no stdout")?;
    let process = Process(process);
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    let url = line.trim_end().strip_prefix("listening on ").ok_or("no address")?.to_owned();
    Ok((process, url))
}

/// So many trials drawn over a strategy that goes bar by bar alone.
fn search(trial_count: i64, seed: u64) -> pb::SubmitRequest {
    let domain = pb::DoubleDomain { min_value: 0.005, max_value: 0.05, step: 0.0 };
    let axis = pb::Axis {
        name: "min_threshold".into(),
        domain: Some(pb::axis::Domain::DoubleRange(domain)),
    };
    let sizing = pb::sizing::Kind::FixedQuantity("1".into());
    let base = pb::BacktestSpec {
        strategy: Some(pb::StrategyRef { name: "zigzag_breakout".into(), ..Default::default() }),
        subscriptions: vec![pb::Subscription {
            exchange: "SYN".into(),
            symbol: "FLEET".into(),
            timeframe: "1m".into(),
            data_sha256: String::new(),
        }],
        simulation: Some(pb::Simulation {
            initial_cash: "100000".into(),
            sizing: Some(pb::Sizing { kind: Some(sizing) }),
            ..Default::default()
        }),
        ..Default::default()
    };
    let random = pb::RandomSearch { trial_count, seed };
    let spec = pb::OptimizationSpec {
        base: Some(base),
        axes: vec![axis],
        search: Some(pb::optimization_spec::Search::Random(random)),
        ..Default::default()
    };
    pb::SubmitRequest {
        spec: Some(pb::submit_request::Spec::Optimization(spec)),
        reuse_policy: pb::ReusePolicy::AlwaysNew.into(),
        ..Default::default()
    }
}
