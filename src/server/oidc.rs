//! Whose signed tokens count: the settings of it, and the file of keys, read again when it changes.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::access::{Issuer, IssuerRules, KEYS_BYTES_MAX, Keys, KeysError, RoleOf, RoleOfError};
use crate::config::Config;
use crate::digest::Digest;
use crate::telemetry;

/// As often as for another certificate, and for the same reason by reading.
const PERIOD: Duration = Duration::from_secs(5);

/// Why a server cannot go by an issuer.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The file.
    #[error("cannot read {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is in it.
    #[error("{} {source}", path.display())]
    Keys {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: KeysError,
    },
    /// What a value of a claim means.
    #[error(transparent)]
    Role(#[from] RoleOfError),
}

/// Whose tokens count by the settings, if there is anybody. The keys are looked at again for as
/// long as somebody has this.
pub(super) fn issuer(config: &Config) -> Result<Option<Arc<Issuer>>, OidcError> {
    let Config { oidc_issuer, oidc_audience, oidc_jwks, .. } = config;
    let (Some(issuer), Some(audience), Some(path)) = (oidc_issuer, oidc_audience, oidc_jwks) else {
        return Ok(None);
    };
    let roles: Result<Vec<_>, _> = config.oidc_roles.iter().map(|it| RoleOf::read(it)).collect();
    let rules = IssuerRules {
        issuer: issuer.clone(),
        audience: audience.clone(),
        owner_claim: config.oidc_owner_claim.clone(),
        role_claim: config.oidc_role_claim.clone(),
        roles: roles?,
    };
    let Some((digest, keys)) = read_unless(path, None)? else { return Ok(None) };
    tracing::info!(issuer, keys = ?keys.names(), "signed tokens count");
    let issuer = Arc::new(Issuer::new(rules, keys));
    telemetry::spawn(renew(Arc::downgrade(&issuer), path.clone(), digest));
    Ok(Some(issuer))
}

async fn renew(issuer: Weak<Issuer>, path: PathBuf, mut known: Digest) {
    let mut told = String::new();
    while issuer.strong_count() > 0 {
        sleep(PERIOD).await;
        let reading = path.clone();
        let found = spawn_blocking(move || read_unless(&reading, Some(known))).await;
        let Ok(found) = found else { continue };
        match (found, issuer.upgrade()) {
            (Ok(Some((digest, keys))), Some(issuer)) => {
                known = digest;
                let names = keys.names();
                tracing::info!(keys = ?names, "other keys of signed tokens count from now on");
                issuer.renew(keys);
                told.clear();
            }
            // Once, however long it lasts.
            (Err(error), _) if error.to_string() != told => {
                tracing::warn!(%error, "the keys of signed tokens are left as they are");
                told = error.to_string();
            }
            _ => {}
        }
    }
}

/// `None` if it is as it was.
fn read_unless(path: &Path, known: Option<Digest>) -> Result<Option<(Digest, Keys)>, OidcError> {
    let bytes = bytes_of(path)?;
    let digest = Digest::of(&bytes);
    if known == Some(digest) {
        return Ok(None);
    }
    let cannot = |source| OidcError::Keys { path: path.to_owned(), source };
    Ok(Some((digest, Keys::read(&bytes).map_err(cannot)?)))
}

/// So much of it that too much is noticed.
fn bytes_of(path: &Path) -> Result<Vec<u8>, OidcError> {
    let cannot = |source| OidcError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    file.take(KEYS_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(cannot)?;
    Ok(bytes)
}
