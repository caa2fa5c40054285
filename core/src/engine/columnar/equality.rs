//! The law of this folder: by columns and bar by bar, every trial comes to the same, to the bit.

use proptest::prelude::*;
use proptest::strategy::{Strategy as Arbitrary, ValueTree as _};
use proptest::test_runner::TestRunner;

use super::Tape;
use crate::engine::chaos::simulations_by_price;
use crate::engine::{Backtest, Meter, Report, Subscribed};
use crate::market::{Bar, Calendar, Columns, Instrument, Series, TradingDays, Units};
use crate::metrics::Metric;
use crate::strategy::{Catalog, ParamValue, Params, Strategy};
use crate::trading::{Rejection, Simulation};

/// Random markets and accounts, each with some trials.
const CASES: u32 = 10_000;

/// What a market is like.
#[derive(Clone, Debug)]
struct Climate {
    /// Where the walk starts and the least that it comes to, in ticks.
    start: i64,
    /// The most that it goes in a bar; small ones make ties.
    step: i64,
    timeframe: &'static str,
    calendar: Calendar,
}

fn climates() -> impl Arbitrary<Value = Climate> {
    let starts = prop::sample::select(vec![3, 40, 500, 20_000, 3_000_000_000]);
    let steps = prop::sample::select(vec![0, 1, 2, 9, 60, 400_000_000]);
    let timeframes = prop::sample::select(vec!["1m", "1h", "7h", "1d", "7d"]);
    let calendars = prop::sample::select(vec![Calendar::AlwaysOpen, Calendar::Sessions]);
    (starts, steps, timeframes, calendars).prop_map(|(start, step, timeframe, calendar)| Climate {
        start,
        step,
        timeframe,
        calendar,
    })
}

/// A walk with gaps in price and in time.
pub(super) fn markets() -> impl Arbitrary<Value = Series> {
    let moves = (-9_i64..=9, -9_i64..=9, 0_i64..9, 0_i64..9, 0_u8..40);
    (climates(), prop::collection::vec(moves, 1..500)).prop_map(|(climate, moves)| {
        let timeframe: crate::market::Timeframe = climate.timeframe.parse().unwrap();
        let (mut bars, mut close, mut open_time_ms) = (Columns::default(), climate.start, 0);
        let scaled = |part: i64| part * climate.step / 3;
        for (gap, change, above, below, pause) in moves {
            let open = (close + scaled(gap) / 4).max(1);
            close = (open + scaled(change)).max(1);
            let high = open.max(close) + scaled(above);
            let low = (open.min(close) - scaled(below)).max(1);
            // Some bars have no volume.
            let volume = f64::from(pause % 5) / 8.0;
            bars.push(Bar { open_time_ms, open, high, low, close, volume });
            let missing = match pause {
                0 => 3,
                1 => 50,
                2 => 3_000,
                _ => 0,
            };
            for _ in 0..=missing {
                open_time_ms = TradingDays::UTC.bucket(timeframe, open_time_ms).end;
            }
        }
        let units =
            Units { price_tick: "0.01".parse().unwrap(), quantity_step: "0.001".parse().unwrap() };
        let (calendar, days) = (climate.calendar, TradingDays::UTC);
        Series { timeframe, units, calendar, days, bars }
    })
}

/// Parameters of a trial, from a few small numbers.
fn trial(name: &str, [a, b, c]: [i64; 3], direction: usize) -> Option<Box<dyn Strategy>> {
    let direction = ["long_only", "short_only", "both"][direction % 3];
    let given: Vec<(&str, ParamValue)> = match name {
        "sma_cross" | "ema_cross" => {
            vec![("fast", a.into()), ("slow", (a + b * (1 + c / 9)).into())]
        }
        "macd_trend" => vec![
            ("fast", a.into()),
            ("slow", (a + b * (1 + c / 9)).into()),
            ("signal", (1 + c % 10).into()),
        ],
        "rsi_reversion" => {
            let oversold = (c * 7 % 60) as f64 + 0.5;
            let overbought = (oversold + (b * 4) as f64).min(100.0);
            let levels = [("oversold", oversold.into()), ("overbought", overbought.into())];
            [("period", a.into())].into_iter().chain(levels).collect()
        }
        "bollinger_reversion" => {
            vec![("period", a.into()), ("deviations", ((1 + c % 40) as f64 / 13.0).into())]
        }
        "donchian_breakout" => vec![
            ("entry", a.into()),
            ("exit", b.into()),
            ("atr_period", (1 + c % 8).into()),
            ("atr_stop", ((1 + c % 30) as f64 / 7.0).into()),
        ],
        other => panic!("{other} is not stated as a rule"),
    };
    let entry = Catalog::shipped();
    let entry = entry.find(name, "").unwrap();
    let given = given.into_iter().chain([("direction", direction.into())]);
    let given = given.map(|(name, value)| (name.to_owned(), value)).collect();
    let params = Params::resolve(&entry.params, &given).unwrap();
    (entry.build)(&params).ok()
}

/// The strategies that are stated as rules.
const RULED: &[&str] = &[
    "sma_cross",
    "ema_cross",
    "macd_trend",
    "rsi_reversion",
    "bollinger_reversion",
    "donchian_breakout",
];

/// How often what was seen; the law would be empty if some of it never were.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Left to the bar loop.
    pub(super) left: usize,
    pub(super) without_trade: usize,
    pub(super) long: usize,
    pub(super) short: usize,
    pub(super) bankrupt: usize,
    pub(super) rejected: usize,
    pub(super) open_at_the_end: usize,
    /// An exit that might have come before another, so that there are exits of the terms.
    ambiguous: usize,
    undefined: usize,
}

