//! Values beside bars, each row with the time at which it was known: funding rates, signals, scores
//! computed anywhere. Knows nothing of what they mean.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::instrument::Instrument;

/// The most columns of one series.
pub const AUX_COLUMNS_MAX: usize = 32;
/// The longest name of a series or of one of its columns.
const NAME_LENGTH_MAX: usize = 64;

/// Rows of numbers by the time at which each was known, rising: a moment has one row at most.
///
/// A value may be absent. It is kept as the one NaN that no value can be, so that equal series have
/// equal bytes, and leaves this type as `None`.
#[derive(Clone, Debug)]
pub struct AuxSeries {
    known_ms: Vec<i64>,
    columns: Vec<AuxColumn>,
}

/// The values of one name.
#[derive(Clone, Debug)]
pub struct AuxColumn {
    name: String,
    values: Vec<f64>,
}

/// What the values of a column are like, without the values.
#[derive(Clone, Debug, PartialEq)]
pub struct AuxColumnFacts {
    /// What the column is called.
    pub name: String,
    /// How many rows have a value.
    pub filled: u64,
    /// The least value; `None` without any.
    pub min: Option<f64>,
    /// The greatest value; `None` without any.
    pub max: Option<f64>,
    /// Whether every value is a whole number.
    pub is_whole: bool,
}

/// What an auxiliary series or one of its columns is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AuxName(String);

/// Which auxiliary series: its name, and the instrument that it belongs to, if to one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AuxKey {
    /// Its name.
    pub name: AuxName,
    /// What it belongs to.
    pub instrument: Option<Instrument>,
}

/// The text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no name of 1 to 64 lower case letters, digits and _, the first a letter")]
pub struct AuxNameError;

