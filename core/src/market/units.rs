//! What ticks, steps and units of cash are worth: the bridge between integers and decimals.

use serde::{Deserialize, Serialize};

use super::decimal::{Decimal, SCALE_MAX, exact_f64};

/// The fewest decimals a money unit has, so that commissions on small notionals still show.
const MONEY_DECIMALS_MIN: u32 = 6;
/// The decimals of the product of one tick and one default quantity step.
const TICK_VALUE_DECIMALS: u32 = 8;
/// What one default step may cost at the greatest price: a hundredth of the default cash.
const STEP_COST_MAX: f64 = 100.0;

/// The grid of one instrument: a price is an `i64` count of ticks, a quantity one of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Units {
    /// The smallest price difference, above zero.
    pub price_tick: Decimal,
    /// The smallest quantity difference, above zero.
    pub quantity_step: Decimal,
}

impl Units {
    /// The given tick with the default step: one tick of one step is worth 1e-8, or one tick
    /// where the tick itself is finer.
    pub fn with_default_step(price_tick: Decimal) -> Self {
        let decimals = TICK_VALUE_DECIMALS.saturating_sub(price_tick.scale());
        let quantity_step = Decimal::power_of_ten(decimals).unwrap_or(Decimal::ONE);
        Self { price_tick, quantity_step }
    }

    /// The given tick with the default step for prices up to that one: as above, but never so
    /// coarse that one step costs more than 100.
    pub fn for_prices(price_tick: Decimal, greatest: Decimal) -> Self {
        let units = Self::with_default_step(price_tick);
        let mut step_cost = greatest.to_f64() * units.quantity_step.to_f64();
        let mut decimals = units.quantity_step.scale();
        while step_cost > STEP_COST_MAX {
            (step_cost, decimals) = (step_cost / 10.0, decimals + 1);
        }
        let step = Decimal::power_of_ten(decimals.min(SCALE_MAX));
        Self { quantity_step: step.unwrap_or(units.quantity_step), ..units }
    }

    /// The double nearest to the price of `ticks`.
    pub fn price(self, ticks: i64) -> f64 {
        on_grid(ticks, self.price_tick)
    }

    /// The double nearest to the quantity of `steps`.
    pub fn quantity(self, steps: i64) -> f64 {
        on_grid(steps, self.quantity_step)
    }
}

/// The double nearest to `count x step`.
fn on_grid(count: i64, step: Decimal) -> f64 {
    count.checked_mul(step.mantissa()).map_or_else(
        || {
            let exact = i128::from(count) * i128::from(step.mantissa());
            format!("{exact}e-{}", step.scale()).parse().unwrap_or(f64::NAN)
        },
        |integer| exact_f64(integer, step.scale()),
    )
}

/// What cash is counted in: `10^-decimals` of the account's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoneyUnit {
    decimals: u32,
}

impl MoneyUnit {
    /// The unit in which every notional of these instruments is a whole number.
    pub fn for_units(units: impl IntoIterator<Item = Units>) -> Self {
        Self::for_contracts(units.into_iter().map(|units| (units, Decimal::ONE)))
    }

    /// The same where one unit of price of one unit of quantity is worth so much of each.
    pub fn for_contracts(contracts: impl IntoIterator<Item = (Units, Decimal)>) -> Self {
        let decimals = contracts
            .into_iter()
            .map(|(units, multiplier)| {
                units.price_tick.scale() + units.quantity_step.scale() + multiplier.scale()
            })
            .fold(MONEY_DECIMALS_MIN, u32::max);
        Self { decimals }
    }

    /// How many digits after the point one unit has.
    pub const fn decimals(self) -> u32 {
        self.decimals
    }

    /// The amount as a count of this unit; `None` if it is no whole count or does not fit.
    pub fn count(self, amount: Decimal) -> Option<i64> {
        amount.scaled_to(self.decimals)
    }

    /// The double nearest to the amount of `count` units.
    pub fn amount(self, count: i64) -> f64 {
        exact_f64(count, self.decimals)
    }

