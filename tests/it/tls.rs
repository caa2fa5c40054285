//! TLS: a certificate that clients can check, renewed without a restart.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tradeforge::config::{Access, Config};
use tradeforge::server::Server;
use tradeforge::strategy::Catalog;
use tradeforge::telemetry;

use crate::support::{request, within};

pub(crate) fn certificate(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/certificates").join(name)
}

/// A server with the certificate in `folder`.
pub(crate) struct Secured {
    address: SocketAddr,
    pub(crate) url: String,
    pub(crate) folder: TempDir,
    _stop: oneshot::Sender<()>,
}

impl Secured {
    async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let own = |name: &str| folder.path().join(name);
        for kind in ["pem", "key"] {
            fs::copy(certificate(&format!("server.{kind}")), own(&format!("shown.{kind}")))
                .unwrap();
        }
        let mut config = Config::new(own("data"));
        config.listen.set_port(0);
        config.tls_certificate = Some(own("shown.pem"));
        config.tls_key = Some(own("shown.key"));
        change(&mut config);
        let server = Server::bind(config, Catalog::shipped()).await.expect("a server");
        let (address, url) = (server.address(), server.url());
        let (stop, stopped) = oneshot::channel::<()>();
        telemetry::spawn(server.run_until(async {
            _ = stopped.await;
        }));
        Self { address, url, folder, _stop: stop }
    }

    /// The program as a client that trusts that certificate.
    async fn command(&self, words: &[&str], trusted: &str, token: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
        command.args(words).args(["--server", &self.url]);
        command.env("TRADEFORGE_TLS_CA", certificate(trusted)).env("TRADEFORGE_TOKEN", token);
        let ended = tokio::task::spawn_blocking(move || command.output());
        within(ended).await.expect("no panic").expect("the program starts")
    }

    /// The certificate that it shows.
    async fn shown(&self) -> CertificateDer<'static> {
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_file(certificate("ca.pem")).unwrap();
        roots.add(ca).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        let (_, session) = stream.get_ref();
        session.peer_certificates().unwrap()[0].clone().into_owned()
    }
}

pub(crate) fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[tokio::test]
async fn a_client_that_trusts_the_certificate_is_served_and_one_that_does_not_says_why() {
    let server = Secured::start().await;
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.url);
    let (code, stdout, stderr) = said(&server.command(&["health"], "ca.pem", "").await);
    assert_eq!((code, stdout.as_str()), (Some(0), "serving\n"), "{stderr}");
    let (code, _, stderr) = said(&server.command(&["health"], "other.pem", "").await);
    assert_eq!(code, Some(5));
    assert!(stderr.contains("is not to be trusted") && stderr.contains("--tls-ca"), "{stderr}");
}

#[tokio::test]
async fn who_speaks_plain_http_is_told_so() {
    let server = Secured::start().await;
    let plain = format!("http://{}", server.address);
    let answer = request(&plain, "GET / HTTP/1.1", &[]).await;
    assert_eq!(answer.status, 400);
    assert!(String::from_utf8(answer.body).unwrap().contains("write https://"));
}

#[tokio::test]
async fn silent_handshakes_do_not_hold_up_others() {
    let server = Secured::start().await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    let (code, _, stderr) = said(&server.command(&["health"], "ca.pem", "").await);
    assert_eq!(code, Some(0), "{stderr}");
}

#[tokio::test]
async fn another_certificate_is_shown_without_a_restart_and_half_of_one_is_not() {
    let server = Secured::start().await;
    let of = |name| CertificateDer::from_pem_file(certificate(name)).unwrap();
    assert_eq!(server.shown().await, of("server.pem"));
    let replace = |name: &str, by: &str| {
        let fresh = server.folder.path().join("fresh");
        fs::copy(certificate(by), &fresh).unwrap();
        fs::rename(&fresh, server.folder.path().join(name)).unwrap();
    };
    // Between the two, what does not go together is not shown, and the old one is.
    replace("shown.pem", "renewed.pem");
    assert_eq!(server.shown().await, of("server.pem"));
    replace("shown.key", "renewed.key");
    within(async { while server.shown().await != of("renewed.pem") {} }).await;
}

#[tokio::test]
async fn tokens_are_made_listed_and_ended_by_the_command_line() {
    let server = Secured::start_with(|config| config.access = Access::On).await;
    let run =
        async |words: &[&str], token: &str| said(&server.command(words, "ca.pem", token).await);
    let (code, _, stderr) = run(&["runs"], "").await;
    assert_eq!(code, Some(1));
    assert!(stderr.contains("asks who calls") && stderr.contains("TRADEFORGE_TOKEN"), "{stderr}");

    let mut first = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
    first.args(["first-token", "--data-dir"]).arg(server.folder.path().join("data"));
    let (_, first, _) = said(&first.output().expect("the program starts"));
    let admin = first.trim();
    let (code, secret, stderr) =
        run(&["token", "add", "ann", "--role", "viewer", "--for", "the nightly"], admin).await;
    assert_eq!(code, Some(0), "{stderr}");
    let ann = secret.trim();
    let id = ann.split('_').nth(1).expect("its id");
    assert!(stderr.contains(&format!("token rm {id}")), "{stderr}");
    let (_, me, _) = run(&["whoami"], ann).await;
    assert!(me.starts_with(&format!("ann, viewer, by token {id}, until ")), "{me}");
    let (_, list, _) = run(&["token", "list"], admin).await;
    assert!(list.contains("the nightly") && list.contains("the first one"), "{list}");
    assert!(!list.contains(ann) && !list.contains(admin), "{list}");
    let (code, _, stderr) = run(&["token", "list"], ann).await;
    assert_eq!(code, Some(1));
    assert!(stderr.contains("needs a token of role ADMIN"), "{stderr}");
    assert_eq!(run(&["token", "rm", id], admin).await.0, Some(0));
    let (code, _, stderr) = run(&["whoami"], ann).await;
    assert_eq!(code, Some(1));
    assert!(stderr.contains("was revoked"), "{stderr}");
}

#[tokio::test]
async fn where_the_first_token_was_lost_another_is_made_while_no_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
        command.args(["first-token", "--data-dir"]).arg(&data);
        said(&command.output().expect("the program starts"))
    };
    let (code, secret, stderr) = first();
    assert_eq!(code, Some(0), "{stderr}");
    let mut config = Config::new(data.clone());
    config.listen.set_port(0);
    config.access = Access::On;
    let server = Server::bind(config, Catalog::shipped()).await.unwrap();
    assert!(!data.join("first-admin-token").exists(), "there is an admin already");
    let (code, _, stderr) = first();
    assert_eq!(code, Some(1));
    assert!(stderr.contains("another server uses"), "{stderr}");
    drop(server);
    assert_ne!(first().1, secret);
}
