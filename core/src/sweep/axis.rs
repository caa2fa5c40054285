//! One dimension of a search: its values by place, nothing expanded.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::constraint::compare_values;
use crate::market::Decimal;
use crate::strategy::ParamValue;

/// The most values of one axis.
pub const AXIS_VALUES_MAX: u64 = 1_000_000;
/// The most values written out one by one, over all axes of a search: a specification is stored
/// and read as a whole.
pub const LISTED_VALUES_MAX: usize = 20_000;

/// Values of a range where an index must name each.
pub const LEVELS: u64 = 4_097;

/// A parameter and the values it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// The parameter.
    pub name: String,
    /// Its values.
    pub values: AxisValues,
}

/// The values of an axis, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AxisValues {
    /// `min + k x step`.
    Ints {
        /// The first value.
        min: i64,
        /// The difference between two, above zero.
        step: i64,
        /// How many there are.
        count: u64,
    },
    /// The doubles nearest to `min + k x step`, taken on exact decimals.
    Decimals {
        /// The first value.
        min: Decimal,
        /// The difference between two, above zero.
        step: Decimal,
        /// How many there are.
        count: u64,
    },
    /// Any double of the range; for sampled searches only.
    Continuous {
        /// Least.
        min: f64,
        /// Greatest.
        max: f64,
    },
    /// The doubles that part a range into [`LEVELS`] less one equal parts.
    Levels {
        /// Least.
        min: f64,
        /// Greatest.
        max: f64,
    },
    /// Values one by one.
    List(Vec<ParamValue>),
}

/// Why a range is no axis. The field is relative to the range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AxisError {
    /// `min_value`, `max_value`, `step` or `values`.
    pub field: &'static str,
    /// What would be valid.
    pub message: String,
}

fn refuse<T>(field: &'static str, message: impl Into<String>) -> Result<T, AxisError> {
    Err(AxisError { field, message: message.into() })
}

impl AxisValues {
    /// The first value.
    pub fn first(&self) -> Option<ParamValue> {
        match self {
            Self::Continuous { min, .. } => Some((*min).into()),
            Self::List(values) => values.first().cloned(),
            Self::Ints { .. } | Self::Decimals { .. } | Self::Levels { .. } => Some(self.value(0)),
        }
    }

    /// The greatest value; of values without an order any of them.
    pub fn greatest(&self) -> Option<ParamValue> {
        match self {
            Self::Ints { .. } | Self::Decimals { .. } | Self::Levels { .. } => {
                self.count().map(|count| self.value(count.saturating_sub(1)))
            }
            Self::Continuous { max, .. } => Some((*max).into()),
            Self::List(values) => values
                .iter()
                .max_by(|left, right| compare_values(left, right).unwrap_or(Ordering::Equal))
                .cloned(),
        }
    }

    /// Whole numbers from `min` to at most `max`; step 0 counts as 1.
    pub fn ints(min: i64, max: i64, step: i64) -> Result<Self, AxisError> {
        let step = if step == 0 { 1 } else { step };
        if step < 0 {
            return refuse("step", format!("must be above 0, but is {step}"));
        }
        if max < min {
            return refuse("max_value", format!("must be at least min_value {min}, but is {max}"));
        }
        let count = (i128::from(max) - i128::from(min)) / i128::from(step) + 1;
        bounded(count).map(|count| Self::Ints { min, step, count })
    }

    /// Decimals from `min` to at most `max`; step 0 is every double between them.
    ///
    /// The bounds and the step are read as the shortest decimals that give these doubles, so
    /// that 0.1 is a tenth and values carry no noise.
    pub fn doubles(min: f64, max: f64, step: f64) -> Result<Self, AxisError> {
        for (field, value) in [("min_value", min), ("max_value", max), ("step", step)] {
            if !value.is_finite() {
                return refuse(field, format!("must be a finite number, but is {value}"));
            }
        }
        if step < 0.0 {
            return refuse("step", format!("must be above 0, but is {step}"));
        }
        if max < min {
            return refuse("max_value", format!("must be at least min_value {min}, but is {max}"));
        }
        if step == 0.0 {
            return Ok(Self::Continuous { min: min + 0.0, max: max + 0.0 });
        }
        let decimals = (decimal("min_value", min)?, decimal("step", step)?);
        let (min, step) = decimals;
        let last = decimal("max_value", max)?;
        let scale = min.scale().max(step.scale()).max(last.scale());
        let units = |d: Decimal| i128::from(d.mantissa()) * 10_i128.pow(scale - d.scale());
        let count = (units(last) - units(min)) / units(step) + 1;
        bounded(count).map(|count| Self::Decimals { min, step, count })
    }

