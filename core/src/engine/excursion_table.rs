//! How far the profits of trades went: pictures that can be followed by eye, and what holds of all.

use proptest::prelude::*;

use super::chaos::{markets, picks, simulations_with_terms, strategy_of};
use super::laws::Record;
use super::picture::excursions;
use super::{Backtest, Meter, Observer, Subscribed};
use crate::market::{Instrument, MoneyUnit, Series};
use crate::trading::{Fill, Simulation, Trade};

#[test]
fn a_trade_goes_as_far_as_the_bars_that_it_was_held_through() {
    // The high of the bar that stops it may have come after the stop.
    let picture = "
        100 101  99 100 | buy sl 90 |
        100 104  98 102 |           | +10 @100 MarketAtOpen
        102 110  97 105 |           |
        104 130  85  88 |           | -10 @90 StopAtPrice STOP_LOSS
    ";
    excursions(picture, &[(-100, 100)]);
}

#[test]
fn the_open_of_the_bar_that_ends_a_trade_was_held() {
    let picture = "
        100 101  99 100 | buy sl 90 |
        100 104  98 102 |           | +10 @100 MarketAtOpen
        115 116  85  88 |           | -10 @90 StopAtPrice STOP_LOSS
    ";
    excursions(picture, &[(-100, 150)]);
}

#[test]
fn of_a_bar_that_was_entered_inside_counts_what_the_fill_proves() {
    // It came down to the limit: the high was before, the low and the close after.
    let limit = "
        100 101  99 100 | buy limit 95 |
        100 108  94  97 |              | +10 @95 LimitAtPrice
         97  99  96  98 | exit         |
         98  98  98  98 |              | -10 @98 MarketAtOpen SIGNAL
    ";
    excursions(limit, &[(-10, 40)]);
    // It went up to the stop: the low was before, the high after.
    let stop = "
        100 101  99 100 | buy stop 105 |
        100 109  92 106 | exit         | +10 @105 StopAtPrice
        106 106 106 106 |              | -10 @106 MarketAtOpen SIGNAL
    ";
    excursions(stop, &[(0, 40)]);
}

#[test]
fn what_was_taken_counts_with_what_is_left() {
    let picture = "
        100 101  99 100 | buy tp 103 0.5 |
        100 101 100 100 |                | +10 @100 MarketAtOpen
        100 106  98 104 | exit           | -5 @103 LimitAtPrice
        104 104 104 104 |                | -5 @104 MarketAtOpen SIGNAL
    ";
    // At 106: 15 taken, 30 open. At 98 it is 5 with the 15 taken, and no more is proven before.
    excursions(picture, &[(0, 45)]);
}

#[test]
fn an_addition_goes_with_the_trade_from_its_own_price_on() {
    let picture = "
        100 101  99 100 | buy  |
        100 102 100 102 | buy  | +10 @100 MarketAtOpen
        102 103  99 103 | exit | +10 @102 MarketAtOpen
        103 103 103 103 |      | -20 @103 MarketAtOpen SIGNAL
    ";
    excursions(picture, &[(-40, 40)]);
}

#[test]
fn each_trade_has_its_own() {
    let picture = "
        100 101  99 100 | buy         |
        100 120 100 110 | exit        | +10 @100 MarketAtOpen
        110 110 110 110 | sell sl 115 | -10 @110 MarketAtOpen SIGNAL
        110 111 108 109 |             | -10 @110 MarketAtOpen
        109 116 109 115 |             | +10 @115 StopAtPrice STOP_LOSS
    ";
    excursions(picture, &[(0, 200), (-50, 20)]);
}

/// What was told of each trade, beside what its closes alone say.
struct Watched {
    record: Record,
    held: i64,
    /// The equity while nothing is held.
    flat: i64,
    /// The most of any fill for each step that was filled: what is left is held at that price, too.
    slippage: i64,
    told: (i64, i64),
    at_closes: (i64, i64),
    trades: Vec<Excursion>,
}

