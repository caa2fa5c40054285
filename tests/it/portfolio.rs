//! Several instruments on one account, exits of the run's terms, and what each instrument did.

use std::collections::BTreeMap;

use tradeforge::pb::distance::Kind;
use tradeforge::pb::{self, RunState};

use crate::support::{Market, Refusal as _, TestServer, Work, int, sma_cross, text, work};

/// A server with three markets that move apart from each other.
async fn server() -> TestServer {
    let server = TestServer::with(&Market::wavy(300)).await;
    server.import_as("RISING", &Market::rising(300)).await;
    server.import_as("LATER", &Market::wavy(200).later(5)).await;
    server
}

async fn instruments(server: &TestServer, run_id: &str) -> Vec<pb::InstrumentResult> {
    let request = pb::ListInstrumentsRequest { run_id: run_id.into(), trial_index: None };
    server.results().list_instruments(request).await.unwrap().into_inner().instruments
}

/// The exact sum of amounts of money, in units of a millionth.
fn sum<'m>(amounts: impl Iterator<Item = &'m f64>) -> i64 {
    amounts.map(|amount| (amount * 1e6).round() as i64).sum()
}

#[tokio::test]
async fn a_strategy_of_one_instrument_decides_for_each_and_their_profits_add_up() {
    let server = server().await;
    let work = sma_cross(2, 5).also_on("RISING").also_on("LATER").commission("0.001");
    let run = server.run(work.clone()).await;
    assert_eq!(run.state(), RunState::Completed);
    let result = server.result(work.reuse_completed()).await;
    let each = instruments(&server, &run.run_id).await;
    let symbols: Vec<_> = each.iter().map(|instrument| instrument.symbol.as_str()).collect();
    assert_eq!(symbols, ["BARS", "RISING", "LATER"]);
    for name in ["net_profit", "realized_profit", "open_profit", "fees_paid", "trade_count"] {
        let parts = sum(each.iter().map(|instrument| &instrument.metrics[name]));
        assert_eq!(parts, sum([&result.metrics[name]].into_iter()), "{name}");
    }
    assert!(each[0].metrics["trade_count"] > 5.0 && each[2].metrics["trade_count"] > 5.0);
    let trades = server.trades(&run.run_id).await;
    let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
    for trade in trades.iter().filter(|trade| trade.exit_time.is_some()) {
        *counts.entry(trade.symbol.as_str()).or_default() += 1.0;
    }
    assert_eq!(counts["BARS"], each[0].metrics["trade_count"]);
}

#[tokio::test]
async fn interest_on_cash_belongs_to_no_instrument_and_makes_the_sum_whole() {
    let server = TestServer::with(&Market::of_closes([100; 60])).await;
    server.import_as("RISING", &Market::rising(60)).await;
    let work = sma_cross(2, 5).also_on("RISING").cash("1000000").commission("0.001");
    let work = work.simulation(|account| {
        account.carry = Some(pb::Carry { cash_rate: "0.05".into(), ..Default::default() });
    });
    let run = server.run(work.clone()).await;
    let request = pb::ListInstrumentsRequest { run_id: run.run_id, trial_index: None };
    let told = server.results().list_instruments(request).await.unwrap().into_inner();
    let result = server.result(work.reuse_completed()).await;
    // A part that is not there is none: the market may stand inside one day.
    let paid = result.costs.get("interest").copied().unwrap_or(0.0);
    assert_eq!(told.interest, -paid);
    let parts = told.instruments.iter().map(|instrument| &instrument.metrics["net_profit"]);
    let whole = sum(parts.chain([&told.interest]));
    assert_eq!(whole, sum([&result.metrics["net_profit"]].into_iter()));
}

#[tokio::test]
async fn without_a_sizing_each_instrument_gets_an_equal_part_and_the_spec_says_so() {
    let server = server().await;
    let work = sma_cross(2, 5).also_on("RISING").also_on("LATER");
    let run = server.run(work.simulation(|simulation| simulation.sizing = None)).await;
    let described = server.describe(&run.run_id).await;
    let Some(pb::run::Spec::Backtest(spec)) = described.spec else { panic!("a backtest") };
    let sizing = spec.simulation.unwrap().sizing.unwrap().kind;
    let third = pb::sizing::Kind::EquityFraction("0.333333333".into());
    assert_eq!(sizing, Some(third));
}

