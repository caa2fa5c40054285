//! `RunService`: submit, poll, cancel, watch. Never compressed: small messages, live streams.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use prost::Message as _;
use tokio::task::spawn_blocking;
use tonic::{Request, Response, Status};

use super::attended::attended;
use super::batch::batch;
use super::caller::{actor, at_least, own_request};
use super::convert::{submit_request, tags_change, timestamp, wait};
use super::run_list;
use super::status::{invalid, invalid_field, shutting_down};
use super::streams::Streams;
use crate::clock::Clock;
use crate::excerpt::excerpt;
use crate::pb;
use crate::pb::run_service_server::RunService;
use crate::pb::watch_progress_response::Event;
use crate::run::limits::WATCHED_RUNS_MAX;
use crate::run::{Role, RunId, Sequence, SubmitRequest, Violations};
use crate::runner::{Runner, RunnerError, WatchEvent, WatchOptions};
use crate::telemetry;

const WAIT_MAX: Duration = Duration::from_mins(1);
const REASON_LENGTH_MAX: usize = 1_000;

/// A setting of a watcher: the default, and the bounds it is clamped to.
struct Setting {
    default: Duration,
    min: Duration,
    max: Duration,
}

const MIN_INTERVAL: Setting = Setting {
    default: Duration::from_millis(250),
    min: Duration::from_millis(50),
    max: Duration::from_mins(1),
};
const HEARTBEAT_INTERVAL: Setting = Setting {
    default: Duration::from_secs(15),
    min: Duration::from_secs(5),
    max: Duration::from_mins(2),
};

impl Setting {
    fn of(&self, requested: Option<Duration>) -> Duration {
        let requested = requested.filter(|requested| !requested.is_zero());
        requested.unwrap_or(self.default).clamp(self.min, self.max)
    }
}

pub(super) struct RunServer {
    pub(super) runner: Arc<Runner>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) streams: Streams,
    pub(super) all_runs: Streams,
    pub(super) page_size_max: usize,
}

type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The run that a request names.
pub(super) fn run_id(text: &str) -> Result<RunId, Status> {
    text.parse().map_err(|error| invalid_field("run_id", format!("{:?} {error}", excerpt(text))))
}

/// The runs that a watch names.
fn run_ids(texts: &[String]) -> Result<Vec<RunId>, Status> {
    if texts.len() > WATCHED_RUNS_MAX {
        let count = texts.len();
        let message = format!(
            "at most {WATCHED_RUNS_MAX} are taken, but there are {count}; none means all live runs"
        );
        return Err(invalid_field("run_ids", message));
    }
    let mut violations = Violations::default();
    let mut run_ids = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let read = text.parse::<RunId>();
        let read = read.map_err(|error| format!("{:?} {error}", excerpt(text)));
        run_ids.extend(violations.check(format!("run_ids[{index}]"), read));
    }
    violations.into_result().map_err(|violations| invalid(&violations))?;
    Ok(run_ids)
}

fn watch_options(
    after: Option<i64>,
    min_interval: Option<&prost_types::Duration>,
    heartbeat_interval: Option<&prost_types::Duration>,
) -> Result<WatchOptions, Status> {
    let mut violations = Violations::default();
    let heartbeat = wait(heartbeat_interval, "heartbeat_interval", &mut violations);
    let interval = wait(min_interval, "min_interval", &mut violations);
    violations.into_result().map_err(|violations| invalid(&violations))?;
    Ok(WatchOptions {
        after: after.map(Sequence::from_i64),
        min_interval: MIN_INTERVAL.of(interval),
        heartbeat_interval: HEARTBEAT_INTERVAL.of(heartbeat),
    })
}

/// Whether reading a submission takes longer than others should wait.
fn is_large(wire: &pb::SubmitRequest) -> bool {
    const LARGE_BYTES: usize = 16 << 10;
    wire.encoded_len() > LARGE_BYTES
}

fn read_submission(wire: pb::SubmitRequest, axes_max: usize) -> Result<SubmitRequest, Status> {
    let spec = wire.spec.clone();
    if spec.is_none() && wire.continue_run_id.is_empty() {
        return Err(invalid_field(
            "spec",
            "needs one of backtest, optimization, walk_forward, validation and robustness",
        ));
    }
    Ok(submit_request(wire, spec.as_ref(), axes_max))
}

fn reason(text: String) -> Result<String, Status> {
    if text.chars().count() > REASON_LENGTH_MAX {
        let message = format!("must have at most {REASON_LENGTH_MAX} characters");
        return Err(invalid_field("reason", message));
    }
    Ok(text)
}

/// What is committed first and told second, as a task of its own: a client that hangs up between
/// must not leave the half of it.
async fn carried_out<T: Send + 'static>(
    work: impl Future<Output = Result<T, RunnerError>> + Send + 'static,
) -> Result<T, Status> {
    Ok(telemetry::spawn(work).await.map_err(|_| shutting_down())??)
}

