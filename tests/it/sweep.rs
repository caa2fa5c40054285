//! Optimizations: which trials there are, and that each is the backtest of its parameters.

use std::num::NonZero;

use tradeforge::pb;
use tradeforge::pb::import_bars_request::Source;
use tradeforge::pb::{RunState, SyntheticBars, TrialState};

use crate::support::{
    Market, Refusal as _, Sweep, TestServer, Work, at_once, double, rsi_reversion, search_result,
    series, sma_cross, text, work,
};

/// A server with so many bars that wander at random, as `TEST:BARS@1m`.
async fn server_with_bars(bar_count: i64) -> TestServer {
    let server = TestServer::start().await;
    let bars = SyntheticBars { bar_count, seed: 1, ..Default::default() };
    server.import_from(series("BARS"), Source::Synthetic(bars)).await.unwrap();
    server
}

/// The grid of the reference: 10 fast averages with 13 slow ones.
fn grid_130() -> Sweep {
    let work = sma_cross(1, 1).cash("10000000").commission("0.001");
    work.sweep().over("fast", 5, 50, 5).over("slow", 60, 300, 20)
}

/// The backtest that a trial over `fast` and `slow` must equal.
fn backtest_of(trial: &pb::TrialSummary) -> Work {
    let params = trial.params.iter();
    params.fold(sma_cross(1, 1), |work, (name, value)| work.param(name, value.clone()))
}

fn number(trial: &pb::TrialSummary, name: &str) -> i64 {
    match trial.params[name].kind {
        Some(pb::param_value::Kind::IntValue(value)) => value,
        ref other => panic!("{name} is {other:?}"),
    }
}

#[tokio::test]
async fn every_trial_is_the_backtest_of_its_parameters_bit_for_bit() {
    let server = server_with_bars(3_000).await;
    let answer = server.submit(grid_130()).await;
    assert_eq!(answer.total, 130);
    assert_eq!(server.when_final(&answer.run_id).await.state(), RunState::Completed);
    let trials = server.trials(&answer.run_id).await;
    assert!(trials.iter().map(|trial| trial.trial_index).eq(0..130));
    let place = |trial: &pb::TrialSummary| (number(trial, "fast"), number(trial, "slow"));
    let product = (5..=50).step_by(5).flat_map(|f| (60..=300).step_by(20).map(move |s| (f, s)));
    assert!(trials.iter().map(place).eq(product), "the last axis is the fastest");

    let mut traded = 0;
    for trial in &trials {
        let work = backtest_of(trial).cash("10000000").commission("0.001");
        let run_id = server.submit(work.clone()).await.run_id;
        server.when_final(&run_id).await;
        let single = server.result(work.reuse_completed()).await;
        assert_eq!(bits(&trial.metrics), bits(&single.metrics), "{:?}", trial.params);
        assert_eq!(trial.objective_value, single.metrics.get("sharpe").copied());
        traded += single.trade_count;
        if trial.trial_index % 13 == 0 {
            let of_trial = server.replay(&answer.run_id, Some(trial.trial_index)).await;
            assert_eq!(of_trial, server.replay(&run_id, None).await);
        }
    }
    assert!(traded > 1_000, "the bars make trades: {traded}");
}

/// Metrics in order, by their bits.
fn bits<'m>(metrics: impl IntoIterator<Item = (&'m String, &'m f64)>) -> Vec<(&'m str, u64)> {
    let mut bits: Vec<_> =
        metrics.into_iter().map(|(name, value)| (name.as_str(), value.to_bits())).collect();
    bits.sort_unstable();
    bits
}

#[tokio::test]
async fn the_result_does_not_depend_on_the_number_of_threads() {
    let mut hashes = Vec::new();
    for workers in [1, 2, 8] {
        let server = TestServer::start_with(|config| config.workers = NonZero::new(workers)).await;
        server.import(&Market::wavy(500)).await;
        hashes.push(server.search(grid_130()).await.result_sha256);
    }
    assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{hashes:?}");
}

