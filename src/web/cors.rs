//! Who may call by grpc-web from another page. Plain HTTP has no such pages: a browser asks before
//! a foreign page may PUT, and is not told that it may.

use tower_http::cors::{AllowOrigin, CorsLayer};

use http::{HeaderName, HeaderValue, Method, Uri, header};

/// Headers that a grpc-web client sends.
const ALLOWED_HEADERS: [HeaderName; 5] = [
    header::CONTENT_TYPE,
    header::AUTHORIZATION,
    HeaderName::from_static("x-grpc-web"),
    HeaderName::from_static("x-user-agent"),
    HeaderName::from_static("grpc-timeout"),
];

/// Headers that a grpc-web client must be able to read: an immediate error has no body.
const EXPOSED_HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("grpc-status"),
    HeaderName::from_static("grpc-message"),
    HeaderName::from_static("grpc-status-details-bin"),
];

/// Pages of this machine may call, and those of the origins given; no other page may.
pub(super) fn cors(origins: &[String]) -> CorsLayer {
    let origins = origins.to_vec();
    let allowed = AllowOrigin::predicate(move |origin: &HeaderValue, _| {
        origin.to_str().is_ok_and(|origin| is_local(origin) || origins.iter().any(|o| o == origin))
    });
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::POST])
        .allow_headers(ALLOWED_HEADERS)
        .expose_headers(EXPOSED_HEADERS)
}

/// Whether the page was served by this machine.
fn is_local(origin: &str) -> bool {
    let host = origin.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
    host.is_some_and(|host| matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_machine_are_local() {
        for origin in ["http://localhost:5173", "http://127.0.0.1", "http://[::1]:8080"] {
            assert!(is_local(origin), "{origin}");
        }
        for origin in ["https://example.com", "http://localhost.evil.com", "null", ""] {
            assert!(!is_local(origin), "{origin}");
        }
    }
}