#[tonic::async_trait]
impl RunService for RunServer {
    async fn submit(
        &self,
        request: Request<pb::SubmitRequest>,
    ) -> Result<Response<pb::SubmitResponse>, Status> {
        let actor = actor(&request);
        let wire = request.into_inner();
        if !wire.validate_only {
            at_least(&actor.caller, Role::Submitter)?;
        }
        let axes_max = self.runner.limits().axes_max;
        // A large one is read where nobody waits for an answer.
        let mut request = if is_large(&wire) {
            let reading = spawn_blocking(move || read_submission(wire, axes_max)).await;
            reading.map_err(|_| shutting_down())??
        } else {
            read_submission(wire, axes_max)?
        };
        request.request = request.request.map(|id| own_request(id, &actor.caller));
        request.tags.owner.clone_from(&actor.caller.owner);
        request.actor = actor;
        let submitted = Box::pin(self.runner.submit(request)).await?;
        Ok(Response::new(submitted.into()))
    }

    async fn get_status(
        &self,
        request: Request<pb::GetStatusRequest>,
    ) -> Result<Response<pb::GetStatusResponse>, Status> {
        let request = request.into_inner();
        let run_id = run_id(&request.run_id)?;
        let mut violations = Violations::default();
        let wait = wait(request.wait.as_ref(), "wait", &mut violations);
        violations.into_result().map_err(|violations| invalid(&violations))?;
        let snapshot = match wait.filter(|wait| !wait.is_zero()) {
            Some(wait) => self.runner.status_when_final(run_id, wait.min(WAIT_MAX)).await?,
            None => self.runner.status(run_id).await?,
        };
        Ok(Response::new(pb::GetStatusResponse { status: Some(snapshot.as_ref().into()) }))
    }

    async fn cancel(
        &self,
        request: Request<pb::CancelRequest>,
    ) -> Result<Response<pb::CancelResponse>, Status> {
        let actor = actor(&request);
        let request = request.into_inner();
        let (run_id, reason) = (run_id(&request.run_id)?, reason(request.reason)?);
        self.runner.check_owner(run_id, &actor.caller).await?;
        let runner = Arc::clone(&self.runner);
        let snapshot =
            carried_out(async move { runner.cancel(run_id, reason, &actor).await }).await?;
        Ok(Response::new(pb::CancelResponse { status: Some(snapshot.as_ref().into()) }))
    }

    async fn pause(
        &self,
        request: Request<pb::PauseRequest>,
    ) -> Result<Response<pb::PauseResponse>, Status> {
        let actor = actor(&request);
        let request = request.into_inner();
        let (run_id, reason) = (run_id(&request.run_id)?, reason(request.reason)?);
        self.runner.check_owner(run_id, &actor.caller).await?;
        let runner = Arc::clone(&self.runner);
        let snapshot =
            carried_out(async move { runner.pause(run_id, reason, &actor).await }).await?;
        Ok(Response::new(pb::PauseResponse { status: Some(snapshot.as_ref().into()) }))
    }

    async fn resume(
        &self,
        request: Request<pb::ResumeRequest>,
    ) -> Result<Response<pb::ResumeResponse>, Status> {
        let actor = actor(&request);
        let run_id = run_id(&request.into_inner().run_id)?;
        self.runner.check_owner(run_id, &actor.caller).await?;
        let runner = Arc::clone(&self.runner);
        let snapshot = carried_out(async move { runner.resume(run_id, &actor).await }).await?;
        Ok(Response::new(pb::ResumeResponse { status: Some(snapshot.as_ref().into()) }))
    }

    type WatchProgressStream = Events<pb::WatchProgressResponse>;

    async fn watch_progress(
        &self,
        request: Request<pb::WatchProgressRequest>,
    ) -> Result<Response<Self::WatchProgressStream>, Status> {
        let peer = request.remote_addr();
        let request = request.into_inner();
        let run_id = run_id(&request.run_id)?;
        let (interval, heartbeat) =
            (request.min_interval.as_ref(), request.heartbeat_interval.as_ref());
        let options = watch_options(request.after_sequence, interval, heartbeat)?;
        let permit = self.streams.open(peer)?;
        let events = self.runner.watch(run_id, options).await?;
        let clock = Arc::clone(&self.clock);
        let mut sequence = request.after_sequence.unwrap_or(0);
        let responses = events.map(move |event| {
            let event = event?;
            if let WatchEvent::Snapshot(snapshot) = &event {
                sequence = snapshot.sequence.as_i64();
            }
            Ok(response(&event, sequence, clock.now_ms()))
        });
        Ok(Response::new(Box::pin(attended(responses, permit))))
    }

    type WatchRunsStream = Events<pb::WatchRunsResponse>;

