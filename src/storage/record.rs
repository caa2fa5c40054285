//! Reading a run back: private rows become domain values, or tell what is impossible in them.

use std::collections::{BTreeMap, HashMap};

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::Store;
use super::error::StoreError;
use super::pause::pause_of;
use super::submit::kind_number;
use super::trial_row::{json, metrics_of};
use crate::digest::Digest;
use crate::run::{
    Allowance, BacktestResult, CancelInfo, Continuation, Failure, Life, OptimizationSpec, Origin,
    Progress, RunId, RunKind, RunRecord, RunResult, RunSpec, Sequence, Snapshot, State, Tags,
    Trial, Waiting,
};

const TABLE: &str = "runs";
/// Specifications are read so far before others may have the thread.
const SPEC_BYTES_AT_ONCE: usize = 256 << 10;
/// Stands in the column of the best trial where there is none.
const NO_BEST: i64 = -1;

impl Store {
    /// The run of that id, if there is one.
    pub async fn run(&self, run_id: RunId) -> Result<Option<RunRecord>, StoreError> {
        let row = sqlx::query("SELECT * FROM runs WHERE run_id = $1")
            .bind(run_id.as_bytes().to_vec())
            .fetch_optional(&self.readers)
            .await?;
        match row {
            Some(row) => Ok(self.records_of(&[row]).await?.pop()),
            None => Ok(None),
        }
    }

    /// What the one trial of a backtest came to; it must be committed.
    pub async fn backtest_outcome(
        &self,
        run_id: RunId,
    ) -> Result<Result<BacktestResult, Failure>, StoreError> {
        let failure = sqlx::query(
            "SELECT reason, message, metadata, stack_trace, run_no FROM failures \
             JOIN failure_details USING (run_no) JOIN runs USING (run_no) WHERE run_id = $1",
        )
        .bind(run_id.as_bytes().to_vec())
        .fetch_optional(&self.readers)
        .await?;
        if let Some(row) = failure {
            return failure_of(&row).map(Err);
        }
        let run_no = sqlx::query("SELECT run_no FROM runs WHERE run_id = $1")
            .bind(run_id.as_bytes().to_vec())
            .fetch_one(&self.readers)
            .await?
            .try_get(0)?;
        let result = self.backtest_results(&[run_no]).await?.remove(&run_no);
        let (table, column) = ("backtests", "run_no");
        result.map(Ok).ok_or(StoreError::Inconsistent { table, column, row: run_no })
    }

    /// The records of whole rows of `runs`: all backtests by one further query, however many they
    /// are. Runs that were deleted since the rows were read are left out.
    pub(super) async fn records_of(
        &self,
        rows: &[SqliteRow],
    ) -> Result<Vec<RunRecord>, StoreError> {
        let mut results = self.results_of(rows).await?;
        let mut best = self.best_of_unfinished(rows).await?;
        let (mut records, mut read_bytes) = (Vec::with_capacity(rows.len()), 0);
        for row in rows {
            records.extend(record(row, &mut results, &mut best)?);
            read_bytes += row.try_get::<&str, _>("spec")?.len();
            if read_bytes > SPEC_BYTES_AT_ONCE {
                read_bytes = 0;
                tokio::task::yield_now().await;
            }
        }
        Ok(records)
    }

    /// The results of those rows that are completed.
    async fn results_of(&self, rows: &[SqliteRow]) -> Result<Results, StoreError> {
        let mut results = Results::new();
        let mut backtests = Vec::new();
        for row in rows {
            if row.try_get::<i64, _>("state")? != State::Completed as i64 {
                continue;
            }
            let run_no = row.try_get("run_no")?;
            if row.try_get::<i64, _>("kind")? == kind_number(RunKind::Backtest) {
                backtests.push(run_no);
                continue;
            }
            match spec_of(row)? {
                RunSpec::Backtest(_) => backtests.push(run_no),
                RunSpec::Optimization(spec) => {
                    let result = self.optimization_result(run_id_of(row)?, run_no, &spec).await?;
                    results.extend(result.map(|result| (run_no, RunResult::Optimization(result))));
                }
                RunSpec::Validation(_) | RunSpec::WalkForward(_) | RunSpec::Robustness(_) => {
                    results.extend(self.findings(run_no).await?.map(|found| (run_no, found)));
                }
            }
        }
        for (run_no, result) in self.backtest_results(&backtests).await? {
            results.insert(run_no, RunResult::Backtest(result));
        }
        Ok(results)
    }

