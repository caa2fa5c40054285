//! Searches that learn from their trials: repeatable, exact after a kill, better than a draw.

use std::num::NonZero;

use tradeforge::pb;
use tradeforge::pb::optimization_spec::Search;
use tradeforge::pb::{RunState, SyntheticBars};

use crate::support::{
    ChildServer, Client, Dice, Market, Refusal as _, Sweep, TestServer, rsi_reversion,
    search_result, series, sma_cross,
};

fn bred(sweep: Sweep, trial_count: i64, seed: u64) -> Sweep {
    let genetic = pb::GeneticSearch { trial_count, seed, batch: 0 };
    sweep.spec(|spec| spec.search = Some(Search::Genetic(genetic)))
}

fn estimated(sweep: Sweep, trial_count: i64, seed: u64) -> Sweep {
    let tpe = pb::TpeSearch { trial_count, seed, batch: 0 };
    sweep.spec(|spec| spec.search = Some(Search::Tpe(tpe)))
}

/// How a search learns: what it makes of a sweep, so many trials and a seed.
type Learning = fn(Sweep, i64, u64) -> Sweep;

const BOTH: [Learning; 2] = [bred, estimated];

/// 40,000 combinations, half of which make no sense.
fn wide() -> Sweep {
    let sweep = sma_cross(1, 1).commission("0.001").sweep();
    sweep.over("fast", 1, 200, 1).over("slow", 1, 200, 1).where_less("fast", "slow")
}

fn anew(sweep: Sweep) -> Sweep {
    sweep.request(|request| request.set_reuse_policy(pb::ReusePolicy::AlwaysNew))
}

async fn import(client: &Client) {
    let bars = SyntheticBars { bar_count: 3_000, seed: 5, ..Default::default() };
    let source = pb::import_bars_request::Source::Synthetic(bars);
    client.import_from(series("BARS"), source).await.expect("bars are made up");
}

async fn indices(client: &Client, run_id: &str) -> Vec<i64> {
    client.trials(run_id).await.iter().map(|trial| trial.trial_index).collect()
}

#[tokio::test]
async fn a_search_killed_at_ten_moments_breeds_the_same_trials_as_a_quiet_one() {
    survives_kills(bred).await;
}

#[tokio::test]
async fn a_search_killed_at_ten_moments_estimates_the_same_as_a_quiet_one() {
    survives_kills(estimated).await;
}

async fn survives_kills(learning: Learning) {
    const TOTAL: i64 = 960;
    let mut server = ChildServer::start().await;
    import(&server).await;
    let quiet = server.run(learning(wide(), TOTAL, 11)).await;
    let run_id = server.submit(anew(learning(wide(), TOTAL, 11))).await.run_id;
    let mut dice = Dice::seeded(20);
    for round in 0..10 {
        let moment = round * TOTAL / 10 + dice.below(TOTAL as u64 / 10) as i64;
        server.until_done(&run_id, moment).await;
        server = server.kill().serve().await;
        let progress = server.status(&run_id).await.progress.expect("a search has progress");
        assert!(progress.completed + progress.failed >= moment, "progress never falls");
    }
    let status = server.when_final(&run_id).await;
    assert_eq!(status.state(), RunState::Completed);
    let (ours, theirs) = (search_result(&status), search_result(&quiet));
    assert_eq!((ours.completed + ours.failed, ours.result_sha256), (TOTAL, theirs.result_sha256));
    let mut told = server.watch_trials(&run_id, None).await.rest().await;
    told.sort_unstable();
    assert_eq!(told, indices(&server, &quiet.run_id).await, "every trial once");
}

#[tokio::test]
async fn neither_threads_nor_a_second_run_change_what_is_tried_and_the_seed_does() {
    for learning in BOTH {
        whatever_threads(learning).await;
    }
}

async fn whatever_threads(learning: Learning) {
    let mut found = Vec::new();
    for workers in [1, 2, 8] {
        let server = TestServer::start_with(|config| config.workers = NonZero::new(workers)).await;
        import(&server).await;
        let status = server.run(learning(wide(), 320, 3)).await;
        found.push((search_result(&status).result_sha256, indices(&server, &status.run_id).await));
        if workers == 2 {
            let other = server.run(learning(wide(), 320, 4)).await;
            assert_ne!(indices(&server, &other.run_id).await, found[0].1);
            assert_eq!(server.describe(&status.run_id).await.run_key.len(), 64);
        }
    }
    assert!(found.iter().all(|one| *one == found[0]));
}

