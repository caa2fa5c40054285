//! What a run under stress tells of backtests that are made up.

use std::collections::BTreeMap;

use super::key::run_key;
use super::robustness::{Neighbour, NoiseTerms, PathTerms, RobustnessSpec};
use super::robustness_result::{BaseDays, RobustnessResult, VariantFound, break_even};
use super::spec::{BacktestSpec, RunSpec, StrategyRef, Subscription};
use crate::digest::Digest;
use crate::market::{Decimal, Instrument, Units};
use crate::metrics::{Metric, Metrics};
use crate::strategy::{Catalog, Params};
use crate::trading::Simulation;
use crate::validation::{Paths, Resampling, Yearly, shuffled};

fn backtest() -> BacktestSpec {
    let catalog = Catalog::shipped();
    let entry = catalog.find("sma_cross", "").unwrap();
    BacktestSpec {
        strategy: StrategyRef {
            name: entry.name.to_string(),
            version: entry.version.to_string(),
            rules: None,
        },
        params: Params::resolve(&entry.params, &BTreeMap::new()).unwrap(),
        subscriptions: vec![Subscription {
            instrument: Instrument::new("TEST", "BARS").unwrap(),
            timeframe: "1h".parse().unwrap(),
            data: Digest::of(b"bars"),
            units: Units::with_default_step(Decimal::ONE),
        }],
        start_ms: 0,
        end_ms: 1_000_000_000,
        warmup_bars: 0,
        aux: Vec::new(),
        schedule: None,
        benchmark: None,
        simulation: Simulation::with_cash("1000".parse().unwrap()),
    }
}

fn neighbour(steps: i64) -> Neighbour {
    let params = BTreeMap::from([("fast".to_owned(), (10 + steps).into())]);
    Neighbour { moved: Some("fast".into()), steps, params }
}

fn spec() -> RobustnessSpec {
    let factors = ["0", "1", "2", "5"].map(|factor| factor.parse().unwrap());
    RobustnessSpec {
        base: backtest(),
        seed: 3,
        paths: Some(PathTerms {
            count: 200,
            mean_block_days: Some(3.0),
            ruin_levels: vec![0.2, 0.9],
        }),
        neighbour_steps: 1,
        box_count: 0,
        box_steps: 0,
        neighbours: vec![neighbour(-1), neighbour(1)],
        commission_factors: factors.to_vec(),
        slippage_ticks: vec![0, 10],
        starts_ms: vec![86_400_000, 2 * 86_400_000],
        noise: Some(NoiseTerms { count: 2, part: 0.1 }),
        delay_bars: vec![1, 4],
        random_entries: 3,
    }
}

fn of(profit: f64, sharpe: f64) -> Metrics {
    let mut metrics = Metrics::default();
    metrics.set(Metric::NetProfit, profit);
    metrics.set(Metric::TotalReturn, profit / 1_000.0);
    metrics.set(Metric::Sharpe, sharpe);
    metrics
}

/// As many as the spec has, with their profit and their ratio; the third failed.
fn found() -> Vec<VariantFound> {
    let told = vec![
        (100.0, 1.0),
        (60.0, 0.6),
        (0.0, 0.0),
        (150.0, 1.2),
        (100.0, 1.0),
        (50.0, 0.4),
        (-100.0, -0.6),
        (100.0, 1.0),
        (20.0, 0.2),
        (-5.0, -0.1),
        (70.0, 0.8),
        (90.0, 0.9),
        (-1.0, -0.1),
        (30.0, 0.3),
        (-10.0, -0.2),
        (100.0, 1.1),
        (99.0, 0.9),
        (300.0, 2.0),
    ];
    let outcome = |place: u64, (profit, sharpe): (f64, f64)| match place {
        2 => Err("OVERFLOW".to_owned()),
        _ => Ok(of(profit, sharpe)),
    };
    (0..)
        .zip(told)
        .map(|(place, told)| VariantFound { place, outcome: outcome(place, told) })
        .collect()
}

fn base() -> BaseDays {
    let returns = (0..60).map(|day| if day % 3 == 0 { -0.012 } else { 0.01 }).collect();
    let yearly = Yearly { days_per_year: 365.0, risk_free_rate: 0.0 };
    BaseDays { returns, yearly, result_sha256: Digest::of(b"result"), trade_returns: Vec::new() }
}

fn paths(base: &BaseDays, seed: u64) -> Paths {
    let days = base.returns.len();
    let resampling = Resampling { days, count: 200, mean_block_days: 3.0, seed };
    Paths::of(&base.returns, &resampling, base.yearly, || true).unwrap()
}

fn result(found: &[VariantFound]) -> RobustnessResult {
    let base = base();
    RobustnessResult::of(&spec(), found, &base, (Some((&paths(&base, 3), 3.0)), &[])).0
}

