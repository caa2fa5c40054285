//! Constants in another unit: exactly, and then rounded once.

use crate::market::Decimal;

/// Digits of a quotient before one more for what is left: enough for any double.
const DIGITS: usize = 40;

/// The double nearest to `value / tick^power`; the other way round for a negative power.
pub(super) fn over_ticks(value: f64, tick: Decimal, power: i32) -> f64 {
    let Some((digits, exponent)) = decimal(value) else { return value };
    let mut exponent = exponent + i64::from(power) * i64::from(tick.scale());
    let mantissa = u128::from(tick.mantissa().unsigned_abs());
    let count = power.unsigned_abs();
    let factor = mantissa.checked_pow(count).filter(|factor| *factor > 0);
    let (Some(factor), true) = (factor, value != 0.0) else { return value };
    let text = if power > 0 {
        let (quotient, shift) = divided(digits, factor);
        exponent -= shift;
        quotient
    } else {
        match digits.checked_mul(factor) {
            Some(product) => product.to_string(),
            None => return value * (factor as f64) * 10_f64.powi(exponent as i32),
        }
    };
    let nearest: f64 = format!("{text}e{exponent}").parse().unwrap_or(f64::NAN);
    if value < 0.0 { -nearest } else { nearest }
}

/// The shortest digits that a double is written with, and the power of ten behind them.
fn decimal(value: f64) -> Option<(u128, i64)> {
    let text = format!("{:e}", value.abs());
    let (mantissa, exponent) = text.split_once('e')?;
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{part}").parse().ok()?;
    Some((digits, exponent.parse::<i64>().ok()? - part.len() as i64))
}

/// A quotient as digits, and how many of them stand behind the point. What is left is told by one
/// more digit, so that the nearest double of the digits is that of the quotient.
fn divided(dividend: u128, divisor: u128) -> (String, i64) {
    let mut digits = (dividend / divisor).to_string();
    let mut rest = dividend % divisor;
    let mut shift = 0;
    while rest != 0 && digits.len() < DIGITS {
        rest *= 10;
        digits.push(char::from(b'0' + (rest / divisor) as u8));
        rest %= divisor;
        shift += 1;
    }
    if rest != 0 {
        digits.push('1');
        shift += 1;
    }
    (digits, shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(value: f64, tick: &str, power: i32) -> f64 {
        over_ticks(value, tick.parse().unwrap(), power)
    }

    #[test]
    fn a_price_is_brought_onto_ticks_exactly() {
        // In doubles 0.3 / 0.1 is 2.9999999999999996.
        assert_eq!(over(0.3, "0.1", 1), 3.0);
        assert_eq!(over(50_000.0, "0.01", 1), 5_000_000.0);
        assert_eq!(over(1.1, "0.25", 1), 4.4);
        assert_eq!(over(-1.0, "0.03", 1), -100.0 / 3.0);
        assert_eq!(over(0.0, "0.01", 1), 0.0);
    }

    #[test]
    fn and_back_and_to_other_powers() {
        assert_eq!(over(3.0, "0.1", -1), 0.3);
        assert_eq!(over(2.0, "0.01", 2), 20_000.0);
        assert_eq!(over(7.0, "0.25", -2), 0.4375);
    }
}
