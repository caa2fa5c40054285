//! What holding costs: rates by days, funding and dividends from auxiliary series, in the trades,
//! the key and the hash.

use tradeforge::pb;
use tradeforge::pb::RobustnessPart;

use crate::support::{
    Market, Refusal as _, START_MS, TestServer, Work, aux, aux_of, buy_and_hold, crossing,
    import_hours, sma_cross, stress, work,
};

const MINUTE_MS: i64 = 60_000;

/// Rates that are known so many minutes after the first bar opens.
fn rates(column: &str, rows: &[(i64, &str)]) -> String {
    let row = |&(minute, rate): &(i64, &str)| format!("{},{rate}\n", START_MS + minute * MINUTE_MS);
    format!("known_at,{column}\n{}", rows.iter().map(row).collect::<String>())
}

fn terms(funding: &str, dividends: &str) -> pb::InstrumentTerms {
    pb::InstrumentTerms {
        exchange: "TEST".into(),
        symbol: "BARS".into(),
        funding: funding.into(),
        dividends: dividends.into(),
        ..Default::default()
    }
}

fn charged(work: Work, funding: &str, dividends: &str) -> Work {
    work.simulation(|account| account.instruments.push(terms(funding, dividends)))
}

#[tokio::test]
async fn funding_is_paid_out_of_the_profit_of_its_trade() {
    let server = TestServer::with(&Market::of_closes([10_000; 30])).await;
    let known = rates("rate", &[(0, "0.5"), (5, "0.001"), (7, "-0.0005"), (90, "0.1")]);
    server.import_aux(aux_of("funding", "BARS"), known).await.unwrap();
    let plain = buy_and_hold().quantity("10").simulation(|account| {
        account.set_end_of_run_policy(pb::EndOfRunPolicy::CloseAtLastClose);
    });
    let followed = plain.clone().following(&aux_of("funding", "BARS"));
    let funded = charged(followed, "funding", "").reuse_completed();
    let run = server.run(funded.clone()).await;
    let trade = &server.trades(&run.run_id).await[0];
    // Ten of 100, at two moments.
    assert_eq!((trade.carry_cost, trade.profit), (1.0 - 0.5, -0.5));
    let result = server.result(funded).await;
    assert_eq!((result.metrics["carry_cost"], result.metrics["net_profit"]), (0.5, -0.5));
    assert_eq!(result.costs, [("funding".to_owned(), 0.5)].into());
    let without = server.result(plain).await;
    assert!(without.costs.is_empty(), "{:?}", without.costs);
    assert_eq!((without.metrics["carry_cost"], without.metrics["net_profit"]), (0.0, 0.0));
    assert_ne!(without.result_sha256, result.result_sha256);
    let request = pb::GetReportRequest { run_id: run.run_id, ..Default::default() };
    let report = server.results().get_report(request).await.unwrap().into_inner();
    assert_eq!(report.figures["funding_paid"], 0.5);
    assert_eq!(report.figures.get("interest_paid"), None);
}

#[tokio::test]
async fn what_rows_are_is_the_work_and_not_what_they_are_called() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let known = || rates("rate", &[(5, "0.001")]);
    let key = async |name: &str, file: String| {
        server.import_aux(aux(name), file).await.unwrap();
        let work = charged(buy_and_hold().following(&aux(name)), name, "");
        server.run(work.reuse_completed()).await.run_id
    };
    let first = key("funding", known()).await;
    assert_eq!(key("rates", known()).await, first);
    assert_ne!(key("other", rates("rate", &[(6, "0.001")])).await, first);
    // What is told of a run can be submitted again.
    let Some(pb::run::Spec::Backtest(spec)) = server.describe(&first).await.spec else {
        panic!("a backtest")
    };
    assert_eq!(spec.simulation.as_ref().unwrap().instruments, [terms("funding", "")]);
    let again = pb::SubmitRequest {
        spec: Some(pb::submit_request::Spec::Backtest(spec)),
        reuse_policy: pb::ReusePolicy::ReuseCompleted.into(),
        ..Default::default()
    };
    assert_eq!(server.submit(again).await.run_id, first);
}

#[tokio::test]
async fn a_trial_is_charged_as_its_backtest_is() {
    let server = TestServer::with(&Market::wavy(3_000)).await;
    let rows: Vec<_> = (0..300).map(|at| (at * 10, "0.0001")).collect();
    server.import_aux(aux("funding"), rates("rate", &rows)).await.unwrap();
    let carry = pb::Carry {
        borrow_rate: "0.5".into(),
        cash_rate: "0.02".into(),
        debit_rate: "0.08".into(),
    };
    let all = |work: Work| {
        let work = charged(work.following(&aux("funding")), "funding", "");
        work.simulation(|account| account.carry = Some(carry.clone()))
    };
    let backtest = server.result(all(sma_cross(3, 20))).await;
    assert!(backtest.metrics["carry_cost"] != 0.0);
    let search = all(sma_cross(3, 20)).sweep().over("fast", 3, 4, 1);
    let run = server.run(search).await;
    let trial = &server.trials(&run.run_id).await[0];
    assert_eq!(trial.metrics, backtest.metrics);
    // A rate is a number of the account like others, and can be swept.
    let swept = all(sma_cross(3, 20)).sweep().over("carry.cash_rate", 0, 0, 1);
    let run = server.run(swept).await;
    let without = &server.trials(&run.run_id).await[0];
    assert!(without.metrics["carry_cost"] > backtest.metrics["carry_cost"]);
}

