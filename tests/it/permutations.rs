//! Validations by bars in another order: the whole search again, over markets that hold nothing.

use std::fmt::Write as _;

use tonic::Code;
use tradeforge::market::{Bar, Columns};
use tradeforge::pb;
use tradeforge::pb::{ReusePolicy, RunState};
use tradeforge::sweep::mix;
use tradeforge::validation::Reordering;

use crate::support::{
    ChildServer, Client, Market, Refusal as _, START_MS, Sweep, TestServer, search_result, series,
    sma_cross,
};

const HOUR_MS: i64 = 3_600_000;
const BARS: usize = 2_400;

/// Bars of an hour whose closes go up or down by chance, in cents.
fn walk(seed: u64) -> Columns {
    let mut bars = Columns::default();
    let mut close = 100_000;
    for index in 0..BARS {
        let word = mix(seed.wrapping_add(index as u64));
        let open = close + (word >> 8) as i64 % 20 - 10;
        close = open + (word >> 16) as i64 % 401 - 200;
        bars.push(Bar {
            open_time_ms: START_MS + index as i64 * HOUR_MS,
            open,
            high: open.max(close) + (word >> 32) as i64 % 50,
            low: open.min(close) - (word >> 40) as i64 % 50,
            close,
            volume: 1.0,
        });
    }
    bars
}

async fn import(client: &Client, symbol: &str, bars: &Columns) {
    let mut csv = "timestamp_ms,open,high,low,close,volume\n".to_owned();
    for index in 0..bars.len() {
        let bar = bars.bar(index);
        let cents = [bar.open, bar.high, bar.low, bar.close];
        let prices = cents.map(|cents| format!("{}.{:02}", cents / 100, cents % 100)).join(",");
        _ = writeln!(csv, "{},{prices},{}", bar.open_time_ms, bar.volume);
    }
    let spec =
        pb::SeriesSpec { timeframe: "1h".into(), price_tick: "0.01".into(), ..series(symbol) };
    client.try_import(spec, &csv).await.unwrap();
}

/// Twenty trials over hours of that instrument.
fn sweep(symbol: &'static str) -> Sweep {
    let work = sma_cross(1, 1).cash("1000000").commission("0.0005").all_in();
    let sweep = work.sweep().over("fast", 2, 10, 2).over("slow", 20, 80, 20);
    sweep.spec(|spec| {
        for subscription in &mut spec.base.get_or_insert_default().subscriptions {
            subscription.timeframe = "1h".into();
            subscription.symbol = symbol.into();
        }
    })
}

/// The validation of a run by so many orders of its bars.
fn validation(run_id: &str, permutation_count: i32) -> pb::SubmitRequest {
    let run_id = run_id.to_owned();
    let spec = pb::ValidationSpec { run_id, permutation_count, seed: 3, ..Default::default() };
    let spec = Some(pb::submit_request::Spec::Validation(spec));
    pb::SubmitRequest { spec, ..Default::default() }
}

fn again(request: pb::SubmitRequest) -> pb::SubmitRequest {
    pb::SubmitRequest { reuse_policy: ReusePolicy::AlwaysNew.into(), ..request }
}

#[track_caller]
fn found(status: &pb::RunStatus) -> pb::ValidationResult {
    match &status.result {
        Some(pb::run_status::Result::Validation(result)) => result.clone(),
        other => panic!("{other:?} in {status:?}"),
    }
}

async fn lists(client: &Client, run_id: &str, columns: &[&str]) -> Vec<Vec<f64>> {
    let columns = columns.iter().map(|&name| name.to_owned()).collect();
    let request = pb::GetDistributionsRequest { run_id: run_id.to_owned(), columns };
    let answer = client.results().get_distributions(request).await.unwrap().into_inner();
    let values = answer.columns.into_iter().map(|column| match column.values {
        Some(pb::column::Values::Doubles(doubles)) => doubles.values,
        other => panic!("{other:?}"),
    });
    values.collect()
}

async fn searched(client: &Client, symbol: &'static str) -> (String, f64) {
    let run_id = client.submit(sweep(symbol)).await.run_id;
    let result = search_result(&client.when_final(&run_id).await);
    (run_id, result.best_trial.unwrap().objective_value.unwrap())
}

#[tokio::test]
async fn the_best_over_an_order_is_that_of_a_search_over_bars_in_it() {
    let server = TestServer::start().await;
    let bars = walk(4);
    import(&server, "BARS", &bars).await;
    let (run_id, best) = searched(&server, "BARS").await;
    let answer = server.submit(validation(&run_id, 3)).await;
    assert_eq!(answer.total, 20 * 4);
    let status = server.when_final(&answer.run_id).await;
    let progress = status.progress.clone().unwrap();
    assert_eq!((progress.completed, progress.failed, progress.total), (80, 0, 80));

    let mut by_hand = Vec::new();
    for (draw, symbol) in ["ONE", "TWO", "THREE"].into_iter().enumerate() {
        let order = Reordering { seed: 3, draw: draw as u64 };
        import(&server, symbol, &order.of(&bars, 0..BARS)).await;
        by_hand.push(searched(&server, symbol).await.1);
    }
    by_hand.sort_by(f64::total_cmp);
    let told = lists(&server, &answer.run_id, &["permuted_best", "observed_objective"]).await;
    assert_eq!(told, [by_hand.clone(), vec![best]]);
    let reached = by_hand.iter().filter(|value| **value >= best).count();
    let p = found(&status).permutation_p.unwrap();
    assert_eq!(p, (1 + reached) as f64 / 4.0);
    let without = found(&server.run(validation(&run_id, 0)).await);
    assert_eq!(without.permutation_p, None);
    assert_eq!(without.spa_p, found(&status).spa_p);
}