impl Seen {
    pub(super) fn note(&mut self, report: &Report) {
        let is =
            |metric| usize::from(report.metrics.value(metric).is_some_and(|value| value != 0.0));
        self.without_trade += 1 - is(Metric::FillCount);
        self.long += is(Metric::LongTradeCount);
        self.short += is(Metric::ShortTradeCount);
        self.bankrupt += is(Metric::Bankrupt);
        self.rejected += is(Metric::RejectedOrderCount);
        self.open_at_the_end += is(Metric::OpenProfit);
        self.ambiguous += is(Metric::AmbiguousExitCount);
        let undefined = report.rejections.get(&Rejection::LevelUndefined);
        self.undefined += usize::from(undefined.is_some());
    }
}

/// A market, an account and some trials.
type Case = (
    Series,
    Simulation,
    Vec<(&'static str, [i64; 3], usize)>,
    Option<Cut>,
    Vec<prop::sample::Index>,
);

/// Which of the bars, and the first of them that counts.
type Cut = [prop::sample::Index; 3];

fn cases() -> impl Arbitrary<Value = Case> {
    let numbers = [1_i64..12, 1_i64..12, 0_i64..99];
    let trial = (prop::sample::select(RULED), numbers, 0_usize..3);
    let trials = prop::collection::vec(trial, 1..6);
    let borders = prop::collection::vec(any::<prop::sample::Index>(), 0..6);
    let cut = prop::option::weighted(0.4, any::<Cut>());
    (markets(), simulations_by_price(), trials, cut, borders)
}

/// Computes the trials both ways over some of the bars.
fn check(
    (series, simulation, trials, cut, borders): Case,
    seen: &mut Seen,
) -> Result<(), TestCaseError> {
    let (range, first) = cut.map_or((0..series.bars.len(), 0), |cut| {
        let mut ends = cut.map(|cut| cut.index(series.bars.len() + 1));
        ends.sort_unstable();
        (ends[0]..ends[2], ends[1])
    });
    let instrument = Instrument::new("TEST", "EQUALITY").unwrap();
    let subscribed =
        [Subscribed { instrument: &instrument, series: &series, range: range.clone() }];
    let Some(&start_ms) = series.bars.open_time_ms.get(first) else { return Ok(()) };
    let backtest = Backtest::new(&simulation, &subscribed).unwrap().trading_from(start_ms);
    let backtest = backtest.cut_at(&borders_in(&series, &borders));
    let Some(tape) = Tape::with_warm_up(&series, range, first) else { return Ok(()) };
    let strategies =
        || trials.iter().filter_map(|(name, numbers, direction)| trial(name, *numbers, *direction));
    let rules: Vec<_> = strategies().map(|strategy| strategy.rule()).collect();
    let reports = backtest.run_all(&tape, &rules, &Meter::default()).unwrap();
    for ((mut strategy, rule), by_columns) in strategies().zip(rules).zip(reports) {
        let bar_by_bar = backtest.run(strategy.as_mut(), &Meter::default(), &mut ());
        match (by_columns, bar_by_bar) {
            (Some(report), Ok(expected)) => {
                same(&report, &expected, &format!("{rule:?}"))?;
                seen.note(&report);
            }
            (Some(_), Err(error)) => prop_assert!(false, "{rule:?} should be {error:?}"),
            (None, _) => seen.left += 1,
        }
    }
    Ok(())
}

/// Rising days, on some of which a bar begins.
pub(super) fn borders_in(series: &Series, picks: &[prop::sample::Index]) -> std::sync::Arc<[i64]> {
    let opens = &series.bars.open_time_ms;
    let day = |pick: &prop::sample::Index| series.days.day(opens[pick.index(opens.len())]) + 1;
    let days: std::collections::BTreeSet<i64> = picks.iter().map(day).collect();
    days.into_iter().collect()
}

pub(super) fn same(report: &Report, expected: &Report, rule: &str) -> Result<(), TestCaseError> {
    prop_assert_eq!(report.bars, expected.bars, "bars of {}", rule);
    prop_assert_eq!(&report.rejections, &expected.rejections, "rejections of {}", rule);
    prop_assert_eq!(&report.segments, &expected.segments, "segments of {}", rule);
    for &metric in Metric::ALL {
        let bits = |report: &Report| report.metrics.value(metric).map(f64::to_bits);
        prop_assert_eq!(
            bits(report),
            bits(expected),
            "{} of {}: {:?} for {:?}",
            metric.name(),
            rule,
            report.metrics.value(metric),
            expected.metrics.value(metric)
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn every_trial_comes_to_the_same_as_bar_by_bar(case in cases()) {
        check(case, &mut Seen::default())?;
    }
}

#[test]
fn the_law_is_put_to_every_test() {
    let mut runner = TestRunner::deterministic();
    let mut seen = Seen::default();
    for _ in 0..400 {
        check(cases().new_tree(&mut runner).unwrap().current(), &mut seen).unwrap();
    }
    let Seen { left, without_trade, long, short, bankrupt, rejected, .. } = seen;
    let Seen { open_at_the_end, ambiguous, undefined, .. } = seen;
    let least =
        [without_trade, long, short, bankrupt, rejected, open_at_the_end, ambiguous, undefined];
    assert!(least.iter().all(|&count| count >= 10), "{seen:?}");
    assert!(left < long + short, "{seen:?}");
}
