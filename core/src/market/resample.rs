//! Bars of a longer timeframe from bars of a shorter one. Knows nothing of runs or their ranges.

use super::calendar::Calendar;
use super::civil::is_weekend;
use super::series::{Bar, Columns, Series};
use super::timeframe::{Length, Timeframe};

/// The wanted timeframe is not made of whole bars of the one at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{from} bars cannot be made into {to} bars: {to} is not made of whole {from} bars")]
pub struct ResampleError {
    /// The timeframe of the bars at hand.
    pub from: Timeframe,
    /// The timeframe that was asked for.
    pub to: Timeframe,
}

/// Merges the bars of each bucket of `target` into one: open first, high max, low min, close last,
/// volume sum. One without bars yields no bar. Nor does the last week or month, unless the series
/// has a bar on the last day of it that the market may be open: it would not be over yet.
///
/// # Errors
///
/// [`ResampleError`] unless the series' bars nest in those of `target`.
pub fn resample(series: &Series, target: Timeframe) -> Result<Series, ResampleError> {
    let bars = Columns::with_capacity(bucket_count_max(series, target));
    let all = (0..series.bars.len()).map(|index| series.bars.bar(index));
    merge(series, all, series.bars.open_time_ms.last().copied(), target, bars)
}

/// The same of bars that are not in memory, the last of which opens at `last_ms`; what they are,
/// `head` says.
///
/// # Errors
///
/// As [`resample`].
pub fn resample_bars(
    head: &Series,
    bars: impl Iterator<Item = Bar>,
    last_ms: i64,
    target: Timeframe,
) -> Result<Series, ResampleError> {
    merge(head, bars, Some(last_ms), target, Columns::default())
}

/// Puts the bars of each bucket into `merged_bars`.
fn merge(
    head: &Series,
    bars: impl Iterator<Item = Bar>,
    last_ms: Option<i64>,
    target: Timeframe,
    mut merged_bars: Columns,
) -> Result<Series, ResampleError> {
    if !head.days.nests(head.timeframe, target) {
        return Err(ResampleError { from: head.timeframe, to: target });
    }
    let mut open_bucket: Option<Bar> = None;
    let mut end_ms = i64::MIN;
    for mut bar in bars {
        open_bucket = Some(match open_bucket {
            Some(bucket) if bar.open_time_ms < end_ms => merged(bucket, bar),
            before => {
                let bucket = head.days.bucket(target, bar.open_time_ms);
                (bar.open_time_ms, end_ms) = (bucket.start, bucket.end);
                if let Some(full) = before {
                    merged_bars.push(full);
                }
                bar
            }
        });
    }
    if let (Some(last), Some(last_ms)) = (open_bucket, last_ms)
        && is_over(head, target, last_ms, end_ms)
    {
        merged_bars.push(last);
    }
    let Series { units, calendar, .. } = *head;
    Ok(Series { timeframe: target, units, calendar, days: head.days.clone(), bars: merged_bars })
}

/// Whether the last bucket, which ends at `end_ms` and whose last bar opens at `last_ms`, counts
/// as a bar. A fixed one always does, as it has ever done; a week or a month would be far from over
/// on most days.
fn is_over(series: &Series, target: Timeframe, last_ms: i64, end_ms: i64) -> bool {
    if series.timeframe == target || matches!(target.length(), Length::Fixed(_)) {
        return true;
    }
    let (seen, next) = (series.days.day(last_ms), series.days.day(end_ms));
    let may_open = |day: &i64| {
        series.days.is_day(*day) && !(series.calendar == Calendar::Sessions && is_weekend(*day))
    };
    !(seen + 1..next).any(|day| may_open(&day))
}

/// The bucket's bar with one more bar in it.
fn merged(bucket: Bar, bar: Bar) -> Bar {
    Bar {
        high: bucket.high.max(bar.high),
        low: bucket.low.min(bar.low),
        close: bar.close,
        volume: bucket.volume + bar.volume,
        ..bucket
    }
}

