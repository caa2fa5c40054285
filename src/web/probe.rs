//! What machines ask: whether the server lives, whether it takes work, what it measures.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header;
use tokio_util::sync::CancellationToken;

use super::refusal::HttpRefusal;
use super::{is_grpc, refused_as};
use crate::grpc;
use crate::telemetry::Registry;

/// The text format that the client library writes.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Whoever can answer lives.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// Whether work is taken: everything is taken up, and the server does not end.
pub(super) async fn ready(State(draining): State<CancellationToken>) -> Response {
    if draining.is_cancelled() {
        return HttpRefusal::from(grpc::shutting_down()).into_response();
    }
    "ready\n".into_response()
}

/// Everything that is measured.
pub(super) async fn metrics(State(registry): State<Arc<Registry>>) -> Response {
    ([(header::CONTENT_TYPE, OPEN_METRICS)], registry.text()).into_response()
}

/// What everybody is told until then, each in its dialect.
pub(super) async fn not_yet(request: Request) -> Response {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    match content_type.filter(|it| is_grpc(it)) {
        Some(content_type) => refused_as(&grpc::starting(), content_type),
        None => HttpRefusal::from(grpc::starting()).into_response(),
    }
}