#[tokio::test]
async fn combinations_that_make_no_sense_are_failed_trials_in_one_group() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 10, 1).over("slow", 3, 14, 1);
    let answer = server.submit(sweep.clone()).await;
    assert_eq!(answer.total, 120);
    let status = server.when_final(&answer.run_id).await;
    assert_eq!(status.state(), RunState::Completed);
    let progress = status.progress.clone().unwrap();
    assert_eq!((progress.completed, progress.failed, progress.total), (84, 36, 120));

    let result = search_result(&status);
    assert_eq!((result.completed, result.failed, result.infeasible), (84, 36, 0));
    let [group] = &result.failures[..] else { panic!("{:?}", result.failures) };
    let told = (group.reason.as_str(), group.message.as_str(), group.count);
    assert_eq!(told, ("PARAM_INVALID", "fast must be less than slow", 36));
    assert_eq!(server.failure_groups(&answer.run_id).await, result.failures);

    let failed = server.trials_where(&answer.run_id, "state = FAILED", "").await.unwrap();
    assert_eq!(failed.len(), 36);
    for trial in &failed {
        assert!(number(trial, "fast") >= number(trial, "slow"), "{trial:?}");
        assert!(trial.metrics.is_empty() && trial.objective_value.is_none());
    }
    let sample = server.trial(&answer.run_id, group.sample_trial_index).await;
    let error = sample.error.unwrap();
    assert_eq!((error.metadata["fast"].as_str(), error.metadata["slow"].as_str()), ("3", "3"));
    assert_eq!(error.stack_trace, "", "nothing went wrong inside the program");

    let within = server.submit(sweep.where_less("fast", "slow")).await;
    assert_eq!(within.total, 84);
    let status = server.when_final(&within.run_id).await;
    assert_eq!(search_result(&status).failed, 0);
    let kept = server.trials(&within.run_id).await;
    let good = server.trials_where(&answer.run_id, "NOT state = FAILED", "").await.unwrap();
    let without_time =
        |trial: &pb::TrialSummary| pb::TrialSummary { compute_duration: None, ..trial.clone() };
    assert!(kept.iter().map(without_time).eq(good.iter().map(without_time)), "indices stay");
}

#[tokio::test]
async fn a_panic_in_a_strategy_is_one_failed_trial_with_a_readable_stack_trace() {
    let server = TestServer::with(&Market::rising(50)).await;
    let sweep = work("unlucky").sweep().over("number", 1, 30, 1);
    let status = server.run(sweep).await;
    assert_eq!(status.state(), RunState::Completed);
    let result = search_result(&status);
    assert_eq!((result.completed, result.failed), (29, 1));
    let [group] = &result.failures[..] else { panic!("{:?}", result.failures) };
    assert_eq!((group.reason.as_str(), group.sample_trial_index), ("PANIC", 12));
    assert!(group.message.contains("this number brings bad luck"), "{}", group.message);
    assert!(group.stack_trace.contains("unlucky"), "{}", group.stack_trace);
    let trial = server.trial(&status.run_id, 12).await;
    assert_eq!((trial.state(), number(&trial, "number")), (TrialState::Failed, 13));
    let error = trial.error.unwrap();
    assert_eq!(error.stack_trace, group.stack_trace);
    assert!(error.metadata["location"].contains("unlucky.rs"), "{:?}", error.metadata);
    assert_eq!(server.run(sma_cross(2, 5)).await.state(), RunState::Completed, "it goes on");
}

#[tokio::test]
async fn more_failures_than_allowed_end_the_run_and_keep_its_trials() {
    // Of three days, so that there is a Sharpe ratio to be best by.
    let server = server_with_bars(4_000).await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 30, 1).over("slow", 2, 20, 1);
    let limited = sweep.spec(|spec| spec.max_failed_trials = 5);
    let status = server.run(limited).await;
    assert_eq!(status.state(), RunState::Failed);
    let error = status.error.unwrap();
    assert_eq!(error.reason, "TOO_MANY_FAILED_TRIALS");
    assert_eq!(error.metadata["max_failed_trials"], "5");
    let trials = server.trials(&status.run_id).await;
    let failed = trials.iter().filter(|trial| trial.state() == TrialState::Failed).count() as i64;
    let progress = status.progress.unwrap();
    assert_eq!(
        (progress.completed + progress.failed, progress.failed),
        (trials.len() as i64, failed)
    );
    assert!(failed > 5 && progress.completed > 0, "{progress:?}");
    let best = progress.best_trial.unwrap();
    assert!(trials.iter().any(|trial| trial.trial_index == best.trial_index));
}

#[tokio::test]
async fn a_search_whose_trials_all_fail_is_completed_without_a_best() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let result = server.search(sma_cross(1, 5).sweep().over("fast", 5, 14, 1)).await;
    assert_eq!((result.completed, result.failed, result.top_trials.len()), (0, 10, 0));
    assert_eq!(result.best_trial, None);
}