#[derive(Debug)]
struct Excursion {
    trade: Trade,
    slippage: i64,
    told: (i64, i64),
    at_closes: (i64, i64),
}

fn widened((worst, best): (i64, i64), profit: i64) -> (i64, i64) {
    (worst.min(profit), best.max(profit))
}

impl Observer for Watched {
    const EXCURSIONS: bool = true;

    fn fill(&mut self, fill: &Fill) {
        self.record.fill(fill);
        self.held += fill.quantity;
        let each = fill.slippage.unsigned_abs().div_ceil(fill.quantity.unsigned_abs());
        self.slippage = self.slippage.max(each as i64);
    }

    fn open_profit(&mut self, _instrument: u32, profit: i64) {
        self.told = widened(self.told, profit);
    }

    fn trade(&mut self, trade: &Trade, profit: i64) {
        let told = widened(std::mem::take(&mut self.told), profit);
        let at_closes = widened(std::mem::take(&mut self.at_closes), profit);
        let slippage = std::mem::take(&mut self.slippage);
        self.trades.push(Excursion { trade: *trade, slippage, told, at_closes });
        self.flat += profit;
    }

    fn equity(&mut self, time_ms: i64, equity: i64) {
        self.record.equity(time_ms, equity);
        if self.held != 0 {
            self.at_closes = widened(self.at_closes, equity - self.flat);
        }
    }
}

fn watched(minutes: &Series, simulation: &Simulation, (pick, seed): (usize, u64)) -> Watched {
    let instrument = Instrument::new("TEST", "WATCHED").unwrap();
    let range = 0..minutes.bars.len();
    let subscribed = [Subscribed { instrument: &instrument, series: minutes, range }];
    let backtest = Backtest::new(simulation, &subscribed).unwrap();
    let money = MoneyUnit::for_units([minutes.units]);
    let mut seen = Watched {
        record: Record::default(),
        held: 0,
        flat: money.count(simulation.initial_cash).unwrap(),
        slippage: 0,
        told: (0, 0),
        at_closes: (0, 0),
        trades: Vec::new(),
    };
    let mut unseen = Record::default();
    let meter = Meter::default();
    backtest.run(strategy_of(pick, seed).as_mut(), &meter, &mut seen).unwrap();
    backtest.run(strategy_of(pick, seed).as_mut(), &meter, &mut unseen).unwrap();
    assert_eq!(seen.record.fills, unseen.fills);
    assert_eq!(seen.record.equity, unseen.equity);
    seen
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn excursions_hold_all_closes_and_no_more_than_the_bars(
        minutes in markets(),
        simulation in simulations_with_terms(),
        strategy in (0..picks(), any::<u64>()),
    ) {
        let watched = watched(&minutes, &simulation, strategy);
        let tick_value =
            MoneyUnit::for_units([minutes.units]).tick_value(minutes.units).unwrap();
        for excursion in &watched.trades {
            let Excursion { trade, slippage, told, at_closes } = excursion;
            prop_assert!(told.0 <= at_closes.0 && told.1 >= at_closes.1, "{excursion:?}");
            prop_assert!(told.0 <= 0 && told.1 >= 0);
            let last = trade.exit.map_or(minutes.bars.len() - 1, |exit| exit.bar as usize);
            let bars = trade.entry_bar as usize..=last;
            let high = minutes.bars.high[bars.clone()].iter().max().unwrap();
            let low = minutes.bars.low[bars].iter().min().unwrap();
            let most = (high - low) * trade.quantity * tick_value;
            // On the way in and on the way out.
            let slippage = 2 * slippage * trade.quantity;
            prop_assert!(told.1 <= most + slippage, "{excursion:?} of {most}");
            prop_assert!(-told.0 <= most + slippage + trade.fees, "{excursion:?} of {most}");
        }
    }
}
