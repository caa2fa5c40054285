//! Requests of plain HTTP in traces: by verb and route, never by path or query, which name what is
//! asked for.

use std::pin::Pin;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::telemetry::Span;

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Answers within a span, which ends with the head of the answer: its body may be read for long.
pub(super) fn of(route: &'static str) -> impl Fn(Request, Next) -> Answering + Clone {
    move |request, next| {
        let span = Span::call(&format!("{} {route}", request.method()), request.headers());
        Box::pin(async move {
            let response = span.around(next.run(request)).await;
            let status = response.status();
            span.note("http.response.status_code", || u32::from(status.as_u16()));
            if status.is_server_error() {
                span.fail("5xx");
            }
            response
        })
    }
}
