//! Ten thousand who watch one run, and a thousand who do not read.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout;
use tonic::Streaming;
use tonic::transport::Channel;
use tradeforge::pb;
use tradeforge::pb::run_service_client::RunServiceClient;
use tradeforge::pb::watch_progress_response::Event;

use crate::Outcome;
use crate::program::{Program, long};
use crate::report::{Report, percentile};

const WATCHERS: usize = 10_000;
const UNREAD: usize = 1_000;
/// Below what the server takes on one connection.
const STREAMS_PER_CONNECTION: usize = 200;
const STATUS_CALLS: usize = 2_000;
const PATIENCE: Duration = Duration::from_mins(1);

type Watch = Streaming<pb::WatchProgressResponse>;

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

/// When the final snapshot is there.
async fn end_of(mut watch: Watch) -> Outcome<Instant> {
    while let Some(message) = watch.message().await? {
        if let Some(Event::Snapshot(status)) = message.event
            && status.end_time.is_some()
        {
            return Ok(Instant::now());
        }
    }
    Err("a stream ended without the final snapshot".into())
}

async fn open(program: &Program, run_id: &str, count: usize, ms: i32) -> Outcome<Vec<Watch>> {
    let mut watches = Vec::with_capacity(count);
    while watches.len() < count {
        let mut runs = program.runs().await?;
        for _ in 0..STREAMS_PER_CONNECTION.min(count - watches.len()) {
            let mut watch = watch(&mut runs, run_id, ms).await?;
            watch.message().await?.ok_or("a first snapshot")?;
            watches.push(watch);
        }
    }
    Ok(watches)
}

/// How late the last of them hears of the end, and what they cost.
pub(crate) async fn fan_out(report: &mut Report) -> Outcome<()> {
    let program = Program::start(&["--watch-streams-per-peer-max", "20000"]).await?;
    let mut runs = program.runs().await?;
    let run_id = runs.submit(long()).await?.into_inner().run_id;
    let before = program.held()?;
    let watches = open(&program, &run_id, WATCHERS, 1_000).await?;
    let after = program.held()?;
    let mut readers = JoinSet::new();
    for watch in watches {
        readers.spawn(end_of(watch));
    }
    let request = pb::CancelRequest { run_id, reason: "enough".into() };
    let status = runs.cancel(request).await?.into_inner().status.ok_or("a status")?;
    if status.end_time.is_none() {
        return Err("the run did not stop".into());
    }
    // The answer comes after the commit, so this is when the commit was, or a little later.
    let committed = Instant::now();
    let mut last = committed;
    while let Some(ended) = timeout(PATIENCE, readers.join_next()).await? {
        last = last.max(ended??);
    }
    let late = last.duration_since(committed).as_secs_f64() * 1_000.0;
    let what = "10,000 watchers: the last final snapshot after the answer";
    report.add(what, format!("{late:.0} ms"), "under 500 ms", late < 500.0);
    let each = (after.memory_bytes - before.memory_bytes) / WATCHERS as f64 / 1_024.0;
    report.add("10,000 watchers: memory each", format!("{each:.1} KB"), "under 16 KB", each < 16.0);
    Ok(())
}

async fn status_p99(runs: &mut RunServiceClient<Channel>, run_id: &str) -> Outcome<f64> {
    let mut times = Vec::with_capacity(STATUS_CALLS);
    for _ in 0..STATUS_CALLS {
        let began = Instant::now();
        runs.get_status(pb::GetStatusRequest { run_id: run_id.to_owned(), wait: None }).await?;
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(percentile(&mut times, 99))
}

/// What those who do not read cost the others, while a search computes.
pub(crate) async fn unread(report: &mut Report) -> Outcome<()> {
    let program = Program::start(&[]).await?;
    let mut runs = program.runs().await?;
    let run_id = runs.submit(long()).await?.into_inner().run_id;
    status_p99(&mut runs, &run_id).await?;
    let without = status_p99(&mut runs, &run_id).await?;
    let unread = open(&program, &run_id, UNREAD, 50).await?;
    let with = status_p99(&mut runs, &run_id).await?;
    drop(unread);
    let measured = format!("{without:.1} to {with:.1} ms");
    let what = "1,000 watchers that do not read: p99 of GetStatus";
    report.add(what, measured, "under twice, or 5 ms", with < (2.0 * without).max(5.0));
    Ok(())
}
