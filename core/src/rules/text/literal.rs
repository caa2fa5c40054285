//! Numbers as they are written.

use std::fmt;

/// How a number was written; it decides what a parameter takes and how the number is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Whole,
    Decimal,
    /// `12%`: hundredths.
    Percent,
    /// `9:30`: minutes of the day.
    Time,
}

/// A number with its spelling.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) struct Literal {
    value: f64,
    /// Digits, point and exponent, without what follows.
    digits: Box<str>,
    written: Written,
}

impl Literal {
    /// The number of these digits, such as `12`, `0.5` or `1e-3`; `None` if they are none, or if
    /// the number is not finite.
    pub(super) fn plain(digits: &str) -> Option<Self> {
        let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit());
        let written = if is_whole { Written::Whole } else { Written::Decimal };
        Self::read(digits, written, digits)
    }

    /// The same with `%` behind. The value is the double nearest to the hundredths.
    pub(super) fn percent(digits: &str) -> Option<Self> {
        let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (digits, 0),
        };
        let hundredths = format!("{mantissa}e{}", exponent.checked_sub(2)?);
        Self::read(&hundredths, Written::Percent, digits)
    }

    /// Hours and minutes of a day, as minutes; `None` beyond 24:00.
    pub(super) fn time(hours: &str, minutes: &str) -> Option<Self> {
        let (h, m): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
        let is_time = m < 60 && h * 60 + m <= 24 * 60;
        let digits = format!("{h}:{m:02}").into();
        is_time.then(|| Self { value: f64::from(h * 60 + m), digits, written: Written::Time })
    }

    fn read(number: &str, written: Written, digits: &str) -> Option<Self> {
        let value: f64 = number.parse().ok()?;
        value.is_finite().then(|| Self { value, digits: digits.into(), written })
    }

    /// The double nearest to what is written.
    pub(in crate::rules) const fn value(&self) -> f64 {
        self.value
    }

    /// Whether it was written as a whole number: a parameter of whole numbers has such a default.
    pub(in crate::rules) fn is_whole(&self) -> bool {
        matches!(self.written, Written::Whole | Written::Time)
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let behind = if self.written == Written::Percent { "%" } else { "" };
        write!(f, "{}{behind}", self.digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(literals: &[Option<Literal>]) -> Vec<Option<f64>> {
        literals.iter().map(|literal| literal.as_ref().map(Literal::value)).collect()
    }

    #[test]
    fn a_percentage_is_the_double_nearest_to_its_hundredths() {
        let read = [Literal::percent("0.1"), Literal::percent("50"), Literal::percent("1e1")];
        assert_eq!(values(&read), [Some(0.001), Some(0.5), Some(0.1)]);
        assert_eq!(Literal::percent("0.1").unwrap().to_string(), "0.1%");
    }

    #[test]
    fn a_time_of_day_is_minutes() {
        let read = [("9", "30"), ("0", "00"), ("24", "00"), ("24", "01"), ("9", "60")];
        let read = read.map(|(hours, minutes)| Literal::time(hours, minutes));
        assert_eq!(values(&read), [Some(570.0), Some(0.0), Some(1_440.0), None, None]);
    }

    #[test]
    fn what_is_too_great_for_a_double_is_no_number() {
        assert_eq!(Literal::plain("1e999"), None);
        assert!(Literal::plain("12").unwrap().is_whole());
        assert!(!Literal::plain("12.0").unwrap().is_whole());
    }
}
