//! Backtests whose parameters change on the way, and the one that a walk-forward makes of its
//! choices.

use std::collections::{BTreeMap, BTreeSet};

use tradeforge::pb::column::Values;
use tradeforge::pb::{self, Handover};

use crate::support::{
    Refusal as _, START_MS, TestServer, again, import_hours, int, on_hours, rolling, searched,
    sma_cross, tested, twelve, walk, walked,
};

const DAY_S: i64 = 86_400;
const ALL: [Handover; 4] = [Handover::Close, Handover::RunOff, Handover::Keep, Handover::Adopt];

fn day(day: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: START_MS / 1_000 + day * DAY_S, nanos: 0 }
}

fn to(from_day: i64, fast: i64, slow: i64) -> pb::ParamChange {
    let params = [("fast".to_owned(), int(fast)), ("slow".to_owned(), int(slow))].into();
    pb::ParamChange { from_time: Some(day(from_day)), params, flat: false }
}

fn flat(from_day: i64) -> pb::ParamChange {
    pb::ParamChange { from_time: Some(day(from_day)), params: [].into(), flat: true }
}

fn changing(schedule: Vec<pb::ParamChange>, handover: Handover) -> pb::BacktestSpec {
    let mut base = twelve().base.unwrap();
    base.params.extend([("fast".to_owned(), int(2)), ("slow".to_owned(), int(12))]);
    pb::BacktestSpec { schedule, handover: handover.into(), ..base }
}

#[track_caller]
fn hash(status: &pb::RunStatus) -> String {
    match &status.result {
        Some(pb::run_status::Result::Backtest(result)) => result.result_sha256.clone(),
        other => panic!("{other:?} in {status:?}"),
    }
}

#[track_caller]
fn metrics(status: &pb::RunStatus) -> BTreeMap<String, f64> {
    match &status.result {
        Some(pb::run_status::Result::Backtest(result)) => result.metrics.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_walk_forward_is_one_backtest_that_anybody_can_make() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let mut seen = Vec::new();
    for handover in ALL {
        let mut request = walk(twelve(), rolling());
        if let Some(pb::submit_request::Spec::WalkForward(spec)) = &mut request.spec {
            spec.handover = handover.into();
        }
        let (status, windows) = server.walk(request).await;
        let carried = walked(&status).carried.unwrap();
        let backtest = carried.backtest.clone().unwrap();
        assert_eq!(backtest.handover(), handover);
        let chosen: Vec<_> = windows.iter().map(|window| window.selected_trial).collect();
        let changed = chosen.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(changed > 0 && backtest.schedule.len() == changed, "{chosen:?}");
        let mut last = backtest.params.clone();
        assert_eq!(last, windows[0].params);
        for change in &backtest.schedule {
            let from = windows.iter().find(|window| {
                window.out_of_sample.as_ref().unwrap().start_time == change.from_time
            });
            assert_eq!(change.params, from.unwrap().params);
            assert_ne!(change.params, last);
            last.clone_from(&change.params);
        }
        let plain = server.run(tested(backtest.clone())).await;
        assert_eq!(hash(&plain), carried.result_sha256, "{handover:?}");
        assert_eq!(metrics(&plain), carried.metrics);
        let same = server.run(again(tested(backtest))).await;
        assert_eq!(hash(&same), carried.result_sha256);
        let listed = server.trades(&plain.run_id).await;
        assert_eq!(listed.len() as f64, carried.metrics["trade_count"]);
        seen.push(carried.result_sha256);
    }
    let different: BTreeSet<_> = seen.iter().collect();
    assert_eq!(different.len(), ALL.len(), "{seen:?}");
}

#[tokio::test]
async fn a_change_to_the_same_parameters_changes_nothing_and_another_one_does() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let plain = server.run(tested(changing(Vec::new(), Handover::Unspecified))).await;
    for handover in ALL {
        let same = changing(vec![to(30, 2, 12), to(60, 2, 12)], handover);
        let same = server.run(tested(same)).await;
        assert_eq!(hash(&same), hash(&plain), "{handover:?}");
        let other = server.run(tested(changing(vec![to(30, 4, 36)], handover))).await;
        assert_ne!(hash(&other), hash(&plain), "{handover:?}");
    }
    let unsaid = server.submit(tested(changing(vec![to(30, 4, 36)], Handover::Unspecified))).await;
    let close = server.submit(tested(changing(vec![to(30, 4, 36)], Handover::Close))).await;
    let keep = server.submit(tested(changing(vec![to(30, 4, 36)], Handover::Keep))).await;
    assert_eq!(unsaid.run_key, close.run_key);
    assert_ne!(unsaid.run_key, keep.run_key);
}

