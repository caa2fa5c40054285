//! Exits and limits of a run's terms, each on a few bars that can be followed by eye. Prices are in
//! ticks; an entry is decided at the close of the first bar and fills in the second.

use super::{Backtest, Meter, Observer, Report, Subscribed};
use crate::market::{Bar, Calendar, Columns, Decimal, Instrument, Series, TradingDays, Units};
use crate::metrics::Metric;
use crate::strategy::{Context, Strategy};
use crate::trading::{
    BreakEven, Distance, Entry, EntryBarPolicy, ExitTerms, Fill, PositionLimits, RangeFraction,
    Rejection, Side, Simulation, Sizing, TakeProfit, Trade, TrailingStop,
};

const HOUR_MS: i64 = 3_600_000;
const FLAT: [i64; 4] = [20_000; 4];

/// Decides by a bar's index and whether a position is held.
type Decision = fn(usize, bool) -> Option<Entry>;

struct Scripted {
    decision: Decision,
    bars: usize,
}

impl Strategy for Scripted {
    fn on_bar(&mut self, _bar: &Bar, context: &mut Context<'_>) {
        let entry = (self.decision)(self.bars, context.side.is_some());
        self.bars += 1;
        if let Some(entry) = entry {
            context.submit(entry);
        }
    }
}

/// Each fill as its bar, quantity, price, rule, and the reason if it ended the trade.
#[derive(Default)]
struct Seen(Vec<String>);

impl Observer for Seen {
    fn fill(&mut self, fill: &Fill) {
        let Fill { bar, quantity, price, rule, .. } = fill;
        self.0.push(format!("{bar}: {quantity:+} @{price} {rule:?}"));
    }

    fn trade(&mut self, trade: &Trade, _profit: i64) {
        if let (Some(exit), Some(last)) = (trade.exit, self.0.last_mut()) {
            *last += " ";
            *last += exit.reason.as_str();
        }
    }
}

/// A run and its account.
struct Case<'c> {
    rows: &'c [[i64; 4]],
    /// When each bar opens, in hours; one after the other unless told.
    hours: &'c [i64],
    simulation: Simulation,
    decision: Decision,
}

fn with_exits(exits: ExitTerms) -> Simulation {
    Simulation {
        sizing: Some(Sizing::FixedQuantity("10".parse().unwrap())),
        max_leverage: "5".parse().unwrap(),
        exits,
        ..Simulation::with_cash("1000000".parse().unwrap())
    }
}

/// Buys once, at the close of the first bar.
fn case(rows: &[[i64; 4]], exits: ExitTerms) -> Case<'_> {
    let decision: Decision = |bar, _| (bar == 0).then(|| Entry::market(Side::Long));
    Case { rows, hours: &[], simulation: with_exits(exits), decision }
}

impl Case<'_> {
    fn run(&self) -> (Vec<String>, Report) {
        let mut bars = Columns::default();
        for (index, &[open, high, low, close]) in self.rows.iter().enumerate() {
            let hour = self.hours.get(index).copied().unwrap_or(index as i64);
            bars.push(Bar { open_time_ms: hour * HOUR_MS, open, high, low, close, volume: 0.0 });
        }
        let units = Units { price_tick: "0.01".parse().unwrap(), quantity_step: Decimal::ONE };
        let timeframe = "1h".parse().unwrap();
        let (calendar, days) = (Calendar::AlwaysOpen, TradingDays::UTC);
        let series = Series { timeframe, units, calendar, days, bars };
        let instrument = Instrument::new("TEST", "TERMS").unwrap();
        let range = 0..self.rows.len();
        let subscribed = [Subscribed { instrument: &instrument, series: &series, range }];
        let backtest = Backtest::new(&self.simulation, &subscribed).unwrap();
        let mut seen = Seen::default();
        let mut strategy = Scripted { decision: self.decision, bars: 0 };
        let report = backtest.run(&mut strategy, &Meter::default(), &mut seen).unwrap();
        (seen.0, report)
    }

    #[track_caller]
    fn fills(&self, expected: &[&str]) -> Report {
        let (seen, report) = self.run();
        assert_eq!(seen, expected);
        report
    }
}

