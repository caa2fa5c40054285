//! Ten thousand who watch one run: how late the last of them hears of its end, and what they cost.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;
use tonic::Streaming;
use tonic::transport::Channel;
use tradeforge::clock::{Clock as _, SystemClock};
use tradeforge::pb;
use tradeforge::pb::run_service_client::RunServiceClient;
use tradeforge::pb::watch_progress_response::Event;

use crate::Outcome;
use crate::program::Program;
use crate::report::{Report, percentile};

const WATCHERS: usize = 10_000;
/// Below what the server takes on one connection.
const STREAMS_PER_CONNECTION: usize = 200;
const PATIENCE: Duration = Duration::from_mins(1);
/// How many of the ends are looked at.
const ROUNDS: usize = 3;

pub(crate) type Watch = Streaming<pb::WatchProgressResponse>;

async fn watch(
    runs: &mut RunServiceClient<Channel>,
    run_id: &str,
    min_interval_ms: i32,
) -> Outcome<Watch> {
    let min_interval = prost_types::Duration { seconds: 0, nanos: min_interval_ms * 1_000_000 };
    let request = pb::WatchProgressRequest {
        run_id: run_id.to_owned(),
        min_interval: Some(min_interval),
        ..Default::default()
    };
    Ok(runs.watch_progress(request).await?.into_inner())
}

/// So many watches of one run, each with its first snapshot, by clients made so.
pub(crate) async fn open(
    client: impl AsyncFn() -> Outcome<RunServiceClient<Channel>>,
    run_id: &str,
    count: usize,
    min_interval_ms: i32,
) -> Outcome<Vec<Watch>> {
    let mut watches = Vec::with_capacity(count);
    while watches.len() < count {
        let mut runs = client().await?;
        for _ in 0..STREAMS_PER_CONNECTION.min(count - watches.len()) {
            let mut watch = watch(&mut runs, run_id, min_interval_ms).await?;
            watch.message().await?.ok_or("a first snapshot")?;
            watches.push(watch);
        }
    }
    Ok(watches)
}

/// How long after the end of the run its final snapshot was there, by the clock that this process
/// has in common with the server. The end is noted before the commit, so this is rather too much
/// than too little.
async fn late_ms(mut watch: Watch) -> Outcome<f64> {
    while let Some(message) = watch.message().await? {
        if let Some(Event::Snapshot(status)) = message.event
            && let Some(end) = status.end_time
        {
            let end_ms = end.seconds as f64 * 1e3 + f64::from(end.nanos) / 1e6;
            return Ok(SystemClock.now_ms() as f64 - end_ms);
        }
    }
    Err("a stream ended without the final snapshot".into())
}

pub(crate) async fn measure(report: &mut Report) -> Outcome<()> {
    let program = Program::start(&["--watch-streams-per-peer-max", "20000"]).await?;
    let mut lates = Vec::new();
    let mut each_kb = Vec::new();
    for round in 0..ROUNDS {
        let (memory_bytes, mut of_round) = one_end(&program).await?;
        let (median, last) = (percentile(&mut of_round, 50), percentile(&mut of_round, 100));
        let kb = memory_bytes / WATCHERS as f64 / 1_024.0;
        eprintln!("  round {round}: after {median:.0} ms, the last {last:.0} ms; {kb:.1} KB each");
        lates.push(last);
        each_kb.push(kb);
    }
    let last = percentile(&mut lates, 100);
    let what = "10,000 watchers: the last final snapshot after the commit";
    report.add(what, format!("{last:.0} ms"), "under 500 ms", last < 500.0);
    // The most of all rounds: later ones find the memory of earlier ones.
    let each_kb = percentile(&mut each_kb, 100);
    let what = "10,000 watchers: memory of each";
    report.add(what, format!("{each_kb:.1} KB"), "under 16 KB", each_kb < 16.0);
    Ok(())
}

/// The memory that all watchers take, and how late each hears of the end.
async fn one_end(program: &Program) -> Outcome<(f64, Vec<f64>)> {
    let mut runs = program.runs().await?;
    let run_id = program.search().await?;
    let before = program.held()?;
    let watches = open(async || program.runs().await, &run_id, WATCHERS, 1_000).await?;
    let after = program.held()?;
    let mut readers = JoinSet::new();
    for watch in watches {
        readers.spawn(late_ms(watch));
    }
    let request = pb::CancelRequest { run_id, reason: "enough".into() };
    let status = runs.cancel(request).await?.into_inner().status.ok_or("a status")?;
    if status.end_time.is_none() {
        return Err("the run did not stop".into());
    }
    let mut lates = Vec::with_capacity(WATCHERS);
    while let Some(late) = timeout(PATIENCE, readers.join_next()).await? {
        lates.push(late??);
    }
    Ok((after.memory_bytes - before.memory_bytes, lates))
}
