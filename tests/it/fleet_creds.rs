//! Credentials that have expired are told of as that, wherever somebody looks, and new ones are
//! taken without a restart.

use std::fs;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nkeys::KeyPair;
use serde_json::{Value, json};
use tokio::time::interval;
use tradeforge::pb::GetServerInfoRequest;
use tradeforge::pb::system_service_client::SystemServiceClient;

use crate::fleet_workers::printed;
use crate::support::{Broker, Home, request, within};

/// A token as the broker reads it.
fn token(by: &KeyPair, of: &KeyPair, name: &str, end: Option<i64>, nats: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = encode(&json!({ "typ": "JWT", "alg": "ed25519-nkey" }));
    let mut claims = json!({
        "jti": name, "iat": 1_700_000_000, "iss": by.public_key(), "name": name,
        "sub": of.public_key(), "nats": nats,
    });
    if let Some(end) = end {
        claims["exp"] = end.into();
    }
    let text = format!("{head}.{}", encode(&claims));
    let signature = by.sign(text.as_bytes()).expect("a private key");
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// An account of a broker.
struct Account {
    keys: KeyPair,
    /// For the broker.
    config: String,
}

impl Account {
    fn new() -> Self {
        let (operator, keys) = (KeyPair::new_operator(), KeyPair::new_account());
        // JetStream does not start without an account of the system.
        let system = KeyPair::new_account();
        let nats = json!({ "type": "operator", "version": 2 });
        let of_operator = token(&operator, &operator, "operator", None, &nats);
        let mut limits = json!({
            "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true,
            "conn": -1, "leaf": -1,
        });
        let nats = json!({ "type": "account", "version": 2, "limits": limits });
        let of_system = token(&operator, &system, "system", None, &nats);
        for stored in ["mem_storage", "disk_storage", "streams", "consumer"] {
            limits[stored] = (-1).into();
        }
        let nats = json!({ "type": "account", "version": 2, "limits": limits });
        let of_account = token(&operator, &keys, "account", None, &nats);
        let config = format!(
            "jetstream: enabled\noperator: {of_operator}\nresolver: MEMORY\n\
             system_account: {system}\n\
             resolver_preload: {{\n  {account}: {of_account}\n  {system}: {of_system}\n}}\n",
            system = system.public_key(),
            account = keys.public_key(),
        );
        Self { keys, config }
    }

    /// Writes credentials that end then.
    fn admit(&self, path: &Path, end: Option<i64>) {
        let user = KeyPair::new_user();
        let nats = json!({
            "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1,
            "pub": {}, "sub": {},
        });
        let token = token(&self.keys, &user, "server", end, &nats);
        let seed = user.seed().expect("a private key");
        let text = format!(
            "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
        );
        let unfinished = path.with_extension("unfinished");
        fs::write(&unfinished, text).expect("a file");
        fs::rename(unfinished, path).expect("a file");
    }
}

#[tokio::test]
async fn credentials_that_have_expired_are_said_to_have_and_new_ones_are_taken() {
    let account = Account::new();
    let Some(broker) = Broker::start_as(&account.config).await else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("server.creds");
    account.admit(&path, Some(1_750_000_000));
    let creds = path.display().to_string();
    let server = Home::new().serve_with(&["--nats", &broker.url(), "--nats-creds", &creds]).await;
    let mut system = SystemServiceClient::new(server.channel());
    let mut fleet = async || {
        let info = within(system.get_server_info(GetServerInfoRequest {})).await;
        info.expect("an answer").into_inner().fleet.expect("a fleet")
    };
    let refused = async {
        let mut looks = interval(Duration::from_millis(50));
        loop {
            looks.tick().await;
            let fleet = fleet().await;
            if fleet.problem.contains("expired") {
                return fleet;
            }
        }
    };
    let told = within(refused).await;
    assert!(!told.is_broker_up);
    for part in ["server.creds", "expired on 2025-06-15"] {
        assert!(told.problem.contains(part), "{told:?}");
    }
    assert!(printed(&server, &["workers"]).await.contains("expired on 2025-06-15"));
    let ready = request(server.url(), "GET /readyz HTTP/1.1", b"").await;
    let text = String::from_utf8_lossy(&ready.body).into_owned();
    assert!(text.starts_with("ready") && text.contains("expired on 2025-06-15"), "{text}");

    account.admit(&path, None);
    let admitted = async {
        let mut looks = interval(Duration::from_millis(50));
        loop {
            looks.tick().await;
            let fleet = fleet().await;
            if fleet.is_broker_up && fleet.problem.is_empty() {
                return;
            }
        }
    };
    within(admitted).await;
    let ready = request(server.url(), "GET /readyz HTTP/1.1", b"").await;
    assert_eq!(String::from_utf8_lossy(&ready.body), "ready\n");
}
