//! Taking a submission: one transaction that inserts or finds, never look-up then insert.

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::Store;
use super::audit::{Action, By, Line, note};
use super::error::StoreError;
use super::pause::pause_of;
use super::quota::count_in;
use super::record::{allowance_of, digest_of};
use super::run_list::fill_listed;
use super::trial_row::json;
use crate::digest::Digest;
use crate::run::{
    Allowance, Continuation, Disposition, OverQuota, Quota, RequestId, ReusePolicy, RunId, RunKind,
    RunSpec, Sequence, State, Tags,
};

/// Stands in the column of an estimate that there is none.
const UNKNOWN_MS: i64 = -1;

/// A run to be made, unless equal work is found.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// Its id, should it be made.
    pub run_id: RunId,
    /// Equal for equal work.
    pub run_key: Digest,
    /// What it computes.
    pub spec: RunSpec,
    /// The engine that will compute it.
    pub engine_version: &'static str,
    /// Bars or trials.
    pub total: u64,
    /// What its owner says of it.
    pub tags: Tags,
    /// How long it may take.
    pub allowance: Allowance,
    /// The search that it goes on from.
    pub continues: Option<Continuation>,
    /// What to do about equal work.
    pub reuse: ReusePolicy,
    /// The client's name for the submission.
    pub request: Option<RequestId>,
    /// How long the work may take on an idle server; `None` if that is unknown.
    pub estimate_ms: Option<i64>,
    /// What the submitter may want to know.
    pub warnings: Vec<String>,
    /// Whether there is room for one more live run; equal work may be found without.
    pub has_room: bool,
    /// What owners may have who have no limits of their own.
    pub usual_quota: Quota,
    /// Now.
    pub create_ms: i64,
}

/// What a submitter is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Which run.
    pub run_id: RunId,
    /// Its key.
    pub run_key: Digest,
    /// Bars or trials.
    pub total: u64,
    /// Its state at that time.
    pub state: State,
    /// Made, joined or reused.
    pub disposition: Disposition,
    /// How long the work may take on an idle server; `None` if that is unknown.
    pub estimate_ms: Option<i64>,
    /// What the submitter may want to know.
    pub warnings: Vec<String>,
}

/// How a submission went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitOutcome {
    /// It has a run.
    Answered(Answer),
    /// This request id was answered before; that answer again.
    Repeated(Answer),
    /// This request id was used for something else.
    RequestIdReused,
    /// There is no equal work, and no room for a new run.
    NoRoom,
    /// There is no equal work, and its owner may not have one more.
    OverQuota(OverQuota),
}

impl Store {
    /// Makes the run or finds equal work, as the reuse policy says.
    pub async fn submit(&self, new: NewRun) -> Result<SubmitOutcome, StoreError> {
        let by = self.by.clone();
        self.writer.write(move |connection| Box::pin(submit(connection, new, by))).await
    }

    /// How a request of that id was answered, if it was.
    pub async fn earlier_answer(
        &self,
        request: RequestId,
    ) -> Result<Option<SubmitOutcome>, StoreError> {
        let mut reader = self.readers.take().await?;
        let answer = repeated(&mut reader, request).await;
        reader.done();
        answer
    }
}

async fn submit(
    connection: &mut SqliteConnection,
    new: NewRun,
    by: By,
) -> Result<SubmitOutcome, StoreError> {
    if let Some(request) = new.request
        && let Some(outcome) = repeated(connection, request).await?
    {
        return Ok(outcome);
    }
    let answer = match equal_work(connection, &new).await? {
        Some(found) => found,
        None if !new.has_room => return Ok(SubmitOutcome::NoRoom),
        None => match count_in(connection, &new).await? {
            Some(over) => return Ok(SubmitOutcome::OverQuota(over)),
            None => insert(connection, &new).await?,
        },
    };
    if let Some(request) = new.request {
        remember(connection, request, &answer).await?;
    }
    let line = Line::new(Action::SubmitRun, &answer.run_id)
        .with("kind", &new.spec.kind().as_str())
        .with("strategy", &new.spec.base().strategy.name);
    note(connection, by.as_deref(), Line { outcome: answer.disposition.as_str(), ..line }).await?;
    Ok(SubmitOutcome::Answered(answer))
}

async fn repeated(
    connection: &mut SqliteConnection,
    request: RequestId,
) -> Result<Option<SubmitOutcome>, StoreError> {
    let row = sqlx::query(
        "SELECT payload_sha256, run_id, run_key, total, state, disposition, estimate_ms, warnings \
         FROM submit_requests WHERE request_id = $1",
    )
    .bind(request.id.as_bytes().to_vec())
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if digest_of(&row, "submit_requests", "payload_sha256", 0)? != request.payload {
        return Ok(Some(SubmitOutcome::RequestIdReused));
    }
    let disposition = match row.try_get::<i64, _>("disposition")? {
        1 => Disposition::Created,
        2 => Disposition::Joined,
        _ => Disposition::Reused,
    };
    let warnings = serde_json::from_str(row.try_get("warnings")?);
    let bad = StoreError::Inconsistent { table: "submit_requests", column: "warnings", row: 0 };
    let estimate_ms = Some(row.try_get("estimate_ms")?).filter(|ms| *ms != UNKNOWN_MS);
    let told = (estimate_ms, warnings.map_err(|_| bad)?);
    let answer = answer_of(&row, "submit_requests", disposition, told)?;
    Ok(Some(SubmitOutcome::Repeated(answer)))
}

