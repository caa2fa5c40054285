//! The server as an agent meets it: the real program over pipes, message by message.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::support::{ChildServer, Market, gate};

/// `tradeforge mcp`, and who talks to it.
struct Agent {
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
    last_id: u64,
}

#[expect(clippy::needless_pass_by_value, reason = "JSON is written where it is sent")]
impl Agent {
    fn start(server: &ChildServer, words: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
        command.arg("mcp").args(words).env("TRADEFORGE_SERVER", server.url());
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let stdin = child.stdin.take().expect("stdin is piped");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let mut agent = Self { child, stdin, stdout, last_id: 0 };
        let params = json!({ "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" } });
        let answer = agent.ask("initialize", params);
        assert_eq!(answer["result"]["protocolVersion"], "2025-06-18");
        assert_eq!(answer["result"]["serverInfo"]["name"], "tradeforge");
        agent.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        agent
    }

    fn write(&mut self, message: &Value) {
        writeln!(self.stdin, "{message}").expect("it reads");
    }

    fn read(&mut self) -> Value {
        let line = self.stdout.next().expect("an answer").expect("text");
        serde_json::from_str(&line).expect("JSON")
    }

    fn send(&mut self, method: &str, params: Value) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        self.write(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        let answer = self.read();
        assert_eq!(answer["id"], id);
        answer
    }

    fn send_call(&mut self, tool: &str, arguments: Value) -> u64 {
        self.send("tools/call", json!({ "name": tool, "arguments": arguments }))
    }

    /// What a tool says, and whether it failed.
    fn call(&mut self, tool: &str, arguments: Value) -> (String, bool) {
        let answer = self.ask("tools/call", json!({ "name": tool, "arguments": arguments }));
        let result = &answer["result"];
        let text = result["content"][0]["text"].as_str().expect("a text").to_owned();
        (text, result["isError"].as_bool().expect("whether it is one"))
    }

    fn done(&mut self, tool: &str, arguments: Value) -> Value {
        let (text, is_error) = self.call(tool, arguments);
        assert!(!is_error, "{tool}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    fn failed(&mut self, tool: &str, arguments: Value) -> String {
        let (text, is_error) = self.call(tool, arguments);
        assert!(is_error, "{tool}: {text}");
        text
    }

    /// Ends its stdin, and gives what it still says.
    fn end(mut self) -> Vec<Value> {
        drop(self.stdin);
        let rest = self.stdout.map(|line| serde_json::from_str(&line.expect("text")).unwrap());
        let rest = rest.collect();
        assert!(self.child.wait().expect("it ends").success());
        rest
    }
}

fn backtest(fast: i64) -> Value {
    json!({
        "strategy": { "name": "sma_cross" },
        "params": { "fast": { "intValue": fast }, "slow": { "intValue": 50 } },
        "subscriptions": [{ "exchange": "TEST", "symbol": "BARS", "timeframe": "1m" }],
        "simulation": { "initialCash": "10000" },
    })
}

fn search() -> Value {
    let range = json!({ "minValue": 2, "maxValue": 21, "step": 1 });
    let mut base = backtest(2);
    base["params"].as_object_mut().unwrap().remove("fast");
    json!({ "base": base, "axes": [{ "name": "fast", "intRange": range }] })
}

#[tokio::test]
async fn an_agent_submits_a_search_once_it_knows_its_size_and_reads_what_came_out() {
    let server = ChildServer::with(&Market::wavy(3_000)).await;
    let mut agent = Agent::start(&server, &[]);
    let tools = agent.ask("tools/list", json!({}));
    let tools = tools["result"]["tools"].as_array().unwrap().clone();
    assert!(tools.iter().all(|tool| tool["inputSchema"]["type"] == "object"), "{tools:?}");
    // Every tool that is listed is there: each refuses an argument that none has.
    for tool in &tools {
        let text = agent.failed(tool["name"].as_str().unwrap(), json!({ "no_such": 1 }));
        assert!(text.contains("no_such"), "{tool}: {text}");
    }

    let series = agent.done("list_series", json!({}));
    assert_eq!(series["series"].as_array().unwrap().len(), 1);
    let estimate = agent.done("estimate", json!({ "optimization": search() }));
    assert_eq!(estimate["total"], "20");
    for expected in [
        json!({ "optimization": search() }),
        json!({ "optimization": search(), "expected_trials": 19 }),
    ] {
        let text = agent.failed("submit_search", expected);
        assert!(text.contains("expected_trials") && text.contains("20 trials"), "{text}");
    }
    assert!(agent.done("list_runs", json!({}))["runs"].is_null(), "nothing was started");

    let work = json!({ "optimization": search(), "expected_trials": 20, "display_name": "mine" });
    let run = agent.done("submit_search", work.clone());
    assert_eq!(run["disposition"], "SUBMIT_DISPOSITION_CREATED");
    let run_id = run["runId"].clone();
    let ended = agent.done("get_run", json!({ "run_id": run_id, "wait_s": 25 }));
    assert_eq!(ended["status"]["state"], "RUN_STATE_COMPLETED");
    let best = &ended["status"]["optimization"]["bestTrial"];
    let top = agent.done("top_trials", json!({ "run_id": run_id, "page_size": 3 }));
    assert_eq!(top["trials"].as_array().unwrap().len(), 3);
    assert_eq!(top["trials"][0]["trialIndex"], best["trialIndex"]);
    let trial = json!({ "run_id": run_id, "trial_index": best["trialIndex"] });
    let read = agent.done("get_trial", trial.clone());
    assert_eq!(read["trial"]["metrics"]["sharpe"], best["metrics"]["sharpe"]);
    let curve = agent.done("equity", trial);
    assert_eq!(
        curve["equity"].as_array().unwrap().len(),
        curve["timeUnixMs"].as_array().unwrap().len()
    );
    let again = agent.done("submit_search", work);
    assert_eq!(again["runId"], run_id);
    assert_eq!(again["disposition"], "SUBMIT_DISPOSITION_REUSED");
    assert_eq!(agent.end(), [] as [Value; 0]);
}

