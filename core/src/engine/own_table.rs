//! Terms of single instruments, on a few bars that can be worked out by hand.

use super::margin_table::{account, run};
use super::{Backtest, Meter, Observer, Report, Subscribed};
use crate::market::{
    Bar, Calendar, Columns, Decimal, Instrument, Series, Timeframe, TradingDays, Units,
};
use crate::metrics::Metric;
use crate::strategy::{Context, Strategy};
use crate::trading::{
    Entry, FeeTerms, Fill, MarginTerms, OwnTerms, Side, Simulation, Size, SlippageTerms, Trade,
};

const DAY_MS: i64 = 86_400_000;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Terms of the instrument of that place, as `run` names them.
fn own(place: usize) -> OwnTerms {
    OwnTerms::of(Instrument::new("TEST", &format!("M{place}")).unwrap())
}

fn margin(initial: Option<&str>, maintenance: &str) -> MarginTerms {
    MarginTerms {
        initial_rate: initial.map(decimal),
        maintenance_rate: decimal(maintenance),
        ..MarginTerms::LEAST
    }
}

/// Buys three contracts at the end of the first bar, and sells them at the end of the third.
struct Three;

impl Strategy for Three {
    fn on_bar(&mut self, _bar: &Bar, context: &mut Context<'_>) {
        match context.now_ms / DAY_MS {
            1 => {
                context.submit(Entry::market(Side::Long).sized(Size::Steps(3)));
            }
            3 => context.exit(),
            _ => {}
        }
    }
}

#[derive(Default)]
struct Seen {
    fills: Vec<Fill>,
    trades: Vec<(Trade, i64)>,
    worst: i64,
    best: i64,
}

impl Observer for Seen {
    const EXCURSIONS: bool = true;

    fn fill(&mut self, fill: &Fill) {
        self.fills.push(*fill);
    }

    fn trade(&mut self, trade: &Trade, profit: i64) {
        self.trades.push((*trade, profit));
    }

    fn open_profit(&mut self, _instrument: u32, profit: i64) {
        self.worst = self.worst.min(profit);
        self.best = self.best.max(profit);
    }
}

/// A future of 50 a point whose ticks are quarters of one, with fees by the contract.
fn future() -> (Seen, Report) {
    let instrument = Instrument::new("CME", "ES").unwrap();
    let simulation = Simulation {
        sizing: None,
        slippage_ticks: 1,
        instruments: vec![OwnTerms {
            contract_multiplier: Some(decimal("50")),
            fees: Some(FeeTerms { per_unit: decimal("2.25"), ..FeeTerms::rate(Decimal::ZERO) }),
            ..OwnTerms::of(instrument.clone())
        }],
        ..Simulation::with_cash(decimal("1000000"))
    };
    let mut bars = Columns::default();
    let rows = [
        [18_000, 18_004, 17_996, 18_000],
        [18_001, 18_008, 17_992, 18_004],
        [18_004, 18_020, 18_000, 18_016],
        [18_020, 18_024, 18_012, 18_020],
    ];
    for (day, [open, high, low, close]) in (0..).zip(rows) {
        bars.push(Bar { open_time_ms: day * DAY_MS, open, high, low, close, volume: 1.0 });
    }
    let timeframe: Timeframe = "1d".parse().unwrap();
    let units = Units { price_tick: decimal("0.25"), quantity_step: Decimal::ONE };
    let (calendar, days) = (Calendar::Sessions, TradingDays::UTC);
    let series = Series { timeframe, units, calendar, days, bars };
    let range = 0..series.bars.len();
    let subscribed = [Subscribed { instrument: &instrument, series: &series, range }];
    let backtest = Backtest::new(&simulation, &subscribed).unwrap();
    let mut seen = Seen::default();
    let report = backtest.run(&mut Three, &Meter::default(), &mut seen).unwrap();
    (seen, report)
}

#[test]
fn a_tick_of_a_future_is_worth_its_multiplier() {
    let (seen, report) = future();
    // A quarter of a point of 50 is 12.50; three contracts pay 6.75 a fill.
    let fills: Vec<_> =
        seen.fills.iter().map(|it| (it.quantity, it.price, it.commission)).collect();
    assert_eq!(fills, [(3, 18_002, 6_750_000), (-3, 18_019, 6_750_000)]);
    // Seventeen ticks on three contracts are 637.50; both fees are 13.50, two ticks slipped 75.
    let value = |metric| report.metrics.value(metric);
    assert_eq!(value(Metric::NetProfit), Some(624.0));
    assert_eq!(value(Metric::FeesPaid), Some(13.5));
    assert_eq!(value(Metric::SlippageCost), Some(75.0));
    assert_eq!(value(Metric::FinalEquity), Some(1_000_624.0));
    // 4,500.50 and 4,504.75 points, times 50, times 3.
    assert_eq!(value(Metric::TradedNotional), Some(675_075.0 + 675_712.5));
    let (trade, profit) = seen.trades[0];
    assert_eq!((trade.quantity, trade.entry_notional, profit), (3, 675_075_000_000, 624_000_000));
    // Known held are the closes of 18,004 and 18,016, the low of 18,000 and the high of 18,020.
    assert_eq!((seen.worst, seen.best), (-381_750_000, 668_250_000));
}

