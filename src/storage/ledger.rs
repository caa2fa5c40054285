//! The ledger of all that was tried: written in the transaction that commits the trials, and never
//! taken back when a run is removed.

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::Store;
use super::error::StoreError;
use crate::market::Instrument;
use crate::run::{LedgerEntry, Sketch, Tries};

const TABLE: &str = "ledger";

impl Store {
    /// What was tried on that instrument, or on all: at most `limit` entries, the most tries first,
    /// and how many there are.
    pub async fn ledger(
        &self,
        instrument: Option<&Instrument>,
        limit: u32,
    ) -> Result<(Vec<LedgerEntry>, u64), StoreError> {
        let rows = sqlx::query(
            "SELECT exchange, symbol, strategy, trials, configurations, count(*) OVER () AS total \
             FROM ledger WHERE ($1 IS NULL OR (exchange = $1 AND symbol = $2)) \
             ORDER BY configurations DESC, exchange, symbol, strategy LIMIT $3",
        )
        .bind(instrument.map(|it| it.exchange.to_string()))
        .bind(instrument.map(|it| it.symbol.to_string()))
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        let total = rows.first().map(|row| row.try_get::<i64, _>("total")).transpose()?;
        let entries = rows.iter().map(entry).collect::<Result<_, _>>()?;
        Ok((entries, total.unwrap_or(0) as u64))
    }

    /// How many configurations were ever tried on an instrument, whatever the strategy.
    pub async fn tried_on(&self, instrument: &Instrument) -> Result<u64, StoreError> {
        let row = sqlx::query(
            "SELECT coalesce(sum(configurations), 0) FROM ledger \
             WHERE exchange = $1 AND symbol = $2",
        )
        .bind(instrument.exchange.to_string())
        .bind(instrument.symbol.to_string())
        .fetch_one(&self.readers)
        .await?;
        Ok(row.try_get::<i64, _>(0)? as u64)
    }
}

fn entry(row: &SqliteRow) -> Result<LedgerEntry, StoreError> {
    let bad = |column| StoreError::Inconsistent { table: TABLE, column, row: 0 };
    let (exchange, symbol): (String, String) = (row.try_get("exchange")?, row.try_get("symbol")?);
    Ok(LedgerEntry {
        instrument: Instrument::new(&exchange, &symbol).map_err(|_| bad("symbol"))?,
        strategy: row.try_get("strategy")?,
        configurations: row.try_get::<i64, _>("configurations")? as u64,
        trials: row.try_get::<i64, _>("trials")? as u64,
    })
}

/// Adds what a chunk tried.
pub(super) async fn note_tries(
    connection: &mut SqliteConnection,
    tries: &[Tries],
) -> Result<(), StoreError> {
    for new in tries {
        let known = sqlx::query(
            "SELECT sketch FROM ledger WHERE exchange = $1 AND symbol = $2 AND strategy = $3",
        )
        .bind(new.instrument.exchange.to_string())
        .bind(new.instrument.symbol.to_string())
        .bind(new.strategy.clone())
        .fetch_optional(&mut *connection)
        .await?;
        let mut sketch = new.configurations.clone();
        if let Some(known) = known {
            let bad = StoreError::Inconsistent { table: TABLE, column: "sketch", row: 0 };
            sketch.merge(&Sketch::from_bytes(known.try_get("sketch")?).ok_or(bad)?);
        }
        sqlx::query(
            "INSERT INTO ledger (exchange, symbol, strategy, trials, configurations, sketch) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (exchange, symbol, strategy) \
             DO UPDATE SET trials = trials + excluded.trials, \
             configurations = excluded.configurations, sketch = excluded.sketch",
        )
        .bind(new.instrument.exchange.to_string())
        .bind(new.instrument.symbol.to_string())
        .bind(new.strategy.clone())
        .bind(new.trials as i64)
        .bind(sketch.count().round() as i64)
        .bind(sketch.as_bytes().to_vec())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
