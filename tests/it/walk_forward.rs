//! Walk-forwards: a search judged by days that it had not seen, as a run like any other.

use tonic::Code;
use tradeforge::pb;
use tradeforge::pb::optimization_spec::Search;
use tradeforge::pb::walk_forward_spec::Scheme;
use tradeforge::pb::{RunKind, RunState};

use crate::support::{
    DAY_MS, Refusal as _, START_MS, TestServer, days_of, hours, hours_on, import_hours, int,
    lengths, rolling, search_result, searched, tested, twelve, walk, walked,
};

#[track_caller]
fn near(left: f64, right: f64) {
    assert!((left - right).abs() <= 1e-9 * right.abs().max(1e-3), "{left} is not {right}");
}

fn over(
    search: &pb::OptimizationSpec,
    range: impl Into<Option<pb::TimeRange>>,
) -> pb::OptimizationSpec {
    let mut search = search.clone();
    search.base.get_or_insert_default().time_range = range.into();
    search
}

/// The best trial of a search, with all that is known of it.
async fn best_of(server: &TestServer, search: pb::OptimizationSpec) -> pb::TrialSummary {
    let status = server.run(searched(search)).await;
    let best = search_result(&status).best_trial.expect("a best trial");
    server.trials(&status.run_id).await.swap_remove(best.trial_index as usize)
}

/// All time before that day.
fn until(day: i64) -> pb::TimeRange {
    let end_ms = START_MS + day * DAY_MS;
    let end_time = Some(prost_types::Timestamp { seconds: end_ms / 1_000, nanos: 0 });
    pb::TimeRange { start_time: None, end_time }
}

#[tokio::test]
async fn every_window_is_a_search_and_then_a_backtest_of_what_it_found() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let answer = server.submit(walk(twelve(), rolling())).await;
    assert_eq!(answer.total, 4 * 2 * 12);
    assert_eq!(answer.warnings, ["the last 10 of 120 days are in no window"]);
    let status = server.when_final(&answer.run_id).await;
    assert_eq!((status.state(), status.kind()), (RunState::Completed, RunKind::WalkForward));
    let result = walked(&status);
    assert_eq!((result.window_count, result.completed, result.failed), (4, 96, 0));
    let progress = status.progress.clone().unwrap();
    assert_eq!((progress.completed, progress.total), (96, 96));

    let search = server.walk_spec(&answer.run_id).await.search.unwrap();
    assert_eq!(search.base.as_ref().unwrap().warmup_bars, 37, "what the slowest trial needs");
    let found = server.windows(&answer.run_id).await;
    let mut cash = "100000".to_owned();
    let mut growth = 1.0;
    for (window, number) in found.iter().zip(0..) {
        assert_eq!(days_of(window.in_sample.as_ref()), (20 * number, 20 * number + 30));
        assert_eq!(days_of(window.out_of_sample.as_ref()), (20 * number + 30, 20 * number + 50));

        // The search, made by hand.
        let best = best_of(&server, over(&search, window.in_sample)).await;
        assert_eq!(window.selected_trial, Some(best.trial_index));
        assert_eq!(window.in_sample_objective, best.objective_value);
        assert_eq!((&window.params, &window.in_sample_metrics), (&best.params, &best.metrics));

        // The account, made by hand: a backtest that begins with what the window before left.
        assert_eq!(window.initial_cash, cash);
        let mut leg = over(&search, window.out_of_sample).base.unwrap();
        leg.params.clone_from(&window.params);
        let simulation = leg.simulation.as_mut().unwrap();
        simulation.initial_cash.clone_from(&cash);
        simulation.end_of_run_policy = pb::EndOfRunPolicy::CloseAtLastClose.into();
        let backtest = server.result(tested(leg)).await;
        assert_eq!(window.result_sha256, backtest.result_sha256);
        assert_eq!(window.out_of_sample_metrics, backtest.metrics);
        assert_eq!(window.returns.len(), 20);
        let compounded: f64 = window.returns.iter().map(|value| 1.0 + value).product();
        near(compounded, 1.0 + backtest.metrics["total_return"]);
        cash = backtest.metrics["final_equity"].to_string();
        growth *= 1.0 + backtest.metrics["total_return"];
    }
    near(result.metrics["total_return"], growth - 1.0);
    near(cash.parse().unwrap(), 100_000.0 * growth);
    let trades = found.iter().map(|window| window.out_of_sample_metrics["trade_count"]);
    assert_eq!(result.metrics["trade_count"], trades.sum::<f64>());
    assert_eq!(result.metrics["return_days"], 80.0);
    assert!(result.sentence.contains("days that it had not seen"), "{}", result.sentence);
    assert_eq!(result.stability.len(), 2);
}

