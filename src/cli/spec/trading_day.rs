//! Dates on the command line: the day that the market means by them. Asks the server which zone the
//! bars' days go by; where they are UTC's, a date is what it was read as.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan as _};

use crate::cli::text::args::{Moment, SeriesName};
use crate::cli::wire::connect::Connection;
use crate::cli::wire::error::CliError;
use crate::pb;

/// From here on, a day bears the date of the day after the one on which it begins.
const NOON: (i8, i8) = (12, 0);

/// Where a date begins for the market of that series.
pub(in crate::cli) struct TradingDay {
    zone: TimeZone,
    hour: i8,
    minute: i8,
}

impl TradingDay {
    /// The days of the newest version of that series, or of the one that it is made of; `None` if
    /// they are UTC's.
    pub(in crate::cli) async fn of(
        connection: &Connection,
        series: &SeriesName,
    ) -> Result<Option<Self>, CliError> {
        let request = pb::ListSeriesRequest {
            filter: format!(
                "exchange = \"{}\" AND symbol = \"{}\"",
                series.exchange, series.symbol
            ),
            ..Default::default()
        };
        let stored = connection.market_data().list_series(request).await?.into_inner().series;
        let mut specs: Vec<_> = stored.into_iter().filter_map(|series| series.spec).collect();
        // They come by length: what is made, is made of the longest that is not longer.
        let place = specs.iter().rposition(|spec| spec.timeframe == series.timeframe);
        let spec = match place {
            Some(place) => Some(specs.swap_remove(place)),
            None => specs.into_iter().rfind(|spec| !spec.time_zone.is_empty()),
        };
        spec.map_or(Ok(None), |spec| Self::read(&spec))
    }

    fn read(spec: &pb::SeriesSpec) -> Result<Option<Self>, CliError> {
        if spec.time_zone.is_empty() {
            return Ok(None);
        }
        let unreadable = || CliError::Usage {
            message: format!("this program knows no zone {}", spec.time_zone),
            help: "write the moment with its offset, as in 2024-03-11T00:00:00-04:00".to_owned(),
        };
        let zone = TimeZoneDatabase::bundled().get(&spec.time_zone).map_err(|_| unreadable())?;
        let (hour, minute) = spec.day_start.split_once(':').unwrap_or(("0", "0"));
        let number = |text: &str| text.parse().map_err(|_| unreadable());
        Ok(Some(Self { zone, hour: number(hour)?, minute: number(minute)? }))
    }

    /// The moment that was meant: the start of the day of a date, and every other as it is.
    pub(in crate::cli) fn moment(&self, moment: Moment) -> prost_types::Timestamp {
        let start = moment.date().and_then(|date| self.start(date));
        start.map_or_else(|| moment.into(), |time| Moment::from(time).into())
    }

    /// The earliest instant at which the wall clock shows that the day has begun.
    fn start(&self, date: Date) -> Option<Timestamp> {
        let is_late = (self.hour, self.minute) >= NOON;
        let date = if is_late { date.checked_sub(1.day()).ok()? } else { date };
        let shown: DateTime = date.at(self.hour, self.minute, 0, 0);
        let found = self.zone.to_ambiguous_timestamp(shown);
        match found.offset() {
            AmbiguousOffset::Gap { .. } => {
                let after = found.later().ok()?;
                self.zone.preceding(after).next().map(|change| change.timestamp())
            }
            AmbiguousOffset::Fold { .. } | AmbiguousOffset::Unambiguous { .. } => {
                found.earlier().ok()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(time_zone: &str, day_start: &str, date: &str) -> String {
        let spec = pb::SeriesSpec {
            time_zone: time_zone.to_owned(),
            day_start: day_start.to_owned(),
            ..Default::default()
        };
        let day = TradingDay::read(&spec).unwrap().unwrap();
        let time = day.moment(date.parse().unwrap());
        Timestamp::new(time.seconds, time.nanos).unwrap().to_string()
    }

    #[test]
    fn a_date_is_the_start_of_the_day_that_bears_it() {
        let new_york = |day_start, date| start("America/New_York", day_start, date);
        for (day_start, date, expected) in [
            ("00:00", "2024-03-11", "2024-03-11T04:00:00Z"),
            ("17:00", "2024-03-11", "2024-03-10T21:00:00Z"),
            ("17:00", "2024-03-08", "2024-03-07T22:00:00Z"),
            ("09:30", "2024-03", "2024-03-01T14:30:00Z"),
            ("02:30", "2024-03-10", "2024-03-10T07:00:00Z"),
            ("01:30", "2024-11-03", "2024-11-03T05:30:00Z"),
            ("17:00", "2024-03-11T09:00", "2024-03-11T09:00:00Z"),
        ] {
            assert_eq!(new_york(day_start, date), expected, "{day_start} {date}");
        }
        assert_eq!(start("Asia/Tokyo", "00:00", "2024"), "2023-12-31T15:00:00Z");
    }

    #[test]
    fn days_of_utc_need_no_zone() {
        assert!(TradingDay::read(&pb::SeriesSpec::default()).unwrap().is_none());
    }
}
