//! What a program is told at a bar besides its definitions: the bar's parts, and facts.

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

use super::kernel::NONE;
use super::language::{Fact, Source};
use crate::market::Bar;

/// What the account knows when a bar has ended, none where there is nothing to know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    values: [f64; Fact::ALL.len()],
}

impl Facts {
    /// Those of an account that never traded.
    pub(super) const NOTHING: Self = Self { values: [NONE; Fact::ALL.len()] };

    /// The same with one more.
    #[must_use]
    pub(super) const fn with(mut self, fact: Fact, value: f64) -> Self {
        self.values[fact as usize] = value;
        self
    }

    #[inline]
    pub(super) const fn value(&self, fact: Fact) -> f64 {
        self.values[fact as usize]
    }
}

/// A part of a bar; prices in ticks.
#[inline]
pub(super) fn part_of(source: Source, bar: &Bar, index: u64) -> f64 {
    match source {
        Source::Open => bar.open as f64,
        Source::High => bar.high as f64,
        Source::Low => bar.low as f64,
        Source::Close => bar.close as f64,
        Source::Volume => bar.volume,
        Source::BarIndex => index as f64,
        _ => clock_part(source, bar.open_time_ms),
    }
}

/// By the wall clock of UTC at the bar's open.
fn clock_part(source: Source, open_time_ms: i64) -> f64 {
    let Ok(time) = Timestamp::from_millisecond(open_time_ms) else { return NONE };
    let time: civil::DateTime = TimeZone::UTC.to_datetime(time);
    match source {
        Source::Hour => f64::from(time.hour()),
        Source::Minute => f64::from(time.minute()),
        Source::TimeOfDay => f64::from(time.hour()) * 60.0 + f64::from(time.minute()),
        Source::Day => f64::from(time.day()),
        Source::Month => f64::from(time.month()),
        Source::Year => f64::from(time.year()),
        Source::Weekday => f64::from(time.weekday().to_monday_one_offset()),
        Source::Week => f64::from(time.date().iso_week_date().week()),
        _ => NONE,
    }
}
