//! One written date, time of day or both, taken apart. Knows nothing of the rows around it, and so
//! leaves open what one field cannot tell: which of two small numbers is the day.

use jiff::civil::{ISOWeekDate, Weekday};

use super::cursor::Cursor;
use super::zone_text::ZoneText;

/// A date and time as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) date: DateParts,
    pub(super) clock: Option<Clock>,
    pub(super) zone: ZoneText,
}

/// The numbers of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateParts {
    /// Written so that each number can be but one thing.
    Day { year: u16, month: u8, day: u8 },
    /// Three numbers in the order of writing; `is_short` if none of them is a year of four digits.
    Triple { numbers: [u16; 3], is_short: bool },
}

impl DateParts {
    /// What a month alone means.
    const fn first_of(year: u16, month: u8) -> Self {
        Self::Day { year, month, day: 1 }
    }
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// Milliseconds since midnight, up to and including the next.
    Time(u32),
    /// Digits without colons that may be `hmm` or `hmmss`.
    Digits(u32),
}

/// Why a field is no date or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotWritten {
    Malformed,
    SubMillisecond,
}

const MONTHS: [&[u8; 3]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];
const WEEKDAYS: [&[u8; 3]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];
pub(super) const DAY_MS: u32 = 86_400_000;

impl Written {
    /// Takes a date apart, with or without a time of day and a zone.
    pub(super) fn parse(field: &[u8]) -> Result<Self, NotWritten> {
        let read = Self::parse_plain(field);
        match respelt(field).filter(|_| read == Err(NotWritten::Malformed)) {
            Some(respelt) => Self::parse_plain(&respelt),
            None => read,
        }
    }

    fn parse_plain(field: &[u8]) -> Result<Self, NotWritten> {
        let mut text = Cursor { field, at: 0 };
        text.weekday();
        let (date, compact_clock) = text.date().ok_or(NotWritten::Malformed)?;
        let clock = match compact_clock {
            Some(clock) => Some(clock),
            None => text.clock_after_date()?,
        };
        let zone = text.zone().ok_or(NotWritten::Malformed)?;
        Ok(Self { date, clock, zone })
    }
}

/// Takes a time of day apart that stands in a column of its own.
pub(super) fn clock_alone(field: &[u8]) -> Result<(Clock, ZoneText), NotWritten> {
    let mut text = Cursor { field, at: 0 };
    let clock = text.clock()?.ok_or(NotWritten::Malformed)?;
    let zone = text.zone().ok_or(NotWritten::Malformed)?;
    Ok((clock, zone))
}

/// A date of East Asia with plain signs: `2024年2月26日 9時30分` or `2024. 2. 26.`; `None` for any
/// other.
fn respelt(field: &[u8]) -> Option<Vec<u8>> {
    const SIGNS: [(char, &str); 11] = [
        ('年', "-"),
        ('년', "-"),
        ('月', "-"),
        ('월', "-"),
        ('日', " "),
        ('일', " "),
        ('時', ":"),
        ('시', ":"),
        ('分', ":"),
        ('분', ":"),
        ('秒', ""),
    ];
    let is_dotted = field.get(4..6) == Some(b". ");
    if field.is_ascii() && !is_dotted {
        return None;
    }
    let mut text = std::str::from_utf8(field).ok()?.replace(". ", ".");
    for (sign, plain) in SIGNS {
        text = text.replace(sign, plain);
    }
    let text = text.replace("- ", "-").replace(": ", ":").replace("  ", " ");
    Some(text.trim_end_matches([' ', ':', '.']).as_bytes().to_vec())
}

/// The milliseconds of `hmm` or `hmmss`; `None` if there is no such time of day.
pub(super) fn clock_of_digits(digits: u32, has_seconds: bool) -> Option<u32> {
    let (hour, minute, second) = if has_seconds {
        (digits / 10_000, digits / 100 % 100, digits % 100)
    } else {
        (digits / 100, digits % 100, 0)
    };
    time_of_day(hour, minute, second, 0)
}

fn time_of_day(hour: u32, minute: u32, second: u32, ms: u32) -> Option<u32> {
    if hour > 24 || minute > 59 || second > 59 {
        return None;
    }
    let time = ((hour * 60 + minute) * 60 + second) * 1000 + ms;
    (time <= DAY_MS).then_some(time)
}