    /// These values; each once, at least one.
    pub fn list(values: Vec<ParamValue>) -> Result<Self, AxisError> {
        if values.is_empty() {
            return refuse("values", "needs at least one value");
        }
        if values.len() > LISTED_VALUES_MAX {
            let count = values.len();
            let message = format!("at most {LISTED_VALUES_MAX} are taken, but there are {count}");
            return refuse("values", message);
        }
        let mut seen = HashSet::with_capacity(values.len());
        if let Some(twice) = values.iter().find(|value| !seen.insert(Known::of(value))) {
            return refuse("values", format!("{twice} stands twice"));
        }
        Ok(Self::List(values))
    }

    /// How many values there are; `None` for a continuous range.
    pub fn count(&self) -> Option<u64> {
        match self {
            Self::Ints { count, .. } | Self::Decimals { count, .. } => Some(*count),
            Self::List(values) => Some(values.len() as u64),
            Self::Levels { .. } => Some(LEVELS),
            Self::Continuous { .. } => None,
        }
    }

    /// The value at a place below [`Self::count`].
    pub fn value(&self, place: u64) -> ParamValue {
        match self {
            Self::Ints { min, step, .. } => ParamValue::Int(min + place as i64 * step),
            Self::Decimals { min, step, .. } => ParamValue::Double(step_from(*min, *step, place)),
            Self::List(values) => values[place as usize].clone(),
            Self::Levels { min, max } => {
                let part = place as f64 / (LEVELS - 1) as f64;
                ParamValue::Double((min + (max - min) * part).clamp(*min, *max) + 0.0)
            }
            Self::Continuous { min, .. } => ParamValue::Double(*min),
        }
    }

    /// The same range with values that can be counted.
    #[must_use]
    pub fn levelled(self) -> Self {
        match self {
            Self::Continuous { min, max } if min < max => Self::Levels { min, max },
            Self::Continuous { min, .. } => Self::List(vec![min.into()]),
            counted => counted,
        }
    }

    /// The value at a fraction `0 <= part < 1` of a continuous range.
    pub fn sample(&self, part: f64) -> ParamValue {
        match self {
            Self::Continuous { min, max } => {
                ParamValue::Double((min + (max - min) * part).clamp(*min, *max) + 0.0)
            }
            other => {
                let count = other.count().unwrap_or(1);
                other.value(((part * count as f64) as u64).min(count - 1))
            }
        }
    }
}

/// A value as what it is equal by: a double by its bits, of which zero has one set only.
#[derive(PartialEq, Eq, Hash)]
enum Known<'v> {
    Bool(bool),
    Int(i64),
    Double(u64),
    Text(&'v str),
}

impl<'v> Known<'v> {
    fn of(value: &'v ParamValue) -> Self {
        match value {
            ParamValue::Bool(value) => Self::Bool(*value),
            ParamValue::Int(value) => Self::Int(*value),
            ParamValue::Double(value) => Self::Double((value + 0.0).to_bits()),
            ParamValue::Text(value) => Self::Text(value),
        }
    }
}

fn bounded(count: i128) -> Result<u64, AxisError> {
    match u64::try_from(count) {
        Ok(count) if count <= AXIS_VALUES_MAX => Ok(count),
        _ => refuse("step", format!("makes {count} values; an axis has at most {AXIS_VALUES_MAX}")),
    }
}

/// The shortest decimal that reads as this double.
fn decimal(field: &'static str, value: f64) -> Result<Decimal, AxisError> {
    let text = (value + 0.0).to_string();
    text.parse().or_else(|_| refuse(field, format!("{text} has more digits than are exact")))
}

/// The greatest whole number below which every one is a double.
const EXACT_MAX: u128 = 1 << 53;
/// The greatest power of ten below that.
const EXACT_SCALE_MAX: u32 = 15;

