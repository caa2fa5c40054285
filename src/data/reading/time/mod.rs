//! Times as they stand in files. A column is taken in row by row and settled at its end, since only
//! all rows together tell day from month and one unit from another. Knows nothing of prices.

mod counts;
mod cursor;
mod dates;
mod format;
mod looks;
mod pattern;
mod precision;
mod settle;
#[cfg(test)]
mod tests;
mod typed;
mod written;
#[cfg(test)]
mod written_tests;
mod zone_guess;
mod zone_text;
mod zones;

use std::{fmt, str};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::counts::Units;
pub use self::dates::DateOrder;
use self::dates::{Evidence, Packed, date, epoch_day};
pub use self::format::{TimeFormat, TimeFormatError};
use self::looks::is_compact;
pub(super) use self::looks::{is_clock, is_short_day, written_with_clock};
pub(super) use self::settle::Settled;
pub(in crate::data) use self::typed::StatedTimes;
use self::written::{Clock, DateParts, NotWritten, Written};
use self::zone_text::ZoneText;
pub use self::zones::zone_named;
use self::zones::{Mark, Zones};
use super::grid::Edge;
use crate::data::spill::{Room, WordColumn};
use crate::market::Decimal;

/// What a column's times are counted in, or that they are written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeForm {
    /// Unix seconds.
    Seconds,
    /// Unix milliseconds.
    Milliseconds,
    /// Unix microseconds.
    Microseconds,
    /// Unix nanoseconds.
    Nanoseconds,
    /// The day numbers of a spreadsheet, from 1899-12-30 on.
    DayNumbers,
    /// A date, or a date and a time, such as `2025-01-01 00:00:00`.
    Text,
}

/// Why a field is no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Neither a whole number nor a date.
    #[error("is not a time such as 1735689600000 or 2025-01-01 00:00:00; see --time-format")]
    Malformed,
    /// Not as the declared format has it.
    #[error("is not a time as declared by time_format: {0}")]
    OffFormat(String),
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
    /// Neither day nor month first fits this row and those above.
    #[error("fits no order of day, month and year that the rows above have")]
    NoDateOrder,
    /// Day and month cannot be told apart.
    #[error(
        "may be {} ({}) or {} ({}), and no row of the file decides: declare time_format \
         (--time-format dmy, mdy or ymd)",
        readings[0].1, readings[0].0.spelling(), readings[1].1, readings[1].0.spelling()
    )]
    OpenDateOrder {
        /// The orders that are left, and the day that each makes of it.
        readings: Box<[(DateOrder, String); 2]>,
    },
    /// Small numbers in a column of times of day.
    #[error(
        "and all other times of day may be hours or minutes: declare time_format, as in \
         --time-format '%Y%m%d %H'"
    )]
    OpenClock,
    /// Small numbers that two things count days by.
    #[error(
        "may be {of_spreadsheet} as spreadsheets count days, or day {day} of {year}, and no row of \
         the file decides: declare time_format (--time-format excel, or '%y%j')"
    )]
    OpenDayNumber {
        /// The date that it is in a spreadsheet.
        of_spreadsheet: String,
        /// The day of the year that it may be as well.
        day: i64,
        /// And the year.
        year: i64,
    },
    /// A zone that nobody knows, or too many of them.
    #[error("names a zone that is not known; write one such as America/New_York, or an offset")]
    UnknownZone,
    /// A date that its zone skipped.
    #[error("is a day that its zone skipped")]
    NoSuchDay,
    /// A week that may be the one before the weekend or the one after.
    #[error(
        "is a Saturday or a Sunday, which may be of the week that it ends or of the next: declare \
         time_is (--time-is close, or open for the next)"
    )]
    OpenWeek,
    /// A time that the clocks of its zone skip.
    #[error("is skipped by the clocks of its zone")]
    Skipped,
    /// How times are written is declared of a column that has them by its type.
    #[error(
        "is a time by the type of its column, and time_format says how texts and numbers are \
         written: leave it out (--time-format)"
    )]
    Typed,
}

impl From<NotWritten> for TimeError {
    fn from(error: NotWritten) -> Self {
        match error {
            NotWritten::Malformed => Self::Malformed,
            NotWritten::SubMillisecond => Self::SubMillisecond,
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
            Self::DayNumbers => "day numbers of a spreadsheet",
            Self::Text => "dates",
        })
    }
}

/// What a request says of a file's times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeTerms {
    /// How they are written; else as all rows tell.
    pub format: Option<TimeFormat>,
    /// The zone of wall clocks that are written without one; else UTC.
    pub zone: Option<TimeZone>,
    /// Which edge of its bar a time is; else its open.
    pub edge: Option<Edge>,
}

