//! Lists of runs, a page at a time, by keys instead of offsets.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::Store;
use super::condition::{Bound, Condition};
use super::error::StoreError;
use super::record::run_id_of;
use super::run_order::{RunOrder, RunPosition, after_time, after_value, sql_of};
use super::run_query::RunQuery;
use crate::filter::Direction;
use crate::metrics::Metric;
use crate::run::{RunRecord, RunSpec, Subscription};

/// So many runs are gathered and put in order; where more fit, the order is gone along until a page
/// is full.
const GATHERED_MAX: u64 = 10_000;

/// A run of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedRun {
    /// The run.
    pub record: RunRecord,
    /// Where a page ends that it is the last one of.
    pub position: RunPosition,
}

/// A page of a list of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct RunPage {
    /// The runs.
    pub runs: Vec<ListedRun>,
    /// Whether more follow.
    pub has_more: bool,
    /// Runs on all pages together.
    pub total: u64,
}

impl Store {
    /// The runs after `after`, at most `limit`. Those on all pages are counted, which goes through
    /// all of them, unless it is known how many they were.
    pub async fn runs(
        &self,
        query: &RunQuery,
        after: Option<RunPosition>,
        known_total: Option<u64>,
        limit: usize,
    ) -> Result<RunPage, StoreError> {
        let total = match known_total {
            Some(total) => total,
            None => self.count_of(&query.kept()).await?,
        };
        let broad = (total > GATHERED_MAX).then(|| query.along_the_order());
        let (runs, has_more) = self.run_page(broad.as_ref().unwrap_or(query), after, limit).await?;
        Ok(RunPage { runs, has_more, total })
    }

    async fn run_page(
        &self,
        query: &RunQuery,
        after: Option<RunPosition>,
        limit: usize,
    ) -> Result<(Vec<ListedRun>, bool), StoreError> {
        let rows = match query.order {
            RunOrder::Time { by_time, by_id } => {
                self.rows_by_time(query, (by_time, by_id), after, limit + 1).await?
            }
            RunOrder::Metric { metric, direction } => {
                self.rows_by_metric(query, (metric, direction), after, limit + 1).await?
            }
        };
        let shown = &rows[..rows.len().min(limit)];
        let mut positions = HashMap::with_capacity(shown.len());
        for row in shown {
            positions.insert(run_id_of(row)?, position_of(row, query.order)?);
        }
        let records = self.records_of(shown).await?.into_iter();
        let runs = records.filter_map(|record| {
            let position = *positions.get(&record.snapshot.run_id)?;
            Some(ListedRun { record, position })
        });
        Ok((runs.collect(), rows.len() > limit))
    }

    async fn rows_by_time(
        &self,
        query: &RunQuery,
        (by_time, by_id): (Direction, Direction),
        after: Option<RunPosition>,
        limit: usize,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let (sql, condition) = timed(query, (by_time, by_id), after);
        self.rows_of(&sql, condition, limit).await
    }

    /// First those that have the metric, then the others.
    async fn rows_by_metric(
        &self,
        query: &RunQuery,
        order: (Metric, Direction),
        after: Option<RunPosition>,
        limit: usize,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let mut rows = Vec::new();
        if !matches!(after, Some(RunPosition::Valueless { .. })) {
            let (sql, condition) = valued(query, order, after);
            rows = self.rows_of(&sql, condition, limit).await?;
        }
        if rows.len() < limit {
            let (sql, condition) = valueless(query, order.0, after);
            rows.extend(self.rows_of(&sql, condition, limit - rows.len()).await?);
        }
        Ok(rows)
    }

    async fn rows_of(
        &self,
        sql: &str,
        condition: Condition,
        limit: usize,
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let query = condition.bind(sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())));
        Ok(query.bind(limit as i64).fetch_all(&self.readers).await?)
    }

    /// How many runs are so.
    pub(super) async fn count_of(&self, condition: &Condition) -> Result<u64, StoreError> {
        let query = condition.clone().bind(sqlx::query(sqlx::AssertSqlSafe(counted(condition))));
        let count: i64 = query.fetch_one(&self.readers).await?.try_get(0)?;
        Ok(count as u64)
    }
}

fn counted(condition: &Condition) -> String {
    format!("SELECT count(*) FROM runs WHERE {}", condition.sql)
}

/// By the time of submission.
fn timed(
    query: &RunQuery,
    (by_time, by_id): (Direction, Direction),
    after: Option<RunPosition>,
) -> (String, Condition) {
    let condition = match after {
        Some(RunPosition::Time { create_ms, run_id }) => {
            query.kept().and(after_time((by_time, by_id), create_ms, run_id))
        }
        _ => query.kept(),
    };
    let order = format!("create_ms {}, run_id {}", sql_of(by_time), sql_of(by_id));
    // Keys first: what is sorted or passed over is never a whole row.
    let sql = format!(
        "SELECT *, NULL AS order_value FROM runs WHERE run_no IN \
         (SELECT run_no FROM runs WHERE {} ORDER BY {order} LIMIT ?) ORDER BY {order}",
        condition.sql
    );
    (sql, condition)
}

