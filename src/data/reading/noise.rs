//! Digits that a program added and nobody meant: `379.1700134277344`, `89255.36000000001`. Knows
//! one price at a time.

use crate::market::Decimal;

/// Prices of fewer digits than nine are as they are written, and those of fewer than fourteen
/// unless they are cents of single precision.
pub(super) const SOMEWHAT_LONG: u64 = 10_u64.pow(8);
const LONG: u64 = 10_u64.pow(13);
/// By so many digits the cents must be shorter then: some bonds are traded in binary fractions.
const SHORTER_BY: u32 = 2;
const CENTS_SCALE: u32 = 2;
/// What is left of a long price in which nothing shorter is seen; a change of 5e-13 at the most.
const KEPT_DIGITS: u32 = 12;
/// A long price that is a short one with noise has at most so many digits without it.
const SHORT_DIGITS_MAX: u32 = 10;

/// What a price was before it was cleaned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Was {
    /// As it is now.
    Written,
    /// A short decimal with a rounding error of doubles.
    Noisy,
    /// A number of single precision, written with the digits of a double.
    Single,
    /// A number of many digits, as computed prices are.
    Computed,
}

/// The price that was meant, and what stood there.
pub(super) fn cleaned(price: Decimal) -> (Decimal, Was) {
    let mantissa = price.mantissa().unsigned_abs();
    if mantissa < SOMEWHAT_LONG {
        return (price, Was::Written);
    }
    if mantissa < LONG {
        let are_cents = |short: &Decimal| {
            short.scale() <= CENTS_SCALE && digits_of(*short) + SHORTER_BY <= digits_of(price)
        };
        let short = single(price).filter(are_cents);
        return short.map_or((price, Was::Written), |short| (short, Was::Single));
    }
    let Some(kept) = to_digits(price, KEPT_DIGITS) else { return (price, Was::Written) };
    if digits_of(kept) <= SHORT_DIGITS_MAX {
        return (kept, Was::Noisy);
    }
    match single(price) {
        Some(short) => (short, Was::Single),
        None => (kept, Was::Computed),
    }
}

/// A price of more digits than can be held, as the double nearest to it.
pub(super) fn from_double(field: &[u8]) -> Option<Decimal> {
    let double: f64 = std::str::from_utf8(field.trim_ascii()).ok()?.parse().ok()?;
    Decimal::nearest(double).filter(|price| double == 0.0 || *price != Decimal::ZERO)
}

fn digits_of(price: Decimal) -> u32 {
    price.mantissa().unsigned_abs().checked_ilog10().map_or(1, |log| log + 1)
}

/// The price rounded to so many digits, half away from zero; `None` if they do not reach the point.
fn to_digits(price: Decimal, digits: u32) -> Option<Decimal> {
    let dropped = digits_of(price).saturating_sub(digits);
    to_scale(price, price.scale().checked_sub(dropped)?)
}

/// The price rounded to so many digits after the point.
pub(super) fn to_scale(price: Decimal, scale: u32) -> Option<Decimal> {
    let Some(dropped) = price.scale().checked_sub(scale) else { return Some(price) };
    let unit = 10_i64.checked_pow(dropped)?;
    Decimal::new(rounded_quotient(price.mantissa(), unit), scale)
}

/// The whole number nearest to `count / unit`, half away from zero.
pub(super) const fn rounded_quotient(count: i64, unit: i64) -> i64 {
    let (quotient, rest) = (count / unit, count % unit);
    if rest.unsigned_abs() >= unit.unsigned_abs().div_ceil(2) {
        quotient + count.signum()
    } else {
        quotient
    }
}

/// The shortest decimal of the number of single precision that this is, if it is one.
fn single(price: Decimal) -> Option<Decimal> {
    let double = price.to_f64();
    let single = double as f32;
    if f64::from(single) != double {
        return None;
    }
    format!("{single}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clean(text: &str) -> (String, Was) {
        let (price, was) = cleaned(text.parse().unwrap());
        (price.to_string(), was)
    }

    #[test]
    fn noise_is_taken_off_and_meant_digits_stay() {
        let prices = [
            ("89255.36000000001", "89255.36", Was::Noisy),
            ("60000.10000000001", "60000.1", Was::Noisy),
            ("186.5899999999999", "186.59", Was::Noisy),
            ("0.30000000000000004", "0.3", Was::Noisy),
            ("379.1700134277344", "379.17", Was::Single),
            ("386.67999267578125", "386.68", Was::Single),
            ("186.45123456789012", "186.451234568", Was::Computed),
            ("376.5", "376.5", Was::Written),
            ("0.00001234", "0.00001234", Was::Written),
            ("109.00390625", "109.00390625", Was::Written),
            ("29165.7890625", "29165.79", Was::Single),
            ("75232.4375", "75232.44", Was::Single),
            ("1000.015625", "1000.015625", Was::Written),
            ("1234567890123.45", "1234567890123.45", Was::Written),
        ];
        for (text, wanted, was) in prices {
            assert_eq!(clean(text), (wanted.to_owned(), was), "{text}");
        }
        assert_eq!(from_double(b"0.09876543210987654321").unwrap().scale(), 17);
    }

    proptest! {
        #[test]
        fn cents_survive_single_precision(cents in 1_i64..10_000_000) {
            let price = Decimal::new(cents, 2).unwrap();
            let single = price.to_f64() as f32;
            let text = format!("{}", f64::from(single));
            prop_assert_eq!(cleaned(text.parse().unwrap()).0, price);
        }

        #[test]
        fn cents_survive_sums_of_doubles(cents in 1_i64..100_000_000, error in -3_i64..=3) {
            let price = Decimal::new(cents, 2).unwrap();
            let noisy = f64::from_bits(price.to_f64().to_bits().wrapping_add_signed(error));
            prop_assert_eq!(cleaned(Decimal::nearest(noisy).unwrap()).0, price);
        }
    }
}