#[test]
fn two_instruments_pay_and_slip_each_by_its_own_terms() {
    let flat = |price: i64| [[price; 4]; 3];
    let simulation = Simulation {
        margin: None,
        commission_rate: decimal("0.001"),
        instruments: vec![OwnTerms {
            contract_multiplier: Some(decimal("10")),
            fees: Some(FeeTerms { per_unit: decimal("2"), ..FeeTerms::rate(Decimal::ZERO) }),
            slippage: Some(SlippageTerms { ticks: 2, ..SlippageTerms::default() }),
            ..own(1)
        }],
        ..account("0")
    };
    let (seen, report) = run(&[&flat(10_000), &flat(5_000)], &simulation, &[10, 3]);
    let fills = ["0 in 1: +10 @10000 MarketAtOpen", "1 in 1: +3 @5002 MarketAtOpen"];
    assert_eq!(seen.fills, fills);
    // 1,000 with a fee of 1, and 1,500.60 with a fee of 6, of which 1,500 are there at the close.
    let value = |metric| report.metrics.value(metric);
    assert_eq!(value(Metric::FinalEquity), Some(9_992.4));
    assert_eq!((value(Metric::FeesPaid), value(Metric::SlippageCost)), (Some(7.0), Some(0.6)));
    assert_eq!(value(Metric::TradedNotional), Some(2_500.6));
    // Bought by a rate of its own the second would pay 1.5006 for the same.
    let mut by_rate = simulation;
    by_rate.instruments[0].fees = Some(FeeTerms::rate(decimal("0.001")));
    let (_, report) = run(&[&flat(10_000), &flat(5_000)], &by_rate, &[10, 3]);
    assert_eq!(report.metrics.value(Metric::FeesPaid), Some(2.5006));
}

#[test]
fn a_position_is_left_where_its_own_maintenance_is_used_up() {
    let falls = |low: i64| {
        let flat = [10_000; 4];
        let first = [flat, flat, [10_000, 10_000, 9_600, 9_700], [9_700, 9_700, low, 9_700]];
        let second = [[5_000; 4], [5_000; 4], [4_000; 4], [4_000; 4]];
        let mut simulation = account("0.01");
        simulation.instruments = vec![OwnTerms { margin: Some(margin(None, "0.09")), ..own(0) }];
        run(&[&first, &second], &simulation, &[500, 200]).0.fills
    };
    // 50,000 owed and 8,000 held beside it, of which 80 must be left: at 9,248 ticks the 46,240
    // leave 4,240, and 4,241.60 must be left; at 9,249 it is 4,245 and 4,242.05.
    assert_eq!(falls(9_249).len(), 2);
    assert_eq!(falls(9_248)[2], "0 in 3: -500 @9248 Liquidation LIQUIDATION");
}

#[test]
fn the_one_that_needs_the_most_is_called_first_however_large_another_is() {
    let flat = [10_000; 4];
    let first = [flat, flat, [10_000, 10_000, 9_550, 9_600], flat];
    let second = [[5_000; 4], [5_000; 4], [5_000, 5_000, 4_720, 4_750], [4_750; 4]];
    let mut simulation = account("0.05");
    // 48,000 need 2,400 and 42,750 need 3,420; 5,750 are there, and 5,820 needed.
    simulation.instruments = vec![OwnTerms { margin: Some(margin(None, "0.08")), ..own(1) }];
    let (seen, _) = run(&[&first, &second], &simulation, &[500, 900]);
    assert_eq!(seen.fills[2..], ["1 in 2: -900 @4750 LiquidationAtClose LIQUIDATION"]);
}

#[test]
fn what_has_no_initial_rate_needs_one_over_the_leverage_beside_what_has() {
    let flat = |price: i64| [[price; 4]; 3];
    let filled = |steps: i64| {
        let mut simulation = account("0");
        simulation.instruments =
            vec![OwnTerms { margin: Some(margin(Some("0.5"), "0")), ..own(0) }];
        run(&[&flat(10_000), &flat(5_000)], &simulation, &[100, steps]).0.fills.len()
    };
    // Half of 10,000 is taken; the 5,000 left carry ten times as much of the other.
    assert_eq!([filled(1_000), filled(1_001)], [2, 1]);
}

#[test]
fn an_amount_that_cannot_be_counted_is_told_by_its_instrument() {
    let units = Units { price_tick: decimal("0.01"), quantity_step: Decimal::ONE };
    let instrument = Instrument::new("TEST", "M0").unwrap();
    let fees = FeeTerms { minimum: decimal("0.0000001"), ..FeeTerms::rate(Decimal::ZERO) };
    let simulation =
        Simulation { instruments: vec![OwnTerms { fees: Some(fees), ..own(0) }], ..account("0") };
    let errors = crate::trading::Terms::of_instruments(&simulation, &[(&instrument, units)]);
    let [error] = errors.unwrap_err().try_into().unwrap();
    assert_eq!(error.field, "instruments");
    assert!(error.message.starts_with("TEST:M0: fees.minimum "), "{}", error.message);
}
