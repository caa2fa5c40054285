//! SHA-256 values and the canonical encoding they are taken over.
//!
//! Keys and result hashes must be the same on every machine and in every later version, so they
//! are never taken over protobuf or JSON bytes: each part is written with its length before it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A SHA-256 value, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

/// The text is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a SHA-256 of 64 hexadecimal digits")]
pub struct DigestError;

impl Digest {
    /// The value of these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The SHA-256 of `bytes` as they are.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| DigestError)?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

/// Writes parts into a SHA-256, each with its length before it, so that no two lists of parts
/// share an encoding.
pub struct Encoder(Sha256);

impl Encoder {
    /// Starts an encoding; `domain` names what is hashed and the version of its format.
    pub fn new(domain: &str) -> Self {
        let mut encoder = Self(Sha256::new());
        encoder.text(domain);
        encoder
    }

    /// Appends bytes.
    pub fn bytes(&mut self, part: &[u8]) -> &mut Self {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
        self
    }

    /// Appends a text.
    pub fn text(&mut self, part: &str) -> &mut Self {
        self.bytes(part.as_bytes())
    }

    /// Appends an integer.
    pub fn integer(&mut self, part: i64) -> &mut Self {
        self.bytes(&part.to_le_bytes())
    }

    /// Appends a double by its bits. The caller keeps NaN out; -0 counts as 0.
    pub fn double(&mut self, part: f64) -> &mut Self {
        self.bytes(&(part + 0.0).to_bits().to_le_bytes())
    }

    /// Appends an optional part: a mark for presence, then what `write` appends.
    pub fn optional<T>(&mut self, part: Option<T>, write: impl FnOnce(&mut Self, T)) -> &mut Self {
        self.bytes(&[u8::from(part.is_some())]);
        if let Some(part) = part {
            write(self, part);
        }
        self
    }

    /// The hash of all parts.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_survives_its_text() {
        let digest = Digest::of(b"bars");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!("abc".parse::<Digest>(), Err(DigestError));
    }

    #[test]
    fn moving_a_letter_between_parts_changes_the_hash() {
        let hash = |parts: [&str; 2]| {
            let mut encoder = Encoder::new("test/1");
            encoder.text(parts[0]).text(parts[1]);
            encoder.finish()
        };
        assert_ne!(hash(["ab", "c"]), hash(["a", "bc"]));
    }

    #[test]
    fn negative_zero_hashes_like_zero() {
        let hash = |value| {
            let mut encoder = Encoder::new("test/1");
            encoder.double(value);
            encoder.finish()
        };
        assert_eq!(hash(-0.0), hash(0.0));
    }
}
