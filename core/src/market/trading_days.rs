//! Where a market's days begin: at midnight of UTC, or at a time of day on a zone's wall clock.
//!
//! The offsets of the zone come as data and go with the bars, so that no database of time zones
//! is asked here, and no later release of one changes what is stored.

use std::fmt;
use std::sync::Arc;

use super::civil::is_weekend;
use super::timeframe::DAY_MS;

const MINUTE_MS: i64 = 60_000;
const NOON_MINUTE: u16 = 12 * 60;
/// What a zone is called that never moves from UTC.
const UTC: &str = "UTC";

/// How the days of a market are declared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DayRule {
    /// The zone whose wall clock is meant, by its IANA name.
    pub time_zone: String,
    /// The minute of that clock's day at which a day of the market begins; below 1,440.
    pub start_minute: u16,
}

/// From when on a zone's clock is that far ahead of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OffsetChange {
    /// UTC milliseconds. Of the first, nothing is said: it holds before as well.
    pub at_ms: i64,
    /// Seconds ahead of UTC.
    pub offset_s: i32,
}

/// The days of a market, each with a date as its label: the days since 1970-01-01.
///
/// The day of a date starts at the earliest instant at which the wall clock shows that date and
/// the time at which days begin, or later. Days tile the time line. A date that the zone skipped
/// has no day: it would begin where the next begins.
///
/// A day that begins before noon is labelled by the date on which it begins, a later one by the
/// next: what begins on Sunday at 17:00 is Monday's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TradingDays(Option<Arc<Zoned>>);

#[derive(Debug, PartialEq, Eq)]
struct Zoned {
    rule: DayRule,
    changes: Vec<OffsetChange>,
    stretches: Vec<Stretch>,
}

/// A stretch of time with one offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    from_ms: i64,
    offset_s: i64,
    /// The latest that the wall clock has shown before.
    shown_ms: i64,
}

impl Stretch {
    const fn offset_ms(self) -> i64 {
        self.offset_s * 1_000
    }
}

impl DayRule {
    /// Whether days are those of UTC.
    pub fn is_utc(&self) -> bool {
        self.time_zone == UTC && self.start_minute == 0
    }

    /// When days begin, as the wall clock shows it: `09:30`.
    pub fn start(&self) -> String {
        format!("{:02}:{:02}", self.start_minute / 60, self.start_minute % 60)
    }

    const fn start_ms(&self) -> i64 {
        self.start_minute as i64 * MINUTE_MS
    }

    /// How many days a label is after the date on which its day begins.
    const fn label_shift(&self) -> i64 {
        (self.start_minute >= NOON_MINUTE) as i64
    }
}

impl Default for DayRule {
    fn default() -> Self {
        Self { time_zone: UTC.to_owned(), start_minute: 0 }
    }
}

impl fmt::Display for DayRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.time_zone)?;
        if self.start_minute == 0 { Ok(()) } else { write!(f, " from {}", self.start()) }
    }
}

impl TradingDays {
    /// The days of UTC.
    pub const UTC: Self = Self(None);

    /// The days of that rule, given how the zone's clock was changed, in order of time.
    ///
    /// Without changes, the zone's clock is taken to be UTC's.
    pub fn new(rule: DayRule, changes: Vec<OffsetChange>) -> Self {
        if rule.is_utc() {
            return Self::UTC;
        }
        let mut stretches: Vec<Stretch> = Vec::with_capacity(changes.len().max(1));
        for change in &changes {
            let (from_ms, shown_ms) = match stretches.last() {
                None => (i64::MIN, i64::MIN),
                Some(last) => {
                    (change.at_ms, last.shown_ms.max(change.at_ms - 1 + last.offset_ms()))
                }
            };
            stretches.push(Stretch { from_ms, offset_s: change.offset_s.into(), shown_ms });
        }
        if stretches.is_empty() {
            stretches.push(Stretch { from_ms: i64::MIN, offset_s: 0, shown_ms: i64::MIN });
        }
        Self(Some(Arc::new(Zoned { rule, changes, stretches })))
    }

    /// Whether they are the days of UTC.
    pub const fn is_utc(&self) -> bool {
        self.0.is_none()
    }

    /// How they are declared.
    pub fn rule(&self) -> DayRule {
        self.0.as_ref().map(|zoned| zoned.rule.clone()).unwrap_or_default()
    }

    /// How the zone's clock was changed, so far as that is known.
    pub fn changes(&self) -> &[OffsetChange] {
        self.0.as_ref().map_or(&[], |zoned| &zoned.changes)
    }

    /// The day that holds the time.
    #[inline]
    pub fn day(&self, time_ms: i64) -> i64 {
        match &self.0 {
            None => time_ms.div_euclid(DAY_MS),
            Some(zoned) => zoned.day(time_ms),
        }
    }

    /// Where the day begins; the day before ends there.
    #[inline]
    pub fn day_start_ms(&self, day: i64) -> i64 {
        match &self.0 {
            None => day * DAY_MS,
            Some(zoned) => zoned.day_start_ms(day),
        }
    }

    /// What the zone's wall clock shows, as milliseconds since it showed 1970-01-01T00:00.
    #[inline]
    pub fn wall_clock_ms(&self, time_ms: i64) -> i64 {
        match &self.0 {
            None => time_ms,
            Some(zoned) => time_ms + zoned.stretch(time_ms).offset_ms(),
        }
    }

    /// Whether there is a day of that label: a zone may have skipped its date.
    pub fn is_day(&self, day: i64) -> bool {
        self.day_start_ms(day) < self.day_start_ms(day + 1)
    }

    /// Whether the day that holds the time is a Saturday or a Sunday.
    pub fn is_weekend(&self, time_ms: i64) -> bool {
        is_weekend(self.day(time_ms))
    }
}

impl Zoned {
    fn stretch(&self, time_ms: i64) -> Stretch {
        let after = self.stretches.partition_point(|stretch| stretch.from_ms <= time_ms);
        self.stretches[after.max(1) - 1]
    }

    fn day(&self, time_ms: i64) -> i64 {
        let stretch = self.stretch(time_ms);
        // A clock that was put back shows again what it has shown: no day begins twice.
        let shown_ms = stretch.shown_ms.max(time_ms + stretch.offset_ms());
        (shown_ms - self.rule.start_ms()).div_euclid(DAY_MS) + self.rule.label_shift()
    }

    fn day_start_ms(&self, day: i64) -> i64 {
        let wanted_ms = (day - self.rule.label_shift()) * DAY_MS + self.rule.start_ms();
        // The first stretch before whose end the clock shows that much.
        let reached = self.stretches[1..].partition_point(|next| next.shown_ms < wanted_ms);
        let stretch = self.stretches[reached];
        stretch.from_ms.max(wanted_ms - stretch.offset_ms())
    }
}
