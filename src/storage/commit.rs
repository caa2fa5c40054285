//! Committing what a chunk computed, exactly once, and telling what is still to do.

use std::ops::Range;
use std::sync::Arc;

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::Store;
use super::error::StoreError;
use super::trial_row::{self, json};
use crate::run::{BacktestDetail, RunId, State, TrialOutcome, TrialRow};

/// Which life of a run a write belongs to. A write of another life changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    /// Which run.
    pub run_id: RunId,
    /// Which attempt at it.
    pub attempt: u32,
}

/// What a commit added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitCounts {
    /// Trials that ran to their end.
    pub completed: u64,
    /// Trials that failed.
    pub failed: u64,
}

impl Store {
    /// The ranges of trials that are not committed yet; starting and resuming are the same.
    pub async fn missing(&self, run_id: RunId, total: u64) -> Result<Vec<Range<u64>>, StoreError> {
        let rows = sqlx::query(
            "SELECT start, len FROM commits JOIN runs USING (run_no) \
             WHERE run_id = $1 ORDER BY start",
        )
        .bind(run_id.as_bytes().to_vec())
        .fetch_all(&self.readers)
        .await?;
        let mut done = Vec::with_capacity(rows.len());
        for row in rows {
            let (start, len): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
            done.push(start as u64..(start + len) as u64);
        }
        Ok(gaps(&done, total))
    }

    /// Commits the rows of the chunk `trials`. `None` if the run is no longer running in that
    /// attempt or was asked to end: then nothing was written.
    pub async fn commit(
        &self,
        fence: Fence,
        trials: Range<u64>,
        rows: Arc<Vec<TrialRow>>,
    ) -> Result<Option<CommitCounts>, StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let Some(run_no) = running(connection, fence).await? else { return Ok(None) };
                    let counts = count(&rows);
                    if record(connection, run_no, &trials, counts).await? {
                        trial_row::insert_all(connection, run_no, &rows).await?;
                        for row in rows.iter() {
                            insert_details(connection, run_no, row).await?;
                        }
                        return Ok(Some(counts));
                    }
                    Ok(Some(CommitCounts::default()))
                })
            })
            .await
    }
}

/// What the sorted, possibly overlapping ranges leave out of `0..total`.
fn gaps(done: &[Range<u64>], total: u64) -> Vec<Range<u64>> {
    let mut missing = Vec::new();
    let mut reached = 0;
    for range in done {
        if range.start > reached {
            missing.push(reached..range.start);
        }
        reached = reached.max(range.end);
    }
    if reached < total {
        missing.push(reached..total);
    }
    missing
}

fn count(rows: &[TrialRow]) -> CommitCounts {
    let failed = rows.iter().filter(|row| matches!(row.outcome, TrialOutcome::Failed(_))).count();
    CommitCounts { completed: (rows.len() - failed) as u64, failed: failed as u64 }
}

/// The run's number, if the fence holds.
pub(super) async fn running(
    connection: &mut SqliteConnection,
    fence: Fence,
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query(
        "SELECT run_no FROM runs \
         WHERE run_id = $1 AND attempt = $2 AND state = $3 AND cancel_request_ms IS NULL",
    )
    .bind(fence.run_id.as_bytes().to_vec())
    .bind(fence.attempt)
    .bind(State::Running as i64)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Notes the range as done; false if it was before, as when a message comes twice.
async fn record(
    connection: &mut SqliteConnection,
    run_no: i64,
    trials: &Range<u64>,
    counts: CommitCounts,
) -> Result<bool, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO commits (run_no, commit_no, start, len, completed, failed) \
         SELECT $1, (SELECT COALESCE(MAX(commit_no), 0) + 1 FROM commits WHERE run_no = $1), \
                $2, $3, $4, $5 \
         WHERE NOT EXISTS (SELECT 1 FROM commits WHERE run_no = $1 AND start = $2)",
    )
    .bind(run_no)
    .bind(trials.start as i64)
    .bind((trials.end - trials.start) as i64)
    .bind(counts.completed as i64)
    .bind(counts.failed as i64)
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

async fn insert_details(
    connection: &mut SqliteConnection,
    run_no: i64,
    row: &TrialRow,
) -> Result<(), StoreError> {
    match &row.detail {
        Some(detail) => insert_detail(connection, run_no, row.trial_index, detail).await,
        None => Ok(()),
    }
}

async fn insert_detail(
    connection: &mut SqliteConnection,
    run_no: i64,
    trial_index: u64,
    detail: &BacktestDetail,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO backtests (run_no, closed_trade_count, listed_trade_count, \
         equity_point_count, rejections, result_sha256) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(run_no)
    .bind(detail.closed_trade_count as i64)
    .bind(detail.listed_trade_count as i64)
    .bind(detail.equity_point_count as i64)
    .bind(json(&detail.rejections))
    .bind(detail.result_sha256.as_bytes().to_vec())
    .execute(&mut *connection)
    .await?;
    for (part_no, part) in detail.trade_parts.iter().enumerate() {
        sqlx::query(
            "INSERT INTO artefacts (run_no, trial_index, kind, part_no, codec, blob) \
             VALUES ($1, $2, 'trades', $3, 1, $4)",
        )
        .bind(run_no)
        .bind(trial_index as i64)
        .bind(part_no as i64)
        .bind(part.clone())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_done_and_what_is_missing_make_up_the_whole(
            starts in prop::collection::vec((0_u64..50, 1_u64..10), 0..10),
        ) {
            let total = 60;
            let mut done: Vec<_> = starts.iter().map(|&(start, len)| start..start + len).collect();
            done.sort_by_key(|range| range.start);
            let missing = gaps(&done, total);
            for trial in 0..total {
                let is_done = done.iter().any(|range| range.contains(&trial));
                let is_missing = missing.iter().any(|range| range.contains(&trial));
                prop_assert_ne!(is_done, is_missing, "trial {}", trial);
            }
        }
    }
}
