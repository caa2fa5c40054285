//! What holds when days begin elsewhere than in UTC: no look ahead, and one day for everything.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::chaos::{markets, picks, simulations};
use super::exchange::Exchange;
use super::laws::check_another_future;
use super::{Backtest, Meter, Subscribed};
use crate::market::zone_laws::days_of;
use crate::market::{Bar, Calendar, Columns, Instrument, Series, TradingDays, Units, resample};
use crate::metrics::Metric;
use crate::strategy::{Catalog, Params};
use crate::trading::{EndOfRunPolicy, Simulation};

const HOUR_MS: i64 = 3_600_000;
/// 2024-03-08, a Friday: two days before the clocks of New York go forward.
const FRIDAY_MS: i64 = 1_709_856_000_000;

/// The minutes as hours of a market, from that Friday on.
fn hours(minutes: &Series, days: TradingDays) -> Series {
    let open_time_ms = minutes.bars.open_time_ms.iter().map(|time| FRIDAY_MS + time * 60).collect();
    let bars = Columns { open_time_ms, ..minutes.bars.clone() };
    Series { timeframe: "1h".parse().unwrap(), days, bars, ..*minutes }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_before_a_moment_changes_with_what_follows_whatever_the_zones(
        minutes in markets(),
        simulation in simulations(),
        strategy in (0..picks(), any::<u64>()),
        coarse in prop::sample::select(vec!["4h", "1d", "2d"]),
        day_start in prop::sample::select(vec![0, 570, 1_020]),
        decides_on_days: bool,
        hour in 1_i64..150,
        seed in any::<u64>(),
    ) {
        let simulation =
            Simulation { end_of_run_policy: EndOfRunPolicy::MarkOpen, ..simulation };
        let finest = hours(&minutes, days_of("America/New_York", 0));
        let elsewhere = hours(&minutes, days_of("Australia/Sydney", day_start));
        let longer = resample(&elsewhere, coarse.parse().unwrap()).unwrap();
        let mut feeds = vec![(0, finest), (0, longer)];
        if decides_on_days {
            feeds.reverse();
        }
        let instruments = vec![Instrument::new("TEST", "ZONED").unwrap()];
        let exchange = Exchange { instruments, feeds };
        check_another_future(&exchange, &simulation, strategy, FRIDAY_MS + hour * HOUR_MS, seed)?;
    }
}

/// Hours on either side of midnight of New York, bought at once: up 10 % on the first day there and
/// up 10 % on the second, while UTC sees other days.
#[test]
fn daily_metrics_count_the_days_of_the_first_series() {
    let report = |days: TradingDays| {
        let mut bars = Columns::default();
        // From 2024-03-05T22:00Z, 17:00 of New York, where the eighth bar opens the next day.
        let closes = [1_000, 1_000, 1_000, 1_000, 1_000, 1_100, 1_100, 1_210, 1_210, 1_210, 1_210];
        for (hour, close) in (0..).zip(closes) {
            let open_time_ms = 1_709_676_000_000 + hour * HOUR_MS;
            let [open, high, low] = [close; 3];
            bars.push(Bar { open_time_ms, open, high, low, close, volume: 1.0 });
        }
        let units = Units::with_default_step("0.01".parse().unwrap());
        let (timeframe, calendar) = ("1h".parse().unwrap(), Calendar::AlwaysOpen);
        let series = Series { timeframe, units, calendar, days, bars };
        let instrument = Instrument::new("TEST", "DAYS").unwrap();
        let range = 0..series.bars.len();
        let subscribed = [Subscribed { instrument: &instrument, series: &series, range }];
        let catalog = Catalog::shipped();
        let entry = catalog.find("buy_and_hold", "").unwrap();
        let cash = Simulation::with_cash("10000".parse().unwrap());
        let simulation = Simulation { sizing: entry.default_sizing, ..cash };
        let backtest = Backtest::new(&simulation, &subscribed).unwrap();
        let params = Params::resolve(&entry.params, &BTreeMap::new()).unwrap();
        let mut strategy = (entry.build)(&params).unwrap();
        backtest.run(strategy.as_mut(), &Meter::default(), &mut ()).unwrap()
    };
    // In UTC: two hours without a change, and all of the gain on the next day.
    let utc = report(TradingDays::UTC).metrics;
    let there = report(days_of("America/New_York", 0)).metrics;
    assert!(utc.value(Metric::Volatility).is_some_and(|it| it > 0.0));
    // In New York: two equal returns, so no deviation.
    assert_eq!(there.value(Metric::Volatility), Some(0.0));
    assert_eq!(there.value(Metric::TotalReturn), utc.value(Metric::TotalReturn));
}
