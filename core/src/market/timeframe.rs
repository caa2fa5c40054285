//! How long a bar lasts. Knows nothing of any particular bar, nor where its bucket lies.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// One day in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;
/// The longest fixed timeframe: one year of days.
const LONGEST_MS: i64 = 366 * DAY_MS;
/// Seven days, and the twelfth part of 365.25 days: what a week and a month count for.
const WEEK_MS: i64 = 7 * DAY_MS;
const MONTH_MS: i64 = 2_629_800_000;

/// A whole number of minutes, hours or days (`1m`, `15m`, `4h`, `1d`; `60m` is `1h`), a week of
/// days from Monday (`1w`), or a calendar month (`1mo`).
///
/// ```
/// use tradeforge_core::market::Timeframe;
/// let hour: Timeframe = "60m".parse().unwrap();
/// assert_eq!(hour.to_string(), "1h");
/// assert!("7d".parse::<Timeframe>().unwrap() < Timeframe::WEEK);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timeframe {
    /// Milliseconds where every bar has as many. A week and a month have one more than what they
    /// count for, which no fixed timeframe has: so they sort among the others by length.
    word: i64,
}

/// How long the bars of a timeframe last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// All of them that many milliseconds.
    Fixed(i64),
    /// From a day that is a Monday to the next.
    Week,
    /// From a day that is a 1st to the next.
    Month,
}

/// The text names no timeframe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeframeError {
    /// Nothing that comes near one.
    #[error(
        "is not a whole number of minutes, hours or days such as 1m, 15m, 4h or 1d, nor 1w (week) \
         or 1mo (month)"
    )]
    Unknown,
    /// `1M`: a month to some, and a minute to whoever pressed shift.
    #[error("is no timeframe: did you mean 1mo (month) or 1m (minute)?")]
    MonthOrMinute,
    /// Several weeks or months: where they would begin, nothing says.
    #[error("is no timeframe: weeks and months come one at a time, 1w and 1mo")]
    Several,
}

impl Timeframe {
    /// One minute, the shortest.
    pub const MINUTE: Self = Self { word: MINUTE_MS };
    /// From one Monday to the next.
    pub const WEEK: Self = Self { word: WEEK_MS + 1 };
    /// From the 1st of a month to the next.
    pub const MONTH: Self = Self { word: MONTH_MS + 1 };

    /// The one of the two whose bars are shorter.
    #[must_use]
    pub fn finer(self, other: Self) -> Self {
        if other.duration_ms() < self.duration_ms() { other } else { self }
    }

    /// Whether its bars are longer than that.
    pub fn exceeds_ms(self, time_ms: i64) -> bool {
        self.duration_ms() > time_ms
    }

    /// The timeframe whose bars all last that many milliseconds; refused unless whole minutes.
    pub fn from_ms(duration_ms: i64) -> Result<Self, TimeframeError> {
        let is_whole = duration_ms > 0 && duration_ms % MINUTE_MS == 0;
        let fits = is_whole && duration_ms <= LONGEST_MS;
        fits.then_some(Self { word: duration_ms }).ok_or(TimeframeError::Unknown)
    }

    /// The timeframe that files, keys and tables write as this number.
    pub fn from_word(word: i64) -> Result<Self, TimeframeError> {
        let named = [Self::WEEK, Self::MONTH].into_iter().find(|named| named.word == word);
        named.map_or_else(|| Self::from_ms(word), Ok)
    }

    /// The number that stands for it in files, keys and tables, rising with the length: the
    /// milliseconds of a fixed one. Never to be added to a time.
    pub const fn word(self) -> i64 {
        self.word
    }

    /// How many bars a day has that is traded from start to end.
    pub fn bars_per_day(self) -> f64 {
        DAY_MS as f64 / self.duration_ms() as f64
    }

    /// Whether its bars are shorter than a day.
    pub const fn is_intraday(self) -> bool {
        self.word < DAY_MS
    }

    pub(super) const fn length(self) -> Length {
        match self {
            Self::WEEK => Length::Week,
            Self::MONTH => Length::Month,
            Self { word } => Length::Fixed(word),
        }
    }

