//! The run key: equal work has an equal key.
//!
//! A SHA-256 over our own encoding of the resolved spec, never over protobuf or JSON bytes.
//! Names, labels, priority, request id and reuse policy are no work and not in it.

use super::extensions::extensions;
use super::search_key::write_search;
use super::spec::{BacktestSpec, RunSpec, Subscription};
use crate::digest::{Digest, Encoder};
use crate::market::Decimal;
use crate::rules::LANGUAGE;
use crate::strategy::ParamValue;
use crate::trading::{EndOfRunPolicy, EntryBarPolicy, RangeFraction, Simulation, Sizing};

/// Names what is hashed, and the version of its format.
const DOMAIN: &str = "tradeforge.run-key/1";

/// The key of that work under that engine.
pub fn run_key(spec: &RunSpec, engine_version: &str) -> Digest {
    let mut encoder = Encoder::new(DOMAIN);
    encoder.text(engine_version);
    match spec {
        RunSpec::Backtest(backtest) => {
            encoder.text("backtest");
            write_backtest(&mut encoder, backtest);
        }
        RunSpec::Optimization(optimization) => {
            encoder.text("optimization");
            write_backtest(&mut encoder, &optimization.base);
            write_search(&mut encoder, optimization);
        }
        RunSpec::Validation(validation) => {
            encoder.text("validation/3");
            write_backtest(&mut encoder, &validation.search.base);
            write_search(&mut encoder, &validation.search);
            validation.write(&mut encoder);
        }
        RunSpec::WalkForward(walk) => walk.write(&mut encoder),
        RunSpec::Robustness(robustness) => robustness.write(&mut encoder),
    }
    write_extensions(&mut encoder, spec.base());
    encoder.finish()
}

/// Nothing at all where the spec says only what the first version could state.
fn write_extensions(encoder: &mut Encoder, spec: &BacktestSpec) {
    let extensions = extensions(spec);
    if extensions.is_empty() {
        return;
    }
    encoder.text("extensions").integer(extensions.len() as i64);
    for (path, value) in &extensions {
        encoder.text(path).text(value);
    }
}

pub(super) fn write_backtest(encoder: &mut Encoder, spec: &BacktestSpec) {
    match &spec.strategy.rules {
        None => encoder.text(&spec.strategy.name).text(&spec.strategy.version),
        // No strategy can have such a name. A text is what it computes, whatever it is called.
        Some(rules) => encoder.text(LANGUAGE).text(&rules.meaning.to_string()),
    };
    let params: Vec<_> = spec.params.iter().collect();
    encoder.integer(params.len() as i64);
    for (name, value) in params {
        encoder.text(name);
        write_param(encoder, value);
    }
    encoder.integer(spec.subscriptions.len() as i64);
    for subscription in &spec.subscriptions {
        write_subscription(encoder, subscription);
    }
    encoder.integer(spec.start_ms).integer(spec.end_ms);
    write_simulation(encoder, &spec.simulation);
}

pub(super) fn write_param(encoder: &mut Encoder, value: &ParamValue) {
    match value {
        ParamValue::Bool(value) => encoder.text("bool").integer(i64::from(*value)),
        ParamValue::Int(value) => encoder.text("int").integer(*value),
        ParamValue::Double(value) => encoder.text("double").double(*value),
        ParamValue::Text(value) => encoder.text("text").text(value),
    };
}

pub(super) fn write_subscription(encoder: &mut Encoder, subscription: &Subscription) {
    encoder
        .text(subscription.instrument.exchange.as_str())
        .text(subscription.instrument.symbol.as_str())
        .integer(subscription.timeframe.word())
        .bytes(subscription.data.as_bytes());
}

pub(super) fn write_simulation(encoder: &mut Encoder, simulation: &Simulation) {
    write_decimal(encoder, simulation.initial_cash);
    write_decimal(encoder, simulation.commission_rate);
    encoder.integer(i64::from(simulation.slippage_ticks));
    encoder.optional(simulation.sizing, |encoder, sizing| {
        let (Sizing::FixedQuantity(amount)
        | Sizing::FixedNotional(amount)
        | Sizing::EquityFraction(amount)
        | Sizing::RiskFraction(amount)
        | Sizing::RangeFraction(RangeFraction { fraction: amount, .. })) = sizing;
        encoder.text(sizing.kind());
        write_decimal(encoder, amount);
    });
    write_decimal(encoder, simulation.max_leverage);
    encoder.text(match simulation.entry_bar_policy {
        EntryBarPolicy::WorstCase => "worst_case",
        EntryBarPolicy::NextBar => "next_bar",
    });
    encoder.text(match simulation.end_of_run_policy {
        EndOfRunPolicy::MarkOpen => "mark_open",
        EndOfRunPolicy::CloseAtLastClose => "close_at_last_close",
    });
    write_decimal(encoder, simulation.risk_free_rate);
    encoder.optional(simulation.periods_per_year, |encoder, periods| {
        encoder.integer(i64::from(periods));
    });
}

