//! Changing what people say of a run: read, compared and written in one transaction, so that two
//! who change different things both have their way.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::Store;
use super::error::StoreError;
use super::run_list::refill_listed;
use super::trial_row::json;
use crate::run::limits::LABELS_MAX;
use crate::run::{RunId, Tags, TagsChange};

/// How a change was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateOutcome {
    /// It is made.
    Updated,
    /// Somebody else has changed the run since it was read.
    Changed,
    /// It would have so many labels, more than are taken.
    TooManyLabels(usize),
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
        self.writer
            .write(move |connection| Box::pin(update(connection, run_id, change, etag)))
            .await
    }
}

async fn update(
    connection: &mut SqliteConnection,
    run_id: RunId,
    change: TagsChange,
    etag: String,
) -> Result<UpdateOutcome, StoreError> {
    let row = sqlx::query("SELECT run_no, display_name, notes, labels FROM runs WHERE run_id = $1")
        .bind(run_id.as_bytes().to_vec())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(UpdateOutcome::Unknown) };
    let run_no: i64 = row.try_get("run_no")?;
    let bad = |_| StoreError::Inconsistent { table: "runs", column: "labels", row: run_no };
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
    sqlx::query("UPDATE runs SET display_name = $1, notes = $2, labels = $3 WHERE run_no = $4")
        .bind(tags.display_name)
        .bind(tags.notes)
        .bind(json(&tags.labels))
        .bind(run_no)
        .execute(&mut *connection)
        .await?;
    refill_listed(connection, run_no, &tags.labels).await?;
    Ok(UpdateOutcome::Updated)
}
