//! Only wiring: open, bind, tell the address, serve until told to stop.

mod door;
mod error;
mod expiry;
mod folders;
mod health;

pub use error::StartError;
pub(crate) use folders::DataDir;

use std::fs::File;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::data::{Library, LibrarySettings};
use crate::grpc::{self, Exports, Limits, Services, Streams};
use crate::runner::{Executor, LocalExecutor, Runner, RunnerLimits, RunnerParts};
use crate::storage::Store;
use crate::strategy::Catalog;
use crate::telemetry::{self, Registry, RpcInstruments};
use crate::web::{self, Page, WebParts};
use door::Door;
use expiry::{Expiry, Retention};
use health::{Health, with_reflection};

/// Emptying the write-ahead log takes milliseconds; a disk that hangs must not hold up the end.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// A server that has its port and everything that a former process left, ready to serve.
pub struct Server {
    door: Door,
    health: Health,
    runner: Arc<Runner>,
    store: Store,
    draining: CancellationToken,
    /// Held for as long as the server lives.
    _lock: File,
}

impl Server {
    /// Opens the data directory, binds, and takes up what a former process left. Until that is
    /// done, whoever calls is told to come again.
    ///
    /// # Errors
    ///
    /// `StartError`, naming what is in the way.
    pub async fn bind(config: Config, catalog: Catalog) -> Result<Self, StartError> {
        Self::bind_with(config, catalog, |local| Arc::new(local)).await
    }

    /// As [`Self::bind`], with an executor made of the one on this machine.
    ///
    /// # Errors
    ///
    /// `StartError`, naming what is in the way.
    pub async fn bind_with(
        config: Config,
        catalog: Catalog,
        executor_of: impl FnOnce(LocalExecutor) -> Arc<dyn Executor>,
    ) -> Result<Self, StartError> {
        let folders = DataDir::open(&config.data_dir)?;
        // Bound before the runs go on, so that a taken port leaves them alone.
        let cannot_listen = |source| StartError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let page = Page { address, cors_origins: config.cors_origins.clone() };
        let health = Health::starting().await;
        let door = Door::open(
            listener,
            address,
            web::while_starting(Routes::new(health.service()), &page),
        );
        let store = Store::open(&folders.database()).await?;
        let bars = Arc::new(folders.bars(config.cache_bytes)?);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let catalog = Arc::new(catalog);
        let executor = LocalExecutor::new(config.workers, Arc::clone(&catalog), Arc::clone(&bars))?;
        let (worker_threads, busy_ratio) = (executor.threads(), executor.busy_ratio());
        let replayer = executor.replayer();
        let runner = Runner::start(RunnerParts {
            store: store.clone(),
            bars: Arc::clone(&bars),
            catalog,
            executor: executor_of(executor),
            replayer,
            clock: Arc::clone(&clock),
            limits: runner_limits(&config),
            scratch_dir: folders.spool.clone(),
        })
        .await?;
        let library = LibrarySettings {
            spool_dir: folders.spool,
            upload_bytes_max: config.upload_bytes_max,
            import_root: config.import_root.clone(),
        };
        let library = Arc::new(Library::new(store.clone(), bars, Arc::clone(&clock), library));
        let expiry = Expiry {
            retention: retention(&config),
            runner: Arc::clone(&runner),
            library: Arc::clone(&library),
            store: store.clone(),
            clock: Arc::clone(&clock),
        };
        let exports = Exports::new(Arc::clone(&runner), Arc::clone(&library));
        let services = Services {
            runner: Arc::clone(&runner),
            library: Arc::clone(&library),
            clock,
            worker_threads,
            limits: limits(&config),
            streams: Streams::watches(config.watch_streams_max, config.watch_streams_per_peer_max),
            exports: exports.clone(),
            rpcs: RpcInstruments::default(),
        };
        let registry = Arc::new(measures(&services, &store, busy_ratio));
        let routes = with_reflection(grpc::routes(services).add_service(health.service()))?;
        let draining = CancellationToken::new();
        let web = WebParts { library, exports, registry, draining: draining.clone() };
        door.let_in(web::router(routes, web, &page));
        telemetry::spawn(expiry.run(draining.clone()));
        health.serving().await;
        Ok(Self { door, health, runner, store, draining, _lock: folders.lock })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.door.address
    }

    /// Serves until `stop` resolves, then ends streams, stops work at its next border and closes
    /// the database. Live runs stay as they are for the next start.
    ///
    /// # Errors
    ///
    /// If the transport fails.
    pub async fn run_until(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), tonic::transport::Error> {
        let Self { mut door, mut health, runner, store, draining, .. } = self;
        tokio::select! {
            ended = door.failed() => return ended,
            () = stop => tracing::info!("shutting down"),
        }
        health.draining().await;
        draining.cancel();
        runner.shut_down().await;
        health.end().await;
        let ended = door.close().await;
        if timeout(CLOSE_TIMEOUT, store.close()).await.is_err() {
            tracing::warn!("the write-ahead log is left to the next start");
        }
        ended
    }
}

const fn limits(config: &Config) -> Limits {
    Limits {
        message_bytes_max: config.message_bytes_max,
        page_size_max: config.page_size_max,
        requests_per_second_max: config.requests_per_second_max,
    }
}

const fn runner_limits(config: &Config) -> RunnerLimits {
    RunnerLimits {
        live_runs_max: config.live_runs_max,
        running_sweeps_max: config.running_sweeps_max,
        trials_max: config.trials_max,
        axes_max: config.axes_max,
        instruments_max: config.instruments_max,
        run_bars_bytes_max: config.run_bars_bytes_max,
    }
}

const fn retention(config: &Config) -> Retention {
    Retention {
        runs_max: config.finished_runs_max,
        runs_days: config.finished_runs_days,
        data_days: config.old_data_days,
    }
}

/// Everything that is measured of this server.
fn measures(
    services: &Services,
    store: &Store,
    busy_ratio: impl Fn() -> f64 + Send + Sync + 'static,
) -> Registry {
    let mut registry = Registry::new(env!("CARGO_PKG_VERSION"), env!("TRADEFORGE_REVISION"));
    registry.add(services.runner.instruments());
    registry.add(&services.rpcs);
    registry.add(store.write_timer());
    let streams = services.streams.clone();
    registry.add_gauge("tradeforge_watch_streams", "Watch streams that are open", move || {
        streams.count() as f64
    });
    let exports = services.exports.clone();
    registry.add_gauge("tradeforge_exports", "Exports that are under way", move || {
        exports.count() as f64
    });
    registry.add_gauge(
        "tradeforge_worker_busy_ratio",
        "Part of the threads that compute at the moment",
        busy_ratio,
    );
    let load = |look: fn(crate::runner::Load) -> usize| {
        let runner = Arc::clone(&services.runner);
        move || look(runner.load()) as f64
    };
    let help = "Runs that wait for their turn";
    registry.add_gauge("tradeforge_queue_depth", help, load(|load| load.pending));
    let help = "Runs that wait or compute, by kind";
    registry.add_gauges(
        "tradeforge_runs_active",
        help,
        "kind",
        vec![
            ("BACKTEST", Box::new(load(|load| load.backtests))),
            ("OPTIMIZATION", Box::new(load(|load| load.searches))),
        ],
    );
    registry
}
