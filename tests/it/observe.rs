//! What machines can see of a server: its measures by their names, and its log.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::Value;
use tradeforge::pb::RunState;

use crate::support::{
    ChildServer, Elastic, Market, TestServer, buy_and_hold, gate, request, rsi_reversion,
    sma_cross, within,
};

/// The text that is answered to whoever accepts that.
async fn metrics(url: &str, accept: &str) -> String {
    let head = format!("GET /metrics HTTP/1.1\r\nAccept: {accept}");
    let answer = request(url, &head, b"").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with(accept), "{}", answer.head);
    String::from_utf8(answer.body).unwrap()
}

/// The samples as `name{labels} value`.
async fn samples(url: &str) -> Vec<String> {
    let text = metrics(url, "text/plain").await;
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn value(samples: &[String], name: &str) -> f64 {
    let found = samples.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let found = found.unwrap_or_else(|| panic!("no {name} in {samples:#?}"));
    found.parse().unwrap()
}

/// The samples once nothing is under way: a run and its streams are let go of a moment after their
/// end is told.
async fn until_quiet(url: &str) -> Vec<String> {
    let active = [
        r#"tradeforge_runs_active{kind="BACKTEST"}"#,
        r#"tradeforge_runs_active{kind="OPTIMIZATION"}"#,
        "tradeforge_watch_streams",
        r#"tradeforge_queue_length{queue="writes"}"#,
    ];
    let ended = "rpc_server_stream_duration_seconds_count";
    loop {
        let samples = samples(url).await;
        let is_quiet = active.iter().all(|name| value(&samples, name) == 0.0);
        if is_quiet && samples.iter().any(|sample| sample.starts_with(ended)) {
            return samples;
        }
    }
}

#[tokio::test]
async fn what_happened_can_be_read_off_the_metrics() {
    let server = TestServer::with(&Market::rising(10)).await;
    server.run(buy_and_hold()).await;
    server.search(sma_cross(1, 1).sweep().over("fast", 1, 5, 1).over("slow", 1, 5, 1)).await;
    server.submit(buy_and_hold().reuse_completed()).await;
    let unknown = "01993f0e-7c1b-7d2a-9f3e-5b6c7d8e9f00";
    server.try_status(unknown, None).await.expect_err("there is none");
    server.refusal(sma_cross(9, 2)).await;
    let watch = server.watch(&server.submit(buy_and_hold().always_new()).await.run_id).await;
    watch.whole_story().await;
    let samples = within(until_quiet(server.url())).await;
    for (name, expected) in [
        (r#"tradeforge_runs_total{kind="BACKTEST",state="COMPLETED"}"#, 2.0),
        (r#"tradeforge_runs_total{kind="OPTIMIZATION",state="COMPLETED"}"#, 1.0),
        (r#"tradeforge_run_duration_seconds_count{kind="BACKTEST"}"#, 2.0),
        ("tradeforge_queue_wait_seconds_count", 3.0),
        (r#"tradeforge_dedup_total{disposition="CREATED"}"#, 3.0),
        (r#"tradeforge_dedup_total{disposition="REUSED"}"#, 1.0),
        (r#"tradeforge_runs_active{kind="BACKTEST"}"#, 0.0),
        (r#"tradeforge_refusals_total{reason="RUN_NOT_FOUND"}"#, 1.0),
        (r#"tradeforge_refusals_total{reason="INVALID_SPEC"}"#, 1.0),
        ("tradeforge_queue_depth", 0.0),
        ("tradeforge_watch_streams", 0.0),
        ("tradeforge_exports", 0.0),
        ("tradeforge_store_write_failures_total", 0.0),
        (r#"tradeforge_runs_waiting{reason="QUEUE"}"#, 0.0),
        (r#"tradeforge_runs_waiting{reason="STORAGE_FULL"}"#, 0.0),
        (r#"tradeforge_queue_length{queue="writes"}"#, 0.0),
        (r#"tradeforge_queue_length{queue="searches"}"#, 0.0),
    ] {
        assert_eq!(value(&samples, name), expected, "{name} in {samples:#?}");
    }
    let of =
        |outcome: &str| value(&samples, &format!("tradeforge_trials_total{{outcome={outcome:?}}}"));
    assert_eq!(of("completed") + of("failed"), 2.0 + 25.0);
    // Of what ran, whether bar by bar or by columns.
    let bars = 10.0 * of("completed");
    assert!(value(&samples, "tradeforge_bars_processed_total") >= bars, "{bars} {samples:#?}");
    let file = |file: &str| value(&samples, &format!("tradeforge_database_bytes{{file={file:?}}}"));
    assert!(file("data") + file("log") > 4_096.0);
    let disk = |what: &str| value(&samples, &format!("tradeforge_disk_{what}_bytes"));
    assert!(disk("free") > 0.0 && disk("free") < disk("size"));
    assert!(value(&samples, "tradeforge_bar_cache_hits_total") >= 1.0);
    assert!(value(&samples, "tradeforge_bar_cache_bytes") >= 400.0);
    let started = value(&samples, "process_start_time_seconds");
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
    assert!(started < now && now - started < 24.0 * 3_600.0, "{started}");
    assert!(value(&samples, "tradeforge_store_write_seconds_count") > 3.0);
    assert!(value(&samples, "process_resident_memory_bytes") > 1e6);
    let calls: BTreeSet<&str> = samples
        .iter()
        .filter_map(|line| line.strip_prefix("rpc_server_call_duration_seconds_count"))
        .filter_map(|line| line.split(' ').next())
        .collect();
    let submits = r#"{rpc_method="tradeforge.v1.RunService/Submit",rpc_response_status_code="OK"}"#;
    assert!(calls.contains(submits), "{calls:?}");
    let watches =
        r#"{rpc_method="tradeforge.v1.RunService/WatchProgress",rpc_response_status_code="OK"}"#;
    let streams = format!("rpc_server_stream_duration_seconds_count{watches}");
    assert_eq!(value(&samples, &streams), 1.0);
}

#[tokio::test]
async fn metrics_come_in_both_formats_and_say_the_same() {
    let server = TestServer::with(&Market::rising(10)).await;
    server.run(buy_and_hold()).await;
    let open = metrics(server.url(), "application/openmetrics-text").await;
    assert!(open.ends_with("# EOF\n"), "{open}");
    assert!(open.contains("# TYPE tradeforge_runs counter\n"), "{open}");
    let plain = metrics(server.url(), "text/plain").await;
    assert!(!plain.contains("# EOF") && !plain.contains("# UNIT"), "{plain}");
    assert!(plain.contains("# TYPE tradeforge_runs_total counter\n"), "{plain}");
    assert!(plain.contains("# TYPE tradeforge_build_info gauge\n"), "{plain}");
    let names = |text: &str| -> BTreeSet<String> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| Some(line.rsplit_once(' ')?.0.to_owned())).collect()
    };
    assert_eq!(names(&open), names(&plain));
    let unnamed = request(server.url(), "GET /metrics HTTP/1.1", b"").await;
    assert_eq!(unnamed.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
}

#[tokio::test]
async fn a_run_of_which_nothing_moves_is_counted() {
    let make = |local| {
        let (executor, reins) = Elastic::around(local, 2);
        reins.resize(1);
        Arc::new(executor) as Arc<_>
    };
    let server = TestServer::start_on(make, |_| ()).await;
    server.import(&Market::rising(10)).await;
    let stalls = "tradeforge_stalls_total";
    assert_eq!(value(&samples(server.url()).await, stalls), 0.0);
    // Nobody opens this gate.
    let run_id = server.submit(gate(1)).await.run_id;
    within(async { while value(&samples(server.url()).await, stalls) == 0.0 {} }).await;
    assert_eq!(server.status(&run_id).await.state(), RunState::Running);
    assert_eq!(server.cancel(&run_id).await.state(), RunState::Cancelled);
}

/// Where Debian's `prometheus` is at hand.
#[tokio::test]
async fn promtool_has_nothing_to_say_of_the_metrics() {
    let is_at_hand = Command::new("promtool").arg("--version").output().is_ok();
    if !is_at_hand {
        eprintln!("left out: promtool is not at hand (apt-get install prometheus)");
        return;
    }
    let server = TestServer::with(&Market::rising(10)).await;
    server.run(buy_and_hold()).await;
    server.search(sma_cross(1, 1).sweep().over("fast", 1, 5, 1)).await;
    let text = metrics(server.url(), "text/plain").await;
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped());
    let mut promtool =
        promtool.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    promtool.stdin.take().expect("it is piped").write_all(text.as_bytes()).expect("it reads");
    let output = promtool.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success() && said.is_empty(), "{said}\n{text}");
}

#[tokio::test]
async fn off_a_terminal_each_line_of_the_log_is_json_and_names_its_run() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run_id = server.submit(buy_and_hold()).await.run_id;
    server.when_final(&run_id).await;
    let (_, home) = server.terminate().await;
    let log = home.log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let completed = lines.iter().find(|line| line["fields"]["message"] == "run completed");
    assert_eq!(completed.expect("the end is told")["span"]["run_id"], run_id, "{log}");
    for line in log.lines() {
        assert!(line.matches(&run_id).count() <= 1, "{line}");
    }
    let starting = lines.iter().find(|line| line["fields"]["message"] == "starting");
    let settings = starting.expect("the start is told")["fields"]["settings"].to_string();
    assert!(settings.contains("live_runs_max: 10000"), "{settings}");
    let ready = lines.iter().find(|line| line["fields"]["message"] == "ready");
    let address = ready.expect("it became ready")["fields"]["address"].to_string();
    assert!(address.contains("127.0.0.1:"), "{address}");
}

#[tokio::test]
async fn what_a_user_did_wrong_is_no_error_of_the_server() {
    let server = ChildServer::with(&Market::wavy(60)).await;
    let doomed = rsi_reversion(1.0, 50.0)
        .sweep()
        .over_decimals("oversold", 10.0, 90.0, 2.5)
        .spec(|spec| spec.max_failed_trials = 1);
    let run_id = server.submit(doomed).await.run_id;
    let status = server.when_final(&run_id).await;
    assert_eq!(status.state(), tradeforge::pb::RunState::Failed);
    server.refusal(sma_cross(-5, 5)).await;
    let (_, home) = server.terminate().await;
    assert!(home.log().contains("run failed"), "{}", home.log());
    assert!(!home.log().contains("\"ERROR\""), "{}", home.log());
}
