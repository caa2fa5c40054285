//! What a receiver knows a delivery by, in the form of the Standard Webhooks specification.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;

use crate::digest::Digest;

/// By which receivers know the form of a key.
const PREFIX: &str = "whsec_";

/// The key that one hook's deliveries are signed with.
#[derive(Clone)]
pub(super) struct HookKey([u8; 32]);

impl HookKey {
    pub(super) const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What is kept of it.
    pub(super) fn sha256(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// As its receiver is to know it.
    pub(super) fn reveal(&self) -> String {
        format!("{PREFIX}{}", BASE64_STANDARD.encode(self.0))
    }

    /// The signature of a delivery, made at that second.
    pub(super) fn sign(&self, id: &str, seconds: i64, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let tag = hmac::sign(&key, format!("{id}.{seconds}.{body}").as_bytes());
        format!("v1,{}", BASE64_STANDARD.encode(tag))
    }
}

impl fmt::Debug for HookKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("HookKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_other_libraries_make_of_the_same() {
        // By Python: base64(hmac.new(bytes(range(32)), b"evt_1.1700000000.{}", "sha256").digest()).
        let mut bytes = [0; 32];
        (0..32).for_each(|at| bytes[usize::from(at)] = at);
        let key = HookKey::new(bytes);
        assert_eq!(
            key.sign("evt_1", 1_700_000_000, "{}"),
            "v1,bXtchBV0Hi1flm60IFUb87JKA3d/Yvv8UoEjbNotegk="
        );
        assert_eq!(key.reveal(), "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        assert_eq!(format!("{key:?}"), "HookKey(…)");
    }
}
