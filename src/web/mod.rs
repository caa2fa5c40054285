//! The port as browsers and scripts see it: grpc-web beside gRPC, the web client, and plain HTTP
//! for what neither can do. A route is one line in `plain`.

mod attempts;
mod callers;
mod cors;
mod export;
mod export_bars;
mod export_bundle;
mod export_query;
mod headers;
mod host;
mod import;
mod import_bundle;
mod made_files;
mod origin;
mod probe;
mod proxy;
mod query;
mod range;
mod refusal;
mod rest;
mod session;
mod site;
mod traced;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, map_response};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use http::{HeaderValue, Method, StatusCode, header};
use tonic::service::Routes;
use tonic::{Code, Status};
use tonic_web::GrpcWebLayer;

use crate::access::Tokens;
use crate::data::Library;
use crate::grpc::{Exports, RateLimit};
use crate::json::Refusal;
use crate::run::Role;
use crate::telemetry::Registry;
pub(crate) use probe::{Readiness, Wait};
use refusal::HttpRefusal;

/// What plain HTTP needs.
pub(crate) struct WebParts {
    /// All series.
    pub library: Arc<Library>,
    /// What runs leave behind, whole.
    pub exports: Exports,
    /// A folder for files without a name.
    pub scratch_dir: PathBuf,
    /// Everything that is measured.
    pub registry: Arc<Registry>,
    /// Whether work is taken.
    pub readiness: Readiness,
    /// How often one peer may ask.
    pub rate: RateLimit,
    /// Who may call; `None` where nobody is asked.
    pub tokens: Option<Arc<Tokens>>,
}

/// By which names pages find the server.
pub(crate) struct Page {
    /// Where it listens.
    pub address: SocketAddr,
    /// Origins whose pages may call besides those of this server.
    pub cors_origins: Vec<String>,
    /// Whether a proxy stands before it that knows who calls.
    pub is_behind_proxy: bool,
    /// Whether browsers come by TLS.
    pub is_secure: bool,
    /// The most bytes of a message that a page sends.
    pub message_bytes_max: usize,
}

/// Everything on the port.
pub(crate) fn router(grpc: Routes, parts: WebParts, page: &Page) -> Router {
    // Neither layer stands round the whole: grpc-web answers 400 to what is not gRPC, and plain
    // HTTP is for pages of this origin only.
    let services =
        grpc.into_axum_router().route_layer(from_fn(callers::of_methods(parts.tokens.clone())));
    let rest = rest::routes(services.clone(), page.message_bytes_max);
    let grpc =
        services.route_layer(GrpcWebLayer::new()).route_layer(cors::cors(&page.cors_origins));
    let plain = plain(parts, page.is_secure).merge(rest.layer(map_response(headers::add)));
    guarded(grpc.merge(plain).fallback(otherwise), page)
}

/// The same routes for those who may call: known hosts, own pages, no proxy that nobody knows of.
fn guarded(router: Router, page: &Page) -> Router {
    let refuses_proxies = page.address.ip().is_loopback() && !page.is_behind_proxy;
    router
        .layer(from_fn(origin::check(&page.cors_origins)))
        .layer(from_fn(proxy::check(refuses_proxies)))
        .layer(from_fn(host::check(page.address, &page.cors_origins)))
}

/// The routes of plain HTTP. Whether the server lives may be asked as often as anybody likes.
fn plain(parts: WebParts, is_secure: bool) -> Router {
    let WebParts { library, exports, scratch_dir, registry, readiness, rate, tokens } = parts;
    let attempts = Arc::default();
    let sign_in = session::SignIn { tokens: tokens.clone(), is_secure, attempts };
    let made = made_files::MadeFiles::new(scratch_dir);
    let files = export::FileExports { exports: exports.clone(), made };
    let asked = |role| from_fn(callers::of_files(tokens.clone(), role));
    let traced = |route| from_fn(traced::of(route));
    let import = put(import::import).with_state(library).route_layer(traced("/import"));
    let import = import.route_layer(asked(Role::Submitter));
    let bundle = put(import_bundle::import).with_state(exports.clone());
    let bundle = bundle.route_layer(traced("/import/run")).route_layer(asked(Role::Submitter));
    let (of_run, of_series) =
        ("/export/runs/{run_id}/{file}", "/export/series/{data_sha256}/{file}");
    let run_file = get(export::export).with_state(files).route_layer(traced(of_run));
    let bars_file = get(export_bars::export).with_state(exports).route_layer(traced(of_series));
    let read = Router::new()
        .route(of_run, run_file)
        .route(of_series, bars_file)
        .route("/metrics", get(probe::metrics).with_state(registry))
        .route_layer(asked(Role::Viewer));
    let session = post(session::begin).delete(session::end).with_state(sign_in);
    let work =
        read.route("/import", import).route("/import/run", bundle).route("/session", session);
    rate.limited(work, |status| HttpRefusal::from(status).into_response())
        .route("/livez", get(probe::alive))
        .route("/readyz", get(probe::ready).with_state(readiness.clone()))
        .route("/health", get(probe::ready).with_state(readiness.clone()))
        .route("/healthz", get(probe::ready).with_state(readiness))
        .layer(map_response(headers::add))
}

/// What is answered before there is anything to answer with: health, and to all others when to
/// come again.
pub(crate) fn while_starting(health: Routes, page: &Page) -> Router {
    let health = health
        .into_axum_router()
        .route_layer(GrpcWebLayer::new())
        .route_layer(cors::cors(&page.cors_origins));
    let plain = Router::new().route("/livez", get(probe::alive)).layer(map_response(headers::add));
    guarded(health.merge(plain).fallback(probe::not_yet), page)
}

/// What no route takes: an unknown gRPC service, a file of the web client, or one of its pages.
async fn otherwise(request: Request) -> Response {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    if let Some(content_type) = content_type.filter(|it| is_grpc(it)) {
        return refused_as(&Status::unimplemented("no such service"), content_type);
    }
    let response = match *request.method() {
        Method::GET | Method::HEAD => site::serve(request.uri().path(), request.headers()),
        _ => {
            let message = format!("nothing takes {} {}", request.method(), request.uri().path());
            let refusal = Refusal::plain(Code::NotFound, "NO_SUCH_ROUTE", message);
            HttpRefusal { status: StatusCode::NOT_FOUND, refusal }.into_response()
        }
    };
    headers::add(response).await
}

/// A refusal in the dialect of the call: gRPC or grpc-web.
fn refused_as(status: &Status, content_type: &HeaderValue) -> Response {
    let mut response = status.clone().into_http::<axum::body::Body>();
    response.headers_mut().insert(header::CONTENT_TYPE, content_type.clone());
    response
}

fn is_grpc(content_type: &HeaderValue) -> bool {
    content_type.as_bytes().starts_with(b"application/grpc")
}
