//! Files that start a server elsewhere: what they name is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use clap::CommandFactory as _;
use regex::Regex;
use serde_json::{Value, json};
use tradeforge::cli::Cli;
use tradeforge::config::{SETTINGS, Setting};
use tradeforge::pb;

use crate::support::{Market, TestServer, buy_and_hold, request};

const FILES: [&str; 4] =
    ["Dockerfile", "compose.yaml", "tradeforge.service", "tradeforge-worker.service"];
/// What is no setting of the server, but known to it or to other commands.
const OTHERS: [&str; 3] = ["TRADEFORGE_CONFIG", "TRADEFORGE_SERVER", "TRADEFORGE_WORKER_NAME"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn found(pattern: &str, text: &str) -> Vec<String> {
    let pattern = Regex::new(pattern).expect("a pattern");
    pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

#[test]
fn every_setting_that_a_deployment_names_is_one() {
    let known: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
    let mut named = 0;
    for file in FILES {
        let text = fs::read_to_string(root().join("deploy").join(file)).expect("a file");
        for variable in found(r"\b(TRADEFORGE_[A-Z_]+)\b", &text) {
            named += 1;
            let is_known = known.contains(&variable) || OTHERS.contains(&variable.as_str());
            assert!(is_known, "{file}: {variable} is no setting");
        }
    }
    assert_eq!(named, 9);
}

#[test]
fn every_command_that_a_deployment_runs_is_one() {
    let cli = Cli::command();
    let mut run = 0;
    for file in FILES {
        let text = fs::read_to_string(root().join("deploy").join(file)).expect("a file");
        let commands = [
            found(r#"CMD \["(?:/tradeforge", ")?([a-z-]+)"\]"#, &text),
            found(r"(?m)^ExecStart=\S+ ([a-z-]+)$", &text),
        ];
        for command in commands.concat() {
            run += 1;
            assert!(cli.find_subcommand(&command).is_some(), "{file}: no command {command}");
        }
    }
    assert_eq!(run, 4);
}

#[test]
fn every_package_is_of_the_version_of_the_server() {
    let check = root().join("packaging/version.sh");
    let told = Command::new(check).arg(env!("CARGO_PKG_VERSION")).output().expect("bash");
    let said = String::from_utf8_lossy(&told.stderr);
    // There is no release yet, and so none in the changelog.
    let wrong: Vec<&str> = said.lines().filter(|line| !line.starts_with("CHANGELOG.md")).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let other = Command::new(root().join("packaging/version.sh")).arg("9.9.9").output();
    assert_eq!(String::from_utf8_lossy(&other.expect("bash").stderr).lines().count(), 7);
}

/// Measures that Prometheus itself makes of a server.
const MEASURES_ELSEWHERE: [&str; 1] = ["up"];

#[tokio::test]
async fn every_measure_that_an_alert_looks_at_is_there() {
    let server = TestServer::with(&Market::rising(10)).await;
    server.run(buy_and_hold()).await;
    let head = "GET /metrics HTTP/1.1\r\nAccept: text/plain";
    let answer = request(server.url(), head, b"").await;
    let measured = String::from_utf8(answer.body).expect("text");
    let rules = fs::read_to_string(root().join("deploy/prometheus/alerts.yml")).expect("rules");
    let mut named = 0;
    for measure in found(r"\b((?:tradeforge|process|rpc_server)_[a-z_]+|up)\b[\[{) ]", &rules) {
        named += 1;
        let is_there = measured.lines().any(|line| {
            let rest = line.strip_prefix(measure.as_str()).unwrap_or_default();
            rest.starts_with(['{', ' '])
        });
        let is_elsewhere = MEASURES_ELSEWHERE.contains(&measure.as_str());
        assert!(is_there || is_elsewhere, "{measure} is not in {measured}");
    }
    assert_eq!(named, 11);
    for reason in ["STORAGE_FULL", "STORAGE_ERROR"] {
        assert!(rules.contains(reason) && measured.contains(&format!("reason=\"{reason}\"")));
    }
}

#[test]
fn alerts_go_off_when_they_should_and_only_then() {
    let mut promtool = Command::new("promtool");
    promtool.args(["test", "rules", "alerts_test.yml"]);
    match promtool.current_dir(root().join("deploy/prometheus")).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
        Err(_) => eprintln!("left out, not at hand: promtool"),
    }
}

/// The texts that stand under that name anywhere in a document.
fn under(name: &str, value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            let own = fields.get(name).and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(fields.values().flat_map(|it| under(name, it))).collect()
        }
        Value::Array(items) => items.iter().flat_map(|it| under(name, it)).collect(),
        _ => Vec::new(),
    }
}

