//! Walk-forwards whose windows are parts of one simulation a trial.

use std::num::NonZero;
use std::sync::Arc;

use tradeforge::pb;
use tradeforge::pb::InSampleMode;
use tradeforge::pb::walk_forward_spec::Scheme;
use tradeforge::runner::Executor;

use crate::support::{
    ChildServer, Client, DAY_MS, Refusal as _, START_MS, Strict, TestServer, Unreliable, again,
    days_of, import_hours, int, lengths, on_hours, rolling, searched, twelve, walk, walked, work,
};

fn carried(search: pb::OptimizationSpec, scheme: Option<Scheme>) -> pb::SubmitRequest {
    changed(walk(search, scheme), |spec| spec.set_in_sample_mode(InSampleMode::Carried))
}

fn changed(
    mut request: pb::SubmitRequest,
    change: impl FnOnce(&mut pb::WalkForwardSpec),
) -> pb::SubmitRequest {
    if let Some(pb::submit_request::Spec::WalkForward(spec)) = &mut request.spec {
        change(spec);
    }
    request
}

/// The equity of a trial with which each day began, and the last one ended.
async fn by_days(client: &Client, run_id: &str, trial_index: i64) -> Vec<f64> {
    let (_, curve) = client.replay(run_id, Some(trial_index)).await;
    assert_eq!(curve.total_points as usize, curve.equity.len(), "the whole curve");
    let points = curve.time_unix_ms.iter().zip(&curve.equity);
    let at_midnight = points.filter(|(time_ms, _)| (**time_ms - START_MS) % DAY_MS == 0);
    at_midnight.map(|(_, equity)| *equity).collect()
}

/// Mean over deviation of the daily returns, of a year.
fn sharpe(equities: &[f64]) -> Option<f64> {
    let returns: Vec<f64> = equities.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
    let count = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / count;
    let around: f64 = returns.iter().map(|value| (value - mean) * (value - mean)).sum();
    (around > 0.0).then(|| mean / (around / (count - 1.0)).sqrt() * 365_f64.sqrt())
}

#[track_caller]
fn near(left: f64, right: f64) {
    assert!((left - right).abs() <= 1e-9 * right.abs().max(1.0), "{left} is not {right}");
}

#[tokio::test]
async fn choices_are_those_by_hand_from_one_equity_curve_a_trial() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let run_id = server.run(searched(twelve())).await.run_id;
    let mut curves = Vec::new();
    for trial in 0..12 {
        curves.push(by_days(&server, &run_id, trial).await);
    }
    let anchored = Scheme::Anchored(pb::Windows { purge_days: 2, ..lengths(30, 20) });
    for scheme in [rolling(), anchored] {
        let answer = server.submit(carried(twelve(), Some(scheme))).await;
        assert_eq!(answer.total, 12, "each trial is simulated once");
        let status = server.when_final(&answer.run_id).await;
        let windows = server.windows(&answer.run_id).await;
        assert_eq!((windows.len(), walked(&status).completed), (4, 12));
        for window in &windows {
            let within = |range: Option<&pb::TimeRange>, curve: &[f64]| {
                let (first, after) = days_of(range);
                curve[first as usize..=after as usize].to_vec()
            };
            let inside: Vec<Option<f64>> =
                curves.iter().map(|it| sharpe(&within(window.in_sample.as_ref(), it))).collect();
            let best = (0..12)
                .filter(|trial| inside[*trial].is_some())
                .reduce(|best, next| if inside[next] > inside[best] { next } else { best });
            assert_eq!(window.selected_trial, best.map(|trial| trial as i64));
            let best = best.expect("some trial trades");
            near(window.in_sample_objective.unwrap(), inside[best].unwrap());
            near(window.in_sample_metrics["sharpe"], inside[best].unwrap());
            let earned = |trial: usize| {
                let after = within(window.out_of_sample.as_ref(), &curves[trial]);
                after.last().unwrap() / after[0] - 1.0
            };
            near(window.carried_metrics["total_return"], earned(best));
            near(window.baselines["all_trials"], (0..12).map(earned).sum::<f64>() / 12.0);
            assert!(window.out_of_sample_metrics.contains_key("total_return"));
        }
    }
}

