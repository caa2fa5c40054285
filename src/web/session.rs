//! `POST /session` and `DELETE /session`: a page signs in by a token and out again. What the
//! browser then sends by itself is a cookie that no script can read, and that counts for calls of
//! this server's own pages only.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use tokio::time::Instant;
use tonic::Code;
use tonic::transport::server::TcpConnectInfo;

use super::attempts::Attempts;
use super::refusal::HttpRefusal;
use crate::access::Tokens;
use crate::grpc::{access_off, not_admitted, too_many_logins};
use crate::json::Refusal;

/// A week; the server forgets it earlier.
const COOKIE_SECONDS: u32 = 7 * 24 * 3_600;

/// Who may sign in, and how.
#[derive(Clone)]
pub(super) struct SignIn {
    pub(super) tokens: Option<Arc<Tokens>>,
    /// Whether browsers come by TLS: then the cookie goes no other way.
    pub(super) is_secure: bool,
    /// Those that failed.
    pub(super) attempts: Arc<Attempts>,
}

/// What is sent to sign in.
#[derive(Deserialize)]
pub(super) struct Shown {
    token: String,
}

impl SignIn {
    fn cookie(&self, value: &str, seconds: u32) -> String {
        let (name, secure) = if self.is_secure { (SECURE_NAME, "; Secure") } else { (NAME, "") };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
    }
}

const SITE: &str = "sec-fetch-site";
const NAME: &str = "tradeforge";
/// A browser takes this name only with `Secure`, without a domain and for the whole site.
const SECURE_NAME: &str = "__Host-tradeforge";

/// Signs in.
pub(super) async fn begin(
    State(sign_in): State<SignIn>,
    peer: Option<Extension<TcpConnectInfo>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, HttpRefusal> {
    let tokens = sign_in.tokens.as_ref().ok_or_else(access_off).map_err(HttpRefusal::from)?;
    let Shown { token } = read(&headers, &body)?;
    let address = peer.and_then(|Extension(peer)| peer.remote_addr()).map(|it| it.ip());
    let wait = address.and_then(|address| sign_in.attempts.wait(address, Instant::now()));
    if let Some(wait) = wait {
        // Not even looked at: a right one among many would tell.
        return Err(HttpRefusal::from(too_many_logins(wait)));
    }
    let session = tokens.sign_in(token.trim()).map_err(|error| {
        if let Some(address) = address {
            sign_in.attempts.fail(address, Instant::now());
        }
        HttpRefusal::from(not_admitted(&error))
    })?;
    let cookie = [(header::SET_COOKIE, sign_in.cookie(&session, COOKIE_SECONDS))];
    Ok((StatusCode::NO_CONTENT, cookie).into_response())
}

/// Signs out; whoever is not signed in is so already.
pub(super) async fn end(State(sign_in): State<SignIn>, headers: HeaderMap) -> Response {
    if let (Some(tokens), Some(session)) = (&sign_in.tokens, session_of(&headers)) {
        tokens.sign_out(session);
    }
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, sign_in.cookie("", 0))]).into_response()
}

/// The session that a browser sends by itself, from a page of ours or the line of addresses.
pub(super) fn session_of(headers: &HeaderMap) -> Option<&str> {
    // Every browser that has these cookies says where a call comes from; `origin.rs` has refused
    // all foreign ones that it can tell, and here it must be told.
    if !is_of_our_page(headers) {
        return None;
    }
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|it| it.to_str().ok());
    let pairs = cookies.flat_map(|text| text.split(';')).filter_map(|it| it.split_once('='));
    let named = pairs.map(|(name, value)| (name.trim(), value.trim()));
    let ours = named.filter(|(name, _)| [NAME, SECURE_NAME].contains(name));
    // The other name may have been set by a neighbour of ours, for its whole domain.
    ours.min_by_key(|(name, _)| *name != SECURE_NAME).map(|(_, value)| value)
}

/// Whether a call that a browser adds something to by itself is to count with that. A program that
/// is no browser adds nothing by itself.
pub(super) fn is_ours_or_of_a_tool(headers: &HeaderMap) -> bool {
    !headers.contains_key(SITE) || is_of_our_page(headers)
}

fn is_of_our_page(headers: &HeaderMap) -> bool {
    let site = headers.get(SITE).map(http::HeaderValue::as_bytes);
    matches!(site, Some(b"same-origin" | b"none")) || headers.contains_key(header::ORIGIN)
}

/// JSON only: a form of another site could send any other type without asking first.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<Shown, HttpRefusal> {
    let refused = |status| {
        let message = "a page signs in by {\"token\": \"tf_…\"} as application/json";
        let refusal = Refusal::plain(Code::InvalidArgument, "INVALID_SPEC", message.to_owned());
        HttpRefusal { status, refusal }
    };
    let kind = headers.get(header::CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    if kind != Some(b"application/json") {
        return Err(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    serde_json::from_slice(body).map_err(|_| refused(StatusCode::BAD_REQUEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        let value = http::HeaderValue::from_static;
        all.iter().map(|(name, text)| (http::HeaderName::from_static(name), value(text))).collect()
    }

    #[test]
    fn a_cookie_counts_for_calls_of_our_own_pages_only() {
        let cookie = ("cookie", "theme=dark; tradeforge=abc; other=1");
        let session = |more: &[_]| session_of(&headers(&[&[cookie], more].concat())).is_some();
        assert!(session(&[("sec-fetch-site", "same-origin")]));
        assert!(session(&[("sec-fetch-site", "none")]));
        // One that is foreign was refused before.
        assert!(session(&[("origin", "http://localhost:50051")]));
        assert!(!session(&[]));
        // A certificate, which browsers show by themselves as well, is a tool's, too.
        let counts = |more: &[_]| is_ours_or_of_a_tool(&headers(more));
        assert!(counts(&[]) && counts(&[("sec-fetch-site", "same-origin")]));
        assert!(!counts(&[("sec-fetch-site", "same-site")]));
        assert!(!counts(&[("sec-fetch-site", "cross-site")]));
        assert!(!session(&[("sec-fetch-site", "cross-site")]));
        assert!(!session(&[("sec-fetch-site", "same-site")]));
        // One that a neighbour has set for the whole domain is not taken for it.
        let planted = ("cookie", "tradeforge=planted; __Host-tradeforge=own");
        let shown = headers(&[planted, ("sec-fetch-site", "same-origin")]);
        assert_eq!(session_of(&shown), Some("own"));
        let none = headers(&[("cookie", "theme=dark"), ("sec-fetch-site", "same-origin")]);
        assert_eq!(session_of(&none), None);
    }

    #[test]
    fn by_tls_the_cookie_goes_no_other_way() {
        let cookie = |is_secure| {
            SignIn { tokens: None, is_secure, attempts: Arc::default() }.cookie("abc", 1)
        };
        for text in [cookie(true), cookie(false)] {
            assert!(text.contains("; HttpOnly; SameSite=Strict"), "{text}");
        }
        assert!(
            cookie(true).starts_with("__Host-tradeforge=abc; ")
                && cookie(true).ends_with("; Secure")
        );
        assert!(cookie(false).starts_with("tradeforge=abc; ") && !cookie(false).contains("Secure"));
    }
}
