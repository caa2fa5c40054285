//! The catalog of imported series. Their bars stand in files named by content.

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::Store;
use super::audit::{Action, Line, note};
use super::error::StoreError;
use super::hook_events::tell_of_series;
use super::record::digest_of;
use crate::digest::Digest;
use crate::market::{Calendar, Currency, DayRule, Decimal, Instrument, Timeframe, Units};

const TABLE: &str = "series_versions";

/// What was found in the bars of a series, rather than declared. Only that may change with further
/// bars, so that files make the same series in whatever order they come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inferred {
    /// The price tick: the finest decimal.
    pub price_tick: bool,
    /// The quantity step: what goes with the tick.
    pub quantity_step: bool,
    /// The calendar: whether there are bars at weekends.
    pub calendar: bool,
}

/// How a version of a series stands to those that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// It comes after them.
    Newest,
    /// It comes before them, and is the newest only where there is no other.
    Older,
}

/// One version of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesRow {
    /// What trades.
    pub instrument: Instrument,
    /// How long each bar lasts.
    pub timeframe: Timeframe,
    /// What the bars' integers mean.
    pub units: Units,
    /// What of it was inferred, and a further import may settle anew.
    pub inferred: Inferred,
    /// When the market is open.
    pub calendar: Calendar,
    /// Where its days begin.
    pub days: DayRule,
    /// What its prices are in, where somebody told: a fact of the instrument, alike in all rows.
    pub quote_currency: Option<Currency>,
    /// Names the version and its file.
    pub data: Digest,
    /// How many bars there are.
    pub bar_count: u64,
    /// Where the first bar starts.
    pub first_open_ms: i64,
    /// Where the last bar ends.
    pub end_ms: i64,
    /// Places where bars are missing.
    pub gap_count: u64,
    /// Size of the file.
    pub size_bytes: u64,
    /// When it was imported.
    pub import_ms: i64,
    /// Where from.
    pub source: String,
}

impl SeriesRow {
    /// Whether bars of that timeframe can be made of these.
    pub fn serves(&self, timeframe: Timeframe) -> bool {
        self.days.nests(self.timeframe, timeframe)
    }
}

impl Store {
    /// Makes this the newest version of its series; the former ones stay addressable.
    pub async fn add_series(&self, row: SeriesRow) -> Result<(), StoreError> {
        self.add_series_of(row, Age::Newest).await
    }

    /// Adds a version that has its place in time, or comes before those that are there.
    pub async fn add_series_of(&self, row: SeriesRow, age: Age) -> Result<(), StoreError> {
        let by = self.by.clone();
        let line = Line::new(Action::ImportBars, &format!("{}@{}", row.instrument, row.timeframe))
            .with("data_sha256", &row.data)
            .with("source", &row.source);
        let is_told = self
            .writer
            .write(move |connection| {
                Box::pin(async move {
                    let is_newest = add(&mut *connection, row.clone(), age).await?;
                    note(&mut *connection, by.as_deref(), line).await?;
                    if is_newest { tell_of_series(connection, &row).await } else { Ok(false) }
                })
            })
            .await?;
        if is_told {
            self.outbox.notify_one();
        }
        Ok(())
    }

    /// Notes what an instrument is quoted in, where nothing else of it is new.
    pub async fn tell_quote_currency(
        &self,
        instrument: Instrument,
        currency: Currency,
    ) -> Result<(), StoreError> {
        let by = self.by.clone();
        let line = Line::new(Action::ImportBars, &instrument.to_string())
            .with("quote_currency", &currency);
        let written = self.writer.write(move |connection| {
            Box::pin(async move {
                tell_currency(&mut *connection, &instrument, &currency).await?;
                note(connection, by.as_deref(), line).await
            })
        });
        written.await
    }

    /// The newest version of every timeframe of an instrument, the finest first.
    pub async fn series_of_instrument(
        &self,
        instrument: &Instrument,
    ) -> Result<Vec<SeriesRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM series_versions \
             WHERE is_newest = 1 AND exchange = $1 AND symbol = $2 ORDER BY timeframe_ms",
        )
        .bind(instrument.exchange.as_str().to_owned())
        .bind(instrument.symbol.as_str().to_owned())
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(series_of).collect()
    }

    /// The version of that content for that instrument, newest or not.
    pub async fn series_version(
        &self,
        instrument: &Instrument,
        data: Digest,
    ) -> Result<Option<SeriesRow>, StoreError> {
        let row = sqlx::query(
            "SELECT * FROM series_versions \
             WHERE data_sha256 = $1 AND exchange = $2 AND symbol = $3 \
             ORDER BY version_no DESC LIMIT 1",
        )
        .bind(data.as_bytes().to_vec())
        .bind(instrument.exchange.as_str().to_owned())
        .bind(instrument.symbol.as_str().to_owned())
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(series_of).transpose()
    }
}

