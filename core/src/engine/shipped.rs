//! What shipped strategies do on a few bars that can be followed by eye.

use std::collections::BTreeMap;

use super::{Backtest, Meter, Observer, Subscribed};
use crate::market::{Bar, Calendar, Columns, Decimal, Instrument, Series, TradingDays, Units};
use crate::strategy::{Catalog, ParamValue, Params};
use crate::trading::{Fill, FillRule, Simulation, Sizing, Trade};

#[derive(Default)]
struct Seen {
    fills: Vec<Fill>,
    closed: Vec<(Trade, i64)>,
}

impl Observer for Seen {
    fn fill(&mut self, fill: &Fill) {
        self.fills.push(*fill);
    }

    fn trade(&mut self, trade: &Trade, profit: i64) {
        if trade.exit.is_some() {
            self.closed.push((*trade, profit));
        }
    }
}

impl Seen {
    /// Bar, price and whether it was bought.
    fn bought_and_sold(&self) -> Vec<(u64, i64, bool)> {
        self.fills.iter().map(|fill| (fill.bar, fill.price, fill.quantity > 0)).collect()
    }
}

/// Runs a strategy on bars that stand still at these prices, on an account of 1,000,000 ticks.
fn run(name: &str, given: &[(&str, ParamValue)], sizing: Option<Sizing>, prices: &[i64]) -> Seen {
    let mut bars = Columns::default();
    for (index, &price) in prices.iter().enumerate() {
        let open_time_ms = index as i64 * 60_000;
        let [open, high, low, close] = [price; 4];
        bars.push(Bar { open_time_ms, open, high, low, close, volume: 0.0 });
    }
    let series = Series {
        timeframe: "1m".parse().unwrap(),
        units: Units { price_tick: Decimal::ONE, quantity_step: Decimal::ONE },
        calendar: Calendar::AlwaysOpen,
        days: TradingDays::UTC,
        bars,
    };
    let catalog = Catalog::shipped();
    let entry = catalog.find(name, "").unwrap();
    let given: BTreeMap<_, _> =
        given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let params = Params::resolve(&entry.params, &given).unwrap();
    let mut strategy = (entry.build)(&params).unwrap();
    let simulation = Simulation {
        sizing: sizing.or(entry.default_sizing),
        max_leverage: "100".parse().unwrap(),
        ..Simulation::with_cash("1000000".parse().unwrap())
    };
    let instrument = Instrument::new("TEST", "SHIPPED").unwrap();
    let range = 0..prices.len();
    let subscribed = [Subscribed { instrument: &instrument, series: &series, range }];
    let backtest = Backtest::new(&simulation, &subscribed).unwrap();
    let mut seen = Seen::default();
    backtest.run(strategy.as_mut(), &Meter::default(), &mut seen).unwrap();
    seen
}

fn zigzag(sizing: Option<Sizing>, prices: &[i64]) -> Seen {
    let given =
        [("min_threshold", 0.1.into()), ("depth_atr", 0.001.into()), ("atr_period", 1.into())];
    run("zigzag_breakout", &given, sizing, prices)
}

#[test]
fn zigzag_enters_at_the_last_swing_and_loses_its_risk_to_the_opposite_one() {
    let seen = zigzag(None, &[1_000, 1_200, 1_070, 1_150, 1_210, 1_000, 1_000]);
    assert_eq!(seen.bought_and_sold(), [(4, 1_210, true), (5, 1_000, false)]);
    assert_eq!(seen.fills[0].rule, FillRule::StopAtOpen);
    // A hundredth of 1,000,000 over 210 ticks a step.
    assert_eq!(seen.fills[0].quantity, 10_000 / 210);
    let money_per_tick = 1_000_000;
    assert_eq!(seen.closed[0].1, -47 * 210 * money_per_tick);
}

#[test]
fn zigzag_moves_its_order_with_the_swings() {
    // The buy stop at 1,200 is gone once the low of 900 is confirmed.
    let seen = zigzag(None, &[1_000, 1_200, 1_070, 900, 1_000, 1_250, 1_100, 1_150, 1_260]);
    assert_eq!(seen.bought_and_sold(), [(8, 1_260, true)]);
}

#[test]
fn zigzag_goes_short_below_a_swing_low() {
    let seen = zigzag(None, &[1_000, 1_200, 1_070, 900, 1_000, 890]);
    assert_eq!(seen.bought_and_sold(), [(5, 890, false)]);
}

#[test]
fn a_given_sizing_wins_over_that_of_the_strategy() {
    let sizing = Sizing::FixedQuantity("3".parse().unwrap());
    let seen = zigzag(Some(sizing), &[1_000, 1_200, 1_070, 1_150, 1_210]);
    assert_eq!(seen.fills[0].quantity, 3);
}

#[test]
fn bollinger_reversion_buys_under_the_band_and_leaves_at_the_middle() {
    let given = [("period", 4.into()), ("deviations", 1.5.into())];
    // 100, 100, 100, 60: mean 90, deviation 17.3. Then 60 falls out of the window last.
    let seen = run("bollinger_reversion", &given, None, &[100, 100, 100, 60, 61, 62, 70, 70]);
    // Bar 5: mean of 100, 60, 61, 62 is 70.75; bar 6: mean of 60, 61, 62, 70 is 63.25.
    assert_eq!(seen.bought_and_sold(), [(4, 61, true), (7, 70, false)]);
}

#[test]
fn buy_and_hold_fills_on_the_second_open() {
    let seen = run("buy_and_hold", &[], None, &[100, 110, 120]);
    assert_eq!(seen.bought_and_sold(), [(1, 110, true)]);
}

#[test]
fn macd_trend_and_ema_cross_turn_with_the_market() {
    let prices: Vec<i64> = (0..40).map(|bar| 1_000 + 10 * i64::abs(20 - bar)).collect();
    for (name, given) in [
        ("ema_cross", vec![("fast", 2.into()), ("slow", 5.into()), ("direction", "both".into())]),
        (
            "macd_trend",
            vec![
                ("fast", 2.into()),
                ("slow", 5.into()),
                ("signal", 3.into()),
                ("direction", "both".into()),
            ],
        ),
    ] {
        let seen = run(name, &given, None, &prices);
        let last = seen.fills.last().unwrap();
        assert!(last.quantity > 0 && (21..30).contains(&last.bar), "{name} {last:?}");
    }
}
