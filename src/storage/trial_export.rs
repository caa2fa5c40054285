//! Trials for export: of a run that has ended, in the order of their indices, from key to key; else
//! which there are and in which order is settled first, by one query, and their values are read
//! piece by piece.
//!
//! So each is exported once, however long that takes and whatever is committed meanwhile, and a
//! million of them in another order cost one sort and eight bytes each. No connection is held
//! between two pieces, and exports together never hold them all.

use std::collections::HashMap;

use futures_util::TryStreamExt as _;
use sqlx::Row as _;

use super::Store;
use super::condition::Bound;
use super::error::StoreError;
use super::readers::Readers;
use super::trial_list::arguments;
use super::trial_query::TrialQuery;
use super::trial_reader::{TrialCells, TrialReader};
use super::wide_reads::WideQuery;
use crate::metrics::Metric;
use crate::run::{OptimizationSpec, RunId, Trial};

impl Store {
    /// Trials of a run that has ended which the query admits, by rising index, from the first one
    /// that is not below `from`, with these of their metrics; the query's own order is left aside.
    pub async fn trials_by_index(
        &self,
        run_id: RunId,
        (spec, metrics): (&OptimizationSpec, &[Metric]),
        query: &TrialQuery,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Trial>, StoreError> {
        let reader = TrialReader::of(spec, metrics)?;
        let sql = format!(
            "{} WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) \
             AND trial_index >= {from} AND {} ORDER BY trial_index LIMIT {limit}",
            reader.select(),
            query.condition
        );
        let run = Bound::Bytes(run_id.as_bytes().to_vec());
        let values = std::iter::once(run).chain(query.values.iter().cloned()).collect();
        self.wide_trials(&self.readers.scanning(), &reader, WideQuery { sql, values }).await
    }

    /// The trials of a query that the reader made, in its order.
    pub(super) async fn wide_trials(
        &self,
        readers: &Readers,
        reader: &TrialReader<'_>,
        query: WideQuery,
    ) -> Result<Vec<Trial>, StoreError> {
        let metrics = reader.metrics().to_vec();
        let cells = readers.wide_rows(query, move |row| TrialCells::of(row, &metrics)).await?;
        cells.into_iter().map(|cells| reader.made(cells)).collect()
    }

    /// Whether the run is still there.
    pub async fn has_run(&self, run_id: RunId) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM runs WHERE run_id = $1")
            .bind(run_id.as_bytes().to_vec())
            .fetch_optional(&self.readers);
        Ok(row.await?.is_some())
    }

    /// The indices of all trials that the query admits, in its order, at most `limit`.
    pub async fn trial_order(
        &self,
        run_id: RunId,
        query: &TrialQuery,
        limit: Option<u64>,
    ) -> Result<Vec<u64>, StoreError> {
        let sql = format!(
            "SELECT trial_index FROM trials \
             WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) AND {} \
             ORDER BY {} LIMIT {}",
            query.condition,
            query.order_by(),
            // SQLite takes a negative limit for none.
            limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(-1),
        );
        let arguments = arguments(run_id, &query.values)?;
        let readers = self.readers.scanning();
        let mut rows = sqlx::query_with(sqlx::AssertSqlSafe(sql), arguments).fetch(&readers);
        let mut indices = Vec::new();
        while let Some(row) = rows.try_next().await? {
            indices.push(row.try_get::<i64, _>(0)? as u64);
        }
        Ok(indices)
    }

    /// The trials of these indices, in this order, with these of their metrics; those of a deleted
    /// run are left out.
    pub async fn trials_in_order(
        &self,
        run_id: RunId,
        (spec, metrics): (&OptimizationSpec, &[Metric]),
        indices: &[u64],
    ) -> Result<Vec<Trial>, StoreError> {
        let reader = TrialReader::of(spec, metrics)?;
        let mut trials = self.trials_at(run_id, &reader, indices).await?;
        let places: HashMap<u64, usize> =
            indices.iter().enumerate().map(|(place, &index)| (index, place)).collect();
        trials.sort_by_key(|trial| places.get(&trial.trial_index));
        Ok(trials)
    }
}
