//! Bars to look at: made from finer ones where need be, and merged until they fit.

use std::ops::Range;
use std::sync::Arc;

use super::library::{Library, LibraryError, blocking};
use crate::digest::Digest;
use crate::market::{Instrument, Series, Timeframe, TradingDays, resample};
use crate::storage::SeriesRow;

/// Gaps that one answer names.
const GAPS_MAX: usize = 100;

/// Which bars are wanted.
#[derive(Clone, Debug)]
pub struct ChartRequest {
    /// What trades.
    pub instrument: Instrument,
    /// The timeframe, at least.
    pub timeframe: Timeframe,
    /// A version of the source series; `None` for the newest.
    pub pinned: Option<Digest>,
    /// First bar at or after this time.
    pub start_ms: Option<i64>,
    /// Last bar ending at or before this time.
    pub end_ms: Option<i64>,
    /// The most bars.
    pub bars_max: usize,
}

/// Bars to look at.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The whole series, at the timeframe that fits.
    pub series: Arc<Series>,
    /// The part that was asked for.
    pub range: Range<usize>,
    /// The first places in that part where bars of the timeframe asked for are missing.
    pub gaps: Vec<Range<i64>>,
}

impl Library {
    /// The bars of an instrument at a timeframe, or at the smallest multiple of it of which no
    /// more than `bars_max` lie in the range.
    pub async fn chart(&self, request: ChartRequest) -> Result<Chart, LibraryError> {
        let source = self.source(&request).await?;
        let bars = Arc::clone(&self.bars);
        blocking(move || {
            let series = bars.resampled(&source.data, request.timeframe)?;
            let range = series.range(request.start_ms, request.end_ms);
            let gaps = gaps_within(&series, &range);
            if range.len() <= request.bars_max {
                return Ok(Chart { series, range, gaps });
            }
            let span = (request.start_ms, request.end_ms);
            let (series, range) = merged(&series, span, request.bars_max)?;
            Ok(Chart { series: Arc::new(series), range, gaps })
        })
        .await
    }

    /// The version to make the bars of: of the timeframe itself, or else of the coarsest that
    /// divides it, as in runs.
    async fn source(&self, request: &ChartRequest) -> Result<SeriesRow, LibraryError> {
        let serves = |row: &SeriesRow| row.serves(request.timeframe);
        let row = if let Some(data) = request.pinned {
            self.store.series_version(&request.instrument, data).await?
        } else {
            let stored = self.store.series_of_instrument(&request.instrument).await?;
            stored.into_iter().rev().find(serves)
        };
        if let Some(row) = row.filter(serves) {
            return Ok(row);
        }
        let subject = format!("{}@{}", request.instrument, request.timeframe);
        let hint = self.store.instrument_hint(&request.instrument).await?;
        Err(LibraryError::DataMissing { subject, hint })
    }
}

fn gaps_within(series: &Series, range: &Range<usize>) -> Vec<Range<i64>> {
    let times = &series.bars.open_time_ms[range.clone()];
    let (Some(&first), Some(&last)) = (times.first(), times.last()) else { return Vec::new() };
    series.gaps().filter(|gap| gap.start > first && gap.end <= last).take(GAPS_MAX).collect()
}

/// The series at the smallest multiple of its timeframe that fits. The whole of it is merged, and
/// then cut: no bar tells of a part of its time.
fn merged(
    series: &Series,
    (start_ms, end_ms): (Option<i64>, Option<i64>),
    bars_max: usize,
) -> Result<(Series, Range<usize>), LibraryError> {
    let range = series.range(start_ms, end_ms);
    // With fewer bars to one, they cannot fit.
    let mut fewest = range.len().div_ceil(bars_max) as u64;
    loop {
        let (bars, limit) = (range.len(), bars_max);
        let longer = series.days.merged(series.timeframe, fewest);
        let (taken, timeframe) = longer.ok_or(LibraryError::TooManyBars { bars, limit })?;
        let times = &series.bars.open_time_ms[range.clone()];
        if bars_at(times.iter().copied(), timeframe, &series.days) <= bars_max + 2 {
            let coarse = resample(series, timeframe)
                .map_err(|error| LibraryError::Io(std::io::Error::other(error)))?;
            let range = coarse.range(start_ms, end_ms);
            if range.len() <= bars_max {
                return Ok((coarse, range));
            }
        }
        fewest = taken + 1;
    }
}

/// Into how many bars these would be merged.
pub(super) fn bars_at(
    times: impl Iterator<Item = i64>,
    timeframe: Timeframe,
    days: &TradingDays,
) -> usize {
    let mut end_ms = i64::MIN;
    let starts = |time: &i64| {
        let is_later = *time >= end_ms;
        if is_later {
            end_ms = days.bucket(timeframe, *time).end;
        }
        is_later
    };
    times.filter(starts).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{Bar, Calendar, Columns, Decimal, Units};
    use proptest::prelude::*;

    fn series(minutes: &[i64]) -> Series {
        let mut bars = Columns::default();
        for minute in minutes {
            let open_time_ms = minute * 60_000;
            bars.push(Bar { open_time_ms, open: 1, high: 1, low: 1, close: 1, volume: 1.0 });
        }
        Series {
            timeframe: "1m".parse().unwrap(),
            units: Units::with_default_step(Decimal::ONE),
            calendar: Calendar::AlwaysOpen,
            days: TradingDays::UTC,
            bars,
        }
    }

    proptest! {
        #[test]
        fn the_smallest_multiple_that_fits_is_taken(
            steps in prop::collection::vec(1_i64..6, 2..60),
            bars_max in 1_usize..20,
        ) {
            let mut minute = 0;
            let minutes: Vec<i64> = steps.iter().map(|step| { minute += step; minute }).collect();
            let series = series(&minutes);
            let (coarse, range) = merged(&series, (None, None), bars_max).unwrap();
            prop_assert!(range.len() <= bars_max);
            let multiple = coarse.timeframe.word() / 60_000;
            for smaller in 1..multiple {
                let finer = resample(&series, Timeframe::from_ms(smaller * 60_000).unwrap());
                prop_assert!(finer.unwrap().bars.len() > bars_max, "{smaller}m fits too");
            }
        }
    }

    #[test]
    fn gaps_are_those_of_the_range() {
        let series = series(&[0, 1, 3, 4, 9]);
        let range = series.range(Some(60_000), None);
        assert_eq!(gaps_within(&series, &range), [120_000..180_000, 300_000..540_000]);
        assert!(gaps_within(&series, &(0..2)).is_empty());
    }
}
