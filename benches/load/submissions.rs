//! Fifty submissions a second from two hundred clients: none lost, none doubled, memory flat.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tradeforge::pb;
use uuid::Uuid;

use crate::Outcome;
use crate::program::{Program, short};
use crate::report::{Report, percentile};

const CLIENTS: u64 = 200;
const PER_SECOND: u64 = 50;
/// Memory may grow by so much for caches that fill up.
const GROWTH_MAX_BYTES: f64 = 64.0 * 1024.0 * 1024.0;

pub(crate) async fn measure(report: &mut Report, lasting: Duration) -> Outcome<()> {
    let program = Program::start(&[]).await?;
    // Caches and threads are there after the first runs.
    run_all(&program, Duration::from_secs(2)).await?;
    let before = program.held()?;
    let (run_ids, mut times) = run_all(&program, lasting).await?;
    let after = program.held()?;
    let asked = run_ids.len();
    let distinct: BTreeSet<&String> = run_ids.iter().collect();
    let mut runs = program.runs().await?;
    let mut completed = 0;
    for run_id in &run_ids {
        let wait = Some(prost_types::Duration { seconds: 30, nanos: 0 });
        let request = pb::GetStatusRequest { run_id: run_id.clone(), wait };
        let status = runs.get_status(request).await?.into_inner().status.ok_or("a status")?;
        completed += usize::from(status.state() == pb::RunState::Completed);
    }
    let rate = asked as f64 / lasting.as_secs_f64();
    let what = "submissions a second from 200 clients";
    report.add(what, format!("{rate:.1}"), "50", rate > 0.98 * PER_SECOND as f64);
    let whole = distinct.len() == asked && completed == asked;
    report.add("  of them completed, each once", format!("{completed} of {asked}"), "all", whole);
    let p99 = percentile(&mut times, 99);
    report.add("  p99 of Submit", format!("{p99:.1} ms"), "under 100 ms", p99 < 100.0);
    let longest = percentile(&mut times, 100);
    let what = "  the longest Submit";
    report.add(what, format!("{longest:.0} ms"), "under 1,000 ms", longest < 1_000.0);
    let grown = after.memory_bytes - before.memory_bytes;
    let text = format!("{:+.1} MB", grown / 1e6);
    report.add("  memory before and after", text, "flat (64 MB)", grown < GROWTH_MAX_BYTES);
    Ok(())
}

/// What each client was answered, and how long that took.
async fn run_all(program: &Program, lasting: Duration) -> Outcome<(Vec<String>, Vec<f64>)> {
    let mut clients = JoinSet::new();
    let period = Duration::from_secs(CLIENTS / PER_SECOND);
    for client in 0..CLIENTS {
        let mut runs = program.runs().await?;
        clients.spawn(async move {
            let (mut run_ids, mut times) = (Vec::new(), Vec::new());
            // Evenly over the period.
            sleep(period.mul_f64(client as f64 / CLIENTS as f64)).await;
            let until = Instant::now() + lasting;
            let mut ticks = interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
            ticks.tick().await;
            while Instant::now() < until {
                let request =
                    pb::SubmitRequest { request_id: Uuid::now_v7().to_string(), ..short() };
                let began = Instant::now();
                let first = runs.submit(request.clone()).await?.into_inner();
                times.push(began.elapsed().as_secs_f64() * 1_000.0);
                // A client that did not hear the answer asks again, and hears the same.
                if runs.submit(request).await?.into_inner().run_id != first.run_id {
                    return Err("a repeated submission made another run".into());
                }
                run_ids.push(first.run_id);
                ticks.tick().await;
            }
            Outcome::Ok((run_ids, times))
        });
    }
    let (mut all_ids, mut all_times) = (Vec::new(), Vec::new());
    while let Some(client) = clients.join_next().await {
        let (run_ids, times) = client??;
        all_ids.extend(run_ids);
        all_times.extend(times);
    }
    Ok((all_ids, all_times))
}
