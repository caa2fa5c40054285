//! What one field looks like: a date, a time of day, or digits that are one of them.

use super::TimeError;
use super::counts;
use super::dates::date;
use super::written::{Clock, DateParts, Written, clock_alone};
use super::zone_text::ZoneText;

/// The years of times that are written in digits alone.
const COMPACT_YEARS: std::ops::Range<u16> = 1900..2262;

/// Whether the digits are a day, or a day and a time, rather than a count.
pub(super) fn is_compact(field: &[u8]) -> bool {
    let is_digits = matches!(field.len(), 8 | 12 | 14 | 17) && field.iter().all(u8::is_ascii_digit);
    is_digits
        && matches!(
            Written::parse(field),
            Ok(Written { date: DateParts::Day { year, month, day }, .. })
                if COMPACT_YEARS.contains(&year) && date(year, month, day).is_some()
        )
}

/// Whether a field is six digits, which beside a column of times of day are a date.
pub(in crate::data::reading) fn is_short_day(field: &[u8]) -> bool {
    let field = field.trim_ascii();
    field.len() == 6 && field.iter().all(u8::is_ascii_digit)
}

/// Such a date: which of its numbers is the year is left open.
pub(super) fn short_day(field: &[u8]) -> Option<Written> {
    let pair = |at: usize| u16::from(field[at] - b'0') * 10 + u16::from(field[at + 1] - b'0');
    is_short_day(field).then(|| {
        let numbers = [0, 2, 4].map(pair);
        let date = DateParts::Triple { numbers, is_short: true };
        Written { date, clock: None, zone: ZoneText::Absent }
    })
}

/// Whether a field reads as a time of day, and not as a date.
pub(in crate::data::reading) fn is_clock(field: &[u8]) -> bool {
    clock_of_column(field.trim_ascii()).is_ok()
}

/// Whether a field reads as a written date; with a time of day, if `Some(true)`.
pub(in crate::data::reading) fn written_with_clock(field: &[u8]) -> Option<bool> {
    let field = field.trim_ascii();
    let is_count = counts::count_of(field).is_some() && !is_compact(field);
    let written = Written::parse(field).ok().filter(|_| !is_count)?;
    Some(written.clock.is_some())
}

/// A time of day in a column of its own, where digits may lack their leading zeros.
pub(super) fn clock_of_column(field: &[u8]) -> Result<(Clock, ZoneText), TimeError> {
    if matches!(field.len(), 1..=6) && field.iter().all(u8::is_ascii_digit) {
        let digits = field.iter().fold(0, |number, byte| number * 10 + u32::from(byte - b'0'));
        return Ok((Clock::Digits(digits), ZoneText::Absent));
    }
    Ok(clock_alone(field)?)
}
