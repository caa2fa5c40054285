//! A server of this process, with clients beside it over real sockets.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::oneshot;
use tonic::transport::{Channel, Endpoint};
use tradeforge::config::Config;
use tradeforge::pb::market_data_service_client::MarketDataServiceClient;
use tradeforge::pb::run_service_client::RunServiceClient;
use tradeforge::pb::{self, import_bars_request, submit_request};
use tradeforge::server::{ServeError, Server};
use tradeforge::strategy::Catalog;
use tradeforge::telemetry;

use crate::Outcome;
use crate::hold;
use crate::measure::{Load, calls};
use crate::table::Calls;

const CONNECTIONS: usize = 8;
const EXCHANGE: &str = "SYN";
/// The symbol of a million bars.
pub(crate) const LONG: &str = "LONG";
/// The symbol of a hundred thousand bars.
pub(crate) const MIDDLE: &str = "MIDDLE";
/// The symbol of a thousand bars.
pub(crate) const SHORT: &str = "SHORT";

/// Some connections to one server; callers share them.
#[derive(Clone)]
pub(crate) struct Channels(Arc<Vec<Channel>>);

impl Channels {
    pub(crate) async fn open(address: SocketAddr) -> Outcome<Self> {
        let mut channels = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            let endpoint = Endpoint::from_shared(format!("http://{address}"))?.tcp_nodelay(true);
            channels.push(endpoint.connect().await?);
        }
        Ok(Self(Arc::new(channels)))
    }

    pub(crate) fn of(&self, caller: usize) -> Channel {
        self.0[caller % CONNECTIONS].clone()
    }
}

/// A server of this process with its clients.
pub(crate) struct Bench {
    pub(crate) channels: Channels,
    stop: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<Result<(), ServeError>>,
}

impl Bench {
    pub(crate) async fn start(data_dir: std::path::PathBuf) -> Outcome<Self> {
        let config = Config { listen: "127.0.0.1:0".parse()?, ..Config::new(data_dir) };
        let server = Server::bind(config, Catalog::shipped().with(hold::entry())).await?;
        let address = server.address();
        let (stop, stopped) = oneshot::channel();
        let ended = telemetry::spawn(server.run_until(async move { _ = stopped.await }));
        Ok(Self { channels: Channels::open(address).await?, stop, ended })
    }

    pub(crate) async fn stop(self) -> Outcome<()> {
        _ = self.stop.send(());
        drop(self.channels);
        Ok(self.ended.await??)
    }

    pub(crate) fn runs(&self) -> RunServiceClient<Channel> {
        RunServiceClient::new(self.channels.of(0))
    }

    pub(crate) async fn generate(&self, symbol: &str, bar_count: u64) -> Outcome<()> {
        let synthetic =
            pb::SyntheticBars { bar_count: bar_count as i64, seed: 42, ..Default::default() };
        let request = pb::ImportBarsRequest {
            series: Some(pb::SeriesSpec {
                exchange: EXCHANGE.into(),
                symbol: symbol.into(),
                timeframe: "1m".into(),
                ..Default::default()
            }),
            source: Some(import_bars_request::Source::Synthetic(synthetic)),
            ..Default::default()
        };
        MarketDataServiceClient::new(self.channels.of(0)).import_bars(request).await?;
        Ok(())
    }

    pub(crate) async fn submit(&self, strategy: &str, symbol: &str) -> Outcome<String> {
        Ok(self.runs().submit(submission(strategy, symbol)).await?.into_inner().run_id)
    }

    pub(crate) async fn submit_calls(&self, load: Load, strategy: &'static str) -> Outcome<Calls> {
        let channels = self.channels.clone();
        calls(load, move |caller| {
            let mut client = RunServiceClient::new(channels.of(caller));
            async move {
                client.submit(submission(strategy, LONG)).await?;
                Ok(())
            }
        })
        .await
    }

    pub(crate) async fn status_calls(&self, load: Load, run_id: &str) -> Outcome<Calls> {
        let (channels, run_id) = (self.channels.clone(), run_id.to_owned());
        calls(load, move |caller| {
            let mut client = RunServiceClient::new(channels.of(caller));
            let request = pb::GetStatusRequest { run_id: run_id.clone(), wait: None };
            async move {
                client.get_status(request).await?;
                Ok(())
            }
        })
        .await
    }

    pub(crate) async fn list_calls(
        &self,
        load: Load,
        request: pb::ListRunsRequest,
    ) -> Outcome<Calls> {
        let channels = self.channels.clone();
        calls(load, move |caller| {
            let (mut client, request) =
                (RunServiceClient::new(channels.of(caller)), request.clone());
            async move {
                client.list_runs(request).await?;
                Ok(())
            }
        })
        .await
    }

    /// What leads to the page after so many runs.
    pub(crate) async fn page_token(&self, runs: usize) -> Outcome<String> {
        let (mut token, mut seen) = (String::new(), 0);
        while seen < runs {
            let request =
                pb::ListRunsRequest { page_size: 50, page_token: token, ..Default::default() };
            let page = self.runs().list_runs(request).await?.into_inner();
            seen += page.runs.len();
            token = page.next_page_token;
        }
        Ok(token)
    }

    /// A run that has ended. The gate is opened for it: held runs take up the workers.
    pub(crate) async fn completed(&self, symbol: &str) -> Outcome<String> {
        hold::set_open(true);
        let run_id = self.submit("sma_cross", symbol).await?;
        self.wait_for(&run_id).await?;
        hold::set_open(false);
        Ok(run_id)
    }

    /// Lets every held run go to its end.
    pub(crate) async fn clear(&self) -> Outcome<()> {
        hold::set_open(true);
        // Runs of equal priority go by age: when this one has ended, all before it have begun.
        let last = self.submit("buy_and_hold", SHORT).await?;
        self.wait_for(&last).await
    }

    pub(crate) async fn wait_for(&self, run_id: &str) -> Outcome<()> {
        let wait = Some(prost_types::Duration { seconds: 60, nanos: 0 });
        let request = pb::GetStatusRequest { run_id: run_id.to_owned(), wait };
        let answer = self.runs().get_status(request).await?.into_inner();
        match answer.status.map(|status| status.state()) {
            Some(pb::RunState::Completed) => Ok(()),
            state => Err(format!("{run_id} is {state:?}").into()),
        }
    }
}

pub(crate) fn backtest(strategy: &str, symbol: &str) -> pb::BacktestSpec {
    pb::BacktestSpec {
        strategy: Some(pb::StrategyRef { name: strategy.into(), ..Default::default() }),
        subscriptions: vec![pb::Subscription {
            exchange: EXCHANGE.into(),
            symbol: symbol.into(),
            timeframe: "1m".into(),
            data_sha256: String::new(),
        }],
        simulation: Some(pb::Simulation { initial_cash: "10000".into(), ..Default::default() }),
        ..Default::default()
    }
}

/// Always a run of its own.
pub(crate) fn always_new(spec: submit_request::Spec) -> pb::SubmitRequest {
    pb::SubmitRequest {
        spec: Some(spec),
        reuse_policy: pb::ReusePolicy::AlwaysNew.into(),
        ..Default::default()
    }
}

fn submission(strategy: &str, symbol: &str) -> pb::SubmitRequest {
    always_new(submit_request::Spec::Backtest(backtest(strategy, symbol)))
}
