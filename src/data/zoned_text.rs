//! Moments of typed columns as a text would have them: by the clock of their zone, with its offset,
//! so that a day of that zone is seen to be one.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::reading::zone_named;

/// The zone of a column.
#[derive(Clone, Debug)]
pub(super) struct Zone(TimeZone);

/// The zone that a file calls so: a name, or an offset such as `+01:00`.
pub(super) fn zone_of(name: &str) -> Option<Zone> {
    zone_named(name).or_else(|| fixed(name)).map(Zone)
}

fn fixed(name: &str) -> Option<TimeZone> {
    let sign = match name.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = name[1..].split_once(':')?;
    let minutes =
        i32::from(hours.parse::<u8>().ok()?) * 60 + i32::from(minutes.parse::<u8>().ok()?);
    Offset::from_seconds(sign * minutes * 60).ok().map(TimeZone::fixed)
}

impl Zone {
    /// Whether its clocks are those of UTC.
    pub(super) fn is_utc(&self) -> bool {
        matches!(self.0.iana_name(), Some("UTC" | "Etc/UTC"))
            || self.0.to_fixed_offset().is_ok_and(|it| it == Offset::UTC)
    }

    /// The moment as those clocks show it.
    pub(super) fn text(&self, time: Timestamp) -> String {
        let offset = self.0.to_offset(time);
        let (sign, minutes) =
            (if offset.is_negative() { '-' } else { '+' }, offset.seconds().abs() / 60);
        let (hours, minutes) = (minutes / 60, minutes % 60);
        format!("{}{sign}{hours:02}:{minutes:02}", offset.to_datetime(time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_by_the_clock_of_its_zone() {
        let time: Timestamp = "2024-07-01T12:30:00Z".parse().unwrap();
        let text = |name: &str| zone_of(name).map(|zone| zone.text(time));
        assert_eq!(text("America/New_York").as_deref(), Some("2024-07-01T08:30:00-04:00"));
        assert_eq!(text("+05:30").as_deref(), Some("2024-07-01T18:00:00+05:30"));
        assert_eq!(text("-03:00").as_deref(), Some("2024-07-01T09:30:00-03:00"));
        for unknown in ["", "+", "Mars/Olympus", "+99:00", "+a:b", "+99999:00", "é01:00"] {
            assert_eq!(text(unknown), None, "{unknown}");
        }
        let is_utc = |name: &str| zone_of(name).unwrap().is_utc();
        assert!(is_utc("UTC") && is_utc("+00:00") && !is_utc("Europe/London"));
    }
}
