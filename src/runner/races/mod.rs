//! The races of a run's life, tried in thousands of orders: its end against wishes to cancel it,
//! and what is published against watchers that come and go.
//!
//! The files that decide are built here once more, from their very text, over primitives that let
//! shuttle choose who goes next at every use. Only the database and the computation are others.
//! `TRADEFORGE_SCHEDULES` says how many orders of each kind; a failure prints the one that did it.
#![expect(unreachable_pub, reason = "the files are written for where they are built for all")]
#![expect(clippy::duplicate_mod, reason = "they are built once more")]

mod deadlines;
mod pauses;
mod store;
mod sync;

#[path = "../allowance.rs"]
#[expect(dead_code, reason = "not all of it takes part")]
mod allowance;
#[path = "../attempt.rs"]
#[expect(dead_code, reason = "not all of it takes part")]
mod attempt;
#[path = "../drive.rs"]
mod drive;
#[path = "../ending.rs"]
mod ending;
#[path = "../hub.rs"]
#[expect(dead_code, reason = "not all of it takes part")]
mod hub;
#[path = "../live_run.rs"]
mod live_run;
#[path = "../panic_message.rs"]
mod panic_message;
#[path = "../pause.rs"]
mod pause;
#[path = "../status.rs"]
#[expect(dead_code, reason = "not all of it takes part")]
mod status;
#[path = "../turns.rs"]
mod turns;
#[path = "../watch.rs"]
mod watch;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use shuttle::future::{JoinHandle, block_on, spawn, yield_now};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use tokio_util::sync::CancellationToken;

use super::finals::Finals;
use super::{Load, error, executor, hash_in_order, job, owner_shares, share};
use crate::clock::{Clock, SystemClock};
use crate::digest::Digest;
use crate::market::{Instrument, Units};
use crate::run::{
    Actor, Allowance, BacktestSpec, Life, Objective, OptimizationSpec, Progress, RunId, RunRecord,
    RunSpec, Sequence, Snapshot, State, StrategyRef, Subscription, Tags,
};
use crate::strategy::{Catalog, Params};
use crate::sweep::{Axis, AxisValues, Search};
use crate::telemetry::RunInstruments;
use crate::trading::Simulation;
use attempt::{Attempt, Halt};
use error::RunnerError;
use hub::Hub;
use job::Job;
use store::Store;
use watch::{WatchEvent, WatchOptions};

const SCHEDULES: usize = 4_000;
/// How many of the tasks an order of the second kind favours in turn.
const DEPTH: usize = 3;
const STACK_BYTES: usize = 1 << 18;
const TRIALS: u64 = 3;

/// What of the runner takes part.
struct Runner {
    store: Store,
    clock: Arc<dyn Clock>,
    hub: Hub,
    finals: Finals,
    shutdown: CancellationToken,
    instruments: RunInstruments,
}

impl Runner {
    /// Commits some trials, each behind the fence.
    async fn work(&self, attempt: &Attempt) -> Result<(), Halt> {
        let sequence = attempt.live.now().sequence.next();
        if !self.store.start(attempt.fence, sequence, 0).await? {
            return Err(Halt::Stopped);
        }
        attempt.live.publish(|snapshot| snapshot.life = Life::Running { start_ms: 0 });
        for _ in 0..TRIALS {
            yield_now().await;
            if attempt.live.meter.is_stopping() || !self.store.commit(attempt.fence).await? {
                return Err(Halt::Stopped);
            }
            attempt.tally.add(1, 0, None, &attempt.job.spec);
        }
        Ok(())
    }
}

