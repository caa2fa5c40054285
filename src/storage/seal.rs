//! The seal of a backtest: a hash over what is stored of it. The hash of its result covers the
//! fills, which are not stored, and so cannot tell whether what is stored is still what it was.

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::error::StoreError;
use super::record::digest_of;
use super::trial_row::{json, metrics_of};
use crate::digest::{Digest, Encoder};
use crate::metrics::{Metric, Metrics};
use crate::run::BacktestDetail;

/// Names what is hashed, and the version of its format.
const DOMAIN: &str = "tradeforge.stored-backtest/1";
const TABLE: &str = "backtests";

/// Of a backtest that is about to be stored.
pub(super) fn seal(metrics: &Metrics, detail: &BacktestDetail) -> Digest {
    let counts = [detail.closed_trade_count, detail.listed_trade_count, detail.equity_point_count];
    let mut encoder = begin(
        metrics,
        counts.map(|count| count as i64),
        [&json(&detail.rejections), &detail.uses_aux.as_ref().map(json).unwrap_or_default()],
        Some(&json(&detail.costs)),
        detail.result_sha256,
    );
    for part in &detail.trade_parts {
        encoder.bytes(part);
    }
    encoder.finish()
}

/// Metrics that are undefined are left out, so that metrics which come later change nothing; and so
/// are costs, which were not always kept.
fn begin(
    metrics: &Metrics,
    counts: [i64; 3],
    texts: [&str; 2],
    costs: Option<&str>,
    result: Digest,
) -> Encoder {
    let mut encoder = Encoder::new(DOMAIN);
    for &metric in Metric::ALL {
        if let Some(value) = metrics.value(metric) {
            encoder.text(metric.name()).bytes(&value.to_bits().to_le_bytes());
        }
    }
    for count in counts {
        encoder.integer(count);
    }
    for text in texts.into_iter().chain(costs) {
        encoder.text(text);
    }
    encoder.bytes(result.as_bytes());
    encoder
}

/// Whether a stored backtest is what was sealed; `None` if it was stored before there were seals.
/// `row` is one of `trials` joined with `backtests`.
pub(super) async fn is_sealed(
    connection: &mut SqliteConnection,
    row: &SqliteRow,
) -> Result<Option<bool>, StoreError> {
    let run_no: i64 = row.try_get("run_no")?;
    if row.try_get::<Option<&[u8]>, _>("seal")?.is_none() {
        return Ok(None);
    }
    let uses_aux: Option<&str> = row.try_get("uses_aux")?;
    let mut encoder = begin(
        &metrics_of(row)?,
        [
            row.try_get("closed_trade_count")?,
            row.try_get("listed_trade_count")?,
            row.try_get("equity_point_count")?,
        ],
        [row.try_get("rejections")?, uses_aux.unwrap_or_default()],
        row.try_get("costs")?,
        digest_of(row, TABLE, "result_sha256", run_no)?,
    );
    let parts = sqlx::query(
        "SELECT blob FROM artefacts WHERE run_no = $1 AND kind = 'trades' ORDER BY part_no",
    )
    .bind(run_no)
    .fetch_all(connection)
    .await?;
    for part in parts {
        encoder.bytes(part.try_get("blob")?);
    }
    Ok(Some(encoder.finish() == digest_of(row, TABLE, "seal", run_no)?))
}
