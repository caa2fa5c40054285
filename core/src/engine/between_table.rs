//! Texts that decide on bars of five minutes and fill in bars of three, which do not divide them: a
//! decision may fall into a bar that goes on by what was said before it opened.

use std::collections::BTreeMap;

use super::{Backtest, Meter, Observer, Subscribed};
use crate::market::{Bar, Calendar, Columns, Decimal, Instrument, Series, TradingDays, Units};
use crate::rules::compile;
use crate::strategy::Params;
use crate::trading::{EndOfRunPolicy, Fill, Simulation};

#[derive(Default)]
struct Fills(Vec<Fill>);

impl Observer for Fills {
    fn fill(&mut self, fill: &Fill) {
        self.0.push(*fill);
    }
}

fn series(minutes: i64, prices: &[[i64; 4]]) -> Series {
    let mut bars = Columns::default();
    for (index, &[open, high, low, close]) in (0..).zip(prices) {
        assert!(low <= open.min(close) && high >= open.max(close), "bar {index}");
        let open_time_ms = index * minutes * 60_000;
        bars.push(Bar { open_time_ms, open, high, low, close, volume: 1.0 });
    }
    Series {
        timeframe: format!("{minutes}m").parse().unwrap(),
        units: Units { price_tick: Decimal::ONE, quantity_step: Decimal::ONE },
        calendar: Calendar::AlwaysOpen,
        days: TradingDays::UTC,
        bars,
    }
}

/// Minute, price and steps of each fill, ten steps an entry.
#[track_caller]
fn fills(text: &str, fives: &[[i64; 4]], threes: &[[i64; 4]]) -> Vec<(i64, i64, i64)> {
    let compiled = compile(&format!("{text}\nsize quantity 10"));
    let told: Vec<_> = compiled.errors().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{told:?}");
    let entry = compiled.entry.unwrap();
    let params = Params::resolve(&entry.params, &BTreeMap::new()).unwrap();
    let mut strategy = (entry.build)(&params).unwrap();
    let simulation = Simulation {
        sizing: entry.default_sizing,
        end_of_run_policy: EndOfRunPolicy::MarkOpen,
        max_leverage: "100".parse().unwrap(),
        ..Simulation::with_cash("1000000".parse().unwrap())
    };
    let instrument = &Instrument::new("TEST", "BETWEEN").unwrap();
    let all = [series(5, fives), series(3, threes)];
    let subscribed = |series| Subscribed { instrument, series, range: 0..series.bars.len() };
    let backtest = Backtest::new(&simulation, &all.each_ref().map(subscribed)).unwrap();
    let mut fills = Fills::default();
    backtest.run(strategy.as_mut(), &Meter::default(), &mut fills).unwrap();
    fills.0.iter().map(|fill| (fill.time_ms / 60_000, fill.price, fill.quantity)).collect()
}

const STILL: [i64; 4] = [100, 101, 99, 100];

/// Fives that end at minutes 5, 10, … with these closes.
fn fives(closes: &[i64]) -> Vec<[i64; 4]> {
    closes.iter().map(|&close| [100, close.max(100), close.min(100), close]).collect()
}

#[test]
fn an_addition_that_is_put_elsewhere_in_the_middle_of_a_bar_is_made_once() {
    // Held from minute 6 on. At minute 5 the addition is put at 95 and at minute 10, inside the
    // bar of minute 9, at 96. That bar still goes by 95, and fills it; 96 is gone with it, though
    // the next bar comes there, until minute 15 puts it anew.
    let text = "enter long when bar_index == 0\n\
                add long at limit close - 5 when bar_index <= 1 max 3";
    let closes = fives(&[100, 101, 102, 102]);
    let dips = [STILL, STILL, STILL, [100, 100, 95, 99], [99, 99, 90, 98], [98, 99, 97, 98]];
    assert_eq!(fills(text, &closes, &dips), [(6, 100, 10), (9, 95, 10)]);
    // Without a fill there it waits at 96 from minute 12 on.
    let later = [STILL, STILL, STILL, [100, 100, 97, 99], [99, 99, 96, 98], [98, 99, 97, 98]];
    assert_eq!(fills(text, &closes, &later), [(6, 100, 10), (12, 96, 10)]);
}

