//! What happened, written down for each hook that is to be told, in the transaction that makes it
//! true: no event without its fact, and no fact without its event.

use serde_json::{Map, Value, json};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::error::StoreError;
use super::hooks::{HookEvent, disable};
use super::run_query::RunQuery;
use super::series::SeriesRow;
use crate::digest::Digest;
use crate::excerpt::excerpt;
use crate::metrics::Metric;
use crate::run::{Failure, RunId, State};

/// Events on their way to one hook. Above it the hook is ended, and says so, and loses none.
pub const PENDING_MAX: i64 = 100_000;
/// A body is thin: whoever wants more asks for it.
const BODY_BYTES_MAX: usize = 8 << 10;

/// An event as its receivers are told of it.
pub(super) struct Event {
    pub(super) id: RunId,
    pub(super) kind: HookEvent,
    pub(super) subject: String,
    pub(super) time_ms: i64,
    pub(super) body: String,
}

impl Event {
    /// With these data in its body; what is long in them is left out if they are too long.
    pub(super) fn new(kind: HookEvent, subject: String, time_ms: i64, mut data: Value) -> Self {
        let text = |data: &Value| {
            json!({ "type": kind.as_str(), "timestamp": rfc3339(time_ms), "data": data })
                .to_string()
        };
        let mut body = text(&data);
        if body.len() > BODY_BYTES_MAX {
            let count = data["labels"].as_object().map_or(0, Map::len);
            if let Some(data) = data.as_object_mut() {
                data.remove("labels");
                data.insert("labelsLeftOut".to_owned(), count.into());
            }
            body = text(&data);
        }
        Self { id: RunId::new(time_ms), kind, subject, time_ms, body }
    }
}

fn rfc3339(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |time| time.to_string())
}

/// Who listens to that kind of event.
struct Listener {
    hook_no: i64,
    filter: String,
    owner: String,
    told_of_all: bool,
    pending: i64,
}

async fn listeners(
    connection: &mut SqliteConnection,
    kind: HookEvent,
) -> Result<Vec<Listener>, StoreError> {
    let rows = sqlx::query(
        "SELECT hook_no, filter, owner, told_of_all, pending FROM hooks \
         WHERE event_types & $1 AND disabled_reason = ''",
    )
    .bind(kind.bit())
    .fetch_all(connection)
    .await?;
    let listener = |row: &SqliteRow| {
        Ok(Listener {
            hook_no: row.try_get("hook_no")?,
            filter: row.try_get("filter")?,
            owner: row.try_get("owner")?,
            told_of_all: row.try_get("told_of_all")?,
            pending: row.try_get("pending")?,
        })
    };
    rows.iter().map(listener).collect()
}

/// Tells of a run that is now in that state; whether anybody is to be told.
pub(super) async fn tell_of_run(
    connection: &mut SqliteConnection,
    run_id: RunId,
    state: State,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let kind = match state {
        State::Completed => HookEvent::RunCompleted,
        State::Failed => HookEvent::RunFailed,
        State::Cancelled => HookEvent::RunCancelled,
        State::Paused => HookEvent::RunPaused,
        State::Pending | State::Running => return Ok(false),
    };
    let listeners = listeners(connection, kind).await?;
    if listeners.is_empty() {
        return Ok(false);
    }
    let row = facts(connection, run_id).await?;
    let (run_no, owner): (i64, String) = (row.try_get("run_no")?, row.try_get("owner")?);
    let mut told = None;
    for listener in listeners {
        let concerns = listener.told_of_all || listener.owner == owner;
        if concerns && fits(connection, run_no, &listener).await? {
            let event = match &told {
                Some(event) => event,
                None => told.insert(Event::new(
                    kind,
                    run_id.to_string(),
                    now_ms,
                    data_of_run(connection, &row, run_id, state).await?,
                )),
            };
            post(connection, &listener, event).await?;
        }
    }
    Ok(told.is_some())
}

/// Tells of a new version of a series; whether anybody is to be told.
pub(super) async fn tell_of_series(
    connection: &mut SqliteConnection,
    row: &SeriesRow,
) -> Result<bool, StoreError> {
    let kind = HookEvent::SeriesChanged;
    let listeners = listeners(connection, kind).await?;
    if listeners.is_empty() {
        return Ok(false);
    }
    let data = json!({
        "exchange": row.instrument.exchange.as_str(),
        "symbol": row.instrument.symbol.as_str(),
        "timeframe": row.timeframe.to_string(),
        "dataSha256": row.data.to_string(),
        "barCount": row.bar_count.to_string(),
        "firstOpenTime": rfc3339(row.first_open_ms),
        "endTime": rfc3339(row.end_ms),
    });
    let subject = format!("{}@{}", row.instrument, row.timeframe);
    let event = Event::new(kind, subject, row.import_ms, data);
    for listener in &listeners {
        post(connection, listener, &event).await?;
    }
    Ok(true)
}