#[tokio::test]
async fn trials_that_break_a_constraint_are_kept_but_never_best() {
    let server = server_with_bars(2_000).await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 2, 20, 2).over("slow", 25, 60, 5);
    let unbound = server.run(sweep.clone()).await;
    let best = search_result(&unbound).best_trial.unwrap();
    let all = server.trials(&unbound.run_id).await;
    let most = all[best.trial_index as usize].metrics["trade_count"] - 1.0;
    let bound = sweep.spec(|spec| {
        spec.constraints.push(pb::Constraint {
            metric: "trade_count".into(),
            max_value: Some(most),
            min_value: None,
        });
    });
    let status = server.run(bound).await;
    let result = search_result(&status);
    let broken = all.iter().filter(|trial| trial.metrics["trade_count"] > most).count() as i64;
    assert_eq!((result.infeasible, result.completed, result.failed), (broken, 80, 0));
    let infeasible = server.trials_where(&status.run_id, "state = INFEASIBLE", "").await.unwrap();
    assert_eq!(infeasible.len() as i64, broken);
    assert!(infeasible.iter().all(|trial| trial.metrics.len() > 30), "their metrics are kept");
    assert!(result.top_trials.iter().all(|trial| trial.metrics["trade_count"] <= most));
    let mut feasible: Vec<_> =
        all.iter().filter(|trial| trial.metrics["trade_count"] <= most).collect();
    feasible.sort_by(|l, r| r.objective_value.partial_cmp(&l.objective_value).unwrap());
    let top = result.top_trials.iter().map(|trial| trial.trial_index);
    assert!(top.eq(feasible.iter().take(10).map(|trial| trial.trial_index)));
}

#[tokio::test]
async fn decimal_steps_are_exact_and_choices_are_gone_through() {
    let server = TestServer::with(&Market::wavy(60)).await;
    let sweep = rsi_reversion(1.0, 70.0)
        .sweep()
        .over_decimals("oversold", 0.1, 0.5, 0.1)
        .over_values("direction", vec![text("both"), text("long_only")]);
    let run_id = server.submit(sweep).await.run_id;
    server.when_final(&run_id).await;
    let trials = server.trials(&run_id).await;
    let tenths = [0.1, 0.2, 0.3, 0.4, 0.5].into_iter();
    let expected = tenths
        .flat_map(|tenth| [(double(tenth), text("both")), (double(tenth), text("long_only"))]);
    let params = |trial: &pb::TrialSummary| {
        (trial.params["oversold"].clone(), trial.params["direction"].clone())
    };
    assert!(trials.iter().map(params).eq(expected), "{trials:?}");
}

#[tokio::test]
async fn a_trial_on_another_series_is_the_backtest_on_that_series() {
    let server = TestServer::with(&Market::wavy(200)).await;
    server.import_as("RISE", &Market::rising(200)).await;
    let sweep = sma_cross(2, 5).sweep().over("fast", 2, 3, 1).on_each(&["RISE", "BARS"]);
    let status = server.run(sweep).await;
    let trials = server.trials(&status.run_id).await;
    let place = |trial: &pb::TrialSummary| {
        (trial.subscription.clone().unwrap().symbol, number(trial, "fast"))
    };
    let expected = [("RISE", 2), ("RISE", 3), ("BARS", 2), ("BARS", 3)];
    let expected = expected.map(|(symbol, fast)| (symbol.to_owned(), fast));
    assert!(trials.iter().map(place).eq(expected), "the series is the slowest axis");
    for trial in trials {
        let (symbol, fast) = place(&trial);
        let single = server.result(sma_cross(fast, 5).on(&symbol)).await;
        assert_eq!(bits(&trial.metrics), bits(&single.metrics), "{symbol} {fast}");
    }
}

#[tokio::test]
async fn a_random_search_repeats_nothing_and_is_the_same_for_the_same_seed() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let grid = sma_cross(1, 1).sweep().over("fast", 1, 10_000, 1).over("slow", 1, 10_000, 1);
    let drawn = async |seed| {
        let sweep = grid.clone().where_less("fast", "slow").random(60, seed);
        let answer = server.submit(sweep).await;
        assert_eq!(answer.total, 60);
        let status = server.when_final(&answer.run_id).await;
        let trials = server.trials(&answer.run_id).await;
        let mut pairs: Vec<_> =
            trials.iter().map(|trial| (number(trial, "fast"), number(trial, "slow"))).collect();
        assert!(pairs.iter().all(|(fast, slow)| fast < slow));
        pairs.sort_unstable();
        pairs.dedup();
        assert_eq!(pairs.len(), 60);
        (pairs, search_result(&status).result_sha256)
    };
    let first = drawn(7).await;
    assert_eq!(drawn(7).await, first);
    assert_ne!(drawn(8).await.0, first.0);
}

