//! What a column of a Parquet file says of its times: their unit, and whether they are moments,
//! what a clock of no zone showed, or days. Of which zone moments are, the writer adds in words of
//! its own.

use jiff::Timestamp;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::record::Field;
use parquet::schema::types::Type;

use super::reading::StatedTimes;
use super::writer_zones::WriterZones;
use super::zoned_text::Zone;
use crate::market::{DAY_MS, Decimal};

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
    pub(super) fn of(field: &Type, zones: &WriterZones) -> Option<Self> {
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
            // The older types are of UTC, unless the writer says that its times had no zone.
            (_, ConvertedType::TIMESTAMP_MILLIS) => (MILLIS, !zones.is_naive(field.name())),
            (_, ConvertedType::TIMESTAMP_MICROS) => (MICROS, !zones.is_naive(field.name())),
            // Nobody has ever said which clock these are of.
            _ if field.get_physical_type() == Physical::INT96 => {
                (MILLIS, zones.has_zone(field.name()))
            }
            _ => return None,
        };
        let meaning = match zones.zone(field.name()).filter(|_| is_moments) {
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
