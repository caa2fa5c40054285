//! A server that asks who calls: every call by every kind of caller, whose runs are whose, and what
//! becomes of a token that is taken back.

use std::fs;
use std::path::PathBuf;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use tradeforge::cli::{Connection, GlobalArgs};
use tradeforge::config::{Access, Config};
use tradeforge::pb::{self, Role};

use crate::least_roles;
use crate::support::{
    Issuer, Market, Refusal as _, TestServer, gate, raw_call_as, request, series, sma_cross, within,
};

/// A server that asks, and its first token.
pub(crate) struct Asking {
    pub(crate) server: TestServer,
    folder: tempfile::TempDir,
    data: PathBuf,
    pub(crate) first: String,
}

impl Asking {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// With other settings than the defaults.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let mut data = PathBuf::new();
        let server = TestServer::start_with(|config| {
            change(config);
            config.access = Access::On;
            data.clone_from(&config.data_dir);
        })
        .await;
        let first = fs::read_to_string(data.join("first-admin-token")).expect("the first token");
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { server, folder, data, first: first.trim().to_owned() }
    }

    /// A connection that shows that token.
    pub(crate) async fn by(&self, token: &str) -> Connection {
        let path = self.folder.path().join("token");
        fs::write(&path, token).expect("a file");
        let plain = GlobalArgs::of(self.server.url().to_owned(), false);
        let globals = GlobalArgs { token_file: Some(path), ..plain };
        globals.connect().await.expect("the server listens")
    }

    /// A new token of that owner.
    pub(crate) async fn token(&self, owner: &str, role: Role) -> pb::CreateTokenResponse {
        let request = pb::CreateTokenRequest {
            owner: owner.to_owned(),
            role: role.into(),
            description: "for a test".to_owned(),
            ..Default::default()
        };
        let admin = self.by(&self.first).await;
        admin.access().create_token(request).await.expect("an admin makes tokens").into_inner()
    }

    pub(crate) async fn revoke(&self, made: &pb::CreateTokenResponse) {
        let token_id = made.token.as_ref().expect("what is kept of it").token_id.clone();
        let request = pb::RevokeTokenRequest { token_id };
        self.by(&self.first).await.access().revoke_token(request).await.expect("it is ended");
    }

    pub(crate) async fn import(&self, token: &str) {
        let csv = Market::rising(30).csv().into_bytes();
        let source = pb::import_bars_request::Source::Content(csv);
        let request = pb::ImportBarsRequest {
            series: Some(series("BARS")),
            source: Some(source),
            ..Default::default()
        };
        self.by(token).await.market_data().import_bars(request).await.expect("bars");
    }
}

fn reason_of(answer: Result<(), Status>) -> String {
    answer.err().map(|status| status.reason()).unwrap_or_default()
}

#[tokio::test]
async fn every_call_is_answered_to_those_who_may_and_to_nobody_else() {
    let issuer = Issuer::new("one");
    let asking = Asking::start_with(|config| issuer.settings(config)).await;
    let mut callers = Vec::new();
    for (role, group) in [(Role::Viewer, "desk"), (Role::Submitter, "quants"), (Role::Admin, "ops")]
    {
        callers.push((role, asking.token("ann", role).await.secret));
        callers.push((role, issuer.token("ann", group)));
    }
    let (nobodys, guest) = (Issuer::new("two").token("ann", "ops"), issuer.token("ann", "none"));
    let revoked = asking.token("ann", Role::Admin).await;
    asking.revoke(&revoked).await;
    let channel = asking.server.channel();
    let calls = least_roles::calls();
    assert!(calls.len() > 30, "{calls:?}");
    for (call, needs) in calls {
        let reason = async |token: Option<&str>| {
            reason_of(raw_call_as(channel.clone(), &call, Vec::new(), token).await)
        };
        assert_eq!(reason(None).await, "TOKEN_MISSING", "{call}");
        assert_eq!(reason(Some("hunter2")).await, "TOKEN_INVALID", "{call}");
        assert_eq!(reason(Some(&nobodys)).await, "TOKEN_INVALID", "{call}");
        assert_eq!(reason(Some(&guest)).await, "ROLE_MISSING", "{call}");
        assert_eq!(reason(Some(&revoked.secret)).await, "TOKEN_REVOKED", "{call}");
        for (role, token) in &callers {
            let found = reason(Some(token)).await;
            let is_kept_out = found == "ROLE_TOO_LOW";
            assert_eq!(is_kept_out, *role < needs, "{call} by {role:?}: {found}");
            let is_unknown = ["TOKEN_MISSING", "TOKEN_INVALID"].contains(&found.as_str());
            assert!(!is_unknown, "{call} by {role:?}: {found}");
        }
    }
}

