//! What holds for every market, account, strategy and kind of order.

use proptest::prelude::*;

use super::chaos::{fed, markets, picks, simulations, strategy_of, timeframes};
use super::{Backtest, Meter, Observer, Report, Subscribed};
use crate::market::{Instrument, MoneyUnit, Series};
use crate::metrics::Metric;
use crate::trading::{EndOfRunPolicy, Fill, Simulation, Trade};

/// Random markets, accounts and parameters, each over one of the strategies.
const CASES: u32 = 5_000;

/// Everything that a run tells.
#[derive(Default)]
pub(super) struct Record {
    pub(super) fills: Vec<Fill>,
    trades: Vec<(Trade, i64)>,
    pub(super) equity: Vec<(i64, i64)>,
    /// How many fills there were before each point of equity.
    fills_before: Vec<usize>,
}

impl Observer for Record {
    fn fill(&mut self, fill: &Fill) {
        self.fills.push(*fill);
    }

    fn trade(&mut self, trade: &Trade, profit: i64) {
        self.trades.push((*trade, profit));
    }

    fn equity(&mut self, time_ms: i64, equity: i64) {
        self.equity.push((time_ms, equity));
        self.fills_before.push(self.fills.len());
    }
}

/// Runs the picked strategy on the bars of each feed that end by the time that `known` tells.
pub(super) fn run(
    feeds: &[Series],
    known: impl Fn(&Series) -> Option<i64>,
    simulation: &Simulation,
    (pick, seed): (usize, u64),
) -> (Record, Report) {
    let instrument = Instrument::new("TEST", "CHAOS").unwrap();
    let subscribed: Vec<_> = feeds
        .iter()
        .map(|series| Subscribed {
            instrument: &instrument,
            series,
            range: series.range(None, known(series)),
        })
        .collect();
    let mut record = Record::default();
    let backtest = Backtest::new(simulation, &subscribed).unwrap();
    let report =
        backtest.run(strategy_of(pick, seed).as_mut(), &Meter::default(), &mut record).unwrap();
    (record, report)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn cutting_the_future_changes_no_past_fill(
        minutes in markets(),
        simulation in simulations(),
        strategy in (0..picks(), any::<u64>()),
        timeframes in timeframes(),
        cut in any::<prop::sample::Index>(),
    ) {
        let simulation =
            Simulation { end_of_run_policy: EndOfRunPolicy::MarkOpen, ..simulation };
        let feeds = fed(&minutes, timeframes);
        let finest = feeds.iter().min_by_key(|series| series.timeframe).unwrap();
        let end_of = |bar: usize| finest.bar_end_ms(bar);
        let cut_ms = end_of(cut.index(finest.bars.len()));
        let (whole, _) = run(&feeds, |_| None, &simulation, strategy);
        let (known, _) = run(&feeds, |_| Some(cut_ms), &simulation, strategy);
        let past = |fill: &&Fill| end_of(fill.bar as usize) <= cut_ms;
        prop_assert!(known.fills.iter().eq(whole.fills.iter().filter(past)));
        let past_equity = whole.equity.iter().take_while(|(time_ms, _)| *time_ms <= cut_ms);
        prop_assert!(known.equity.iter().eq(past_equity));
    }

    /// Stronger than the cut at a bar's end: a bar of another feed that ends while the last bar
    /// goes on changes nothing in it, neither by an order nor by taking one back.
    #[test]
    fn what_ends_while_a_bar_goes_on_changes_no_fill_in_it(
        minutes in markets(),
        simulation in simulations(),
        strategy in (0..picks(), any::<u64>()),
        timeframes in timeframes(),
        last in any::<prop::sample::Index>(),
    ) {
        let simulation =
            Simulation { end_of_run_policy: EndOfRunPolicy::MarkOpen, ..simulation };
        let feeds = fed(&minutes, timeframes);
        let finest = feeds.iter().min_by_key(|series| series.timeframe).unwrap();
        let last = last.index(finest.bars.len());
        let (open_ms, end_ms) = (finest.bars.open_time_ms[last], finest.bar_end_ms(last));
        let known = |series: &Series| {
            let is_finest = series.timeframe == finest.timeframe;
            Some(if is_finest { end_ms } else { open_ms })
        };
        let (whole, _) = run(&feeds, |_| None, &simulation, strategy);
        let (known, _) = run(&feeds, known, &simulation, strategy);
        let past = |fill: &&Fill| fill.bar as usize <= last;
        prop_assert!(known.fills.iter().eq(whole.fills.iter().filter(past)));
    }

    #[test]
    fn money_is_neither_made_nor_lost(
        minutes in markets(),
        simulation in simulations(),
        strategy in (0..picks(), any::<u64>()),
    ) {
        let (record, report) = run(std::slice::from_ref(&minutes), |_| None, &simulation, strategy);
        let money = MoneyUnit::for_units([minutes.units]);
        let tick_value = money.tick_value(minutes.units).unwrap();
        let initial = money.count(simulation.initial_cash).unwrap();
        // Cash and position from the fills alone give every point of the equity curve.
        for (point, &(_, equity)) in record.equity.iter().enumerate().skip(1) {
            let fills = &record.fills[..record.fills_before[point]];
            let paid: i64 =
                fills.iter().map(|f| f.price * f.quantity * tick_value + f.commission).sum();
            let held: i64 = fills.iter().map(|fill| fill.quantity).sum();
            let value = held * minutes.bars.close[point - 1] * tick_value;
            prop_assert_eq!(equity, initial - paid + value);
        }
        let metric = |metric| report.metrics.value(metric).unwrap();
        let fees: i64 = record.fills.iter().map(|fill| fill.commission).sum();
        prop_assert_eq!(metric(Metric::FeesPaid), money.amount(fees));
        let slippage: i64 = record.fills.iter().map(|fill| fill.slippage).sum();
        prop_assert_eq!(metric(Metric::SlippageCost), money.amount(slippage));
        // Net is realized plus open, and every fee belongs to a trade.
        let net = record.equity.last().unwrap().1 - initial;
        let sum_of = |is_open: bool| -> i64 {
            let trades = record.trades.iter().filter(|(trade, _)| trade.exit.is_none() == is_open);
            trades.map(|(_, profit)| profit).sum()
        };
        prop_assert_eq!(net, sum_of(false) + sum_of(true));
        prop_assert_eq!(metric(Metric::NetProfit), money.amount(net));
        prop_assert_eq!(metric(Metric::RealizedProfit), money.amount(sum_of(false)));
        prop_assert_eq!(metric(Metric::OpenProfit), money.amount(sum_of(true)));
        prop_assert_eq!(fees, record.trades.iter().map(|(trade, _)| trade.fees).sum::<i64>());
    }

    #[test]
    fn every_fill_is_at_a_price_that_the_bar_can_give(
        minutes in markets(),
        simulation in simulations(),
        strategy in (0..picks(), any::<u64>()),
    ) {
        let (record, _) = run(std::slice::from_ref(&minutes), |_| None, &simulation, strategy);
        let money = MoneyUnit::for_units([minutes.units]);
        let tick_value = money.tick_value(minutes.units).unwrap();
        for fill in &record.fills {
            let bar = minutes.bars.bar(fill.bar as usize);
            let slipped = fill.slippage / (fill.quantity * tick_value);
            let reference = fill.price - slipped;
            prop_assert!((bar.low..=bar.high).contains(&reference), "{fill:?} in {bar:?}");
        }
    }
}
