//! Only wiring: open, bind, tell the address, serve until told to stop.

mod accept;
mod door;
mod error;
mod expiry;
mod first_token;
mod fleet;
mod folders;
mod health;
mod hooks;
mod keep;
mod line;
mod measures;
mod oidc;
mod stop;
mod tls;
mod vigil;
mod waits;

pub use error::{ServeError, StartError};
pub(crate) use first_token::first_token;
pub(crate) use folders::{DataDir, UNPACKING};
pub use oidc::OidcError;
pub use stop::{stop_signal, stop_with_stdin};
pub use tls::TlsError;
pub use vigil::LostFile;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::access::{Issuer, Tokens};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::data::{BarStore, Library, LibrarySettings};
use crate::grpc::{self, Exports, Limits, RateLimit, Services, Streams};
use crate::hooks::{Courier, Hooks};
use crate::run::Quota;
use crate::runner::{Executor, LocalExecutor, Runner, RunnerLimits, RunnerParts};
use crate::storage::Store;
use crate::strategy::Catalog;
use crate::telemetry::{self, RpcInstruments};
use crate::web::{self, Page, Readiness, WebParts};
use door::Door;
use expiry::{Expiry, Retention};
use folders::Hold;
use health::{Health, with_reflection};
use keep::KeepRule;
pub use keep::KeepRuleError;
use measures::Measured;
use tls::{ClientFiles, Tls, TlsFiles};
use vigil::Vigil;

/// Emptying the write-ahead log takes milliseconds; a disk that hangs must not hold up the end.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// A server that has its port and everything that a former process left, ready to serve.
pub struct Server {
    door: Door,
    health: Health,
    runner: Arc<Runner>,
    store: Store,
    draining: CancellationToken,
    vigil: Vigil,
    speaks_tls: bool,
    /// Held for as long as the server lives.
    hold: Hold,
}

impl Server {
    /// Opens the data directory, binds, and takes up what a former process left. Until that is
    /// done, whoever calls is told to come again.
    ///
    /// # Errors
    ///
    /// `StartError`, naming what is in the way.
    pub async fn bind(config: Config, catalog: Catalog) -> Result<Self, StartError> {
        let fleet = fleet::settings(&config)?;
        Self::bind_with(config, catalog, |local| fleet::executor(local, fleet)).await
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
        tell_settings(&config);
        let keep = keep::rules(&config.keep_runs)?;
        let outgoing = hooks::outgoing(&config.hook_allow)?;
        let folders = DataDir::open(&config.data_dir)?;
        // Bound before the runs go on, so that a taken port leaves them alone.
        let (listener, address) = listen(config.listen).await?;
        let page = page(&config, address);
        let (tls, issuer) = (tls_files(&config).map(Tls::of).transpose()?, oidc::issuer(&config)?);
        let health = Health::starting().await;
        let outside = web::while_starting(Routes::new(health.service()), &page);
        let door = Door::open(listener, address, tls, outside);
        let reserve = folders.reserve(config.disk_reserve_bytes);
        let store = Store::open_reserving(&folders.database(), reserve).await?;
        let bars = Arc::new(folders.bars(config.cache_bytes)?);
        let (clock, catalog): (Arc<dyn Clock>, _) = (Arc::new(SystemClock), Arc::new(catalog));
        let executor = LocalExecutor::new(config.workers, Arc::clone(&catalog), Arc::clone(&bars))?;
        let (worker_threads, busy_ratio) = (executor.threads(), executor.busy_ratio());
        let replayer = executor.replayer();
        let executor = executor_of(executor);
        let runner = Runner::start(RunnerParts {
            store: store.clone(),
            bars: Arc::clone(&bars),
            catalog,
            executor: Arc::clone(&executor),
            replayer,
            clock: Arc::clone(&clock),
            limits: runner_limits(&config),
            scratch_dir: folders.spool.clone(),
        })
        .await?;
        let scratch_dir = folders.spool.clone();
        let library = library(&config, &scratch_dir, &store, &bars, &clock);
        let expiry = expiry(retention(&config, keep), &runner, &library, &store, &clock);
        let tokens = tokens(&config, issuer, &store, &clock).await?;
        let hooks = hooks::hooks(&config, outgoing, &folders, &store, &clock);
        let exports = Exports::new(Arc::clone(&runner), Arc::clone(&library));
        let rate = RateLimit::of(config.requests_per_second_max);
        let services = Services {
            runner: Arc::clone(&runner),
            library: Arc::clone(&library),
            clock,
            worker_threads,
            limits: limits(&config),
            streams: Streams::watches(config.watch_streams_max, config.watch_streams_per_peer_max),
            exports: exports.clone(),
            rpcs: RpcInstruments::default(),
            rate: rate.clone(),
            tokens: tokens.clone(),
            hooks: Arc::clone(&hooks),
        };
        let database = folders.database();
        let measured = Measured { services: &services, store: &store, bars: &bars, database };
        let registry = Arc::new(measured.registry(busy_ratio, executor.measures()));
        let routes = with_reflection(grpc::routes(services).add_service(health.service()))?;
        let draining = CancellationToken::new();
        let waits = waits::waits(&runner, &store, &config.data_dir);
        let readiness = Readiness { draining: draining.clone(), waits };
        let web = WebParts { library, exports, scratch_dir, registry, readiness, rate, tokens };
        door.let_in(web::router(routes, web, &page));
        begin(expiry, hooks, &draining);
        health.serving().await;
        tracing::info!(%address, workers = worker_threads, "ready");
        let (vigil, speaks_tls) = (folders.vigil(), config.tls_certificate.is_some());
        Ok(Self { door, health, runner, store, draining, vigil, speaks_tls, hold: folders.hold })
    }

