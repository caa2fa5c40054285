//! The zone that offsets look like which change within a file, for a word on it: times with offsets
//! are moments and need none.

use jiff::Timestamp;

use super::zones::{Mark, zone_named};

const HOUR_S: i32 = 3600;
/// Moments that are kept: offsets change twice a year.
const MOMENTS_MAX: usize = 400;
/// Zones of markets whose clocks change.
const ZONES: [&str; 8] = [
    "America/New_York",
    "Europe/London",
    "Europe/Berlin",
    "America/Chicago",
    "Australia/Sydney",
    "America/Sao_Paulo",
    "Asia/Jerusalem",
    "Pacific/Auckland",
];

/// The moments round each change of offset.
#[derive(Debug, Default)]
pub(super) struct Offsets {
    kept: Vec<(i64, i32)>,
    last: Option<(i64, i32)>,
}

impl Offsets {
    /// Notes what a row shows, and its offset.
    pub(super) fn note(&mut self, wall_ms: i64, mark: Mark) {
        let Mark::Offset(seconds) = mark else { return };
        let here = (wall_ms - i64::from(seconds) * 1000, seconds);
        if self.last.is_none_or(|last| last.1 != seconds) && self.kept.len() < MOMENTS_MAX {
            self.kept.extend(self.last);
            self.kept.push(here);
        }
        self.last = Some(here);
    }

    /// The zone that has all of these offsets, if there are two of them, an hour apart.
    pub(super) fn zone(mut self) -> Option<&'static str> {
        self.kept.extend(self.last);
        let first = self.kept.first()?.1;
        let other = self.kept.iter().map(|(_, seconds)| *seconds).find(|it| *it != first)?;
        if (first - other).abs() != HOUR_S {
            return None;
        }
        ZONES.into_iter().find(|name| {
            zone_named(name).is_some_and(|zone| {
                self.kept.iter().all(|(ms, seconds)| {
                    Timestamp::from_millisecond(*ms)
                        .is_ok_and(|time| zone.to_offset(time).seconds() == *seconds)
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(walls: &[(&str, i32)]) -> Option<&'static str> {
        let mut offsets = Offsets::default();
        for (wall, hours) in walls {
            let wall: Timestamp = format!("{wall}Z").parse().unwrap();
            offsets.note(wall.as_millisecond(), Mark::Offset(hours * HOUR_S));
        }
        offsets.zone()
    }

    #[test]
    fn offsets_that_change_with_the_clocks_of_a_market_look_like_its_zone() {
        let new_york = [("2024-03-08T00:00:00", -5), ("2024-03-11T00:00:00", -4)];
        assert_eq!(guessed(&new_york), Some("America/New_York"));
        let london = [("2024-03-28T08:00:00", 0), ("2024-04-02T08:00:00", 1)];
        assert_eq!(guessed(&london), Some("Europe/London"));
        let sydney = [("2024-04-05T10:00:00", 11), ("2024-04-08T10:00:00", 10)];
        assert_eq!(guessed(&sydney), Some("Australia/Sydney"));
    }

    #[test]
    fn offsets_that_stay_or_change_at_another_time_look_like_none() {
        assert_eq!(guessed(&[("2024-03-08T00:00:00", -5), ("2024-03-11T00:00:00", -5)]), None);
        assert_eq!(guessed(&[("2024-01-08T00:00:00", -5), ("2024-01-11T00:00:00", -4)]), None);
        assert_eq!(guessed(&[("2024-03-08T00:00:00", -5), ("2024-03-11T00:00:00", 1)]), None);
        assert_eq!(guessed(&[]), None);
    }
}