    /// How long a bar lasts, or what one counts for on the average: no bar ends by it, since days
    /// of a zone differ (see [`super::Series::bar_ends`]).
    pub const fn duration_ms(self) -> i64 {
        match self.length() {
            Length::Fixed(ms) => ms,
            Length::Week => WEEK_MS,
            Length::Month => MONTH_MS,
        }
    }
}

impl FromStr for Timeframe {
    type Err = TimeframeError;

    fn from_str(text: &str) -> Result<Self, TimeframeError> {
        let unit = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let digits = &text[..text.len() - unit.len()];
        let count: i64 = digits.parse().map_err(|_| TimeframeError::Unknown)?;
        let unit_ms = match unit {
            "m" => MINUTE_MS,
            "h" => HOUR_MS,
            "d" => DAY_MS,
            "w" if count == 1 => return Ok(Self::WEEK),
            "mo" if count == 1 => return Ok(Self::MONTH),
            "w" | "mo" if count > 1 => return Err(TimeframeError::Several),
            "M" => return Err(TimeframeError::MonthOrMinute),
            _ => return Err(TimeframeError::Unknown),
        };
        Self::from_ms(count.checked_mul(unit_ms).ok_or(TimeframeError::Unknown)?)
    }
}

impl TryFrom<String> for Timeframe {
    type Error = TimeframeError;

    fn try_from(text: String) -> Result<Self, TimeframeError> {
        text.parse()
    }
}

impl From<Timeframe> for String {
    fn from(timeframe: Timeframe) -> Self {
        timeframe.to_string()
    }
}

impl fmt::Display for Timeframe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ms, unit_ms, unit) = match self.length() {
            Length::Week => (1, 1, "w"),
            Length::Month => (1, 1, "mo"),
            Length::Fixed(ms) if ms % DAY_MS == 0 => (ms, DAY_MS, "d"),
            Length::Fixed(ms) if ms % HOUR_MS == 0 => (ms, HOUR_MS, "h"),
            Length::Fixed(ms) => (ms, MINUTE_MS, "m"),
        };
        write!(f, "{}{unit}", ms / unit_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Timeframe, TimeframeError> {
        text.parse()
    }

    #[test]
    fn a_timeframe_is_written_in_its_largest_unit() {
        let cases = [("1m", "1m"), ("60m", "1h"), ("24h", "1d"), ("90m", "90m"), ("7d", "7d")];
        for (given, written) in cases.into_iter().chain([("1w", "1w"), ("1mo", "1mo")]) {
            assert_eq!(read(given).unwrap().to_string(), written);
        }
    }

    #[test]
    fn text_that_names_no_timeframe_is_refused() {
        let texts = ["", "m", "0m", "-1m", "1s", "1.5h", "99999999999999999999d", "+1m", "1W"];
        for text in texts.into_iter().chain(["w", "mo", "0w", "1mon", "367d", "ü"]) {
            assert_eq!(read(text), Err(TimeframeError::Unknown), "{text:?}");
        }
        assert_eq!(read("1M"), Err(TimeframeError::MonthOrMinute));
        let said = read("1M").unwrap_err().to_string();
        assert!(said.contains("1mo (month)") && said.contains("1m (minute)"), "{said}");
        assert_eq!((read("2w"), read("3mo")), (Err(TimeframeError::Several), read("12mo")));
    }

    #[test]
    fn weeks_and_months_sort_by_their_length_and_survive_their_words() {
        let rising = ["1d", "7d", "1w", "30d", "1mo", "31d"].map(|text| read(text).unwrap());
        assert!(rising.is_sorted_by(|left, right| left < right && left.word() < right.word()));
        for timeframe in rising {
            assert_eq!(Timeframe::from_word(timeframe.word()), Ok(timeframe));
        }
        assert_eq!((Timeframe::WEEK.word(), Timeframe::MONTH.word()), (604_800_001, 2_629_800_001));
        assert!(Timeframe::from_word(604_800_002).is_err() && Timeframe::from_word(-1).is_err());
    }

    #[test]
    fn a_day_has_as_many_bars_as_fit_it() {
        let bars = ["1m", "4h", "1d", "1w", "1mo"].map(|text| read(text).unwrap().bars_per_day());
        assert_eq!(bars, [1_440.0, 6.0, 1.0, 1.0 / 7.0, 12.0 / 365.25]);
    }
}
