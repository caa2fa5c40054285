//! Who changed what: a line for each change that a known caller made, in the change's own
//! transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::Store;
use super::condition::{Bound, Condition};
use super::error::StoreError;
use super::run_query::{same, time_ms};
use super::trial_row::json;
use crate::filter::{Comparison, FilterError, parse};
use crate::run::{Actor, Violations};

/// Lines that go in one transaction.
const LINES_AT_ONCE: i64 = 5_000;
const FIELDS: [&str; 6] = ["actor", "token_id", "action", "subject", "outcome", "time"];

/// What can be done that is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A run was submitted, or one that is there was the answer.
    SubmitRun,
    /// The end of a run was asked for.
    CancelRun,
    /// A run was halted.
    PauseRun,
    /// A run was let go on.
    ResumeRun,
    /// What is said of a run, or how long it may take, was changed.
    UpdateRun,
    /// A run was removed.
    DeleteRun,
    /// A run that was computed elsewhere was kept.
    ImportRun,
    /// A strategy as text was saved.
    SaveStrategy,
    /// A saved strategy was removed.
    DeleteStrategy,
    /// A series got a new version.
    ImportBars,
    /// Versions of a series were removed.
    DeleteSeries,
    /// An auxiliary series got a new version.
    ImportAux,
    /// Versions of an auxiliary series were removed.
    DeleteAux,
    /// A token was made.
    CreateToken,
    /// A token was ended.
    RevokeToken,
    /// What an owner may have was set.
    SetQuota,
    /// A webhook was made.
    CreateHook,
    /// A webhook was removed.
    DeleteHook,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::SubmitRun,
        Self::CancelRun,
        Self::PauseRun,
        Self::ResumeRun,
        Self::UpdateRun,
        Self::DeleteRun,
        Self::ImportRun,
        Self::SaveStrategy,
        Self::DeleteStrategy,
        Self::ImportBars,
        Self::DeleteSeries,
        Self::ImportAux,
        Self::DeleteAux,
        Self::CreateToken,
        Self::RevokeToken,
        Self::SetQuota,
        Self::CreateHook,
        Self::DeleteHook,
    ];

    /// As it is kept, told and filtered by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SubmitRun => "run.submit",
            Self::CancelRun => "run.cancel",
            Self::PauseRun => "run.pause",
            Self::ResumeRun => "run.resume",
            Self::UpdateRun => "run.update",
            Self::DeleteRun => "run.delete",
            Self::ImportRun => "run.import",
            Self::SaveStrategy => "strategy.save",
            Self::DeleteStrategy => "strategy.delete",
            Self::ImportBars => "series.import",
            Self::DeleteSeries => "series.delete",
            Self::ImportAux => "aux.import",
            Self::DeleteAux => "aux.delete",
            Self::CreateToken => "token.create",
            Self::RevokeToken => "token.revoke",
            Self::SetQuota => "owner.set",
            Self::CreateHook => "hook.create",
            Self::DeleteHook => "hook.delete",
        }
    }
}

/// A line of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// Rises with each.
    pub event_no: i64,
    /// When, UTC milliseconds.
    pub time_ms: i64,
    /// Whose token it was.
    pub actor: String,
    /// The public part of the token.
    pub token_id: String,
    /// From where.
    pub address: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// What became of it.
    pub outcome: String,
    /// What else there is to say.
    pub details: BTreeMap<String, String>,
}

/// Which lines.
#[derive(Clone, Debug)]
pub struct AuditQuery(Condition);

/// What a change says of itself.
#[derive(Clone)]
pub(super) struct Line {
    pub action: Action,
    pub subject: String,
    pub outcome: &'static str,
    pub details: Vec<(&'static str, String)>,
}

impl Line {
    pub(super) fn new(action: Action, subject: &impl ToString) -> Self {
        Self { action, subject: subject.to_string(), outcome: "DONE", details: Vec::new() }
    }

