//! The reference of the service: a bare tonic server that echoes bytes, and tells one piece of
//! news to everybody who listens. No proto file, no layers, no state.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use http::uri::PathAndQuery;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status, Streaming, client, server};
use tonic_prost::ProstCodec;
use tower::{Service, service_fn};
use tradeforge::telemetry;

use crate::Outcome;

/// About as long as the status of a run.
pub(crate) const MESSAGE_BYTES: usize = 200;
const ECHO: &str = "/bench.Echo/Echo";
const WATCH: &str = "/bench.Echo/Watch";

type Codec = ProstCodec<Vec<u8>, Vec<u8>>;

#[derive(Clone)]
pub(crate) struct Echo {
    news: Arc<watch::Sender<Vec<u8>>>,
}

impl Echo {
    /// Serves until the process ends; answers where.
    pub(crate) async fn start() -> Outcome<(Self, SocketAddr)> {
        let echo = Self { news: Arc::new(watch::Sender::new(vec![0; MESSAGE_BYTES])) };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let serving = Server::builder().add_service(echo.clone()).serve_with_incoming(incoming);
        telemetry::spawn(serving);
        Ok((echo, address))
    }

    /// Tells everybody who watches.
    pub(crate) fn tell(&self) {
        self.news.send_replace(vec![1; MESSAGE_BYTES]);
    }
}

impl NamedService for Echo {
    const NAME: &'static str = "bench.Echo";
}

impl Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let news = self.news.subscribe();
        Box::pin(async move {
            let mut grpc = server::Grpc::new(Codec::default());
            if request.uri().path() == WATCH {
                let watch = service_fn(move |_: Request<Vec<u8>>| {
                    let stream = WatchStream::new(news.clone()).map(Ok::<_, Status>);
                    async move { Ok::<_, Status>(Response::new(stream)) }
                });
                return Ok(grpc.server_streaming(watch, request).await);
            }
            let echo = service_fn(|request: Request<Vec<u8>>| async move {
                Ok::<_, Status>(Response::new(request.into_inner()))
            });
            Ok(grpc.unary(echo, request).await)
        })
    }
}

/// Sends the bytes and gets them back.
pub(crate) async fn echo(channel: Channel) -> Outcome<()> {
    let mut grpc = client::Grpc::new(channel);
    grpc.ready().await?;
    let (request, path) = (Request::new(vec![0; MESSAGE_BYTES]), PathAndQuery::from_static(ECHO));
    grpc.unary(request, path, Codec::default()).await?;
    Ok(())
}

/// The news as it is, and what follows.
pub(crate) async fn watch(channel: Channel) -> Outcome<Streaming<Vec<u8>>> {
    let mut grpc = client::Grpc::new(channel);
    grpc.ready().await?;
    let (request, path) = (Request::new(Vec::new()), PathAndQuery::from_static(WATCH));
    Ok(grpc.server_streaming(request, path, Codec::default()).await?.into_inner())
}
