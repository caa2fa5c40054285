//! Removing a run with everything that it left: for readers at once, from the file in pieces.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::Store;
use super::audit::{Action, By, Line, note};
use super::error::StoreError;
use crate::run::{RunId, State};

/// How a wish to remove a run was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteOutcome {
    /// It is gone for everybody; under this number it waits for `purge`.
    Deleted {
        /// Its row.
        run_no: i64,
    },
    /// It is live, in this state; nothing was removed.
    Live(State),
    /// There is no such run.
    Unknown,
}

/// What stands as the kind of a run that is removed and whose rows go in pieces.
pub(super) const GONE: i64 = 0;

/// Rows of a removed run that go in one transaction: some ten milliseconds of the one writer.
const ROWS_AT_ONCE: i64 = 5_000;
/// Blobs of trades are up to a megabyte each.
const BLOBS_AT_ONCE: i64 = 4;

/// Every table whose rows hang on a run, by what one of its rows is told from the others, the
/// largest first, and how many go at once.
const BELONGINGS: [(&str, &str, i64); 14] = [
    ("trials", "trial_index", ROWS_AT_ONCE),
    ("artefacts", "rowid", BLOBS_AT_ONCE),
    ("commits", "commit_no", ROWS_AT_ONCE),
    ("failure_details", "trial_index", ROWS_AT_ONCE),
    ("failures", "failure_no", ROWS_AT_ONCE),
    ("run_labels", "label", ROWS_AT_ONCE),
    ("backtests", "run_no", ROWS_AT_ONCE),
    ("run_metrics", "run_no", ROWS_AT_ONCE),
    ("optimizations", "run_no", ROWS_AT_ONCE),
    ("reorderings", "draw", ROWS_AT_ONCE),
    ("windows", "window_no", ROWS_AT_ONCE),
    ("generations", "generation", ROWS_AT_ONCE),
    ("findings", "run_no", ROWS_AT_ONCE),
    ("trial_groups", "first_index", ROWS_AT_ONCE),
];

impl Store {
    /// Removes a final run, its results, and the request ids that were answered with it: the same
    /// request then makes a new run instead of naming one that is gone. What it left takes room
    /// until `purge` has been through it.
    pub async fn delete_run(&self, run_id: RunId) -> Result<DeleteOutcome, StoreError> {
        let by = self.by.clone();
        self.writer.write_when_full(move |connection| Box::pin(bury(connection, run_id, by))).await
    }

    /// The numbers of removed runs that left something.
    pub async fn graves(&self) -> Result<Vec<i64>, StoreError> {
        let rows = sqlx::query("SELECT run_no FROM runs WHERE kind = $1 ORDER BY run_no")
            .bind(GONE)
            .fetch_all(&self.readers.inner())
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Empties what a removed run left, a piece at a time: whoever writes beside it waits for one
    /// piece, and not for a search of half a million trials. Cut off, it is called again.
    pub async fn purge(&self, run_no: i64) -> Result<(), StoreError> {
        while self
            .writer
            .write_when_full(move |connection| Box::pin(purge_piece(connection, run_no)))
            .await?
        {}
        Ok(())
    }
}

/// Takes the run from every reader: under its id and its key nothing is found, no list has it.
async fn bury(
    connection: &mut SqliteConnection,
    run_id: RunId,
    by: By,
) -> Result<DeleteOutcome, StoreError> {
    let row = sqlx::query(
        "SELECT run_no, state, pause_ms IS NULL, owner, display_name FROM runs WHERE run_id = $1",
    )
    .bind(run_id.as_bytes().to_vec())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(DeleteOutcome::Unknown) };
    let (run_no, number): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    let bad = StoreError::Inconsistent { table: "runs", column: "state", row: run_no };
    let state = State::from_number(number).ok_or(bad)?;
    if !state.is_final() {
        let goes_on: bool = row.try_get(2)?;
        return Ok(DeleteOutcome::Live(if goes_on { state } else { State::Paused }));
    }
    let line = Line::new(Action::DeleteRun, &run_id)
        .with("owner", &row.try_get::<String, _>(3)?)
        .with("display_name", &row.try_get::<String, _>(4)?);
    note(connection, by.as_deref(), line).await?;
    sqlx::query("DELETE FROM submit_requests WHERE run_id = $1")
        .bind(run_id.as_bytes().to_vec())
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM run_labels WHERE run_no = $1")
        .bind(run_no)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "UPDATE runs SET run_id = randomblob(16), run_key = zeroblob(32), join_key = NULL, \
         kind = $1, spec = '{}', display_name = '', notes = '', labels = '{}', owner = '', \
         failure = NULL, origin = NULL, origin_run_id = NULL \
         WHERE run_no = $2",
    )
    .bind(GONE)
    .bind(run_no)
    .execute(connection)
    .await?;
    Ok(DeleteOutcome::Deleted { run_no })
}