#[tokio::test]
async fn the_others_are_those_who_did_not_choose_over_the_same_days() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let (status, windows) = server.walk(walk(twelve(), rolling())).await;
    let search = server.walk_spec(&status.run_id).await.search.unwrap();
    let result = walked(&status);
    for window in &windows {
        let after = over(&search, window.out_of_sample);
        let run_id = server.run(searched(after.clone())).await.run_id;
        let mut trials = server.trials(&run_id).await;
        let earned = |trial: &pb::TrialSummary| trial.metrics["total_return"];
        let of = |name: &str| window.baselines[name];
        near(of("all_trials"), trials.iter().map(earned).sum::<f64>() / 12.0);
        let objective = |trial: &pb::TrialSummary| trial.objective_value.unwrap();
        let chosen = objective(&trials[window.selected_trial.unwrap() as usize]);
        let better = trials.iter().filter(|trial| objective(trial) > chosen).count() as f64;
        let equal = trials.iter().filter(|trial| objective(trial) == chosen).count() as f64;
        assert_eq!(window.out_of_sample_rank, Some(better + equal.midpoint(1.0)));
        trials.sort_by(|left, right| earned(left).total_cmp(&earned(right)));
        near(of("median_trial"), earned(&trials[5]).midpoint(earned(&trials[6])));
        near(of("hindsight"), earned(&trials[11]));
        let defaults = server.result(tested(after.base.unwrap())).await;
        near(of("defaults"), defaults.metrics["total_return"]);
        near(of("buy_and_hold"), defaults.metrics["buy_hold_return"]);
    }
    for (name, total) in &result.baselines {
        let growth: f64 = windows.iter().map(|window| 1.0 + window.baselines[name]).product();
        near(*total, growth - 1.0);
    }
    assert_eq!(result.baselines.len(), 5);
}

#[tokio::test]
async fn nothing_after_a_window_changes_what_it_chose() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let (_, whole) = server.walk(walk(twelve(), rolling())).await;
    let (_, cut) = server.walk(walk(over(&twelve(), until(75)), rolling())).await;
    assert_eq!((whole.len(), cut.len()), (4, 2));
    assert_eq!(whole[..2], cut);
}

#[tokio::test]
async fn anchored_windows_choose_by_all_days_before_and_a_purge_is_seen_by_nobody() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let windows = pb::Windows { purge_days: 2, ..lengths(30, 20) };
    let (_, found) = server.walk(walk(twelve(), Some(Scheme::Anchored(windows)))).await;
    assert_eq!(days_of(found[2].in_sample.as_ref()), (0, 70));
    assert_eq!(days_of(found[2].out_of_sample.as_ref()), (72, 92));
}

#[tokio::test]
async fn without_lengths_there_are_eight_windows_and_the_same_lengths_are_the_same_work() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let (status, found) = server.walk(walk(twelve(), None)).await;
    assert_eq!(found.len(), 8);
    let scheme = server.walk_spec(&status.run_id).await.scheme;
    assert_eq!(
        scheme,
        Some(Scheme::Rolling(pb::Windows { step_days: 10, ..lengths(40, 10) })),
        "lengths are told, and no count beside them"
    );
    let key = async |scheme| server.submit(walk(twelve(), scheme)).await.run_key;
    let first = key(None).await;
    assert_eq!(key(Some(Scheme::Rolling(lengths(40, 10)))).await, first);
    let anchored = key(Some(Scheme::Anchored(lengths(40, 10)))).await;
    let longer = key(Some(Scheme::Rolling(lengths(41, 10)))).await;
    assert!(anchored != first && longer != first && longer != anchored);
}

#[tokio::test]
async fn every_window_is_as_warm_as_is_asked_for_however_many_bars_are_before_the_first() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let mut search = twelve();
    search.base.get_or_insert_default().warmup_bars = 500;
    let answer = server.submit(walk(search, rolling())).await;
    assert_eq!(answer.warnings.len(), 1, "{:?}", answer.warnings);
    server.when_final(&answer.run_id).await;
    let search = server.walk_spec(&answer.run_id).await.search.unwrap();
    assert_eq!(search.base.as_ref().unwrap().warmup_bars, 500);
    // Of twenty days before it, the second window sees the last five hundred hours.
    let windows = server.windows(&answer.run_id).await;
    let best = best_of(&server, over(&search, windows[1].in_sample)).await;
    assert_eq!(windows[1].in_sample_metrics, best.metrics);
}

