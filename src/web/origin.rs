//! Against pages of others: a browser says which page a call comes from. Only pages of this server
//! and of the origins given may call, whatever the method and the route; a tool says nothing.

use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::uri::Authority;
use http::{HeaderMap, Method, StatusCode, Uri, header};
use tonic::Code;

use super::refusal::HttpRefusal;
use crate::excerpt::excerpt;
use crate::json::Refusal;

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

const SITE: &str = "sec-fetch-site";
const MODE: &str = "sec-fetch-mode";

/// Refuses the calls of foreign pages.
pub(super) fn check(origins: &[String]) -> impl Fn(Request, Next) -> Answer + Clone + use<> {
    let origins: Arc<[String]> = origins.into();
    move |request, next| match foreign(&request, &origins) {
        Some(from) => Box::pin(std::future::ready(refused(&from))),
        None => Box::pin(next.run(request)),
    }
}

/// The foreign page that calls, if one does.
fn foreign(request: &Request, origins: &[String]) -> Option<String> {
    let headers = request.headers();
    let mut from = headers.get_all(header::ORIGIN).iter().peekable();
    if from.peek().is_some() {
        // A browser sends one; of several, each must be known.
        return from.find_map(|origin| {
            let origin = String::from_utf8_lossy(origin.as_bytes());
            let is_known = is_own(&origin, request) || origins.iter().any(|known| *known == origin);
            (!is_known).then(|| excerpt(&origin).into_owned())
        });
    }
    // Pictures and scripts are fetched without an origin. A link to a page of ours is followed.
    let is_followed = says(headers, MODE, "navigate") && is_reading(request.method());
    (says(headers, SITE, "cross-site") && !is_followed).then(|| "another site".to_owned())
}

/// Whether the page was served by whom it calls.
fn is_own(origin: &str, request: &Request) -> bool {
    let called = request.uri().authority().cloned().or_else(|| {
        let host = request.headers().get(header::HOST)?.to_str().ok()?;
        host.parse::<Authority>().ok()
    });
    let from = origin.parse::<Uri>().ok().and_then(|uri| uri.authority().cloned());
    // An authority is compared without regard to case.
    from.is_some() && from == called
}

fn says(headers: &HeaderMap, name: &str, value: &str) -> bool {
    let mut said = headers.get_all(name).iter();
    said.any(|it| it.as_bytes().eq_ignore_ascii_case(value.as_bytes()))
}

fn is_reading(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn refused(from: &str) -> Response {
    let message = format!(
        "a page of {from} may not call this server; \
         start it with --cors-origin and the page's origin to let it"
    );
    let refusal = Refusal::plain(Code::PermissionDenied, "FOREIGN_ORIGIN", message);
    HttpRefusal { status: StatusCode::FORBIDDEN, refusal }.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn request(method: &str, headers: &[(&str, &str)]) -> Request {
        let mut builder = Request::builder().method(method).uri("/import");
        for (name, value) in [("host", "localhost:50051")].iter().chain(headers) {
            builder = builder.header(*name, *value);
        }
        builder.body(Body::empty()).unwrap()
    }

    #[test]
    fn only_pages_of_this_port_and_of_the_origins_given_may_call() {
        let given = ["https://lab.example".to_owned()];
        let is_foreign = |method, headers: &[_]| foreign(&request(method, headers), &given);
        for origin in ["http://localhost:50051", "http://LOCALHOST:50051", "https://lab.example"] {
            assert_eq!(is_foreign("PUT", &[("origin", origin)]), None, "{origin}");
        }
        for origin in [
            "http://localhost:9999",
            "http://localhost",
            "http://127.0.0.1:50051",
            "https://evil.example",
            "https://lab.example.evil.example",
            "null",
            "",
        ] {
            for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS"] {
                assert!(is_foreign(method, &[("origin", origin)]).is_some(), "{method} {origin}");
            }
        }
    }

    #[test]
    fn of_several_origins_each_must_be_known() {
        let own = ("origin", "http://localhost:50051");
        let evil = ("origin", "https://evil.example");
        for headers in [[own, evil], [evil, own]] {
            assert!(foreign(&request("POST", &headers), &[]).is_some(), "{headers:?}");
        }
        let twice = [(SITE, "same-origin"), (SITE, "cross-site")];
        assert!(foreign(&request("POST", &twice), &[]).is_some());
    }

    #[test]
    fn tools_and_links_are_let_in_and_foreign_pictures_are_not() {
        let is_foreign = |method, headers: &[_]| foreign(&request(method, headers), &[]).is_some();
        assert!(!is_foreign("PUT", &[]));
        for site in ["same-origin", "none", "same-site"] {
            assert!(!is_foreign("GET", &[(SITE, site)]), "{site}");
        }
        assert!(!is_foreign("GET", &[(SITE, "cross-site"), (MODE, "navigate")]));
        assert!(is_foreign("GET", &[(SITE, "cross-site"), (MODE, "no-cors")]));
        assert!(is_foreign("POST", &[(SITE, "cross-site"), (MODE, "navigate")]));
    }
}