    /// The best trials so far of those optimizations that have some but no result. Of one that
    /// ended it is sought once, by going through all of its trials, and then known.
    async fn best_of_unfinished(&self, rows: &[SqliteRow]) -> Result<BestTrials, StoreError> {
        let mut best = BestTrials::new();
        for row in rows {
            let state: i64 = row.try_get("state")?;
            if state == State::Completed as i64 || row.try_get::<i64, _>("completed")? == 0 {
                continue;
            }
            if let RunSpec::Optimization(spec) = spec_of(row)? {
                let run_no = row.try_get("run_no")?;
                best.extend(self.best_of(row, &spec).await?.map(|trial| (run_no, trial)));
            }
        }
        Ok(best)
    }

    async fn best_of(
        &self,
        row: &SqliteRow,
        spec: &OptimizationSpec,
    ) -> Result<Option<Trial>, StoreError> {
        let run_id = run_id_of(row)?;
        if let Some(index) = row.try_get::<Option<i64>, _>("best_trial")? {
            let Ok(index) = u64::try_from(index) else { return Ok(None) };
            return self.trial(run_id, spec, index).await;
        }
        let found = self.best_trials(run_id, spec, 1).await?.pop();
        if State::from_number(row.try_get("state")?).is_some_and(State::is_final) {
            self.keep_best(row.try_get("run_no")?, found.as_ref()).await?;
        }
        Ok(found)
    }

