//! The keys of an issuer, as its JWKS has them: which of them are gone by, and what ends when one
//! of them is taken out.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::by_ring::trimmed;

/// The most bytes of a file of keys; an issuer has two or three keys of some hundred bytes.
pub const KEYS_BYTES_MAX: usize = 256 << 10;
const KEYS_MAX: usize = 100;
/// Below it a number can be taken apart, above it holding a signature against it takes its time.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=4_096;
const P256_POINT_BYTES: usize = 65;
const ED25519_POINT_BYTES: usize = 32;

/// Why a file of keys is not gone by.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// It is no such file.
    #[error("is no JWKS, which is JSON as in {{\"keys\": […]}}: {0}")]
    Form(String),
    /// It is too large.
    #[error("has {0}, the most is {KEYS_BYTES_MAX} bytes and {KEYS_MAX} keys")]
    Size(String),
    /// It holds a secret.
    #[error("holds the private part of the key {0:?}: only the issuer is to have that")]
    Private(String),
    /// It is not clear which is meant.
    #[error("has two keys that are called {0:?}")]
    Twice(String),
    /// There is none to go by.
    #[error(
        "has no key to go by: one has a kid, is for signatures, and is an RSA of {} to {} bits, an \
         EC on P-256 or an OKP on Ed25519", RSA_BITS.start(), RSA_BITS.end()
    )]
    None,
}

/// One that tokens are signed with.
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
    /// Ends what was opened with a token of this key, when the key is taken out.
    pub(super) ended: CancellationToken,
    parameters: AlgorithmParameters,
}

/// Those to go by.
pub struct Keys(pub(super) HashMap<String, Key>);

#[derive(Deserialize)]
struct File {
    keys: Vec<serde_json::Value>,
}

impl Keys {
    /// Out of a file.
    ///
    /// # Errors
    ///
    /// Why it is not gone by. A key of another kind is left out, as issuers have them for other
    /// ends.
    pub fn read(bytes: &[u8]) -> Result<Self, KeysError> {
        if bytes.len() > KEYS_BYTES_MAX {
            return Err(KeysError::Size(format!("{} bytes", bytes.len())));
        }
        let file: File =
            serde_json::from_slice(bytes).map_err(|error| KeysError::Form(error.to_string()))?;
        if file.keys.len() > KEYS_MAX {
            return Err(KeysError::Size(format!("{} keys", file.keys.len())));
        }
        let mut keys = HashMap::new();
        for key in file.keys {
            if key.get("d").is_some() || key.get("k").is_some() {
                let name = key.get("kid").and_then(serde_json::Value::as_str).unwrap_or_default();
                return Err(KeysError::Private(name.to_owned()));
            }
            let Some((name, key)) = usable(key) else { continue };
            match keys.entry(name) {
                Entry::Occupied(twice) => return Err(KeysError::Twice(twice.key().clone())),
                Entry::Vacant(free) => _ = free.insert(key),
            }
        }
        if keys.is_empty() {
            return Err(KeysError::None);
        }
        Ok(Self(keys))
    }

    /// What they are called.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.0.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// Takes the place of others: what was opened with a key that is in both goes on, what was
    /// opened with one that is not ends.
    pub(super) fn replace(&mut self, mut new: Self) {
        for (name, old) in &self.0 {
            match new.0.get_mut(name).filter(|key| key.parameters == old.parameters) {
                Some(same) => same.ended = old.ended.clone(),
                None => old.ended.cancel(),
            }
        }
        *self = new;
    }
}

/// By its name, if it is one to go by.
fn usable(key: serde_json::Value) -> Option<(String, Key)> {
    let key: Jwk = serde_json::from_value(key).ok()?;
    if key.common.public_key_use.as_ref().is_some_and(|it| *it != PublicKeyUse::Signature) {
        return None;
    }
    let (algorithm, named) = match &key.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(it) if it.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(it) if it.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    if key.common.key_algorithm.is_some_and(|it| it != named) {
        return None;
    }
    let decoding = DecodingKey::from_jwk(&key).ok().filter(has_its_size)?;
    let name = key.common.key_id.filter(|it| !it.is_empty())?;
    let ended = CancellationToken::new();
    Some((name, Key { algorithm, decoding, ended, parameters: key.algorithm }))
}

fn has_its_size(key: &DecodingKey) -> bool {
    match key.kind() {
        DecodingKeyKind::RsaModulusExponent { n, .. } => {
            let n = trimmed(n);
            let zeros = n.first().map_or(0, |byte| byte.leading_zeros() as usize);
            RSA_BITS.contains(&(8 * n.len() - zeros))
        }
        DecodingKeyKind::SecretOrDer(point) => {
            [P256_POINT_BYTES, ED25519_POINT_BYTES].contains(&point.len())
        }
    }
}
