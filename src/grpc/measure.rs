//! Every call of the contract measured and traced: which method, how it ended, how long it took.

use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use http::HeaderMap;
use http_body_util::BodyExt as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::methods::Methods;
use crate::telemetry::{RpcInstruments, Span};

/// The same routes, measured.
pub(super) fn measured(routes: Router, methods: Methods, instruments: RpcInstruments) -> Router {
    routes.layer(from_fn(move |request: Request, next: Next| {
        let path = request.uri().path();
        // No other path makes a label.
        let call = methods.find(path).map(|sides| Call {
            instruments: instruments.clone(),
            method: path.trim_start_matches('/').to_owned(),
            span: Span::call(path.trim_start_matches('/'), request.headers()),
            is_stream: sides.is_stream(),
            began: Instant::now(),
            code: Code::Cancelled,
            reason: String::new(),
        });
        async move {
            let work = next.run(request);
            let response = match &call {
                Some(call) => call.span.around(work).await,
                None => work.await,
            };
            let Some(mut call) = call else { return response };
            if call.ended_by(response.headers()) {
                return response;
            }
            response.map(|body| {
                Body::new(body.map_frame(move |frame| {
                    if let Some(trailers) = frame.trailers_ref() {
                        call.ended_by(trailers);
                    }
                    frame
                }))
            })
        }
    }))
}

/// Whether the server failed, rather than its caller.
const fn is_fault(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

fn code_in(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|value| Code::from_bytes(value.as_bytes()))
}

/// One call; taken in when its answer is dropped, by its end or by the client's.
struct Call {
    instruments: RpcInstruments,
    method: String,
    span: Span,
    is_stream: bool,
    began: Instant,
    code: Code,
    /// The stable one, of a refusal that has one.
    reason: String,
}

impl Call {
    /// Whether these headers tell how it ended.
    fn ended_by(&mut self, headers: &HeaderMap) -> bool {
        let Some(code) = code_in(headers) else { return false };
        self.code = code;
        if code != Code::Ok {
            let status = Status::from_header_map(headers);
            let info = status.and_then(|status| status.get_details_error_info());
            self.reason = info.map(|info| info.reason).unwrap_or_default();
        }
        true
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let code = crate::json::code_name(self.code);
        self.instruments.ended(&self.method, self.is_stream, code, self.began.elapsed());
        if !self.reason.is_empty() {
            self.instruments.refused(&self.reason);
            self.span.note("tradeforge.reason", || self.reason.as_str());
        }
        self.span.note("rpc.system.name", || "grpc");
        self.span.note("rpc.method", || self.method.as_str());
        self.span.note("rpc.response.status_code", || code);
        if is_fault(self.code) {
            self.span.fail(code);
        }
    }
}