/// A search of three trials that was taken in.
fn search() -> RunRecord {
    let catalog = Catalog::shipped();
    let entry = catalog.find("sma_cross", "").unwrap();
    let subscription = Subscription {
        instrument: Instrument::new("TEST", "BARS").unwrap(),
        timeframe: "1m".parse().unwrap(),
        data: Digest::of(b"bars"),
        units: Units::with_default_step("0.01".parse().unwrap()),
    };
    let base = BacktestSpec {
        strategy: StrategyRef {
            name: entry.name.clone().into_owned(),
            version: entry.version.clone().into_owned(),
            rules: None,
        },
        params: Params::resolve(&entry.params, &BTreeMap::new()).unwrap(),
        subscriptions: vec![subscription],
        start_ms: 0,
        end_ms: 60_000,
        warmup_bars: 0,
        aux: Vec::new(),
        schedule: None,
        benchmark: None,
        simulation: Simulation::with_cash("10000".parse().unwrap()),
    };
    let fast = AxisValues::Ints { min: 1, step: 1, count: TRIALS };
    let spec = RunSpec::Optimization(Box::new(OptimizationSpec {
        base,
        axes: vec![Axis { name: "fast".into(), values: fast }],
        subscription_axis: Vec::new(),
        search: Search::Grid,
        objective: Objective::default(),
        across: None,
        constraints: Vec::new(),
        param_constraints: Vec::new(),
        trials_max: TRIALS,
        failed_trials_max: None,
        drawn: None,
        extends: None,
        more_objectives: Vec::new(),
        proposed: None,
    }));
    let snapshot = Snapshot {
        run_id: RunId::new(0),
        kind: spec.kind(),
        watched_metrics: spec.watched_metrics(),
        attempt: 1,
        sequence: Sequence::first_of(1),
        life: Life::Pending,
        progress: Progress { total: TRIALS, ..Progress::default() },
        waiting: None,
        cancel: None,
        create_ms: 0,
    };
    let (run_key, engine_version) = (Digest::of(b"key"), "1".to_owned());
    RunRecord {
        snapshot,
        spec,
        run_key,
        engine_version,
        tags: Tags::default(),
        allowance: Allowance::default(),
        spent_ms: 0,
        continues: None,
        origin: None,
    }
}

/// A runner that has taken in that run, and the run's first attempt.
fn taken_in(record: &RunRecord) -> (Arc<Runner>, Attempt) {
    let runner = Runner {
        store: Store::with(record.clone()),
        clock: Arc::new(SystemClock),
        hub: Hub::default(),
        finals: Finals::default(),
        shutdown: CancellationToken::new(),
        instruments: RunInstruments::default(),
    };
    let live = runner.hub.insert_within(1, record.snapshot.clone()).expect("room for one");
    runner.hub.announce(record.snapshot.run_id);
    let job = Arc::new(Job::new(record.spec.clone()).unwrap());
    let owner = owner_shares::OwnerShares::default().of("");
    (Arc::new(runner), Attempt::new(live, record, job, owner))
}

/// Tries the body in many orders of its tasks.
fn in_many_orders(body: impl Fn(&RunRecord) + Send + Sync + 'static) {
    let schedules = std::env::var("TRADEFORGE_SCHEDULES");
    let schedules = schedules.map_or(SCHEDULES, |text| text.parse().expect("a number"));
    let (body, record) = (Arc::new(body), Arc::new(search()));
    let schedulers: [Box<dyn Scheduler + Send>; 2] =
        [Box::new(RandomScheduler::new(schedules)), Box::new(PctScheduler::new(DEPTH, schedules))];
    for scheduler in schedulers {
        let mut config = shuttle::Config::new();
        config.stack_size = STACK_BYTES;
        let (body, record) = (Arc::clone(&body), Arc::clone(&record));
        shuttle::Runner::new(scheduler, config).run(move || body(&record));
    }
}

/// Everything that one watcher is sent, in as many streams as it opens: each is left after so many
/// pictures, and the next resumes after the last of them.
fn watching(
    runner: &Arc<Runner>,
    run_id: RunId,
    leaves_after: usize,
) -> JoinHandle<Vec<Arc<Snapshot>>> {
    let runner = Arc::clone(runner);
    spawn(async move {
        let mut seen: Vec<Arc<Snapshot>> = Vec::new();
        while !seen.last().is_some_and(|snapshot| snapshot.is_final()) {
            let options = WatchOptions {
                after: seen.last().map(|snapshot| snapshot.sequence),
                min_interval: Duration::ZERO,
                heartbeat_interval: Duration::from_secs(1),
            };
            let events = runner.watch(run_id, options).await.expect("the run is there");
            let mut events = pin!(events.take(leaves_after));
            while let Some(event) = events.next().await {
                if let WatchEvent::Snapshot(snapshot) = event.expect("the server goes on") {
                    seen.push(snapshot);
                }
            }
        }
        seen
    })
}

/// Looks again and again until the run has ended.
fn looking(runner: &Arc<Runner>, run_id: RunId) -> JoinHandle<Vec<Arc<Snapshot>>> {
    let runner = Arc::clone(runner);
    spawn(async move {
        let mut seen = Vec::new();
        loop {
            let snapshot = runner.status(run_id).await.expect("the run is there");
            let is_final = snapshot.is_final();
            seen.push(snapshot);
            if is_final {
                return seen;
            }
            yield_now().await;
        }
    })
}

