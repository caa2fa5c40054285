//! The program under load, and what the operating system says of it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use tonic::transport::Channel;
use tradeforge::pb;
use tradeforge::pb::import_bars_request::Source;
use tradeforge::pb::market_data_service_client::MarketDataServiceClient;
use tradeforge::pb::run_service_client::RunServiceClient;

use crate::Outcome;

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
        program.generate(20_000).await?;
        Ok(program)
    }

    async fn generate(&self, bar_count: u64) -> Outcome<()> {
        let series = pb::SeriesSpec {
            exchange: "LOAD".into(),
            symbol: "BARS".into(),
            timeframe: "1m".into(),
            ..Default::default()
        };
        let synthetic =
            pb::SyntheticBars { bar_count: bar_count as i64, seed: 1, ..Default::default() };
        let request = pb::ImportBarsRequest {
            series: Some(series),
            source: Some(Source::Synthetic(synthetic)),
            ..Default::default()
        };
        MarketDataServiceClient::new(self.connect().await?).import_bars(request).await?;
        Ok(())
    }

    pub(crate) async fn connect(&self) -> Outcome<Channel> {
        Ok(Channel::from_shared(self.url.clone())?.connect().await?)
    }

    pub(crate) async fn runs(&self) -> Outcome<RunServiceClient<Channel>> {
        Ok(RunServiceClient::new(self.connect().await?))
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

fn base(fast: Option<i64>) -> pb::BacktestSpec {
    let int = |value| pb::ParamValue { kind: Some(pb::param_value::Kind::IntValue(value)) };
    let sizing = pb::sizing::Kind::FixedQuantity("1".into());
    pb::BacktestSpec {
        strategy: Some(pb::StrategyRef { name: "sma_cross".into(), version: String::new() }),
        params: fast.map(|fast| ("fast".to_owned(), int(fast))).into_iter().collect(),
        subscriptions: vec![pb::Subscription {
            exchange: "LOAD".into(),
            symbol: "BARS".into(),
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
    always_new(pb::submit_request::Spec::Backtest(base(Some(5))))
}

/// A search that runs until somebody ends it.
pub(crate) fn long() -> pb::SubmitRequest {
    let axis = |name: &str, max_value| pb::Axis {
        name: name.into(),
        domain: Some(pb::axis::Domain::IntRange(pb::IntDomain {
            min_value: 1,
            max_value,
            step: 1,
        })),
    };
    let spec = pb::OptimizationSpec {
        base: Some(base(None)),
        axes: vec![axis("fast", 500), axis("slow", 1_000)],
        ..Default::default()
    };
    always_new(pb::submit_request::Spec::Optimization(spec))
}
