//! A message that is too large, said as every other limit is: tonic has a code of its own for it.

use axum::Router;
use axum::body::Body;
use axum::middleware::map_response;
use axum::response::Response;
use tonic::Code;

use super::status::message_too_large;

/// How tonic begins its refusal of a message that is larger than the decoder takes.
const TOO_LARGE: &str = "Error, decoded message length too large";

/// The same routes, with our words for it.
pub(super) fn too_large_told(routes: Router, limit: usize) -> Router {
    routes.layer(map_response(move |response: Response| {
        std::future::ready(if is_too_large(&response) {
            message_too_large(limit).into_http::<Body>()
        } else {
            response
        })
    }))
}

fn is_too_large(response: &Response) -> bool {
    let header = |name| response.headers().get(name).map(http::HeaderValue::as_bytes);
    header("grpc-status").map(Code::from_bytes) == Some(Code::OutOfRange)
        && header("grpc-message").is_some_and(|message| {
            let decoded = percent_decoded(message);
            decoded.starts_with(TOO_LARGE.as_bytes())
        })
}

/// Spaces are all that the beginning of that text has encoded.
fn percent_decoded(message: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(message).replace("%20", " ").into_bytes()
}
