//! Lists of series, old versions included where they are wanted, and what removing one leaves.

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::Store;
use super::audit::{Action, Line, note};
use super::condition::{Bound, Condition};
use super::error::StoreError;
use super::run_query::same;
use super::series::{SeriesRow, series_of};
use crate::digest::Digest;
use crate::filter::{Comparison, FilterError, parse};
use crate::market::{Instrument, Ticker, Timeframe};
use crate::run::{RunId, Violations};

const FIELDS: [&str; 4] = ["exchange", "symbol", "timeframe", "data_sha256"];

/// Which series a list shows.
#[derive(Clone, Debug)]
pub struct SeriesQuery {
    condition: Condition,
}

/// A version of a series as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesVersion {
    /// What is known of it.
    pub row: SeriesRow,
    /// Its place among all versions; a later one was imported later.
    pub version_no: i64,
    /// Whether no later one of its series is there.
    pub is_newest: bool,
}

/// Where a page ends: the next begins after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesPosition {
    /// The last series of the page.
    pub instrument: Instrument,
    /// Its timeframe.
    pub timeframe: Timeframe,
    /// Its version.
    pub version_no: i64,
}

/// How a wish to remove a version was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesDeletion {
    /// It is gone; its file is of no more use if `is_file_free`.
    Deleted {
        /// Whether no other version has the same content.
        is_file_free: bool,
    },
    /// A live run needs it; nothing was removed.
    Needed(RunId),
    /// There is no such version.
    Unknown,
}

impl SeriesQuery {
    /// Reads a filter over the newest version of each series, or over all versions.
    ///
    /// # Errors
    ///
    /// What is wrong with `filter`.
    pub fn new(filter: &str, with_old_versions: bool) -> Result<Self, Violations> {
        let mut violations = Violations::default();
        let condition = parse(filter).and_then(|filter| Condition::of(filter.as_ref(), &term));
        let Some(condition) = violations.check("filter", condition) else {
            return Err(violations);
        };
        let newest = Condition::new("is_newest = 1", Vec::new());
        let condition = if with_old_versions { condition } else { newest.and(condition) };
        Ok(Self { condition })
    }

    fn page(&self, after: Option<SeriesPosition>) -> Condition {
        let Some(SeriesPosition { instrument, timeframe, version_no }) = after else {
            return self.condition.clone();
        };
        let key = [
            Bound::Text(instrument.exchange.to_string()),
            Bound::Text(instrument.symbol.to_string()),
            Bound::Int(timeframe.word()),
        ];
        let mut values = key.to_vec();
        values.extend(key);
        values.push(Bound::Int(version_no));
        let sql = "(exchange, symbol, timeframe_ms) > (?, ?, ?) \
                   OR ((exchange, symbol, timeframe_ms) = (?, ?, ?) AND version_no < ?)";
        self.condition.clone().and(Condition::new(sql, values))
    }
}

fn term(comparison: &Comparison) -> Result<Condition, FilterError> {
    let Comparison { field, op, value } = comparison;
    let ticker = || {
        let wanted = "1 to 64 letters, digits or . _ - /";
        let ticker = Ticker::new(&value.text).map_err(|_| comparison.wrong_value(wanted))?;
        Ok(Bound::Text(ticker.to_string()))
    };
    match (field.name(), field.rest()) {
        ("exchange", None) => same(comparison, "exchange", ticker()?),
        ("symbol", None) => same(comparison, "symbol", ticker()?),
        ("timeframe", None) => {
            let timeframe = value.text.parse::<Timeframe>();
            let timeframe =
                timeframe.map_err(|_| comparison.wrong_value("such as 1m, 4h, 1d, 1w or 1mo"))?;
            let sql = format!("timeframe_ms {} ?", op.as_str());
            Ok(Condition::new(sql, vec![Bound::Int(timeframe.word())]))
        }
        ("data_sha256", None) => {
            let data = value.text.parse::<Digest>();
            let data = data.map_err(|_| comparison.wrong_value("64 hexadecimal digits"))?;
            same(comparison, "data_sha256", Bound::Bytes(data.as_bytes().to_vec()))
        }
        _ => Err(field.unknown(&FIELDS)),
    }
}

