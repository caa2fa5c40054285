//! After a crash: what was running is pending again as a further attempt, with what it had
//! committed; what was asked to end has ended.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::Store;
use super::error::StoreError;
use super::hook_events::tell_of_run;
use super::record::run_id_of;
use super::submit::kind_number;
use crate::digest::Digest;
use crate::run::{RunId, RunKind, RunRecord, Sequence, State};

impl Store {
    /// Brings every run that a former process left live to a state from which this one goes on,
    /// and answers those that wait, oldest first.
    pub async fn recover(&self, now_ms: i64) -> Result<Vec<RunRecord>, StoreError> {
        self.writer.write_when_full(move |connection| Box::pin(settle(connection, now_ms))).await?;
        let rows = sqlx::query("SELECT * FROM runs WHERE state = $1 ORDER BY run_no")
            .bind(State::Pending as i64)
            .fetch_all(&self.readers)
            .await?;
        self.records_of(&rows).await
    }

    /// Puts a waiting run under another engine: what the former one committed is dropped. Where
    /// equal work is live under the new key already, this run goes on alone.
    pub async fn restart_under(
        &self,
        run_id: RunId,
        engine_version: &'static str,
        run_key: Digest,
    ) -> Result<(), StoreError> {
        self.writer
            .write(move |connection| Box::pin(restart(connection, run_id, engine_version, run_key)))
            .await
    }
}

async fn settle(connection: &mut SqliteConnection, now_ms: i64) -> Result<(), StoreError> {
    let live = sqlx::query(
        "SELECT run_no, run_id, state, attempt, sequence, cancel_request_ms IS NOT NULL AS asked \
         FROM runs WHERE state IN ($1, $2)",
    )
    .bind(State::Pending as i64)
    .bind(State::Running as i64)
    .fetch_all(&mut *connection)
    .await?;
    for row in live {
        let run_no: i64 = row.try_get("run_no")?;
        count_trials(connection, run_no).await?;
        let sequence = Sequence::from_i64(row.try_get("sequence")?).after_restart();
        if row.try_get("asked")? {
            end_cancelled(connection, run_no, sequence, now_ms).await?;
            tell_of_run(connection, run_id_of(&row)?, State::Cancelled, now_ms).await?;
        } else if row.try_get::<i64, _>("state")? == State::Running as i64 {
            let attempt: u32 = row.try_get("attempt")?;
            let (attempt, sequence) = (attempt + 1, Sequence::first_of(attempt + 1));
            wait_again(connection, run_no, attempt, sequence).await?;
        } else {
            let attempt: u32 = row.try_get("attempt")?;
            wait_again(connection, run_no, attempt, sequence).await?;
        }
    }
    Ok(())
}

/// Notes what a search had committed, which nobody had told its row: progress never falls.
async fn count_trials(connection: &mut SqliteConnection, run_no: i64) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE runs SET (completed, failed) = (SELECT COALESCE(SUM(completed), 0), \
         COALESCE(SUM(failed), 0) FROM commits WHERE commits.run_no = runs.run_no) \
         WHERE run_no = $1 AND kind IN ($2, $3)",
    )
    .bind(run_no)
    .bind(kind_number(RunKind::Optimization))
    .bind(kind_number(RunKind::Robustness))
    .execute(connection)
    .await?;
    Ok(())
}

async fn end_cancelled(
    connection: &mut SqliteConnection,
    run_no: i64,
    sequence: Sequence,
    now_ms: i64,
) -> Result<(), StoreError> {
    // The trials that a search had committed stay, and those of a walk-forward's windows, which its
    // row counts itself; the bars of a backtest are nothing.
    sqlx::query(
        "UPDATE runs SET state = $1, sequence = $2, end_ms = $3, \
         pause_ms = NULL, pause_reason = NULL, pause_requester = NULL, \
         completed = CASE kind WHEN 1 THEN 0 WHEN 3 THEN completed ELSE \
                     (SELECT COALESCE(SUM(commits.completed), 0) \
                      FROM commits WHERE commits.run_no = runs.run_no) END, \
         failed = CASE kind WHEN 1 THEN 0 WHEN 3 THEN failed ELSE \
                  (SELECT COALESCE(SUM(commits.failed), 0) \
                   FROM commits WHERE commits.run_no = runs.run_no) END \
         WHERE run_no = $4",
    )
    .bind(State::Cancelled as i64)
    .bind(sequence.as_i64())
    .bind(now_ms)
    .bind(run_no)
    .execute(connection)
    .await?;
    Ok(())
}

async fn wait_again(
    connection: &mut SqliteConnection,
    run_no: i64,
    attempt: u32,
    sequence: Sequence,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE runs SET state = $1, attempt = $2, sequence = $3 WHERE run_no = $4")
        .bind(State::Pending as i64)
        .bind(attempt)
        .bind(sequence.as_i64())
        .bind(run_no)
        .execute(connection)
        .await?;
    Ok(())
}

async fn restart(
    connection: &mut SqliteConnection,
    run_id: RunId,
    engine_version: &'static str,
    run_key: Digest,
) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM trials WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1)",
        "DELETE FROM commits WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1)",
        "DELETE FROM failures WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1)",
        "DELETE FROM failure_details WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1)",
        "DELETE FROM artefacts WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1)",
        "DELETE FROM backtests WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1)",
        "DELETE FROM reorderings WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1)",
        "DELETE FROM windows WHERE run_no = (SELECT run_no FROM runs WHERE run_id = $1)",
    ] {
        sqlx::query(sql).bind(run_id.as_bytes().to_vec()).execute(&mut *connection).await?;
    }
    sqlx::query(
        "UPDATE runs SET completed = 0, failed = 0, engine_version = $1, run_key = $2, \
         continues = NULL, \
         join_key = CASE \
         WHEN join_key IS NULL OR EXISTS (SELECT 1 FROM runs WHERE join_key = $2) THEN NULL \
         ELSE $2 END WHERE run_id = $3",
    )
    .bind(engine_version)
    .bind(run_key.as_bytes().to_vec())
    .bind(run_id.as_bytes().to_vec())
    .execute(connection)
    .await?;
    Ok(())
}
