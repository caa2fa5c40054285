//! Pages of trials, each read by one query behind the position where the page before ended.

use sqlx::Arguments as _;
use sqlx::Row as _;
use sqlx::sqlite::SqliteArguments;

use super::Store;
use super::condition::Bound;
use super::error::StoreError;
use super::trial_query::TrialQuery;
use super::trial_reader::TrialReader;
use crate::run::{OptimizationSpec, RunId, Trial};

/// Where a page ended: the value it was sorted by, and the index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrialPosition {
    /// The value of the order's field; `None` where it is undefined.
    pub value: Option<f64>,
    /// The trial's index.
    pub trial_index: u64,
}

/// A page of trials.
#[derive(Clone, Debug)]
pub struct TrialPage {
    /// The trials, each with its position.
    pub trials: Vec<(Trial, TrialPosition)>,
    /// How many the filter admits in all.
    pub total: u64,
}

impl Store {
    /// A page of the trials that the query admits, after a position.
    pub async fn list_trials(
        &self,
        run_id: RunId,
        spec: &OptimizationSpec,
        query: &TrialQuery,
        after: Option<TrialPosition>,
        limit: usize,
    ) -> Result<TrialPage, StoreError> {
        let reader = TrialReader::new(spec)?;
        let TrialQuery { condition, values, order, is_descending } = query;
        let run = "run_no = (SELECT run_no FROM runs WHERE run_id = $1)";
        let direction = if *is_descending { "DESC" } else { "ASC" };
        let after_sql = after.map_or_else(
            || "TRUE".to_owned(),
            |after| after_condition(*is_descending, after, values.len() + 2),
        );
        let sql = format!(
            "SELECT *, CAST(sort_value AS REAL) AS sort_key FROM ({} WHERE {run} AND {condition}) \
             WHERE {after_sql} \
             ORDER BY sort_value IS NULL, sort_value {direction}, trial_index LIMIT {limit}",
            reader.select_and(&format!(", {order} AS sort_value")),
        );
        let mut arguments = arguments(run_id, values)?;
        if let Some(value) = after.and_then(|after| after.value) {
            arguments.add(value).map_err(sqlx::Error::Encode)?;
        }
        let readers = self.readers.scanning();
        let rows =
            sqlx::query_with(sqlx::AssertSqlSafe(sql), arguments).fetch_all(&readers).await?;
        let mut trials = Vec::with_capacity(rows.len());
        for row in &rows {
            let trial = reader.trial(row)?;
            let position =
                TrialPosition { value: row.try_get("sort_key")?, trial_index: trial.trial_index };
            trials.push((trial, position));
        }
        let total = self.count_trials(run_id, query).await?;
        Ok(TrialPage { trials, total })
    }

    async fn count_trials(&self, run_id: RunId, query: &TrialQuery) -> Result<u64, StoreError> {
        let sql = format!(
            "SELECT count(*) FROM trials \
             WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) AND {}",
            query.condition
        );
        let arguments = arguments(run_id, &query.values)?;
        let readers = self.readers.scanning();
        let row = sqlx::query_with(sqlx::AssertSqlSafe(sql), arguments).fetch_one(&readers).await?;
        Ok(row.try_get::<i64, _>(0)? as u64)
    }
}