impl AuxName {
    /// The name, if the text is one.
    pub fn new(text: &str) -> Result<Self, AuxNameError> {
        let is_first = text.starts_with(|letter: char| letter.is_ascii_lowercase());
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let is_short = text.len() <= NAME_LENGTH_MAX;
        let is_valid = is_first && is_short && text.bytes().all(is_name);
        is_valid.then(|| Self(text.to_owned())).ok_or(AuxNameError)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AuxName {
    type Error = AuxNameError;

    fn try_from(text: String) -> Result<Self, AuxNameError> {
        Self::new(&text)
    }
}

impl From<AuxName> for String {
    fn from(name: AuxName) -> Self {
        name.0
    }
}

impl fmt::Display for AuxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for AuxKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.instrument {
            Some(instrument) => write!(f, "{}@{instrument}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

impl AuxColumn {
    /// A column with room for so many values.
    pub fn with_capacity(name: AuxName, capacity: usize) -> Self {
        Self { name: name.0, values: Vec::with_capacity(capacity) }
    }

    /// Adds the next row's value; one that is no finite number counts as absent.
    pub fn push(&mut self, value: Option<f64>) {
        // Zero added turns -0 into 0, which equals it and must hash like it.
        let value = value.filter(|value| value.is_finite()).map_or(ABSENT, |value| value + 0.0);
        self.values.push(value);
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value of each row.
    pub fn values(&self) -> impl ExactSizeIterator<Item = Option<f64>> {
        self.values.iter().map(|value| present(*value))
    }

    fn facts(&self) -> AuxColumnFacts {
        let mut facts = AuxColumnFacts {
            name: self.name.clone(),
            filled: 0,
            min: None,
            max: None,
            is_whole: true,
        };
        for value in self.values().flatten() {
            facts.filled += 1;
            facts.min = Some(facts.min.map_or(value, |min: f64| min.min(value)));
            facts.max = Some(facts.max.map_or(value, |max: f64| max.max(value)));
            facts.is_whole &= value.fract() == 0.0;
        }
        facts
    }
}

/// What stands where there is no value.
const ABSENT: f64 = f64::NAN;

const fn present(value: f64) -> Option<f64> {
    if value.is_nan() { None } else { Some(value) }
}

impl AuxSeries {
    /// The rows, if times rise and every column has a value or a gap for each of them and a name of
    /// its own.
    pub fn new(known_ms: Vec<i64>, columns: Vec<AuxColumn>) -> Option<Self> {
        let rises = known_ms.is_sorted_by(|earlier, later| earlier < later);
        let fits = columns.iter().all(|column| column.values.len() == known_ms.len());
        let is_named = |(place, column): (usize, &AuxColumn)| {
            columns[..place].iter().all(|other| other.name != column.name)
        };
        let is_valid = rises
            && fits
            && (1..=AUX_COLUMNS_MAX).contains(&columns.len())
            && columns.iter().enumerate().all(is_named);
        is_valid.then_some(Self { known_ms, columns })
    }

    /// How many rows there are.
    pub const fn len(&self) -> usize {
        self.known_ms.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.known_ms.is_empty()
    }

    /// When each row was known, UTC milliseconds.
    pub fn known_ms(&self) -> &[i64] {
        &self.known_ms
    }

    /// Its columns.
    pub fn columns(&self) -> &[AuxColumn] {
        &self.columns
    }

    /// Where the column of that name stands.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The value of that row in that column; `None` where it is absent, or where there is no such
    /// row or column.
    #[inline]
    pub fn value(&self, row: usize, column: usize) -> Option<f64> {
        present(*self.columns.get(column)?.values.get(row)?)
    }

    /// How many rows were known by that time.
    pub fn known_by(&self, time_ms: i64) -> usize {
        self.known_ms.partition_point(|known_ms| *known_ms <= time_ms)
    }

    /// What each column is like.
    pub fn facts(&self) -> Vec<AuxColumnFacts> {
        self.columns.iter().map(AuxColumn::facts).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, values: &[Option<f64>]) -> AuxColumn {
        let mut column = AuxColumn::with_capacity(AuxName::new(name).unwrap(), values.len());
        for value in values {
            column.push(*value);
        }
        column
    }

    #[test]
    fn names_are_in_lower_snake_case() {
        for name in ["funding", "a", "enter_long", "x1_2"] {
            assert_eq!(AuxName::new(name).unwrap().as_str(), name);
        }
        let long = "a".repeat(65);
        for text in ["", "1x", "_x", "Funding", "a b", "a-b", "ä", "a@b", &long] {
            assert!(AuxName::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn rows_are_in_order_and_whole_or_no_series_at_all() {
        let of = |times: &[i64], columns: Vec<AuxColumn>| AuxSeries::new(times.to_vec(), columns);
        let two = || column("a", &[Some(1.0), None]);
        assert!(of(&[1, 2], vec![two()]).is_some());
        assert!(of(&[2, 2], vec![two()]).is_none() && of(&[2, 1], vec![two()]).is_none());
        assert!(of(&[1], vec![two()]).is_none() && of(&[1, 2], vec![]).is_none());
        assert!(of(&[1, 2], vec![two(), two()]).is_none(), "two columns of one name");
    }

    #[test]
    fn a_value_is_there_or_absent_and_never_not_a_number() {
        let values = [Some(1.5), None, Some(f64::NAN), Some(f64::INFINITY), Some(-0.0)];
        let series = AuxSeries::new((0..5).collect(), vec![column("a", &values)]).unwrap();
        let read: Vec<_> = (0..6).map(|row| series.value(row, 0)).collect();
        assert_eq!(read, [Some(1.5), None, None, None, Some(0.0), None]);
        assert!(series.value(4, 0).unwrap().is_sign_positive());
        assert_eq!(series.value(0, 1), None);
        let facts = &series.facts()[0];
        assert_eq!((facts.filled, facts.min, facts.max), (2, Some(0.0), Some(1.5)));
        assert!(!facts.is_whole);
    }

    #[test]
    fn a_row_is_known_from_its_time_on() {
        let values = [Some(1.0), Some(2.0)];
        let series = AuxSeries::new(vec![10, 20], vec![column("a", &values)]).unwrap();
        let known = [9, 10, 19, 20, 21].map(|time| series.known_by(time));
        assert_eq!(known, [0, 1, 1, 2, 2]);
    }
}
