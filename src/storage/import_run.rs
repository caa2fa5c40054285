//! Keeping a run that was computed elsewhere. Until all of it is there it is kept as one that is
//! removed: nobody finds it, and what is cut off in the middle is cleared away at the next start.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::Store;
use super::audit::{Action, By, Line, note};
use super::commit::{CommitCounts, insert_details, record};
use super::delete_run::GONE;
use super::error::StoreError;
use super::run_list::fill_listed;
use super::run_metrics;
use super::submit::kind_number;
use super::trial_row::{self, json};
use crate::digest::Digest;
use crate::run::{Origin, RunId, RunSpec, Sequence, State, Tags, TrialRow};

/// A run to keep.
#[derive(Clone, Debug)]
pub struct ImportedRun {
    /// Its id here.
    pub run_id: RunId,
    /// Equal for equal work.
    pub run_key: Digest,
    /// What it computed.
    pub spec: RunSpec,
    /// The engine that computed it.
    pub engine_version: String,
    /// Bars or trials, of which there are so many.
    pub total: u64,
    /// What is said of it.
    pub tags: Tags,
    /// Where it comes from.
    pub origin: Origin,
}

impl Store {
    /// Where the run is here that has that id elsewhere, if it was imported.
    pub async fn imported_as(&self, there: RunId) -> Result<Option<RunId>, StoreError> {
        let row = sqlx::query("SELECT run_id FROM runs WHERE origin_run_id = $1")
            .bind(there.as_bytes().to_vec())
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(RunId::from_slice(&row.try_get::<Vec<u8>, _>(0)?))
    }

    /// Makes room for it, hidden; the number of its row.
    pub async fn begin_import(&self, run: ImportedRun) -> Result<i64, StoreError> {
        self.writer.write(move |connection| Box::pin(begin(connection, run))).await
    }

    /// Adds trials of it.
    pub async fn add_imported(&self, run_no: i64, rows: Vec<TrialRow>) -> Result<(), StoreError> {
        let add = self.writer.write(move |connection| {
            Box::pin(async move {
                trial_row::insert_all(connection, run_no, &rows).await?;
                for row in &rows {
                    insert_details(connection, run_no, row).await?;
                }
                Ok(())
            })
        });
        add.await
    }

    /// Notes that these places are done, and what came of them.
    pub async fn note_imported(
        &self,
        run_no: i64,
        places: u64,
        counts: CommitCounts,
    ) -> Result<(), StoreError> {
        let note = self.writer.write(move |connection| {
            Box::pin(async move { record(connection, run_no, &(0..places), counts).await })
        });
        note.await
    }

    /// Shows it as completed; false if the same was imported meanwhile, which changes nothing.
    pub async fn finish_import(
        &self,
        run_no: i64,
        run: ImportedRun,
        counts: CommitCounts,
    ) -> Result<bool, StoreError> {
        let by = self.by.clone();
        self.writer
            .write(move |connection| Box::pin(finish(connection, run_no, run, counts, by)))
            .await
    }
}

async fn begin(connection: &mut SqliteConnection, run: ImportedRun) -> Result<i64, StoreError> {
    let now_ms = run.origin.import_ms;
    let inserted = sqlx::query(
        "INSERT INTO runs (run_id, run_key, kind, state, attempt, sequence, engine_version, spec, \
         total, display_name, labels, priority, owner, create_ms, start_ms, end_ms) \
         VALUES ($1, zeroblob(32), $2, $3, 1, $4, $5, '{}', $6, '', '{}', 0, '', $7, $7, $7)",
    )
    .bind(run.run_id.as_bytes().to_vec())
    .bind(GONE)
    .bind(State::Completed as i64)
    .bind(Sequence::first_of(1).as_i64())
    .bind(run.engine_version)
    .bind(run.total as i64)
    .bind(now_ms)
    .execute(connection)
    .await?;
    Ok(inserted.last_insert_rowid())
}

