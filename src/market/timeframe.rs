//! How long a bar lasts. Knows nothing of any particular bar.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// One day in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;
/// The longest timeframe: one year of days.
const LONGEST_MS: i64 = 366 * DAY_MS;

/// A whole number of minutes, hours or days: `1m`, `15m`, `4h`, `1d`. `60m` is `1h`.
///
/// ```
/// use tradeforge::market::Timeframe;
/// let hour: Timeframe = "60m".parse().unwrap();
/// assert_eq!(hour.to_string(), "1h");
/// assert_eq!(hour.duration_ms(), 3_600_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timeframe {
    duration_ms: i64,
}

/// The text names no timeframe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a whole number of minutes, hours or days such as 1m, 15m, 4h or 1d")]
pub struct TimeframeError;

impl Timeframe {
    /// The timeframe of that many milliseconds; refused unless a whole number of minutes.
    pub fn from_ms(duration_ms: i64) -> Result<Self, TimeframeError> {
        let whole = duration_ms > 0 && duration_ms % MINUTE_MS == 0;
        (whole && duration_ms <= LONGEST_MS).then_some(Self { duration_ms }).ok_or(TimeframeError)
    }

    /// How long a bar lasts, in milliseconds.
    pub const fn duration_ms(self) -> i64 {
        self.duration_ms
    }

    /// The start of the bucket that holds `time_ms`; buckets align to the epoch.
    pub const fn bucket_start_ms(self, time_ms: i64) -> i64 {
        time_ms - time_ms.rem_euclid(self.duration_ms)
    }
}

impl FromStr for Timeframe {
    type Err = TimeframeError;

    fn from_str(text: &str) -> Result<Self, TimeframeError> {
        let unit_ms = match text.as_bytes().last() {
            Some(b'm') => MINUTE_MS,
            Some(b'h') => HOUR_MS,
            Some(b'd') => DAY_MS,
            _ => return Err(TimeframeError),
        };
        let digits = &text[..text.len() - 1];
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(TimeframeError);
        }
        let count: i64 = digits.parse().map_err(|_| TimeframeError)?;
        Self::from_ms(count.checked_mul(unit_ms).ok_or(TimeframeError)?)
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
        let (unit_ms, letter) = match self.duration_ms {
            ms if ms % DAY_MS == 0 => (DAY_MS, 'd'),
            ms if ms % HOUR_MS == 0 => (HOUR_MS, 'h'),
            _ => (MINUTE_MS, 'm'),
        };
        write!(f, "{}{letter}", self.duration_ms / unit_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeframe_is_written_in_its_largest_unit() {
        for (given, written) in [("1m", "1m"), ("60m", "1h"), ("24h", "1d"), ("90m", "90m")] {
            assert_eq!(given.parse::<Timeframe>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn text_that_names_no_timeframe_is_refused() {
        for text in ["", "m", "0m", "-1m", "1s", "1.5h", "1M", "99999999999999999999d", "+1m"] {
            assert_eq!(text.parse::<Timeframe>(), Err(TimeframeError), "{text:?}");
        }
    }

    #[test]
    fn buckets_align_to_the_epoch_on_both_sides_of_it() {
        let hour: Timeframe = "1h".parse().unwrap();
        assert_eq!(hour.bucket_start_ms(HOUR_MS + 1), HOUR_MS);
        assert_eq!(hour.bucket_start_ms(-1), -HOUR_MS);
    }
}
