//! A strategy that hears of bars late, and one that goes by the clock alone.

use super::{Backtest, Meter, Observer, Subscribed};
use crate::market::{Bar, Instrument, Series, SyntheticSpec, Units};
use crate::strategy::{Catalog, Context, Params, Stay, Strategy, Timed};
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

/// What it heard, and when.
#[derive(Default)]
struct Listener {
    heard: Vec<(i64, i64)>,
}

impl Strategy for Listener {
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        assert_eq!(context.bar(0), Some(*bar), "what it may read is no later than what it hears");
        self.heard.push((bar.open_time_ms, context.now_ms));
    }
}

const HOUR_MS: i64 = 3_600_000;
const BARS: usize = 400;

fn market() -> Series {
    let spec = SyntheticSpec {
        bar_count: BARS as u64,
        seed: 7,
        annual_volatility: 0.8,
        annual_drift: 0.0,
        trend_strength: 1.0,
        start_ms: 1_704_067_200_000,
        timeframe: "1h".parse().unwrap(),
        units: Units::with_default_step("0.01".parse().unwrap()),
        calendar: None,
    };
    spec.series().unwrap()
}

/// Over all bars, of which so many only warm up.
fn run(series: &Series, warm: usize, delay_bars: usize, strategy: &mut dyn Strategy) -> Seen {
    let simulation = Simulation::with_cash("100000".parse().unwrap());
    let instrument = Instrument::new("TEST", "LATE").unwrap();
    let range = 0..series.bars.len();
    let subscribed = [Subscribed { instrument: &instrument, series, range }];
    let backtest = Backtest::new(&simulation, &subscribed).unwrap();
    let backtest = backtest.trading_from(series.bars.open_time_ms[warm]);
    let mut seen = Seen::default();
    backtest.hearing_late(delay_bars).run(strategy, &Meter::default(), &mut seen).unwrap();
    seen
}

fn crossing() -> Box<dyn Strategy> {
    let catalog = Catalog::shipped();
    let entry = catalog.find("sma_cross", "").unwrap();
    let given = [("fast".to_owned(), 3.into()), ("slow".to_owned(), 9.into())].into();
    let params = Params::resolve(&entry.params, &given).unwrap();
    (entry.build)(&params).unwrap()
}

#[test]
fn each_bar_is_heard_of_once_and_so_many_bars_late() {
    let series = market();
    for (warm, delay) in [(0, 0), (0, 3), (20, 3), (2, 5)] {
        let mut listener = Listener::default();
        run(&series, warm, delay, &mut listener);
        assert_eq!(listener.heard.len(), BARS - delay);
        let late = (1 + delay as i64) * HOUR_MS;
        assert!(listener.heard.iter().all(|(open_ms, now_ms)| now_ms - open_ms == late));
    }
}

#[test]
fn the_same_is_done_so_many_bars_later() {
    let series = market();
    for warm in [0, 30] {
        let at_once = run(&series, warm, 0, crossing().as_mut()).fills;
        let late = run(&series, warm, 4, crossing().as_mut()).fills;
        assert!(late.len() > 10);
        let whens = |fills: &[Fill]| -> Vec<(i64, bool)> {
            fills.iter().map(|fill| (fill.time_ms, fill.quantity > 0)).collect()
        };
        let shifted: Vec<_> = whens(&at_once)
            .into_iter()
            .map(|(time_ms, buys)| (time_ms + 4 * HOUR_MS, buys))
            .collect();
        let late = whens(&late);
        // What was decided before the run began, and in its last bars, is no part of both.
        let inside: Vec<_> = late.iter().filter(|fill| shifted.contains(fill)).collect();
        assert!(inside.len() + 2 >= late.len(), "{late:?} {shifted:?}");
    }
}

#[test]
fn stays_begin_and_end_at_the_opens_that_the_list_says() {
    let series = market();
    let stay = |side, start, end| Stay { side, start, end };
    let stays = [
        stay(Side::Long, 1, 5),
        stay(Side::Short, 5, 6),
        stay(Side::Short, 6, 20),
        stay(Side::Long, 300, 400),
    ];
    for warm in [0, 50] {
        let bars = (BARS - warm) as u64;
        let fitting: Vec<Stay> = stays.iter().filter(|it| it.start < bars).copied().collect();
        let start_ms = series.bars.open_time_ms[warm];
        let seen = run(&series, warm, 0, &mut Timed::new(fitting.clone(), start_ms));
        let told: Vec<Stay> = seen
            .trades
            .iter()
            .map(|trade| Stay {
                side: trade.side,
                start: trade.entry_bar - warm as u64,
                // One that is open at the end has no exit.
                end: trade.exit.map_or(400, |exit| exit.bar - warm as u64),
            })
            .collect();
        assert_eq!(told, fitting, "{warm}");
    }
}
