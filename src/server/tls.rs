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
use tokio_rustls::rustls::{self, ServerConfig};

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
        let (chain, key) = (bytes_of(&self.certificate)?, bytes_of(&self.key)?);
        Ok((Self::digest_of(&chain, &key), Arc::new(self.config(&chain, &key)?)))
    }

    /// `None` if they are as they were.
    fn read_unless(&self, known: Digest) -> Result<Option<Read>, TlsError> {
        let (chain, key) = (bytes_of(&self.certificate)?, bytes_of(&self.key)?);
        if Self::digest_of(&chain, &key) == known {
            return Ok(None);
        }
        self.read().map(Some)
    }

    fn digest_of(chain: &[u8], key: &[u8]) -> Digest {
        Digest::of(&[chain, b"\0", key].concat())
    }

    fn config(&self, chain: &[u8], key: &[u8]) -> Result<ServerConfig, TlsError> {
        let none = |path: &Path, what| TlsError::Pem { path: path.to_owned(), what };
        let chain: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(chain).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty());
        let chain = chain.ok_or_else(|| none(&self.certificate, "certificate"))?;
        let key = PrivateKeyDer::from_pem_slice(key);
        let key = key.map_err(|_| none(&self.key, "private key"))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
        let mut config = config.map_err(|source| TlsError::Unusable {
            certificate: self.certificate.clone(),
            key: self.key.clone(),
            source,
        })?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(config)
    }
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(certificate: &str, key: &str) -> TlsFiles {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/certificates");
        TlsFiles { certificate: folder.join(certificate), key: folder.join(key) }
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
