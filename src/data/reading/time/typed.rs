//! Times that a column has by its type, and what that type says of their zone. They come as counts
//! of milliseconds, and are then what the same times would be if a text had them written out.

use super::dates::Packed;
use super::written::{Clock, DAY_MS};
use super::zones::Mark;
use super::{Kept, TimeColumn, TimeError, TimeForm, counts, plain_count};

/// Days that can be kept, far more than can be bars.
const DAYS: std::ops::Range<i64> = -(1 << 30)..1 << 30;

/// What a file states of its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::data) enum StatedTimes {
    /// Counts of a unit since 1970, UTC.
    Counts(TimeForm),
    /// Milliseconds since 1970, UTC, each a date and a time there.
    Moments,
    /// Milliseconds since 1970 on a clock of which nobody says where it hangs.
    Clocks,
    /// Likewise, and all of them days without a time of day.
    Days,
}

impl Kept {
    pub(super) const MOMENTS: Self = Self::Typed { mark: Mark::Offset(0), has_clock: true };
    pub(super) const CLOCKS: Self = Self::Typed { mark: Mark::Absent, has_clock: true };
    pub(super) const DAYS: Self = Self::Typed { mark: Mark::Absent, has_clock: false };
}

impl TimeColumn {
    /// Takes in a count of milliseconds, or a day with its time of day in a field of its own.
    pub(super) fn typed(
        &mut self,
        field: &[u8],
        clock: Option<&[u8]>,
        mark: Mark,
        has_clock: bool,
    ) -> Result<Packed, TimeError> {
        if self.terms.format.is_some() {
            return Err(TimeError::Typed);
        }
        let count = plain_count(field).or_else(|| counts::count_of(field));
        let count = count.ok_or(TimeError::Malformed)?;
        let ms = self.milliseconds(TimeForm::Milliseconds, count)?;
        let (day, ms) = (ms.div_euclid(DAY_MS.into()), ms.rem_euclid(DAY_MS.into()));
        if !DAYS.contains(&day) {
            return Err(TimeError::OutOfRange);
        }
        let own = has_clock.then_some(Clock::Time(ms as u32));
        let bits = match clock.map(<[u8]>::trim_ascii) {
            Some(alone) => self.clock_bits(Some(self.time_of_day(alone)?.0), alone)?,
            None => self.clock_bits(own, field)?,
        };
        self.zones.note(self.rows.len(), mark);
        Ok(Packed::of_day(day, bits))
    }
}
