//! What differs for single instruments: contract multipliers, fees, slippage and margin, by every
//! way that a run is computed and told.

use tradeforge::pb;

use crate::support::{Market, Refusal as _, TestServer, Work, buy_and_hold, sma_cross};

/// A contract of 50 a point that pays 2.25 a side and slips a tick.
fn future() -> pb::InstrumentTerms {
    pb::InstrumentTerms {
        exchange: "TEST".into(),
        symbol: "BARS".into(),
        contract_multiplier: "50".into(),
        fees: Some(pb::Fees { per_unit: "2.25".into(), ..Default::default() }),
        slippage: Some(pb::Slippage { ticks: "1".into(), ..Default::default() }),
        ..Default::default()
    }
}

fn with(work: Work, terms: pb::InstrumentTerms) -> Work {
    work.cash("1000000").quantity("2").simulation(|account| {
        account.set_end_of_run_policy(pb::EndOfRunPolicy::CloseAtLastClose);
        account.instruments.push(terms);
    })
}

#[tokio::test]
async fn a_point_of_a_contract_is_worth_its_multiplier_and_fees_go_by_contracts() {
    let closes = [10_000, 10_000, 10_010, 10_030, 10_020];
    let server = TestServer::with(&Market::of_closes(closes)).await;
    let run = server.run(with(buy_and_hold(), future())).await;
    let trades = server.trades(&run.run_id).await;
    let [trade] = trades.as_slice() else { panic!("{trades:?}") };
    // Two contracts of 50 a point, bought a tick above the open.
    assert!((trade.entry_value - trade.entry_price * 100.0).abs() < 1e-9, "{trade:?}");
    assert_eq!((trade.quantity, trade.exit_price, trade.fees), (2.0, 100.2, 9.0));
    let profit = (trade.exit_price - trade.entry_price) * 100.0 - 9.0;
    assert!((trade.profit - profit).abs() < 1e-9, "{trade:?}");
    assert_eq!(trade.slippage_cost, Some(1.0));
    let result = server.result(with(buy_and_hold(), future())).await;
    assert_eq!(result.metrics["fees_paid"], 9.0);
    // A fee at either fill, and a tick of 50 cents at either on two contracts.
    assert_eq!(result.costs["fees"], 9.0);
    assert_eq!(result.costs["slippage"], result.metrics["slippage_cost"]);
    assert_eq!(result.metrics["net_profit"], trade.profit);
    // What was asked stands in the run as it was read.
    let Some(pb::run::Spec::Backtest(spec)) = server.describe(&run.run_id).await.spec else {
        panic!("a backtest")
    };
    let told = &spec.simulation.unwrap().instruments[0];
    assert_eq!(told.contract_multiplier, "50");
    assert_eq!(told.fees.as_ref().unwrap().per_unit, "2.25");
    assert_eq!(told.slippage.as_ref().unwrap().ticks, "1");
}

#[tokio::test]
async fn a_trial_has_the_terms_that_its_backtest_has() {
    let server = TestServer::with(&Market::wavy(3_000)).await;
    let backtest = server.result(with(sma_cross(3, 20), future())).await;
    assert!(backtest.metrics["fees_paid"] > 0.0);
    let run = server.run(with(sma_cross(3, 20), future()).sweep().over("fast", 3, 4, 1)).await;
    let trial = &server.trials(&run.run_id).await[0];
    assert_eq!(trial.metrics, backtest.metrics);
    // A part of one contract is another order of magnitude, not another sign.
    let one = server.result(with(
        sma_cross(3, 20),
        pb::InstrumentTerms { contract_multiplier: String::new(), ..future() },
    ));
    let one = one.await;
    let gross = |metrics: &std::collections::BTreeMap<String, f64>| {
        metrics["net_profit"] + metrics["fees_paid"]
    };
    assert!((gross(&backtest.metrics) - 50.0 * gross(&one.metrics)).abs() < 1e-6);
    assert_eq!(backtest.metrics["fees_paid"], one.metrics["fees_paid"]);
}

#[tokio::test]
async fn what_cannot_be_is_told_by_its_field() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let bad = pb::InstrumentTerms { contract_multiplier: "-1".into(), ..future() };
    let refused = server.refusal(with(buy_and_hold(), bad)).await;
    refused.assert_invalid(&["backtest.simulation.instruments[0].contract_multiplier"]);
    let other = pb::InstrumentTerms { symbol: "OTHER".into(), ..future() };
    let refused = server.refusal(with(buy_and_hold(), other)).await;
    refused.assert_invalid(&["backtest.simulation.instruments"]);
    // An axis that would change nothing is none.
    let swept = with(sma_cross(3, 20), future()).sweep().over("fees.per_unit", 0, 2, 1);
    let refused = server.refusal(swept).await;
    let said = format!("{refused:?}");
    assert!(said.contains("TEST:BARS has its own"), "{said}");
}

fn slipping(part: &str) -> Work {
    sma_cross(2, 5).cash("1000000").quantity("1").simulation(|account| {
        account.slippage =
            Some(Box::new(pb::Slippage { range_fraction: part.into(), ..Default::default() }));
    })
}

#[tokio::test]
async fn what_slips_by_the_bar_before_does_so_in_a_trial_and_in_its_backtest() {
    let server = TestServer::with(&Market::wavy(3_000)).await;
    let plain = server.result(slipping("")).await;
    assert_eq!(plain.costs.get("slippage"), None);
    let backtest = server.result(slipping("0.5")).await;
    // Each bar goes 23 to 27 cents, so that a fill slips 12 to 14 of them.
    let each = backtest.costs["slippage"] / backtest.metrics["fill_count"];
    assert!((0.10..=0.14).contains(&each), "{each}");
    let run = server.run(slipping("0.5").sweep().over("fast", 2, 3, 1)).await;
    assert_eq!(server.trials(&run.run_id).await[0].metrics, backtest.metrics);
    let refused = server.refusal(slipping("10.5")).await;
    refused.assert_invalid(&["backtest.simulation.slippage.range_fraction"]);
}

#[tokio::test]
async fn an_entry_beyond_its_share_of_the_volume_is_refused() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let share = |share: &str| {
        slipping("").simulation(|account| {
            let max_volume_share = share.to_owned();
            account.limits = Some(pb::PositionLimits { max_volume_share, ..Default::default() });
        })
    };
    // Of a volume of 1 in each bar.
    assert!(server.result(share("1")).await.rejections.is_empty());
    let refused = server.result(share("0.99")).await;
    assert_eq!(refused.trade_count, 0);
    assert_eq!(refused.rejections["VOLUME_LIMIT"] as f64, refused.metrics["rejected_order_count"]);
    let wrong = server.refusal(share("0")).await;
    wrong.assert_invalid(&["backtest.simulation.limits.max_volume_share"]);
}
