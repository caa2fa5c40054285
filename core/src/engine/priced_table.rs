//! Texts whose entries wait for a price, add to a position, have sizes of their own or exits that
//! move, on a few bars that can be followed by eye.

use super::{Backtest, Meter, Observer, Subscribed};
use crate::market::{Bar, Calendar, Columns, Decimal, Instrument, Series, TradingDays, Units};
use crate::rules::compile;
use crate::strategy::Params;
use crate::trading::{Fill, Simulation};

#[derive(Default)]
struct Fills(Vec<Fill>);

impl Observer for Fills {
    fn fill(&mut self, fill: &Fill) {
        self.0.push(*fill);
    }
}

/// Bar, price and steps of each fill, over bars of open, high, low and close in ticks of 1, on an
/// account of 1,000,000.
#[track_caller]
fn fills(text: &str, prices: &[[i64; 4]]) -> Vec<(u64, i64, i64)> {
    let mut bars = Columns::default();
    for (index, &[open, high, low, close]) in prices.iter().enumerate() {
        assert!(low <= open.min(close) && high >= open.max(close), "bar {index}");
        let open_time_ms = index as i64 * 60_000;
        bars.push(Bar { open_time_ms, open, high, low, close, volume: 1.0 });
    }
    let series = Series {
        timeframe: "1m".parse().unwrap(),
        units: Units { price_tick: Decimal::ONE, quantity_step: Decimal::ONE },
        calendar: Calendar::AlwaysOpen,
        days: TradingDays::UTC,
        bars,
    };
    let compiled = compile(text);
    let told: Vec<_> = compiled.errors().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{told:?}");
    let entry = compiled.entry.unwrap();
    let params = Params::resolve(&entry.params, &std::collections::BTreeMap::new()).unwrap();
    let mut strategy = (entry.build)(&params).unwrap();
    let simulation = Simulation {
        sizing: entry.default_sizing,
        max_leverage: "100".parse().unwrap(),
        ..Simulation::with_cash("1000000".parse().unwrap())
    };
    let instrument = Instrument::new("TEST", "PRICED").unwrap();
    let range = 0..prices.len();
    let subscribed = [Subscribed { instrument: &instrument, series: &series, range }];
    let backtest = Backtest::new(&simulation, &subscribed).unwrap();
    let mut fills = Fills::default();
    backtest.run(strategy.as_mut(), &Meter::default(), &mut fills).unwrap();
    fills.0.iter().map(|fill| (fill.bar, fill.price, fill.quantity)).collect()
}

const FIRST: [i64; 4] = [100, 101, 99, 100];

#[test]
fn a_limit_rests_for_as_many_bars_as_its_text_says() {
    let text = |life: &str| {
        format!(
            "enter long at limit close - 5 when bar_index == 0 {life}\n\
             exit long when position.bars >= 1\nsize quantity 10"
        )
    };
    // 95 is not touched in bar 1, and in bar 2 it is; two bars later its position is left.
    let bars = [FIRST, [100, 101, 96, 99], [99, 100, 94, 98], [98, 99, 97, 98], [97, 99, 96, 98]];
    assert_eq!(fills(&text("for 2 bars"), &bars), [(2, 95, 10), (4, 97, -10)]);
    assert_eq!(fills(&text(""), &bars), []);
}

#[test]
fn an_order_that_is_said_again_is_put_at_the_price_of_its_bar() {
    let text = "enter long at limit low - 2 when true\nsize quantity 10";
    // 97 of bar 0 is not touched in bar 1, whose 96 is then; a position that is held is not
    // entered again, though the limits of bars 2 and 3 are touched.
    let bars = [FIRST, [100, 101, 98, 99], [99, 100, 95, 96], [96, 97, 90, 91], [91, 92, 85, 86]];
    assert_eq!(fills(text, &bars), [(2, 96, 10)]);
}

