//! What holds for terms of single instruments, whatever they are.

use proptest::prelude::*;

use super::chaos::{picks, simulations_with_terms};
use super::exchange::{Exchange, exchanges};
use super::laws::{Record, run};
use crate::market::Decimal;
use crate::trading::{FeeTerms, MarginTerms, OwnTerms, PositionLimits, Simulation, Sizing};

const CASES: u32 = 2_000;
/// One digit, so that no multiple of a step has fewer decimals.
const TIMES: i64 = 3;

fn times(value: Decimal) -> Decimal {
    Decimal::new(value.mantissa() * TIMES, value.scale()).unwrap()
}

/// The same terms, said of each instrument, where others hold for what none are said of.
fn said_of_each(exchange: &Exchange, simulation: &Simulation) -> Simulation {
    let of = |instrument: &crate::market::Instrument| OwnTerms {
        fees: Some(simulation.fee_terms()),
        slippage: Some(simulation.slippage_terms()),
        margin: simulation.margin,
        ..OwnTerms::of(instrument.clone())
    };
    let others = MarginTerms { initial_rate: Some(Decimal::ONE), ..MarginTerms::LEAST };
    Simulation {
        instruments: exchange.instruments.iter().map(of).collect(),
        fees: Some(FeeTerms { per_fill: Decimal::ONE, ..FeeTerms::rate(Decimal::ZERO) }),
        commission_rate: Decimal::ZERO,
        slippage_ticks: 7,
        slippage_rate: None,
        slippage_range: None,
        limit_through_ticks: 9,
        margin: simulation.margin.map(|_| others),
        ..simulation.clone()
    }
}

fn check_equal(one: &Record, other: &Record) -> Result<(), TestCaseError> {
    prop_assert_eq!(&one.fills, &other.fills);
    prop_assert_eq!(&one.equity, &other.equity);
    prop_assert_eq!(&one.trades, &other.trades);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn what_is_said_of_each_is_what_is_said_of_all(
        exchange in exchanges(),
        simulation in simulations_with_terms(),
        strategy in (0..picks(), any::<u64>()),
    ) {
        let each = said_of_each(&exchange, &simulation);
        let (of_all, all) = run(&exchange, &simulation, strategy);
        let (of_each, each) = run(&exchange, &each, strategy);
        check_equal(&of_all, &of_each)?;
        prop_assert_eq!(all.rejections, each.rejections);
    }

    /// A contract of three units of what it is about is three of its units, in all but their names.
    #[test]
    fn a_multiplier_is_a_larger_step(
        exchange in exchanges(),
        simulation in simulations_with_terms(),
        strategy in (0..picks(), any::<u64>()),
    ) {
        // A volume is counted in contracts or in units: a share of it is not the same.
        let limits = PositionLimits { max_volume_share: None, ..simulation.limits };
        let simulation = Simulation { limits, ..simulation };
        let mut larger = exchange.clone();
        for (_, series) in &mut larger.feeds {
            series.units.quantity_step = times(series.units.quantity_step);
        }
        let of = |instrument: &crate::market::Instrument| OwnTerms {
            contract_multiplier: Some(times(Decimal::ONE)),
            ..OwnTerms::of(instrument.clone())
        };
        let contracts = Simulation {
            instruments: exchange.instruments.iter().map(of).collect(),
            fees: simulation.fees.map(|fees| FeeTerms { per_unit: times(fees.per_unit), ..fees }),
            ..simulation.clone()
        };
        let units = Simulation {
            sizing: match simulation.sizing {
                Some(Sizing::FixedQuantity(it)) => Some(Sizing::FixedQuantity(times(it))),
                other => other,
            },
            ..simulation
        };
        let (of_contracts, _) = run(&exchange, &contracts, strategy);
        let (of_units, _) = run(&larger, &units, strategy);
        check_equal(&of_contracts, &of_units)?;
    }
}
