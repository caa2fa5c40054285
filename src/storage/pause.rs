//! Halting a run and letting it go on: what a shutdown and a start do to all of them, done to one.
//! A pause breaks the fence, so that nothing is committed after it; a run that goes on is a further
//! attempt.

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::Store;
use super::audit::{Action, By, Line, note};
use super::error::StoreError;
use super::hook_events::tell_of_run;
use crate::run::{PauseInfo, RunId, Sequence, State};

/// How a wish to pause was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PauseOutcome {
    /// It is paused, by this wish or an earlier one.
    Paused {
        /// The attempt that is halted.
        attempt: u32,
        /// The wish that counts.
        pause: PauseInfo,
    },
    /// It was asked to end.
    Ending,
    /// The run was over already, in this state.
    Over(State),
    /// There is no such run.
    Unknown,
}

/// How a wish to go on was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResumeOutcome {
    /// It waits for its turn again.
    Resumed {
        /// The attempt that it goes on with.
        attempt: u32,
    },
    /// It is live and not paused.
    NotPaused,
    /// It was asked to end.
    Ending,
    /// The run was over already, in this state.
    Over(State),
    /// There is no such run.
    Unknown,
}

impl Store {
    /// Halts a live run that was not asked to end. Nothing is committed by its attempt any more.
    pub async fn pause(&self, run_id: RunId, wish: PauseInfo) -> Result<PauseOutcome, StoreError> {
        let by = self.by.clone();
        let (outcome, is_told) = self
            .writer
            .write_when_full(move |connection| Box::pin(pause(connection, run_id, wish, by)))
            .await?;
        if is_told {
            self.outbox.notify_one();
        }
        Ok(outcome)
    }

    /// Lets a paused run go on, as a further attempt.
    pub async fn resume(&self, run_id: RunId) -> Result<ResumeOutcome, StoreError> {
        let by = self.by.clone();
        self.writer.write(move |connection| Box::pin(resume(connection, run_id, by))).await
    }
}

async fn pause(
    connection: &mut SqliteConnection,
    run_id: RunId,
    wish: PauseInfo,
    by: By,
) -> Result<(PauseOutcome, bool), StoreError> {
    let (line, now_ms) =
        (Line::new(Action::PauseRun, &run_id).with("reason", &wish.reason), wish.pause_ms);
    let paused = sqlx::query(
        "UPDATE runs SET state = $1, pause_ms = $2, pause_reason = $3, pause_requester = $4 \
         WHERE run_id = $5 AND state IN ($1, $6) AND cancel_request_ms IS NULL \
         AND pause_ms IS NULL",
    )
    .bind(State::Pending as i64)
    .bind(wish.pause_ms)
    .bind(wish.reason)
    .bind(wish.requester)
    .bind(run_id.as_bytes().to_vec())
    .bind(State::Running as i64)
    .execute(&mut *connection)
    .await?;
    let mut is_told = false;
    if paused.rows_affected() > 0 {
        note(connection, by.as_deref(), line).await?;
        is_told = tell_of_run(connection, run_id, State::Paused, now_ms).await?;
    }
    let Some(row) = row_of(connection, run_id).await? else {
        return Ok((PauseOutcome::Unknown, false));
    };
    let bad = StoreError::Inconsistent { table: "runs", column: "pause_ms", row: 0 };
    let outcome = match whereabouts(&row)? {
        Some(State::Cancelled) if row.try_get("asked")? => PauseOutcome::Ending,
        Some(state) => PauseOutcome::Over(state),
        None => PauseOutcome::Paused {
            attempt: row.try_get("attempt")?,
            pause: pause_of(&row)?.ok_or(bad)?,
        },
    };
    Ok((outcome, is_told))
}

async fn resume(
    connection: &mut SqliteConnection,
    run_id: RunId,
    by: By,
) -> Result<ResumeOutcome, StoreError> {
    let Some(row) = row_of(connection, run_id).await? else { return Ok(ResumeOutcome::Unknown) };
    match whereabouts(&row)? {
        Some(State::Cancelled) if row.try_get("asked")? => return Ok(ResumeOutcome::Ending),
        Some(state) => return Ok(ResumeOutcome::Over(state)),
        None if pause_of(&row)?.is_none() => return Ok(ResumeOutcome::NotPaused),
        None => {}
    }
    let attempt = row.try_get::<u32, _>("attempt")? + 1;
    sqlx::query(
        "UPDATE runs SET pause_ms = NULL, pause_reason = NULL, pause_requester = NULL, \
         attempt = $1, sequence = $2 WHERE run_id = $3",
    )
    .bind(attempt)
    .bind(Sequence::first_of(attempt).as_i64())
    .bind(run_id.as_bytes().to_vec())
    .execute(&mut *connection)
    .await?;
    note(connection, by.as_deref(), Line::new(Action::ResumeRun, &run_id)).await?;
    Ok(ResumeOutcome::Resumed { attempt })
}