#[test]
fn places_follow_part_by_part_and_name_what_is_changed() {
    let spec = spec();
    assert_eq!(spec.places(), found().len() as u64);
    let told: Vec<_> =
        spec.variants().map(|variant| format!("{} {}", variant.name(), variant.amount())).collect();
    assert_eq!(
        told,
        [
            " 0",
            "fast -1",
            "fast 1",
            "commission 0",
            "commission 1",
            "commission 2",
            "commission 5",
            "slippage_ticks 0",
            "slippage_ticks 10",
            "start_days 1",
            "start_days 2",
            "noise_draw 0",
            "noise_draw 1",
            "delay_bars 1",
            "delay_bars 4",
            "random_draw 0",
            "random_draw 1",
            "random_draw 2",
        ]
    );
    let backtests: Vec<_> = spec.variants().map(|variant| spec.backtest(&variant)).collect();
    assert_eq!(backtests[0], spec.base);
    assert_eq!(backtests[2].params.length("fast"), 11);
    assert_eq!(backtests[8].simulation.slippage_ticks, 10);
    assert_eq!(backtests[10].start_ms, 2 * 86_400_000);
}

#[test]
fn the_profit_ends_on_the_line_between_what_was_tried() {
    let result = result(&found());
    // From 50 at twice the commission to -100 at five times.
    assert_eq!(result.breakeven_commission_factor, Some(3.0));
    assert_eq!((result.greatest_commission_factor, result.breakeven_slippage_ticks), (None, None));
    assert_eq!(break_even(&[(0.0, -1.0), (1.0, 2.0), (2.0, -2.0)]), Some(1.5));
    assert_eq!(break_even(&[(0.0, -1.0), (1.0, -2.0)]), None);
    assert_eq!(break_even(&[(0.0, 4.0), (4.0, 0.0)]), Some(4.0));
}

#[test]
fn a_neighbour_that_failed_keeps_nothing() {
    let result = result(&found());
    assert_eq!((result.neighbour_count, result.neighbours_keeping_half), (2, Some(1)));
    assert_eq!((result.start_count, result.starts_with_profit), (2, 1));
    assert_eq!((result.completed, result.failed), (17, 1));
    let mut losing = found();
    losing[0].outcome = Ok(of(-1.0, -0.1));
    assert_eq!(self::result(&losing).neighbours_keeping_half, None);
}

#[test]
fn noise_delays_and_random_times_are_counted_beside_the_backtest() {
    let base = base();
    let (result, lists) = RobustnessResult::of(&spec(), &found(), &base, (None, &[]));
    assert_eq!((result.noise_count, result.noise_with_profit), (2, 1));
    assert_eq!(lists.get("noise.total_return"), [-0.001, 0.09]);
    assert_eq!(
        (result.first_delay_without_profit, result.greatest_delay_with_profit),
        (Some(4), None)
    );
    assert_eq!((result.random_entry_count, result.random_entries_as_good), (3, Some(2)));
    assert_eq!(lists.get("random.sharpe"), [0.9, 1.1, 2.0]);
    let mut lasting = found();
    lasting[14].outcome = Ok(of(5.0, 0.1));
    let told = self::result(&lasting);
    assert_eq!((told.first_delay_without_profit, told.greatest_delay_with_profit), (None, Some(4)));
    let mut losing = found();
    losing[0].outcome = Ok(of(-5.0, -0.1));
    let told = self::result(&losing);
    assert_eq!(
        (told.first_delay_without_profit, told.greatest_delay_with_profit),
        (None, None),
        "there is no profit to lose"
    );
    assert_eq!(told.random_entries_as_good, Some(3));
}

#[test]
fn the_sentence_tells_what_was_found_and_nothing_of_what_was_not_asked() {
    let told = result(&found());
    let deep = told.spread("max_drawdown").unwrap();
    let sentence = told.sentence();
    assert!(
        sentence.starts_with("95 of 100 resampled histories fall by no more than"),
        "{sentence}"
    );
    assert!(
        sentence.contains("(as it came: 1.2 %); the profit is gone at 3 times the commission; ")
    );
    let end = "of 2 neighbours 1 keep half of the Sharpe ratio; of 2 later starts 1 end with a \
               profit; of 2 with noise on their prices 1 end with a profit; the profit is gone \
               if it decides 4 bars late; of 3 that were in the market as often and as long at \
               random times 2 earned as much.";
    assert!(sentence.ends_with(end), "{sentence}");
    assert!(deep.quantiles.is_sorted() && deep.quantiles.len() == 5);
    let little = RobustnessSpec { starts_ms: vec![1], ..nothing() };
    let found = [found()[0].clone(), VariantFound { place: 1, outcome: Ok(of(1.0, 0.1)) }];
    let (told, lists) = RobustnessResult::of(&little, &found, &base(), (None, &[]));
    assert_eq!(told.sentence(), "Of 1 later starts 1 end with a profit.");
    assert!(lists.get("fan.day").is_empty() && told.spreads.is_empty());
}

fn nothing() -> RobustnessSpec {
    RobustnessSpec {
        base: backtest(),
        seed: 0,
        paths: None,
        neighbour_steps: 0,
        box_count: 0,
        box_steps: 0,
        neighbours: Vec::new(),
        commission_factors: Vec::new(),
        slippage_ticks: Vec::new(),
        starts_ms: Vec::new(),
        noise: None,
        delay_bars: Vec::new(),
        random_entries: 0,
    }
}

