//! Committing what a chunk computed, exactly once, and telling what is still to do.

use std::ops::Range;
use std::sync::Arc;

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::Store;
use super::error::StoreError;
use super::ledger::note_tries;
use super::seal::seal;
use super::trial_row::{self, json};
use crate::digest::Digest;
use crate::run::{BacktestDetail, RunId, State, TrialOutcome, TrialRow, Tries};

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
        Ok(gaps(&self.done(run_id).await?, total))
    }

    /// Commits the rows of the chunk `trials`, and what they tried. `None` if the run is no longer
    /// running in that attempt or was asked to end: then nothing was written.
    pub async fn commit(
        &self,
        fence: Fence,
        trials: Range<u64>,
        rows: Arc<Vec<TrialRow>>,
        tries: Vec<Tries>,
    ) -> Result<Option<CommitCounts>, StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let Some(run_no) = running(connection, fence).await? else { return Ok(None) };
                    let counts = count(&rows);
                    if is_new(connection, run_no, &trials).await? {
                        record(connection, run_no, &trials, counts).await?;
                        trial_row::insert_all(connection, run_no, &rows).await?;
                        for row in rows.iter() {
                            insert_details(connection, run_no, row).await?;
                        }
                        note_tries(connection, &tries).await?;
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
    // What lies beyond may be done already, and may have gaps of its own.
    for range in done.iter().take_while(|range| range.start < total) {
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

/// Whether no trial of the range is committed; false if all of it is, as when a message comes
/// twice. Committed ranges never overlap, so the one that starts last before its end tells.
async fn is_new(
    connection: &mut SqliteConnection,
    run_no: i64,
    trials: &Range<u64>,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT start, len FROM commits WHERE run_no = $1 AND start < $2 \
         ORDER BY start DESC LIMIT 1",
    )
    .bind(run_no)
    .bind(trials.end as i64)
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(true) };
    let (start, len): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    let known = start as u64..(start + len) as u64;
    if known.end <= trials.start {
        return Ok(true);
    }
    if known == *trials {
        Ok(false)
    } else {
        Err(StoreError::Overlap { known, new: trials.clone() })
    }
}

/// Notes the range as done.
pub(super) async fn record(
    connection: &mut SqliteConnection,
    run_no: i64,
    trials: &Range<u64>,
    counts: CommitCounts,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO commits (run_no, commit_no, start, len, completed, failed) \
         SELECT $1, (SELECT COALESCE(MAX(commit_no), 0) + 1 FROM commits WHERE run_no = $1), \
                $2, $3, $4, $5",
    )
    .bind(run_no)
    .bind(trials.start as i64)
    .bind((trials.end - trials.start) as i64)
    .bind(counts.completed as i64)
    .bind(counts.failed as i64)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn insert_details(
    connection: &mut SqliteConnection,
    run_no: i64,
    row: &TrialRow,
) -> Result<(), StoreError> {
    match (&row.detail, &row.outcome) {
        (Some(detail), TrialOutcome::Completed(metrics)) => {
            let seal = seal(metrics, detail);
            insert_detail(connection, run_no, row.trial_index, detail, seal).await
        }
        _ => Ok(()),
    }
}

async fn insert_detail(
    connection: &mut SqliteConnection,
    run_no: i64,
    trial_index: u64,
    detail: &BacktestDetail,
    seal: Digest,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO backtests (run_no, closed_trade_count, listed_trade_count, \
         equity_point_count, rejections, result_sha256, rule_facts, uses_aux, costs, seal) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(run_no)
    .bind(detail.closed_trade_count as i64)
    .bind(detail.listed_trade_count as i64)
    .bind(detail.equity_point_count as i64)
    .bind(json(&detail.rejections))
    .bind(detail.result_sha256.as_bytes().to_vec())
    .bind(json(&detail.rule_facts))
    .bind(detail.uses_aux.as_ref().map(json))
    .bind(json(&detail.costs))
    .bind(seal.as_bytes().to_vec())
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
    use super::super::scene::Scene;
    use super::*;
    use proptest::prelude::*;

    #[tokio::test]
    async fn a_range_is_committed_once_and_one_that_overlaps_never() {
        let scene = Scene::over(Vec::new()).await;
        assert_eq!(scene.commit(10..20).await.unwrap().completed, 10);
        assert_eq!(scene.commit(10..20).await.unwrap().completed, 0, "it comes twice");
        for range in [10..15, 10..25, 15..20, 5..11, 19..21, 0..30, 12..13] {
            let refused = scene.commit(range.clone()).await.unwrap_err();
            assert!(matches!(refused, StoreError::Overlap { .. }), "{range:?}: {refused}");
        }
        for range in [5..10, 20..21, 0..5, 21..40] {
            let new = range.end - range.start;
            assert_eq!(scene.commit(range).await.unwrap().completed, new);
        }
        let run_id = scene.fence.run_id;
        assert_eq!(scene.store.trial_counts(run_id).await.unwrap(), (40, 0));
        assert!(scene.store.missing(run_id, 40).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_commit_is_found_by_its_start_and_no_other_is_looked_at() {
        let scene = Scene::over(Vec::new()).await;
        scene.commit(0..1).await.unwrap();
        let plan = sqlx::query(
            "EXPLAIN QUERY PLAN SELECT start, len FROM commits WHERE run_no = 1 AND start < 9 \
             ORDER BY start DESC LIMIT 1",
        );
        let plan = plan.fetch_all(&scene.store.readers).await.unwrap();
        let [step] = &plan[..] else { panic!("one step: {}", plan.len()) };
        let step: String = step.try_get("detail").unwrap();
        assert!(step.starts_with("SEARCH commits USING INDEX commits_by_start"), "{step}");
    }

    proptest! {
        #[test]
        fn what_is_done_and_what_is_missing_make_up_the_whole(
            starts in prop::collection::vec((0_u64..50, 1_u64..10), 0..10),
            total in 0_u64..60,
        ) {
            let mut done: Vec<_> = starts.iter().map(|&(start, len)| start..start + len).collect();
            done.sort_by_key(|range| range.start);
            let missing = gaps(&done, total);
            prop_assert!(missing.iter().all(|range| range.end <= total), "{missing:?}");
            for trial in 0..total {
                let is_done = done.iter().any(|range| range.contains(&trial));
                let is_missing = missing.iter().any(|range| range.contains(&trial));
                prop_assert_ne!(is_done, is_missing, "trial {}", trial);
            }
        }
    }
}
