//! What is kept no longer, where somebody has set that.

use sqlx::Row as _;

use super::Store;
use super::delete_run::GONE;
use super::error::StoreError;
use crate::digest::Digest;
use crate::run::{RunId, State};

/// Answered at once; more are asked for again.
const PAGE: i64 = 100;

impl Store {
    /// Ended runs beyond the newest `kept` ones, or that ended before that time; oldest first.
    pub async fn expired_runs(
        &self,
        kept: Option<u64>,
        ended_before_ms: Option<i64>,
    ) -> Result<Vec<RunId>, StoreError> {
        let rows = sqlx::query(
            "SELECT run_no, run_id FROM runs WHERE state >= $1 AND kind != $5 \
             AND (end_ms < $2 OR run_no <= \
             (SELECT run_no FROM runs WHERE $3 IS NOT NULL AND state >= $1 AND kind != $5 \
              ORDER BY run_no DESC LIMIT 1 OFFSET ifnull($3, 0))) ORDER BY run_no LIMIT $4",
        )
        .bind(State::Completed as i64)
        .bind(ended_before_ms)
        .bind(kept.map(|kept| kept as i64))
        .bind(PAGE)
        .bind(GONE)
        .fetch_all(&self.readers.inner())
        .await?;
        let mut expired = Vec::with_capacity(rows.len());
        for row in rows {
            let (row, bytes): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
            let bad = StoreError::Inconsistent { table: "runs", column: "run_id", row };
            expired.push(RunId::from_slice(&bytes).ok_or(bad)?);
        }
        Ok(expired)
    }

    /// Contents that only older versions of series have, imported before that time, and that no
    /// run names.
    pub async fn unreferenced_data(
        &self,
        imported_before_ms: i64,
    ) -> Result<Vec<Digest>, StoreError> {
        let rows = sqlx::query(
            "SELECT data_sha256 FROM series_versions GROUP BY data_sha256 \
             HAVING max(is_newest) = 0 AND max(import_ms) < $1 AND NOT EXISTS \
             (SELECT 1 FROM runs WHERE instr(spec, lower(hex(data_sha256))) > 0)",
        )
        .bind(imported_before_ms)
        .fetch_all(&self.readers.inner())
        .await?;
        rows.iter()
            .map(|row| super::record::digest_of(row, "series_versions", "data_sha256", 0))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, new_run, search_over};
    use super::super::{Ending, Fence};
    use super::*;
    use crate::run::{Failure, RunSpec, Sequence};

    /// Five runs that ended at 100, 200, …, 500, and one that is live.
    async fn ended() -> (Scene, Vec<RunId>) {
        let scene = Scene::over(Vec::new()).await;
        let mut run_ids = Vec::new();
        for number in 1..=5 {
            let spec = RunSpec::Optimization(Box::new(search_over(Vec::new())));
            let new = new_run(spec, 10 + number);
            let fence = Fence { run_id: new.run_id, attempt: 1 };
            run_ids.push(new.run_id);
            scene.store.submit(new).await.unwrap();
            let sequence = Sequence::first_of(1).next();
            let ending = Ending {
                fence,
                sequence,
                end_ms: 100 * number,
                done: None,
                ends_paused: false,
                spent_ms: 0,
            };
            scene.store.fail(ending, Failure::new("TEST", "over")).await.unwrap().unwrap();
        }
        (scene, run_ids)
    }

    #[tokio::test]
    async fn each_setting_removes_by_itself_what_it_says() {
        let (scene, ids) = ended().await;
        let expired = async |kept, before| scene.store.expired_runs(kept, before).await.unwrap();
        assert_eq!(expired(None, None).await, []);
        assert_eq!(expired(None, Some(300)).await, ids[..2]);
        assert_eq!(expired(Some(3), None).await, ids[..2]);
        assert_eq!(expired(Some(5), None).await, []);
        assert_eq!(expired(Some(4), Some(400)).await, ids[..3]);
    }
}
