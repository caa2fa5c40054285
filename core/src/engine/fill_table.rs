//! Every row of FILL_V1's table for orders, each case a picture of a few bars, both ways up.

use super::picture::{going_two_ticks_through, slipping_two_ticks, takers_pay, worst_case};

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
fn a_limit_that_waits_is_filled_by_a_price_that_goes_through_it() {
    going_two_ticks_through(
        "
        100 101  99 100 | buy limit 97 |
         99 100  96  98 |              |
         98  99  95  97 |              | +10 @97 LimitAtPrice
    ",
    );
    going_two_ticks_through(
        "
        100 101  99 100 | buy limit 97 |
         99 100  98  99 |              |
         95  98  94  97 |              | +10 @95 LimitAtOpen
    ",
    );
    // An open at the limit is no better for others than the limit is, but it is the price there.
    going_two_ticks_through(
        "
        100 101  99 100 | buy limit 97 |
         99 100  98  99 |              |
         96  98  95  97 |              | +10 @96 LimitAtPrice
    ",
    );
}

#[test]
fn a_limit_that_the_first_open_finds_takes_what_is_there() {
    going_two_ticks_through(
        "
        100 101  99 100 | buy limit 97 |
         96  98  96  97 |              | +10 @96 LimitAtOpen
    ",
    );
}

#[test]
fn a_triggered_stop_limit_fills_at_its_limit_only_if_the_close_went_through() {
    let picture = |close: i64, fills: &str| {
        going_two_ticks_through(&format!(
            "
        100 101  99 100 | buy stop-limit 105 104 |
        100 108 100 {close} |                    | {fills}
    "
        ));
    };
    picture(102, "+10 @104 LimitAtPrice");
    picture(103, "");
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
fn a_limit_takes_at_the_first_open_that_it_sees_and_waits_at_any_other() {
    let taken = takers_pay(
        "
        100 101  99 100 | buy limit 97 |
         95  98  94  96 |              | +10 @95 LimitAtOpen
    ",
    );
    assert_eq!(taken, [9.5, 10.5]);
    let waited = takers_pay(
        "
        100 101  99 100 | buy limit 97 |
         99 100  98 100 |              |
         95  98  94  96 |              | +10 @95 LimitAtOpen
    ",
    );
    assert_eq!(waited, [0.0, 0.0]);
    let touched = takers_pay(
        "
        100 101  99 100 | buy limit 97 |
         99 100  97 100 |              | +10 @97 LimitAtPrice
    ",
    );
    assert_eq!(touched, [0.0, 0.0]);
    // Brought to life by its stop at an open, it takes, however long it was there.
    let triggered = takers_pay(
        "
        100 101  99 100 | buy stop-limit 103 110 |
        100 101  99 100 |                        |
        105 106 104 105 |                        | +10 @105 LimitAtOpen
    ",
    );
    assert_eq!(triggered, [10.5, 9.5]);
}

#[test]
fn a_target_waits_and_a_stop_takes() {
    let target = takers_pay(
        "
        100 101  99 100 | buy limit 97 sl 90 tp 105 |
        100 101  97 100 |                           | +10 @97 LimitAtPrice
        106 107 105 106 |                           | -10 @106 LimitAtOpen TAKE_PROFIT
    ",
    );
    assert_eq!(target, [0.0, 0.0]);
    let stop = takers_pay(
        "
        100 101  99 100 | buy limit 97 sl 90 tp 105 |
        100 101  97 100 |                           | +10 @97 LimitAtPrice
         95  96  90  92 |                           | -10 @90 StopAtPrice STOP_LOSS
    ",
    );
    assert_eq!(stop, [9.0, 11.0]);
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
