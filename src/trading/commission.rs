//! The one place where money is rounded.

use crate::market::Decimal;

/// A commission rate, ready for integer money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commission {
    numerator: i128,
    denominator: i128,
}

impl Commission {
    /// The rate as a fraction of notional, `0 <= rate < 1`.
    pub fn new(rate: Decimal) -> Self {
        Self { numerator: i128::from(rate.mantissa()), denominator: 10_i128.pow(rate.scale()) }
    }

    /// `rate x notional`, rounded half away from zero. `notional` is not negative.
    pub fn on(self, notional: i64) -> i64 {
        if self.numerator == 0 {
            return 0;
        }
        // Below 2^63 x 10^18 and so within 128 bits; below the notional and so within 64.
        let exact = i128::from(notional) * self.numerator;
        ((exact + self.denominator / 2) / self.denominator) as i64
    }

    /// The most whole units at `unit_price` whose cost plus commission is within `value`.
    pub fn affordable(self, unit_price: i64, value: i64) -> i64 {
        if value <= 0 || unit_price <= 0 {
            return 0;
        }
        // All within 128 bits: 2^63 times at most 2 x 10^18.
        let unit_cost = i128::from(unit_price) * (self.denominator + self.numerator);
        let mut quantity = (i128::from(value) * self.denominator / unit_cost) as i64;
        // Rounding the commission moves the border by at most one unit either way.
        while self.cost(unit_price, quantity).is_none_or(|cost| cost > value) {
            quantity -= 1;
        }
        while self.cost(unit_price, quantity + 1).is_some_and(|cost| cost <= value) {
            quantity += 1;
        }
        quantity
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
        fn the_affordable_quantity_is_the_greatest_within_the_value(
            unit_price in 1_i64..1_000_000_000,
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
