//! Figures that can be followed by hand, where the first engine told others.

use std::collections::BTreeMap;

use super::{Backtest, Meter, Observer, Report, Subscribed, Tape};
use crate::market::{
    Bar, Calendar, Columns, DAY_MS, Decimal, Instrument, Series, Timeframe, TradingDays, Units,
    resample,
};
use crate::metrics::Metric;
use crate::strategy::{Catalog, Context, ParamValue, Params, Strategy};
use crate::trading::{Fill, Simulation, Sizing};

const HOUR_MS: i64 = DAY_MS / 24;
/// A year of growth and of returns that are counted as they were seen, in days.
const YEAR_DAYS: f64 = 365.25;

/// Bars that go from the close before straight to these closes, one after the other from a day on.
fn bars(timeframe: &str, first_day: i64, closes: &[i64]) -> Series {
    let timeframe: Timeframe = timeframe.parse().unwrap();
    let duration_ms = (DAY_MS as f64 / timeframe.bars_per_day()).round() as i64;
    let times = (0..).map(|bar| first_day * DAY_MS + bar * duration_ms);
    series(timeframe, times.zip(closes.iter().copied()))
}

fn series(timeframe: Timeframe, closes: impl Iterator<Item = (i64, i64)>) -> Series {
    let (mut bars, mut before) = (Columns::default(), None);
    for (open_time_ms, close) in closes {
        let open = before.replace(close).unwrap_or(close);
        let (high, low) = (open.max(close), open.min(close));
        bars.push(Bar { open_time_ms, open, high, low, close, volume: 0.0 });
    }
    let units = Units::with_default_step(Decimal::ONE);
    let (calendar, days) = (Calendar::AlwaysOpen, TradingDays::UTC);
    Series { timeframe, units, calendar, days, bars }
}

fn strategy(name: &str, given: &[(&str, ParamValue)]) -> Box<dyn Strategy> {
    let catalog = Catalog::shipped();
    let entry = catalog.find(name, "").unwrap();
    let given: BTreeMap<_, _> =
        given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    (entry.build)(&Params::resolve(&entry.params, &given).unwrap()).unwrap()
}

/// The equity at the close of each bar.
#[derive(Default)]
struct Curve(Vec<i64>);

impl Observer for Curve {
    fn equity(&mut self, _time_ms: i64, equity: i64) {
        self.0.push(equity);
    }
}

/// Runs a strategy with 1,000 of cash over one market, and tells the report and the equity, the
/// initial cash first.
fn run(
    strategy: &mut dyn Strategy,
    feeds: &[&Series],
    sizing: Option<Sizing>,
) -> (Report, Vec<i64>) {
    let instrument = Instrument::new("TEST", "NUMBERS").unwrap();
    let subscribed: Vec<_> = feeds
        .iter()
        .map(|series| Subscribed { instrument: &instrument, series, range: 0..series.bars.len() })
        .collect();
    let mut simulation = Simulation::with_cash("1000".parse().unwrap());
    simulation.sizing = sizing.or(simulation.sizing);
    let backtest = Backtest::new(&simulation, &subscribed).unwrap();
    let mut curve = Curve::default();
    // By columns it is the same, also at ties.
    let rule = strategy.rule();
    let report = backtest.run(strategy, &Meter::default(), &mut curve).unwrap();
    if let ([feed], Some(rule)) = (feeds, rule) {
        let tape = Tape::new(feed, 0..feed.bars.len()).unwrap();
        let by_columns = backtest.run_all(&tape, &[Some(rule)], &Meter::default()).unwrap();
        assert_eq!(by_columns[0].as_ref(), Some(&report));
    }
    (report, curve.0)
}

fn hold(feeds: &[&Series]) -> (Report, Vec<i64>) {
    run(strategy("buy_and_hold", &[]).as_mut(), feeds, None)
}

/// The annual deviation and the Sharpe ratio of these equities, so many of them a year.
fn ratios(equities: &[i64], per_year: f64) -> (f64, f64) {
    let returns: Vec<f64> =
        equities.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / pair[0] as f64).collect();
    let count = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / count;
    let squares: f64 = returns.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (squares / (count - 1.0)).sqrt();
    (deviation * per_year.sqrt(), mean / deviation * per_year.sqrt())
}

