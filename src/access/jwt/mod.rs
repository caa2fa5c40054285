//! Tokens that an issuer elsewhere has signed (JWT): who is let in by one, and why somebody is not.
//! Nothing is kept of them here.

mod by_ring;
mod claims;
mod keys;
#[cfg(test)]
pub(super) mod tests;

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

pub use self::claims::{RoleOf, RoleOfError};
pub use self::keys::{KEYS_BYTES_MAX, Keys, KeysError};
use super::admitted::{Admitted, TokenError};
use crate::digest::Digest;
use crate::run::{Caller, OWNER_LENGTH_MAX};

/// The most of a token: a header of a request has room for two.
const TOKEN_BYTES_MAX: usize = 8 << 10;
/// By so much may the clocks of two machines differ.
const LEEWAY_MS: i64 = 60_000;
/// What the ids of such tokens begin with where changes are written down.
const PREFIX: &str = "jwt_";
const ID_DIGITS: usize = 16;

/// What a server goes by.
#[derive(Clone, Debug)]
pub struct IssuerRules {
    /// Who signs, as `iss` says it.
    pub issuer: String,
    /// Whom it is for, as `aud` says it.
    pub audience: String,
    /// The claim that says whose runs the caller's are.
    pub owner_claim: String,
    /// The claim that says what the caller may do.
    pub role_claim: String,
    /// Which value of it means which role.
    pub roles: Vec<RoleOf>,
}

/// Why a signed token lets nobody in. What stands in it is not repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// Too long to be looked at.
    #[error("has more than {TOKEN_BYTES_MAX} bytes, the most of a signed one")]
    Long,
    /// It is not clear with what it is signed.
    #[error(
        "has no header that is read here, which names a key (kid) and one of RS256, ES256 and \
         EdDSA (alg)"
    )]
    Header,
    /// It was made for something else.
    #[error("is not one to let in with: its typ is neither JWT nor at+jwt")]
    Type,
    /// Nobody knows that key.
    #[error("is signed with a key (kid) that this server does not know")]
    Key,
    /// As if by another kind of key.
    #[error("names another algorithm (alg) than its key is for")]
    Algorithm,
    /// Somebody else did, or somebody changed it.
    #[error("is not signed by the key that it names")]
    Signature,
    /// What stands in it is not read.
    #[error("holds no claims as JSON")]
    Claims,
    /// One of them is not.
    #[error("has no claim {0} that is read here")]
    Claim(String),
    /// Somebody else's.
    #[error("is not of the issuer (iss) that this server goes by")]
    Issuer,
    /// For somebody else.
    #[error("is not for this server (aud)")]
    Audience,
    /// Its time has not come.
    #[error("does not hold yet (nbf)")]
    Early,
    /// It held until then.
    #[error("has expired (exp); ask its issuer for a new one")]
    Expired,
    /// Nobody has such a name.
    #[error(
        "has nobody's name in its claim {0}: 1 to {OWNER_LENGTH_MAX} letters, digits or any \
         of . _ - @"
    )]
    Owner(String),
    /// It gives nothing.
    #[error("gives no role: its claim {0} has none of the values that this server goes by")]
    Role(String),
}

/// Who was let in by one.
#[derive(Clone)]
pub(super) struct Signed {
    pub(super) caller: Caller,
    end_ms: i64,
    ended: CancellationToken,
}

impl Signed {
    /// At this time; it may have been shown earlier.
    pub(super) fn admitted(self, now_ms: i64) -> Result<Admitted, TokenError> {
        if self.ended.is_cancelled() {
            return Err(JwtError::Key.into());
        }
        if now_ms >= self.end_ms {
            return Err(JwtError::Expired.into());
        }
        let holds = Duration::from_millis((self.end_ms - now_ms).unsigned_abs());
        Ok(Admitted::new(self.caller, self.ended, Some(holds)))
    }
}

/// Who signs tokens for a server, as that goes by it.
pub struct Issuer {
    rules: IssuerRules,
    keys: RwLock<Keys>,
}

impl Issuer {
    /// By those rules, with those keys at first.
    pub fn new(rules: IssuerRules, keys: Keys) -> Self {
        by_ring::install();
        Self { rules, keys: RwLock::new(keys) }
    }

