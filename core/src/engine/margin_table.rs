//! Liquidations, on a few bars that can be worked out by hand.

use super::{Backtest, Meter, Observer, Report, Subscribed};
use crate::market::{
    Bar, Calendar, Columns, Decimal, Instrument, Series, Timeframe, TradingDays, Units,
};
use crate::metrics::Metric;
use crate::strategy::{Context, Strategy};
use crate::trading::{Entry, FeeTerms, Fill, MarginTerms, Side, Simulation, Size, Trade};

const HOUR_MS: i64 = 3_600_000;
const FLAT: [i64; 4] = [10_000; 4];

/// Enters each instrument with so many steps, short if below zero, at the end of the first bar.
struct Scripted<'s>(&'s [i64]);

impl Strategy for Scripted<'_> {
    fn on_bar(&mut self, _bar: &Bar, context: &mut Context<'_>) {
        if context.now_ms > HOUR_MS {
            return;
        }
        for (instrument, &steps) in (0..).zip(self.0) {
            let side = if steps > 0 { Side::Long } else { Side::Short };
            let entry = Entry::market(side).sized(Size::Steps(steps.abs()));
            context.on(instrument).submit(entry);
        }
    }
}

/// Each fill as its instrument, bar, quantity, price, rule, and the reason if it ended the trade.
#[derive(Default)]
pub(super) struct Seen {
    pub fills: Vec<String>,
    pub equity: Vec<i64>,
}

impl Observer for Seen {
    fn fill(&mut self, fill: &Fill) {
        let Fill { instrument, bar, quantity, price, rule, .. } = fill;
        self.fills.push(format!("{instrument} in {bar}: {quantity:+} @{price} {rule:?}"));
    }

    fn trade(&mut self, trade: &Trade, _profit: i64) {
        if let (Some(exit), Some(last)) = (trade.exit, self.fills.last_mut()) {
            *last += " ";
            *last += exit.reason.as_str();
        }
    }

    fn equity(&mut self, _time_ms: i64, equity: i64) {
        self.equity.push(equity);
    }
}

pub(super) fn account(maintenance: &str) -> Simulation {
    Simulation {
        sizing: None,
        max_leverage: "10".parse().unwrap(),
        margin: Some(MarginTerms {
            initial_rate: None,
            maintenance_rate: maintenance.parse().unwrap(),
            liquidation_fee_rate: Decimal::ZERO,
        }),
        ..Simulation::with_cash("10000".parse().unwrap())
    }
}

pub(super) fn run(
    markets: &[&[[i64; 4]]],
    simulation: &Simulation,
    steps: &[i64],
) -> (Seen, Report) {
    let timeframe: Timeframe = "1h".parse().unwrap();
    let units = Units { price_tick: "0.01".parse().unwrap(), quantity_step: Decimal::ONE };
    let series = |rows: &&[[i64; 4]]| {
        let mut bars = Columns::default();
        for (hour, &[open, high, low, close]) in (0..).zip(*rows) {
            let open_time_ms = hour * HOUR_MS;
            bars.push(Bar { open_time_ms, open, high, low, close, volume: 1.0 });
        }
        let (calendar, days) = (Calendar::AlwaysOpen, TradingDays::UTC);
        Series { timeframe, units, calendar, days, bars }
    };
    let all: Vec<Series> = markets.iter().map(series).collect();
    let named = |place: usize| Instrument::new("TEST", &format!("M{place}")).unwrap();
    let names: Vec<_> = (0..all.len()).map(named).collect();
    let subscribed: Vec<_> = names
        .iter()
        .zip(&all)
        .map(|(instrument, series)| Subscribed { instrument, series, range: 0..series.bars.len() })
        .collect();
    let mut seen = Seen::default();
    let backtest = Backtest::new(simulation, &subscribed).unwrap();
    let report = backtest.run(&mut Scripted(steps), &Meter::default(), &mut seen).unwrap();
    (seen, report)
}

/// What was paid by kind, as text.
pub(super) fn paid(report: &Report) -> Vec<String> {
    report.costs.by_kind().map(|(kind, amount)| format!("{kind} {amount}")).collect()
}

