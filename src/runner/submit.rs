//! Taking a submission: check everything, commit, answer. The work itself starts elsewhere.

use std::sync::Arc;

use super::Runner;
use super::allowance::check_deadline;
use super::attempt::Attempt;
use super::error::RunnerError;
use super::job::Job;
use crate::digest::Digest;
use crate::engine::ENGINE_VERSION;
use crate::run::Disposition;
use crate::run::{
    Life, Progress, RunId, RunRecord, Sequence, Snapshot, State, SubmitRequest, Waiting, run_key,
};
use crate::storage::{Answer, NewRun, Store, SubmitOutcome};
use crate::telemetry::{self, note_here};

/// How a submission was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Submitted {
    /// Which run; `None` if it was only validated.
    pub run: Option<(RunId, State, Disposition)>,
    /// The key of the work.
    pub run_key: Digest,
    /// Bars or trials.
    pub total: u64,
    /// How long the work may take on an idle server; `None` if nothing like it was computed yet.
    pub estimate_ms: Option<i64>,
    /// Bars a second that one thread is known to do of such work. Told of what is only validated.
    pub bars_per_second: Option<f64>,
    /// What the submitter may want to know.
    pub warnings: Vec<String>,
    /// Bars that the strategy needs to warm up, if that is known. Told of what is only validated.
    pub warm_up: Option<u64>,
}

impl Runner {
    /// Takes a submission. Nothing is simulated before the answer.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, at once; then nothing was changed.
    pub async fn submit(
        self: &Arc<Self>,
        request: SubmitRequest,
    ) -> Result<Submitted, RunnerError> {
        if self.shutdown.is_cancelled() {
            return Err(RunnerError::ShuttingDown);
        }
        // Before the checks: the answer stays the same, whatever has become of the data since.
        if request.violations.is_empty()
            && let Some(id) = request.request
            && let Some(outcome) = self.store.earlier_answer(id).await?
        {
            return self.submitted(outcome);
        }
        let mut violations = request.violations;
        check_deadline(request.allowance, self.clock.now_ms(), &mut violations);
        let resolved = match request.continues {
            // Large where it is; a submission keeps it no longer than this.
            Some(from) => Box::pin(self.resolve_continued(from, request.work, violations)).await?,
            None => self.resolve(request.work, violations).await?,
        };
        let run_key = run_key(&resolved.job.spec, ENGINE_VERSION);
        let (total, warnings) = (resolved.total, resolved.warnings);
        let threads = self.executor.pace().slots;
        let asked = resolved.asked.as_ref();
        let estimate = asked.and_then(|asked| self.paces.estimate(asked, threads));
        let estimate_ms = estimate.map(|time| time.as_millis() as i64);
        if request.validate_only {
            let bars_per_second = asked.and_then(|asked| self.paces.bars_per_second(asked));
            return Ok(Submitted {
                run: None,
                run_key,
                total,
                estimate_ms,
                bars_per_second,
                warnings,
                warm_up: resolved.warm_up,
            });
        }
        let create_ms = self.clock.now_ms();
        let new = NewRun {
            run_id: RunId::new(create_ms),
            run_key,
            spec: resolved.job.spec.clone(),
            engine_version: ENGINE_VERSION,
            total,
            tags: request.tags,
            allowance: request.allowance,
            continues: request.continues,
            reuse: request.reuse,
            request: request.request,
            estimate_ms,
            warnings,
            has_room: true,
            usual_quota: self.limits.quota,
            create_ms,
        };
        // A task of its own: a client that hangs up now must not leave a committed run undriven.
        let runner = Arc::clone(self);
        let job = Arc::new(resolved.job);
        let store = self.store.by(&request.actor, self.clock.now_ms());
        let outcome = telemetry::spawn(async move { runner.take_in(new, job, store).await }).await;
        let outcome = outcome.map_err(|_| RunnerError::ShuttingDown)??;
        if let SubmitOutcome::Answered(answer) = &outcome {
            self.instruments.submitted(answer.disposition.as_str());
            note_here("tradeforge.run.id", || answer.run_id.to_string());
            note_here("tradeforge.disposition", || answer.disposition.as_str());
        }
        self.submitted(outcome)
    }

    fn submitted(&self, outcome: SubmitOutcome) -> Result<Submitted, RunnerError> {
        match outcome {
            SubmitOutcome::Answered(answer) | SubmitOutcome::Repeated(answer) => Ok(Submitted {
                run: Some((answer.run_id, answer.state, answer.disposition)),
                run_key: answer.run_key,
                total: answer.total,
                estimate_ms: answer.estimate_ms,
                bars_per_second: None,
                warnings: answer.warnings,
                warm_up: None,
            }),
            SubmitOutcome::RequestIdReused => Err(RunnerError::RequestIdReused),
            SubmitOutcome::OverQuota(over) => Err(RunnerError::OverQuota(over)),
            SubmitOutcome::NoRoom => {
                Err(RunnerError::QueueFull { limit: self.limits.live_runs_max })
            }
        }
    }

    /// Commits the run, or finds equal work, and starts what is new.
    async fn take_in(
        self: Arc<Self>,
        new: NewRun,
        job: Arc<Job>,
        store: Store,
    ) -> Result<SubmitOutcome, RunnerError> {
        let record = first_record(&new);
        let run_id = new.run_id;
        // Live before it is committed, so that no reader finds it in neither place.
        let first = record.snapshot.clone();
        let Some(live) = self.hub.insert_within(self.limits.live_runs_max, first) else {
            // Without room for a new run it may still be answered with one that is there.
            return Ok(store.submit(NewRun { has_room: false, ..new }).await?);
        };
        let outcome = store.submit(new).await;
        if let Ok(SubmitOutcome::Answered(Answer { disposition: Disposition::Created, .. })) =
            outcome
        {
            self.hub.announce(run_id);
            let owner = self.shares.of(&record.tags.owner);
            self.launch(Attempt::new(live, &record, job, owner));
        } else {
            self.hub.remove(run_id);
        }
        Ok(outcome?)
    }

    /// Starts the task that carries a run to its end.
    pub(super) fn launch(self: &Arc<Self>, attempt: Attempt) {
        let runner = Arc::clone(self);
        let token = self.tasks.token();
        telemetry::spawn(async move {
            runner.drive(attempt).await;
            drop(token);
        });
    }
}

fn first_record(new: &NewRun) -> RunRecord {
    let snapshot = Snapshot {
        run_id: new.run_id,
        kind: new.spec.kind(),
        watched_metrics: new.spec.watched_metrics(),
        attempt: 1,
        sequence: Sequence::first_of(1),
        life: Life::Pending,
        progress: Progress { total: new.total, ..Progress::default() },
        waiting: Some(Waiting::in_line(new.create_ms)),
        cancel: None,
        create_ms: new.create_ms,
    };
    RunRecord {
        snapshot,
        spec: new.spec.clone(),
        run_key: new.run_key,
        engine_version: new.engine_version.to_owned(),
        tags: new.tags.clone(),
        allowance: new.allowance,
        spent_ms: 0,
        continues: new.continues,
        origin: None,
    }
}