#[track_caller]
fn assert_ratios(report: &Report, metrics: [Metric; 2], (volatility, sharpe): (f64, f64)) {
    for (metric, expected) in metrics.into_iter().zip([volatility, sharpe]) {
        let value = report.metrics.value(metric).unwrap();
        let name = metric.name();
        assert!((value - expected).abs() < 1e-9 * expected.abs(), "{name}: {value}, {expected}");
    }
}

const DAILY: [Metric; 2] = [Metric::Volatility, Metric::Sharpe];
const BY_BAR: [Metric; 2] = [Metric::VolatilityBar, Metric::SharpeBar];

#[test]
fn a_bar_that_ends_at_midnight_belongs_to_the_day_on_which_it_opened() {
    // A fifth more at the last close of the one day, a fifth more at the only one of the next.
    let (report, _) = hold(&[&bars("6h", 20_000, &[50, 50, 50, 60, 72])]);
    assert_eq!(report.metrics.value(Metric::Volatility), Some(0.0));
    assert_eq!(report.metrics.value(Metric::ReturnDays), Some(2.0));
    assert_eq!(report.metrics.value(Metric::Sharpe), None);
    assert_eq!(report.metrics.value(Metric::FinalEquity), Some(1_440.0));
}

#[test]
fn a_standing_market_and_a_standing_account_have_a_volatility_of_zero() {
    let (standing, _) = hold(&[&bars("1d", 20_000, &[70; 9])]);
    let never = &mut *strategy("sma_cross", &[("fast", 2.into()), ("slow", 3.into())]);
    let (idle, _) = run(never, &[&bars("1d", 20_000, &[70; 9])], None);
    for report in [standing, idle] {
        let value = |metric| report.metrics.value(metric);
        assert_eq!(DAILY.map(value), [Some(0.0), None]);
        assert_eq!(BY_BAR.map(value), [Some(0.0), None]);
        assert_eq!([Metric::Sortino, Metric::Calmar, Metric::Skewness].map(value), [None; 3]);
        assert_eq!([Metric::UlcerIndex, Metric::MaxDrawdown].map(value), [Some(0.0); 2]);
    }
}

#[test]
fn a_longer_timeframe_beside_the_daily_one_changes_nothing() {
    // Of a Thursday, as weeks are counted.
    let days = bars("1d", 19_782, &[500, 520, 490, 515, 560, 550, 470, 490, 500, 530, 520, 540]);
    let (alone, curve) = hold(&[&days]);
    assert_ratios(&alone, DAILY, ratios(&curve, 365.0));
    for longer in ["2d", "3d", "6d"] {
        let longer = resample(&days, longer.parse().unwrap()).unwrap();
        assert_eq!(hold(&[&days, &longer]).0, alone);
    }
}

#[test]
fn sessions_keep_their_days_beside_a_longer_timeframe_that_ends_on_a_weekend() {
    // Two weeks of weekdays; the bars of two days end on a Saturday, and on a Sunday later.
    let weekdays = (0..14).filter(|day| day % 7 < 5).map(|day| (19_786 + day) * DAY_MS);
    let closes = [400, 410, 395, 430, 450, 445, 460, 440, 455, 470];
    let days = Series {
        calendar: Calendar::Sessions,
        ..series("1d".parse().unwrap(), weekdays.zip(closes))
    };
    let (alone, curve) = hold(&[&days]);
    assert_ratios(&alone, DAILY, ratios(&curve, 252.0));
    for longer in ["2d", "3d", "7d"] {
        let longer = resample(&days, longer.parse().unwrap()).unwrap();
        let (both, _) = hold(&[&days, &longer]);
        for metric in DAILY.into_iter().chain([Metric::Sortino, Metric::ReturnDays]) {
            assert_eq!(both.metrics.value(metric), alone.metrics.value(metric), "{metric:?}");
        }
    }
}

#[test]
fn what_is_decided_by_weeks_and_filled_by_days_has_the_returns_of_days() {
    let closes: Vec<i64> = (0..28).map(|day| 300 + (day * day) % 37).collect();
    let days = bars("1d", 19_782, &closes);
    let weeks = resample(&days, "7d".parse().unwrap()).unwrap();
    let (report, curve) = hold(&[&weeks, &days]);
    assert_eq!(curve.len(), 29);
    assert_ratios(&report, DAILY, ratios(&curve, 365.0));
    assert_eq!(report.metrics.value(Metric::ReturnDays), Some(28.0));
}

