//! Changing what people say of a run: read, compared and written in one transaction, so that two
//! who change different things both have their way.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::Store;
use super::audit::{Action, By, Line, note};
use super::error::StoreError;
use super::record::allowance_of;
use super::run_list::refill_listed;
use super::trial_row::json;
use crate::run::limits::LABELS_MAX;
use crate::run::{Allowance, RunId, State, Tags, TagsChange};

/// How a change was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateOutcome {
    /// It is made, and the run may take so long.
    Updated(Allowance),
    /// Somebody else has changed the run since it was read.
    Changed,
    /// It would have so many labels, more than are taken.
    TooManyLabels(usize),
    /// It has ended, in this state: no more time helps it.
    Over(State),
    /// There is no such run.
    Unknown,
}

impl Store {
    /// Changes what people say of the run, if that is still what `etag` says; an empty one says
    /// nothing.
    pub async fn update_run(
        &self,
        run_id: RunId,
        change: TagsChange,
        etag: String,
    ) -> Result<UpdateOutcome, StoreError> {
        let by = self.by.clone();
        self.writer
            .write(move |connection| Box::pin(update(connection, run_id, change, etag, by)))
            .await
    }
}

async fn update(
    connection: &mut SqliteConnection,
    run_id: RunId,
    change: TagsChange,
    etag: String,
    by: By,
) -> Result<UpdateOutcome, StoreError> {
    let line = Line::new(Action::UpdateRun, &run_id).with("changed", &change.named());
    let row = sqlx::query(
        "SELECT run_no, display_name, notes, labels, state, deadline_ms, budget_ms FROM runs \
         WHERE run_id = $1",
    )
    .bind(run_id.as_bytes().to_vec())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(UpdateOutcome::Unknown) };
    let run_no: i64 = row.try_get("run_no")?;
    let bad = |_| StoreError::Inconsistent { table: "runs", column: "labels", row: run_no };
    let state = State::from_number(row.try_get("state")?);
    if let Some(state) = state.filter(|state| change.allowance.is_some() && state.is_final()) {
        return Ok(UpdateOutcome::Over(state));
    }
    let allowance = allowance_of(&row)?.changed(change.allowance);
    let tags = Tags {
        display_name: row.try_get("display_name")?,
        notes: row.try_get("notes")?,
        labels: serde_json::from_str(row.try_get("labels")?).map_err(bad)?,
        ..Tags::default()
    };
    if !etag.is_empty() && etag != tags.etag() {
        return Ok(UpdateOutcome::Changed);
    }
    let tags = tags.changed(change);
    if tags.labels.len() > LABELS_MAX {
        return Ok(UpdateOutcome::TooManyLabels(tags.labels.len()));
    }
    sqlx::query(
        "UPDATE runs SET display_name = $1, notes = $2, labels = $3, deadline_ms = $4, \
         budget_ms = $5 WHERE run_no = $6",
    )
    .bind(tags.display_name)
    .bind(tags.notes)
    .bind(json(&tags.labels))
    .bind(allowance.deadline_ms)
    .bind(allowance.budget_ms)
    .bind(run_no)
    .execute(&mut *connection)
    .await?;
    refill_listed(connection, run_no, &tags.labels).await?;
    note(connection, by.as_deref(), line).await?;
    Ok(UpdateOutcome::Updated(allowance))
}
