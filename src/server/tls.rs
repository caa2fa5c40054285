//! The certificate that a server shows, read anew when its files change: who renews it need not
//! restart anything.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{self, RootCertStore, ServerConfig};

use crate::digest::Digest;
use crate::telemetry;

/// How often is looked for another certificate. Read, not watched: so it works over links that are
/// swapped and file systems that tell nothing.
const PERIOD: Duration = Duration::from_secs(5);
/// HTTP/2 first; browsers and scripts may have either.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The files of a certificate.
#[derive(Clone, Debug)]
pub(super) struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// Which clients' certificates are looked at, if any are.
    pub clients: Option<ClientFiles>,
}

/// Whose certificates clients may show.
#[derive(Clone, Debug)]
pub(super) struct ClientFiles {
    /// What they rest on.
    pub authority: PathBuf,
    /// Whether one that shows none is turned away.
    pub is_required: bool,
}

/// Why a certificate cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file.
    #[error("cannot read {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is in it.
    #[error("{} holds no {what} in PEM", path.display())]
    Pem {
        /// Which file.
        path: PathBuf,
        /// What should be there.
        what: &'static str,
    },
    /// What clients' certificates are to rest on cannot be used for that.
    #[error("cannot hold clients' certificates against {}: {why}", path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The two do not go together, or are of a kind that is not known.
    #[error(
        "cannot use the certificate {} with the key {}: {source}",
        certificate.display(),
        key.display()
    )]
    Unusable {
        /// The one.
        certificate: PathBuf,
        /// The other.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
}

/// What is shown at the moment.
#[derive(Clone)]
pub(super) struct Tls(watch::Receiver<Arc<ServerConfig>>);

impl Tls {
    /// Reads the files, and looks at them again for as long as somebody has this.
    pub(super) fn of(files: TlsFiles) -> Result<Self, TlsError> {
        let (mut digest, config) = files.read()?;
        let (shown, receiver) = watch::channel(config);
        telemetry::spawn(async move {
            while !shown.is_closed() {
                sleep(PERIOD).await;
                let reading = files.clone();
                match spawn_blocking(move || reading.read_unless(digest)).await {
                    Ok(Ok(Some((new, config)))) => {
                        digest = new;
                        shown.send_replace(config);
                        let certificate = files.certificate.display();
                        tracing::info!(%certificate, "another certificate is shown from now on");
                    }
                    Ok(Ok(None)) | Err(_) => {}
                    Ok(Err(error)) => tracing::warn!(%error, "the certificate is left as it is"),
                }
            }
        });
        Ok(Self(receiver))
    }

    /// Shows what is shown now.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0.borrow()))
    }
}

type Read = (Digest, Arc<ServerConfig>);

impl TlsFiles {
    fn read(&self) -> Result<Read, TlsError> {
        let bytes = self.bytes()?;
        Ok((bytes.digest(), Arc::new(self.config(&bytes)?)))
    }

    fn bytes(&self) -> Result<Bytes, TlsError> {
        let clients = self.clients.as_ref().map(|it| bytes_of(&it.authority)).transpose()?;
        Ok(Bytes { chain: bytes_of(&self.certificate)?, key: bytes_of(&self.key)?, clients })
    }

    /// `None` if they are as they were.
    fn read_unless(&self, known: Digest) -> Result<Option<Read>, TlsError> {
        let bytes = self.bytes()?;
        let digest = bytes.digest();
        if digest == known {
            return Ok(None);
        }
        Ok(Some((digest, Arc::new(self.config(&bytes)?))))
    }

    fn config(&self, bytes: &Bytes) -> Result<ServerConfig, TlsError> {
        let chain = chain_of(&self.certificate, &bytes.chain)?;
        let key = PrivateKeyDer::from_pem_slice(&bytes.key);
        let key = key.map_err(|_| none(&self.key, "private key"))?;
        let clients = self.clients.as_ref().zip(bytes.clients.as_deref());
        let clients = clients.map(|(files, pem)| files.verifier(pem)).transpose()?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                let builder = match clients {
                    Some(clients) => builder.with_client_cert_verifier(clients),
                    None => builder.with_no_client_auth(),
                };
                builder.with_single_cert(chain, key)
            });
        let mut config = config.map_err(|source| TlsError::Unusable {
            certificate: self.certificate.clone(),
            key: self.key.clone(),
            source,
        })?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(config)
    }
}

/// What stands in the files.
struct Bytes {
    chain: Vec<u8>,
    key: Vec<u8>,
    clients: Option<Vec<u8>>,
}

impl Bytes {
    fn digest(&self) -> Digest {
        let clients = self.clients.as_deref().unwrap_or_default();
        Digest::of(&[&self.chain, b"\0".as_slice(), &self.key, b"\0", clients].concat())
    }
}

impl ClientFiles {
    fn verifier(&self, pem: &[u8]) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
        let cannot = |why| TlsError::Authority { path: self.authority.clone(), why };
        let mut roots = RootCertStore::empty();
        for certificate in chain_of(&self.authority, pem)? {
            roots.add(certificate).map_err(|error| cannot(error.to_string()))?;
        }
        let provider = Arc::new(ring::default_provider());
        let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        let builder = if self.is_required { builder } else { builder.allow_unauthenticated() };
        builder.build().map_err(|error| cannot(error.to_string()))
    }
}

fn none(path: &Path, what: &'static str) -> TlsError {
    TlsError::Pem { path: path.to_owned(), what }
}

fn chain_of(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(pem).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    chain.ok_or_else(|| none(path, "certificate"))
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(certificate: &str, key: &str) -> TlsFiles {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/certificates");
        let (certificate, key) = (folder.join(certificate), folder.join(key));
        TlsFiles { certificate, key, clients: None }
    }

    #[test]
    fn a_certificate_and_its_key_are_shown_and_read_anew_only_when_they_change() {
        let files = of("server.pem", "server.key");
        let (digest, _) = files.read().unwrap();
        assert!(files.read_unless(digest).unwrap().is_none());
        let (renewed, _) = of("renewed.pem", "renewed.key").read_unless(digest).unwrap().unwrap();
        assert_ne!(renewed, digest);
    }

    #[test]
    fn what_clients_rest_on_is_read_anew_when_it_changes_and_must_be_a_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let authority = folder.path().join("clients.pem");
        let own = |name: &str| of(name, name).certificate;
        fs::copy(own("clients.pem"), &authority).unwrap();
        let clients = ClientFiles { authority: authority.clone(), is_required: true };
        let files = TlsFiles { clients: Some(clients), ..of("server.pem", "server.key") };
        let (digest, _) = files.read().unwrap();
        assert!(files.read_unless(digest).unwrap().is_none());
        fs::copy(own("ca.pem"), &authority).unwrap();
        assert!(files.read_unless(digest).unwrap().is_some());
        fs::copy(own("server.key"), &authority).unwrap();
        let told = files.read_unless(digest).unwrap_err().to_string();
        assert!(told.contains("clients.pem holds no certificate"), "{told}");
    }

    #[test]
    fn what_cannot_be_shown_is_said_with_the_files_names() {
        let said = |certificate, key| of(certificate, key).read().unwrap_err().to_string();
        assert!(said("none.pem", "server.key").contains("cannot read"));
        assert!(said("server.key", "server.key").contains("server.key holds no certificate"));
        assert!(said("server.pem", "server.pem").contains("server.pem holds no private key"));
        let mixed = said("server.pem", "renewed.key");
        assert!(
            mixed.contains("server.pem with the key") && mixed.contains("renewed.key"),
            "{mixed}"
        );
    }
}
