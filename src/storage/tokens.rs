//! Tokens as they are kept: by their hash, never themselves.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::Store;
use super::audit::{Action, Line, note};
use super::error::StoreError;
use super::record::digest_of;
use crate::digest::Digest;
use crate::run::{Role, RunId};

/// What is kept of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredToken {
    /// The public part.
    pub id: String,
    /// The hash of the whole.
    pub sha256: Digest,
    /// Whose runs are made with it.
    pub owner: String,
    /// What it may do.
    pub role: Role,
    /// What it is for.
    pub description: String,
    /// When it was made.
    pub create_ms: i64,
    /// When it ends by itself.
    pub expire_ms: Option<i64>,
    /// When it was last used, to some minutes.
    pub last_use_ms: Option<i64>,
    /// When it was ended.
    pub revoke_ms: Option<i64>,
}

impl Store {
    /// All tokens that ever were, the newest first.
    pub async fn tokens(&self) -> Result<Vec<StoredToken>, StoreError> {
        let rows = sqlx::query("SELECT * FROM tokens ORDER BY create_ms DESC, token_id")
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(token_of).collect()
    }

    /// Whose run that is; `None` if there is none of that id.
    pub async fn owner_of(&self, run_id: RunId) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT owner FROM runs WHERE run_id = $1")
            .bind(run_id.as_bytes().to_vec())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// Keeps a new one; false where it is kept already, which changes nothing.
    pub async fn keep_token(&self, token: StoredToken) -> Result<bool, StoreError> {
        let sql = "INSERT INTO tokens (token_id, sha256, owner, role, description, create_ms, \
                   expire_ms) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let by = self.by.clone();
        let keep = self.writer.write(move |connection| {
            Box::pin(async move {
                let line = Line::new(Action::CreateToken, &token.id)
                    .with("owner", &token.owner)
                    .with("role", &token.role)
                    .with("description", &token.description);
                let kept = sqlx::query(sql)
                    .bind(token.id)
                    .bind(token.sha256.as_bytes().to_vec())
                    .bind(token.owner)
                    .bind(token.role as i64)
                    .bind(token.description)
                    .bind(token.create_ms)
                    .bind(token.expire_ms)
                    .execute(&mut *connection)
                    .await?;
                let is_new = kept.rows_affected() > 0;
                if is_new {
                    note(connection, by.as_deref(), line).await?;
                }
                Ok(is_new)
            })
        });
        keep.await
    }

    /// Ends a token; a second time changes nothing.
    pub async fn revoke_token(&self, id: String, now_ms: i64) -> Result<(), StoreError> {
        let sql = "UPDATE tokens SET revoke_ms = $1 WHERE token_id = $2 AND revoke_ms IS NULL";
        let line = Line::new(Action::RevokeToken, &id);
        self.set_of_token(sql, id, now_ms, Some(line)).await
    }

    /// Notes that it was used.
    pub async fn note_token_use(&self, id: String, now_ms: i64) -> Result<(), StoreError> {
        let sql = "UPDATE tokens SET last_use_ms = $1 WHERE token_id = $2";
        self.set_of_token(sql, id, now_ms, None).await
    }

    async fn set_of_token(
        &self,
        sql: &'static str,
        id: String,
        now_ms: i64,
        line: Option<Line>,
    ) -> Result<(), StoreError> {
        let by = self.by.clone();
        let set = self.writer.write(move |connection| {
            Box::pin(async move {
                let set = sqlx::query(sql).bind(now_ms).bind(id).execute(&mut *connection).await?;
                if let Some(line) = line.filter(|_| set.rows_affected() > 0) {
                    note(connection, by.as_deref(), line).await?;
                }
                Ok(())
            })
        });
        set.await
    }
}

fn token_of(row: &SqliteRow) -> Result<StoredToken, StoreError> {
    let bad = |column| StoreError::Inconsistent { table: "tokens", column, row: 0 };
    Ok(StoredToken {
        id: row.try_get("token_id")?,
        sha256: digest_of(row, "tokens", "sha256", 0)?,
        owner: row.try_get("owner")?,
        role: Role::from_number(row.try_get("role")?).ok_or_else(|| bad("role"))?,
        description: row.try_get("description")?,
        create_ms: row.try_get("create_ms")?,
        expire_ms: row.try_get("expire_ms")?,
        last_use_ms: row.try_get("last_use_ms")?,
        revoke_ms: row.try_get("revoke_ms")?,
    })
}
