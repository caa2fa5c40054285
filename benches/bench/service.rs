//! The service through real sockets: a server in this process, clients beside it, and a bare echo
//! measured in the same way in the same minute.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tonic::Streaming;
use tonic::transport::Channel;
use tradeforge::pb::run_service_client::RunServiceClient;
use tradeforge::pb::{self, watch_progress_response};

use crate::Outcome;
use crate::echo::{self, Echo};
use crate::engine::BAR_COUNT;
use crate::host::{Bench, Channels, LONG, SHORT};
use crate::measure::{Load, calls};
use crate::table::{Calls, Table, time};
use crate::{history, hold};

const STREAMS: usize = 1_000;
const QUICK: Load = Load { alone: 5_000, callers: 64, calls_each: 1_000 };
/// Each submission is a commit and a run to be made, so there are fewer of them.
const SUBMISSIONS: Load = Load { alone: 500, callers: 16, calls_each: 50 };
/// While other runs compute, a call may have to wait for a core.
const LOADED: Load = Load { alone: 1_000, callers: 64, calls_each: 400 };
/// A page is read from the database each time.
const PAGES: Load = Load { alone: 300, callers: 8, calls_each: 50 };
const RUNS: u32 = 100_000;
const FAR: usize = 10_000;
const SHORT_BAR_COUNT: u64 = 1_000;

pub(crate) async fn measure(table: &mut Table) -> Outcome<()> {
    let data_dir = tempfile::tempdir()?;
    let (echo, echo_address) = Echo::start().await?;
    let server = Bench::start(data_dir.path().to_owned()).await?;
    let plain = Channels::open(echo_address).await?;
    server.generate(LONG, BAR_COUNT).await?;
    server.generate(SHORT, SHORT_BAR_COUNT).await?;

    let columns = ["p50 alone", "p99 alone", "64 callers/s", "to the echo"];
    table.section("calls, nothing computes", columns);
    let bare = echo_calls(QUICK, &plain).await?;
    table.calls("bare tonic echo, 200 bytes", &bare, &bare);
    let live = server.submit(hold::NAME, LONG).await?;
    table.calls("GetStatus of a live run", &server.status_calls(QUICK, &live).await?, &bare);
    let finished = server.completed(SHORT).await?;
    table.calls(
        "GetStatus of a finished run",
        &server.status_calls(QUICK, &finished).await?,
        &bare,
    );
    let submitted = server.submit_calls(SUBMISSIONS, hold::NAME).await?;
    table.calls("Submit over 1M bars (16 callers)", &submitted, &bare);

    server.clear().await?;
    fan_out(table, &server, &plain, &echo).await?;

    table.section("calls while 1M-bar backtests compute on all cores", columns);
    // More than can be computed while it is measured.
    let submitted = server.submit_calls(SUBMISSIONS, "sma_cross").await?;
    let waiting = server.submit("sma_cross", LONG).await?;
    let bare = echo_calls(LOADED, &plain).await?;
    table.calls("bare tonic echo, 200 bytes", &bare, &bare);
    table.calls("GetStatus of a live run", &server.status_calls(LOADED, &waiting).await?, &bare);
    table.calls("Submit over 1M bars (16 callers)", &submitted, &bare);
    server.stop().await?;
    lists(table, &plain).await
}

