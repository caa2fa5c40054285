//! Trials as files: over HTTP and from the command line, read back by Python's own readers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tradeforge::pb;
use tradeforge::pb::param_value::Kind;

use crate::support::{
    Answer, ChildServer, Client, Market, Refusal as _, Sweep, TestServer, gate, output_of,
    python_with, request, rsi_reversion, sma_cross, text, within,
};

const FORMATS: [&str; 3] = ["csv", "jsonl", "parquet"];

async fn get(url: &str, path: &str) -> Answer {
    request(url, &format!("GET {path} HTTP/1.1"), &[]).await
}

/// The query of a filter and an order.
fn query(filter: &str, order_by: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("filter", filter).append_pair("order_by", order_by).finish()
}

/// Trials with parameters of every type, of which some fail and some break a constraint.
fn mixed() -> Sweep {
    rsi_reversion(1.0, 50.0)
        .sweep()
        .over_decimals("oversold", 10.0, 90.0, 2.5)
        .over("period", 2, 9, 1)
        .over_values("direction", vec![text("both"), text("long_only")])
        .spec(|spec| {
            spec.constraints.push(pb::Constraint {
                metric: "trade_count".into(),
                min_value: Some(1.0),
                max_value: None,
            });
        })
}

/// A trial as the row that every file should have of it.
fn row(trial: &pb::TrialSummary) -> BTreeMap<String, Value> {
    let state = trial.state().as_str_name().trim_start_matches("TRIAL_STATE_").to_owned();
    let on = trial.subscription.clone().expect("every trial ran on something");
    let mut row = BTreeMap::from([
        ("trial_index".to_owned(), json!(trial.trial_index)),
        ("state".to_owned(), json!(state)),
        (
            "subscription".to_owned(),
            json!(format!("{}:{}@{}", on.exchange, on.symbol, on.timeframe)),
        ),
    ]);
    row.extend(trial.params.iter().map(|(name, value)| {
        let value = match value.kind.as_ref().expect("a value") {
            Kind::IntValue(value) => json!(value),
            Kind::DoubleValue(value) => json!(value),
            Kind::BoolValue(value) => json!(value.to_string()),
            Kind::StringValue(value) => json!(value),
        };
        (format!("params.{name}"), value)
    }));
    row.extend(trial.objective_value.map(|value| ("objective_value".to_owned(), json!(value))));
    row.extend(trial.metrics.iter().map(|(name, value)| (format!("metrics.{name}"), json!(value))));
    row.extend(trial.error.iter().flat_map(|error| {
        assert_eq!(error.stack_trace, "", "lists have none");
        let reason = ("error.reason".to_owned(), json!(error.reason));
        [reason, ("error.message".to_owned(), json!(error.message))]
    }));
    row
}

/// The rows of a file as a reader found them: values that are there, but not the time it took.
fn found(rows: Vec<Vec<(String, Value)>>) -> Vec<BTreeMap<String, Value>> {
    let is_told = |(name, value): &(String, Value)| name != "compute_ms" && !value.is_null();
    rows.into_iter().map(|row| row.into_iter().filter(is_told).collect()).collect()
}

/// CSV has text only: a number is what reads to the very same bits.
#[track_caller]
fn assert_same(found: &BTreeMap<String, Value>, expected: &BTreeMap<String, Value>, what: &str) {
    assert!(found.keys().eq(expected.keys()), "{what}: {found:?}\n{expected:?}");
    for (name, expected) in expected {
        let found = match (&found[name], expected) {
            (Value::String(text), Value::Number(number)) if number.is_i64() => {
                json!(text.parse::<i64>().expect("a whole number"))
            }
            (Value::String(text), Value::Number(_)) => {
                json!(text.parse::<f64>().expect("a number"))
            }
            (value, _) => value.clone(),
        };
        assert_eq!(found, *expected, "{what}: {name}");
    }
}

async fn mixed_run(client: &Client) -> String {
    let run_id = client.submit(mixed()).await.run_id;
    client.when_final(&run_id).await;
    run_id
}