#[test]
fn weekly_bars_have_as_many_returns_a_year_as_there_are_weeks() {
    for calendar in [Calendar::Sessions, Calendar::AlwaysOpen] {
        let weeks = bars("7d", 19_782, &[200, 210, 190, 205, 231, 220]);
        let (report, curve) = hold(&[&Series { calendar, ..weeks }]);
        assert_ratios(&report, DAILY, ratios(&curve, YEAR_DAYS / 7.0));
        assert_eq!(report.metrics.value(Metric::ReturnDays), Some(6.0));
        // A market that never closes, and was seen to, has the year of its calendar.
        let days = if calendar == Calendar::Sessions { YEAR_DAYS } else { 365.0 };
        assert_ratios(&report, BY_BAR, ratios(&curve, days / 7.0));
    }
}

#[test]
fn hours_of_a_market_that_rests_at_weekends_are_counted_as_they_were_seen() {
    // Two weeks from Sunday 22:00 to Friday 22:00; 2024-03-03 was a Sunday.
    let opens = (0..2).flat_map(|week| (0..120).map(move |hour| 22 + 168 * week + hour));
    let closes = (0..).map(|hour: i64| 11_000 + (hour * 17) % 23 - (hour * hour) % 11);
    let times = opens.map(|hour| 19_785 * DAY_MS + hour * HOUR_MS);
    let hours = series("1h".parse().unwrap(), times.zip(closes));
    let (report, curve) = hold(&[&hours]);
    let per_year = 240.0 / (288.0 / 24.0 / YEAR_DAYS);
    assert_ratios(&report, BY_BAR, ratios(&curve, per_year));
}

#[test]
fn a_strength_that_is_exactly_at_the_level_is_not_below_it() {
    // Four up and six down: averages of 2 and 3, a strength of 40; then halves of them.
    let closes = [100, 104, 98, 98, 98, 98];
    let levels = [("period", 2.into()), ("oversold", 40.into()), ("overbought", 60.into())];
    let (at, _) =
        run(strategy("rsi_reversion", &levels).as_mut(), &[&bars("1h", 0, &closes)], None);
    assert_eq!(at.metrics.value(Metric::FillCount), Some(0.0));
    let levels = [("period", 2.into()), ("oversold", 40.5.into()), ("overbought", 60.into())];
    let (below, _) =
        run(strategy("rsi_reversion", &levels).as_mut(), &[&bars("1h", 0, &closes)], None);
    assert_eq!(below.metrics.value(Metric::FillCount), Some(1.0));
}

#[test]
fn a_market_that_has_not_moved_is_neither_weak_nor_strong() {
    let given = |direction: &str| {
        [
            ("period", 3.into()),
            ("oversold", 1.into()),
            ("overbought", 99.into()),
            ("direction", direction.into()),
        ]
    };
    for direction in ["long_only", "short_only", "both"] {
        let mut strategy = strategy("rsi_reversion", &given(direction));
        let (report, _) = run(strategy.as_mut(), &[&bars("1h", 0, &[50; 12])], None);
        assert_eq!(report.metrics.value(Metric::OrderCount), Some(0.0), "{direction}");
    }
}

/// A long position over a dip to `dip`, where a channel of three bars to enter by is long broken
/// and one of seven to leave by is not.
fn channels(dip: i64) -> Report {
    let given = [
        ("entry", 3.into()),
        ("exit", 7.into()),
        ("atr_period", 1.into()),
        ("atr_stop", 100.0.into()),
        ("direction", "both".into()),
    ];
    let closes = [300, 300, 250, 300, 310, 330, 360, 360, dip, dip, dip];
    let sizing = Some(Sizing::FixedQuantity(Decimal::ONE));
    run(strategy("donchian_breakout", &given).as_mut(), &[&bars("1h", 0, &closes)], sizing).0
}

#[test]
fn a_short_entry_that_is_no_exit_of_the_long_leaves_it_alone() {
    let held = channels(270);
    assert_eq!(held.metrics.value(Metric::FillCount), Some(1.0));
    assert_eq!(held.metrics.value(Metric::TradeCount), Some(0.0));
    let reversed = channels(240);
    assert_eq!(reversed.metrics.value(Metric::FillCount), Some(3.0));
    assert_eq!(reversed.metrics.value(Metric::TradeCount), Some(1.0));
}

