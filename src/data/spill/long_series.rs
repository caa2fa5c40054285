//! A series as long as there is room for on the disk.

use std::ops::Range;

use super::bar_columns::BarColumns;
use crate::market::{Columns, Series};

/// A series whose bars need not be in memory.
#[derive(Debug, PartialEq)]
pub struct LongSeries {
    /// All of it but its bars, of which it has none.
    pub head: Series,
    /// The bars.
    pub bars: BarColumns,
}

impl LongSeries {
    /// Where the last bar ends; `None` without bars.
    pub fn end_ms(&self) -> Option<i64> {
        let last = self.bars.open_time_ms.last()?;
        Some(self.head.days.bucket(self.head.timeframe, last).end)
    }

    /// As [`Series::gaps`].
    pub fn gaps(&self) -> impl Iterator<Item = Range<i64>> + '_ {
        self.head.gaps_among(self.bars.open_time_ms.iter())
    }

    /// The series in memory.
    pub fn into_series(self) -> Series {
        Series { bars: self.bars.into_columns(), ..self.head }
    }
}

impl From<Series> for LongSeries {
    fn from(mut series: Series) -> Self {
        let bars: Columns = std::mem::take(&mut series.bars);
        Self { head: series, bars: bars.into() }
    }
}