#[test]
fn an_entry_that_was_filled_and_stopped_before_it_was_moved_is_not_made_again() {
    let text = "enter long at limit close - 5 when bar_index <= 1 for 3 bars\n\
                stop long at position.entry - 3";
    let closes = fives(&[100, 101, 102, 102]);
    let dips = [STILL, STILL, STILL, [100, 100, 92, 93], [99, 99, 90, 98], [98, 99, 97, 98]];
    assert_eq!(fills(text, &closes, &dips), [(9, 95, 10), (9, 92, -10)]);
}

#[test]
fn an_entry_at_the_market_does_not_add_to_what_a_bar_under_way_has_opened() {
    let text = "enter long at limit close - 5 when bar_index == 0 for 2 bars\n\
                enter long when bar_index == 1";
    let closes = fives(&[100, 101, 102]);
    let bars = [STILL, STILL, STILL, [100, 100, 95, 99], STILL, STILL];
    assert_eq!(fills(text, &closes, &bars), [(9, 95, 10)]);
}

#[test]
fn an_exit_leaves_the_side_that_it_was_said_of_and_no_other() {
    // The long is left at minute 12; the bar before stops it out and sells short.
    let text = "enter long when bar_index == 0\nexit long when bar_index == 1\n\
                stop long at position.entry - 4\n\
                enter short at stop close - 5 when bar_index == 0 for 2 bars";
    let closes = fives(&[100, 101, 102]);
    let bars = [STILL, STILL, STILL, [100, 100, 95, 99], STILL, STILL];
    assert_eq!(fills(text, &closes, &bars), [(6, 100, 10), (9, 96, -10), (9, 95, -10)]);
}

#[test]
fn a_stop_that_moves_goes_on_from_the_exits_of_the_order_that_was_filled() {
    // 94 of minute 5 is what the bar of minute 9 fills with, not 98 of minute 10; minute 15 says
    // 96, which is above it.
    let text = "enter long at limit 97 when bar_index <= 1\nstop long follow close - 6";
    let closes = fives(&[100, 104, 102, 102]);
    let bars = [STILL, STILL, STILL, [100, 100, 97, 99], STILL, [98, 98, 96, 97], [97, 97, 95, 96]];
    assert_eq!(fills(text, &closes, &bars), [(9, 97, 10), (15, 96, -10)]);
}

#[test]
fn a_move_that_was_said_inside_a_bar_yields_to_the_exits_of_what_the_bar_adds() {
    // At minute 10 the stop is said to follow to 99; the bar of minute 9 fills the addition at 103
    // with the target of its own fill, and the stop stays at 94 until minute 15 says 97.
    let text = "enter long when bar_index == 0\n\
                add long at stop close + 3 when bar_index == 0 for 2 bars\n\
                stop long follow close - 6\ntarget long at position.entry + 9";
    let closes = fives(&[100, 105, 103, 103]);
    let bars = [
        STILL,
        STILL,
        STILL,
        [100, 103, 100, 102],
        [102, 110, 98, 104],
        [104, 112, 100, 104],
        STILL,
    ];
    assert_eq!(fills(text, &closes, &bars), [(6, 100, 10), (9, 103, 10), (15, 112, -20)]);
}

#[test]
fn a_stop_with_a_limit_that_was_touched_in_the_middle_of_a_renewal_stays_touched() {
    // Touched in the bar of minute 9, in which minute 10 gives it another stop for its position.
    let text = "enter long at stop 103 limit 101 when bar_index == 0 for 4 bars\n\
                stop long at close - 20";
    let closes = fives(&[100, 102, 103, 103]);
    let bars = [STILL, STILL, STILL, [100, 104, 100, 103], [102, 102, 101, 102], STILL];
    assert_eq!(fills(text, &closes, &bars), [(12, 101, 10)]);
}

#[test]
fn of_a_bar_that_was_entered_while_another_goes_on_only_what_followed_counts() {
    // Entered at minute 18, inside the five from 15 to 20, which came to 120 before.
    let text = "enter long when bar_index == 2\nexit long when position.high > 105";
    let closes = [STILL, STILL, STILL, [100, 120, 99, 100], STILL, STILL, STILL];
    let bars = [STILL; 12];
    assert_eq!(fills(text, &closes, &bars), [(15, 100, 10)]);
    let later = text.replace("== 2", "== 3").replace("> 105", "> 100");
    let bars = [STILL, STILL, STILL, STILL, STILL, STILL, STILL, STILL, STILL, STILL];
    assert_eq!(fills(&later, &closes, &bars), [(21, 100, 10), (27, 100, -10)]);
}
