//! Clients that are known by their certificates: who signed them is looked at when a connection is
//! made, and an admin says whose each is.

use std::fs;
use std::path::Path;
use std::process::Command;

use tradeforge::config::{Access, Config};

use crate::support::within;
use crate::tls::{Secured, certificate, said};

type Said = (Option<i32>, String, String);

/// A server that knows what clients' certificates rest on, and its first token.
struct Certified {
    server: Secured,
    admin: String,
}

impl Certified {
    async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let server = Secured::start_with(|config| {
            let own = config.data_dir.with_file_name("clients.pem");
            fs::copy(certificate("clients.pem"), &own).expect("a copy");
            config.access = Access::On;
            config.tls_client_ca = Some(own);
            change(config);
        })
        .await;
        let first = server.folder.path().join("data/first-admin-token");
        let admin = fs::read_to_string(first).expect("the first token").trim().to_owned();
        Self { server, admin }
    }

    /// The program as a client that shows the certificate of that name, if any, and a token.
    async fn run(&self, words: &[&str], name: &str, token: &str) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
        command.args(words).args(["--server", &self.server.url]);
        command.env("TRADEFORGE_TLS_CA", certificate("ca.pem")).env("TRADEFORGE_TOKEN", token);
        if !name.is_empty() {
            command.env("TRADEFORGE_CLIENT_CERT", certificate(&format!("{name}.pem")));
            command.env("TRADEFORGE_CLIENT_KEY", certificate(&format!("{name}.key")));
        }
        let ended = tokio::task::spawn_blocking(move || command.output());
        said(&within(ended).await.expect("no panic").expect("the program starts"))
    }

    /// Tells the server whose a certificate is; the id that it has then.
    async fn register(&self, name: &str, owner: &str, role: &str) -> Said {
        let file = certificate(&format!("{name}.pem"));
        let words = ["token", "add", owner, "--role", role, "--certificate", path(&file)];
        self.run(&words, "", &self.admin).await
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[tokio::test]
async fn who_shows_a_known_certificate_needs_no_token_until_it_is_ended() {
    let certified = Certified::start(|_| ()).await;
    let me = async |name, token: &str| certified.run(&["whoami"], name, token).await;
    // Signed as it should be, and nobody's yet: a token counts beside it.
    let (code, _, stderr) = me("ann", "").await;
    assert_eq!(code, Some(1));
    assert!(stderr.contains("whose certificate") && stderr.contains("--certificate"), "{stderr}");
    let (_, stdout, stderr) = me("ann", &certified.admin).await;
    assert!(stdout.starts_with("admin, admin, by token"), "{stdout} {stderr}");

    let (code, stdout, stderr) = certified.register("ann", "ann", "submitter").await;
    assert_eq!(code, Some(0), "{stderr}");
    let id = stdout.trim().to_owned();
    let sha256 = fs::read_to_string(certificate("ann.sha256")).unwrap();
    let sha256 = sha256.replace(':', "").to_lowercase();
    assert_eq!(id, format!("cert_{}", &sha256[..16]));
    assert!(stderr.contains(&format!("token rm {id}")) && !stderr.contains("keep it"), "{stderr}");
    let (_, stdout, stderr) = me("ann", "").await;
    assert!(stdout.starts_with(&format!("ann, submitter, by token {id}, until ")), "{stderr}");
    // It is the connection's, whatever token is sent on it.
    assert!(me("ann", &certified.admin).await.1.starts_with("ann, submitter, "));
    let (code, _, stderr) = certified.run(&["token", "list"], "ann", "").await;
    assert_eq!(code, Some(1));
    assert!(stderr.contains("needs a token of role ADMIN"), "{stderr}");
    // Another of the same authority is not hers, and one that is known is not made twice.
    assert_eq!(me("bob", "").await.0, Some(1));
    let (code, _, stderr) = certified.register("ann", "eve", "admin").await;
    assert!(code == Some(1) && stderr.contains("is known already"), "{stderr}");
    let (_, stdout, _) = certified.run(&["audit"], "", &certified.admin).await;
    assert!(stdout.contains("token.create") && stdout.contains(&id), "{stdout}");

    assert_eq!(certified.run(&["token", "rm", &id], "", &certified.admin).await.0, Some(0));
    for token in ["", &certified.admin] {
        let (code, _, stderr) = me("ann", token).await;
        assert!(code == Some(1) && stderr.contains("was revoked"), "{stderr}");
    }
    let (code, _, stderr) = certified.register("ann", "ann", "viewer").await;
    assert!(code == Some(1) && stderr.contains("needs another in its place"), "{stderr}");
}

#[tokio::test]
async fn a_certificate_of_another_authority_makes_no_connection() {
    let certified = Certified::start(|_| ()).await;
    // Also where somebody said whose it is.
    assert_eq!(certified.register("eve", "eve", "admin").await.0, Some(0));
    let (code, stdout, _) = certified.run(&["whoami"], "eve", "").await;
    assert_ne!(code, Some(0), "{stdout}");
    assert_eq!(certified.run(&["whoami"], "eve", &certified.admin).await.1, "");
    assert_eq!(certified.run(&["health"], "", "").await.0, Some(0), "it is not required");
}

#[tokio::test]
async fn where_certificates_are_required_nobody_is_answered_without_one() {
    let certified = Certified::start(|config| config.tls_client_required = true).await;
    for words in [["health"], ["whoami"]] {
        let (code, stdout, _) = certified.run(&words, "", &certified.admin).await;
        assert!(code != Some(0) && stdout.is_empty(), "{stdout}");
    }
    assert_eq!(certified.run(&["health"], "ann", "").await.1, "serving\n");
    let (_, stdout, _) = certified.run(&["whoami"], "ann", &certified.admin).await;
    assert!(stdout.starts_with("admin, "), "{stdout}");
}

#[tokio::test]
async fn another_authority_is_taken_without_a_restart() {
    let certified = Certified::start(|config| config.tls_client_required = true).await;
    assert_eq!(certified.run(&["health"], "ann", "").await.0, Some(0));
    let fresh = certified.server.folder.path().join("fresh");
    fs::copy(certificate("other.pem"), &fresh).unwrap();
    fs::rename(&fresh, certified.server.folder.path().join("clients.pem")).unwrap();
    within(async { while certified.run(&["health"], "ann", "").await.0 == Some(0) {} }).await;
}

#[tokio::test]
async fn what_is_no_certificate_and_what_holds_a_key_is_refused() {
    let certified = Certified::start(|_| ()).await;
    let add = async |file: &str| {
        let file = certificate(file);
        let words = ["token", "add", "ann", "--certificate", path(&file)];
        certified.run(&words, "", &certified.admin).await
    };
    let (code, _, stderr) = add("ann.key").await;
    assert!(code == Some(1) && stderr.contains("holds a private key"), "{code:?} {stderr}");
    let (code, _, stderr) = add("README.md").await;
    assert!(code == Some(1) && stderr.contains("must be a certificate in PEM"), "{stderr}");
}
