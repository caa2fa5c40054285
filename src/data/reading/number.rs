//! Numbers as they stand in files, read exactly. Knows nothing of prices or ticks.

use std::borrow::Cow;
use std::str;

use super::notation::{DecimalMark, plainly};
use crate::market::{Decimal, DecimalError};

/// Digits that fit 64 bits whatever they are.
const PLAIN_DIGITS_MAX: usize = 18;
/// Exponents beyond this leave the range of a double, let alone of a price.
const EXPONENT_MAX: i32 = 400;
/// What stands where there is no number, in lower case.
const MISSING: [&[u8]; 12] =
    [b"", b"-", b"--", b"null", b"nil", b"none", b"nan", b"na", b"n/a", b"#n/a", b"<na>", b"nat"];
/// What letters after an amount multiply it by.
const MULTIPLIERS: [(u8, f64); 4] = [(b'k', 1e3), (b'm', 1e6), (b'b', 1e9), (b't', 1e12)];

/// Why a field is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The field is empty.
    #[error("is empty where a number should be")]
    Empty,
    /// NaN, or an infinity.
    #[error("is not a finite number")]
    NotFinite,
    /// Something else than a number.
    #[error("is not a number such as 93576.07")]
    Malformed,
    /// A number of more digits than fit a [`Decimal`].
    #[error("has more digits than can be held exactly")]
    TooLong,
    /// A comma that may part thousands or decimals.
    #[error(
        "has a comma that may part thousands or decimals, and no field above it decides: declare \
         decimal_mark (--decimal-mark point or comma)"
    )]
    OpenComma,
}

/// Reads a decimal exactly, also in scientific notation, with nothing else in it.
pub(super) fn decimal(field: &[u8]) -> Result<Decimal, NumberError> {
    plain(field).map_or_else(|| spelled_otherwise(field.trim_ascii()), Ok)
}

/// Reads a decimal as people write it, its fraction behind that mark; `None` if nobody knows which.
pub(super) fn marked_decimal(
    field: &[u8],
    mark: Option<DecimalMark>,
) -> Result<Decimal, NumberError> {
    quick(field, mark)
        .map_or_else(|| spelled_otherwise(plainly(text_of(field)?, mark)?.as_bytes()), Ok)
}

/// The number if the field is digits and a point alone.
pub(super) fn quick(field: &[u8], mark: Option<DecimalMark>) -> Option<Decimal> {
    if mark == Some(DecimalMark::Comma) { None } else { plain(field) }
}

/// Whether the field is an amount of digits and a point alone.
pub(super) fn is_plain_amount(field: &[u8], mark: Option<DecimalMark>) -> bool {
    mark != Some(DecimalMark::Comma)
        && field.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

/// The double nearest to the number, if the field is digits and a point alone.
pub(super) fn quick_measure(field: &[u8], mark: Option<DecimalMark>) -> Option<f64> {
    quick(field, mark).map(Decimal::to_f64)
}

/// Reads the double nearest to the number, for figures that are measured and not money; an amount
/// may end in K, M, B or T.
pub(super) fn measure(field: &[u8], mark: Option<DecimalMark>) -> Result<f64, NumberError> {
    let text = text_of(field)?;
    let quick = if mark == Some(DecimalMark::Comma) { None } else { text.parse::<f64>().ok() };
    let value = match quick {
        Some(value) => value,
        None => amount(text, mark)?,
    };
    // Negative zero would differ in bits from the zero it equals.
    if value.is_finite() { Ok(value + 0.0) } else { Err(NumberError::NotFinite) }
}

fn amount(text: &str, mark: Option<DecimalMark>) -> Result<f64, NumberError> {
    let last = text.as_bytes().last().map_or(b' ', u8::to_ascii_lowercase);
    let multiplier = MULTIPLIERS.iter().find(|(letter, _)| *letter == last);
    let (digits, factor) = match multiplier {
        Some((_, factor)) => (text[..text.len() - 1].trim_ascii_end(), *factor),
        None => (text, 1.0),
    };
    let plain: Cow<'_, str> = plainly(digits, mark)?;
    let value = plain.parse::<f64>().map_err(|_| no_number(text.as_bytes()))?;
    Ok(value * factor)
}

/// Whether the field says that there is no number.
pub(super) fn is_missing(field: &[u8]) -> bool {
    let field = field.trim_ascii();
    // Longer ones are none, and a digit in front is by far the most usual.
    field.len() <= 4
        && !field.first().is_some_and(u8::is_ascii_digit)
        && MISSING.contains(&&field.to_ascii_lowercase()[..])
}

fn text_of(field: &[u8]) -> Result<&str, NumberError> {
    str::from_utf8(field.trim_ascii()).map_err(|_| NumberError::Malformed)
}

/// The fast path: digits and at most one point, short enough for 64 bits.
fn plain(field: &[u8]) -> Option<Decimal> {
    let mut mantissa = 0_i64;
    let mut point = None;
    if field.len() > PLAIN_DIGITS_MAX {
        return None;
    }
    for (index, &byte) in field.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa * 10 + i64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(index),
            _ => return None,
        }
    }
    let scale = point.map_or(0, |point| field.len() - point - 1);
    let has_digits = field.len() > usize::from(point.is_some());
    has_digits.then(|| Decimal::new(mantissa, scale as u32)).flatten()
}

