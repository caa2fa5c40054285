//! Times and durations between the wire and milliseconds.

use prost_types::{Duration, Timestamp};

use crate::pb;
use crate::run::Violations;

const MS_PER_SECOND: i64 = 1_000;
const NANOS_PER_MS: i32 = 1_000_000;

pub(in crate::grpc) fn timestamp(time_ms: i64) -> Timestamp {
    Timestamp {
        seconds: time_ms.div_euclid(MS_PER_SECOND),
        nanos: time_ms.rem_euclid(MS_PER_SECOND) as i32 * NANOS_PER_MS,
    }
}

pub(in crate::grpc) fn duration(duration_ms: i64) -> Duration {
    Duration {
        seconds: duration_ms / MS_PER_SECOND,
        nanos: (duration_ms % MS_PER_SECOND) as i32 * NANOS_PER_MS,
    }
}

/// A duration that is not negative, at least in milliseconds.
pub(in crate::grpc) fn wait(
    duration: Option<&Duration>,
    field: &str,
    violations: &mut Violations,
) -> Option<std::time::Duration> {
    let converted = std::time::Duration::try_from(*duration?);
    violations.check(field, converted.map_err(|_| "must not be negative"))
}

/// Both ends of a half-open range; an absent end is open.
pub(in crate::grpc) fn time_range(
    range: Option<&pb::TimeRange>,
    field: &str,
    violations: &mut Violations,
) -> (Option<i64>, Option<i64>) {
    let Some(range) = range else { return (None, None) };
    let mut end_of = |time: Option<&Timestamp>, name: &str, round: Round| {
        let read = time_ms(time?, round).ok_or("is no time of the years 1 to 9999");
        violations.check(format!("{field}.{name}"), read)
    };
    let start_ms = end_of(range.start_time.as_ref(), "start_time", Round::Up);
    let end_ms = end_of(range.end_time.as_ref(), "end_time", Round::Down);
    (start_ms, end_ms)
}

/// How a time between two milliseconds is read, so that a range never grows.
#[derive(Clone, Copy)]
pub(in crate::grpc) enum Round {
    Up,
    Down,
}

/// A moment that must be given.
pub(super) fn moment(
    time: Option<&Timestamp>,
    field: &str,
    violations: &mut Violations,
) -> Option<i64> {
    let Some(time) = time else {
        violations.add(field, "is required");
        return None;
    };
    violations.check(field, time_ms(time, Round::Up).ok_or("is no time of the years 1 to 9999"))
}

pub(in crate::grpc) fn time_ms(time: &Timestamp, round: Round) -> Option<i64> {
    const YEARS_1_TO_9999: std::ops::Range<i64> = -62_135_596_800..253_402_300_800;
    let whole = YEARS_1_TO_9999.contains(&time.seconds) && (0..1_000_000_000).contains(&time.nanos);
    let nanos = match round {
        Round::Up => time.nanos.checked_add(NANOS_PER_MS - 1)?,
        Round::Down => time.nanos,
    };
    whole.then(|| time.seconds * MS_PER_SECOND + i64::from(nanos / NANOS_PER_MS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_time_survives_the_wire(time in -60_000_000_000_000_i64..200_000_000_000_000) {
            prop_assert_eq!(time_ms(&timestamp(time), Round::Up), Some(time));
            prop_assert_eq!(time_ms(&timestamp(time), Round::Down), Some(time));
        }
    }

    #[test]
    fn times_that_no_timestamp_may_hold_are_refused() {
        assert_eq!(time_ms(&Timestamp { seconds: i64::MAX, nanos: 0 }, Round::Up), None);
        assert_eq!(time_ms(&Timestamp { seconds: 0, nanos: -1 }, Round::Down), None);
    }
}
