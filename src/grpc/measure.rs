//! Every call of the contract measured: which method, how it ended, how long it took.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use http::HeaderMap;
use http_body_util::BodyExt as _;
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tonic::Code;

use crate::pb;
use crate::telemetry::RpcInstruments;

/// The same routes, measured.
pub(super) fn measured(routes: Router, instruments: RpcInstruments) -> Router {
    let methods = Arc::new(methods());
    routes.layer(from_fn(move |request: Request, next: Next| {
        let method = methods.get_key_value(request.uri().path());
        let call = method.map(|(path, is_stream)| Call {
            instruments: instruments.clone(),
            method: path.trim_start_matches('/').to_owned(),
            is_stream: *is_stream,
            began: Instant::now(),
            code: Code::Cancelled,
        });
        async move {
            let response = next.run(request).await;
            let Some(mut call) = call else { return response };
            if let Some(code) = code_in(response.headers()) {
                call.ended_with(code);
                return response;
            }
            response.map(|body| {
                Body::new(body.map_frame(move |frame| {
                    if let Some(code) = frame.trailers_ref().and_then(code_in) {
                        call.ended_with(code);
                    }
                    frame
                }))
            })
        }
    }))
}

/// The paths of the contract, and whether each is a stream. No other path makes a label.
fn methods() -> HashMap<String, bool> {
    let mut methods = HashMap::new();
    let files = FileDescriptorSet::decode(pb::DESCRIPTORS).unwrap_or_default();
    for file in &files.file {
        for service in &file.service {
            for method in &service.method {
                let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                methods.insert(path, method.server_streaming() || method.client_streaming());
            }
        }
    }
    methods
}

fn code_in(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|value| Code::from_bytes(value.as_bytes()))
}

/// One call; taken in when its answer is dropped, by its end or by the client's.
struct Call {
    instruments: RpcInstruments,
    method: String,
    is_stream: bool,
    began: Instant,
    code: Code,
}

impl Call {
    fn ended_with(&mut self, code: Code) {
        self.code = code;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let code = crate::json::code_name(self.code);
        self.instruments.ended(&self.method, self.is_stream, code, self.began.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_methods_are_those_of_the_contract() {
        let methods = methods();
        assert_eq!(methods.get("/tradeforge.v1.RunService/Submit"), Some(&false));
        assert_eq!(methods.get("/tradeforge.v1.RunService/WatchProgress"), Some(&true));
        assert_eq!(methods.get("/tradeforge.v1.MarketDataService/UploadBars"), Some(&true));
    }
}