async fn row_of(
    connection: &mut SqliteConnection,
    run_id: RunId,
) -> Result<Option<SqliteRow>, StoreError> {
    let row = sqlx::query(
        "SELECT state, attempt, pause_ms, pause_reason, pause_requester, \
         end_ms IS NULL AND cancel_request_ms IS NOT NULL AS asked FROM runs WHERE run_id = $1",
    )
    .bind(run_id.as_bytes().to_vec())
    .fetch_optional(connection)
    .await?;
    Ok(row)
}

/// In which state it is over, or will be; `None` while it goes on or is paused.
fn whereabouts(row: &SqliteRow) -> Result<Option<State>, StoreError> {
    let bad = StoreError::Inconsistent { table: "runs", column: "state", row: 0 };
    let state = State::from_number(row.try_get("state")?).ok_or(bad)?;
    if row.try_get("asked")? {
        return Ok(Some(State::Cancelled));
    }
    Ok(state.is_final().then_some(state))
}

/// Since when, why and by whom the run of that row is paused, if it is.
pub(super) fn pause_of(row: &SqliteRow) -> Result<Option<PauseInfo>, StoreError> {
    let pause_ms: Option<i64> = row.try_get("pause_ms")?;
    let Some(pause_ms) = pause_ms else { return Ok(None) };
    Ok(Some(PauseInfo {
        pause_ms,
        reason: row.try_get::<Option<String>, _>("pause_reason")?.unwrap_or_default(),
        requester: row.try_get::<Option<String>, _>("pause_requester")?.unwrap_or_default(),
    }))
}

#[cfg(test)]
mod tests {
    use super::super::scene::Scene;
    use super::super::{CancelOutcome, Ending, Fence};
    use super::*;
    use crate::run::{CancelInfo, Failure, Life};

    fn wish(reason: &str) -> PauseInfo {
        PauseInfo { pause_ms: 7, reason: reason.into(), requester: "ann".into() }
    }

    #[tokio::test]
    async fn what_is_paused_commits_nothing_begins_nothing_fails_nowhere_and_goes_on_as_another() {
        let scene = Scene::over(Vec::new()).await;
        let Fence { run_id, attempt } = scene.fence;
        scene.commit(0..5).await.unwrap();
        let paused = PauseOutcome::Paused { attempt, pause: wish("one") };
        assert_eq!(scene.store.pause(run_id, wish("one")).await.unwrap(), paused);
        assert_eq!(
            scene.store.pause(run_id, wish("two")).await.unwrap(),
            paused,
            "the first counts"
        );
        assert!(scene.try_commit(5..9).await.unwrap().is_none());
        let sequence = Sequence::first_of(1).next();
        assert!(scene.store.start(scene.fence, sequence, 3).await.unwrap().is_none());
        let ending = Ending {
            fence: scene.fence,
            sequence,
            end_ms: 9,
            done: None,
            ends_paused: false,
            spent_ms: 0,
        };
        assert!(scene.store.complete(ending.clone()).await.unwrap().is_none());
        assert!(scene.store.fail(ending, Failure::new("X", "")).await.unwrap().is_none());
        let record = scene.store.run(run_id).await.unwrap().unwrap();
        let life = Life::Paused { start_ms: Some(2), pause: wish("one") };
        assert_eq!((record.snapshot.life, record.snapshot.waiting), (life, None));

        let resumed = ResumeOutcome::Resumed { attempt: attempt + 1 };
        assert_eq!(scene.store.resume(run_id).await.unwrap(), resumed);
        assert_eq!(scene.store.resume(run_id).await.unwrap(), ResumeOutcome::NotPaused);
        assert!(scene.try_commit(5..9).await.unwrap().is_none(), "the former attempt is over");
        let record = scene.store.run(run_id).await.unwrap().unwrap();
        assert_eq!(record.snapshot.life, Life::Pending);
        assert!(record.snapshot.sequence >= Sequence::first_of(attempt + 1));
        assert_eq!(scene.store.missing(run_id, 9).await.unwrap(), vec![5..9]);
    }

    #[tokio::test]
    async fn a_wish_to_end_comes_before_all_others_and_ends_what_is_paused() {
        let scene = Scene::over(Vec::new()).await;
        let run_id = scene.fence.run_id;
        scene.store.pause(run_id, wish("")).await.unwrap();
        let cancel = CancelInfo { request_ms: 8, reason: String::new(), requester: String::new() };
        let asked = CancelOutcome::Asked(cancel.clone());
        assert_eq!(scene.store.request_cancel(run_id, cancel).await.unwrap(), asked);
        assert_eq!(scene.store.pause(run_id, wish("")).await.unwrap(), PauseOutcome::Ending);
        assert_eq!(scene.store.resume(run_id).await.unwrap(), ResumeOutcome::Ending);
        let sequence = Sequence::first_of(1).next();
        let ending = Ending {
            fence: scene.fence,
            sequence,
            end_ms: 9,
            done: None,
            ends_paused: false,
            spent_ms: 0,
        };
        assert!(scene.store.finish_cancel(ending).await.unwrap().is_some());
        let over = PauseOutcome::Over(State::Cancelled);
        assert_eq!(scene.store.pause(run_id, wish("")).await.unwrap(), over);
        let record = scene.store.run(run_id).await.unwrap().unwrap();
        assert_eq!(record.snapshot.life, Life::Cancelled { start_ms: Some(2), end_ms: 9 });
    }
}