/// Adds it; whether it is the newest now.
async fn add(
    connection: &mut SqliteConnection,
    row: SeriesRow,
    age: Age,
) -> Result<bool, StoreError> {
    let (exchange, symbol) =
        (row.instrument.exchange.to_string(), row.instrument.symbol.to_string());
    let newest = match age {
        Age::Newest => {
            "UPDATE series_versions SET is_newest = 0 \
             WHERE is_newest = 1 AND exchange = $1 AND symbol = $2 AND timeframe_ms = $3"
        }
        Age::Older => {
            "SELECT 1 FROM series_versions \
             WHERE is_newest = 1 AND exchange = $1 AND symbol = $2 AND timeframe_ms = $3"
        }
    };
    let others = sqlx::query(newest)
        .bind(exchange.clone())
        .bind(symbol.clone())
        .bind(row.timeframe.word())
        .fetch_optional(&mut *connection)
        .await?;
    let is_newest = age == Age::Newest || others.is_none();
    sqlx::query(
        "INSERT INTO series_versions (exchange, symbol, timeframe_ms, price_tick, quantity_step, \
         calendar, data_sha256, bar_count, first_open_ms, end_ms, gap_count, size_bytes, \
         import_ms, source, is_newest, is_tick_inferred, is_step_inferred, is_calendar_inferred, \
         time_zone, day_start_minute, quote_currency) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
         $19, $20, ifnull($21, (SELECT quote_currency FROM series_versions \
         WHERE exchange = $1 AND symbol = $2 AND quote_currency IS NOT NULL LIMIT 1)))",
    )
    .bind(exchange)
    .bind(symbol)
    .bind(row.timeframe.word())
    .bind(row.units.price_tick.to_string())
    .bind(row.units.quantity_step.to_string())
    .bind(calendar_name(row.calendar))
    .bind(row.data.as_bytes().to_vec())
    .bind(row.bar_count as i64)
    .bind(row.first_open_ms)
    .bind(row.end_ms)
    .bind(row.gap_count as i64)
    .bind(row.size_bytes as i64)
    .bind(row.import_ms)
    .bind(row.source)
    .bind(is_newest)
    .bind(row.inferred.price_tick)
    .bind(row.inferred.quantity_step)
    .bind(row.inferred.calendar)
    .bind(row.days.time_zone)
    .bind(row.days.start_minute)
    .bind(row.quote_currency.as_ref().map(Currency::to_string))
    .execute(&mut *connection)
    .await?;
    if let Some(currency) = &row.quote_currency {
        tell_currency(connection, &row.instrument, currency).await?;
    }
    Ok(is_newest)
}

/// Notes what the instrument is quoted in at all that is stored of it.
async fn tell_currency(
    connection: &mut SqliteConnection,
    instrument: &Instrument,
    currency: &Currency,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE series_versions SET quote_currency = $1 WHERE exchange = $2 AND symbol = $3",
    )
    .bind(currency.to_string())
    .bind(instrument.exchange.to_string())
    .bind(instrument.symbol.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

const fn calendar_name(calendar: Calendar) -> &'static str {
    match calendar {
        Calendar::AlwaysOpen => "always_open",
        Calendar::Sessions => "sessions",
    }
}

pub(super) fn series_of(row: &SqliteRow) -> Result<SeriesRow, StoreError> {
    let version_no: i64 = row.try_get("version_no")?;
    let bad = |column| StoreError::Inconsistent { table: TABLE, column, row: version_no };
    let instrument = Instrument::new(row.try_get("exchange")?, row.try_get("symbol")?);
    let decimal = |column| -> Result<Decimal, StoreError> {
        row.try_get::<String, _>(column)?.parse().map_err(|_| bad(column))
    };
    Ok(SeriesRow {
        instrument: instrument.map_err(|_| bad("symbol"))?,
        timeframe: Timeframe::from_word(row.try_get("timeframe_ms")?)
            .map_err(|_| bad("timeframe_ms"))?,
        units: Units {
            price_tick: decimal("price_tick")?,
            quantity_step: decimal("quantity_step")?,
        },
        inferred: Inferred {
            price_tick: row.try_get("is_tick_inferred")?,
            quantity_step: row.try_get("is_step_inferred")?,
            calendar: row.try_get("is_calendar_inferred")?,
        },
        calendar: match row.try_get::<String, _>("calendar")?.as_str() {
            "always_open" => Calendar::AlwaysOpen,
            "sessions" => Calendar::Sessions,
            _ => return Err(bad("calendar")),
        },
        days: DayRule {
            time_zone: row.try_get("time_zone")?,
            start_minute: row.try_get("day_start_minute")?,
        },
        quote_currency: row
            .try_get::<Option<String>, _>("quote_currency")?
            .map(|code| code.parse().map_err(|_| bad("quote_currency")))
            .transpose()?,
        data: digest_of(row, TABLE, "data_sha256", version_no)?,
        bar_count: row.try_get::<i64, _>("bar_count")? as u64,
        first_open_ms: row.try_get("first_open_ms")?,
        end_ms: row.try_get("end_ms")?,
        gap_count: row.try_get::<i64, _>("gap_count")? as u64,
        size_bytes: row.try_get::<i64, _>("size_bytes")? as u64,
        import_ms: row.try_get("import_ms")?,
        source: row.try_get("source")?,
    })
}
