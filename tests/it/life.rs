//! The life of runs against a model of it: random submissions, ends, cancels, deletions and kills,
//! one after the other, and after each of them every run is what the model says.

use std::cell::RefCell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Runtime;
use tonic::Status;
use tradeforge::pb::{self, ReusePolicy, RunState, SubmitDisposition};

use crate::support::{ChildServer, Home, Market, Refusal as _, gate, within};

const CASES: u32 = 20;
const ACTIONS_MAX: usize = 14;
/// Each live run stands at a gate and holds a thread.
const LIVE_MAX: usize = 8;
const KEYS: i64 = 3;

#[derive(Clone, Debug)]
enum Action {
    Submit {
        key: i64,
        reuse: ReusePolicy,
    },
    /// Lets every live run of that work end.
    Finish {
        key: i64,
    },
    Cancel {
        run: usize,
    },
    Delete {
        run: usize,
    },
    Kill,
}

fn action() -> impl Strategy<Value = Action> {
    let reuse = prop_oneof![
        Just(ReusePolicy::JoinActive),
        Just(ReusePolicy::ReuseCompleted),
        Just(ReusePolicy::AlwaysNew),
    ];
    prop_oneof![
        6 => (0..KEYS, reuse).prop_map(|(key, reuse)| Action::Submit { key, reuse }),
        2 => (0..KEYS).prop_map(|key| Action::Finish { key }),
        2 => (0..8_usize).prop_map(|run| Action::Cancel { run }),
        2 => (0..8_usize).prop_map(|run| Action::Delete { run }),
        1 => Just(Action::Kill),
    ]
}

/// A run as the model has it.
#[derive(Clone, Debug)]
struct Run {
    id: String,
    key: i64,
    may_be_joined: bool,
    life: Life,
    sequence: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Live,
    Completed,
    Cancelled,
    Gone,
}

/// The server and the model of what is on it.
struct Machine {
    server: Option<ChildServer>,
    runs: Vec<Run>,
    /// Of this case: no other one has the same work.
    first_key: i64,
}

impl Machine {
    fn server(&self) -> &ChildServer {
        self.server.as_ref().expect("there but in the middle of a kill")
    }

    async fn act(&mut self, action: &Action) {
        match *action {
            Action::Submit { key, reuse } => self.submit(self.first_key + key, reuse).await,
            Action::Finish { key } => self.finish(self.first_key + key).await,
            Action::Cancel { run } if run < self.runs.len() => self.cancel(run).await,
            Action::Delete { run } if run < self.runs.len() => self.delete(run).await,
            Action::Cancel { .. } | Action::Delete { .. } => {}
            Action::Kill => {
                let home = self.server.take().expect("a server").kill();
                self.server = Some(serve(home).await);
            }
        }
        self.check().await;
    }

    async fn submit(&mut self, key: i64, reuse: ReusePolicy) {
        let is_live = |run: &&Run| run.life == Life::Live;
        if self.runs.iter().filter(is_live).count() >= LIVE_MAX {
            return;
        }
        let joined =
            self.runs.iter().filter(is_live).find(|run| run.may_be_joined && run.key == key);
        let reused = self.runs.iter().rfind(|run| run.life == Life::Completed && run.key == key);
        let expected = match reuse {
            ReusePolicy::AlwaysNew => None,
            ReusePolicy::ReuseCompleted => joined
                .map(|run| (run.id.clone(), SubmitDisposition::Joined))
                .or(reused.map(|run| (run.id.clone(), SubmitDisposition::Reused))),
            _ => joined.map(|run| (run.id.clone(), SubmitDisposition::Joined)),
        };
        let answer = self.server().submit(gate(key).reuse(reuse)).await;
        if let Some((id, disposition)) = expected {
            assert_eq!((&answer.run_id, answer.disposition()), (&id, disposition));
            return;
        }
        assert_eq!(answer.disposition(), SubmitDisposition::Created, "{:?}", self.runs);
        let may_be_joined = reuse != ReusePolicy::AlwaysNew;
        let (id, life) = (answer.run_id, Life::Live);
        self.runs.push(Run { id, key, may_be_joined, life, sequence: 0 });
    }