#[test]
fn how_far_the_price_went_in_the_bar_of_an_entry_is_what_its_fill_proves() {
    let text = "enter long at limit close - 5 when bar_index == 0\n\
                exit long when position.high > 100\nsize quantity 10";
    // The 108 were before it came down to 95; the 112 two bars later were not.
    let bars = [FIRST, [100, 108, 94, 97], [97, 99, 96, 98], [98, 112, 97, 110], [109; 4]];
    assert_eq!(fills(text, &bars), [(1, 95, 10), (4, 109, -10)]);
}

#[test]
fn a_stop_enters_where_it_is_touched_and_at_a_gap_where_the_bar_opens() {
    let text = "enter long at stop high + 1 when bar_index == 0\nsize quantity 10";
    assert_eq!(fills(text, &[FIRST, [101, 105, 100, 104]]), [(1, 102, 10)]);
    assert_eq!(fills(text, &[FIRST, [103, 105, 100, 104]]), [(1, 103, 10)]);
}

#[test]
fn a_stop_with_a_limit_waits_for_the_limit_once_it_is_touched() {
    let text = "enter long at stop 102 limit 101 when bar_index == 0 for 3 bars\nsize quantity 10";
    let bars = [FIRST, [100, 104, 100, 103], [102, 103, 100, 102]];
    assert_eq!(fills(text, &bars), [(2, 101, 10)]);
}

#[test]
fn of_two_stops_around_the_price_the_other_turns_the_position() {
    let text = "enter long at stop close + 3 when true\nenter short at stop close - 3 when true\n\
                stop short at position.entry + 50\nsize quantity 10";
    let bars = [FIRST, [100, 104, 99, 102], [101, 106, 100, 101], [100, 101, 95, 96]];
    assert_eq!(fills(text, &bars), [(1, 103, 10), (3, 98, -10), (3, 98, -10)]);
}

#[test]
fn of_two_that_a_bar_touches_the_first_of_the_text_comes_first_though_it_was_moved_last() {
    // The first is put anew at each bar, the second stands where it was.
    let text = "enter long at limit low - 2 when true\nenter long at limit 95 when true\n\
                size quantity 10";
    let bars = [FIRST, [100, 101, 98, 99], [99, 100, 94, 95]];
    assert_eq!(fills(text, &bars), [(2, 96, 10)]);
    let text = "enter long at limit 95 when true\nenter long at limit low - 2 when true\n\
                size quantity 10";
    assert_eq!(fills(text, &bars), [(2, 95, 10)]);
}

#[test]
fn a_position_is_added_to_as_often_as_its_text_says() {
    let text = "enter long when bar_index == 0\nadd long when close > position.entry + 4 max 2\n\
                exit long when close < 90\nsize quantity 10";
    let bars = [
        FIRST,
        [100, 106, 99, 105],
        // The average is 103 now, which 106 is not four beyond.
        [106, 107, 105, 106],
        [106, 110, 105, 109],
        // Two were added: 115 adds no more.
        [110, 116, 109, 115],
        [115, 116, 88, 89],
        [88, 89, 87, 88],
    ];
    assert_eq!(fills(text, &bars), [(1, 100, 10), (2, 106, 10), (4, 110, 10), (6, 88, -30)]);
    let once = text.replace(" max 2", "");
    assert_eq!(fills(&once, &bars), [(1, 100, 10), (2, 106, 10), (6, 88, -20)]);
}

#[test]
fn an_addition_brings_the_exits_of_its_own_fill_for_all_that_is_held() {
    let text = "enter long when bar_index == 0\nadd long when bar_index == 2\n\
                stop long at position.entry - 5\nsize quantity 10";
    let bars = [
        FIRST,
        [100, 103, 99, 102],
        [102, 108, 101, 107],
        // From 108 the stop is at 103.
        [108, 109, 104, 106],
        [105, 106, 102, 104],
    ];
    assert_eq!(fills(text, &bars), [(1, 100, 10), (3, 108, 10), (4, 103, -20)]);
}

