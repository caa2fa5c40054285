//! Days, weeks and months where clocks change: some worked out by hand, and what holds for all.

use std::ops::Range;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, civil};
use proptest::prelude::*;

use super::{
    Bar, Calendar, Columns, DAY_MS, DayRule, Decimal, OffsetChange, Series, Timeframe, TradingDays,
    Units, resample,
};

/// Zones that change their clocks by an hour, by half of one, at midnight, at the antipodes, by a
/// whole day, and never.
const ZONES: [&str; 9] = [
    "America/New_York",
    "Europe/London",
    "Australia/Sydney",
    "Asia/Kolkata",
    "Pacific/Chatham",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "UTC",
];

const FRAMES: [&str; 12] =
    ["1m", "15m", "1h", "90m", "4h", "7h", "12h", "1d", "2d", "7d", "1w", "1mo"];

fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

fn day(text: &str) -> i64 {
    ms(&format!("{text}T00:00:00Z")).div_euclid(DAY_MS)
}

fn frame(text: &str) -> Timeframe {
    text.parse().unwrap()
}

fn time_zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

/// The days of a zone, with all changes of its clock from 1960 to 2040.
pub(crate) fn days_of(name: &str, start_minute: u16) -> TradingDays {
    let zone = time_zone(name);
    let (first, last) = (ms("1960-01-01T00:00:00Z"), ms("2040-01-01T00:00:00Z"));
    let first = Timestamp::from_millisecond(first).unwrap();
    let mut changes = vec![OffsetChange {
        at_ms: first.as_millisecond(),
        offset_s: zone.to_offset(first).seconds(),
    }];
    let following = zone.following(first).map(|change| OffsetChange {
        at_ms: change.timestamp().as_millisecond(),
        offset_s: change.offset().seconds(),
    });
    changes.extend(following.take_while(|change| change.at_ms < last));
    TradingDays::new(DayRule { time_zone: name.to_owned(), start_minute }, changes)
}

fn span(days: &TradingDays, label: &str) -> [String; 2] {
    let iso = |ms| Timestamp::from_millisecond(ms).unwrap().to_string();
    [iso(days.day_start_ms(day(label))), iso(days.day_start_ms(day(label) + 1))]
}

#[test]
fn a_day_of_new_york_has_23_hours_in_march_and_25_in_november() {
    let days = days_of("America/New_York", 0);
    assert_eq!(span(&days, "2024-03-10"), ["2024-03-10T05:00:00Z", "2024-03-11T04:00:00Z"]);
    assert_eq!(span(&days, "2024-11-03"), ["2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"]);
    let late = days_of("America/New_York", 17 * 60);
    assert_eq!(span(&late, "2024-03-11"), ["2024-03-10T21:00:00Z", "2024-03-11T21:00:00Z"]);
    assert_eq!(span(&late, "2024-03-08"), ["2024-03-07T22:00:00Z", "2024-03-08T22:00:00Z"]);
}

#[test]
fn a_start_that_clocks_skip_is_the_first_instant_after_and_one_that_comes_twice_the_first() {
    let skipped = days_of("America/New_York", 2 * 60 + 30);
    assert_eq!(span(&skipped, "2024-03-10")[0], "2024-03-10T07:00:00Z");
    let twice = days_of("America/New_York", 60 + 30);
    assert_eq!(span(&twice, "2024-11-03")[0], "2024-11-03T05:30:00Z");
    // An hour later the clock shows 01:00 again, and it is the same day still.
    assert_eq!(twice.day(ms("2024-11-03T06:10:00Z")), day("2024-11-03"));
}

#[test]
fn a_date_that_the_zone_skipped_is_no_day() {
    let days = days_of("Pacific/Apia", 0);
    assert!(!days.is_day(day("2011-12-30")) && days.is_day(day("2011-12-29")));
    let eve = span(&days, "2011-12-29");
    assert_eq!(eve[1], span(&days, "2011-12-31")[0]);
    assert_eq!(days.day(ms(&eve[1])), day("2011-12-31"));
}

