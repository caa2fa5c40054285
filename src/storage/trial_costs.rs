//! What completed trials come to by a few metrics, without anything else of them.

use futures_util::TryStreamExt as _;
use sqlx::Row as _;

use super::Store;
use super::error::StoreError;
use super::trial_list::arguments;
use super::trial_query::TrialQuery;
use crate::metrics::Goal;
use crate::run::{Objective, RunId, TrialState};
use crate::sweep::{Costs, OBJECTIVES_MAX};

impl Store {
    /// Of all completed trials that the query admits and that have a value of each objective: the
    /// index and the costs, less being better.
    pub async fn trial_costs(
        &self,
        run_id: RunId,
        query: &TrialQuery,
        objectives: &[Objective],
    ) -> Result<Vec<(u64, Costs)>, StoreError> {
        let by = &objectives[..objectives.len().min(OBJECTIVES_MAX)];
        let names: Vec<&str> = by.iter().map(|it| it.metric.name()).collect();
        let values: Vec<_> =
            names.iter().map(|name| format!("CAST(trials.{name} AS REAL)")).collect();
        let defined: Vec<_> =
            names.iter().map(|name| format!("trials.{name} IS NOT NULL")).collect();
        let sql = format!(
            "SELECT trial_index, {} FROM trials \
             WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) \
             AND state = {} AND {} AND {}",
            values.join(", "),
            TrialState::Completed as i64,
            query.condition,
            defined.join(" AND "),
        );
        let arguments = arguments(run_id, &query.values)?;
        let readers = self.readers.scanning();
        let mut rows = sqlx::query_with(sqlx::AssertSqlSafe(sql), arguments).fetch(&readers);
        let mut all = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let mut costs = Costs::default();
            for (place, objective) in by.iter().enumerate() {
                let value: f64 = row.try_get(place + 1)?;
                costs[place] = if objective.goal == Goal::Maximize { -value } else { value };
            }
            all.push((row.try_get::<i64, _>(0)? as u64, costs));
        }
        Ok(all)
    }
}
