//! Searches through points that are written out: trials in their order, whatever proposed them.

use tradeforge::pb;
use tradeforge::pb::optimization_spec::Search;
use tradeforge::pb::{ReusePolicy, RunState};

use crate::support::{
    Market, Refusal as _, Sweep, TestServer, double, int, search_result, sma_cross, text,
};

type Values = Vec<(&'static str, pb::ParamValue)>;

fn pair(fast: i64, slow: i64) -> Values {
    vec![("fast", int(fast)), ("slow", int(slow))]
}

/// The search through those points.
fn through(points: Vec<Values>) -> Sweep {
    let point = |values: Values| pb::Point {
        params: values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    };
    sma_cross(5, 20).commission("0.001").sweep().spec(|spec| {
        let base = spec.base.get_or_insert_default();
        for values in &points {
            for (name, _) in values {
                base.params.remove(*name);
            }
        }
        let points = points.into_iter().map(point).collect();
        spec.search = Some(Search::Points(pb::PointList { points }));
    })
}

fn number(trial: &pb::TrialSummary, name: &str) -> i64 {
    match trial.params[name].kind {
        Some(pb::param_value::Kind::IntValue(value)) => value,
        ref other => panic!("{name} is {other:?}"),
    }
}

#[tokio::test]
async fn points_are_trials_in_the_order_given_each_what_it_is_in_a_grid() {
    let server = TestServer::with(&Market::wavy(600)).await;
    let pairs = [(9, 31), (5, 24), (9, 24), (6, 40)];
    let points = || through(pairs.map(|(fast, slow)| pair(fast, slow)).into());
    let status = server.run(points()).await;
    assert_eq!(status.state(), RunState::Completed);
    let trials = server.trials(&status.run_id).await;
    let seen: Vec<_> =
        trials.iter().map(|trial| (number(trial, "fast"), number(trial, "slow"))).collect();
    assert_eq!(seen, pairs);
    assert!(trials.iter().map(|trial| trial.trial_index).eq(0..4));

    let grid = sma_cross(1, 1).commission("0.001").sweep();
    let grid = server.run(grid.over("fast", 5, 9, 1).over("slow", 20, 40, 1)).await;
    let all = server.trials(&grid.run_id).await;
    for trial in &trials {
        let same = all.iter().find(|it| it.params == trial.params).expect("it is in the grid");
        assert_eq!(same.metrics, trial.metrics);
    }
    let found = server.trials_where(&status.run_id, "fast = 9", "params.slow").await.unwrap();
    assert_eq!(found.iter().map(|trial| trial.trial_index).collect::<Vec<_>>(), [2, 0]);
    let (trades, _) = server.replay(&status.run_id, Some(3)).await;
    assert!(!trades.is_empty());

    let run = server.describe(&status.run_id).await;
    let Some(pb::run::Spec::Optimization(spec)) = run.spec else { panic!("an optimization") };
    assert!(spec.axes.is_empty());
    let reuse = |it: &mut pb::SubmitRequest| it.set_reuse_policy(ReusePolicy::ReuseCompleted);
    let again = server.submit(points().spec(|it| *it = spec).request(reuse)).await;
    assert_eq!(again.run_id, status.run_id, "what is told of a run submits it again");
    let turned = pairs.map(|(fast, slow)| pair(fast, slow)).into_iter().rev().collect();
    assert_ne!(server.submit(through(turned).request(reuse)).await.run_id, status.run_id);
}

#[tokio::test]
async fn points_go_over_each_series_and_vary_the_account_and_leave_out_what_breaks_a_rule() {
    let server = TestServer::with(&Market::wavy(300)).await;
    server.import_as("RISE", &Market::rising(300)).await;
    let with_rate =
        |fast, rate| [pair(fast, 20), vec![("simulation.commission_rate", rate)]].concat();
    let points =
        vec![with_rate(5, double(0.0)), with_rate(30, double(0.0)), with_rate(5, double(0.01))];
    let sweep = through(points).where_less("fast", "slow").on_each(&["BARS", "RISE"]);
    let status = server.run(sweep).await;
    let trials = server.trials(&status.run_id).await;
    let at: Vec<_> = trials
        .iter()
        .map(|trial| (trial.trial_index, trial.subscription.as_ref().unwrap().symbol.as_str()))
        .collect();
    assert_eq!(at, [(0, "BARS"), (2, "BARS"), (3, "RISE"), (5, "RISE")]);
    assert!(trials[0].metrics["total_return"] > trials[1].metrics["total_return"]);
    assert_eq!(search_result(&status).completed, 4);
}

#[tokio::test]
async fn points_that_are_none_are_told_by_their_place_and_parameter() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let at = |place: usize| format!("optimization.points.points[{place}]");
    let refused = async |points: Vec<Values>, fields: &[String]| {
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        server.refusal(through(points)).await.assert_invalid(&fields);
    };
    refused(vec![], &["optimization.points.points".into()]).await;
    refused(vec![vec![]], &[format!("{}.params", at(0))]).await;
    refused(vec![pair(5, 20), pair(6, 20), pair(5, 20)], &[at(2)]).await;
    let odd = vec![pair(5, 20), vec![("fast", text("six")), ("slwo", int(3))]];
    let fast = format!("{}.params.fast", at(1));
    let (slow, slwo) = (format!("{}.params.slow", at(1)), format!("{}.params.slwo", at(1)));
    refused(odd, &[fast, slow, slwo]).await;
    let both = through(vec![pair(5, 20)]).over("direction", 1, 2, 1);
    server.refusal(both).await.assert_invalid(&["optimization.axes"]);
}
