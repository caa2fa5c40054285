//! Pauses against everything else that happens to a run.

use std::sync::Arc;

use shuttle::future::{JoinHandle, block_on, spawn, yield_now};

use super::error::RunnerError;
use super::{Runner, cancelling, check_story, in_many_orders, looking, taken_in, watching};
use crate::run::{Actor, PauseInfo, RunId, State};

/// Halts the run and lets it go on, so many times; what it was told each time.
fn pausing(runner: &Arc<Runner>, run_id: RunId, times: usize) -> JoinHandle<()> {
    let runner = Arc::clone(runner);
    spawn(async move {
        for _ in 0..times {
            match runner.pause(run_id, "lunch".to_owned(), &Actor::server()).await {
                Ok(told) => {
                    let has_rested = told.state() == State::Paused || told.attempt > 1;
                    assert!(told.is_final() || has_rested, "{told:?}");
                }
                Err(RunnerError::Over { .. } | RunnerError::Ending(_)) => return,
                Err(error) => panic!("{error}"),
            }
            go_on(&runner, run_id).await;
        }
    })
}

async fn go_on(runner: &Runner, run_id: RunId) {
    match runner.resume(run_id, &Actor::server()).await {
        Ok(_) | Err(RunnerError::Over { .. } | RunnerError::Ending(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn pauses_and_the_end_of_the_work_agree_in_every_order() {
    in_many_orders(|record| {
        let (runner, attempt) = taken_in(record);
        let run_id = record.snapshot.run_id;
        let watching = watching(&runner, run_id, usize::MAX);
        let driving = spawn(Arc::clone(&runner).drive(attempt));
        let pausing = [2, 1].map(|times| pausing(&runner, run_id, times));
        block_on(async {
            for pausing in pausing {
                pausing.await.unwrap();
            }
            driving.await.unwrap();
            check_story(&runner, run_id, &watching.await.unwrap(), false);
            assert_eq!(runner.store.row().state, State::Completed);
        });
    });
}

#[test]
fn a_wish_to_cancel_ends_a_run_among_pauses_in_every_order() {
    in_many_orders(|record| {
        let (runner, attempt) = taken_in(record);
        let run_id = record.snapshot.run_id;
        let looking = looking(&runner, run_id);
        let driving = spawn(Arc::clone(&runner).drive(attempt));
        let pausing = {
            let runner = Arc::clone(&runner);
            // Nobody lets it go on after that.
            spawn(async move { runner.pause(run_id, String::new(), &Actor::server()).await })
        };
        let cancelling = cancelling(&runner, run_id, "enough");
        block_on(async {
            driving.await.unwrap();
            _ = pausing.await.unwrap();
            match cancelling.await.unwrap() {
                Ok(told) => assert_eq!(told.state(), State::Cancelled),
                Err(RunnerError::Over { state, .. }) => assert_eq!(state, State::Completed),
                Err(error) => panic!("{error}"),
            }
            check_story(&runner, run_id, &looking.await.unwrap(), true);
        });
    });
}

#[test]
fn a_run_that_is_paused_or_let_go_on_while_the_server_ends_is_left_as_it_was_asked() {
    in_many_orders(|record| {
        let (runner, attempt) = taken_in(record);
        let run_id = record.snapshot.run_id;
        let driving = spawn(Arc::clone(&runner).drive(attempt));
        let ending = {
            let runner = Arc::clone(&runner);
            spawn(async move {
                yield_now().await;
                runner.shutdown.cancel();
                runner.hub.stop_computing();
            })
        };
        let pausing = {
            let runner = Arc::clone(&runner);
            spawn(async move { runner.store.pause(run_id, PauseInfo::default()).await })
        };
        block_on(async {
            ending.await.unwrap();
            driving.await.unwrap();
            _ = pausing.await.unwrap();
            let row = runner.store.row();
            let is_over = row.state == State::Completed;
            assert!(
                is_over || row.pause.is_some() && row.state == State::Pending,
                "{:?}",
                row.state
            );
        });
    });
}
