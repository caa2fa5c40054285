//! The contract as JSON over plain HTTP: the same answers and the same refusals as by gRPC.

use serde_json::{Value, json};
use tradeforge::pb::{self, Role};

use crate::support::{Answer, Market, TestServer, gate, request, within};
use crate::tokens::Asking;

async fn call(url: &str, head: &str, body: Option<Value>) -> Answer {
    let (kind, body) = match body {
        Some(body) => ("\r\nContent-Type: application/json", body.to_string()),
        None => ("", String::new()),
    };
    request(url, &format!("{head}{kind}"), body.as_bytes()).await
}

async fn get(server: &TestServer, path: &str) -> Answer {
    call(server.url(), &format!("GET {path} HTTP/1.1"), None).await
}

async fn post(server: &TestServer, path: &str, body: Value) -> Answer {
    call(server.url(), &format!("POST {path} HTTP/1.1"), Some(body)).await
}

fn backtest() -> Value {
    json!({
        "backtest": {
            "strategy": { "name": "sma_cross" },
            "params": { "fast": { "intValue": 2 }, "slow": { "intValue": 5 } },
            "subscriptions": [{ "exchange": "TEST", "symbol": "BARS", "timeframe": "1m" }],
            "simulation": { "initialCash": "10000" },
        },
        "labels": { "desk": "fx" },
    })
}

fn reason(answer: &Answer) -> String {
    answer.json()["error"]["reason"].as_str().expect("a reason").to_owned()
}

