//! What holds of a warm-up, whatever the market, the account and the strategy.

use proptest::prelude::*;

use super::chaos::{picks, simulations_with_terms, strategy_of};
use super::ending::start_ms;
use super::exchange::{Exchange, exchanges};
use super::laws::Record;
use super::warm_up::last_warm_end_ms;
use super::{Backtest, Meter, Report};
use crate::market::Bar;
use crate::metrics::Metric;
use crate::strategy::{Context, Market, Strategy};
use crate::trading::Simulation;

/// Runs over all bars, and what it orders before a time is thrown away.
struct Muted {
    inner: Box<dyn Strategy>,
    until_ms: i64,
}

impl Strategy for Muted {
    fn begin(&mut self, markets: &[Market]) {
        self.inner.begin(markets);
    }

    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        context.is_warming_up = context.now_ms < self.until_ms;
        self.inner.on_bar(bar, context);
    }

    fn on_moment(&mut self, context: &mut Context<'_>) {
        context.is_warming_up = context.now_ms < self.until_ms;
        self.inner.on_moment(context);
        if context.is_warming_up {
            context.orders.throw_away();
        }
    }

    fn listens_to(&self, subscription: usize) -> bool {
        self.inner.listens_to(subscription)
    }

    fn lookback(&self, subscription: usize) -> usize {
        self.inner.lookback(subscription)
    }

    fn reads_extremes(&self) -> bool {
        self.inner.reads_extremes()
    }
}

fn run(backtest: &Backtest<'_>, strategy: &mut dyn Strategy) -> (Record, Report) {
    let mut record = Record::default();
    let report = backtest.run(strategy, &Meter::default(), &mut record).unwrap();
    (record, report)
}

/// Whether a bar that orders fill in is under way when the run begins. It is none of the run's
/// bars, so nothing fills in it; over all bars it is one like any other.
fn is_begun_amid_a_bar(backtest: &Backtest<'_>) -> bool {
    let start_ms = start_ms(&backtest.feeds);
    backtest.feeds.iter().filter(|feed| feed.executes && feed.first > feed.range.start).any(
        |feed| {
            // Bars of one feed end in the order in which they open.
            feed.end_ms(feed.first - 1) > start_ms
        },
    )
}

/// Compares a run from that time on, warmed up by all bars before it, with one that is muted until
/// then.
fn check(
    exchange: &Exchange,
    simulation: &Simulation,
    (pick, seed): (usize, u64),
    start_ms: i64,
) -> Result<(), TestCaseError> {
    let subscribed = exchange.subscribed();
    let whole = Backtest::new(simulation, &subscribed).unwrap();
    let warmed = whole.clone().trading_from(start_ms);
    if warmed.bar_count() == 0 || is_begun_amid_a_bar(&warmed) {
        return Ok(());
    }
    let until_ms = last_warm_end_ms(&warmed.feeds).unwrap_or(i64::MIN);
    let (seen, report) = run(&warmed, strategy_of(pick, seed).as_mut());
    let mut muted = Muted { inner: strategy_of(pick, seed), until_ms };
    let (expected, whole) = run(&whole, &mut muted);
    prop_assert_eq!(&seen.fills, &expected.fills);
    prop_assert_eq!(&seen.trades, &expected.trades);
    // The first point of a curve stands where its run begins.
    let ends = |record: &Record| -> Vec<(i64, i64)> {
        let points = record.equity.iter().skip(1).copied();
        points.filter(|(time_ms, _)| *time_ms > until_ms).collect()
    };
    prop_assert_eq!(seen.equity.len() - 1, ends(&seen).len());
    prop_assert_eq!(ends(&seen), ends(&expected));
    prop_assert_eq!(&report.rejections, &whole.rejections);
    for metric in [Metric::OrderCount, Metric::FillCount, Metric::FinalEquity, Metric::TradeCount] {
        prop_assert_eq!(report.metrics.value(metric), whole.metrics.value(metric));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn a_run_that_was_warmed_up_trades_as_one_over_all_bars_that_was_muted_before(
        exchange in exchanges(),
        simulation in simulations_with_terms(),
        strategy in (0..picks(), any::<u64>()),
        minute in 0_i64..120,
    ) {
        check(&exchange, &simulation, strategy, minute * 60_000)?;
    }
}
