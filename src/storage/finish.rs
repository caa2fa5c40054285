//! The moves of a run's life as conditional updates: the WHERE clause repeats the legal source
//! state, and exactly one row must change.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::Store;
use super::commit::Fence;
use super::error::StoreError;
use super::hook_events::tell_of_run;
use super::run_metrics;
use super::trial_row::json;
use crate::run::{Failure, RunId, Sequence, State};

/// How a run ends.
#[derive(Clone, Debug)]
pub struct Ending {
    /// Which life of which run.
    pub fence: Fence,
    /// The number under which the end is published.
    pub sequence: Sequence,
    /// When.
    pub end_ms: i64,
    /// What was done; `None` counts what is committed. Commits that were under way when the work
    /// stopped are known to the database alone.
    pub done: Option<Done>,
    /// Whether it ends a run that is paused, too: its time is up.
    pub ends_paused: bool,
    /// How long it computed, over all of its attempts.
    pub spent_ms: i64,
}

/// How far a run came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Bars, or trials that ran to their end.
    pub completed: u64,
    /// Trials that failed.
    pub failed: u64,
}

impl Store {
    /// Hands out the first chunk, and tells when the run was first running. `None` if it is not
    /// pending, or was asked to end.
    pub async fn start(
        &self,
        fence: Fence,
        sequence: Sequence,
        start_ms: i64,
    ) -> Result<Option<i64>, StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let started = sqlx::query(
                        "UPDATE runs SET state = $1, sequence = $2, \
                         start_ms = coalesce(start_ms, $3) \
                         WHERE run_id = $4 AND attempt = $5 AND state = $6 \
                         AND cancel_request_ms IS NULL AND pause_ms IS NULL RETURNING start_ms",
                    )
                    .bind(State::Running as i64)
                    .bind(sequence.as_i64())
                    .bind(start_ms)
                    .bind(fence.run_id.as_bytes().to_vec())
                    .bind(fence.attempt)
                    .bind(State::Pending as i64)
                    .fetch_optional(connection)
                    .await?;
                    Ok(started.map(|row| row.try_get(0)).transpose()?)
                })
            })
            .await
    }

    /// Ends a running run with what was committed. `None` if it is not running, or was asked to
    /// end otherwise.
    pub async fn complete(&self, ending: Ending) -> Result<Option<Done>, StoreError> {
        self.end(ending, State::Completed, None).await
    }

    /// Ends a live run without a result. `None` if it is not live, or was asked to end otherwise.
    pub async fn fail(&self, ending: Ending, failure: Failure) -> Result<Option<Done>, StoreError> {
        self.end(ending, State::Failed, Some(failure)).await
    }

    /// Ends a live run that was asked to end. `None` if it is not live, or nobody asked.
    pub async fn finish_cancel(&self, ending: Ending) -> Result<Option<Done>, StoreError> {
        self.end(ending, State::Cancelled, None).await
    }

    /// Stores how long a run has computed so far.
    pub async fn keep_spent(&self, run_id: RunId, spent_ms: i64) -> Result<(), StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("UPDATE runs SET spent_ms = $1 WHERE run_id = $2")
                        .bind(spent_ms)
                        .bind(run_id.as_bytes().to_vec())
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    async fn end(
        &self,
        ending: Ending,
        to: State,
        failure: Option<Failure>,
    ) -> Result<Option<Done>, StoreError> {
        let (done, is_told) = self
            .writer
            .write_when_full(move |connection| Box::pin(end(connection, ending, to, failure)))
            .await?;
        if is_told {
            self.outbox.notify_one();
        }
        Ok(done)
    }
}

/// The one update that ends a run. `from` are the legal source states; a wish to cancel decides
/// between cancelled and all other ends. It ends whatever attempt there is, a paused one too; of
/// the other ends only that by time ends a paused one. Also, whether hooks are told of it.
async fn end(
    connection: &mut SqliteConnection,
    ending: Ending,
    to: State,
    failure: Option<Failure>,
) -> Result<(Option<Done>, bool), StoreError> {
    let done = match ending.done {
        Some(done) => done,
        None => committed(&mut *connection, ending.fence).await?,
    };
    let from = match to {
        State::Completed => [State::Running, State::Running],
        _ => [State::Pending, State::Running],
    };
    let changed = sqlx::query(
        "UPDATE runs SET state = $1, sequence = $2, end_ms = $3, completed = $4, failed = $5, \
         failure = $6, join_key = NULL, spent_ms = $12, \
         pause_ms = NULL, pause_reason = NULL, pause_requester = NULL \
         WHERE run_id = $7 AND state IN ($9, $10) AND (cancel_request_ms IS NOT NULL) = $11 \
         AND ($11 OR (attempt = $8 AND ($13 OR pause_ms IS NULL)))",
    )
    .bind(to as i64)
    .bind(ending.sequence.as_i64())
    .bind(ending.end_ms)
    .bind(done.completed as i64)
    .bind(done.failed as i64)
    .bind(failure.as_ref().map(json))
    .bind(ending.fence.run_id.as_bytes().to_vec())
    .bind(ending.fence.attempt)
    .bind(from[0] as i64)
    .bind(from[1] as i64)
    .bind(to == State::Cancelled)
    .bind(ending.spent_ms)
    .bind(ending.ends_paused)
    .execute(&mut *connection)
    .await?;
    if changed.rows_affected() != 1 {
        return Ok((None, false));
    }
    if to == State::Completed {
        run_metrics::keep(&mut *connection, ending.fence.run_id).await?;
    }
    let is_told = tell_of_run(connection, ending.fence.run_id, to, ending.end_ms).await?;
    Ok((Some(done), is_told))
}

async fn committed(connection: &mut SqliteConnection, fence: Fence) -> Result<Done, StoreError> {
    let row = sqlx::query(
        "SELECT COALESCE(SUM(completed), 0), COALESCE(SUM(failed), 0) FROM commits \
         WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1)",
    )
    .bind(fence.run_id.as_bytes().to_vec())
    .fetch_one(connection)
    .await?;
    Ok(Done {
        completed: row.try_get::<i64, _>(0)? as u64,
        failed: row.try_get::<i64, _>(1)? as u64,
    })
}
