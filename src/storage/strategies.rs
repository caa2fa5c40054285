//! Strategies as text that users keep by name. What the texts mean is not for the store to know.

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::Store;
use super::audit::{Action, By, Line, note};
use super::error::StoreError;
use super::record::digest_of;
use crate::digest::Digest;

const TABLE: &str = "strategies";

/// One version of a saved strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrategyRow {
    /// The name in requests.
    pub name: String,
    /// From 1; each new text has the next.
    pub version: u32,
    /// The text.
    pub source: String,
    /// What it computes, as its language said when it was saved.
    pub meaning: Digest,
    /// The language that it was written in, as in `rules/1`.
    pub language: String,
    /// When it was saved.
    pub create_ms: i64,
}

/// A text to be kept.
#[derive(Clone, Debug)]
pub struct NewStrategy {
    /// The name in requests.
    pub name: String,
    /// The text.
    pub source: String,
    /// What it computes.
    pub meaning: Digest,
    /// The language that it is written in.
    pub language: &'static str,
    /// When.
    pub create_ms: i64,
    /// Names that there may be.
    pub names_max: u32,
    /// Versions that there may be of all of them.
    pub versions_max: u32,
}

/// What became of a text to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveOutcome {
    /// It is this version, which may have been there.
    Kept {
        /// The version.
        row: StrategyRow,
        /// Whether it was made for it.
        is_new: bool,
    },
    /// There are as many names as there may be.
    NamesFull,
    /// There are as many versions as there may be.
    VersionsFull,
}

impl Store {
    /// Keeps a text as the newest version of its name, unless it is that already.
    pub async fn save_strategy(&self, new: NewStrategy) -> Result<SaveOutcome, StoreError> {
        let by = self.by.clone();
        self.writer.write(move |connection| Box::pin(save(connection, new, by))).await
    }

    /// The newest version of each saved strategy, by name.
    pub async fn saved_strategies(&self) -> Result<Vec<StrategyRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM strategies AS one WHERE version = \
             (SELECT max(version) FROM strategies WHERE name = one.name) ORDER BY name",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(strategy).collect()
    }

    /// A version of a saved strategy, the newest unless one is named.
    pub async fn saved_strategy(
        &self,
        name: &str,
        version: Option<u32>,
    ) -> Result<Option<StrategyRow>, StoreError> {
        let row = sqlx::query(
            "SELECT * FROM strategies WHERE name = $1 AND version = coalesce($2, version) \
             ORDER BY version DESC LIMIT 1",
        )
        .bind(name.to_owned())
        .bind(version)
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(strategy).transpose()
    }

    /// All versions of a saved strategy, oldest first.
    pub async fn strategy_versions(&self, name: &str) -> Result<Vec<u32>, StoreError> {
        let rows = sqlx::query("SELECT version FROM strategies WHERE name = $1 ORDER BY version")
            .bind(name.to_owned())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| Ok(row.try_get("version")?)).collect()
    }

    /// Removes all versions of a saved strategy; false if there was none.
    pub async fn delete_strategy(&self, name: String) -> Result<bool, StoreError> {
        let by = self.by.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let line = Line::new(Action::DeleteStrategy, &name);
                    let deleted = sqlx::query("DELETE FROM strategies WHERE name = $1")
                        .bind(name)
                        .execute(&mut *connection)
                        .await?;
                    let is_deleted = deleted.rows_affected() > 0;
                    if is_deleted {
                        note(connection, by.as_deref(), line).await?;
                    }
                    Ok(is_deleted)
                })
            })
            .await
    }
}

