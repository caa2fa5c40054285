//! Auxiliary series as a strategy sees them: the rows that were known by now, and no way past them.

use std::ops::Range;
use std::sync::Arc;

use super::given_signals::{Said, SignalColumns, columns_of, said};
use crate::market::AuxSeries;

/// An auxiliary series of a run.
#[derive(Clone, Debug)]
pub struct AuxFeed {
    /// What it is called.
    pub name: String,
    /// Its rows, all of them.
    pub series: Arc<AuxSeries>,
    /// The place of the instrument that it belongs to; `None` for one that belongs to none.
    pub instrument: Option<u32>,
    /// Told apart from all others by this: equal keys are equal rows.
    pub key: u128,
}

/// The rows of an auxiliary series that are known.
#[derive(Clone, Copy, Debug)]
pub struct KnownRows<'a> {
    series: &'a AuxSeries,
    now_ms: i64,
}

/// What became of the rows of auxiliary series that a strategy follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AuxUse {
    /// Rows that were acted on.
    pub acted_rows: u64,
    /// Rows that said something, but were older than a bar when they were first seen.
    pub stale_rows: u64,
}

impl AuxUse {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            acted_rows: self.acted_rows + other.acted_rows,
            stale_rows: self.stale_rows + other.stale_rows,
        }
    }
}

/// The series that is followed for an instrument: its own, else one that belongs to none.
pub(super) fn of_instrument(feeds: &[AuxFeed], instrument: u32) -> Option<&AuxFeed> {
    let of = |wanted: Option<u32>| feeds.iter().find(|feed| feed.instrument == wanted);
    of(Some(instrument)).or_else(|| of(None))
}

/// The place of the series of that name for an instrument: its own, else one that belongs to none.
pub(crate) fn of_name(feeds: &[AuxFeed], name: &str, instrument: u32) -> Option<usize> {
    let of = |wanted: Option<u32>| {
        feeds.iter().position(|feed| feed.name == name && feed.instrument == wanted)
    };
    of(Some(instrument)).or_else(|| of(None))
}

impl<'a> KnownRows<'a> {
    /// Those that are known by that time.
    pub(crate) const fn by(series: &'a AuxSeries, now_ms: i64) -> Self {
        Self { series, now_ms }
    }

    /// Where the column of that name stands.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.series.column(name)
    }

    /// Where the columns of signals stand.
    pub(super) fn signal_columns(&self) -> SignalColumns {
        columns_of(self.series)
    }

    /// What these known rows say at the end of a bar that opened at that time.
    pub(super) fn said(&self, columns: SignalColumns, rows: Range<usize>, open_ms: i64) -> Said {
        debug_assert!(rows.end <= self.count(), "rows that are not known yet");
        said(self.series, columns, rows, open_ms)
    }

    /// How many rows are known.
    pub fn count(&self) -> usize {
        self.series.known_by(self.now_ms)
    }

    /// When that row was known; `None` if it is not known yet.
    #[inline]
    pub fn known_ms(&self, row: usize) -> Option<i64> {
        self.series.known_ms().get(row).copied().filter(|known_ms| *known_ms <= self.now_ms)
    }

    /// The value of a known row; `None` where it is absent.
    #[inline]
    pub fn value(&self, row: usize, column: usize) -> Option<f64> {
        self.known_ms(row)?;
        self.series.value(row, column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{AuxColumn, AuxName};

    #[test]
    fn a_row_that_is_not_known_yet_cannot_be_read() {
        let mut column = AuxColumn::with_capacity(AuxName::new("weight").unwrap(), 3);
        for value in [Some(1.0), None, Some(3.0)] {
            column.push(value);
        }
        let series = AuxSeries::new(vec![10, 20, 30], vec![column]).unwrap();
        let rows = KnownRows::by(&series, 29);
        assert_eq!((rows.count(), rows.known_ms(1), rows.known_ms(2)), (2, Some(20), None));
        let values = [0, 1, 2].map(|row| rows.value(row, 0));
        assert_eq!(values, [Some(1.0), None, None]);
        assert_eq!(KnownRows::by(&series, 30).value(2, 0), Some(3.0));
    }
}
