//! Exact decimal numbers, as they stand in requests and files. Knows nothing of ticks or money.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most digits after the point that a [`Decimal`] carries.
pub const SCALE_MAX: u32 = 18;

/// A decimal number `mantissa / 10^scale`, always in lowest form: `0.10` and `0.1` are equal.
///
/// ```
/// use tradeforge_core::market::Decimal;
/// let rate: Decimal = "0.0010".parse().unwrap();
/// assert_eq!((rate.mantissa(), rate.scale()), (1, 3));
/// assert_eq!(rate.to_string(), "0.001");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal {
    mantissa: i64,
    scale: u32,
}

/// Why a text is no [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// The text is empty, or holds something besides digits, one sign and one point.
    #[error("is not a plain decimal number such as 0.001")]
    Malformed,
    /// More digits than 18 after the point, or a value that does not fit 64 bits without it.
    #[error("has more digits than can be held exactly")]
    TooLong,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { mantissa: 0, scale: 0 };
    /// One.
    pub const ONE: Self = Self { mantissa: 1, scale: 0 };

    /// The number `mantissa / 10^scale`, brought to lowest form.
    ///
    /// Returns `None` if more than [`SCALE_MAX`] digits stay after the point.
    pub fn new(mut mantissa: i64, mut scale: u32) -> Option<Self> {
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        (scale <= SCALE_MAX).then_some(Self { mantissa, scale })
    }

    /// `10^-decimals`; `None` above [`SCALE_MAX`].
    pub fn power_of_ten(decimals: u32) -> Option<Self> {
        Self::new(1, decimals)
    }

    /// The number that a double is written as, to at most [`SCALE_MAX`] digits after the point;
    /// `None` if it does not fit 64 bits without the point.
    ///
    /// ```
    /// use tradeforge_core::market::Decimal;
    /// assert_eq!(Decimal::nearest(0.3).unwrap().to_string(), "0.3");
    /// ```
    pub fn nearest(double: f64) -> Option<Self> {
        let shortest = format!("{double}").parse();
        shortest.or_else(|_| format!("{double:.*}", SCALE_MAX as usize).parse()).ok()
    }

    /// The digits without the point.
    pub const fn mantissa(self) -> i64 {
        self.mantissa
    }

    /// How many digits stand after the point.
    pub const fn scale(self) -> u32 {
        self.scale
    }

    /// Whether the number is above zero.
    pub const fn is_positive(self) -> bool {
        self.mantissa > 0
    }

    /// Whether the number is below zero.
    pub const fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// The number as a count of `10^-decimals`; `None` if it is no whole count or overflows.
    pub fn scaled_to(self, decimals: u32) -> Option<i64> {
        let factor = 10_i64.checked_pow(decimals.checked_sub(self.scale)?)?;
        self.mantissa.checked_mul(factor)
    }

    /// The sum, to the last digit; `None` if it overflows.
    pub fn plus(self, other: Self) -> Option<Self> {
        let decimals = self.scale.max(other.scale);
        let sum = self.scaled_to(decimals)?.checked_add(other.scaled_to(decimals)?)?;
        Self::new(sum, decimals)
    }

    /// How many `step`s make up this number; `None` if not a whole count, or it overflows.
    pub fn count_of(self, step: Self) -> Option<i64> {
        let decimals = self.scale.max(step.scale);
        let up = |d: Self| i128::from(d.mantissa).checked_mul(10_i128.pow(decimals - d.scale));
        let (value, step) = (up(self)?, up(step)?);
        if step == 0 || value % step != 0 {
            return None;
        }
        i64::try_from(value / step).ok()
    }

    /// The double nearest to this number.
    pub fn to_f64(self) -> f64 {
        exact_f64(self.mantissa, self.scale)
    }
}