fn percent(text: &str) -> Distance {
    Distance::Percent(text.parse().unwrap())
}

fn trailing(distance: Distance) -> ExitTerms {
    let stop = TrailingStop { distance, activation: None, chandelier: false };
    ExitTerms { trailing_stop: Some(stop), ..ExitTerms::default() }
}

#[test]
fn a_close_at_or_under_the_moved_stop_proves_that_it_was_met() {
    let rows = [FLAT, [20_000, 20_200, 19_800, 20_100], [20_100, 21_000, 20_050, 20_500], FLAT];
    case(&rows, trailing(percent("0.02")))
        .fills(&["1: +10 @20000 MarketAtOpen", "2: -10 @20580 StopAtMoved TRAILING_STOP"]);
}

#[test]
fn what_the_close_does_not_prove_is_held() {
    let rows = [
        FLAT,
        [20_000, 20_200, 19_800, 20_100],
        [20_100, 21_000, 20_050, 20_700],
        [20_700, 20_720, 20_500, 20_600],
    ];
    case(&rows, trailing(percent("0.02")))
        .fills(&["1: +10 @20000 MarketAtOpen", "3: -10 @20580 StopAtPrice TRAILING_STOP"]);
}

#[test]
fn the_stop_as_it_stood_comes_before_what_the_high_would_have_moved() {
    let rows = [FLAT, [20_000, 20_400, 19_900, 20_300], [20_300, 20_800, 19_900, 20_400], FLAT];
    let report = case(&rows, trailing(percent("0.02")))
        .fills(&["1: +10 @20000 MarketAtOpen", "2: -10 @19992 StopAtPrice TRAILING_STOP"]);
    assert_eq!(report.metrics.value(Metric::AmbiguousExitCount), Some(1.0));
    // Ten times from 199.92 to 203.84.
    assert_eq!(report.metrics.value(Metric::AmbiguousProfitDifference), Some(39.2));
}

#[test]
fn a_gap_under_the_stop_is_left_at_the_open_with_slippage() {
    let rows = [FLAT, [20_000, 20_400, 19_900, 20_300], [19_700, 19_800, 19_600, 19_700], FLAT];
    let mut case = case(&rows, trailing(percent("0.02")));
    case.simulation.slippage_ticks = 2;
    case.fills(&["1: +10 @20002 MarketAtOpen", "2: -10 @19698 StopAtOpen TRAILING_STOP"]);
}

#[test]
fn the_stop_comes_to_the_entry_once_the_price_has_gone_far_enough() {
    let exits = ExitTerms {
        stop_loss: Some(percent("0.03")),
        break_even: Some(BreakEven { trigger: percent("0.01"), offset: Some(Distance::Ticks(8)) }),
        ..ExitTerms::default()
    };
    let rows = [FLAT, [20_000, 20_250, 19_990, 20_200], [20_200, 20_210, 19_900, 19_950], FLAT];
    case(&rows, exits)
        .fills(&["1: +10 @20000 MarketAtOpen", "2: -10 @20008 StopAtPrice BREAK_EVEN"]);
}

#[test]
fn a_trailing_stop_may_wait_for_a_gain() {
    let exits = ExitTerms {
        stop_loss: Some(percent("0.03")),
        trailing_stop: Some(TrailingStop {
            distance: percent("0.01"),
            activation: Some(percent("0.02")),
            chandelier: false,
        }),
        ..ExitTerms::default()
    };
    let rows = [
        FLAT,
        [20_000, 20_380, 19_900, 20_300],
        [20_300, 20_500, 20_250, 20_400],
        [20_400, 20_450, 20_200, 20_300],
        FLAT,
    ];
    case(&rows, exits)
        .fills(&["1: +10 @20000 MarketAtOpen", "3: -10 @20295 StopAtPrice TRAILING_STOP"]);
}

