//! Tokens that an issuer elsewhere has signed: by every door, as those of the server's own.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::json;
use tonic::Code;
use tradeforge::config::Config;
use tradeforge::pb::{self, Role};
use tradeforge::server::Server;
use tradeforge::strategy::Catalog;

use crate::support::{Issuer, Refusal as _, gate, now_s, request, sma_cross, within};
use crate::tokens::Asking;

#[tokio::test]
async fn a_signed_token_is_taken_at_every_door_and_its_runs_are_its_owners() {
    let issuer = Issuer::new("one");
    let asking = Asking::start_with(|config| issuer.settings(config)).await;
    let url = asking.server.url();
    let (ann, desk) = (issuer.token("ann", "quants"), issuer.token("dan", "desk"));
    asking.import(&ann).await;
    let mut hers = asking.by(&ann).await.runs();
    let submitted: pb::SubmitRequest = sma_cross(2, 5).into();
    let run_id = hers.submit(submitted).await.expect("taken").into_inner().run_id;
    let get = pb::GetRunRequest { run_id: run_id.clone() };
    assert_eq!(
        hers.get_run(get).await.expect("it is there").into_inner().run.unwrap().owner,
        "ann"
    );
    let me = asking.by(&ann).await.access().who_am_i(pb::WhoAmIRequest {}).await;
    let me = me.expect("somebody").into_inner();
    assert_eq!((me.owner.as_str(), me.role()), ("ann", Role::Submitter));
    assert!(me.token_id.starts_with("jwt_") && me.expire_time.is_some(), "{me:?}");
    // The same person by a token of the server's own.
    let own = asking.token("ann", Role::Submitter).await.secret;
    let update = pb::UpdateRunRequest {
        run_id: run_id.clone(),
        update_mask: Some(prost_types::FieldMask { paths: vec!["notes".to_owned()] }),
        notes: "hers".to_owned(),
        ..Default::default()
    };
    let bob = asking.by(&issuer.token("bob", "quants")).await;
    let refused = bob.runs().update_run(update.clone()).await.unwrap_err();
    assert_eq!(refused.reason(), "NOT_OWNER");
    asking.by(&own).await.runs().update_run(update).await.expect("it is hers");

    let by = |head: &str| format!("{head}\r\nAuthorization: Bearer {desk}");
    let rest = request(url, &by("GET /v1/whoami HTTP/1.1"), &[]).await;
    assert_eq!((rest.status, &rest.json()["owner"]), (200, &"dan".into()));
    assert_eq!(request(url, &by("GET /metrics HTTP/1.1"), &[]).await.status, 200);
    let export = format!("GET /export/runs/{run_id}/trials.csv HTTP/1.1");
    assert_ne!(request(url, &by(&export), &[]).await.status, 401);
    let import = "PUT /import?exchange=TEST&symbol=X&timeframe=1m HTTP/1.1";
    assert_eq!(request(url, &by(import), b"x").await.status, 403);
    let call = "POST /tradeforge.v1.RunService/ListRuns HTTP/1.1\r\n\
                Content-Type: application/grpc-web+proto";
    assert_eq!(request(url, &by(call), &[0; 5]).await.header("grpc-status"), "");
    let body = json!({ "token": desk }).to_string();
    let head = "POST /session HTTP/1.1\r\nContent-Type: application/json";
    let signed_in = request(url, head, body.as_bytes()).await;
    assert_eq!(signed_in.status, 204, "{}", signed_in.head);
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap();
    let head = format!("GET /metrics HTTP/1.1\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookie}");
    assert_eq!(request(url, &head, &[]).await.status, 200);

    let lines =
        pb::ListAuditEventsRequest { filter: "actor = ann".to_owned(), ..Default::default() };
    let admin = asking.by(&issuer.token("oli", "ops")).await;
    let lines = admin.access().list_audit_events(lines).await.expect("an admin's").into_inner();
    assert!(lines.events.iter().any(|it| it.token_id == me.token_id), "{lines:?}");
}