impl Store {
    /// The series after `after`, at most `limit`: by name, of one series the newest version first.
    pub async fn series(
        &self,
        query: &SeriesQuery,
        after: Option<SeriesPosition>,
        limit: usize,
    ) -> Result<Vec<SeriesVersion>, StoreError> {
        let condition = query.page(after);
        let sql = format!(
            "SELECT * FROM series_versions WHERE {} \
             ORDER BY exchange, symbol, timeframe_ms, version_no DESC LIMIT ?",
            condition.sql
        );
        let rows = condition
            .bind(sqlx::query(sqlx::AssertSqlSafe(sql)))
            .bind(limit as i64)
            .fetch_all(&self.readers)
            .await?;
        let version = |row| {
            Ok(SeriesVersion {
                row: series_of(row)?,
                version_no: row.try_get("version_no")?,
                is_newest: row.try_get("is_newest")?,
            })
        };
        rows.iter().map(version).collect()
    }

    /// Removes the versions of that content, of one instrument or of all that have it. Where one
    /// was the newest of its series, the one before it is from now on.
    pub async fn delete_series(
        &self,
        data: Digest,
        instrument: Option<Instrument>,
    ) -> Result<SeriesDeletion, StoreError> {
        let by = self.by.clone();
        let line = Line::new(Action::DeleteSeries, &data)
            .with("of", &instrument.as_ref().map(ToString::to_string).unwrap_or_default());
        self.writer
            .write_when_full(move |connection| {
                Box::pin(async move {
                    let deletion = delete(connection, data, instrument).await?;
                    if let SeriesDeletion::Deleted { .. } = deletion {
                        note(connection, by.as_deref(), line).await?;
                    }
                    Ok(deletion)
                })
            })
            .await
    }
}

async fn delete(
    connection: &mut SqliteConnection,
    data: Digest,
    instrument: Option<Instrument>,
) -> Result<SeriesDeletion, StoreError> {
    let names = instrument.map(|name| (name.exchange.to_string(), name.symbol.to_string()));
    let (exchange, symbol) = names.unzip();
    let found = sqlx::query(
        "SELECT DISTINCT exchange, symbol, timeframe_ms FROM series_versions \
         WHERE data_sha256 = $1 AND exchange = ifnull($2, exchange) \
         AND symbol = ifnull($3, symbol)",
    )
    .bind(data.as_bytes().to_vec())
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
        let name = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        delete_of(connection, data, name).await?;
    }
    let others: i64 = sqlx::query("SELECT count(*) FROM series_versions WHERE data_sha256 = $1")
        .bind(data.as_bytes().to_vec())
        .fetch_one(connection)
        .await?
        .try_get(0)?;
    Ok(SeriesDeletion::Deleted { is_file_free: others == 0 })
}

/// A live run that reads this content: its hash stands in the run's spec.
pub(super) async fn live_run_with(
    connection: &mut SqliteConnection,
    data: Digest,
) -> Result<Option<RunId>, StoreError> {
    let row = sqlx::query(
        "SELECT run_no, run_id FROM runs WHERE state < 3 AND instr(spec, $1) > 0 LIMIT 1",
    )
    .bind(data.to_string())
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (row, bytes): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
    let bad = StoreError::Inconsistent { table: "runs", column: "run_id", row };
    RunId::from_slice(&bytes).ok_or(bad).map(Some)
}

async fn delete_of(
    connection: &mut SqliteConnection,
    data: Digest,
    (exchange, symbol, timeframe_ms): (String, String, i64),
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM series_versions \
         WHERE exchange = $1 AND symbol = $2 AND timeframe_ms = $3 AND data_sha256 = $4",
    )
    .bind(exchange.clone())
    .bind(symbol.clone())
    .bind(timeframe_ms)
    .bind(data.as_bytes().to_vec())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE series_versions SET is_newest = 1 WHERE version_no = \
         (SELECT max(version_no) FROM series_versions \
          WHERE exchange = $1 AND symbol = $2 AND timeframe_ms = $3)",
    )
    .bind(exchange)
    .bind(symbol)
    .bind(timeframe_ms)
    .execute(connection)
    .await?;
    Ok(())
}