#[tokio::test]
async fn files_need_a_token_and_signs_of_life_and_the_page_do_not() {
    let asking = Asking::start().await;
    let url = asking.server.url();
    let viewer = asking.token("ann", Role::Viewer).await.secret;
    let submitter = asking.token("ann", Role::Submitter).await.secret;
    for open in ["/livez", "/readyz", "/health", "/"] {
        let answer = request(url, &format!("GET {open} HTTP/1.1"), &[]).await;
        assert_eq!(answer.status, 200, "{open}");
    }
    let csv = Market::rising(30).csv();
    let import = "PUT /import?exchange=TEST&symbol=BARS&timeframe=1m HTTP/1.1";
    let nothing = uuid::Uuid::now_v7();
    let export = format!("GET /export/runs/{nothing}/trials.csv HTTP/1.1");
    for head in [import, &export, "GET /metrics HTTP/1.1"] {
        let answer = request(url, head, csv.as_bytes()).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, "bearer"), "{head}");
        assert_eq!(answer.json()["error"]["reason"], "TOKEN_MISSING", "{head}");
    }
    let by = |head: &str, token: &str| format!("{head}\r\nAuthorization: Bearer {token}");
    let answer = request(url, &by(import, &viewer), csv.as_bytes()).await;
    assert_eq!(answer.status, 403, "{}", answer.head);
    assert_eq!(answer.json()["error"]["reason"], "ROLE_TOO_LOW");
    assert_eq!(request(url, &by(import, &submitter), csv.as_bytes()).await.status, 201);
    assert_eq!(request(url, &by(&export, &viewer), &[]).await.status, 404);
    assert_eq!(request(url, &by("GET /metrics HTTP/1.1", &viewer), &[]).await.status, 200);
}

#[tokio::test]
async fn grpc_web_is_refused_in_its_own_dialect() {
    let asking = Asking::start().await;
    let head = "POST /tradeforge.v1.RunService/ListRuns HTTP/1.1\r\n\
                Content-Type: application/grpc-web+proto";
    let answer = request(asking.server.url(), head, &[0; 5]).await;
    assert_eq!((answer.status, answer.header("grpc-status")), (200, "16"), "{}", answer.head);
    assert!(answer.header("content-type").starts_with("application/grpc-web"), "{}", answer.head);
}

