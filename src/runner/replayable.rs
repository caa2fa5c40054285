//! Which finished runs the present engine computes as they were computed.

use crate::engine::ENGINE_VERSION;
use crate::market::TradingDays;
use crate::run::BacktestSpec;

/// Whether the present engine gives the fills and the money that `engine_version` gave. Metrics of
/// former engines are those that were stored: they are never computed again.
pub(super) fn is_replayable(engine_version: &str, spec: &BacktestSpec) -> bool {
    match engine_version {
        ENGINE_VERSION => true,
        "1" => !is_decided_inside(spec) && !has_mended_signals(spec),
        _ => false,
    }
}

/// Whether decisions may fall into a bar under way: engine 1 saw its open only once it had ended.
fn is_decided_inside(spec: &BacktestSpec) -> bool {
    // Engine 1 had strategies of one instrument only, and days of UTC.
    spec.subscriptions.first().zip(spec.executing().first()).is_some_and(|(deciding, executing)| {
        !TradingDays::UTC.nests(executing.timeframe, deciding.timeframe)
    })
}

/// Whether the strategy's signals are others since: of the relative strength index at ties and in
/// a standing market, and of channels where an entry was no exit of the other side.
fn has_mended_signals(spec: &BacktestSpec) -> bool {
    match spec.strategy.name.as_str() {
        "rsi_reversion" => true,
        "donchian_breakout" => {
            let params = &spec.params;
            params.choice("direction") == "both" && params.length("exit") > params.length("entry")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::digest::Digest;
    use crate::market::{Decimal, Instrument, Units};
    use crate::run::{StrategyRef, Subscription};
    use crate::strategy::{Catalog, ParamValue, Params};
    use crate::trading::Simulation;

    fn of_first(strategy: &str, given: &[(&str, ParamValue)], timeframes: &[&str]) -> bool {
        let catalog = Catalog::shipped();
        let entry = catalog.find(strategy, "").unwrap();
        let given: BTreeMap<_, _> =
            given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let subscription = |timeframe: &&str| Subscription {
            instrument: Instrument::new("TEST", "BARS").unwrap(),
            timeframe: timeframe.parse().unwrap(),
            data: Digest::of(b"bars"),
            units: Units::with_default_step(Decimal::ONE),
        };
        let spec = BacktestSpec {
            strategy: StrategyRef {
                rules: None,
                name: entry.name.to_string(),
                version: entry.version.to_string(),
            },
            params: Params::resolve(&entry.params, &given).unwrap(),
            subscriptions: timeframes.iter().map(subscription).collect(),
            start_ms: 0,
            end_ms: 1,
            warmup_bars: 0,
            aux: Vec::new(),
            schedule: None,
            benchmark: None,
            simulation: Simulation::with_cash(Decimal::ONE),
        };
        assert!(is_replayable(ENGINE_VERSION, &spec));
        assert!(!is_replayable("0", &spec));
        is_replayable("1", &spec)
    }

    #[test]
    fn decisions_at_the_ends_of_executing_bars_are_filled_as_ever() {
        for timeframes in [&["1h"][..], &["1h", "5m"], &["1d", "7d"], &["5m", "7m"]] {
            assert!(of_first("sma_cross", &[], timeframes), "{timeframes:?}");
        }
        for timeframes in [&["5m", "3m"][..], &["1d", "7h"], &["1h", "30m", "7m"]] {
            assert!(!of_first("sma_cross", &[], timeframes), "{timeframes:?}");
        }
    }

    #[test]
    fn signals_that_were_mended_are_not_given_again() {
        assert!(!of_first("rsi_reversion", &[], &["1h"]));
        let channel = |direction: &str, entry: i64, exit: i64| {
            let given =
                [("direction", direction.into()), ("entry", entry.into()), ("exit", exit.into())];
            of_first("donchian_breakout", &given, &["1h"])
        };
        assert!(channel("both", 20, 20) && channel("long_only", 10, 20));
        assert!(!channel("both", 10, 11));
    }
}
