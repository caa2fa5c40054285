//! A deadline against everything else that happens to a run: whatever comes first, it ends once.

use std::sync::Arc;

use shuttle::future::{block_on, spawn, yield_now};

use super::error::RunnerError;
use super::{Runner, cancelling, check_story, in_many_orders, looking, taken_in, watching};
use crate::run::{Actor, Allowance, RunId, State};

/// So long ago that it has come.
const COME: Allowance = Allowance { deadline_ms: Some(0), budget_ms: None };

/// Its deadline comes at some time from now on.
fn deadline_comes(runner: &Arc<Runner>, run_id: RunId) -> shuttle::future::JoinHandle<()> {
    let runner = Arc::clone(runner);
    spawn(async move {
        yield_now().await;
        if let Some(live) = runner.hub.find(run_id) {
            live.time.allow(COME);
        }
    })
}

#[test]
fn a_deadline_a_wish_to_cancel_and_the_end_of_the_work_agree_in_every_order() {
    in_many_orders(|record| {
        let (runner, attempt) = taken_in(record);
        let run_id = record.snapshot.run_id;
        let watching = watching(&runner, run_id, usize::MAX);
        let driving = spawn(Arc::clone(&runner).drive(attempt));
        let deadline = deadline_comes(&runner, run_id);
        let cancelling = cancelling(&runner, run_id, "enough");
        block_on(async {
            driving.await.unwrap();
            deadline.await.unwrap();
            match cancelling.await.unwrap() {
                Ok(told) => assert_eq!(told.state(), State::Cancelled),
                Err(RunnerError::Over { state, .. }) => {
                    assert!(matches!(state, State::Completed | State::Failed), "{state:?}");
                }
                Err(error) => panic!("{error}"),
            }
            check_story(&runner, run_id, &watching.await.unwrap(), false);
        });
    });
}

#[test]
fn a_deadline_ends_what_is_paused_or_let_go_on_in_every_order() {
    in_many_orders(|record| {
        let (runner, attempt) = taken_in(record);
        let run_id = record.snapshot.run_id;
        let looking = looking(&runner, run_id);
        let driving = spawn(Arc::clone(&runner).drive(attempt));
        let pausing = {
            let runner = Arc::clone(&runner);
            spawn(async move {
                _ = runner.pause(run_id, String::new(), &Actor::server()).await;
                _ = runner.resume(run_id, &Actor::server()).await;
                // Nobody lets it go on after that.
                _ = runner.pause(run_id, String::new(), &Actor::server()).await;
            })
        };
        let deadline = deadline_comes(&runner, run_id);
        block_on(async {
            driving.await.unwrap();
            pausing.await.unwrap();
            deadline.await.unwrap();
            let state = runner.store.row().state;
            assert!(matches!(state, State::Completed | State::Failed), "{state:?}");
            check_story(&runner, run_id, &looking.await.unwrap(), true);
        });
    });
}
