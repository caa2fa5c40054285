//! The command line as people and scripts meet it: the real program, over pipes and a terminal.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use tradeforge::pb::RunState;

use crate::support::{ChildServer, Market, buy_and_hold};

/// Runs what follows it on a terminal of its own, whose keyboard is stdin.
const ON_A_TERMINAL: &str = "import os, pty, sys\n\
                             sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/// The program with these words and that server.
fn program(server: &ChildServer, words: &[&str]) -> Command {
    with_server(Command::new(env!("CARGO_BIN_EXE_tradeforge")), server, words)
}

/// The same on a terminal.
fn on_a_terminal(server: &ChildServer, words: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command.args(["-c", ON_A_TERMINAL, env!("CARGO_BIN_EXE_tradeforge")]);
    with_server(command, server, words)
}

/// The same on a terminal of that many columns.
fn on_columns(server: &ChildServer, columns: u16, words: &[&str]) -> Command {
    let mut command = Command::new("python3");
    let line = format!("stty rows 24 cols {columns}; exec \"$@\"");
    command.args(["-c", ON_A_TERMINAL, "sh", "-c", &line, "sh", env!("CARGO_BIN_EXE_tradeforge")]);
    with_server(command, server, words)
}

fn with_server(mut command: Command, server: &ChildServer, words: &[&str]) -> Command {
    command.args(words).env("TRADEFORGE_SERVER", server.url()).env("TERM", "dumb");
    command
}

