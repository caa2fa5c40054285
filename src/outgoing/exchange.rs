//! One request and its answer: the name is looked up once, every address that it has is judged, and
//! the connection goes to one that was.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, Either, select};
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::Host;

use super::address::is_of_the_world;
use super::allow::Allowed;
use super::later::Later;
use super::target::Target;

/// From the look-up of the name to the end of the answer.
const TIME_MAX: Duration = Duration::from_secs(10);
/// For each address of a name.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(3);
/// Addresses of a name that are tried.
const ADDRESSES_MAX: usize = 4;
/// What is read of an answer; it is thrown away.
const ANSWER_BYTES_MAX: usize = 4 << 10;
/// What the headers of an answer may take.
const HEAD_BYTES_MAX: usize = 16 << 10;
const TLS_PORT: u16 = 443;

/// Looks names up.
pub type Resolver =
    Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// What is posted.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Names and values beside those that every request has.
    pub headers: Vec<(&'static str, String)>,
    /// The body, as JSON.
    pub body: String,
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The status.
    pub status: StatusCode,
    /// When it wants to be asked again, if it said so.
    pub later: Option<Later>,
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    /// The scheme is for machines of the operator alone.
    #[error("must begin with https:// unless the server's hook_allow admits it")]
    Plain,
    /// The port is for machines of the operator alone.
    #[error("port {0} is not called unless the server's hook_allow admits it, only {TLS_PORT} is")]
    Port(u16),
    /// The address is not one of the world.
    #[error("{0} is not called unless the server's hook_allow admits it")]
    Address(IpAddr),
    /// The name means nothing.
    #[error("the name cannot be looked up: {0}")]
    Unresolved(io::Error),
    /// The name means no address.
    #[error("the name has no address")]
    NoAddress,
    /// Nobody is there.
    #[error("no connection: {0}")]
    Connect(io::Error),
    /// The certificate is not the host's, or nobody vouches for it.
    #[error("no TLS: {0}")]
    Tls(io::Error),
    /// The machine trusts nobody.
    #[error("no TLS: this machine has no certificates that it trusts")]
    NoRoots,
    /// What came back was no HTTP.
    #[error("no answer: {0}")]
    Http(String),
    /// It took too long.
    #[error("no answer within {} s", TIME_MAX.as_secs())]
    TooSlow,
}

impl OutgoingError {
    /// Whether it is refused here, so that trying again is of no use while the settings stay.
    pub const fn refused_address(&self) -> Option<&IpAddr> {
        if let Self::Address(address) = self { Some(address) } else { None }
    }
}

/// The way out.
pub struct Outgoing {
    allowed: Vec<Allowed>,
    resolver: Resolver,
    roots: OnceCell<Arc<ClientConfig>>,
}

impl Outgoing {
    /// To the world on port 443, and to what is allowed besides.
    pub fn new(allowed: Vec<Allowed>) -> Self {
        let resolver: Resolver = Arc::new(|host| Box::pin(look_up(host)));
        Self::with_resolver(allowed, resolver)
    }

    /// The same, by another way of looking names up.
    pub fn with_resolver(allowed: Vec<Allowed>, resolver: Resolver) -> Self {
        Self { allowed, resolver, roots: OnceCell::new() }
    }

