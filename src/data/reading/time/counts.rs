//! Times that are counted from a beginning: unix times of any unit, and the day numbers of
//! spreadsheets. Knows nothing of written dates.

use super::super::grid::Grid;
use super::super::number;
use super::{TimeError, TimeForm};
use crate::data::spill::WordColumn;
use crate::market::Decimal;

/// Counts of seconds and day numbers of spreadsheets may both be so small: 1954 to 2119.
const DAY_NUMBERS: std::ops::Range<i64> = 20_000..80_000;
/// The day number of 1970-01-01.
const DAY_NUMBER_1970: i64 = 25_569;
/// What a small count is kept in: billionths.
const SMALL_SCALE: u32 = 9;
/// From one row to the next a count grows by less than this factor, unless its unit changes.
const GROWTH_MAX: i64 = 10;

/// One field as a count; `None` if it is no number.
pub(super) fn count_of(field: &[u8]) -> Option<Decimal> {
    number::decimal(field).ok()
}

impl TimeForm {
    /// The unit that the size of a unix count tells, for times between 1973 and 2262.
    pub(super) fn of_count(count: Decimal) -> Self {
        match whole_part(count) {
            0..100_000_000_000 => Self::Seconds,
            100_000_000_000..100_000_000_000_000 => Self::Milliseconds,
            100_000_000_000_000..100_000_000_000_000_000 => Self::Microseconds,
            _ => Self::Nanoseconds,
        }
    }

    /// A count of this unit in milliseconds; `None` if that is no whole number.
    pub(super) fn milliseconds(self, count: Decimal) -> Option<i64> {
        let divided = |scale| Decimal::new(count.mantissa(), count.scale() + scale)?.scaled_to(0);
        match self {
            Self::Seconds => count.scaled_to(3),
            Self::Milliseconds | Self::Text | Self::DayNumbers => count.scaled_to(0),
            Self::Microseconds => divided(3),
            Self::Nanoseconds => divided(6),
        }
    }

    /// The next finer unit.
    const fn finer(self) -> Option<Self> {
        match self {
            Self::Seconds => Some(Self::Milliseconds),
            Self::Milliseconds => Some(Self::Microseconds),
            Self::Microseconds => Some(Self::Nanoseconds),
            _ => None,
        }
    }

    const fn thousands_over_a_millisecond(self) -> i32 {
        match self {
            Self::Seconds => 1,
            Self::Microseconds => -1,
            Self::Nanoseconds => -2,
            _ => 0,
        }
    }
}

fn whole_part(count: Decimal) -> u64 {
    count.mantissa().unsigned_abs() / 10_u64.pow(count.scale())
}

/// Whether the first count of a column may be a day number, or seconds of the first day of 1970.
pub(super) fn is_small(count: Decimal) -> bool {
    !count.is_negative() && DAY_NUMBERS.contains(&(whole_part(count) as i64))
}

/// A small count in billionths; further digits are below what a spreadsheet keeps.
pub(super) fn small(count: Decimal) -> Option<i64> {
    match count.scale().checked_sub(SMALL_SCALE) {
        Some(spare) => Some(count.mantissa() / 10_i64.pow(spare)),
        None => count.scaled_to(SMALL_SCALE),
    }
}

/// Whether small counts are day numbers: in their range, and no seconds of this timeframe.
pub(super) fn are_day_numbers(small: &WordColumn, grid: &Grid) -> bool {
    const ONE: i64 = 1_000_000_000;
    let are_seconds = small.iter().all(|count| {
        let ms = count / (ONE / 1000);
        count % ONE == 0 && grid.begins_at(ms)
    });
    !are_seconds && small.iter().all(|count| DAY_NUMBERS.contains(&(count / ONE)))
}

/// What the first of day numbers may be as well, if all of them may: the year and its day, as in
/// `24057`. Whole years go beyond the 366th, so that only short columns are open.
pub(super) fn as_days_of_years(small: &WordColumn) -> Option<(i64, i64)> {
    const ONE: i64 = 1_000_000_000;
    /// As years these are of this decade; as numbers of a spreadsheet 1954 to 1982.
    const YEARS: std::ops::Range<i64> = 20..30;
    let of = |count: i64| {
        let (year, day) = (count / ONE / 1000, count / ONE % 1000);
        let is_day = count % ONE == 0 && YEARS.contains(&year) && (1..=366).contains(&day);
        is_day.then_some((2000 + year, day))
    };
    let first = of(small.first()?)?;
    small.iter().all(|count| of(count).is_some()).then_some(first)
}

/// A small count of seconds in milliseconds.
pub(super) fn ms_of_seconds(small: i64) -> Result<i64, TimeError> {
    (small % 1_000_000 == 0).then_some(small / 1_000_000).ok_or(TimeError::SubMillisecond)
}

/// The wall clock that a day number shows, to the second, in milliseconds.
pub(super) const fn ms_of_day_number(small: i64) -> i64 {
    const SECONDS: i64 = 86_400;
    let since = small - DAY_NUMBER_1970 * 1_000_000_000;
    (since / 1000 * SECONDS + 500_000).div_euclid(1_000_000) * 1000
}

