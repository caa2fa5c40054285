//! Runs that were computed elsewhere: kept as they are, once each, and never half.

use std::io;
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::Runner;
use super::error::RunnerError;
use crate::digest::Digest;
use crate::run::{Actor, Life, Origin, RunId, RunRecord, RunSpec, Tags, TrialRow};
use crate::storage::{CommitCounts, ImportedRun, StoreError};
use crate::telemetry;

/// Trials of one transaction: some ten milliseconds of the one writer.
const TRIALS_AT_ONCE: usize = 1_000;

/// A run that was computed elsewhere and holds against its own hash.
pub struct Import {
    /// What it computed.
    pub spec: RunSpec,
    /// The hash of that.
    pub run_key: Digest,
    /// The engine that computed it.
    pub engine_version: String,
    /// What came of it.
    pub result_sha256: Digest,
    /// Bars or trials.
    pub total: u64,
    /// The places of its trials.
    pub places: u64,
    /// What is said of it.
    pub tags: Tags,
    /// Where it comes from; the time is set here.
    pub origin: Origin,
    /// Its trials, in their order.
    pub rows: Box<dyn Iterator<Item = io::Result<TrialRow>> + Send>,
}

impl Runner {
    /// Keeps the run, its `bars` before it; and says of which it is the first time here. Where the
    /// run is here already, the bars are kept alone.
    ///
    /// # Errors
    ///
    /// If a run of that id is here that is another, or it cannot be kept: then nothing is.
    pub async fn import<B, E: From<RunnerError>>(
        self: &Arc<Self>,
        import: Import,
        bars: impl Future<Output = Result<B, E>>,
        actor: &Actor,
    ) -> Result<(RunRecord, bool, B), E> {
        let there = import.origin.run_id;
        let (run_key, result) = (import.run_key, import.result_sha256);
        let known = self.known_here(there, run_key, result).await?;
        // Of what is refused not even these are kept.
        let bars = bars.await?;
        if let Some(known) = known {
            return Ok((known, false, bars));
        }
        let (record, is_new) = self.keep(import, actor).await?;
        Ok((record, is_new, bars))
    }

    async fn keep(
        self: &Arc<Self>,
        mut import: Import,
        actor: &Actor,
    ) -> Result<(RunRecord, bool), RunnerError> {
        let there = import.origin.run_id;
        let (run_key, result) = (import.run_key, import.result_sha256);
        import.origin.import_ms = self.clock.now_ms();
        let run = ImportedRun {
            run_id: RunId::new(import.origin.import_ms),
            run_key,
            spec: import.spec,
            engine_version: import.engine_version,
            total: import.total,
            tags: Tags { owner: actor.caller.owner.clone(), ..import.tags },
            origin: import.origin,
        };
        let run_no = self.store.begin_import(run.clone()).await?;
        let (runner, actor, kept) = (Arc::clone(self), actor.clone(), run.clone());
        let (rows, places) = (import.rows, import.places);
        // On a task of its own, so that whoever leaves in the middle leaves nothing behind.
        let keeping = telemetry::spawn(async move {
            let kept = runner.keep_imported(run_no, kept, rows, places, result, &actor).await;
            if !matches!(kept, Ok(true)) {
                runner.purge(vec![run_no]);
            }
            kept
        });
        let is_new = match keeping.await {
            Ok(kept) => kept?,
            Err(error) => {
                self.purge(vec![run_no]);
                return Err(RunnerError::from(io::Error::other(error)));
            }
        };
        let known = if is_new {
            self.store.run(run.run_id).await?
        } else {
            // Another import of it was the first meanwhile.
            self.known_here(there, run_key, result).await?
        };
        known.map(|record| (record, is_new)).ok_or(RunnerError::RunNotFound(run.run_id))
    }

    async fn keep_imported(
        &self,
        run_no: i64,
        run: ImportedRun,
        mut rows: Box<dyn Iterator<Item = io::Result<TrialRow>> + Send>,
        places: u64,
        result: Digest,
        actor: &Actor,
    ) -> Result<bool, RunnerError> {
        let mut counts = CommitCounts::default();
        loop {
            let read = spawn_blocking(move || {
                let piece = rows.by_ref().take(TRIALS_AT_ONCE).collect::<io::Result<Vec<_>>>();
                (rows, piece)
            });
            let (rest, piece) = read.await.map_err(io::Error::other)?;
            let piece = piece?;
            rows = rest;
            if piece.is_empty() {
                break;
            }
            let failed = piece.iter().filter(|row| row.is_failed()).count() as u64;
            counts.failed += failed;
            counts.completed += piece.len() as u64 - failed;
            self.store.add_imported(run_no, piece).await?;
        }
        self.store.note_imported(run_no, places, counts).await?;
        if let RunSpec::Optimization(spec) = &run.spec {
            let kept = self.store.conclude(run.run_id, spec, None).await?;
            if kept.result_sha256 != result {
                let (table, column) = ("trials", "metrics");
                return Err(StoreError::Inconsistent { table, column, row: run_no }.into());
            }
        } else {
            // Its progress is in bars, as that of one that was computed here.
            counts = CommitCounts { completed: run.total, failed: 0 };
        }
        let store = self.store.by(actor, run.origin.import_ms);
        Ok(store.finish_import(run_no, run, counts).await?)
    }

    /// The run of that id elsewhere as it is here: imported, or made here and come back.
    ///
    /// # Errors
    ///
    /// If that is another.
    async fn known_here(
        &self,
        there: RunId,
        run_key: Digest,
        result: Digest,
    ) -> Result<Option<RunRecord>, RunnerError> {
        let here = self.store.imported_as(there).await?.unwrap_or(there);
        let Some(record) = self.store.run(here).await? else { return Ok(None) };
        let is_same = match &record.snapshot.life {
            Life::Completed { result: known, .. } => known.sha256() == result,
            _ => false,
        };
        if is_same && record.run_key == run_key {
            return Ok(Some(record));
        }
        Err(RunnerError::ImportConflict { there, here })
    }
}