/// A decimal in its one canonical form: lowest mantissa and scale.
pub(super) fn write_decimal(encoder: &mut Encoder, decimal: Decimal) {
    encoder.integer(decimal.mantissa()).integer(i64::from(decimal.scale()));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::spec::OptimizationSpec;
    use super::*;
    use crate::market::{AuxKey, AuxName, Instrument, Units};
    use crate::run::{AuxSource, StrategyRef};
    use crate::strategy::{Catalog, Params};
    use crate::sweep::Search;
    use crate::trading::{
        AtrDistance, BreakEven, Distance, FeeTerms, MarginTerms, OwnTerms, SlippageTerms,
        TakeProfit, TrailingStop,
    };

    fn spec(change: impl FnOnce(&mut BacktestSpec)) -> RunSpec {
        let catalog = Catalog::shipped();
        let entry = catalog.find("sma_cross", "").unwrap();
        let mut simulation = Simulation::with_cash("10000".parse().unwrap());
        simulation.commission_rate = "0.001".parse().unwrap();
        let mut spec = BacktestSpec {
            strategy: StrategyRef {
                name: entry.name.clone().into_owned(),
                version: entry.version.clone().into_owned(),
                rules: None,
            },
            params: Params::resolve(&entry.params, &BTreeMap::new()).unwrap(),
            subscriptions: vec![Subscription {
                instrument: Instrument::new("BINANCE", "BTCUSDT").unwrap(),
                timeframe: "1m".parse().unwrap(),
                data: Digest::of(b"bars"),
                units: Units::with_default_step("0.01".parse().unwrap()),
            }],
            start_ms: 0,
            end_ms: 60_000,
            warmup_bars: 0,
            aux: Vec::new(),
            schedule: None,
            benchmark: None,
            simulation,
        };
        change(&mut spec);
        RunSpec::Backtest(spec)
    }

    fn fees(maker: &str, maximum_rate: Option<Decimal>) -> FeeTerms {
        let rate = FeeTerms::rate("0.001".parse().unwrap());
        FeeTerms { maker_rate: maker.parse().unwrap(), maximum_rate, ..rate }
    }

    fn atr(multiple: &str, period: u32) -> Distance {
        Distance::Atr(AtrDistance { multiple: multiple.parse().unwrap(), period })
    }

    fn margin(spec: &mut BacktestSpec, initial_rate: Option<Decimal>, fee: Decimal) {
        let (maintenance_rate, liquidation_fee_rate) = (Decimal::ZERO, fee);
        let margin = MarginTerms { initial_rate, maintenance_rate, liquidation_fee_rate };
        spec.simulation.margin = Some(margin);
    }

    /// The instrument is charged by one of two series, or by its own rate.
    fn charge(spec: &mut BacktestSpec, funding: Option<&str>, dividends: Option<&str>) {
        let instrument = spec.subscriptions[0].instrument.clone();
        let source = |name: &str| AuxSource {
            key: AuxKey { name: AuxName::new(name).unwrap(), instrument: None },
            data: Digest::of(name.as_bytes()),
        };
        let named = |name: &str| AuxName::new(name).unwrap();
        spec.aux = funding.into_iter().chain(dividends).map(source).collect();
        spec.simulation.instruments = vec![OwnTerms {
            borrow_rate: spec.aux.is_empty().then_some(Decimal::ZERO),
            funding: funding.map(named),
            dividends: dividends.map(named),
            ..OwnTerms::of(instrument)
        }];
    }

    /// Something differs for the instrument.
    fn own(spec: &mut BacktestSpec, change: impl FnOnce(&mut OwnTerms)) {
        let mut own = OwnTerms::of(spec.subscriptions[0].instrument.clone());
        change(&mut own);
        spec.simulation.instruments = vec![own];
    }

    fn target(portion: Decimal) -> TakeProfit {
        TakeProfit { distance: Distance::Ticks(3), portion }
    }

    fn trailing(activation: Option<Distance>, chandelier: bool) -> TrailingStop {
        TrailingStop { distance: atr("3", 14), activation, chandelier }
    }

    fn break_even(offset: Option<Distance>) -> BreakEven {
        BreakEven { trigger: Distance::Ticks(5), offset }
    }

    fn key(change: impl FnOnce(&mut BacktestSpec)) -> Digest {
        run_key(&spec(change), "1")
    }

    #[test]
    fn a_change_of_the_encoding_is_deliberate() {
        assert_eq!(
            key(|_| ()).to_string(),
            "cb44affe080b21a2c5abe49ab61fe6bdde0289c477ceb69e3d9bd520729f4585"
        );
    }

    #[test]
    fn spellings_of_the_same_work_share_a_key() {
        let spelled = key(|spec| {
            spec.simulation.commission_rate = "0.00100".parse().unwrap();
            spec.subscriptions[0].instrument = Instrument::new("binance", "btcusdt").unwrap();
            spec.subscriptions[0].timeframe = "1m".parse().unwrap();
        });
        assert_eq!(spelled, key(|_| ()));
    }

    #[test]
    fn a_search_that_was_drawn_on_is_other_work_than_it_was_before_that_could_be() {
        let RunSpec::Backtest(base) = spec(|_| ()) else { panic!("a backtest") };
        let search = |drawn| OptimizationSpec {
            base: base.clone(),
            axes: Vec::new(),
            subscription_axis: Vec::new(),
            search: Search::Random { trial_count: 9, seed: 1 },
            objective: crate::run::Objective::default(),
            across: None,
            constraints: Vec::new(),
            param_constraints: Vec::new(),
            trials_max: 9,
            failed_trials_max: None,
            drawn,
            extends: None,
            more_objectives: Vec::new(),
            proposed: None,
        };
        let key = |drawn| run_key(&RunSpec::Optimization(Box::new(search(drawn))), "1");
        let drawn = crate::sweep::Drawn { places: 6_000_000, total: 9 };
        assert_ne!(key(None), key(Some(drawn)));
        assert_eq!(key(Some(drawn)), key(Some(crate::sweep::Drawn { total: 8, ..drawn })));
        let stored = serde_json::to_string(&search(None)).unwrap();
        assert!(!stored.contains("drawn"), "{stored}");
        assert_eq!(serde_json::from_str::<OptimizationSpec>(&stored).unwrap(), search(None));
        let stored = serde_json::to_string(&search(Some(drawn))).unwrap();
        assert_eq!(serde_json::from_str::<OptimizationSpec>(&stored).unwrap(), search(Some(drawn)));
    }

    type Change = fn(&mut BacktestSpec);

    fn changes_of_exits() -> Vec<Change> {
        vec![
            |s| s.simulation.exits.stop_loss = Some(Distance::Ticks(2)),
            |s| s.simulation.exits.stop_loss = Some(Distance::Percent("0.02".parse().unwrap())),
            |s| s.simulation.exits.stop_loss = Some(atr("2", 14)),
            |s| s.simulation.exits.stop_loss = Some(atr("2", 15)),
            |s| s.simulation.exits.take_profits = vec![target(Decimal::ONE)],
            |s| s.simulation.exits.take_profits = vec![target(Decimal::ONE); 2],
            |s| s.simulation.exits.take_profits = vec![target("0.5".parse().unwrap())],
            |s| s.simulation.exits.trailing_stop = Some(trailing(None, false)),
            |s| s.simulation.exits.trailing_stop = Some(trailing(Some(atr("1", 14)), false)),
            |s| s.simulation.exits.trailing_stop = Some(trailing(None, true)),
            |s| s.simulation.exits.break_even = Some(break_even(None)),
            |s| s.simulation.exits.break_even = Some(break_even(Some(Distance::Ticks(1)))),
            |s| s.simulation.exits.max_bars = 9,
            |s| s.simulation.exits.daily_exit_minute = Some(0),
            |s| s.simulation.limits.max_positions = 1,
            |s| s.simulation.limits.max_entries = 1,
            |s| s.simulation.limits.max_volume_share = Some(Decimal::ONE),
            |s| s.simulation.limits.cool_down_bars = 1,
            |s| s.simulation.limits.cool_down_after_loss_only = true,
            |s| s.simulation.limits.close_after_days_without_bars = 1,
            |s| s.simulation.carry.borrow_rate = "0.03".parse().unwrap(),
            |s| s.simulation.carry.cash_rate = "0.03".parse().unwrap(),
            |s| s.simulation.carry.debit_rate = "0.03".parse().unwrap(),
            |s| charge(s, None, None),
            |s| own(s, |own| own.contract_multiplier = "50".parse().ok()),
            |s| own(s, |own| own.contract_multiplier = "5".parse().ok()),
            |s| own(s, |own| own.fees = Some(FeeTerms::rate(Decimal::ZERO))),
            |s| own(s, |own| own.fees = Some(fees("0.0005", None))),
            |s| own(s, |own| own.slippage = Some(SlippageTerms::default())),
            |s| {
                let slippage = SlippageTerms { ticks: 1, ..SlippageTerms::default() };
                own(s, |own| own.slippage = Some(slippage));
            },
            |s| {
                let slippage = SlippageTerms { limit_through_ticks: 1, ..SlippageTerms::default() };
                own(s, |own| own.slippage = Some(slippage));
            },
            |s| {
                let rate = "0.001".parse().ok();
                let slippage = SlippageTerms { rate, ..SlippageTerms::default() };
                own(s, |own| own.slippage = Some(slippage));
            },
            |s| {
                let range_fraction = Some(Decimal::ONE);
                let slippage = SlippageTerms { range_fraction, ..SlippageTerms::default() };
                own(s, |own| own.slippage = Some(slippage));
            },
            |s| own(s, |own| own.margin = Some(MarginTerms::LEAST)),
            |s| {
                let initial_rate = Some(Decimal::ONE);
                let margin = MarginTerms { initial_rate, ..MarginTerms::LEAST };
                own(s, |own| own.margin = Some(margin));
            },
            |s| margin(s, None, Decimal::ZERO),
            |s| margin(s, Some(Decimal::ONE), Decimal::ZERO),
            |s| margin(s, None, Decimal::ONE),
            |s| charge(s, Some("funding"), None),
            |s| charge(s, None, Some("funding")),
            |s| charge(s, Some("funding"), Some("other")),
            |s| charge(s, Some("other"), Some("funding")),
        ]
    }

    #[test]
    fn every_meaningful_field_changes_the_key() {
        let changes: &[Change] = &[
            |s| s.strategy.name = "other".into(),
            |s| s.strategy.version = "2".into(),
            |s| {
                let given = BTreeMap::from([("fast".to_owned(), 11.into())]);
                let catalog = Catalog::shipped();
                let schema = &catalog.find("sma_cross", "").unwrap().params;
                s.params = Params::resolve(schema, &given).unwrap();
            },
            |s| s.subscriptions[0].data = Digest::of(b"other bars"),
            |s| s.subscriptions[0].timeframe = "5m".parse().unwrap(),
            |s| s.subscriptions[0].instrument = Instrument::new("BINANCE", "ETHUSDT").unwrap(),
            |s| s.subscriptions.push(s.subscriptions[0].clone()),
            |s| s.start_ms = 1,
            |s| s.end_ms = 60_001,
            |s| s.warmup_bars = 1,
            |s| s.warmup_bars = 2,
            |s| s.benchmark = Some(s.subscriptions[0].clone()),
            |s| {
                let timeframe = "5m".parse().unwrap();
                let other = Subscription { timeframe, ..s.subscriptions[0].clone() };
                s.benchmark = Some(other);
            },
            |s| s.simulation.initial_cash = "10001".parse().unwrap(),
            |s| s.simulation.commission_rate = Decimal::ZERO,
            |s| s.simulation.slippage_ticks = 1,
            |s| s.simulation.slippage_rate = Some("0.001".parse().unwrap()),
            |s| s.simulation.slippage_range = Some("0.001".parse().unwrap()),
            |s| s.simulation.limit_through_ticks = 1,
            |s| s.simulation.fees = Some(FeeTerms::rate("0.001".parse().unwrap())),
            |s| s.simulation.fees = Some(fees("0.0005", None)),
            |s| s.simulation.fees = Some(fees("0.001", Some("0.001".parse().unwrap()))),
            |s| s.simulation.sizing = Some(Sizing::RiskFraction(Decimal::ONE)),
            |s| s.simulation.sizing = None,
            |s| s.simulation.sizing = Some(Sizing::FixedQuantity(Decimal::ONE)),
            |s| s.simulation.sizing = Some(Sizing::FixedNotional(Decimal::ONE)),
            |s| s.simulation.max_leverage = "2".parse().unwrap(),
            |s| s.simulation.entry_bar_policy = EntryBarPolicy::NextBar,
            |s| s.simulation.end_of_run_policy = EndOfRunPolicy::CloseAtLastClose,
            |s| s.simulation.risk_free_rate = "0.02".parse().unwrap(),
            |s| s.simulation.periods_per_year = Some(252),
        ];
        let mut keys: Vec<_> = changes.iter().chain(&changes_of_exits()).map(key).collect();
        keys.push(key(|_| ()));
        keys.push(run_key(&spec(|_| ()), "2"));
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}
