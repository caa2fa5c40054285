//! What trading costs, and sizes by what may be lost: fees in parts, slippage by a rate, risk.

use tradeforge::pb::{self, distance, sizing};

use crate::support::{Market, Refusal as _, TestServer, Work, buy_and_hold, sma_cross};

fn paying(work: Work, fees: pb::Fees) -> Work {
    work.simulation(|account| account.fees = Some(Box::new(fees)))
}

fn risking(work: Work, fraction: &str) -> Work {
    let kind = Some(sizing::Kind::RiskFraction(fraction.into()));
    work.simulation(|account| account.sizing = Some(pb::Sizing { kind }))
}

fn stopping_at(work: Work, percent: &str) -> Work {
    let kind = Some(distance::Kind::Percent(percent.into()));
    work.simulation(|account| {
        account.exits.get_or_insert_default().stop_loss = Some(pb::Distance { kind });
    })
}

#[tokio::test]
async fn fees_have_parts_a_least_and_a_most() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let fees = async |fees: pb::Fees| {
        let result = server.result(paying(buy_and_hold().quantity("200"), fees)).await;
        assert_eq!(result.metrics["fill_count"], 1.0);
        (result.metrics["fees_paid"], result.metrics["traded_notional"])
    };
    let by_unit = pb::Fees { per_unit: "0.005".into(), ..Default::default() };
    assert_eq!(fees(by_unit.clone()).await.0, 1.0);
    let at_least = pb::Fees { minimum: "2.5".into(), ..by_unit.clone() };
    assert_eq!(fees(at_least.clone()).await.0, 2.5);
    let (paid, notional) = fees(pb::Fees { maximum_rate: "0.0001".into(), ..at_least }).await;
    assert!((paid - notional * 0.0001).abs() < 1e-6 && paid < 2.5, "{paid} of {notional}");
    let all = pb::Fees { taker_rate: "0.001".into(), per_fill: "3".into(), ..by_unit };
    let (paid, notional) = fees(all).await;
    assert!((paid - (4.0 + notional * 0.001)).abs() < 1e-6, "{paid} of {notional}");
}

#[tokio::test]
async fn one_rate_is_the_same_work_however_it_is_said() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let short = server.run(buy_and_hold().commission("0.001")).await;
    let fees = pb::Fees { taker_rate: "0.0010".into(), ..Default::default() };
    let long = paying(buy_and_hold(), fees).reuse_completed();
    assert_eq!(server.submit(long).await.run_id, short.run_id);
    // What is told of a run can be submitted again.
    let fees = pb::Fees { maker_rate: "0.0002".into(), per_unit: "1".into(), ..Default::default() };
    let first = server.run(paying(buy_and_hold(), fees)).await;
    let Some(pb::run::Spec::Backtest(spec)) = server.describe(&first.run_id).await.spec else {
        panic!("a backtest")
    };
    let again = pb::SubmitRequest {
        spec: Some(pb::submit_request::Spec::Backtest(spec)),
        reuse_policy: pb::ReusePolicy::ReuseCompleted.into(),
        ..Default::default()
    };
    assert_eq!(server.submit(again).await.run_id, first.run_id);
}

#[tokio::test]
async fn slippage_by_a_rate_is_rounded_up_to_ticks_and_added_to_them() {
    // The last close makes a tick a cent.
    let server = TestServer::with(&Market::of_closes([10_000, 10_000, 10_000, 10_001])).await;
    let cost = async |ticks: &str, rate: &str| {
        let (ticks, rate) = (ticks.to_owned(), rate.to_owned());
        let work = buy_and_hold().quantity("100");
        let work = work.simulation(|it| {
            it.slippage = Some(Box::new(pb::Slippage { ticks, rate, ..Default::default() }));
        });
        server.result(work).await.metrics["slippage_cost"]
    };
    // Ticks of 0.01 at a price of 100.00.
    assert_eq!(cost("", "0.001").await, 10.0);
    assert_eq!(cost("", "0.00101").await, 11.0);
    assert_eq!(cost("3", "0.001").await, 13.0);
}

#[tokio::test]
async fn an_entry_loses_the_fraction_that_is_risked_at_its_stop() {
    let server = TestServer::with(&Market::of_closes([10_000, 10_000, 10_000, 9_000, 9_000])).await;
    let work = stopping_at(risking(buy_and_hold().cash("100000"), "0.01"), "0.02");
    let trades = server.trades(&server.run(work).await.run_id).await;
    let [trade] = &trades[..] else { panic!("{trades:?}") };
    // 1,000 of 100,000 at 2.00 a unit.
    assert_eq!(trade.quantity, 500.0, "{trade:?}");
}

#[tokio::test]
async fn risk_needs_a_stop_and_a_cost_has_one_form() {
    let server = TestServer::with(&Market::wavy(60)).await;
    let refusal = server.refusal(risking(sma_cross(3, 10), "0.01")).await;
    refusal.assert_invalid(&["backtest.simulation.sizing.risk_fraction"]);
    let said = refusal.about("backtest.simulation.sizing.risk_fraction");
    assert!(said.contains("sma_cross has none, so give exits.stop_loss"), "{said}");
    let twice = paying(sma_cross(3, 10).commission("0.001"), pb::Fees::default());
    let twice = twice.simulation(|account| {
        account.slippage_ticks = "1".into();
        let slippage = pb::Slippage { rate: "1".into(), ..Default::default() };
        account.slippage = Some(Box::new(slippage));
        account.fees.as_mut().unwrap().minimum = "-1".into();
    });
    server.refusal(twice).await.assert_invalid(&[
        "backtest.simulation.commission_rate",
        "backtest.simulation.fees.minimum",
        "backtest.simulation.slippage.rate",
        "backtest.simulation.slippage_ticks",
    ]);
    let fine = pb::Fees { minimum: "0.0000000000001".into(), ..Default::default() };
    let refusal = server.refusal(paying(sma_cross(3, 10), fine)).await;
    refusal.assert_invalid(&["backtest.simulation.fees.minimum"]);
}

