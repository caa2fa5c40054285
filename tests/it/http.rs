//! Plain HTTP on the port of gRPC: the web client, imports, and what pages from elsewhere may not.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tradeforge::pb;

use crate::support::{Answer, Market, TestServer, raw_exchange, request, within};

const IMPORT: &str = "/import?exchange=TEST&symbol=BARS&timeframe=1m&source_name=bars.csv";

async fn get(server: &TestServer, path: &str, headers: &str) -> Answer {
    request(server.url(), &format!("GET {path} HTTP/1.1{headers}"), &[]).await
}

async fn put(server: &TestServer, path: &str, body: &[u8]) -> Answer {
    request(server.url(), &format!("PUT {path} HTTP/1.1"), body).await
}

fn fields(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let fields = json["error"]["fields"].as_array().expect("a list of fields");
    fields.iter().map(|field| field["field"].as_str().expect("a name").to_owned()).collect()
}

async fn stored(server: &TestServer) -> Vec<pb::Series> {
    let request = pb::ListSeriesRequest::default();
    let listed = within(server.market_data().list_series(request)).await.expect("a list");
    listed.into_inner().series
}

#[tokio::test]
async fn the_page_is_served_at_the_root_and_for_every_link_into_it() {
    let server = TestServer::start().await;
    let root = get(&server, "/", "").await;
    assert_eq!(root.status, 200, "{}", root.head);
    assert!(root.header("content-type").starts_with("text/html"), "{}", root.head);
    assert!(String::from_utf8_lossy(&root.body).contains("<title>TradeForge"), "{}", root.head);
    let link = get(&server, "/runs/0199b3a0-0000-7000-8000-000000000000?tab=trials", "").await;
    assert_eq!((link.status, link.body), (200, root.body));
}

#[tokio::test]
async fn a_file_that_is_not_there_is_no_page() {
    let server = TestServer::start().await;
    let unknown =
        ["/nothing", "/runs", "/runs/1/nothing", "/api/v1/runs", "/import/x", "/health/x"];
    let files = ["/nothing.js", "/assets/nothing.css", "/../Cargo.toml", "/%2e%2e/Cargo.toml"];
    for path in unknown.into_iter().chain(files) {
        let answer = get(&server, path, "").await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.head);
        assert_eq!(answer.json()["error"]["reason"], "NO_SUCH_FILE");
    }
}

#[tokio::test]
async fn health_is_told_under_each_name_that_is_asked_for() {
    let server = TestServer::start().await;
    for path in ["/readyz", "/health", "/healthz"] {
        let answer = get(&server, path, "").await;
        assert_eq!((answer.status, &*answer.body), (200, &b"ready\n"[..]), "{path}");
    }
}

#[tokio::test]
async fn a_page_is_asked_for_again_and_sent_only_when_it_changed() {
    let server = TestServer::start().await;
    let first = get(&server, "/", "").await;
    assert_eq!(first.header("cache-control"), "no-cache");
    let tag = first.header("etag");
    let again = get(&server, "/", &format!("\r\nIf-None-Match: {tag}")).await;
    assert_eq!((again.status, again.body.len()), (304, 0), "{}", again.head);
}

#[tokio::test]
async fn text_is_packed_for_those_who_take_it() {
    let server = TestServer::start().await;
    let plain = get(&server, "/", "").await;
    let packed = get(&server, "/", "\r\nAccept-Encoding: br, gzip").await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_eq!(packed.header("vary"), "accept-encoding");
    assert_ne!(packed.header("etag"), plain.header("etag"), "one tag names one sequence of bytes");
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*packed.body), &mut text)
        .expect("gzip");
    assert_eq!(text, plain.body);
}