#[tokio::test]
async fn what_a_session_may_spend_has_an_end_and_others_runs_are_not_stopped() {
    let server = ChildServer::with(&Market::wavy(3_000)).await;
    let others = server.submit(gate(1)).await.run_id;
    let mut agent = Agent::start(&server, &["--runs-max", "1", "--trials-max", "19"]);
    let work = json!({ "optimization": search(), "expected_trials": 20 });
    let text = agent.failed("submit_search", work);
    assert!(text.contains("--trials-max 19"), "{text}");
    // What is refused is not spent.
    let text = agent.failed("submit_backtest", json!({ "backtest": { "strategy": {} } }));
    assert!(text.starts_with("INVALID_SPEC") && text.contains("strategy"), "{text}");
    agent.done("submit_backtest", json!({ "backtest": backtest(5) }));
    let text = agent.failed("submit_backtest", json!({ "backtest": backtest(6) }));
    assert!(text.contains("--runs-max"), "{text}");
    let text = agent.failed("cancel_run", json!({ "run_id": others }));
    assert!(text.contains("this session"), "{text}");
    let missing = agent.failed("get_run", json!({ "run_id": "x" }));
    assert!(missing.contains("run_id"), "{missing}");
    agent.end();
    server.open_gate(1);
}

#[tokio::test]
async fn a_wait_holds_no_other_call_and_a_run_of_the_session_is_stopped() {
    let server = ChildServer::with(&Market::wavy(3_000)).await;
    let mut agent = Agent::start(&server, &[]);
    let mut held = backtest(2);
    held["strategy"]["name"] = "gate".into();
    held["params"] = json!({ "bars": { "intValue": 1 }, "key": { "intValue": 7 } });
    let run = agent.done("submit_backtest", json!({ "backtest": held }));
    let run_id = run["runId"].clone();
    let waiting = agent.send_call("get_run", json!({ "run_id": run_id, "wait_s": 25 }));
    let given_up = agent.send_call("get_run", json!({ "run_id": run_id, "wait_s": 25 }));
    assert_eq!(agent.ask("ping", json!({}))["result"], json!({}));
    agent.write(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled",
        "params": { "requestId": given_up } }));
    let stopping = agent.send_call("cancel_run", json!({ "run_id": run_id, "reason": "enough" }));
    let answers = agent.end();
    let ids: Vec<_> = answers.iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
    assert!(ids.contains(&waiting) && ids.contains(&stopping), "{ids:?}");
    assert!(!ids.contains(&given_up), "what was given up is not answered: {ids:?}");
    for answer in answers {
        let text = answer["result"]["content"][0]["text"].as_str().unwrap();
        assert!(text.contains("RUN_STATE_CANCELLED"), "{text}");
    }
}