#[test]
fn what_begins_in_the_evening_is_labelled_by_the_next_date() {
    let (late, early) = (days_of("America/New_York", 17 * 60), days_of("America/New_York", 570));
    // Sunday 17:00 is Monday's, Monday 09:30 is Monday's.
    let monday = day("2024-03-11");
    assert_eq!(late.day(ms("2024-03-10T21:00:00Z")), monday);
    assert_eq!(early.day(ms("2024-03-11T13:30:00Z")), monday);
    let week = late.bucket(Timeframe::WEEK, ms("2024-03-13T12:00:00Z"));
    assert_eq!(week, ms("2024-03-10T21:00:00Z")..ms("2024-03-17T21:00:00Z"));
    // The Sunday evenings of FX are no weekend.
    assert!(!late.is_weekend(ms("2024-03-10T21:00:00Z")));
    assert!(TradingDays::UTC.is_weekend(ms("2024-03-10T21:00:00Z")));
}

#[test]
fn february_of_a_leap_year_has_29_days() {
    let month = TradingDays::UTC.bucket(Timeframe::MONTH, ms("2024-02-29T23:59:59Z"));
    assert_eq!(month, ms("2024-02-01T00:00:00Z")..ms("2024-03-01T00:00:00Z"));
    let there = days_of("America/New_York", 0).bucket(Timeframe::MONTH, month.start);
    assert_eq!(there, ms("2024-01-01T05:00:00Z")..ms("2024-02-01T05:00:00Z"));
}

/// The buckets of a timeframe in a day, in hours from its start.
fn hours(days: &TradingDays, timeframe: &str, label: &str) -> Vec<Range<i64>> {
    let (start, end) = (days.day_start_ms(day(label)), days.day_start_ms(day(label) + 1));
    let (mut at, mut found) = (start, Vec::new());
    while at < end {
        let bucket = days.bucket(frame(timeframe), at);
        at = bucket.end;
        found.push((bucket.start - start) / 3_600_000..(bucket.end - start) / 3_600_000);
    }
    found
}

#[test]
fn hours_are_counted_from_the_start_of_a_day_and_the_last_bar_ends_with_it() {
    let days = days_of("America/New_York", 17 * 60);
    let plain = [0..4, 4..8, 8..12, 12..16, 16..20, 20..24];
    assert_eq!(hours(&days, "4h", "2024-03-13"), plain);
    let short = [0..4, 4..8, 8..12, 12..16, 16..20, 20..23];
    let midnight = days_of("America/New_York", 0);
    assert_eq!(hours(&midnight, "4h", "2024-03-10"), short);
    assert_eq!(hours(&midnight, "4h", "2024-11-03")[6], 24..25);
    assert_eq!(hours(&midnight, "1h", "2024-03-10").len(), 23);
    assert_eq!(hours(&midnight, "1h", "2024-11-03").len(), 25);
}

/// Bars of one timeframe that open at these times, each at a price of its own.
fn bars(timeframe: &str, days: &TradingDays, times: impl Iterator<Item = i64>) -> Series {
    let mut bars = Columns::default();
    for (open_time_ms, price) in times.zip(100..) {
        let [open, high, low, close] = [price, price + 3, price - 2, price + 1];
        bars.push(Bar { open_time_ms, open, high, low, close, volume: 1.0 });
    }
    Series {
        timeframe: frame(timeframe),
        units: Units::with_default_step(Decimal::ONE),
        calendar: Calendar::Sessions,
        days: days.clone(),
        bars,
    }
}

