//! Which pages of others are told that they may call by grpc-web; `origin.rs` refuses all others.
//! Plain HTTP has no such pages: a browser asks before a foreign page may PUT, and is not told that
//! it may.

use tower_http::cors::{AllowOrigin, CorsLayer};

use http::{HeaderName, HeaderValue, Method, header};

/// Headers that a grpc-web client sends.
const ALLOWED_HEADERS: [HeaderName; 7] = [
    header::CONTENT_TYPE,
    header::AUTHORIZATION,
    HeaderName::from_static("x-grpc-web"),
    HeaderName::from_static("x-user-agent"),
    HeaderName::from_static("grpc-timeout"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
];

/// Headers that a grpc-web client must be able to read: an immediate error has no body.
const EXPOSED_HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("grpc-status"),
    HeaderName::from_static("grpc-message"),
    HeaderName::from_static("grpc-status-details-bin"),
];

/// Pages of the origins given may call; this server's own need not ask.
pub(super) fn cors(origins: &[String]) -> CorsLayer {
    let origins = origins.to_vec();
    let allowed = AllowOrigin::predicate(move |origin: &HeaderValue, _| {
        origins.iter().any(|given| given.as_bytes() == origin.as_bytes())
    });
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::POST])
        .allow_headers(ALLOWED_HEADERS)
        .expose_headers(EXPOSED_HEADERS)
}