#[tokio::test]
async fn they_come_nearer_to_the_best_than_a_draw_of_as_many() {
    let server = TestServer::start().await;
    import(&server).await;
    let best = async |sweep: Sweep| {
        let status = server.run(sweep).await;
        search_result(&status).best_trial.unwrap().objective_value.unwrap()
    };
    let all = best(wide()).await;
    let mut regrets = [0.0; 3];
    for seed in 0..6 {
        regrets[0] += all - best(bred(wide(), 320, seed)).await;
        regrets[1] += all - best(estimated(wide(), 320, seed)).await;
        regrets[2] += all - best(wide().random(320, seed)).await;
    }
    assert!(regrets[..2].iter().all(|it| *it < 0.7 * regrets[2]), "{regrets:?} of {all}");
}

#[tokio::test]
async fn a_space_that_is_used_up_ends_the_search_with_all_of_it() {
    let server = TestServer::with(&Market::wavy(300)).await;
    server.import_as("RISE", &Market::rising(300)).await;
    let few = || {
        let sweep = sma_cross(1, 1).sweep().over("fast", 2, 9, 1).over("slow", 3, 12, 1);
        sweep.where_less("fast", "slow").on_each(&["BARS", "RISE"])
    };
    let grid = server.run(few()).await;
    for learning in BOTH {
        let answer = server.submit(learning(few(), 5_000, 1)).await;
        assert!(answer.warnings.iter().any(|told| told.contains("of the 5000")), "{answer:?}");
        let status = server.when_final(&answer.run_id).await;
        assert_eq!(status.progress.clone().unwrap().total, answer.total);
        assert_eq!(search_result(&status).result_sha256, search_result(&grid).result_sha256);
    }
}

#[tokio::test]
async fn several_objectives_and_ranges_without_steps_are_searched_and_judged() {
    let server = TestServer::start().await;
    import(&server).await;
    let sweep = rsi_reversion(1.0, 70.0).sweep().over_decimals("oversold", 10.0, 40.0, 0.0);
    let sweep = bred(sweep.over("period", 2, 40, 1), 160, 9).spec(|spec| {
        let fall = pb::Objective { metric: "max_drawdown".into(), ..Default::default() };
        spec.more_objectives.push(fall);
    });
    let status = server.run(sweep.clone()).await;
    assert_eq!(search_result(&status).completed, 160);
    let trials = server.trials_where(&status.run_id, "params.oversold > 20", "sharpe desc").await;
    assert!(!trials.unwrap().is_empty());
    let run = server.describe(&status.run_id).await;
    let Some(pb::run::Spec::Optimization(spec)) = run.spec else { panic!("an optimization") };
    let again = server
        .submit(sweep.spec(|it| *it = spec).request(|request| {
            request.set_reuse_policy(pb::ReusePolicy::ReuseCompleted);
        }))
        .await;
    assert_eq!(again.run_id, status.run_id, "what is told of a run submits it again");
}

#[tokio::test]
async fn what_cannot_be_searched_is_refused_by_its_field() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let odd = wide().spec(|spec| {
        spec.search =
            Some(Search::Genetic(pb::GeneticSearch { trial_count: 0, seed: 0, batch: 9 }));
        let unknown = pb::Objective { metric: "sharp".into(), ..Default::default() };
        spec.more_objectives = vec![unknown.clone(), unknown];
    });
    server.refusal(odd).await.assert_invalid(&[
        "optimization.genetic.batch",
        "optimization.genetic.trial_count",
        "optimization.more_objectives[0].metric",
        "optimization.more_objectives[1].metric",
    ]);
    let many = wide().spec(|spec| {
        let tpe = pb::TpeSearch { trial_count: 5_001, seed: 0, batch: 7 };
        spec.search = Some(Search::Tpe(tpe));
    });
    server
        .refusal(many)
        .await
        .assert_invalid(&["optimization.tpe.batch", "optimization.tpe.trial_count"]);
    for one_way in [wide(), estimated(wide(), 32, 0)] {
        let two_aims = one_way.spec(|spec| spec.more_objectives.push(pb::Objective::default()));
        server.refusal(two_aims).await.assert_invalid(&["optimization.more_objectives"]);
    }
}