#[tokio::test]
async fn from_a_flat_change_on_nothing_is_held_and_the_spec_is_told_as_it_was_resolved() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let spec = changing(vec![flat(30), to(60, 4, 36)], Handover::Close);
    let status = server.run(tested(spec)).await;
    let all = server.trades(&status.run_id).await;
    let seconds = |time: Option<prost_types::Timestamp>| time.unwrap().seconds;
    let (closed, begun) = (seconds(Some(day(30))), seconds(Some(day(60))));
    assert!(all.iter().any(|trade| seconds(trade.entry_time) < closed));
    assert!(all.iter().any(|trade| seconds(trade.entry_time) >= begun));
    for trade in &all {
        let entry = seconds(trade.entry_time);
        assert!(entry < closed || entry >= begun, "{trade:?}");
        assert!(entry >= begun || seconds(trade.exit_time) <= closed, "{trade:?}");
    }
    let Some(pb::run::Spec::Backtest(told)) = server.describe(&status.run_id).await.spec else {
        panic!("no backtest")
    };
    assert!(told.schedule[0].flat && told.schedule[0].params.is_empty());
    assert!(told.schedule[1].params.len() > 2, "all parameters, those that stay as well");
    assert_eq!(hash(&server.run(again(tested(told))).await), hash(&status));
}

#[tokio::test]
async fn adopting_holds_what_the_new_parameters_hold_alone() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let mut alone = changing(Vec::new(), Handover::Unspecified);
    alone.params.extend([("fast".to_owned(), int(4)), ("slow".to_owned(), int(36))]);
    let alone = server.run(tested(alone)).await.run_id;
    let seconds = |time: Option<prost_types::Timestamp>| time.map_or(i64::MAX, |it| it.seconds);
    let alone = server.trades(&alone).await;
    let (mut entered, mut handed_over) = (0, 0);
    for border in (10..110).step_by(7) {
        let adopting = changing(vec![to(border, 4, 36)], Handover::Adopt);
        let adopting = server.run(tested(adopting)).await.run_id;
        let border = seconds(Some(day(border)));
        let after = |trades: &[pb::Trade]| -> Vec<(i64, i64)> {
            let ends = trades.iter().map(|it| (seconds(it.entry_time), seconds(it.exit_time)));
            let ends = ends.filter(|(_, exit)| *exit > border);
            ends.map(|(entry, exit)| (entry.max(border), exit)).collect()
        };
        let trades = server.trades(&adopting).await;
        assert_eq!(after(&trades), after(&alone), "{border}");
        entered += trades.iter().filter(|it| seconds(it.entry_time) == border).count();
        let closed = trades.iter().filter(|it| it.exit_reason == "HANDOVER");
        handed_over += closed.inspect(|it| assert_eq!(seconds(it.exit_time), border)).count();
    }
    assert!(entered > 0 && handed_over > 0, "{entered} {handed_over}");
}

