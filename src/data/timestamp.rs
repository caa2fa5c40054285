//! Times as they stand in files, read as UTC milliseconds. Knows nothing of bars or timeframes.

use std::{fmt, str};

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;

use super::number;
use crate::market::{Decimal, OPEN_TIMES_MS};

/// Headings under which a file may keep its open times, the most telling first.
pub(super) const TIME_HEADINGS: [&str; 7] =
    ["timestamp_ms", "timestamp", "time", "open_time", "datetime", "date", "ts"];

/// What a column's times are counted in, or that they are written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeForm {
    /// Unix seconds.
    Seconds,
    /// Unix milliseconds.
    Milliseconds,
    /// Unix microseconds.
    Microseconds,
    /// Unix nanoseconds.
    Nanoseconds,
    /// A date, or a date and a time, such as `2025-01-01 00:00:00`.
    Text,
}

/// Why a field is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Neither a whole number nor a date.
    #[error("is not a time such as 1735689600000 or 2025-01-01 00:00:00")]
    Malformed,
    /// The rows above are counted in another unit.
    #[error("looks like {found}, but the rows above are {expected}")]
    OtherForm {
        /// The form that the first row has.
        expected: TimeForm,
        /// The form that this row seems to have.
        found: TimeForm,
    },
    /// More precise than a bar can be.
    #[error("is finer than a millisecond")]
    SubMillisecond,
    /// Too early or too late.
    #[error("is outside of the years 1900 to 2261")]
    OutOfRange,
}

impl TimeForm {
    /// The unit that the size of a unix count tells, for times between 1970 and 2262.
    fn of_count(count: Decimal) -> Self {
        let size = count.mantissa().unsigned_abs() / 10_u64.pow(count.scale());
        match size {
            0..100_000_000_000 => Self::Seconds,
            100_000_000_000..100_000_000_000_000 => Self::Milliseconds,
            100_000_000_000_000..100_000_000_000_000_000 => Self::Microseconds,
            _ => Self::Nanoseconds,
        }
    }

    /// A count of this unit in milliseconds; `None` if that is no whole number.
    fn milliseconds(self, count: Decimal) -> Option<i64> {
        let divided = |scale| Decimal::new(count.mantissa(), count.scale() + scale)?.scaled_to(0);
        match self {
            Self::Seconds => count.scaled_to(3),
            Self::Milliseconds | Self::Text => count.scaled_to(0),
            Self::Microseconds => divided(3),
            Self::Nanoseconds => divided(6),
        }
    }
}

impl fmt::Display for TimeForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Microseconds => "microseconds",
            Self::Nanoseconds => "nanoseconds",
            Self::Text => "dates",
        })
    }
}

/// Reads one column of times, all of one form.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeColumn {
    /// As declared, or as the first row told.
    form: Option<TimeForm>,
    is_declared: bool,
    /// Under `date`, eight digits are a day and not seconds of 1970.
    may_be_compact: bool,
}

impl TimeColumn {
    /// The column with this heading, in any case.
    pub(super) fn under(heading: &str) -> Self {
        if heading.eq_ignore_ascii_case("timestamp_ms") {
            return Self::in_milliseconds();
        }
        let may_be_compact = heading.eq_ignore_ascii_case("date");
        Self { form: None, is_declared: false, may_be_compact }
    }

    /// A column that is known to hold unix milliseconds.
    pub(super) const fn in_milliseconds() -> Self {
        Self { form: Some(TimeForm::Milliseconds), is_declared: true, may_be_compact: false }
    }

    /// Reads the next field of the column as UTC milliseconds.
    pub(super) fn read(&mut self, field: &[u8]) -> Result<i64, TimeError> {
        let field = field.trim_ascii();
        let is_day = self.may_be_compact && field.len() == 8;
        let count = number::decimal(field).ok().filter(|_| !is_day);
        let found = match (count, self.form) {
            (Some(_), Some(form)) if self.is_declared => form,
            (Some(count), _) => TimeForm::of_count(count),
            (None, _) => TimeForm::Text,
        };
        // A text is parsed first: where it is none, that is what is wrong with it.
        let time_ms = match count {
            Some(count) => found.milliseconds(count).ok_or(TimeError::SubMillisecond)?,
            None => written(field)?,
        };
        let expected = *self.form.get_or_insert(found);
        if expected != found {
            return Err(TimeError::OtherForm { expected, found });
        }
        OPEN_TIMES_MS.contains(&time_ms).then_some(time_ms).ok_or(TimeError::OutOfRange)
    }
}

