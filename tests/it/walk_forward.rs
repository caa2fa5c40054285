//! Walk-forwards: a search judged by days that it had not seen, as a run like any other.

use std::num::NonZero;

use tonic::Code;
use tradeforge::pb;
use tradeforge::pb::import_bars_request::Source;
use tradeforge::pb::walk_forward_spec::Scheme;
use tradeforge::pb::{RunKind, RunState, SyntheticBars};

use crate::support::{
    ChildServer, Client, Refusal as _, START_MS, TestServer, search_result, series, sma_cross,
};

/// Days that the made-up bars last.
const DAYS: i64 = 120;
const DAY_MS: i64 = 86_400_000;

/// Bars of an hour over so many days, as `TEST:BARS@1h`.
async fn import_hours(client: &Client) {
    let spec = pb::SeriesSpec { timeframe: "1h".into(), ..series("BARS") };
    let start_time = Some(prost_types::Timestamp { seconds: START_MS / 1_000, nanos: 0 });
    let bars = SyntheticBars { bar_count: DAYS * 24, seed: 9, start_time, ..Default::default() };
    client.import_from(spec, Source::Synthetic(bars)).await.unwrap();
}

/// A search of twelve trials over hours.
fn search() -> pb::OptimizationSpec {
    let work = sma_cross(1, 1).cash("100000").commission("0.0005").all_in();
    let sweep = work.sweep().over("fast", 2, 8, 2).over("slow", 12, 36, 12);
    let request: pb::SubmitRequest = sweep.into();
    let Some(pb::submit_request::Spec::Optimization(mut spec)) = request.spec else {
        panic!("{request:?}")
    };
    for subscription in &mut spec.base.get_or_insert_default().subscriptions {
        subscription.timeframe = "1h".into();
    }
    spec
}

fn walk(search: pb::OptimizationSpec, scheme: Option<Scheme>) -> pb::SubmitRequest {
    let spec = pb::WalkForwardSpec { search: Some(search), scheme };
    let spec = Some(pb::submit_request::Spec::WalkForward(spec));
    pb::SubmitRequest { spec, ..Default::default() }
}

/// Thirty days to choose by and twenty after them: four windows.
fn lengths() -> pb::Windows {
    pb::Windows { in_sample_days: 30, out_of_sample_days: 20, ..Default::default() }
}

fn rolling() -> Option<Scheme> {
    Some(Scheme::Rolling(lengths()))
}

#[track_caller]
fn found(status: &pb::RunStatus) -> pb::WalkForwardResult {
    match &status.result {
        Some(pb::run_status::Result::WalkForward(result)) => result.clone(),
        other => panic!("{other:?} in {status:?}"),
    }
}

async fn windows(client: &Client, run_id: &str) -> Vec<pb::Window> {
    let request = pb::ListWindowsRequest { run_id: run_id.to_owned() };
    client.results().list_windows(request).await.unwrap().into_inner().windows
}

fn near(left: f64, right: f64) {
    assert!((left - right).abs() <= 1e-9 * right.abs().max(1e-3), "{left} is not {right}");
}

fn days_of(range: Option<&pb::TimeRange>) -> (i64, i64) {
    let range = range.unwrap();
    let day =
        |time: Option<prost_types::Timestamp>| (time.unwrap().seconds * 1_000 - START_MS) / DAY_MS;
    (day(range.start_time), day(range.end_time))
}

