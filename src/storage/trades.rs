//! Reading trades back, a page at a time.

use sqlx::Row as _;

use super::Store;
use super::error::StoreError;
use crate::run::{RunId, TRADES_PER_PART, TradeRow, unpack_trades};

/// A page of a backtest's trades.
#[derive(Clone, Debug, PartialEq)]
pub struct TradePage {
    /// The trades from the offset asked for.
    pub trades: Vec<TradeRow>,
    /// How many there are in all, open ones included.
    pub total: u64,
}

impl Store {
    /// The stored trades of a completed backtest from `offset`, at most `limit`.
    pub async fn trades(
        &self,
        run_id: RunId,
        offset: u64,
        limit: usize,
    ) -> Result<TradePage, StoreError> {
        let first_part = offset / TRADES_PER_PART as u64;
        let skipped = (offset % TRADES_PER_PART as u64) as usize;
        let last_part = first_part + ((skipped + limit) / TRADES_PER_PART) as u64;
        let rows = sqlx::query(
            "SELECT run_no, blob FROM artefacts JOIN runs USING (run_no) \
             WHERE run_id = $1 AND artefacts.kind = 'trades' AND part_no BETWEEN $2 AND $3 \
             ORDER BY part_no",
        )
        .bind(run_id.as_bytes().to_vec())
        .bind(first_part as i64)
        .bind(last_part as i64)
        .fetch_all(&self.readers)
        .await?;
        let mut trades = Vec::new();
        for row in rows {
            let (run_no, blob): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
            trades.extend(unpack_trades(&blob).ok_or(StoreError::Inconsistent {
                table: "artefacts",
                column: "blob",
                row: run_no,
            })?);
        }
        let trades = trades.into_iter().skip(skipped).take(limit).collect();
        Ok(TradePage { trades, total: self.listed_trades(run_id).await? })
    }

    async fn listed_trades(&self, run_id: RunId) -> Result<u64, StoreError> {
        let row = sqlx::query(
            "SELECT listed_trade_count FROM backtests JOIN runs USING (run_no) WHERE run_id = $1",
        )
        .bind(run_id.as_bytes().to_vec())
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.map(|row| row.try_get::<i64, _>(0)).transpose()?.unwrap_or(0) as u64)
    }
}
