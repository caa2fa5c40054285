//! Events on their way: which are due, what became of each attempt, and what is kept of them.

use serde_json::json;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::Store;
use super::error::StoreError;
use super::hook_events::{Event, insert};
use super::hooks::{DELETED, HookEvent, disable};
use crate::run::RunId;

/// Rows that go in one transaction.
const ROWS_AT_ONCE: i64 = 5_000;
/// Deliveries of one hook that are done and kept.
const DONE_KEPT: i64 = 10_000;
/// Nothing arrived for so long: nobody listens any more.
const FAILING_MAX_MS: i64 = 72 * 3_600_000;

/// An event on its way to a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDelivery {
    /// Rises with each.
    pub delivery_no: i64,
    /// The same for every hook, and at every attempt.
    pub event_id: RunId,
    /// What it tells of.
    pub kind: HookEvent,
    /// Of what in particular: a run's id, or a series.
    pub subject: String,
    /// When it happened.
    pub event_ms: i64,
    /// What is sent; empty once it arrived or was given up.
    pub body: String,
    /// How often it was sent.
    pub attempts: u32,
    /// When it is sent next.
    pub next_ms: Option<i64>,
    /// When it arrived.
    pub delivery_ms: Option<i64>,
    /// What became of the last attempt.
    pub last_outcome: String,
}

/// A hook that has something to send, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueHook {
    /// Which.
    pub hook_no: i64,
    /// When the first of it is due.
    pub next_ms: i64,
    /// How much it has.
    pub pending: u64,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptNote {
    /// Of which hook.
    pub hook_no: i64,
    /// Which delivery.
    pub delivery_no: i64,
    /// When.
    pub now_ms: i64,
    /// In words.
    pub outcome: String,
    /// Where it goes from here.
    pub next: Next,
}

/// Where a delivery goes after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It has arrived.
    Arrived,
    /// It is sent again then.
    Again(i64),
    /// It was sent often enough.
    GivenUp,
    /// The receiver wants no more of anything.
    Gone,
}

impl Store {
    /// Hooks that have something to send, now or later.
    pub async fn due_hooks(&self) -> Result<Vec<DueHook>, StoreError> {
        let rows = sqlx::query(
            "SELECT hook_no, pending, (SELECT min(next_ms) \
             FROM deliveries INDEXED BY deliveries_due \
             WHERE deliveries.hook_no = hooks.hook_no AND next_ms IS NOT NULL) AS next_ms \
             FROM hooks WHERE disabled_reason = '' AND pending > 0",
        )
        .fetch_all(&self.readers.inner())
        .await?;
        let mut due = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(next_ms) = row.try_get("next_ms")? {
                let pending = row.try_get::<i64, _>("pending")? as u64;
                due.push(DueHook { hook_no: row.try_get("hook_no")?, next_ms, pending });
            }
        }
        Ok(due)
    }

    /// What that hook is to send now, the longest due first.
    pub async fn next_delivery(
        &self,
        hook_no: i64,
        now_ms: i64,
    ) -> Result<Option<StoredDelivery>, StoreError> {
        let row = sqlx::query(
            "SELECT * FROM deliveries INDEXED BY deliveries_due WHERE hook_no = $1 \
             AND next_ms IS NOT NULL AND next_ms <= $2 ORDER BY next_ms, delivery_no LIMIT 1",
        )
        .bind(hook_no)
        .bind(now_ms)
        .fetch_optional(&self.readers.inner())
        .await?;
        row.as_ref().map(delivery_of).transpose()
    }

    /// Notes what became of an attempt. A hook of which nothing arrives for long is ended.
    pub async fn note_attempt(&self, attempt: AttemptNote) -> Result<(), StoreError> {
        self.writer
            .write_when_full(move |connection| Box::pin(note_attempt(connection, attempt)))
            .await
    }

    /// Notes a try of a hook, in place of the one before.
    pub async fn keep_test(&self, hook_no: i64, now_ms: i64) -> Result<StoredDelivery, StoreError> {
        self.writer.write(move |connection| Box::pin(keep_test(connection, hook_no, now_ms))).await
    }

    /// The newest deliveries of a hook before that one, the newest first.
    pub async fn deliveries(
        &self,
        hook_no: i64,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<StoredDelivery>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM deliveries WHERE hook_no = $1 AND delivery_no < $2 \
             ORDER BY delivery_no DESC LIMIT $3",
        )
        .bind(hook_no)
        .bind(before.unwrap_or(i64::MAX))
        .bind(limit as i64)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(delivery_of).collect()
    }

    /// Removes what was done before that time, what is done beyond the newest, and what removed
    /// hooks left, a piece at a time.
    pub async fn purge_hooks(&self, before_ms: i64) -> Result<(), StoreError> {
        let rows = sqlx::query("SELECT hook_no, disabled_reason FROM hooks")
            .fetch_all(&self.readers.inner())
            .await?;
        for row in rows {
            let hook_no: i64 = row.try_get(0)?;
            let is_deleted = row.try_get::<String, _>(1)? == DELETED;
            while self
                .writer
                .write_when_full(move |connection| {
                    Box::pin(purge_piece(connection, hook_no, is_deleted, before_ms))
                })
                .await?
            {}
        }
        Ok(())
    }
}

