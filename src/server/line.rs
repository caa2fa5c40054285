//! What is spoken on a connection: plain, or TLS with a certificate of ours.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tonic::transport::server::{Connected, TcpConnectInfo};

use super::accept::Connection;
use super::tls::Tls;
use crate::access::Fingerprint;

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// What a TLS client says first (RFC 8446, 5.1).
const HANDSHAKE: u8 = 0x16;
/// Told to who speaks plain HTTP.
const SPEAKS_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\
    Connection: close\r\nContent-Length: 45\r\n\r\nthis port speaks TLS: write https://, please\n";

/// Who is at the other end.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) tcp: TcpConnectInfo,
    /// The certificate that it showed and has the key to, where it did.
    pub(super) certificate: Option<Fingerprint>,
}

/// A connection that is ready for requests.
pub(super) enum Line {
    Plain(Connection<TcpStream>),
    Tls(Box<TlsStream<Connection<TcpStream>>>),
}

impl Line {
    /// Agrees with the peer on what is spoken; `None` if that fails.
    pub(super) async fn open(connection: Connection<TcpStream>, tls: Option<Tls>) -> Option<Self> {
        let Some(tls) = tls else { return Some(Self::Plain(connection)) };
        match timeout(HANDSHAKE_TIMEOUT, Self::agree(connection, &tls)).await {
            Ok(Ok(line)) => line,
            Ok(Err(error)) => {
                tracing::debug!(%error, "a handshake failed");
                None
            }
            Err(_) => {
                tracing::debug!("a handshake took too long");
                None
            }
        }
    }

    async fn agree(mut connection: Connection<TcpStream>, tls: &Tls) -> io::Result<Option<Self>> {
        let mut first = [0];
        let count = connection.inner().peek(&mut first).await?;
        if count > 0 && first[0] != HANDSHAKE {
            connection.write_all(SPEAKS_TLS).await?;
            connection.shutdown().await?;
            // What is not read when a socket is closed takes the answer with it.
            tokio::io::copy(&mut connection, &mut tokio::io::sink()).await?;
            return Ok(None);
        }
        let stream = tls.acceptor().accept(connection).await?;
        Ok(Some(Self::Tls(Box::new(stream))))
    }
}

impl Connected for Line {
    type ConnectInfo = Peer;

    /// The same for both, so that whoever asks for the peer finds it by TLS, too.
    fn connect_info(&self) -> Peer {
        match self {
            Self::Plain(connection) => Peer { tcp: connection.connect_info(), certificate: None },
            Self::Tls(stream) => {
                let (connection, session) = stream.get_ref();
                let chain = session.peer_certificates().unwrap_or_default();
                let certificate = chain.first().map(|leaf| Fingerprint::of(leaf));
                Peer { tcp: connection.connect_info(), certificate }
            }
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(connection) => Pin::new(connection).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(connection) => Pin::new(connection).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(connection) => Pin::new(connection).poll_write_vectored(context, slices),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(connection) => connection.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(connection) => Pin::new(connection).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(connection) => Pin::new(connection).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
