//! What machines ask: whether the server lives, whether it takes work, what it measures.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use tonic::Code;

use super::refusal::HttpRefusal;
use super::{is_grpc, refused_as};
use crate::grpc;
use crate::json::Refusal;
use crate::telemetry::Registry;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Runs that do not go on.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    /// As in the contract.
    pub reason: &'static str,
    /// Whether something is wrong; else it is only not their turn.
    pub is_fault: bool,
    /// How many, since when and why, in words.
    pub text: String,
}

/// Whether work is taken, and what stands still.
#[derive(Clone)]
pub(crate) struct Readiness {
    /// Cancelled when the server begins to end.
    pub draining: CancellationToken,
    /// Looks at what waits.
    pub waits: Arc<dyn Fn() -> Vec<Wait> + Send + Sync>,
}

/// Whoever can answer lives.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// Whether work is taken: everything is taken up, nothing is in its way, and the server does not
/// end.
pub(super) async fn ready(State(readiness): State<Readiness>) -> Response {
    if readiness.draining.is_cancelled() {
        return HttpRefusal::from(grpc::shutting_down()).into_response();
    }
    // It may look at the disk.
    let waits = spawn_blocking(move || (readiness.waits)()).await.unwrap_or_default();
    let said =
        |of: &[Wait]| of.iter().map(|wait| wait.text.as_str()).collect::<Vec<_>>().join("; ");
    match waits.iter().find(|wait| wait.is_fault) {
        Some(fault) => {
            let refusal = Refusal::plain(Code::Unavailable, fault.reason, said(&waits));
            HttpRefusal { status: StatusCode::SERVICE_UNAVAILABLE, refusal }.into_response()
        }
        None if waits.is_empty() => "ready\n".into_response(),
        None => format!("ready\n{}\n", said(&waits)).into_response(),
    }
}

/// Everything that is measured, in the format that is asked for.
pub(super) async fn metrics(State(registry): State<Arc<Registry>>, headers: HeaderMap) -> Response {
    let wants_open_metrics = wants_open_metrics(&headers);
    // Some of it is asked of the file system.
    let text =
        spawn_blocking(
            move || {
                if wants_open_metrics { registry.open_metrics() } else { registry.plain() }
            },
        );
    let format = if wants_open_metrics { OPEN_METRICS } else { PLAIN };
    let headers = [(header::CONTENT_TYPE, format), (header::VARY, "accept")];
    match text.await {
        Ok(text) => (headers, text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Whether it is named, and nothing older is liked better.
fn wants_open_metrics(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).into_iter().filter_map(|it| it.to_str().ok());
    let (mut open_metrics, mut plain) = (0.0_f64, 0.0_f64);
    for range in accepted.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
        match name.as_str() {
            "application/openmetrics-text" => open_metrics = open_metrics.max(weight),
            "text/plain" => plain = plain.max(weight),
            _ => {}
        }
    }
    open_metrics > 0.0 && open_metrics >= plain
}

/// What everybody is told until then, each in its dialect.
pub(super) async fn not_yet(request: Request) -> Response {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    match content_type.filter(|it| is_grpc(it)) {
        Some(content_type) => refused_as(&grpc::starting(), content_type),
        None => HttpRefusal::from(grpc::starting()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(value: &'static str) -> HeaderMap {
        [(header::ACCEPT, http::HeaderValue::from_static(value))].into_iter().collect()
    }

    #[test]
    fn open_metrics_go_to_those_who_ask_for_them() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,\
            application/openmetrics-text;version=0.0.1;q=0.4,\
            text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        assert!(wants_open_metrics(&accepting(prometheus)));
        assert!(wants_open_metrics(&accepting("application/openmetrics-text")));
        for other in [
            "*/*",
            "text/plain",
            "text/html,application/xhtml+xml,*/*;q=0.8",
            "text/plain;q=0.9, application/openmetrics-text;q=0.5",
            "application/openmetrics-text;q=0",
        ] {
            assert!(!wants_open_metrics(&accepting(other)), "{other}");
        }
        assert!(!wants_open_metrics(&HeaderMap::new()));
    }
}
