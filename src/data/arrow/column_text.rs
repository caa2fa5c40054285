//! One column of a batch, its values as the texts that a CSV file would have.

use std::io;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, ArrayRef, types};
use arrow_schema::{DataType, TimeUnit};
use jiff::Timestamp;
use jiff::tz::Offset;

use super::broken;
use crate::data::zoned_text::{Zone, zone_of};

/// Whether a value of that type is one field.
pub(super) fn is_bare(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, value) => is_bare(value),
        kind => {
            kind.is_integer()
                || matches!(
                    kind,
                    DataType::Boolean
                        | DataType::Float32
                        | DataType::Float64
                        | DataType::Utf8
                        | DataType::LargeUtf8
                        | DataType::Utf8View
                        | DataType::Date32
                        | DataType::Timestamp(..)
                        | DataType::Decimal128(..)
                )
        }
    }
}

/// A column of one batch as texts.
pub(super) struct ColumnText {
    array: ArrayRef,
    zone: Option<Zone>,
    /// Of a dictionary, its values and which each row has.
    values: Option<(Vec<usize>, Box<Self>)>,
}

impl ColumnText {
    pub(super) fn of(array: &ArrayRef) -> io::Result<Self> {
        let values = match array.data_type() {
            DataType::Dictionary(..) => {
                let dictionary = array.as_any_dictionary();
                let values = Box::new(Self::of(dictionary.values())?);
                Some((dictionary.normalized_keys(), values))
            }
            _ => None,
        };
        let zone = match array.data_type() {
            DataType::Timestamp(_, Some(name)) => Some(zone_of(name).ok_or_else(|| {
                broken(&format!("has times of {name:.40?}, which is no zone that is known"))
            })?),
            _ => None,
        };
        Ok(Self { array: Arc::clone(array), zone, values })
    }

    pub(super) fn text(&self, row: usize) -> String {
        if self.array.is_null(row) {
            return String::new();
        }
        if let Some((keys, values)) = &self.values {
            return keys.get(row).map(|key| values.text(*key)).unwrap_or_default();
        }
        macro_rules! number {
            ($kind:ty) => {
                self.array.as_primitive::<$kind>().value(row).to_string()
            };
        }
        match self.array.data_type() {
            DataType::Boolean => self.array.as_boolean().value(row).to_string(),
            DataType::Int8 => number!(types::Int8Type),
            DataType::Int16 => number!(types::Int16Type),
            DataType::Int32 => number!(types::Int32Type),
            DataType::Int64 => number!(types::Int64Type),
            DataType::UInt8 => number!(types::UInt8Type),
            DataType::UInt16 => number!(types::UInt16Type),
            DataType::UInt32 => number!(types::UInt32Type),
            DataType::UInt64 => number!(types::UInt64Type),
            DataType::Float32 => number!(types::Float32Type),
            DataType::Float64 => number!(types::Float64Type),
            DataType::Utf8 => self.array.as_string::<i32>().value(row).to_owned(),
            DataType::LargeUtf8 => self.array.as_string::<i64>().value(row).to_owned(),
            DataType::Utf8View => self.array.as_string_view().value(row).to_owned(),
            DataType::Decimal128(..) => {
                self.array.as_primitive::<types::Decimal128Type>().value_as_string(row)
            }
            DataType::Date32 => {
                let days = self.array.as_primitive::<types::Date32Type>().value(row);
                Timestamp::from_second(i64::from(days) * 86_400).map_or_else(
                    |_| days.to_string(),
                    |it| Offset::UTC.to_datetime(it).date().to_string(),
                )
            }
            DataType::Timestamp(unit, _) => self.moment(*unit, row),
            other => format!("{other}"),
        }
    }

    /// With a zone the wall clock there and its offset, without one just the wall clock.
    fn moment(&self, unit: TimeUnit, row: usize) -> String {
        let (count, nanoseconds) = match unit {
            TimeUnit::Second => {
                (self.array.as_primitive::<types::TimestampSecondType>().value(row), 1_000_000_000)
            }
            TimeUnit::Millisecond => {
                (self.array.as_primitive::<types::TimestampMillisecondType>().value(row), 1_000_000)
            }
            TimeUnit::Microsecond => {
                (self.array.as_primitive::<types::TimestampMicrosecondType>().value(row), 1_000)
            }
            TimeUnit::Nanosecond => {
                (self.array.as_primitive::<types::TimestampNanosecondType>().value(row), 1)
            }
        };
        let time = Timestamp::from_nanosecond(i128::from(count) * i128::from(nanoseconds));
        let Ok(time) = time else { return count.to_string() };
        match &self.zone {
            None => Offset::UTC.to_datetime(time).to_string(),
            Some(zone) => zone.text(time),
        }
    }
}