/// Pages of the list when there are many runs.
async fn lists(table: &mut Table, plain: &Channels) -> Outcome<()> {
    let data_dir = tempfile::tempdir()?;
    let server = Bench::start(data_dir.path().to_owned()).await?;
    server.generate(SHORT, SHORT_BAR_COUNT).await?;
    server.completed(SHORT).await?;
    history::copy_run(data_dir.path(), RUNS).await?;
    let columns = ["p50 alone", "p99 alone", "8 callers/s", "to the echo"];
    table.section("a page of 50 out of 100,000 runs", columns);
    let bare = echo_calls(PAGES, plain).await?;
    table.calls("bare tonic echo, 200 bytes", &bare, &bare);
    let far = server.page_token(FAR).await?;
    for (name, page_token, filter) in [
        ("ListRuns, the newest", "", ""),
        ("ListRuns, 10,000 runs further down", far.as_str(), ""),
        ("ListRuns, filtered", "", "state = COMPLETED AND strategy = \"sma_cross\""),
        ("ListRuns, a filter that nothing passes", "", "state = FAILED"),
    ] {
        let request = pb::ListRunsRequest {
            page_size: 50,
            page_token: page_token.into(),
            filter: filter.into(),
            ..Default::default()
        };
        table.calls(name, &server.list_calls(PAGES, request).await?, &bare);
    }
    server.stop().await
}

async fn echo_calls(load: Load, channels: &Channels) -> Outcome<Calls> {
    let channels = channels.clone();
    calls(load, move |caller| echo::echo(channels.of(caller))).await
}

/// How long until the last of many watchers knows that the run has ended.
async fn fan_out(table: &mut Table, server: &Bench, plain: &Channels, echo: &Echo) -> Outcome<()> {
    let columns = ["first has it", "last has it", "", "to the echo"];
    table.section("watch, 1,000 streams on 8 connections", columns);
    let channels = plain.clone();
    let watch = move |watcher| echo::watch(channels.of(watcher));
    let is_over = |message: &Vec<u8>| message.first() == Some(&1);
    let bare = spread(watch, is_over, || echo.tell()).await?;
    hold::set_open(false);
    let run_id = server.submit(hold::NAME, SHORT).await?;
    let channels = server.channels.clone();
    let watch = move |watcher| watch_run(channels.of(watcher), run_id.clone());
    let told = spread(watch, is_final, || hold::set_open(true)).await?;
    for (name, [first, last]) in
        [("bare tonic, one watch channel", bare), ("WatchProgress, the run's end", told)]
    {
        let ratio = format!("{:.2}", bare[1].as_secs_f64() / last.as_secs_f64());
        table.row(name, [time(first), time(last), String::new(), ratio]);
    }
    Ok(())
}

async fn watch_run(
    channel: Channel,
    run_id: String,
) -> Outcome<Streaming<pb::WatchProgressResponse>> {
    let request = pb::WatchProgressRequest { run_id, ..Default::default() };
    Ok(RunServiceClient::new(channel).watch_progress(request).await?.into_inner())
}

fn is_final(message: &pb::WatchProgressResponse) -> bool {
    use pb::RunState::{Cancelled, Completed, Failed};
    let Some(watch_progress_response::Event::Snapshot(status)) = &message.event else {
        return false;
    };
    [Completed, Failed, Cancelled].contains(&status.state())
}

/// Opens all streams, waits until each has its first message, lets `happen`, and answers when the
/// first and the last of them knew.
async fn spread<F, M>(
    watch: impl Fn(usize) -> F,
    is_over: fn(&M) -> bool,
    happen: impl FnOnce(),
) -> Outcome<[Duration; 2]>
where
    F: Future<Output = Outcome<Streaming<M>>> + Send + 'static,
    M: Send + 'static,
{
    let all_watch = Arc::new(Barrier::new(STREAMS + 1));
    let mut watchers = JoinSet::new();
    for watcher in 0..STREAMS {
        let (opening, all_watch) = (watch(watcher), Arc::clone(&all_watch));
        watchers.spawn(async move {
            let mut stream = opening.await?;
            stream.message().await?;
            all_watch.wait().await;
            while let Some(message) = stream.message().await? {
                if is_over(&message) {
                    return Outcome::Ok(Instant::now());
                }
            }
            Err("the stream ended without the end".into())
        });
    }
    all_watch.wait().await;
    let began = Instant::now();
    happen();
    let mut times = Vec::with_capacity(STREAMS);
    while let Some(knew) = watchers.join_next().await {
        times.push(knew?? - began);
    }
    times.sort();
    Ok([times[0], times[STREAMS - 1]])
}
