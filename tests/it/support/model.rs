//! What a service may say of its runs, given what it has acknowledged: the memory of all clients.

use std::collections::{BTreeMap, BTreeSet};

use tradeforge::pb;
use tradeforge::pb::RunState;
use uuid::Uuid;

use super::sweep::search_result;
use super::{Client, Refusal as _, hash_of};

/// What is known of one run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Which entry of the table of work it computes.
    work: usize,
    /// The highest number that anybody has seen.
    sequence: i64,
    /// Its end, once somebody has seen it: the state, and the hash of what came out.
    end: Option<(RunState, String)>,
    /// Whether its cancellation was acknowledged.
    is_cancelled: bool,
    deletion: Deletion,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Deletion {
    #[default]
    None,
    /// Asked for, with an answer that never came.
    Asked,
    Acknowledged,
}

/// A submission with a name of its own, and the run it was told.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) id: Uuid,
    pub(crate) work: usize,
    pub(crate) run_id: Option<String>,
}

/// Everything that clients were told.
#[derive(Debug, Default)]
pub(crate) struct Model {
    runs: BTreeMap<String, Known>,
    /// Named submissions since the last start.
    pub(crate) named: Vec<Named>,
    /// What each work comes to when nothing disturbs it.
    hashes: Vec<String>,
}

impl Model {
    /// Over work that comes to these hashes.
    pub(crate) fn over(hashes: Vec<String>) -> Self {
        Self { hashes, ..Self::default() }
    }

    pub(crate) fn run_ids(&self) -> Vec<String> {
        self.runs.keys().cloned().collect()
    }

    /// Runs that have ended, and that nobody wants away.
    pub(crate) fn ended(&self) -> Vec<String> {
        self.ids_where(|known| known.end.is_some() && known.deletion == Deletion::None)
    }

    /// Runs that are known to be cancelled: nothing may join them.
    pub(crate) fn cancelled(&self) -> BTreeSet<String> {
        self.ids_where(|known| known.is_cancelled).into_iter().collect()
    }

    fn ids_where(&self, is_wanted: impl Fn(&Known) -> bool) -> Vec<String> {
        let wanted = self.runs.iter().filter(|(_, known)| is_wanted(known));
        wanted.map(|(run_id, _)| run_id.clone()).collect()
    }

    /// A submission was acknowledged.
    pub(crate) fn submitted(&mut self, work: usize, answer: &pb::SubmitResponse) {
        let known = self.runs.entry(answer.run_id.clone()).or_default();
        known.work = work;
    }

    /// A status was told. Several clients may hear out of order, so it is only taken in here.
    pub(crate) fn told(&mut self, status: &pb::RunStatus) {
        let Some(known) = self.runs.get_mut(&status.run_id) else { return };
        known.sequence = known.sequence.max(status.sequence);
        if status.end_time.is_some() {
            let end = (status.state(), hash_in(status));
            assert!(known.end.as_ref().is_none_or(|before| *before == end), "{known:?} {status:?}");
            known.end = Some(end);
        }
    }

    /// A cancel was acknowledged: the run is CANCELLED, or surely will be.
    pub(crate) fn cancel_told(&mut self, status: &pb::RunStatus) {
        assert!(status.cancel.is_some(), "{status:?}");
        self.told(status);
        if let Some(known) = self.runs.get_mut(&status.run_id) {
            known.is_cancelled = true;
        }
    }

    pub(crate) fn delete_asked(&mut self, run_id: &str) {
        self.delete(run_id, Deletion::Asked);
    }

    pub(crate) fn delete_told(&mut self, run_id: &str) {
        self.delete(run_id, Deletion::Acknowledged);
    }

    pub(crate) fn may_be_gone(&self, run_id: &str) -> bool {
        self.runs.get(run_id).is_some_and(|known| known.deletion != Deletion::None)
    }

    fn delete(&mut self, run_id: &str, deletion: Deletion) {
        if let Some(known) = self.runs.get_mut(run_id)
            && known.deletion != Deletion::Acknowledged
        {
            known.deletion = deletion;
        }
    }

    /// What this start of the server says of a run. Fails the test where a promise is broken.
    pub(crate) fn check(&mut self, run_id: &str, told: Result<pb::RunStatus, tonic::Status>) {
        let known = self.runs.get(run_id).cloned().unwrap_or_default();
        let status = match told {
            Ok(status) => status,
            Err(refused) => {
                assert_eq!(refused.reason(), "RUN_NOT_FOUND", "{refused:?}");
                assert_ne!(known.deletion, Deletion::None, "{run_id} is lost: {known:?}");
                self.runs.remove(run_id);
                return;
            }
        };
        assert_ne!(known.deletion, Deletion::Acknowledged, "{run_id} is back: {status:?}");
        assert!(status.sequence >= known.sequence, "time runs backwards: {known:?} {status:?}");
        let is_over = status.end_time.is_some();
        if known.is_cancelled {
            assert_eq!(status.state(), RunState::Cancelled, "{known:?} {status:?}");
        }
        if known.end.is_some() {
            assert!(is_over, "an end was taken back: {known:?} {status:?}");
        }
        if status.state() == RunState::Completed {
            assert_eq!(hash_in(&status), self.hashes[known.work], "{known:?} {status:?}");
        }
        if let Some(known) = self.runs.get_mut(run_id) {
            // It was not carried out.
            known.deletion = Deletion::None;
        }
        self.told(&status);
    }
}

/// The hash of what came out; empty if nothing did.
fn hash_in(status: &pb::RunStatus) -> String {
    match &status.result {
        Some(pb::run_status::Result::Backtest(_)) => hash_of(status),
        Some(pb::run_status::Result::Optimization(_)) => search_result(status).result_sha256,
        _ => String::new(),
    }
}

/// Each trial of that run is told once, and as many as its status says. The run has ended.
pub(crate) async fn check_trials(client: &Client, run_id: &str) {
    let status = client.status(run_id).await;
    let progress = status.progress.unwrap_or_default();
    let mut told = client.watch_trials(run_id, None).await.rest().await;
    let count = told.len();
    told.sort_unstable();
    told.dedup();
    assert_eq!(told.len(), count, "a trial of {run_id} is doubled");
    assert_eq!(count as i64, progress.completed + progress.failed, "{run_id}");
    if status.end_time.is_some() && status.cancel.is_none() {
        assert_eq!(count as i64, progress.total, "a trial of {run_id} is lost");
    }
}