impl Cursor<'_> {
    fn weekday(&mut self) {
        if self.word(&WEEKDAYS).is_some() {
            while self.take(|byte| b"., ".contains(&byte)).is_some() {}
        }
    }

    /// The numbers of a date, and a time of day where both are one run of digits.
    fn date(&mut self) -> Option<(DateParts, Option<Clock>)> {
        if let Some(month) = self.word(&MONTHS) {
            return Some((self.after_month(month)?, None));
        }
        let run = self.field[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        match run {
            8 => Some((self.compact()?, None)),
            12 | 14 | 17 => {
                let date = self.compact()?;
                let (hour, minute) = (self.digits(2)?, self.digits(2)?);
                let second = if run > 12 { self.digits(2)? } else { 0 };
                let ms = if run > 14 { self.digits(3)? } else { 0 };
                Some((date, Some(Clock::Time(time_of_day(hour, minute, second, ms)?))))
            }
            1 | 2 | 4 => Some((self.separated()?, None)),
            _ => None,
        }
    }

    fn compact(&mut self) -> Option<DateParts> {
        let (year, month, day) = (self.digits(4)?, self.digits(2)?, self.digits(2)?);
        Some(DateParts::Day { year: year as u16, month: month as u8, day: day as u8 })
    }

    /// What follows a month written as a word: `Jan 02, 2024`, `Jan-02-2024`.
    fn after_month(&mut self, month: usize) -> Option<DateParts> {
        while self.take(|byte| b" -/.,".contains(&byte)).is_some() {}
        let (day, digits) = self.number()?;
        if digits == 4 && self.peek().is_none() {
            return Some(DateParts::first_of(day as u16, month as u8 + 1));
        }
        if digits > 2 {
            return None;
        }
        self.ordinal();
        while self.take(|byte| b" -/.,".contains(&byte)).is_some() {}
        let year = self.year()?;
        Some(DateParts::Day { year, month: month as u8 + 1, day: day as u8 })
    }

    /// What follows `2024-W`: a week, and perhaps the number of a day in it; its Monday otherwise.
    fn iso_week(&mut self, year: u16) -> Option<DateParts> {
        let week = self.digits(2)?;
        let day = match self.take(|byte| byte == b'-') {
            Some(_) => self.digits(1)?,
            None => 1,
        };
        let weekday = Weekday::from_monday_one_offset(day as i8).ok()?;
        let date = ISOWeekDate::new(year as i16, week as i8, weekday).ok()?.date();
        Some(DateParts::Day {
            year: date.year().unsigned_abs(),
            month: date.month().unsigned_abs(),
            day: date.day().unsigned_abs(),
        })
    }

    fn ordinal(&mut self) {
        let rest = self.field.get(self.at..self.at + 2).map(<[u8]>::to_ascii_lowercase);
        if rest.is_some_and(|rest| matches!(&rest[..], b"st" | b"nd" | b"rd" | b"th")) {
            self.at += 2;
        }
    }

    fn year(&mut self) -> Option<u16> {
        match self.number()? {
            (year, 4) => Some(year as u16),
            (short, 2) => Some(full_year(short as u16)),
            _ => None,
        }
    }

    /// Numbers, or a month as a word between two, with the same sign between them.
    fn separated(&mut self) -> Option<DateParts> {
        let (first, first_digits) = self.number()?;
        self.ordinal();
        let separator = self.take(|byte| b"-/. ".contains(&byte))?;
        if first_digits == 4 && self.take(|byte| byte == b'W').is_some() {
            return self.iso_week(first as u16);
        }
        let second = match self.word(&MONTHS) {
            Some(month) => Err(month as u8 + 1),
            None if separator == b' ' => return None,
            None => Ok(self.number().filter(|(_, digits)| *digits <= 2)?.0 as u16),
        };
        if separator == b' ' {
            _ = self.take(|byte| byte == b',');
            self.spaces();
        } else if first_digits == 4 && separator != b'.' && self.peek().is_none() {
            let month = second.map_or_else(|month| month, |month| month as u8);
            return Some(DateParts::first_of(first as u16, month));
        } else {
            self.take(|byte| byte == separator)?;
        }
        let first = first as u16;
        match (second, first_digits == 4) {
            (Err(month), false) => {
                Some(DateParts::Day { year: self.year()?, month, day: first as u8 })
            }
            (month, true) => {
                let (day, _) = self.number().filter(|(_, digits)| *digits <= 2)?;
                let month = month.map_or_else(|month| month, |month| month as u8);
                Some(DateParts::Day { year: first, month, day: day as u8 })
            }
            (Ok(second), false) => {
                let (third, digits) = self.number()?;
                let numbers = [first, second, third as u16];
                match digits {
                    4 => Some(DateParts::Triple { numbers, is_short: false }),
                    2 => Some(DateParts::Triple { numbers, is_short: true }),
                    _ => None,
                }
            }
        }
    }

    /// The time of day after a date, if there is one.
    fn clock_after_date(&mut self) -> Result<Option<Clock>, NotWritten> {
        let before = self.at;
        let is_parted = self.take(|byte| b"Tt_;,".contains(&byte)).is_some() | self.spaces();
        if is_parted && self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            let first = self.at;
            let clock = self.clock()?;
            let is_hour = matches!(clock, Some(Clock::Digits(_))) && self.at - first < 3;
            return if is_hour { Err(NotWritten::Malformed) } else { Ok(clock) };
        }
        self.at = before;
        Ok(None)
    }

    fn clock(&mut self) -> Result<Option<Clock>, NotWritten> {
        let Some((first, digits)) = self.number() else { return Ok(None) };
        if self.take(|byte| byte == b':').is_none() {
            return self.clock_of_run(first, digits);
        }
        let part = |number: Option<(u32, usize)>| {
            number.filter(|(_, digits)| *digits <= 2).map(|(number, _)| number)
        };
        let minute = part(self.number()).ok_or(NotWritten::Malformed)?;
        let mut second = 0;
        if self.take(|byte| byte == b':').is_some() {
            second = part(self.number()).ok_or(NotWritten::Malformed)?;
        }
        let ms = self.fraction()?;
        let hour = self.half_day(first).ok_or(NotWritten::Malformed)?;
        let time = time_of_day(hour, minute, second, ms).filter(|_| digits <= 2);
        Ok(Some(Clock::Time(time.ok_or(NotWritten::Malformed)?)))
    }

    /// A time of day without colons.
    fn clock_of_run(&mut self, run: u32, digits: usize) -> Result<Option<Clock>, NotWritten> {
        let before = self.at;
        let hour = self.half_day(run).ok_or(NotWritten::Malformed)?;
        if self.at > before {
            let time = time_of_day(hour, 0, 0, 0).filter(|_| digits <= 2);
            return Ok(Some(Clock::Time(time.ok_or(NotWritten::Malformed)?)));
        }
        match digits {
            6 => {
                let ms = self.fraction()?;
                let time = clock_of_digits(run, true).map(|time| time + ms);
                Ok(Some(Clock::Time(time.ok_or(NotWritten::Malformed)?)))
            }
            9 => {
                let time = clock_of_digits(run / 1000, true).map(|time| time + run % 1000);
                Ok(Some(Clock::Time(time.ok_or(NotWritten::Malformed)?)))
            }
            1..=5 => Ok(Some(Clock::Digits(run))),
            _ => Err(NotWritten::Malformed),
        }
    }

    /// Milliseconds after the point; what is finer must be nothing.
    fn fraction(&mut self) -> Result<u32, NotWritten> {
        if self.take(|byte| b".,".contains(&byte)).is_none() {
            return Ok(0);
        }
        let (mut ms, mut worth) = (0, 100);
        let first = self.at;
        while let Some(digit) = self.take(|byte| byte.is_ascii_digit()) {
            if worth == 0 && digit != b'0' {
                return Err(NotWritten::SubMillisecond);
            }
            ms += u32::from(digit - b'0') * worth;
            worth /= 10;
        }
        (self.at > first).then_some(ms).ok_or(NotWritten::Malformed)
    }

    /// The hour of the day, by AM or PM if one is written.
    fn half_day(&mut self, hour: u32) -> Option<u32> {
        let before = self.at;
        if !self.spaces() {
            _ = self.take(|byte| byte == b'-');
        }
        let half = self.field.get(self.at..self.at + 2).map(<[u8]>::to_ascii_lowercase);
        let is_late = match half.as_deref() {
            Some(b"am") => false,
            Some(b"pm") => true,
            _ => {
                self.at = before;
                return Some(hour);
            }
        };
        self.at += 2;
        (1..=12).contains(&hour).then(|| hour % 12 + if is_late { 12 } else { 0 })
    }
}

/// The year that two digits mean: those of the last decades and of the next.
pub(super) const fn full_year(short: u16) -> u16 {
    if short < 70 { 2000 + short } else { 1900 + short }
}