#[test]
fn targets_go_on_the_way_up_and_the_moved_stop_takes_the_rest() {
    let half = || "0.5".parse().unwrap();
    let exits = ExitTerms {
        stop_loss: Some(percent("0.02")),
        take_profits: vec![
            TakeProfit { distance: percent("0.01"), portion: half() },
            TakeProfit { distance: Distance::Ticks(500), portion: half() },
        ],
        ..trailing(percent("0.01"))
    };
    let rows = [
        FLAT,
        [20_000, 20_100, 19_980, 20_080],
        [20_080, 20_250, 20_060, 20_220],
        [20_220, 20_600, 20_200, 20_300],
        FLAT,
    ];
    case(&rows, exits).fills(&[
        "1: +10 @20000 MarketAtOpen",
        "2: -5 @20200 LimitAtPrice",
        "3: -2 @20500 LimitAtPrice",
        "3: -3 @20394 StopAtMoved TRAILING_STOP",
    ]);
}

#[test]
fn on_the_bar_of_a_stop_entry_its_high_and_its_close_are_still_to_come() {
    let exits = || ExitTerms { stop_loss: Some(percent("0.02")), ..trailing(percent("0.01")) };
    let decision: Decision = |bar, _| (bar == 0).then(|| Entry::stop(Side::Long, 20_200));
    let under = [FLAT, [20_000, 20_600, 19_600, 20_300], FLAT];
    Case { decision, ..case(&under, exits()) }
        .fills(&["1: +10 @20200 StopAtPrice", "1: -10 @20394 StopAtMoved TRAILING_STOP"]);
    let above = [FLAT, [20_000, 20_600, 19_600, 20_500], FLAT];
    Case { decision, ..case(&above, exits()) }
        .fills(&["1: +10 @20200 StopAtPrice", "2: -10 @20000 StopAtOpen TRAILING_STOP"]);
}

#[test]
fn a_short_is_the_mirror_image() {
    let rows = [
        FLAT,
        [20_000, 20_100, 19_800, 19_850],
        [19_850, 19_900, 19_400, 19_500],
        [19_500, 19_800, 19_450, 19_600],
        FLAT,
    ];
    let decision: Decision = |bar, _| (bar == 0).then(|| Entry::market(Side::Short));
    Case { decision, ..case(&rows, trailing(percent("0.02"))) }
        .fills(&["1: -10 @20000 MarketAtOpen", "3: +10 @19788 StopAtPrice TRAILING_STOP"]);
}

#[test]
fn exits_and_the_best_price_begin_with_the_bar_after_if_they_are_to() {
    let rows = [FLAT, [20_000, 20_900, 19_000, 20_500], [20_500, 20_550, 20_000, 20_100], FLAT];
    let mut case = case(&rows, trailing(percent("0.02")));
    case.simulation.entry_bar_policy = EntryBarPolicy::NextBar;
    case.fills(&["1: +10 @20000 MarketAtOpen", "2: -10 @20139 StopAtMoved TRAILING_STOP"]);
}

#[test]
fn a_position_is_left_after_so_many_bars_that_of_the_entry_being_the_first() {
    let exits = ExitTerms { max_bars: 4, ..ExitTerms::default() };
    case(&[FLAT; 7], exits)
        .fills(&["1: +10 @20000 MarketAtOpen", "5: -10 @20000 MarketAtOpen TIME_EXIT"]);
}

#[test]
fn a_clock_leaves_at_the_close_that_it_strikes_at_or_at_the_open_after() {
    let exits = || ExitTerms { daily_exit_minute: Some(21 * 60), ..ExitTerms::default() };
    let rows = [FLAT, FLAT, [20_000, 20_100, 19_990, 20_080], [20_120; 4], FLAT];
    let mut at_the_close = Case { hours: &[18, 19, 20, 21, 22], ..case(&rows, exits()) };
    at_the_close.simulation.slippage_ticks = 1;
    at_the_close.fills(&["1: +10 @20001 MarketAtOpen", "2: -10 @20079 MarketAtClose TIME_EXIT"]);
    let rows = [FLAT, FLAT, [20_120; 4], [20_130; 4]];
    Case { hours: &[18, 19, 22, 23], ..case(&rows, exits()) }
        .fills(&["1: +10 @20000 MarketAtOpen", "2: -10 @20120 MarketAtOpen TIME_EXIT"]);
}

