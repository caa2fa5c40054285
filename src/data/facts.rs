//! What the catalog says of a series.

use super::bar_file::{file_bytes, file_bytes_of};
use super::spill::LongSeries;
use crate::market::{Calendar, DayRule, Series, Units};

/// What of a series stands in the catalog.
#[derive(Clone, Debug)]
pub(super) struct SeriesFacts {
    pub(super) units: Units,
    pub(super) calendar: Calendar,
    pub(super) days: DayRule,
    pub(super) bar_count: u64,
    pub(super) first_open_ms: i64,
    pub(super) end_ms: i64,
    pub(super) gap_count: u64,
    pub(super) size_bytes: u64,
}

impl From<&Series> for SeriesFacts {
    fn from(series: &Series) -> Self {
        Self {
            units: series.units,
            calendar: series.calendar,
            days: series.days.rule(),
            bar_count: series.bars.len() as u64,
            first_open_ms: series.first_open_ms().unwrap_or(0),
            end_ms: series.end_ms().unwrap_or(0),
            gap_count: series.gaps().count() as u64,
            size_bytes: file_bytes(series),
        }
    }
}

impl From<&LongSeries> for SeriesFacts {
    fn from(series: &LongSeries) -> Self {
        let (head, bars) = (&series.head, &series.bars);
        Self {
            units: head.units,
            calendar: head.calendar,
            days: head.days.rule(),
            bar_count: bars.len() as u64,
            first_open_ms: bars.open_time_ms.first().unwrap_or(0),
            end_ms: series.end_ms().unwrap_or(0),
            gap_count: series.gaps().count() as u64,
            size_bytes: file_bytes_of(head, bars.len()),
        }
    }
}
