//! What an import takes of memory, which does not grow with its bars, and that long files are the
//! bars that they would be in pieces.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::support::ChildServer;

/// Many times as many as are kept in memory; all of them would take 100 MiB.
const BARS: usize = 2_200_000;
const GROWN_MAX: usize = 80 << 20;

/// Each bar's time, prices and volume.
fn fields(bar: usize) -> String {
    let (time, cents) = (1_500_000_000 + bar * 60, 10_000 + bar % 977);
    let (whole, rest) = (cents / 100, cents % 100);
    format!("{time},{whole}.{rest:02},{}.5,99,{whole}.{rest:02},{bar}", whole + 1)
}

/// Rows below a header, parted by that.
fn rows(bars: std::ops::Range<usize>, between: &str) -> String {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    bars.for_each(|bar| write!(text, "{}{between}", fields(bar)).unwrap());
    text
}

/// The same as one list of JSON.
fn list(bars: std::ops::Range<usize>) -> String {
    let rows: Vec<String> = bars.map(|bar| format!("[{}]", fields(bar))).collect();
    format!("[{}]", rows.join(",\n"))
}

/// The most memory that the server has had so far.
fn most_memory(server: &ChildServer) -> usize {
    let path = format!("/proc/{}/status", server.pid().as_raw_nonzero());
    let status = std::fs::read_to_string(path).expect("the server lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("it is told");
    let kib: usize = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kib << 10
}

/// Imports files and answers the content's hash and the count of bars.
fn imported(server: &ChildServer, on: &str, files: &[&Path]) -> (String, u64) {
    let said = Command::new(env!("CARGO_BIN_EXE_tradeforge"))
        .args(["data", "import", "--as", on, "--json"])
        .args(files)
        .env("TRADEFORGE_SERVER", server.url())
        .output()
        .expect("the program starts");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let json: serde_json::Value = serde_json::from_slice(&said.stdout).expect("JSON");
    let series = &json["series"];
    let count = series["barCount"].as_str().and_then(|count| count.parse().ok());
    (series["dataSha256"].as_str().expect("a hash").to_owned(), count.expect("a count"))
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_does_not_grow_with_the_bars_of_an_import() {
    let server = ChildServer::start().await;
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    // Where each row has a blank line below it, no two bars stand in adjacent lines.
    std::fs::write(path("all.csv"), rows(0..BARS, "\n\n")).unwrap();
    std::fs::write(path("first.csv"), rows(0..BARS / 2, "\n")).unwrap();
    std::fs::write(path("second.json"), list(BARS / 2 - 9..BARS)).unwrap();
    let before = most_memory(&server);
    let (whole, count) = imported(&server, "LONG:WHOLE@1m", &[&path("all.csv")]);
    assert_eq!(count, BARS as u64);
    imported(&server, "LONG:PARTS@1m", &[&path("second.json")]);
    let (merged, _) = imported(&server, "LONG:PARTS@1m", &[&path("first.csv")]);
    assert_eq!(merged, whole);
    let grown = most_memory(&server) - before;
    assert!(grown < GROWN_MAX, "{} MiB more", grown >> 20);
}
