//! One score over several series: combinations are compared by what all their trials came to.

use std::collections::BTreeMap;
use std::num::NonZero;

use tradeforge::pb;
use tradeforge::pb::optimization_spec::Search;
use tradeforge::pb::{Across, RunState, SyntheticBars, TrialState};

use crate::support::{
    ChildServer, Client, Refusal as _, Sweep, TestServer, rsi_reversion, search_result, series,
    sma_cross,
};

const SERIES: [&str; 3] = ["ONE", "TWO", "THREE"];
/// Combinations of fast and slow.
const COMBINATIONS: i64 = 6 * 7;

async fn import(client: &Client) {
    for (symbol, seed) in SERIES.into_iter().zip(1..) {
        let bars = SyntheticBars { bar_count: 3_000, seed, ..Default::default() };
        let source = pb::import_bars_request::Source::Synthetic(bars);
        client.import_from(series(symbol), source).await.expect("bars are made up");
    }
}

fn sweep(across: Across) -> Sweep {
    sweep_on(&SERIES, across)
}

fn sweep_on(symbols: &[&str], across: Across) -> Sweep {
    let sweep = sma_cross(1, 1).commission("0.001").sweep();
    let sweep = sweep.over("fast", 5, 30, 5).over("slow", 40, 100, 10).on_each(symbols);
    sweep.spec(|spec| spec.set_across(across))
}

/// Scores by combination from the trials alone; none where one of them has none.
fn by_hand(trials: &[pb::TrialSummary], across: Across, is_least_best: bool) -> Vec<Option<f64>> {
    let of = |combination: i64| {
        let own = trials.iter().filter(|trial| trial.trial_index % COMBINATIONS == combination);
        let values = own.map(|trial| {
            let is_feasible = trial.state() == TrialState::Completed;
            trial.objective_value.filter(|_| is_feasible)
        });
        let mut values: Vec<f64> = values.collect::<Option<_>>()?;
        assert_eq!(values.len(), SERIES.len());
        values.sort_by(f64::total_cmp);
        Some(match across {
            Across::Mean => values.iter().sum::<f64>() / 3.0,
            Across::Median => values[1],
            Across::Least if is_least_best => values[2],
            Across::Least => values[0],
            Across::Unspecified => panic!("nothing to compare"),
        })
    };
    (0..COMBINATIONS).map(of).collect()
}

/// A search whose scores are those by hand, and its best combination.
async fn check(server: &TestServer, sweep: Sweep, across: Across, is_least_best: bool) -> i64 {
    let status = server.run(sweep).await;
    let result = search_result(&status);
    let trials = server.trials(&status.run_id).await;
    assert_eq!(trials.len() as i64, COMBINATIONS * 3);
    let expected = by_hand(&trials, across, is_least_best);
    for trial in &trials {
        let score = expected[(trial.trial_index % COMBINATIONS) as usize];
        match (trial.across_value, score) {
            (Some(told), Some(score)) => {
                assert!((told - score).abs() < 1e-12, "{across:?}: {told} is not {score}");
            }
            (told, score) => assert_eq!(told, score, "{across:?} of {}", trial.trial_index),
        }
    }
    let sign = if is_least_best { 1.0 } else { -1.0 };
    let mut ranked: Vec<(i64, f64)> =
        (0..).zip(&expected).filter_map(|(index, score)| Some((index, sign * (*score)?))).collect();
    ranked.sort_by(|left, right| left.1.total_cmp(&right.1).then(left.0.cmp(&right.0)));
    let best: Vec<i64> = ranked.iter().take(10).map(|(index, _)| *index).collect();
    let told: Vec<i64> = result.top_trials.iter().map(|trial| trial.trial_index).collect();
    assert_eq!(told, best, "{across:?}: combinations by their trial on the first series");
    let best_trial = result.best_trial.expect("a best combination");
    assert_eq!(best_trial.across_value, trials[best[0] as usize].across_value);
    let progress = status.progress.and_then(|progress| progress.best_trial);
    assert_eq!(progress.map(|trial| trial.trial_index), Some(best[0]));
    let order = if is_least_best { "across" } else { "across desc" };
    let listed = server.trials_where(&status.run_id, "across > -1000000", order).await;
    let listed = listed.expect("it has scores");
    assert_eq!(listed.len(), ranked.len() * 3, "those without a score are not above anything");
    let first: Vec<i64> = listed[..3].iter().map(|trial| trial.trial_index).collect();
    assert_eq!(first, [best[0], best[0] + COMBINATIONS, best[0] + 2 * COMBINATIONS]);
    best[0]
}