/// Whether there is more.
async fn purge_piece(connection: &mut SqliteConnection, run_no: i64) -> Result<bool, StoreError> {
    let is_gone = sqlx::query("SELECT 1 FROM runs WHERE run_no = $1 AND kind = $2")
        .bind(run_no)
        .bind(GONE)
        .fetch_optional(&mut *connection)
        .await?;
    if is_gone.is_none() {
        return Ok(false);
    }
    let mut left = ROWS_AT_ONCE;
    for (table, key, at_once) in BELONGINGS {
        let sql = format!(
            "DELETE FROM {table} WHERE run_no = $1 AND {key} IN \
             (SELECT {key} FROM {table} WHERE run_no = $1 LIMIT $2)"
        );
        let limit = at_once.min(left);
        let removed = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(run_no)
            .bind(limit)
            .execute(&mut *connection)
            .await?
            .rows_affected() as i64;
        if removed >= limit {
            return Ok(true);
        }
        left -= removed;
    }
    sqlx::query("DELETE FROM runs WHERE run_no = $1").bind(run_no).execute(connection).await?;
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::super::scene::Scene;
    use super::super::{Ending, Expiring};
    use super::*;
    use crate::run::{Failure, Sequence};
    use std::collections::BTreeSet;

    async fn counted(store: &Store, sql: &'static str) -> i64 {
        let write = store.writer.write(move |connection| {
            Box::pin(async move { Ok(sqlx::query(sql).fetch_one(connection).await?.try_get(0)?) })
        });
        write.await.unwrap()
    }

    #[tokio::test]
    async fn no_table_that_hangs_on_a_run_is_forgotten() {
        let scene = Scene::over(Vec::new()).await;
        let sql = "SELECT group_concat(m.name) FROM sqlite_schema m, \
                   pragma_foreign_key_list(m.name) f WHERE f.\"table\" = 'runs'";
        let names = scene.store.writer.write(move |connection| {
            Box::pin(async move {
                Ok(sqlx::query(sql).fetch_one(connection).await?.try_get::<String, _>(0)?)
            })
        });
        let names = names.await.unwrap();
        let hanging: BTreeSet<&str> = names.split(',').collect();
        assert_eq!(hanging, BELONGINGS.into_iter().map(|(table, ..)| table).collect());
    }

    #[tokio::test]
    async fn a_removed_search_is_gone_at_once_and_its_trials_go_in_pieces() {
        let scene = Scene::over(Vec::new()).await;
        for start in [0, 4_000, 8_000] {
            scene.commit(start..start + 4_000).await.unwrap();
        }
        let fence = scene.fence;
        let sequence = Sequence::first_of(1).next().next();
        let ending =
            Ending { fence, sequence, end_ms: 9, done: None, ends_paused: false, spent_ms: 0 };
        scene.store.fail(ending, Failure::new("TEST", "over")).await.unwrap().unwrap();
        let trials = "SELECT count(*) FROM trials";
        assert_eq!(counted(&scene.store, trials).await, 12_000);

        let outcome = scene.store.delete_run(fence.run_id).await.unwrap();
        let DeleteOutcome::Deleted { run_no } = outcome else { panic!("{outcome:?}") };
        assert!(scene.store.run(fence.run_id).await.unwrap().is_none());
        let again = scene.store.delete_run(fence.run_id).await.unwrap();
        assert_eq!(again, DeleteOutcome::Unknown);
        let before = Expiring { ended_before_ms: Some(10), ..Expiring::default() };
        assert_eq!(scene.store.expired_runs(&before).await.unwrap(), []);
        assert_eq!(scene.store.graves().await.unwrap(), [run_no]);
        assert_eq!(counted(&scene.store, trials).await, 12_000);

        let mut left = 12_000;
        let piece = || {
            scene.store.writer.write(move |connection| Box::pin(purge_piece(connection, run_no)))
        };
        while piece().await.unwrap() {
            let now = counted(&scene.store, trials).await;
            assert!((1..=ROWS_AT_ONCE).contains(&(left - now)), "{left} to {now}");
            left = now;
        }
        assert_eq!(counted(&scene.store, trials).await, 0);
        assert_eq!(scene.store.graves().await.unwrap(), Vec::<i64>::new());
        assert_eq!(counted(&scene.store, "SELECT count(*) FROM runs").await, 0);
    }

    #[tokio::test]
    async fn a_run_that_is_not_removed_is_never_purged() {
        let scene = Scene::over(Vec::new()).await;
        assert_eq!(scene.store.graves().await.unwrap(), Vec::<i64>::new());
        scene.commit(0..10).await.unwrap();
        scene.store.purge(1).await.unwrap();
        assert_eq!(counted(&scene.store, "SELECT count(*) FROM trials").await, 10);
    }
}
