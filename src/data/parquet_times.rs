//! What a column of a Parquet file says of its times: their unit, and whether they are moments,
//! what a clock of no zone showed, or days. Of which zone moments are, pandas adds in words of its
//! own.

use jiff::Timestamp;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::file::metadata::KeyValue;
use parquet::record::Field;
use parquet::schema::types::Type;
use serde_json::Value;

use super::reading::StatedTimes;
use super::zoned_text::{Zone, zone_of};
use crate::market::{DAY_MS, Decimal};

/// Where pandas keeps what Parquet has no words for, and how long that may be.
const PANDAS: &str = "pandas";
const PANDAS_BYTES_MAX: usize = 1 << 20;
const MILLIS: u32 = 0;
const MICROS: u32 = 3;
const NANOS: u32 = 6;

/// The times of one column.
#[derive(Clone, Debug)]
pub(super) struct ColumnTimes {
    /// How many decimals of a millisecond are counted.
    scale: u32,
    meaning: Meaning,
}

#[derive(Clone, Debug)]
enum Meaning {
    Moments,
    /// Moments as the clocks of a zone show them.
    MomentsIn(Zone),
    Clocks,
    Days,
    TimesOfDay,
}

impl ColumnTimes {
    /// Those of the column, if it has a type of times.
    pub(super) fn of(field: &Type, pandas: &PandasColumns) -> Option<Self> {
        let scale = |unit: TimeUnit| match unit {
            TimeUnit::MILLIS => MILLIS,
            TimeUnit::MICROS => MICROS,
            TimeUnit::NANOS => NANOS,
        };
        let info = field.get_basic_info();
        let (scale, is_moments) = match (info.logical_type_ref(), info.converted_type()) {
            (Some(LogicalType::Timestamp(kind)), _) => {
                (scale(kind.unit), kind.is_adjusted_to_u_t_c)
            }
            (Some(LogicalType::Time(kind)), _) => {
                return Some(Self { scale: scale(kind.unit), meaning: Meaning::TimesOfDay });
            }
            (_, ConvertedType::TIME_MILLIS) => {
                return Some(Self { scale: MILLIS, meaning: Meaning::TimesOfDay });
            }
            (_, ConvertedType::TIME_MICROS) => {
                return Some(Self { scale: MICROS, meaning: Meaning::TimesOfDay });
            }
            (_, ConvertedType::DATE) => {
                return Some(Self { scale: MILLIS, meaning: Meaning::Days });
            }
            // The older types are of UTC, unless pandas says that its times had no zone.
            (_, ConvertedType::TIMESTAMP_MILLIS) => (MILLIS, !pandas.is_naive(field.name())),
            (_, ConvertedType::TIMESTAMP_MICROS) => (MICROS, !pandas.is_naive(field.name())),
            // Nobody has ever said which clock these are of.
            _ if field.get_physical_type() == Physical::INT96 => {
                (MILLIS, pandas.has_zone(field.name()))
            }
            _ => return None,
        };
        let meaning = match pandas.zone(field.name()).filter(|_| is_moments) {
            Some(zone) => Meaning::MomentsIn(zone),
            None if is_moments => Meaning::Moments,
            None => Meaning::Clocks,
        };
        Some(Self { scale, meaning })
    }

    /// What is known of the texts that come of it; nothing if they say it themselves.
    pub(super) const fn stated(&self) -> Option<StatedTimes> {
        match self.meaning {
            Meaning::Moments => Some(StatedTimes::Moments),
            Meaning::Clocks => Some(StatedTimes::Clocks),
            Meaning::Days => Some(StatedTimes::Days),
            Meaning::MomentsIn(_) | Meaning::TimesOfDay => None,
        }
    }

    /// A value as it comes, to tell columns by.
    pub(super) const fn sample(&self) -> &'static str {
        match self.meaning {
            Meaning::Moments | Meaning::Clocks => "1735689600000",
            Meaning::MomentsIn(_) => "2025-01-01T00:00:00+00:00",
            Meaning::Days => "2025-01-01",
            Meaning::TimesOfDay => "00:00:00",
        }
    }

    /// The value as text, if it is a time.
    pub(super) fn text(&self, field: &Field) -> Option<String> {
        let count = match field {
            Field::Date(days) => i64::from(*days) * DAY_MS,
            Field::TimeMillis(count) | Field::Int(count) => i64::from(*count),
            // Nanoseconds have no variant of their own.
            Field::Long(count)
            | Field::TimeMicros(count)
            | Field::TimestampMillis(count)
            | Field::TimestampMicros(count) => *count,
            _ => return None,
        };
        let Some(ms) = Decimal::new(count, self.scale) else { return Some(count.to_string()) };
        Some(match &self.meaning {
            Meaning::MomentsIn(zone) => {
                let nanoseconds = i128::from(count) * 10_i128.pow(NANOS - self.scale);
                let time = Timestamp::from_nanosecond(nanoseconds);
                time.map_or_else(|_| count.to_string(), |time| zone.text(time))
            }
            Meaning::TimesOfDay => time_of_day(ms).unwrap_or_else(|| count.to_string()),
            _ => ms.to_string(),
        })
    }
}

/// The time of day of whole milliseconds since midnight.
fn time_of_day(since: Decimal) -> Option<String> {
    let ms = since.scaled_to(0).filter(|ms| (0..DAY_MS).contains(ms))?;
    let (seconds, ms) = (ms / 1000, ms % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    Some(format!("{hour:02}:{minute:02}:{second:02}.{ms:03}"))
}

/// What pandas says of the columns that it wrote.
#[derive(Clone, Debug, Default)]
pub(super) struct PandasColumns(Vec<(String, Option<String>)>);

impl PandasColumns {
    /// Its columns of times, and the zone of each that has one.
    pub(super) fn of(metadata: Option<&Vec<KeyValue>>) -> Self {
        let found = metadata.into_iter().flatten().find(|pair| pair.key == PANDAS);
        let text = found.and_then(|pair| pair.value.as_deref());
        let text = text.filter(|text| text.len() <= PANDAS_BYTES_MAX);
        let said: Option<Value> = text.and_then(|text| serde_json::from_str(text).ok());
        let columns = said.as_ref().and_then(|said| said["columns"].as_array());
        let column = |column: &Value| {
            let name = column["field_name"].as_str().or_else(|| column["name"].as_str())?;
            let is_time = column["pandas_type"].as_str()?.starts_with("datetime");
            let zone = column["metadata"]["timezone"].as_str().map(str::to_owned);
            is_time.then(|| (name.to_owned(), zone))
        };
        Self(columns.into_iter().flatten().filter_map(column).collect())
    }

    fn column(&self, name: &str) -> Option<&Option<String>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, zone)| zone)
    }

    fn is_naive(&self, name: &str) -> bool {
        self.column(name).is_some_and(Option::is_none)
    }

    fn has_zone(&self, name: &str) -> bool {
        self.column(name).is_some_and(Option::is_some)
    }

    /// The zone of a column, if it is one that is known and not UTC.
    fn zone(&self, name: &str) -> Option<Zone> {
        let zone = zone_of(self.column(name)?.as_deref()?)?;
        (!zone.is_utc()).then_some(zone)
    }
}
