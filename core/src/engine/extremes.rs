//! How far the price went while a position was held, as a strategy reads it: on bars that can be
//! worked out by hand, and for those only that say that they read it.

use std::sync::{Arc, Mutex};

use super::{Backtest, Meter, Subscribed};
use crate::market::{Bar, Calendar, Columns, Decimal, Instrument, Series, TradingDays, Units};
use crate::strategy::{Context, Handover, Scheduled, Strategy};
use crate::trading::{Entry, ExitTerms, OrderKind, Side, Simulation};

const MINUTE_MS: i64 = 60_000;

/// The least and the greatest price, if known.
type Extremes = Option<(i64, i64)>;

/// Buys once the price comes down to 95, and sells at the open of the fifth bar.
#[derive(Clone, Default)]
struct Reader {
    reads: bool,
    seen: Arc<Mutex<Vec<Extremes>>>,
}

impl Reader {
    fn new(reads: bool) -> Self {
        Self { reads, ..Self::default() }
    }

    fn seen(&self) -> Vec<Extremes> {
        self.seen.lock().unwrap().clone()
    }
}

impl Strategy for Reader {
    fn on_bar(&mut self, _bar: &Bar, context: &mut Context<'_>) {
        match context.now_ms / MINUTE_MS {
            1 => {
                let kind = OrderKind::Limit(95);
                context.submit(Entry { kind, ..Entry::market(Side::Long) });
            }
            4 => context.exit(),
            _ => {}
        }
        self.seen.lock().unwrap().push(context.position(0).extremes);
    }

    fn reads_extremes(&self) -> bool {
        self.reads
    }
}

fn series() -> Series {
    let mut bars = Columns::default();
    let rows = [
        [100, 101, 99, 100],
        // It came down to the limit: the high was before.
        [100, 108, 94, 97],
        [97, 99, 96, 98],
        [98, 112, 97, 110],
        [110, 120, 80, 110],
    ];
    for (minute, [open, high, low, close]) in (0..).zip(rows) {
        bars.push(Bar { open_time_ms: minute * MINUTE_MS, open, high, low, close, volume: 1.0 });
    }
    let units = Units { price_tick: Decimal::ONE, quantity_step: Decimal::ONE };
    let (calendar, days) = (Calendar::AlwaysOpen, TradingDays::UTC);
    Series { timeframe: "1m".parse().unwrap(), units, calendar, days, bars }
}

/// Over one feed, or over the same twice: then moments are gone through.
fn run(strategy: &mut dyn Strategy, exits: ExitTerms, feeds: usize) {
    let (series, instrument) = (series(), Instrument::new("TEST", "FAR").unwrap());
    let simulation = Simulation { exits, ..Simulation::with_cash("10000".parse().unwrap()) };
    let range = 0..series.bars.len();
    let coarser = Series { timeframe: "2m".parse().unwrap(), ..series.clone() };
    let subscribed = [&series, &coarser].map(|series| Subscribed {
        instrument: &instrument,
        series,
        range: range.clone(),
    });
    let backtest = Backtest::new(&simulation, &subscribed[..feeds]).unwrap();
    backtest.run(strategy, &Meter::default(), &mut ()).unwrap();
}

const KNOWN: [Extremes; 5] = [None, Some((94, 97)), Some((94, 99)), Some((94, 112)), None];

#[test]
fn a_strategy_that_reads_how_far_the_price_went_is_told() {
    let leaves_late = ExitTerms { max_bars: 100, ..ExitTerms::default() };
    for (exits, feeds) in [(ExitTerms::default(), 1), (leaves_late, 1), (ExitTerms::default(), 2)] {
        let mut reader = Reader::new(true);
        run(&mut reader, exits, feeds);
        assert_eq!(reader.seen(), KNOWN, "{feeds} feeds");
    }
}

#[test]
fn one_that_does_not_say_so_is_told_nothing() {
    let mut reader = Reader::new(false);
    run(&mut reader, ExitTerms::default(), 1);
    assert_eq!(reader.seen(), [None; 5]);
}

#[test]
fn one_that_takes_turns_with_others_is_told_like_one_alone() {
    let reader = Reader::new(true);
    let both: Vec<Box<dyn Strategy>> = vec![Box::new(reader.clone()), Box::new(Reader::new(false))];
    let mut turns = Scheduled::new(both, Vec::new(), Handover::Close);
    run(&mut turns, ExitTerms::default(), 1);
    assert_eq!(reader.seen(), KNOWN);
}
