//! What machines can see of a server: its measures by their names, and its log.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{ChildServer, Market, TestServer, buy_and_hold, request, sma_cross};

/// The samples as `name{labels} value`.
async fn samples(url: &str) -> Vec<String> {
    let answer = request(url, "GET /metrics HTTP/1.1", b"").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("application/openmetrics-text"));
    let text = String::from_utf8(answer.body).unwrap();
    assert!(text.ends_with("# EOF\n"), "{text}");
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn value(samples: &[String], name: &str) -> f64 {
    let found = samples.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let found = found.unwrap_or_else(|| panic!("no {name} in {samples:#?}"));
    found.parse().unwrap()
}

#[tokio::test]
async fn what_happened_can_be_read_off_the_metrics() {
    let server = TestServer::with(&Market::rising(10)).await;
    server.run(buy_and_hold()).await;
    server.search(sma_cross(1, 1).sweep().over("fast", 1, 5, 1).over("slow", 1, 5, 1)).await;
    server.submit(buy_and_hold().reuse_completed()).await;
    let watch = server.watch(&server.submit(buy_and_hold().always_new()).await.run_id).await;
    watch.whole_story().await;
    let samples = samples(server.url()).await;
    for (name, expected) in [
        (r#"tradeforge_runs_total{kind="BACKTEST",state="COMPLETED"}"#, 2.0),
        (r#"tradeforge_runs_total{kind="OPTIMIZATION",state="COMPLETED"}"#, 1.0),
        (r#"tradeforge_run_duration_seconds_count{kind="BACKTEST"}"#, 2.0),
        ("tradeforge_queue_wait_seconds_count", 3.0),
        (r#"tradeforge_dedup_total{disposition="CREATED"}"#, 3.0),
        (r#"tradeforge_dedup_total{disposition="REUSED"}"#, 1.0),
        (r#"tradeforge_runs_active{kind="BACKTEST"}"#, 0.0),
        ("tradeforge_queue_depth", 0.0),
        ("tradeforge_watch_streams", 0.0),
    ] {
        assert_eq!(value(&samples, name), expected, "{name} in {samples:#?}");
    }
    let of =
        |outcome: &str| value(&samples, &format!("tradeforge_trials_total{{outcome={outcome:?}}}"));
    assert_eq!(of("completed") + of("failed"), 2.0 + 25.0);
    assert!(value(&samples, "tradeforge_bars_processed_total") >= 20.0);
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
async fn off_a_terminal_each_line_of_the_log_is_json_and_names_its_run() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run_id = server.submit(buy_and_hold()).await.run_id;
    server.when_final(&run_id).await;
    let (_, home) = server.terminate().await;
    let log = home.log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let completed = lines.iter().find(|line| line["fields"]["message"] == "run completed");
    assert_eq!(completed.expect("the end is told")["span"]["run_id"], run_id, "{log}");
}