/// Along the index of the metric, where it has one.
fn valued(
    query: &RunQuery,
    (metric, direction): (Metric, Direction),
    after: Option<RunPosition>,
) -> (String, Condition) {
    let condition = match after {
        Some(RunPosition::Valued { value, run_no }) => {
            query.kept().and(after_value(metric, direction, value, run_no))
        }
        _ => query.kept(),
    };
    let (column, direction) = (metric.name(), sql_of(direction));
    let sql = format!(
        "SELECT runs.*, listed.order_value FROM (SELECT run_no AS listed_no, \
         m.{column} AS order_value FROM run_metrics m CROSS JOIN runs USING (run_no) \
         WHERE m.{column} IS NOT NULL AND {} ORDER BY m.{column} {direction}, run_no {direction} \
         LIMIT ?) AS listed CROSS JOIN runs ON runs.run_no = listed.listed_no \
         ORDER BY listed.order_value {direction}, runs.run_no {direction}",
        condition.sql
    );
    (sql, condition)
}

/// The newest first, whichever way the metric goes.
fn valueless(query: &RunQuery, metric: Metric, after: Option<RunPosition>) -> (String, Condition) {
    let column = metric.name();
    let without = format!(
        "NOT EXISTS (SELECT 1 FROM run_metrics m WHERE m.run_no = runs.run_no \
         AND m.{column} IS NOT NULL)"
    );
    let mut condition = query.kept().and(Condition::new(without, Vec::new()));
    if let Some(RunPosition::Valueless { run_no }) = after {
        condition = condition.and(Condition::new("run_no < ?", vec![Bound::Int(run_no)]));
    }
    let sql = format!(
        "SELECT *, NULL AS order_value FROM runs WHERE run_no IN \
         (SELECT run_no FROM runs WHERE {} ORDER BY run_no DESC LIMIT ?) ORDER BY run_no DESC",
        condition.sql
    );
    (sql, condition)
}

fn position_of(row: &SqliteRow, order: RunOrder) -> Result<RunPosition, StoreError> {
    if let RunOrder::Time { .. } = order {
        let (create_ms, run_id) = (row.try_get("create_ms")?, run_id_of(row)?);
        return Ok(RunPosition::Time { create_ms, run_id });
    }
    let run_no = row.try_get("run_no")?;
    Ok(match row.try_get::<Option<f64>, _>("order_value")? {
        Some(value) => RunPosition::Valued { value, run_no },
        None => RunPosition::Valueless { run_no },
    })
}

/// Fills what lists are filtered by, once the run has its row.
pub(super) async fn fill_listed(
    connection: &mut SqliteConnection,
    run_no: i64,
    spec: &RunSpec,
    labels: &BTreeMap<String, String>,
) -> Result<(), StoreError> {
    let names = |name: fn(&Subscription) -> String| {
        let names: BTreeSet<String> = spec.subscriptions().map(name).collect();
        format!("\n{}\n", Vec::from_iter(names).join("\n"))
    };
    sqlx::query(
        "UPDATE runs SET strategy = $1, exchanges = $2, symbols = $3, timeframes = $4 \
         WHERE run_no = $5",
    )
    .bind(spec.base().strategy.name.clone())
    .bind(names(|subscription| subscription.instrument.exchange.to_string()))
    .bind(names(|subscription| subscription.instrument.symbol.to_string()))
    .bind(names(|subscription| subscription.timeframe.to_string()))
    .bind(run_no)
    .execute(&mut *connection)
    .await?;
    fill_labels(connection, run_no, labels).await?;
    fill_text(connection, run_no).await
}

/// Fills it anew after what people say of the run has changed.
pub(super) async fn refill_listed(
    connection: &mut SqliteConnection,
    run_no: i64,
    labels: &BTreeMap<String, String>,
) -> Result<(), StoreError> {
    for sql in
        ["DELETE FROM run_labels WHERE run_no = $1", "DELETE FROM runs_text WHERE rowid = $1"]
    {
        sqlx::query(sql).bind(run_no).execute(&mut *connection).await?;
    }
    fill_labels(connection, run_no, labels).await?;
    fill_text(connection, run_no).await
}

