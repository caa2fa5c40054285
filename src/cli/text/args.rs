//! The values that arguments hold, and how each is read. Knows the wire's types, not the commands.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::pb;
use crate::pb::param_value::Kind;

/// A series on the command line: `BINANCE:BTCUSDT@1m`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesName {
    /// Where the instrument trades.
    pub exchange: String,
    /// The instrument's name there.
    pub symbol: String,
    /// Length of a bar.
    pub timeframe: String,
}

/// A strategy parameter on the command line: `fast=10`, `deviations=2.5`, `direction=both`.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// The parameter's name.
    pub name: String,
    /// Its value, in the type that its text looks like.
    pub value: pb::ParamValue,
}

/// A key and a value as text: `desk=fx`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What stands before the first `=`.
    pub key: String,
    /// What stands after it; may be empty.
    pub value: String,
}

/// A moment in UTC: `2022`, `2022-01`, `2022-01-15`, `2022-01-15T09:30` or RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    time: jiff::Timestamp,
    /// Whether no time of day was written.
    is_date: bool,
}

/// How long to wait: `30` or `1.5` seconds, `30s`, `5m`, `1h30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience(pub std::time::Duration);

impl FromStr for SeriesName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once(':').and_then(|(exchange, rest)| {
            let (symbol, timeframe) = rest.rsplit_once('@')?;
            Some([exchange, symbol, timeframe])
        });
        match parts {
            Some([exchange, symbol, timeframe])
                if !exchange.is_empty() && !symbol.is_empty() && is_timeframe(timeframe) =>
            {
                Ok(Self {
                    exchange: exchange.to_owned(),
                    symbol: symbol.to_owned(),
                    timeframe: timeframe.to_owned(),
                })
            }
            _ => Err("write EXCHANGE:SYMBOL@TIMEFRAME, as in BINANCE:BTCUSDT@1m".to_owned()),
        }
    }
}

impl fmt::Display for SeriesName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}@{}", self.exchange, self.symbol, self.timeframe)
    }
}

impl From<&pb::SeriesSpec> for SeriesName {
    fn from(spec: &pb::SeriesSpec) -> Self {
        Self {
            exchange: spec.exchange.clone(),
            symbol: spec.symbol.clone(),
            timeframe: spec.timeframe.clone(),
        }
    }
}

impl From<&pb::Subscription> for SeriesName {
    fn from(subscription: &pb::Subscription) -> Self {
        Self {
            exchange: subscription.exchange.clone(),
            symbol: subscription.symbol.clone(),
            timeframe: subscription.timeframe.clone(),
        }
    }
}

impl SeriesName {
    /// The subscription to the newest version of these bars.
    pub fn subscription(&self) -> pb::Subscription {
        pb::Subscription {
            exchange: self.exchange.clone(),
            symbol: self.symbol.clone(),
            timeframe: self.timeframe.clone(),
            data_sha256: String::new(),
        }
    }

    /// The series with everything else left to the server.
    pub fn spec(&self) -> pb::SeriesSpec {
        pb::SeriesSpec {
            exchange: self.exchange.clone(),
            symbol: self.symbol.clone(),
            timeframe: self.timeframe.clone(),
            ..Default::default()
        }
    }
}

impl FromStr for Param {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Pair { key, value } = text.parse()?;
        if value.contains("..") {
            let told = "is a range, and a backtest takes one value: to search it, say optimize";
            return Err(format!("{value} {told}"));
        }
        Ok(Self { name: key, value: param_value(&value) })
    }
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                Ok(Self { key: key.to_owned(), value: value.to_owned() })
            }
            _ => Err("write NAME=VALUE".to_owned()),
        }
    }
}

/// As many as `2022-01-15` has.
const DATE_CHARS: usize = 10;

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let padded = match text.len() {
            4 => format!("{text}-01-01"),
            7 => format!("{text}-01"),
            _ => text.to_owned(),
        };
        // A named zone would be dropped in silence, and what a zone is worth changes by the year.
        let civil = || padded.parse::<DateTime>().ok().filter(|_| !padded.contains('['));
        padded
            .parse::<jiff::Timestamp>()
            .ok()
            .or_else(|| TimeZone::UTC.to_timestamp(civil()?).ok())
            .map(|time| Self { time, is_date: padded.len() == DATE_CHARS })
            .ok_or_else(|| "write 2022, 2022-01, 2022-01-15 or 2022-01-15T09:30:00Z".to_owned())
    }
}

impl Moment {
    /// The date, if no time of day was written: which moment that is depends on the market.
    pub(in crate::cli) fn date(self) -> Option<Date> {
        self.is_date.then(|| TimeZone::UTC.to_datetime(self.time).date())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.time.fmt(f)
    }
}

impl From<jiff::Timestamp> for Moment {
    fn from(time: jiff::Timestamp) -> Self {
        Self { time, is_date: false }
    }
}

impl From<Moment> for prost_types::Timestamp {
    fn from(Moment { time, .. }: Moment) -> Self {
        // The wire wants nanoseconds that count forward, also before 1970.
        let nanos = time.as_nanosecond().rem_euclid(1_000_000_000);
        let seconds = time.as_nanosecond().div_euclid(1_000_000_000);
        Self { seconds: seconds as i64, nanos: nanos as i32 }
    }
}