/// The run takes the first place, the values the others.
pub(super) fn arguments(run_id: RunId, values: &[Bound]) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    arguments.add(run_id.as_bytes().to_vec()).map_err(sqlx::Error::Encode)?;
    for value in values {
        match value {
            Bound::Int(value) => arguments.add(*value),
            Bound::Real(value) => arguments.add(*value),
            Bound::Text(value) => arguments.add(value.clone()),
            Bound::Bytes(value) => arguments.add(value.clone()),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// What comes after a position, undefined values last.
fn after_condition(is_descending: bool, after: TrialPosition, place: usize) -> String {
    let index = after.trial_index;
    let beyond = if is_descending { "<" } else { ">" };
    match after.value {
        Some(_) => format!(
            "(sort_value {beyond} ${place} OR sort_value IS NULL \
             OR (sort_value = ${place} AND trial_index > {index}))"
        ),
        None => format!("(sort_value IS NULL AND trial_index > {index})"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Scene;
    use super::*;
    use crate::filter::{parse, parse_order};
    use crate::metrics::Metric;
    use crate::strategy::ParamValue;
    use crate::sweep::{Axis, AxisValues};

    /// A search over `slow`, written out in this order, and `fast` from 1 to 3.
    async fn scene(slow: &[i64]) -> Scene {
        let slow: Vec<ParamValue> = slow.iter().map(|&value| value.into()).collect();
        let axes = vec![
            Axis { name: "slow".into(), values: AxisValues::list(slow.clone()).unwrap() },
            Axis { name: "fast".into(), values: AxisValues::ints(1, 3, 1).unwrap() },
        ];
        let scene = Scene::over(axes).await;
        scene.commit(0..3 * slow.len() as u64).await.unwrap();
        scene
    }

    async fn indices(scene: &Scene, filter: &str, order: &str) -> Vec<u64> {
        let Scene { store, spec, fence, .. } = scene;
        let grid = spec.grid().unwrap();
        let (filter, keys) = (parse(filter).unwrap(), parse_order(order).unwrap());
        let query = TrialQuery::new(spec, &grid, filter.as_ref(), keys.first()).unwrap();
        let (mut found, mut listed, mut after) = (Vec::new(), Vec::new(), None);
        loop {
            let page = store.list_trials(fence.run_id, spec, &query, after, 2).await.unwrap();
            let Some((_, last)) = page.trials.last() else {
                assert_eq!(found.len() as u64, page.total, "{filter:?}");
                let exported = store.trial_order(fence.run_id, &query, None).await.unwrap();
                assert_eq!(exported, found);
                assert_alike(scene, &query, &listed).await;
                return found;
            };
            after = Some(*last);
            found.extend(page.trials.iter().map(|(trial, _)| trial.trial_index));
            listed.extend(page.trials.into_iter().map(|(trial, _)| trial));
        }
    }

    /// Lists and exports read by different ways, and tell the same of each trial.
    async fn assert_alike(scene: &Scene, query: &TrialQuery, listed: &[Trial]) {
        let Scene { store, spec, fence, .. } = scene;
        let all = (spec, Metric::ALL);
        let indices: Vec<u64> = listed.iter().map(|trial| trial.trial_index).collect();
        let ordered = store.trials_in_order(fence.run_id, all, &indices).await.unwrap();
        assert_eq!(ordered, listed);
        let mut by_index = listed.to_vec();
        by_index.sort_by_key(|trial| trial.trial_index);
        let exported = store.trials_by_index(fence.run_id, all, query, 0, 10_000).await.unwrap();
        assert_eq!(exported, by_index);
    }

    #[tokio::test]
    async fn a_list_axis_is_filtered_and_sorted_by_its_values_in_whatever_order_they_stand() {
        let scene = scene(&[50, 10, 40, 20]).await;
        assert_eq!(indices(&scene, "params.slow > 20", "").await, [0, 1, 2, 6, 7, 8]);
        assert_eq!(
            indices(&scene, "params.slow = 20 OR params.slow < 11", "").await,
            [3, 4, 5, 9, 10, 11]
        );
        assert_eq!(indices(&scene, "params.slow != 40 AND fast = 1", "slow desc").await, [0, 9, 3]);
        assert_eq!(
            indices(&scene, "", "params.slow").await,
            [3, 4, 5, 9, 10, 11, 6, 7, 8, 0, 1, 2]
        );
        assert_eq!(indices(&scene, "NOT slow <= 45", "sharpe desc").await, [2, 1, 0]);
        assert_eq!(indices(&scene, "slow = ten", "").await, [] as [u64; 0]);
    }

    #[tokio::test]
    async fn a_bare_name_is_a_metric_or_a_parameter() {
        let scene = scene(&[10, 20]).await;
        assert_eq!(indices(&scene, "sharpe > 3 and fast < 3", "sharpe DESC").await, [4]);
        assert_eq!(indices(&scene, "metrics.sharpe > 3", "").await, [4, 5]);
        let grid = scene.spec.grid().unwrap();
        let filter = parse("sharp > 1").unwrap();
        let refused = TrialQuery::new(&scene.spec, &grid, filter.as_ref(), None).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "at character 1: there is no field sharp, did you mean sharpe?; there are \
             metrics.NAME, params.NAME, state, trial_index"
        );
    }

    #[tokio::test]
    async fn the_order_over_a_long_list_has_a_statement_of_a_few_words() {
        let slow: Vec<i64> = (0..9_000).map(|place| 1 + place * 7_919 % 9_001).collect();
        let slow: Vec<ParamValue> = slow.into_iter().map(Into::into).collect();
        let axis = Axis { name: "slow".into(), values: AxisValues::list(slow).unwrap() };
        let spec = super::super::scene::search_over(vec![axis]);
        let (filter, keys) = (parse("slow > 17").unwrap(), parse_order("slow").unwrap());
        let grid = spec.grid().unwrap();
        let query = TrialQuery::new(&spec, &grid, filter.as_ref(), keys.first()).unwrap();
        assert!(query.condition.len() + query.order.len() < 300, "{query:?}");
    }
}