/// Labels that Prometheus itself gives, and that of the bounds of a histogram.
const LABELS_ELSEWHERE: [&str; 2] = ["instance", "le"];

#[tokio::test]
async fn every_measure_and_label_that_the_dashboard_looks_at_is_there() {
    let server = TestServer::with(&Market::rising(10)).await;
    server.run(buy_and_hold()).await;
    // One that is refused, and a stream.
    let missing = pb::GetRunRequest { run_id: "none".to_owned() };
    server.runs().get_run(missing).await.expect_err("there is none");
    let bars = pb::ExportBarsRequest::default();
    server.market_data().export_bars(bars).await.expect_err("no series is named");
    let head = "GET /metrics HTTP/1.1\r\nAccept: text/plain";
    let measured = String::from_utf8(request(server.url(), head, b"").await.body).expect("text");
    let text = fs::read_to_string(root().join("deploy/grafana/tradeforge.json")).expect("a file");
    let dashboard: Value = serde_json::from_str(&text).expect("JSON");
    let questions = under("expr", &dashboard);
    assert_eq!(questions.len(), 28);
    for question in &questions {
        let measures = found(r"\b((?:tradeforge|process|rpc_server)_[a-z_]+)\{", question);
        assert!(!measures.is_empty(), "{question}");
        let labels = [
            found(r"\bby \(([a-z_, ]+)\)", question).join(", "),
            found(r"[{,] ?([a-z_]+)(?:=~|!=|=)", question).join(", "),
        ];
        for measure in measures {
            let rest = |line: &str| line.strip_prefix(measure.as_str()).map(str::to_owned);
            let rows = measured.lines().filter_map(rest).filter(|it| it.starts_with(['{', ' ']));
            let rows: Vec<String> = rows.collect();
            assert!(!rows.is_empty(), "{measure} is not in {measured}");
            for label in labels.iter().flat_map(|it| it.split(", ")).filter(|it| !it.is_empty()) {
                let is_there = rows.iter().any(|it| it.contains(&format!("{label}=\"")));
                let is_elsewhere = LABELS_ELSEWHERE.contains(&label);
                assert!(is_there || is_elsewhere, "{measure} has no {label}: {rows:?}");
            }
        }
    }
    let panels = dashboard["panels"].as_array().expect("panels");
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].to_string()).collect();
    assert_eq!(ids.len(), panels.len(), "each has an id of its own");
    let sources: BTreeSet<_> = under("uid", &dashboard["panels"]).into_iter().collect();
    assert_eq!(sources, BTreeSet::from(["${datasource}".to_owned()]));
}

/// What Grafana puts in for its variables is a question that Prometheus can read.
#[test]
fn every_question_of_the_dashboard_can_be_read_by_prometheus() {
    let text = fs::read_to_string(root().join("deploy/grafana/tradeforge.json")).expect("a file");
    let dashboard: Value = serde_json::from_str(&text).expect("JSON");
    let rules: Vec<Value> = under("expr", &dashboard)
        .into_iter()
        .enumerate()
        .map(|(place, question)| {
            let question = question.replace("$__rate_interval", "1m").replace("$instance", ".*");
            json!({ "record": format!("question:{place}"), "expr": question })
        })
        .collect();
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    // YAML takes JSON.
    let groups = json!({ "groups": [{ "name": "dashboard", "rules": rules }] });
    fs::write(file.path(), groups.to_string()).expect("a file");
    match Command::new("promtool").args(["check", "rules"]).arg(file.path()).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        Err(_) => eprintln!("left out, not at hand: promtool"),
    }
}