#[test]
fn hours_of_a_stock_exchange_lie_on_the_half_and_make_its_days_on_both_sides_of_a_change() {
    let days = days_of("America/New_York", 9 * 60 + 30);
    let opens = ["2024-03-08T14:30:00Z", "2024-03-11T13:30:00Z"].map(ms);
    let times = opens.iter().flat_map(|open| (0..7).map(move |hour| open + hour * 3_600_000));
    let hourly = bars("1h", &days, times);
    assert_eq!(hourly.bar_end_ms(6), ms("2024-03-08T21:30:00Z"));
    assert_eq!(hourly.gaps().count(), 0);
    let daily = resample(&hourly, frame("1d")).unwrap();
    assert_eq!(daily.bars.open_time_ms, opens);
    let first = daily.bars.bar(0);
    assert_eq!((first.open, first.high, first.low, first.close), (100, 109, 98, 107));
    assert_eq!(daily.bar_end_ms(0), ms("2024-03-09T14:30:00Z"), "the next day's start");
}

#[test]
fn a_last_week_counts_only_once_its_last_session_is_there() {
    let days = days_of("America/New_York", 0);
    let start = |label: &str| days.day_start_ms(day(label));
    let weekdays = |last: i64| (day("2024-03-04")..=last).filter(|day| (day + 3).rem_euclid(7) < 5);
    let daily =
        |last: &str| bars("1d", &days, weekdays(day(last)).map(|label| days.day_start_ms(label)));
    let weeks = |last: &str| resample(&daily(last), Timeframe::WEEK).unwrap();
    let until_thursday = weeks("2024-03-14");
    assert_eq!(until_thursday.bars.open_time_ms, [start("2024-03-04")]);
    let until_friday = weeks("2024-03-15");
    assert_eq!(until_friday.bars.open_time_ms, ["2024-03-04", "2024-03-11"].map(start));
    assert_eq!(until_friday.end_ms(), Some(start("2024-03-18")));
    let always = Series { calendar: Calendar::AlwaysOpen, ..daily("2024-03-15") };
    assert_eq!(resample(&always, Timeframe::WEEK).unwrap().bars.len(), 1, "Sunday is missing");
}

#[test]
fn what_nests_in_what_is_told_by_the_days() {
    let (utc, zoned) = (TradingDays::UTC, days_of("America/New_York", 0));
    let nests = |days: &TradingDays, from, to| days.nests(frame(from), frame(to));
    for (from, to) in [("1m", "1h"), ("1h", "1w"), ("1d", "1mo"), ("1w", "1w"), ("1d", "7d")] {
        assert!(nests(&utc, from, to) && nests(&zoned, from, to), "{from} in {to}");
    }
    for (from, to) in [("1w", "1mo"), ("7d", "1w"), ("2d", "1mo"), ("1d", "12h"), ("1w", "7d")] {
        assert!(!nests(&utc, from, to) && !nests(&zoned, from, to), "{from} in {to}");
    }
    assert!(nests(&utc, "12h", "36h") && !nests(&zoned, "12h", "36h"));
    assert!(!nests(&utc, "7h", "1d") && nests(&zoned, "7h", "1d"));
    assert!(utc.takes(frame("36h")) && !zoned.takes(frame("36h")));
    assert_eq!(zoned.merged(frame("7h"), 2), Some((2, frame("14h"))));
    assert_eq!(zoned.merged(frame("1h"), 25), Some((48, frame("2d"))));
    assert_eq!(utc.merged(Timeframe::WEEK, 2), None);
}

/// A zone of the list and a minute of the day.
fn any_days() -> impl Strategy<Value = TradingDays> {
    (prop::sample::select(&ZONES[..]), prop_oneof![Just(0_u16), 0_u16..1_440])
        .prop_map(|(name, minute)| days_of(name, minute))
}

/// A time from 1970 to 2037, often one around which a clock changes.
fn times(days: &TradingDays) -> impl Strategy<Value = i64> + use<> {
    let changes: Vec<i64> = days.changes().iter().map(|change| change.at_ms).collect();
    let near = (prop::sample::select(if changes.is_empty() { vec![0] } else { changes }))
        .prop_flat_map(|at| at - 2 * DAY_MS..at + 2 * DAY_MS);
    prop_oneof![0..2_114_380_800_000_i64, near]
}