/// Reads a date, with or without a time and a zone; without a zone it is UTC.
fn written(field: &[u8]) -> Result<i64, TimeError> {
    let text = str::from_utf8(field).map_err(|_| TimeError::Malformed)?;
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    let pieces = Pieces::parse(text).map_err(|_| TimeError::Malformed)?;
    if pieces.time_zone_annotation().is_some() {
        return Err(TimeError::Malformed);
    }
    let civil = pieces.date().to_datetime(pieces.time().unwrap_or(Time::midnight()));
    let offset = pieces.to_numeric_offset().unwrap_or(Offset::UTC);
    let time = offset.to_timestamp(civil).map_err(|_| TimeError::OutOfRange)?;
    if time.subsec_nanosecond() % 1_000_000 != 0 {
        return Err(TimeError::SubMillisecond);
    }
    Ok(time.as_millisecond())
}

/// The time as it stands in messages: `2025-01-01T00:00:00Z`.
pub(super) fn iso(time_ms: i64) -> String {
    Timestamp::from_millisecond(time_ms)
        .map_or_else(|_| format!("{time_ms} ms"), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2020-01-01.
    const NEW_YEAR: i64 = 1_577_836_800_000;

    fn read(heading: &str, field: &str) -> Result<i64, TimeError> {
        TimeColumn::under(heading).read(field.as_bytes())
    }

    #[test]
    fn every_form_of_one_moment_is_the_same_time() {
        let forms = [
            "1577836800",
            "1577836800.0",
            "1577836800000",
            "1.5778368e12",
            "1577836800000000",
            "1577836800000000000",
            "2020-01-01",
            "2020-01-01 00:00",
            "2020-01-01 00:00:00",
            " 2020-01-01 00:00:00 UTC",
            "2020-01-01T00:00:00Z",
            "2020-01-01 00:00:00+00:00",
            "2020-01-01T01:30:00.000+01:30",
        ];
        for text in forms {
            assert_eq!(read("time", text), Ok(NEW_YEAR), "{text}");
        }
    }

    #[test]
    fn fractions_are_kept_to_the_millisecond_and_refused_beyond() {
        assert_eq!(read("time", "1577836800.25"), Ok(NEW_YEAR + 250));
        assert_eq!(read("time", "2020-01-01 00:00:00.25"), Ok(NEW_YEAR + 250));
        let finer =
            ["1577836800.0001", "1577836800000.5", "1577836800000001", "1577836800000000001"];
        for text in finer.into_iter().chain(["2020-01-01 00:00:00.0001"]) {
            assert_eq!(read("time", text), Err(TimeError::SubMillisecond), "{text}");
        }
    }

    #[test]
    fn times_before_1970_are_allowed_in_seconds_and_in_text() {
        assert_eq!(read("time", "-86400"), Ok(-86_400_000));
        assert_eq!(read("time", "1969-12-31"), Ok(-86_400_000));
    }

    #[test]
    fn the_first_row_decides_the_unit_of_all() {
        let mut column = TimeColumn::under("time");
        assert_eq!(column.read(b"1577836800"), Ok(NEW_YEAR));
        let (expected, found) = (TimeForm::Seconds, TimeForm::Milliseconds);
        assert_eq!(column.read(b"1577836860000"), Err(TimeError::OtherForm { expected, found }));
        let (expected, found) = (TimeForm::Seconds, TimeForm::Text);
        assert_eq!(column.read(b"2020-01-01"), Err(TimeError::OtherForm { expected, found }));
        assert_eq!(column.read(b"soon"), Err(TimeError::Malformed));
    }

    #[test]
    fn timestamp_ms_is_in_milliseconds_whatever_its_size() {
        assert_eq!(read("Timestamp_MS", "60000"), Ok(60_000));
        assert_eq!(read("timestamp", "60000"), Ok(60_000_000));
    }

    #[test]
    fn eight_digits_under_date_are_a_day() {
        assert_eq!(read("Date", "20200101"), Ok(NEW_YEAR));
        assert_eq!(read("Date", "1577836800"), Ok(NEW_YEAR));
    }

    #[test]
    fn what_is_no_time_is_refused_by_its_kind() {
        for text in ["", "soon", "2020-13-01", "12:00", "2020-01-01[Europe/Berlin]", "NaN"] {
            assert_eq!(read("time", text), Err(TimeError::Malformed), "{text}");
        }
        for text in ["1899-12-31", "2262-01-01", "99999999999", "-99999999999999999999"] {
            assert!(read("time", text).is_err(), "{text}");
        }
        assert_eq!(read("time", "1899-12-31"), Err(TimeError::OutOfRange));
    }

    proptest! {
        #[test]
        fn a_time_survives_its_iso_form(time_ms in OPEN_TIMES_MS) {
            prop_assert_eq!(read("time", &iso(time_ms)), Ok(time_ms));
        }

        #[test]
        fn any_text_is_a_time_or_refused(field in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = TimeColumn::under("time").read(&field);
        }
    }
}