#[tokio::test]
async fn windows_end_where_the_days_of_the_market_do_and_not_beyond_the_run() {
    let server = TestServer::start().await;
    let spec = pb::SeriesSpec {
        time_zone: "America/New_York".into(),
        day_start: "17:00".into(),
        ..hours()
    };
    server.try_import(spec, &hours_on(0..60)).await.unwrap();
    // From six in the evening in New York: an hour into the second day.
    let start_time =
        Some(prost_types::Timestamp { seconds: START_MS / 1_000 + 23 * 3_600, nanos: 0 });
    let range = Some(pb::TimeRange { start_time, end_time: None });
    let scheme = Some(Scheme::Rolling(lengths(10, 5)));
    let (_, windows) = server.walk(walk(over(&twelve(), range), scheme)).await;
    let starts = |window: &pb::Window| {
        let (before, after) = (window.in_sample.unwrap(), window.out_of_sample.unwrap());
        [before.start_time, before.end_time, after.start_time, after.end_time]
            .map(|time| time.unwrap().seconds.rem_euclid(86_400) / 3_600)
    };
    assert_eq!(windows.len(), 10);
    assert_eq!(starts(&windows[0]), [23, 22, 22, 22]);
    assert!(windows[1..9].iter().all(|window| starts(window) == [22; 4]), "{windows:?}");
    assert_eq!(starts(&windows[9]), [22, 22, 22, 0], "the bars end at midnight of UTC");
}

#[tokio::test]
async fn windows_without_bars_are_left_out_and_told_of() {
    let server = TestServer::start().await;
    server.try_import(hours(), &hours_on((0..20).chain(60..120))).await.unwrap();
    let scheme = Some(Scheme::Rolling(lengths(10, 10)));
    let answer = server.submit(walk(twelve(), scheme)).await;
    assert_eq!(
        answer.warnings[1..],
        ["5 of 11 windows have no bars to choose by or to be judged by and are left out"]
    );
    server.when_final(&answer.run_id).await;
    let windows = server.windows(&answer.run_id).await;
    let starts: Vec<_> =
        windows.iter().map(|window| days_of(window.in_sample.as_ref()).0).collect();
    assert_eq!(starts, [0, 60, 70, 80, 90, 100]);
    let scheme = Some(Scheme::Rolling(pb::Windows { step_days: 30, ..lengths(10, 10) }));
    let refusal = server.refusal(walk(over(&twelve(), until(75)), scheme)).await;
    refusal.assert_invalid(&["walk_forward.rolling.in_sample_days"]);
}

#[tokio::test]
async fn a_window_without_a_feasible_trial_rests() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let mut search = twelve();
    search.constraints.push(pb::Constraint {
        metric: "trade_count".into(),
        min_value: Some(100_000.0),
        max_value: None,
    });
    let (status, windows) = server.walk(walk(search, rolling())).await;
    let result = walked(&status);
    assert_eq!((result.empty_window_count, result.efficiency), (4, None));
    assert_eq!((result.metrics["total_return"], result.metrics["return_days"]), (0.0, 80.0));
    assert!(result.sentence.starts_with("In none of 4 windows"), "{}", result.sentence);
    for window in windows {
        assert!(window.selected_trial.is_none() && window.params.is_empty());
        assert_eq!((window.returns, window.initial_cash.as_str()), (vec![0.0; 20], "100000"));
        assert_eq!(window.result_sha256, "");
    }
}

#[tokio::test]
async fn windows_that_are_too_short_for_the_objective_are_refused_or_warned_of() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let short = |inside, outside| Some(Scheme::Rolling(lengths(inside, outside)));
    let refusal = server.refusal(walk(twelve(), short(1, 10))).await;
    refusal.assert_invalid(&["walk_forward.rolling.in_sample_days"]);
    let mut by_return = twelve();
    by_return.objective = Some(pb::Objective { metric: "total_return".into(), goal: 0 });
    let (status, _) = server.walk(walk(by_return, short(1, 10))).await;
    assert_eq!(walked(&status).empty_window_count, 0);
    let answer = server.submit(walk(twelve(), short(10, 1))).await;
    let said = |warning: &String| warning.starts_with("sharpe is undefined over fewer than 2 days");
    assert!(answer.warnings.iter().any(said), "{:?}", answer.warnings);
}