#[tokio::test]
async fn a_file_says_what_the_list_says_in_every_format() {
    let Some(python) = python_with("pyarrow") else { return };
    let server = TestServer::with(&Market::wavy(80)).await;
    let run_id = mixed_run(&server).await;
    let folder = tempfile::tempdir().unwrap();
    for (filter, order) in [
        ("", ""),
        ("", "metrics.total_return desc"),
        ("state = FAILED OR params.oversold > 40", "metrics.win_rate"),
        ("metrics.trade_count > 1000000", "params.period desc"),
    ] {
        let trials = server.trials_where(&run_id, filter, order).await.unwrap();
        let expected: Vec<_> = trials.iter().map(row).collect();
        let paths = FORMATS.map(|format| folder.path().join(format!("trials.{format}")));
        for path in &paths {
            let name = path.file_name().unwrap().to_str().unwrap();
            let path_and_query = format!("/export/runs/{run_id}/{name}?{}", query(filter, order));
            let answer = get(server.url(), &path_and_query).await;
            assert_eq!(answer.status, 200, "{}", answer.head);
            fs::write(path, &answer.body).unwrap();
        }
        let paths = paths.each_ref().map(PathBuf::as_path);
        let read = output_of(&python, "export_files/read.py", &paths);
        let files: Vec<Vec<Vec<(String, Value)>>> = serde_json::from_slice(&read).unwrap();
        for (format, rows) in FORMATS.iter().zip(files) {
            let found = found(rows);
            assert_eq!(found.len(), expected.len(), "{format} {filter:?} {order:?}");
            for (found, expected) in found.iter().zip(&expected) {
                assert_same(found, expected, format);
            }
        }
    }
    let states = server.trials(&run_id).await.into_iter().map(|trial| trial.state());
    let states: std::collections::BTreeSet<_> = states.map(|state| state as i32).collect();
    assert_eq!(states.len(), 3, "completed, failed and infeasible ones were compared");
}

#[tokio::test]
async fn the_command_line_writes_the_files_that_http_sends() {
    let server = TestServer::with(&Market::wavy(60)).await;
    let run_id = mixed_run(&server).await;
    let folder = tempfile::tempdir().unwrap();
    let trials = |arguments: Vec<String>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
        command.args(["--server", server.url(), "trials", &run_id]).args(arguments);
        tokio::task::spawn_blocking(move || command.output().expect("the program starts"))
    };
    for format in FORMATS {
        let file = folder.path().join(format!("trials.{format}"));
        let path = format!(
            "/export/runs/{run_id}/trials.{format}?limit=100&{}",
            query("params.period < 7", "metrics.total_return desc")
        );
        let sent = get(server.url(), &path).await;
        let common = ["--filter", "params.period < 7", "--sort", "-total_return", "--limit", "100"];
        let into_file = ["--out".to_owned(), file.display().to_string()];
        let printed = ["-o".to_owned(), format.to_owned()];
        for further in [into_file.to_vec(), printed.to_vec()] {
            let arguments = common.map(str::to_owned).into_iter().chain(further).collect();
            let output = within(trials(arguments)).await.unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let data =
                if output.stdout.is_empty() { fs::read(&file).unwrap() } else { output.stdout };
            assert!(data == sent.body, "{format}: {} and {} bytes", data.len(), sent.body.len());
        }
    }
    let unnamed = vec!["--out".to_owned(), folder.path().join("trials.xls").display().to_string()];
    let output = within(trials(unnamed)).await.unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!folder.path().join("trials.xls").exists());
}

