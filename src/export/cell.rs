//! One value of a column.

use serde::{Serialize, Serializer};

use crate::pb::Column;
use crate::pb::column::Values;

/// What a column has in a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'c> {
    /// Nothing.
    Absent,
    Int(i64),
    Double(f64),
    Text(&'c str),
}

impl<'c> Cell<'c> {
    /// The value in that row.
    pub(super) fn of(column: &'c Column, row: usize) -> Self {
        if !is_valid(&column.validity, row) {
            return Self::Absent;
        }
        let cell = match &column.values {
            Some(Values::Ints(ints)) => ints.values.get(row).copied().map(Self::Int),
            Some(Values::Doubles(doubles)) => doubles.values.get(row).copied().map(Self::Double),
            Some(Values::Strings(strings)) => strings.values.get(row).map(|text| Self::Text(text)),
            None => None,
        };
        cell.unwrap_or(Self::Absent)
    }

    /// As text that reads back to the very same value.
    pub(super) fn text(self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Int(value) => value.to_string(),
            // Not Display, which spells 1e300 with three hundred zeros.
            Self::Double(value) => format!("{value:?}"),
            Self::Text(text) => text.to_owned(),
        }
    }
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Absent => serializer.serialize_unit(),
            Self::Int(value) => serializer.serialize_i64(value),
            Self::Double(value) => serializer.serialize_f64(value),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// One bit a row, the least significant first; without any, every row has a value.
fn is_valid(bitmap: &[u8], row: usize) -> bool {
    bitmap.is_empty() || bitmap.get(row / 8).is_some_and(|byte| byte >> (row % 8) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_a_value_is_absent_whatever_stands_there() {
        let table = super::super::table();
        let [ints, doubles, strings] = &table.columns[..] else { panic!("three columns") };
        let cells = |column| (0..3).map(|row| Cell::of(column, row)).collect::<Vec<_>>();
        assert_eq!(cells(ints), [Cell::Absent, Cell::Int(5), Cell::Int(i64::MAX)]);
        assert_eq!(cells(doubles), [Cell::Double(0.1 + 0.2), Cell::Absent, Cell::Double(-1e-300)]);
        assert_eq!(cells(strings)[2], Cell::Absent);
        assert_eq!(Cell::of(ints, 3), Cell::Absent, "behind the end");
    }

    #[test]
    fn text_reads_back_to_the_same_double() {
        for value in [0.1 + 0.2, 1e300, -5e-324, 3.0, f64::MAX] {
            let text = Cell::Double(value).text();
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{text}");
            assert!(text.len() < 26, "{text}");
        }
    }
}
