//! What owners may have and have: looked at and counted in the transaction that makes a run, so
//! that many submissions at once pass no limit together.

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::Store;
use super::audit::{Action, By, Line, note};
use super::error::StoreError;
use super::submit::NewRun;
use crate::run::{OverQuota, OwnerUse, Quota, RunSpec};

const DAY_MS: i64 = 24 * 3_600_000;

impl Store {
    /// Everybody who has a token or limits of their own, by name, or the one of that name.
    pub async fn owners(
        &self,
        name: Option<&str>,
        usual: Quota,
        now_ms: i64,
    ) -> Result<Vec<OwnerUse>, StoreError> {
        let rows = sqlx::query(
            "SELECT owner, live_runs_max, trials_per_day_max, priority_max, share, \
             (SELECT count(*) FROM runs WHERE runs.owner = them.owner AND state < 3) AS live, \
             coalesce((SELECT trials FROM owner_days WHERE owner_days.owner = them.owner \
                       AND day = $1), 0) AS trials \
             FROM (SELECT owner FROM tokens UNION SELECT owner FROM owners) AS them \
             LEFT JOIN owners USING (owner) WHERE $2 IS NULL OR owner = $2 ORDER BY owner",
        )
        .bind(now_ms.div_euclid(DAY_MS))
        .bind(name.map(str::to_owned))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| owner_use(row, usual)).collect()
    }

    /// The shares of the owners who have one of their own.
    pub async fn owner_shares(&self) -> Result<Vec<(String, u32)>, StoreError> {
        let rows = sqlx::query("SELECT owner, share FROM owners WHERE share IS NOT NULL")
            .fetch_all(&self.readers.inner())
            .await?;
        let shares = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get::<i64, _>(1)? as u32)));
        shares.collect()
    }

    /// Sets what an owner may have.
    pub async fn set_quota(&self, owner: String, quota: Quota) -> Result<(), StoreError> {
        let by = self.by.clone();
        self.writer.write(move |connection| Box::pin(set_quota(connection, owner, quota, by))).await
    }
}

fn owner_use(row: &SqliteRow, usual: Quota) -> Result<OwnerUse, StoreError> {
    let own = quota_of(row)?;
    Ok(OwnerUse {
        owner: row.try_get("owner")?,
        own,
        quota: own.over(usual),
        live_runs: row.try_get::<i64, _>("live")? as u64,
        trials_today: row.try_get::<i64, _>("trials")? as u64,
    })
}

fn quota_of(row: &SqliteRow) -> Result<Quota, StoreError> {
    let count = |column| -> Result<Option<u64>, StoreError> {
        Ok(row.try_get::<Option<i64>, _>(column)?.map(|count| count as u64))
    };
    Ok(Quota {
        live_runs_max: count("live_runs_max")?,
        trials_per_day_max: count("trials_per_day_max")?,
        priority_max: row.try_get("priority_max")?,
        share: row.try_get::<Option<i64>, _>("share")?.map(|share| share as u32),
    })
}

async fn set_quota(
    connection: &mut SqliteConnection,
    owner: String,
    quota: Quota,
    by: By,
) -> Result<(), StoreError> {
    let told = |limit: Option<i64>| limit.map_or_else(String::new, |limit| limit.to_string());
    let (live, trials) = (quota.live_runs_max, quota.trials_per_day_max);
    let (live, trials) = (live.map(|it| it as i64), trials.map(|it| it as i64));
    let line = Line::new(Action::SetQuota, &owner)
        .with("live_runs_max", &told(live))
        .with("trials_per_day_max", &told(trials))
        .with("priority_max", &told(quota.priority_max.map(i64::from)))
        .with("share", &told(quota.share.map(i64::from)));
    sqlx::query(
        "INSERT INTO owners (owner, live_runs_max, trials_per_day_max, priority_max, share) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (owner) DO UPDATE SET \
         live_runs_max = $2, trials_per_day_max = $3, priority_max = $4, share = $5",
    )
    .bind(owner)
    .bind(live)
    .bind(trials)
    .bind(quota.priority_max)
    .bind(quota.share.map(i64::from))
    .execute(&mut *connection)
    .await?;
    note(connection, by.as_deref(), line).await
}

/// Why the run's owner may not have it, if there is a reason; else it is counted. Whoever nobody
/// asks has no limits.
pub(super) async fn count_in(
    connection: &mut SqliteConnection,
    new: &NewRun,
) -> Result<Option<OverQuota>, StoreError> {
    let owner = new.tags.owner.clone();
    if owner.is_empty() {
        return Ok(None);
    }
    let own = sqlx::query("SELECT * FROM owners WHERE owner = $1")
        .bind(owner.clone())
        .fetch_optional(&mut *connection)
        .await?;
    let own = own.as_ref().map(quota_of).transpose()?.unwrap_or_default();
    let quota = own.over(new.usual_quota);
    if let Some(max) = quota.priority_max.filter(|max| new.tags.priority > *max) {
        return Ok(Some(OverQuota::Priority { owner, max, asked: new.tags.priority }));
    }
    if let Some(max) = quota.live_runs_max.filter(|max| *max > 0)
        && live_runs(connection, &owner).await? >= max
    {
        return Ok(Some(OverQuota::LiveRuns { owner, max }));
    }
    let (day, asked) = (new.create_ms.div_euclid(DAY_MS), trials_of(new));
    if let Some(max) = quota.trials_per_day_max.filter(|max| *max > 0) {
        let today = trials_on(connection, &owner, day).await?;
        if today.saturating_add(asked) > max {
            let remaining_ms = (day + 1) * DAY_MS - new.create_ms;
            return Ok(Some(OverQuota::TrialsPerDay { owner, max, today, asked, remaining_ms }));
        }
    }
    sqlx::query(
        "INSERT INTO owner_days (owner, day, runs, trials) VALUES ($1, $2, 1, $3) \
         ON CONFLICT (owner, day) DO UPDATE SET runs = runs + 1, trials = trials + $3",
    )
    .bind(owner)
    .bind(day)
    .bind(asked as i64)
    .execute(connection)
    .await?;
    Ok(None)
}

