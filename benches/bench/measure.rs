//! Timing: a warm-up, some runs, the middle one; and calls, alone and together.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Outcome;
use crate::table::Calls;

/// An odd number, so that one run is in the middle.
const RUNS: usize = 7;

/// How long `work` takes: the median of some runs, after one that warms up.
pub(crate) fn median(mut work: impl FnMut()) -> Duration {
    work();
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed()
        })
        .collect();
    times.sort();
    times[RUNS / 2]
}

/// The middle and the slow end of many times.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Spread {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100];
        Self { p50: at(50), p99: at(99) }
    }
}

/// How many calls are made, by how many.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) alone: usize,
    pub(crate) callers: usize,
    pub(crate) calls_each: usize,
}

/// Calls one after the other, then by many callers at once; `call` is given the caller's number.
pub(crate) async fn calls<F, C>(load: Load, call: C) -> Outcome<Calls>
where
    F: Future<Output = Outcome<()>> + Send + 'static,
    C: Fn(usize) -> F + Clone + Send + 'static,
{
    for _ in 0..load.alone / 10 {
        call(0).await?;
    }
    let mut times = Vec::with_capacity(load.alone);
    for _ in 0..load.alone {
        let began = Instant::now();
        call(0).await?;
        times.push(began.elapsed());
    }
    let mut callers = JoinSet::new();
    let began = Instant::now();
    for caller in 0..load.callers {
        let call = call.clone();
        callers.spawn(async move {
            for _ in 0..load.calls_each {
                call(caller).await?;
            }
            Outcome::Ok(())
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended??;
    }
    let rate = (load.callers * load.calls_each) as f64 / began.elapsed().as_secs_f64();
    Ok(Calls { alone: Spread::of(times), rate })
}
