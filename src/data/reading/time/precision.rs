//! What is finer than a millisecond: an error in a bar, and left off of a trade, which falls into
//! the same bar with it and without.

use std::borrow::Cow;

use super::looks::clock_of_column;
use super::written::Clock;
use super::zone_text::ZoneText;
use super::{TimeColumn, TimeError, TimeForm};
use crate::market::Decimal;

/// Digits of a fraction that make milliseconds.
const DIGITS: usize = 3;

impl TimeColumn {
    /// A count in milliseconds.
    pub(super) fn milliseconds(&self, unit: TimeForm, count: Decimal) -> Result<i64, TimeError> {
        let whole = unit.milliseconds(count);
        let cut = || if self.is_cut { cut_count(unit, count) } else { None };
        whole.or_else(cut).ok_or(TimeError::SubMillisecond)
    }

    /// A time of day in a column of its own.
    pub(super) fn time_of_day(&self, field: &[u8]) -> Result<(Clock, ZoneText), TimeError> {
        if self.is_cut { clock_of_column(cut(field).as_ref()) } else { clock_of_column(field) }
    }
}

fn cut_count(unit: TimeForm, count: Decimal) -> Option<i64> {
    let (per_ms, ms) = match unit {
        TimeForm::Seconds => (1, 1000),
        TimeForm::Microseconds => (1000, 1),
        TimeForm::Nanoseconds => (1_000_000, 1),
        _ => (1, 1),
    };
    let divisor = 10_i128.checked_pow(count.scale())? * per_ms;
    (i128::from(count.mantissa()) * ms).div_euclid(divisor).try_into().ok()
}

/// The text with at most three digits in the fraction of its seconds.
pub(super) fn cut(field: &[u8]) -> Cow<'_, [u8]> {
    let Some(place) = field.iter().rposition(|byte| matches!(byte, b'.' | b',')) else {
        return Cow::Borrowed(field);
    };
    let digits = field[place + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits <= DIGITS || !field[..place].contains(&b':') {
        return Cow::Borrowed(field);
    }
    let (kept, rest) = (&field[..=place + DIGITS], &field[place + 1 + digits..]);
    Cow::Owned([kept, rest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_cut_and_nothing_else_is() {
        let texts = [
            ("2024-01-02 09:30:00.123456789Z", "2024-01-02 09:30:00.123Z"),
            ("09:30:00.1239", "09:30:00.123"),
            ("2024-01-02 09:30:00.12+01:00", "2024-01-02 09:30:00.12+01:00"),
            ("02.01.2024", "02.01.2024"),
            ("02.01.2024 09:30", "02.01.2024 09:30"),
        ];
        for (text, wanted) in texts {
            assert_eq!(cut(text.as_bytes()).as_ref(), wanted.as_bytes(), "{text}");
        }
    }

    #[test]
    fn counts_are_cut_downwards() {
        let cut = |unit, count: &str| cut_count(unit, count.parse().unwrap());
        assert_eq!(cut(TimeForm::Seconds, "1585180700.0647"), Some(1_585_180_700_064));
        assert_eq!(cut(TimeForm::Nanoseconds, "1585180700064712345"), Some(1_585_180_700_064));
        assert_eq!(cut(TimeForm::Microseconds, "-1"), Some(-1));
    }
}
