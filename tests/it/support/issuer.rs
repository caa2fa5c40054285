//! Who signs tokens elsewhere: a key, the file of it that a server reads, and what is signed by it.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tradeforge::config::Config;

const ISSUER: &str = "https://id.example.com";

pub(crate) struct Issuer {
    pair: Ed25519KeyPair,
    name: &'static str,
    folder: TempDir,
}

impl Issuer {
    /// With a key of that name.
    pub(crate) fn new(name: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let issuer = Self { pair: pair(), name, folder };
        issuer.publish();
        issuer
    }

    /// Has another key from now on; what was signed until now is returned no longer.
    pub(crate) fn change_key(&mut self, name: &'static str) {
        (self.pair, self.name) = (pair(), name);
        self.publish();
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("jwks.json")
    }

    fn publish(&self) {
        let x = BASE64.encode(self.pair.public_key());
        let key = json!({"kty": "OKP", "crv": "Ed25519", "kid": self.name, "x": x});
        // Whole or not at all, as whoever fetches it should write it.
        let fresh = self.folder.path().join("fresh");
        fs::write(&fresh, json!({ "keys": [key] }).to_string()).expect("a file");
        fs::rename(&fresh, self.file()).expect("a file");
    }

    /// Has a server go by it.
    pub(crate) fn settings(&self, config: &mut Config) {
        config.oidc_issuer = Some(ISSUER.to_owned());
        config.oidc_audience = Some("tradeforge".to_owned());
        config.oidc_jwks = Some(self.file());
        config.oidc_role_claim = "groups".to_owned();
        let roles = ["desk=viewer", "quants=submitter", "ops=admin"];
        config.oidc_roles = roles.map(str::to_owned).to_vec();
    }

    /// For an hour.
    pub(crate) fn token(&self, owner: &str, group: &str) -> String {
        self.token_with(owner, group, |_| ())
    }

    /// With other claims than usual.
    pub(crate) fn token_with(
        &self,
        owner: &str,
        group: &str,
        change: impl FnOnce(&mut Value),
    ) -> String {
        let mut claims = json!({
            "iss": ISSUER, "aud": "tradeforge", "sub": owner, "groups": [group],
            "exp": now_s() + 3_600,
        });
        change(&mut claims);
        let header = json!({"typ": "JWT", "alg": "EdDSA", "kid": self.name});
        let [header, claims] = [header, claims].map(|it| BASE64.encode(it.to_string()));
        let signed = format!("{header}.{claims}");
        let signature = BASE64.encode(self.pair.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

fn pair() -> Ed25519KeyPair {
    let secret = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
    Ed25519KeyPair::from_pkcs8(secret.as_ref()).expect("a key")
}

/// By the clock that the server has as well.
#[expect(clippy::disallowed_methods, reason = "a token says until when it holds")]
pub(crate) fn now_s() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.expect("a time").as_secs()
}
