//! The runs that a wish for many of them means: those that fit, that it can be done to, and whose
//! owner asks.

use sqlx::Row as _;

use super::Store;
use super::condition::{Bound, Condition};
use super::error::StoreError;
use super::run_query::RunQuery;
use crate::run::{Caller, Role, RunId, State};

/// In which part of their lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Runs that have not ended and were not asked to.
    Live,
    /// Runs that have ended.
    Over,
}

/// What is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// The newest of them.
    pub run_ids: Vec<RunId>,
    /// How many there are.
    pub count: u64,
    /// How many are others' to change.
    pub denied: u64,
}

impl Store {
    /// Runs that fit and are at that stage: those that the caller may change, at most `limit`, and
    /// how many there are.
    pub async fn matching(
        &self,
        query: &RunQuery,
        stage: Stage,
        caller: &Caller,
        limit: usize,
    ) -> Result<Matching, StoreError> {
        let last_live = State::Running as i64;
        let stage = match stage {
            Stage::Live => format!("state <= {last_live} AND cancel_request_ms IS NULL"),
            Stage::Over => format!("state > {last_live}"),
        };
        let fitting = query.kept().and(Condition::new(stage, Vec::new()));
        let own = || Bound::Text(caller.owner.clone());
        let (ours, others) = if caller.role == Role::Admin {
            (fitting.clone(), Condition::new("FALSE", Vec::new()))
        } else {
            let ours = fitting.clone().and(Condition::new("owner = ?", vec![own()]));
            (ours, fitting.and(Condition::new("owner <> ?", vec![own()])))
        };
        let sql =
            format!("SELECT run_id FROM runs WHERE {} ORDER BY run_no DESC LIMIT ?", ours.sql);
        let newest = ours.clone().bind(sqlx::query(sqlx::AssertSqlSafe(sql)));
        let rows = newest.bind(limit as i64).fetch_all(&self.readers).await?;
        let mut run_ids = Vec::with_capacity(rows.len());
        for row in rows {
            let bytes: Vec<u8> = row.try_get(0)?;
            let bad = StoreError::Inconsistent { table: "runs", column: "run_id", row: 0 };
            run_ids.push(RunId::from_slice(&bytes).ok_or(bad)?);
        }
        let (count, denied) = tokio::try_join!(self.count_of(&ours), self.count_of(&others))?;
        Ok(Matching { run_ids, count, denied })
    }
}