    async fn keep_best(&self, run_no: i64, best: Option<&Trial>) -> Result<(), StoreError> {
        let index = best.map_or(NO_BEST, |trial| trial.trial_index as i64);
        let kept = self.writer.write(move |connection| {
            Box::pin(async move {
                sqlx::query("UPDATE runs SET best_trial = $1 WHERE run_no = $2")
                    .bind(index)
                    .bind(run_no)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        });
        // A full disk is no reason to hide what was found.
        match kept.await {
            Err(StoreError::NoRoom(_)) => Ok(()),
            kept => kept,
        }
    }

    async fn backtest_results(
        &self,
        run_nos: &[i64],
    ) -> Result<HashMap<i64, BacktestResult>, StoreError> {
        if run_nos.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = sqlx::query(
            "SELECT * FROM trials JOIN backtests USING (run_no) \
             WHERE trial_index = 0 AND run_no IN (SELECT value FROM json_each($1))",
        )
        .bind(json(&run_nos))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok((row.try_get("run_no")?, backtest_result(row)?))).collect()
    }
}

/// Results by the number of their run.
type Results = HashMap<i64, RunResult>;
/// The best trial so far by the number of its run.
type BestTrials = HashMap<i64, Trial>;

/// The record of a row; `None` for a completed run whose result went between the two reads.
fn record(
    row: &SqliteRow,
    results: &mut Results,
    best: &mut BestTrials,
) -> Result<Option<RunRecord>, StoreError> {
    let run_no: i64 = row.try_get("run_no")?;
    let bad = |column| StoreError::Inconsistent { table: TABLE, column, row: run_no };
    let spec = spec_of(row)?;
    let Some(life) = life_of(row, run_no, results)? else { return Ok(None) };
    let best = best.remove(&run_no).or_else(|| best_of_result(&life));
    let create_ms = row.try_get("create_ms")?;
    let snapshot = Snapshot {
        run_id: run_id_of(row)?,
        kind: spec.kind(),
        watched_metrics: spec.watched_metrics(),
        attempt: row.try_get("attempt")?,
        sequence: Sequence::from_i64(row.try_get("sequence")?),
        progress: Progress { best, ..progress_of(row, &life)? },
        waiting: matches!(life, Life::Pending).then(|| Waiting::in_line(create_ms)),
        life,
        cancel: cancel_of(row)?,
        create_ms,
    };
    Ok(Some(RunRecord {
        snapshot,
        spec,
        run_key: digest_of(row, TABLE, "run_key", run_no)?,
        engine_version: row.try_get("engine_version")?,
        tags: Tags {
            display_name: row.try_get("display_name")?,
            notes: row.try_get("notes")?,
            labels: serde_json::from_str(row.try_get("labels")?).map_err(|_| bad("labels"))?,
            priority: row.try_get("priority")?,
            owner: row.try_get("owner")?,
        },
        allowance: allowance_of(row)?,
        spent_ms: row.try_get("spent_ms")?,
        continues: continues_of(row)?,
        origin: origin_of(row)?,
    }))
}

/// The best trial of a search that was completed: its last picture told of it too.
fn best_of_result(life: &Life) -> Option<Trial> {
    let Life::Completed { result, .. } = life else { return None };
    match result.as_ref() {
        RunResult::Optimization(result) => result.top.first().cloned(),
        RunResult::Backtest(_)
        | RunResult::Validation(_)
        | RunResult::WalkForward(_)
        | RunResult::Robustness(_) => None,
    }
}

pub(super) fn allowance_of(row: &SqliteRow) -> Result<Allowance, StoreError> {
    Ok(Allowance { deadline_ms: row.try_get("deadline_ms")?, budget_ms: row.try_get("budget_ms")? })
}

fn continues_of(row: &SqliteRow) -> Result<Option<Continuation>, StoreError> {
    let run_id: Option<Vec<u8>> = row.try_get("continues")?;
    let Some(run_id) = run_id.and_then(|bytes| RunId::from_slice(&bytes)) else { return Ok(None) };
    Ok(Some(Continuation { run_id, retries_failed: row.try_get("retries_failed")? }))
}

fn origin_of(row: &SqliteRow) -> Result<Option<Origin>, StoreError> {
    let Some(text) = row.try_get::<Option<&str>, _>("origin")? else { return Ok(None) };
    let bad =
        StoreError::Inconsistent { table: TABLE, column: "origin", row: row.try_get("run_no")? };
    serde_json::from_str(text).map(Some).map_err(|_| bad)
}

fn spec_of(row: &SqliteRow) -> Result<RunSpec, StoreError> {
    let row_no = row.try_get("run_no")?;
    serde_json::from_str(row.try_get("spec")?).map_err(|_| StoreError::Inconsistent {
        table: TABLE,
        column: "spec",
        row: row_no,
    })
}

pub(super) fn run_id_of(row: &SqliteRow) -> Result<RunId, StoreError> {
    let row_no = row.try_get("run_no")?;
    let run_id: Vec<u8> = row.try_get("run_id")?;
    RunId::from_slice(&run_id).ok_or(StoreError::Inconsistent {
        table: TABLE,
        column: "run_id",
        row: row_no,
    })
}

fn life_of(
    row: &SqliteRow,
    run_no: i64,
    results: &mut Results,
) -> Result<Option<Life>, StoreError> {
    let bad = |column| StoreError::Inconsistent { table: TABLE, column, row: run_no };
    let state = State::from_number(row.try_get("state")?).ok_or(bad("state"))?;
    let start_ms: Option<i64> = row.try_get("start_ms")?;
    let end_ms: Option<i64> = row.try_get("end_ms")?;
    Ok(Some(match state {
        State::Pending | State::Paused => match pause_of(row)? {
            Some(pause) => Life::Paused { start_ms, pause },
            None => Life::Pending,
        },
        State::Running => Life::Running { start_ms: start_ms.ok_or(bad("start_ms"))? },
        State::Completed => {
            let Some(result) = results.remove(&run_no) else { return Ok(None) };
            Life::Completed {
                start_ms: start_ms.ok_or(bad("start_ms"))?,
                end_ms: end_ms.ok_or(bad("end_ms"))?,
                result: Box::new(result),
            }
        }
        State::Failed => {
            let text: Option<String> = row.try_get("failure")?;
            let failure: Option<Failure> = text.and_then(|text| serde_json::from_str(&text).ok());
            Life::Failed {
                start_ms,
                end_ms: end_ms.ok_or(bad("end_ms"))?,
                failure: Box::new(failure.ok_or(bad("failure"))?),
            }
        }
        State::Cancelled => Life::Cancelled { start_ms, end_ms: end_ms.ok_or(bad("end_ms"))? },
    }))
}

/// The result in a row of `trials` joined with `backtests`.
fn backtest_result(row: &SqliteRow) -> Result<BacktestResult, StoreError> {
    let run_no: i64 = row.try_get("run_no")?;
    let bad = |column| StoreError::Inconsistent { table: "backtests", column, row: run_no };
    Ok(BacktestResult {
        metrics: metrics_of(row)?,
        trade_count: row.try_get::<i64, _>("closed_trade_count")? as u64,
        equity_point_count: row.try_get::<i64, _>("equity_point_count")? as u64,
        rejections: serde_json::from_str(row.try_get("rejections")?)
            .map_err(|_| bad("rejections"))?,
        result_sha256: digest_of(row, "backtests", "result_sha256", run_no)?,
        rule_facts: serde_json::from_str(row.try_get("rule_facts")?)
            .map_err(|_| bad("rule_facts"))?,
        costs: row
            .try_get::<Option<String>, _>("costs")?
            .map_or_else(|| Ok(BTreeMap::new()), |text| serde_json::from_str(&text))
            .map_err(|_| bad("costs"))?,
        uses_aux: row
            .try_get::<Option<String>, _>("uses_aux")?
            .map(|text| serde_json::from_str(&text).map_err(|_| bad("uses_aux")))
            .transpose()?,
    })
}

fn failure_of(row: &SqliteRow) -> Result<Failure, StoreError> {
    let run_no: i64 = row.try_get("run_no")?;
    let bad = |column| StoreError::Inconsistent { table: "failures", column, row: run_no };
    Ok(Failure {
        reason: row.try_get("reason")?,
        message: row.try_get("message")?,
        metadata: serde_json::from_str(row.try_get("metadata")?).map_err(|_| bad("metadata"))?,
        stack_trace: row.try_get("stack_trace")?,
    })
}

fn progress_of(row: &SqliteRow, life: &Life) -> Result<Progress, StoreError> {
    let mut progress = Progress {
        total: row.try_get::<i64, _>("total")? as u64,
        completed: row.try_get::<i64, _>("completed")? as u64,
        failed: row.try_get::<i64, _>("failed")? as u64,
        ..Progress::default()
    };
    if let (Some(start_ms), Some(end_ms)) = (life.start_ms(), life.end_ms()) {
        progress.end(progress.completed, progress.failed, end_ms - start_ms);
    }
    Ok(progress)
}

pub(super) fn cancel_of(row: &SqliteRow) -> Result<Option<CancelInfo>, StoreError> {
    let request_ms: Option<i64> = row.try_get("cancel_request_ms")?;
    let Some(request_ms) = request_ms else { return Ok(None) };
    Ok(Some(CancelInfo {
        request_ms,
        reason: row.try_get::<Option<String>, _>("cancel_reason")?.unwrap_or_default(),
        requester: row.try_get::<Option<String>, _>("cancel_requester")?.unwrap_or_default(),
    }))
}

pub(super) fn digest_of(
    row: &SqliteRow,
    table: &'static str,
    column: &'static str,
    row_no: i64,
) -> Result<Digest, StoreError> {
    let bytes: Vec<u8> = row.try_get(column)?;
    let bytes =
        bytes.try_into().map_err(|_| StoreError::Inconsistent { table, column, row: row_no })?;
    Ok(Digest::from_bytes(bytes))
}
