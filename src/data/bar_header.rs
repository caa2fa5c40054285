//! What stands before the bars in their file: what their integers mean, and what a day is.

use std::io;

use crate::market::{
    Calendar, Columns, DayRule, Decimal, OffsetChange, Series, Timeframe, TradingDays, Units,
};

/// What the file is made of.
pub(super) const WORD_BYTES: usize = 8;
pub(super) type Word = [u8; WORD_BYTES];

/// The first word; its last byte is the version of the format.
const MARK: Word = *b"TFBARS\0\x01";
/// The same of a series whose days are not those of UTC.
const MARK_WITH_DAYS: Word = *b"TFBARS\0\x02";
/// The words that both headers have, and how many the longer one has up to the zone's name.
const HEADER_WORDS: usize = 8;
const DAYS_WORDS: usize = 3;
/// More changes of a clock, or a longer name of a zone, are damage: some two a year in 362 years.
const CHANGES_MAX: usize = 4_096;
const NAME_BYTES_MAX: usize = 255;

/// A series without its bars.
pub(super) struct Header {
    pub(super) timeframe: Timeframe,
    pub(super) calendar: Calendar,
    pub(super) units: Units,
    pub(super) days: TradingDays,
    pub(super) bar_count: usize,
    /// How many words it takes.
    pub(super) words: usize,
}

/// The header of the series with so many bars, as it stands in the file.
pub(super) fn header_words(series: &Series, bar_count: usize) -> Vec<Word> {
    let Units { price_tick, quantity_step } = series.units;
    let calendar: i64 = match series.calendar {
        Calendar::AlwaysOpen => 0,
        Calendar::Sessions => 1,
    };
    let numbers = [
        series.timeframe.word(),
        calendar,
        price_tick.mantissa(),
        i64::from(price_tick.scale()),
        quantity_step.mantissa(),
        i64::from(quantity_step.scale()),
        bar_count as i64,
    ];
    let mut words = vec![if series.days.is_utc() { MARK } else { MARK_WITH_DAYS }];
    words.extend(numbers.map(i64::to_le_bytes));
    if !series.days.is_utc() {
        put_days(&series.days, &mut words);
    }
    words
}

/// What the longer header has besides.
fn put_days(days: &TradingDays, words: &mut Vec<Word>) {
    let (DayRule { time_zone, start_minute }, changes) = (days.rule(), days.changes());
    let counts = [i64::from(start_minute), time_zone.len() as i64, changes.len() as i64];
    let mut name = time_zone.into_bytes();
    name.resize(name.len().next_multiple_of(WORD_BYTES), 0);
    let numbers = changes.iter().flat_map(|change| [change.at_ms, i64::from(change.offset_s)]);
    words.extend(counts.map(i64::to_le_bytes));
    words.extend(name.as_chunks().0);
    words.extend(numbers.map(i64::to_le_bytes));
}

impl Header {
    /// The series without its bars.
    pub(super) fn head(self) -> Series {
        let Self { timeframe, calendar, units, days, .. } = self;
        Series { timeframe, units, calendar, days, bars: Columns::default() }
    }

    /// Reads a header from what `next` gives: so many words on.
    pub(super) fn read(mut next: impl FnMut(usize) -> io::Result<Vec<Word>>) -> io::Result<Self> {
        let mut words = next(HEADER_WORDS)?.into_iter();
        let has_days = match words.next() {
            Some(MARK) => false,
            Some(MARK_WITH_DAYS) => true,
            _ => return Err(damaged()),
        };
        let numbers: Vec<i64> = words.map(i64::from_le_bytes).collect();
        let mut header = Self::of(&numbers).ok_or_else(damaged)?;
        if has_days {
            (header.days, header.words) = read_days(next)?;
        }
        Ok(header)
    }

    /// The header of those numbers, with days of UTC.
    fn of(numbers: &[i64]) -> Option<Self> {
        let &[timeframe, calendar, tick, tick_scale, step, step_scale, bar_count] = numbers else {
            return None;
        };
        let calendar = match calendar {
            0 => Calendar::AlwaysOpen,
            1 => Calendar::Sessions,
            _ => return None,
        };
        let (price_tick, quantity_step) =
            (positive(tick, tick_scale)?, positive(step, step_scale)?);
        Some(Self {
            timeframe: Timeframe::from_word(timeframe).ok()?,
            calendar,
            units: Units { price_tick, quantity_step },
            days: TradingDays::UTC,
            bar_count: usize::try_from(bar_count).ok()?,
            words: HEADER_WORDS,
        })
    }
}

/// The days in the longer header, and how many words that has.
fn read_days(
    mut next: impl FnMut(usize) -> io::Result<Vec<Word>>,
) -> io::Result<(TradingDays, usize)> {
    let counts: Vec<i64> = next(DAYS_WORDS)?.into_iter().map(i64::from_le_bytes).collect();
    let within = |count: i64, most: usize| {
        usize::try_from(count).ok().filter(|count| *count <= most).ok_or_else(damaged)
    };
    let start_minute = within(counts[0], 24 * 60 - 1)? as u16;
    let name_bytes = within(counts[1], NAME_BYTES_MAX)?;
    let change_count = within(counts[2], CHANGES_MAX)?;
    let name_words = next(name_bytes.div_ceil(WORD_BYTES))?;
    let name = name_words.as_flattened()[..name_bytes].to_vec();
    let time_zone = String::from_utf8(name).map_err(|_| damaged())?;
    let numbers: Vec<i64> = next(2 * change_count)?.into_iter().map(i64::from_le_bytes).collect();
    let changes = numbers.as_chunks().0.iter().map(|&[at_ms, offset_s]| {
        let offset_s = i32::try_from(offset_s).map_err(|_| damaged())?;
        Ok(OffsetChange { at_ms, offset_s })
    });
    let changes = changes.collect::<io::Result<Vec<_>>>()?;
    let words = HEADER_WORDS + DAYS_WORDS + name_words.len() + numbers.len();
    Ok((TradingDays::new(DayRule { time_zone, start_minute }, changes), words))
}

fn damaged() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// The tick or step of these two words, if it is one.
fn positive(mantissa: i64, scale: i64) -> Option<Decimal> {
    Decimal::new(mantissa, u32::try_from(scale).ok()?).filter(|step| step.is_positive())
}