#[tokio::test]
async fn every_window_is_a_search_and_then_a_backtest_of_what_it_found() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let answer = server.submit(walk(search(), rolling())).await;
    assert_eq!(answer.total, 4 * 2 * 12);
    let status = server.when_final(&answer.run_id).await;
    assert_eq!((status.state(), status.kind()), (RunState::Completed, RunKind::WalkForward));
    let result = found(&status);
    assert_eq!((result.window_count, result.completed, result.failed), (4, 96, 0));
    let progress = status.progress.clone().unwrap();
    assert_eq!((progress.completed, progress.total), (96, 96));

    let run = server.describe(&answer.run_id).await;
    let Some(pb::run::Spec::WalkForward(resolved)) = run.spec else { panic!("{run:?}") };
    let base = resolved.search.unwrap().base.unwrap();
    let found = windows(&server, &answer.run_id).await;
    let mut cash = 100_000.0_f64;
    let mut growth = 1.0;
    for (number, window) in found.iter().enumerate() {
        let first = 20 * number as i64;
        assert_eq!(days_of(window.in_sample.as_ref()), (first, first + 30));
        assert_eq!(days_of(window.out_of_sample.as_ref()), (first + 30, first + 50));

        // The search, made by hand.
        let mut by_hand = search();
        let its_base = by_hand.base.as_mut().unwrap();
        its_base.time_range = window.in_sample;
        its_base.warmup_bars = base.warmup_bars;
        let request = pb::SubmitRequest {
            spec: Some(pb::submit_request::Spec::Optimization(by_hand)),
            ..Default::default()
        };
        let searched = search_result(&server.run(request).await);
        let best = searched.best_trial.unwrap();
        assert_eq!(window.selected_trial, Some(best.trial_index));
        assert_eq!(window.in_sample_objective, best.objective_value);
        assert_eq!(window.params["fast"], best.params["fast"]);

        // The account, made by hand.
        let mut leg = base.clone();
        leg.params = window.params.clone();
        leg.time_range = window.out_of_sample;
        let simulation = leg.simulation.as_mut().unwrap();
        simulation.initial_cash = format!("{cash}");
        simulation.end_of_run_policy = pb::EndOfRunPolicy::CloseAtLastClose.into();
        let request = pb::SubmitRequest {
            spec: Some(pb::submit_request::Spec::Backtest(leg)),
            ..Default::default()
        };
        let backtest = server.result(request).await;
        assert_eq!(window.out_of_sample_metrics, backtest.metrics, "window {number}");
        cash = backtest.metrics["final_equity"];
        growth *= 1.0 + backtest.metrics["total_return"];
        let compounded: f64 = window.returns.iter().map(|value| 1.0 + value).product();
        near(compounded, 1.0 + backtest.metrics["total_return"]);
    }
    near(result.metrics["total_return"], growth - 1.0);
    near(cash, 100_000.0 * growth);
    let of = |name: &str| result.baselines[name];
    assert!(of("hindsight") >= of("median_trial") && of("hindsight") >= of("all_trials"));
    assert!(result.sentence.contains("days that it had not seen"), "{}", result.sentence);
    assert!(found.iter().all(|window| window.out_of_sample_rank.unwrap() >= 1.0));
    assert_eq!(result.stability.len(), 2);
}

#[tokio::test]
async fn nothing_after_a_window_changes_what_it_chose() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let whole = server.submit(walk(search(), rolling())).await.run_id;
    server.when_final(&whole).await;
    let mut cut = search();
    let end_ms = START_MS + 75 * DAY_MS;
    let end_time = Some(prost_types::Timestamp { seconds: end_ms / 1_000, nanos: 0 });
    cut.base.as_mut().unwrap().time_range = Some(pb::TimeRange { start_time: None, end_time });
    let cut = server.submit(walk(cut, rolling())).await.run_id;
    server.when_final(&cut).await;
    let (whole, cut) = (windows(&server, &whole).await, windows(&server, &cut).await);
    assert_eq!((whole.len(), cut.len()), (4, 2));
    assert_eq!(whole[..2], cut);
}

#[tokio::test]
async fn anchored_windows_choose_by_all_days_before_and_without_lengths_there_are_eight() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let anchored = Some(Scheme::Anchored(pb::Windows { purge_days: 2, ..lengths() }));
    let run_id = server.submit(walk(search(), anchored)).await.run_id;
    server.when_final(&run_id).await;
    let found = windows(&server, &run_id).await;
    assert_eq!(days_of(found[2].in_sample.as_ref()), (0, 70));
    assert_eq!(days_of(found[2].out_of_sample.as_ref()), (72, 92));
    let run_id = server.submit(walk(search(), None)).await.run_id;
    server.when_final(&run_id).await;
    let run = server.describe(&run_id).await;
    let Some(pb::run::Spec::WalkForward(spec)) = run.spec else { panic!("{run:?}") };
    let Some(Scheme::Rolling(resolved)) = spec.scheme else { panic!("{spec:?}") };
    assert_eq!((resolved.in_sample_days, resolved.out_of_sample_days), (40, 10));
    assert_eq!(windows(&server, &run_id).await.len(), 8);
}