/// The double nearest to `min + place x step`.
fn step_from(min: Decimal, step: Decimal, place: u64) -> f64 {
    let scale = min.scale().max(step.scale());
    let units = |d: Decimal| i128::from(d.mantissa()) * 10_i128.pow(scale - d.scale());
    let exact = units(min) + units(step) * i128::from(place);
    // Both numbers are exact doubles, and one division rounds once.
    if exact.unsigned_abs() <= EXACT_MAX && scale <= EXACT_SCALE_MAX {
        return exact as f64 / 10_i64.pow(scale) as f64;
    }
    // The standard parser rounds correctly at any length.
    format!("{exact}e-{scale}").parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(axis: &AxisValues) -> Vec<ParamValue> {
        (0..axis.count().unwrap()).map(|place| axis.value(place)).collect()
    }

    #[test]
    fn decimal_steps_carry_no_noise() {
        let axis = AxisValues::doubles(0.1, 0.5, 0.1).unwrap();
        let expected: Vec<_> = [0.1, 0.2, 0.3, 0.4, 0.5].map(ParamValue::Double).into();
        assert_eq!(values(&axis), expected);
    }

    proptest! {
        #[test]
        fn a_step_is_the_double_that_its_decimal_reads_as(
            min in -10_000_000_000_i64..10_000_000_000,
            step in 1_i64..1_000_000,
            scales in (0_u32..12, 0_u32..12),
            place in 0_u64..1_000_000,
        ) {
            let (min, step) = (Decimal::new(min, scales.0), Decimal::new(step, scales.1));
            let (min, step) = (min.unwrap(), step.unwrap());
            let scale = min.scale().max(step.scale());
            let units = |d: Decimal| i128::from(d.mantissa()) * 10_i128.pow(scale - d.scale());
            let exact = units(min) + units(step) * i128::from(place);
            let read: f64 = format!("{exact}e-{scale}").parse().unwrap();
            prop_assert_eq!(step_from(min, step, place).to_bits(), read.to_bits());
        }
    }

    #[test]
    fn a_range_ends_at_the_last_step_within_it() {
        let axis = AxisValues::ints(5, 52, 10).unwrap();
        assert_eq!(values(&axis).last(), Some(&ParamValue::Int(45)));
        assert_eq!(AxisValues::ints(7, 7, 0).unwrap().count(), Some(1));
        assert_eq!(AxisValues::doubles(1.0, 1.95, 0.1).unwrap().count(), Some(10));
    }

    #[test]
    fn ranges_that_make_no_sense_name_the_field() {
        let field = |result: Result<AxisValues, AxisError>| result.unwrap_err().field;
        assert_eq!(field(AxisValues::ints(2, 1, 1)), "max_value");
        assert_eq!(field(AxisValues::ints(1, 2, -1)), "step");
        assert_eq!(field(AxisValues::ints(i64::MIN, i64::MAX, 1)), "step");
        assert_eq!(field(AxisValues::doubles(f64::NAN, 1.0, 0.1)), "min_value");
        assert_eq!(field(AxisValues::doubles(0.0, 1.0, 1e-9)), "step");
        assert_eq!(field(AxisValues::list(Vec::new())), "values");
        assert_eq!(field(AxisValues::list(vec![1.into(), 1.into()])), "values");
    }

    #[test]
    fn a_value_stands_twice_whatever_its_sign_of_zero_and_never_in_two_types() {
        let twice = |values: Vec<ParamValue>| AxisValues::list(values).is_err();
        assert!(twice(vec![0.0.into(), (-0.0).into()]));
        assert!(twice(vec!["a".into(), "b".into(), "a".into()]));
        assert!(!twice(vec![1.into(), 1.0.into(), true.into(), "1".into()]));
    }

    #[test]
    fn a_list_is_taken_up_to_its_limit() {
        let list = |count: i64| AxisValues::list((0..count).map(Into::into).collect());
        assert_eq!(list(LISTED_VALUES_MAX as i64).unwrap().count(), Some(20_000));
        let refused = list(LISTED_VALUES_MAX as i64 + 1).unwrap_err();
        assert_eq!(refused.message, "at most 20000 are taken, but there are 20001");
    }
}
