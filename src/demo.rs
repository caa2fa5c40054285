//! `tradeforge demo`: everything at once, from nothing.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::sync::oneshot;

use crate::cli::{self, CliError, DemoArgs, Exit, GlobalArgs, ProgressMode};
use crate::config::Config;
use crate::pb;
use crate::pb::axis::Domain;
use crate::pb::submit_request::Spec;
use crate::server::{Server, StartError};
use crate::strategy::Catalog;
use crate::telemetry;

const EXCHANGE: &str = "SYN";
const SYMBOL: &str = "DEMO";
const TIMEFRAME: &str = "1h";
/// Three years of hours.
const BAR_COUNT: i64 = 26_280;
const SEED: u64 = 42;

/// Why a demo could not be given.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The server.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The temporary folder.
    #[error("cannot make a temporary folder: {0}")]
    Folder(#[from] io::Error),
    /// The client.
    #[error(transparent)]
    Client(#[from] CliError),
    /// The transport.
    #[error(transparent)]
    Serve(#[from] tonic::transport::Error),
}

/// Starts a real server, makes up bars, runs a backtest and a sweep on them, and serves on until
/// `stop`.
pub async fn run(
    args: DemoArgs,
    is_json: bool,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<Exit, DemoError> {
    // Dropped, and so removed, at the end.
    let temporary = match args.keep {
        Some(_) => None,
        None => Some(tempfile::tempdir()?),
    };
    let kept = args.keep.clone();
    let data_dir = kept.or_else(|| temporary.as_ref().map(|dir| dir.path().to_owned()));
    let server = bind(args.listen, data_dir.unwrap_or_default()).await?;
    let globals = GlobalArgs { server: format!("http://{}", server.address()), is_json };
    let (end, ended) = oneshot::channel::<()>();
    let exits = args.exits;
    let serving = telemetry::spawn(server.run_until(async move {
        if exits {
            _ = ended.await;
        } else {
            tokio::select! { _ = ended => {}, () = stop => {} }
        }
    }));
    let exit = show(&globals).await?;
    if args.exits {
        _ = end.send(());
    } else {
        go_on(&globals, args.keep.is_some());
    }
    serving.await.unwrap_or(Ok(()))?;
    Ok(exit)
}

/// The usual port if it is free, else any.
async fn bind(listen: SocketAddr, data_dir: PathBuf) -> Result<Server, StartError> {
    let config = Config { listen, ..Config::new(data_dir) };
    match Server::bind(config.clone(), Catalog::shipped()).await {
        Err(StartError::Listen { .. }) => {
            let listen = SocketAddr::new(listen.ip(), 0);
            Server::bind(Config { listen, ..config }, Catalog::shipped()).await
        }
        result => result,
    }
}

async fn show(globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let generated = connection.market_data().import_bars(bars()).await?.into_inner();
    if let Some(series) = &generated.series {
        globals.talk(&format!("generated  {}", cli::series_line(series, generated.created)));
    }
    globals.talk("backtest   sma_cross fast=10 slow=50, all in, 0.1 % commission");
    let exit = cli::execute(&connection, backtest(), ProgressMode::Auto, globals).await?;
    if exit != Exit::Ok {
        return Ok(exit);
    }
    globals.talk("sweep      sma_cross fast=5..60:5 slow=20..200:10, the same account");
    cli::execute(&connection, sweep(), ProgressMode::Auto, globals).await
}

fn bars() -> pb::ImportBarsRequest {
    let synthetic = pb::SyntheticBars { bar_count: BAR_COUNT, seed: SEED, ..Default::default() };
    pb::ImportBarsRequest {
        series: Some(pb::SeriesSpec {
            exchange: EXCHANGE.into(),
            symbol: SYMBOL.into(),
            timeframe: TIMEFRAME.into(),
            ..Default::default()
        }),
        source: Some(pb::import_bars_request::Source::Synthetic(synthetic)),
        ..Default::default()
    }
}

fn backtest() -> pb::SubmitRequest {
    pb::SubmitRequest {
        spec: Some(Spec::Backtest(spec())),
        display_name: "demo".into(),
        ..Default::default()
    }
}

/// A grid with cells in which fast is not below slow: they fail, and the others go on.
fn sweep() -> pb::SubmitRequest {
    let axis = |name: &str, min_value, max_value, step| pb::Axis {
        name: name.into(),
        domain: Some(Domain::IntRange(pb::IntDomain { min_value, max_value, step })),
    };
    let search = pb::OptimizationSpec {
        base: Some(spec()),
        axes: vec![axis("fast", 5, 60, 5), axis("slow", 20, 200, 10)],
        ..Default::default()
    };
    pb::SubmitRequest {
        spec: Some(Spec::Optimization(search)),
        display_name: "demo sweep".into(),
        ..Default::default()
    }
}

/// What both runs have in common.
fn spec() -> pb::BacktestSpec {
    pb::BacktestSpec {
        strategy: Some(pb::StrategyRef { name: "sma_cross".into(), version: String::new() }),
        subscriptions: vec![pb::Subscription {
            exchange: EXCHANGE.into(),
            symbol: SYMBOL.into(),
            timeframe: TIMEFRAME.into(),
            data_sha256: String::new(),
        }],
        simulation: Some(pb::Simulation {
            initial_cash: "10000".into(),
            commission_rate: "0.001".into(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn go_on(globals: &GlobalArgs, is_kept: bool) {
    let url = &globals.server;
    let data = if is_kept { "data is kept" } else { "data in a temporary folder" };
    for line in [
        format!("serving    {url}  (Ctrl-C stops the server; {data})"),
        "next       tradeforge data import FILE.csv --as BINANCE:BTCUSDT@1m".to_owned(),
        "           tradeforge optimize rsi_reversion --on SYN:DEMO@1h -p period=5..30:5"
            .to_owned(),
        "           tradeforge strategies".to_owned(),
    ] {
        globals.talk(&line);
    }
}
