//! Every row of FILL_V1's table for stop-loss and take-profit, each case a picture of a few bars,
//! both ways up.

use super::picture::{going_two_ticks_through, next_bar, slipping_two_ticks, worst_case};
use crate::metrics::Metric;

#[test]
fn a_stop_loss_is_a_stop() {
    slipping_two_ticks(
        "
        100 101  99 100 | buy sl 95 |
        100 101  98 100 |           | +10 @102 MarketAtOpen
        100 101  95 100 |           | -10 @93 StopAtPrice STOP_LOSS
    ",
    );
    slipping_two_ticks(
        "
        100 101  99 100 | buy sl 95 |
        100 101  98 100 |           | +10 @102 MarketAtOpen
         92  99  91  98 |           | -10 @90 StopAtOpen STOP_LOSS
    ",
    );
}

#[test]
fn a_take_profit_is_a_limit() {
    slipping_two_ticks(
        "
        100 101  99 100 | buy tp 105 |
        100 101  98 100 |            | +10 @102 MarketAtOpen
        100 105  99 101 |            | -10 @105 LimitAtPrice TAKE_PROFIT
    ",
    );
    slipping_two_ticks(
        "
        100 101  99 100 | buy tp 105 |
        100 101  98 100 |            | +10 @102 MarketAtOpen
        108 109 107 108 |            | -10 @108 LimitAtOpen TAKE_PROFIT
    ",
    );
}

#[test]
fn a_target_is_filled_by_a_price_that_goes_through_it() {
    going_two_ticks_through(
        "
        100 101  99 100 | buy tp 105 |
        100 106  98 104 |            | +10 @100 MarketAtOpen
        104 107 103 106 |            | -10 @105 LimitAtPrice TAKE_PROFIT
    ",
    );
    going_two_ticks_through(
        "
        100 101  99 100 | buy tp 105 |
        100 101  98 100 |            | +10 @100 MarketAtOpen
        107 109 106 108 |            | -10 @107 LimitAtOpen TAKE_PROFIT
    ",
    );
    // The open is beyond the target, and only the bar goes through it.
    going_two_ticks_through(
        "
        100 101  99 100 | buy tp 105 |
        100 101  98 100 |            | +10 @100 MarketAtOpen
        106 107 106 107 |            | -10 @106 LimitAtPrice TAKE_PROFIT
    ",
    );
}

#[test]
fn each_target_closes_its_portion_of_what_remains_and_the_stop_the_rest() {
    worst_case(
        "
        100 101  99 100 | buy sl 95 tp 103 0.5 tp 106 0.5 |
        100 101  98 100 |                                 | +10 @100 MarketAtOpen
        100 104  99 103 |                                 | -5 @103 LimitAtPrice
        103 107 102 106 |                                 | -2 @106 LimitAtPrice
        104 105  94  96 |                                 | -3 @95 StopAtPrice STOP_LOSS
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy tp 103 0.5 tp 106 |
        100 107  98 100 |                       | +10 @100 MarketAtOpen \
                                                  -5 @103 LimitAtPrice \
                                                  -5 @106 LimitAtPrice TAKE_PROFIT
    ",
    );
}

#[test]
fn a_partial_close_resizes_the_exits() {
    worst_case(
        "
        100 101  99 100 | buy sl 95 |
        100 101  98 100 | exit 0.3  | +10 @100 MarketAtOpen
        100 101  99 100 |           | -3 @100 MarketAtOpen
        100 101  94  95 |           | -7 @95 StopAtPrice STOP_LOSS
    ",
    );
}

#[test]
fn exits_are_gone_when_the_position_is_flat_or_reversed() {
    worst_case(
        "
        100 101  99 100 | buy sl 95 tp 110 |
        100 101  98 100 | exit             | +10 @100 MarketAtOpen
        100 101  99 100 | buy              | -10 @100 MarketAtOpen SIGNAL
        100 111  94 100 |                  | +10 @100 MarketAtOpen
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy sl 95 tp 110  |
        100 101  98 100 | sell              | +10 @100 MarketAtOpen
        100 101  99 100 |                   | -10 @100 MarketAtOpen REVERSAL -10 @100 MarketAtOpen
        100 111  94 100 |                   |
    ",
    );
}

