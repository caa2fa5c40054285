//! What holds of holding costs for every market, account and strategy.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::Strategy as Arbitrary;

use super::chaos::{picks, simulations_with_terms, strategy_of};
use super::exchange::{Exchange, exchanges};
use super::laws::{Record, known_ms};
use super::{Backtest, CarryFeed, Meter, Report};
use crate::market::{AuxColumn, AuxName, AuxSeries, Decimal, MoneyUnit, Series};
use crate::metrics::Metric;
use crate::trading::{CarryTerms, Charge, ChargeKind, Simulation};

/// Rates by days, and rows of rates over the time of a market: where, and how many of 10,000.
pub(super) type Carry = (CarryTerms, Vec<(u32, i64)>);

pub(super) fn carries() -> impl Arbitrary<Value = Carry> {
    let rate = || prop_oneof![2 => Just(0_i64), 1 => -900_i64..900];
    let rates = (0_i64..900, rate(), rate()).prop_map(|(borrow, cash, debit)| {
        let [borrow_rate, cash_rate, debit_rate] =
            [borrow, cash, debit].map(|parts| Decimal::new(parts, 3).unwrap());
        CarryTerms { borrow_rate, cash_rate, debit_rate }
    });
    let rates = prop_oneof![1 => Just(CarryTerms::NONE), 2 => rates];
    (rates, prop::collection::vec((any::<u32>(), -300_i64..300), 0..40))
}

/// The rows over the time of some bars, for one of the instruments.
pub(super) fn feed_of(
    rows: &[(u32, i64)],
    series: &Series,
    (instrument, kind): (u32, ChargeKind),
) -> CarryFeed {
    let (Some(first), Some(last)) =
        (series.bars.open_time_ms.first(), series.bars.open_time_ms.last())
    else {
        panic!("a market without bars");
    };
    let span = i128::from(last - first) * 11 / 10 + 1;
    // Some on the end of a bar, some before all bars.
    let time_of = |place: u32| {
        let within = (span * i128::from(place) / i128::from(u32::MAX)) as i64;
        let aligned = if place.is_multiple_of(3) { within / 60_000 * 60_000 } else { within };
        first - 60_000 + aligned
    };
    let mut rows: Vec<_> = rows.iter().map(|&(place, parts)| (time_of(place), parts)).collect();
    rows.sort_unstable();
    rows.dedup_by_key(|(time_ms, _)| *time_ms);
    let mut column = AuxColumn::with_capacity(AuxName::new("rate").unwrap(), rows.len());
    for (_, parts) in &rows {
        column.push((*parts != 7).then(|| *parts as f64 / 10_000.0));
    }
    let times = rows.iter().map(|(time_ms, _)| *time_ms).collect();
    CarryFeed { instrument, kind, series: Arc::new(AuxSeries::new(times, vec![column]).unwrap()) }
}

fn feeds(exchange: &Exchange, rows: &[(u32, i64)]) -> Vec<CarryFeed> {
    let kind = |instrument: u32| {
        if instrument == 1 { ChargeKind::Dividends } else { ChargeKind::Funding }
    };
    let all = 0..exchange.instruments.len() as u32;
    all.map(|it| feed_of(rows, exchange.executing(it), (it, kind(it)))).collect()
}

fn run(
    exchange: &Exchange,
    feeds: &[CarryFeed],
    simulation: &Simulation,
    (pick, seed): (usize, u64),
) -> (Record, Report) {
    let mut record = Record::default();
    let backtest = Backtest::new(simulation, &exchange.subscribed()).unwrap().with_carry(feeds);
    let mut strategy = strategy_of(pick, seed);
    let report = backtest.run(strategy.as_mut(), &Meter::default(), &mut record).unwrap();
    (record, report)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_paid_for_holding_is_missing_from_the_profit_of_its_trade_and_nowhere_else(
        exchange in exchanges(),
        simulation in simulations_with_terms(),
        (_, rows) in carries(),
        strategy in (0..picks(), any::<u64>()),
    ) {
        let feeds = feeds(&exchange, &rows);
        let (record, report) = run(&exchange, &feeds, &simulation, strategy);
        let money = MoneyUnit::for_units([exchange.units()]);
        let initial = money.count(simulation.initial_cash).unwrap();
        let charged: i64 = record.charges.iter().map(|(_, charge)| charge.amount).sum();
        let of_trades: i64 = record.trades.iter().map(|(trade, _)| trade.carry).sum();
        prop_assert_eq!(charged, of_trades);
        let metric = |metric| report.metrics.value(metric).unwrap();
        prop_assert_eq!(metric(Metric::CarryCost), money.amount(charged));
        let profits: i64 = record.trades.iter().map(|(_, profit)| profit).sum();
        prop_assert_eq!(record.equity.last().unwrap().1 - initial, profits);
        // What was paid is told apart without a rest.
        let of_fills: i64 = record.fills.iter().map(|fill| fill.commission + fill.slippage).sum();
        let paid = report.costs.by_kind().map(|(_, paid)| money.count(paid).unwrap());
        prop_assert_eq!(paid.sum::<i64>(), of_fills + charged);
        let of_kind = |kind: ChargeKind| {
            let charges = record.charges.iter().map(|(_, charge)| charge);
            charges.filter(|charge| charge.kind == kind).map(|charge| charge.amount).sum::<i64>()
        };
        for kind in ChargeKind::ALL {
            let told = report.costs.by_kind().find(|(name, _)| *name == kind.as_str());
            let told = told.map_or(0, |(_, paid)| money.count(paid).unwrap());
            prop_assert_eq!(told, of_kind(kind));
        }
        // What is held is what is charged for, and at the end of a bar.
        for (time_ms, Charge { instrument, .. }) in &record.charges {
            let instrument = instrument.unwrap();
            let known = |fill: &&crate::trading::Fill| {
                fill.instrument == instrument && known_ms(fill, &exchange) <= *time_ms
            };
            let ends = record.equity.iter().any(|(end_ms, _)| end_ms == time_ms);
            prop_assert!(ends && record.fills.iter().any(|fill| known(&fill)));
        }
    }

    #[test]
    fn another_future_changes_no_charge_that_was_made(
        exchange in exchanges(),
        simulation in simulations_with_terms(),
        (_, rows) in carries(),
        strategy in (0..picks(), any::<u64>()),
        minute in 1_i64..150,
        seed in any::<u64>(),
    ) {
        let end_of_run_policy = crate::trading::EndOfRunPolicy::MarkOpen;
        let simulation = Simulation { end_of_run_policy, ..simulation };
        let feeds = feeds(&exchange, &rows);
        let now_ms = minute * 60_000;
        let other = exchange.with_another_future(now_ms, seed);
        let told = |exchange: &Exchange| {
            let (record, _) = run(exchange, &feeds, &simulation, strategy);
            let charges = record.charges.into_iter().filter(|(time_ms, _)| *time_ms <= now_ms);
            let points = record.equity.into_iter().filter(|(time_ms, _)| *time_ms <= now_ms);
            (charges.collect::<Vec<_>>(), points.collect::<Vec<_>>())
        };
        prop_assert_eq!(told(&exchange), told(&other));
    }
}
