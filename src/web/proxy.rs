//! Against proxies that nobody told of: where everybody who reaches the port may do all, a proxy
//! would let the whole world in as if it were this machine.

use std::pin::Pin;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use tonic::Code;

use super::refusal::HttpRefusal;
use crate::json::Refusal;

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// What proxies write into a request that they hand on.
const MARKS: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// Refuses what a proxy hands on, where proxies are refused.
pub(super) fn check(refuses: bool) -> impl Fn(Request, Next) -> Answer + Clone + use<> {
    move |request, next| {
        let mark = || MARKS.iter().find(|mark| request.headers().contains_key(**mark));
        match refuses.then(mark).flatten() {
            Some(mark) => Box::pin(std::future::ready(refused(mark))),
            None => Box::pin(next.run(request)),
        }
    }
}

fn refused(mark: &str) -> Response {
    let message = format!(
        "this request came through a proxy (it has a {mark} header), and this server takes \
         whoever reaches it for its owner; start it with --behind-proxy if the proxy asks \
         who calls"
    );
    let refusal = Refusal::plain(Code::PermissionDenied, "PROXIED_WITHOUT_ACCESS", message);
    HttpRefusal { status: StatusCode::FORBIDDEN, refusal }.into_response()
}