/// How the rows of a column are kept until it is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    /// Milliseconds, by the unit that each count's size tells, or that is declared.
    Counts { declared: Option<TimeForm> },
    /// Small counts, in billionths.
    Small,
    /// [`Packed`].
    Written,
    /// [`Packed`] too, out of milliseconds that a clock shows.
    Typed { mark: Mark, has_clock: bool },
}

/// Takes in one column of times, or two of dates and times of day.
#[derive(Debug)]
pub(super) struct TimeColumn {
    terms: TimeTerms,
    /// What the file itself states.
    stated: Option<StatedTimes>,
    kept: Option<Kept>,
    rows: WordColumn,
    last_unit: Option<TimeForm>,
    units: Units,
    evidence: Option<Evidence>,
    zones: Zones,
    /// Of digits without colons, the greatest number and the most digits.
    clock_digits: Option<(u32, usize)>,
    has_clock: bool,
    /// Whether what is finer than a millisecond is left off.
    is_cut: bool,
}

impl TimeColumn {
    /// A column without rows; `stated` is what the file itself says of it.
    pub(super) fn new(terms: TimeTerms, stated: Option<StatedTimes>) -> Self {
        Self {
            terms,
            stated,
            kept: None,
            rows: WordColumn::default(),
            last_unit: None,
            units: Units::default(),
            evidence: None,
            zones: Zones::default(),
            clock_digits: None,
            has_clock: false,
            is_cut: false,
        }
    }

    /// Likewise, of times that may be finer than a millisecond, which is left off.
    pub(super) fn cut(terms: TimeTerms, stated: Option<StatedTimes>) -> Self {
        Self { is_cut: true, ..Self::new(terms, stated) }
    }

    /// The same column with other room.
    pub(super) fn within(self, room: &Room) -> Self {
        Self { rows: WordColumn::new(room), ..self }
    }

    /// How many rows were taken in.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Takes the next row in: a date, with its time of day in a field of its own or without.
    pub(super) fn push(&mut self, field: &[u8], clock: Option<&[u8]>) -> Result<(), TimeError> {
        let field = field.trim_ascii();
        let kept = match self.kept {
            Some(kept) => kept,
            None => *self.kept.insert(self.begin(field, clock.is_some())),
        };
        let row = match kept {
            Kept::Counts { declared } => self.count(field, declared)?,
            Kept::Small => {
                let count = counts::count_of(field).ok_or_else(|| not_a(TimeForm::Seconds, field));
                counts::small(count?).ok_or(TimeError::OutOfRange)?
            }
            Kept::Written => self.written(field, clock.map(<[u8]>::trim_ascii))?.0,
            Kept::Typed { mark, has_clock } => self.typed(field, clock, mark, has_clock)?.0,
        };
        self.rows.push(row);
        Ok(())
    }

    fn begin(&self, field: &[u8], has_clock_column: bool) -> Kept {
        match (&self.terms.format, self.stated) {
            (_, Some(StatedTimes::Moments)) => return Kept::MOMENTS,
            (_, Some(StatedTimes::Clocks)) => return Kept::CLOCKS,
            (_, Some(StatedTimes::Days)) => return Kept::DAYS,
            (Some(TimeFormat::Unit(TimeForm::DayNumbers)), _) => return Kept::Small,
            (Some(TimeFormat::Unit(unit)), _) => return Kept::Counts { declared: Some(*unit) },
            (None, Some(StatedTimes::Counts(unit))) => {
                return Kept::Counts { declared: Some(unit) };
            }
            (Some(_), _) => return Kept::Written,
            (None, None) => {}
        }
        match counts::count_of(field) {
            Some(_) if has_clock_column || is_compact(field) => Kept::Written,
            Some(count) if counts::is_small(count) => Kept::Small,
            Some(_) => Kept::Counts { declared: None },
            None => Kept::Written,
        }
    }

    fn count(&mut self, field: &[u8], declared: Option<TimeForm>) -> Result<i64, TimeError> {
        let count = plain_count(field).or_else(|| counts::count_of(field));
        let Some(count) = count else {
            return Err(not_a(declared.or(self.last_unit).unwrap_or(TimeForm::Seconds), field));
        };
        let unit = declared.unwrap_or_else(|| TimeForm::of_count(count));
        let ms = self.milliseconds(unit, count)?;
        if self.last_unit != Some(unit) {
            self.units.note(self.rows.len(), unit, count, self.rows.last())?;
            self.last_unit = Some(unit);
        }
        Ok(ms)
    }