/// As many buckets as there are bars, or about as the time they span holds, whichever is less.
fn bucket_count_max(series: &Series, target: Timeframe) -> usize {
    let (Some(first), Some(end)) = (series.first_open_ms(), series.end_ms()) else { return 0 };
    let spanned = (end - series.days.bucket(target, first).start) / target.duration_ms() + 2;
    series.bars.len().min(usize::try_from(spanned).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{Decimal, TradingDays, Units};
    use proptest::prelude::*;

    fn minute_series(bars: &[(i64, [i64; 4], u32)]) -> Series {
        let mut columns = Columns::default();
        for &(minute, [open, high, low, close], volume) in bars {
            let (open_time_ms, volume) = (minute * 60_000, f64::from(volume));
            columns.push(Bar { open_time_ms, open, high, low, close, volume });
        }
        Series {
            timeframe: "1m".parse().unwrap(),
            units: Units::with_default_step(Decimal::ONE),
            calendar: Calendar::AlwaysOpen,
            days: TradingDays::UTC,
            bars: columns,
        }
    }

    /// Minute bars with gaps, on both sides of the epoch.
    fn any_series() -> impl Strategy<Value = Series> {
        let bar = (1_i64..40, 1_i64..1000, 0_i64..50, 0_i64..50, 0_u32..1000);
        (-5000_i64..5000, prop::collection::vec(bar, 0..200)).prop_map(|(first, bars)| {
            let mut minute = first;
            let rows = bars.into_iter().map(|(gap, low, body, wick, volume)| {
                minute += gap;
                (minute, [low, low + body + wick, low, low + body], volume)
            });
            minute_series(&rows.collect::<Vec<_>>())
        })
    }

    #[test]
    fn a_bucket_takes_the_first_open_the_last_close_and_the_extremes() {
        let series = minute_series(&[
            (-1, [7, 7, 7, 7], 1),
            (0, [10, 12, 9, 11], 2),
            (4, [11, 15, 11, 14], 3),
            (20, [5, 6, 4, 5], 4),
        ]);
        let five = resample(&series, "5m".parse().unwrap()).unwrap();
        let rows: Vec<Bar> = (0..five.bars.len()).map(|index| five.bars.bar(index)).collect();
        let bar = |minute: i64, [open, high, low, close]: [i64; 4], volume| Bar {
            open_time_ms: minute * 60_000,
            open,
            high,
            low,
            close,
            volume,
        };
        let before = bar(-5, [7, 7, 7, 7], 1.0);
        assert_eq!(rows, [before, bar(0, [10, 15, 9, 14], 5.0), bar(20, [5, 6, 4, 5], 4.0)]);
    }

    #[test]
    fn a_timeframe_that_does_not_fit_is_refused_naming_both() {
        let hourly = Series { timeframe: "1h".parse().unwrap(), ..minute_series(&[]) };
        for target in ["90m", "1m"] {
            let text = resample(&hourly, target.parse().unwrap()).unwrap_err().to_string();
            assert!(text.contains("1h") && text.contains(target), "{text}");
        }
    }

    proptest! {
        #[test]
        fn volume_high_and_low_are_kept(series in any_series(), minutes in 1_i64..2000) {
            let coarse = resample(&series, Timeframe::from_ms(minutes * 60_000).unwrap()).unwrap();
            // Whole volumes: their sums are exact in any order.
            let volume = |series: &Series| series.bars.volume.iter().sum::<f64>().to_bits();
            prop_assert_eq!(volume(&coarse), volume(&series));
            prop_assert_eq!(coarse.bars.high.iter().max(), series.bars.high.iter().max());
            prop_assert_eq!(coarse.bars.low.iter().min(), series.bars.low.iter().min());
            prop_assert_eq!(coarse.bars.open.first(), series.bars.open.first());
            prop_assert_eq!(coarse.bars.close.last(), series.bars.close.last());
            prop_assert!(coarse.bars.open_time_ms.is_sorted_by(|left, right| left < right));
        }

        #[test]
        fn the_same_timeframe_changes_nothing(series in any_series()) {
            prop_assert_eq!(resample(&series, series.timeframe).unwrap(), series);
        }

        #[test]
        fn two_steps_make_the_same_bars_as_one(
            series in any_series(),
            inner in 1_i64..60,
            outer in 1_i64..30,
        ) {
            let fine = Timeframe::from_ms(inner * 60_000).unwrap();
            let coarse = Timeframe::from_ms(inner * outer * 60_000).unwrap();
            let in_two = resample(&resample(&series, fine).unwrap(), coarse).unwrap();
            prop_assert_eq!(in_two, resample(&series, coarse).unwrap());
        }
    }
}
