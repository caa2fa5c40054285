//! Files that start a server elsewhere: what they name is there.

use std::fs;
use std::path::Path;
use std::process::Command;

use clap::CommandFactory as _;
use regex::Regex;
use tradeforge::cli::Cli;
use tradeforge::config::{SETTINGS, Setting};

use crate::support::{Market, TestServer, buy_and_hold, request};

const FILES: [&str; 3] = ["Dockerfile", "compose.yaml", "tradeforge.service"];
/// What is no setting of the server, but known to it.
const OTHERS: [&str; 2] = ["TRADEFORGE_CONFIG", "TRADEFORGE_SERVER"];

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
    assert_eq!(named, 6);
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
    assert_eq!(run, 3);
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
    assert_eq!(String::from_utf8_lossy(&other.expect("bash").stderr).lines().count(), 6);
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
    assert_eq!(named, 10);
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
