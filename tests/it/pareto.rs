//! The Pareto front of a search: as its definition says, however the trials were chosen.

use std::collections::BTreeSet;

use tradeforge::pb;
use tradeforge::pb::Goal;

use crate::support::{Market, Refusal as _, TestServer, series, sma_cross};

fn aim(metric: &str, goal: Goal) -> pb::Objective {
    pb::Objective { metric: metric.into(), goal: goal.into() }
}

async fn front(
    server: &TestServer,
    request: pb::ListParetoTrialsRequest,
) -> pb::ListParetoTrialsResponse {
    server.results().list_pareto_trials(request).await.expect("a front").into_inner()
}

fn value(trial: &pb::TrialSummary, objective: &pb::Objective) -> Option<f64> {
    let value = *trial.metrics.get(&objective.metric)?;
    Some(if objective.goal() == Goal::Minimize { value } else { -value })
}

/// The indices of the front, pair by pair.
fn by_pairs(trials: &[pb::TrialSummary], by: &[pb::Objective]) -> Vec<i64> {
    let costs = |trial: &pb::TrialSummary| -> Option<Vec<f64>> {
        let is_completed = trial.state() == pb::TrialState::Completed;
        by.iter().map(|objective| value(trial, objective).filter(|_| is_completed)).collect()
    };
    let all: Vec<(i64, Vec<f64>)> = trials
        .iter()
        .filter_map(|trial| costs(trial).map(|costs| (trial.trial_index, costs)))
        .collect();
    let dominates =
        |left: &[f64], right: &[f64]| left.iter().zip(right).all(|(l, r)| l <= r) && left != right;
    let is_free = |own: &[f64]| !all.iter().any(|(_, other)| dominates(other, own));
    all.iter().filter(|(_, own)| is_free(own)).map(|(index, _)| *index).collect()
}

#[tokio::test]
async fn the_front_of_a_grid_is_what_its_definition_says() {
    let server = TestServer::start().await;
    let bars = pb::SyntheticBars { bar_count: 3_000, seed: 5, ..Default::default() };
    let source = pb::import_bars_request::Source::Synthetic(bars);
    server.import_from(series("BARS"), source).await.unwrap();
    let sweep = sma_cross(1, 1).commission("0.001").sweep();
    let sweep = sweep.over("fast", 1, 12, 1).over("slow", 1, 30, 1).spec(|spec| {
        let metric = "trade_count".into();
        spec.constraints.push(pb::Constraint { metric, min_value: Some(200.0), max_value: None });
    });
    let run_id = server.run(sweep).await.run_id;
    let trials = server.trials(&run_id).await;
    assert!(trials.iter().any(|trial| trial.state() == pb::TrialState::Infeasible));
    assert!(trials.iter().any(|trial| trial.state() == pb::TrialState::Failed));
    for by in [
        vec![aim("sharpe", Goal::Unspecified), aim("max_drawdown", Goal::Minimize)],
        vec![aim("trade_count", Goal::Minimize), aim("total_return", Goal::Maximize)],
        vec![
            aim("volatility", Goal::Minimize),
            aim("total_return", Goal::Maximize),
            aim("exposure", Goal::Minimize),
        ],
    ] {
        for filter in ["", "params.fast > 4"] {
            let request = pb::ListParetoTrialsRequest {
                run_id: run_id.clone(),
                objectives: by.clone(),
                filter: filter.into(),
                limit: 500,
            };
            let found = front(&server, request.clone()).await;
            let admitted: Vec<_> = match filter {
                "" => trials.clone(),
                _ => server.trials_where(&run_id, filter, "").await.expect("trials"),
            };
            let expected = by_pairs(&admitted, &found.objectives);
            assert!(!expected.is_empty() && found.objectives[0].goal() != Goal::Unspecified);
            let mut indices: Vec<i64> = found.trials.iter().map(|it| it.trial_index).collect();
            indices.sort_unstable();
            assert_eq!((indices, found.total_size), (expected, found.trials.len() as i64));
            let first = found.trials.iter().map(|trial| value(trial, &found.objectives[0]));
            assert!(first.collect::<Vec<_>>().is_sorted(), "the best by the first comes first");
            // Each end is the worst by something: nothing is behind it.
            let costs = |it: &pb::TrialSummary| -> Vec<_> {
                by.iter().map(|by| value(it, by).map(f64::to_bits)).collect()
            };
            let distinct: BTreeSet<_> = found.trials.iter().map(costs).collect();
            if by.len() == 2 {
                assert_eq!(found.hypervolume.expect("a front") > 0.0, distinct.len() > 2);
            }
            let few = front(&server, pb::ListParetoTrialsRequest { limit: 1, ..request }).await;
            assert_eq!(
                (few.trials.as_slice(), few.total_size),
                (&found.trials[..1], found.total_size)
            );
            assert_eq!(few.hypervolume, found.hypervolume, "that of all of it");
        }
    }
}

#[tokio::test]
async fn a_search_with_several_objectives_has_its_own_and_what_cannot_be_is_refused() {
    let server = TestServer::with(&Market::wavy(300)).await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 5, 1).over("slow", 6, 12, 1);
    let run_id = server.run(sweep.clone()).await.run_id;
    let bred = sweep.spec(|spec| {
        let genetic = pb::GeneticSearch { trial_count: 16, seed: 1, batch: 8 };
        spec.search = Some(pb::optimization_spec::Search::Genetic(genetic));
        spec.more_objectives.push(aim("max_drawdown", Goal::Unspecified));
    });
    let bred = server.run(bred).await.run_id;
    let own = pb::ListParetoTrialsRequest { run_id: bred, ..Default::default() };
    let metrics: Vec<String> =
        front(&server, own).await.objectives.into_iter().map(|it| it.metric).collect();
    assert_eq!(metrics, ["sharpe", "max_drawdown"]);
    let refusal = async |objectives: Vec<pb::Objective>, limit: i32| {
        let run_id = run_id.clone();
        let request =
            pb::ListParetoTrialsRequest { run_id, objectives, limit, ..Default::default() };
        server.results().list_pareto_trials(request).await.unwrap_err()
    };
    let sharpe = || aim("sharpe", Goal::Unspecified);
    refusal(vec![], 0).await.assert_invalid(&["objectives"]);
    refusal(vec![sharpe()], 0).await.assert_invalid(&["objectives"]);
    refusal(vec![sharpe(), sharpe()], 0).await.assert_invalid(&["objectives[1].metric"]);
    refusal(vec![sharpe(), aim("shrpe", Goal::Unspecified)], 0)
        .await
        .assert_invalid(&["objectives[1].metric"]);
    refusal(vec![sharpe(), aim("cagr", Goal::Unspecified)], -1).await.assert_invalid(&["limit"]);
    let backtest = server.submit(sma_cross(2, 5)).await.run_id;
    let request = pb::ListParetoTrialsRequest { run_id: backtest, ..Default::default() };
    let refusal = server.results().list_pareto_trials(request).await.unwrap_err();
    assert_eq!(refusal.reason(), "NOT_AN_OPTIMIZATION");
}