#[test]
fn what_fell_below_a_fraction_is_counted_and_the_fan_ends_where_paths_do() {
    let base = base();
    let (result, lists) =
        RobustnessResult::of(&spec(), &found(), &base, (Some((&paths(&base, 3), 3.0)), &[]));
    assert_eq!((result.ruin[0].level, result.ruin[0].probability), (0.2, 0.0));
    assert!((0.0..1.0).contains(&result.ruin[1].probability));
    assert_eq!((lists.get("fan.day").len(), lists.get("fan.p50").len()), (60, 60));
    let grown = result.spread("total_return").unwrap();
    let last = lists.get("fan.observed").last().unwrap();
    assert!((last - 1.0 - grown.observed.unwrap()).abs() < 1e-12);
    assert!((lists.get("fan.p05")[59] - 1.0 - grown.quantiles[0]).abs() < 1e-12);
    assert!(grown.rank.unwrap() > 0.1 && grown.rank.unwrap() < 0.9);
}

#[test]
fn every_number_is_in_the_hash() {
    let hash = result(&found()).result_sha256;
    assert_eq!(result(&found()).result_sha256, hash);
    for place in 0..found().len() {
        let mut other = found();
        other[place].outcome = Ok(of(1.5, 0.25));
        assert_ne!(result(&other).result_sha256, hash, "place {place}");
    }
    let base = base();
    let drawn = |seed| {
        RobustnessResult::of(&spec(), &found(), &base, (Some((&paths(&base, seed), 3.0)), &[])).0
    };
    assert_ne!(drawn(4).result_sha256, hash);
}

#[test]
fn everything_that_is_asked_is_in_the_key() {
    let key = |spec: RobustnessSpec| run_key(&RunSpec::Robustness(Box::new(spec)), "1");
    let mut keys = vec![key(spec()), key(nothing())];
    keys.push(key(RobustnessSpec { seed: 4, ..spec() }));
    keys.push(key(RobustnessSpec { paths: None, ..spec() }));
    keys.push(key(RobustnessSpec { neighbours: vec![neighbour(1)], ..spec() }));
    keys.push(key(RobustnessSpec { slippage_ticks: vec![0, 11], ..spec() }));
    keys.push(key(RobustnessSpec { commission_factors: Vec::new(), ..spec() }));
    keys.push(key(RobustnessSpec { starts_ms: vec![86_400_000], ..spec() }));
    keys.push(key(RobustnessSpec { noise: None, ..spec() }));
    let wider = NoiseTerms { count: 2, part: 0.2 };
    keys.push(key(RobustnessSpec { noise: Some(wider), ..spec() }));
    keys.push(key(RobustnessSpec { delay_bars: vec![1], ..spec() }));
    keys.push(key(RobustnessSpec { random_entries: 4, ..spec() }));
    let terms = |change: fn(&mut PathTerms)| {
        let mut spec = spec();
        spec.paths.as_mut().map(change).unwrap();
        spec
    };
    keys.push(key(terms(|it| it.count = 201)));
    keys.push(key(terms(|it| it.mean_block_days = None)));
    keys.push(key(terms(|it| it.ruin_levels = vec![0.2])));
    let mut other = spec();
    other.base.end_ms += 1;
    keys.push(key(other));
    let count = keys.len();
    keys.sort_unstable_by_key(ToString::to_string);
    keys.dedup();
    assert_eq!(keys.len(), count);
    // How the neighbours were found is no work; that they are these is.
    assert_eq!(key(RobustnessSpec { neighbour_steps: 9, ..spec() }), key(spec()));
    let stored = serde_json::to_string(&spec()).unwrap();
    assert_eq!(serde_json::from_str::<RobustnessSpec>(&stored).unwrap(), spec());
}

#[test]
fn other_orders_of_the_trades_are_told_beside_the_paths_and_are_in_the_hash() {
    let returns: Vec<f64> = (0..12).map(|at| if at % 3 == 0 { -0.02 } else { 0.015 }).collect();
    let base = BaseDays { trade_returns: returns.clone(), ..base() };
    let orders = shuffled(&returns, 400, 1, || true).unwrap();
    let (told, lists) = RobustnessResult::of(&spec(), &found(), &base, (None, &orders));
    let fall = told.spread("shuffle.max_drawdown").unwrap();
    // As they came each loss stands alone, which is as shallow as it can be.
    assert!((fall.observed.unwrap() - 0.02).abs() < 1e-12, "{fall:?}");
    assert!(fall.rank.unwrap() < 0.4, "{fall:?}");
    assert!(fall.quantiles[4] > 0.05 && fall.quantiles.is_sorted(), "{fall:?}");
    let streak = told.spread("shuffle.losing_streak").unwrap();
    assert_eq!((streak.observed, streak.quantiles.len()), (Some(1.0), 5));
    assert_eq!(lists.get("shuffle.max_drawdown").len(), 400);
    let (without, _) = RobustnessResult::of(&spec(), &found(), &base, (None, &[]));
    assert_ne!(told.result_sha256, without.result_sha256);
}