/// What comes of it when somebody types this.
fn typed(mut command: Command, keys: &str) -> Output {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    // Errs where the program did not wait for it.
    _ = stdin.write_all(keys.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

async fn finished_run(server: &ChildServer) -> String {
    let answer = server.submit(buy_and_hold().always_new()).await;
    assert_eq!(server.when_final(&answer.run_id).await.state(), RunState::Completed);
    answer.run_id
}

fn is_there(server: &ChildServer, run_id: &str) -> bool {
    let output = program(server, &["show", run_id]).output().expect("the program starts");
    output.status.success()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_perhaps_meant_is_told_and_a_search_of_nothing_is_refused() {
    let server = ChildServer::with(&Market::rising(10)).await;
    for (line, code, told) in [
        ("backtest buy_and_hold --on TEST:BAR@1m", 1, "did you mean TEST:BARS?"),
        ("optimize sma_cross --on TEST:BARS@1m -p fast=5", 2, "tradeforge backtest sma_cross"),
        ("data import bars.csv", 2, "--as <EXCHANGE:SYMBOL@TF>"),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let output = program(&server, &words).output().expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(told), "{line}: {said}");
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
    }
    let import = program(&server, &["data", "import", "bars.csv"]).output().expect("it starts");
    let said = String::from_utf8_lossy(&import.stderr);
    assert!(!said.contains("--exchange <"), "one option is enough: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_is_confirmed_by_a_person_or_by_yes() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run = finished_run(&server).await;
    let series = "TEST:BARS@1m";
    for words in [["rm", &run].as_slice(), &["data", "rm", series]] {
        let piped = typed(program(&server, words), "y\n");
        let told = String::from_utf8_lossy(&piped.stderr);
        assert_eq!(piped.status.code(), Some(2), "{words:?}: {told}");
        assert!(told.contains("help: add --yes"), "{told}");
        let interactive = typed(program(&server, &[words, &["-i"]].concat()), "y\n");
        assert_eq!(interactive.status.code(), Some(2), "-i never meant yes: {words:?}");
        let refused = typed(on_a_terminal(&server, words), "n\n");
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        assert!(String::from_utf8_lossy(&refused.stdout).contains("[y/N]"), "{refused:?}");
        assert!(is_there(&server, &run), "{words:?}");
    }
    let confirmed = typed(on_a_terminal(&server, &["rm", &run]), "y\n");
    assert_eq!(confirmed.status.code(), Some(0), "{confirmed:?}");
    assert!(!is_there(&server, &run));
    let sure = typed(program(&server, &["data", "rm", series, "-y"]), "");
    assert_eq!(sure.status.code(), Some(0), "{sure:?}");
}

/// What the program printed: nothing but JSON, one object a line.
fn objects(text: &[u8]) -> Vec<serde_json::Value> {
    let text = String::from_utf8_lossy(text);
    let object = |line: &str| {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?} of {text}"))
    };
    text.lines().map(object).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_answers_in_json_alone_where_that_is_asked_for() {
    let server = ChildServer::with(&Market::wavy(100)).await;
    let folder = tempfile::tempdir().unwrap();
    let name = |file: &str| folder.path().join(file).to_str().unwrap().to_owned();
    let data_dir = server.home().database().parent().unwrap().to_str().unwrap().to_owned();
    let spec = format!(
        r#"{{"backtest": {{"strategy": {{"name": "buy_and_hold"}}, "subscriptions": [{}], {}}}}}"#,
        r#"{"exchange": "TEST", "symbol": "BARS", "timeframe": "1m"}"#,
        r#""simulation": {"initial_cash": "1000"}"#
    );
    std::fs::write(name("spec.json"), spec).unwrap();
    std::fs::write(name("bars.csv"), "time,open,high,low,close,volume\n1735689600,1,1,1,1,1\n")
        .unwrap();
    std::fs::write(name("mine.rules"), "enter long when close > open\n").unwrap();
    let commands = [
        format!("data import {} --as X:Y@1m", name("bars.csv")),
        "data generate SYN:MADE@1h --bars 50".into(),
        "data list".into(),
        "data show SYN:MADE@1h".into(),
        "strategies".into(),
        "strategies show sma_cross".into(),
        format!("strategies save mine {}", name("mine.rules")),
        "backtest mine --on TEST:BARS@1m".into(),
        "strategies rm --yes mine".into(),
        "backtest sma_cross --on TEST:BARS@1m -p fast=2 -p slow=5".into(),
        "show @last".into(),
        "watch @last".into(),
        "wait @last".into(),
        "trades @last".into(),
        "equity @last".into(),
        format!("tearsheet @last --out {}", name("sheet.html")),
        "optimize sma_cross --on TEST:BARS@1m -p fast=2..9 -p slow=5".into(),
        "trials @last".into(),
        "trial @last 0".into(),
        "errors @last".into(),
        "backtest gate --on TEST:BARS@1m -p bars=1 -p key=7 --detach".into(),
        "cancel @last".into(),
        "submit --detach ".to_owned() + &name("spec.json"),
        "wait @last".into(),
        "backtest buy_and_hold --on TEST:BARS@1m --validate-only".into(),
        "runs".into(),
        "rm --yes @last".into(),
        "data rm -y SYN:MADE@1h".into(),
        "version".into(),
        "completions bash".into(),
        "serve --print-config".into(),
        format!("doctor --data-dir {data_dir}"),
        format!("backup {} --data-dir {data_dir}", name("all.backup")),
        format!("restore {} --data-dir {}", name("all.backup"), name("restored")),
        "demo --exit --listen 127.0.0.1:0".into(),
    ];
    for command in commands {
        let words: Vec<&str> = command.split_whitespace().chain(["--json"]).collect();
        let output = program(&server, &words).output().expect("the program starts");
        let talk = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {talk}");
        assert_eq!(talk, "", "{command}");
        assert!(!objects(&output.stdout).is_empty(), "{command} answers nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_run_is_the_same_bytes_each_time() {
    let server = ChildServer::with(&Market::wavy(100)).await;
    let run = finished_run(&server).await;
    let shown = || program(&server, &["show", &run, "--json"]).output().expect("it starts").stdout;
    let first = shown();
    assert!((0..5).all(|_| shown() == first));
    let result = &objects(&first)[0]["run"]["status"]["backtest"];
    assert_eq!(result["rejections"], serde_json::json!({}), "an empty map is there: {result}");
}

#[test]
fn every_error_is_one_json_object_where_that_is_asked_for() {
    let cases = [
        // Words that are none, and words that are missing, before there is any server.
        ("", 2, "USAGE"),
        ("runs --limt 3", 2, "USAGE"),
        ("backtest sma_cross", 2, "USAGE"),
        ("show what", 2, "USAGE"),
        ("data", 2, "USAGE"),
        ("serve --listen nowhere", 2, "USAGE"),
        ("serve --config /nothing/here.toml", 2, "USAGE"),
        ("doctor --data-dir /nothing/here", 1, "COMMAND_FAILED"),
        ("backup /tmp/x --data-dir /nothing/here", 1, "COMMAND_FAILED"),
        ("restore /nothing/here --data-dir /nothing", 1, "COMMAND_FAILED"),
        ("demo --exit --keep /proc/nothing", 1, "COMMAND_FAILED"),
        ("submit /nothing/here.json", 1, "FILE_UNREADABLE"),
        // Port 9 discards, and nobody listens there.
        ("runs --server 127.0.0.1:9", 5, "CANNOT_REACH_SERVER"),
        ("runs --server ftp://x", 2, "USAGE"),
        ("trades @last -o csv", 2, "USAGE"),
        ("equity @last --all -o csv", 2, "USAGE"),
    ];
    for (line, code, reason) in cases {
        let words = line.split_whitespace().chain(["--json"]);
        let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
        let output = command.args(words).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(code), "{line}: {output:?}");
        assert!(output.stdout.is_empty(), "{line}: {output:?}");
        let [error] = objects(&output.stderr).try_into().unwrap_or_else(|all| panic!("{all:?}"));
        assert_eq!(error["error"]["reason"], reason, "{line}");
        assert_ne!(error["error"]["message"], "", "{line}");
    }
}

#[test]
fn without_a_home_nothing_is_kept_in_the_current_folder() {
    let folder = tempfile::tempdir().unwrap();
    let bare = |words: &[&str], variable: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
        let command = command.args(words).env_clear().envs(variable.iter().copied());
        command.current_dir(folder.path()).output().expect("the program starts")
    };
    for words in [["serve"].as_slice(), &["serve", "--print-config"], &["doctor"]] {
        let output = bare(words, &[]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {told}");
        assert!(told.contains("--data-dir") && told.contains("STATE_DIRECTORY"), "{told}");
    }
    let printed = bare(&["serve", "--print-config"], &[("STATE_DIRECTORY", "/var/lib/forge")]);
    let printed = String::from_utf8_lossy(&printed.stdout);
    assert!(printed.contains("data_dir = \"/var/lib/forge\""), "{printed}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_fits_its_terminal_and_what_it_shows_of_an_id_names_the_run() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run = finished_run(&server).await;
    let listed = on_columns(&server, 60, &["runs"]).stdin(Stdio::null()).output().unwrap();
    let listed = String::from_utf8_lossy(&listed.stdout);
    let row = listed.lines().find(|line| line.contains("buy_and_hold")).expect(&listed);
    assert!(row.trim_end().chars().count() <= 60, "{listed}");
    let shown = row.split_whitespace().next().unwrap();
    assert!(run.ends_with(shown) && shown.len() < run.len(), "{listed}");
    assert!(listed.contains("no room for"), "what is left out is named: {listed}");
    let found = program(&server, &["show", shown, "--json"]).output().unwrap();
    assert_eq!(objects(&found.stdout)[0]["run"]["runId"], run);
    let piped = program(&server, &["runs"]).output().unwrap();
    assert!(String::from_utf8_lossy(&piped.stdout).contains(&run), "a pipe has room for all");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_wrote_moves_no_cursor() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let hostile = "a\u{1b}]0;title\u{7}\u{202e}b\nforged";
    let words = ["backtest", "buy_and_hold", "--on", "TEST:BARS@1m", "--detach", "--name", hostile];
    let submitted = program(&server, &words).output().unwrap();
    if !submitted.status.success() {
        // A server that refuses such names leaves nothing to be shown.
        return;
    }
    for words in [["runs"].as_slice(), &["show", "@last"]] {
        let output = on_columns(&server, 200, words).stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("a\\u{1b}]0;title\\u{7}\\u{202e}b\\u{a}forged"), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dash_is_stdin_and_stdout() {
    let server = ChildServer::start().await;
    let csv = "time,open,high,low,close,volume\n1735689600,1,1,1,1,1\n1735689660,1,2,1,2,1\n";
    let imported = typed(program(&server, &["data", "import", "-", "--as", "TEST:BARS@1m"]), csv);
    assert!(imported.status.success(), "{imported:?}");
    let spec = "[backtest]\nstrategy.name = \"buy_and_hold\"\nsimulation.initial_cash = \"1000\"\n\
                subscriptions = [{ exchange = \"TEST\", symbol = \"BARS\", timeframe = \"1m\" }]\n";
    let submitted = typed(program(&server, &["submit", "-", "--json"]), spec);
    assert!(submitted.status.success(), "{submitted:?}");
    let search =
        ["optimize", "sma_cross", "--on", "TEST:BARS@1m", "-p", "fast=1..2", "-p", "slow=3"];
    assert!(program(&server, &search).output().unwrap().status.success());
    let listed =
        program(&server, &["trials", "@last", "--out", "-", "-o", "csv"]).output().unwrap();
    assert!(String::from_utf8_lossy(&listed.stdout).starts_with("trial_index,"), "{listed:?}");

    let data = server.home().database().parent().unwrap().to_str().unwrap().to_owned();
    let backup = program(&server, &["backup", "-", "--data-dir", &data]).output().unwrap();
    assert!(backup.status.success() && !backup.stdout.is_empty(), "{backup:?}");
    let folder = tempfile::tempdir().unwrap();
    let restored = folder.path().join("restored");
    let mut restore = program(&server, &["restore", "-", "--data-dir"]);
    let restore = restore.arg(&restored).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = restore.spawn().unwrap();
    child.stdin.take().unwrap().write_all(&backup.stdout).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(restored.join("tradeforge.db").is_file());
}

#[test]
fn a_demo_that_ends_offers_nothing_that_needs_its_server() {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
    let output = demo.args(["demo", "--exit", "--listen", "127.0.0.1:0"]).output().unwrap();
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{talk}");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("SYN:TRENDS@1h") && shown.contains("SYN:NOISE@1h"), "{shown}");
    assert_eq!(shown.matches("of 100 searches by luck").count(), 2, "{shown}");
    let (_, noise) = shown.split_once("SYN:NOISE@1h").unwrap();
    let (_, luck) = noise.split_once("\n           p ").unwrap();
    let (p, overfitting) = luck.split_once(", overfitting (PBO) ").unwrap();
    let p: f64 = p.parse().unwrap();
    let overfitting: f64 = overfitting.lines().next().unwrap().parse().unwrap();
    assert!(p > 0.05 && p <= 1.0, "noise is found to be noise: {p}");
    assert!((0.0..=1.0).contains(&overfitting), "{overfitting}");
    for text in [&talk, &shown] {
        assert!(!text.contains("help:") && !text.contains("next "), "{text}");
        assert!(!text.contains("tradeforge ") && !text.contains("http://"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn months_are_named_by_a_pattern_and_checked_before_they_are_stored() {
    let server = ChildServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    for (name, market) in [
        ("month-1.csv", Market::rising(30)),
        ("month-2.csv", Market::of_closes((0..30).map(|bar| 10_300 + bar)).later(30)),
    ] {
        std::fs::write(folder.path().join(name), market.csv()).unwrap();
    }
    let pattern = folder.path().join("month-?.csv");
    let import = ["data", "import", pattern.to_str().unwrap(), "--as", "TEST:MONTHS@1m"];
    let text = |more: &[&str]| {
        let output = program(&server, &[&import, more].concat()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let checked = text(&["--validate-only"]);
    let lines: Vec<&str> = checked.lines().collect();
    assert!(lines[0].ends_with("(nothing was stored)"), "{checked}");
    assert!(lines[1].starts_with("OPEN TIME"), "{checked}");
    assert!(lines[2].starts_with("2025-01-01T00:00Z") && lines[2].contains("100"), "{checked}");
    assert!(lines[7].starts_with('…') && lines.len() == 13, "{checked}");
    assert!(
        lines[12].starts_with("2025-01-01T00:59Z") && lines[12].contains("103.29"),
        "{checked}"
    );
    assert!(server.all_series().await.is_empty());
    assert!(text(&[]).contains("60 bars"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_result_of_a_text_is_told_in_the_words_of_all_others() {
    let server = ChildServer::with(&Market::wavy(60)).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.rules");
    let text = "strategy \"Mine\" \"x\"\nenter long when close > open\n\
                exit long when close < open\n";
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let output = program(&server, &["backtest", path, "--on", "TEST:BARS@1m"]).output().unwrap();
    let (told, shown) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("\nTotal return ") && !told.contains("total_return"), "{told}");
    assert!(shown.contains("Mine  completed"), "{shown}");
}
