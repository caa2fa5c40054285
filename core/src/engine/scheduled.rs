//! Strategies that take turns on one account: what each sees, and what a handover leaves.

use proptest::prelude::*;

use super::{Backtest, Meter, Observer, Subscribed};
use crate::market::{Bar, Instrument, Series, SyntheticSpec, Units};
use crate::strategy::{Catalog, Change, Context, Handover, Params, Scheduled, Strategy};
use crate::trading::{Fill, Side, Simulation, Trade};

#[derive(Default)]
struct Seen {
    fills: Vec<Fill>,
    trades: Vec<Trade>,
}

impl Observer for Seen {
    fn fill(&mut self, fill: &Fill) {
        self.fills.push(*fill);
    }

    fn trade(&mut self, trade: &Trade, _profit: i64) {
        self.trades.push(*trade);
    }
}

const HOUR_MS: i64 = 3_600_000;
const START_MS: i64 = 1_704_067_200_000;
const BARS: i64 = 400;
const ALL: [Handover; 3] = [Handover::Close, Handover::RunOff, Handover::Keep];

fn market(seed: u64) -> Series {
    let spec = SyntheticSpec {
        bar_count: BARS as u64,
        seed,
        annual_volatility: 0.8,
        annual_drift: 0.0,
        trend_strength: 1.0,
        start_ms: START_MS,
        timeframe: "1h".parse().unwrap(),
        units: Units::with_default_step("0.01".parse().unwrap()),
        calendar: None,
    };
    spec.series().unwrap()
}

fn run(series: &Series, strategy: &mut dyn Strategy) -> Seen {
    let simulation = Simulation::with_cash("100000".parse().unwrap());
    let instrument = Instrument::new("TEST", "TURNS").unwrap();
    let subscribed = [Subscribed { instrument: &instrument, series, range: 0..series.bars.len() }];
    let backtest = Backtest::new(&simulation, &subscribed).unwrap();
    let mut seen = Seen::default();
    backtest.run(strategy, &Meter::default(), &mut seen).unwrap();
    seen
}

fn crossing(fast: i64, slow: i64) -> Box<dyn Strategy> {
    let catalog = Catalog::shipped();
    let entry = catalog.find("sma_cross", "").unwrap();
    let given = [("fast".to_owned(), fast.into()), ("slow".to_owned(), slow.into())].into();
    let params = Params::resolve(&entry.params, &given).unwrap();
    (entry.build)(&params).unwrap()
}

fn at(bar: i64) -> i64 {
    START_MS + bar * HOUR_MS
}

fn turns(changes: &[(i64, Option<usize>)], handover: Handover) -> Scheduled {
    let change = |&(bar, to): &(i64, Option<usize>)| Change { from_ms: at(bar), to };
    let changes = changes.iter().map(change).collect();
    Scheduled::new(vec![crossing(3, 9), crossing(5, 20), crossing(3, 9)], changes, handover)
}

fn exit_ms(trade: &Trade) -> i64 {
    trade.exit.map_or(i64::MAX, |exit| exit.time_ms)
}

/// Buys at every bar at which nothing is held, and notes what it sees.
#[derive(Default)]
struct Eager {
    orders: usize,
}

impl Strategy for Eager {
    fn on_bar(&mut self, _: &Bar, context: &mut Context<'_>) {
        assert!(!context.has_pending_order(), "what it gave before its time is gone");
        if context.side.is_none() {
            context.enter(Side::Long);
            self.orders += 1;
        }
    }
}

proptest! {
    #[test]
    fn until_the_change_everything_is_as_without_it(
        seed in 0_u64..40,
        bar in 1_i64..BARS,
        handover in prop::sample::select(ALL.to_vec()),
    ) {
        let series = market(seed);
        let plain = run(&series, crossing(3, 9).as_mut());
        let changed = run(&series, &mut turns(&[(bar, Some(1))], handover));
        let before = |seen: &Seen| -> Vec<Fill> {
            seen.fills.iter().filter(|fill| fill.time_ms < at(bar)).copied().collect()
        };
        prop_assert_eq!(before(&plain), before(&changed));
    }

    #[test]
    fn keeping_hands_over_to_one_of_equal_parameters_without_a_trace(
        seed in 0_u64..40,
        bar in 1_i64..BARS,
    ) {
        let series = market(seed);
        let plain = run(&series, crossing(3, 9).as_mut());
        let changed = run(&series, &mut turns(&[(bar, Some(2))], Handover::Keep));
        prop_assert_eq!(plain.fills, changed.fills);
    }

    #[test]
    fn closing_leaves_no_trade_over_the_border_and_running_off_ends_it_as_it_would_have(
        seed in 0_u64..40,
        bar in 1_i64..BARS - 1,
    ) {
        let series = market(seed);
        let spans = |trade: &&Trade| {
            trade.entry_time_ms < at(bar) && exit_ms(trade) > at(bar)
        };
        let closed = run(&series, &mut turns(&[(bar, Some(1))], Handover::Close));
        prop_assert!(!closed.trades.iter().any(|trade| spans(&trade)), "{:?}", closed.trades);
        let plain = run(&series, crossing(3, 9).as_mut());
        let run_off = run(&series, &mut turns(&[(bar, Some(1))], Handover::RunOff));
        let over = |seen: &Seen| seen.trades.iter().find(spans).map(exit_ms);
        prop_assert_eq!(over(&plain), over(&run_off));
    }

    #[test]
    fn holding_nothing_has_no_fill_after_the_close(
        seed in 0_u64..40,
        bar in 1_i64..BARS - 1,
        handover in prop::sample::select(vec![Handover::Close, Handover::Keep]),
    ) {
        let series = market(seed);
        let seen = run(&series, &mut turns(&[(bar, None)], handover));
        prop_assert!(seen.fills.iter().all(|fill| fill.time_ms <= at(bar)), "{:?}", seen.fills);
    }

    #[test]
    fn later_bars_and_later_changes_move_nothing_before_them(
        seed in 0_u64..40,
        first in 1_i64..200,
        second in 201_i64..BARS,
        handover in prop::sample::select(ALL.to_vec()),
    ) {
        let series = market(seed);
        let one = run(&series, &mut turns(&[(first, Some(1))], handover));
        let both = run(&series, &mut turns(&[(first, Some(1)), (second, None)], handover));
        let before = |seen: &Seen| -> Vec<Fill> {
            seen.fills.iter().filter(|fill| fill.time_ms < at(second)).copied().collect()
        };
        prop_assert_eq!(before(&one), before(&both));
    }
}

#[test]
fn who_waits_sees_nothing_held_and_what_it_orders_is_thrown_away() {
    let series = market(3);
    let change = |bar, to| Change { from_ms: at(bar), to };
    let strategies: Vec<Box<dyn Strategy>> =
        vec![crossing(3, 9), Box::<Eager>::default(), crossing(5, 20)];
    let changes = vec![change(100, None), change(200, Some(1)), change(300, Some(2))];
    let mut turns = Scheduled::new(strategies, changes, Handover::Close);
    let seen = run(&series, &mut turns);
    let times: Vec<i64> = seen.fills.iter().map(|fill| fill.time_ms).collect();
    assert!(times.iter().any(|time_ms| *time_ms < at(100)), "the first one trades");
    assert!(times.iter().all(|time_ms| *time_ms <= at(100) || *time_ms >= at(200)));
    // The eager one buys at once and never sells: its close is that of the handover.
    let eager = seen.trades.iter().find(|trade| trade.entry_time_ms == at(200)).unwrap();
    assert_eq!(exit_ms(eager), at(300));
}