#[tokio::test]
async fn orders_that_were_computed_before_a_kill_are_not_computed_again() {
    let server = ChildServer::start().await;
    import(&server, "BARS", &walk(5)).await;
    let (run_id, _) = searched(&server, "BARS").await;
    let undisturbed = server.run(validation(&run_id, 40)).await;
    let second = server.submit(again(validation(&run_id, 40))).await.run_id;
    let mut watch = server.watch(&second).await;
    loop {
        let snapshot = watch.next_snapshot().await.expect("it is told to its end");
        if snapshot.progress.as_ref().is_some_and(|progress| progress.completed > 100) {
            break;
        }
    }
    let server = server.kill().serve().await;
    let status = server.when_final(&second).await;
    assert_eq!(found(&status), found(&undisturbed));
    let counts = |status: &pb::RunStatus| {
        let progress = status.progress.clone().unwrap();
        (progress.completed, progress.failed, progress.total)
    };
    assert_eq!((counts(&status), counts(&undisturbed)), ((820, 0, 820), (820, 0, 820)));
}

#[tokio::test]
async fn paused_between_orders_and_resumed_it_has_the_result_of_an_undisturbed_one() {
    let server = ChildServer::start().await;
    import(&server, "BARS", &walk(5)).await;
    let (run_id, _) = searched(&server, "BARS").await;
    let undisturbed = server.run(validation(&run_id, 400)).await;
    let second = server.submit(again(validation(&run_id, 400))).await.run_id;
    let mut watch = server.watch(&second).await;
    loop {
        let snapshot = watch.next_snapshot().await.expect("it is told to its end");
        if snapshot.progress.as_ref().is_some_and(|progress| progress.completed > 100) {
            break;
        }
    }
    let paused = server.pause(&second).await;
    assert_eq!((paused.state(), &paused.result), (RunState::Paused, &None));
    // What is paused is so after a kill as well.
    let server = server.kill().serve().await;
    assert_eq!(server.status(&second).await.state(), RunState::Paused);
    server.resume(&second).await;
    let status = server.when_final(&second).await;
    assert_eq!(found(&status), found(&undisturbed));
    assert_eq!(lists(&server, &second, &[]).await, lists(&server, &undisturbed.run_id, &[]).await);
}

#[tokio::test]
async fn a_cancel_between_orders_ends_the_run_without_a_result() {
    let server = TestServer::start().await;
    import(&server, "BARS", &walk(6)).await;
    let (run_id, _) = searched(&server, "BARS").await;
    let long = server.submit(validation(&run_id, 1_000)).await.run_id;
    server.until_running(&long).await;
    server.cancel(&long).await;
    let status = server.when_final(&long).await;
    assert_eq!((status.state(), status.result.clone()), (RunState::Cancelled, None));
    assert!(status.progress.unwrap().completed < 20 * 1_001);
    let request = pb::GetDistributionsRequest { run_id: long.clone(), ..Default::default() };
    let refusal = server.results().get_distributions(request).await.unwrap_err();
    assert_eq!(refusal.reason(), "RUN_NOT_FINISHED");
    server.runs().delete_run(pb::DeleteRunRequest { run_id: long }).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_put_in_order_or_told_is_refused() {
    let server = TestServer::start().await;
    import(&server, "BARS", &walk(7)).await;
    let (run_id, _) = searched(&server, "BARS").await;
    for count in [-1, 1_001] {
        let refusal = server.refusal(validation(&run_id, count)).await;
        refusal.assert_invalid(&["validation.permutation_count"]);
    }
    let ask = |run_id: &str, column: &str| pb::GetDistributionsRequest {
        run_id: run_id.to_owned(),
        columns: vec![column.to_owned()],
    };
    let mut results = server.results();
    let refusal = results.get_distributions(ask(&run_id, "logits")).await.unwrap_err();
    assert_eq!(
        (refusal.code(), refusal.reason().as_str()),
        (Code::FailedPrecondition, "NO_DISTRIBUTIONS")
    );
    let judged = server.submit(validation(&run_id, 0)).await.run_id;
    server.when_final(&judged).await;
    let refusal = results.get_distributions(ask(&judged, "logit")).await.unwrap_err();
    refusal.assert_invalid(&["columns[0]"]);
    assert!(refusal.about("columns[0]").contains("logits"), "{refusal:?}");

    let told = lists(&server, &judged, &[]).await;
    let lengths: Vec<usize> = told.iter().map(Vec::len).collect();
    // As in the contract: draws, one, choices of half of 16 blocks thinned, pairs, leaders; and
    // what was not asked, other orders and paths.
    assert_eq!(lengths, [1_000, 1, 4_096, 4_096, 4_096, 20, 20, 20, 0, 0, 0]);
}

#[tokio::test]
async fn bars_of_several_subscriptions_are_no_market_in_another_order() {
    let server = TestServer::with(&Market::wavy(200)).await;
    server.import_as("MORE", &Market::wavy(200)).await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 2, 4, 1).over("slow", 6, 9, 3);
    let both = sweep.spec(|spec| {
        let base = spec.base.get_or_insert_default();
        let more = pb::Subscription { symbol: "MORE".into(), ..base.subscriptions[0].clone() };
        base.subscriptions.push(more);
        spec.objective = Some(pb::Objective { metric: "net_profit".into(), goal: 0 });
    });
    let run_id = server.submit(both).await.run_id;
    server.when_final(&run_id).await;
    let refusal = server.refusal(validation(&run_id, 5)).await;
    refusal.assert_invalid(&["validation.permutation_count"]);
}
