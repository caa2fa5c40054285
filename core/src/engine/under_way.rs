//! What becomes of a position where the account ends while a bar of its instrument is under way.

use super::{Backtest, Meter, Observer, Report, Subscribed};
use crate::market::{
    Bar, Calendar, Columns, Decimal, Instrument, Series, Timeframe, TradingDays, Units,
};
use crate::metrics::Metric;
use crate::strategy::{Context, Strategy};
use crate::trading::{
    Entry, Exit, ExitReason, Fill, FillRule, PositionLimits, Side, Simulation, Size, Trade,
};

const HOUR_MS: i64 = 3_600_000;

/// Bars by their opens and closes, one after the other.
fn bars(timeframe: &str, hours: i64, prices: &[(i64, i64)]) -> Series {
    let timeframe: Timeframe = timeframe.parse().unwrap();
    let mut bars = Columns::default();
    for (index, &(open, close)) in (0..).zip(prices) {
        let (open_time_ms, volume) = (index * hours * HOUR_MS, 1.0);
        let (high, low) = (open.max(close), open.min(close));
        bars.push(Bar { open_time_ms, open, high, low, close, volume });
    }
    let units = Units { price_tick: Decimal::ONE, quantity_step: Decimal::ONE };
    let (calendar, days) = (Calendar::AlwaysOpen, TradingDays::UTC);
    Series { timeframe, units, calendar, days, bars }
}

/// Sells ten of the first instrument at once, and buys one of the second at the end of an hour.
struct Scripted {
    buys_at: i64,
}

impl Strategy for Scripted {
    fn on_bar(&mut self, _bar: &Bar, context: &mut Context<'_>) {
        let entry = |side, steps| Entry { size: Some(Size::Steps(steps)), ..Entry::market(side) };
        match context.now_ms / HOUR_MS {
            1 => _ = context.on(0).submit(entry(Side::Short, 10)),
            hour if hour == self.buys_at => _ = context.on(1).submit(entry(Side::Long, 1)),
            _ => {}
        }
    }
}

#[derive(Default)]
struct Seen {
    fills: Vec<Fill>,
    exits: Vec<(u64, Exit)>,
}

impl Observer for Seen {
    fn fill(&mut self, fill: &Fill) {
        self.fills.push(*fill);
    }

    fn trade(&mut self, trade: &Trade, _profit: i64) {
        self.exits.extend(trade.exit.map(|exit| (trade.entry_bar, exit)));
    }
}

/// Hours of the first instrument and longer bars of the second, with 1,000 of cash.
fn run(
    hours: &[(i64, i64)],
    longer: &Series,
    buys_at: i64,
    limits: PositionLimits,
) -> (Seen, Report) {
    let first = bars("1h", 1, hours);
    let named = |name| Instrument::new("TEST", name).unwrap();
    let (one, other) = (named("HOURS"), named("LONGER"));
    let subscribed = [
        Subscribed { instrument: &one, series: &first, range: 0..hours.len() },
        Subscribed { instrument: &other, series: longer, range: 0..longer.bars.len() },
    ];
    let simulation = Simulation {
        max_leverage: "10".parse().unwrap(),
        slippage_ticks: 3,
        sizing: None,
        limits,
        ..Simulation::with_cash("1000".parse().unwrap())
    };
    let backtest = Backtest::new(&simulation, &subscribed).unwrap();
    let mut seen = Seen::default();
    let report = backtest.run(&mut Scripted { buys_at }, &Meter::default(), &mut seen).unwrap();
    (seen, report)
}

/// Stands at 100 until the close of that hour, at which it is 250.
fn ruinous(hour: usize) -> Vec<(i64, i64)> {
    let price = |at| if at < hour { 100 } else { 250 };
    (0..hour + 3).map(|at| (price(at.saturating_sub(1)), price(at))).collect()
}

#[test]
fn a_bankrupt_position_is_left_as_it_was_filled_in_its_bar_under_way_and_never_before() {
    // Bought at the open at 4:00, at 120 and three ticks; the close before it was 90.
    let fours = bars("4h", 4, &[(90, 90), (120, 125), (125, 125)]);
    let (seen, report) = run(&ruinous(4), &fours, 4, PositionLimits::default());
    let [.., bought, _, left] = &seen.fills[..] else { panic!("{:?}", seen.fills) };
    assert_eq!((bought.instrument, bought.bar, bought.price), (1, 1, 123));
    assert_eq!((left.instrument, left.bar, left.price), (1, 1, 123));
    assert_eq!((left.rule, left.time_ms), (FillRule::AtClose, 5 * HOUR_MS));
    assert!(seen.exits.iter().all(|(_, exit)| exit.reason == ExitReason::Bankruptcy));
    // The short was held from bar 1 to 4, the long from its bar to the same.
    let held: Vec<_> = seen.exits.iter().map(|(entry, exit)| exit.bar - entry).collect();
    assert_eq!(held, [3, 0]);
    let value = |metric| report.metrics.value(metric);
    assert_eq!(value(Metric::AverageBarsHeld), Some(1.5));
    // 1,000, and ten times 97 less 250; what it was valued at is what it brings.
    assert_eq!(value(Metric::FinalEquity), Some(-530.0));
}

#[test]
fn a_position_held_before_is_left_on_the_bar_under_way_as_well() {
    let fours = bars("4h", 4, &[(90, 90), (120, 125), (140, 150), (150, 150)]);
    let (seen, report) = run(&ruinous(9), &fours, 4, PositionLimits::default());
    let left = seen.fills.last().unwrap();
    assert_eq!((left.instrument, left.bar, left.price), (1, 2, 140));
    assert_eq!(seen.exits.last().map(|(entry, exit)| exit.bar - entry), Some(1));
    assert_eq!(report.metrics.value(Metric::FinalEquity), Some(-530.0 + 17.0));
}

#[test]
fn a_series_in_which_no_bar_ends_for_days_is_left_as_it_was_filled_at_the_open_under_way() {
    // Bought at the open of the third day, in bars of two days.
    let pairs = bars("2d", 48, &[(90, 90), (120, 125)]);
    let limits = PositionLimits { close_after_days_without_bars: 1, ..PositionLimits::default() };
    let (seen, _) = run(&[(100, 100); 80], &pairs, 48, limits);
    let left = seen.fills.last().unwrap();
    assert_eq!((left.instrument, left.bar, left.price), (1, 1, 123));
    assert_eq!((left.rule, left.time_ms), (FillRule::AtClose, 72 * HOUR_MS));
    assert_eq!(seen.exits.last().unwrap().1.reason, ExitReason::SeriesEnd);
}
