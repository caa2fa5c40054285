//! What fills go by of the bar before, its range and its volume, on a few bars that can be worked
//! out by hand.

use super::margin_table::paid;
use super::{Backtest, Meter, Observer, Report, Subscribed};
use crate::market::{Bar, Calendar, Columns, Decimal, Instrument, Series, TradingDays, Units};
use crate::strategy::{Context, Strategy};
use crate::trading::{
    Entry, Fill, OwnTerms, PositionLimits, Rejection, Side, Simulation, Size, SlippageTerms,
};

const HOUR_MS: i64 = 3_600_000;

/// Buys a hundred at the end of the first bar that counts, and sells them at that of the second.
#[derive(Default)]
struct Twice(usize);

impl Strategy for Twice {
    fn on_bar(&mut self, _bar: &Bar, context: &mut Context<'_>) {
        if context.is_warming_up {
            return;
        }
        self.0 += 1;
        match self.0 {
            1 => _ = context.submit(Entry::market(Side::Long).sized(Size::Steps(100))),
            2 => context.exit(),
            _ => {}
        }
    }
}

#[derive(Default)]
struct Prices(Vec<i64>);

impl Observer for Prices {
    fn fill(&mut self, fill: &Fill) {
        self.0.push(fill.price);
    }
}

const ROWS: [[i64; 4]; 3] =
    [[10_000, 10_040, 9_970, 10_000], [10_000, 10_100, 9_900, 10_050], [10_050; 4]];

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn instrument() -> Instrument {
    Instrument::new("TEST", "SLIPS").unwrap()
}

fn account() -> Simulation {
    Simulation { sizing: None, ..Simulation::with_cash(decimal("100000")) }
}

/// Over the bars from one on.
fn run(rows: &[[i64; 4]], first: usize, simulation: &Simulation) -> (Vec<i64>, Report) {
    let mut bars = Columns::default();
    for (hour, &[open, high, low, close]) in (0..).zip(rows) {
        bars.push(Bar { open_time_ms: hour * HOUR_MS, open, high, low, close, volume: 1_000.0 });
    }
    let units = Units { price_tick: decimal("0.01"), quantity_step: Decimal::ONE };
    let (calendar, days) = (Calendar::AlwaysOpen, TradingDays::UTC);
    let series = Series { timeframe: "1h".parse().unwrap(), units, calendar, days, bars };
    let instrument = instrument();
    let range = first..series.bars.len();
    let subscribed = [Subscribed { instrument: &instrument, series: &series, range }];
    let backtest = Backtest::new(simulation, &subscribed).unwrap();
    let mut prices = Prices::default();
    let report = backtest.run(&mut Twice::default(), &Meter::default(), &mut prices).unwrap();
    (prices.0, report)
}

#[test]
fn ticks_a_rate_and_a_part_of_the_range_before_add_up_each_rounded_up() {
    let parts = Simulation {
        slippage_ticks: 1,
        slippage_rate: Some(decimal("0.0002")),
        slippage_range: Some(decimal("0.1")),
        ..account()
    };
    // One, two of 10,000 and seven of 70; one, three of 10,050 and twenty of 200.
    let (prices, report) = run(&ROWS, 0, &parts);
    assert_eq!(prices, [10_010, 10_026]);
    assert_eq!(paid(&report), ["slippage 34"]);
    let slippage = Some(parts.slippage_terms());
    let own = OwnTerms { slippage, ..OwnTerms::of(instrument()) };
    let of_one = Simulation { instruments: vec![own], ..account() };
    assert_eq!(run(&ROWS, 0, &of_one).0, [10_010, 10_026]);
}

#[test]
fn the_range_is_that_of_the_bar_before_the_fill_wherever_the_run_begins() {
    let slippage = SlippageTerms { range_fraction: Some(decimal("0.101")), ..Default::default() };
    let simulation = Simulation { slippage_range: slippage.range_fraction, ..account() };
    let rows = [[10_000, 19_000, 1_000, 10_000], ROWS[0], ROWS[1], ROWS[2]];
    // Eight of 70 and 21 of 200, rounded up; the wide bar before those changes nothing.
    assert_eq!(run(&rows, 1, &simulation).0, [10_008, 10_029]);
    assert_eq!(run(&rows, 0, &simulation).0, [10_000 + 1_818, 10_000 - 8]);
}

#[test]
fn an_entry_that_is_too_much_of_the_volume_of_the_bar_before_is_refused_whole() {
    let with = |share: &str| {
        let max_volume_share = Some(decimal(share));
        let limits = PositionLimits { max_volume_share, ..PositionLimits::NONE };
        run(&ROWS, 0, &Simulation { limits, ..account() })
    };
    // A hundred of a thousand.
    let (prices, report) = with("0.1");
    assert_eq!((prices.len(), report.rejections.len()), (2, 0));
    let (prices, report) = with("0.099");
    assert!(prices.is_empty(), "{prices:?}");
    assert_eq!(report.rejections, [(Rejection::VolumeLimit, 1)].into());
}

#[test]
fn volume_counts_contracts_whatever_one_of_them_is_worth() {
    let with = |share: &str, multiplier: &str| {
        let max_volume_share = Some(decimal(share));
        let limits = PositionLimits { max_volume_share, ..PositionLimits::NONE };
        let contract_multiplier = Some(decimal(multiplier));
        let own = OwnTerms { contract_multiplier, ..OwnTerms::of(instrument()) };
        // A hundred at 100.00, each worth fifty of them: 500,000.
        let simulation = Simulation { limits, instruments: vec![own], ..account() };
        run(&ROWS, 0, &Simulation { initial_cash: decimal("500000"), ..simulation })
    };
    for multiplier in ["1", "50", "0.01"] {
        // A hundred of a thousand contracts, not 5,000 of a thousand, nor one.
        let (prices, report) = with("0.1", multiplier);
        assert_eq!((prices.len(), report.rejections.len()), (2, 0), "{multiplier}");
        let (prices, report) = with("0.099", multiplier);
        assert!(prices.is_empty(), "{multiplier}: {prices:?}");
        assert_eq!(report.rejections, [(Rejection::VolumeLimit, 1)].into());
    }
    // From 100.00 to 100.50, a hundred times, fifty of each.
    let profit = with("0.1", "50").1.metrics.value(crate::metrics::Metric::NetProfit);
    assert_eq!(profit, Some(2_500.0));
}
