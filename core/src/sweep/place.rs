//! Where on an axis a value stands: the way back from values to an index.

use std::collections::HashMap;

use super::axis::AxisValues;
use crate::market::Decimal;
use crate::strategy::ParamValue;

/// A value as what it is equal by: a double by its bits, of which zero has one set only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ValueKey {
    /// A flag.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// The bits of a number.
    Double(u64),
    /// A word.
    Text(String),
}

impl From<&ParamValue> for ValueKey {
    fn from(value: &ParamValue) -> Self {
        match value {
            ParamValue::Bool(value) => Self::Bool(*value),
            ParamValue::Int(value) => Self::Int(*value),
            ParamValue::Double(value) => Self::Double((value + 0.0).to_bits()),
            ParamValue::Text(value) => Self::Text(value.clone()),
        }
    }
}

/// Finds the place of a value on an axis: by arithmetic, or by a table where values are listed.
#[derive(Clone, Debug)]
pub enum PlaceOf {
    /// Of values by steps.
    Stepped(AxisValues),
    /// Of values one by one.
    Listed(HashMap<ValueKey, u64>),
}

impl PlaceOf {
    /// For those values; of a continuous range no value has a place.
    pub fn of(values: &AxisValues) -> Self {
        match values {
            AxisValues::List(list) => {
                Self::Listed((0..).zip(list).map(|(place, value)| (value.into(), place)).collect())
            }
            stepped => Self::Stepped(stepped.clone()),
        }
    }

    /// The place of the value; none if it is not on the axis.
    pub fn find(&self, value: &ParamValue) -> Option<u64> {
        match (self, value) {
            (Self::Listed(places), value) => places.get(&value.into()).copied(),
            (Self::Stepped(AxisValues::Ints { min, step, count }), ParamValue::Int(value)) => {
                let from = i128::from(*value) - i128::from(*min);
                let place = u64::try_from(from / i128::from(*step)).ok()?;
                (from % i128::from(*step) == 0 && from >= 0 && place < *count).then_some(place)
            }
            (Self::Stepped(values @ AxisValues::Decimals { min, step, count }), value) => {
                decimal_place(values, (*min, *step, *count), value)
            }
            (Self::Stepped(_), _) => None,
        }
    }
}

/// The place is estimated, and its neighbours looked at: the values are the nearest doubles.
fn decimal_place(
    values: &AxisValues,
    (min, step, count): (Decimal, Decimal, u64),
    value: &ParamValue,
) -> Option<u64> {
    let ParamValue::Double(number) = value else { return None };
    let estimate = libm::round((number - min.to_f64()) / step.to_f64());
    if !(-1.0..=count as f64).contains(&estimate) {
        return None;
    }
    let near = estimate.max(0.0) as u64;
    let mut places = near.saturating_sub(1)..(near + 2).min(count);
    let wanted = ValueKey::from(value);
    places.find(|place| ValueKey::from(&values.value(*place)) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_value_is_found_at_its_place_and_no_other_is(
            min in -1_000_i64..1_000,
            step in 1_i64..50,
            count in 1_i64..300,
            place in 0_i64..400,
        ) {
            let (last, value) = (min + (count - 1) * step, min + place * step);
            let whole = AxisValues::ints(min, last, step).unwrap();
            let tenths = |units: i64| units as f64 / 1_000.0;
            let decimals = AxisValues::doubles(tenths(min), tenths(last), tenths(step)).unwrap();
            let expected = (place < count).then_some(place as u64);
            prop_assert_eq!(PlaceOf::of(&whole).find(&value.into()), expected);
            prop_assert_eq!(PlaceOf::of(&decimals).find(&tenths(value).into()), expected);
            prop_assert_eq!(PlaceOf::of(&whole).find(&tenths(value).into()), None);
            let between = tenths(value) + tenths(step) / 3.0;
            prop_assert_eq!(PlaceOf::of(&decimals).find(&between.into()), None);
        }
    }

    #[test]
    fn listed_values_are_found_by_their_type() {
        let values = AxisValues::List(vec!["both".into(), 7.into(), 0.0.into(), true.into()]);
        let places = PlaceOf::of(&values);
        let all: [ParamValue; 5] =
            ["both".into(), 7.into(), (-0.0).into(), true.into(), 7.0.into()];
        let found = all.map(|value| places.find(&value));
        assert_eq!(found, [Some(0), Some(1), Some(2), Some(3), None]);
        let drawn = AxisValues::doubles(0.0, 1.0, 0.0).unwrap();
        assert_eq!(PlaceOf::of(&drawn).find(&0.5.into()), None);
    }
}
