//! Who is told what happened, by HTTP. The keys that deliveries are signed with are not here, only
//! their hashes.

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::Store;
use super::audit::{Action, By, Line, note};
use super::error::StoreError;
use super::record::digest_of;
use super::run_query::RunQuery;
use crate::digest::Digest;
use crate::run::{RunId, Violations};

/// Hooks of one owner.
pub const HOOKS_PER_OWNER_MAX: u64 = 20;
/// Hooks of a server: each may have a connection of its own.
pub const HOOKS_MAX: u64 = 200;
/// Stands as the reason of one that is removed and whose deliveries go in pieces.
pub(super) const DELETED: &str = "DELETED";

/// What a hook may tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HookEvent {
    /// A run is completed.
    RunCompleted = 1,
    /// A run has failed.
    RunFailed = 2,
    /// A run was cancelled.
    RunCancelled = 3,
    /// A run was halted.
    RunPaused = 4,
    /// A series has a new version.
    SeriesChanged = 5,
    /// Somebody tries the hook.
    Test = 6,
}

impl HookEvent {
    /// All of them, by their numbers.
    pub const ALL: [Self; 6] = [
        Self::RunCompleted,
        Self::RunFailed,
        Self::RunCancelled,
        Self::RunPaused,
        Self::SeriesChanged,
        Self::Test,
    ];

    /// Of the number that it is kept as.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|event| *event as i64 == number)
    }

    /// As receivers read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RunCompleted => "run.completed",
            Self::RunFailed => "run.failed",
            Self::RunCancelled => "run.cancelled",
            Self::RunPaused => "run.paused",
            Self::SeriesChanged => "series.changed",
            Self::Test => "test",
        }
    }

    pub(super) const fn bit(self) -> i64 {
        1 << self as i64
    }
}

/// Where one hook stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredHook {
    /// Its number in the database.
    pub hook_no: i64,
    /// Its name.
    pub hook_id: RunId,
    /// Where it posts to.
    pub url: String,
    /// What it tells of.
    pub events: Vec<HookEvent>,
    /// Of which runs, as in a list of runs; empty is of all.
    pub filter: String,
    /// Whose it is.
    pub owner: String,
    /// Whether it tells of the runs of all, or of its owner's alone.
    pub told_of_all: bool,
    /// The hash of the key that it signs with.
    pub key_sha256: Digest,
    /// When it was made.
    pub create_ms: i64,
    /// How many events are on their way.
    pub pending: u64,
    /// Since when nothing arrives.
    pub failing_since_ms: Option<i64>,
    /// Why it delivers no more; empty while it does.
    pub disabled_reason: String,
}

/// A hook to keep.
#[derive(Clone, Debug)]
pub struct NewHook {
    /// Its name.
    pub hook_id: RunId,
    /// Where it posts to.
    pub url: String,
    /// Its host, for the trail: the rest of the URL may be a secret.
    pub host: String,
    /// What it tells of.
    pub events: Vec<HookEvent>,
    /// Of which runs.
    pub filter: String,
    /// Whose it is.
    pub owner: String,
    /// Whether it tells of the runs of all.
    pub told_of_all: bool,
    /// The hash of the key that it signs with.
    pub key_sha256: Digest,
    /// When.
    pub create_ms: i64,
}

/// How a new hook was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookOutcome {
    /// It is there.
    Made,
    /// Its owner has so many already, the most.
    TooManyOfOwner,
    /// There are so many already, the most.
    TooMany,
}

/// Why a filter cannot be a hook's.
///
/// # Errors
///
/// What is wrong with it.
pub fn check_hook_filter(filter: &str) -> Result<(), Violations> {
    let query = RunQuery::new(filter, "")?;
    if query.kept().sql.contains("runs_text") {
        let mut violations = Violations::default();
        let message = "text is not looked for at every end of a run; use display_name, strategy, \
                       symbol or labels.NAME";
        violations.add("filter", message);
        return Err(violations);
    }
    Ok(())
}

impl Store {
    /// Keeps a new hook.
    pub async fn keep_hook(&self, new: NewHook) -> Result<HookOutcome, StoreError> {
        let by = self.by.clone();
        self.writer.write(move |connection| Box::pin(keep(connection, new, by))).await
    }