    async fn finish(&mut self, key: i64) {
        let home = self.server.as_ref().expect("a server").home();
        home.open_gate(key);
        for run in self.runs.iter_mut().filter(|run| run.life == Life::Live && run.key == key) {
            let server = self.server.as_ref().expect("a server");
            assert_eq!(server.when_final(&run.id).await.state(), RunState::Completed);
            run.life = Life::Completed;
        }
        home.close_gate(key);
    }

    async fn cancel(&mut self, run: usize) {
        let told = self.server().try_cancel(&self.runs[run].id).await;
        match self.runs[run].life {
            Life::Live => {
                assert_eq!(told.unwrap().state(), RunState::Cancelled);
                self.runs[run].life = Life::Cancelled;
            }
            Life::Cancelled => assert_eq!(told.unwrap().state(), RunState::Cancelled),
            Life::Completed => assert_eq!(told.unwrap_err().reason(), "RUN_ALREADY_FINISHED"),
            Life::Gone => assert_eq!(told.unwrap_err().reason(), "RUN_NOT_FOUND"),
        }
    }

    async fn delete(&mut self, run: usize) {
        let request = pb::DeleteRunRequest { run_id: self.runs[run].id.clone() };
        let told: Result<_, Status> = within(self.server().runs().delete_run(request)).await;
        match self.runs[run].life {
            Life::Live => assert_eq!(told.unwrap_err().reason(), "RUN_NOT_FINISHED"),
            Life::Gone => assert_eq!(told.unwrap_err().reason(), "RUN_NOT_FOUND"),
            Life::Completed | Life::Cancelled => {
                told.unwrap();
                self.runs[run].life = Life::Gone;
            }
        }
    }

    /// Every run is what the model says, and no number has fallen.
    async fn check(&mut self) {
        let server = self.server.as_ref().expect("a server");
        for run in &mut self.runs {
            let told = server.try_status(&run.id, None).await;
            if run.life == Life::Gone {
                assert_eq!(told.unwrap_err().reason(), "RUN_NOT_FOUND");
                continue;
            }
            let status = told.unwrap();
            let fits = match run.life {
                Life::Live => matches!(status.state(), RunState::Pending | RunState::Running),
                Life::Completed => status.state() == RunState::Completed,
                Life::Cancelled => status.state() == RunState::Cancelled,
                Life::Gone => false,
            };
            assert!(fits && status.sequence >= run.sequence, "{run:?} {status:?}");
            run.sequence = status.sequence;
        }
    }

    /// Leaves nothing live for the next case.
    async fn clear(&mut self) {
        for run in 0..self.runs.len() {
            if self.runs[run].life == Life::Live {
                self.cancel(run).await;
            }
        }
        self.runs.clear();
        self.first_key += KEYS;
    }
}

async fn serve(home: Home) -> ChildServer {
    home.serve_with(&["--workers", &LIVE_MAX.to_string()]).await
}

#[test]
fn whatever_is_done_to_runs_each_is_what_the_model_says() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(async {
        let server = serve(Home::new()).await;
        server.import(&Market::rising(10)).await;
        server
    });
    let machine = Machine { server: Some(server), runs: Vec::new(), first_key: 1 };
    let machine = RefCell::new(machine);
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let actions = prop::collection::vec(action(), 1..ACTIONS_MAX);
    let result = TestRunner::new(config).run(&actions, |actions| {
        let mut machine = machine.borrow_mut();
        runtime.block_on(async {
            for action in &actions {
                machine.act(action).await;
            }
            machine.clear().await;
        });
        Ok::<(), TestCaseError>(())
    });
    // The server dies inside the runtime that its client lives in.
    let _entered = runtime.enter();
    drop(machine);
    result.unwrap();
}