#[tokio::test]
async fn who_has_no_role_or_a_token_for_something_else_is_told_which_it_is() {
    let issuer = Issuer::new("one");
    let asking = Asking::start_with(|config| issuer.settings(config)).await;
    let foreign = Issuer::new("one");
    let past = now_s() - 120;
    let refused = [
        (issuer.token("ann", "guests"), 403, "ROLE_MISSING"),
        (issuer.token_with("ann", "ops", |it| it["exp"] = past.into()), 401, "TOKEN_EXPIRED"),
        (issuer.token_with("ann", "ops", |it| it["aud"] = "crm".into()), 401, "TOKEN_INVALID"),
        (foreign.token("ann", "ops"), 401, "TOKEN_INVALID"),
    ];
    for (token, status, reason) in refused {
        let head = format!("GET /v1/whoami HTTP/1.1\r\nAuthorization: Bearer {token}");
        let answer = request(asking.server.url(), &head, &[]).await;
        assert_eq!(answer.status, status, "{reason}: {}", answer.head);
        assert_eq!(answer.json()["error"]["reason"], reason);
        let is_asked = answer.header("www-authenticate") == "bearer";
        assert_eq!(is_asked, status == 401, "{}", answer.head);
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_token_and_with_the_key_of_it_and_another_key_counts_then() {
    let mut issuer = Issuer::new("old");
    let asking = Asking::start_with(|config| issuer.settings(config)).await;
    asking.import(&asking.first).await;
    let mut admin = asking.by(&asking.first).await.runs();
    let submitted: pb::SubmitRequest = gate(7).into();
    let run_id = admin.submit(submitted).await.expect("taken").into_inner().run_id;
    let watch = async |token: &str| {
        let request = pb::WatchProgressRequest { run_id: run_id.clone(), ..Default::default() };
        let stream = asking.by(token).await.runs().watch_progress(request).await;
        stream.expect("all may watch").into_inner()
    };
    let end = async |mut stream: tonic::Streaming<pb::WatchProgressResponse>| loop {
        match within(stream.message()).await {
            Ok(message) => assert!(message.is_some(), "an end without a reason"),
            Err(status) => break (status.code(), status.reason()),
        }
    };
    let is_ended = (Code::Unauthenticated, "TOKEN_ENDED".to_owned());
    let lasting = watch(&issuer.token("ann", "desk")).await;
    // A minute more than it says, less three seconds that are left.
    let ending = issuer.token_with("ann", "desk", |it| it["exp"] = (now_s() - 57).into());
    assert_eq!(end(watch(&ending).await).await, is_ended);
    issuer.change_key("new");
    let new = issuer.token("ann", "desk");
    assert_eq!(end(lasting).await, is_ended);
    assert!(within(watch(&new).await.message()).await.expect("a picture").is_some());
}

#[tokio::test]
async fn a_server_says_at_its_start_what_is_wrong_with_its_issuer() {
    let issuer = Issuer::new("one");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let told = async |change: &dyn Fn(&mut Config)| {
        let mut config = Config::new(folder.path().join("data"));
        config.listen.set_port(0);
        issuer.settings(&mut config);
        change(&mut config);
        let started = Server::bind(config, Catalog::shipped()).await;
        started.err().expect("it does not start").to_string()
    };
    let role = told(&|config| config.oidc_roles = vec!["quants=boss".to_owned()]).await;
    assert!(role.contains("quants=boss") && role.contains("submitter"), "{role}");
    let file = told(&|config| config.oidc_jwks = Some("/nowhere/jwks.json".into())).await;
    assert!(file.contains("cannot read /nowhere/jwks.json"), "{file}");
    let keys = told(&|config| config.oidc_jwks = Some(file!().into())).await;
    assert!(keys.contains("is no JWKS"), "{keys}");
}

#[test]
fn what_docs_access_says_of_an_issuer_is_done_as_it_stands_there() {
    let root = env!("CARGO_MANIFEST_DIR");
    let page = std::fs::read_to_string(format!("{root}/docs/access.md")).expect("a page");
    let block = page.split("```sh\n").find(|it| it.starts_with("python3 issuer.py key"));
    let block =
        block.and_then(|it| it.split("```").next()).expect("an example").replace("\\\n", "");
    let [key, serve, whoami] = block.lines().collect::<Vec<_>>()[..] else { panic!("{block}") };
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::copy(format!("{root}/examples/issuer.py"), folder.path().join("issuer.py")).unwrap();
    let programs = std::path::Path::new(env!("CARGO_BIN_EXE_tradeforge")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let shell = |line: &str, server: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(&folder).env("PATH", &path);
        command.env("TRADEFORGE_SERVER", server);
        command
    };
    let is_at_hand = |program: &str| Command::new(program).arg("--help").output().is_ok();
    if !is_at_hand("openssl") || !is_at_hand("python3") {
        eprintln!("skipped: this needs openssl and python3");
        return;
    }
    assert!(shell(key, "").status().expect("a shell").success());
    let serve = format!("exec {serve} --listen 127.0.0.1:0 --data-dir data");
    let mut server = shell(&serve, "").stdout(Stdio::piped()).spawn().expect("a shell");
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("listening on ").unwrap_or_default().to_owned();
    let output = shell(whoami, &url).output().expect("a shell");
    _ = server.kill();
    _ = server.wait();
    let said = String::from_utf8_lossy(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("ann, submitter, by token jwt_"), "{said}{told}");
    assert!(page.contains(&said[..29]), "{said}");
}