#[test]
fn a_stop_that_moves_leaves_the_target_where_the_last_fill_put_it() {
    // The average comes to 105 with the second fill at 110, whose target is 120.
    let text = "enter long when bar_index == 0\nadd long when bar_index == 1\n\
                stop long follow close - 20\ntarget long at position.entry + 10\n\
                size quantity 10";
    let bars = [
        FIRST,
        [100, 109, 99, 108],
        [110, 112, 109, 111],
        [111, 116, 110, 115],
        [115, 121, 114, 118],
    ];
    assert_eq!(fills(text, &bars), [(1, 100, 10), (2, 110, 10), (4, 120, -20)]);
}

#[test]
fn a_level_may_be_anything_that_is_made_of_the_fill() {
    let run = |stop: &str, bars: &[[i64; 4]]| {
        fills(
            &format!("enter long when bar_index == 0\nstop long at {stop}\nsize quantity 10"),
            bars,
        )
    };
    // Filled at 108: 97.2 below the low of 98, and no more than 6 away: 102.
    let bars = [FIRST, [108, 109, 103, 104], [104, 105, 101, 102]];
    let nested = "max(min(position.entry * 90%, low - 1), position.entry - 6)";
    assert_eq!(run(nested, &bars), [(1, 108, 10), (2, 102, -10)]);
    // The next ten below the fill, and a square of it.
    let bars = [FIRST, [108, 109, 103, 104], [104, 105, 99, 102]];
    assert_eq!(run("floor(position.entry / 10) * 10", &bars), [(1, 108, 10), (2, 100, -10)]);
    assert_eq!(run("position.entry ^ 2 / 108 - 7", &bars), [(1, 108, 10), (2, 101, -10)]);
    // A level that is none at that fill refuses the entry.
    assert_eq!(run("position.entry / (position.entry - 108)", &bars), []);
    // The same, seen from below.
    let bars = [FIRST, [92, 97, 91, 96], [96, 99, 95, 98]];
    let text = "enter short when bar_index == 0\nsize quantity 10\n\
                stop short at min(max(position.entry * 110%, high + 1), position.entry + 6)";
    assert_eq!(fills(text, &bars), [(1, 92, -10), (2, 98, 10)]);
}

#[test]
fn a_level_that_is_asked_at_the_fill_serves_orders_that_wait_sizes_by_risk_and_additions() {
    // From 95 the stop is at max(min(90.25, 97), 91) = 91: 1% of 1,000,000 over 4 a step.
    let text = "enter long at limit 95 when bar_index == 0 for 3 bars\n\
                stop long at max(min(position.entry * 95%, low), position.entry - 4)\n\
                target long at position.entry + 10 * position.entries\nsize risk 1%";
    let bars = [FIRST, [100, 101, 97, 99], [99, 100, 95, 98], [98, 99, 90, 91]];
    assert_eq!(fills(text, &bars), [(2, 95, 2_500), (3, 91, -2_500)]);
    // The second of two entries puts the target twenty from its own fill.
    let text = "enter long when bar_index == 0\nadd long at stop high + 1 when bar_index == 1\n\
                target long at position.entry + 10 * position.entries\nsize quantity 10";
    let bars = [
        FIRST,
        [100, 104, 99, 103],
        [103, 107, 102, 106],
        [106, 124, 105, 123],
        [123, 126, 122, 125],
    ];
    assert_eq!(fills(text, &bars), [(1, 100, 10), (2, 105, 10), (4, 125, -20)]);
}

#[test]
fn an_addition_leaves_a_stop_that_follows_where_it_stands() {
    let text = "enter long when bar_index == 0\nadd long when bar_index == 2\n\
                stop long follow high - 4\nsize quantity 10";
    let bars = [
        FIRST,
        [100, 110, 99, 108],
        // 106 from bar 1; the high of this one is 109.
        [107, 109, 107, 108],
        [107, 108, 107, 107],
        [107, 108, 105, 106],
    ];
    assert_eq!(fills(text, &bars), [(1, 100, 10), (3, 107, 10), (4, 106, -20)]);
}