#[tokio::test]
async fn the_same_walk_forward_has_the_same_result_on_any_number_of_threads() {
    let mut hashes = Vec::new();
    for workers in [1, 2, 8] {
        let server = TestServer::start_with(|config| config.workers = NonZero::new(workers)).await;
        import_hours(&server).await;
        hashes.push(found(&server.run(walk(search(), rolling())).await).result_sha256);
    }
    assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{hashes:?}");
}

#[tokio::test]
async fn windows_that_were_done_before_a_kill_are_not_computed_again() {
    let server = ChildServer::start().await;
    import_hours(&server).await;
    let undisturbed = found(&server.run(walk(search(), None)).await);
    let again = pb::SubmitRequest {
        reuse_policy: pb::ReusePolicy::AlwaysNew.into(),
        ..walk(search(), None)
    };
    let run_id = server.submit(again).await.run_id;
    let mut watch = server.watch(&run_id).await;
    loop {
        let snapshot = watch.next_snapshot().await.expect("it is told to its end");
        if snapshot.progress.as_ref().is_some_and(|progress| progress.completed > 30) {
            break;
        }
    }
    let server = server.kill().serve().await;
    assert_eq!(found(&server.when_final(&run_id).await), undisturbed);
    server.runs().delete_run(pb::DeleteRunRequest { run_id }).await.unwrap();
}

#[tokio::test]
async fn a_window_without_a_feasible_trial_rests() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let mut search = search();
    search.constraints.push(pb::Constraint {
        metric: "trade_count".into(),
        min_value: Some(100_000.0),
        max_value: None,
    });
    let run_id = server.submit(walk(search, rolling())).await.run_id;
    let result = found(&server.when_final(&run_id).await);
    assert_eq!((result.empty_window_count, result.efficiency), (4, None));
    assert_eq!(result.metrics["total_return"], 0.0);
    let found = windows(&server, &run_id).await;
    assert!(found.iter().all(|window| window.selected_trial.is_none() && window.params.is_empty()));
}

#[tokio::test]
async fn what_cannot_be_walked_is_refused_with_all_its_faults() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let long = Some(Scheme::Rolling(pb::Windows { in_sample_days: 100, ..lengths() }));
    let refusal = server.refusal(walk(search(), long)).await;
    refusal.assert_invalid(&["walk_forward.rolling.in_sample_days"]);
    let half = Some(Scheme::Anchored(pb::Windows { in_sample_days: 9, ..Default::default() }));
    let refusal = server.refusal(walk(search(), half)).await;
    refusal.assert_invalid(&["walk_forward.anchored.out_of_sample_days"]);
    let mut bad = search();
    bad.objective = Some(pb::Objective { metric: "sharp".into(), goal: 0 });
    let negative = Some(Scheme::Rolling(pb::Windows { purge_days: -1, ..lengths() }));
    let refusal = server.refusal(walk(bad, negative)).await;
    refusal.assert_invalid(&[
        "walk_forward.rolling.purge_days",
        "walk_forward.search.objective.metric",
    ]);

    let run_id = server.submit(walk(search(), rolling())).await.run_id;
    server.when_final(&run_id).await;
    let trades = pb::ListTradesRequest { run_id: run_id.clone(), ..Default::default() };
    let refusal = server.results().list_trades(trades).await.unwrap_err();
    assert_eq!(
        (refusal.code(), refusal.reason().as_str()),
        (Code::FailedPrecondition, "IS_A_WALK_FORWARD")
    );
    let mut on_hours: pb::SubmitRequest = sma_cross(2, 9).into();
    if let Some(pb::submit_request::Spec::Backtest(spec)) = &mut on_hours.spec {
        spec.subscriptions[0].timeframe = "1h".into();
    }
    let backtest = server.submit(on_hours).await.run_id;
    let request = pb::ListWindowsRequest { run_id: backtest };
    let refusal = server.results().list_windows(request).await.unwrap_err();
    assert_eq!(refusal.reason(), "NOT_A_WALK_FORWARD");
}