impl FromStr for Patience {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let span = if is_number {
            let seconds = text.parse().ok();
            seconds.and_then(|seconds| std::time::Duration::try_from_secs_f64(seconds).ok())
        } else {
            let span: Option<jiff::SignedDuration> = text.parse().ok();
            span.and_then(|span| span.try_into().ok())
        };
        let valid = "write a number of seconds, or a unit as in 30s, 5m or 1h30m";
        span.map(Self).ok_or_else(|| valid.to_owned())
    }
}

/// The value in the type that its text looks like. Only digits, a sign, a point and an exponent
/// make a number: `inf` and `nan` are names.
pub(in crate::cli) fn param_value(text: &str) -> pb::ParamValue {
    let is_number = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    let kind = match (text, text.parse(), text.parse::<f64>()) {
        ("true", ..) => Kind::BoolValue(true),
        ("false", ..) => Kind::BoolValue(false),
        (_, Ok(number), _) => Kind::IntValue(number),
        (_, _, Ok(number)) if is_number && number.is_finite() => Kind::DoubleValue(number),
        _ => Kind::StringValue(text.to_owned()),
    };
    pb::ParamValue { kind: Some(kind) }
}

/// Whether the text looks like `1m`, `4h` or `1mo`; which ones exist is the server's matter.
fn is_timeframe(text: &str) -> bool {
    let unit = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    unit.len() < text.len() && ["m", "h", "d", "w", "mo", "M"].contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_name_survives_its_text() {
        for text in ["BINANCE:BTCUSDT@1m", "X:A@B@4h", "X:A:B@1d", "X:A@1mo"] {
            assert_eq!(text.parse::<SeriesName>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn half_a_series_name_is_refused() {
        for text in ["", "BTCUSDT", "X:BTC", "BTC@1m", ":BTC@1m", "X:@1m", "X:BTC@", "X:BTC@1y"] {
            assert!(text.parse::<SeriesName>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_parameter_has_the_type_its_text_looks_like() {
        let cases = [
            ("10", Kind::IntValue(10)),
            ("-3", Kind::IntValue(-3)),
            ("2.5", Kind::DoubleValue(2.5)),
            ("1e3", Kind::DoubleValue(1_000.0)),
            ("99999999999999999999", Kind::DoubleValue(1e20)),
            ("true", Kind::BoolValue(true)),
            ("both", Kind::StringValue("both".to_owned())),
            ("inf", Kind::StringValue("inf".to_owned())),
            ("NaN", Kind::StringValue("NaN".to_owned())),
            ("1e999", Kind::StringValue("1e999".to_owned())),
            ("", Kind::StringValue(String::new())),
        ];
        for (text, kind) in cases {
            let param: Param = format!("p={text}").parse().unwrap();
            assert_eq!((param.name.as_str(), param.value.kind), ("p", Some(kind)), "{text:?}");
        }
    }

    #[test]
    fn a_range_is_for_searches_and_says_so() {
        for text in ["fast=3..9", "fast=3..9:2"] {
            let told = text.parse::<Param>().unwrap_err();
            assert!(told.contains("to search it, say optimize"), "{told}");
        }
    }

    #[test]
    fn a_pair_splits_at_its_first_equals_sign() {
        let pair: Pair = "where=a=b".parse().unwrap();
        assert_eq!((pair.key.as_str(), pair.value.as_str()), ("where", "a=b"));
        assert!("=b".parse::<Pair>().is_err() && "b".parse::<Pair>().is_err());
    }

    #[test]
    fn dates_may_be_cut_short_and_are_utc() {
        for (text, full) in [
            ("2022", "2022-01-01T00:00:00Z"),
            ("2022-03", "2022-03-01T00:00:00Z"),
            ("2022-03-15", "2022-03-15T00:00:00Z"),
            ("2022-03-15T09:30", "2022-03-15T09:30:00Z"),
            ("2022-03-15T09:30:00+02:00", "2022-03-15T07:30:00Z"),
        ] {
            let moment: Moment = text.parse().unwrap();
            assert_eq!(moment.to_string(), full, "{text:?}");
            assert_eq!(moment.date().is_some(), !text.contains('T'), "{text:?}");
        }
        for text in
            ["", "22", "2022-13", "2022-02-30", "yesterday", "2022-01-01T09:00[Europe/Berlin]"]
        {
            assert!(text.parse::<Moment>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn moments_before_1970_count_their_nanoseconds_forward() {
        let moment: Moment = "1969-12-31T23:59:59.25Z".parse().unwrap();
        let wire = prost_types::Timestamp { seconds: -1, nanos: 250_000_000 };
        assert_eq!(prost_types::Timestamp::from(moment), wire);
    }

    #[test]
    fn patience_is_a_number_of_seconds_or_a_span_with_a_unit() {
        for (text, ms) in
            [("5", 5_000), ("1.5", 1_500), ("0", 0), ("30s", 30_000), ("1h30m", 5_400_000)]
        {
            let Patience(time) = text.parse().unwrap();
            assert_eq!(time.as_millis(), ms, "{text:?}");
        }
        for text in ["", ".", "-5", "-5m", "soon", "1e3", "inf", "5 parsecs"] {
            assert!(text.parse::<Patience>().is_err(), "{text:?}");
        }
    }
}
