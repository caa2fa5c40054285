//! Far more than the server takes: whoever is refused is refused at once, and told so.

use std::time::Instant;

use tokio::task::JoinSet;
use tonic::Code;

use crate::Outcome;
use crate::program::{Program, long};
use crate::report::{Report, percentile};

const TAKEN: usize = 50;
const CLIENTS: usize = 100;
const SUBMISSIONS_EACH: usize = 20;

pub(crate) async fn measure(report: &mut Report) -> Outcome<()> {
    let program = Program::start(&["--live-runs-max", "50"]).await?;
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let mut runs = program.runs().await?;
        clients.spawn(async move {
            let (mut taken, mut times) = (0, Vec::new());
            for _ in 0..SUBMISSIONS_EACH {
                let began = Instant::now();
                match runs.submit(long()).await {
                    Ok(_) => taken += 1,
                    Err(refused) if refused.code() == Code::ResourceExhausted => {}
                    Err(other) => return Err(other.into()),
                }
                times.push(began.elapsed().as_secs_f64() * 1_000.0);
            }
            Outcome::Ok((taken, times))
        });
    }
    let (mut taken, mut times) = (0, Vec::new());
    while let Some(client) = clients.join_next().await {
        let (of_client, their_times) = client??;
        taken += of_client;
        times.extend(their_times);
    }
    let what = "overload: taken of 2,000 submissions from 100 clients";
    report.add(what, taken.to_string(), "50, the limit", taken == TAKEN);
    let p99 = percentile(&mut times, 99);
    let what = "  p99 of the answer, RESOURCE_EXHAUSTED or not";
    report.add(what, format!("{p99:.0} ms"), "under 1,000 ms", p99 < 1_000.0);
    Ok(())
}