#[test]
fn a_long_at_ten_times_is_liquidated_at_the_first_price_that_leaves_too_little() {
    let rows = [FLAT, [10_000, 10_050, 9_300, 9_990], [9_990, 10_000, 9_030, 9_900], FLAT];
    let mut simulation = account("0.005");
    simulation.fees = Some(FeeTerms::rate("0.0005".parse().unwrap()));
    simulation.margin.as_mut().unwrap().liquidation_fee_rate = "0.002".parse().unwrap();
    let (seen, report) = run(&[&rows], &simulation, &[990]);
    let fills = ["0 in 1: +990 @10000 MarketAtOpen", "0 in 2: -990 @9040 Liquidation LIQUIDATION"];
    assert_eq!(seen.fills, fills);
    let value = |metric| report.metrics.value(metric);
    assert_eq!(value(Metric::FinalEquity), Some(222.76));
    assert_eq!(value(Metric::FeesPaid), Some(273.24));
    // Of 99,000 and of 89,496 one in two thousand, and of the latter one in five hundred besides.
    assert_eq!(paid(&report), ["fees 94.248", "liquidation 178.992"]);
    assert_eq!(value(Metric::LiquidationCount), Some(1.0));
    assert_eq!(value(Metric::Bankrupt), Some(0.0));
}

#[test]
fn a_gap_beyond_the_price_is_left_at_the_open_and_may_leave_less_than_nothing() {
    let rows = [FLAT, [10_000, 10_800, 9_950, 10_700], [11_500, 11_600, 11_000, 11_100], FLAT];
    let (seen, report) = run(&[&rows], &account("0.005"), &[-900]);
    let fills = ["0 in 1: -900 @10000 MarketAtOpen", "0 in 2: +900 @11500 Liquidation LIQUIDATION"];
    assert_eq!(seen.fills, fills);
    assert_eq!(report.metrics.value(Metric::FinalEquity), Some(-3_500.0));
    assert_eq!(report.metrics.value(Metric::Bankrupt), Some(1.0));
    // One tick below the level it is held, and at the level it is not.
    let to = |high: i64| {
        let rows = [FLAT, [10_000, high, 9_950, 10_700], FLAT];
        run(&[&rows], &account("0.005"), &[-900]).0.fills.len()
    };
    assert_eq!([to(11_055), to(11_056)], [1, 2]);
}

#[test]
fn what_another_position_lost_moves_the_price() {
    let falls = |low: i64| {
        let first = [FLAT, FLAT, [10_000, 10_000, 9_600, 9_700], [9_700, 9_700, low, 9_700]];
        let second = [[5_000; 4], [5_000; 4], [4_000; 4], [4_000; 4]];
        run(&[&first, &second], &account("0.01"), &[500, 200]).0.fills
    };
    assert_eq!(falls(8_502).len(), 2);
    assert_eq!(falls(8_501)[2], "0 in 3: -500 @8501 Liquidation LIQUIDATION");
}

#[test]
fn two_that_fall_together_are_called_at_the_close_the_one_that_needs_the_most_first() {
    let first = [FLAT, FLAT, [10_000, 10_000, 9_550, 9_600], FLAT];
    let second = [[5_000; 4], [5_000; 4], [5_000, 5_000, 4_720, 4_750], [4_750; 4]];
    let (seen, _) = run(&[&first, &second], &account("0.065"), &[500, 900]);
    assert_eq!(seen.fills[2..], ["0 in 2: -500 @9600 LiquidationAtClose LIQUIDATION"]);
    let all = [10_000, 10_000, 10_000, 5_750, 5_750].map(|money| money * 1_000_000);
    assert_eq!(seen.equity, all);
}

#[test]
fn a_stop_that_is_met_before_stands_before_the_account() {
    let stopped = |ticks| {
        let exits = crate::trading::ExitTerms {
            stop_loss: Some(crate::trading::Distance::Ticks(ticks)),
            ..Default::default()
        };
        let simulation = Simulation { exits, ..account("0.005") };
        let rows = [FLAT, FLAT, [9_990, 10_000, 8_000, 9_900], FLAT];
        run(&[&rows], &simulation, &[990]).0.fills.remove(1)
    };
    assert_eq!(stopped(500), "0 in 2: -990 @9500 StopAtPrice STOP_LOSS");
    assert_eq!(stopped(1_500), "0 in 2: -990 @9035 Liquidation LIQUIDATION");
}

#[test]
fn an_entry_needs_its_initial_margin_with_its_fee() {
    let mut simulation = account("0.1");
    simulation.margin.as_mut().unwrap().initial_rate = "0.5".parse().ok();
    simulation.fees = Some(FeeTerms::rate("0.001".parse().unwrap()));
    let rows = [FLAT; 3];
    let filled = |steps: i64| run(&[&rows], &simulation, &[steps]).0.fills.len();
    // Half of 199 times 100, and a thousandth of it; 200 would leave nothing for the fee.
    assert_eq!([filled(199), filled(200), filled(-199), filled(-200)], [1, 0, 1, 0]);
}
