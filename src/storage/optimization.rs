//! Reading what an optimization came to: its best trials, its failures, its hash.

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::Store;
use super::error::StoreError;
use super::record::digest_of;
use super::trial_reader::{TrialReader, add_metrics, metrics_from};
use super::trial_row::json;
use crate::digest::Digest;
use crate::metrics::{Goal, Metric};
use crate::run::{
    FailureGroup, Objective, OptimizationResult, OptimizationSpec, ResultHash, RunId, Trial,
    TrialState,
};

/// Best trials that a result tells.
const TOP_TRIALS: i64 = 10;
/// Failure groups that a result tells.
const GROUPS_TOLD: i64 = 20;

/// What all trials of an optimization come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrialSum {
    /// Over all trials in the order of their indices.
    pub hash: Digest,
    /// How many broke a constraint.
    pub infeasible: u64,
}

impl Store {
    /// The most days that a trial of the run has returns of; `None` if none has any.
    pub async fn most_days(&self, run_id: RunId) -> Result<Option<f64>, StoreError> {
        let row = sqlx::query(
            "SELECT max(return_days) FROM trials \
             WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1)",
        )
        .bind(run_id.as_bytes().to_vec())
        .fetch_one(&self.readers)
        .await?;
        Ok(row.try_get(0)?)
    }

    /// One trial with its stack trace, if it is committed.
    pub async fn trial(
        &self,
        run_id: RunId,
        spec: &OptimizationSpec,
        trial_index: u64,
    ) -> Result<Option<Trial>, StoreError> {
        let reader = TrialReader::new(spec)?;
        let sql = format!(
            "{} WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) AND trial_index = $2",
            reader.select()
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(run_id.as_bytes().to_vec())
            .bind(trial_index as i64)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| reader.trial(&row)).transpose()
    }

    /// The best feasible trials so far, the best first, ties by the lower index.
    pub async fn best_trials(
        &self,
        run_id: RunId,
        spec: &OptimizationSpec,
        limit: usize,
    ) -> Result<Vec<Trial>, StoreError> {
        if spec.across.is_some() {
            return self.best_combinations(run_id, spec, limit).await;
        }
        let Objective { metric, goal } = spec.objective;
        let (column, direction) = (metric.name(), direction(goal));
        let reader = TrialReader::new(spec)?;
        let sql = format!(
            "{} WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) \
             AND state = $2 AND trials.{column} IS NOT NULL \
             ORDER BY trials.{column} {direction}, trial_index LIMIT $3",
            reader.select()
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(run_id.as_bytes().to_vec())
            .bind(TrialState::Completed as i64)
            .bind(limit as i64)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| reader.trial(row)).collect()
    }

    /// Equal failures, the most frequent first.
    pub async fn failure_groups(&self, run_id: RunId) -> Result<Vec<FailureGroup>, StoreError> {
        let rows = sqlx::query(
            "SELECT reason, message, count, sample_trial_index, (SELECT stack_trace \
             FROM failure_details d WHERE d.run_no = failures.run_no \
             AND d.trial_index = failures.sample_trial_index) AS stack_trace \
             FROM failures WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) \
             ORDER BY count DESC, sample_trial_index LIMIT $2",
        )
        .bind(run_id.as_bytes().to_vec())
        .bind(GROUPS_TOLD)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(group_of).collect()
    }

    /// How many trials are committed: completed (infeasible ones included) and failed.
    pub async fn trial_counts(&self, run_id: RunId) -> Result<(u64, u64), StoreError> {
        let row = sqlx::query(
            "SELECT COALESCE(SUM(completed), 0), COALESCE(SUM(failed), 0) FROM commits \
             WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1)",
        )
        .bind(run_id.as_bytes().to_vec())
        .fetch_one(&self.readers)
        .await?;
        Ok((row.try_get::<i64, _>(0)? as u64, row.try_get::<i64, _>(1)? as u64))
    }

    /// Sums up an optimization whose trials are all committed, and keeps that. Who has seen all
    /// of them being committed may know their sum; else they are read.
    pub async fn conclude(
        &self,
        run_id: RunId,
        spec: &OptimizationSpec,
        known: Option<TrialSum>,
    ) -> Result<OptimizationResult, StoreError> {
        self.keep_scores(run_id, spec).await?;
        let top = self.best_trials(run_id, spec, TOP_TRIALS as usize).await?;
        let indices: Vec<_> = top.iter().map(|trial| trial.trial_index).collect();
        let TrialSum { hash, infeasible } = match known {
            Some(sum) => sum,
            None => self.sum_of_trials(run_id).await?,
        };
        let (completed, failed) = self.trial_counts(run_id).await?;
        let result = OptimizationResult {
            completed,
            failed,
            infeasible,
            top,
            failures: self.failure_groups(run_id).await?,
            result_sha256: hash,
        };
        let row = (completed, failed, infeasible, json(&indices), hash);
        self.writer
            .write_when_full(move |connection| Box::pin(keep(connection, run_id, row)))
            .await?;
        Ok(result)
    }

