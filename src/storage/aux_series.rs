//! The catalog of imported auxiliary series. Their rows stand in files named by content.

use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::Store;
use super::audit::{Action, Line, note};
use super::error::StoreError;
use super::record::digest_of;
use super::series::Age;
use super::series_list::{SeriesDeletion, live_run_with};
use crate::digest::Digest;
use crate::market::{AuxColumnFacts, AuxKey, AuxName, Instrument};

const TABLE: &str = "aux_versions";

/// One version of an auxiliary series.
#[derive(Clone, Debug, PartialEq)]
pub struct AuxRow {
    /// What it is called.
    pub key: AuxKey,
    /// What each column is like.
    pub columns: Vec<AuxColumnFacts>,
    /// Names the version and its file.
    pub data: Digest,
    /// How many rows there are.
    pub row_count: u64,
    /// When the first row was known.
    pub first_ms: i64,
    /// When the last row was known.
    pub last_ms: i64,
    /// Size of the file.
    pub size_bytes: u64,
    /// When it was imported.
    pub import_ms: i64,
    /// Where from.
    pub source: String,
}

/// A version as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct AuxVersion {
    /// What is known of it.
    pub row: AuxRow,
    /// Its place among all versions; a later one was imported later.
    pub version_no: i64,
    /// Whether no later one of its series is there.
    pub is_newest: bool,
}

/// Which auxiliary series a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuxQuery {
    /// Every version, and not the newest of each alone.
    pub with_old_versions: bool,
}

/// Where a page ends: the next begins after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuxPosition {
    /// The last series of the page.
    pub key: AuxKey,
    /// Its version.
    pub version_no: i64,
}

/// What stands in the table of a column.
#[derive(Serialize, Deserialize)]
struct StoredFacts {
    name: String,
    filled: u64,
    min: Option<f64>,
    max: Option<f64>,
    is_whole: bool,
}

impl Store {
    /// Makes this the newest version of its series; the former ones stay addressable.
    pub async fn add_aux(&self, row: AuxRow) -> Result<(), StoreError> {
        self.add_aux_of(row, Age::Newest).await
    }

    /// Adds a version that has its place in time, or comes before those that are there.
    pub async fn add_aux_of(&self, row: AuxRow, age: Age) -> Result<(), StoreError> {
        let by = self.by.clone();
        let line = Line::new(Action::ImportAux, &row.key)
            .with("data_sha256", &row.data)
            .with("source", &row.source);
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    add(connection, row, age).await?;
                    note(connection, by.as_deref(), line).await
                })
            })
            .await
    }

    /// The newest version of that name.
    pub async fn newest_aux(&self, key: &AuxKey) -> Result<Option<AuxRow>, StoreError> {
        let (exchange, symbol) = names_of(key);
        let row = sqlx::query(
            "SELECT * FROM aux_versions \
             WHERE is_newest = 1 AND name = $1 AND exchange = $2 AND symbol = $3",
        )
        .bind(key.name.as_str().to_owned())
        .bind(exchange)
        .bind(symbol)
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(aux_of).transpose()
    }

    /// The version of that content under that name, newest or not.
    pub async fn aux_version(
        &self,
        key: &AuxKey,
        data: Digest,
    ) -> Result<Option<AuxRow>, StoreError> {
        let (exchange, symbol) = names_of(key);
        let row = sqlx::query(
            "SELECT * FROM aux_versions \
             WHERE data_sha256 = $1 AND name = $2 AND exchange = $3 AND symbol = $4 \
             ORDER BY version_no DESC LIMIT 1",
        )
        .bind(data.as_bytes().to_vec())
        .bind(key.name.as_str().to_owned())
        .bind(exchange)
        .bind(symbol)
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(aux_of).transpose()
    }

    /// The series after `after`, at most `limit`: by name, of one the newest version first.
    pub async fn aux_series(
        &self,
        query: AuxQuery,
        after: Option<AuxPosition>,
        limit: usize,
    ) -> Result<Vec<AuxVersion>, StoreError> {
        let (name, (exchange, symbol), version_no) = match &after {
            // No name is empty, so that all stand behind this.
            None => (String::new(), (String::new(), String::new()), i64::MAX),
            Some(AuxPosition { key, version_no }) => {
                (key.name.to_string(), names_of(key), *version_no)
            }
        };
        let rows = sqlx::query(
            "SELECT * FROM aux_versions WHERE is_newest >= $1 \
             AND ((name, exchange, symbol) > ($2, $3, $4) \
                 OR ((name, exchange, symbol) = ($2, $3, $4) AND version_no < $5)) \
             ORDER BY name, exchange, symbol, version_no DESC LIMIT $6",
        )
        .bind(!query.with_old_versions)
        .bind(name)
        .bind(exchange)
        .bind(symbol)
        .bind(version_no)
        .bind(limit as i64)
        .fetch_all(&self.readers)
        .await?;
        let version = |row| {
            Ok(AuxVersion {
                row: aux_of(row)?,
                version_no: row.try_get("version_no")?,
                is_newest: row.try_get("is_newest")?,
            })
        };
        rows.iter().map(version).collect()
    }

    /// Removes the versions of that content, of one series or of all that have it. Where one was
    /// the newest of its series, the one before it is from now on.
    pub async fn delete_aux(
        &self,
        data: Digest,
        key: Option<AuxKey>,
    ) -> Result<SeriesDeletion, StoreError> {
        let by = self.by.clone();
        let line = Line::new(Action::DeleteAux, &data)
            .with("of", &key.as_ref().map(ToString::to_string).unwrap_or_default());
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let deletion = delete(connection, data, key).await?;
                    if let SeriesDeletion::Deleted { .. } = deletion {
                        note(connection, by.as_deref(), line).await?;
                    }
                    Ok(deletion)
                })
            })
            .await
    }
}