#[tokio::test]
async fn a_continuous_axis_is_drawn_from_and_no_grid_goes_through_it() {
    let server = TestServer::with(&Market::wavy(60)).await;
    let sweep = rsi_reversion(1.0, 70.0).sweep().over_decimals("oversold", 10.0, 40.0, 0.0);
    server.refusal(sweep.clone()).await.assert_invalid(&["optimization.axes"]);
    let status = server.run(sweep.random(25, 3)).await;
    let trials = server.trials(&status.run_id).await;
    let mut values: Vec<f64> = trials
        .iter()
        .map(|trial| match trial.params["oversold"].kind {
            Some(pb::param_value::Kind::DoubleValue(value)) => value,
            ref other => panic!("{other:?}"),
        })
        .collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    assert_eq!(values.len(), 25);
    assert!(values.iter().all(|value| (10.0..=40.0).contains(value)), "{values:?}");
}

#[tokio::test]
async fn searches_that_are_too_large_are_refused_and_never_cut_short() {
    let server = TestServer::start_with(|config| config.trials_max = 1_000).await;
    server.import(&Market::wavy(50)).await;
    let sweep = |last| sma_cross(1, 1).sweep().over("fast", 1, last, 1).over("slow", 1, 100, 1);
    let huge = work("donchian_breakout")
        .sweep()
        .over("entry", 1, 10_000, 1)
        .over("exit", 1, 10_000, 1)
        .over("atr_period", 1, 10_000, 1)
        .over_decimals("atr_stop", 0.001, 100.0, 0.001);
    let refused = server.refusal(huge).await;
    refused.assert_invalid(&["optimization.axes"]);
    assert!(refused.message().contains("100000000000000000"), "{}", refused.message());

    let refused = server.refusal(sweep(11)).await;
    refused.assert_invalid(&["optimization.max_trials"]);
    assert!(refused.message().contains("1100") && refused.message().contains("1000"));
    let own_limit = sweep(10).spec(|spec| spec.max_trials = 999);
    server.refusal(own_limit).await.assert_invalid(&["optimization.max_trials"]);
    let above = sweep(1).spec(|spec| spec.max_trials = 1_001);
    server.refusal(above).await.assert_invalid(&["optimization.max_trials"]);
    let checked = server.submit(sweep(10).request(|request| request.validate_only = true)).await;
    assert_eq!((checked.run_id.as_str(), checked.total), ("", 1_000));
}

#[tokio::test]
async fn constraints_that_leave_nothing_are_refused() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let sweep = sma_cross(1, 10).sweep().over("fast", 10, 20, 1).where_less("fast", "slow");
    server.refusal(sweep).await.assert_invalid(&["optimization.param_constraints"]);
}

#[tokio::test]
async fn equal_searches_are_joined_and_give_equal_hashes() {
    let server = TestServer::with(&Market::wavy(300)).await;
    let sweep = || sma_cross(1, 1).sweep().over("fast", 2, 9, 1).over("slow", 10, 40, 1);
    let answers = at_once((0..8).map(|_| server.submit(sweep()))).await;
    let mut ids: Vec<_> = answers.iter().map(|answer| answer.run_id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    let created = answers.iter().filter(|answer| !answer.is_dedup).count();
    assert_eq!(ids.len(), created, "every other one was joined to a run of these");
    let hashes = at_once(ids.iter().map(|id| server.when_final(id))).await;
    let again = server.search(sweep().request(|request| {
        request.reuse_policy = pb::ReusePolicy::AlwaysNew.into();
    }));
    let again = again.await.result_sha256;
    assert!(hashes.iter().all(|status| search_result(status).result_sha256 == again));
}

#[tokio::test]
async fn pages_sorted_by_a_metric_hold_every_trial_once_undefined_ones_last() {
    let server = server_with_bars(400).await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 20, 1).over("slow", 10, 200, 10);
    let run_id = server.submit(sweep).await.run_id;
    server.when_final(&run_id).await;
    for (order, sign) in [("metrics.win_rate desc", -1.0), ("metrics.win_rate", 1.0)] {
        let sorted = server.trials_where(&run_id, "", order).await.unwrap();
        let mut indices: Vec<_> = sorted.iter().map(|trial| trial.trial_index).collect();
        let key = |trial: &pb::TrialSummary| {
            let value = trial.metrics.get("win_rate").map(|value| value * sign);
            (value.is_none(), value.unwrap_or_default(), trial.trial_index)
        };
        assert!(sorted.is_sorted_by_key(key), "{order}");
        assert!(key(&sorted[0]).1.abs() > 0.0 || sign > 0.0, "the best come first");
        assert!(!sorted.last().unwrap().metrics.contains_key("win_rate"), "{order}");
        indices.sort_unstable();
        assert!(indices.into_iter().eq(0..400), "{order}");
    }
}
