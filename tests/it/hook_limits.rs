//! Whom webhooks call and whom not, what one may be, and what vouches for it.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tonic::Code;
use tonic_types::StatusExt as _;
use tradeforge::pb::{self, HookEventType};

use crate::hooks::{NEAR, add, child, near, on, test, until_disabled};
use crate::support::{Home, Market, Receiver, Refusal as _, Reply, TestServer, sma_cross, within};

/// What a receiver shows.
fn server_config(folder: &Path) -> ServerConfig {
    let chain = CertificateDer::from_pem_file(folder.join("server.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).expect("a key");
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_no_client_auth()
        .with_single_cert(vec![chain], key)
        .expect("they go together")
}

#[tokio::test]
async fn nobody_is_called_whom_the_operator_does_not_admit() {
    let plain = TestServer::start().await;
    for (url, told, address) in [
        ("https://127.0.0.1/x", "127.0.0.1 is not called", "127.0.0.1"),
        ("https://localhost/x", "is not called", ""),
        ("https://0x7f.1/x", "127.0.0.1 is not called", "127.0.0.1"),
        ("https://169.254.169.254/latest", "169.254.169.254 is not called", "169.254.169.254"),
        ("https://[::ffff:10.0.0.1]/", "::ffff:10.0.0.1 is not called", "::ffff:10.0.0.1"),
        ("https://10.0.0.1/", "10.0.0.1 is not called", "10.0.0.1"),
        ("http://example.com/x", "must begin with https://", ""),
        ("https://1.1.1.1:6379/x", "port 6379 is not called", ""),
    ] {
        let refused = plain.add_hook(on(url.into())).await.unwrap_err();
        let reason = refused.reason();
        assert_eq!((refused.code(), reason.as_str()), (Code::InvalidArgument, "HOOK_URL_REFUSED"));
        assert!(refused.about("hook.url").contains(told), "{url}: {refused:?}");
        let metadata = refused.get_details_error_info().expect("details").metadata;
        if !address.is_empty() {
            assert_eq!(metadata.get("address").map(String::as_str), Some(address), "{url}");
        }
    }
    let near = near(&Market::rising(10)).await;
    let refused = near.add_hook(on("http://127.0.0.2:80/x".into())).await.unwrap_err();
    assert_eq!(refused.reason(), "HOOK_URL_REFUSED");
}

#[tokio::test]
async fn a_hook_that_cannot_be_is_refused_with_every_fault() {
    let server = near(&Market::rising(10)).await;
    let url = "http://127.0.0.1:9/x".to_owned();
    let wrong = [
        (pb::Hook::default(), "hook.url", "must be an address such as https://"),
        (on("ftp://x/".into()), "hook.url", "must begin with https://, not with ftp://"),
        (on("https://ann:pw@x/".into()), "hook.url", "a name or a password"),
        (
            pb::Hook { filter: "stat = FAILED".into(), ..on(url.clone()) },
            "hook.filter",
            "did you mean state",
        ),
        (pb::Hook { filter: "text = x".into(), ..on(url.clone()) }, "hook.filter", "display_name"),
        (
            pb::Hook {
                filter: "state = FAILED".into(),
                event_types: vec![HookEventType::SeriesChanged.into()],
                ..on(url.clone())
            },
            "hook.filter",
            "must be empty",
        ),
        (
            pb::Hook { event_types: vec![1, HookEventType::Test.into()], ..on(url.clone()) },
            "hook.event_types[1]",
            "not HOOK_EVENT_TYPE_TEST",
        ),
        (pb::Hook { event_types: vec![77], ..on(url.clone()) }, "hook.event_types[0]", "not 77"),
        (
            pb::Hook { event_types: vec![1; 17], ..on(url.clone()) },
            "hook.event_types",
            "at most 16",
        ),
    ];
    for (hook, field, told) in wrong {
        let refused = server.add_hook(hook).await.unwrap_err();
        assert!(refused.about(field).contains(told), "{field}: {refused:?}");
    }
    for _ in 0..20 {
        add(&server, on(url.clone())).await;
    }
    let refused = server.add_hook(on(url)).await.unwrap_err();
    let reason = refused.reason();
    assert_eq!((refused.code(), reason.as_str()), (Code::ResourceExhausted, "TOO_MANY_HOOKS"));
    for id in ["", "x", "9b2d5c0e-4a57-4f0f-8a61-2f1f0c6d7e11"] {
        let request = pb::TestHookRequest { hook_id: id.into() };
        let refused = within(server.hooks().test_hook(request)).await.unwrap_err();
        let is_known = refused.code() == Code::NotFound || refused.about("hook_id").contains("id");
        assert!(is_known, "{refused:?}");
    }
}

#[tokio::test]
async fn the_key_of_a_hook_is_neither_in_the_database_nor_made_anew_when_it_is_lost() {
    let server = child().await;
    let receiver = Receiver::start(&[Reply::Status(200)]).await;
    let (hook_id, secret) = add(&server, on(receiver.url())).await;
    let home = server.kill();
    let key = home.data().join("server.key");
    let raw = std::fs::read(&key).expect("the server's key");
    let text = secret.trim_start_matches("whsec_").as_bytes().to_vec();
    for name in ["tradeforge.db", "tradeforge.db-wal"] {
        let bytes = std::fs::read(home.data().join(name)).expect("a file of the database");
        for hidden in [&raw, &text] {
            assert!(!bytes.windows(hidden.len()).any(|it| it == hidden.as_slice()), "{name}");
        }
    }
    assert!(!home.log().contains(&secret));
    std::fs::write(&key, [7; 32]).expect("another key");
    let server = home.serve_with(&["--hook-allow", NEAR]).await;
    server.run(sma_cross(2, 5)).await;
    assert_eq!(until_disabled(&server, &hook_id).await.disabled_reason, "KEY_LOST");
    let request = pb::TestHookRequest { hook_id };
    let refused = within(server.hooks().test_hook(request)).await.unwrap_err();
    assert_eq!(refused.reason(), "HOOK_KEY_LOST");
    assert_eq!(receiver.told().len(), 0, "nothing is sent that its receiver could not check");
}

#[tokio::test]
async fn a_receiver_is_spoken_to_by_tls_if_its_certificate_is_trusted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/certificates");
    let acceptor = TlsAcceptor::from(Arc::new(server_config(&folder)));
    let trusted = Receiver::start_with(&[Reply::Status(200)], Some(acceptor)).await;
    let mut command = Home::new();
    for (ca, arrives) in [("ca.pem", true), ("other.pem", false)] {
        let variables = [("SSL_CERT_FILE", folder.join(ca))];
        let allow = ["--hook-allow", "localhost:*", "--public-url", "https://tf.example/"];
        let server = command.serve_in(&variables, &allow).await;
        server.import(&Market::wavy(200)).await;
        let (hook_id, secret) = add(&server, on(trusted.https_url())).await;
        let tried = test(&server, &hook_id).await;
        assert_eq!(tried.delivery_time.is_some(), arrives, "{ca}: {tried:?}");
        if arrives {
            let run_id = server.run(sma_cross(2, 5)).await.run_id;
            let told = trusted.until_told(2).await;
            let url = told[1].json()["data"]["url"].clone();
            assert_eq!(url, format!("https://tf.example/runs/{run_id}"));
            assert!(told[1].is_signed_by(&secret), "with the link in it");
        } else {
            assert!(tried.last_outcome.starts_with("no TLS"), "{tried:?}");
        }
        command = server.kill();
    }
}