#[tokio::test]
async fn a_page_signs_in_by_a_token_and_its_cookie_counts_for_that_page_alone() {
    let asking = Asking::start().await;
    let url = asking.server.url();
    let viewer = asking.token("ann", Role::Viewer).await;
    let post = |kind: &str| format!("POST /session HTTP/1.1\r\nContent-Type: {kind}");
    let body = format!("{{\"token\": \"{}\"}}", viewer.secret);
    let form = request(url, &post("text/plain"), body.as_bytes()).await;
    assert_eq!(form.status, 415, "{}", form.head);
    let wrong = request(url, &post("application/json"), b"{\"token\": \"hunter2\"}").await;
    assert_eq!((wrong.status, &wrong.json()["error"]["reason"]), (401, &"TOKEN_INVALID".into()));
    let signed_in = request(url, &post("application/json"), body.as_bytes()).await;
    assert_eq!(signed_in.status, 204, "{}", signed_in.head);
    let cookie = signed_in.header("set-cookie").to_owned();
    assert!(cookie.contains("; httponly; samesite=strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();

    let metrics = async |more: &str| {
        let head = format!("GET /metrics HTTP/1.1\r\nCookie: {cookie}{more}");
        request(url, &head, &[]).await.status
    };
    assert_eq!(metrics("\r\nSec-Fetch-Site: same-origin").await, 200);
    assert_eq!(metrics("").await, 401);
    assert_eq!(metrics("\r\nSec-Fetch-Site: cross-site").await, 403);
    let call = format!(
        "POST /tradeforge.v1.RunService/ListRuns HTTP/1.1\r\nOrigin: {url}\r\n\
         Cookie: {cookie}\r\nContent-Type: application/grpc-web+proto"
    );
    assert_eq!(request(url, &call, &[0; 5]).await.header("grpc-status"), "");
    let out = format!("DELETE /session HTTP/1.1\r\nOrigin: {url}\r\nCookie: {cookie}");
    let out = request(url, &out, &[]).await;
    assert_eq!((out.status, out.header("set-cookie").contains("max-age=0")), (204, true));
    assert_eq!(metrics("\r\nSec-Fetch-Site: same-origin").await, 401);
    assert_eq!(request(url, &call, &[0; 5]).await.header("grpc-status"), "16");
}

#[tokio::test]
async fn a_run_is_its_owners_and_others_may_look_and_not_touch() {
    let asking = Asking::start().await;
    let ann = asking.token("ann", Role::Submitter).await.secret;
    let bob = asking.token("bob", Role::Submitter).await.secret;
    asking.import(&ann).await;
    let (ann, bob) = (asking.by(&ann).await, asking.by(&bob).await);
    let request: pb::SubmitRequest = gate(1).into();
    let run_id = ann.runs().submit(request).await.expect("taken").into_inner().run_id;
    let named = pb::GetRunRequest { run_id: run_id.clone() };
    let run = bob.runs().get_run(named).await.expect("all may look").into_inner().run;
    assert_eq!(run.expect("the run").owner, "ann");

    let cancel = || pb::CancelRequest { run_id: run_id.clone(), reason: String::new() };
    let pause = || pb::PauseRequest { run_id: run_id.clone(), reason: String::new() };
    let resume = || pb::ResumeRequest { run_id: run_id.clone() };
    let delete = || pb::DeleteRunRequest { run_id: run_id.clone() };
    let rename = || pb::UpdateRunRequest {
        run_id: run_id.clone(),
        update_mask: Some(prost_types::FieldMask { paths: vec!["display_name".to_owned()] }),
        ..Default::default()
    };
    let refusals = [
        bob.runs().cancel(cancel()).await.map(drop).unwrap_err(),
        bob.runs().pause(pause()).await.map(drop).unwrap_err(),
        bob.runs().resume(resume()).await.map(drop).unwrap_err(),
        bob.runs().update_run(rename()).await.map(drop).unwrap_err(),
        bob.runs().delete_run(delete()).await.map(drop).unwrap_err(),
    ];
    for refused in refusals {
        assert_eq!(
            (refused.code(), refused.reason().as_str()),
            (Code::PermissionDenied, "NOT_OWNER")
        );
        let info = refused.get_details_error_info().unwrap();
        assert_eq!(info.metadata["owner"], "ann");
        assert!(refused.message().contains("belongs to ann"), "{}", refused.message());
    }
    let paused = ann.runs().pause(pause()).await.expect("it is hers").into_inner().status;
    let requester = paused.and_then(|status| status.pause).expect("it is paused").requester;
    assert!(requester.starts_with("ann (127.0.0.1:"), "{requester}");
    ann.runs().resume(resume()).await.expect("it is hers");
    let status = ann.runs().cancel(cancel()).await.expect("it is hers").into_inner().status;
    let requester = status.and_then(|status| status.cancel).expect("it was cancelled").requester;
    assert!(requester.starts_with("ann (127.0.0.1:"), "{requester}");
    let ended = pb::GetStatusRequest {
        run_id: run_id.clone(),
        wait: Some(prost_types::Duration { seconds: 60, nanos: 0 }),
    };
    within(ann.runs().get_status(ended)).await.expect("it ends");
    ann.runs().delete_run(delete()).await.expect("it is hers");
}

#[tokio::test]
async fn the_request_ids_of_two_owners_mean_two_things() {
    let asking = Asking::start().await;
    let ann = asking.token("ann", Role::Submitter).await.secret;
    let bob = asking.token("bob", Role::Submitter).await.secret;
    asking.import(&ann).await;
    let id = uuid::Uuid::now_v7().to_string();
    let named = |fast: i64| {
        let mut request: pb::SubmitRequest = sma_cross(fast, 9).into();
        request.request_id.clone_from(&id);
        request
    };
    let mut hers = asking.by(&ann).await.runs();
    let mut his = asking.by(&bob).await.runs();
    let first = hers.submit(named(2)).await.expect("taken").into_inner();
    let other = his.submit(named(3)).await.expect("another's name is no name").into_inner();
    assert_ne!(first.run_id, other.run_id);
    let again = hers.submit(named(2)).await.expect("the first answer").into_inner();
    assert_eq!(again.run_id, first.run_id);
    let refused = hers.submit(named(4)).await.unwrap_err();
    assert_eq!(refused.reason(), "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn a_viewer_validates_and_submits_nothing() {
    let asking = Asking::start().await;
    let viewer = asking.token("ann", Role::Viewer).await.secret;
    asking.import(&asking.first).await;
    let mut runs = asking.by(&viewer).await.runs();
    let request = |validate_only| pb::SubmitRequest { validate_only, ..sma_cross(2, 5).into() };
    runs.submit(request(true)).await.expect("nothing is run by it");
    let refused = runs.submit(request(false)).await.unwrap_err();
    assert_eq!(refused.reason(), "ROLE_TOO_LOW");
    let info = refused.get_details_error_info().unwrap();
    assert_eq!(
        (info.metadata["needs"].as_str(), info.metadata["has"].as_str()),
        ("SUBMITTER", "VIEWER")
    );
}

#[tokio::test]
async fn a_stream_ends_with_the_token_that_opened_it_and_no_other_does() {
    let asking = Asking::start().await;
    let ann = asking.token("ann", Role::Viewer).await;
    let bob = asking.token("bob", Role::Viewer).await;
    asking.import(&asking.first).await;
    let mut admin = asking.by(&asking.first).await.runs();
    let submitted: pb::SubmitRequest = gate(7).into();
    let run_id = admin.submit(submitted).await.expect("taken").into_inner().run_id;
    let watch = async |token: &str| {
        let request = pb::WatchProgressRequest { run_id: run_id.clone(), ..Default::default() };
        let stream = asking.by(token).await.runs().watch_progress(request).await;
        let mut stream = stream.expect("all may watch").into_inner();
        assert!(within(stream.message()).await.expect("a picture").is_some());
        stream
    };
    let (mut hers, mut his) = (watch(&ann.secret).await, watch(&bob.secret).await);
    asking.revoke(&ann).await;
    let ended = loop {
        match within(hers.message()).await {
            Ok(message) => assert!(message.is_some(), "an end without a reason"),
            Err(status) => break status,
        }
    };
    assert_eq!((ended.code(), ended.reason().as_str()), (Code::Unauthenticated, "TOKEN_ENDED"));
    let cancel = pb::CancelRequest { run_id: run_id.clone(), reason: String::new() };
    admin.cancel(cancel).await.expect("it is an admin's");
    while within(his.message()).await.expect("it goes on to the end").is_some() {}
}

#[tokio::test]
async fn tokens_are_told_without_their_secrets_and_the_file_of_the_first_goes_when_it_is_used() {
    let asking = Asking::start().await;
    assert!(asking.data.join("first-admin-token").exists());
    let made = asking.token("ann", Role::Viewer).await;
    assert!(!asking.data.join("first-admin-token").exists());
    let mut access = asking.by(&asking.first).await.access();
    let list = access.list_tokens(pb::ListTokensRequest { owner: "ann".to_owned() }).await;
    let [told] = &list.unwrap().into_inner().tokens[..] else { panic!("one is ann's") };
    assert_eq!(Some(told), made.token.as_ref());
    assert!(told.expire_time.is_some(), "90 days, unless it was said");
    let me = asking.by(&made.secret).await.access().who_am_i(pb::WhoAmIRequest {}).await;
    let me = me.unwrap().into_inner();
    assert_eq!((me.owner.as_str(), me.role()), ("ann", Role::Viewer));
    let unknown = pb::RevokeTokenRequest { token_id: "nobodys0".to_owned() };
    assert_eq!(access.revoke_token(unknown).await.unwrap_err().reason(), "TOKEN_NOT_FOUND");
    let bad = pb::CreateTokenRequest {
        owner: "two words".to_owned(),
        role: 9,
        description: "x".repeat(201),
        ttl: Some(prost_types::Duration { seconds: 1, nanos: 0 }),
        certificate: "hunter2".to_owned(),
    };
    let refused = access.create_token(bad).await.unwrap_err();
    refused.assert_invalid(&["certificate", "description", "owner", "role", "ttl"]);
}

#[tokio::test]
async fn who_guesses_tokens_waits_whatever_is_shown_then() {
    let asking = Asking::start().await;
    let url = asking.server.url();
    let sign_in = async |token: &str| {
        let body = format!("{{\"token\": \"{token}\"}}");
        let head = "POST /session HTTP/1.1\r\nContent-Type: application/json";
        request(url, head, body.as_bytes()).await
    };
    assert_eq!(sign_in(&asking.first).await.status, 204);
    for _ in 0..10 {
        assert_eq!(sign_in("hunter2").await.status, 401);
    }
    let told = sign_in(&asking.first).await;
    assert_eq!((told.status, &told.json()["error"]["reason"]), (429, &"TOO_MANY_LOGINS".into()));
    // Who shows a token with each call signs in nowhere.
    let me = asking.by(&asking.first).await.access().who_am_i(pb::WhoAmIRequest {}).await;
    assert_eq!(me.unwrap().into_inner().owner, "admin");
}

#[tokio::test]
async fn no_file_of_a_server_that_asks_holds_a_secret() {
    let asking = Asking::start().await;
    let secrets = [asking.first.clone(), asking.token("ann", Role::Submitter).await.secret];
    asking.import(&secrets[1]).await;
    asking.server.stop();
    for secret in secrets {
        let digits = secret.rsplit('_').next().unwrap().as_bytes()[..32].to_vec();
        for entry in fs::read_dir(&asking.data).unwrap().flatten() {
            let bytes = fs::read(entry.path()).unwrap_or_default();
            let is_there = bytes.windows(32).any(|part| part == digits);
            assert!(!is_there, "{}", entry.path().display());
        }
    }
}

#[tokio::test]
async fn where_nobody_is_asked_everybody_is_an_admin_and_there_are_no_tokens() {
    let server = TestServer::start().await;
    let connection = GlobalArgs::of(server.url().to_owned(), false).connect().await.unwrap();
    let me = connection.access().who_am_i(pb::WhoAmIRequest {}).await.unwrap().into_inner();
    assert_eq!((me.owner.as_str(), me.role(), me.token_id.as_str()), ("", Role::Admin, ""));
    let refused = connection.access().list_tokens(pb::ListTokensRequest::default()).await;
    assert_eq!(refused.unwrap_err().reason(), "ACCESS_OFF");
}