fn cancelling(
    runner: &Arc<Runner>,
    run_id: RunId,
    reason: &str,
) -> JoinHandle<Result<Arc<Snapshot>, RunnerError>> {
    let (runner, reason) = (Arc::clone(runner), reason.to_owned());
    spawn(async move { runner.cancel(run_id, reason, &Actor::server()).await })
}

/// What everybody was shown must be one story, and end as it is stored.
fn check_story(runner: &Runner, run_id: RunId, pictures: &[Arc<Snapshot>], may_repeat: bool) {
    let row = runner.store.row();
    for pair in pictures.windows(2) {
        let rises = pair[0].sequence < pair[1].sequence;
        let is_same = may_repeat && pair[0].sequence == pair[1].sequence;
        assert!(rises || is_same, "time runs backwards: {pair:?}");
        assert!(!pair[0].is_final() || is_same, "something came after the end: {pair:?}");
    }
    let last = pictures.last().expect("a picture");
    assert_eq!((last.state(), last.sequence), (row.state, row.sequence));
    assert_eq!(last.cancel, row.wish);
    assert!(runner.hub.find(run_id).is_none(), "a run that has ended is still live");
}

#[test]
fn wishes_to_cancel_and_the_end_of_the_work_agree_in_every_order() {
    in_many_orders(|record| {
        let (runner, attempt) = taken_in(record);
        let run_id = record.snapshot.run_id;
        let watching = watching(&runner, run_id, usize::MAX);
        let looking = looking(&runner, run_id);
        let driving = spawn(Arc::clone(&runner).drive(attempt));
        let cancels = ["one", "two"].map(|reason| cancelling(&runner, run_id, reason));
        block_on(async {
            driving.await.unwrap();
            for cancel in cancels {
                let row = runner.store.row();
                match cancel.await.unwrap() {
                    Ok(told) => {
                        assert_eq!((told.state(), row.state), (State::Cancelled, State::Cancelled));
                        assert_eq!((told.sequence, &told.cancel), (row.sequence, &row.wish));
                    }
                    Err(RunnerError::Over { state, .. }) => assert_eq!(state, row.state),
                    Err(error) => panic!("{error}"),
                }
            }
            check_story(&runner, run_id, &watching.await.unwrap(), false);
            check_story(&runner, run_id, &looking.await.unwrap(), true);
        });
    });
}

#[test]
fn a_wish_that_is_committed_and_never_told_is_carried_out_and_shown() {
    in_many_orders(|record| {
        let (runner, attempt) = taken_in(record);
        let run_id = record.snapshot.run_id;
        let watching = watching(&runner, run_id, usize::MAX);
        let driving = spawn(Arc::clone(&runner).drive(attempt));
        let committing = {
            let runner = Arc::clone(&runner);
            let wish = crate::run::CancelInfo {
                request_ms: 0,
                reason: "its client hung up".into(),
                requester: String::new(),
            };
            spawn(async move { runner.store.request_cancel(run_id, wish).await })
        };
        block_on(async {
            driving.await.unwrap();
            _ = committing.await.unwrap();
            check_story(&runner, run_id, &watching.await.unwrap(), false);
        });
    });
}

#[test]
fn watchers_that_come_and_go_while_a_run_is_published_see_one_story_to_its_end() {
    in_many_orders(|record| {
        let (runner, attempt) = taken_in(record);
        let run_id = record.snapshot.run_id;
        let watchers = [1, 2, usize::MAX].map(|leaves| watching(&runner, run_id, leaves));
        let looking = looking(&runner, run_id);
        let driving = spawn(Arc::clone(&runner).drive(attempt));
        block_on(async {
            driving.await.unwrap();
            for watcher in watchers {
                check_story(&runner, run_id, &watcher.await.unwrap(), false);
            }
            check_story(&runner, run_id, &looking.await.unwrap(), true);
            assert_eq!(runner.store.row().state, State::Completed);
        });
    });
}

#[test]
fn one_who_begins_to_watch_all_runs_hears_of_a_new_one_exactly_once() {
    in_many_orders(|record| {
        let hub = Arc::new(Hub::default());
        let run_id = record.snapshot.run_id;
        let taking_in = {
            let (hub, first) = (Arc::clone(&hub), record.snapshot.clone());
            spawn(async move {
                hub.insert_within(1, first).expect("room for one");
                hub.announce(run_id);
            })
        };
        let (live, mut newcomers) = hub.follow();
        block_on(taking_in).unwrap();
        let told = live.len() + usize::from(newcomers.try_recv().is_ok());
        assert_eq!(told, 1);
    });
}