#[test]
fn an_addition_at_a_price_waits_for_it_and_for_room_among_the_entries() {
    let text = "enter long when bar_index == 0\n\
                add long at limit position.entry - 4 when position.bars >= 0\nsize quantity 10";
    let bars = [
        FIRST,
        [100, 101, 99, 100],
        [100, 101, 97, 98],
        [98, 99, 95, 97],
        // 94 is touched, and one addition is all.
        [97, 98, 90, 95],
    ];
    assert_eq!(fills(text, &bars), [(1, 100, 10), (3, 96, 10)]);
}

#[test]
fn an_addition_does_not_fill_inside_the_bar_that_opens_its_position_inside() {
    // Whether 97 came before or after 103 nobody knows.
    let text = "enter long at stop 103 when bar_index == 0 for 9 bars\n\
                add long at limit 97 when bar_index == 0 for 9 bars\nsize quantity 10";
    let bars = [FIRST, [100, 104, 96, 102], [102, 103, 98, 100], [100, 101, 97, 99]];
    assert_eq!(fills(text, &bars), [(1, 103, 10), (3, 97, 10)]);
}

#[test]
fn a_stop_that_moves_goes_down_too_and_one_that_follows_does_not() {
    let text = |mode: &str| {
        format!("enter long when bar_index == 0\nstop long {mode} low - 2\nsize quantity 10")
    };
    let bars = [
        FIRST,
        [100, 105, 99, 104],
        [104, 106, 103, 105],
        // 101 from the bar before holds; from the low of this one it is 100.
        [105, 107, 102, 103],
        [103, 104, 100, 101],
    ];
    assert_eq!(fills(&text("move"), &bars), [(1, 100, 10), (4, 100, -10)]);
    assert_eq!(fills(&text("follow"), &bars), [(1, 100, 10), (4, 101, -10)]);
}

#[test]
fn a_stop_may_move_by_what_the_position_has_come_to() {
    // Two per cent of 100 below the entry, and at the entry once a bar has closed 3 % above it.
    let text = "enter long when bar_index == 0\n\
                stop long move if position.profit > 3% then position.entry else \
                position.entry * 98%\nsize quantity 10";
    let bars = [FIRST, [100, 105, 99, 104], [104, 105, 101, 103], [103, 104, 99, 100]];
    // 104 is 4 % above: the stop is at 100 from bar 2 on; 103 is not above 3 %: at 98 again.
    assert_eq!(fills(text, &bars), [(1, 100, 10)]);
    let higher = [FIRST, [100, 105, 99, 104], [104, 105, 101, 104], [103, 104, 99, 100]];
    assert_eq!(fills(text, &higher), [(1, 100, 10), (3, 100, -10)]);
}

#[test]
fn a_target_moves_with_its_bars() {
    let text = "enter long when bar_index == 0\ntarget long move high + 3\nsize quantity 10";
    let bars = [FIRST, [100, 103, 99, 102], [102, 105, 101, 103], [104, 109, 103, 107]];
    // 104, 106 and 108.
    assert_eq!(fills(text, &bars), [(1, 100, 10), (3, 108, -10)]);
}

#[test]
fn a_target_that_was_taken_stays_so_while_the_stop_follows() {
    let text = "enter long when bar_index == 0\nstop long follow close - 4\n\
                target long at position.entry + 5 part 50%\nsize quantity 10";
    let bars = [FIRST, [100, 106, 99, 104], [104, 110, 103, 108], [107, 108, 103, 105]];
    assert_eq!(fills(text, &bars), [(1, 100, 10), (1, 105, -5), (3, 104, -5)]);
}

#[test]
fn a_size_by_risk_loses_that_part_of_the_equity_from_the_fill_to_its_stop() {
    let text = "enter long when bar_index == 0\nstop long at position.entry - 20\nsize risk 1%";
    // 10,000 over 20.
    assert_eq!(fills(text, &[FIRST, FIRST]), [(1, 100, 500)]);
}

