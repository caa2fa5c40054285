//! The program under load, and what the operating system says of it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::sleep;
use tonic::transport::Channel;
use tradeforge::pb;
use tradeforge::pb::import_bars_request::Source;
use tradeforge::pb::market_data_service_client::MarketDataServiceClient;
use tradeforge::pb::run_service_client::RunServiceClient;

use crate::Outcome;

/// What backtests of some milliseconds go through, and what a search does not come to the end of.
const SHORT: &str = "SHORT";
const LONG: &str = "LONG";
const WARM_TRIALS: i64 = 1_000;
const NARROW_BYTES: u32 = 2 << 10;

/// A server with bars; killed at the end.
pub(crate) struct Program {
    process: Child,
    url: String,
    folder: TempDir,
}

/// What a process holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) memory_bytes: f64,
    pub(crate) files: usize,
    pub(crate) wal_bytes: u64,
}

impl Program {
    pub(crate) async fn start(arguments: &[&str]) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let mut process = Command::new(env!("CARGO_BIN_EXE_tradeforge"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder.path())
            .args(arguments)
            .env("XDG_CONFIG_HOME", folder.path())
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let stdout = process.stdout.take().ok_or("no stdout")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let url = line.trim_end().strip_prefix("listening on ").ok_or("no address")?.to_owned();
        let program = Self { process, url, folder };
        program.generate(SHORT, 20_000).await?;
        program.generate(LONG, 1_000_000).await?;
        Ok(program)
    }

    async fn generate(&self, symbol: &str, bar_count: i64) -> Outcome<()> {
        let series = pb::SeriesSpec {
            exchange: "LOAD".into(),
            symbol: symbol.into(),
            timeframe: "1m".into(),
            ..Default::default()
        };
        let synthetic = pb::SyntheticBars { bar_count, seed: 1, ..Default::default() };
        let request = pb::ImportBarsRequest {
            series: Some(series),
            source: Some(Source::Synthetic(synthetic)),
            ..Default::default()
        };
        MarketDataServiceClient::new(self.connect().await?).import_bars(request).await?;
        Ok(())
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    async fn connect(&self) -> Outcome<Channel> {
        Ok(Channel::from_shared(self.url.clone())?.connect().await?)
    }

    pub(crate) async fn runs(&self) -> Outcome<RunServiceClient<Channel>> {
        Ok(RunServiceClient::new(self.connect().await?))
    }

    /// A client whose streams take so few bytes that one that is not read soon stands still.
    pub(crate) async fn narrow_runs(&self) -> Outcome<RunServiceClient<Channel>> {
        let endpoint = Channel::from_shared(self.url.clone())?;
        let channel = endpoint.initial_stream_window_size(NARROW_BYTES).connect().await?;
        Ok(RunServiceClient::new(channel))
    }

    /// A search that computes, its memory taken already.
    pub(crate) async fn search(&self) -> Outcome<String> {
        let mut runs = self.runs().await?;
        let run_id = runs.submit(long()).await?.into_inner().run_id;
        while trials_done(&mut runs, &run_id).await? < WARM_TRIALS {
            sleep(Duration::from_millis(50)).await;
        }
        Ok(run_id)
    }

    pub(crate) fn held(&self) -> Outcome<Held> {
        let process = format!("/proc/{}", self.process.id());
        let status = fs::read_to_string(format!("{process}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes: f64 =
            line.and_then(|line| line.split_whitespace().next()?.parse().ok()).ok_or("no RSS")?;
        let wal = fs::metadata(self.folder.path().join("tradeforge.db-wal"));
        Ok(Held {
            memory_bytes: kilobytes * 1024.0,
            files: fs::read_dir(format!("{process}/fd"))?.count(),
            wal_bytes: wal.map_or(0, |wal| wal.len()),
        })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Errs where the process has ended already.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// How many trials of a search that goes on are done.
pub(crate) async fn trials_done(
    runs: &mut RunServiceClient<Channel>,
    run_id: &str,
) -> Outcome<i64> {
    let request = pb::GetStatusRequest { run_id: run_id.to_owned(), wait: None };
    let status = runs.get_status(request).await?.into_inner().status.ok_or("a status")?;
    if status.end_time.is_some() {
        return Err("the search has ended before it was measured".into());
    }
    Ok(status.progress.unwrap_or_default().completed)
}

fn base(symbol: &str, fast: Option<i64>) -> pb::BacktestSpec {
    let int = |value| pb::ParamValue { kind: Some(pb::param_value::Kind::IntValue(value)) };
    let sizing = pb::sizing::Kind::FixedQuantity("1".into());
    pb::BacktestSpec {
        strategy: Some(pb::StrategyRef { name: "sma_cross".into(), ..Default::default() }),
        params: fast.map(|fast| ("fast".to_owned(), int(fast))).into_iter().collect(),
        subscriptions: vec![pb::Subscription {
            exchange: "LOAD".into(),
            symbol: symbol.into(),
            timeframe: "1m".into(),
            data_sha256: String::new(),
        }],
        simulation: Some(pb::Simulation {
            initial_cash: "100000".into(),
            sizing: Some(pb::Sizing { kind: Some(sizing) }),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn always_new(spec: pb::submit_request::Spec) -> pb::SubmitRequest {
    pb::SubmitRequest {
        spec: Some(spec),
        reuse_policy: pb::ReusePolicy::AlwaysNew.into(),
        ..Default::default()
    }
}

/// A backtest of some milliseconds.
pub(crate) fn short() -> pb::SubmitRequest {
    always_new(pb::submit_request::Spec::Backtest(base(SHORT, Some(5))))
}

/// A search that runs until somebody ends it.
pub(crate) fn long() -> pb::SubmitRequest {
    let axis = |name: &str, min_value, max_value| {
        let range = pb::IntDomain { min_value, max_value, step: 1 };
        pb::Axis { name: name.into(), domain: Some(pb::axis::Domain::IntRange(range)) }
    };
    let spec = pb::OptimizationSpec {
        base: Some(base(LONG, None)),
        axes: vec![axis("fast", 1, 500), axis("slow", 501, 1_000)],
        ..Default::default()
    };
    always_new(pb::submit_request::Spec::Optimization(spec))
}