/// The slow path: signs, many digits, scientific notation, and everything that is refused.
fn spelled_otherwise(text: &[u8]) -> Result<Decimal, NumberError> {
    let text = text_of(text)?;
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => {
            (digits, exponent.parse().map_err(|_| no_number(text.as_bytes()))?)
        }
        None => (text, 0_i32),
    };
    let digits: Decimal = digits.parse().map_err(|error| match error {
        DecimalError::Malformed => no_number(text.as_bytes()),
        DecimalError::TooLong => NumberError::TooLong,
    })?;
    shifted(digits, exponent).ok_or(NumberError::TooLong)
}

/// `number x 10^exponent`; `None` if that cannot be held.
fn shifted(number: Decimal, exponent: i32) -> Option<Decimal> {
    if exponent.unsigned_abs() > EXPONENT_MAX.unsigned_abs() {
        return (number == Decimal::ZERO).then_some(number);
    }
    let scale = number.scale().cast_signed() - exponent;
    match u32::try_from(scale) {
        Ok(scale) => Decimal::new(number.mantissa(), scale),
        Err(_) if number == Decimal::ZERO => Some(number),
        Err(_) => {
            let factor = 10_i64.checked_pow(scale.unsigned_abs())?;
            Decimal::new(number.mantissa().checked_mul(factor)?, 0)
        }
    }
}

/// Which kind of no number the text is.
fn no_number(text: &[u8]) -> NumberError {
    let lower = text.to_ascii_lowercase();
    match lower.strip_prefix(b"-").or_else(|| lower.strip_prefix(b"+")).unwrap_or(&lower) {
        b"" if text.is_empty() => NumberError::Empty,
        b"nan" | b"inf" | b"infinity" => NumberError::NotFinite,
        _ => NumberError::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_read_exactly_however_they_are_spelled() {
        let spellings = [
            ("93576.07", "93576.07"),
            ("93576.07000000", "93576.07"),
            ("0.00001234", "0.00001234"),
            (" 1.5 ", "1.5"),
            ("+1.5", "1.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1.2e3", "1200"),
            ("1E-5", "0.00001"),
            ("12.50e-1", "1.25"),
            ("0e999", "0"),
            ("123456789012345678.0000000000", "123456789012345678"),
        ];
        for (text, plain) in spellings {
            assert_eq!(decimal(text.as_bytes()).unwrap().to_string(), plain, "{text}");
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused_by_its_kind() {
        let refused = [
            ("", NumberError::Empty),
            ("  ", NumberError::Empty),
            ("NaN", NumberError::NotFinite),
            ("-inf", NumberError::NotFinite),
            (".", NumberError::Malformed),
            ("-", NumberError::Malformed),
            ("1,5", NumberError::Malformed),
            ("1e", NumberError::Malformed),
            ("1 5", NumberError::Malformed),
            ("1e400", NumberError::TooLong),
            ("1e-19", NumberError::TooLong),
            ("1e2147483647", NumberError::TooLong),
            ("0.1234567890123456789", NumberError::TooLong),
        ];
        for (text, error) in refused {
            assert_eq!(decimal(text.as_bytes()), Err(error), "{text:?}");
        }
        assert_eq!(decimal(b"\xff"), Err(NumberError::Malformed));
    }

    #[test]
    fn people_write_numbers_otherwise() {
        for text in ["$1,234.50", "1.234,50", "1 234.5", "1234,5", "1.2345e3"] {
            let number = marked_decimal(text.as_bytes(), None).unwrap();
            assert_eq!(number.to_string(), "1234.5", "{text}");
        }
        assert_eq!(marked_decimal(b"1,234", None), Err(NumberError::OpenComma));
    }

    #[test]
    fn amounts_may_end_in_a_letter_and_what_is_missing_is_no_number() {
        assert_eq!(measure(b"1.5K", None), Ok(1500.0));
        assert_eq!(measure(b"2,25M", Some(DecimalMark::Comma)), Ok(2_250_000.0));
        assert_eq!(measure(b"1,234.5k", None), Ok(1_234_500.0));
        for text in ["", " ", "-", "null", "NaN", "N/A", "None"] {
            assert!(is_missing(text.as_bytes()), "{text:?}");
        }
        assert!(!is_missing(b"0") && !is_missing(b"inf"));
    }

    #[test]
    fn measures_are_finite_and_never_negative_zero() {
        assert_eq!(measure(b" 1.5e3 ", None).unwrap().to_bits(), 1500_f64.to_bits());
        assert_eq!(measure(b"-0", None).unwrap().to_bits(), 0);
        assert_eq!(measure(b"1e999", None), Err(NumberError::NotFinite));
        assert_eq!(measure(b"nan", None), Err(NumberError::NotFinite));
        assert_eq!(measure(b"", None), Err(NumberError::Empty));
        assert_eq!(measure(b"12x", None), Err(NumberError::Malformed));
    }

    proptest! {
        #[test]
        fn a_decimal_survives_scientific_notation(mantissa: i64, scale in 0_u32..=18) {
            let number = Decimal::new(mantissa, scale).unwrap();
            prop_assert_eq!(decimal(format!("{mantissa}e-{scale}").as_bytes()), Ok(number));
            prop_assert_eq!(decimal(number.to_string().as_bytes()), Ok(number));
        }
    }
}
