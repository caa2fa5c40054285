//! A message that cannot be read, said as every other refusal is: tonic has codes and words of its
//! own for one that is too large and for one that is none of the contract.

use axum::Router;
use axum::body::Body;
use axum::middleware::map_response;
use axum::response::Response;
use tonic::{Code, Status};

use super::status::{malformed_message, message_too_large};

/// How tonic begins its refusal of a message that is larger than the decoder takes.
const TOO_LARGE: &str = "Error, decoded message length too large";
/// And how prost begins that of bytes that are no such message.
const MALFORMED: &str = "failed to decode Protobuf message";

/// The same routes, with our words for it.
pub(super) fn told(routes: Router, limit: usize) -> Router {
    routes.layer(map_response(move |response: Response| {
        let ours = in_our_words(&response, limit);
        std::future::ready(ours.map_or(response, Status::into_http::<Body>))
    }))
}

fn in_our_words(response: &Response, limit: usize) -> Option<Status> {
    let header = |name| response.headers().get(name).map(http::HeaderValue::as_bytes);
    let code = header("grpc-status").map(Code::from_bytes)?;
    let message = percent_decoded(header("grpc-message")?);
    match code {
        Code::OutOfRange if message.starts_with(TOO_LARGE) => Some(message_too_large(limit)),
        Code::Internal if message.starts_with(MALFORMED) => Some(malformed_message(&message)),
        _ => None,
    }
}

/// Spaces are all that the beginning of these texts has encoded.
fn percent_decoded(message: &[u8]) -> String {
    String::from_utf8_lossy(message).replace("%20", " ")
}