#[tokio::test]
async fn strategies_of_portfolios_rebalance_and_rotate() {
    let server = server().await;
    let three = |name: &str| work(name).also_on("RISING").also_on("LATER").param("every", int(20));
    let no_sizing = |work: Work| work.simulation(|simulation| simulation.sizing = None);
    let told = server.submit(three("fixed_weights").validate_only()).await.warnings;
    assert!(told.iter().any(|warning| warning.contains("no effect")), "{told:?}");
    let run = server.run(no_sizing(three("fixed_weights"))).await;
    let each = instruments(&server, &run.run_id).await;
    assert!(each.iter().all(|instrument| instrument.metrics["fill_count"] > 1.0), "{each:?}");
    let rotation = no_sizing(three("momentum_rotation"));
    let rotation = rotation.param("lookback", int(30)).param("top", int(1));
    let run = server.run(rotation).await;
    let each = instruments(&server, &run.run_id).await;
    // What rises all the time has gained most whenever it is asked.
    assert!(each[1].metrics["exposure"] > 0.8, "{each:?}");
    assert!(each[0].metrics.get("fill_count").is_none_or(|fills| *fills == 0.0), "{each:?}");
}

/// Two ways to the same: the metric adds up what was held at all closes, the curve tells each.
#[tokio::test]
async fn weights_over_time_come_to_the_average_leverage_and_end_with_what_is_open() {
    let server = server().await;
    let work = sma_cross(2, 5).also_on("RISING").also_on("LATER");
    let run = server.run(work.param("direction", text("both"))).await;
    let ask = |max_points, with_weights| pb::GetEquityCurveRequest {
        run_id: run.run_id.clone(),
        trial_index: None,
        max_points,
        with_weights,
    };
    let curve = async |asked| server.results().get_equity_curve(asked).await.unwrap().into_inner();
    let whole = curve(ask(30_000, true)).await;
    assert!(!whole.is_thinned, "{} points", whole.total_points);
    let symbols: Vec<_> = whole.weights.iter().map(|each| each.symbol.as_str()).collect();
    assert_eq!(symbols[1..], ["RISING", "LATER"]);
    // The start is before any bar, and the metric is over the closes.
    let mut gross = vec![0.0; whole.equity.len()];
    for each in &whole.weights {
        assert_eq!((each.weights.len(), each.weights[0]), (whole.equity.len(), 0.0));
        let worth = each.weights.iter().zip(&whole.equity).map(|(weight, equity)| weight * equity);
        gross.iter_mut().zip(worth).for_each(|(sum, worth)| *sum += worth.abs());
    }
    let all = || whole.weights.iter().flat_map(|each| &each.weights);
    assert!(all().any(|weight| *weight < 0.0) && all().any(|weight| *weight > 0.0));
    let leverage = gross.iter().sum::<f64>() / whole.equity[1..].iter().sum::<f64>();
    let told = match run.result.clone() {
        Some(pb::run_status::Result::Backtest(result)) => result.metrics["average_leverage"],
        other => panic!("{other:?}"),
    };
    assert!((leverage / told - 1.0).abs() < 1e-9, "{leverage} for {told}");
    // What is thinned tells the same at the points that stay, and who asks for none has none.
    let thin = curve(ask(50, true)).await;
    for (at, time) in thin.time_unix_ms.iter().enumerate() {
        let place = whole.time_unix_ms.iter().position(|each| each == time).unwrap();
        for (thinned, each) in thin.weights.iter().zip(&whole.weights) {
            assert_eq!(thinned.weights[at], each.weights[place]);
        }
    }
    assert!(thin.is_thinned && curve(ask(50, false)).await.weights.is_empty());
}

#[tokio::test]
async fn exits_of_the_terms_leave_positions_and_say_why() {
    let server = server().await;
    let percent = |text: &str| Some(pb::Distance { kind: Some(Kind::Percent(text.to_owned())) });
    let exits = pb::Exits {
        trailing_stop: Some(pb::TrailingStop { distance: percent("0.002"), ..Default::default() }),
        ..pb::Exits::default()
    };
    let work =
        sma_cross(2, 5).simulation(|simulation| simulation.exits = Some(Box::new(exits.clone())));
    let run = server.run(work).await;
    let trades = server.trades(&run.run_id).await;
    assert!(trades.iter().any(|trade| trade.exit_reason == "TRAILING_STOP"), "{trades:?}");
    let described = server.describe(&run.run_id).await;
    let Some(pb::run::Spec::Backtest(spec)) = described.spec else { panic!("a backtest") };
    assert_eq!(spec.simulation.unwrap().exits, Some(Box::new(exits)));
    // The same work without them is other work.
    let plain = server.describe(&server.run(sma_cross(2, 5)).await.run_id).await;
    assert_ne!(plain.run_key, described.run_key);
}