    /// Reads all trials in the order of their indices.
    async fn sum_of_trials(&self, run_id: RunId) -> Result<TrialSum, StoreError> {
        sum_of_trials(&self.readers.inner(), run_id).await
    }

    /// What a completed optimization told; `None` if it was deleted since.
    pub(super) async fn optimization_result(
        &self,
        run_id: RunId,
        run_no: i64,
        spec: &OptimizationSpec,
    ) -> Result<Option<OptimizationResult>, StoreError> {
        let bad = |column| StoreError::Inconsistent { table: "optimizations", column, row: run_no };
        let row = sqlx::query("SELECT * FROM optimizations WHERE run_no = $1")
            .bind(run_no)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let indices: Vec<u64> =
            serde_json::from_str(row.try_get("top")?).map_err(|_| bad("top"))?;
        let mut top = Vec::with_capacity(indices.len());
        for index in indices {
            top.push(self.trial(run_id, spec, index).await?.ok_or(bad("top"))?);
        }
        Ok(Some(OptimizationResult {
            completed: row.try_get::<i64, _>("completed")? as u64,
            failed: row.try_get::<i64, _>("failed")? as u64,
            infeasible: row.try_get::<i64, _>("infeasible")? as u64,
            top,
            failures: self.failure_groups(run_id).await?,
            result_sha256: digest_of(&row, "optimizations", "result_sha256", run_no)?,
        }))
    }
}

/// The same, whoever reads.
pub(super) async fn sum_of_trials<'e>(
    reader: impl sqlx::Executor<'e, Database = sqlx::Sqlite>,
    run_id: RunId,
) -> Result<TrialSum, StoreError> {
    use futures_util::TryStreamExt as _;
    let (mut hash, mut infeasible) = (ResultHash::default(), 0);
    let mut columns = "trial_index, state, reason".to_owned();
    add_metrics(&mut columns, Metric::ALL);
    let sql = format!(
        "SELECT {columns} FROM trials LEFT JOIN failures USING (run_no, failure_no) \
         WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) ORDER BY trial_index",
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(run_id.as_bytes().to_vec());
    let mut rows = query.fetch(reader);
    while let Some(row) = rows.try_next().await? {
        let trial_index = row.try_get::<i64, _>(0)?;
        let bad = |column| StoreError::Inconsistent { table: "trials", column, row: trial_index };
        let state = TrialState::from_number(row.try_get(1)?).ok_or(bad("state"))?;
        infeasible += u64::from(state == TrialState::Infeasible);
        let reason = row.try_get::<Option<&str>, _>(2)?.unwrap_or_default();
        hash.add(trial_index as u64, state, &metrics_from(&row, 3, Metric::ALL)?, reason);
    }
    Ok(TrialSum { hash: hash.finish(), infeasible })
}

pub(super) const fn direction(goal: Goal) -> &'static str {
    match goal {
        Goal::Maximize => "DESC",
        Goal::Minimize => "ASC",
    }
}

fn group_of(row: &SqliteRow) -> Result<FailureGroup, StoreError> {
    Ok(FailureGroup {
        reason: row.try_get("reason")?,
        message: row.try_get("message")?,
        count: row.try_get::<i64, _>("count")? as u64,
        sample_trial_index: row.try_get::<i64, _>("sample_trial_index")? as u64,
        stack_trace: row.try_get::<Option<String>, _>("stack_trace")?.unwrap_or_default(),
    })
}

type Summary = (u64, u64, u64, String, Digest);

async fn keep(
    connection: &mut SqliteConnection,
    run_id: RunId,
    (completed, failed, infeasible, top, hash): Summary,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO optimizations (run_no, completed, failed, infeasible, top, result_sha256) \
         SELECT run_no, $2, $3, $4, $5, $6 FROM runs WHERE run_id = $1 \
         ON CONFLICT (run_no) DO NOTHING",
    )
    .bind(run_id.as_bytes().to_vec())
    .bind(completed as i64)
    .bind(failed as i64)
    .bind(infeasible as i64)
    .bind(top)
    .bind(hash.as_bytes().to_vec())
    .execute(connection)
    .await?;
    Ok(())
}