/// Which unit the rows are in, where their size tells different ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Units {
    /// The first row of each run of one unit.
    runs: Vec<(usize, TimeForm)>,
}

impl Units {
    /// Notes the unit of a row; refuses a change that is no growth across a border.
    pub(super) fn note(
        &mut self,
        row: usize,
        found: TimeForm,
        count: Decimal,
        before_ms: Option<i64>,
    ) -> Result<(), TimeError> {
        let Some(&(_, last)) = self.runs.last() else {
            self.runs.push((row, found));
            return Ok(());
        };
        if last == found {
            return Ok(());
        }
        let before = before_ms.and_then(|ms| count_in(ms, last)).unwrap_or(0).unsigned_abs();
        let (small, large) = (before.min(whole_part(count)), before.max(whole_part(count)));
        if small == 0 || large / small >= GROWTH_MAX.unsigned_abs() {
            return Err(TimeError::OtherForm { expected: last, found });
        }
        self.runs.push((row, found));
        Ok(())
    }

    /// Puts all rows in one unit: the finest that any row's size tells, and a finer one where the
    /// rows are then exactly one bar apart. Answers that unit, and whether their size alone told.
    pub(super) fn settle(
        &self,
        times_ms: &mut WordColumn,
        grid: &Grid,
    ) -> Result<(TimeForm, bool), (usize, TimeError)> {
        let first = self.runs.first().map_or(TimeForm::Seconds, |run| run.1);
        let by_size = self.runs.iter().map(|run| run.1).max().unwrap_or(first);
        let unit = finer_by_step(times_ms, by_size, self.runs.len(), grid).unwrap_or(by_size);
        if unit == first && self.runs.len() <= 1 {
            return Ok((unit, true));
        }
        let mut runs = self.runs.iter().peekable();
        let mut from = first;
        times_ms.update(|row, ms| {
            while let Some((_, next)) = runs.next_if(|(start, _)| *start <= row) {
                from = *next;
            }
            let count = count_in(ms, from).and_then(|count| Decimal::new(count, 0));
            let found = count.and_then(|count| unit.milliseconds(count));
            found.ok_or((row, TimeError::SubMillisecond))
        })?;
        Ok((unit, false))
    }
}

/// The finer unit in which rows of one unit by their size are one bar apart, where in that unit
/// they would be thousands of bars apart.
fn finer_by_step(
    times_ms: &WordColumn,
    unit: TimeForm,
    runs: usize,
    grid: &Grid,
) -> Option<TimeForm> {
    let steps = times_ms.steps().map(i64::abs);
    let least = steps.filter(|step| *step > 0).min().filter(|_| runs == 1)?;
    let (mut unit, mut factor) = (unit, 1_i64);
    while let Some(finer) = unit.finer() {
        (unit, factor) = (finer, factor * 1000);
        if least % factor == 0 && least / factor == grid.usual_ms() {
            return Some(unit);
        }
    }
    None
}

/// The count in a unit that the milliseconds came from.
fn count_in(ms: i64, unit: TimeForm) -> Option<i64> {
    match unit.thousands_over_a_millisecond() {
        1 => (ms % 1000 == 0).then_some(ms / 1000),
        0 => Some(ms),
        -1 => ms.checked_mul(1000),
        _ => ms.checked_mul(1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(text: &str) -> Grid {
        Grid::utc(text.parse().unwrap())
    }

    fn small_of(text: &str) -> i64 {
        small(text.parse().unwrap()).unwrap()
    }

    #[test]
    fn day_numbers_show_the_wall_clock_to_the_second() {
        let new_year = 1_704_067_200_000;
        assert_eq!(ms_of_day_number(small_of("45292")), new_year);
        assert_eq!(ms_of_day_number(small_of("45292.3958333333")), new_year + 34_200_000);
        assert_eq!(ms_of_day_number(small_of("45292.39583333333333")), new_year + 34_200_000);
    }

    #[test]
    fn small_counts_are_seconds_if_they_can_be() {
        let days = ["45292", "45293"].map(small_of);
        assert!(are_day_numbers(&days.to_vec().into(), &grid("1d")));
        let seconds = ["60000", "60060"].map(small_of);
        assert!(!are_day_numbers(&seconds.to_vec().into(), &grid("1m")));
        assert_eq!(ms_of_seconds(seconds[0]), Ok(60_000_000));
        let both = ["45292", "90000"].map(small_of);
        assert!(!are_day_numbers(&both.to_vec().into(), &grid("1d")));
    }

    #[test]
    fn milliseconds_near_1970_are_told_by_their_step() {
        let mut units = Units::default();
        let counts = [0, 86_400_000, 172_800_000];
        let counts_ms: Vec<i64> = counts.iter().map(|count| count * 1000).collect();
        let mut times = WordColumn::from(counts_ms);
        for (row, count) in counts.into_iter().enumerate() {
            units.note(row, TimeForm::Seconds, Decimal::new(count, 0).unwrap(), None).unwrap();
        }
        let settled = units.settle(&mut times, &grid("1d"));
        assert_eq!(settled, Ok((TimeForm::Milliseconds, false)));
        assert_eq!(times.into_vec(), counts);
    }
}
