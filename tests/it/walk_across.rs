//! Walk-forwards that choose parameters for several series together, and follow them on each.

use std::num::NonZero;

use tradeforge::pb;
use tradeforge::pb::import_bars_request::Source;
use tradeforge::pb::{Across, InSampleMode, Smoothing, TrialState};

use crate::support::{
    ChildServer, Client, DAYS, Refusal as _, START_MS, TestServer, again, hours, hours_on, rolling,
    searched, tested, twelve, walk, walked,
};

const SERIES: [&str; 3] = ["ONE", "TWO", "THREE"];
const COMBINATIONS: i64 = 12;

fn of(symbol: &str) -> pb::SeriesSpec {
    pb::SeriesSpec { symbol: symbol.into(), ..hours() }
}

async fn import(client: &Client) {
    for (symbol, seed) in SERIES.into_iter().zip(20..) {
        let start_time = Some(prost_types::Timestamp { seconds: START_MS / 1_000, nanos: 0 });
        let bars =
            pb::SyntheticBars { bar_count: DAYS * 24, seed, start_time, ..Default::default() };
        client.import_from(of(symbol), Source::Synthetic(bars)).await.expect("bars are made up");
    }
}

fn search(symbols: &[&str], across: Across) -> pb::OptimizationSpec {
    let mut search = twelve();
    let on = &search.base.as_ref().expect("a base").subscriptions[0];
    let axis = symbols.iter().map(|symbol| {
        let symbol = (*symbol).to_owned();
        pb::Subscription { symbol, ..on.clone() }
    });
    search.subscription_axis = axis.collect();
    if let Some(base) = &mut search.base {
        base.subscriptions.clear();
    }
    search.set_across(across);
    search
}

fn request(
    search: pb::OptimizationSpec,
    change: impl FnOnce(&mut pb::WalkForwardSpec),
) -> pb::SubmitRequest {
    let mut request = walk(search, Some(rolling()));
    if let Some(pb::submit_request::Spec::WalkForward(spec)) = &mut request.spec {
        change(spec);
    }
    request
}