/// The bars at which an average over four closes that crosses one over eight is acted upon, if so
/// many bars before bar 20 warm it up.
fn crossings_after(warm_up: usize) -> (Vec<u64>, Report) {
    let closes: Vec<i64> = (0..60).map(|bar| 1_000 + 40 * ((bar / 10) % 2) * (bar % 10)).collect();
    let series = bars("1h", 0, &closes);
    let instrument = Instrument::new("TEST", "NUMBERS").unwrap();
    let range = 20 - warm_up..closes.len();
    let subscribed = [Subscribed { instrument: &instrument, series: &series, range }];
    let simulation = Simulation::with_cash("100000".parse().unwrap());
    let backtest = Backtest::new(&simulation, &subscribed).unwrap();
    let backtest = backtest.trading_from(series.bars.open_time_ms[20]);
    let mut fills = Fills::default();
    let given = [("fast", 4.into()), ("slow", 8.into()), ("direction", "both".into())];
    let mut strategy = strategy("sma_cross", &given);
    let report = backtest.run(strategy.as_mut(), &Meter::default(), &mut fills).unwrap();
    (fills.0, report)
}

#[derive(Default)]
struct Fills(Vec<u64>);

impl Observer for Fills {
    fn fill(&mut self, fill: &Fill) {
        self.0.push(fill.bar);
    }
}

#[test]
fn bars_before_the_span_warm_averages_up_and_count_for_nothing() {
    let (cold, report) = crossings_after(0);
    let (warm, warmed) = crossings_after(9);
    // Without a warm-up the slow average is there from bar 27 on, and a crossing from 28 on.
    assert!(cold.iter().all(|bar| *bar > 28), "{cold:?}");
    assert!(warm[0] < 28 && warm.ends_with(&cold[1..]), "{warm:?} {cold:?}");
    assert_eq!((report.bars, warmed.bars), (40, 40));
    assert_eq!(
        report.metrics.value(Metric::BuyHoldReturn),
        warmed.metrics.value(Metric::BuyHoldReturn)
    );
    let orders = |report: &Report| report.metrics.value(Metric::OrderCount);
    assert!(orders(&warmed) >= orders(&report));
}

#[test]
fn what_is_decided_at_the_last_bar_of_the_warm_up_fills_at_the_first_open_of_the_span() {
    let series = bars("1h", 0, &[50, 51, 52, 53, 54, 55]);
    let instrument = Instrument::new("TEST", "NUMBERS").unwrap();
    let subscribed = [Subscribed { instrument: &instrument, series: &series, range: 1..6 }];
    let simulation = Simulation::with_cash("1000".parse().unwrap());
    let backtest = Backtest::new(&simulation, &subscribed).unwrap();
    let backtest = backtest.trading_from(series.bars.open_time_ms[3]);
    let mut fills = Fills::default();
    let mut hold = strategy("buy_and_hold", &[]);
    let report = backtest.run(hold.as_mut(), &Meter::default(), &mut fills).unwrap();
    assert_eq!((fills.0, report.bars), (vec![3], 3));
    assert_eq!(report.metrics.value(Metric::OrderCount), Some(1.0));
}

/// Holds, and notes with which equity the day of each bar began.
struct Noting {
    hold: Box<dyn Strategy>,
    starts: Vec<i64>,
}

impl Strategy for Noting {
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        self.starts.push(context.account().day_start_equity);
        self.hold.on_bar(bar, context);
    }
}

#[test]
fn a_day_begins_with_the_equity_at_the_last_close_of_the_day_before() {
    // Three bars of eight hours a day, and one in bars of a day beside them.
    let hours = bars("8h", 20_000, &[50, 55, 52, 60, 57, 61, 70, 64, 66]);
    let days = resample(&hours, "1d".parse().unwrap()).unwrap();
    for feeds in [&[&hours][..], &[&hours, &days]] {
        let mut noting = Noting { hold: strategy("buy_and_hold", &[]), starts: Vec::new() };
        let (_, curve) = run(&mut noting, feeds, None);
        let expected: Vec<i64> = (0..9).map(|bar| curve[bar / 3 * 3]).collect();
        assert_eq!(noting.starts, expected);
    }
}