#[test]
fn additions_place_the_exits_anew_from_the_average_and_never_back() {
    let exits = ExitTerms { stop_loss: Some(percent("0.02")), ..trailing(percent("0.03")) };
    let rows = [FLAT, FLAT, [20_400; 4], [20_200, 20_220, 20_180, 20_200], [20_200; 4], FLAT];
    let decision: Decision = |bar, _| (bar < 4).then(|| Entry::market(Side::Long));
    let mut case = Case { decision, ..case(&rows, exits) };
    case.simulation.limits.max_entries = 3;
    let report = case.fills(&[
        "1: +10 @20000 MarketAtOpen",
        "2: +10 @20400 MarketAtOpen",
        "3: +10 @20200 MarketAtOpen",
    ]);
    assert_eq!(report.rejections.get(&Rejection::EntryLimit), Some(&1));
    // The average is 20,200 from the second on: 2 % under it, and 3 % under 20,400 is less.
    let low = [20_000, 20_000, 19_796, 19_900];
    let rows = [FLAT, FLAT, [20_400; 4], [20_200, 20_220, 20_180, 20_200], [20_200; 4], low];
    let mut touched = Case { rows: &rows, ..case };
    touched.simulation.limits.max_entries = 3;
    let (fills, _) = touched.run();
    assert_eq!(fills.last().unwrap(), "5: -30 @19796 StopAtPrice STOP_LOSS");
}

#[test]
fn no_entry_is_decided_for_so_many_bars_from_that_of_an_exit_on() {
    let exits = ExitTerms { stop_loss: Some(percent("0.01")), ..ExitTerms::default() };
    let rows = [FLAT, [20_000, 20_000, 19_790, 19_900], FLAT, FLAT, FLAT, FLAT, FLAT];
    let decision: Decision = |_, is_held| (!is_held).then(|| Entry::market(Side::Long));
    let mut case = Case { decision, ..case(&rows, exits) };
    case.simulation.limits = PositionLimits { cool_down_bars: 2, ..PositionLimits::NONE };
    let report = case.fills(&[
        "1: +10 @20000 MarketAtOpen",
        "1: -10 @19800 StopAtPrice STOP_LOSS",
        "4: +10 @20000 MarketAtOpen",
    ]);
    assert_eq!(report.rejections.get(&Rejection::CoolDown), Some(&2));
}

#[test]
fn an_entry_waits_until_its_ranges_are_defined() {
    let atr = crate::trading::AtrDistance { multiple: Decimal::ONE, period: 3 };
    let exits = ExitTerms { stop_loss: Some(Distance::Atr(atr)), ..ExitTerms::default() };
    let wide = [20_000, 20_060, 19_940, 20_000];
    let rows = [wide, wide, wide, wide, [20_000, 20_000, 19_870, 19_900], FLAT];
    let decision: Decision =
        |bar, is_held| (!is_held && bar < 3).then(|| Entry::market(Side::Long));
    let report = Case { decision, ..case(&rows, exits) }
        .fills(&["3: +10 @20000 MarketAtOpen", "4: -10 @19880 StopAtPrice STOP_LOSS"]);
    assert_eq!(report.rejections.get(&Rejection::LevelUndefined), Some(&2));
}

#[test]
fn a_size_by_the_range_goes_by_that_of_the_deciding_bar_and_by_what_can_be_carried() {
    let wide = [20_000, 20_060, 19_940, 20_000];
    let rows = [wide, wide, wide, [20_000, 20_500, 19_900, 20_000], FLAT];
    let decision: Decision =
        |bar, is_held| (!is_held && bar < 3).then(|| Entry::market(Side::Long));
    let entered = |fraction: &str, fills: &[&str]| {
        let by_range = RangeFraction { fraction: fraction.parse().unwrap(), period: 3 };
        let sizing = Some(Sizing::RangeFraction(by_range));
        let simulation = Simulation { sizing, ..with_exits(ExitTerms::default()) };
        let report =
            Case { simulation, decision, ..case(&rows, ExitTerms::default()) }.fills(fills);
        assert_eq!(report.rejections.get(&Rejection::SizeUndefined), Some(&2));
    };
    // A hundredth of 1,000,000 by 1.20 a unit; and five times the equity by 200 a unit.
    entered("0.01", &["3: +8333 @20000 MarketAtOpen"]);
    entered("0.1", &["3: +25000 @20000 MarketAtOpen"]);
}