/// The double nearest to `integer / 10^decimals`.
pub fn exact_f64(integer: i64, decimals: u32) -> f64 {
    const EXACT_POWER_MAX: u32 = 22;
    // Both operands are exact doubles here, so the one division rounds correctly.
    if integer.unsigned_abs() < 1 << 53 && decimals <= EXACT_POWER_MAX {
        return integer as f64 / 10_f64.powi(decimals.cast_signed());
    }
    // The standard parser rounds correctly at any length.
    format!("{integer}e-{decimals}").parse().unwrap_or(f64::NAN)
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (negative, digits) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] | rest => (false, rest),
        };
        let (mut mantissa, mut scale, mut zeros) = (0_i64, 0_u32, 0_u32);
        let (mut in_fraction, mut any_digit) = (false, false);
        for &byte in digits {
            match byte {
                b'.' if !in_fraction => in_fraction = true,
                b'0' if in_fraction => (zeros, any_digit) = (zeros.saturating_add(1), true),
                b'0'..=b'9' => {
                    // Zeros after the point count only once a digit follows them.
                    let shift = if in_fraction { zeros.saturating_add(1) } else { 1 };
                    scale += if in_fraction { shift } else { 0 };
                    if scale > SCALE_MAX {
                        return Err(DecimalError::TooLong);
                    }
                    let digit = i64::from(byte - b'0');
                    let digit = if negative { -digit } else { digit };
                    mantissa = 10_i64
                        .checked_pow(shift)
                        .and_then(|factor| mantissa.checked_mul(factor))
                        .and_then(|m| m.checked_add(digit))
                        .ok_or(DecimalError::TooLong)?;
                    (zeros, any_digit) = (0, true);
                }
                _ => return Err(DecimalError::Malformed),
            }
        }
        if !any_digit {
            return Err(DecimalError::Malformed);
        }
        Self::new(mantissa, scale).ok_or(DecimalError::TooLong)
    }
}

impl TryFrom<String> for Decimal {
    type Error = DecimalError;

    fn try_from(text: String) -> Result<Self, DecimalError> {
        text.parse()
    }
}

impl From<Decimal> for String {
    fn from(decimal: Decimal) -> Self {
        decimal.to_string()
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scale == 0 {
            return write!(f, "{}", self.mantissa);
        }
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let unit = 10_u64.pow(self.scale);
        let digits = self.mantissa.unsigned_abs();
        let width = self.scale as usize;
        write!(f, "{sign}{}.{:0width$}", digits / unit, digits % unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn spellings_of_one_number_are_equal() {
        for (left, right) in [("0.10", "0.1"), ("5", "5.000"), ("-0", "0"), (".5", "0.5")] {
            assert_eq!(decimal(left), decimal(right));
        }
        assert_eq!(decimal("+1.250").to_string(), "1.25");
    }

    #[test]
    fn a_sum_has_all_digits_of_both_or_is_none() {
        let sum = |left: &str, right: &str| decimal(left).plus(decimal(right));
        assert_eq!(sum("0.1", "0.2"), Some(decimal("0.3")));
        assert_eq!(sum("90000000000.000001", "-0.5"), Some(decimal("89999999999.500001")));
        assert_eq!(sum("9223372036854775807", "1"), None);
        assert_eq!(sum("9223372036854775807", "0.1"), None, "too many digits");
    }

    #[test]
    fn text_that_is_no_plain_decimal_is_refused() {
        for text in ["", "-", ".", "1e3", "NaN", "1,5", " 1", "1.2.3", "0x1"] {
            assert_eq!(text.parse::<Decimal>(), Err(DecimalError::Malformed), "{text:?}");
        }
        assert_eq!("0.0000000000000000001".parse::<Decimal>(), Err(DecimalError::TooLong));
        assert_eq!("9223372036854775808".parse::<Decimal>(), Err(DecimalError::TooLong));
    }

    #[test]
    fn zeros_beyond_the_precision_do_no_harm() {
        assert_eq!(decimal("1.0000000000000000000000000"), Decimal::ONE);
    }

    #[test]
    fn a_double_is_taken_as_it_is_written() {
        for text in ["0.01", "0.3", "-2.5", "0", "1234567.25"] {
            assert_eq!(Decimal::nearest(text.parse().unwrap()), Some(decimal(text)));
        }
        assert_eq!(Decimal::nearest(1e-19), Some(Decimal::ZERO));
        assert_eq!(Decimal::nearest(f64::NAN), None);
    }

    #[test]
    fn counting_steps_is_exact_or_refused() {
        assert_eq!(decimal("100.25").count_of(decimal("0.25")), Some(401));
        assert_eq!(decimal("100.3").count_of(decimal("0.25")), None);
        assert_eq!(decimal("1").count_of(Decimal::ZERO), None);
    }

    proptest! {
        #[test]
        fn a_decimal_survives_its_text(mantissa: i64, scale in 0..=SCALE_MAX) {
            let number = Decimal::new(mantissa, scale).unwrap();
            prop_assert_eq!(number.to_string().parse::<Decimal>(), Ok(number));
        }

        #[test]
        fn the_double_is_the_one_that_the_text_parses_to(integer: i64, decimals in 0_u32..=18) {
            let text = format!("{integer}e-{decimals}");
            prop_assert_eq!(exact_f64(integer, decimals), text.parse::<f64>().unwrap());
        }
    }
}
