//! What a refusal of money that does not fit can advise: the most that fits, and the grid on which
//! the amount would. Knows nothing of accounts.

use crate::market::{Decimal, MoneyUnit, Units};

/// Profit needs room too: digits that are left above the amount.
const DIGITS_LEFT: u32 = 2;
/// Digits of an `i64` that can all be nines.
const DIGITS: u32 = 18;

/// Why the amount does not fit, and what does.
pub(super) fn refusal(value: Decimal, money: MoneyUnit, units: &[Units]) -> String {
    let decimals = money.decimals();
    let most = Decimal::new(i64::MAX / 10_i64.pow(decimals.min(DIGITS)), 0);
    let most = most.map_or_else(String::new, |most| format!("; at most {most} does"));
    let refused = format!("{value} does not fit 64 bits at {decimals} decimals{most}");
    let finest = units.iter().max_by_key(|units| scale(**units));
    let Some((finest, coarser)) = finest.and_then(|it| Some((it, coarser(value, *it)?))) else {
        return refused;
    };
    let tick = if coarser.price_tick == finest.price_tick {
        String::new()
    } else {
        format!("price_tick {} and ", coarser.price_tick)
    };
    format!(
        "{refused}. For more, remove the series of price_tick {} and quantity_step {} and import \
         it again with {tick}quantity_step {}",
        finest.price_tick, finest.quantity_step, coarser.quantity_step
    )
}

const fn scale(units: Units) -> u32 {
    units.price_tick.scale() + units.quantity_step.scale()
}

/// The units nearest to these, in powers of ten, in which that amount has room to grow.
fn coarser(value: Decimal, units: Units) -> Option<Units> {
    let whole = value.to_f64().abs().max(1.0);
    let digits = libm::log10(whole) as u32 + 1;
    let decimals = DIGITS.checked_sub(digits + DIGITS_LEFT)?;
    if decimals < MoneyUnit::for_units([]).decimals() {
        return None;
    }
    // A step is worth more than digits of a price that nobody can see, up to half of them.
    let step = units.quantity_step.scale().min(decimals / 2);
    let tick = units.price_tick.scale().min(decimals - step);
    let step = units.quantity_step.scale().min(decimals - tick);
    let kept = |own: Decimal, decimals: u32| {
        if decimals == own.scale() { Some(own) } else { Decimal::power_of_ten(decimals) }
    };
    Some(Units {
        price_tick: kept(units.price_tick, tick)?,
        quantity_step: kept(units.quantity_step, step)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trading::{Simulation, Terms};
    use proptest::prelude::*;

    fn units(tick: &str, step: &str) -> Units {
        Units { price_tick: tick.parse().unwrap(), quantity_step: step.parse().unwrap() }
    }

    fn said(cash: &str, units: Units) -> String {
        let money = MoneyUnit::for_units([units]);
        refusal(cash.parse().unwrap(), money, &[units])
    }

    #[test]
    fn a_refusal_names_the_most_that_fits_and_the_grid_on_which_more_would() {
        assert_eq!(
            said("100000", units("0.00000000000001", "1")),
            "100000 does not fit 64 bits at 14 decimals; at most 92233 does. For more, remove the \
             series of price_tick 0.00000000000001 and quantity_step 1 and import it again with \
             price_tick 0.0000000001 and quantity_step 1"
        );
        let fine_step = said("1000000", units("0.01", "0.000000000001"));
        assert!(fine_step.ends_with("import it again with quantity_step 0.0000001"), "{fine_step}");
        // Nothing that an import can say makes room for this.
        assert!(!said("9000000000000", units("0.01", "0.00001")).contains("import"));
    }

    proptest! {
        #[test]
        fn what_is_advised_works(
            whole in 1_i64..1_000_000_000, tick in 0_u32..=15, step in 0_u32..=15,
        ) {
            let one = |scale| Decimal::power_of_ten(scale).unwrap();
            let units = Units { price_tick: one(tick), quantity_step: one(step) };
            let value = Decimal::new(whole, 0).unwrap();
            let advised = coarser(value, units).unwrap();
            prop_assert!(Terms::new(&Simulation::with_cash(value), &[advised]).is_ok());
            prop_assert!(advised.price_tick.scale() <= tick);
            prop_assert!(advised.quantity_step.scale() <= step);
        }
    }
}
