//! Lists of runs, a page at a time, by keys instead of offsets.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::Store;
use super::error::StoreError;
use super::run_query::{RunPosition, RunQuery};
use crate::run::{RunRecord, RunSpec, Subscription};

/// A page of a list of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct RunPage {
    /// The runs.
    pub runs: Vec<RunRecord>,
    /// Whether more follow.
    pub has_more: bool,
    /// Runs on all pages together.
    pub total: u64,
}

impl Store {
    /// The runs after `after`, at most `limit`.
    pub async fn runs(
        &self,
        query: &RunQuery,
        after: Option<RunPosition>,
        limit: usize,
    ) -> Result<RunPage, StoreError> {
        let page = self.run_page(query, after, limit);
        let ((runs, has_more), total) = tokio::try_join!(page, self.run_count(query))?;
        Ok(RunPage { runs, has_more, total })
    }

    async fn run_page(
        &self,
        query: &RunQuery,
        after: Option<RunPosition>,
        limit: usize,
    ) -> Result<(Vec<RunRecord>, bool), StoreError> {
        let (condition, order) = (query.page(after), query.order());
        // Keys first: what is sorted or passed over is never a whole row.
        let sql = format!(
            "SELECT * FROM runs WHERE run_no IN \
             (SELECT run_no FROM runs WHERE {} ORDER BY {order} LIMIT ?) ORDER BY {order}",
            condition.sql
        );
        let rows = condition
            .bind(sqlx::query(sqlx::AssertSqlSafe(sql)))
            .bind(limit as i64 + 1)
            .fetch_all(&self.readers)
            .await?;
        let runs = self.records_of(&rows[..rows.len().min(limit)]).await?;
        Ok((runs, rows.len() > limit))
    }

    async fn run_count(&self, query: &RunQuery) -> Result<u64, StoreError> {
        let condition = query.kept();
        let sql = format!("SELECT count(*) FROM runs WHERE {}", condition.sql);
        let query = condition.bind(sqlx::query(sqlx::AssertSqlSafe(sql)));
        let count: i64 = query.fetch_one(&self.readers).await?.try_get(0)?;
        Ok(count as u64)
    }
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
    for (label, value) in labels {
        sqlx::query("INSERT INTO run_labels (label, value, run_no) VALUES ($1, $2, $3)")
            .bind(label.clone())
            .bind(value.clone())
            .bind(run_no)
            .execute(&mut *connection)
            .await?;
    }
    fill_text(connection, run_no).await
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
