//! Against DNS rebinding: a foreign page whose name has been made to mean 127.0.0.1 is of one
//! origin with this server as far as a browser can tell. Its `Host` gives it away.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::uri::Authority;
use http::{StatusCode, Uri, header};
use tonic::Code;

use super::refusal::HttpRefusal;
use crate::json::Refusal;

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A server that only this machine can reach answers to its own names, to addresses, and to the
/// hosts of the origins given. Any other server has names that it does not know.
pub(super) fn check(
    address: SocketAddr,
    origins: &[String],
) -> impl Fn(Request, Next) -> Answer + Clone + use<> {
    let hosts: Arc<[String]> = origins.iter().filter_map(|origin| host_of(origin)).collect();
    let is_checked = address.ip().is_loopback();
    move |request, next| {
        let mut named = named(&request).into_iter();
        let foreign = named.find(|host| is_checked && !is_known(host, &hosts));
        match foreign {
            Some(host) => Box::pin(std::future::ready(refused(&host))),
            None => Box::pin(next.run(request)),
        }
    }
}

/// Every browser names a host; a tool that does not is no page. Whoever names several names none
/// that is foreign.
fn named(request: &Request) -> Vec<String> {
    let hosts = request.headers().get_all(header::HOST).iter().map(|text| {
        let text = text.to_str().unwrap_or("?");
        text.parse::<Authority>().map_or_else(|_| text.to_owned(), |it| it.host().to_owned())
    });
    request.uri().host().map(str::to_owned).into_iter().chain(hosts).collect()
}

fn host_of(origin: &str) -> Option<String> {
    origin.parse::<Uri>().ok()?.host().map(str::to_owned)
}

/// An address can not be rebound, and the name of this machine only by itself.
fn is_known(host: &str, others: &[String]) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().is_ok()
        || host == "localhost"
        || host.ends_with(".localhost")
        || others.contains(&host)
}

fn refused(host: &str) -> Response {
    let message = format!(
        "this server answers to localhost and to addresses, not to {host:?}; \
         start it with --cors-origin https://{host} to serve it by that name"
    );
    let refusal = Refusal::plain(Code::PermissionDenied, "FOREIGN_HOST", message);
    HttpRefusal { status: StatusCode::FORBIDDEN, refusal }.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_that_is_named_is_looked_at() {
        let mut request = Request::builder().uri("http://a.example/").header("host", "localhost");
        for host in ["b.example:1", "[::1]:2"] {
            request = request.header("host", host);
        }
        let request = request.body(axum::body::Body::empty()).unwrap();
        assert_eq!(named(&request), ["a.example", "localhost", "b.example", "[::1]"]);
    }

    #[test]
    fn only_names_of_this_machine_and_addresses_are_known() {
        let others = ["tradeforge.example".to_owned()];
        for host in ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "[::1]", "10.0.0.7"] {
            assert!(is_known(host, &[]), "{host}");
        }
        assert!(is_known("tradeforge.example", &others));
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "?", ""] {
            assert!(!is_known(host, &others), "{host}");
        }
    }
}
