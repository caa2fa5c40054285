//! Spellings of dates and times, each taken apart.

use super::written::*;
use super::zone_text::ZoneText;

fn parse(text: &str) -> Result<Written, NotWritten> {
    Written::parse(text.as_bytes())
}

fn day(year: u16, month: u8, day: u8) -> DateParts {
    DateParts::Day { year, month, day }
}

fn at(hour: u32, minute: u32, second: u32) -> Clock {
    Clock::Time(((hour * 60 + minute) * 60 + second) * 1000)
}

#[test]
fn dates_that_can_be_but_one_day_are_that_day() {
    let spellings = [
        "2024-03-05",
        "2024/3/5",
        "2024.03.05",
        "20240305",
        "05-Mar-2024",
        "5 Mar 2024",
        "05/Mar/2024",
        "05-MAR-24",
        "2024-Mar-05",
        "March 5, 2024",
        "Mar 05 2024",
        "Mar-05-2024",
        "5th March 2024",
        "Tue, 05 Mar 2024",
        "Tue 2024-03-05",
        "Tuesday, March 5, 2024",
    ];
    for text in spellings {
        let date = parse(text).map(|written| written.date);
        assert_eq!(date, Ok(day(2024, 3, 5)), "{text}");
    }
}

#[test]
fn a_month_is_its_first_day_and_a_week_its_monday() {
    for (text, wanted) in [
        ("2024-03", day(2024, 3, 1)),
        ("2024/3", day(2024, 3, 1)),
        ("Mar 2024", day(2024, 3, 1)),
        ("March-2024", day(2024, 3, 1)),
        ("2024-W10", day(2024, 3, 4)),
        ("2024-W10-5", day(2024, 3, 8)),
        ("2025-W01", day(2024, 12, 30)),
    ] {
        assert_eq!(parse(text).map(|written| written.date), Ok(wanted), "{text}");
    }
    // A price, a year of two digits or a day, and a year of 52 weeks.
    for text in ["2024.03", "Mar-24", "2024-W53"] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn three_small_numbers_stay_open() {
    let (four, two) = (false, true);
    let spellings = [
        ("05/03/2024", [5, 3, 2024], four),
        ("5.3.2024", [5, 3, 2024], four),
        ("05-03-2024", [5, 3, 2024], four),
        ("05/03/24", [5, 3, 24], two),
    ];
    for (text, numbers, is_short) in spellings {
        let date = parse(text).map(|written| written.date);
        assert_eq!(date, Ok(DateParts::Triple { numbers, is_short }), "{text}");
    }
}

#[test]
fn times_of_day_are_read_in_every_common_spelling() {
    let spellings = [
        ("2024-03-05 09:30", Some(at(9, 30, 0))),
        ("2024-03-05T09:30:15", Some(at(9, 30, 15))),
        ("2024/3/5 0:01", Some(at(0, 1, 0))),
        ("20240305 093015", Some(at(9, 30, 15))),
        ("20240305T093015Z", Some(at(9, 30, 15))),
        ("20240305 0930", Some(Clock::Digits(930))),
        ("20240305093015", Some(at(9, 30, 15))),
        ("202403050930", Some(at(9, 30, 0))),
        ("2024-03-05 9:30 PM", Some(at(21, 30, 0))),
        ("2024-03-05 12:00:00 AM", Some(at(0, 0, 0))),
        ("2024-03-05 12:30pm", Some(at(12, 30, 0))),
        ("2024-03-05 01-PM", Some(at(13, 0, 0))),
        ("2024-03-05 12-AM", Some(at(0, 0, 0))),
        ("2024-03-05, 09:30", Some(at(9, 30, 0))),
        ("2024-03-05 24:00", Some(at(24, 0, 0))),
        ("2024-03-05", None),
    ];
    for (text, clock) in spellings {
        assert_eq!(parse(text).map(|written| written.clock), Ok(clock), "{text}");
    }
    let ms = parse("2024-03-05 09:30:15.250000000").unwrap().clock;
    assert_eq!(ms, Some(Clock::Time(34_215_250)));
    assert_eq!(parse("2024-03-05 09:30:15.0001"), Err(NotWritten::SubMillisecond));
}

#[test]
fn zones_are_offsets_or_names() {
    let spellings = [
        ("2024-03-05 00:00:00-05:00", -5 * 3600),
        ("2024-03-05 00:00:00 -0500", -5 * 3600),
        ("2024-03-05T00:00:00+05:30", 19_800),
        ("2024-03-05T00:00:00Z", 0),
        ("2024-03-05 00:00:00 UTC", 0),
        ("2024-03-05 00:00:00 UTC+3", 3 * 3600),
        ("2024-03-05 00:00:00 EST", -5 * 3600),
        ("Tue Mar 05 2024 00:00:00 GMT-0500 (Eastern Standard Time)", -5 * 3600),
        ("2024-03-05T00:00:00-05:00[America/New_York]", -5 * 3600),
        ("05.03.2024 00:00:00.000 GMT+0100", 3600),
    ];
    for (text, seconds) in spellings {
        let zone = parse(text).map(|written| written.zone);
        assert_eq!(zone, Ok(ZoneText::Offset(seconds)), "{text}");
    }
    for text in ["20240308 09:30:00 US/Eastern", "2024-03-08[America/New_York]"] {
        let Ok(ZoneText::Named(name)) = parse(text).map(|written| written.zone) else {
            panic!("{text}");
        };
        assert!(["US/Eastern", "America/New_York"].contains(&&text[name]), "{text}");
    }
}

#[test]
fn a_time_of_day_may_stand_alone() {
    let spellings = [
        ("09:30", Clock::Time(34_200_000)),
        ("9:30:00", Clock::Time(34_200_000)),
        ("093000", Clock::Time(34_200_000)),
        ("9:30 AM", Clock::Time(34_200_000)),
        ("930", Clock::Digits(930)),
        ("0", Clock::Digits(0)),
    ];
    for (text, clock) in spellings {
        assert_eq!(clock_alone(text.as_bytes()), Ok((clock, ZoneText::Absent)), "{text}");
    }
    assert_eq!(clock_of_digits(930, false), Some(34_200_000));
    assert_eq!(clock_of_digits(93_000, true), Some(34_200_000));
    assert_eq!(clock_of_digits(970, false), None);
}

#[test]
fn what_is_none_is_refused() {
    let others = [
        "",
        "soon",
        "12:00",
        "2024",
        "2024.03",
        "1.5",
        "2024-03-05x",
        "2024-03-05 25:00",
        "5/3",
        "2024-03-05 09:60",
        "05 03 2024",
        "2024-03-05 12",
        "187.35",
        "240305",
        "1/2/3",
    ];
    for text in others {
        assert_eq!(parse(text), Err(NotWritten::Malformed), "{text}");
    }
}