#[test]
fn stop_and_target_inside_one_bar_are_the_stop_and_ambiguous() {
    let reports = worst_case(
        "
        100 101  99 100 | buy sl 95 tp 105 |
        100 101  98 100 |                  | +10 @100 MarketAtOpen
        100 106  94 100 |                  | -10 @95 StopAtPrice STOP_LOSS?
    ",
    );
    for report in reports {
        assert_eq!(report.metrics.value(Metric::AmbiguousExitCount), Some(1.0));
        assert_eq!(report.metrics.value(Metric::AmbiguousProfitDifference), Some(100.0));
    }
}

#[test]
fn the_other_way_of_an_ambiguous_exit_is_its_targets_and_then_the_stop() {
    let reports = slipping_two_ticks(
        "
        100 101  99 100 | buy sl 95 tp 105 0.5 tp 120 |
        100 101  98 100 |                             | +10 @102 MarketAtOpen
        100 106  94 100 |                             | -10 @93 StopAtPrice STOP_LOSS?
    ",
    );
    for report in reports {
        let difference = report.metrics.value(Metric::AmbiguousProfitDifference);
        assert_eq!(difference, Some(5.0 * f64::from(105 - 93)));
    }
}

#[test]
fn what_the_open_decides_is_not_ambiguous() {
    worst_case(
        "
        100 101  99 100 | buy sl 95 tp 105 |
        100 101  98 100 |                  | +10 @100 MarketAtOpen
         94 106  93 100 |                  | -10 @94 StopAtOpen STOP_LOSS
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy sl 95 tp 105 |
        100 101  98 100 |                  | +10 @100 MarketAtOpen
        106 107  94  96 |                  | -10 @106 LimitAtOpen TAKE_PROFIT
    ",
    );
}

#[test]
fn exits_of_an_entry_at_the_open_are_live_on_all_of_its_bar() {
    worst_case(
        "
        100 101  99 100 | buy sl 95 tp 105 |
        100 104  95 103 |                  | +10 @100 MarketAtOpen -10 @95 StopAtPrice STOP_LOSS
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy sl 95 tp 105 |
        100 105  96  97 |                  | +10 @100 MarketAtOpen -10 @105 LimitAtPrice TAKE_PROFIT
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy limit 98 sl 95 tp 99 |
         97 100  96  98 |                          | +10 @97 LimitAtOpen -10 @99 LimitAtPrice \
                                                     TAKE_PROFIT
    ",
    );
}

#[test]
fn after_a_stop_entry_the_high_and_the_close_are_still_to_come() {
    // The low may have been before the entry, so that only the close proves the stop.
    worst_case(
        "
        100 101  99 100 | buy stop 103 sl 98 |
        101 105  97 104 |                    | +10 @103 StopAtPrice
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy stop 103 sl 98 |
        101 105  97  98 |                    | +10 @103 StopAtPrice -10 @98 StopAtPrice STOP_LOSS
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy stop 103 tp 105 |
        101 105 100 101 |                     | +10 @103 StopAtPrice -10 @105 LimitAtPrice \
                                                TAKE_PROFIT
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy stop 103 sl 98 tp 105 |
        101 105  97  98 |                           | +10 @103 StopAtPrice -10 @98 StopAtPrice \
                                                      STOP_LOSS?
    ",
    );
}