async fn add(connection: &mut SqliteConnection, row: AuxRow, age: Age) -> Result<(), StoreError> {
    let (exchange, symbol) = names_of(&row.key);
    sqlx::query(
        "UPDATE aux_versions SET is_newest = 0 \
         WHERE $4 AND is_newest = 1 AND name = $1 AND exchange = $2 AND symbol = $3",
    )
    .bind(row.key.name.as_str().to_owned())
    .bind(exchange.clone())
    .bind(symbol.clone())
    .bind(age == Age::Newest)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO aux_versions (name, exchange, symbol, columns, data_sha256, row_count, \
         first_ms, last_ms, size_bytes, import_ms, source, is_newest) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NOT EXISTS (SELECT 1 \
         FROM aux_versions WHERE is_newest = 1 AND name = $1 AND exchange = $2 AND symbol = $3))",
    )
    .bind(row.key.name.as_str().to_owned())
    .bind(exchange)
    .bind(symbol)
    .bind(columns_text(row.columns))
    .bind(row.data.as_bytes().to_vec())
    .bind(row.row_count as i64)
    .bind(row.first_ms)
    .bind(row.last_ms)
    .bind(row.size_bytes as i64)
    .bind(row.import_ms)
    .bind(row.source)
    .execute(connection)
    .await?;
    Ok(())
}

async fn delete(
    connection: &mut SqliteConnection,
    data: Digest,
    key: Option<AuxKey>,
) -> Result<SeriesDeletion, StoreError> {
    let (exchange, symbol) = key.as_ref().map(names_of).unzip();
    let name = key.map(|key| key.name.to_string());
    let found = sqlx::query(
        "SELECT DISTINCT name, exchange, symbol FROM aux_versions \
         WHERE data_sha256 = $1 AND name = ifnull($2, name) \
         AND exchange = ifnull($3, exchange) AND symbol = ifnull($4, symbol)",
    )
    .bind(data.as_bytes().to_vec())
    .bind(name)
    .bind(exchange)
    .bind(symbol)
    .fetch_all(&mut *connection)
    .await?;
    if found.is_empty() {
        return Ok(SeriesDeletion::Unknown);
    }
    if let Some(run_id) = live_run_with(connection, data).await? {
        return Ok(SeriesDeletion::Needed(run_id));
    }
    for row in found {
        let names = [row.try_get(0)?, row.try_get(1)?, row.try_get(2)?];
        delete_of(connection, data, names).await?;
    }
    let others: i64 = sqlx::query("SELECT count(*) FROM aux_versions WHERE data_sha256 = $1")
        .bind(data.as_bytes().to_vec())
        .fetch_one(connection)
        .await?
        .try_get(0)?;
    Ok(SeriesDeletion::Deleted { is_file_free: others == 0 })
}

async fn delete_of(
    connection: &mut SqliteConnection,
    data: Digest,
    [name, exchange, symbol]: [String; 3],
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM aux_versions \
         WHERE name = $1 AND exchange = $2 AND symbol = $3 AND data_sha256 = $4",
    )
    .bind(name.clone())
    .bind(exchange.clone())
    .bind(symbol.clone())
    .bind(data.as_bytes().to_vec())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE aux_versions SET is_newest = 1 WHERE version_no = \
         (SELECT max(version_no) FROM aux_versions \
          WHERE name = $1 AND exchange = $2 AND symbol = $3)",
    )
    .bind(name)
    .bind(exchange)
    .bind(symbol)
    .execute(connection)
    .await?;
    Ok(())
}

