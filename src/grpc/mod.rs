//! The gRPC edge: trait impls of a few lines, and the conversions between wire and domain.

mod access_service;
mod access_status;
mod answers;
mod attended;
mod aux_calls;
mod bar_upload;
mod batch;
mod brevity;
mod bundle_service;
mod bundle_upload;
mod caller;
mod convert;
mod exports;
mod fills;
mod hook_service;
mod import_turns;
mod large_requests;
mod market_data_service;
mod measure;
mod methods;
mod page;
mod pareto;
mod rate;
mod result_service;
mod run_list;
mod run_service;
mod status;
mod strategy_service;
mod streams;
mod system_service;
mod table_file;
mod trial_query;
mod unreadable;

pub(crate) use access_status::{
    access_off, not_admitted, role_too_low, token_ended, too_many_logins,
};
pub(crate) use bar_upload::BarUpload;
pub(crate) use bundle_upload::BundleUpload;
pub(crate) use caller::actor_of;
pub(crate) use exports::Exports;
pub(crate) use status::{shutting_down, starting};
pub use streams::Streams;
pub(crate) use table_file::file_pieces;

use std::sync::Arc;

use tonic::codec::CompressionEncoding;
use tonic::service::Routes;

use crate::access::Tokens;
use crate::clock::Clock;
use crate::data::Library;
use crate::hooks::Hooks;
use crate::pb;
use crate::pb::access_service_server::AccessServiceServer;
use crate::pb::bundle_service_server::BundleServiceServer;
use crate::pb::hook_service_server::HookServiceServer;
use crate::pb::market_data_service_server::MarketDataServiceServer;
use crate::pb::result_service_server::ResultServiceServer;
use crate::pb::run_service_server::RunServiceServer;
use crate::pb::strategy_service_server::StrategyServiceServer;
use crate::pb::system_service_server::SystemServiceServer;
use crate::runner::Runner;
use crate::telemetry::RpcInstruments;
use measure::measured;
use methods::Methods;
pub(crate) use rate::RateLimit;

/// The largest message sent; clients of other languages take no more by default.
const SENT_BYTES_MAX: usize = 4 << 20;

/// What the services need.
pub(crate) struct Services {
    /// Everything that runs.
    pub runner: Arc<Runner>,
    /// All series.
    pub library: Arc<Library>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Threads that compute.
    pub worker_threads: usize,
    /// What is refused.
    pub limits: Limits,
    /// The streams that are open.
    pub streams: Streams,
    /// What runs leave behind, whole.
    pub exports: Exports,
    /// What is measured of calls.
    pub rpcs: RpcInstruments,
    /// How often one peer may ask.
    pub rate: RateLimit,
    /// Who may call; `None` where nobody is asked.
    pub tokens: Option<Arc<Tokens>>,
    /// Who is told what happened.
    pub hooks: Arc<Hooks>,
}

/// What the services refuse to exceed, beside the limits of the runner and the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest message taken.
    pub message_bytes_max: usize,
    /// Items of one page.
    pub page_size_max: usize,
    /// Requests a second of one peer; 0 is no limit.
    pub requests_per_second_max: u32,
}

fn told_limits(services: &Services) -> pb::Limits {
    let (runs, streams) = (services.runner.limits(), &services.streams);
    pb::Limits {
        max_trials_per_run: runs.trials_max as i64,
        max_queued_runs: runs.live_runs_max as i32,
        max_watch_streams: streams.max() as i32,
        max_message_bytes: services.limits.message_bytes_max as i32,
        max_series_bytes: services.library.settings().upload_bytes_max as i64,
        max_watch_streams_per_peer: streams.per_peer_max() as i32,
        max_page_size: services.limits.page_size_max as i32,
        max_axes: runs.axes_max as i32,
        max_instruments: runs.instruments_max as i32,
        max_run_bars_bytes: runs.run_bars_bytes_max as i64,
        max_import_bars: services.library.settings().import_bars_max as i64,
        max_requests_per_second: services.limits.requests_per_second_max as i32,
    }
}

/// All services of the contract.
pub(crate) fn routes(services: Services) -> Routes {
    let limits = told_limits(&services);
    let Services { runner, library, clock, streams, exports, rpcs, rate, tokens, hooks, .. } =
        services;
    let Limits { message_bytes_max, page_size_max, .. } = services.limits;
    let access = access_service::AccessServer { runner: Arc::clone(&runner), tokens };
    let run = RunServiceServer::new(run_service::RunServer {
        runner: Arc::clone(&runner),
        clock: Arc::clone(&clock),
        streams: streams.clone(),
        all_runs: Streams::watches_of_all_runs(),
        page_size_max,
    })
    .max_decoding_message_size(message_bytes_max)
    .max_encoding_message_size(SENT_BYTES_MAX);
    let result = ResultServiceServer::new(result_service::ResultServer {
        runner: Arc::clone(&runner),
        exports: exports.clone(),
        streams,
        page_size_max,
    })
    .accept_compressed(CompressionEncoding::Zstd)
    .accept_compressed(CompressionEncoding::Gzip)
    .send_compressed(CompressionEncoding::Zstd)
    .send_compressed(CompressionEncoding::Gzip)
    .max_decoding_message_size(message_bytes_max)
    .max_encoding_message_size(SENT_BYTES_MAX);
    let bundle = BundleServiceServer::new(bundle_service::BundleServer(exports.clone()))
        .max_decoding_message_size(message_bytes_max);
    let market_data = MarketDataServiceServer::new(market_data_service::MarketDataServer {
        library,
        exports,
        page_size_max,
    })
    .max_decoding_message_size(message_bytes_max)
    .max_encoding_message_size(SENT_BYTES_MAX);
    let strategy = StrategyServiceServer::new(strategy_service::StrategyServer {
        runner: Arc::clone(&runner),
    })
    .max_decoding_message_size(message_bytes_max);
    let system = SystemServiceServer::new(system_service::SystemServer {
        started_ms: clock.now_ms(),
        runner,
        clock,
        worker_threads: services.worker_threads,
        limits,
        page_size_max,
    });
    let hooks = HookServiceServer::new(hook_service::HookServer { hooks, page_size_max })
        .max_decoding_message_size(message_bytes_max);
    let routes = Routes::new(run)
        .add_service(result)
        .add_service(market_data)
        .add_service(strategy)
        .add_service(system)
        .add_service(hooks)
        .add_service(bundle)
        .add_service(AccessServiceServer::new(access));
    let methods = Methods::of_the_contract();
    let routes = unreadable::told(routes.into_axum_router(), message_bytes_max);
    let routes = answers::held(routes, methods.clone());
    let routes = large_requests::in_turn(routes, methods.clone(), message_bytes_max);
    Routes::from(measured(rate.limited(routes, rate::refused), methods, rpcs))
}