/// A live run that may be joined, or a completed one that may be reused.
async fn equal_work(
    connection: &mut SqliteConnection,
    new: &NewRun,
) -> Result<Option<Answer>, StoreError> {
    if new.reuse == ReusePolicy::AlwaysNew {
        return Ok(None);
    }
    let live = sqlx::query(
        "SELECT run_id, run_key, total, state, pause_ms, pause_reason, pause_requester, \
         deadline_ms, budget_ms FROM runs WHERE join_key = $1",
    )
    .bind(new.run_key.as_bytes().to_vec())
    .fetch_optional(&mut *connection)
    .await?;
    let told = || (new.estimate_ms, new.warnings.clone());
    if let Some(row) = live {
        let mut answer = answer_of(&row, "runs", Disposition::Joined, told())?;
        answer.warnings.extend(allowance_of(&row)?.told(new.allowance));
        if let Some(pause) = pause_of(&row)? {
            answer.state = State::Paused;
            answer.warnings.push(pause.told());
        }
        return Ok(Some(answer));
    }
    if new.reuse == ReusePolicy::JoinActive {
        return Ok(None);
    }
    let done = sqlx::query(
        "SELECT run_id, run_key, total, state FROM runs \
         WHERE run_key = $1 AND state = $2 \
         AND (origin IS NULL OR origin ->> 'is_recomputed') ORDER BY run_no DESC LIMIT 1",
    )
    .bind(new.run_key.as_bytes().to_vec())
    .bind(State::Completed as i64)
    .fetch_optional(connection)
    .await?;
    done.map(|row| answer_of(&row, "runs", Disposition::Reused, told())).transpose()
}

async fn insert(connection: &mut SqliteConnection, new: &NewRun) -> Result<Answer, StoreError> {
    let joinable = new.reuse != ReusePolicy::AlwaysNew;
    let labels: &BTreeMap<String, String> = &new.tags.labels;
    let inserted = sqlx::query(
        "INSERT INTO runs (run_id, run_key, join_key, kind, state, attempt, sequence, \
         engine_version, spec, total, display_name, labels, priority, owner, create_ms, notes, \
         deadline_ms, budget_ms, continues, retries_failed) \
         VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
         $18, $19)",
    )
    .bind(new.run_id.as_bytes().to_vec())
    .bind(new.run_key.as_bytes().to_vec())
    .bind(joinable.then(|| new.run_key.as_bytes().to_vec()))
    .bind(kind_number(new.spec.kind()))
    .bind(State::Pending as i64)
    .bind(Sequence::first_of(1).as_i64())
    .bind(new.engine_version)
    .bind(json(&new.spec))
    .bind(new.total as i64)
    .bind(new.tags.display_name.clone())
    .bind(json(labels))
    .bind(new.tags.priority)
    .bind(new.tags.owner.clone())
    .bind(new.create_ms)
    .bind(new.tags.notes.clone())
    .bind(new.allowance.deadline_ms)
    .bind(new.allowance.budget_ms)
    .bind(new.continues.map(|it| it.run_id.as_bytes().to_vec()))
    .bind(new.continues.is_some_and(|it| it.retries_failed))
    .execute(&mut *connection)
    .await?;
    fill_listed(connection, inserted.last_insert_rowid(), &new.spec, labels).await?;
    Ok(Answer {
        run_id: new.run_id,
        run_key: new.run_key,
        total: new.total,
        state: State::Pending,
        disposition: Disposition::Created,
        estimate_ms: new.estimate_ms,
        warnings: new.warnings.clone(),
    })
}

async fn remember(
    connection: &mut SqliteConnection,
    request: RequestId,
    answer: &Answer,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO submit_requests (request_id, payload_sha256, run_id, run_key, total, state, \
         disposition, estimate_ms, warnings) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(request.id.as_bytes().to_vec())
    .bind(request.payload.as_bytes().to_vec())
    .bind(answer.run_id.as_bytes().to_vec())
    .bind(answer.run_key.as_bytes().to_vec())
    .bind(answer.total as i64)
    .bind(answer.state as i64)
    .bind(answer.disposition as i64)
    .bind(answer.estimate_ms.unwrap_or(UNKNOWN_MS))
    .bind(json(&answer.warnings))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) const fn kind_number(kind: RunKind) -> i64 {
    match kind {
        RunKind::Backtest => 1,
        RunKind::Optimization => 2,
        RunKind::WalkForward => 3,
        RunKind::Validation => 4,
        RunKind::Robustness => 5,
    }
}

fn answer_of(
    row: &SqliteRow,
    table: &'static str,
    disposition: Disposition,
    (estimate_ms, warnings): (Option<i64>, Vec<String>),
) -> Result<Answer, StoreError> {
    let bad = |column| StoreError::Inconsistent { table, column, row: 0 };
    let run_id: Vec<u8> = row.try_get("run_id")?;
    Ok(Answer {
        run_id: RunId::from_slice(&run_id).ok_or(bad("run_id"))?,
        run_key: digest_of(row, table, "run_key", 0)?,
        total: row.try_get::<i64, _>("total")? as u64,
        state: State::from_number(row.try_get("state")?).ok_or(bad("state"))?,
        disposition,
        estimate_ms,
        warnings,
    })
}
