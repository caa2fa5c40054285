//! Times by a pattern that a request declares.

use jiff::fmt::strtime::BrokenDownTime;

use super::dates::{Packed, epoch_day};
use super::zones::Mark;
use super::{TimeColumn, TimeError};

impl TimeColumn {
    /// The time that a field, or one of dates and one of times of day, has by the pattern.
    pub(super) fn by_pattern(
        &mut self,
        pattern: &str,
        field: &[u8],
        clock: Option<&[u8]>,
    ) -> Result<Packed, TimeError> {
        let off_format = || TimeError::OffFormat(pattern.to_owned());
        let joined = clock.map_or_else(|| field.to_vec(), |clock| [field, b" ", clock].concat());
        let read = BrokenDownTime::parse(pattern, &joined).map_err(|_| off_format())?;
        let (date, mark) = if let Some(time) = read.timestamp() {
            let utc = jiff::tz::Offset::UTC.to_datetime(time);
            (utc, Mark::Offset(0))
        } else {
            let date = read.to_date().map_err(|_| off_format())?;
            let time = read.to_time().unwrap_or(jiff::civil::Time::midnight());
            let mark = match (read.offset(), read.iana_time_zone()) {
                (Some(offset), _) => Mark::Offset(offset.seconds()),
                (None, Some(name)) => self.zones.named(name)?,
                (None, None) => Mark::Absent,
            };
            (date.to_datetime(time), mark)
        };
        if date.subsec_nanosecond() % 1_000_000 != 0 && !self.is_cut {
            return Err(TimeError::SubMillisecond);
        }
        self.has_clock |= read.hour().is_some() || read.timestamp().is_some();
        self.zones.note(self.rows.len(), mark);
        let seconds = (i32::from(date.hour()) * 60 + i32::from(date.minute())) * 60;
        let ms = (seconds + i32::from(date.second())) * 1000 + i32::from(date.millisecond());
        Ok(Packed::of_day(epoch_day(date.date()), ms.unsigned_abs()))
    }
}