/// Exchange and symbol; both empty for a series that belongs to no instrument.
fn names_of(key: &AuxKey) -> (String, String) {
    let name =
        |instrument: &Instrument| (instrument.exchange.to_string(), instrument.symbol.to_string());
    key.instrument.as_ref().map(name).unwrap_or_default()
}

fn columns_text(columns: Vec<AuxColumnFacts>) -> String {
    let stored = |facts: AuxColumnFacts| {
        let AuxColumnFacts { name, filled, min, max, is_whole } = facts;
        StoredFacts { name, filled, min, max, is_whole }
    };
    let stored: Vec<_> = columns.into_iter().map(stored).collect();
    serde_json::to_string(&stored).expect("names and numbers")
}

fn columns_of(text: &str) -> Option<Vec<AuxColumnFacts>> {
    let stored: Vec<StoredFacts> = serde_json::from_str(text).ok()?;
    let facts = |stored: StoredFacts| {
        let StoredFacts { name, filled, min, max, is_whole } = stored;
        AuxColumnFacts { name, filled, min, max, is_whole }
    };
    Some(stored.into_iter().map(facts).collect())
}

fn aux_of(row: &SqliteRow) -> Result<AuxRow, StoreError> {
    let version_no: i64 = row.try_get("version_no")?;
    let bad = |column| StoreError::Inconsistent { table: TABLE, column, row: version_no };
    let (exchange, symbol): (String, String) = (row.try_get("exchange")?, row.try_get("symbol")?);
    let instrument = match (exchange.as_str(), symbol.as_str()) {
        ("", "") => None,
        (exchange, symbol) => Some(Instrument::new(exchange, symbol).map_err(|_| bad("symbol"))?),
    };
    let name = AuxName::new(row.try_get("name")?).map_err(|_| bad("name"))?;
    Ok(AuxRow {
        key: AuxKey { name, instrument },
        columns: columns_of(row.try_get("columns")?).ok_or_else(|| bad("columns"))?,
        data: digest_of(row, TABLE, "data_sha256", version_no)?,
        row_count: row.try_get::<i64, _>("row_count")? as u64,
        first_ms: row.try_get("first_ms")?,
        last_ms: row.try_get("last_ms")?,
        size_bytes: row.try_get::<i64, _>("size_bytes")? as u64,
        import_ms: row.try_get("import_ms")?,
        source: row.try_get("source")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::scene::Scene;
    use super::*;

    fn row(name: &str, data: Digest) -> AuxRow {
        let key = AuxKey { name: AuxName::new(name).unwrap(), instrument: None };
        let facts = AuxColumnFacts {
            name: "weight".to_owned(),
            filled: 2,
            min: Some(-0.1),
            max: None,
            is_whole: false,
        };
        AuxRow {
            key,
            columns: vec![facts],
            data,
            row_count: 3,
            first_ms: 1,
            last_ms: 9,
            size_bytes: 64,
            import_ms: 10,
            source: "rows.csv".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_row_comes_back_as_it_was_and_a_content_is_needed_as_long_as_any_version_has_it() {
        let store = Scene::over(Vec::new()).await.store;
        let (one, other) = (row("a", Digest::of(b"rows")), row("b", Digest::of(b"rows")));
        store.add_aux(one.clone()).await.unwrap();
        store.add_aux(other.clone()).await.unwrap();
        assert_eq!(store.newest_aux(&one.key).await.unwrap(), Some(one.clone()));
        let version = store.aux_version(&other.key, other.data).await.unwrap();
        assert_eq!(version, Some(other.clone()));
        let delete = |key: &AuxKey| store.delete_aux(one.data, Some(key.clone()));
        let kept = SeriesDeletion::Deleted { is_file_free: false };
        assert_eq!(delete(&one.key).await.unwrap(), kept);
        let free = SeriesDeletion::Deleted { is_file_free: true };
        assert_eq!(delete(&other.key).await.unwrap(), free);
        assert_eq!(delete(&other.key).await.unwrap(), SeriesDeletion::Unknown);
    }

    #[tokio::test]
    async fn what_a_live_run_reads_is_not_removed() {
        let scene = Scene::over(Vec::new()).await;
        // The hash that stands in the spec of the run that is running.
        let read = row("a", scene.spec.base.subscriptions[0].data);
        scene.store.add_aux(read.clone()).await.unwrap();
        let refused = scene.store.delete_aux(read.data, None).await.unwrap();
        assert_eq!(refused, SeriesDeletion::Needed(scene.fence.run_id));
        assert_eq!(scene.store.newest_aux(&read.key).await.unwrap(), Some(read));
    }
}