async fn note_attempt(
    connection: &mut SqliteConnection,
    attempt: AttemptNote,
) -> Result<(), StoreError> {
    let AttemptNote { hook_no, delivery_no, now_ms, outcome, next } = attempt;
    let next_ms = if let Next::Again(next_ms) = next { Some(next_ms) } else { None };
    let arrived_ms = (next == Next::Arrived).then_some(now_ms);
    let was = sqlx::query("SELECT next_ms IS NOT NULL FROM deliveries WHERE delivery_no = $1")
        .bind(delivery_no)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(was) = was else { return Ok(()) };
    let was_pending: bool = was.try_get(0)?;
    sqlx::query(
        "UPDATE deliveries SET attempts = attempts + 1, next_ms = $1, delivery_ms = $2, \
         last_outcome = $3, body = CASE WHEN $1 IS NULL THEN '' ELSE body END \
         WHERE delivery_no = $4",
    )
    .bind(next_ms)
    .bind(arrived_ms)
    .bind(outcome)
    .bind(delivery_no)
    .execute(&mut *connection)
    .await?;
    let since_ms: Option<i64> = sqlx::query(
        "UPDATE hooks SET pending = pending - $1, \
         failing_since_ms = CASE WHEN $2 THEN NULL WHEN $5 THEN coalesce(failing_since_ms, $3) \
         ELSE failing_since_ms END \
         WHERE hook_no = $4 RETURNING failing_since_ms",
    )
    .bind(i64::from(was_pending && next_ms.is_none()))
    .bind(next == Next::Arrived)
    .bind(now_ms)
    .bind(hook_no)
    .bind(was_pending)
    .fetch_one(&mut *connection)
    .await?
    .try_get(0)?;
    if next == Next::Gone {
        return disable(connection, hook_no, "GONE").await;
    }
    if was_pending && since_ms.is_some_and(|since_ms| now_ms - since_ms >= FAILING_MAX_MS) {
        return disable(connection, hook_no, "FAILING").await;
    }
    Ok(())
}

async fn keep_test(
    connection: &mut SqliteConnection,
    hook_no: i64,
    now_ms: i64,
) -> Result<StoredDelivery, StoreError> {
    sqlx::query("DELETE FROM deliveries WHERE hook_no = $1 AND event_type = $2")
        .bind(hook_no)
        .bind(HookEvent::Test as i64)
        .execute(&mut *connection)
        .await?;
    let hook_id: Vec<u8> = sqlx::query("SELECT hook_id FROM hooks WHERE hook_no = $1")
        .bind(hook_no)
        .fetch_one(&mut *connection)
        .await?
        .try_get(0)?;
    let bad = StoreError::Inconsistent { table: "hooks", column: "hook_id", row: hook_no };
    let subject = RunId::from_slice(&hook_id).ok_or(bad)?.to_string();
    let data = json!({ "hookId": subject });
    let event = Event::new(HookEvent::Test, subject, now_ms, data);
    let delivery_no = insert(connection, hook_no, &event, None).await?;
    Ok(StoredDelivery {
        delivery_no,
        event_id: event.id,
        kind: event.kind,
        subject: event.subject,
        event_ms: event.time_ms,
        body: event.body,
        attempts: 0,
        next_ms: None,
        delivery_ms: None,
        last_outcome: String::new(),
    })
}

/// Whether there is more.
async fn purge_piece(
    connection: &mut SqliteConnection,
    hook_no: i64,
    is_deleted: bool,
    before_ms: i64,
) -> Result<bool, StoreError> {
    let which = if is_deleted {
        "SELECT delivery_no FROM deliveries WHERE hook_no = $1 AND $2 IS NOT NULL \
         AND $3 IS NOT NULL LIMIT $4"
    } else {
        // A hook that was ended keeps what is on its way for as long.
        "SELECT delivery_no FROM deliveries WHERE hook_no = $1 AND (event_ms < $2 AND (next_ms \
         IS NULL OR (SELECT disabled_reason FROM hooks WHERE hook_no = $1) <> '') OR \
         next_ms IS NULL AND delivery_no < coalesce((SELECT delivery_no FROM deliveries \
         WHERE hook_no = $1 AND next_ms IS NULL ORDER BY delivery_no DESC LIMIT 1 OFFSET $3), 0)) \
         LIMIT $4"
    };
    let sql = format!("DELETE FROM deliveries WHERE delivery_no IN ({which}) RETURNING next_ms");
    let gone = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(hook_no)
        .bind(before_ms)
        .bind(DONE_KEPT)
        .bind(ROWS_AT_ONCE)
        .fetch_all(&mut *connection)
        .await?;
    let mut pending = 0_i64;
    for row in &gone {
        pending += i64::from(row.try_get::<Option<i64>, _>(0)?.is_some());
    }
    if pending > 0 {
        sqlx::query("UPDATE hooks SET pending = pending - $1 WHERE hook_no = $2")
            .bind(pending)
            .bind(hook_no)
            .execute(&mut *connection)
            .await?;
    }
    if gone.len() as i64 >= ROWS_AT_ONCE {
        return Ok(true);
    }
    if is_deleted {
        sqlx::query("DELETE FROM hooks WHERE hook_no = $1 AND disabled_reason = $2")
            .bind(hook_no)
            .bind(DELETED)
            .execute(connection)
            .await?;
    }
    Ok(false)
}

fn delivery_of(row: &SqliteRow) -> Result<StoredDelivery, StoreError> {
    let delivery_no: i64 = row.try_get("delivery_no")?;
    let bad = |column| StoreError::Inconsistent { table: "deliveries", column, row: delivery_no };
    let id: Vec<u8> = row.try_get("event_id")?;
    Ok(StoredDelivery {
        delivery_no,
        event_id: RunId::from_slice(&id).ok_or_else(|| bad("event_id"))?,
        kind: HookEvent::from_number(row.try_get("event_type")?)
            .ok_or_else(|| bad("event_type"))?,
        subject: row.try_get("subject")?,
        event_ms: row.try_get("event_ms")?,
        body: row.try_get("body")?,
        attempts: row.try_get("attempts")?,
        next_ms: row.try_get("next_ms")?,
        delivery_ms: row.try_get("delivery_ms")?,
        last_outcome: row.try_get("last_outcome")?,
    })
}
