//! The gRPC edge: trait impls of a few lines, and the conversions between wire and domain.

mod bar_upload;
mod convert;
mod market_data_service;
mod page;
mod result_service;
mod run_list;
mod run_service;
mod status;
mod strategy_service;
mod system_service;
mod trial_export;

pub(crate) use bar_upload::BarUpload;
pub(crate) use trial_export::TrialExport;

use std::sync::Arc;

use tokio::sync::Semaphore;
use tonic::codec::CompressionEncoding;
use tonic::service::Routes;

use crate::clock::Clock;
use crate::data::Library;
use crate::pb;
use crate::pb::market_data_service_server::MarketDataServiceServer;
use crate::pb::result_service_server::ResultServiceServer;
use crate::pb::run_service_server::RunServiceServer;
use crate::pb::strategy_service_server::StrategyServiceServer;
use crate::pb::system_service_server::SystemServiceServer;
use crate::runner::Runner;

/// The largest message taken or sent; clients of other languages take no more by default.
pub const MESSAGE_BYTES_MAX: usize = 4 << 20;

/// What the services need.
pub struct Services {
    /// Everything that runs.
    pub runner: Arc<Runner>,
    /// All series.
    pub library: Arc<Library>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Threads that compute.
    pub worker_threads: usize,
    /// Runs that may be live at once.
    pub live_runs_max: usize,
    /// Trials of one search.
    pub trials_max: u64,
    /// Watch streams that may be open at once.
    pub watch_streams_max: usize,
}

/// All services of the contract.
pub fn routes(services: Services) -> Routes {
    let Services { runner, library, clock, .. } = services;
    let limits = pb::Limits {
        max_trials_per_run: services.trials_max as i64,
        max_queued_runs: services.live_runs_max as i32,
        max_watch_streams: services.watch_streams_max as i32,
        max_message_bytes: MESSAGE_BYTES_MAX as i32,
        max_series_bytes: library.settings().upload_bytes_max as i64,
    };
    let streams = Arc::new(Semaphore::new(services.watch_streams_max));
    let run = RunServiceServer::new(run_service::RunServer {
        runner: Arc::clone(&runner),
        clock: Arc::clone(&clock),
        streams: Arc::clone(&streams),
        streams_max: services.watch_streams_max,
    })
    .max_decoding_message_size(MESSAGE_BYTES_MAX)
    .max_encoding_message_size(MESSAGE_BYTES_MAX);
    let result = ResultServiceServer::new(result_service::ResultServer {
        runner: Arc::clone(&runner),
        export: TrialExport::new(Arc::clone(&runner)),
        streams,
        streams_max: services.watch_streams_max,
    })
    .accept_compressed(CompressionEncoding::Zstd)
    .accept_compressed(CompressionEncoding::Gzip)
    .send_compressed(CompressionEncoding::Zstd)
    .send_compressed(CompressionEncoding::Gzip)
    .max_decoding_message_size(MESSAGE_BYTES_MAX)
    .max_encoding_message_size(MESSAGE_BYTES_MAX);
    let market_data =
        MarketDataServiceServer::new(market_data_service::MarketDataServer { library })
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
    let strategy = StrategyServiceServer::new(strategy_service::StrategyServer {
        runner: Arc::clone(&runner),
    });
    let system = SystemServiceServer::new(system_service::SystemServer {
        started_ms: clock.now_ms(),
        runner,
        clock,
        worker_threads: services.worker_threads,
        limits,
    });
    Routes::new(run)
        .add_service(result)
        .add_service(market_data)
        .add_service(strategy)
        .add_service(system)
}