#[test]
fn after_a_limit_entry_the_low_and_the_close_are_still_to_come() {
    // The high may have been before the entry, so that only the close proves the target.
    worst_case(
        "
        100 101  99 100 | buy limit 97 tp 101 |
         99 102  96  98 |                     | +10 @97 LimitAtPrice
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy limit 97 tp 101 |
         99 102  96 101 |                     | +10 @97 LimitAtPrice -10 @101 LimitAtPrice \
                                                TAKE_PROFIT
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy limit 97 sl 95 |
         99 102  95 100 |                    | +10 @97 LimitAtPrice -10 @95 StopAtPrice STOP_LOSS
    ",
    );
}

#[test]
fn after_a_stop_limit_below_its_stop_only_the_close_is_still_to_come() {
    worst_case(
        "
        100 101  99 100 | buy stop-limit 104 102 sl 98 tp 106 |
        101 107  97 101 |                                     | +10 @102 LimitAtPrice
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy stop-limit 104 102 sl 98 |
        101 107  97  98 |                              | +10 @102 LimitAtPrice \
                                                         -10 @98 StopAtPrice STOP_LOSS
    ",
    );
}

#[test]
fn next_bar_tests_exits_from_the_bar_after_the_entry() {
    next_bar(
        "
        100 101  99 100 | buy sl 95 tp 105 |
        100 106  94 100 |                  | +10 @100 MarketAtOpen
        100 101  95 100 |                  | -10 @95 StopAtPrice STOP_LOSS
    ",
    );
    next_bar(
        "
        100 101  99 100 | buy stop 103 tp 105 |
        101 106 100 101 |                     | +10 @103 StopAtPrice
        105 106 100 101 |                     | -10 @105 LimitAtOpen TAKE_PROFIT
    ",
    );
}

#[test]
fn an_exit_decided_on_the_bar_before_goes_first_at_the_open() {
    worst_case(
        "
        100 101  99 100 | buy sl 95 |
        100 101  98 100 | exit      | +10 @100 MarketAtOpen
         94  96  93  95 |           | -10 @94 MarketAtOpen SIGNAL
    ",
    );
}

#[test]
fn after_a_stop_the_close_of_the_bar_may_signal_anew() {
    worst_case(
        "
        100 101  99 100 | buy sl 95 |
        100 101  94 100 | buy sl 90 | +10 @100 MarketAtOpen -10 @95 StopAtPrice STOP_LOSS
         99 101  98 100 |           | +10 @99 MarketAtOpen
    ",
    );
}

#[test]
fn the_exits_of_a_position_have_the_place_of_the_order_that_opened_it() {
    worst_case(
        "
        100 101  99 100 | buy sl 95; sell stop 97 |
        100 101  94  96 |                         | +10 @100 MarketAtOpen \
                                                    -10 @95 StopAtPrice STOP_LOSS \
                                                    -10 @97 StopAtPrice
    ",
    );
    worst_case(
        "
        100 101  99 100 | sell stop 97; buy sl 95 |
        100 101  94  96 |                         | +10 @100 MarketAtOpen \
                                                    -10 @97 StopAtPrice REVERSAL \
                                                    -10 @97 StopAtPrice
    ",
    );
}

#[test]
fn exits_given_later_replace_those_of_the_position() {
    worst_case(
        "
        100 101  99 100 | buy sl 95          |
        100 101  98 100 | protect sl 99      | +10 @100 MarketAtOpen
        101 102 100 101 |                    |
        101 102  99 101 |                    | -10 @99 StopAtPrice STOP_LOSS
    ",
    );
    worst_case(
        "
        100 101  99 100 | protect sl 99      |
        101 102  90 101 |                    |
    ",
    );
}

#[test]
fn an_addition_keeps_the_exits_unless_it_brings_its_own() {
    worst_case(
        "
        100 101  99 100 | buy sl 95 |
        100 101  98 100 | buy       | +10 @100 MarketAtOpen
        102 103 101 102 | buy sl 99 | +10 @102 MarketAtOpen
        101 102  98 100 |           | +10 @101 MarketAtOpen -30 @99 StopAtPrice STOP_LOSS
    ",
    );
}