#[tokio::test]
async fn a_page_holds_fifty_trials_and_the_next_one_goes_on() {
    let server = ChildServer::with(&Market::wavy(3_000)).await;
    let mut agent = Agent::start(&server, &[]);
    let mut work = search();
    work["axes"][0]["intRange"]["maxValue"] = 61.into();
    work["base"]["params"]["slow"]["intValue"] = 100.into();
    let work = json!({ "optimization": work, "expected_trials": 60 });
    let run_id = agent.done("submit_search", work)["runId"].clone();
    agent.done("get_run", json!({ "run_id": run_id, "wait_s": 25 }));
    let page = |token: &Value| json!({ "run_id": run_id, "page_size": 1_000, "page_token": token });
    let first = agent.done("top_trials", page(&json!("")));
    let next = agent.done("top_trials", page(&first["nextPageToken"]));
    let rows = |page: &Value| page["trials"].as_array().unwrap().clone();
    assert_eq!((rows(&first).len(), rows(&next).len()), (50, 10), "{first}");
    assert!(first["cut"].is_null() && next["nextPageToken"].is_null(), "{next}");
    let all: BTreeSet<String> = rows(&first)
        .into_iter()
        .chain(rows(&next))
        .map(|row| row["trialIndex"].to_string())
        .collect();
    assert_eq!(all.len(), 60, "none is told twice");
    assert_eq!(first["ofAllTrials"]["subscription"]["symbol"], "BARS");

    let asked = json!({ "run_id": run_id, "page_size": 2, "metrics": ["final_equity", "sharp"] });
    let told = agent.done("top_trials", asked);
    for row in rows(&told) {
        let metrics = row["metrics"].as_object().unwrap();
        assert_eq!(metrics.keys().collect::<Vec<_>>(), ["final_equity"]);
    }
    assert_eq!(told["absentMetrics"], json!(["sharp"]));
    let text = agent.failed("top_trials", json!({ "run_id": run_id, "metrics": "sharpe" }));
    assert!(text.contains("metrics: must be a list"), "{text}");
    agent.end();
}

#[tokio::test]
async fn a_seventeenth_call_at_once_is_refused_and_the_others_go_on() {
    let server = ChildServer::with(&Market::wavy(3_000)).await;
    let run_id = server.submit(gate(1)).await.run_id;
    let mut agent = Agent::start(&server, &[]);
    let wait = json!({ "run_id": run_id, "wait_s": 25 });
    let mut waiting: BTreeSet<u64> =
        (0..16).map(|_| agent.send_call("get_run", wait.clone())).collect();
    let text = agent.failed("get_run", wait);
    assert!(text.contains("16 calls go on already"), "{text}");
    server.open_gate(1);
    while !waiting.is_empty() {
        let answer = agent.read();
        assert_eq!(answer["result"]["isError"], false, "{answer}");
        assert!(waiting.remove(&answer["id"].as_u64().unwrap()), "{answer}");
    }
    agent.done("list_runs", json!({}));
    agent.end();
}

#[tokio::test]
async fn what_is_no_message_is_refused_and_the_next_one_is_answered() {
    let server = ChildServer::with(&Market::wavy(100)).await;
    let mut agent = Agent::start(&server, &[]);
    for (line, code) in
        [("{".to_owned(), -32700), ("[]".to_owned(), -32600), ("x".repeat((1 << 20) + 1), -32600)]
    {
        writeln!(agent.stdin, "{line}").unwrap();
        let answer = agent.read();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&Value::Null, &json!(code)));
    }
    assert_eq!(agent.ask("resources/list", json!({}))["error"]["code"], -32601);
    let answer = agent.ask("tools/call", json!({ "name": "list_run" }));
    assert_eq!(answer["error"]["code"], -32602);
    assert!(answer["error"]["message"].as_str().unwrap().contains("list_runs"), "{answer}");
    agent.end();
}

/// The transcript of the documentation: what an agent writes, and the parts of what it is answered.
fn transcript() -> Vec<(String, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/agents.md");
    let page = fs::read_to_string(page).expect("a page");
    let block = page.split("```text\n").nth(1).expect("a transcript").split("```").next().unwrap();
    let exchanges = block.split("\n\n").map(|exchange| {
        let (asked, answered) = exchange.trim().split_once("\n< ").expect("an answer");
        let asked = asked.strip_prefix("> ").expect("what is written").replace('\n', "");
        (asked, answered.to_owned())
    });
    exchanges.collect()
}

#[tokio::test]
async fn the_transcript_of_the_documentation_is_what_happens() {
    let server = ChildServer::start().await;
    let words = ["data", "generate", "SYN:DEMO@1h", "--bars", "5000", "--seed", "1"];
    let mut generate = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
    let made = generate.args(words).env("TRADEFORGE_SERVER", server.url()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut agent = Agent::start(&server, &[]);
    let exchanges = transcript();
    assert!(exchanges.len() >= 5, "{exchanges:?}");
    let mut run_id = String::new();
    for (asked, expected) in exchanges {
        let asked = asked.replace("RUN", &run_id);
        agent.write(&serde_json::from_str(&asked).expect("JSON"));
        let answer = agent.read();
        if let Some(text) = answer["result"]["content"][0]["text"].as_str()
            && let Ok(value) = serde_json::from_str::<Value>(text)
            && let Some(id) = value["runId"].as_str()
        {
            run_id = id.to_owned();
        }
        let answer = answer.to_string();
        let mut rest = answer.as_str();
        for part in expected.split("...") {
            let found = rest.find(part);
            let place = found.unwrap_or_else(|| panic!("{part} is not in {rest} of {answer}"));
            rest = &rest[place + part.len()..];
        }
    }
    agent.end();
}