#[tokio::test]
async fn a_page_may_load_from_here_only_and_be_framed_by_nobody() {
    let server = TestServer::start().await;
    for path in ["/", "/nothing.js", "/import"] {
        let answer = get(&server, path, "").await;
        let policy = answer.header("content-security-policy");
        for rule in ["default-src 'none'", "script-src 'self';", "frame-ancestors 'none'"] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
}

#[tokio::test]
async fn an_import_by_http_is_that_of_grpc() {
    let server = TestServer::start().await;
    let market = Market::wavy(500);
    let answer = put(&server, IMPORT, market.csv().as_bytes()).await;
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    let json = answer.json();
    assert_eq!((&json["created"], &json["rowsRead"]), (&true.into(), &"500".into()));
    let other = TestServer::with(&market).await;
    let (here, there) = (stored(&server).await, stored(&other).await);
    assert_eq!(json["series"]["dataSha256"], there[0].data_sha256);
    assert_eq!(here[0].source, "bars.csv");
    let again = put(&server, IMPORT, market.csv().as_bytes()).await;
    assert_eq!((again.status, &again.json()["rowsRead"]), (200, &"500".into()));
}

#[tokio::test]
async fn all_faults_of_an_import_are_told_at_once_by_the_names_of_the_query() {
    let server = TestServer::start().await;
    let path = "/import?exchnge=TEST&symbol=BARS&timeframe=7x&price_tick=-1&replace=perhaps";
    let answer = put(&server, path, b"").await;
    assert_eq!(answer.status, 400);
    let error = &answer.json()["error"];
    assert_eq!(
        (&error["code"], &error["reason"]),
        (&"INVALID_ARGUMENT".into(), &"INVALID_SPEC".into())
    );
    let expected = ["exchnge", "replace", "exchange", "timeframe", "price_tick"];
    assert_eq!(fields(&answer), expected, "{error}");
    assert!(!error["message"].as_str().expect("words").contains("header"), "{error}");
}

#[tokio::test]
async fn a_faulty_file_is_refused_with_its_line_and_nothing_is_kept() {
    let server = TestServer::start().await;
    let text = Market::rising(3).csv() + "1735689780000,100,99,98,100,1\n";
    let answer = put(&server, IMPORT, text.as_bytes()).await;
    assert_eq!((answer.status, &answer.json()["error"]["reason"]), (400, &"INVALID_BARS".into()));
    let message = answer.json()["error"]["message"].to_string();
    assert!(message.contains("bars.csv") && message.contains("line 5"), "{message}");
    assert_eq!(stored(&server).await, []);
}

#[tokio::test]
async fn an_import_over_the_limit_is_refused_as_too_large() {
    let server = TestServer::start_with(|config| config.upload_bytes_max = 1_000).await;
    let answer = put(&server, IMPORT, Market::rising(100).csv().as_bytes()).await;
    assert_eq!(answer.status, 413, "{}", answer.head);
    assert_eq!(answer.json()["error"]["reason"], "UPLOAD_TOO_LARGE");
    assert_eq!(stored(&server).await, []);
}

#[tokio::test]
async fn an_import_that_breaks_off_leaves_nothing() {
    let server = TestServer::start().await;
    let address = server.url().strip_prefix("http://").expect("a URL");
    let head =
        format!("PUT {IMPORT} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 100000\r\n\r\n");
    let mut socket = TcpStream::connect(address).await.expect("the server listens");
    let part = head + &Market::rising(50).csv();
    socket.write_all(part.as_bytes()).await.expect("the server reads");
    // Half closed: the server sees the end of the body before its length.
    socket.shutdown().await.expect("the socket is open");
    within(socket.read_to_end(&mut Vec::new())).await.expect("the server ends as well");
    assert_eq!(stored(&server).await, []);
}

#[tokio::test]
async fn a_foreign_page_may_not_put() {
    let server = TestServer::start().await;
    let asked = format!(
        "OPTIONS {IMPORT} HTTP/1.1\r\nOrigin: http://localhost:5173\r\n\
         Access-Control-Request-Method: PUT"
    );
    let answer = request(server.url(), &asked, &[]).await;
    assert_eq!(answer.status, 403, "{}", answer.head);
    assert!(!answer.head.contains("access-control-allow"), "{}", answer.head);
}

#[tokio::test]
async fn a_name_that_was_made_to_mean_this_machine_is_refused() {
    let server = TestServer::start().await;
    for head in ["GET / HTTP/1.1", &format!("PUT {IMPORT} HTTP/1.1")] {
        let head = format!("{head}\r\nHost: evil.example:50051");
        let answer = request(server.url(), &head, &[]).await;
        assert_eq!(answer.status, 403, "{}", answer.head);
        assert_eq!(answer.json()["error"]["reason"], "FOREIGN_HOST");
    }
    let path = "/tradeforge.v1.StrategyService/ListStrategies";
    let call = format!(
        "POST {path} HTTP/1.1\r\nHost: evil.example\r\nContent-Type: application/grpc-web+proto"
    );
    assert_eq!(request(server.url(), &call, &[0; 5]).await.status, 403);
    let localhost = "GET / HTTP/1.1\r\nHost: localhost:9";
    assert_eq!(request(server.url(), localhost, &[]).await.status, 200);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unimplemented_and_no_page() {
    let server = TestServer::start().await;
    let grpc = crate::support::raw_call(&server, "tradeforge.v9.Nothing/Do", Vec::new()).await;
    assert_eq!(grpc.expect_err("no such service").code(), tonic::Code::Unimplemented);
    let web = "POST /tradeforge.v9.Nothing/Do HTTP/1.1\r\n\
               Content-Type: application/grpc-web+proto";
    let answer = request(server.url(), web, &[0; 5]).await;
    assert_eq!((answer.status, answer.header("grpc-status")), (200, "12"), "{}", answer.head);
}

#[tokio::test]
async fn what_takes_no_post_says_so() {
    let server = TestServer::start().await;
    for (path, status) in [("/", 404), ("/runs", 404), ("/import", 405)] {
        let raw = raw_exchange(server.url(), &format!("POST {path} HTTP/1.1\r\n"), b"x").await;
        let expected = format!("HTTP/1.1 {status}");
        assert!(raw.starts_with(expected.as_bytes()), "{path}: {}", String::from_utf8_lossy(&raw));
    }
}