    /// Where it is for clients on this machine.
    pub fn url(&self) -> String {
        let scheme = if self.speaks_tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address())
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
    /// If the transport fails, or the database is taken from under it. Then it ends as well, and
    /// saves what can be saved.
    pub async fn run_until(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let Self { mut door, mut health, runner, store, draining, vigil, hold, .. } = self;
        let lost = tokio::select! {
            ended = door.failed() => return Ok(ended?),
            lost = vigil.lost() => {
                tracing::error!("{lost}");
                Some(lost)
            }
            () = stop => {
                tracing::info!("shutting down");
                None
            }
        };
        health.draining().await;
        draining.cancel();
        runner.shut_down().await;
        health.end().await;
        let ended = door.close().await;
        if timeout(CLOSE_TIMEOUT, store.close()).await.is_err() {
            tracing::warn!("the write-ahead log is left to the next start");
        }
        // From now on another server may have it.
        drop(hold);
        lost.map_or_else(|| Ok(ended?), |lost| Err(lost.into()))
    }
}

async fn listen(asked: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let cannot_listen = |source| StartError::Listen { address: asked, source };
    let listener = TcpListener::bind(asked).await.map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    Ok((listener, address))
}

/// Begins what a server does unasked.
fn begin(expiry: Expiry, hooks: Arc<Hooks>, draining: &CancellationToken) {
    telemetry::spawn(expiry.run(draining.clone()));
    telemetry::spawn(Courier::new(hooks).run(draining.clone()));
}

fn page(config: &Config, address: SocketAddr) -> Page {
    let cors_origins = config.cors_origins.clone();
    let is_behind_proxy = config.behind_proxy || config.asks_callers();
    let is_secure = config.tls_elsewhere || config.tls_certificate.is_some();
    let message_bytes_max = config.message_bytes_max;
    Page { address, cors_origins, is_behind_proxy, is_secure, message_bytes_max }
}

fn tls_files(config: &Config) -> Option<TlsFiles> {
    let (certificate, key) = (config.tls_certificate.clone()?, config.tls_key.clone()?);
    let clients = config
        .tls_client_ca
        .clone()
        .map(|authority| ClientFiles { authority, is_required: config.tls_client_required });
    Some(TlsFiles { certificate, key, clients })
}

/// What was started, and what it was told.
fn tell_settings(config: &Config) {
    let (version, revision) = (env!("CARGO_PKG_VERSION"), env!("TRADEFORGE_REVISION"));
    let (pid, data_dir) = (std::process::id(), config.data_dir.display());
    tracing::info!(version, revision, pid, %data_dir, settings = ?config, "starting");
}

const fn limits(config: &Config) -> Limits {
    Limits {
        message_bytes_max: config.message_bytes_max,
        page_size_max: config.page_size_max,
        requests_per_second_max: config.requests_per_second_max,
    }
}

fn library(
    config: &Config,
    spool_dir: &Path,
    store: &Store,
    bars: &Arc<BarStore>,
    clock: &Arc<dyn Clock>,
) -> Arc<Library> {
    let settings = LibrarySettings {
        spool_dir: spool_dir.to_owned(),
        upload_bytes_max: config.upload_bytes_max,
        import_bars_max: config.import_bars_max,
        import_root: config.import_root.clone(),
    };
    Arc::new(Library::new(store.clone(), Arc::clone(bars), Arc::clone(clock), settings))
}

/// Who may call, where somebody is asked.
async fn tokens(
    config: &Config,
    issuer: Option<Arc<Issuer>>,
    store: &Store,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Arc<Tokens>>, StartError> {
    if !config.asks_callers() {
        return Ok(None);
    }
    let tokens = first_token::tokens(&config.data_dir, store.clone(), Arc::clone(clock)).await?;
    Ok(Some(Arc::new(tokens.with_issuer(issuer))))
}

fn expiry(
    retention: Retention,
    runner: &Arc<Runner>,
    library: &Arc<Library>,
    store: &Store,
    clock: &Arc<dyn Clock>,
) -> Expiry {
    Expiry {
        retention,
        runner: Arc::clone(runner),
        library: Arc::clone(library),
        store: store.clone(),
        clock: Arc::clone(clock),
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
        quota: quota(config),
    }
}

/// 0 is no limit.
const fn quota(config: &Config) -> Quota {
    Quota {
        live_runs_max: Some(config.quota_live_runs),
        trials_per_day_max: Some(config.quota_trials_per_day),
        priority_max: Some(config.quota_priority),
        share: None,
    }
}

const fn retention(config: &Config, rules: Vec<KeepRule>) -> Retention {
    Retention {
        rules,
        runs_max: config.finished_runs_max,
        runs_days: config.finished_runs_days,
        data_days: config.old_data_days,
        audit_days: config.audit_days,
    }
}