#[tokio::test]
async fn each_trial_of_swept_costs_and_risk_is_its_backtest() {
    let server = TestServer::with(&Market::wavy(300)).await;
    let base = || stopping_at(risking(sma_cross(3, 12), "0.01"), "0.01");
    let search = base().sweep().over_decimals("sizing.risk_fraction", 0.01, 0.03, 0.01);
    let run = server.run(search.over_decimals("fees.per_unit", 0.0, 0.02, 0.01)).await;
    let trials = server.trials(&run.run_id).await;
    assert_eq!(trials.len(), 9);
    for trial in trials {
        let value = |name: &str| match trial.params[name].kind {
            Some(pb::param_value::Kind::DoubleValue(value)) => value.to_string(),
            ref other => panic!("{name} is {other:?}"),
        };
        let fees = pb::Fees { per_unit: value("fees.per_unit"), ..Default::default() };
        let alone = risking(paying(base(), fees), &value("sizing.risk_fraction"));
        assert_eq!(server.result(alone).await.metrics, trial.metrics, "{:?}", trial.params);
    }
}

/// Bought at 100.50, to be left at 102.00: the price touches that, goes back, and comes through.
fn touching() -> Market {
    Market::of(&[
        [10_000, 10_100, 9_900, 10_000],
        [10_050, 10_200, 10_000, 10_100],
        [10_100, 10_150, 10_000, 10_050],
        [10_100, 10_300, 10_000, 10_250],
    ])
}

fn leaving_at_two(through: i32) -> Work {
    let kind = Some(distance::Kind::Ticks("150".into()));
    let distance = Some(pb::Distance { kind });
    buy_and_hold().quantity("2").simulation(|account| {
        let target = pb::TakeProfit { distance, ..Default::default() };
        account.exits.get_or_insert_default().take_profits.push(target);
        let limit_through_ticks = through;
        let slippage = pb::Slippage { limit_through_ticks, ..Default::default() };
        account.slippage = Some(Box::new(slippage));
    })
}

#[tokio::test]
async fn a_price_must_go_through_a_target_where_that_is_asked() {
    let server = TestServer::with(&touching()).await;
    let mut left_in = Vec::new();
    for through in [0, 1, 100, 101] {
        let run = server.run(leaving_at_two(through)).await;
        let trade = &server.trades(&run.run_id).await[0];
        left_in.push(trade.bars_held);
        assert!(trade.exit_time.is_none() || trade.exit_price == 102.0, "{trade:?}");
    }
    assert_eq!(left_in, [Some(0), Some(2), Some(2), None]);
    let refusal = server.refusal(leaving_at_two(-1)).await;
    refusal.assert_invalid(&["backtest.simulation.slippage.limit_through_ticks"]);

    let search = leaving_at_two(0).sweep().over("slippage.limit_through_ticks", 0, 101, 101);
    let run = server.run(search).await;
    for (trial, through) in server.trials(&run.run_id).await.iter().zip([0, 101]) {
        let alone = server.result(leaving_at_two(through)).await;
        assert_eq!(alone.metrics, trial.metrics, "{:?}", trial.params);
    }
}

#[tokio::test]
async fn sizes_by_the_average_range_are_those_of_the_trials_that_sweep_them() {
    let server = TestServer::with(&Market::wavy(300)).await;
    let ranged = |fraction: &str, period: i32| {
        let range = pb::RangeFraction { fraction: fraction.into(), period };
        let kind = Some(sizing::Kind::RangeFraction(range));
        sma_cross(3, 12).simulation(|account| account.sizing = Some(pb::Sizing { kind }))
    };
    let search = ranged("0.0001", 0).sweep();
    let search = search.over_decimals("sizing.range_fraction.fraction", 0.0001, 0.0002, 0.0001);
    let run = server.run(search.over("sizing.range_fraction.period", 5, 14, 9)).await;
    let trials = server.trials(&run.run_id).await;
    assert_eq!(trials.len(), 4);
    let asked = ["0.0001", "0.0002"].into_iter().flat_map(|it| [(it, 5), (it, 14)]);
    for (trial, (fraction, period)) in trials.iter().zip(asked) {
        let alone = server.result(ranged(fraction, period)).await;
        assert!(alone.metrics["trade_count"] > 5.0);
        assert_eq!(alone.metrics, trial.metrics, "{:?}", trial.params);
    }
    // 14 bars where nothing is said.
    assert_eq!(server.result(ranged("0.0001", 0)).await.metrics, trials[1].metrics);
    server.refusal(ranged("0", 10_001)).await.assert_invalid(&[
        "backtest.simulation.sizing.range_fraction.fraction",
        "backtest.simulation.sizing.range_fraction.period",
    ]);
}
