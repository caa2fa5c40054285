//! Which number of a written date is the day: decided by all rows of a column, never guessed.

use jiff::civil::Date;

use super::TimeError;
use super::written::{DAY_MS, full_year};

/// In which order the numbers of a date stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// As in 31/12/2024.
    DayMonthYear,
    /// As in 12/31/2024.
    MonthDayYear,
    /// As in 24/12/31.
    YearMonthDay,
}

impl DateOrder {
    pub(super) const ALL: [Self; 3] = [Self::DayMonthYear, Self::MonthDayYear, Self::YearMonthDay];

    pub(super) const fn spelling(self) -> &'static str {
        match self {
            Self::DayMonthYear => "day/month/year",
            Self::MonthDayYear => "month/day/year",
            Self::YearMonthDay => "year/month/day",
        }
    }

    /// The day of those numbers; `None` if there is none.
    pub(super) fn date(self, numbers: [u16; 3], is_short: bool) -> Option<Date> {
        let [first, second, third] = numbers;
        let (year, month, day) = match self {
            Self::DayMonthYear => (third, second, first),
            Self::MonthDayYear => (third, first, second),
            Self::YearMonthDay if !is_short => return None,
            Self::YearMonthDay => (first, second, third),
        };
        let year = if is_short { full_year(year) } else { year };
        date(year, month.try_into().ok()?, day.try_into().ok()?)
    }
}

pub(super) fn date(year: u16, month: u8, day: u8) -> Option<Date> {
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// A day, or three numbers that are one once their order is known, with a time of day: in one
/// number, in which a column of rows is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packed(pub(super) i64);

const CLOCK_BITS: u32 = 27;
const THIRD_BITS: u32 = 14;
const SECOND_BITS: u32 = 7;

impl Packed {
    pub(super) fn of_day(epoch_day: i64, clock: u32) -> Self {
        Self(epoch_day << CLOCK_BITS | i64::from(clock))
    }

    pub(super) fn of_triple(numbers: [u16; 3], clock: u32) -> Self {
        let [first, second, third] = numbers.map(i64::from);
        let bits = (first << SECOND_BITS | second) << THIRD_BITS | third;
        Self(bits << CLOCK_BITS | i64::from(clock))
    }

    pub(super) const fn clock(self) -> u32 {
        (self.0 & ((1 << CLOCK_BITS) - 1)) as u32
    }

    pub(super) const fn epoch_day(self) -> i64 {
        self.0 >> CLOCK_BITS
    }

    pub(super) const fn triple(self) -> [u16; 3] {
        let bits = self.0 >> CLOCK_BITS;
        [
            (bits >> (SECOND_BITS + THIRD_BITS)) as u16,
            (bits >> THIRD_BITS & ((1 << SECOND_BITS) - 1)) as u16,
            (bits & ((1 << THIRD_BITS) - 1)) as u16,
        ]
    }
}

/// The days since 1970-01-01.
pub(super) fn epoch_day(date: Date) -> i64 {
    let midnight = jiff::tz::Offset::UTC.to_timestamp(date.at(0, 0, 0, 0));
    midnight.map_or(0, |time| time.as_second().div_euclid(i64::from(DAY_MS / 1000)))
}

/// What the rows of a column say of the order of numbers.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    /// The row that rules each order out.
    ruled_out_by: [Option<usize>; 3],
    /// The first row that the orders read differently.
    first_open: Option<(usize, [u16; 3])>,
    is_short: bool,
}

impl Evidence {
    pub(super) fn new(declared: Option<DateOrder>, is_short: bool) -> Self {
        let ruled_out = |order| match declared {
            Some(declared) if declared != order => Some(0),
            None if order == DateOrder::YearMonthDay && !is_short => Some(0),
            _ => None,
        };
        Self { ruled_out_by: DateOrder::ALL.map(ruled_out), first_open: None, is_short }
    }

