//! Certificates by which clients are known: each by the hash of the whole, as with tokens. Who
//! signed it is looked at when the connection is made, and what stands in it means nothing here.

use std::fmt;

use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

use crate::digest::Digest;

/// What the ids of certificates begin with. No token's has a line in it.
const PREFIX: &str = "cert_";
/// As many digits of the hash as nobody else's will have.
const ID_DIGITS: usize = 16;

/// The SHA-256 of a client's certificate, as `openssl x509 -fingerprint -sha256` shows it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(Digest);

impl Fingerprint {
    /// Of a certificate in DER.
    pub fn of(certificate: &[u8]) -> Self {
        Self(Digest::of(certificate))
    }

    /// Of the first certificate in a text: what it rests on may follow. `None` if it holds none.
    pub fn of_pem(text: &str) -> Option<Self> {
        let first = CertificateDer::pem_slice_iter(text.as_bytes()).next()?.ok()?;
        Some(Self::of(&first))
    }

    /// What it is called where tokens are listed.
    pub fn id(&self) -> String {
        let mut id = format!("{PREFIX}{}", self.0);
        id.truncate(PREFIX.len() + ID_DIGITS);
        id
    }

    pub(super) const fn sha256(&self) -> Digest {
        self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Fingerprint({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Secret;

    #[test]
    fn a_certificate_is_known_by_what_openssl_says_of_it() {
        let ann = include_str!("../../tests/it/certificates/ann.pem");
        let found = Fingerprint::of_pem(ann).unwrap();
        let told = include_str!("../../tests/it/certificates/ann.sha256").trim();
        assert_eq!(found.to_string(), told.replace(':', "").to_lowercase());
        assert_eq!(found.id(), format!("cert_{}", &found.to_string()[..16]));
        let other = include_str!("../../tests/it/certificates/bob.pem");
        assert_eq!(Fingerprint::of_pem(&format!("{ann}{other}")), Some(found));
        assert_ne!(Fingerprint::of_pem(other), Some(found));
    }

    #[test]
    fn what_holds_no_certificate_is_none_and_no_id_of_one_is_a_tokens() {
        let key = include_str!("../../tests/it/certificates/ann.key");
        for text in
            ["", "hunter2", key, "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"]
        {
            assert_eq!(Fingerprint::of_pem(text), None, "{text}");
        }
        assert!(!Secret::random().unwrap().id.contains('_'));
    }
}
