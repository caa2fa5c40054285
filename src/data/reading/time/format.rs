//! How a request says that times are written: an order, a unit, or a pattern.

use std::str::FromStr;

use jiff::fmt::strtime::{self, BrokenDownTime};

use super::TimeForm;
use super::dates::DateOrder;

/// How times are written, where a request says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeFormat {
    /// Dates of three numbers, in this order: `dmy`, `mdy`, `ymd`.
    Order(DateOrder),
    /// Counts of this unit: `s`, `ms`, `us`, `ns`, or the day numbers of a spreadsheet, `excel`.
    Unit(TimeForm),
    /// A pattern as strftime has it, such as `%d/%m/%Y %H:%M`.
    Pattern(String),
}

/// The text is no format of times.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeFormatError {
    /// Neither a word nor a pattern.
    #[error(
        "must be dmy, mdy or ymd (the order of a date), s, ms, us, ns or excel (what is counted), \
         or a pattern such as %d/%m/%Y %H:%M"
    )]
    Unknown,
    /// A pattern that says nothing of the day.
    #[error("has no day in it, such as %d, %m and %Y")]
    WithoutDay,
    /// A pattern with a directive that there is not.
    #[error("is no pattern: {0}")]
    Pattern(String),
}

impl FromStr for TimeFormat {
    type Err = TimeFormatError;

    fn from_str(text: &str) -> Result<Self, TimeFormatError> {
        let word = match text.to_ascii_lowercase().as_str() {
            "dmy" => Self::Order(DateOrder::DayMonthYear),
            "mdy" => Self::Order(DateOrder::MonthDayYear),
            "ymd" => Self::Order(DateOrder::YearMonthDay),
            "s" => Self::Unit(TimeForm::Seconds),
            "ms" => Self::Unit(TimeForm::Milliseconds),
            "us" => Self::Unit(TimeForm::Microseconds),
            "ns" => Self::Unit(TimeForm::Nanoseconds),
            "excel" => Self::Unit(TimeForm::DayNumbers),
            _ => return pattern(text),
        };
        Ok(word)
    }
}

fn pattern(text: &str) -> Result<TimeFormat, TimeFormatError> {
    if !text.contains('%') {
        return Err(TimeFormatError::Unknown);
    }
    // A moment written in the pattern and read again shows whether that can be done.
    let zoned = jiff::civil::date(2024, 2, 29).at(13, 45, 30, 0).to_zoned(jiff::tz::TimeZone::UTC);
    let zoned = zoned.map_err(|error| TimeFormatError::Pattern(error.to_string()))?;
    let written = strtime::format(text, &zoned);
    let written = written.map_err(|error| TimeFormatError::Pattern(error.to_string()))?;
    let read = BrokenDownTime::parse(text, &written);
    let read = read.map_err(|error| TimeFormatError::Pattern(error.to_string()))?;
    if read.to_date().is_err() && read.timestamp().is_none() {
        return Err(TimeFormatError::WithoutDay);
    }
    Ok(TimeFormat::Pattern(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_patterns_are_formats_and_nothing_else() {
        let order = TimeFormat::Order(DateOrder::DayMonthYear);
        assert_eq!("DMY".parse(), Ok(order));
        assert_eq!("excel".parse(), Ok(TimeFormat::Unit(TimeForm::DayNumbers)));
        let pattern = "%d/%m/%Y %H:%M";
        assert_eq!(pattern.parse(), Ok(TimeFormat::Pattern(pattern.to_owned())));
        assert_eq!("iso".parse::<TimeFormat>(), Err(TimeFormatError::Unknown));
        assert_eq!("%H:%M".parse::<TimeFormat>(), Err(TimeFormatError::WithoutDay));
        assert!(matches!("%d/%m/%!".parse::<TimeFormat>(), Err(TimeFormatError::Pattern(_))));
    }
}