#[tokio::test]
async fn every_fault_of_the_exits_is_told_with_its_path() {
    let server = server().await;
    let exits = pb::Exits {
        stop_loss: Some(pb::Distance { kind: Some(Kind::Percent("1.5".into())) }),
        take_profits: vec![pb::TakeProfit { distance: None, portion: "2".into() }; 5],
        trailing_stop: Some(pb::TrailingStop {
            distance: Some(pb::Distance { kind: Some(Kind::Ticks("10".into())) }),
            chandelier: true,
            ..Default::default()
        }),
        break_even: Some(pb::BreakEven {
            trigger: Some(pb::Distance { kind: Some(Kind::Ticks("10".into())) }),
            offset: Some(pb::Distance { kind: Some(Kind::Ticks("10".into())) }),
        }),
        max_bars: -1,
        daily_exit_time: "25:00".into(),
    };
    let limits = pb::PositionLimits { max_entries: -1, ..Default::default() };
    let work = sma_cross(2, 5).simulation(|simulation| {
        simulation.exits = Some(Box::new(exits));
        simulation.limits = Some(limits);
    });
    let refusal = server.refusal(work).await;
    let fields = refusal.fields();
    for field in [
        "exits.stop_loss.percent",
        "exits.take_profits",
        "exits.take_profits[0].distance",
        "exits.take_profits[3].portion",
        "exits.trailing_stop.chandelier",
        "exits.break_even.offset",
        "exits.max_bars",
        "exits.daily_exit_time",
        "limits.max_entries",
    ] {
        let path = format!("backtest.simulation.{field}");
        assert!(fields.contains(&path), "{path} in {fields:?}");
    }
}

#[tokio::test]
async fn more_instruments_or_bars_than_a_run_may_need_are_refused_with_the_number() {
    let server = TestServer::start_with(|config| {
        config.instruments_max = 2;
        config.run_bars_bytes_max = 1 << 20;
    })
    .await;
    server.import(&Market::rising(30_000)).await;
    server.import_as("RISING", &Market::rising(10)).await;
    server.import_as("LATER", &Market::rising(10)).await;
    let refusal = server.refusal(sma_cross(2, 5).also_on("RISING").also_on("LATER")).await;
    let message = refusal.about("backtest.subscriptions");
    assert!(message.contains("at most 2 instruments") && message.contains("are 3"), "{message}");
    // 30,000 bars of 48 bytes.
    let message = server.refusal(sma_cross(2, 5)).await.about("backtest.subscriptions");
    assert!(message.contains("1.4 MiB") && message.contains("1.0 MiB"), "{message}");
    let limits = server.info().await.limits.unwrap();
    assert_eq!((limits.max_instruments, limits.max_run_bars_bytes), (2, 1 << 20));
}

/// A hundred thousand values of all instruments together: of more the points are fewer, and each
/// instrument has one for each.
#[tokio::test]
async fn a_curve_with_weights_of_many_instruments_is_thinned_until_they_fit() {
    let server = TestServer::with(&Market::wavy(34_000)).await;
    for symbol in ["SECOND", "THIRD"] {
        server.import_as(symbol, &Market::wavy(34_000)).await;
    }
    let run = server.run(sma_cross(2, 5).also_on("SECOND").also_on("THIRD")).await;
    let curve = async |with_weights| {
        let asked = pb::GetEquityCurveRequest {
            run_id: run.run_id.clone(),
            trial_index: None,
            max_points: 40_000,
            with_weights,
        };
        server.results().get_equity_curve(asked).await.unwrap().into_inner()
    };
    let bare = curve(false).await;
    assert_eq!((bare.is_thinned, bare.equity.len()), (false, 34_001));
    let thin = curve(true).await;
    let points = thin.equity.len();
    assert!(thin.is_thinned && (20_000..=33_333).contains(&points), "{points} points");
    assert_eq!(thin.weights.len(), 3);
    assert!(thin.weights.iter().all(|each| each.weights.len() == points));
    let some = thin.weights.iter().flat_map(|each| &each.weights).any(|weight| *weight != 0.0);
    assert!(some, "something was held");
}