#[tokio::test]
async fn trials_that_fail_are_told_by_their_reason_and_too_many_end_the_run() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let mut search = twelve();
    // Of fast 2 to 8 and slow 4 to 12, those with a fast average that is not the faster one fail.
    search.axes[1].domain =
        Some(pb::axis::Domain::IntRange(pb::IntDomain { min_value: 4, max_value: 12, step: 4 }));
    let (status, windows) = server.walk(walk(search.clone(), rolling())).await;
    let result = walked(&status);
    assert_eq!((result.completed, result.failed), (4 * 2 * 8, 4 * 2 * 4));
    for window in windows {
        let told = window.failures.iter().map(|group| (group.reason.as_str(), group.count));
        assert_eq!(told.collect::<Vec<_>>(), [("PARAM_INVALID", 8)]);
    }
    search.max_failed_trials = 3;
    let status = server.run(walk(search, rolling())).await;
    assert_eq!(status.error.unwrap().reason, "TOO_MANY_FAILED_TRIALS");
}

#[tokio::test]
async fn what_cannot_be_walked_is_refused_with_all_its_faults() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let refused = async |search, scheme, fields: &[&str]| {
        server.refusal(walk(search, Some(scheme))).await.assert_invalid(fields);
    };
    let windows = lengths(100, 20);
    refused(twelve(), Scheme::Rolling(windows), &["walk_forward.rolling.in_sample_days"]).await;
    let windows = lengths(9, 0);
    refused(twelve(), Scheme::Anchored(windows), &["walk_forward.anchored.out_of_sample_days"])
        .await;
    let mut bad = twelve();
    bad.objective = Some(pb::Objective { metric: "sharp".into(), goal: 0 });
    bad.subscription_axis = vec![bad.base.as_ref().unwrap().subscriptions[0].clone(); 2];
    bad.base.get_or_insert_default().subscriptions.clear();
    let windows = pb::Windows { purge_days: -1, step_days: 5, ..lengths(30, 20) };
    let fields = [
        "walk_forward.rolling.purge_days",
        "walk_forward.rolling.step_days",
        "walk_forward.search.objective.metric",
        "walk_forward.search.subscription_axis",
        "walk_forward.search.subscription_axis[1]",
    ];
    refused(bad, Scheme::Rolling(windows), &fields).await;
    let learning = [
        (Search::Genetic(pb::GeneticSearch { trial_count: 8, seed: 0, batch: 0 }), "genetic"),
        (Search::Tpe(pb::TpeSearch { trial_count: 8, seed: 0, batch: 0 }), "tpe"),
    ];
    for (method, field) in learning {
        let search = pb::OptimizationSpec { search: Some(method), ..twelve() };
        let path = format!("walk_forward.search.{field}");
        refused(search, Scheme::Rolling(lengths(30, 20)), &[&path]).await;
    }
}

#[tokio::test]
async fn windows_have_no_trades_of_their_own_and_only_walk_forwards_have_windows() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let run_id = server.run(walk(twelve(), rolling())).await.run_id;
    let trades = pb::ListTradesRequest { run_id: run_id.clone(), ..Default::default() };
    let refusal = server.results().list_trades(trades).await.unwrap_err();
    assert_eq!(
        (refusal.code(), refusal.reason().as_str()),
        (Code::FailedPrecondition, "IS_A_WALK_FORWARD")
    );
    let trials = pb::ListTrialsRequest { run_id: run_id.clone(), ..Default::default() };
    let refusal = server.results().list_trials(trials).await.unwrap_err();
    assert_eq!(refusal.reason(), "NOT_AN_OPTIMIZATION");
    let mut backtest = twelve().base.unwrap();
    backtest.params.extend([("fast".into(), int(2))]);
    let backtest = server.submit(tested(backtest)).await.run_id;
    let request = pb::ListWindowsRequest { run_id: backtest };
    let refusal = server.results().list_windows(request).await.unwrap_err();
    assert_eq!(refusal.reason(), "NOT_A_WALK_FORWARD");
    let listed = pb::ListRunsRequest { filter: "kind = WALK_FORWARD".into(), ..Default::default() };
    let listed = server.runs().list_runs(listed).await.unwrap().into_inner().runs;
    assert_eq!(listed.iter().map(|run| &run.run_id).collect::<Vec<_>>(), [&run_id]);
    server.runs().delete_run(pb::DeleteRunRequest { run_id }).await.unwrap();
}
