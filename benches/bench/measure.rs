//! Timing: time on a core, the middle of some runs; and calls, alone and together.

use std::fs;
use std::future::Future;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Outcome;
use crate::table::Calls;

/// An odd number, so that one run is in the middle.
const RUNS: usize = 7;
/// The kernel counts a thread's time in ticks of some milliseconds; a run takes many of them.
const RUN_TIME: Duration = Duration::from_millis(100);

/// How long `work` takes a core: the median of some runs, after one that warms up. Time that
/// other programs took from this thread does not count.
pub(crate) fn median(mut work: impl FnMut()) -> Duration {
    let began = Instant::now();
    work();
    let repeats = RUN_TIME.div_duration_f64(began.elapsed()).ceil().clamp(1.0, 1e6) as u32;
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let began = on_core();
            (0..repeats).for_each(|_| work());
            on_core().saturating_sub(began) / repeats
        })
        .collect();
    times.sort();
    times[RUNS / 2]
}

/// How long this thread has been on a core; where the kernel does not tell, since some moment.
fn on_core() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    // Leaving the core brings the kernel's count up to date.
    thread::yield_now();
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| START.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
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
