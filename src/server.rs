//! Only wiring: open, bind, tell the address, serve until told to stop.

use std::fs::{self, File, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic_health::server::HealthReporter;

use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::data::{BarStore, Library, LibrarySettings};
use crate::grpc::{self, Services, TrialExport};
use crate::pb;
use crate::runner::{Executor, LocalExecutor, Runner, RunnerLimits, RunnerParts};
use crate::storage::{OpenError, Store, StoreError};
use crate::strategy::Catalog;
use crate::telemetry;
use crate::web::{self, WebParts};

/// Half-open peers are found after this time without a frame.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);
const TCP_KEEPALIVE: Duration = Duration::from_mins(1);
/// Requests at once on one connection; hyper's own bound is lost on the way through tonic.
const STREAMS_PER_CONNECTION_MAX: u32 = 256;
/// A page that flips between runs resets many streams; that is no attack yet.
const PENDING_RESETS_MAX: usize = 100;
const HEADER_BYTES_MAX: u32 = 16 << 10;
/// Connections that do not end by themselves are cut after this time.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(3);

/// A server that has its port and everything that a former process left, ready to serve.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    routes: Routes,
    health: HealthReporter,
    runner: Arc<Runner>,
    store: Store,
    /// Held for as long as the server lives.
    _lock: File,
}

/// Why a server could not start. Nothing was damaged.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory cannot be used.
    #[error("cannot use the data directory {}: {source}", path.display())]
    DataDir {
        /// Which folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another server has it.
    #[error("another server uses the data directory {}", path.display())]
    Locked {
        /// Which folder.
        path: PathBuf,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// What a former process left cannot be taken up.
    #[error("cannot take up the runs of the former process: {0}")]
    Recovery(#[from] StoreError),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The worker threads cannot be started.
    #[error("cannot start the worker threads: {0}")]
    Workers(#[from] rayon::ThreadPoolBuildError),
    /// The descriptors of the contract cannot be served.
    #[error("cannot serve reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}

impl Server {
    /// Opens the data directory, binds, and takes up what a former process left.
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
        let folders = Folders::open(&config.data_dir)?;
        let store = Store::open(&config.data_dir.join("tradeforge.db")).await?;
        let bars = Arc::new(folders.bars(config.cache_bytes)?);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let catalog = Arc::new(catalog);
        let executor = LocalExecutor::new(config.workers, Arc::clone(&catalog), Arc::clone(&bars))?;
        let (worker_threads, replayer) = (executor.threads(), executor.replayer());
        // Bound before the runs go on, so that a taken port leaves them alone.
        let cannot_listen = |source| StartError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let runner = Runner::start(RunnerParts {
            store: store.clone(),
            bars: Arc::clone(&bars),
            catalog,
            executor: executor_of(executor),
            replayer,
            clock: Arc::clone(&clock),
            limits: RunnerLimits {
                live_runs_max: config.live_runs_max,
                running_sweeps_max: config.running_sweeps_max,
                trials_max: config.trials_max,
            },
        })
        .await?;
        let settings = LibrarySettings {
            spool_dir: folders.spool,
            upload_bytes_max: config.upload_bytes_max,
            import_root: config.import_root,
        };
        let library = Library::new(store.clone(), bars, Arc::clone(&clock), settings);
        let library = Arc::new(library);
        let services = Services {
            runner: Arc::clone(&runner),
            library: Arc::clone(&library),
            clock,
            worker_threads,
            live_runs_max: config.live_runs_max,
            trials_max: config.trials_max,
            watch_streams_max: config.watch_streams_max,
        };
        let (health, routes) = with_health_and_reflection(grpc::routes(services)).await?;
        let trials = TrialExport::new(Arc::clone(&runner));
        let web = WebParts { library, trials, address, cors_origins: config.cors_origins };
        let routes = web::router(routes, web);
        let lock = folders.lock;
        Ok(Self { listener, address, routes, health, runner, store, _lock: lock })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
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
        let Self { listener, routes, mut health, runner, store, .. } = self;
        let incoming = TcpIncoming::from(listener)
            .with_nodelay(Some(true))
            .with_keepalive(Some(TCP_KEEPALIVE));
        let (drain, draining) = oneshot::channel::<()>();
        let serving = tonic::transport::Server::builder()
            .accept_http1(true)
            .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
            .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
            .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
            .http2_max_pending_accept_reset_streams(Some(PENDING_RESETS_MAX))
            .http2_max_header_list_size(HEADER_BYTES_MAX)
            .add_routes(routes)
            .serve_with_incoming_shutdown(incoming, async {
                _ = draining.await;
            });
        let mut serving = telemetry::spawn(serving);
        tokio::select! {
            ended = &mut serving => return ended.unwrap_or(Ok(())),
            () = stop => tracing::info!("shutting down"),
        }
        for name in SERVICE_NAMES {
            health.clear_service_status(name).await;
        }
        runner.shut_down().await;
        _ = drain.send(());
        let ended = timeout(DRAIN_TIMEOUT, &mut serving).await;
        serving.abort();
        drop(runner);
        store.close().await;
        ended.map_or(Ok(()), |joined| joined.unwrap_or(Ok(())))
    }
}

/// What health is told of; "" is the server as a whole.
const SERVICE_NAMES: [&str; 6] = [
    "",
    "tradeforge.v1.RunService",
    "tradeforge.v1.ResultService",
    "tradeforge.v1.StrategyService",
    "tradeforge.v1.MarketDataService",
    "tradeforge.v1.SystemService",
];

async fn with_health_and_reflection(
    routes: Routes,
) -> Result<(HealthReporter, Routes), StartError> {
    let (health, health_service) = tonic_health::server::health_reporter();
    for name in SERVICE_NAMES {
        health.set_service_status(name, tonic_health::ServingStatus::Serving).await;
    }
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(pb::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            // What errors carry, so that grpcurl can show it.
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
    };
    let routes = routes
        .add_service(health_service)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?);
    Ok((health, routes))
}

/// The folders of a data directory, held by one server at a time.
struct Folders {
    root: PathBuf,
    spool: PathBuf,
    lock: File,
}

impl Folders {
    fn open(root: &Path) -> Result<Self, StartError> {
        let unusable = |source| StartError::DataDir { path: root.to_owned(), source };
        let spool = root.join("spool");
        fs::create_dir_all(&spool).map_err(unusable)?;
        let lock = File::create(root.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root: root.to_owned(), spool, lock }),
            Err(TryLockError::WouldBlock) => Err(StartError::Locked { path: root.to_owned() }),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }

    fn bars(&self, cache_bytes: u64) -> Result<BarStore, StartError> {
        let dir = self.root.join("bars");
        BarStore::open(dir, cache_bytes)
            .map_err(|source| StartError::DataDir { path: self.root.clone(), source })
    }
}
