//! A search that takes over what another one computed: to the same result, without its work.

use std::collections::BTreeMap;

use tonic::Code;
use tradeforge::pb;
use tradeforge::pb::optimization_spec::Search;

use crate::support::{
    Market, Refusal as _, Sweep, TestServer, buy_and_hold, double, int, search_result, sma_cross,
};

fn grid(fast: (i64, i64, i64), slow: (i64, i64, i64)) -> Sweep {
    let sweep = sma_cross(1, 1).commission("0.001").sweep();
    sweep.over("fast", fast.0, fast.1, fast.2).over("slow", slow.0, slow.1, slow.2)
}

fn taking_over(sweep: Sweep, run_id: &str) -> Sweep {
    sweep.request(|request| request.extend_run_id = run_id.into())
}

fn anew(sweep: Sweep) -> Sweep {
    sweep.request(|request| request.set_reuse_policy(pb::ReusePolicy::AlwaysNew))
}

type Known = BTreeMap<String, (BTreeMap<String, f64>, Option<prost_types::Duration>)>;

/// Trials by their parameters, with what they came to and how long that took.
async fn known(server: &TestServer, run_id: &str) -> Known {
    let trials = server.trials(run_id).await;
    let entry = |trial: pb::TrialSummary| {
        let series = trial.subscription.map(|it| it.symbol);
        (format!("{series:?} {:?}", trial.params), (trial.metrics, trial.compute_duration))
    };
    trials.into_iter().map(entry).collect()
}

#[tokio::test]
async fn what_is_there_is_taken_over_and_the_result_is_as_if_all_were_computed() {
    let server = TestServer::with(&Market::wavy(2_000)).await;
    let first = server.run(grid((5, 9, 2), (20, 40, 10))).await;
    // What the best of the first search earns is what only few of the others do.
    let earned = server.trials(&first.run_id).await;
    let earned = earned.iter().map(|trial| trial.metrics["total_return"]);
    let best = earned.fold(f64::MIN, f64::max);
    let wider = || {
        grid((5, 12, 1), (20, 60, 5)).spec(|spec| {
            let metric = "total_return".to_owned();
            let (min_value, max_value) = (Some(best), None);
            spec.constraints.push(pb::Constraint { metric, min_value, max_value });
        })
    };
    let computed = server.run(anew(wider())).await;
    let extended = server.run(anew(taking_over(wider(), &first.run_id))).await;
    let (result, expected) = (search_result(&extended), search_result(&computed));
    assert_eq!(result.result_sha256, expected.result_sha256);
    assert!(expected.infeasible > 0, "the own constraints judge what is taken over");
    let progress = extended.progress.clone().unwrap();
    assert_eq!((progress.completed, progress.total), (72, 72));

    let (old, new) = (known(&server, &first.run_id).await, known(&server, &extended.run_id).await);
    assert_eq!((old.len(), new.len()), (9, 72));
    for (params, row) in &old {
        assert_eq!(new.get(params), Some(row), "it is the same row, with its time");
    }
    let run = server.describe(&extended.run_id).await;
    assert_eq!(run.extended_run_id, first.run_id);
    assert_eq!(run.run_key, server.describe(&computed.run_id).await.run_key);
}

#[tokio::test]
async fn points_draws_and_series_take_over_from_each_other() {
    let server = TestServer::with(&Market::wavy(400)).await;
    server.import_as("RISE", &Market::rising(400)).await;
    let points = |pairs: &[(i64, i64)]| {
        let point = |&(fast, slow): &(i64, i64)| pb::Point {
            params: [("fast".to_owned(), int(fast)), ("slow".to_owned(), int(slow))].into(),
        };
        let points = pairs.iter().map(point).collect();
        grid((1, 1, 1), (2, 2, 1)).spec(|spec| {
            spec.axes.clear();
            spec.search = Some(Search::Points(pb::PointList { points }));
        })
    };
    let rates = |sweep: Sweep| {
        sweep.over_values("simulation.commission_rate", vec![double(0.0), double(0.001)])
    };
    let few = server.run(points(&[(7, 33), (5, 20)])).await;
    let drawn = grid((5, 8, 1), (20, 40, 1)).random(30, 3);
    let both = grid((5, 8, 1), (20, 21, 1)).on_each(&["RISE", "BARS"]);
    for (sweep, from) in [
        (points(&[(5, 20), (6, 20), (7, 33)]), few.run_id.clone()),
        {
            let one = grid((5, 8, 1), (20, 21, 1)).on_each(&["RISE"]);
            let one = server.run(one).await;
            (both, one.run_id)
        },
        {
            let grid = server.run(grid((5, 8, 1), (20, 40, 1))).await;
            (drawn, grid.run_id)
        },
        {
            let less = server.run(rates(grid((5, 6, 1), (20, 21, 1)))).await;
            (rates(grid((5, 7, 1), (20, 21, 1))), less.run_id)
        },
    ] {
        let computed = search_result(&server.run(anew(sweep.clone())).await);
        let extended = server.run(anew(taking_over(sweep, &from))).await;
        assert_eq!(search_result(&extended).result_sha256, computed.result_sha256);
        let (old, new) = (known(&server, &from).await, known(&server, &extended.run_id).await);
        let shared: Vec<_> = new.iter().filter(|(params, _)| old.contains_key(*params)).collect();
        assert!(!shared.is_empty());
        assert!(shared.iter().all(|(params, row)| old.get(*params) == Some(row)));
    }
}

#[tokio::test]
async fn a_run_that_cannot_be_extended_is_refused_with_what_differs() {
    let server = TestServer::with(&Market::wavy(200)).await;
    let first = server.run(grid((5, 6, 1), (20, 21, 1))).await;
    let refused = async |sweep: Sweep, differs: &str| {
        let refused = server.refusal(taking_over(sweep, &first.run_id)).await;
        refused.assert_invalid(&["extend_run_id"]);
        assert!(refused.about("extend_run_id").contains(differs), "{refused:?}");
    };
    let grid = || grid((5, 9, 1), (20, 21, 1));
    let cost = |spec: &mut pb::OptimizationSpec| {
        let base = spec.base.as_mut().unwrap();
        base.simulation.as_mut().unwrap().commission_rate = "0.002".into();
    };
    refused(grid().spec(cost), "account").await;
    refused(grid().over_values("simulation.slippage_ticks", vec![int(1), int(2)]), "account").await;
    let way = |spec: &mut pb::OptimizationSpec| {
        let base = spec.base.as_mut().unwrap();
        base.params.insert("direction".into(), crate::support::text("both"));
    };
    refused(grid().spec(way), "direction").await;
    server.import_as("RISE", &Market::rising(200)).await;
    refused(grid().on_each(&["RISE"]), "bars").await;

    let hold = server.run(buy_and_hold()).await;
    let none = server.refusal(taking_over(grid(), &hold.run_id)).await;
    assert_eq!(
        (none.code(), none.reason().as_str()),
        (Code::FailedPrecondition, "NOT_AN_OPTIMIZATION")
    );
    let hold = buy_and_hold().request(|request| request.extend_run_id = first.run_id.clone());
    server.refusal(hold).await.assert_invalid(&["extend_run_id"]);
    let odd = server.refusal(taking_over(grid(), "yesterday")).await;
    odd.assert_invalid(&["extend_run_id"]);
}