fn trials_of(new: &NewRun) -> u64 {
    match new.spec {
        RunSpec::Backtest(_) => 1,
        RunSpec::Optimization(_)
        | RunSpec::Validation(_)
        | RunSpec::WalkForward(_)
        | RunSpec::Robustness(_) => new.total,
    }
}

async fn live_runs(connection: &mut SqliteConnection, owner: &str) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT count(*) FROM runs WHERE owner = $1 AND state < 3")
        .bind(owner.to_owned())
        .fetch_one(connection)
        .await?;
    Ok(row.try_get::<i64, _>(0)? as u64)
}

async fn trials_on(
    connection: &mut SqliteConnection,
    owner: &str,
    day: i64,
) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT trials FROM owner_days WHERE owner = $1 AND day = $2")
        .bind(owner.to_owned())
        .bind(day)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.try_get::<i64, _>(0)).transpose()?.unwrap_or(0) as u64)
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, new_run};
    use super::super::{Ending, Fence, SubmitOutcome};
    use super::*;
    use crate::run::{Failure, Sequence};

    const USUAL: Quota = Quota {
        live_runs_max: Some(2),
        trials_per_day_max: Some(10),
        priority_max: Some(3),
        share: None,
    };

    async fn submit(scene: &Scene, owner: &str, trials: u64, create_ms: i64) -> SubmitOutcome {
        let spec = RunSpec::Optimization(Box::new(scene.spec.clone()));
        let mut new = new_run(spec, create_ms);
        new.tags.owner = owner.to_owned();
        (new.total, new.usual_quota) = (trials, USUAL);
        scene.store.submit(new).await.unwrap()
    }

    fn refused(outcome: SubmitOutcome) -> OverQuota {
        match outcome {
            SubmitOutcome::OverQuota(over) => over,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn an_owner_has_so_many_live_runs_and_others_are_not_counted() {
        let scene = Scene::over(Vec::new()).await;
        let SubmitOutcome::Answered(first) = submit(&scene, "ann", 1, 11).await else { panic!() };
        assert!(matches!(submit(&scene, "ann", 1, 12).await, SubmitOutcome::Answered(_)));
        assert!(matches!(submit(&scene, "bob", 1, 13).await, SubmitOutcome::Answered(_)));
        let over = refused(submit(&scene, "ann", 1, 14).await);
        assert_eq!(over, OverQuota::LiveRuns { owner: "ann".into(), max: 2 });
        let fence = Fence { run_id: first.run_id, attempt: 1 };
        let sequence = Sequence::first_of(1).next();
        let ending =
            Ending { fence, sequence, end_ms: 20, done: None, ends_paused: false, spent_ms: 0 };
        scene.store.fail(ending, Failure::new("X", "")).await.unwrap().unwrap();
        assert!(matches!(submit(&scene, "ann", 1, 15).await, SubmitOutcome::Answered(_)));
        // Nobody is counted where nobody is asked.
        for at in 0..5 {
            assert!(matches!(submit(&scene, "", 100, 30 + at).await, SubmitOutcome::Answered(_)));
        }
    }

    #[tokio::test]
    async fn the_trials_of_a_day_are_counted_and_begin_anew_with_the_next() {
        let scene = Scene::over(Vec::new()).await;
        assert!(matches!(submit(&scene, "ann", 8, 100).await, SubmitOutcome::Answered(_)));
        let OverQuota::TrialsPerDay { max, today, asked, remaining_ms, .. } =
            refused(submit(&scene, "ann", 3, 200).await)
        else {
            panic!("too many trials")
        };
        assert_eq!((max, today, asked, remaining_ms), (10, 8, 3, DAY_MS - 200));
        let owner = |owners: Vec<OwnerUse>| owners.into_iter().find(|it| it.owner == "ann");
        let own = Quota { trials_per_day_max: Some(20), ..Quota::default() };
        scene.store.set_quota("ann".into(), own).await.unwrap();
        assert!(matches!(submit(&scene, "ann", 3, 300).await, SubmitOutcome::Answered(_)));
        let ann = owner(scene.store.owners(None, USUAL, 400).await.unwrap()).unwrap();
        assert_eq!((ann.live_runs, ann.trials_today, ann.own), (2, 11, own));
        assert_eq!(ann.quota.live_runs_max, Some(2));
        let tomorrow =
            owner(scene.store.owners(Some("ann"), USUAL, DAY_MS).await.unwrap()).unwrap();
        assert_eq!(tomorrow.trials_today, 0);
    }

    #[tokio::test]
    async fn live_runs_are_counted_along_an_index() {
        let scene = Scene::over(Vec::new()).await;
        let sql = "EXPLAIN QUERY PLAN SELECT count(*) FROM runs WHERE owner = 'ann' AND state < 3";
        let plan = sqlx::query(sql).fetch_all(&scene.store.readers).await.unwrap();
        let step: String = plan[0].try_get("detail").unwrap();
        assert!(step.contains("runs_live_of_owner"), "{step}");
    }
}