    async fn watch_runs(
        &self,
        request: Request<pb::WatchRunsRequest>,
    ) -> Result<Response<Self::WatchRunsStream>, Status> {
        let peer = request.remote_addr();
        let request = request.into_inner();
        let run_ids = run_ids(&request.run_ids)?;
        let (interval, heartbeat) =
            (request.min_interval.as_ref(), request.heartbeat_interval.as_ref());
        let options = watch_options(None, interval, heartbeat)?;
        let all_runs = run_ids.is_empty().then(|| self.all_runs.open(peer)).transpose()?;
        let permit = (self.streams.open(peer)?, all_runs);
        let events = self.runner.watch_runs(run_ids, options).await?;
        let clock = Arc::clone(&self.clock);
        let responses = events.map(move |event| Ok(runs_response(&event?, clock.now_ms())));
        Ok(Response::new(Box::pin(attended(responses, permit))))
    }

    async fn get_run(
        &self,
        request: Request<pb::GetRunRequest>,
    ) -> Result<Response<pb::GetRunResponse>, Status> {
        let record = self.runner.run(run_id(&request.into_inner().run_id)?).await?;
        Ok(Response::new(pb::GetRunResponse { run: Some((&record).into()) }))
    }

    async fn update_run(
        &self,
        request: Request<pb::UpdateRunRequest>,
    ) -> Result<Response<pb::UpdateRunResponse>, Status> {
        let actor = actor(&request);
        let request = request.into_inner();
        let run_id = run_id(&request.run_id)?;
        let change = tags_change(&request).map_err(|violations| invalid(&violations))?;
        self.runner.check_owner(run_id, &actor.caller).await?;
        let record = self.runner.update(run_id, change, request.etag, &actor).await?;
        Ok(Response::new(pb::UpdateRunResponse { run: Some((&record).into()) }))
    }

    async fn list_runs(
        &self,
        request: Request<pb::ListRunsRequest>,
    ) -> Result<Response<pb::ListRunsResponse>, Status> {
        Ok(Response::new(
            run_list::page(&self.runner, request.into_inner(), self.page_size_max).await?,
        ))
    }

    async fn cancel_runs(
        &self,
        request: Request<pb::CancelRunsRequest>,
    ) -> Result<Response<pb::CancelRunsResponse>, Status> {
        let actor = actor(&request);
        let request = request.into_inner();
        let reason = reason(request.reason)?;
        let batch = batch(&request.filter, request.validate_only, request.expected_count, actor)?;
        let runner = Arc::clone(&self.runner);
        let done = carried_out(async move { runner.cancel_runs(batch, reason).await }).await?;
        Ok(Response::new(pb::CancelRunsResponse {
            matched: done.matched as i64,
            cancelled: done.done as i64,
            denied: done.denied as i64,
            sample_run_ids: done.samples.iter().map(ToString::to_string).collect(),
        }))
    }

    async fn delete_runs(
        &self,
        request: Request<pb::DeleteRunsRequest>,
    ) -> Result<Response<pb::DeleteRunsResponse>, Status> {
        let actor = actor(&request);
        let request = request.into_inner();
        let batch = batch(&request.filter, request.validate_only, request.expected_count, actor)?;
        let runner = Arc::clone(&self.runner);
        let done = carried_out(async move { runner.delete_runs(batch).await }).await?;
        Ok(Response::new(pb::DeleteRunsResponse {
            matched: done.matched as i64,
            deleted: done.done as i64,
            denied: done.denied as i64,
            sample_run_ids: done.samples.iter().map(ToString::to_string).collect(),
        }))
    }

    async fn delete_run(
        &self,
        request: Request<pb::DeleteRunRequest>,
    ) -> Result<Response<pb::DeleteRunResponse>, Status> {
        let actor = actor(&request);
        let run_id = run_id(&request.into_inner().run_id)?;
        self.runner.check_owner(run_id, &actor.caller).await?;
        self.runner.delete(run_id, &actor).await?;
        Ok(Response::new(pb::DeleteRunResponse {}))
    }
}

/// A heartbeat carries the sequence of the last snapshot, to resume after.
fn response(event: &WatchEvent, sequence: i64, now_ms: i64) -> pb::WatchProgressResponse {
    let event = match event {
        WatchEvent::Snapshot(snapshot) => Event::Snapshot(snapshot.as_ref().into()),
        WatchEvent::Heartbeat => Event::Heartbeat(pb::Heartbeat {}),
    };
    pb::WatchProgressResponse { sequence, server_time: Some(timestamp(now_ms)), event: Some(event) }
}

fn runs_response(event: &WatchEvent, now_ms: i64) -> pb::WatchRunsResponse {
    use pb::watch_runs_response::Event;
    let event = match event {
        WatchEvent::Snapshot(snapshot) => {
            let mut status = pb::RunStatus::from(snapshot.as_ref());
            run_list::without_facts(&mut status);
            Event::Snapshot(status)
        }
        WatchEvent::Heartbeat => Event::Heartbeat(pb::Heartbeat {}),
    };
    pb::WatchRunsResponse { server_time: Some(timestamp(now_ms)), event: Some(event) }
}