    /// All hooks, the newest first.
    pub async fn hooks(&self) -> Result<Vec<StoredHook>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM hooks WHERE disabled_reason <> $1 ORDER BY hook_no DESC")
                .bind(DELETED)
                .fetch_all(&self.readers)
                .await?;
        rows.iter().map(hook_of).collect()
    }

    /// The hook of that id, if there is one.
    pub async fn hook(&self, hook_id: RunId) -> Result<Option<StoredHook>, StoreError> {
        let row = sqlx::query("SELECT * FROM hooks WHERE hook_id = $1 AND disabled_reason <> $2")
            .bind(hook_id.as_bytes().to_vec())
            .bind(DELETED)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(hook_of).transpose()
    }

    /// The hook of that number, as long as it delivers.
    pub async fn live_hook(&self, hook_no: i64) -> Result<Option<StoredHook>, StoreError> {
        let row = sqlx::query("SELECT * FROM hooks WHERE hook_no = $1 AND disabled_reason = ''")
            .bind(hook_no)
            .fetch_optional(&self.readers.inner())
            .await?;
        row.as_ref().map(hook_of).transpose()
    }

    /// Removes a hook; whether there was one. What it left goes by `purge_hooks`.
    pub async fn delete_hook(&self, hook_id: RunId) -> Result<bool, StoreError> {
        let by = self.by.clone();
        self.writer
            .write_when_full(move |connection| {
                Box::pin(async move {
                    let gone = sqlx::query(
                        "UPDATE hooks SET disabled_reason = $1, url = '' \
                         WHERE hook_id = $2 AND disabled_reason <> $1",
                    )
                    .bind(DELETED)
                    .bind(hook_id.as_bytes().to_vec())
                    .execute(&mut *connection)
                    .await?;
                    if gone.rows_affected() == 0 {
                        return Ok(false);
                    }
                    let line = Line::new(Action::DeleteHook, &hook_id);
                    note(connection, by.as_deref(), line).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Ends the deliveries of a hook, saying why.
    pub async fn disable_hook(&self, hook_no: i64, why: &'static str) -> Result<(), StoreError> {
        self.set_reason(hook_no, why).await
    }

    /// Lets a hook deliver again: what is still on its way goes on.
    pub async fn enable_hook(&self, hook_no: i64) -> Result<(), StoreError> {
        self.set_reason(hook_no, "").await
    }

    async fn set_reason(&self, hook_no: i64, why: &'static str) -> Result<(), StoreError> {
        self.writer
            .write_when_full(move |connection| Box::pin(disable(connection, hook_no, why)))
            .await
    }
}

pub(super) async fn disable(
    connection: &mut SqliteConnection,
    hook_no: i64,
    why: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE hooks SET disabled_reason = $1, failing_since_ms = NULL \
         WHERE hook_no = $2 AND disabled_reason <> $3",
    )
    .bind(why.to_owned())
    .bind(hook_no)
    .bind(DELETED)
    .execute(connection)
    .await?;
    Ok(())
}

async fn keep(
    connection: &mut SqliteConnection,
    new: NewHook,
    by: By,
) -> Result<HookOutcome, StoreError> {
    let counts = sqlx::query(
        "SELECT count(*), coalesce(sum(owner = $1), 0) FROM hooks WHERE disabled_reason <> $2",
    )
    .bind(new.owner.clone())
    .bind(DELETED)
    .fetch_one(&mut *connection)
    .await?;
    let (all, own): (i64, i64) = (counts.try_get(0)?, counts.try_get(1)?);
    if own as u64 >= HOOKS_PER_OWNER_MAX {
        return Ok(HookOutcome::TooManyOfOwner);
    }
    if all as u64 >= HOOKS_MAX {
        return Ok(HookOutcome::TooMany);
    }
    let line = Line::new(Action::CreateHook, &new.hook_id)
        .with("host", &new.host)
        .with("filter", &new.filter);
    sqlx::query(
        "INSERT INTO hooks (hook_id, url, event_types, filter, owner, told_of_all, key_sha256, \
         create_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(new.hook_id.as_bytes().to_vec())
    .bind(new.url)
    .bind(new.events.iter().fold(0, |bits, event| bits | event.bit()))
    .bind(new.filter)
    .bind(new.owner)
    .bind(new.told_of_all)
    .bind(new.key_sha256.as_bytes().to_vec())
    .bind(new.create_ms)
    .execute(&mut *connection)
    .await?;
    note(connection, by.as_deref(), line).await?;
    Ok(HookOutcome::Made)
}

fn hook_of(row: &SqliteRow) -> Result<StoredHook, StoreError> {
    let hook_no: i64 = row.try_get("hook_no")?;
    let bad = |column| StoreError::Inconsistent { table: "hooks", column, row: hook_no };
    let id: Vec<u8> = row.try_get("hook_id")?;
    let bits: i64 = row.try_get("event_types")?;
    Ok(StoredHook {
        hook_no,
        hook_id: RunId::from_slice(&id).ok_or_else(|| bad("hook_id"))?,
        url: row.try_get("url")?,
        events: HookEvent::ALL.into_iter().filter(|event| bits & event.bit() != 0).collect(),
        filter: row.try_get("filter")?,
        owner: row.try_get("owner")?,
        told_of_all: row.try_get("told_of_all")?,
        key_sha256: digest_of(row, "hooks", "key_sha256", hook_no)?,
        create_ms: row.try_get("create_ms")?,
        pending: row.try_get::<i64, _>("pending")? as u64,
        failing_since_ms: row.try_get("failing_since_ms")?,
        disabled_reason: row.try_get("disabled_reason")?,
    })
}
