//! Somebody who is told by webhooks: an HTTP server of a few lines that keeps what it got, answers
//! as it is told to, and checks signatures by its own computation.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tradeforge::telemetry;

use super::within;

/// How a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// With that status.
    Status(u16),
    /// With 503 and that as `Retry-After`.
    Later(&'static str),
    /// Never.
    Silence,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    head: String,
    pub(crate) body: String,
}

impl Told {
    pub(crate) fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }

    pub(crate) fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a body of JSON")
    }

    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }

    pub(crate) fn run_id(&self) -> String {
        self.json()["data"]["runId"].as_str().expect("a run").to_owned()
    }

    /// Whether whoever has that key sent it as it is.
    pub(crate) fn is_signed_by(&self, secret: &str) -> bool {
        let key = secret.strip_prefix("whsec_").expect("a key as receivers know it");
        let key = BASE64_STANDARD.decode(key).expect("base64");
        let (id, time) = (self.id(), self.header("webhook-timestamp"));
        let mac = hmac(&key, format!("{id}.{time}.{}", self.body).as_bytes());
        self.header("webhook-signature") == format!("v1,{}", BASE64_STANDARD.encode(mac))
    }
}

/// RFC 2104, by hand: what the server computes must not vouch for itself.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    assert!(key.len() <= 64);
    let padded = |byte: u8| -> Vec<u8> {
        (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ byte).collect()
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}

/// Listens until the test ends.
pub(crate) struct Receiver {
    port: u16,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    told: watch::Receiver<Vec<Told>>,
}

impl Receiver {
    /// Answers with these in turn, and with the last one from then on.
    pub(crate) async fn start(replies: &[Reply]) -> Self {
        Self::start_with(replies, None).await
    }

    /// The same by TLS.
    pub(crate) async fn start_with(replies: &[Reply], tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let replies = Arc::new(Mutex::new(replies.iter().copied().collect()));
        let (sender, told) = watch::channel(Vec::new());
        let (sender, answers) = (Arc::new(sender), Arc::clone(&replies));
        telemetry::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sender, answers, tls) =
                    (Arc::clone(&sender), Arc::clone(&answers), tls.clone());
                telemetry::spawn(async move {
                    match tls {
                        None => serve(stream, &sender, &answers).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &sender, &answers).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, replies, told }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook?from=test", self.port)
    }

    pub(crate) fn https_url(&self) -> String {
        format!("https://localhost:{}/hook", self.port)
    }

    /// From now on.
    pub(crate) fn reply(&self, reply: Reply) {
        *self.replies.lock().expect("no panic") = VecDeque::from([reply]);
    }

    pub(crate) fn told(&self) -> Vec<Told> {
        self.told.borrow().clone()
    }

    /// Waits until it was told so often.
    pub(crate) async fn until_told(&self, count: usize) -> Vec<Told> {
        let mut told = self.told.clone();
        within(told.wait_for(|told| told.len() >= count)).await.expect("it listens").clone()
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    sender: &watch::Sender<Vec<Told>>,
    replies: &Mutex<VecDeque<Reply>>,
) {
    let mut bytes = Vec::new();
    let told = loop {
        if let Some(told) = whole(&bytes) {
            break told;
        }
        let mut more = [0; 4_096];
        match stream.read(&mut more).await {
            Ok(count) if count > 0 => bytes.extend_from_slice(&more[..count]),
            _ => return,
        }
    };
    let reply = {
        let mut replies = replies.lock().expect("no panic");
        if replies.len() > 1 { replies.pop_front() } else { replies.front().copied() }
    };
    sender.send_modify(|all| all.push(told));
    let (status, more) = match reply {
        Some(Reply::Status(status)) => (status, String::new()),
        Some(Reply::Later(text)) => (503, format!("Retry-After: {text}\r\n")),
        Some(Reply::Silence) | None => return std::future::pending().await,
    };
    let answer = format!("HTTP/1.1 {status} X\r\n{more}Content-Length: 2\r\n\r\nok");
    _ = stream.write_all(answer.as_bytes()).await;
    _ = stream.shutdown().await;
}

/// The request, once all of it is there.
fn whole(bytes: &[u8]) -> Option<Told> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).expect("a head of text");
    let head = head.split("\r\n").collect::<Vec<_>>().join("\n");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    let length: usize = length.parse().expect("a length");
    let body = bytes.get(end + 4..end + 4 + length)?;
    Some(Told { head, body: String::from_utf8(body.to_vec()).expect("a body of text") })
}