fn any_time() -> impl Strategy<Value = (TradingDays, i64)> {
    any_days().prop_flat_map(|days| (Just(days.clone()), times(&days)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn buckets_tile_the_time_line(
        (days, time) in any_time(),
        timeframe in prop::sample::select(&FRAMES[..]),
    ) {
        let timeframe = frame(timeframe);
        let bucket = days.bucket(timeframe, time);
        prop_assert!(bucket.contains(&time), "{bucket:?} holds {time}");
        for inside in [bucket.start, bucket.end - 1] {
            prop_assert_eq!(days.bucket(timeframe, inside), bucket.clone());
        }
        prop_assert_eq!(days.bucket(timeframe, bucket.end).start, bucket.end);
        prop_assert_eq!(days.bucket(timeframe, bucket.start - 1).end, bucket.start);
    }

    #[test]
    fn a_day_starts_when_the_wall_clock_first_shows_its_date_and_start((days, time) in any_time()) {
        let label = days.day(time);
        let start = days.day_start_ms(label);
        prop_assert!(start <= time && time < days.day_start_ms(label + 1));
        let rule = days.rule();
        let zone = time_zone(&rule.time_zone);
        let shift = i64::from(rule.start_minute >= 720);
        let wanted = civil::date(1970, 1, 1)
            .saturating_add(jiff::Span::new().days(label - shift))
            .at((rule.start_minute / 60) as i8, (rule.start_minute % 60) as i8, 0, 0);
        let shows = |at: i64| zone.to_datetime(Timestamp::from_millisecond(at).unwrap());
        prop_assert!(shows(start) >= wanted);
        // Not before, however the clock was set in the two days before it.
        let earlier = (1..96).map(|half_hours| start - half_hours * 1_800_000).chain([start - 1]);
        for at in earlier {
            prop_assert!(shows(at) < wanted, "{} shows {} already", at, wanted);
        }
    }

    #[test]
    fn two_steps_make_the_same_bars_as_one_in_any_zone(
        (days, time) in any_time(),
        steps in prop::collection::vec(1_i64..40, 1..150),
        frames in prop::sample::select(vec![
            ["30m", "1h", "4h"], ["30m", "4h", "1d"], ["1h", "1d", "1w"], ["1h", "12h", "1mo"],
            ["7h", "1d", "2d"], ["1d", "2d", "6d"], ["30m", "90m", "1w"], ["1d", "1d", "1mo"],
        ]),
        is_always_open: bool,
    ) {
        let [source, inner, outer] = frames;
        prop_assume!(days.nests(frame(source), frame(inner)));
        let mut at = days.bucket(frame(source), time).start;
        let opens = steps.iter().map(|step| {
            for _ in 0..*step {
                at = days.bucket(frame(source), at).end;
            }
            at
        });
        let sessions = bars(source, &days, opens);
        let calendar = if is_always_open { Calendar::AlwaysOpen } else { Calendar::Sessions };
        let series = Series { calendar, ..sessions };
        let in_two = resample(&resample(&series, frame(inner)).unwrap(), frame(outer)).unwrap();
        let in_one = resample(&series, frame(outer)).unwrap();
        prop_assert_eq!(&in_two, &in_one);
        // Every bar lies inside one bucket, and walks and look-ups agree on where it ends.
        let ends = series.bar_ends();
        for (bar, &open) in series.bars.open_time_ms.iter().enumerate() {
            let bucket = days.bucket(frame(outer), open);
            prop_assert!(bucket.start <= open && series.bar_end_ms(bar) <= bucket.end);
            prop_assert_eq!(ends.end_ms(bar, open), series.bar_end_ms(bar));
        }
    }
}
