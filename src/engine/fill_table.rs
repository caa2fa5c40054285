//! Every row of FILL_V1's table for orders, each case a picture of a few bars, both ways up.

use super::picture::{slipping_two_ticks, worst_case};

#[test]
fn a_market_order_fills_at_the_next_open_with_slippage() {
    worst_case(
        "
        100 101  99 100 | buy  |
        103 105 102 104 | exit | +10 @103 MarketAtOpen
        101 102 100 101 |      | -10 @101 MarketAtOpen SIGNAL
    ",
    );
    slipping_two_ticks(
        "
        100 101  99 100 | buy  |
        103 105 102 104 | exit | +10 @105 MarketAtOpen
        101 102 100 101 |      |  -10 @99 MarketAtOpen SIGNAL
    ",
    );
}

#[test]
fn a_touch_fills_a_limit_at_the_limit_without_slippage() {
    slipping_two_ticks(
        "
        100 101  99 100 | buy limit 97 |
        100 101  98  99 |              |
         99 100  97 100 |              | +10 @97 LimitAtPrice
    ",
    );
}

#[test]
fn a_gap_fills_a_limit_at_the_better_open() {
    slipping_two_ticks(
        "
        100 101  99 100 | buy limit 97 |
         95  98  94  96 |              | +10 @95 LimitAtOpen
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy limit 97 |
         97  98  96  98 |              | +10 @97 LimitAtOpen
    ",
    );
}

#[test]
fn a_touch_triggers_a_stop_at_the_stop_with_slippage() {
    worst_case(
        "
        100 101  99 100 | buy stop 103 |
        100 102  99 101 |              |
        101 103 100 102 |              | +10 @103 StopAtPrice
    ",
    );
    slipping_two_ticks(
        "
        100 101  99 100 | buy stop 103 |
        101 104 100 102 |              | +10 @105 StopAtPrice
    ",
    );
}

#[test]
fn a_gap_triggers_a_stop_at_the_worse_open() {
    slipping_two_ticks(
        "
        100 101  99 100 | buy stop 103 |
        106 107 105 106 |              | +10 @108 StopAtOpen
    ",
    );
}

#[test]
fn a_stop_limit_fills_on_its_trigger_bar_if_the_open_proves_it() {
    slipping_two_ticks(
        "
        100 101  99 100 | buy stop-limit 103 105 |
        104 109 103 108 |                        | +10 @104 LimitAtOpen
    ",
    );
}

#[test]
fn a_stop_limit_fills_on_its_trigger_bar_if_the_close_proves_it() {
    slipping_two_ticks(
        "
        100 101  99 100 | buy stop-limit 103 105 |
        101 109 100 104 |                        | +10 @103 LimitAtTrigger
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy stop-limit 103 102 |
        101 109 100 102 |                        | +10 @102 LimitAtPrice
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy stop-limit 103 105 |
        107 109 104 105 |                        | +10 @105 LimitAtPrice
    ",
    );
}

#[test]
fn a_stop_limit_that_nothing_proves_is_a_plain_limit_afterwards() {
    slipping_two_ticks(
        "
        100 101  99 100 | buy stop-limit 103 105 |
        101 109 100 108 |                        |
        107 108 105 107 |                        | +10 @105 LimitAtPrice
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy stop-limit 103 105 |
        107 109 104 106 |                        |
        102 104 101 103 |                        | +10 @102 LimitAtOpen
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy stop-limit 103 105 |
        100 102  99 101 |                        |
    ",
    );
}

#[test]
fn orders_of_one_bar_are_matched_in_the_order_of_their_submission() {
    worst_case(
        "
        100 101  99 100 | buy stop 103; sell stop 97 |
        100 104  96 100 |                            | +10 @103 StopAtPrice \
                                                       -10 @97 StopAtPrice REVERSAL \
                                                       -10 @97 StopAtPrice
    ",
    );
    worst_case(
        "
        100 101  99 100 | buy limit 98 ; buy limit 96 |
        100 101  96  97 |                             | +10 @98 LimitAtPrice +10 @96 LimitAtPrice
    ",
    );
}

#[test]
fn an_order_is_good_till_cancelled() {
    worst_case(
        "
        100 101  99 100 | buy limit 97 |
        100 101  98 100 |              |
        100 101  98 100 | cancel       |
        100 101  96 100 |              |
    ",
    );
}