/// The score of each combination by hand, from trials of a search that compares none.
fn scores(trials: &[pb::TrialSummary], across: Across) -> Vec<Option<f64>> {
    let score = |combination: i64| {
        let own = trials.iter().filter(|trial| trial.trial_index % COMBINATIONS == combination);
        let values = own
            .map(|trial| trial.objective_value.filter(|_| trial.state() == TrialState::Completed));
        let mut values = values.collect::<Option<Vec<f64>>>()?;
        assert_eq!(values.len(), SERIES.len());
        values.sort_by(f64::total_cmp);
        Some(match across {
            Across::Mean => values.iter().sum::<f64>() / values.len() as f64,
            Across::Median => values[1],
            Across::Least => values[0],
            Across::Unspecified => panic!("nothing to compare"),
        })
    };
    (0..COMBINATIONS).map(score).collect()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

#[track_caller]
fn near(left: f64, right: f64) {
    assert!((left - right).abs() <= 1e-9 * right.abs().max(1.0), "{left} is not {right}");
}

/// What a plain search over those days says of every trial on every series.
async fn over(server: &TestServer, span: Option<pb::TimeRange>) -> Vec<pb::TrialSummary> {
    let mut plain = search(&SERIES, Across::Unspecified);
    let base = plain.base.get_or_insert_default();
    (base.time_range, base.warmup_bars) = (span, 36);
    let run_id = server.run(searched(plain)).await.run_id;
    server.trials(&run_id).await
}

#[tokio::test]
async fn a_window_chooses_by_the_score_over_all_series_and_goes_on_on_each_of_them() {
    let server = TestServer::start().await;
    import(&server).await;
    for across in [Across::Mean, Across::Median, Across::Least] {
        let (status, windows) = server.walk(request(search(&SERIES, across), |_| ())).await;
        let spec = server.walk_spec(&status.run_id).await;
        let warmup = spec.search.unwrap().base.unwrap().warmup_bars;
        assert_eq!((windows.len(), warmup), (4, 37), "of the slowest average");
        let mut cash = vec![100_000.0; 3];
        for window in &windows {
            let inside = over(&server, window.in_sample).await;
            let told = scores(&inside, across);
            let better =
                |best: usize, next: usize| if told[next] > told[best] { next } else { best };
            let best = (0..told.len()).filter(|it| told[*it].is_some()).reduce(better).unwrap();
            assert_eq!(window.selected_trial, Some(best as i64), "{across:?}");
            near(window.in_sample_objective.unwrap(), told[best].unwrap());
            let outside = over(&server, window.out_of_sample).await;
            check_others(window, &outside, &scores(&outside, across), best);
            check_accounts(&server, window, (&inside, best), &mut cash).await;
        }
        let result = walked(&status);
        near(result.metrics["total_return"], cash.iter().sum::<f64>() / 300_000.0 - 1.0);
        assert!(result.carried.is_none() && result.series.len() == 3);
        for (account, worth) in result.series.iter().zip(&cash) {
            near(account.metrics["total_return"], worth / 100_000.0 - 1.0);
            let carried = account.carried.clone().expect("one backtest of its choices");
            let alone = server.run(tested(carried.backtest.unwrap())).await;
            let Some(pb::run_status::Result::Backtest(alone)) = alone.result else { panic!() };
            assert_eq!(alone.result_sha256, carried.result_sha256);
        }
    }
}

/// Ranks are those of scores, and others earn on all series in equal parts.
fn check_others(
    window: &pb::Window,
    outside: &[pb::TrialSummary],
    scores: &[Option<f64>],
    best: usize,
) {
    let after = scores[best].expect("it trades");
    let better = scores.iter().filter(|score| score.is_some_and(|it| it > after)).count();
    near(window.out_of_sample_rank.unwrap(), better as f64 + 1.0);
    let all = mean(outside.iter().map(|trial| trial.metrics["total_return"]));
    near(window.baselines["all_trials"], all);
    let own = |combination: i64| {
        let own: Vec<f64> = outside
            .iter()
            .filter(|trial| trial.trial_index % COMBINATIONS == combination)
            .map(|trial| trial.metrics["total_return"])
            .collect();
        mean(own.into_iter())
    };
    near(window.baselines["hindsight"], (0..COMBINATIONS).map(own).fold(f64::MIN, f64::max));
    let held = outside.iter().step_by(COMBINATIONS as usize);
    near(window.baselines["buy_and_hold"], mean(held.map(|it| it.metrics["buy_hold_return"])));
}

/// Each series has an account of its own, which is a backtest that anybody can make.
async fn check_accounts(
    server: &TestServer,
    window: &pb::Window,
    (inside, best): (&[pb::TrialSummary], usize),
    cash: &mut [f64],
) {
    assert_eq!(window.series.len(), 3);
    near(window.initial_cash.parse().unwrap(), cash.iter().sum());
    let before: f64 = cash.iter().sum();
    let mut trades = 0.0;
    for (number, own) in window.series.iter().enumerate() {
        let on = own.subscription.clone().expect("a series");
        assert_eq!(on.symbol, SERIES[number]);
        let trial = &inside[best + number * COMBINATIONS as usize];
        assert_eq!(own.in_sample_metrics, trial.metrics);
        near(own.initial_cash.parse().unwrap(), cash[number]);
        let mut alone = search(&SERIES, Across::Unspecified).base.unwrap();
        alone.params.clone_from(&window.params);
        alone.subscriptions = vec![on];
        (alone.time_range, alone.warmup_bars) = (window.out_of_sample, 37);
        let simulation = alone.simulation.get_or_insert_default();
        simulation.initial_cash.clone_from(&own.initial_cash);
        simulation.set_end_of_run_policy(pb::EndOfRunPolicy::CloseAtLastClose);
        let alone = server.run(tested(alone)).await;
        let Some(pb::run_status::Result::Backtest(alone)) = alone.result else { panic!() };
        assert_eq!(
            (&alone.result_sha256, &alone.metrics),
            (&own.result_sha256, &own.out_of_sample_metrics)
        );
        cash[number] = alone.metrics["final_equity"];
        trades += alone.metrics["trade_count"];
    }
    let after: f64 = cash.iter().sum();
    near(window.out_of_sample_metrics["total_return"], after / before - 1.0);
    near(window.out_of_sample_metrics["trade_count"], trades);
    let grown = window.returns.iter().fold(1.0, |worth, value| worth * (1.0 + value));
    near(grown, after / before);
    assert_eq!(window.returns.len(), 20);
}

#[tokio::test]
async fn parts_of_one_simulation_and_plateaus_choose_by_the_scores_too() {
    let server = TestServer::start().await;
    import(&server).await;
    let carried = request(search(&SERIES, Across::Least), |spec| {
        spec.set_in_sample_mode(InSampleMode::Carried);
        spec.set_smoothing(Smoothing::Median);
    });
    let answer = server.submit(carried).await;
    assert_eq!(answer.total, 36, "each trial is simulated once");
    let status = server.when_final(&answer.run_id).await;
    let windows = server.windows(&answer.run_id).await;
    assert_eq!((windows.len(), walked(&status).completed), (4, 36));
    for window in &windows {
        assert!(window.selected_trial.unwrap() < COMBINATIONS);
        let sharpe = window.series.iter().map(|own| own.in_sample_metrics["sharpe"]);
        near(window.in_sample_objective.unwrap(), sharpe.fold(f64::MAX, f64::min));
        let earned = window.series.iter().map(|own| own.carried_metrics["total_return"]);
        near(window.carried_metrics["total_return"], mean(earned.collect::<Vec<_>>().into_iter()));
    }
}

#[tokio::test]
async fn it_is_the_same_on_any_number_of_threads_and_after_kills() {
    let mut results = Vec::new();
    let modes = [InSampleMode::Flat, InSampleMode::Carried];
    let asked = |mode| request(search(&SERIES, Across::Mean), |it| it.set_in_sample_mode(mode));
    for workers in [1, 2, 8] {
        let server = TestServer::start_with(|config| config.workers = NonZero::new(workers)).await;
        import(&server).await;
        let mut found = Vec::new();
        for mode in modes {
            let (status, windows) = server.walk(asked(mode)).await;
            found.push((walked(&status), windows));
        }
        results.push(found);
    }
    let mut server = ChildServer::start().await;
    import(&server).await;
    let mut found = Vec::new();
    for mode in modes {
        let run_id = server.submit(again(asked(mode))).await.run_id;
        for done in [13, 40] {
            if mode == InSampleMode::Flat {
                server.until_done(&run_id, done).await;
            }
            server = server.kill().serve().await;
        }
        let status = server.when_final(&run_id).await;
        found.push((walked(&status), server.windows(&run_id).await));
    }
    results.push(found);
    assert!(results.iter().all(|one| *one == results[0]));
}

#[tokio::test]
async fn days_that_differ_are_said_and_have_no_figures_together() {
    let server = TestServer::start().await;
    import(&server).await;
    let spec = pb::SeriesSpec { price_tick: "1".into(), ..of("GAPS") };
    let text = hours_on((0..DAYS).filter(|day| day % 7 != 6));
    server.try_import(spec, &text).await.unwrap();
    let answer = server.submit(request(search(&["ONE", "GAPS"], Across::Mean), |_| ())).await;
    assert!(answer.warnings.iter().any(|it| it.contains("same days")), "{:?}", answer.warnings);
    let status = server.when_final(&answer.run_id).await;
    let result = walked(&status);
    let windows = server.windows(&answer.run_id).await;
    assert!(windows.iter().all(|window| window.returns.is_empty() && window.series.len() == 2));
    assert!(!result.metrics.contains_key("sharpe_per_day"), "{:?}", result.metrics);
    let grown = windows.iter().map(|it| 1.0 + it.out_of_sample_metrics["total_return"]);
    near(result.metrics["total_return"], grown.product::<f64>() - 1.0);
}

#[tokio::test]
async fn several_series_without_a_score_over_them_are_refused() {
    let server = TestServer::start().await;
    import(&server).await;
    let refused = server.refusal(request(search(&SERIES, Across::Unspecified), |_| ())).await;
    let field = "walk_forward.search.subscription_axis";
    refused.assert_invalid(&[field]);
    assert!(refused.about(field).contains("across"), "{refused:?}");
    let one = server.refusal(request(search(&SERIES[..1], Across::Mean), |_| ())).await;
    one.assert_invalid(&[field]);
}
