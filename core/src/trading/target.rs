//! How much of an instrument shall be held, whatever is held now.

use crate::market::Decimal;

/// Parts of a [`Weight`] of one.
const WHOLE: i64 = 1_000_000_000;

/// A part of the equity, in parts per billion; negative is short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight(i64);

/// What shall be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// That many steps; negative is short.
    Steps(i64),
    /// What that part of the equity is worth at the open, in whole steps toward zero.
    Weight(Weight),
}

/// An order to hold so much from the next open on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// How much.
    pub goal: Goal,
    /// A change that is worth less than this part of the equity is left alone, unless nothing
    /// shall be held.
    pub band: Weight,
}

impl Weight {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// All of the equity.
    pub const ONE: Self = Self(WHOLE);

    /// The nearest weight, half away from zero; `None` if it is not a number or far beyond what
    /// any account carries.
    pub fn nearest(weight: f64) -> Option<Self> {
        let parts = (weight * WHOLE as f64).round();
        (parts.abs() <= (1_u64 << 53) as f64).then_some(Self(parts as i64))
    }

    /// One over so many; rounded down.
    pub const fn one_of(count: usize) -> Self {
        Self(if count == 0 { 0 } else { WHOLE / count as i64 })
    }

    /// In parts per billion.
    pub const fn parts(self) -> i64 {
        self.0
    }
}

impl From<Weight> for Decimal {
    fn from(weight: Weight) -> Self {
        Self::new(weight.0, WHOLE.ilog10()).unwrap_or(Self::ZERO)
    }
}

impl Target {
    /// The steps to hold where a step costs `unit_price` and the equity is `equity`.
    pub fn steps(self, equity: i64, unit_price: i64) -> i64 {
        match self.goal {
            Goal::Steps(steps) => steps,
            Goal::Weight(_) if unit_price <= 0 => 0,
            Goal::Weight(Weight(parts)) => {
                let worth = i128::from(equity) * i128::from(parts);
                let steps = worth / (i128::from(unit_price) * i128::from(WHOLE));
                steps.clamp(i64::MIN.into(), i64::MAX.into()) as i64
            }
        }
    }

    /// Whether a change of so many steps is too small to be made.
    pub fn is_within_band(self, change: i64, goal: i64, equity: i64, unit_price: i64) -> bool {
        let change = i128::from(change.unsigned_abs()) * i128::from(unit_price);
        let band = i128::from(equity) * i128::from(self.band.0);
        // What does not fit is no small change.
        goal != 0 && change.checked_mul(WHOLE.into()).is_some_and(|change| change < band)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half() -> Target {
        Target { goal: Goal::Weight(Weight::nearest(0.5).unwrap()), band: Weight::ZERO }
    }

    #[test]
    fn a_weight_is_the_nearest_billionth() {
        let parts = |weight| Weight::nearest(weight).map(Weight::parts);
        assert_eq!(parts(0.1 + 0.2), Some(300_000_000));
        assert_eq!(parts(-0.333_333_333_5), Some(-333_333_334));
        assert_eq!([parts(f64::NAN), parts(f64::INFINITY), parts(1e9)], [None; 3]);
        assert_eq!(Weight::one_of(3).parts(), 333_333_333);
    }

    #[test]
    fn steps_are_whole_and_toward_zero_on_both_sides() {
        assert_eq!(half().steps(1_000, 99), 5);
        let short = Target { goal: Goal::Weight(Weight(-500_000_000)), ..half() };
        assert_eq!(short.steps(1_000, 99), -5);
        assert_eq!(half().steps(i64::MAX, 1), i64::MAX / 2);
    }

    #[test]
    fn a_small_change_is_left_alone_but_never_the_way_out() {
        let target = Target { band: Weight::nearest(0.02).unwrap(), ..half() };
        let is_left = |change, goal| target.is_within_band(change, goal, 100_000, 100);
        assert!(is_left(19, 500) && is_left(-19, 500));
        assert!(!is_left(20, 500) && !is_left(19, 0));
        assert!(!half().is_within_band(1, 500, 100_000, 100));
    }
}
