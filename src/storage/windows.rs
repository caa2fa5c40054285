//! The windows of walk-forwards: each is kept once it is done.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use tokio::task::spawn_blocking;

use super::Store;
use super::commit::{Fence, running};
use super::error::StoreError;
use super::ledger::note_tries;
use super::trial_row::json;
use super::window_trials::keep_trials;
use crate::run::{RunId, Tries, WindowFound};

const TABLE: &str = "windows";

/// All that a window left.
pub struct WindowDone {
    /// What it showed.
    pub found: WindowFound,
    /// What was tried in it.
    pub tries: Vec<Tries>,
    /// Its trials one by one, packed.
    pub trials: Vec<Vec<u8>>,
}

impl Store {
    /// Keeps what a window showed and what was tried in it. False if the run is no longer running
    /// in that attempt or was asked to end: then nothing was written.
    pub async fn keep_window(
        &self,
        fence: Fence,
        number: u64,
        done: WindowDone,
    ) -> Result<bool, StoreError> {
        let WindowDone { found, tries, trials } = done;
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let Some(run_no) = running(connection, fence).await? else { return Ok(false) };
                    let inserted = sqlx::query(
                        "INSERT INTO windows (run_no, window_no, found) VALUES ($1, $2, $3) \
                         ON CONFLICT (run_no, window_no) DO NOTHING",
                    )
                    .bind(run_no)
                    .bind(number as i64)
                    .bind(json(&found))
                    .execute(&mut *connection)
                    .await?;
                    if inserted.rows_affected() == 0 {
                        return Ok(true);
                    }
                    sqlx::query(
                        "UPDATE runs SET completed = completed + $1, failed = failed + $2 \
                         WHERE run_no = $3",
                    )
                    .bind(found.completed as i64)
                    .bind(found.failed as i64)
                    .bind(run_no)
                    .execute(&mut *connection)
                    .await?;
                    keep_trials(connection, run_no, number, &trials).await?;
                    note_tries(connection, &tries).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// The windows that are done, in order.
    pub async fn windows(&self, run_id: RunId) -> Result<Vec<WindowFound>, StoreError> {
        let rows = sqlx::query(
            "SELECT run_no, found FROM windows JOIN runs USING (run_no) WHERE run_id = $1 \
             ORDER BY window_no",
        )
        .bind(run_id.as_bytes().to_vec())
        .fetch_all(&self.readers)
        .await?;
        // Two hundred of them are a megabyte of text: not where requests are answered.
        let read = spawn_blocking(move || rows.iter().map(window).collect());
        let ended = |_| Err(StoreError::Inconsistent { table: TABLE, column: "found", row: 0 });
        read.await.unwrap_or_else(ended)
    }
}

fn window(row: &SqliteRow) -> Result<WindowFound, StoreError> {
    let (run_no, found): (i64, String) = (row.try_get("run_no")?, row.try_get("found")?);
    let bad = |_| StoreError::Inconsistent { table: TABLE, column: "found", row: run_no };
    serde_json::from_str(&found).map_err(bad)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::digest::Digest;
    use crate::market::Decimal;
    use crate::run::{
        CancelInfo, NamedMetrics, RunSpec, Sequence, Smoothing, Span, TrialOutcome, TrialRow,
        WalkForwardSpec, WindowSpans, WindowTrial, pack_window_trials,
    };
    use crate::storage::ReorderedBest;
    use crate::storage::scene::{new_run, search_over};
    use crate::sweep::{Axis, AxisValues, WindowPlan};

    struct Walk {
        store: Store,
        fence: Fence,
        spec: RunSpec,
        _folder: TempDir,
    }

    /// A walk-forward that is running.
    async fn walk() -> Walk {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tradeforge.db")).await.unwrap();
        let values = AxisValues::ints(2, 9, 1).unwrap();
        let spec = RunSpec::WalkForward(Box::new(WalkForwardSpec {
            search: search_over(vec![Axis { name: "fast".into(), values }]),
            plan: WindowPlan {
                anchored: false,
                in_sample_days: 2,
                out_of_sample_days: 1,
                step_days: 1,
                purge_days: 0,
            },
            spans: Vec::new(),
            in_sample: crate::run::InSample::Flat,
            smoothing: Smoothing::None,
            handover: crate::strategy::Handover::Close,
            same_days: false,
        }));
        let new = new_run(spec.clone(), 1);
        let fence = Fence { run_id: new.run_id, attempt: 1 };
        store.submit(new).await.unwrap();
        assert!(store.start(fence, Sequence::first_of(1).next(), 2).await.unwrap().is_some());
        Walk { store, fence, spec, _folder: folder }
    }

    fn window() -> WindowFound {
        let span = Span { start_ms: 0, end_ms: 1 };
        WindowFound {
            spans: WindowSpans { in_sample: span, out_of_sample: span },
            selected: Some(3),
            objective: Some(0.1 + 0.2),
            in_sample_metrics: NamedMetrics::from([("sharpe".to_owned(), 1.0 / 3.0)]),
            carried_metrics: NamedMetrics::from([("sharpe".to_owned(), 0.7)]),
            cash: "100.25".parse().unwrap(),
            out_of_sample_metrics: NamedMetrics::new(),
            returns: vec![1e-17, -0.1],
            account_sha256: Some(Digest::of(b"fills")),
            equity: Decimal::ONE,
            rank: None,
            rank_correlation: Some(-0.7),
            baselines: NamedMetrics::new(),
            completed: 5,
            failed: 2,
            failures: Vec::new(),
            series: Vec::new(),
        }
    }

    fn trial(trial_index: u64) -> WindowTrial {
        let state = crate::run::TrialState::Infeasible;
        WindowTrial { trial_index, state, in_sample: Some(0.1 + 0.2), out_of_sample: None }
    }

    impl Walk {
        async fn keep(&self, fence: Fence, number: u64) -> bool {
            let row = |trial_index| {
                let outcome = TrialOutcome::Completed(Box::default());
                TrialRow { trial_index, outcome, compute_us: 1, detail: None }
            };
            let rows: Vec<_> = (0..5).map(row).collect();
            let plan = self.spec.search().unwrap().uncounted_plan().unwrap();
            let tries = self.spec.tries(Some(&plan), &rows);
            let trials = pack_window_trials(&[trial(number)]).unwrap();
            let done = WindowDone { found: window(), tries, trials };
            self.store.keep_window(fence, number, done).await.unwrap()
        }

        async fn tried(&self) -> u64 {
            self.store.ledger(None, 9).await.unwrap().0.iter().map(|entry| entry.trials).sum()
        }
    }

    #[tokio::test]
    async fn a_window_is_kept_once_to_the_bit_and_its_tries_count_once() {
        let walk = walk().await;
        assert!(walk.keep(walk.fence, 0).await);
        assert!(walk.keep(walk.fence, 0).await, "a message that comes twice is no fault");
        assert!(walk.keep(walk.fence, 1).await);
        let run_id = walk.fence.run_id;
        assert_eq!(walk.store.windows(run_id).await.unwrap(), [window(), window()]);
        assert_eq!(walk.store.window_count(run_id).await.unwrap(), 2);
        assert_eq!(walk.store.window_part_count(run_id, 1).await.unwrap(), 1);
        assert_eq!(walk.store.window_trials(run_id, 1, 0).await.unwrap(), [trial(1)]);
        assert_eq!(walk.store.window_part_count(run_id, 2).await.unwrap(), 0);
        assert_eq!(walk.store.window_trials(run_id, 2, 0).await.unwrap(), []);
        assert_eq!(walk.tried().await, 10);
        let found = walk.store.recover(9).await.unwrap().pop().unwrap();
        let progress = found.snapshot.progress;
        assert_eq!((progress.completed, progress.failed), (10, 4));
    }

    #[tokio::test]
    async fn another_attempt_or_a_run_that_is_to_end_keeps_no_window() {
        let walk = walk().await;
        let other = Fence { attempt: 2, ..walk.fence };
        assert!(!walk.keep(other, 0).await);
        let run_id = walk.fence.run_id;
        assert!(walk.keep(walk.fence, 0).await);
        let wish = CancelInfo { requester: String::new(), reason: String::new(), request_ms: 3 };
        walk.store.request_cancel(run_id, wish).await.unwrap();
        assert!(!walk.keep(walk.fence, 1).await);
        assert_eq!(walk.store.windows(run_id).await.unwrap().len(), 1);
        assert_eq!(walk.tried().await, 5);
    }

    #[tokio::test]
    async fn under_another_engine_nothing_of_the_former_one_stays() {
        let walk = walk().await;
        let run_id = walk.fence.run_id;
        assert!(walk.keep(walk.fence, 0).await);
        let order = ReorderedBest { draw: 0, best: None, completed: 1, failed: 0 };
        assert!(walk.store.keep_reordered(walk.fence, order).await.unwrap());
        walk.store.recover(9).await.unwrap();
        walk.store.restart_under(run_id, "2", Digest::of(b"other")).await.unwrap();
        assert_eq!(walk.store.windows(run_id).await.unwrap(), []);
        assert_eq!(walk.store.window_part_count(run_id, 0).await.unwrap(), 0);
        assert_eq!(walk.store.reordered(run_id).await.unwrap(), []);
    }
}