async fn fill_labels(
    connection: &mut SqliteConnection,
    run_no: i64,
    labels: &BTreeMap<String, String>,
) -> Result<(), StoreError> {
    for (label, value) in labels {
        sqlx::query("INSERT INTO run_labels (label, value, run_no) VALUES ($1, $2, $3)")
            .bind(label.clone())
            .bind(value.clone())
            .bind(run_no)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// What a run is found by when a part of a word is searched, as the migration fills it.
async fn fill_text(connection: &mut SqliteConnection, run_no: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO runs_text (rowid, text) \
         SELECT run_no, char(10) || display_name || char(10) || strategy || exchanges || symbols \
         || timeframes || coalesce((SELECT group_concat(label || char(10) || value, char(10)) \
         FROM run_labels WHERE run_labels.run_no = runs.run_no) || char(10), '') \
         || lower(substr(hex(run_id), 1, 8) || '-' || substr(hex(run_id), 9, 4) || '-' \
         || substr(hex(run_id), 13, 4) || '-' || substr(hex(run_id), 17, 4) || '-' \
         || substr(hex(run_id), 21)) FROM runs WHERE run_no = $1",
    )
    .bind(run_no)
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::scene::Scene;
    use super::*;

    async fn plan(store: &Store, filter: &str, order_by: &str) -> String {
        plan_of(store, &RunQuery::new(filter, order_by).unwrap()).await
    }

    async fn plan_of(store: &Store, query: &RunQuery) -> String {
        let (sql, condition) = match query.order {
            RunOrder::Metric { metric, direction } => valued(query, (metric, direction), None),
            RunOrder::Time { by_time, by_id } => timed(query, (by_time, by_id), None),
        };
        let rows = store.rows_of(&format!("EXPLAIN QUERY PLAN {sql}"), condition, 51).await;
        let steps = rows.unwrap();
        let steps = steps.iter().map(|row| row.try_get::<String, _>("detail").unwrap());
        steps.collect::<Vec<_>>().join("; ")
    }

    #[tokio::test]
    async fn a_label_of_few_is_gathered_and_one_of_many_is_looked_up_along_the_order() {
        let scene = Scene::over(Vec::new()).await;
        let of_label = RunQuery::new("labels.tier = gold", "").unwrap();
        let few = plan_of(&scene.store, &of_label).await;
        assert!(few.contains("LIST SUBQUERY") && few.contains("TEMP B-TREE FOR ORDER"), "{few}");
        let many = plan_of(&scene.store, &of_label.along_the_order()).await;
        assert!(many.contains("USING COVERING INDEX runs_listed"), "{many}");
        assert!(many.contains("SEARCH l "), "each is looked up: {many}");
        let best = RunQuery::new("labels.tier = gold", "sharpe desc").unwrap().along_the_order();
        let best = plan_of(&scene.store, &best).await;
        assert!(best.contains("USING COVERING INDEX run_metrics_by_sharpe"), "{best}");
        assert!(best.contains("SEARCH l "), "each is looked up: {best}");
        // Either way the same, also of what has not the label.
        for filter in ["labels.tier = gold", "labels.tier != gold", "labels.tier > a"] {
            let query = RunQuery::new(filter, "").unwrap();
            let counts = [&query, &query.along_the_order()].map(RunQuery::kept);
            let few = scene.store.count_of(&counts[0]).await.unwrap();
            assert_eq!(few, scene.store.count_of(&counts[1]).await.unwrap(), "{filter}");
        }
    }

    #[tokio::test]
    async fn the_runs_of_an_owner_are_listed_and_counted_without_a_look_at_their_rows() {
        let scene = Scene::over(Vec::new()).await;
        let query = RunQuery::new("owner = ann", "").unwrap();
        let index = "SEARCH runs USING COVERING INDEX runs_of_owner (owner=?)";
        let listed = plan_of(&scene.store, &query).await;
        assert!(listed.contains(index), "{listed}");
        assert_eq!(listed.matches("TEMP B-TREE").count(), 1, "of the page alone: {listed}");
        let kept = query.kept();
        let sql = format!("EXPLAIN QUERY PLAN {}", counted(&kept));
        let steps = kept.bind(sqlx::query(sqlx::AssertSqlSafe(sql)));
        let steps = steps.fetch_all(&scene.store.readers).await.unwrap();
        let steps: Vec<String> = steps.iter().map(|row| row.try_get("detail").unwrap()).collect();
        assert_eq!(steps, [index]);
    }

    #[tokio::test]
    async fn the_metrics_that_runs_are_ordered_by_most_are_read_along_their_index() {
        let scene = Scene::over(Vec::new()).await;
        for metric in ["sharpe", "total_return", "max_drawdown", "net_profit"] {
            for filter in ["", "strategy = sma_cross AND state = COMPLETED"] {
                let plan = plan(&scene.store, filter, &format!("{metric} desc")).await;
                let index = format!(" m USING COVERING INDEX run_metrics_by_{metric}");
                assert!(plan.contains(&index), "{plan}");
                assert!(!plan.contains("TEMP B-TREE FOR ORDER BY; "), "{plan}");
            }
        }
    }
}
