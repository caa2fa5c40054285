//! What rows say of their zone, and the moments that wall clocks show. Knows no spelling.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

use super::TimeError;

/// The most names of zones in one column.
const NAMES_MAX: usize = 16;

/// What one row says of its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Absent,
    /// Seconds east of UTC.
    Offset(i32),
    /// The place in the list of names.
    Named(usize),
}

/// What all rows say of their zones.
#[derive(Clone, Debug, Default)]
pub(super) struct Zones {
    /// The first row of each run of one mark.
    runs: Vec<(usize, Mark)>,
    names: Vec<(String, TimeZone)>,
    places: BTreeMap<String, usize>,
}

/// The zone of that IANA name, from the data that the program carries.
pub fn zone_named(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

impl Zones {
    pub(super) fn note(&mut self, row: usize, mark: Mark) {
        if self.runs.last().is_none_or(|run| run.1 != mark) {
            self.runs.push((row, mark));
        }
    }

    /// The mark of a name.
    pub(super) fn named(&mut self, name: &str) -> Result<Mark, TimeError> {
        if let Some(&place) = self.places.get(name) {
            return Ok(Mark::Named(place));
        }
        let zone = zone_named(name).filter(|_| self.names.len() < NAMES_MAX);
        let zone = zone.ok_or(TimeError::UnknownZone)?;
        self.places.insert(name.to_owned(), self.names.len());
        self.names.push((name.to_owned(), zone));
        Ok(Mark::Named(self.names.len() - 1))
    }

    /// The mark of each row of so many.
    pub(super) fn marks(&self, rows: usize) -> impl DoubleEndedIterator<Item = (usize, Mark)> + '_ {
        let ends = self.runs.iter().skip(1).map(|run| run.0).chain([rows]);
        let runs = self.runs.iter().zip(ends.collect::<Vec<_>>());
        runs.flat_map(|(&(start, mark), end)| (start..end).map(move |row| (row, mark)))
    }

    pub(super) fn zone(&self, place: usize) -> &TimeZone {
        &self.names[place].1
    }

    /// What the rows say, in a few words; `None` if not one says anything.
    pub(super) fn told(&self) -> Option<String> {
        let says = |wanted: fn(Mark) -> bool| self.runs.iter().any(|run| wanted(run.1));
        if !self.names.is_empty() {
            let names: Vec<&str> = self.names.iter().map(|(name, _)| name.as_str()).collect();
            return Some(names.join(", "));
        }
        if says(|mark| matches!(mark, Mark::Offset(seconds) if seconds != 0)) {
            return Some("with their offsets".to_owned());
        }
        says(|mark| mark == Mark::Offset(0)).then(|| "UTC".to_owned())
    }

    /// Whether a row says nothing.
    pub(super) fn is_absent_somewhere(&self) -> bool {
        self.runs.iter().any(|run| run.1 == Mark::Absent)
    }
}

/// The moment at which the clocks of a zone show that; of two, the first, or the second if the
/// first is not after `before_ms`.
pub(super) fn moment(
    zone: &TimeZone,
    wall_ms: i64,
    before_ms: Option<i64>,
) -> Result<i64, TimeError> {
    let wall = wall_clock(wall_ms).ok_or(TimeError::OutOfRange)?;
    let found = zone.to_ambiguous_timestamp(wall);
    let ms = |time: Result<Timestamp, jiff::Error>| {
        time.map(Timestamp::as_millisecond).map_err(|_| TimeError::OutOfRange)
    };
    match found.offset() {
        AmbiguousOffset::Unambiguous { .. } => ms(found.unambiguous()),
        AmbiguousOffset::Gap { .. } => Err(TimeError::Skipped),
        AmbiguousOffset::Fold { .. } => {
            let first = ms(found.earlier())?;
            if before_ms.is_none_or(|before| before < first) {
                Ok(first)
            } else {
                ms(found.later())
            }
        }
    }
}

fn wall_clock(wall_ms: i64) -> Option<DateTime> {
    let as_utc = Timestamp::from_millisecond(wall_ms).ok()?;
    Some(jiff::tz::Offset::UTC.to_datetime(as_utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_york() -> TimeZone {
        zone_named("America/New_York").unwrap()
    }

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn wall_clocks_show_moments_and_a_skipped_time_is_none() {
        let zone = new_york();
        let winter = moment(&zone, ms("2024-03-08T09:30:00Z"), None);
        assert_eq!(winter, Ok(ms("2024-03-08T14:30:00Z")));
        let summer = moment(&zone, ms("2024-03-11T09:30:00Z"), None);
        assert_eq!(summer, Ok(ms("2024-03-11T13:30:00Z")));
        assert_eq!(moment(&zone, ms("2024-03-10T02:30:00Z"), None), Err(TimeError::Skipped));
    }

    #[test]
    fn of_a_time_that_comes_twice_the_second_is_taken_once_rows_step_back() {
        let (zone, wall) = (new_york(), ms("2024-11-03T01:00:00Z"));
        let first = ms("2024-11-03T05:00:00Z");
        assert_eq!(moment(&zone, wall, Some(first - 60_000)), Ok(first));
        assert_eq!(moment(&zone, wall, Some(ms("2024-11-03T05:59:00Z"))), Ok(first + 3_600_000));
    }

    #[test]
    fn names_are_looked_up_once_and_told() {
        let mut zones = Zones::default();
        for row in 0..3 {
            let mark = zones.named("US/Eastern").unwrap();
            zones.note(row, mark);
        }
        zones.note(3, Mark::Offset(0));
        assert_eq!(zones.named("Mars/Olympus"), Err(TimeError::UnknownZone));
        let marks: Vec<_> = zones.marks(5).map(|(_, mark)| mark).collect();
        assert_eq!(marks[2..], [Mark::Named(0), Mark::Offset(0), Mark::Offset(0)]);
        assert_eq!(zones.told().as_deref(), Some("US/Eastern"));
    }
}