/// Whether the hook's filter has the run. What is asked of labels and metrics is asked of this
/// run's alone: the one writer has no time to go through those of all.
async fn fits(
    connection: &mut SqliteConnection,
    run_no: i64,
    listener: &Listener,
) -> Result<bool, StoreError> {
    if listener.filter.is_empty() {
        return Ok(true);
    }
    let Ok(query) = RunQuery::new(&listener.filter, "") else {
        // Written by a version that had a field which this one has not.
        disable(connection, listener.hook_no, "BAD_FILTER").await?;
        return Ok(false);
    };
    let condition = query.kept();
    let sql = format!(
        "WITH run_labels AS (SELECT * FROM main.run_labels WHERE run_no = ?), \
         run_metrics AS (SELECT * FROM main.run_metrics WHERE run_no = ?) \
         SELECT 1 FROM runs WHERE run_no = ? AND ({})",
        condition.sql
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(run_no).bind(run_no).bind(run_no);
    Ok(condition.bind(query).fetch_optional(connection).await?.is_some())
}

async fn facts(connection: &mut SqliteConnection, run_id: RunId) -> Result<SqliteRow, StoreError> {
    let row = sqlx::query(
        "SELECT run_no, run_key, kind, owner, display_name, labels, completed, failed, total, \
         failure, pause_reason, strategy, CASE kind WHEN 2 THEN \
         spec ->> '$.optimization.objective.metric' END AS objective, \
         coalesce((SELECT result_sha256 FROM backtests WHERE backtests.run_no = runs.run_no), \
         (SELECT result_sha256 FROM optimizations WHERE optimizations.run_no = runs.run_no), \
         (SELECT result_sha256 FROM findings WHERE findings.run_no = runs.run_no)) AS result \
         FROM runs WHERE run_id = $1",
    )
    .bind(run_id.as_bytes().to_vec())
    .fetch_one(connection)
    .await?;
    Ok(row)
}

async fn data_of_run(
    connection: &mut SqliteConnection,
    row: &SqliteRow,
    run_id: RunId,
    state: State,
) -> Result<Value, StoreError> {
    let run_no: i64 = row.try_get("run_no")?;
    let bad = |column| StoreError::Inconsistent { table: "runs", column, row: run_no };
    let hex = |column| -> Result<Option<String>, StoreError> {
        let bytes: Option<Vec<u8>> = row.try_get(column)?;
        let digest = bytes.map(|bytes| <[u8; 32]>::try_from(bytes).map_err(|_| bad(column)));
        Ok(digest.transpose()?.map(|bytes| Digest::from_bytes(bytes).to_string()))
    };
    // Counts are texts, as they are wherever the contract is JSON.
    let count =
        |column| -> Result<String, StoreError> { Ok(row.try_get::<i64, _>(column)?.to_string()) };
    let labels: Value = serde_json::from_str(row.try_get("labels")?).map_err(|_| bad("labels"))?;
    let mut data = json!({
        "runId": run_id.to_string(),
        "runKey": hex("run_key")?,
        "owner": row.try_get::<String, _>("owner")?,
        "displayName": row.try_get::<String, _>("display_name")?,
        "strategy": row.try_get::<String, _>("strategy")?,
        "labels": labels,
        "state": state.as_str(),
        "completed": count("completed")?,
        "failed": count("failed")?,
        "total": count("total")?,
    });
    if state == State::Completed {
        data["resultSha256"] = hex("result")?.into();
    }
    if let Some(failure) = row.try_get::<Option<String>, _>("failure")? {
        let failure: Failure = serde_json::from_str(&failure).map_err(|_| bad("failure"))?;
        let message = excerpt(&failure.message).to_string();
        data["error"] = json!({ "reason": failure.reason, "message": message });
    }
    if state == State::Paused {
        data["pauseReason"] = row.try_get::<Option<String>, _>("pause_reason")?.into();
    }
    let objective: Option<String> = row.try_get("objective")?;
    if let Some(metric) = objective.and_then(|name| Metric::named(&name)) {
        data["objectiveMetric"] = metric.name().into();
        let sql = format!("SELECT {} FROM run_metrics WHERE run_no = $1", metric.name());
        let best = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(run_no);
        if let Some(best) = best.fetch_optional(connection).await? {
            data["objective"] = best.try_get::<Option<f64>, _>(0)?.into();
        }
    }
    Ok(data)
}

/// Writes the event down for that hook.
async fn post(
    connection: &mut SqliteConnection,
    listener: &Listener,
    event: &Event,
) -> Result<(), StoreError> {
    if listener.pending >= PENDING_MAX {
        return disable(connection, listener.hook_no, "BACKLOG").await;
    }
    insert(connection, listener.hook_no, event, Some(event.time_ms)).await?;
    sqlx::query("UPDATE hooks SET pending = pending + 1 WHERE hook_no = $1")
        .bind(listener.hook_no)
        .execute(connection)
        .await?;
    Ok(())
}

/// The number of its delivery.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    hook_no: i64,
    event: &Event,
    next_ms: Option<i64>,
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "INSERT INTO deliveries (hook_no, event_id, event_type, subject, event_ms, body, next_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING delivery_no",
    )
    .bind(hook_no)
    .bind(event.id.as_bytes().to_vec())
    .bind(event.kind as i64)
    .bind(event.subject.clone())
    .bind(event.time_ms)
    .bind(event.body.clone())
    .bind(next_ms)
    .fetch_one(connection)
    .await?;
    Ok(row.try_get(0)?)
}