#[tokio::test]
async fn days_that_come_later_change_no_choice_before_them() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let (_, whole) = server.walk(carried(twelve(), Some(rolling()))).await;
    let mut cut = twelve();
    let seconds = (START_MS + 75 * DAY_MS) / 1_000;
    let end_time = Some(prost_types::Timestamp { seconds, nanos: 0 });
    cut.base.get_or_insert_default().time_range =
        Some(pb::TimeRange { start_time: None, end_time });
    let (_, cut) = server.walk(carried(cut, Some(rolling()))).await;
    assert_eq!((whole.len(), cut.len()), (4, 2));
    assert_eq!(whole[..2], cut);
}

#[tokio::test]
async fn it_is_the_same_on_any_number_of_threads_and_on_an_executor_that_loses_and_doubles() {
    let mut results = Vec::new();
    for workers in [1, 2, 8] {
        let server = TestServer::start_with(|config| config.workers = NonZero::new(workers)).await;
        import_hours(&server).await;
        let (status, windows) = server.walk(carried(twelve(), None)).await;
        results.push((walked(&status), windows));
    }
    let make =
        |local| -> Arc<dyn Executor> { Arc::new(Strict(Arc::new(Unreliable::around(local, 7)))) };
    let server = TestServer::start_on(make, |_| ()).await;
    import_hours(&server).await;
    let (status, windows) = server.walk(carried(twelve(), None)).await;
    results.push((walked(&status), windows));
    assert!(results.iter().all(|one| *one == results[0]));
}

#[tokio::test]
async fn killed_before_and_after_the_first_window_it_ends_as_if_nothing_had_happened() {
    let mut server = ChildServer::start().await;
    import_hours(&server).await;
    let request = || changed(carried(twelve(), None), |it| it.set_smoothing(pb::Smoothing::Median));
    let quiet = server.walk(request()).await;
    let run_id = server.submit(again(request())).await.run_id;
    for _ in 0..3 {
        server = server.kill().serve().await;
    }
    let status = server.when_final(&run_id).await;
    assert_eq!(walked(&status), walked(&quiet.0));
    assert_eq!(server.windows(&run_id).await, quiet.1);
    let progress = status.progress.expect("progress");
    assert_eq!((progress.completed, progress.total), (12, 12));
}

/// Trials that wait after 600 bars, each for its own gate, and parameters of the default that wait
/// for the first one: twenty days and more of every window.
fn gated() -> pb::SubmitRequest {
    let trials = work("gate").param("bars", int(600)).all_in().sweep().over("key", 2, 4, 1);
    carried(on_hours(trials), Some(Scheme::Rolling(lengths(30, 30))))
}

#[tokio::test]
async fn killed_in_its_sweep_and_in_its_windows_it_ends_as_if_nothing_had_happened() {
    let server = ChildServer::start().await;
    import_hours(&server).await;
    (2..=3).for_each(|key| server.open_gate(key));
    let run_id = server.submit(gated()).await.run_id;
    // In the sweep, as one of three trials waits.
    server.until_running(&run_id).await;
    let server = server.kill().serve().await;
    server.until_running(&run_id).await;
    server.open_gate(4);
    // In the first window, as what is taken by default is run: nothing is kept yet.
    server.until_done(&run_id, 3).await;
    assert_eq!(server.windows(&run_id).await, []);
    let server = server.kill().serve().await;
    server.until_running(&run_id).await;
    server.open_gate(1);
    // In a later one, if it is not over already.
    while server.windows(&run_id).await.is_empty() {
        tokio::task::yield_now().await;
    }
    let server = server.kill().serve().await;
    let status = server.when_final(&run_id).await;
    let quiet = server.walk(again(gated())).await;
    assert_eq!(walked(&status), walked(&quiet.0));
    assert_eq!(server.windows(&run_id).await, quiet.1);
    let progress = status.progress.expect("progress");
    assert_eq!((progress.completed, progress.total), (3, 3));
}

#[tokio::test]
async fn what_parts_of_a_simulation_do_not_have_is_refused_by_its_field() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let mut search = twelve();
    search.objective = Some(pb::Objective { metric: "sqn".into(), ..Default::default() });
    let bound = |metric: &str| pb::Constraint {
        metric: metric.into(),
        min_value: Some(0.0),
        max_value: None,
    };
    search.constraints = vec![bound("trade_count"), bound("ulcer_index")];
    let refusal = server.refusal(carried(search, None)).await;
    refusal.assert_invalid(&[
        "walk_forward.search.constraints[1].metric",
        "walk_forward.search.objective.metric",
    ]);
    let unknown = changed(carried(twelve(), None), |spec| spec.in_sample_mode = 9);
    server.refusal(unknown).await.assert_invalid(&["walk_forward.in_sample_mode"]);
}