    /// Goes by those keys from now on. What was opened with one that is not among them ends.
    pub fn renew(&self, keys: Keys) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).replace(keys);
    }

    /// Whether a text is to be read as a signed token rather than as one of the server's own.
    pub(super) fn is_signed(text: &str) -> bool {
        text.bytes().filter(|byte| *byte == b'.').count() == 2
    }

    /// Who is let in by that token.
    pub(super) fn admit(&self, text: &str, now_ms: i64) -> Result<Signed, JwtError> {
        if text.len() > TOKEN_BYTES_MAX {
            return Err(JwtError::Long);
        }
        let header = decode_header(text).map_err(|_| JwtError::Header)?;
        if !header.typ.is_none_or(|typ| is_to_let_in(&typ)) {
            return Err(JwtError::Type);
        }
        let name = header.kid.ok_or(JwtError::Header)?;
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.0.get(&name).ok_or(JwtError::Key)?;
        // The key says what is tried, never the token.
        let mut validation = Validation::new(key.algorithm);
        validation.set_issuer(&[&self.rules.issuer]);
        validation.set_audience(&[&self.rules.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        // By the clock of the server, below.
        validation.validate_exp = false;
        let claims = decode::<Map<String, Value>>(text, &key.decoding, &validation);
        let claims = claims.map_err(|error| why(error.kind()))?.claims;
        let (end_ms, expire_ms) = self.holds(&claims, now_ms)?;
        let owner = claims::owner(&claims, &self.rules.owner_claim)?;
        let role = claims::role(&claims, &self.rules.role_claim, &self.rules.roles)?;
        let caller = Caller { owner, role, token_id: id_of(text), expire_ms: Some(expire_ms) };
        Ok(Signed { caller, end_ms, ended: key.ended.clone() })
    }

    /// Until when it is taken, and until when it says that it holds.
    fn holds(&self, claims: &Map<String, Value>, now_ms: i64) -> Result<(i64, i64), JwtError> {
        // Of several issuers, as some library may write it, none is the one.
        if claims.get("iss").and_then(Value::as_str) != Some(&self.rules.issuer) {
            return Err(JwtError::Issuer);
        }
        if let Some(begin) = claims.get("nbf")
            && claims::moment_ms(begin, "nbf")?.saturating_sub(LEEWAY_MS) > now_ms
        {
            return Err(JwtError::Early);
        }
        let expire_ms = claims::moment_ms(claims.get("exp").unwrap_or(&Value::Null), "exp")?;
        let end_ms = expire_ms.saturating_add(LEEWAY_MS);
        if now_ms >= end_ms {
            return Err(JwtError::Expired);
        }
        Ok((end_ms, expire_ms))
    }
}

/// Both are; one of a sign-out or of a proof, which the same issuer signs, is not.
fn is_to_let_in(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    ["jwt", "at+jwt"].contains(&typ.strip_prefix("application/").unwrap_or(&typ))
}

fn why(error: &ErrorKind) -> JwtError {
    match error {
        ErrorKind::InvalidAlgorithm => JwtError::Algorithm,
        ErrorKind::InvalidSignature | ErrorKind::Base64(_) => JwtError::Signature,
        ErrorKind::InvalidIssuer => JwtError::Issuer,
        ErrorKind::InvalidAudience => JwtError::Audience,
        ErrorKind::MissingRequiredClaim(name) | ErrorKind::InvalidClaimFormat(name) => {
            JwtError::Claim(name.clone())
        }
        // One that says `crit`, or `b64`: it is to be understood otherwise than here.
        ErrorKind::InvalidToken => JwtError::Header,
        _ => JwtError::Claims,
    }
}

/// By what was signed. Of the signature, without which that lets nobody in, there is nothing in it.
fn id_of(text: &str) -> String {
    let signed = text.rsplit_once('.').map_or(text, |(signed, _)| signed);
    let mut id = format!("{PREFIX}{}", Digest::of(signed.as_bytes()));
    id.truncate(PREFIX.len() + ID_DIGITS);
    id
}