#[test]
fn sizes_are_those_of_the_order_then_of_the_side_then_of_all() {
    let bars = [FIRST; 4];
    let text = "param share = 0.5\nenter long when bar_index == 0\nsize equity share";
    assert_eq!(fills(text, &bars), [(1, 100, 5_000)]);
    let text = "enter long when bar_index == 0\nsize notional 1000 + close";
    assert_eq!(fills(text, &bars), [(1, 100, 11)]);
    let text = "enter long when bar_index == 0 size quantity 3\n\
                add long when bar_index == 1 size quantity 2 + bar_index\n\
                add long when bar_index == 2 max 2\nsize long quantity 7\nsize quantity 10";
    assert_eq!(fills(text, &bars), [(1, 100, 3), (2, 100, 3), (3, 100, 7)]);
    let text = "enter short when bar_index == 0\nstop short at position.entry + 9\n\
                size long quantity 7\nsize quantity 10";
    assert_eq!(fills(text, &bars), [(1, 100, -10)]);
}

#[test]
fn a_size_that_is_none_or_nothing_buys_nothing() {
    let text = "enter long when true\nsize quantity lowest(close, 3)";
    // None on bars 0 and 1.
    assert_eq!(fills(text, &[FIRST; 5]), [(3, 100, 100)]);
    let text = "enter long when bar_index == 0\nsize quantity close - close";
    assert_eq!(fills(text, &[FIRST; 5]), []);
    let text = "enter long when bar_index == 0\nsize quantity close * 10 ^ 15";
    assert_eq!(fills(text, &[FIRST; 5]), []);
}

#[test]
fn a_price_that_came_before_an_entry_inside_its_bar_is_none_of_the_position() {
    let text = "enter long at limit 95 when bar_index == 0\nexit long when position.high > 99\n\
                size quantity 10";
    let bars = [FIRST, [100, 103, 94, 98], [98, 99, 97, 98], [98, 101, 97, 100], FIRST];
    assert_eq!(fills(text, &bars), [(1, 95, 10), (4, 100, -10)]);
}

#[test]
fn the_exits_of_an_order_that_rests_are_those_of_the_last_bar() {
    let text = "enter long at limit 95 when bar_index == 0 for 5 bars\nstop long at low - 10\n\
                size quantity 10";
    let bars = [
        FIRST,
        [100, 101, 97, 98],
        // Filled here, with the stop at 87: by the low of 97, not by 99.
        [98, 99, 94, 96],
        [96, 97, 88, 90],
        [90, 91, 86, 87],
    ];
    assert_eq!(fills(text, &bars), [(2, 95, 10), (4, 87, -10)]);
}

#[test]
fn the_equity_of_the_account_may_be_asked() {
    // Ten of 100 lose 20 each by bar 2.
    let text = "enter long when bar_index == 0\nexit long when account.equity <= 999800\n\
                size quantity 10";
    let bars = [FIRST, [100, 101, 80, 81], [81, 82, 79, 80], [79, 80, 78, 79]];
    assert_eq!(fills(text, &bars), [(1, 100, 10), (3, 79, -10)]);
}

#[test]
fn a_level_may_be_the_higher_of_two_or_chosen_by_the_fill() {
    // The higher of 10 below the fill and the low of the bar that decides.
    let text = "enter long when bar_index == 0\nstop long at max(position.entry - 10, low)\n\
                size quantity 10";
    let bars = [FIRST, [104, 105, 98, 100], [100, 101, 93, 94]];
    assert_eq!(fills(text, &bars), [(1, 104, 10), (1, 99, -10)]);
    let gap = [FIRST, [112, 113, 101, 105]];
    assert_eq!(fills(text, &gap), [(1, 112, 10), (1, 102, -10)]);
    // Where the fill is above the close that decided, less is risked.
    let text = "enter long when bar_index == 0\n\
                stop long at if not (position.entry <= close) then position.entry - 2 \
                else position.entry - 5\nsize quantity 10";
    let above = [FIRST, [101, 102, 98, 100]];
    assert_eq!(fills(text, &above), [(1, 101, 10), (1, 99, -10)]);
    let below = [FIRST, [100, 102, 96, 98], [98, 99, 94, 95]];
    assert_eq!(fills(text, &below), [(1, 100, 10), (2, 95, -10)]);
}