#[tokio::test]
async fn combinations_are_ranked_by_the_mean_the_middle_or_the_worst_of_their_trials() {
    let server = TestServer::start().await;
    import(&server).await;
    let alone = server.search(sweep(Across::Unspecified)).await;
    assert_eq!(alone.best_trial.as_ref().unwrap().across_value, None);
    let mut hashes = vec![alone.result_sha256];
    for across in [Across::Mean, Across::Median, Across::Least] {
        check(&server, sweep(across), across, false).await;
        let fall = sweep(across).spec(|spec| {
            let metric = "max_drawdown".into();
            spec.objective = Some(pb::Objective { metric, goal: pb::Goal::Minimize.into() });
        });
        check(&server, fall, across, true).await;
        hashes.push(server.search(sweep(across)).await.result_sha256);
    }
    assert!(hashes.iter().all(|hash| *hash == hashes[0]), "each trial is what it was");
}

#[tokio::test]
async fn a_combination_that_breaks_a_bound_on_one_series_has_no_score() {
    let server = TestServer::start().await;
    import(&server).await;
    let bounded = |least: f64| {
        sweep(Across::Mean).spec(|spec| {
            let metric = "total_return".into();
            let bound = pb::Constraint { metric, min_value: Some(least), max_value: None };
            spec.constraints.push(bound);
        })
    };
    let trials = server.run(sweep(Across::Mean)).await.run_id;
    let trials = server.trials(&trials).await;
    let mut worst: Vec<f64> = (0..COMBINATIONS as usize)
        .map(|index| {
            let own = trials.iter().skip(index).step_by(COMBINATIONS as usize);
            own.map(|trial| trial.metrics["total_return"]).fold(f64::MAX, f64::min)
        })
        .collect();
    worst.sort_by(f64::total_cmp);
    // So that a third of the combinations keeps it.
    check(&server, bounded(worst[28]), Across::Mean, false).await;
    let nothing = server.search(bounded(1e6)).await;
    assert_eq!((nothing.best_trial, nothing.infeasible), (None, COMBINATIONS * 3));
}

/// Combinations that were tried, and on how many series.
async fn tried(client: &Client, run_id: &str) -> BTreeMap<i64, usize> {
    let mut tried = BTreeMap::new();
    for trial in client.trials(run_id).await {
        *tried.entry(trial.trial_index % COMBINATIONS).or_default() += 1;
    }
    tried
}

fn searches() -> [Search; 3] {
    [
        Search::Random(pb::RandomSearch { trial_count: 20, seed: 4 }),
        Search::Genetic(pb::GeneticSearch { trial_count: 20, seed: 4, batch: 8 }),
        Search::Tpe(pb::TpeSearch { trial_count: 20, seed: 4, batch: 8 }),
    ]
}