#[tokio::test]
async fn a_file_is_named_and_typed_and_never_kept_by_a_cache() {
    let server = TestServer::with(&Market::wavy(60)).await;
    let run_id = mixed_run(&server).await;
    for (format, media_type) in [
        ("csv", "text/csv; charset=utf-8"),
        ("jsonl", "application/x-ndjson"),
        ("parquet", "application/vnd.apache.parquet"),
    ] {
        let answer = get(server.url(), &format!("/export/runs/{run_id}/trials.{format}")).await;
        assert_eq!(answer.header("content-type"), media_type);
        let name = format!("attachment; filename=\"trials-{run_id}.{format}\"");
        assert_eq!(answer.header("content-disposition"), name);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
}

#[tokio::test]
async fn what_is_no_export_is_refused_with_every_fault() {
    let server = TestServer::with(&Market::wavy(60)).await;
    let run_id = mixed_run(&server).await;
    let unknown = "0199b3a0-0000-7000-8000-000000000000";
    let backtest = server.submit(rsi_reversion(30.0, 70.0)).await.run_id;
    let run = |rest: &str| format!("/export/runs/{run_id}/{rest}");
    for (path, status, reason, fields) in [
        (run("trials.xls"), 404, "NO_SUCH_FILE", vec![]),
        (format!("/export/runs/{unknown}/trials.csv"), 404, "RUN_NOT_FOUND", vec![]),
        (format!("/export/runs/{backtest}/trials.csv"), 409, "NOT_AN_OPTIMIZATION", vec![]),
        ("/export/runs/@last/trials.csv".to_owned(), 400, "INVALID_SPEC", vec!["run_id"]),
        (run("trials.csv?filter=a+b"), 400, "INVALID_SPEC", vec!["filter"]),
        (run("trials.csv?order_by=metrics.shrp"), 400, "INVALID_SPEC", vec!["order_by"]),
        (run("trials.csv?columns=metrics.x"), 400, "INVALID_SPEC", vec!["columns[0]"]),
        (run("trials.csv?limit=-1"), 400, "INVALID_SPEC", vec!["limit"]),
        (run("trials.csv?oder_by=x&filter=a+b"), 400, "INVALID_SPEC", vec!["oder_by", "filter"]),
    ] {
        let answer = get(server.url(), &path).await;
        let error = &answer.json()["error"];
        assert_eq!((answer.status, &error["reason"]), (status, &reason.into()), "{path}: {error}");
        let told = error["fields"].as_array().unwrap();
        let told: Vec<_> = told.iter().map(|field| field["field"].as_str().unwrap()).collect();
        assert_eq!(told, fields, "{path}: {error}");
    }
    let request = pb::ExportTrialsRequest { run_id, limit: -1, ..Default::default() };
    let refused = within(server.results().export_trials(request)).await.unwrap_err();
    refused.assert_invalid(&["limit"]);
}

/// What an export holds at a time is bounded also where a message could take more.
#[tokio::test]
async fn trials_of_few_columns_come_by_two_thousand_and_none_is_left_out() {
    let server = TestServer::with(&Market::wavy(60)).await;
    let work = sma_cross(2, 5).sweep().over("fast", 1, 50, 1).over("slow", 51, 100, 1);
    let run_id = server.submit(work).await.run_id;
    server.when_final(&run_id).await;
    let columns = ["trial_index", "state", "metrics.total_return"].map(str::to_owned).into();
    let request = pb::ExportTrialsRequest { run_id, columns, ..Default::default() };
    let mut messages = server.results().export_trials(request).await.unwrap().into_inner();
    let mut rows = Vec::new();
    while let Some(message) = within(messages.message()).await.unwrap() {
        rows.push(message.row_count);
    }
    assert!(rows.iter().all(|count| *count <= 2_000), "{rows:?}");
    assert_eq!(rows.iter().sum::<i32>(), 2_500, "{rows:?}");
    assert!(rows.contains(&2_000), "as many as may be: {rows:?}");
}

#[tokio::test]
async fn a_live_run_exports_the_trials_that_are_committed() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run_id = server.submit(gate(1).sweep().over("key", 1, 40, 1)).await.run_id;
    let path = format!("/export/runs/{run_id}/trials.csv?columns=params.key");
    let none = get(server.url(), &path).await;
    assert_eq!(String::from_utf8_lossy(&none.body), "trial_index,state,params.key\n");
    (1..=4).for_each(|key| server.open_gate(key));
    server.until_done(&run_id, 4).await;
    let some = get(server.url(), &path).await;
    assert_eq!(
        String::from_utf8_lossy(&some.body),
        "trial_index,state,params.key\n0,COMPLETED,1\n1,COMPLETED,2\n2,COMPLETED,3\n3,COMPLETED,4\n"
    );
    server.cancel(&run_id).await;
}

#[tokio::test]
async fn bars_from_parquet_are_those_of_the_csv_however_they_are_typed() {
    let Some(python) = python_with("pyarrow") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (csv, market) = (folder.path().join("bars.csv"), Market::wavy(200));
    fs::write(&csv, market.csv()).unwrap();
    output_of(&python, "export_files/write.py", &[&csv, folder.path()]);
    let server = TestServer::start().await;
    let plain = server.import_as("CSV", &market).await.series.unwrap();
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "parquet") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let stored = import_file(&server, &name, &path).await;
            assert_eq!(stored, plain.data_sha256, "{name}");
            names.push(name);
        }
    }
    assert!(names.len() >= 10, "{names:?}");
}

/// The hash of what is stored of the file.
async fn import_file(server: &TestServer, name: &str, path: &Path) -> String {
    let query = format!("exchange=TEST&symbol={name}&timeframe=1m&format=parquet");
    let body = fs::read(path).unwrap();
    let answer = request(server.url(), &format!("PUT /import?{query} HTTP/1.1"), &body).await;
    assert_eq!(answer.status, 201, "{name}: {}", String::from_utf8_lossy(&answer.body));
    answer.json()["series"]["dataSha256"].as_str().expect("a hash").to_owned()
}

#[tokio::test]
async fn a_damaged_parquet_file_is_refused_and_the_server_lives() {
    let server = TestServer::start().await;
    let put = "PUT /import?exchange=TEST&symbol=BARS&timeframe=1m&source_name=b.parquet HTTP/1.1";
    for body in [&b"PAR1"[..], b"PAR1PAR1", b"PAR1 and then nothing like it \0\0\0PAR1"] {
        let answer = request(server.url(), put, body).await;
        assert_eq!(answer.status, 400, "{}", answer.head);
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("b.parquet: cannot be read"), "{message}");
    }
    server.import(&Market::wavy(20)).await;
}
