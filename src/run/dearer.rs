//! Accounts that pay more than they did: what a strategy is examined under.

use crate::market::Decimal;
use crate::trading::{FeeTerms, Simulation};

/// The account with every part of its fees so many times what it was; `None` if one of them is then
/// too long to be held, or a rate of 1 or more.
pub fn with_fees(simulation: &Simulation, factor: Decimal) -> Option<Simulation> {
    let times = |value: Decimal| product(value, factor);
    let rate = |value: Decimal| times(value).filter(|rate| rate.to_f64() < 1.0);
    let more = |fees: FeeTerms| {
        Some(FeeTerms {
            maker_rate: rate(fees.maker_rate)?,
            taker_rate: rate(fees.taker_rate)?,
            per_unit: times(fees.per_unit)?,
            per_fill: times(fees.per_fill)?,
            minimum: times(fees.minimum)?,
            maximum_rate: match fees.maximum_rate {
                None => None,
                Some(maximum) => Some(times(maximum)?),
            },
        })
    };
    let fees = match simulation.fees {
        None => None,
        Some(_) if factor == Decimal::ZERO => None,
        Some(fees) => Some(more(fees)?),
    };
    let mut instruments = simulation.instruments.clone();
    for own in &mut instruments {
        if let Some(fees) = own.fees {
            own.fees = Some(more(fees)?);
        }
    }
    let commission_rate = rate(simulation.commission_rate)?;
    Some(Simulation { commission_rate, fees, instruments, ..simulation.clone() })
}

/// The account with so many ticks more against it, whatever it trades.
pub(super) fn with_slippage(simulation: &Simulation, ticks: u32) -> Simulation {
    let mut worse = simulation.clone();
    worse.slippage_ticks = worse.slippage_ticks.saturating_add(ticks);
    for slippage in worse.instruments.iter_mut().filter_map(|own| own.slippage.as_mut()) {
        slippage.ticks = slippage.ticks.saturating_add(ticks);
    }
    worse
}

/// Whether the account pays commission at all.
pub fn pays_fees(simulation: &Simulation) -> bool {
    let own = simulation.instruments.iter().filter_map(|own| own.fees);
    let free = FeeTerms::rate(Decimal::ZERO);
    std::iter::once(simulation.fee_terms()).chain(own).any(|fees| fees != free)
}

fn product(left: Decimal, right: Decimal) -> Option<Decimal> {
    let mut mantissa = i128::from(left.mantissa()) * i128::from(right.mantissa());
    let mut scale = left.scale() + right.scale();
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    Decimal::new(i64::try_from(mantissa).ok()?, scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn account() -> Simulation {
        Simulation { commission_rate: decimal("0.001"), ..Simulation::with_cash(decimal("1000")) }
    }

    #[test]
    fn what_single_instruments_pay_and_slip_grows_with_the_rest() {
        use crate::market::Instrument;
        use crate::trading::{OwnTerms, SlippageTerms};
        let own = OwnTerms {
            fees: Some(FeeTerms { per_unit: decimal("2.25"), ..FeeTerms::rate(Decimal::ZERO) }),
            slippage: Some(SlippageTerms { ticks: 1, ..SlippageTerms::default() }),
            ..OwnTerms::of(Instrument::new("CME", "ES").unwrap())
        };
        let base = Simulation { commission_rate: Decimal::ZERO, ..account() };
        assert!(!pays_fees(&base));
        let base = Simulation { instruments: vec![own], ..base };
        assert!(pays_fees(&base));
        let dearer = with_fees(&base, decimal("2")).unwrap();
        assert_eq!(dearer.instruments[0].fees.unwrap().per_unit, decimal("4.5"));
        let worse = with_slippage(&base, 3);
        assert_eq!((worse.slippage_ticks, worse.instruments[0].slippage.unwrap().ticks), (3, 4));
    }

    #[test]
    fn fees_are_multiplied_exactly_and_in_all_their_parts() {
        let paid = |factor: &str| with_fees(&account(), decimal(factor)).unwrap().commission_rate;
        assert_eq!(
            ["0", "0.5", "1", "2.5"].map(paid),
            ["0", "0.0005", "0.001", "0.0025"].map(decimal)
        );
        let fees = FeeTerms {
            maker_rate: decimal("-0.0001"),
            taker_rate: decimal("0.0004"),
            per_unit: decimal("0.005"),
            per_fill: decimal("1"),
            minimum: decimal("0.35"),
            maximum_rate: Some(decimal("0.01")),
        };
        let simulation =
            Simulation { commission_rate: Decimal::ZERO, fees: Some(fees), ..account() };
        let twice = with_fees(&simulation, decimal("2")).unwrap().fees.unwrap();
        assert_eq!((twice.maker_rate, twice.per_unit), (decimal("-0.0002"), decimal("0.01")));
        assert_eq!((twice.minimum, twice.maximum_rate), (decimal("0.7"), Some(decimal("0.02"))));
        assert_eq!(with_fees(&simulation, Decimal::ZERO).unwrap().fees, None);
        assert!(pays_fees(&simulation) && pays_fees(&account()));
        assert!(!pays_fees(&Simulation::with_cash(Decimal::ONE)));
    }

    #[test]
    fn fees_that_eat_all_or_cannot_be_held_are_none() {
        assert_eq!(with_fees(&account(), decimal("1000")), None);
        assert!(with_fees(&account(), decimal("999")).is_some());
        let fine = Simulation { commission_rate: decimal("0.000000000000000001"), ..account() };
        assert_eq!(with_fees(&fine, decimal("0.5")), None);
        assert!(with_fees(&fine, decimal("10")).is_some());
    }
}
