//! Who calls: on a server that asks, every call and every file of a run needs a token, and what was
//! opened with one ends with it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use http_body::Frame;
use tonic::Status;

use super::refusal::HttpRefusal;
use super::session::{is_ours_or_of_a_tool, session_of};
use crate::access::{Admitted, Fingerprint, Need, TokenError, Tokens, need_of};
use crate::grpc::{not_admitted, role_too_low, token_ended};
use crate::run::Role;

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;
/// `None` asks nobody.
pub(super) type Asks = Option<Arc<Tokens>>;

const SCHEME: &str = "Bearer ";

/// Asks whoever calls a method of the contract.
pub(super) fn of_methods(asks: Asks) -> impl Fn(Request, Next) -> Answer + Clone {
    move |request, next| {
        let need = need_of(request.uri().path());
        let (Some(tokens), Need::Role(role)) = (asks.clone(), need) else {
            return Box::pin(next.run(request));
        };
        match admitted(&tokens, &request, role) {
            Ok(admitted) => Box::pin(async move {
                let response = let_in(request, next, &admitted).await;
                response.map(|body| until_ended(body, admitted, End::Trailers))
            }),
            Err(status) => Box::pin(std::future::ready(status.into_http::<Body>())),
        }
    }
}

/// Asks whoever wants or sends a file.
pub(super) fn of_files(asks: Asks, role: Role) -> impl Fn(Request, Next) -> Answer + Clone {
    move |request, next| {
        let Some(tokens) = asks.clone() else { return Box::pin(next.run(request)) };
        match admitted(&tokens, &request, role) {
            Ok(admitted) => Box::pin(async move {
                let response = let_in(request, next, &admitted).await;
                response.map(|body| until_ended(body, admitted, End::Cut))
            }),
            Err(status) => Box::pin(std::future::ready(refused(status))),
        }
    }
}

async fn let_in(mut request: Request, next: Next, admitted: &Admitted) -> Response {
    request.extensions_mut().insert(admitted.caller.clone());
    // Nothing behind this needs it, and what is not there is not logged.
    request.headers_mut().remove(header::AUTHORIZATION);
    next.run(request).await
}

fn admitted(tokens: &Tokens, request: &Request, needs: Role) -> Result<Admitted, Status> {
    let admitted = credential(tokens, request).map_err(|error| not_admitted(&error))?;
    let has = admitted.caller.role;
    if has < needs {
        return Err(role_too_low(needs, has));
    }
    Ok(admitted)
}

/// By a certificate that is somebody's, whatever is sent besides; one that is nobody's only lets a
/// connection be made, and says no more than none.
fn credential(tokens: &Tokens, request: &Request) -> Result<Admitted, TokenError> {
    let headers = request.headers();
    let certificate = request.extensions().get::<Fingerprint>();
    let certificate = certificate.filter(|_| is_ours_or_of_a_tool(headers));
    let unknown = match certificate.map(|it| tokens.admit_certificate(*it)) {
        Some(Err(error @ TokenError::UnknownCertificate(_))) => Some(error),
        Some(admitted) => return admitted,
        None => None,
    };
    match (shown(headers), session_of(headers)) {
        (Ok(token), _) => tokens.admit(token),
        (Err(_), Some(session)) => tokens.admit_session(session),
        (Err(TokenError::Missing), None) => Err(unknown.unwrap_or(TokenError::Missing)),
        (Err(error), None) => Err(error),
    }
}

/// The token that was sent.
fn shown(headers: &HeaderMap) -> Result<&str, TokenError> {
    let text = headers.get(header::AUTHORIZATION).ok_or(TokenError::Missing)?;
    let text = text.to_str().map_err(|_| TokenError::Missing)?;
    match text.split_at_checked(SCHEME.len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(SCHEME) => Ok(token.trim()),
        _ => Err(TokenError::Missing),
    }
}

/// As plain HTTP says it, with what it wants to see.
pub(super) fn refused(status: Status) -> Response {
    let mut response = HttpRefusal::from(status).into_response();
    if response.status() == http::StatusCode::UNAUTHORIZED {
        let bearer = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
    }
    response
}

/// How an answer that is cut off says so.
#[derive(Clone, Copy)]
enum End {
    /// By the trailers of gRPC.
    Trailers,
    /// By its missing end.
    Cut,
}

struct Until {
    body: Body,
    ended: Pin<Box<dyn Future<Output = ()> + Send>>,
    end: End,
    is_over: bool,
}

fn until_ended(body: Body, admitted: Admitted, end: End) -> Body {
    let ended = Box::pin(admitted.ended());
    Body::new(Until { body, ended, end, is_over: false })
}

impl HttpBody for Until {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        if self.ended.as_mut().poll(context).is_ready() {
            self.is_over = true;
            // What it was made of is let go at once.
            self.body = Body::empty();
            let status = token_ended();
            return Poll::Ready(Some(match self.end {
                End::Trailers => {
                    let mut trailers = status.into_http::<Body>().into_parts().0.headers;
                    trailers.remove(header::CONTENT_TYPE);
                    Ok(Frame::trailers(trailers))
                }
                End::Cut => Err(axum::Error::new(status)),
            }));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.is_over = frame.is_none();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.is_over || self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
