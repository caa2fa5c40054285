//! Falls of the equity from one day's end to another's.

use crate::metrics::Day;
use crate::metrics::drawdown::fall;

/// One fall from a peak, and back if it came back. Days count from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fall {
    /// The last day at the peak; the day before the first for the money at the start.
    pub peak_day: i64,
    /// The day of the lowest equity.
    pub trough_day: i64,
    /// The day on which the equity was as high again; `None` if it never was.
    pub end_day: Option<i64>,
    /// How deep, as a fraction of the peak.
    pub depth: f64,
}

/// The deepest falls, at most so many, the deepest first.
pub(super) fn falls(initial: i64, days: &[Day], most: usize) -> Vec<Fall> {
    let Some(first) = days.first() else { return Vec::new() };
    let (mut peak, mut trough) = ((initial, first.number - 1), None::<(i64, i64)>);
    let mut falls = Vec::new();
    let fallen = |peak: (i64, i64), trough: (i64, i64), end_day| Fall {
        peak_day: peak.1,
        trough_day: trough.1,
        end_day,
        depth: fall(peak.0, trough.0),
    };
    for day in days {
        let now = (day.equity, day.number);
        if day.equity >= peak.0 {
            falls.extend(trough.take().map(|trough| fallen(peak, trough, Some(day.number))));
            peak = now;
        } else if trough.is_none_or(|trough| day.equity < trough.0) {
            trough = Some(now);
        }
    }
    falls.extend(trough.map(|trough| fallen(peak, trough, None)));
    // Of equal ones the earlier stays first.
    falls.sort_by(|left, right| right.depth.total_cmp(&left.depth));
    falls.truncate(most);
    falls
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(equities: &[i64], most: usize) -> Vec<(i64, i64, Option<i64>, f64)> {
        let days: Vec<_> = (10..)
            .zip(equities)
            .map(|(number, &equity)| Day { number, equity, cash: equity, end_ms: 0 })
            .collect();
        let told = |fall: Fall| (fall.peak_day, fall.trough_day, fall.end_day, fall.depth);
        falls(100, &days, most).into_iter().map(told).collect()
    }

    #[test]
    fn a_fall_goes_from_the_last_day_at_the_peak_to_the_day_at_which_it_is_reached_again() {
        let equities = [90, 95, 100, 200, 200, 150, 120, 199, 200, 180];
        let deepest = (14, 16, Some(18), 0.4);
        let (first, last) = ((9, 10, Some(12), 0.1), (18, 19, None, 0.1));
        assert_eq!(of(&equities, 10), [deepest, first, last]);
        assert_eq!(of(&equities, 2), [deepest, first]);
    }

    #[test]
    fn what_never_falls_has_none() {
        assert!(of(&[100, 101, 101], 10).is_empty() && of(&[], 10).is_empty());
    }
}