#[tokio::test]
async fn what_no_schedule_can_say_is_refused_by_its_place() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let refused = async |schedule, fields: &[&str]| {
        let spec = changing(schedule, Handover::Close);
        server.refusal(tested(spec)).await.assert_invalid(fields);
    };
    refused(vec![to(30, 4, 36), to(30, 2, 12)], &["backtest.schedule[1].from_time"]).await;
    refused(vec![to(-1, 4, 36)], &["backtest.schedule[0].from_time"]).await;
    refused(vec![to(120, 4, 36)], &["backtest.schedule[0].from_time"]).await;
    let unknown = pb::ParamChange { params: [("fats".to_owned(), int(3))].into(), ..to(9, 4, 36) };
    refused(vec![unknown], &["backtest.schedule[0].params.fats"]).await;
    let timeless = pb::ParamChange { from_time: None, ..to(9, 4, 36) };
    refused(vec![timeless], &["backtest.schedule[0].from_time"]).await;
    let both = pb::ParamChange { flat: true, ..to(9, 4, 36) };
    refused(vec![both], &["backtest.schedule[0].params"]).await;
    // The fast average is the slower one.
    refused(vec![to(9, 40, 36)], &["backtest.schedule[0].params.fast"]).await;
    refused((0..401).map(|hour| to(hour, 4, 36)).collect(), &["backtest.schedule"]).await;
    let mut odd = changing(vec![to(9, 4, 36)], Handover::Close);
    odd.handover = 5;
    server.refusal(tested(odd)).await.assert_invalid(&["backtest.handover"]);
    let mut search = twelve();
    search.base.get_or_insert_default().schedule = vec![to(9, 4, 36)];
    let field = "optimization.base.schedule";
    server.refusal(searched(search.clone())).await.assert_invalid(&[field]);
    let field = "walk_forward.search.base.schedule";
    server.refusal(walk(search, rolling())).await.assert_invalid(&[field]);
    let base = Some(changing(vec![to(9, 4, 36)], Handover::Close));
    let stress = pb::RobustnessSpec { base, ..Default::default() };
    let spec = Some(pb::submit_request::Spec::Robustness(stress));
    let refusal = server.refusal(pb::SubmitRequest { spec, ..Default::default() }).await;
    refusal.assert_invalid(&["robustness.base.schedule"]);
}

#[tokio::test]
async fn an_account_that_is_swept_makes_no_backtest_of_its_choices() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let work = sma_cross(2, 12).cash("100000").all_in();
    let search = on_hours(work.sweep().over_decimals("sizing.equity_fraction", 0.5, 1.0, 0.25));
    let answer = server.submit(walk(search, rolling())).await;
    assert!(answer.warnings.iter().any(|it| it.contains("sweeps the account")), "{answer:?}");
    let status = server.when_final(&answer.run_id).await;
    assert!(walked(&status).carried.is_none());
}

const CROSS: &str = "strategy \"Two averages\"
param fast = 3 from 1 to 50
param slow = 8 from 2 to 200
f = sma(close, fast)
s = sma(close, slow)
held = position.bars
enter long when crosses_above(f, s)
exit long when crosses_below(f, s)
";

#[tokio::test]
async fn a_text_takes_turns_with_itself_and_its_values_are_those_of_whose_turn_it_was() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let text = || sma_cross(2, 12).cash("100000").rules(CROSS);
    let search = on_hours(text().sweep().over("fast", 2, 8, 2).over("slow", 12, 36, 12));
    let (status, _) = server.walk(walk(search, rolling())).await;
    let carried = walked(&status).carried.unwrap();
    let spec = carried.backtest.unwrap();
    assert!(!spec.schedule.is_empty());
    let run_id = server.run(tested(spec.clone())).await.run_id;
    let status = server.status(&run_id).await;
    assert_eq!(hash(&status), carried.result_sha256);
    let values = async |spec: pb::BacktestSpec| {
        let run_id = server.run(tested(spec)).await.run_id;
        let names = vec!["s".to_owned()];
        let max_points = 5_000;
        let request = pb::GetRuleValuesRequest { run_id, names, max_points, ..Default::default() };
        let answer = server.results().get_rule_values(request).await.unwrap().into_inner();
        let Some(Values::Doubles(column)) = answer.columns[0].values.clone() else {
            panic!("{answer:?}")
        };
        assert_eq!(column.values.len() as i64, answer.total_bars);
        (answer.time_unix_ms, column.values)
    };
    let (times, both) = values(spec.clone()).await;
    let change = spec.schedule[0].clone();
    let border = change.from_time.unwrap().seconds * 1_000;
    let (_, first) = values(pb::BacktestSpec { schedule: Vec::new(), ..spec.clone() }).await;
    let then = pb::BacktestSpec { params: change.params, schedule: Vec::new(), ..spec };
    let (_, second) = values(then).await;
    let place = times.partition_point(|time| *time < border);
    assert_eq!(both[..place], first[..place]);
    assert_eq!(both[place], second[place]);
    assert_ne!(first, second);
}