    /// Weighs one row; refused once no order is left.
    pub(super) fn weigh(&mut self, row: usize, numbers: [u16; 3]) -> Result<(), TimeError> {
        for (ruled_out, order) in self.ruled_out_by.iter_mut().zip(DateOrder::ALL) {
            if ruled_out.is_none() && order.date(numbers, self.is_short).is_none() {
                *ruled_out = Some(row);
            }
        }
        if self.first_open.is_none() && (self.is_short || numbers[0] != numbers[1]) {
            self.first_open = Some((row, numbers));
        }
        match self.left().count() {
            0 => Err(TimeError::NoDateOrder),
            _ => Ok(()),
        }
    }

    fn left(&self) -> impl Iterator<Item = DateOrder> + '_ {
        let orders = DateOrder::ALL.into_iter().zip(&self.ruled_out_by);
        orders.filter(|(_, ruled_out)| ruled_out.is_none()).map(|(order, _)| order)
    }

    /// The one order that is left.
    pub(super) fn settle(&self) -> Result<DateOrder, (usize, TimeError)> {
        let mut left = self.left();
        let first = left.next().ok_or((0, TimeError::NoDateOrder))?;
        let (Some(second), Some((row, numbers))) = (left.next(), self.first_open) else {
            return Ok(first);
        };
        let readings = [first, second].map(|order| {
            let date = order.date(numbers, self.is_short);
            (order, date.map_or_else(String::new, |date| date.to_string()))
        });
        Err((row, TimeError::OpenDateOrder { readings: Box::new(readings) }))
    }

    pub(super) const fn is_short(&self) -> bool {
        self.is_short
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn settled(rows: &[[u16; 3]], is_short: bool) -> Result<DateOrder, TimeError> {
        let mut evidence = Evidence::new(None, is_short);
        for (row, numbers) in rows.iter().enumerate() {
            evidence.weigh(row, *numbers)?;
        }
        evidence.settle().map_err(|(_, error)| error)
    }

    #[test]
    fn one_day_above_twelve_decides_for_all_rows() {
        let day_first = settled(&[[2, 1, 2024], [3, 1, 2024], [13, 1, 2024]], false);
        assert_eq!(day_first, Ok(DateOrder::DayMonthYear));
        let month_first = settled(&[[1, 2, 2024], [1, 31, 2024]], false);
        assert_eq!(month_first, Ok(DateOrder::MonthDayYear));
        assert_eq!(settled(&[[1, 31, 24]], true), Ok(DateOrder::MonthDayYear));
        assert_eq!(settled(&[[99, 1, 31]], true), Ok(DateOrder::YearMonthDay));
    }

    #[test]
    fn what_no_row_decides_is_refused_with_both_readings() {
        let refused = settled(&[[2, 1, 2024], [3, 1, 2024]], false).unwrap_err().to_string();
        assert!(refused.contains("2024-01-02") && refused.contains("2024-02-01"), "{refused}");
        assert!(settled(&[[13, 1, 24]], true).is_err(), "or the year 2013");
        assert_eq!(settled(&[[13, 1, 2024], [1, 13, 2024]], false), Err(TimeError::NoDateOrder));
    }

    #[test]
    fn a_day_that_is_the_same_in_either_order_needs_none() {
        assert!(settled(&[[1, 1, 2024], [2, 2, 2024]], false).is_ok());
    }

    proptest! {
        #[test]
        fn days_up_to_the_twelfth_are_never_guessed(
            rows in prop::collection::vec((1_u16..=12, 1_u16..=12), 1..50),
        ) {
            let rows: Vec<_> = rows.into_iter().map(|(left, right)| [left, right, 2024]).collect();
            let is_open = rows.iter().any(|row| row[0] != row[1]);
            prop_assert_eq!(settled(&rows, false).is_err(), is_open);
        }

        #[test]
        fn what_is_packed_is_unpacked(
            numbers in (0_u16..100, 0_u16..100, 0_u16..10_000), day in -800_000_i64..3_000_000,
            clock in 0_u32..=86_400_000,
        ) {
            let triple = Packed::of_triple([numbers.0, numbers.1, numbers.2], clock);
            prop_assert_eq!(triple.triple(), [numbers.0, numbers.1, numbers.2]);
            prop_assert_eq!(triple.clock(), clock);
            let packed = Packed::of_day(day, clock);
            prop_assert_eq!((packed.epoch_day(), packed.clock()), (day, clock));
        }
    }
}
