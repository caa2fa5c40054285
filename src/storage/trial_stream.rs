//! Trials in the order of their commits: every one once, resumable by cursor.

use std::ops::Range;

use sqlx::Row as _;

use super::Store;
use super::condition::Bound;
use super::error::StoreError;
use super::trial_reader::TrialReader;
use super::wide_reads::WideQuery;
use crate::metrics::Metric;
use crate::run::{OptimizationSpec, RunId, Trial};
use crate::sweep::Plan;

/// Bits of a cursor that count within a commit.
const OFFSET_BITS: u32 = 20;

/// Trials after a cursor, in the order of their commits.
#[derive(Clone, Debug)]
pub struct TrialBatch {
    /// The trials.
    pub trials: Vec<Trial>,
    /// Behind the last of them.
    pub cursor: i64,
}

impl Store {
    /// The next trials after `cursor`, at most `limit`, with these of their metrics; none if all
    /// committed ones were told.
    ///
    /// A cursor is `(commit_no << 20) + offset`: the trials of the commit up to the offset, and
    /// those of all commits before, are told.
    pub async fn trials_after(
        &self,
        run_id: RunId,
        (spec, metrics): (&OptimizationSpec, &[Metric]),
        plan: &Plan,
        cursor: i64,
        limit: usize,
    ) -> Result<TrialBatch, StoreError> {
        let reader = TrialReader::of(spec, metrics)?;
        let mut batch = TrialBatch { trials: Vec::new(), cursor };
        let (first_commit, told) = (cursor >> OFFSET_BITS, cursor & ((1 << OFFSET_BITS) - 1));
        for (commit_no, places) in self.commits_from(run_id, first_commit).await? {
            let indices = sorted_indices(plan, places).await;
            let skipped = if commit_no == first_commit { told as usize } else { 0 };
            let room = limit - batch.trials.len();
            let wanted = &indices[skipped.min(indices.len())..];
            let wanted = &wanted[..wanted.len().min(room)];
            if wanted.is_empty() {
                if room == 0 {
                    break;
                }
                batch.cursor = (commit_no << OFFSET_BITS) + indices.len() as i64;
                continue;
            }
            batch.trials.extend(self.trials_at(run_id, &reader, wanted).await?);
            batch.cursor = (commit_no << OFFSET_BITS) + (skipped + wanted.len()) as i64;
            if batch.trials.len() >= limit {
                break;
            }
        }
        Ok(batch)
    }

    async fn commits_from(
        &self,
        run_id: RunId,
        first: i64,
    ) -> Result<Vec<(i64, Range<u64>)>, StoreError> {
        /// Enough for any batch: each commit has at least one place.
        const COMMITS_MAX: i64 = 512;
        let rows = sqlx::query(
            "SELECT commit_no, start, len FROM commits \
             WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) AND commit_no >= $2 \
             ORDER BY commit_no LIMIT $3",
        )
        .bind(run_id.as_bytes().to_vec())
        .bind(first)
        .bind(COMMITS_MAX)
        .fetch_all(&self.readers)
        .await?;
        let mut commits = Vec::with_capacity(rows.len());
        for row in rows {
            let (start, len): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
            commits.push((row.try_get(0)?, start as u64..(start + len) as u64));
        }
        Ok(commits)
    }

    /// The trials of these indices, by index; those that are not committed are left out.
    pub(super) async fn trials_at(
        &self,
        run_id: RunId,
        reader: &TrialReader<'_>,
        indices: &[u64],
    ) -> Result<Vec<Trial>, StoreError> {
        let list = serde_json::to_string(indices).unwrap_or_default();
        let sql = format!(
            "{} WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1) \
             AND trial_index IN (SELECT value FROM json_each($2)) ORDER BY trial_index",
            reader.select()
        );
        let values = vec![Bound::Bytes(run_id.as_bytes().to_vec()), Bound::Text(list)];
        self.wide_trials(&self.readers, reader, WideQuery { sql, values }).await
    }
}

/// The trials of these places by index. Where few places hold one there are many to look at, and
/// others want this thread as well.
async fn sorted_indices(plan: &Plan, places: Range<u64>) -> Vec<u64> {
    const PLACES_AT_ONCE: u64 = 4_096;
    let mut indices = Vec::new();
    let mut first = places.start;
    while first < places.end {
        let end = places.end.min(first + PLACES_AT_ONCE);
        indices.extend(plan.indices(first..end));
        first = end;
        tokio::task::yield_now().await;
    }
    indices.sort_unstable();
    indices
}