    /// Whether that would be called: what can be said without looking a name up.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check(&self, target: &Target) -> Result<(), OutgoingError> {
        match literal(target) {
            Some(address) => self.judge(target, address),
            None => self.judge_form(target),
        }
    }

    /// Whether that would be called at the moment. A name that means nothing now may do so later.
    ///
    /// # Errors
    ///
    /// Why not.
    pub async fn check_now(&self, target: &Target) -> Result<(), OutgoingError> {
        self.check(target)?;
        match timeout(CONNECT_TIME_MAX, self.addresses(target)).await {
            Ok(Err(error @ OutgoingError::Address(_))) => Err(error),
            _ => Ok(()),
        }
    }

    fn judge_form(&self, target: &Target) -> Result<(), OutgoingError> {
        let (is_plain, port) = (target.is_plain(), target.port());
        let may_be = self.allowed.iter().any(|rule| rule.may_admit(is_plain, port));
        match (is_plain, port) {
            _ if may_be => Ok(()),
            (false, TLS_PORT) => Ok(()),
            (false, _) => Err(OutgoingError::Port(port)),
            (true, _) => Err(OutgoingError::Plain),
        }
    }

    fn judge(&self, target: &Target, address: IpAddr) -> Result<(), OutgoingError> {
        let (is_plain, port) = (target.is_plain(), target.port());
        let host = target.host().to_string();
        if self.allowed.iter().any(|rule| rule.admits(is_plain, &host, port, address)) {
            return Ok(());
        }
        self.judge_form(target)?;
        if is_plain {
            return Err(OutgoingError::Plain);
        }
        if !is_of_the_world(address) {
            return Err(OutgoingError::Address(address));
        }
        if port == TLS_PORT { Ok(()) } else { Err(OutgoingError::Port(port)) }
    }

    /// Where the target is, each judged; none if one of them must not be called.
    async fn addresses(&self, target: &Target) -> Result<Vec<IpAddr>, OutgoingError> {
        let addresses = match literal(target) {
            Some(address) => vec![address],
            None => (self.resolver)(target.host().to_string())
                .await
                .map_err(OutgoingError::Unresolved)?,
        };
        if addresses.is_empty() {
            return Err(OutgoingError::NoAddress);
        }
        for address in &addresses {
            self.judge(target, *address)?;
        }
        Ok(addresses)
    }

    /// Posts that there, once. Redirects are not followed.
    ///
    /// # Errors
    ///
    /// Why nothing came back.
    pub async fn post(&self, target: &Target, posted: Posted) -> Result<Answered, OutgoingError> {
        timeout(TIME_MAX, self.exchange(target, posted))
            .await
            .unwrap_or(Err(OutgoingError::TooSlow))
    }

    async fn exchange(&self, target: &Target, posted: Posted) -> Result<Answered, OutgoingError> {
        let addresses = self.addresses(target).await?;
        let stream = connect(&addresses, target.port()).await?;
        if target.is_plain() {
            return ask(stream, target, posted).await;
        }
        let name = match target.host() {
            Host::Domain(name) => ServerName::try_from(name.to_owned())
                .map_err(|error| OutgoingError::Tls(io::Error::other(error)))?,
            Host::Ipv4(address) => ServerName::IpAddress(IpAddr::V4(address).into()),
            Host::Ipv6(address) => ServerName::IpAddress(IpAddr::V6(address).into()),
        };
        let connector = TlsConnector::from(self.trusting().await?);
        let stream = connector.connect(name, stream).await.map_err(OutgoingError::Tls)?;
        ask(stream, target, posted).await
    }

    /// Those that the machine trusts, read once.
    async fn trusting(&self) -> Result<Arc<ClientConfig>, OutgoingError> {
        let config = self.roots.get_or_try_init(|| async {
            let loading = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs);
            let loaded = loading.await.map_err(|_| OutgoingError::NoRoots)?;
            let mut roots = RootCertStore::empty();
            let (count, _) = roots.add_parsable_certificates(loaded.certs);
            if count == 0 {
                return Err(OutgoingError::NoRoots);
            }
            let provider = Arc::new(ring::default_provider());
            let builder = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(|error| OutgoingError::Tls(io::Error::other(error)))?;
            Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
        });
        config.await.cloned()
    }
}

async fn look_up(host: String) -> io::Result<Vec<IpAddr>> {
    let found = tokio::net::lookup_host((host, 0)).await?;
    Ok(found.map(|address| address.ip()).collect())
}

/// The address, where the host is none that is looked up.
fn literal(target: &Target) -> Option<IpAddr> {
    match target.host() {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
    }
}

async fn connect(addresses: &[IpAddr], port: u16) -> Result<TcpStream, OutgoingError> {
    let mut last = io::Error::from(io::ErrorKind::TimedOut);
    for address in addresses.iter().take(ADDRESSES_MAX) {
        let connecting = TcpStream::connect(SocketAddr::new(*address, port));
        match timeout(CONNECT_TIME_MAX, connecting).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(_) => {}
        }
    }
    Err(OutgoingError::Connect(last))
}

async fn ask(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    target: &Target,
    posted: Posted,
) -> Result<Answered, OutgoingError> {
    let wrong = |error: hyper::Error| OutgoingError::Http(error.to_string());
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(wrong)?;
    let request = request(target, posted)?;
    let asking = pin!(async move {
        let mut answer = sender.send_request(request).await.map_err(wrong)?;
        let (status, later) = (answer.status(), Later::of(answer.headers()));
        let mut left = ANSWER_BYTES_MAX;
        // What cannot be read of a body that is thrown away changes nothing.
        while let Some(Ok(frame)) = answer.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            if length >= left {
                break;
            }
            left -= length;
        }
        Ok(Answered { status, later })
    });
    // The connection ends by itself once the answer is there, and may do so before it is read.
    match select(asking, pin!(connection)).await {
        Either::Left((answered, _)) => answered,
        Either::Right((_, asking)) => asking.await,
    }
}

fn request(target: &Target, posted: Posted) -> Result<Request<Full<Bytes>>, OutgoingError> {
    let mut request = Request::post(target.path_and_query())
        .header("host", target.authority())
        .header("content-type", "application/json")
        .header("user-agent", concat!("tradeforge/", env!("CARGO_PKG_VERSION")))
        .header("connection", "close");
    for (name, value) in posted.headers {
        request = request.header(name, value);
    }
    request
        .body(Full::new(Bytes::from(posted.body)))
        .map_err(|error| OutgoingError::Http(error.to_string()))
}
