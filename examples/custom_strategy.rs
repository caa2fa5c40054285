//! A strategy of one's own on a server of one's own, called by a client.
//!
//! ```text
//! cargo run --example custom_strategy
//! ```
//!
//! The strategy is the first half of this file and would be a file of its own; the one line that
//! brings it to the server is `Catalog::shipped().with(entry())`. From there on it is a strategy
//! like any other: its schema is listed and checked, its version is part of the run key.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write};

use tokio::sync::oneshot;
use tradeforge::config::Config;
use tradeforge::indicator::{Atr, Indicator};
use tradeforge::market::{Bar, Decimal};
use tradeforge::pb;
use tradeforge::pb::market_data_service_client::MarketDataServiceClient;
use tradeforge::pb::run_service_client::RunServiceClient;
use tradeforge::server::Server;
use tradeforge::strategy::{
    ALL_IN, Catalog, Context, Domain, POSITIVE_MIN, ParamSpec, Params, Scope, Strategy,
    StrategyEntry, building, warming,
};
use tradeforge::telemetry;
use tradeforge::trading::{Entry, Exits, Level, Side};

// The strategy.

/// What the server shows of it, and how it is made.
fn entry() -> StrategyEntry {
    StrategyEntry {
        name: "rising_closes".into(),
        version: "1".into(),
        display_name: "Rising closes".into(),
        description: "Goes long after so many closes in a row that each rose, with a stop and a \
                      target at the same number of average true ranges from the fill."
            .into(),
        scope: Scope::Instrument,
        aux: None,
        markets: Vec::new(),
        default_sizing: Some(ALL_IN),
        warm_up: warming(|params| params.length("closes") + 1),
        params: vec![
            ParamSpec {
                display_name: "Closes".into(),
                description: "Rising closes in a row that make a signal.".into(),
                suggested: Domain::Int { min: 2, max: 6, step: 1 },
                ..ParamSpec::length("closes", 3)
            },
            ParamSpec {
                name: "reach".into(),
                display_name: "Reach".into(),
                description: "Distance of stop and target from the fill.".into(),
                unit: "average true ranges".into(),
                default: 2.0.into(),
                domain: Domain::Double { min: POSITIVE_MIN, max: 100.0, step: 0.5 },
                suggested: Domain::Double { min: 1.0, max: 5.0, step: 0.5 },
            },
        ],
        build: building(|params| Ok(Box::new(RisingCloses::new(params)))),
    }
}

struct RisingCloses {
    wanted: usize,
    reach: f64,
    in_a_row: usize,
    close_before: Option<i64>,
    atr: Atr,
}

impl RisingCloses {
    fn new(params: &Params) -> Self {
        Self {
            wanted: params.length("closes"),
            reach: params.double("reach"),
            in_a_row: 0,
            close_before: None,
            atr: Atr::new(14),
        }
    }
}

impl Strategy for RisingCloses {
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        let has_risen = self.close_before.replace(bar.close).is_some_and(|c| bar.close > c);
        self.in_a_row = if has_risen { self.in_a_row + 1 } else { 0 };
        let Some(atr) = self.atr.update(*bar) else { return };
        if self.in_a_row >= self.wanted && context.side.is_none() {
            let away = Level::Away(self.reach * atr);
            let exits = Exits::stop(away).and_target(away, Decimal::ONE);
            context.submit(Entry::market(Side::Long).with(exits));
        }
    }
}

// The server and a client.

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let listen = "127.0.0.1:0".parse()?;
    let config = Config { listen, ..Config::new(folder.path().to_owned()) };
    let server = Server::bind(config, Catalog::shipped().with(entry())).await?;
    let address = format!("http://{}", server.address());
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = telemetry::spawn(server.run_until(async move {
        _ = stopped.await;
    }));
    call(address).await?;
    _ = stop.send(());
    serving.await??;
    Ok(())
}

/// Makes up bars, runs the strategy on them and tells the result.
async fn call(address: String) -> Result<(), Box<dyn Error>> {
    let mut market_data = MarketDataServiceClient::connect(address.clone()).await?;
    market_data.import_bars(bars()).await?;
    let mut runs = RunServiceClient::connect(address).await?;
    let run_id = runs.submit(backtest()).await?.into_inner().run_id;
    let watch = pb::WatchProgressRequest { run_id, ..Default::default() };
    let mut snapshots = runs.watch_progress(watch).await?.into_inner();
    let mut last = None;
    while let Some(message) = snapshots.message().await? {
        if let Some(pb::watch_progress_response::Event::Snapshot(snapshot)) = message.event {
            last = Some(snapshot);
        }
    }
    let Some(pb::run_status::Result::Backtest(result)) = last.and_then(|run| run.result) else {
        return Err("the run did not complete".into());
    };
    for name in ["net_profit", "trade_count", "win_rate", "ambiguous_exit_count"] {
        let value = result.metrics.get(name).copied().unwrap_or(f64::NAN);
        writeln!(io::stdout(), "{name:<22} {value:>14.4}")?;
    }
    Ok(())
}

/// Three years of hours, from a seed.
fn bars() -> pb::ImportBarsRequest {
    let synthetic = pb::SyntheticBars { bar_count: 26_280, seed: 42, ..Default::default() };
    pb::ImportBarsRequest {
        series: Some(pb::SeriesSpec {
            exchange: "SYN".into(),
            symbol: "DEMO".into(),
            timeframe: "1h".into(),
            ..Default::default()
        }),
        source: Some(pb::import_bars_request::Source::Synthetic(synthetic)),
        ..Default::default()
    }
}

fn backtest() -> pb::SubmitRequest {
    let closes = pb::ParamValue { kind: Some(pb::param_value::Kind::IntValue(4)) };
    let spec = pb::BacktestSpec {
        strategy: Some(pb::StrategyRef { name: "rising_closes".into(), ..Default::default() }),
        params: BTreeMap::from([("closes".to_owned(), closes)]),
        subscriptions: vec![pb::Subscription {
            exchange: "SYN".into(),
            symbol: "DEMO".into(),
            timeframe: "1h".into(),
            data_sha256: String::new(),
        }],
        simulation: Some(pb::Simulation { initial_cash: "10000".into(), ..Default::default() }),
        ..Default::default()
    };
    pb::SubmitRequest { spec: Some(pb::submit_request::Spec::Backtest(spec)), ..Default::default() }
}
