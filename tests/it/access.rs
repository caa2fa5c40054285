//! Who may call a server that takes whoever reaches it for its owner, and who may read its files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::support::{ChildServer, Market, TestServer, request, sma_cross};

const IMPORT: &str = "/import?exchange=TEST&symbol=BARS&timeframe=1m";
const LIST: &str = "/tradeforge.v1.RunService/ListRuns";

#[tokio::test]
async fn a_foreign_page_writes_nothing_whatever_its_method() {
    let server = TestServer::start().await;
    let csv = Market::rising(50).csv();
    let port = server.url().rsplit_once(':').unwrap().1;
    let near = format!("http://localhost:{}", port.parse::<u16>().unwrap() ^ 1);
    for origin in ["https://evil.example", "null", near.as_str()] {
        let put = format!("PUT {IMPORT} HTTP/1.1\r\nOrigin: {origin}");
        let call = format!(
            "POST {LIST} HTTP/1.1\r\nOrigin: {origin}\r\n\
             Content-Type: application/grpc-web+proto"
        );
        for (head, body) in [(&put, csv.as_bytes()), (&call, &[0; 5])] {
            let answer = request(server.url(), head, body).await;
            assert_eq!(answer.status, 403, "{head}: {}", answer.head);
            assert_eq!(answer.json()["error"]["reason"], "FOREIGN_ORIGIN");
        }
    }
    let own = format!("PUT {IMPORT} HTTP/1.1\r\nOrigin: {}", server.url());
    assert_eq!(request(server.url(), &own, csv.as_bytes()).await.status, 201);
}

#[tokio::test]
async fn a_picture_of_a_foreign_page_is_not_served_and_a_link_is_followed() {
    let server = TestServer::start().await;
    let get = |mode: &str| {
        format!("GET / HTTP/1.1\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: {mode}")
    };
    assert_eq!(request(server.url(), &get("no-cors"), &[]).await.status, 403);
    assert_eq!(request(server.url(), &get("navigate"), &[]).await.status, 200);
}

#[tokio::test]
async fn a_proxy_that_nobody_told_of_does_not_let_the_world_in() {
    let server = TestServer::start().await;
    let told = TestServer::start_with(|config| config.behind_proxy = true).await;
    for mark in ["Forwarded: for=203.0.113.9", "X-Forwarded-For: 203.0.113.9", "Via: 1.1 edge"] {
        let head = format!("GET /metrics HTTP/1.1\r\n{mark}");
        let answer = request(server.url(), &head, &[]).await;
        assert_eq!(answer.status, 403, "{mark}: {}", answer.head);
        let json = answer.json();
        assert_eq!(json["error"]["reason"], "PROXIED_WITHOUT_ACCESS");
        assert!(json["error"]["message"].as_str().unwrap().contains("--behind-proxy"), "{json}");
        assert_eq!(request(told.url(), &head, &[]).await.status, 200, "{mark}");
    }
}

#[tokio::test]
async fn plain_http_counts_against_the_rate_and_asking_for_life_does_not() {
    let server = TestServer::start_with(|config| config.requests_per_second_max = 1).await;
    let nothing = uuid::Uuid::now_v7();
    let export = format!("GET /export/runs/{nothing}/trials.csv HTTP/1.1");
    let mut refused = 0;
    for _ in 0..20 {
        let answer = request(server.url(), &export, &[]).await;
        if answer.status == 429 {
            assert_eq!(answer.json()["error"]["reason"], "TOO_MANY_REQUESTS");
            refused += 1;
        } else {
            assert_eq!(answer.status, 404, "{}", answer.head);
        }
        assert_eq!(request(server.url(), "GET /livez HTTP/1.1", &[]).await.status, 200);
    }
    assert!(refused > 0, "twenty requests at once are more than one a second");
}

#[tokio::test]
async fn what_a_server_keeps_is_for_its_owner_alone_also_what_an_older_one_left_open() {
    let server = ChildServer::with(&Market::wavy(300)).await;
    server.run(sma_cross(2, 5)).await;
    let home = server.kill();
    assert_eq!(open_to_others(&home.data()), Vec::<String>::new());
    for entry in files_under(&home.data()) {
        let mode = if entry.is_dir() { 0o755 } else { 0o644 };
        fs::set_permissions(&entry, fs::Permissions::from_mode(mode)).unwrap();
    }
    let home = home.serve().await.kill();
    let open = open_to_others(&home.data());
    // The bars themselves lie in a folder that nobody else can enter.
    assert!(open.iter().all(|path| path.contains("/bars/")), "{open:?}");
}

fn open_to_others(dir: &Path) -> Vec<String> {
    let is_open = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077 != 0;
    let open = files_under(dir).into_iter().filter(|path| is_open(path));
    open.map(|path| path.display().to_string()).collect()
}

/// Everything in the folder, and in those in it.
fn files_under(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_under(&path));
        }
        found.push(path);
    }
    found
}
