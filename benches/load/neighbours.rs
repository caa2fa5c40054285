//! A thousand who watch and do not read, and peers that are dead: what they cost the others, while
//! a search computes.

use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::sleep;
use tonic::transport::Channel;
use tradeforge::pb;
use tradeforge::pb::run_service_client::RunServiceClient;

use crate::Outcome;
use crate::program::{Program, short, trials_done};
use crate::report::{Report, percentile};
use crate::watchers;

const UNREAD: usize = 1_000;
/// Connections that say nothing, or only the beginning of something.
const DEAD: usize = 200;
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const STATUS_CALLS: usize = 4_000;
const RUNS: usize = 200;
/// How long the search is looked at.
const LOOK: Duration = Duration::from_secs(4);

type Runs = RunServiceClient<Channel>;

/// How the others are served.
struct Service {
    status_p99_ms: f64,
    run_p99_ms: f64,
    trials_per_second: f64,
}

pub(crate) async fn measure(report: &mut Report) -> Outcome<()> {
    let program = Program::start(&[]).await?;
    let mut runs = program.runs().await?;
    let run_id = program.search().await?;
    // Once for the caches, once for the figures.
    served(&mut runs, &run_id).await?;
    let alone = served(&mut runs, &run_id).await?;
    let narrow = async || program.narrow_runs().await;
    let unread = watchers::open(narrow, &run_id, UNREAD, 50).await?;
    let dead = dead_peers(&program).await?;
    // Until whatever is sent to them has filled every buffer that it can fill.
    sleep(LOOK).await;
    let beside = served(&mut runs, &run_id).await?;
    drop((unread, dead));

    let (before, after) = (alone.status_p99_ms, beside.status_p99_ms);
    let holds = after < (1.5 * before).max(before + 2.0);
    let what = "1,000 watchers that do not read, 200 dead peers: GetStatus p99";
    report.add(what, format!("{before:.2} to {after:.2} ms"), "unmoved (2 ms)", holds);
    let (before, after) = (alone.run_p99_ms, beside.run_p99_ms);
    let holds = after < (1.5 * before).max(before + 20.0);
    let what = "  a backtest from Submit to its end, p99";
    report.add(what, format!("{before:.0} to {after:.0} ms"), "unmoved (half)", holds);
    let (before, after) = (alone.trials_per_second, beside.trials_per_second);
    let what = "  trials a second of a search";
    report.add(what, format!("{before:.0} to {after:.0}"), "at least 0.85", after > 0.85 * before);
    Ok(())
}

/// Some never speak, some stop in the middle of a request.
async fn dead_peers(program: &Program) -> Outcome<Vec<TcpStream>> {
    let mut peers = Vec::with_capacity(DEAD);
    for number in 0..DEAD {
        let mut peer = TcpStream::connect(program.address()).await?;
        match number % 3 {
            0 => {}
            1 => peer.write_all(HTTP2_PREFACE).await?,
            _ => peer.write_all(b"PUT /import HTTP/1.1\r\nContent-Length: 1000000\r\n").await?,
        }
        peers.push(peer);
    }
    Ok(peers)
}

async fn served(runs: &mut Runs, search: &str) -> Outcome<Service> {
    let began = Instant::now();
    let before = trials_done(runs, search).await?;
    sleep(LOOK).await;
    let done = trials_done(runs, search).await? - before;
    Ok(Service {
        trials_per_second: done as f64 / began.elapsed().as_secs_f64(),
        status_p99_ms: status_p99_ms(runs, search).await?,
        run_p99_ms: run_p99_ms(runs).await?,
    })
}

async fn status_p99_ms(runs: &mut Runs, run_id: &str) -> Outcome<f64> {
    let mut times = Vec::with_capacity(STATUS_CALLS);
    for _ in 0..STATUS_CALLS {
        let began = Instant::now();
        runs.get_status(pb::GetStatusRequest { run_id: run_id.to_owned(), wait: None }).await?;
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(percentile(&mut times, 99))
}

async fn run_p99_ms(runs: &mut Runs) -> Outcome<f64> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let began = Instant::now();
        let run_id = runs.submit(short()).await?.into_inner().run_id;
        let wait = Some(prost_types::Duration { seconds: 30, nanos: 0 });
        runs.get_status(pb::GetStatusRequest { run_id, wait }).await?;
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(percentile(&mut times, 99))
}
