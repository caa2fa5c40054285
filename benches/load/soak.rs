//! Mixed load for a long time: memory, file handles and the write-ahead log must not grow.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tradeforge::pb;

use crate::Outcome;
use crate::program::{Held, Program, long, short};
use crate::report::Report;

const CLIENTS: usize = 16;
/// The first part fills caches; growth counts from then on.
const WARM_UP: f64 = 0.3;
const MEMORY_GROWTH_MAX: f64 = 1.1;
const FILES_GROWTH_MAX: usize = 16;
const WAL_BYTES_MAX: u64 = 80 << 20;

pub(crate) async fn measure(report: &mut Report, lasting: Duration) -> Outcome<()> {
    let program = Program::start(&[]).await?;
    let until = Instant::now() + lasting;
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let runs = program.runs().await?;
        clients.spawn(client(runs, until));
    }
    tokio::time::sleep(lasting.mul_f64(WARM_UP)).await;
    let before = program.held()?;
    let mut wal_bytes_max = 0;
    while Instant::now() < until {
        tokio::time::sleep(lasting.mul_f64(0.02)).await;
        let Held { memory_bytes, files, wal_bytes } = program.held()?;
        wal_bytes_max = wal_bytes_max.max(wal_bytes);
        let megabytes = memory_bytes / 1e6;
        eprintln!("{megabytes:.1} MB, {files} files, {wal_bytes} bytes of log");
    }
    let mut count = 0;
    while let Some(client) = clients.join_next().await {
        count += client??;
    }
    let after = program.held()?;
    report.add("soak: calls", count.to_string(), "-", count > 0);
    let growth = after.memory_bytes / before.memory_bytes;
    let what = "  memory at the end to that after the warm-up";
    report.add(what, format!("{growth:.2}"), "under 1.1", growth < MEMORY_GROWTH_MAX);
    let files = format!("{} to {}", before.files, after.files);
    let bounded = after.files <= before.files + FILES_GROWTH_MAX;
    report.add("  open files", files, "no growth", bounded);
    let wal = format!("{:.1} MB", wal_bytes_max as f64 / 1e6);
    report.add("  largest write-ahead log", wal, "under 84 MB", wal_bytes_max < WAL_BYTES_MAX);
    Ok(())
}

type Runs = pb::run_service_client::RunServiceClient<tonic::transport::Channel>;

/// Submits, watches, asks, cancels, lists and deletes, in turn. Nothing is left, so that what grows
/// is no cache of what is stored.
async fn client(mut runs: Runs, until: Instant) -> Outcome<usize> {
    let mut count = 0;
    while Instant::now() < until {
        let run_id = runs.submit(short()).await?.into_inner().run_id;
        let watch = pb::WatchProgressRequest { run_id: run_id.clone(), ..Default::default() };
        let mut watch = runs.watch_progress(watch).await?.into_inner();
        while watch.message().await?.is_some() {}
        let list = pb::ListRunsRequest { page_size: 20, ..Default::default() };
        runs.list_runs(list).await?;
        runs.delete_run(pb::DeleteRunRequest { run_id }).await?;
        let run_id = runs.submit(long()).await?.into_inner().run_id;
        runs.get_status(pb::GetStatusRequest { run_id: run_id.clone(), wait: None }).await?;
        runs.cancel(pb::CancelRequest { run_id: run_id.clone(), reason: String::new() }).await?;
        runs.delete_run(pb::DeleteRunRequest { run_id }).await?;
        count += 8;
    }
    Ok(count)
}
