//! The port as browsers and scripts see it: grpc-web beside gRPC, the web client, and plain HTTP
//! for what neither can do. A route is one line in `plain`.

mod cors;
mod export;
mod headers;
mod host;
mod import;
mod query;
mod refusal;
mod site;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, map_response};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, put};
use http::{HeaderValue, Method, StatusCode, header};
use tonic::service::Routes;
use tonic::{Code, Status};
use tonic_web::GrpcWebLayer;

use crate::data::Library;
use crate::grpc::TrialExport;
use crate::json::Refusal;
use refusal::HttpRefusal;

/// What plain HTTP needs.
pub(crate) struct WebParts {
    /// All series.
    pub library: Arc<Library>,
    /// The trials of all runs.
    pub trials: TrialExport,
    /// Where the server listens.
    pub address: SocketAddr,
    /// Origins that may call besides those of this machine.
    pub cors_origins: Vec<String>,
}

/// Everything on the port.
pub(crate) fn router(grpc: Routes, parts: WebParts) -> Routes {
    let WebParts { library, trials, address, cors_origins } = parts;
    // Neither layer stands round the whole: grpc-web answers 400 to what is not gRPC, and plain
    // HTTP is for pages of this origin only.
    let grpc = grpc
        .into_axum_router()
        .route_layer(GrpcWebLayer::new())
        .route_layer(cors::cors(&cors_origins));
    let router = grpc.merge(plain(library, trials)).fallback(otherwise);
    Routes::from(router.layer(from_fn(host::check(address, &cors_origins)))).prepare()
}

/// The routes of plain HTTP.
fn plain(library: Arc<Library>, trials: TrialExport) -> Router {
    let exports = export::Exports::new(trials);
    Router::new()
        .route("/import", put(import::import).with_state(library))
        .route("/export/runs/{run_id}/{file}", get(export::export).with_state(exports))
        .layer(map_response(headers::add))
}

/// What no route takes: an unknown gRPC service, a file of the web client, or one of its pages.
async fn otherwise(request: Request) -> Response {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    if let Some(content_type) = content_type.filter(|it| is_grpc(it)) {
        let mut response = Status::unimplemented("no such service").into_http::<axum::body::Body>();
        response.headers_mut().insert(header::CONTENT_TYPE, content_type.clone());
        return response;
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

fn is_grpc(content_type: &HeaderValue) -> bool {
    content_type.as_bytes().starts_with(b"application/grpc")
}
