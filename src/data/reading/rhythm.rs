//! At which time of day the bars of a file open, and in which zone that is always the same: what a
//! refusal can advise to someone whose days are those of a market.

use jiff::Timestamp;

use super::grid::Grid;
use super::spacing;
use super::time::zone_named;
use crate::data::import_words::{date_advice, date_pattern};
use crate::data::spill::WordColumn;
use crate::market::DAY_MS;

/// Bars that are looked at.
const BARS_MAX: usize = 5_000;
const FIRST_YEAR_MS: i64 = 365 * DAY_MS;
/// Zones whose markets many files are of, and minutes of the day at which days begin there.
const MARKETS: [(&str, &[u16]); 11] = [
    ("America/New_York", &[570, 0, 1020, 1080, 240]),
    ("America/Chicago", &[1020, 510, 0]),
    ("Europe/London", &[480, 0]),
    ("Europe/Berlin", &[540, 0, 480]),
    ("Asia/Tokyo", &[540, 0]),
    ("Asia/Hong_Kong", &[570, 0]),
    ("Asia/Shanghai", &[570, 0]),
    ("Asia/Kolkata", &[555, 0]),
    ("Australia/Sydney", &[600, 0]),
    ("America/Sao_Paulo", &[600, 0]),
    ("America/Toronto", &[570]),
];

/// What would let bars in that do not open with the buckets of their timeframe; may be empty.
/// Of clocks without a zone nothing tells where a market is.
pub(super) fn advice(times: &WordColumn, grid: &Grid, are_bare_clocks: bool) -> String {
    let first: Vec<i64> = times.iter().take(BARS_MAX).collect();
    if first.iter().all(|time| (0..FIRST_YEAR_MS).contains(time)) {
        let pattern = first.first().and_then(|time| date_pattern(*time)).unwrap_or("%Y%j");
        return format!("; {}", date_advice(pattern));
    }
    let is_end = |time: &i64| [1, 1_000].iter().any(|more| grid.begins_at(time + more));
    if first.iter().all(is_end) {
        return "; it is the last moment of one: declare that a time is the close (--time-is close)"
            .to_owned();
    }
    if let Some(finer) = spacing::finer(times, grid) {
        return format!("; the rows are {finer} apart: import them as {finer}");
    }
    if grid.usual_ms() % (7 * DAY_MS) == 0 && are_weeks(times) {
        return "; 7d bars begin on Thursdays, weeks that begin on Mondays are 1w".to_owned();
    }
    if are_bare_clocks {
        let bare = minutes_in("UTC", &first);
        return bare.map_or_else(String::new, |minutes| {
            let clock = format!("{:02}:{:02}", minutes / 60, minutes % 60);
            format!(
                "; all rows are of {clock}, without a zone: declare day_start if days begin then \
                 (--day-start {clock}), and that a time is the close if they end then (--time-is \
                 close --day-start {clock})"
            )
        });
    }
    match same_time_of_day(&first) {
        Some((zone, minutes)) => {
            let clock = format!("{:02}:{:02}", minutes / 60, minutes % 60);
            format!(
                "; its days begin at {clock} in {zone}: declare time_zone and day_start \
                 (--time-zone {zone} --day-start {clock})"
            )
        }
        None => String::new(),
    }
}

fn are_weeks(times: &WordColumn) -> bool {
    // 1970-01-05 was a Monday.
    times.iter().all(|time| (time - 4 * DAY_MS).rem_euclid(7 * DAY_MS) == 0)
}

/// The zone in which all bars open at one time of day, and that time in minutes.
fn same_time_of_day(times: &[i64]) -> Option<(&'static str, u16)> {
    let found: Vec<(&str, &[u16], u16)> = MARKETS
        .into_iter()
        .filter_map(|(zone, opens)| Some((zone, opens, minutes_in(zone, times)?)))
        .collect();
    let usual =
        |rank: usize| found.iter().find(|(_, opens, minutes)| opens.get(rank) == Some(minutes));
    let market = (0..5).find_map(usual).map(|(zone, _, minutes)| (*zone, *minutes));
    market
        .or_else(|| minutes_in("UTC", times).map(|minutes| ("UTC", minutes)))
        .or_else(|| found.first().map(|(zone, _, minutes)| (*zone, *minutes)))
}

/// The time of day at which all bars open there, in minutes.
fn minutes_in(zone: &str, times_ms: &[i64]) -> Option<u16> {
    let zone = zone_named(zone)?;
    let minutes = |time_ms: &i64| {
        let time = Timestamp::from_millisecond(*time_ms).ok()?;
        let clock = zone.to_datetime(time).time();
        let is_whole = clock.second() == 0 && clock.subsec_nanosecond() == 0;
        is_whole.then(|| {
            u16::from(clock.hour().unsigned_abs()) * 60 + u16::from(clock.minute().unsigned_abs())
        })
    };
    let mut all = times_ms.iter().map(minutes);
    let first = all.next()??;
    all.all(|it| it == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advised(times: &[&str], timeframe: &str) -> String {
        let ms = |text: &&str| text.parse::<Timestamp>().unwrap().as_millisecond();
        let times: Vec<i64> = times.iter().map(ms).collect();
        advice(&times.into(), &Grid::utc(timeframe.parse().unwrap()), false)
    }

    #[test]
    fn days_of_markets_are_advised_with_their_zone() {
        let days = [
            (
                ["2024-03-08T14:30:00Z", "2024-03-11T13:30:00Z"],
                "America/New_York --day-start 09:30",
            ),
            (
                ["2024-03-08T22:00:00Z", "2024-03-11T21:00:00Z"],
                "America/New_York --day-start 17:00",
            ),
            (
                ["2024-03-08T05:00:00Z", "2024-03-11T04:00:00Z"],
                "America/New_York --day-start 00:00",
            ),
            (["2024-03-28T08:00:00Z", "2024-04-02T07:00:00Z"], "Europe/London --day-start 08:00"),
            (["2024-03-08T03:45:00Z", "2024-07-11T03:45:00Z"], "Asia/Kolkata --day-start 09:15"),
            (["2024-03-08T16:00:00Z", "2024-07-11T16:00:00Z"], "Asia/Hong_Kong --day-start 00:00"),
        ];
        for (times, wanted) in days {
            let said = advised(&times, "1d");
            assert!(said.contains(wanted), "{said}");
        }
    }

    #[test]
    fn clocks_without_a_zone_tell_no_market() {
        let days = ["2024-01-12T16:00:00Z", "2024-01-16T16:00:00Z"];
        let ms = days.map(|day| day.parse::<Timestamp>().unwrap().as_millisecond());
        let said = advice(&ms.to_vec().into(), &Grid::utc("1d".parse().unwrap()), true);
        assert!(said.contains("--time-is close --day-start 16:00"), "{said}");
    }

    #[test]
    fn weeks_and_finer_rows_are_advised_their_timeframe() {
        let said = advised(&["2024-01-01T00:00:00Z", "2024-01-08T00:00:00Z"], "7d");
        assert!(said.contains("1w"), "{said}");
        let said = advised(&["2024-01-01T00:00:00Z", "2024-01-01T00:05:00Z"], "1h");
        assert!(said.contains("as 5m"), "{said}");
        assert_eq!(advised(&["2024-01-01T00:00:00Z", "2024-01-03T07:11:13Z"], "1d"), "");
    }
}
