//! What holds for every market, account, strategy and kind of order.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::chaos::{markets, picks, simulations, simulations_with_terms, strategy_of};
use super::exchange::{Exchange, exchanges};
use super::{Backtest, Meter, Observer, Report, Subscribed};
use crate::market::{Instrument, MoneyUnit, Series};
use crate::metrics::Metric;
use crate::strategy::{Catalog, ParamValue, Params, Scope, StrategyEntry};
use crate::trading::{
    Charge, EndOfRunPolicy, Fill, FillRule, PositionLimits, Simulation, Sizing, Trade,
};

/// Random markets, accounts and parameters, each over one of the strategies.
const CASES: u32 = 5_000;

/// Everything that a run tells.
#[derive(Default)]
pub(super) struct Record {
    pub fills: Vec<Fill>,
    pub trades: Vec<(Trade, i64)>,
    pub equity: Vec<(i64, i64)>,
    pub charges: Vec<(i64, Charge)>,
    /// How many fills there were before each point of equity.
    fills_before: Vec<usize>,
}

impl Observer for Record {
    fn fill(&mut self, fill: &Fill) {
        self.fills.push(*fill);
    }

    fn trade(&mut self, trade: &Trade, profit: i64) {
        self.trades.push((*trade, profit));
    }

    fn charge(&mut self, time_ms: i64, charge: &Charge) {
        self.charges.push((time_ms, *charge));
    }

    fn equity(&mut self, time_ms: i64, equity: i64) {
        self.equity.push((time_ms, equity));
        self.fills_before.push(self.fills.len());
    }
}

/// Runs the picked strategy on all that is traded there.
pub(super) fn run(
    exchange: &Exchange,
    simulation: &Simulation,
    (pick, seed): (usize, u64),
) -> (Record, Report) {
    run_on(&exchange.subscribed(), simulation, (pick, seed))
}

