//! The days of a market from the name of its zone. Asks the time zone database inside the program,
//! so that every machine has the same; what it answers is kept with the bars.

use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::market::{DAY_MS, DayRule, OPEN_TIMES_MS, OffsetChange, Timeframe, TradingDays};
use crate::spelling::distance;

/// What of it is kept beyond the months of the first and the last bar: a week may reach over.
const MARGIN_MS: i64 = 7 * DAY_MS;

/// What is declared of the days of a series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayTerms {
    /// The zone, by the name that [`zone_name`] gave.
    pub time_zone: Option<String>,
    /// The minute of that zone's day at which a day of the series begins.
    pub start_minute: Option<u16>,
}

/// No zone is known by that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is no time zone of the IANA database, such as America/New_York{}",
    suggested(.nearest.as_ref())
)]
pub struct UnknownZone {
    nearest: Option<String>,
}

fn suggested(nearest: Option<&String>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

/// The zone's name as the database writes it; every zone that is UTC for ever is `UTC`.
///
/// # Errors
///
/// If there is none of that name, with the one that comes nearest.
pub fn zone_name(text: &str) -> Result<String, UnknownZone> {
    let database = TimeZoneDatabase::bundled();
    let Ok(zone) = database.get(text) else { return Err(UnknownZone { nearest: nearest(text) }) };
    let is_utc = zone.to_offset(Timestamp::UNIX_EPOCH).seconds() == 0
        && zone.following(Timestamp::MIN).next().is_none();
    let name = zone.iana_name().filter(|_| !is_utc);
    Ok(name.unwrap_or("UTC").to_owned())
}

/// The name that comes nearest: a place without its continent, or one that is spelled alike.
fn nearest(text: &str) -> Option<String> {
    let plain = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    let wanted = plain(text);
    let from = |name: &str| {
        let name = plain(name);
        let place = name.rsplit('/').next().unwrap_or(&name);
        distance(&wanted, &name).into_iter().chain(distance(&wanted, place)).min()
    };
    let database = TimeZoneDatabase::bundled();
    let names = database.available().filter_map(|name| Some((from(name.as_str())?, name)));
    names.min_by_key(|(distance, _)| *distance).map(|(_, name)| name.to_string())
}

/// The days of that rule in all the years that bars may have.
pub(super) fn all_days(rule: &DayRule) -> TradingDays {
    days_within(rule, OPEN_TIMES_MS)
}

/// The days of that rule so far as these bars need them, of which the first and the last open then:
/// from the month of the first to that of the last, and a week on either side. What `stored` has of
/// it stays as it is, so that no later release of the database changes what was imported before.
pub(super) fn days_of(
    rule: &DayRule,
    timeframe: Timeframe,
    bars: Option<(i64, i64)>,
    stored: Option<(&TradingDays, Option<(i64, i64)>)>,
) -> DaysOfBars {
    let known = all_days(rule);
    let Some(span) = span_of(&known, timeframe, bars).filter(|_| !rule.is_utc()) else {
        return DaysOfBars { days: TradingDays::UTC, has_kept_older: false };
    };
    let fresh = changes_within(rule, span.clone());
    let kept = stored.and_then(|(days, bars)| Some((days, span_of(days, timeframe, bars)?)));
    let kept = kept.filter(|(days, span)| changes_within(rule, span.clone()) != days.changes());
    let (has_kept_older, changes) = match kept {
        Some((days, span)) => (true, spliced(&fresh, days.changes(), span.end)),
        None => (false, fresh),
    };
    DaysOfBars { days: TradingDays::new(rule.clone(), changes), has_kept_older }
}

/// The days that bars have from now on.
pub(super) struct DaysOfBars {
    pub(super) days: TradingDays,
    /// Whether the database says otherwise of time that was stored before.
    pub(super) has_kept_older: bool,
}

/// The time of which a series keeps the changes of its zone's clock.
fn span_of(
    days: &TradingDays,
    timeframe: Timeframe,
    bars: Option<(i64, i64)>,
) -> Option<Range<i64>> {
    let (first, last) = bars?;
    let last_ms = days.bucket(timeframe, last).end - 1;
    let start_ms = days.bucket(Timeframe::MONTH, first).start - MARGIN_MS;
    Some(start_ms..days.bucket(Timeframe::MONTH, last_ms).end + MARGIN_MS)
}

fn days_within(rule: &DayRule, span: Range<i64>) -> TradingDays {
    if rule.is_utc() {
        return TradingDays::UTC;
    }
    TradingDays::new(rule.clone(), changes_within(rule, span))
}

/// The offset at the start of the span, and every change in it.
fn changes_within(rule: &DayRule, span: Range<i64>) -> Vec<OffsetChange> {
    // A stored name is one that the database knew; should it ever be dropped, nothing is known.
    let zone = TimeZoneDatabase::bundled().get(&rule.time_zone).unwrap_or(TimeZone::UTC);
    let Ok(start) = Timestamp::from_millisecond(span.start) else { return Vec::new() };
    let at_start = OffsetChange { at_ms: span.start, offset_s: zone.to_offset(start).seconds() };
    let following = zone.following(start).map(|change| OffsetChange {
        at_ms: change.timestamp().as_millisecond(),
        offset_s: change.offset().seconds(),
    });
    let inside = following.take_while(|change| change.at_ms < span.end);
    offsets(std::iter::once(at_start).chain(inside))
}

/// The fresh changes, but those that were kept where they were kept: from the first of them to
/// `kept_until_ms`.
fn spliced(fresh: &[OffsetChange], kept: &[OffsetChange], kept_until_ms: i64) -> Vec<OffsetChange> {
    let kept_from_ms = kept.first().map_or(kept_until_ms, |first| first.at_ms);
    let before = fresh.iter().take_while(|change| change.at_ms < kept_from_ms);
    let resumed = fresh.iter().rev().find(|change| change.at_ms <= kept_until_ms);
    let resumed = resumed.map(|change| OffsetChange { at_ms: kept_until_ms, ..*change });
    let after = fresh.iter().filter(|change| change.at_ms > kept_until_ms);
    offsets(before.chain(kept).copied().chain(resumed).chain(after.copied()))
}

/// The changes without those that change no offset.
fn offsets(changes: impl Iterator<Item = OffsetChange>) -> Vec<OffsetChange> {
    let mut changes: Vec<_> = changes.collect();
    changes.dedup_by_key(|change| change.offset_s);
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_york() -> DayRule {
        DayRule { time_zone: "America/New_York".to_owned(), start_minute: 0 }
    }

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn daily(first: &str, last: &str) -> (i64, i64) {
        (ms(first), ms(last))
    }

    fn day() -> Timeframe {
        "1d".parse().unwrap()
    }

    #[test]
    fn a_zone_is_known_in_any_case_and_a_misspelt_one_is_guessed() {
        assert_eq!(zone_name("america/new_york"), Ok("America/New_York".to_owned()));
        for utc in ["UTC", "Etc/UTC", "Zulu", "etc/gmt"] {
            assert_eq!(zone_name(utc), Ok("UTC".to_owned()), "{utc}");
        }
        let said = |text| zone_name(text).unwrap_err().to_string();
        for text in ["New York", "America/NewYork", "new_york"] {
            assert!(said(text).ends_with("did you mean America/New_York?"), "{}", said(text));
        }
        assert!(said("+05:00").ends_with("such as America/New_York"), "{}", said("+05:00"));
    }

    #[test]
    fn clocks_are_kept_from_the_first_month_to_the_last_and_a_week_around() {
        let bars = daily("2024-03-05T05:00:00Z", "2024-10-31T04:00:00Z");
        let days = days_of(&new_york(), day(), Some(bars), None).days;
        let change = |at: &str, hours: i32| OffsetChange { at_ms: ms(at), offset_s: hours * 3_600 };
        // The last week ends on Monday, a day after the clocks were put back.
        let expected = [
            change("2024-02-23T05:00:00Z", -5),
            change("2024-03-10T07:00:00Z", -4),
            change("2024-11-03T06:00:00Z", -5),
        ];
        assert_eq!(days.changes(), expected);
        let week = days.bucket(Timeframe::WEEK, ms("2024-10-31T04:00:00Z"));
        assert_eq!(week.end, ms("2024-11-04T05:00:00Z"));
        let utc = days_of(&DayRule::default(), day(), Some(bars), None).days;
        assert!(utc.is_utc());
    }

    #[test]
    fn bars_that_come_in_turn_have_the_days_of_bars_that_come_at_once() {
        let early = daily("2023-05-01T04:00:00Z", "2023-06-01T04:00:00Z");
        let both = daily("2023-05-01T04:00:00Z", "2024-10-31T04:00:00Z");
        let first = days_of(&new_york(), day(), Some(early), None).days;
        let grown = days_of(&new_york(), day(), Some(both), Some((&first, Some(early))));
        assert!(!grown.has_kept_older);
        assert_eq!(grown.days, days_of(&new_york(), day(), Some(both), None).days);
    }

    #[test]
    fn what_an_earlier_database_said_of_stored_bars_stays() {
        let early = daily("2023-05-01T04:00:00Z", "2023-06-01T04:00:00Z");
        let fresh = days_of(&new_york(), day(), Some(early), None).days;
        // As if summer time had been thought to begin in the middle of May.
        let (start, change) = (fresh.changes()[0].at_ms, ms("2023-05-15T07:00:00Z"));
        let thought = vec![
            OffsetChange { at_ms: start, offset_s: -18_000 },
            OffsetChange { at_ms: change, offset_s: -14_400 },
        ];
        let stored = TradingDays::new(new_york(), thought.clone());
        let both = daily("2023-01-03T05:00:00Z", "2023-12-01T05:00:00Z");
        let grown = days_of(&new_york(), day(), Some(both), Some((&stored, Some(early))));
        assert!(grown.has_kept_older);
        let changes = grown.days.changes();
        let inside =
            |change: &&OffsetChange| (start..ms("2023-07-08T00:00:00Z")).contains(&change.at_ms);
        assert_eq!(changes.iter().filter(inside).copied().collect::<Vec<_>>(), thought);
        assert_eq!(changes[1].at_ms, ms("2023-03-12T07:00:00Z"));
        assert_eq!(changes.last().unwrap().at_ms, ms("2023-11-05T06:00:00Z"));
    }
}
