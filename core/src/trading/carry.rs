//! What holding costs or brings over time, beside what fills pay: rates of a year, and amounts that
//! come at times of their own. Knows no times.

use serde::{Deserialize, Serialize};

use super::Overflow;
use super::account::Account;
use super::terms::Fraction;
use crate::market::Decimal;

/// Rates of a year, by calendar days over 365.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarryTerms {
    /// Paid on the value of short positions.
    pub borrow_rate: Decimal,
    /// Earned on cash above zero.
    pub cash_rate: Decimal,
    /// Paid on cash below zero.
    pub debit_rate: Decimal,
}

/// What a charge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeKind {
    /// A long receives the amount of each unit, a short pays it.
    Dividends,
    /// A long pays the rate of its value, a short receives it.
    Funding,
    /// A short pays by the days.
    Borrow,
    /// Cash earns by the days, or pays where it is below zero.
    Interest,
}

/// An amount that was paid for holding, in money units; negative if it was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// What for.
    pub kind: ChargeKind,
    /// Which instrument was held; `None` for interest.
    pub instrument: Option<u32>,
    /// How much.
    pub amount: i64,
}

impl Default for CarryTerms {
    fn default() -> Self {
        Self::NONE
    }
}

impl CarryTerms {
    /// No rates at all.
    pub const NONE: Self =
        Self { borrow_rate: Decimal::ZERO, cash_rate: Decimal::ZERO, debit_rate: Decimal::ZERO };

    /// Whether there are none.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }
}

impl ChargeKind {
    /// All of them, each in its place.
    pub const ALL: [Self; 4] = [Self::Dividends, Self::Funding, Self::Borrow, Self::Interest];

    /// What it is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dividends => "dividends",
            Self::Funding => "funding",
            Self::Borrow => "borrow",
            Self::Interest => "interest",
        }
    }

    /// What the column of an auxiliary series is called that it goes by.
    pub const fn column(self) -> &'static str {
        if matches!(self, Self::Dividends) { "amount" } else { "rate" }
    }

    /// Where that column stands among those: the one of its name, or else the only one.
    pub fn place<'n>(self, names: impl ExactSizeIterator<Item = &'n str>) -> Option<usize> {
        let is_only = names.len() == 1;
        names
            .enumerate()
            .find_map(|(place, name)| (is_only || name == self.column()).then_some(place))
    }
}

impl Account {
    /// Pays from the cash. What is for a position is part of its round trip as well.
    pub fn charge(&mut self, charge: &Charge) -> Result<(), Overflow> {
        let Charge { kind, instrument, amount } = *charge;
        self.cash = self.cash.checked_sub(amount).ok_or(Overflow)?;
        self.carry_cost = self.carry_cost.checked_add(amount).ok_or(Overflow)?;
        let of_kind = &mut self.carry_by_kind[kind as usize];
        *of_kind = of_kind.checked_add(amount).ok_or(Overflow)?;
        match instrument {
            Some(instrument) => self.positions[instrument as usize].charge(amount),
            None => Ok(()),
        }
    }

    /// What holding has cost so far.
    pub const fn carry_cost(&self) -> i64 {
        self.carry_cost
    }

    /// What the dividend on each unit of a position comes to, which is paid if short.
    pub fn dividend(
        &self,
        instrument: u32,
        step: Decimal,
        amount: Decimal,
    ) -> Result<i64, Overflow> {
        let held = self.positions[instrument as usize].quantity();
        let money = 10_i64.checked_pow(self.terms().money.decimals()).ok_or(Overflow)?;
        let of_step = i128::from(step.mantissa()) * i128::from(amount.mantissa());
        let exact = of_step
            .checked_mul(held.into())
            .and_then(|exact| exact.checked_mul(money.into()))
            .ok_or(Overflow)?;
        let whole = 10_i128.checked_pow(step.scale() + amount.scale()).ok_or(Overflow)?;
        nearest(exact, whole)
    }
}

impl Fraction {
    /// This fraction of `amount`, so many times over `of`; the nearest whole number, half away from
    /// zero.
    pub fn share(self, amount: i64, times: i64, of: i64) -> Result<i64, Overflow> {
        let (numerator, denominator) = self.parts();
        let exact = i128::from(amount) * i128::from(numerator);
        let exact = exact.checked_mul(times.into()).ok_or(Overflow)?;
        nearest(exact, i128::from(denominator) * i128::from(of))
    }
}

/// Half away from zero; `whole` is above zero.
fn nearest(exact: i128, whole: i128) -> Result<i64, Overflow> {
    let beyond = exact.checked_add(exact.signum() * (whole / 2)).ok_or(Overflow)?;
    i64::try_from(beyond / whole).map_err(|_| Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share(rate: &str, amount: i64, days: i64) -> i64 {
        let rate: Decimal = rate.parse().unwrap();
        Fraction::from(rate).share(amount, days, 365).unwrap()
    }

    #[test]
    fn shares_are_rounded_half_away_from_zero() {
        let of = |rate: &str, amount| {
            Fraction::from(rate.parse::<Decimal>().unwrap()).share(amount, 1, 1)
        };
        assert_eq!([of("0.5", 3), of("0.5", -3), of("-0.5", 3)], [Ok(2), Ok(-2), Ok(-2)]);
        // 50,000 short over a weekend, and over one day more.
        assert_eq!(
            [share("0.03", 50_000_000_000, 3), share("0.03", 50_000_000_000, 1)],
            [12_328_767, 4_109_589]
        );
        assert_eq!(of("9", i64::MAX), Err(Overflow));
    }

    #[test]
    fn a_series_goes_by_the_column_of_its_name_or_by_the_only_one() {
        let place = |kind: ChargeKind, names: &[&'static str]| kind.place(names.iter().copied());
        assert_eq!(place(ChargeKind::Funding, &["mark", "rate"]), Some(1));
        assert_eq!(place(ChargeKind::Dividends, &["cash"]), Some(0));
        assert_eq!(place(ChargeKind::Dividends, &["rate", "cash"]), None);
        assert_eq!(place(ChargeKind::Funding, &[]), None);
    }

    proptest! {
        #[test]
        fn a_share_of_the_other_sign_is_the_same(
            mantissa in any::<i32>(),
            scale in 0_u32..12,
            amount in -1_000_000_000_i64..1_000_000_000,
            days in 0_i64..999,
        ) {
            let rate = Fraction::from(Decimal::new(mantissa.into(), scale).unwrap());
            let share = |amount| rate.share(amount, days, 365).ok();
            prop_assert_eq!(share(amount), share(-amount).map(|share| -share));
        }
    }
}