fn run_on(
    subscribed: &[Subscribed<'_>],
    simulation: &Simulation,
    (pick, seed): (usize, u64),
) -> (Record, Report) {
    let mut record = Record::default();
    let backtest = Backtest::new(simulation, subscribed).unwrap();
    let report =
        backtest.run(strategy_of(pick, seed).as_mut(), &Meter::default(), &mut record).unwrap();
    (record, report)
}

fn run_alone(series: &Series, simulation: &Simulation, strategy: (usize, u64)) -> (Record, Report) {
    let instrument = Instrument::new("TEST", "ALONE").unwrap();
    let range = 0..series.bars.len();
    run_on(&[Subscribed { instrument: &instrument, series, range }], simulation, strategy)
}

/// When it is known that the fill happens: at the open, or when the bar is over.
pub(super) fn known_ms(fill: &Fill, exchange: &Exchange) -> i64 {
    match fill.rule {
        FillRule::MarketAtOpen
        | FillRule::LimitAtOpen
        | FillRule::StopAtOpen
        // Stamped with the end of the bar.
        | FillRule::AtClose
        | FillRule::MarketAtClose
        | FillRule::LiquidationAtClose => fill.time_ms,
        FillRule::LimitAtPrice
        | FillRule::StopAtPrice
        | FillRule::StopAtMoved
        // Or where the bar opens, which is known no later.
        | FillRule::Liquidation
        | FillRule::LimitAtTrigger => {
            exchange.executing(fill.instrument).bar_end_ms(fill.bar as usize)
        }
    }
}

/// That nothing changes before a time if what follows it does.
pub(super) fn check_another_future(
    exchange: &Exchange,
    simulation: &Simulation,
    strategy: (usize, u64),
    now_ms: i64,
    seed: u64,
) -> Result<(), TestCaseError> {
    let other = exchange.with_another_future(now_ms, seed);
    let (first, _) = run(exchange, simulation, strategy);
    let (second, _) = run(&other, simulation, strategy);
    let fills = |record: &Record| -> Vec<Fill> {
        record.fills.iter().copied().filter(|f| known_ms(f, exchange) <= now_ms).collect()
    };
    prop_assert_eq!(fills(&first), fills(&second));
    let points = |record: &Record| -> Vec<(i64, i64)> {
        record.equity.iter().copied().take_while(|(time_ms, _)| *time_ms <= now_ms).collect()
    };
    prop_assert_eq!(points(&first), points(&second));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    /// What is not known at a time is made up anew, and some bars to come are missing. Of a bar
    /// under way the open is known and nothing else.
    #[test]
    fn another_future_changes_nothing_that_has_happened(
        exchange in exchanges(),
        simulation in simulations_with_terms(),
        strategy in (0..picks(), any::<u64>()),
        minute in 1_i64..150,
        seed in any::<u64>(),
    ) {
        let simulation =
            Simulation { end_of_run_policy: EndOfRunPolicy::MarkOpen, ..simulation };
        check_another_future(&exchange, &simulation, strategy, minute * 60_000, seed)?;
    }

    #[test]
    fn money_is_neither_made_nor_lost(
        exchange in exchanges(),
        simulation in simulations_with_terms(),
        strategy in (0..picks(), any::<u64>()),
    ) {
        let (record, report) = run(&exchange, &simulation, strategy);
        let money = MoneyUnit::for_units([exchange.units()]);
        let tick_value = money.tick_value(exchange.units()).unwrap();
        let initial = money.count(simulation.initial_cash).unwrap();
        // Cash and positions from fills and prices alone give every point of the equity curve.
        for (point, &(time_ms, equity)) in record.equity.iter().enumerate().skip(1) {
            let fills = &record.fills[..record.fills_before[point]];
            let paid: i64 =
                fills.iter().map(|f| f.price * f.quantity * tick_value + f.commission).sum();
            let value: i64 = (0..exchange.instruments.len() as u32)
                .map(|instrument| {
                    let own = || fills.iter().filter(|fill| fill.instrument == instrument);
                    let held: i64 = own().map(|fill| fill.quantity).sum();
                    let mark = || match exchange.opened(instrument, time_ms) {
                        None => exchange.close(instrument, time_ms),
                        // Of a bar under way a fill is known, or else the open.
                        Some((open_ms, open)) => own()
                            .rfind(|fill| fill.time_ms == open_ms)
                            .map_or(open, |fill| fill.price),
                    };
                    if held == 0 { 0 } else { held * mark() * tick_value }
                })
                .sum();
            prop_assert_eq!(equity, initial - paid + value);
        }
        let metric = |metric| report.metrics.value(metric).unwrap();
        let fees: i64 = record.fills.iter().map(|fill| fill.commission).sum();
        prop_assert_eq!(metric(Metric::FeesPaid), money.amount(fees));
        let slippage: i64 = record.fills.iter().map(|fill| fill.slippage).sum();
        prop_assert_eq!(metric(Metric::SlippageCost), money.amount(slippage));
        // Net is realized plus open, and every fee belongs to a trade.
        let net = record.equity.last().unwrap().1 - initial;
        let sum_of = |is_open: bool| -> i64 {
            let trades = record.trades.iter().filter(|(trade, _)| trade.exit.is_none() == is_open);
            trades.map(|(_, profit)| profit).sum()
        };
        prop_assert_eq!(net, sum_of(false) + sum_of(true));
        prop_assert_eq!(metric(Metric::NetProfit), money.amount(net));
        prop_assert_eq!(metric(Metric::RealizedProfit), money.amount(sum_of(false)));
        prop_assert_eq!(metric(Metric::OpenProfit), money.amount(sum_of(true)));
        prop_assert_eq!(fees, record.trades.iter().map(|(trade, _)| trade.fees).sum::<i64>());
        // What was entered is left on its bar or a later one.
        for (trade, _) in &record.trades {
            prop_assert!(trade.exit.is_none_or(|exit| exit.bar >= trade.entry_bar), "{trade:?}");
        }
    }

    #[test]
    fn what_was_traded_and_held_follows_from_the_fills(
        minutes in markets(),
        simulation in simulations(),
        strategy in (0..picks(), any::<u64>()),
    ) {
        let (record, report) = run_alone(&minutes, &simulation, strategy);
        let money = MoneyUnit::for_units([minutes.units]);
        let tick_value = money.tick_value(minutes.units).unwrap();
        let traded: i64 =
            record.fills.iter().map(|fill| fill.price * fill.quantity.abs() * tick_value).sum();
        let mut sums = [0_i64; 4];
        let points = record.equity.iter().zip(&record.fills_before).skip(1);
        for ((_, equity), fills) in points.clone() {
            let held: i64 = record.fills[..*fills].iter().map(|fill| fill.quantity).sum();
            let bar = sums[0];
            let value = held * minutes.bars.close[bar as usize] * tick_value;
            let of_bar = [1, i64::from(held > 0), i64::from(held < 0), value.abs()];
            for (sum, part) in sums.iter_mut().zip(of_bar) {
                *sum += part;
            }
            prop_assert!(*equity > 0 || held == 0);
        }
        let [bars, long, short, gross] = sums.map(|sum| sum as f64);
        let all: i64 = points.map(|((_, equity), _)| *equity).sum();
        let metric = |metric| report.metrics.value(metric);
        prop_assert_eq!(metric(Metric::TradedNotional), Some(money.amount(traded)));
        prop_assert_eq!(metric(Metric::ExposureLong), Some(long / bars));
        prop_assert_eq!(metric(Metric::ExposureShort), Some(short / bars));
        prop_assert_eq!(metric(Metric::Exposure), Some((long + short) / bars));
        prop_assert_eq!(metric(Metric::AverageLeverage), (all > 0).then(|| gross / all as f64));
        // All bars of the market are of one day: its last equity is the only one that counts.
        prop_assert_eq!(metric(Metric::ReturnDays), Some(1.0));
        // Every bar has the same volume, so that the largest fill is the greatest share of it.
        let largest = record.fills.iter().map(|fill| fill.quantity.abs()).max();
        let step = minutes.units.quantity_step.to_f64();
        prop_assert_eq!(
            metric(Metric::VolumeShareMax),
            largest.map(|steps| steps as f64 * step / 1.0)
        );
    }

    #[test]
    fn every_fill_is_at_a_price_that_the_bar_can_give(
        exchange in exchanges(),
        simulation in simulations_with_terms(),
        strategy in (0..picks(), any::<u64>()),
    ) {
        let (record, _) = run(&exchange, &simulation, strategy);
        let money = MoneyUnit::for_units([exchange.units()]);
        let tick_value = money.tick_value(exchange.units()).unwrap();
        for fill in &record.fills {
            let bar = exchange.executing(fill.instrument).bars.bar(fill.bar as usize);
            let slipped = fill.slippage / (fill.quantity * tick_value);
            let reference = fill.price - slipped;
            // Without an order it is left as it is valued: of a bar under way where it was filled.
            let is_as_filled = || {
                let same = |other: &Fill| {
                    (other.instrument, other.bar, other.price)
                        == (fill.instrument, fill.bar, reference)
                };
                matches!(fill.rule, FillRule::AtClose | FillRule::LiquidationAtClose)
                    && record.fills.iter().any(|other| same(other) && other.rule.slips())
            };
            let is_of_bar = (bar.low..=bar.high).contains(&reference);
            prop_assert!(is_of_bar || is_as_filled(), "{fill:?} in {bar:?}");
        }
    }

    /// A cash account that holds nothing short never owes, and what short sales brought buys
    /// nothing.
    #[test]
    fn a_cash_account_pays_purchases_from_what_is_free(
        exchange in exchanges(),
        simulation in simulations_with_terms(),
        seed in any::<u64>(),
    ) {
        let max_leverage = crate::market::Decimal::ONE;
        let simulation = Simulation { max_leverage, margin: None, ..simulation };
        let (record, _) = run(&exchange, &simulation, (picks() - 1, seed));
        let money = MoneyUnit::for_units([exchange.units()]);
        let tick_value = money.tick_value(exchange.units()).unwrap();
        let mut cash = money.count(simulation.initial_cash).unwrap();
        let mut held = vec![0_i64; exchange.instruments.len()];
        for fill in &record.fills {
            let before = held[fill.instrument as usize];
            cash -= fill.price * fill.quantity * tick_value + fill.commission;
            held[fill.instrument as usize] += fill.quantity;
            if before >= 0 && fill.quantity > 0 && held.iter().all(|&held| held >= 0) {
                prop_assert!(cash >= 0, "{fill:?} leaves {cash}");
            }
        }
    }

    /// With quantities that do not depend on the account and cash that never binds, instruments do
    /// not feel each other: another order of them changes no fill.
    #[test]
    fn another_order_of_the_instruments_changes_no_fill(
        exchange in exchanges(),
        simulation in simulations_with_terms(),
        pick in 0_usize..64,
    ) {
        let sizing = Some(Sizing::FixedQuantity("0.002".parse().unwrap()));
        let limits = PositionLimits { max_positions: 0, ..simulation.limits };
        let simulation = Simulation {
            sizing,
            limits,
            max_leverage: "1000".parse().unwrap(),
            margin: None,
            initial_cash: "1000000".parse().unwrap(),
            ..simulation
        };
        let fills = |exchange: &Exchange| {
            let mut record = Record::default();
            let backtest = Backtest::new(&simulation, &exchange.subscribed()).unwrap();
            let catalog = Catalog::shipped();
            let shipped: Vec<_> = catalog
                .entries()
                .iter()
                .filter(|entry| entry.scope == Scope::Instrument && !entry.name.starts_with("gate"))
                .collect();
            let entry = shipped[pick % shipped.len()];
            let params = Params::resolve(&entry.params, &short(entry)).unwrap();
            let mut strategy = entry.for_instruments(&params, &backtest.instruments()).unwrap();
            backtest.run(strategy.as_mut(), &Meter::default(), &mut record).unwrap();
            let instruments = &exchange.instruments;
            let named = |fill: &Fill| {
                let name = instruments[fill.instrument as usize].to_string();
                (name, fill.time_ms, fill.price, fill.quantity, fill.commission)
            };
            let mut fills: Vec<_> = record.fills.iter().map(named).collect();
            // Of one instrument they stay in their order.
            fills.sort_by(|left, right| left.0.cmp(&right.0));
            fills
        };
        prop_assert_eq!(fills(&exchange), fills(&exchange.turned()));
    }
}

/// Parameters under which a strategy acts on a short market.
fn short(entry: &StrategyEntry) -> BTreeMap<String, ParamValue> {
    let lengths =
        [("fast", 2), ("slow", 5), ("period", 4), ("entry", 4), ("exit", 2), ("signal", 3)];
    let takes = |name: &str| entry.params.iter().any(|spec| spec.name == name);
    let lengths = lengths.into_iter().filter(|(name, _)| takes(name));
    let mut given: BTreeMap<_, _> =
        lengths.map(|(name, length)| (name.to_owned(), ParamValue::Int(length))).collect();
    for (name, value) in [("atr_period", ParamValue::Int(3)), ("direction", "both".into())] {
        if takes(name) {
            given.insert(name.to_owned(), value);
        }
    }
    given
}
