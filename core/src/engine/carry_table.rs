//! What holding costs, on a few bars that can be worked out by hand.

use std::sync::Arc;

use super::margin_table::paid;
use super::{Backtest, CarryFeed, Meter, Observer, Report, Subscribed};
use crate::market::{
    AuxColumn, AuxName, AuxSeries, Bar, Calendar, Columns, DAY_MS, Instrument, Series, TradingDays,
    Units,
};
use crate::metrics::Metric;
use crate::strategy::{Context, Strategy};
use crate::trading::{
    CarryTerms, Charge, ChargeKind, Entry, FeeTerms, OwnTerms, Side, Simulation, Sizing, Trade,
};

const HOUR_MS: i64 = 3_600_000;
/// Friday 2024-01-05.
const FRIDAY_MS: i64 = 1_704_412_800_000;

/// Enters with the bar of one index, and leaves with that of another.
struct Scripted {
    side: Side,
    enters: usize,
    leaves: usize,
    bars: usize,
}

impl Strategy for Scripted {
    fn on_bar(&mut self, _bar: &Bar, context: &mut Context<'_>) {
        if self.bars == self.enters {
            context.submit(Entry::market(self.side));
        }
        if self.bars == self.leaves {
            context.exit();
        }
        self.bars += 1;
    }
}

#[derive(Default)]
struct Seen {
    charges: Vec<(i64, Charge)>,
    trades: Vec<(Trade, i64)>,
    equity: Vec<(i64, i64)>,
    worst: i64,
}

impl Observer for Seen {
    const EXCURSIONS: bool = true;

    fn charge(&mut self, time_ms: i64, charge: &Charge) {
        self.charges.push((time_ms, *charge));
    }

    fn trade(&mut self, trade: &Trade, profit: i64) {
        self.trades.push((*trade, profit));
    }

    fn open_profit(&mut self, _instrument: u32, profit: i64) {
        self.worst = self.worst.min(profit);
    }

    fn equity(&mut self, time_ms: i64, equity: i64) {
        self.equity.push((time_ms, equity));
    }
}

struct Case<'c> {
    timeframe: &'c str,
    units: (&'c str, &'c str),
    bars: Vec<(i64, [i64; 4])>,
    feeds: Vec<(ChargeKind, &'c [(i64, f64)])>,
    simulation: Simulation,
    strategy: Scripted,
}

impl Case<'_> {
    fn run(mut self) -> (Seen, Report) {
        let mut bars = Columns::default();
        for &(open_time_ms, [open, high, low, close]) in &self.bars {
            bars.push(Bar { open_time_ms, open, high, low, close, volume: 1.0 });
        }
        let (price_tick, quantity_step) = self.units;
        let units = Units {
            price_tick: price_tick.parse().unwrap(),
            quantity_step: quantity_step.parse().unwrap(),
        };
        let timeframe = self.timeframe.parse().unwrap();
        let (calendar, days) = (Calendar::AlwaysOpen, TradingDays::UTC);
        let series = Series { timeframe, units, calendar, days, bars };
        let instrument = instrument();
        let subscribed =
            [Subscribed { instrument: &instrument, series: &series, range: 0..self.bars.len() }];
        let feeds: Vec<_> = self.feeds.iter().map(|(kind, rows)| feed(*kind, rows)).collect();
        let backtest = Backtest::new(&self.simulation, &subscribed).unwrap().with_carry(&feeds);
        let mut seen = Seen::default();
        let report = backtest.run(&mut self.strategy, &Meter::default(), &mut seen).unwrap();
        (seen, report)
    }
}

fn instrument() -> Instrument {
    Instrument::new("TEST", "CARRY").unwrap()
}

fn feed(kind: ChargeKind, rows: &[(i64, f64)]) -> CarryFeed {
    let mut column = AuxColumn::with_capacity(AuxName::new(kind.column()).unwrap(), rows.len());
    for (_, value) in rows {
        column.push(Some(*value));
    }
    let times = rows.iter().map(|(time_ms, _)| *time_ms).collect();
    let series = Arc::new(AuxSeries::new(times, vec![column]).unwrap());
    CarryFeed { instrument: 0, kind, series }
}

fn account(cash: &str, quantity: &str) -> Simulation {
    Simulation {
        sizing: Some(Sizing::FixedQuantity(quantity.parse().unwrap())),
        max_leverage: "2".parse().unwrap(),
        ..Simulation::with_cash(cash.parse().unwrap())
    }
}

fn daily(days: &[i64]) -> Vec<(i64, [i64; 4])> {
    days.iter().map(|day| (day * DAY_MS, [10_000; 4])).collect()
}

fn amounts(seen: &Seen) -> Vec<i64> {
    seen.charges.iter().map(|(_, charge)| charge.amount).collect()
}