/// In one transaction with nobody else writing, so that what is looked at stays.
async fn save(
    connection: &mut SqliteConnection,
    new: NewStrategy,
    by: By,
) -> Result<SaveOutcome, StoreError> {
    let newest =
        sqlx::query("SELECT * FROM strategies WHERE name = $1 ORDER BY version DESC LIMIT 1")
            .bind(new.name.clone())
            .fetch_optional(&mut *connection)
            .await?;
    let newest = newest.as_ref().map(strategy).transpose()?;
    if let Some(row) = &newest
        && row.source == new.source
    {
        return Ok(SaveOutcome::Kept { row: row.clone(), is_new: false });
    }
    let counts = "SELECT count(DISTINCT name) AS names, count(*) AS versions FROM strategies";
    let counts = sqlx::query(counts).fetch_one(&mut *connection).await?;
    if newest.is_none() && counts.try_get::<u32, _>("names")? >= new.names_max {
        return Ok(SaveOutcome::NamesFull);
    }
    if counts.try_get::<u32, _>("versions")? >= new.versions_max {
        return Ok(SaveOutcome::VersionsFull);
    }
    let row = StrategyRow {
        name: new.name,
        version: newest.map_or(1, |row| row.version + 1),
        source: new.source,
        meaning: new.meaning,
        language: new.language.to_owned(),
        create_ms: new.create_ms,
    };
    sqlx::query(
        "INSERT INTO strategies (name, version, source, rule_sha256, language, create_ms) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(row.name.clone())
    .bind(row.version)
    .bind(row.source.clone())
    .bind(row.meaning.as_bytes().to_vec())
    .bind(row.language.clone())
    .bind(row.create_ms)
    .execute(&mut *connection)
    .await?;
    let line = Line::new(Action::SaveStrategy, &row.name).with("version", &row.version);
    note(connection, by.as_deref(), line).await?;
    Ok(SaveOutcome::Kept { row, is_new: true })
}

fn strategy(row: &SqliteRow) -> Result<StrategyRow, StoreError> {
    let version: u32 = row.try_get("version")?;
    Ok(StrategyRow {
        name: row.try_get("name")?,
        version,
        source: row.try_get("source")?,
        meaning: digest_of(row, TABLE, "rule_sha256", version.into())?,
        language: row.try_get("language")?,
        create_ms: row.try_get("create_ms")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::scene::Scene;

    fn text(name: &str, source: &str) -> NewStrategy {
        NewStrategy {
            name: name.to_owned(),
            source: source.to_owned(),
            meaning: Digest::of(source.as_bytes()),
            language: "rules/1",
            create_ms: 7,
            names_max: 2,
            versions_max: 4,
        }
    }

    async fn saved(store: &Store, name: &str, source: &str) -> Option<(u32, bool)> {
        match store.save_strategy(text(name, source)).await.unwrap() {
            SaveOutcome::Kept { row, is_new } => Some((row.version, is_new)),
            SaveOutcome::NamesFull | SaveOutcome::VersionsFull => None,
        }
    }

    #[tokio::test]
    async fn a_text_is_a_new_version_unless_it_is_the_newest_one() {
        let scene = Scene::over(Vec::new()).await;
        let store = &scene.store;
        assert_eq!(saved(store, "one", "a").await, Some((1, true)));
        assert_eq!(saved(store, "one", "a").await, Some((1, false)));
        assert_eq!(saved(store, "one", "b").await, Some((2, true)));
        // What is saved last is what the name stands for, also if it was there before.
        assert_eq!(saved(store, "one", "a").await, Some((3, true)));
        let newest = store.saved_strategy("one", None).await.unwrap().unwrap();
        assert_eq!((newest.version, newest.source.as_str(), newest.create_ms), (3, "a", 7));
        let second = store.saved_strategy("one", Some(2)).await.unwrap().unwrap();
        assert_eq!(second.source, "b");
        assert_eq!(store.saved_strategy("one", Some(4)).await.unwrap(), None);
        assert_eq!(store.strategy_versions("one").await.unwrap(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn names_and_versions_end_at_their_limits_and_begin_anew_once_deleted() {
        let scene = Scene::over(Vec::new()).await;
        let store = &scene.store;
        for (name, source) in [("one", "a"), ("two", "a"), ("two", "b")] {
            assert!(saved(store, name, source).await.is_some());
        }
        let full = store.save_strategy(text("three", "a")).await.unwrap();
        assert_eq!(full, SaveOutcome::NamesFull);
        assert!(saved(store, "one", "b").await.is_some());
        let full = store.save_strategy(text("one", "c")).await.unwrap();
        assert_eq!(full, SaveOutcome::VersionsFull);
        // What is there may be saved again.
        assert_eq!(saved(store, "two", "b").await, Some((2, false)));
        let names = async || {
            let rows = store.saved_strategies().await.unwrap();
            rows.into_iter().map(|row| (row.name, row.version)).collect::<Vec<_>>()
        };
        assert_eq!(names().await, [("one".to_owned(), 2), ("two".to_owned(), 2)]);
        assert!(store.delete_strategy("two".to_owned()).await.unwrap());
        assert!(!store.delete_strategy("two".to_owned()).await.unwrap());
        assert_eq!(names().await, [("one".to_owned(), 2)]);
        assert_eq!(saved(store, "three", "a").await, Some((1, true)));
    }
}
