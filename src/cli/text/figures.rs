//! Numbers, money, times and spans as people read them. Pure text; knows no message but the times.

use jiff::tz::TimeZone;
use prost_types::{Duration, Timestamp};

/// What stands where a value is undefined.
pub(in crate::cli) const ABSENT: &str = "-";

/// A whole number with thousands separators: `129,600`.
pub(in crate::cli) fn whole(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(&digits))
}

/// A number with that many decimals and thousands separators: `10,412.50`.
pub(in crate::cli) fn fixed(number: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", number.abs());
    let (digits, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    // What rounds to nothing has no sign: never "-0.00".
    let sign = if number < 0.0 && !is_zero { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped(digits))
}

/// A number in about three digits, of whatever size: `0.0184`, `1.84`, `12,345`.
pub(in crate::cli) fn brief(number: f64) -> String {
    let decimals = match number.abs() {
        0.0 => 2,
        size => (2.0 - size.log10().floor()).clamp(0.0, 9.0) as usize,
    };
    fixed(number, decimals)
}

/// A number with all the decimals it has, and thousands separators: `94,230.1`.
pub(in crate::cli) fn exact(number: f64) -> String {
    let text = number.abs().to_string();
    let (digits, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if number < 0.0 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped(digits))
}

/// An amount with the decimals of its money unit, of which zeros at the end are cut to two; a unit
/// that is not known counts as cents: `10,412.50`, `0.00001234`.
pub(in crate::cli) fn money(amount: f64, decimals: usize) -> String {
    cut_to_cents(fixed(amount, decimals.max(2)))
}

/// An amount that stands as it is counted, and so with all the decimals it has, two at least.
pub(in crate::cli) fn counted_money(amount: f64) -> String {
    let text = exact(amount);
    let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    if decimals < 2 { fixed(amount, 2) } else { text }
}

fn cut_to_cents(mut text: String) -> String {
    let cents = text.find('.').map_or(text.len(), |point| point + 3);
    while text.len() > cents && text.ends_with('0') {
        text.pop();
    }
    text
}

/// A size in bytes: `812 B`, `4.2 MB`.
pub(in crate::cli) fn size(bytes: i64) -> String {
    let bytes = bytes as f64;
    match bytes {
        b if b >= 1e9 => format!("{} GB", fixed(b / 1e9, 1)),
        b if b >= 1e6 => format!("{} MB", fixed(b / 1e6, 1)),
        b if b >= 1e3 => format!("{} kB", fixed(b / 1e3, 1)),
        b => format!("{} B", fixed(b, 0)),
    }
}

/// A fraction as a percentage: `0.314` is `31.40%`.
pub(in crate::cli) fn percent(fraction: f64) -> String {
    format!("{}%", fixed(fraction * 100.0, 2))
}

/// A rate in three digits: `312/s`, `12.4k/s`, `1.25M/s`.
pub(in crate::cli) fn rate(per_second: f64) -> String {
    let (value, unit) = match per_second {
        large if large >= 999.5e6 => (large / 1e9, "G"),
        large if large >= 999.5e3 => (large / 1e6, "M"),
        large if large >= 9_999.5 => (large / 1e3, "k"),
        small => (small, ""),
    };
    let decimals = match value {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        _ => 2,
    };
    format!("{}{unit}/s", fixed(value, if unit.is_empty() { decimals.min(1) } else { decimals }))
}

/// A span as people say it: `0.4ms`, `0.02s`, `1.7s`, `2m05s`, `1h02m`, `3d04h`.
pub(in crate::cli) fn span(duration: Duration) -> String {
    let seconds = duration.seconds as f64 + f64::from(duration.nanos) / 1e9;
    let whole = seconds.round() as u64;
    match whole {
        0..10 if seconds > 0.0 && seconds < 0.01 => format!("{:.1}ms", seconds * 1e3),
        0..10 if seconds < 1.0 => format!("{seconds:.2}s"),
        0..10 => format!("{seconds:.1}s"),
        10..60 => format!("{whole}s"),
        60..3_600 => format!("{}m{:02}s", whole / 60, whole % 60),
        3_600..86_400 => format!("{}h{:02}m", whole / 3_600, whole / 60 % 60),
        _ => format!("{}d{:02}h", whole / 86_400, whole / 3_600 % 24),
    }
}

/// A moment in UTC, no longer than it must be: `2025-01-01`, `2025-01-01 09:30`, or with seconds.
pub(in crate::cli) fn moment(time: &Timestamp) -> String {
    let Some(civil) = civil(time) else { return ABSENT.to_owned() };
    let format = match (civil.hour(), civil.minute(), civil.second()) {
        (0, 0, 0) => "%Y-%m-%d",
        (_, _, 0) => "%Y-%m-%d %H:%M",
        (..) => "%Y-%m-%d %H:%M:%S",
    };
    civil.strftime(format).to_string()
}

/// A moment in UTC to the second, always: for columns that should line up.
pub(in crate::cli) fn moment_full(time: &Timestamp) -> String {
    civil(time)
        .map_or_else(|| ABSENT.to_owned(), |civil| civil.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// A moment as RFC 3339, for programs; empty if it is out of every calendar's range.
pub(in crate::cli) fn rfc3339(time: &Timestamp) -> String {
    jiff::Timestamp::new(time.seconds, time.nanos).map_or_else(|_| String::new(), |t| t.to_string())
}

/// The moment that many milliseconds after 1970.
pub(in crate::cli) fn from_unix_ms(time_ms: i64) -> Timestamp {
    let nanos = time_ms.rem_euclid(1_000) * 1_000_000;
    Timestamp { seconds: time_ms.div_euclid(1_000), nanos: nanos as i32 }
}

/// The beginning of a hash, enough to tell versions apart.
pub(in crate::cli) fn short_hash(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

fn civil(time: &Timestamp) -> Option<jiff::civil::DateTime> {
    let instant = jiff::Timestamp::new(time.seconds, time.nanos).ok()?;
    Some(TimeZone::UTC.to_datetime(instant))
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        from_unix_ms(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn whole_numbers_are_grouped_by_thousands() {
        let texts = [0, 999, 1_000, -129_600, i64::MIN].map(whole);
        assert_eq!(texts, ["0", "999", "1,000", "-129,600", "-9,223,372,036,854,775,808"]);
    }

    #[test]
    fn what_rounds_to_zero_has_no_sign() {
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(fixed(-1_234_567.895, 1), "-1,234,567.9");
        assert_eq!(percent(-0.314_159), "-31.42%");
    }

    #[test]
    fn prices_keep_every_decimal_they_have() {
        assert_eq!([94_230.12, 1_000.0, -0.000_1].map(exact), ["94,230.12", "1,000", "-0.0001"]);
    }

    #[test]
    fn money_keeps_the_decimals_of_its_unit_and_at_least_cents() {
        let texts = [0.0, -1_234.5, 0.000_012_34, 1.0 / 3.0].map(|amount| money(amount, 8));
        assert_eq!(texts, ["0.00", "-1,234.50", "0.00001234", "0.33333333"]);
        assert_eq!([money(0.125, 0), money(7.0, 6)], ["0.12", "7.00"]);
        let texts = [100.0, -0.5, 1_000.123_456_78].map(counted_money);
        assert_eq!(texts, ["100.00", "-0.50", "1,000.12345678"]);
    }

    #[test]
    fn brief_numbers_keep_three_digits_of_any_size() {
        let texts = [0.0, 0.018_44, -0.5, 1.841, 25.0, 12_345.6].map(brief);
        assert_eq!(texts, ["0.00", "0.0184", "-0.500", "1.84", "25.0", "12,346"]);
    }

    #[test]
    fn rates_have_three_digits() {
        let texts = [0.5, 31.2, 312.4, 4_200.0, 12_432.0, 1_250_000.0, 31e6].map(rate);
        assert_eq!(texts, ["0.5/s", "31.2/s", "312/s", "4,200/s", "12.4k/s", "1.25M/s", "31.0M/s"]);
    }

    #[test]
    fn spans_grow_coarser_as_they_grow_longer() {
        let span_ms = |ms: i64| {
            span(Duration { seconds: ms / 1_000, nanos: (ms % 1_000) as i32 * 1_000_000 })
        };
        assert_eq!(span(Duration { seconds: 0, nanos: 412_345 }), "0.4ms");
        let texts = [20, 1_700, 59_400, 125_000, 3_725_000, 90_000_000].map(span_ms);
        assert_eq!(texts, ["0.02s", "1.7s", "59s", "2m05s", "1h02m", "1d01h"]);
    }

    #[test]
    fn moments_show_no_more_than_they_must() {
        assert_eq!(moment(&at("2025-01-01T00:00:00Z")), "2025-01-01");
        assert_eq!(moment(&at("2025-01-01T09:30:00Z")), "2025-01-01 09:30");
        assert_eq!(moment(&at("1969-12-31T23:59:59Z")), "1969-12-31 23:59:59");
        assert_eq!(rfc3339(&at("1969-12-31T23:59:59.5Z")), "1969-12-31T23:59:59.5Z");
    }
}