#[tokio::test]
async fn a_series_that_is_charged_by_stands_among_those_of_the_run_and_has_its_column() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let file = format!("known_at,mark,index\n{START_MS},1,2\n");
    server.import_aux(aux("funding"), file).await.unwrap();
    let refused = server.refusal(charged(buy_and_hold(), "funding", "")).await;
    refused.assert_invalid(&["backtest.simulation.instruments"]);
    let named = buy_and_hold().following(&aux("funding"));
    let refused = server.refusal(charged(named.clone(), "funding", "")).await;
    refused.assert_invalid(&["backtest.aux[0]"]);
    let said = refused.about("backtest.aux[0]");
    assert!(said.contains("none is called rate, which funding"), "{said}");
    let other = pb::InstrumentTerms { symbol: "OTHER".into(), ..terms("", "") };
    let other = pb::InstrumentTerms { borrow_rate: "0.1".into(), ..other };
    let refused = named.simulation(|account| account.instruments.push(other));
    let refused = server.refusal(refused).await;
    refused.assert_invalid(&["backtest.aux", "backtest.simulation.instruments"]);
}

#[tokio::test]
async fn a_strategy_follows_what_nothing_is_charged_by() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let weights = rates("weight", &[(1, "0.5")]);
    server.import_aux(aux("signals"), weights).await.unwrap();
    server.import_aux(aux("dividends"), rates("amount", &[(9, "2")])).await.unwrap();
    let work = work("follow_series").following(&aux("signals")).following(&aux("dividends"));
    let result = server.result(charged(work, "", "dividends")).await;
    assert!(result.metrics["carry_cost"] < 0.0, "{:?}", result.metrics);
}

fn margined(work: Work, maintenance: &str) -> Work {
    work.simulation(|account| {
        account.max_leverage = "10".into();
        account.margin = Some(pb::Margin {
            maintenance_rate: maintenance.into(),
            liquidation_fee_rate: "0.01".into(),
            ..Default::default()
        });
    })
}

#[tokio::test]
async fn a_position_is_liquidated_inside_the_bar_and_its_trade_says_so() {
    let closes = [10_000, 10_000, 10_000, 8_900, 8_900, 8_900];
    let server = TestServer::with(&Market::of_closes(closes)).await;
    let work = buy_and_hold().cash("100").quantity("9");
    let run = server.run(margined(work, "0.01")).await;
    let trades = server.trades(&run.run_id).await;
    let [trade] = &trades[..] else { panic!("{trades:?}") };
    assert_eq!(trade.exit_reason, "LIQUIDATION");
    // 800 owed over 9 x 0.99 is 89.78 at the least, which the close does not come to.
    let held = server.run(margined(buy_and_hold().cash("100").quantity("8"), "0.01")).await;
    assert_eq!(server.trades(&held.run_id).await[0].exit_reason, "");
    assert!(trade.fees > 0.0 && trade.exit_price >= 89.0, "{trade:?}");
}

#[tokio::test]
async fn a_margin_that_liquidates_every_entry_is_refused() {
    let server = TestServer::with(&Market::wavy(50)).await;
    server
        .refusal(margined(buy_and_hold(), "0.1"))
        .await
        .assert_invalid(&["backtest.simulation.margin.maintenance_rate"]);
    server
        .refusal(margined(buy_and_hold(), ""))
        .await
        .assert_invalid(&["backtest.simulation.margin.maintenance_rate"]);
    // Swept, the least of them is a margin like any other.
    let search = buy_and_hold().sweep().over_decimals("margin.maintenance_rate", 0.0, 0.02, 0.01);
    let run = server.run(search).await;
    assert_eq!(server.trials(&run.run_id).await.len(), 3);
}

#[tokio::test]
async fn holding_costs_chance_what_it_costs_the_strategy() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let eighths: Vec<_> = (0..400).map(|eighth| (eighth * 8 * 60, "0.001")).collect();
    let funding = aux_of("funding", "BARS");
    server.import_aux(funding.clone(), rates("rate", &eighths)).await.unwrap();
    let mut charged = crossing();
    charged.simulation.as_mut().unwrap().instruments.push(terms("funding", ""));
    charged.aux.push(pb::AuxSubscription {
        name: funding.name,
        exchange: funding.exchange,
        symbol: funding.symbol,
        data_sha256: String::new(),
    });
    let request = stress(charged, |spec| {
        spec.parts = vec![RobustnessPart::RandomEntries.into()];
        spec.random_entry_count = 12;
    });
    let status = server.run(request).await;
    let variants = server.variants(&status.run_id).await;
    let paid = variants[0].metrics["carry_cost"];
    let random = || variants.iter().filter(|it| it.part() == RobustnessPart::RandomEntries);
    assert!(paid > 0.0 && random().count() == 12);
    // As long in the market, so as often charged, at prices of other times.
    for it in random() {
        let share = it.metrics["carry_cost"] / paid;
        assert!((0.3..3.0).contains(&share), "{share} of {paid}");
    }
}
