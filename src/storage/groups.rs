//! Trials of one combination on several series, judged as one: their scores, written once when a
//! search has all of its trials.

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::Store;
use super::error::StoreError;
use super::optimization::direction;
use super::trial_reader::TrialReader;
use crate::metrics::Goal;
use crate::run::{OptimizationSpec, RunId, Trial, TrialState};
use crate::sweep::Grid;

/// Scores that go in one transaction.
const SCORES_AT_ONCE: usize = 5_000;

/// The score of a trial's combination as SQL; nothing where combinations are not compared.
pub(super) fn score_sql(spec: &OptimizationSpec, grid: &Grid) -> String {
    if spec.across.is_none() {
        return "NULL".to_owned();
    }
    format!(
        "(SELECT value FROM trial_groups WHERE trial_groups.run_no = trials.run_no \
         AND first_index = trials.trial_index % {})",
        grid.series_stride()
    )
}

impl Store {
    /// The trials on the first series of the best combinations, the best first, ties by the lower
    /// index; none before all scores are known.
    pub(super) async fn best_combinations(
        &self,
        run_id: RunId,
        spec: &OptimizationSpec,
        limit: usize,
    ) -> Result<Vec<Trial>, StoreError> {
        let reader = TrialReader::new(spec)?;
        let sql = format!(
            "SELECT first_index FROM trial_groups \
             WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) AND value IS NOT NULL \
             ORDER BY value {}, first_index LIMIT $2",
            direction(spec.objective.goal)
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(run_id.as_bytes().to_vec())
            .bind(limit as i64)
            .fetch_all(&self.readers)
            .await?;
        let indices = rows.iter().map(|row| Ok(row.try_get::<i64, _>(0)? as u64));
        let indices = indices.collect::<Result<Vec<u64>, StoreError>>()?;
        let trials = self.trials_at(run_id, &reader, &indices).await?;
        let by_index: BTreeMap<u64, Trial> =
            trials.into_iter().map(|trial| (trial.trial_index, trial)).collect();
        Ok(indices.iter().filter_map(|index| by_index.get(index).cloned()).collect())
    }

    /// Keeps the score of each combination, if combinations are compared; again does nothing.
    pub(super) async fn keep_scores(
        &self,
        run_id: RunId,
        spec: &OptimizationSpec,
    ) -> Result<(), StoreError> {
        let scores = self.scores(run_id, spec).await?;
        for piece in scores.chunks(SCORES_AT_ONCE) {
            let piece = piece.to_vec();
            self.writer
                .write_when_full(move |connection| Box::pin(insert(connection, run_id, piece)))
                .await?;
        }
        Ok(())
    }

    /// The score of each combination, by its trial on the first series.
    async fn scores(
        &self,
        run_id: RunId,
        spec: &OptimizationSpec,
    ) -> Result<Vec<(u64, Option<f64>)>, StoreError> {
        let Some(across) = spec.across else { return Ok(Vec::new()) };
        let bad = StoreError::Inconsistent { table: "runs", column: "spec", row: 0 };
        let grid = spec.grid().map_err(|_| bad)?;
        let (stride, objective) = (grid.series_stride(), spec.objective);
        let sql = format!(
            "SELECT trial_index % {stride}, CASE WHEN state = $2 THEN {} END FROM trials \
             WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) ORDER BY 1, trial_index",
            objective.metric.name()
        );
        let readers = self.readers.inner();
        let mut rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(run_id.as_bytes().to_vec())
            .bind(TrialState::Completed as i64)
            .fetch(&readers);
        // Costs of the trials of one combination; one that has none makes that of all undefined.
        let sign = if objective.goal == Goal::Maximize { -1.0 } else { 1.0 };
        let score = |costs: &[Option<f64>]| {
            let costs: Option<Vec<f64>> = costs.iter().copied().collect();
            costs.and_then(|costs| across.cost(&costs)).map(|cost| sign * cost)
        };
        let (mut scores, mut current, mut costs) = (Vec::new(), None, Vec::new());
        while let Some(row) = rows.try_next().await? {
            let first = row.try_get::<i64, _>(0)? as u64;
            if let Some(known) = current
                && known != first
            {
                scores.push((known, score(&costs)));
                costs.clear();
            }
            current = Some(first);
            costs.push(row.try_get::<Option<f64>, _>(1)?.map(|value| sign * value));
        }
        scores.extend(current.map(|last| (last, score(&costs))));
        Ok(scores)
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    run_id: RunId,
    scores: Vec<(u64, Option<f64>)>,
) -> Result<(), StoreError> {
    for (first, value) in scores {
        sqlx::query(
            "INSERT INTO trial_groups (run_no, first_index, value) \
             SELECT run_no, $2, $3 FROM runs WHERE run_id = $1 ON CONFLICT DO NOTHING",
        )
        .bind(run_id.as_bytes().to_vec())
        .bind(first as i64)
        .bind(value)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