#[tokio::test]
async fn what_is_drawn_bred_or_estimated_is_tried_on_every_series_on_any_number_of_threads() {
    let mut hashes = Vec::new();
    for workers in [1, 2, 8] {
        let server = TestServer::start_with(|config| config.workers = NonZero::new(workers)).await;
        import(&server).await;
        let mut found = Vec::new();
        for search in searches() {
            let answer =
                server.submit(sweep(Across::Mean).spec(|it| it.search = Some(search.clone())));
            let answer = answer.await;
            assert_eq!(answer.total, 60, "{search:?}");
            let status = server.when_final(&answer.run_id).await;
            assert_eq!(status.state(), RunState::Completed);
            let tried = tried(&server, &status.run_id).await;
            assert_eq!(tried.len(), 20, "{search:?}");
            assert!(tried.values().all(|count| *count == 3), "{search:?} {tried:?}");
            let result = search_result(&status);
            assert!(result.best_trial.as_ref().is_some_and(|it| it.across_value.is_some()));
            found.push((result.result_sha256, tried.into_keys().collect::<Vec<_>>()));
        }
        hashes.push(found);
    }
    assert!(hashes.iter().all(|found| *found == hashes[0]));
}

#[tokio::test]
async fn killed_amid_a_generation_it_ends_as_if_nothing_had_happened() {
    let mut server = ChildServer::start().await;
    import(&server).await;
    let genetic = Search::Genetic(pb::GeneticSearch { trial_count: 40, seed: 2, batch: 8 });
    let bred = || sweep(Across::Least).spec(|spec| spec.search = Some(genetic.clone()));
    let quiet = search_result(&server.run(bred()).await);
    let again = bred().request(|request| request.set_reuse_policy(pb::ReusePolicy::AlwaysNew));
    let run_id = server.submit(again).await.run_id;
    for done in [10, 50, 100] {
        server.until_done(&run_id, done).await;
        server = server.kill().serve().await;
    }
    let ended = search_result(&server.when_final(&run_id).await);
    assert_eq!(ended.result_sha256, quiet.result_sha256);
    let best = |result: &pb::OptimizationResult| result.top_trials.iter().map(of).collect();
    let (ours, theirs): (Vec<_>, Vec<_>) = (best(&ended), best(&quiet));
    assert_eq!(ours, theirs);
}

fn of(trial: &pb::TrialSummary) -> (i64, Option<u64>) {
    (trial.trial_index, trial.across_value.map(f64::to_bits))
}

#[tokio::test]
async fn what_cannot_be_compared_across_series_is_refused_by_its_field() {
    let server = TestServer::start().await;
    import(&server).await;
    let one = sweep_on(&SERIES[..1], Across::Mean);
    server.refusal(one).await.assert_invalid(&["optimization.subscription_axis"]);
    // The same bars twice are not two series that agree.
    let twice = sweep_on(&[SERIES[0], SERIES[1], SERIES[0]], Across::Mean);
    server.refusal(twice).await.assert_invalid(&["optimization.subscription_axis[2]"]);
    let unknown = sweep(Across::Unspecified).spec(|spec| spec.across = 9);
    server.refusal(unknown).await.assert_invalid(&["optimization.across"]);
    let drawn = rsi_reversion(1.0, 70.0).sweep().over_decimals("oversold", 10.0, 40.0, 0.0);
    let drawn = drawn.on_each(&SERIES).random(5, 1).spec(|spec| spec.set_across(Across::Mean));
    server.refusal(drawn).await.assert_invalid(&["optimization.axes"]);
    let run_id = server.run(sweep(Across::Mean)).await.run_id;
    let spec = pb::ValidationSpec { run_id, ..Default::default() };
    let spec = Some(pb::submit_request::Spec::Validation(spec));
    let refused = server.refusal(pb::SubmitRequest { spec, ..Default::default() }).await;
    refused.assert_invalid(&["validation.run_id"]);
    assert!(refused.about("validation.run_id").contains("across several series"), "{refused:?}");
    // Only who has a score can be asked for it.
    let run_id = server.run(sweep(Across::Unspecified)).await.run_id;
    let refused = server.trials_where(&run_id, "", "across desc").await.unwrap_err();
    assert!(refused.message().contains("across"), "{refused:?}");
}