    fn written(&mut self, field: &[u8], clock: Option<&[u8]>) -> Result<Packed, TimeError> {
        let short = clock.and_then(|_| looks::short_day(field));
        let written = match (&self.terms.format, short) {
            (Some(TimeFormat::Pattern(pattern)), _) => {
                let pattern = pattern.clone();
                return self.by_pattern(&pattern, field, clock);
            }
            (_, Some(short)) => Ok(short),
            _ if self.is_cut => Written::parse(precision::cut(field).as_ref()),
            _ => Written::parse(field),
        };
        let written = written.map_err(|error| match counts::count_of(field) {
            Some(count) if self.len() > 0 => {
                TimeError::OtherForm { expected: TimeForm::Text, found: TimeForm::of_count(count) }
            }
            _ => error.into(),
        })?;
        let (mut time, mut zone, mut zone_field) = (written.clock, written.zone, field);
        if let Some(clock) = clock {
            let (alone, alone_zone) = self.time_of_day(clock)?;
            time = Some(alone);
            if alone_zone != ZoneText::Absent {
                (zone, zone_field) = (alone_zone, clock);
            }
        }
        let clock_bits = self.clock_bits(time, clock.unwrap_or(field))?;
        let mark = match zone {
            ZoneText::Absent => Mark::Absent,
            ZoneText::Offset(seconds) => Mark::Offset(seconds),
            ZoneText::Named(name) => {
                self.zones.named(str::from_utf8(&zone_field[name]).unwrap_or_default())?
            }
        };
        self.zones.note(self.rows.len(), mark);
        self.packed(written.date, clock_bits)
    }

    fn packed(&mut self, date_parts: DateParts, clock_bits: u32) -> Result<Packed, TimeError> {
        let row = self.rows.len();
        match (date_parts, &mut self.evidence) {
            (DateParts::Day { year, month, day }, None) => {
                let date = date(year, month, day).ok_or(TimeError::Malformed)?;
                Ok(Packed::of_day(epoch_day(date), clock_bits))
            }
            (DateParts::Triple { numbers, is_short }, evidence)
                if evidence.as_ref().map_or(row == 0, |known| known.is_short() == is_short) =>
            {
                let declared = match self.terms.format {
                    Some(TimeFormat::Order(order)) => Some(order),
                    _ => None,
                };
                let evidence = evidence.get_or_insert_with(|| Evidence::new(declared, is_short));
                evidence.weigh(row, numbers)?;
                Ok(Packed::of_triple(numbers, clock_bits))
            }
            _ => Err(TimeError::NoDateOrder),
        }
    }

    /// The time of day as it is kept, and what is noted of it.
    fn clock_bits(&mut self, clock: Option<Clock>, field: &[u8]) -> Result<u32, TimeError> {
        let is_first = !self.has_clock;
        match clock {
            None => Ok(0),
            Some(Clock::Time(ms)) if self.clock_digits.is_none() => {
                self.has_clock = true;
                Ok(ms)
            }
            Some(Clock::Digits(digits)) if is_first || self.clock_digits.is_some() => {
                self.has_clock = true;
                let length = field.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
                let (most, longest) = self.clock_digits.unwrap_or((0, 0));
                self.clock_digits = Some((most.max(digits), longest.max(length)));
                Ok(digits)
            }
            Some(_) => Err(TimeError::Malformed),
        }
    }
}

/// The fast path of counts.
fn plain_count(field: &[u8]) -> Option<Decimal> {
    const DIGITS_MAX: usize = 18;
    if field.is_empty() || field.len() > DIGITS_MAX {
        return None;
    }
    let mut count = 0_i64;
    for &byte in field {
        if !byte.is_ascii_digit() {
            return None;
        }
        count = count * 10 + i64::from(byte - b'0');
    }
    Decimal::new(count, 0)
}

/// What is wrong with a field that should be a count.
fn not_a(expected: TimeForm, field: &[u8]) -> TimeError {
    match Written::parse(field) {
        Ok(_) => TimeError::OtherForm { expected, found: TimeForm::Text },
        Err(_) => TimeError::Malformed,
    }
}

/// The time as it stands in messages: `2025-01-01T00:00:00Z`.
pub(in crate::data) fn iso(time_ms: i64) -> String {
    Timestamp::from_millisecond(time_ms)
        .map_or_else(|_| format!("{time_ms} ms"), |time| time.to_string())
}
