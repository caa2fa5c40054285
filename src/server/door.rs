//! The port: open from the first moment on, so that health can be asked for; let in is who comes
//! when everything is taken up.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::{Method, header};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tonic::service::Routes;
use tonic::transport::Error;
use tower::ServiceExt as _;

use super::accept::connections;
use super::line::Peer;
use super::tls::Tls;
use crate::telemetry;

/// Half-open peers are found after this time without a frame.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);
/// Requests at once on one connection; hyper's own bound is lost on the way through tonic.
const STREAMS_PER_CONNECTION_MAX: u32 = 256;
/// A page that flips between runs resets many streams; that is no attack yet.
const PENDING_RESETS_MAX: usize = 100;
const HEADER_BYTES_MAX: u32 = 16 << 10;
/// Connections that do not end by themselves are cut after this time.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(3);

/// A port that is being served.
pub(super) struct Door {
    pub address: SocketAddr,
    /// What is behind it once the server has started.
    inside: Arc<OnceLock<Router>>,
    drain: Option<oneshot::Sender<()>>,
    serving: JoinHandle<Result<(), Error>>,
}

impl Door {
    /// Answers with `outside` until somebody is let in.
    pub(super) fn open(
        listener: TcpListener,
        address: SocketAddr,
        tls: Option<Tls>,
        outside: Router,
    ) -> Self {
        let inside = Arc::new(OnceLock::<Router>::new());
        let behind = Arc::clone(&inside);
        let answer = move |mut request: Request| {
            tell_peer(&mut request);
            let router = behind.get().unwrap_or(&outside).clone();
            let is_head = *request.method() == Method::HEAD;
            let answered = router.oneshot(request);
            async move { answered.await.map(|it| if is_head { of_no_length(it) } else { it }) }
        };
        let (drain, draining) = oneshot::channel::<()>();
        let serving = tonic::transport::Server::builder()
            .accept_http1(true)
            .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
            .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
            .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
            .http2_max_pending_accept_reset_streams(Some(PENDING_RESETS_MAX))
            .http2_max_header_list_size(HEADER_BYTES_MAX)
            .add_routes(Routes::from(Router::new().fallback(answer)).prepare())
            .serve_with_incoming_shutdown(connections(listener, tls), async {
                _ = draining.await;
            });
        Self { address, inside, drain: Some(drain), serving: telemetry::spawn(serving) }
    }

    /// From now on everybody is answered with `inside`.
    pub(super) fn let_in(&self, inside: Router) {
        _ = self.inside.set(inside);
    }

    /// Resolves when the transport fails.
    pub(super) async fn failed(&mut self) -> Result<(), Error> {
        (&mut self.serving).await.unwrap_or(Ok(()))
    }

    /// Takes no more connections, lets those that are there finish, and cuts what does not.
    pub(super) async fn close(mut self) -> Result<(), Error> {
        _ = self.drain.take().map(|drain| drain.send(()));
        let ended = timeout(DRAIN_TIMEOUT, &mut self.serving).await;
        if ended.is_err() {
            tracing::info!("connections that did not end in time are cut");
        }
        ended.map_or(Ok(()), |joined| joined.unwrap_or(Ok(())))
    }
}

/// Says who calls in the words of those who ask for it.
fn tell_peer(request: &mut Request) {
    let extensions = request.extensions_mut();
    if let Some(Peer { tcp, certificate }) = extensions.remove::<Peer>() {
        extensions.insert(tcp);
        if let Some(certificate) = certificate {
            extensions.insert(certificate);
        }
    }
}

/// An answer to HEAD has no body, and its length is that of what GET would answer. Where that is
/// not known, nothing may be said: the router round this one would say that it is none.
fn of_no_length(response: Response) -> Response {
    if response.headers().contains_key(header::CONTENT_LENGTH) {
        return response;
    }
    response.map(|_| Body::from_stream(stream::empty::<Result<Bytes, Infallible>>()))
}

impl Drop for Door {
    /// A server that does not start must not go on answering.
    fn drop(&mut self) {
        self.serving.abort();
    }
}
