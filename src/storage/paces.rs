//! How fast work went, over all starts of this server.

use sqlx::Row as _;

use super::Store;
use super::error::StoreError;

/// How fast one sort of work went. What the sorts are called is not for the store to know.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredPace {
    /// Which strategy; empty for what all have in common.
    pub strategy: String,
    /// Its version.
    pub version: String,
    /// How it was computed.
    pub route: String,
    /// How much was done.
    pub units: f64,
    /// How long that took.
    pub micros: f64,
}

impl Store {
    /// All that is known.
    pub async fn paces(&self) -> Result<Vec<StoredPace>, StoreError> {
        let rows = sqlx::query("SELECT * FROM paces").fetch_all(&self.readers).await?;
        let pace = |row: &sqlx::sqlite::SqliteRow| {
            Ok(StoredPace {
                strategy: row.try_get("strategy")?,
                version: row.try_get("version")?,
                route: row.try_get("route")?,
                units: row.try_get("units")?,
                micros: row.try_get("micros")?,
            })
        };
        rows.iter().map(pace).collect()
    }

    /// Keeps these in place of what was known of the same.
    pub async fn keep_paces(&self, paces: Vec<StoredPace>) -> Result<(), StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    for pace in paces {
                        sqlx::query(
                            "INSERT INTO paces (strategy, version, route, units, micros) \
                             VALUES ($1, $2, $3, $4, $5) \
                             ON CONFLICT (strategy, version, route) \
                             DO UPDATE SET units = excluded.units, micros = excluded.micros",
                        )
                        .bind(pace.strategy)
                        .bind(pace.version)
                        .bind(pace.route)
                        .bind(pace.units)
                        .bind(pace.micros)
                        .execute(&mut *connection)
                        .await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