async fn finish(
    connection: &mut SqliteConnection,
    run_no: i64,
    run: ImportedRun,
    counts: CommitCounts,
    by: By,
) -> Result<bool, StoreError> {
    let shown = sqlx::query(
        "UPDATE OR IGNORE runs SET run_key = $2, kind = $3, spec = $4, completed = $5, \
         failed = $6, display_name = $7, notes = $8, labels = $9, owner = $10, origin = $11, \
         origin_run_id = $12 WHERE run_no = $1",
    )
    .bind(run_no)
    .bind(run.run_key.as_bytes().to_vec())
    .bind(kind_number(run.spec.kind()))
    .bind(json(&run.spec))
    .bind(counts.completed as i64)
    .bind(counts.failed as i64)
    .bind(run.tags.display_name)
    .bind(run.tags.notes)
    .bind(json(&run.tags.labels))
    .bind(run.tags.owner)
    .bind(json(&run.origin))
    .bind(run.origin.run_id.as_bytes().to_vec())
    .execute(&mut *connection)
    .await?;
    if shown.rows_affected() == 0 {
        return Ok(false);
    }
    fill_listed(connection, run_no, &run.spec, &run.tags.labels).await?;
    run_metrics::keep(connection, run.run_id).await?;
    let line = Line::new(Action::ImportRun, &run.run_id)
        .with("origin", &run.origin.run_id)
        .with("manifest_sha256", &run.origin.manifest_sha256);
    note(connection, by.as_deref(), line).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, search_over};
    use super::*;
    use crate::run::TrialOutcome;

    fn imported(there: i64) -> ImportedRun {
        let origin = Origin {
            run_id: RunId::new(there),
            manifest_sha256: Digest::of(b"manifest"),
            version: "1".to_owned(),
            import_ms: 7,
            is_recomputed: false,
        };
        ImportedRun {
            run_id: RunId::new(8),
            run_key: Digest::of(b"key"),
            spec: RunSpec::Optimization(Box::new(search_over(Vec::new()))),
            engine_version: "1".to_owned(),
            total: 2,
            tags: Tags::default(),
            origin,
        }
    }

    fn rows() -> Vec<TrialRow> {
        let outcome = || TrialOutcome::Completed(Box::default());
        let row =
            |trial_index| TrialRow { trial_index, outcome: outcome(), compute_us: 0, detail: None };
        (0..2).map(row).collect()
    }

    /// All but the last step.
    async fn nearly(scene: &Scene, run: &ImportedRun) -> (i64, CommitCounts) {
        let counts = CommitCounts { completed: 2, failed: 0 };
        let store = &scene.store;
        let run_no = store.begin_import(run.clone()).await.unwrap();
        store.add_imported(run_no, rows()).await.unwrap();
        store.note_imported(run_no, 2, counts).await.unwrap();
        let RunSpec::Optimization(spec) = &run.spec else { panic!("a search") };
        store.conclude(run.run_id, spec, None).await.unwrap();
        (run_no, counts)
    }

    #[tokio::test]
    async fn what_is_cut_off_before_its_end_is_found_by_nobody_and_cleared_away() {
        let scene = Scene::over(Vec::new()).await;
        let run = imported(9);
        let (run_no, _) = nearly(&scene, &run).await;
        assert_eq!(scene.store.imported_as(run.origin.run_id).await.unwrap(), None);
        // As the next start does it.
        assert_eq!(scene.store.graves().await.unwrap(), [run_no]);
        scene.store.purge(run_no).await.unwrap();
        assert!(scene.store.run(run.run_id).await.unwrap().is_none());
        assert_eq!(scene.store.graves().await.unwrap(), Vec::<i64>::new());
    }

    #[tokio::test]
    async fn of_two_imports_of_one_run_at_a_time_one_is_shown() {
        let scene = Scene::over(Vec::new()).await;
        let first = imported(9);
        let second = ImportedRun { run_id: RunId::new(10), ..first.clone() };
        let (first_no, counts) = nearly(&scene, &first).await;
        let (second_no, _) = nearly(&scene, &second).await;
        assert!(scene.store.finish_import(first_no, first.clone(), counts).await.unwrap());
        assert!(!scene.store.finish_import(second_no, second.clone(), counts).await.unwrap());
        let there = first.origin.run_id;
        assert_eq!(scene.store.imported_as(there).await.unwrap(), Some(first.run_id));
        let kept = scene.store.run(first.run_id).await.unwrap().unwrap();
        assert_eq!((kept.origin, kept.run_key), (Some(first.origin), first.run_key));
        assert_eq!(scene.store.graves().await.unwrap(), [second_no]);
    }
}
