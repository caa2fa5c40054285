//! The one place where money is rounded.

use crate::market::Decimal;

/// A commission rate, ready for integer money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commission {
    numerator: i64,
    denominator: i64,
    by_denominator: Divisor,
}

/// Division by a number known before: a multiplication and a shift (Granlund and Montgomery,
/// Division by invariant integers using multiplication, 1994).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Divisor {
    factor: u64,
    shift: u32,
}

impl Divisor {
    /// The divisor is at least 1 and below 2^62.
    const fn new(divisor: i64) -> Self {
        let divisor = divisor as u128;
        // The least power of two that is not below the divisor.
        let bits = 128 - (divisor - 1).leading_zeros();
        let shift = 63 + bits;
        // Below 2^64, for the divisor is above half of that power.
        Self { factor: (1_u128 << shift).div_ceil(divisor) as u64, shift }
    }

    /// The quotient, rounded down; `number` is not negative.
    #[inline]
    const fn divide(self, number: i64) -> i64 {
        ((number as u128 * self.factor as u128) >> self.shift) as i64
    }
}

impl Commission {
    /// The rate as a fraction of notional, `0 <= rate < 1`.
    pub fn new(rate: Decimal) -> Self {
        Self::of(rate.mantissa(), 10_i64.pow(rate.scale()))
    }

    const fn of(numerator: i64, denominator: i64) -> Self {
        Self { numerator, denominator, by_denominator: Divisor::new(denominator) }
    }

    /// `rate x notional`, rounded half away from zero. `notional` is not negative.
    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub fn on(self, notional: i64) -> i64 {
        if self.numerator == 0 {
            return 0;
        }
        let half = self.denominator / 2;
        // Most amounts fit 64 bits, where dividing takes a fraction of the time.
        let exact = notional.checked_mul(self.numerator).and_then(|exact| exact.checked_add(half));
        if let Some(exact) = exact {
            return self.by_denominator.divide(exact);
        }
        // Below 2^63 x 10^18 and so within 128 bits; below the notional and so within 64.
        let exact = i128::from(notional) * i128::from(self.numerator) + i128::from(half);
        (exact / i128::from(self.denominator)) as i64
    }

    /// The most whole units at `unit_price` whose cost plus commission is within `value`.
    #[inline]
    pub fn affordable(self, unit_price: i64, value: i64) -> i64 {
        if value <= 0 || unit_price <= 0 {
            return 0;
        }
        // At most 2 x 10^18.
        let factor = self.denominator + self.numerator;
        match unit_price.checked_mul(factor).zip(value.checked_mul(self.denominator)) {
            Some((unit_cost, value)) => self.affordable_of(unit_cost, value),
            None => self.affordable_wide(unit_price, value),
        }
    }

    /// The same, with what a unit costs and the value in parts of which `denominator` make a whole.
    ///
    /// What fits before the commission is rounded fits after, for the value is whole. One unit more
    /// costs `unit_cost - left` parts too much, which rounding takes away if that is less than half
    /// a whole; a second one costs at least a whole more.
    #[inline]
    const fn affordable_of(self, unit_cost: i64, value: i64) -> i64 {
        let (quantity, left) = (value / unit_cost, value % unit_cost);
        quantity + (unit_cost - left < self.denominator - self.denominator / 2) as i64
    }

    fn affordable_wide(self, unit_price: i64, value: i64) -> i64 {
        let mut quantity = self.about_affordable(unit_price, value);
        // Rounding the commission moves the border by at most one unit either way.
        while self.cost(unit_price, quantity).is_none_or(|cost| cost > value) {
            quantity -= 1;
        }
        while self.cost(unit_price, quantity + 1).is_some_and(|cost| cost <= value) {
            quantity += 1;
        }
        quantity
    }

    fn about_affordable(self, unit_price: i64, value: i64) -> i64 {
        let factor = self.denominator + self.numerator;
        // All within 128 bits: 2^63 times at most 2 x 10^18.
        let unit_cost = i128::from(unit_price) * i128::from(factor);
        (i128::from(value) * i128::from(self.denominator) / unit_cost) as i64
    }

    /// Cost of `quantity` units with commission; `None` if it does not fit.
    fn cost(self, unit_price: i64, quantity: i64) -> Option<i64> {
        let notional = unit_price.checked_mul(quantity)?;
        notional.checked_add(self.on(notional))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn commission(rate: &str) -> Commission {
        Commission::new(rate.parse().unwrap())
    }

    #[test]
    fn half_a_unit_rounds_away_from_zero() {
        assert_eq!(commission("0.001").on(499), 0);
        assert_eq!(commission("0.001").on(500), 1);
        assert_eq!(commission("0.999999999999999999").on(i64::MAX), i64::MAX - 9);
    }

    proptest! {
        #[test]
        fn dividing_by_a_known_number_is_dividing(
            number in prop_oneof![0..i64::MAX, (0_i64..9).prop_map(|less| i64::MAX - less)],
            digits in 0_u32..19,
        ) {
            let divisor = 10_i64.pow(digits);
            prop_assert_eq!(Divisor::new(divisor).divide(number), number / divisor);
            let nearby = number - number % divisor;
            prop_assert_eq!(Divisor::new(divisor).divide(nearby), nearby / divisor);
        }

        #[test]
        fn narrow_and_wide_arithmetic_round_alike(notional in 0_i64..i64::MAX, rate in 0_i64..100) {
            // The same rate with a denominator that needs the room, and with one that does not.
            let narrow = Commission::of(rate, 100);
            let wide = Commission::of(rate * 10_i64.pow(16), 10_i64.pow(18));
            let notional = notional / 128;
            prop_assert_eq!(narrow.on(notional), wide.on(notional));
            let price = notional / 1_000 + 1;
            prop_assert_eq!(narrow.affordable(price, notional), wide.affordable(price, notional));
        }

        #[test]
        fn the_affordable_quantity_is_the_greatest_within_the_value(
            // Where a unit costs next to nothing, rounding pays for one more.
            unit_price in prop_oneof![1_i64..20, 1_i64..1_000_000_000],
            value in 0_i64..1_000_000_000_000_000,
            rate in 0_i64..100_000,
        ) {
            let commission = Commission::new(Decimal::new(rate, 5).unwrap());
            let quantity = commission.affordable(unit_price, value);
            prop_assert!(quantity >= 0);
            prop_assert!(commission.cost(unit_price, quantity).unwrap() <= value);
            prop_assert!(commission.cost(unit_price, quantity + 1).unwrap() > value);
        }
    }
}