#[test]
fn funding_is_paid_on_the_value_at_the_last_close_every_eight_hours() {
    let prices = [1_000_000; 7].map(|price| [price; 4]).into_iter();
    let prices = prices.chain([[1_000_000, 1_000_000, 999_000, 999_333]]);
    let prices = prices.chain([[999_333; 4]; 17]);
    let rows = [(8 * HOUR_MS, 0.0001), (16 * HOUR_MS, -0.000_023_45), (24 * HOUR_MS, 0.0003)];
    let case = Case {
        timeframe: "1h",
        units: ("0.1", "0.001"),
        bars: (0..).zip(prices).map(|(hour, bar)| (hour * HOUR_MS, bar)).collect(),
        feeds: vec![(ChargeKind::Funding, &rows)],
        simulation: Simulation {
            fees: Some(FeeTerms::rate("0.0005".parse().unwrap())),
            ..account("200000", "1.234")
        },
        strategy: Scripted { side: Side::Long, enters: 0, leaves: 23, bars: 0 },
    };
    let (seen, report) = case.run();
    let times: Vec<_> = seen.charges.iter().map(|(time_ms, _)| time_ms / HOUR_MS).collect();
    assert_eq!(times, [8, 16, 24]);
    assert_eq!(amounts(&seen), [12_331_769, -2_891_800, 36_995_308]);
    let (trade, profit) = seen.trades[0];
    assert_eq!((trade.fees, trade.carry, profit), (123_358_846, 46_435_277, -252_101_923));
    assert_eq!(seen.equity.last().unwrap().1, 199_747_898_077);
    assert_eq!(report.metrics.value(Metric::CarryCost), Some(46.435_277));
    assert_eq!(paid(&report), ["fees 123.358846", "funding 46.435277"]);
    // Before the exit, and after the last charge: all but the fee of the exit.
    assert_eq!(seen.worst, profit + 61_658_846);
}

#[test]
fn borrowing_is_paid_by_calendar_days_at_the_first_bar_of_a_later_one() {
    let case = Case {
        timeframe: "1d",
        units: ("0.01", "1"),
        bars: daily(&[0, 3, 4, 5]).into_iter().map(|(ms, bar)| (FRIDAY_MS + ms, bar)).collect(),
        feeds: Vec::new(),
        simulation: Simulation {
            carry: CarryTerms { borrow_rate: "0.03".parse().unwrap(), ..CarryTerms::NONE },
            ..account("100000", "500")
        },
        strategy: Scripted { side: Side::Short, enters: 0, leaves: 2, bars: 0 },
    };
    let own = OwnTerms { borrow_rate: Some("0.03".parse().unwrap()), ..OwnTerms::of(instrument()) };
    let simulation =
        Simulation { carry: CarryTerms::NONE, instruments: vec![own], ..case.simulation.clone() };
    let bars = case.bars.clone();
    let own = Case {
        simulation,
        bars,
        feeds: Vec::new(),
        strategy: Scripted { bars: 0, ..case.strategy },
        ..case
    };
    let (seen, report) = own.run();
    assert_eq!(paid(&report), ["borrow 16.438356"]);
    let equity: Vec<_> = seen.equity.iter().map(|(_, equity)| *equity).collect();
    let all = [100_000_000_000, 100_000_000_000, 99_987_671_233, 99_983_561_644, 99_983_561_644];
    assert_eq!(equity, all);
    assert_eq!(seen.trades[0].1, -16_438_356);
}

#[test]
fn cash_earns_and_owes_by_days_and_no_trade_does() {
    let case = Case {
        timeframe: "1d",
        units: ("0.01", "1"),
        bars: daily(&[0, 1, 2, 3, 4]),
        feeds: Vec::new(),
        simulation: Simulation {
            carry: CarryTerms {
                cash_rate: "0.02".parse().unwrap(),
                debit_rate: "0.08".parse().unwrap(),
                ..CarryTerms::NONE
            },
            ..account("10000", "150")
        },
        strategy: Scripted { side: Side::Long, enters: 1, leaves: 9, bars: 0 },
    };
    let (seen, report) = case.run();
    let equity: Vec<_> = seen.equity.iter().map(|(_, equity)| *equity).collect();
    let all = [
        10_000_000_000,
        10_000_547_945,
        10_001_095_920,
        10_000_000_270,
        9_998_904_380,
        9_997_808_249,
    ];
    assert_eq!(equity, all);
    assert_eq!((seen.trades[0].0.carry, seen.trades[0].1), (0, 0));
    assert_eq!(report.metrics.value(Metric::CarryCost), Some(2.191_751));
    assert_eq!(paid(&report), ["interest 2.191751"]);
}

#[test]
fn a_long_receives_a_dividend_and_a_short_pays_it() {
    for (side, equity) in [(Side::Long, 100_000_500_000), (Side::Short, 99_999_500_000_i64)] {
        let mut bars = daily(&[0, 1, 2, 3]);
        bars[2].1 = [9_950; 4];
        bars[3].1 = [9_950; 4];
        let case = Case {
            timeframe: "1d",
            units: ("0.01", "1"),
            bars,
            feeds: vec![(ChargeKind::Dividends, &[(2 * DAY_MS + HOUR_MS, 0.505)])],
            simulation: account("100000", "100"),
            strategy: Scripted { side, enters: 0, leaves: 9, bars: 0 },
        };
        let (seen, report) = case.run();
        let received = if side == Side::Long { "dividends -50.5" } else { "dividends 50.5" };
        assert_eq!(paid(&report), [received]);
        assert_eq!(amounts(&seen), [-50_500_000 * side.sign()]);
        assert_eq!(seen.equity.last().unwrap().1, equity);
    }
}
