//! Returns by month and by year of the calendar.

use crate::market::year_month;
use crate::metrics::Day;

/// The return of a month or a year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Period {
    /// Which year.
    pub year: i64,
    /// Which month of it; `None` for all of it.
    pub month: Option<u32>,
    /// The equity at its last day over that before it, less one.
    pub value: f64,
    /// The same of what is compared with.
    pub benchmark: Option<f64>,
}

/// A month or a year under way, and how equity and worth stood before it.
#[derive(Clone, Copy, Debug)]
struct Open<K> {
    key: K,
    equity: i64,
    worth: Option<f64>,
}

/// Months, then years, each in their order; one that begins with nothing is left out.
pub(super) fn periods(initial: i64, days: &[Day], worth: &[f64]) -> Vec<Period> {
    let month = |day: &Day| year_month(day.number);
    let months = by(initial, days, worth, month).into_iter().map(|((year, month), value)| {
        let month = u32::try_from(month).ok();
        Period { year, month, value: value.0, benchmark: value.1 }
    });
    let years = by(initial, days, worth, |day| month(day).0)
        .into_iter()
        .map(|(year, value)| Period { year, month: None, value: value.0, benchmark: value.1 });
    months.chain(years).collect()
}

type Value = (f64, Option<f64>);

fn by<K: Copy + PartialEq>(
    initial: i64,
    days: &[Day],
    worth: &[f64],
    key_of: impl Fn(&Day) -> K,
) -> Vec<(K, Value)> {
    let (mut values, mut open) = (Vec::new(), None::<Open<K>>);
    let (mut equity, mut held) = (initial, (!worth.is_empty()).then_some(1.0));
    for (place, day) in days.iter().enumerate() {
        let key = key_of(day);
        if open.is_none_or(|open| open.key != key) {
            values.extend(open.and_then(|open| ended(open, equity, held)));
            open = Some(Open { key, equity, worth: held });
        }
        equity = day.equity;
        held = worth.get(place).copied().or(held);
    }
    values.extend(open.and_then(|open| ended(open, equity, held)));
    values
}

fn ended<K>(open: Open<K>, equity: i64, worth: Option<f64>) -> Option<(K, Value)> {
    let change = (i128::from(equity) - i128::from(open.equity)) as f64;
    let benchmark = worth.zip(open.worth).map(|(worth, before)| worth / before - 1.0);
    (open.equity > 0).then(|| (open.key, (change / open.equity as f64, benchmark)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64, equity: i64) -> Day {
        Day { number, equity, cash: equity, end_ms: 0 }
    }

    #[test]
    fn a_month_goes_from_the_last_day_before_it_to_its_own_last_day() {
        // 1970-01-30 and 31, 1970-02-01 and 28, and 1971-01-01.
        let days = [day(29, 110), day(30, 121), day(31, 100), day(58, 242), day(365, 121)];
        let worth = [1.5, 2.0, 2.0, 3.0, 1.5];
        let periods = periods(100, &days, &worth);
        let of = |year, month, value, benchmark| Period {
            year,
            month,
            value,
            benchmark: Some(benchmark),
        };
        assert_eq!(
            periods,
            [
                of(1970, Some(1), 0.21, 1.0),
                of(1970, Some(2), 1.0, 0.5),
                of(1971, Some(1), -0.5, -0.5),
                of(1970, None, 1.42, 2.0),
                of(1971, None, -0.5, -0.5),
            ]
        );
    }

    #[test]
    fn without_days_or_without_a_comparison_there_is_none() {
        assert!(periods(100, &[], &[]).is_empty());
        let [month, year] = periods(100, &[day(0, 90)], &[])[..] else { panic!() };
        assert_eq!((month.value, month.benchmark), (-0.1, None));
        assert_eq!((year.value, year.month), (-0.1, None));
    }
}