#[tokio::test]
async fn a_run_is_submitted_watched_read_changed_and_removed_by_plain_http() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let made = post(&server, "/v1/runs", backtest()).await;
    assert_eq!(made.status, 200, "{}", String::from_utf8_lossy(&made.body));
    assert_eq!(made.header("content-type"), "application/json");
    let run_id = made.json()["runId"].as_str().expect("an id").to_owned();
    let status = get(&server, &format!("/v1/runs/{run_id}/status?wait=60s")).await.json();
    assert_eq!(status["status"]["state"], "RUN_STATE_COMPLETED");

    // The very answer of gRPC, in the JSON of the command line.
    let run = get(&server, &format!("/v1/runs/{run_id}")).await.json();
    let told = server.describe(&run_id).await;
    assert_eq!(run["run"]["runKey"], told.run_key);
    assert_eq!(run["run"]["labels"], json!({ "desk": "fx" }));
    let watched = get(&server, &format!("/v1/runs/{run_id}:watch")).await;
    assert_eq!(watched.header("content-type"), "application/x-ndjson");
    let text = String::from_utf8_lossy(&watched.body).into_owned();
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let last = lines.last().expect("the final picture");
    assert_eq!(last["snapshot"]["state"], "RUN_STATE_COMPLETED", "{text}");

    let head = format!("PATCH /v1/runs/{run_id} HTTP/1.1");
    let change = json!({ "updateMask": "displayName", "displayName": "evening star" });
    let changed = call(server.url(), &head, Some(change)).await;
    assert_eq!(changed.json()["run"]["displayName"], "evening star");
    let filter = "filter=labels.desk%20%3D%20fx&page_size=10";
    let listed = get(&server, &format!("/v1/runs?{filter}")).await.json();
    assert_eq!(listed["runs"][0]["runId"], run_id.as_str());
    let counted = post(
        &server,
        "/v1/runs:delete",
        json!({ "filter": "labels.desk = fx", "validateOnly": true }),
    );
    assert_eq!(counted.await.json()["matched"], "1");
    let removed = call(server.url(), &format!("DELETE /v1/runs/{run_id} HTTP/1.1"), None).await;
    assert_eq!((removed.status, removed.json()), (200, json!({})));
    assert_eq!(get(&server, &format!("/v1/runs/{run_id}")).await.status, 404);
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_as_by_grpc_and_by_name() {
    let server = TestServer::with(&Market::rising(10)).await;
    let mut faulty = backtest();
    faulty["backtest"]["params"]["fats"] = json!({ "intValue": 3 });
    faulty["backtest"]["simulation"]["initialCash"] = json!("-1");
    let refused = post(&server, "/v1/runs", faulty).await;
    assert_eq!((refused.status, reason(&refused).as_str()), (400, "INVALID_SPEC"));
    let fields = refused.json()["error"]["fields"].as_array().expect("fields").len();
    assert!(fields >= 2, "{}", String::from_utf8_lossy(&refused.body));

    let refused = get(&server, "/v1/runs?page_sizes=1&filtr=x").await;
    let message = refused.json()["error"]["message"].as_str().expect("words").to_owned();
    for told in ["page_sizes: is no field of this call; did you mean page_size?", "mean filter?"] {
        assert!(message.contains(told), "{told} in {message}");
    }
    for (answer, status, expected) in [
        (post(&server, "/v1/runs", json!([1])).await, 400, "INVALID_SPEC"),
        (post(&server, "/v1/runs", json!({ "backtests": {} })).await, 400, "INVALID_JSON"),
        (get(&server, "/v1/run").await, 404, "NO_SUCH_ROUTE"),
        (post(&server, "/v1/system", json!({})).await, 405, "WRONG_METHOD"),
        (get(&server, "/v1/runs/what").await, 400, "INVALID_SPEC"),
        (
            request(server.url(), "POST /v1/runs HTTP/1.1\r\nContent-Type: text/plain", b"{}")
                .await,
            415,
            "NOT_JSON",
        ),
    ] {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!((answer.status, reason(&answer).as_str()), (status, expected), "{body}");
    }
    let wrong = post(&server, "/v1/system", json!({})).await;
    assert_eq!(wrong.header("allow"), "get");
    let head = "POST /v1/runs HTTP/1.1\r\nContent-Type: application/json";
    for (body, field, told) in [
        (r#"{"notes":"a","notes":"b"}"#, "body", "\"notes\" stands twice"),
        (r#"{"computeBudget":"soon"}"#, "computeBudget", "a duration such as"),
        (r#"{"backtest":{"params":{"fast":{"intValue":"x"}}}}"#, "backtest.params.fast", "64 bits"),
    ] {
        let refused = request(server.url(), head, body.as_bytes()).await;
        let fault = refused.json()["error"]["fields"][0].clone();
        assert!(refused.status == 400 && fault["field"].as_str().unwrap().starts_with(field));
        assert!(fault["description"].as_str().unwrap().contains(told), "{fault}");
    }
}

#[tokio::test]
async fn every_call_answers_by_its_names_and_by_no_fault_of_the_server() {
    let server = TestServer::with(&Market::rising(10)).await;
    let document = get(&server, "/openapi.json").await.json();
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.len() > 35, "{}", paths.len());
    let mut tried = 0;
    for operations in paths.values() {
        for operation in operations.as_object().expect("operations").values() {
            let names = operation["operationId"].as_str().expect("names").replace('_', "/");
            if names.ends_with("WatchRuns") {
                continue;
            }
            let answer = post(&server, &format!("/v1/{names}"), json!({})).await;
            assert!(answer.status < 500, "{names}: {}", String::from_utf8_lossy(&answer.body));
            tried += 1;
        }
    }
    assert!(tried > 40, "{tried}");
}

#[tokio::test]
async fn who_calls_is_asked_here_too() {
    let asking = Asking::start().await;
    asking.import(&asking.first).await;
    let url = asking.server.url().to_owned();
    let refused = call(&url, "GET /v1/runs HTTP/1.1", None).await;
    assert_eq!((refused.status, reason(&refused).as_str()), (401, "TOKEN_MISSING"));
    assert_eq!(refused.header("www-authenticate"), "bearer");
    let ann = asking.token("ann", Role::Submitter).await.secret;
    let by =
        |secret: &str, line: &str| format!("{line} HTTP/1.1\r\nAuthorization: Bearer {secret}");
    let me = call(&url, &by(&ann, "GET /v1/whoami"), None).await.json();
    assert_eq!((me["owner"].as_str(), me["role"].as_str()), (Some("ann"), Some("ROLE_SUBMITTER")));
    let kept_out = call(&url, &by(&ann, "GET /v1/audit"), None).await;
    assert_eq!((kept_out.status, reason(&kept_out).as_str()), (403, "ROLE_TOO_LOW"));
    let made = call(&url, &by(&ann, "POST /v1/runs"), Some(backtest())).await;
    let run_id = made.json()["runId"].as_str().expect("an id").to_owned();
    let connection = asking.by(&ann).await;
    let run = within(connection.runs().get_run(pb::GetRunRequest { run_id })).await.expect("it");
    assert_eq!(run.into_inner().run.expect("a run").owner, "ann");
}

#[tokio::test]
async fn a_page_elsewhere_reaches_nothing_of_it() {
    let server = TestServer::with(&Market::rising(10)).await;
    let run_id = server.submit(gate(1)).await.run_id;
    let foreign = "Origin: http://evil.example";
    let head = format!("DELETE /v1/runs/{run_id} HTTP/1.1\r\n{foreign}");
    let refused = call(server.url(), &head, None).await;
    assert_eq!((refused.status, reason(&refused).as_str()), (403, "FOREIGN_ORIGIN"));
    assert_eq!(server.status(&run_id).await.end_time, None);
}