    /// The double nearest to the amount of `count` units, or close to it where 64 bits do not
    /// hold them.
    pub fn wide_amount(self, count: i128) -> f64 {
        i64::try_from(count).map_or_else(
            |_| count as f64 / libm::pow(10.0, f64::from(self.decimals)),
            |count| self.amount(count),
        )
    }

    /// What one tick of one step is worth in this unit; `None` if it does not fit.
    pub fn tick_value(self, units: Units) -> Option<i64> {
        self.contract_tick_value(units, Decimal::ONE)
    }

    /// The same where one unit of price of one unit of quantity is worth so much.
    pub fn contract_tick_value(self, units: Units, multiplier: Decimal) -> Option<i64> {
        let (tick, step) = (units.price_tick, units.quantity_step);
        let spare = self.decimals.checked_sub(tick.scale() + step.scale() + multiplier.scale())?;
        let of_step = tick.mantissa().checked_mul(step.mantissa())?;
        of_step.checked_mul(multiplier.mantissa())?.checked_mul(10_i64.checked_pow(spare)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(tick: &str) -> Units {
        Units::with_default_step(tick.parse().unwrap())
    }

    #[test]
    fn one_tick_of_one_default_step_is_worth_one_hundred_millionth() {
        for tick in ["0.01", "0.00001", "1"] {
            let units = units(tick);
            let money = MoneyUnit::for_units([units]);
            assert_eq!(money.decimals(), 8, "{tick}");
            assert_eq!(money.tick_value(units), Some(1), "{tick}");
        }
    }

    #[test]
    fn a_default_step_is_never_too_dear_for_an_ordinary_account() {
        let step = |tick: &str, price: &str| {
            let units = Units::for_prices(tick.parse().unwrap(), price.parse().unwrap());
            units.quantity_step.to_string()
        };
        assert_eq!(step("0.01", "93576.07"), "0.000001");
        assert_eq!(step("0.0001", "250.12"), "0.0001");
        assert_eq!(step("0.00000001", "0.05"), "1");
        assert_eq!(step("0.00000001", "250.12"), "0.1");
        assert_eq!(step("0.00000000001", "61000"), "0.001");
        assert_eq!(step("0.01", "0"), "0.000001");
    }

    #[test]
    fn a_tick_finer_than_the_money_unit_refines_it() {
        let fine = units("0.0000000001");
        assert_eq!(fine.quantity_step, Decimal::ONE);
        assert_eq!(MoneyUnit::for_units([fine, units("0.01")]).decimals(), 10);
    }

    #[test]
    fn a_tick_of_a_contract_is_worth_its_multiplier() {
        let future = Units { price_tick: "0.25".parse().unwrap(), quantity_step: Decimal::ONE };
        let worth = |multiplier: &str| {
            let multiplier = multiplier.parse().unwrap();
            let money = MoneyUnit::for_contracts([(future, multiplier)]);
            (money.decimals(), money.amount(money.contract_tick_value(future, multiplier).unwrap()))
        };
        assert_eq!([worth("50"), worth("12.5")], [(6, 12.5), (6, 3.125)]);
        assert_eq!(worth("0.00001"), (7, 0.000_002_5));
    }

    #[test]
    fn amounts_beyond_64_bits_are_told_as_well_as_a_double_can() {
        let money = MoneyUnit::for_units([units("0.01")]);
        let wide = money.wide_amount(i128::from(i64::MAX) * 4);
        assert!((wide / (money.amount(i64::MAX) * 4.0) - 1.0).abs() < 1e-15, "{wide}");
        assert_eq!(money.wide_amount(150_000_000), 1.5);
    }

    #[test]
    fn prices_are_the_doubles_nearest_to_their_decimals() {
        assert_eq!(units("0.01").price(9_357_607).to_bits(), 93_576.07_f64.to_bits());
        assert_eq!(units("0.25").price(3).to_bits(), 0.75_f64.to_bits());
    }
}
