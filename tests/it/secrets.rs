//! Secrets stay where they belong: not in the log, however much that tells, and not in a backup.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::{Issuer, request};
use crate::tls::said;

/// Found in the log and in the backup, which shows that they are searched.
const OWNER: &str = "ann.of.the.secrets";

/// A server of its own that asks who calls, and logs all that there is.
struct Talkative {
    process: Child,
    url: String,
    folder: tempfile::TempDir,
}

impl Talkative {
    fn start(issuer: &Issuer) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = File::create(folder.path().join("log")).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--access", "on", "--data-dir"]);
        command.arg(folder.path().join("data")).env("RUST_LOG", "trace");
        command.args(["--oidc-issuer", "https://id.example.com", "--oidc-audience", "tradeforge"]);
        command.args(["--oidc-role-claim", "groups", "--oidc-role", "quants=submitter"]);
        command.arg("--oidc-jwks").arg(issuer.file());
        command.stdout(Stdio::piped()).stderr(log);
        let mut process = command.spawn().expect("the program starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("listening on ").expect("its address").to_owned();
        Self { process, url, folder }
    }

    /// What the program prints, called with that token.
    fn run(&self, words: &[&str], token: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
        command.args(words).env("TRADEFORGE_TOKEN", token).env("TRADEFORGE_SERVER", &self.url);
        let (code, stdout, stderr) = said(&command.output().expect("the program starts"));
        assert_eq!(code, Some(0), "{words:?}: {stderr}");
        stdout.trim().to_owned()
    }

    /// The same on its data.
    fn care(&self, words: &[&str], data: &str) {
        let data = self.folder.path().join(data);
        self.run(&[words, &["--data-dir", data.to_str().expect("UTF-8")]].concat(), "");
    }
}

impl Drop for Talkative {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// The files below, in which that is.
fn found_in(place: &Path, what: &[u8]) -> Vec<String> {
    if place.is_dir() {
        let entries = fs::read_dir(place).expect("a folder").flatten();
        return entries.flat_map(|entry| found_in(&entry.path(), what)).collect();
    }
    let bytes = fs::read(place).expect("a file");
    let is_there = bytes.windows(what.len()).any(|part| part == what);
    is_there.then(|| place.display().to_string()).into_iter().collect()
}

#[tokio::test]
async fn neither_a_log_of_all_that_there_is_nor_a_backup_holds_a_secret() {
    let issuer = Issuer::new("one");
    let server = Talkative::start(&issuer);
    let data = server.folder.path().join("data");
    let admin = fs::read_to_string(data.join("first-admin-token")).unwrap().trim().to_owned();
    let token = server.run(&["token", "add", OWNER], &admin);
    assert!(server.run(&["whoami"], &token).starts_with(OWNER));
    let hook = server.run(&["hooks", "add", "https://example.com/told"], &token);
    let key = hook.split_whitespace().find_map(|word| word.split_once("whsec_"));
    let key = key.expect("the key of its signatures").1.trim_end_matches(['"', ',']).to_owned();

    let body = format!("{{\"token\": \"{token}\"}}");
    let head = "POST /session HTTP/1.1\r\nContent-Type: application/json";
    let signed_in = request(&server.url, head, body.as_bytes()).await;
    assert_eq!(signed_in.status, 204);
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
    let head = format!("GET /metrics HTTP/1.1\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookie}");
    assert_eq!(request(&server.url, &head, &[]).await.status, 200);
    let head = format!("GET /metrics HTTP/1.1\r\nAuthorization: Bearer {token}");
    assert_eq!(request(&server.url, &head, &[]).await.status, 200);
    let signed = issuer.token(OWNER, "quants");
    assert!(server.run(&["whoami"], &signed).starts_with(OWNER));
    // One for another service is no less a secret, and that other service's.
    let foreign = issuer.token_with(OWNER, "quants", |it| it["aud"] = "crm".into());
    for (token, status) in [(&signed, 200), (&foreign, 401)] {
        let head = format!("GET /metrics HTTP/1.1\r\nAuthorization: Bearer {token}");
        assert_eq!(request(&server.url, &head, &[]).await.status, status);
    }
    let body = format!("{{\"token\": \"{signed}\"}}");
    let head = "POST /session HTTP/1.1\r\nContent-Type: application/json";
    assert_eq!(request(&server.url, head, body.as_bytes()).await.status, 204);
    // One that is mistyped is no less a secret.
    let other = if token.ends_with('0') { '1' } else { '0' };
    let mistyped = format!("{}{other}", &token[..token.len() - 1]);
    let head = format!("GET /metrics HTTP/1.1\r\nAuthorization: Bearer {mistyped}");
    assert_eq!(request(&server.url, &head, &[]).await.status, 401);

    let backup = server.folder.path().join("all.backup");
    server.care(&["backup", backup.to_str().unwrap()], "data");
    server.care(&["restore", backup.to_str().unwrap()], "restored");
    let kept = server.folder.path().join("restored");
    let log = server.folder.path().join("log");
    assert!([&log, &kept].iter().all(|it| !found_in(it, OWNER.as_bytes()).is_empty()));
    let traced = fs::read_to_string(&log).unwrap();
    assert!(traced.contains("TRACE"), "the log tells all");
    let secret = |text: &str| text.rsplit(['_', '=']).next().unwrap()[..32].to_owned();
    let texts = [secret(&admin), secret(&token), secret(&cookie), key[..20].to_owned()];
    let mut secrets = texts.map(String::into_bytes).to_vec();
    for part in [&signed, &foreign].iter().flat_map(|it| it.split('.').skip(1)) {
        secrets.push(part.as_bytes()[..32].to_vec());
    }
    secrets.push(fs::read(data.join("server.key")).expect("the key of the hooks' keys"));
    for secret in &secrets {
        for place in [&log, &backup, &kept] {
            assert_eq!(found_in(place, secret), [""; 0], "a secret");
        }
    }
}