    /// An empty value says nothing, and is left out.
    pub(super) fn with(mut self, name: &'static str, value: &impl ToString) -> Self {
        let value = value.to_string();
        if !value.is_empty() {
            self.details.push((name, value));
        }
        self
    }
}

/// Whoever changes something, if that is known.
pub(super) type By = Option<Arc<Hand>>;

/// Whoever changes something, and when.
pub(super) struct Hand {
    actor: Actor,
    now_ms: i64,
}

/// Writes the line into the change's own transaction.
pub(super) async fn note(
    connection: &mut SqliteConnection,
    by: Option<&Hand>,
    line: Line,
) -> Result<(), StoreError> {
    let Some(Hand { actor, now_ms }) = by else { return Ok(()) };
    let details: BTreeMap<&str, String> = line.details.into_iter().collect();
    sqlx::query(
        "INSERT INTO audit (time_ms, actor, token_id, address, action, subject, outcome, details) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(*now_ms)
    .bind(actor.caller.owner.clone())
    .bind(actor.caller.token_id.clone())
    .bind(actor.address.clone())
    .bind(line.action.as_str())
    .bind(line.subject)
    .bind(line.outcome)
    .bind(json(&details))
    .execute(connection)
    .await?;
    Ok(())
}

impl AuditQuery {
    /// Reads a filter.
    ///
    /// # Errors
    ///
    /// What is wrong with `filter`.
    pub fn new(filter: &str) -> Result<Self, Violations> {
        let mut violations = Violations::default();
        let condition = parse(filter).and_then(|filter| Condition::of(filter.as_ref(), &term));
        violations.check("filter", condition).map(Self).ok_or(violations)
    }
}

fn term(comparison: &Comparison) -> Result<Condition, FilterError> {
    let Comparison { field, op, value } = comparison;
    let column = match (field.name(), field.rest()) {
        ("actor", None) => "actor",
        ("token_id", None) => "token_id",
        ("action", None) => {
            let is_known = Action::ALL.iter().any(|action| action.as_str() == value.text);
            if !is_known {
                return Err(comparison.wrong_value(Action::ALL.map(Action::as_str).join(", ")));
            }
            "action"
        }
        ("subject", None) => "subject",
        ("outcome", None) => "outcome",
        ("time", None) => {
            let time_ms = time_ms(comparison)?;
            return Ok(Condition::new(
                format!("time_ms {} ?", op.as_str()),
                vec![Bound::Int(time_ms)],
            ));
        }
        _ => return Err(field.unknown(&FIELDS)),
    };
    same(comparison, column, Bound::Text(value.text.clone()))
}

impl Store {
    /// The same database, in the hands of that caller: what is changed through it is written down.
    #[must_use]
    pub fn by(&self, actor: &Actor, now_ms: i64) -> Self {
        let by = actor.is_known().then(|| Arc::new(Hand { actor: actor.clone(), now_ms }));
        Self { by, ..self.clone() }
    }

    /// The newest lines before that one, the newest first.
    pub async fn audit(
        &self,
        query: &AuditQuery,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let condition = query.0.clone();
        let sql = format!(
            "SELECT * FROM audit WHERE ({}) AND event_no < ? ORDER BY event_no DESC LIMIT ?",
            condition.sql
        );
        let rows = condition
            .bind(sqlx::query(sqlx::AssertSqlSafe(sql)))
            .bind(before.unwrap_or(i64::MAX))
            .bind(limit as i64)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(event).collect()
    }

    /// Removes lines of before that time, a piece at a time.
    pub async fn expire_audit(&self, before_ms: i64) -> Result<(), StoreError> {
        while self
            .writer
            .write_when_full(move |connection| Box::pin(expire_piece(connection, before_ms)))
            .await?
        {}
        Ok(())
    }
}

/// Whether there is more.
async fn expire_piece(
    connection: &mut SqliteConnection,
    before_ms: i64,
) -> Result<bool, StoreError> {
    let gone = sqlx::query(
        "DELETE FROM audit WHERE event_no IN \
         (SELECT event_no FROM audit WHERE time_ms < $1 ORDER BY time_ms LIMIT $2)",
    )
    .bind(before_ms)
    .bind(LINES_AT_ONCE)
    .execute(connection)
    .await?;
    Ok(gone.rows_affected() as i64 == LINES_AT_ONCE)
}

fn event(row: &SqliteRow) -> Result<AuditEvent, StoreError> {
    let event_no = row.try_get("event_no")?;
    let bad = |_| StoreError::Inconsistent { table: "audit", column: "details", row: event_no };
    Ok(AuditEvent {
        event_no,
        time_ms: row.try_get("time_ms")?,
        actor: row.try_get("actor")?,
        token_id: row.try_get("token_id")?,
        address: row.try_get("address")?,
        action: row.try_get("action")?,
        subject: row.try_get("subject")?,
        outcome: row.try_get("outcome")?,
        details: serde_json::from_str(row.try_get("details")?).map_err(bad)?,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::scene::Scene;
    use super::*;
    use crate::run::{Caller, CancelInfo};

    fn ann() -> Actor {
        let caller =
            Caller { owner: "ann".into(), token_id: "8d0c4k2m".into(), ..Caller::anybody() };
        Actor { caller, address: "192.0.2.1:4711".into() }
    }

    fn wish(reason: &str) -> CancelInfo {
        CancelInfo { request_ms: 7, reason: reason.into(), requester: String::new() }
    }

    #[tokio::test]
    async fn a_line_is_there_with_its_change_and_goes_when_its_time_is_over() {
        let Scene { store, fence, .. } = &Scene::over(Vec::new()).await;
        let all = AuditQuery::new("").unwrap();
        let unknown = store.by(&Actor::server(), 5);
        let nobody = crate::run::RunId::new(99);
        unknown.request_cancel(nobody, wish("")).await.unwrap();
        let by_ann = store.by(&ann(), 7);
        by_ann.request_cancel(nobody, wish("")).await.unwrap();
        assert_eq!(store.audit(&all, None, 9).await.unwrap(), [], "nothing was changed");
        by_ann.request_cancel(fence.run_id, wish("slow")).await.unwrap();
        by_ann.request_cancel(fence.run_id, wish("twice")).await.unwrap();
        let [line] = &store.audit(&all, None, 9).await.unwrap()[..] else { panic!("one line") };
        assert_eq!(
            (line.time_ms, line.actor.as_str(), line.action.as_str()),
            (7, "ann", "run.cancel")
        );
        assert_eq!(line.details, BTreeMap::from([("reason".into(), "slow".into())]));
        store.expire_audit(7).await.unwrap();
        assert_eq!(store.audit(&all, None, 9).await.unwrap().len(), 1);
        store.expire_audit(8).await.unwrap();
        assert_eq!(store.audit(&all, None, 9).await.unwrap(), []);
    }

    #[test]
    fn no_two_actions_are_called_the_same() {
        let names: BTreeSet<_> = Action::ALL.iter().map(|action| action.as_str()).collect();
        assert_eq!(names.len(), Action::ALL.len());
    }
}
