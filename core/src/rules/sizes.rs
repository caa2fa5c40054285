//! How much an entry buys where its text says so bar by bar, order by order or side by side.

use super::filled::Filled;
use super::graph::EntryOrder;
use super::text::AmountKind;
use crate::market::{Decimal, MoneyUnit, Units};
use crate::strategy::Context;
use crate::trading::{Size, Weight};

/// Parts of the equity are told to six places.
const PARTS: f64 = 1e6;
/// More of the equity than any account carries.
const PART_MAX: f64 = 1e6;

/// Where sizes are counted: what is traded, and the account's money.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) units: Units,
    pub(super) money: MoneyUnit,
}

/// What is said of an entry's size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sized {
    /// Nothing: it is the run's.
    ByRun,
    By(Size),
    /// It is none on this bar.
    Undefined,
}

impl Filled {
    /// The size of an entry by the values of the bar that decides: its own, else that of its side,
    /// else that of all.
    pub(super) fn size_of(
        &self,
        entry: &EntryOrder<u32>,
        value: &dyn Fn(u32) -> f64,
        context: &Context<'_>,
    ) -> Sized {
        if !self.sizes_itself {
            return Sized::ByRun;
        }
        let of_side = |side| self.orders.sizes.iter().find(|size| size.side == side).copied();
        let Some(order) =
            entry.size.or_else(|| of_side(Some(entry.side))).or_else(|| of_side(None))
        else {
            // Nothing is said: all of the equity, in equal parts for each of several.
            let traded = context.instruments().saturating_sub(self.markets).max(1);
            return Sized::By(Size::Equity(Decimal::from(Weight::one_of(traded)).into()));
        };
        let Some(grid) = self.grid else { return Sized::Undefined };
        match grid.size(order.kind, value(order.value)) {
            Some(size) => Sized::By(size),
            None => Sized::Undefined,
        }
    }
}

impl Grid {
    /// That much on the grid, rounded down; nothing of what is not above zero, which is refused.
    fn size(self, kind: AmountKind, amount: f64) -> Option<Size> {
        if amount.is_nan() {
            return None;
        }
        let part = || {
            let part = (amount.clamp(0.0, PART_MAX) * PARTS).round() / PARTS;
            Decimal::nearest(part).map(Into::into)
        };
        Some(match kind {
            AmountKind::Equity => Size::Equity(part()?),
            AmountKind::Risk => Size::Risk(part()?),
            AmountKind::Notional => Size::Value(whole(amount, Decimal::ONE, self.money.decimals())),
            AmountKind::Quantity => Size::Steps(whole(amount, self.units.quantity_step, 0)),
        })
    }
}

/// How many whole `unit x 10^-decimals` are in an amount, as it is written.
fn whole(amount: f64, unit: Decimal, decimals: u32) -> i64 {
    let Some(written) = Decimal::nearest(amount.max(0.0)) else { return i64::MAX };
    let tens = |count: u32| 10_i128.checked_pow(count);
    // amount / (unit x 10^-decimals), both as a mantissa over its powers of ten.
    let above = tens(unit.scale() + decimals)
        .and_then(|power| i128::from(written.mantissa()).checked_mul(power));
    let below = tens(written.scale())
        .and_then(|power| i128::from(unit.mantissa()).checked_mul(power))
        .filter(|below| *below > 0);
    let (Some(above), Some(below)) = (above, below) else { return i64::MAX };
    i64::try_from(above / below).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let units =
            Units { price_tick: "0.01".parse().unwrap(), quantity_step: "0.1".parse().unwrap() };
        Grid { units, money: MoneyUnit::for_units([units]) }
    }

    #[test]
    fn a_quantity_is_whole_steps_of_what_is_written() {
        // In doubles 0.3 / 0.1 is 2.9999999999999996.
        let steps = |amount: f64| grid().size(AmountKind::Quantity, amount);
        assert_eq!(steps(0.3), Some(Size::Steps(3)));
        assert_eq!(steps(0.39), Some(Size::Steps(3)));
        assert_eq!(steps(1e300), Some(Size::Steps(i64::MAX)));
        assert_eq!([0.09, 0.0, -4.0].map(steps), [Some(Size::Steps(0)); 3]);
        assert_eq!(steps(f64::NAN), None);
    }

    #[test]
    fn money_is_rounded_down_and_a_part_to_six_places() {
        // Six decimals at the least.
        let value = |amount: f64| grid().size(AmountKind::Notional, amount);
        assert_eq!(value(1.25), Some(Size::Value(1_250_000)));
        assert_eq!(value(0.000_001_9), Some(Size::Value(1)));
        let part: Decimal = "0.333333".parse().unwrap();
        let third = grid().size(AmountKind::Equity, 1.0 / 3.0);
        assert_eq!(third, Some(Size::Equity(part.into())));
        let none = grid().size(AmountKind::Risk, -0.5);
        assert_eq!(none, Some(Size::Risk(Decimal::ZERO.into())));
    }
}
