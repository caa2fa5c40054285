//! What is kept no longer, where somebody has set that.

use sqlx::Row as _;

use super::Store;
use super::condition::{Bound, Condition};
use super::delete_run::GONE;
use super::error::StoreError;
use super::run_query::RunQuery;
use crate::digest::Digest;
use crate::run::{RunId, State};

/// Answered at once; more are asked for again.
const PAGE: i64 = 100;

/// Which ended runs are kept no longer; `None` keeps them.
#[derive(Clone, Debug, Default)]
pub struct Expiring {
    /// Runs that a filter names, and before which end they go. The first that fits a run counts.
    pub named: Vec<(RunQuery, Option<i64>)>,
    /// How many of the others are kept, the newest.
    pub kept: Option<u64>,
    /// Before which end the others go.
    pub ended_before_ms: Option<i64>,
}

impl Expiring {
    /// Whether none ever goes.
    pub fn keeps_all(&self) -> bool {
        let named = self.named.iter().all(|(_, before_ms)| before_ms.is_none());
        named && self.kept.is_none() && self.ended_before_ms.is_none()
    }

    /// The runs that go, as a condition over runs that have ended.
    fn condition(&self) -> Condition {
        let never = || Condition::new("FALSE", Vec::new());
        let before = |ms: Option<i64>| {
            ms.map_or_else(never, |ms| Condition::new("end_ms < ?", vec![Bound::Int(ms)]))
        };
        let others = self.others();
        let beyond = self.kept.map_or_else(never, |kept| {
            let newest = ended().and(others.clone());
            let sql = format!(
                "run_no <= (SELECT run_no FROM runs WHERE {} ORDER BY run_no DESC \
                 LIMIT 1 OFFSET ?)",
                newest.sql
            );
            let kept = Bound::Int(i64::try_from(kept).unwrap_or(i64::MAX));
            Condition::new(sql, newest.values.into_iter().chain([kept]).collect())
        });
        let mut gone = others.and(before(self.ended_before_ms).or(beyond));
        for (query, before_ms) in self.named.iter().rev() {
            let fits = query.kept();
            // Whom this names, no later one does.
            gone = fits.clone().and(before(*before_ms)).or(fits.not().and(gone));
        }
        gone
    }

    /// Runs that no filter names.
    fn others(&self) -> Condition {
        let all = Condition::new("TRUE", Vec::new());
        self.named.iter().fold(all, |others, (query, _)| others.and(query.kept().not()))
    }
}

fn ended() -> Condition {
    let first_final = State::Completed as i64;
    Condition::new(format!("state >= {first_final} AND kind != {GONE}"), Vec::new())
}

impl Store {
    /// Ended runs that are kept no longer, oldest first.
    pub async fn expired_runs(&self, expiring: &Expiring) -> Result<Vec<RunId>, StoreError> {
        let gone = ended().and(expiring.condition());
        let sql = format!(
            "SELECT run_no, run_id FROM runs WHERE {} ORDER BY run_no LIMIT {PAGE}",
            gone.sql
        );
        let query = gone.bind(sqlx::query(sqlx::AssertSqlSafe(sql)));
        let rows = query.fetch_all(&self.readers.inner()).await?;
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

    /// Five runs that ended at 100, 200, …, 500, the even ones labelled, and their ids.
    async fn ended_runs() -> (Scene, Vec<RunId>) {
        let scene = Scene::over(Vec::new()).await;
        let mut run_ids = Vec::new();
        for number in 1..=5 {
            let spec = RunSpec::Optimization(Box::new(search_over(Vec::new())));
            let mut new = new_run(spec, 10 + number);
            if number % 2 == 0 {
                new.tags.labels.insert("tier".to_owned(), format!("t{number}"));
            }
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

    fn named(filter: &str, before_ms: Option<i64>) -> (RunQuery, Option<i64>) {
        (RunQuery::new(filter, "").unwrap(), before_ms)
    }

    #[tokio::test]
    async fn each_setting_removes_by_itself_what_it_says() {
        let (scene, ids) = ended_runs().await;
        let expired = async |kept, ended_before_ms| {
            let expiring = Expiring { named: Vec::new(), kept, ended_before_ms };
            scene.store.expired_runs(&expiring).await.unwrap()
        };
        assert_eq!(expired(None, None).await, []);
        assert_eq!(expired(None, Some(300)).await, ids[..2]);
        assert_eq!(expired(Some(3), None).await, ids[..2]);
        assert_eq!(expired(Some(5), None).await, []);
        assert_eq!(expired(Some(4), Some(400)).await, ids[..3]);
    }

    #[tokio::test]
    async fn the_first_rule_that_names_a_run_decides_and_no_other() {
        let (scene, ids) = ended_runs().await;
        let expired = async |named: &[_], kept, ended_before_ms| {
            let expiring = Expiring { named: named.to_vec(), kept, ended_before_ms };
            scene.store.expired_runs(&expiring).await.unwrap()
        };
        // Number 2 at 200 and number 4 at 400 have a label.
        let second = named("labels.tier = t2", None);
        let labelled = named("labels.tier >= t", Some(450));
        assert_eq!(expired(&[second.clone(), labelled.clone()], None, None).await, [ids[3]]);
        assert_eq!(expired(&[labelled.clone(), second], None, None).await, [ids[1], ids[3]]);
        // Of the others the newest are kept, and named ones take no place among them.
        let forever = named("labels.tier >= t", None);
        assert_eq!(expired(std::slice::from_ref(&forever), Some(2), None).await, [ids[0]]);
        assert_eq!(expired(&[forever], Some(0), None).await, [ids[0], ids[2], ids[4]]);
        assert_eq!(expired(&[labelled], None, Some(200)).await, [ids[0], ids[1], ids[3]]);
        assert_eq!(
            expired(&[named("NOT labels.tier >= t", Some(400))], None, None).await,
            [ids[0], ids[2]]
        );
    }
}
