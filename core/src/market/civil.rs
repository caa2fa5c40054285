//! Dates of the Gregorian calendar as days since 1970-01-01. Knows no zones and no times of day.

/// The first day of the month that holds the day, and of the month after it.
pub(super) const fn month_of(day: i64) -> [i64; 2] {
    let (year, month) = year_month(day);
    let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    [first_of(year, month), first_of(next.0, next.1)]
}

/// The Monday on or before the day; 1970-01-01 was a Thursday.
pub(super) const fn monday_of(day: i64) -> i64 {
    day - (day + 3).rem_euclid(7)
}

/// Whether the day is a Saturday or a Sunday.
pub(super) const fn is_weekend(day: i64) -> bool {
    (day + 3).rem_euclid(7) >= 5
}

/// Days of 400 years, after which the calendar repeats itself.
const ERA_DAYS: i64 = 146_097;
/// From 0000-03-01 to 1970-01-01. Years are counted from March, so that a leap day is their last.
const EPOCH_SHIFT: i64 = 719_468;

/// The year of the day, and the month from 1 on.
pub const fn year_month(day: i64) -> (i64, i64) {
    let day = day + EPOCH_SHIFT;
    let (era, of_era) = (day.div_euclid(ERA_DAYS), day.rem_euclid(ERA_DAYS));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year + (month <= 2) as i64, month)
}

const fn first_of(year: i64, month: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let days = of_era * 365 + of_era / 4 - of_era / 100 + (153 * from_march + 2) / 5;
    era * ERA_DAYS + days - EPOCH_SHIFT
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{Date, Weekday, date};
    use proptest::prelude::*;

    fn number(at: Date) -> i64 {
        (at - date(1970, 1, 1)).get_days().into()
    }

    proptest! {
        #[test]
        fn months_and_weeks_are_those_of_the_calendar(day in -200_000_i64..200_000) {
            let at = date(1970, 1, 1).saturating_add(jiff::Span::new().days(day));
            let first = at.first_of_month();
            let next = first.saturating_add(jiff::Span::new().months(1));
            prop_assert_eq!(month_of(day), [number(first), number(next)]);
            let past_monday = i64::from(at.weekday().to_monday_zero_offset());
            prop_assert_eq!(monday_of(day), day - past_monday);
            let weekend = [Weekday::Saturday, Weekday::Sunday].contains(&at.weekday());
            prop_assert_eq!(is_weekend(day), weekend);
        }
    }
}
